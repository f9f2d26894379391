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
		"digest/send", "profile", "picture", "picture/remove", "accounts", "accounts/password", "accounts/disable", "accounts/enable",
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

func TestNoProgrammeIsLostWhenTheSessionEnds(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(event("Nyílt nap", in(20, 9), in(20, 17), vocab.Place{Name: "Ház"}))
	page := "/hu/desk/programme?id=" + url.QueryEscape(it.ID)
	typed := formIn(t, v.get(page).Body.String(), "session_title.1")
	typed.Set("session_title.1", "Hosszan írt előadás")
	typed.Set("session_start.1_time", "10:00")
	typed.Set("do", "save")
	delete(v.cookies, "pergola")
	w := v.post(page, typed)
	if w.Code != http.StatusForbidden {
		t.Fatalf("saving without a session = %d", w.Code)
	}
	form := formIn(t, w.Body.String(), "password")
	form.Set("name", "eszter")
	form.Set("password", password)
	w = v.post("/hu/signin", form)
	wants(t, w.Body.String(), "Hosszan írt előadás")
	wantsNot(t, v.get("/hu/events").Body.String(), "Hosszan írt előadás")
	again := formIn(t, w.Body.String(), "session_title.1")
	again.Set("do", "save")
	v.done(page, again)
	wants(t, v.get(page).Body.String(), "Hosszan írt előadás")
}
