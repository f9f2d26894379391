package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"pergola/federation/vocab"
	"pergola/hub"
)

// shows fails unless a page has all of these in it.
func shows(t *testing.T, w *httptest.ResponseRecorder, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("page lacks %q:\n%s", want, w.Body)
		}
	}
}

// lacks fails when a page has one of these in it.
func lacks(t *testing.T, w *httptest.ResponseRecorder, unwanted ...string) {
	t.Helper()
	for _, u := range unwanted {
		if strings.Contains(w.Body.String(), u) {
			t.Errorf("page has %q:\n%s", u, w.Body)
		}
	}
}

func status(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status %d, want %d:\n%s", w.Code, want, w.Body)
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// titles are the headings of the cards on a page, in order.
func titles(w *httptest.ResponseRecorder) []string {
	re := regexp.MustCompile(`(?s)<h3 class="card-title"[^>]*><a [^>]*>(.*?)</a>`)
	var all []string
	for _, m := range re.FindAllStringSubmatch(w.Body.String(), -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// first is the first match of a link on a page.
func first(t *testing.T, w *httptest.ResponseRecorder, pattern string) string {
	t.Helper()
	link := regexp.MustCompile(pattern).FindString(w.Body.String())
	if link == "" {
		t.Fatalf("no %s on the page:\n%s", pattern, w.Body)
	}
	return html.UnescapeString(link)
}

func TestRootLeadsToTheReadersLanguage(t *testing.T) {
	h := open(t, hub.Cluster)
	for _, c := range []struct{ cookie, accept, want string }{
		{"", "", "/hu/"},
		{"", "de,en;q=0.5", "/en/"},
		{"", "uk-UA", "/hu/"},
		{"en", "hu", "/en/"},
		{"xx", "en", "/en/"},
	} {
		w := h.get("/", header("Accept-Language", c.accept), func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "language", Value: c.cookie})
		})
		if w.Code != http.StatusFound || w.Header().Get("Location") != c.want {
			t.Errorf("cookie %q, Accept-Language %q: %d %s, want %s", c.cookie, c.accept, w.Code, w.Header().Get("Location"), c.want)
		}
		if !strings.Contains(w.Header().Get("Vary"), "Accept-Language") {
			t.Errorf("Vary = %q", w.Header().Get("Vary"))
		}
	}
}

// TestReading is what a reader finds at an association with something of
// everything. Nothing is changed, so one will do.
func TestReading(t *testing.T) {
	h := furnished(t)
	for name, read := range map[string]func(*testing.T, *house){
		"language switch keeps the page and is remembered": languageSwitchKeepsThePageAndIsRemembered,
		"pages of everybody":                pagesOfEverybody,
		"feed is newest first and filtered": feedIsNewestFirstAndFiltered,
		"foreign languages are marked":      foreignLanguagesAreMarked,
		"events":                            events,
		"calls":                             calls,
		"foreign item":                      foreignItem,
		"cluster":                           cluster,
		"digest page":                       digestPage,
		"feeds for readers":                 feedsForReaders,
	} {
		t.Run(name, func(t *testing.T) { read(t, h) })
	}
}

func languageSwitchKeepsThePageAndIsRemembered(t *testing.T, h *house) {
	w := h.get("/hu/events?from=own")
	shows(t, w, `lang="hu"`, `<link rel="alternate" hreflang="en" href="http://szovetseg.example/en/events?from=own">`)
	if got := w.Header().Get("Content-Language"); got != "hu" {
		t.Errorf("Content-Language = %q", got)
	}
	link := first(t, w, `/language\?to=%2Fen[^"]*`)
	w = h.get(link)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/en/events?from=own" {
		t.Errorf("%s leads to %s", link, w.Header().Get("Location"))
	}
	if c := w.Result().Cookies(); len(c) != 1 || c[0].Value != "en" {
		t.Errorf("cookies = %v", c)
	}
	for _, to := range []string{"https://evil.example/en/", "//evil.example/en/", `/\evil.example/en/`, "/en\\..", ""} {
		w := h.get("/language?to=" + url.QueryEscape(to))
		if got := w.Header().Get("Location"); got != "/hu/" {
			t.Errorf("to %q leads to %q", to, got)
		}
	}
}

func pagesOfEverybody(t *testing.T, h *house) {
	for _, path := range []string{"/", "/events", "/calls", "/clusters", "/digests", "/about", "/shared", "/?type=news&from=own"} {
		for _, lang := range []string{"hu", "en"} {
			w := h.get("/" + lang + path)
			status(t, w, http.StatusOK)
			shows(t, w, `<html lang="`+lang+`">`, `class="skip"`, `id="main"`)
			if bytes.Count(w.Body.Bytes(), []byte("<h1")) != 1 {
				t.Errorf("%s: not just one h1", path)
			}
			lacks(t, w, "style=", "<script", "javascript:")
			for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "ETag"} {
				if w.Header().Get(name) == "" {
					t.Errorf("%s: no %s", path, name)
				}
			}
			checkIDs(t, path, w)
		}
	}
}

// checkIDs fails when an id is there twice, or one that is pointed to is not
// there at all.
func checkIDs(t *testing.T, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	var refs []string
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				ids[a.Val]++
			case "aria-labelledby", "aria-describedby", "for":
				refs = append(refs, strings.Fields(a.Val)...)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: id %q is there %d times", path, id, n)
		}
	}
	for _, ref := range refs {
		if ids[ref] == 0 {
			t.Errorf("%s: nothing has the id %q", path, ref)
		}
	}
}

func feedIsNewestFirstAndFiltered(t *testing.T, h *house) {
	all := titles(h.get("/hu/"))
	if len(all) != 10 || all[len(all)-1] == "Elindult a közös hírfolyam" {
		t.Errorf("feed = %q", all)
	}
	for query, want := range map[string][]string{
		"?type=call":                         {"Innovációs utalvány kis- és középvállalkozásoknak", "IoT-szenzorok gyümölcsösökbe"},
		"?type=event&from=own":               {"Klaszter Expo"},
		"?from=%40izlanc%40izlanc.example":   {"Innovációs utalvány kis- és középvállalkozásoknak", "Klasztermenedzser-képzés", "Study visit to the Lviv region, online", "Csomagolás és élelmiszer: közös siker két klaszter tagjaitól"},
		"?from=%40falazat%40falazat.example": nil,
	} {
		w := h.get("/hu/" + query)
		got := titles(w)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	shows(t, h.get("/hu/?from=%40falazat%40falazat.example"), "Ennek a szűrésnek egy bejegyzés sem felel meg.")
	if got := len(titles(h.get("/hu/?type=nonsense&from=nobody"))); got != 10 {
		t.Errorf("an unknown filter shows %d entries, want all 10", got)
	}
}

func foreignLanguagesAreMarked(t *testing.T, h *house) {
	shows(t, h.get("/hu/"), `<h3 class="card-title" lang="en"><a`)
	w := h.get("/en/")
	shows(t, w, `<h3 class="card-title" lang="hu"><a`, "The label of MedTech Híd was renewed")
	lacks(t, w, "Megújult a MedTech Híd minősítése")
}

func TestOlderPagesShowEachItemOnce(t *testing.T) {
	h := open(t, hub.Association)
	h.many(h.follows("izlanc", "Ízlánc", ""), 45)
	seen := map[string]bool{}
	path, pages := "/hu/", 0
	for ; path != "" && pages < 5; pages++ {
		w := h.get(path)
		status(t, w, http.StatusOK)
		for _, title := range titles(w) {
			if seen[title] {
				t.Errorf("%s is shown twice", title)
			}
			seen[title] = true
		}
		path = html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(regexp.MustCompile(`<a class="next" href="[^"]*"`).FindString(w.Body.String()), `<a class="next" href="`), `"`))
	}
	if len(seen) != 45 || pages != 3 {
		t.Errorf("%d items on %d pages, want 45 on 3", len(seen), pages)
	}
	status(t, h.get("/hu/?after=nonsense"), http.StatusOK)
}

func events(t *testing.T, h *house) {
	w := h.get("/hu/events")
	want := []string{"Klasztermenedzser-képzés", "Gyárlátogatás Győrben", "Klaszter Expo", "Pályázati infónap"}
	if got := titles(w); !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
	shows(t, w, "Elmarad", "Új időpontban. Eredetileg:", "(Lisszabon)", "Szeged", "<section class=\"month\">")
	w = h.get("/en/events")
	shows(t, w, "Cancelled", "New date. It was:", "(Lisbon)")
}

func calls(t *testing.T, h *house) {
	w := h.get("/hu/calls")
	if got := titles(w); !slices.Equal(got, []string{"IoT-szenzorok gyümölcsösökbe", "Innovációs utalvány kis- és középvállalkozásoknak"}) {
		t.Errorf("calls = %q", got)
	}
	shows(t, w, `<strong class="left soon">hamarosan zárul, még 3 nap</strong>`, `<strong class="left">még 40 nap</strong>`, "szenzorgyártó vállalkozást")
	shows(t, h.get("/en/calls"), "closes soon, 3 days left", "40 days left", "Cooperation request")
}

func TestOwnItem(t *testing.T) {
	h := furnished(t)
	link := first(t, h.get("/hu/?from=own"), `/hu/i/[^"]*elindult[^"]*`)
	w := h.get(link)
	status(t, w, http.StatusOK)
	id := base + "/o/" + strings.Split(link, "/")[3]
	shows(t, w, "<h1>Elindult a közös hírfolyam</h1>", `<link rel="alternate" type="application/activity+json" href="`+id+`">`,
		`<link rel="canonical" href="`+base+link+`">`, `hreflang="en" href="`+base+`/en/i/`, "the-shared-feed-is-open", `?text=en`,
		`<meta name="fediverse:creator" content="iroda@szovetseg.example">`, `<meta property="og:title"`)
	if got := w.Header().Get("Link"); !strings.HasPrefix(got, "<"+id+">") {
		t.Errorf("Link = %q", got)
	}
	w = h.get(link + "?text=en")
	shows(t, w, `<h1 lang="en">The shared feed is open</h1>`, `<div class="prose" lang="en">`)
	w = h.get(link, header("Accept", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != id {
		t.Errorf("a program is sent to %d %s, want %s", w.Code, w.Header().Get("Location"), id)
	}
	status(t, h.get("/hu/i/01aaaaaaaaaaaaaaaaaaaaaaaa"), http.StatusNotFound)
	status(t, h.get("/hu/i/short"), http.StatusNotFound)
	if _, err := h.hub.Delete(t.Context(), h.editor, id); err != nil {
		t.Fatal(err)
	}
	w = h.get(link)
	status(t, w, http.StatusGone)
	shows(t, w, "Ezt törölték")
}

func foreignItem(t *testing.T, h *house) {
	id := "http://izlanc.example/o/izlanc/kepzes"
	w := h.get("/hu/item?id=" + url.QueryEscape(id))
	status(t, w, http.StatusOK)
	shows(t, w, "<h1>Klasztermenedzser-képzés</h1>", "Új időpontban. Eredetileg:", "Az eredeti megnyitása: izlanc.example",
		`href="http://izlanc.example/hu/i/izlanc/kepzes"`, "A szerzőtől: Ízlánc", "Szegedi Inkubátorház",
		`<link rel="canonical" href="http://izlanc.example/hu/i/izlanc/kepzes">`)
	w = h.get("/en/item?id=" + url.QueryEscape("http://medhid.example/o/medhid/infonap"))
	shows(t, w, "(Lisbon)", "Here (Budapest):", "Európai Klaszterhálózat", `href="https://meet.example/infonap"`)
	for _, other := range []string{"", "http://izlanc.example/o/nothing", "javascript:alert(1)"} {
		status(t, h.get("/hu/item?id="+url.QueryEscape(other)), http.StatusNotFound)
	}
}

func TestHostileItem(t *testing.T) {
	h := open(t, hub.Association)
	author := h.follows("rossz", `<script>alert("név")</script>`, "")
	it := news(`<img src=x onerror=alert(1)>`, "")
	it.Type, it.Event = hub.AnEvent, &hub.Event{
		Start: in(3, 10), Place: vocab.Place{Name: `"><script>`}, Online: "javascript:alert(1)", RegisterURL: "data:text/html,x",
		Organisers: []vocab.Party{{ID: "javascript:alert(2)"}},
	}
	it = h.arrives(author, "x", it)
	for _, path := range []string{"/hu/", "/hu/events", "/hu/clusters", "/hu/item?id=" + url.QueryEscape(it.ID), "/hu/feed.atom", "/hu/?from=%22%3E%3Cscript%3E&type=%22%3E%3Cscript%3E"} {
		w := h.get(path)
		status(t, w, http.StatusOK)
		lacks(t, w, "<script", "<img", `href="javascript`, `href="data:`)
	}
}

func cluster(t *testing.T, h *house) {
	link := first(t, h.get("/hu/clusters"), `/hu/clusters/[^"]*izlanc[^"]*`)
	w := h.get(link)
	status(t, w, http.StatusOK)
	shows(t, w, "Ízlánc Élelmiszer- és Gasztronómia Klaszter", "@izlanc@izlanc.example", "Dél-alföldi", `href="http://izlanc.example/"`)
	if got := titles(w); len(got) != 4 {
		t.Errorf("items = %q, want 4", got)
	}
	if got := titles(h.get(link + "?type=news")); len(got) != 2 {
		t.Errorf("news = %q, want 2", got)
	}
	status(t, h.get("/hu/clusters/@nobody@nowhere.example"), http.StatusNotFound)
}

func digestPage(t *testing.T, h *house) {
	w := h.get("/en/digests")
	shows(t, w, "Weekly digest", "Next:")
	w = h.get(first(t, w, `/en/digests/[^"]+`))
	status(t, w, http.StatusOK)
	shows(t, w, "Deadlines ahead", "IoT-szenzorok gyümölcsösökbe", "sent by the office")
	status(t, h.get("/en/digests/nothing"), http.StatusNotFound)
}

func TestClusterShowsItsOwnItemsFirst(t *testing.T) {
	h := open(t, hub.Cluster)
	h.publishes(news("Saját hír", ""))
	lacks(t, h.get("/hu/"), "/hu/shared")
	h.arrives(h.follows("izlanc", "Ízlánc", ""), "x", news("Másé", ""))
	if got := titles(h.get("/hu/")); !slices.Equal(got, []string{"Saját hír"}) {
		t.Errorf("home = %q", got)
	}
	w := h.get("/hu/shared")
	if got := titles(w); len(got) != 2 {
		t.Errorf("shared feed = %q, want both", got)
	}
	shows(t, w, `/hu/feed.atom?from=all`)
	if got := h.get("/hu/feed.atom?from=all"); strings.Count(got.Body.String(), "<entry") != 2 {
		t.Errorf("feed of all:\n%s", got.Body)
	}
}

func TestEmptyPagesHelp(t *testing.T) {
	h := open(t, hub.Association)
	for path, want := range map[string]string{
		"/hu/": "Amint megjelenik az első hír", "/hu/events": "Nincs meghirdetett esemény", "/en/calls": "No call is open",
		"/en/clusters": "There is no cluster here yet", "/hu/digests": "Még nem jelent meg összefoglaló",
	} {
		w := h.get(path)
		status(t, w, http.StatusOK)
		shows(t, w, want)
	}
}

func feedsForReaders(t *testing.T, h *house) {
	w := h.get("/hu/")
	shows(t, w, `<link rel="alternate" type="application/atom+xml"`, `<link rel="alternate" type="application/feed+json"`)
	w = h.get("/hu/feed.atom")
	if got := w.Header().Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("Content-Type = %q", got)
	}
	var feed struct {
		Entries []struct {
			ID      string `xml:"id"`
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil || len(feed.Entries) != 10 {
		t.Fatalf("feed.atom has %d entries, %v", len(feed.Entries), err)
	}
	i := slices.IndexFunc(feed.Entries, func(e struct {
		ID      string `xml:"id"`
		Content string `xml:"content"`
	}) bool {
		return strings.HasSuffix(e.ID, "kepzes")
	})
	if c := feed.Entries[i].Content; !strings.Contains(c, "Időpont: ") || !strings.Contains(c, "Új időpontban") || !strings.Contains(c, "<p>A részletekről") {
		t.Errorf("content = %q", c)
	}
	w = h.get("/en/feed.json?type=call")
	var js struct {
		FeedURL string `json:"feed_url"`
		Items   []any  `json:"items"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &js); err != nil || len(js.Items) != 2 || js.FeedURL != base+"/en/feed.json?type=call" {
		t.Errorf("feed.json = %s, %v", w.Body, err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/feed+json; charset=utf-8" {
		t.Errorf("Content-Type = %q", got)
	}
}

func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	h := furnished(t)
	for _, path := range []string{"/hu/", "/hu/feed.atom", "/en/feed.json", "/robots.txt"} {
		tag := h.get(path).Header().Get("ETag")
		w := h.get(path, header("If-None-Match", `"other", W/`+tag))
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%s again: %d with %d bytes", path, w.Code, w.Body.Len())
		}
		w = h.ask(http.MethodHead, path)
		if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("ETag") != tag {
			t.Errorf("HEAD %s: %d with %d bytes", path, w.Code, w.Body.Len())
		}
	}
	tag := h.get("/hu/").Header().Get("ETag")
	h.publishes(news("Valami új", ""))
	if w := h.get("/hu/", header("If-None-Match", tag)); w.Code != http.StatusOK {
		t.Errorf("the changed feed: %d", w.Code)
	}
}

func TestSignedInPagesAreKeptByNobody(t *testing.T) {
	h := furnished(t)
	a, err := h.hub.AddAccount(t.Context(), h.office, "anna", "nagyon titkos jelszó", hub.Office)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := h.hub.OpenSession(t.Context(), a.ID, "test")
	if err != nil {
		t.Fatal(err)
	}
	cookie := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "pergola", Value: value}) }
	}
	w := h.get("/hu/", cookie(token))
	status(t, w, http.StatusOK)
	shows(t, w, "anna", "/hu/office/delivery", "/hu/signout")
	if got := w.Header().Get("Cache-Control"); got != "no-store" || w.Header().Get("ETag") != "" {
		t.Errorf("Cache-Control = %q, ETag = %q", got, w.Header().Get("ETag"))
	}
	w = h.get("/hu/", cookie("nonsense"))
	shows(t, w, "/hu/signin")
	if got := w.Header().Get("Vary"); !strings.Contains(got, "Cookie") {
		t.Errorf("Vary = %q", got)
	}
}

func TestErrors(t *testing.T) {
	h := open(t, hub.Association)
	w := h.get("/en/nothing")
	status(t, w, http.StatusNotFound)
	shows(t, w, `<html lang="en">`, "There is no such page", `content="noindex"`)
	if w.Header().Get("Content-Security-Policy") == "" {
		t.Error("an error page without a policy")
	}
	status(t, h.get("/de/"), http.StatusNotFound)
	status(t, h.ask(http.MethodPost, "/hu/events"), http.StatusMethodNotAllowed)
	w = h.ask(http.MethodPost, "/hu/signin", header("Sec-Fetch-Site", "cross-site"))
	status(t, w, http.StatusForbidden)
	shows(t, w, "A kérés másik oldalról érkezett")
}

func TestOurOwnFaultsAreNumbered(t *testing.T) {
	h := open(t, hub.Cluster)
	w := h.get("/hu/", func(r *http.Request) {
		ctx, cancel := context.WithDeadline(r.Context(), time.Unix(0, 0))
		cancel()
		*r = *r.WithContext(ctx)
	})
	status(t, w, http.StatusInternalServerError)
	if id := w.Header().Get("X-Request-Id"); id == "" || !strings.Contains(w.Body.String(), id) {
		t.Errorf("the number %q is not in %q", id, w.Body)
	}
}

func TestStaticFilesAreKeptForEver(t *testing.T) {
	h := open(t, hub.Cluster)
	path := first(t, h.get("/hu/"), `/static/style\.[^"]+\.css`)
	w := h.get(path)
	status(t, w, http.StatusOK)
	if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control = %q", got)
	}
	if got := w.Header().Get("Content-Type"); got != "text/css; charset=utf-8" {
		t.Errorf("Content-Type = %q", got)
	}
	status(t, h.get("/static/style.css"), http.StatusNotFound)
	status(t, h.get("/static/..%2fweb.go"), http.StatusNotFound)
	if w := h.get("/favicon.ico"); w.Code != http.StatusFound {
		t.Errorf("favicon: %d", w.Code)
	}
}
