package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A visit is the demo in a browser.
type visit struct {
	*chromium
	demo *demoRun
}

// The demo is clicked through as somebody does who sees it for the first time.
func TestDemoInABrowser(t *testing.T) {
	b := openChromium(t)
	v := visit{b, startDemo(t, t.TempDir()+"/demo", freePort(t), "Ready after")}
	for _, part := range []struct {
		name string
		do   func()
	}{
		{"editor by a click", v.editorByAClick},
		{"news", v.news},
		{"event moves and is cancelled", v.eventMovesAndIsCancelled},
		{"association off and on", v.associationOffAndOn},
		{"office", v.office},
		{"digest", v.digest},
		{"exchange", v.exchange},
		{"editor by hand", v.editorByHand},
		{"picture", v.picture},
		{"follow from elsewhere", v.followFromElsewhere},
		{"answer to a call", v.answerToACall},
		{"pages are sound", v.pagesAreSound},
	} {
		began := time.Now()
		part.do()
		t.Logf("%s: %.1f s", part.name, time.Since(began).Seconds())
		if t.Failed() {
			return
		}
	}
	v.demo.end()
}

// try presses a button of the desk.
func (v visit) try(trial string) {
	v.t.Helper()
	v.open(v.demo.address("", "/"))
	v.click(`form[action="/try/` + trial + `"] button`)
	v.quiet("")
}

func (v visit) editorByAClick() {
	v.try("signin")
	if path := v.path("izlanc.localhost"); path != "/hu/desk" {
		v.t.Errorf("an editor is at %s", path)
	}
	v.shows(".who", demoUser)
	v.shows("main", "Esemény meghirdetése")
}

func (v visit) news() {
	began := time.Now()
	v.try("publish")
	v.t.Logf("from the desk to the association's feed with the news in it: %d ms", time.Since(began).Milliseconds())
	if path := v.path("szovetseg.localhost"); path != "/hu/" {
		v.t.Errorf("news is at %s", path)
	}
	v.shows("article.card", "Hír a próbaasztalról", "Ízlánc")
}

func (v visit) eventMovesAndIsCancelled() {
	v.try("move")
	v.path("szovetseg.localhost")
	v.shows(".note", "Új időpontban")
	v.try("cancel")
	v.path("szovetseg.localhost")
	v.shows(".note", "Elmarad")
}

func (v visit) associationOffAndOn() {
	feed := v.demo.address("szovetseg", "/hu/")
	const count = `Array.from(document.querySelectorAll(".card-title")).filter(e => e.innerText.startsWith("Hír a próbaasztalról")).length`
	v.open(feed)
	before := ask[int](v.chromium, count)
	v.try("switch")
	v.shows(".said", "switched off")
	v.shows(`form[action="/try/switch"]`, "Switch on")
	v.try("publish")
	v.shows(".said", "waits there")
	v.try("publish")
	v.try("office")
	v.shows(".said", "switch it on first")
	v.try("switch")
	v.shows(".said", "on again")
	took := v.until(feed, fmt.Sprintf("%s === %d", count, before+2))
	v.t.Logf("what waited has arrived %d ms after the association is on again", took.Milliseconds())
}

func (v visit) office() {
	v.try("office")
	if path := v.path("szovetseg.localhost"); path != "/hu/desk" {
		v.t.Errorf("the office is at %s", path)
	}
	v.do("opening the menu of the office", chromedp.Click(chromedp.CSS(".more summary")))
	v.click(`a[href="/hu/office/follow"]`)
	v.shows("main", "@izlanc@izlanc.localhost", "@uca@uca.localhost")
	v.do("opening the menu of the office", chromedp.Click(chromedp.CSS(".more summary")))
	v.click(`a[href="/hu/office/delivery"]`)
	v.shows("main", "izlanc.localhost", "uca.localhost")
	v.quiet("")
}

func (v visit) digest() {
	v.try("publish")
	v.try("digest")
	if path := v.path("szovetseg.localhost"); !strings.HasPrefix(path, "/hu/digests/") {
		v.t.Errorf("the digest is at %s: %s", path, ask[string](v.chromium, "document.body.innerText"))
	}
	v.shows("article.issue", "Hír a próbaasztalról")
}

// exchange looks at what a node sent to another, and at its answer.
func (v visit) exchange() {
	v.open(v.demo.address("", "/"))
	v.shows("#exchanges thead", "signature", "status", "ms")
	if hidden := ask[int](v.chromium, `(box => box.scrollWidth - box.clientWidth)(document.querySelector(".log"))`); hidden > 0 {
		v.t.Errorf("%d px of the exchanges cannot be seen in a window of 1280", hidden)
	}
	// The table is renewed all the time: what is found is pressed at once.
	const create = `Array.from(document.querySelectorAll("#exchanges tr")).find(r => r.innerText.includes("Create Article")).querySelector("a").click()`
	v.leave("opening an exchange", 200, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](create)(ctx, tab)
		return err
	}))
	v.shows("h1", "Create Article", "szovetseg.localhost")
	v.shows("section:first-of-type pre", "POST /inbox", "Signature:", "Signature-Input:", "Content-Digest:", "ed25519", `"type": "Create"`)
	v.shows("section:last-of-type pre", "202 Accepted")
	v.quiet("")
}

// editorByHand is an editor who signs in, makes a mistake, mends it, looks at
// what it will be like, and publishes.
func (v visit) editorByHand() {
	v.open(v.demo.address("izlanc", "/hu/desk"))
	v.click(`form[action="/hu/signout"] button`)
	v.open(v.demo.address("izlanc", "/hu/signin"))
	v.fill(`[name="name"]`, demoUser)
	v.fill(`[name="password"]`, demoPassword)
	v.click("main form button")
	v.click(`a[href="/hu/desk/new/event"]`)

	const day = 24 * time.Hour
	start := time.Now().Add(20 * day).Format(time.DateOnly)
	v.fill(`[name="title.hu"]`, "Sajtkészítő műhely")
	v.fill(`[name="text.hu"]`, "Egy nap a **sajtról**.")
	v.fill(`[name="title.en"]`, "Cheese workshop")
	v.fill(`[name="text.en"]`, "A day about **cheese**.")
	v.fill(`[name="place"]`, "Ízlánc tankonyha")
	v.set(`[name="start"]`, start)
	v.set(`[name="start_time"]`, "10:00")
	v.set(`[name="end"]`, start)
	v.set(`[name="end_time"]`, "09:00")
	v.leave("publishing an event that ends before it starts", 422, chromedp.Click(chromedp.CSS(`button[value="publish"]`)))
	v.quiet("422")
	v.becomes(`document.activeElement.id === "problems"`)
	v.shows("#problems a", "Befejezés", "a kezdés előtt")
	v.value(`[name="title.hu"]`, "Sajtkészítő műhely")
	v.value(`[name="text.en"]`, "A day about **cheese**.")
	v.value(`[name="start"]`, start)
	v.value(`[name="end_time"]`, "09:00")

	v.set(`[name="end_time"]`, "16:30")
	v.click(`button[value="preview"]`)
	v.shows("#preview", "Sajtkészítő műhely", "Cheese workshop", "10:00–16:30", "Ízlánc tankonyha")
	v.shows("#preview strong", "sajtról", "cheese")

	began := time.Now()
	v.click(`button[value="publish"]`)
	shown := time.Now()
	if path := v.path("izlanc.localhost"); !strings.HasPrefix(path, "/hu/i/") {
		v.t.Errorf("what was published is at %s", path)
	}
	v.until(v.demo.address("szovetseg", "/hu/events"), `document.querySelector("main").innerText.includes("Sajtkészítő műhely")`)
	took := time.Since(began)
	v.t.Logf("from the click to the editor's page %d ms, to the association's page %d ms", shown.Sub(began).Milliseconds(), took.Milliseconds())
	if took > 10*time.Second {
		v.t.Errorf("the association shows the event after %s", took)
	}
	v.open(v.demo.address("szovetseg", "/en/"))
	v.shows("article.card", "Cheese workshop", "10:00–16:30", "Ízlánc")
	v.leave("opening the event", 200, chromedp.Click(`//article//a[contains(., "Cheese workshop")]`))
	v.shows(".prose", "A day about cheese.")
	v.quiet("")
}

// picture is an office that gives its organisation a banner.
func (v visit) picture() {
	v.try("office")
	file := filepath.Join(v.t.TempDir(), "banner.png")
	if err := os.WriteFile(file, square(v.t, 900), 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.open(v.demo.address("szovetseg", "/hu/office/profile"))
	v.shows("#pictures", "Képek")
	v.do("choosing a file", chromedp.SetUploadFiles(chromedp.CSS("#f-banner"), []string{file}))
	v.leave("saving without words", 422, chromedp.Click(chromedp.CSS(`section[aria-labelledby="banner-title"] button.primary`)))
	v.quiet("422")
	v.shows("#problems a", "Mi látható a fejlécképen?")
	v.do("choosing a file", chromedp.SetUploadFiles(chromedp.CSS("#f-banner"), []string{file}))
	v.fill("#f-banner_alt", "Egy szürke fal")
	v.click(`section[aria-labelledby="banner-title"] button.primary`)
	v.shows(".done", "A kép mentve")
	v.open(v.demo.address("szovetseg", "/hu/about"))
	const drawn = `Array.from(document.images, i => i.alt + " " + i.naturalWidth + " " + i.complete).join(", ")`
	if got := ask[string](v.chromium, drawn); !strings.Contains(got, "Egy szürke fal 900 true") {
		v.t.Errorf("pictures on the page: %s", got)
	}
	v.open(v.demo.address("szovetseg", "/hu/"))
	const broken = `Array.from(document.images).filter(i => i.complete && !i.naturalWidth).length + " of " + document.querySelectorAll("img.avatar").length`
	if got := ask[string](v.chromium, broken); !strings.HasPrefix(got, "0 of ") || got == "0 of 0" {
		v.t.Errorf("pictures of others that are broken: %s", got)
	}
	v.quiet("")
}

// followFromElsewhere is somebody of the association's office who follows a
// cluster from the cluster's own page.
func (v visit) followFromElsewhere() {
	v.open(v.demo.address("izlanc", "/hu/about"))
	v.fill("#f-account", "szovetseg.localhost:"+strconv.Itoa(v.demo.port))
	v.leave("going on to follow", 200, chromedp.Click(chromedp.CSS(`form[action="/hu/follow-from"] button`)))
	if path := v.path("szovetseg.localhost"); path != "/hu/office/follow" {
		v.t.Errorf("the visitor is at %s", path)
	}
	v.value(`[name="address"]`, v.demo.address("izlanc", "/a/izlanc"))
	v.quiet("")
}

// answerToACall is an editor in Ukraine who answers a call of a Hungarian cluster,
// which decides.
func (v visit) answerToACall() {
	v.try("answer")
	v.path("uca.localhost")
	v.click(`aside a.button.primary, .panel a.button.primary`)
	v.fill("#f-message", "Van ilyen üzemünk.")
	v.examine(v.at())
	v.fill("#f-message", "Van ilyen üzemünk.")
	v.click(`main form button.primary`)
	v.shows("main", "Van ilyen üzemünk.", "Bemutatás")
	v.examine(v.demo.address("uca", "/hu/desk/answers"))
	v.examine(v.demo.address("uca", "/en/desk/answers"))
	v.shows("main", "Talking", "Our answers")
	v.quiet("")
}

// pagesAreSound looks over pages of all kinds, with the office signed in.
func (v visit) pagesAreSound() {
	v.try("digest")
	issue := v.at()
	v.open(v.demo.address("", "/"))
	exchange := ask[string](v.chromium, `document.querySelector("#exchanges a").href`)
	v.open(v.demo.address("szovetseg", "/hu/"))
	item := ask[string](v.chromium, `document.querySelector(".card-title a").href`)
	for _, address := range []string{v.demo.address("", "/"), exchange, issue, item, v.demo.address("medhid", "/hu/signin")} {
		v.examine(address)
	}
	for _, path := range []string{
		"/hu/", "/en/", "/hu/events", "/hu/calls", "/hu/clusters", "/hu/digests", "/hu/about", "/hu/account",
		"/hu/desk", "/hu/desk/invitations", "/hu/desk/new/news", "/hu/desk/new/event", "/en/desk/new/call",
		"/hu/office/follow", "/hu/office/delivery", "/hu/office/status", "/hu/office/digests", "/hu/office/digest",
		"/hu/office/profile", "/hu/office/accounts",
		"/hu/join", "/hu/members", "/hu/office/members", "/hu/office/apply", "/hu/office/directory/edit", "/hu/office/directory/import",
		"/hu/office/charter", "/hu/office/charter/body", "/hu/office/messages", "/hu/desk/answers", "/hu/desk/matches", "/hu/desk/replies",
	} {
		v.examine(v.demo.address("szovetseg", path))
	}
	for _, trial := range []string{"sign", "join", "ask"} {
		v.try(trial)
		v.examine(v.at())
	}
	v.examine(strings.Replace(v.at(), "/desk/invite?", "/desk/programme?", 1))
}
