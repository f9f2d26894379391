package web_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/queue"
)

func TestFollowing(t *testing.T) {
	h := open(t, hub.Association)
	v := h.signedIn("olga", hub.Office)
	minta := h.follows("minta", "Minta Klaszter", "")
	page := v.refused("/hu/office/follow", url.Values{"address": {"  "}}, "address")
	missingTexts(t, "follow", page)
	page = v.refused("/hu/office/follow", url.Values{"address": {"nem cím"}}, "address")
	wants(t, page, `value="nem cím"`, "senkit sem találtunk")

	list := v.get("/hu/office/follow").Body.String()
	wants(t, list, "Minta Klaszter", "@minta@minta.example", "elfogadta", "Akiket követünk (1)")
	confirm := v.get("/hu/office/unfollow?actor=" + url.QueryEscape(minta)).Body.String()
	wants(t, confirm, "Biztosan nem követik tovább?", "Minta Klaszter")
	v.done("/hu/office/unfollow", formIn(t, confirm, "actor"))
	wantsNot(t, v.get("/hu/office/follow").Body.String(), "Minta Klaszter")
	if w := v.get("/hu/office/unfollow?actor=" + url.QueryEscape(minta)); w.Code != http.StatusNotFound {
		t.Errorf("unfollowing who is not followed = %d", w.Code)
	}
}

func TestPassingOn(t *testing.T) {
	h := open(t, hub.Association)
	v := h.signedIn("olga", hub.Office)
	minta := h.follows("minta", "Minta Klaszter", "")
	it := h.arrives(minta, "hir", news("Átvett hír", ""))
	own := h.publishes(news("Saját hír", ""))

	if got := formIn(t, v.get("/hu/office/follow").Body.String(), "boost").Get("boost"); got != "picked" {
		t.Errorf("passing on = %q, want picked", got)
	}
	v.done("/hu/office/passing-on", url.Values{"boost": {"all"}})
	if got := formIn(t, v.get("/hu/office/follow").Body.String(), "boost").Get("boost"); got != "all" {
		t.Errorf("passing on = %q, want all", got)
	}

	feed := v.get("/hu/?type=news").Body.String()
	wants(t, feed, "Továbbadás: Átvett hír", "Elrejtés: Átvett hír")
	wantsNot(t, feed, "Továbbadás: Saját hír")
	wantsNot(t, h.get("/hu/").Body.String(), "Továbbadás:")
	buttons := url.Values{"id": {it.ID}, "back": {"/hu/?type=news"}}
	for range 2 { // a button pressed twice
		if to := v.done("/hu/office/boost", buttons); to != "/hu/?type=news" {
			t.Errorf("passing on leads to %s", to)
		}
	}
	wants(t, v.get("/hu/").Body.String(), "Továbbadás visszavonása: Átvett hír")
	v.done("/hu/office/unboost", buttons)
	wants(t, v.get("/hu/").Body.String(), "Továbbadás: Átvett hír")

	if w := v.post("/hu/office/hide", buttons); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("hiding without a reason = %d", w.Code)
	}
	wants(t, v.get("/hu/office/hide?id="+url.QueryEscape(it.ID)).Body.String(), "Átvett hír", "Indoklás")
	v.done("/hu/office/hide", url.Values{"id": {it.ID}, "back": {"/hu/?type=news"}, "reason": {"Kétszer szerepel."}})
	wantsNot(t, h.get("/hu/").Body.String(), "Átvett hír")
	v.done("/hu/office/unhide", formIn(t, v.get("/hu/office/status").Body.String(), "back"))
	wants(t, h.get("/hu/").Body.String(), "Átvett hír")
	if w := v.post("/hu/office/hide", url.Values{"id": {own.ID}}); w.Code != http.StatusForbidden {
		t.Errorf("hiding an own item = %d", w.Code)
	}
	if to := v.done("/hu/office/unhide", url.Values{"id": {it.ID}, "back": {"//evil.example"}}); to != "/hu/" {
		t.Errorf("back to %s", to)
	}
}

func TestDelivery(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	wants(t, v.get("/hu/office/delivery").Body.String(), "Még nem küldtünk semmit senkinek.")
	h.update(func(ctx context.Context, tx hub.Tx) error {
		id := "http://minta.example/a/minta"
		return tx.SaveFollower(ctx, hub.Follower{Local: "iroda", Actor: id, Inbox: id + "/inbox", Activity: id + "/f", Since: time.Now()})
	})
	h.publishes(news("Elküldött hír", ""))
	page := v.get("/hu/office/delivery").Body.String()
	wants(t, page, "minta.example", "úton van", "Vár: 1", "Újrapróbálás most: minta.example")
	missingTexts(t, "delivery", page)
	page = v.get("/hu/office/delivery/host?host=minta.example").Body.String()
	wants(t, page, "Új bejegyzés", "Következő próbálkozás")
	missingTexts(t, "delivery of a host", page)
	down := func(context.Context, queue.Job) error { return queue.Hold(errors.New("status 503"), 0) }
	if _, err := h.db.Queue().Step(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	wants(t, v.get("/hu/office/delivery").Body.String(), "most nem válaszol", "Nem érhető el ettől kezdve: ", "status 503")
	v.done("/hu/office/delivery/retry", formIn(t, page, "host"))
	if w := v.get("/hu/office/delivery/host?host=nowhere.example"); w.Code != http.StatusNotFound {
		t.Errorf("a host that nothing went to = %d", w.Code)
	}
}

func TestStatus(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	at := time.Now()
	h.update(func(ctx context.Context, tx hub.Tx) error {
		if err := tx.SaveRun(ctx, hub.Run{Job: "digests", Started: at, Finished: at, Next: at.Add(time.Minute)}); err != nil {
			return err
		}
		return tx.SaveRun(ctx, hub.Run{Job: "something", Started: at, Finished: at, Error: "it broke <here>"})
	})
	it := h.publishes(news("Nyilvános hír", ""))
	page := v.get("/hu/office/status").Body.String()
	wants(t, page, "Összefoglalók küldése", "rendben", "something", "it broke &lt;here&gt;", "hiba", "közzétette", "Nyilvános hír", "Pergola test")
	wantsNot(t, page, it.ID)
	missingTexts(t, "status", page)
}

func TestDigestOffice(t *testing.T) {
	h := open(t, hub.Association)
	v := h.signedIn("olga", hub.Office)
	path := "/hu/office/digest"
	form := formIn(t, v.get(path).Body.String(), "title.hu")
	v.refused(path, form, "title.hu")
	form.Set("title.hu", "Heti hírek")
	form.Set("at", "nyolckor")
	v.refused(path, form, "at")
	form.Set("every", "rule")
	form.Set("rule", "minden nap")
	wants(t, v.refused(path, form, "rule"), `value="minden nap"`, "Heti hírek")
	form.Set("every", "week")
	form.Set("at", "08:30")
	form.Set("weekday", "5")
	v.done(path, form)
	list := v.get("/hu/office/digests").Body.String()
	wants(t, list, "Heti hírek", "Hetente: péntek, 8:30 (Budapest)", "be van kapcsolva", "Kikapcsolás: Heti hírek")
	missingTexts(t, "digests", list)

	v.done("/hu/office/digest/switch", formIn(t, list, "id"))
	list = v.get("/hu/office/digests").Body.String()
	wants(t, list, "ki van kapcsolva", "Bekapcsolás: Heti hírek")
	again := formIn(t, list, "enabled")
	id := again.Get("id")
	v.done("/hu/office/digest/switch", again)

	edit := path + "?id=" + id
	form = formIn(t, v.get(edit).Body.String(), "title.hu")
	if form.Get("every") != "week" || form.Get("at") != "08:30" || form.Get("weekday") != "5" || form.Get("title.hu") != "Heti hírek" {
		t.Errorf("the form shows %v", form)
	}
	wants(t, v.get("/hu/office/digest/preview?id="+id).Body.String(), "Most nem volna miről szólnia")
	wants(t, v.get("/hu/office/digest/send?id="+id).Body.String(), "Elküldi most")
	v.done("/hu/office/digest/send", url.Values{"id": {id}})
	wants(t, v.get("/hu/office/digests").Body.String(), "Nem volt miről szólnia", "kimaradt")

	minta := h.follows("minta", "Minta Klaszter", "")
	h.arrives(minta, "hir", news("Új hír a mintától", ""))
	wants(t, v.get("/hu/office/digest/preview?id="+id).Body.String(), "Új hír a mintától")
	sent := v.done("/hu/office/digest/send", url.Values{"id": {id}})
	wants(t, v.get(sent).Body.String(), "Új hír a mintától", "Az összefoglaló megjelent")
	list = v.get("/hu/office/digests").Body.String()
	wants(t, list, "elküldve", "az iroda küldte", `href="`+sent+`"`)
	missingTexts(t, "digests", list)
}

func TestProfile(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	path := "/hu/office/profile"
	before, err := h.hub.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	form := formIn(t, v.get(path).Body.String(), "title.hu")
	v.done(path, form)
	after, err := h.hub.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after.Title.In("en") != before.Title.In("en") || after.About.In("hu") != before.About.In("hu") || after.Email != before.Email ||
		strings.Join(after.Languages, " ") != "hu en" || after.Zone != before.Zone || after.Kind != before.Kind {
		t.Errorf("saving the form as it is changes\n%+v to\n%+v", before, after)
	}
	form.Set("title.hu", "")
	form.Set("website", "ftp://x.example")
	form.Set("zone_other", "Mars/Base")
	wants(t, v.refused(path, form, "title.hu", "website", "zone"), `value="ftp://x.example"`)
	form.Set("title.hu", "Új név")
	form.Set("website", "www.uj.example")
	form.Del("zone_other")
	form["languages"] = []string{"hu"}
	v.done(path, form)
	after, err = h.hub.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Title) != 1 || after.Title[0] != (vocab.Translation{Lang: "hu", Value: "Új név"}) || after.Website != "https://www.uj.example" {
		t.Errorf("profile = %+v", after)
	}
}

func TestAccounts(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	path := "/hu/office/accounts"
	form := formIn(t, v.get(path).Body.String(), "name")
	form.Set("name", "Eszter")
	form.Set("password", "rövid")
	page := v.refused(path, form, "password")
	wants(t, page, `value="Eszter"`)
	wantsNot(t, page, "rövid\"")
	form.Set("password", password)
	v.done(path, form)
	v.refused(path, form, "name")

	eszter := h.visitor()
	in := url.Values{"name": {"eszter"}, "password": {password}}
	eszter.done("/hu/signin", in)
	list := v.get(path).Body.String()
	wants(t, list, "Eszter", "szerkesztő", "(Ön)")
	_, link, _ := strings.Cut(list, path+"/disable?account=")
	id, _, _ := strings.Cut(link, `"`)
	confirm := v.get(path + "/disable?account=" + id).Body.String()
	wants(t, confirm, "Biztosan kizárja?", "Eszter")
	v.done(path+"/disable", formIn(t, confirm, "account"))
	if w := eszter.get("/hu/desk"); w.Code != http.StatusSeeOther {
		t.Errorf("who was shut out sees the desk: %d", w.Code)
	}
	if w := eszter.post("/hu/signin", in); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("who was shut out signs in: %d", w.Code)
	}
	v.done(path+"/enable", formIn(t, v.get(path).Body.String(), "account"))

	set := formIn(t, v.get(path+"/password?account="+id).Body.String(), "password")
	set.Set("password", "kurta")
	v.refused(path+"/password", set, "password")
	set.Set("password", "egészen más jelszó")
	v.done(path+"/password", set)
	in.Set("password", "egészen más jelszó")
	eszter.done("/hu/signin", in)
}

func TestOwnAccount(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	other := h.visitor()
	in := url.Values{"name": {"eszter"}, "password": {password}}
	other.done("/hu/signin", in)
	page := v.get("/hu/account").Body.String()
	wants(t, page, "Firefox, Linux", "ez a böngésző")
	form := formIn(t, page, "present")
	form.Set("present", "nem ez volt")
	form.Set("password", "az új jelszavam")
	form.Set("again", "az új jelszavam")
	v.refused("/hu/account/password", form, "present")
	form.Set("present", password)
	form.Set("again", "az uj jelszavam")
	v.refused("/hu/account/password", form, "again")
	form.Set("password", "kurta")
	form.Set("again", "kurta")
	v.refused("/hu/account/password", form, "password")
	form.Set("password", "az új jelszavam")
	form.Set("again", "az új jelszavam")
	v.done("/hu/account/password", form)
	if w := v.get("/hu/desk"); w.Code != http.StatusOK {
		t.Errorf("changing the password signs this browser out: %d", w.Code)
	}
	if w := other.get("/hu/desk"); w.Code != http.StatusSeeOther {
		t.Errorf("changing the password leaves the other browser signed in: %d", w.Code)
	}
	in.Set("password", "az új jelszavam")
	other.done("/hu/signin", in)
	v.done("/hu/account/everywhere", nil)
	for _, who := range []*visitor{v, other} {
		if w := who.get("/hu/desk"); w.Code != http.StatusSeeOther {
			t.Errorf("signed out everywhere, but the desk = %d", w.Code)
		}
	}
}

// More messages than a page holds, open ones and such that are dealt with: each is
// on one page.
func TestPagesOfMessages(t *testing.T) {
	h := open(t, hub.Association)
	ctx, v := t.Context(), h.signedIn("olga", hub.Office)
	if err := h.hub.SaveContact(ctx, h.office, hub.Contact{Role: vocab.Text{{Lang: "hu", Value: "Sajtó"}}}); err != nil {
		t.Fatal(err)
	}
	c, _, err := h.hub.OwnCharter(ctx, h.office)
	if err != nil {
		t.Fatal(err)
	}
	const n = 23
	for i := range n {
		m := hub.Message{Name: fmt.Sprintf("Levél %02d.", i), Email: "bela@visitor.example", Text: "Mikor?"}
		if err := h.hub.Write(ctx, c.Contacts[0].ID, m, true, fmt.Sprintf("192.0.2.%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	letter, older := regexp.MustCompile(`<h3>(Levél \d\d\.)</h3>`), regexp.MustCompile(`href="([^"]*/office/messages\?[^"]*)"`)
	// turn collects what stands on a page and on those after it.
	turn := func() (names []string, pages int) {
		for path := "/hu/office/messages"; path != ""; pages++ {
			page := v.get(path).Body.String()
			for _, m := range letter.FindAllStringSubmatch(page, -1) {
				names = append(names, m[1])
			}
			path = ""
			if m := older.FindStringSubmatch(page); m != nil {
				path = html.UnescapeString(m[1])
			}
		}
		return names, pages
	}
	open, pages := turn()
	slices.Sort(open)
	open = slices.Compact(open)
	if len(open) != n || pages != 2 || open[0] != "Levél 00." || open[n-1] != "Levél 22." {
		t.Errorf("%d open messages on %d pages: %v", len(open), pages, open)
	}
	all, err := h.hub.Messages(ctx, h.office, false, hub.Page{Limit: n})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		v.done("/hu/office/messages/done", url.Values{"id": {m.ID}})
	}
	settled, pages := turn()
	slices.Sort(settled)
	if pages != 2 || !slices.Equal(settled, open) {
		t.Errorf("%d messages that are dealt with on %d pages: %v", len(settled), pages, settled)
	}
}
