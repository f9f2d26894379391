package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// later is a date form value some days from now.
func later(days int) string { return time.Now().AddDate(0, 0, days).Format("2006-01-02") }

// editLink finds the address of the form that edits what the desk lists.
var editLink = regexp.MustCompile(`href="(/hu/desk/edit\?id=[^"]+)"`)

// editBase finds which version of an item a form was filled from.
var editBase = regexp.MustCompile(`name="base" value="([^"]*)"`)

// An editor signs in, writes an event in two languages, moves it, cancels it;
// the association's page says what the cluster's says.
func TestEditorHoldsAnEvent(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		b := net.browser()
		b.get("https://photonics.example/hu/desk").has(t, `name="password"`) // a stranger is asked to sign in
		b.signIn("photonics", "editor", "editor password")

		form := url.Values{
			"title.hu": {"Lézernap"}, "text.hu": {"Egész napos **bemutató**."},
			"title.en": {"Laser day"}, "text.en": {"A day of **demonstrations**."},
			"start": {later(20)}, "start_time": {"09:00"}, "start_zone": {"Europe/Budapest"},
			"end": {later(19)}, "end_time": {"17:00"},
			"place": {"Fény Ház"}, "town": {"Miskolc"}, "country": {"HU"}, "online": {"https://meet.example/laser"},
			"organisers": {"Miskolci Fénykör | https://kor.example"}, "funders": {"Fény Alap"}, "do": {"publish"},
		}
		p := b.post("https://photonics.example/hu/desk/new/event", form)
		if p.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("an event that ends before it starts: status %d", p.StatusCode)
		}
		p.has(t, "Lézernap", "Egész napos **bemutató**.", "Fény Ház", "A befejezés a kezdés előtt van.")

		form.Set("end", later(20))
		form.Set("do", "preview")
		b.post("https://photonics.example/hu/desk/new/event", form).has(t, "Lézernap", "<strong>bemutató</strong>")
		net.settle()
		feed := net.browser()
		feed.get("https://assoc.example/hu/events").hasNot(t, "Lézernap")

		form.Set("do", "publish")
		b.post("https://photonics.example/hu/desk/new/event", form).has(t, "Lézernap")
		net.settle()
		feed.get("https://assoc.example/hu/events").has(t, "Lézernap", "Fény Ház")
		feed.get("https://assoc.example/en/events").has(t, "Laser day")

		es, err := net.node("photonics").hub.ComingEvents(t.Context(), hub.FeedFilter{Own: true}, hub.Page{Limit: 5})
		if err != nil || len(es) != 1 {
			t.Fatal(es, err)
		}
		id := es[0].ID
		b.post("https://photonics.example/hu/desk/move?id="+url.QueryEscape(id), url.Values{
			"id": {id}, "start": {later(27)}, "start_time": {"10:00"}, "end": {later(27)}, "end_time": {"16:00"}, "start_zone": {"Europe/Budapest"}})
		net.settle()
		there, err := net.node("assoc").hub.Entry(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if there.Event.Status != vocab.EventRescheduled || there.Change != hub.Moved || there.Event.Start.Local != later(27)+"T10:00" || there.Event.Start.Zone != "Europe/Budapest" {
			t.Errorf("the association has the moved event as %+v, change %q", there.Event, there.Change)
		}

		b.post("https://photonics.example/hu/desk/cancel?id="+url.QueryEscape(id), url.Values{"id": {id}})
		net.settle()
		feed.get("https://assoc.example/hu/events").has(t, "Elmarad")
	})
}

// An editor writes a call with amounts and a deadline in Brussels.
func TestEditorPublishesACall(t *testing.T) {
	story(t, []string{"medtech", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		b := net.browser().signIn("medtech", "editor", "editor password")
		p := b.post("https://medtech.example/hu/desk/new/call", url.Values{
			"title.hu": {"Partnerkeresés"}, "text.hu": {"Személyre szabott táplálkozás."}, "seeks.hu": {"Kutatóintézetet"},
			"purpose": {"funding"}, "countries": {"HU", "SK"}, "up_to": {"60 000"}, "total": {"2800000"}, "currency": {"EUR"},
			"deadline": {later(10)}, "deadline_time": {"17:00"}, "zone": {"Europe/Brussels"}, "apply_url": {"https://apply.example/"}, "do": {"publish"},
		})
		if p.StatusCode != http.StatusOK {
			t.Fatalf("status %d: %s", p.StatusCode, p.Text)
		}
		net.settle()
		es, err := net.node("assoc").hub.OpenCalls(t.Context(), hub.FeedFilter{}, hub.Page{Limit: 5})
		if err != nil || len(es) != 1 {
			t.Fatal(es, err)
		}
		c := es[0].Call
		if c.Purpose != hub.Funding || c.UpTo != (vocab.Money{Amount: "60000", Currency: "EUR"}) || c.Total.Amount != "2800000" ||
			strings.Join(c.Countries, " ") != "HU SK" || c.Deadline.Zone != "Europe/Brussels" || !strings.HasSuffix(c.Deadline.Local, "T17:00") || c.Seeks.In("hu") != "Kutatóintézetet" {
			t.Errorf("the association has the call as %+v", c)
		}
		net.browser().get("https://assoc.example/hu/calls").has(t, "Partnerkeresés")
		net.browser().get("https://assoc.example/hu/item?id="+url.QueryEscape(es[0].ID)).has(t, "60\u00a0000\u00a0€", "Kutatóintézetet", "https://apply.example/")
		// When the deadline is past it is no open call any more.
		net.pass(11 * 24 * time.Hour)
		net.browser().get("https://assoc.example/hu/calls").hasNot(t, "Partnerkeresés")
	})
}

// While the association is down, a cluster publishes, changes and deletes. When
// it is back, everything has arrived, in order, and nothing is lost.
func TestAssociationWasDown(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		net.down["assoc.example"] = true
		first := net.publish("photonics", news("Első hír", ""))
		second := net.publish("photonics", news("Második hír", ""))
		net.settle()
		second.Texts[0].Title = "Második hír, javítva"
		net.publish("photonics", second)
		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), first.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(30 * time.Hour)
		net.publish("photonics", news("Harmadik hír", ""))
		net.down["assoc.example"] = false
		net.pass(13 * time.Hour)

		feed := net.browser().get("https://assoc.example/hu/")
		feed.has(t, "Második hír, javítva", "Harmadik hír")
		feed.hasNot(t, "Első hír")
		ls, err := net.node("photonics").hub.Lanes(t.Context(), hub.Program("test"), hub.Page{Limit: 10})
		if err != nil || len(ls) != 1 || ls[0].Waiting != 0 || ls[0].GivenUp != 0 {
			t.Errorf("lanes: %+v, %v", ls, err)
		}
	})
}

// A draft is nobody's business until it is published.
func TestDraftStaysAtHome(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		b := net.browser().signIn("photonics", "editor", "editor password")
		b.post("https://photonics.example/hu/desk/new/news", url.Values{"title.hu": {"Félkész hír"}, "do": {"draft"}})
		net.settle()
		net.browser().get("https://photonics.example/hu/").hasNot(t, "Félkész")
		desk := b.get("https://photonics.example/hu/desk")
		desk.has(t, "Félkész hír")
		link := editLink.FindStringSubmatch(desk.Text)
		if link == nil {
			t.Fatal("the desk has no link to edit the draft")
		}
		address := "https://photonics.example" + strings.ReplaceAll(link[1], "&amp;", "&")
		base := editBase.FindStringSubmatch(b.get(address).Text)
		if base == nil {
			t.Fatal("the form does not say which version it shows")
		}
		b.post(address, url.Values{"base": {base[1]}, "title.hu": {"Kész hír"}, "text.hu": {"Most már van szövege."}, "do": {"publish"}})
		net.settle()
		net.browser().get("https://assoc.example/hu/").has(t, "Kész hír")
	})
}

// Sign-in is throttled, and an editor is not the office.
func TestSignInIsGuarded(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		b := net.browser()
		for range 10 {
			if p := b.post("https://photonics.example/hu/signin", url.Values{"name": {"editor"}, "password": {"wrong password"}}); p.StatusCode != http.StatusUnprocessableEntity {
				t.Fatalf("a wrong password: status %d", p.StatusCode)
			}
		}
		if p := b.post("https://photonics.example/hu/signin", url.Values{"name": {"editor"}, "password": {"editor password"}}); p.StatusCode != http.StatusTooManyRequests {
			t.Errorf("the eleventh try: status %d, want 429", p.StatusCode)
		}
		time.Sleep(16 * time.Minute)
		b.signIn("photonics", "editor", "editor password")
		if p := b.get("https://photonics.example/hu/office/delivery"); p.StatusCode != http.StatusForbidden {
			t.Errorf("an editor at the office's page: status %d, want 403", p.StatusCode)
		}
		r := httptest.NewRequest("POST", "https://photonics.example/hu/signin", strings.NewReader("name=editor&password=editor+password"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		net.hosts["photonics.example"].ServeHTTP(w, r)
		if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != "__Host-pergola" || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || c[0].Domain != "" {
			t.Errorf("the session of a site on https is kept as %v", c)
		}
		other := net.browser().signIn("photonics", "editor", "editor password")
		b.post("https://photonics.example/hu/account/everywhere", nil)
		other.get("https://photonics.example/hu/desk").has(t, `name="password"`)
	})
}
