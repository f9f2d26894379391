package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long something may take on a machine that does other things as
// well.
const patience = time.Minute

// A chromium is a tab of a real browser.
type chromium struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // what was said on the console
}

// openChromium starts the machine's browser, or skips the test where it has none
// and nobody requires one.
func openChromium(t *testing.T) *chromium {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("PERGOLA_REQUIRE_CHROMIUM") == "1" {
			t.Fatal("PERGOLA_REQUIRE_CHROMIUM is set, and there is no chromium on this machine")
		}
		t.Skip("there is no chromium on this machine: the demo is not clicked through")
	}
	// The profile is a new folder of its own.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "hu"), chromedp.Flag("lang", "hu"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost"),
	)
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &chromium{t: t, ctx: ctx}
	// The first context that is used is the browser's life: it has no limit.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	return b
}

// listen notes errors of scripts, and what the browser refuses, such as what
// the Content-Security-Policy forbids.
func (b *chromium) listen(event any) {
	var said string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		said = fmt.Sprintf("console %s", e.Type)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelVerbose {
			return // advice
		}
		said = fmt.Sprintf("%s %s: %s %s", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, said)
}

// quiet fails the test if something was said on the console but what is
// expected.
func (b *chromium) quiet(expected string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.complaints {
		if expected == "" || !strings.Contains(said, expected) {
			b.t.Errorf("at %s the console says: %s", b.at(), said)
		}
	}
	b.complaints = nil
}

// do does things with the page that do not leave it.
func (b *chromium) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// leave does things that lead to another page, which must have a status.
func (b *chromium) leave(what string, status int64, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	if answer == nil || answer.Status != status {
		b.t.Fatalf("%s: answer %+v, want status %d", what, answer, status)
	}
}

// open goes to an address.
func (b *chromium) open(address string) {
	b.t.Helper()
	b.leave("opening "+address, 200, chromedp.Navigate(address))
}

// click clicks on what leads to another page.
func (b *chromium) click(selector string) {
	b.t.Helper()
	b.leave("clicking on "+selector+" at "+b.at(), 200, chromedp.Click(chromedp.CSS(selector)))
}

// fill types into an input.
func (b *chromium) fill(selector, text string) {
	b.t.Helper()
	b.do("filling in "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// set gives an input a value that is chosen rather than typed.
func (b *chromium) set(selector, value string) {
	b.t.Helper()
	b.do("setting "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// ask evaluates an expression in the page.
func ask[T any](b *chromium, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("asking the page for %s: %v", expression, err)
	}
	return v
}

// at is the address of the page.
func (b *chromium) at() string {
	b.t.Helper()
	return ask[string](b, "location.href")
}

// path is the path of the page, which must be at a host.
func (b *chromium) path(host string) string {
	b.t.Helper()
	u, err := url.Parse(b.at())
	if err != nil || u.Hostname() != host {
		b.t.Fatalf("the browser is at %s, not at %s", u, host)
	}
	return u.Path
}

// shows fails the test unless the elements together have these texts.
func (b *chromium) shows(selector string, texts ...string) {
	b.t.Helper()
	said := ask[string](b, fmt.Sprintf("Array.from(document.querySelectorAll(%q), e => e.innerText).join('\\n')", selector))
	for _, text := range texts {
		if !strings.Contains(said, text) {
			b.t.Errorf("at %s %s lacks %q: %.800s", b.at(), selector, text, said)
		}
	}
}

// value fails the test unless an input has a value.
func (b *chromium) value(selector, want string) {
	b.t.Helper()
	if got := ask[string](b, fmt.Sprintf("document.querySelector(%q).value", selector)); got != want {
		b.t.Errorf("%s has the value %q, not %q", selector, got, want)
	}
}

// becomes waits for what the browser does by itself a moment later.
func (b *chromium) becomes(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		b.t.Errorf("at %s it does not become true that %s: %v", b.at(), expression, err)
	}
}

// until reloads a page until an expression is true of it, and says how long that
// took.
func (b *chromium) until(address, expression string) time.Duration {
	b.t.Helper()
	began := time.Now()
	for {
		b.open(address)
		if ask[bool](b, expression) {
			return time.Since(began)
		}
		if time.Since(began) > patience {
			b.t.Fatalf("at %s it does not become true that %s", address, expression)
		}
	}
}

// A soundness is what every page must have, as seen by the browser.
type soundness struct {
	Headings int
	Lang     string
	// Nameless are inputs without a label, Double ids that occur twice.
	Nameless, Double []string
	Skip             string
	Width            int
	Wide             []string
}

// examine looks a page over: one heading of the first level, a language, a label
// for each input, no console errors, the skip link first on the keyboard, and
// nothing wider than the narrowest telephone.
func (b *chromium) examine(address string) {
	b.t.Helper()
	b.do("narrowing", chromedp.EmulateViewport(320, 640))
	b.open(address)
	b.do("pressing the tabulator", chromedp.KeyEvent(kb.Tab))
	s := ask[soundness](b, `(() => {
		const ids = Array.from(document.querySelectorAll("[id]"), e => e.id);
		const name = e => e.tagName.toLowerCase() + "." + e.className + (e.name ? "[name=" + e.name + "]" : "");
		return {
			Headings: document.querySelectorAll("h1").length,
			Lang: document.documentElement.lang,
			Nameless: Array.from(document.querySelectorAll("input:not([type=hidden]), select, textarea"))
				.filter(e => !e.hidden && !Array.from(e.labels).some(l => l.textContent.trim())).map(name),
			Double: ids.filter((id, i) => ids.indexOf(id) !== i),
			Skip: document.activeElement.className + document.activeElement.getAttribute("href"),
			Width: document.scrollingElement.scrollWidth,
			Wide: Array.from(document.querySelectorAll("body *"))
				.filter(e => e.getBoundingClientRect().right > 320 && !e.closest("pre, .scroll")).map(name).slice(0, 5),
		}
	})()`)
	if s.Headings != 1 || len(s.Lang) != 2 || len(s.Nameless) > 0 || len(s.Double) > 0 || s.Skip != "skip#main" {
		b.t.Errorf("%s: %+v", address, s)
	}
	if s.Width > 320 {
		b.t.Errorf("%s is %d px wide where there are 320: %q", address, s.Width, s.Wide)
	}
	b.quiet("")
	b.do("widening", chromedp.EmulateViewport(1280, 900))
}
