package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pergola/federation/vocab"
	"pergola/hub"
)

const password = "nagyon titkos"

// A visitor is a browser: it keeps cookies and fills in forms.
type visitor struct {
	*house
	cookies map[string]string
}

// visitor opens a browser.
func (h *house) visitor() *visitor { return &visitor{h, map[string]string{}} }

// signedIn is a browser of somebody new who has signed in.
func (h *house) signedIn(name string, role hub.Role) *visitor {
	h.t.Helper()
	a, err := h.hub.AddAccount(h.t.Context(), hub.Program("test"), name, password, role)
	if err != nil {
		h.t.Fatal(err)
	}
	token, _, err := h.hub.OpenSession(h.t.Context(), a.ID, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
	if err != nil {
		h.t.Fatal(err)
	}
	v := h.visitor()
	v.cookies["pergola"] = token
	return v
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	v.t.Helper()
	return v.send(httptest.NewRequestWithContext(v.t.Context(), http.MethodGet, base+path, nil))
}

func (v *visitor) post(path string, form url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), http.MethodPost, base+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.send(r)
}

func (v *visitor) send(r *http.Request) *httptest.ResponseRecorder {
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

// done posts a form and fails unless it leads on; it gives the page that it
// leads to.
func (v *visitor) done(path string, form url.Values) string {
	v.t.Helper()
	w := v.post(path, form)
	if w.Code != http.StatusSeeOther {
		v.t.Fatalf("POST %s = %d, want 303:\n%s", path, w.Code, problemsIn(w.Body.String()))
	}
	return w.Header().Get("Location")
}

// refused posts a form and fails unless it is shown again with problems at
// these inputs.
func (v *visitor) refused(path string, form url.Values, inputs ...string) string {
	v.t.Helper()
	w := v.post(path, form)
	page := w.Body.String()
	if w.Code != http.StatusUnprocessableEntity {
		v.t.Fatalf("POST %s = %d, want 422", path, w.Code)
	}
	for _, name := range inputs {
		id := "f-" + strings.ReplaceAll(name, ".", "-")
		for _, want := range []string{`href="#` + id + `"`, `id="` + id + `-problem"`, `id="` + id + `"`} {
			if !strings.Contains(page, want) {
				v.t.Errorf("POST %s: the page has no %s", path, want)
			}
		}
	}
	return page
}

func problemsIn(page string) string {
	_, after, _ := strings.Cut(page, `class="problems"`)
	before, _, _ := strings.Cut(after, "</div>")
	return before
}

// formIn is what a browser would send of the form in a page that has an input
// of that name.
func formIn(t *testing.T, page, input string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Form {
			if v := inputsOf(n); v.Has(input) {
				return v
			}
		}
	}
	t.Fatalf("no form with an input %q", input)
	return nil
}

func inputsOf(form *html.Node) url.Values {
	v := url.Values{}
	for n := range form.Descendants() {
		name, value := attr(n, "name"), attr(n, "value")
		switch n.DataAtom {
		case atom.Input:
			if box := attr(n, "type"); (box == "checkbox" || box == "radio") && !has(n, "checked") {
				continue
			}
			v.Add(name, value)
		case atom.Textarea:
			v.Add(name, strings.TrimPrefix(text(n), "\n"))
		case atom.Option:
			if has(n, "selected") {
				v.Add(attr(n.Parent, "name"), value)
			}
		}
	}
	return v
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func wants(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
}

func wantsNot(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, s := range all {
		if strings.Contains(page, s) {
			t.Errorf("the page says %q", s)
		}
	}
}

func TestSignIn(t *testing.T) {
	h := open(t, hub.Cluster)
	h.signedIn("eszter@iroda.example", hub.Editor)
	v := h.visitor()
	form := formIn(t, v.get("/hu/signin?next=/hu/desk/new/news").Body.String(), "password")
	form.Set("name", "Eszter@iroda.example")
	form.Set("password", "valami más")
	w := v.post("/hu/signin", form)
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password = %d, want 422", w.Code)
	}
	wants(t, w.Body.String(), "A név vagy a jelszó nem helyes.", `value="Eszter@iroda.example"`)
	form.Set("password", password)
	w = v.post("/hu/signin", form)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/hu/desk/new/news" {
		t.Fatalf("the right password = %d to %s", w.Code, w.Header().Get("Location"))
	}
	c := w.Result().Cookies()[0]
	if c.Name != "pergola" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure {
		t.Errorf("cookie = %+v", c)
	}
	if w := v.get("/hu/desk"); w.Code != http.StatusOK {
		t.Errorf("the desk = %d after signing in", w.Code)
	}
	if to := v.done("/hu/signout", nil); to != "/hu/" {
		t.Errorf("signing out leads to %s", to)
	}
	if w := v.get("/hu/desk"); w.Code != http.StatusSeeOther {
		t.Errorf("the desk = %d after signing out", w.Code)
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", ""} {
		w := v.get("/hu/signin?next=" + url.QueryEscape(next))
		if to := w.Header().Get("Location"); to != "/hu/desk" {
			t.Errorf("next=%s leads to %s", next, to)
		}
	}
}

func TestManyWrongPasswords(t *testing.T) {
	h := open(t, hub.Cluster)
	h.signedIn("eszter", hub.Editor)
	h.update(func(ctx context.Context, tx hub.Tx) error {
		for range 10 {
			if err := tx.InsertFailure(ctx, "account:eszter", time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	w := h.visitor().post("/hu/signin", url.Values{"name": {"eszter"}, "password": {password}})
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("after ten failures = %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	wants(t, w.Body.String(), "Negyedóra múlva")
}

// pages are those of the desk and the office that need no item.
func pages() (desk, office []string) {
	return []string{"/desk", "/desk/new/news", "/desk/new/event", "/desk/new/call", "/account"},
		[]string{
			"/office/follow", "/office/delivery", "/office/status", "/office/digests", "/office/digest", "/office/profile",
			"/office/accounts",
		}
}

func TestWhoMaySeeWhat(t *testing.T) {
	h := open(t, hub.Association)
	stranger, editor, officer := h.visitor(), h.signedIn("eszter", hub.Editor), h.signedIn("olga", hub.Office)
	desk, office := pages()
	for _, lang := range []string{"/hu", "/en"} {
		for _, p := range append(slices.Clone(desk), office...) {
			w := stranger.get(lang + p)
			if want := lang + "/signin?next=" + url.QueryEscape(lang+p); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
				t.Errorf("a stranger at %s%s = %d to %s", lang, p, w.Code, w.Header().Get("Location"))
			}
			want := http.StatusOK
			if slices.Contains(office, p) {
				want = http.StatusForbidden
			}
			if w := editor.get(lang + p); w.Code != want {
				t.Errorf("an editor at %s%s = %d, want %d", lang, p, w.Code, want)
			}
			w = officer.get(lang + p)
			if w.Code != http.StatusOK {
				t.Errorf("the office at %s%s = %d", lang, p, w.Code)
			}
			if cache := w.Header().Get("Cache-Control"); cache != "no-store" {
				t.Errorf("%s%s may be kept: %q", lang, p, cache)
			}
			missingTexts(t, lang+p, w.Body.String())
		}
	}
}

// missingTexts fails when a page shows the key of a text in its place.
func missingTexts(t *testing.T, where, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.TextNode {
			continue
		}
		for word := range strings.FieldsSeq(n.Data) {
			if head, rest, ok := strings.Cut(word, "_"); ok && head != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_0123456789") == "" && rest != "" {
				t.Errorf("%s shows %q", where, word)
			}
		}
	}
}

func TestOfficeCommandsAreNotTheEditors(t *testing.T) {
	h := open(t, hub.Association)
	editor := h.signedIn("eszter", hub.Editor)
	for _, p := range []string{
		"follow", "unfollow", "passing-on", "boost", "unboost", "hide", "unhide", "delivery/retry", "digest", "digest/switch",
		"digest/send", "profile", "accounts", "accounts/password", "accounts/disable", "accounts/enable",
	} {
		if w := editor.post("/hu/office/"+p, url.Values{"id": {"x"}, "address": {"@a@b.example"}}); w.Code != http.StatusForbidden {
			t.Errorf("an editor posts to %s = %d, want 403", p, w.Code)
		}
		if w := h.visitor().post("/hu/office/"+p, nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/hu/signin" {
			t.Errorf("a stranger posts to %s = %d to %s", p, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/hu/desk/new/news", strings.NewReader("title.hu=x&do=publish"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := v.send(r); w.Code != http.StatusForbidden {
		t.Errorf("a post from elsewhere = %d, want 403", w.Code)
	}
}

func TestHugeForm(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	w := v.post("/hu/desk/new/news", url.Values{"title.hu": {strings.Repeat("x", 1<<20)}, "do": {"publish"}})
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 1 MiB = %d, want 413", w.Code)
	}
}

func TestPublishing(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	for _, test := range []struct {
		kind  string
		typed map[string]string
		says  []string
	}{
		{"news", map[string]string{"text.hu": "Egy **fontos** hír.", "title.en": "An English title"},
			[]string{"<strong>fontos</strong>", "/hu/i/"}},
		{"event", map[string]string{
			"start": "2030-11-20", "start_time": "18:00", "end_time": "20:30", "place": "Klaszterház", "town": "Miskolc",
			"organisers": "Minta Klaszter | https://minta.example\nMásik", "online": "meet.example",
		}, nil},
		{"event", map[string]string{
			"start": "2030-11-20", "start_time": "18:00", "end_time": "20:30", "place": "Klaszterház", "town": "Miskolc",
			"organisers": "Minta Klaszter | https://minta.example\nMásik",
		}, []string{"2030. november 20., 18:00–20:30", "Klaszterház", "Minta Klaszter, Másik"}},
		{"call", map[string]string{
			"purpose": "funding", "seeks.hu": "Kis cégeket", "up_to": "60 000", "currency": "EUR", "deadline": "2030-11-30",
			"countries": "SK", "apply_url": "https://minta.example/palyazat",
		}, []string{"2030. november 30., 23:59", "60\u00a0000\u00a0€", "Szlovákia", "Kis cégeket"}},
	} {
		t.Run(test.kind, func(t *testing.T) {
			path := "/hu/desk/new/" + test.kind
			form := formIn(t, v.get(path).Body.String(), "title.hu")
			form.Set("title.hu", "A legújabb közlemény")
			for name, value := range test.typed {
				form.Set(name, value)
			}
			form.Set("do", "publish")
			if test.says == nil {
				page := v.refused(path, form, "online")
				wants(t, page, `value="meet.example"`, `value="2030-11-20"`, `value="18:00"`, "A legújabb közlemény", "Másik")
				return
			}
			page := v.get(v.done(path, form)).Body.String()
			wants(t, page, "A legújabb közlemény", "Közzétéve. A követők megkapják.")
			wants(t, page, test.says...)
		})
	}
}

func TestErrorsAtTheirInputs(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	for _, test := range []struct {
		kind, do string
		typed    url.Values
		inputs   []string
	}{
		{"news", "publish", url.Values{}, []string{"title.hu"}},
		{"news", "draft", url.Values{"text.en": {"Text"}}, []string{"title.en"}},
		{"news", "preview", url.Values{"title.hu": {"ab"}}, []string{"title.hu"}},
		{"event", "publish", url.Values{"title.hu": {"Cím"}}, []string{"start", "place"}},
		{"event", "publish", url.Values{"start": {"2030-02-01"}, "end": {"2030-01-01"}}, []string{"title.hu", "end"}},
		{"event", "draft", url.Values{"title.hu": {"Cím"}, "start": {"2030-01-01"}, "start_zone_other": {"Mars/Base"}}, []string{"start_zone"}},
		{"event", "publish", url.Values{"register_url": {"javascript:alert(1)"}}, []string{"register_url"}},
		{"call", "publish", url.Values{"title.hu": {"Cím"}, "other_countries": {"ZZ"}}, []string{"purpose", "other_countries"}},
		{"call", "publish", url.Values{"up_to": {"sok"}, "currency": {"FORINT"}}, []string{"up_to", "currency"}},
	} {
		t.Run(test.kind+" "+test.typed.Encode(), func(t *testing.T) {
			test.typed.Set("do", test.do)
			page := v.refused("/hu/desk/new/"+test.kind, test.typed, test.inputs...)
			missingTexts(t, test.kind, page)
			again := formIn(t, page, "title.hu")
			for name, value := range test.typed {
				if name == "do" || strings.HasSuffix(name, "_zone_other") {
					continue
				}
				if !slices.Equal(again[name], value) {
					t.Errorf("%s is shown again as %q, want %q", name, again[name], value)
				}
			}
		})
	}
}

func TestPreviewAndDraft(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	form := url.Values{"title.hu": {"Vázlat"}, "text.hu": {"*dőlt*"}, "title.en": {"Sketch"}, "do": {"preview"}}
	w := v.post("/hu/desk/new/news", form)
	page := w.Body.String()
	if w.Code != http.StatusOK {
		t.Fatalf("preview = %d", w.Code)
	}
	wants(t, page, `id="preview"`, "<em>dőlt</em>", "<h1>Vázlat</h1>", `<h1 lang="en">Sketch</h1>`)
	wantsNot(t, v.get("/hu/desk").Body.String(), "Vázlat")

	form = formIn(t, page, "title.hu")
	form.Set("do", "draft")
	edit := v.done("/hu/desk/new/news", form)
	wants(t, v.get("/hu/desk").Body.String(), "Piszkozatok", "Vázlat")
	wantsNot(t, h.get("/hu/").Body.String(), "Vázlat")

	form = formIn(t, v.get(edit).Body.String(), "title.hu")
	if got := form.Get("text.hu"); got != "*dőlt*" {
		t.Errorf("the draft's text = %q", got)
	}
	form.Set("do", "publish")
	v.done(edit, form)
	wants(t, h.get("/hu/").Body.String(), "Vázlat")
	wantsNot(t, v.get("/hu/desk").Body.String(), "Piszkozatok")
}

func TestFormChangesNothingByItself(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := event("Találkozó", in(20, 18), in(20, 20), vocab.Place{Name: "Ház", Locality: "Eger", Country: "HU", Latitude: 47.9})
	it.Event.Organisers = []vocab.Party{{ID: "https://minta.example/a/minta", Name: "Minta"}, {Name: "Név"}}
	it = h.publishes(it)
	path := "/hu/desk/edit?id=" + url.QueryEscape(it.ID)
	form := formIn(t, v.get(path).Body.String(), "title.hu")
	form.Set("do", "publish")
	v.done(path, form)
	got, err := h.hub.OwnItem(t.Context(), h.editor, it.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Event.Start != it.Event.Start || got.Event.End != it.Event.End || got.Event.Place != it.Event.Place ||
		!slices.Equal(got.Event.Organisers, it.Event.Organisers) || got.Change != hub.NothingAtAll {
		t.Errorf("the event became\n%+v, was\n%+v", *got.Event, *it.Event)
	}
}

func TestTwoEditorsAtOnce(t *testing.T) {
	h := open(t, hub.Cluster)
	one, other := h.signedIn("eszter", hub.Editor), h.signedIn("erno", hub.Editor)
	it := h.publishes(news("Közös hír", ""))
	path := "/hu/desk/edit?id=" + url.QueryEscape(it.ID)
	mine := formIn(t, one.get(path).Body.String(), "title.hu")
	theirs := formIn(t, other.get(path).Body.String(), "title.hu")
	mine.Set("title.hu", "Eszter címe")
	mine.Set("do", "publish")
	one.done(path, mine)
	theirs.Set("title.hu", "Ernő címe")
	theirs.Set("do", "publish")
	page := other.refused(path, theirs)
	wants(t, page, "valaki más módosította", "Ernő címe")
	again := formIn(t, page, "title.hu")
	again.Set("do", "publish")
	wants(t, other.get(other.done(path, again)).Body.String(), "Ernő címe")
}

func TestNothingIsLostWhenTheSessionEnds(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	typed := url.Values{
		"title.hu": {"Hosszan írt hír"}, "text.hu": {"Első sor\n\nMásodik <sor>"}, "countries": {"SK", "AT"}, "purpose": {"offer"}, "do": {"publish"},
	}
	delete(v.cookies, "pergola")
	w := v.post("/hu/desk/new/call", typed)
	if w.Code != http.StatusForbidden {
		t.Fatalf("publishing without a session = %d", w.Code)
	}
	wants(t, w.Body.String(), "Közben lejárt a bejelentkezése")
	form := formIn(t, w.Body.String(), "password")
	form.Set("name", "eszter")
	form.Set("password", "rossz jelszó")
	w = v.post("/hu/signin", form)
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("a wrong password = %d", w.Code)
	}
	form = formIn(t, w.Body.String(), "password")
	form.Set("password", password)
	w = v.post("/hu/signin", form)
	if w.Code != http.StatusOK {
		t.Fatalf("signing in again = %d", w.Code)
	}
	wants(t, w.Body.String(), "Újra be van jelentkezve", `action="/hu/desk/new/call"`)
	again := formIn(t, w.Body.String(), "title.hu")
	for _, name := range []string{"title.hu", "text.hu", "purpose"} {
		if again.Get(name) != typed.Get(name) {
			t.Errorf("%s = %q, want %q", name, again.Get(name), typed.Get(name))
		}
	}
	if got := again["countries"]; !slices.Contains(got, "SK") || !slices.Contains(got, "AT") {
		t.Errorf("countries = %q", got)
	}
	wantsNot(t, v.get("/hu/").Body.String(), "Hosszan írt hír")
	again.Set("do", "publish")
	v.done("/hu/desk/new/call", again)
	wants(t, v.get("/hu/").Body.String(), "Hosszan írt hír")
}

func TestEventCommands(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(event("Találkozó", in(20, 18), in(20, 20), vocab.Place{Name: "Ház", Locality: "Eger"}))
	id := url.QueryEscape(it.ID)
	move := "/hu/desk/move?id=" + id
	form := formIn(t, v.get(move).Body.String(), "start")
	v.refused(move, form, "start")
	v.refused(move, url.Values{"start_zone": {"Europe/Budapest"}}, "start")
	form.Set("start", in(21, 18).Local[:10])
	form.Set("end", in(21, 20).Local[:10])
	wants(t, v.get(v.done(move, form)).Body.String(), "Az új időpont megjelent.", "Eredetileg")

	confirm := v.get("/hu/desk/cancel?id=" + id)
	wants(t, confirm.Body.String(), "Biztosan lemondja", "Találkozó")
	v.done("/hu/desk/cancel", formIn(t, confirm.Body.String(), "id"))
	wants(t, v.get("/hu/desk").Body.String(), "Elmarad", "Mégis megtartjuk")
	if w := v.post("/hu/desk/cancel", url.Values{"id": {it.ID}}); w.Code != http.StatusConflict {
		t.Errorf("cancelling twice = %d", w.Code)
	}
	v.done("/hu/desk/reinstate", url.Values{"id": {it.ID}})
	wantsNot(t, v.get("/hu/desk").Body.String(), "Mégis megtartjuk")
}

func TestCloseCall(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(call("Partnert keresünk", hub.Request, in(20, 12)))
	confirm := v.get("/hu/desk/close?id=" + url.QueryEscape(it.ID)).Body.String()
	v.done("/hu/desk/close", formIn(t, confirm, "id"))
	wants(t, v.get("/hu/desk").Body.String(), "Lezárva")
}

func TestDeleteAndUndo(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(news("Törlendő", ""))
	confirm := v.get("/hu/desk/delete?id=" + url.QueryEscape(it.ID)).Body.String()
	wants(t, confirm, "30 másodpercig visszavonható")
	v.done("/hu/desk/delete", formIn(t, confirm, "id"))
	wantsNot(t, h.get("/hu/").Body.String(), "Törlendő")
	page := v.get("/hu/desk").Body.String()
	wants(t, page, "Addig visszavonható", "Mégse törlődjön: Törlendő")
	v.done("/hu/desk/undelete", formIn(t, page, "id"))
	wants(t, h.get("/hu/").Body.String(), "Törlendő")
	if w := v.post("/hu/desk/undelete", url.Values{"id": {it.ID}}); w.Code != http.StatusConflict {
		t.Errorf("undoing twice = %d", w.Code)
	}
	for _, p := range []string{"edit", "move", "cancel", "close", "delete"} {
		if w := v.get("/hu/desk/" + p + "?id=http://nowhere.example/o/1"); w.Code != http.StatusNotFound {
			t.Errorf("%s of what is not there = %d, want 404", p, w.Code)
		}
	}
}
