package federation_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pergola/federation"
	"pergola/federation/vocab"
)

func TestLookup(t *testing.T) {
	_, ours, _ := twoNodes(t)
	for _, address := range []string{
		"@org@peer.example", "org@peer.example", "acct:org@peer.example", " @ORG@Peer.Example ",
		"peer.example", "Peer.Example", "https://peer.example", "https://peer.example/", "https://peer.example/a/org",
	} {
		a, err := ours.Lookup(context.Background(), address)
		if err != nil || a.ID != "https://peer.example/a/org" || a.Webfinger != "org@peer.example" || a.Inbox == "" {
			t.Errorf("%q: %s %q, %v", address, a.ID, a.Webfinger, err)
		}
	}
	if _, kept := ours.store.remote["https://peer.example/a/org"]; !kept {
		t.Error("not kept")
	}
	if a, err := ours.Lookup(context.Background(), "@relay@peer.example"); err != nil || a.ID != "https://peer.example/a/instance" {
		t.Errorf("relay: %s, %v", a.ID, err)
	}
	for address, want := range map[string]error{
		"":                               federation.ErrMalformed,
		"@":                              federation.ErrMalformed,
		"@org@":                          federation.ErrMalformed,
		"@org@peer.example@x":            federation.ErrMalformed,
		"javascript://peer.example":      federation.ErrMalformed,
		"not a host":                     federation.ErrMalformed,
		"file:///etc/passwd":             federation.ErrMalformed,
		"@nobody@peer.example":           federation.ErrNotFound,
		"https://peer.example/o/nothing": federation.ErrNotFound,
		"@gone@peer.example":             federation.ErrNotFound,
		"https://peer.example/a/gone":    federation.ErrGone,
		"@org@down.example":              federation.ErrLater,
		"down.example":                   federation.ErrLater,
	} {
		if a, err := ours.Lookup(context.Background(), address); !errors.Is(err, want) {
			t.Errorf("%q: %s, %v; want %v", address, a.ID, err, want)
		}
	}
}

// TestLookupOnThisMachine: nodes of the demo are asked by http, with the port.
func TestLookupOnThisMachine(t *testing.T) {
	w := newWorld(t)
	local := func(name string) *node {
		return w.nodeOn(&url.URL{Scheme: "http", Host: name}, func(*federation.Options) {})
	}
	ours, _ := local("a.localhost:8080"), local("b.localhost:8080")
	for _, address := range []string{"@org@b.localhost:8080", "b.localhost:8080", "http://b.localhost:8080/"} {
		a, err := ours.Lookup(context.Background(), address)
		if err != nil || a.ID != "http://b.localhost:8080/a/org" || a.Webfinger != "org@b.localhost:8080" {
			t.Errorf("%q: %s %q, %v", address, a.ID, a.Webfinger, err)
		}
	}
}

// A site is a host with a page, an actor and WebFinger, told apart by path.
func site(w *world, host string, answers map[string]string) {
	w.serve(host, func(rw http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if path == "/.well-known/webfinger" {
			path = r.URL.Query().Get("resource")
		}
		body, ok := answers[path]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		if link, page, ok := strings.Cut(body, "\n\n"); ok {
			rw.Header().Set("Link", link)
			body = page
		}
		if strings.HasPrefix(body, "<") {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		} else {
			rw.Header().Set("Content-Type", vocab.ContentType)
		}
		fmt.Fprint(rw, body)
	})
}

func jrd(subject, self string) string {
	return fmt.Sprintf(`{"subject":%q,"links":[{"rel":"self","type":"application/activity+json","href":%q}]}`, subject, self)
}

func person(id, name string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","preferredUsername":%q,"inbox":"%s/inbox"}`, id, name, id)
}

func TestLookupOfOthers(t *testing.T) {
	const html = `<!doctype html><html><head><title>x</title><link rel="stylesheet" href="/s.css"><link HREF="/actor" type="application/activity+json" rel="alternate"></head><body></body></html>`
	w := newWorld(t)
	ours := w.node("node.example")
	site(w, "page.example", map[string]string{
		"/about": html, "/actor": person("https://page.example/actor", "p"),
		"acct:p@page.example": jrd("acct:p@page.example", "https://page.example/actor"),
	})
	site(w, "header.example", map[string]string{
		"/":      `</style>; rel=preload, </actor>; rel="alternate"; type="application/activity+json"` + "\n\n<!doctype html>",
		"/actor": person("https://header.example/actor", "h"),
	})
	site(w, "finger.example", map[string]string{
		"/":                       "<!doctype html><body><link rel=alternate type=application/activity+json href=/wrong>",
		"https://finger.example/": jrd("https://finger.example/", "https://finger.example/u/f"),
		"/u/f":                    person("https://finger.example/u/f", "f"),
		"acct:f@finger.example":   jrd("acct:f@finger.example", "https://finger.example/u/other"),
	})
	// A handle at one host, its actor at another.
	site(w, "handle.example", map[string]string{
		"acct:s@handle.example": jrd("acct:s@handle.example", "https://social.example/s"),
		"acct:v@handle.example": jrd("acct:v@handle.example", "https://victim.example/v"),
		"acct:x@handle.example": jrd("acct:s@handle.example", "https://social.example/x"),
		"acct:y@handle.example": `{"subject":"acct:y@handle.example","links":[]}`,
	})
	site(w, "social.example", map[string]string{
		"/s": person("https://social.example/s", "s"), "acct:s@social.example": jrd("acct:s@handle.example", "https://social.example/s"),
		"/x": person("https://social.example/x", "x"),
	})
	site(w, "victim.example", map[string]string{
		"/v": person("https://victim.example/v", "v"), "acct:v@victim.example": jrd("acct:v@victim.example", "https://victim.example/v"),
		"/note": `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://victim.example/note","type":"Note"}`,
	})
	for _, test := range []struct {
		address, id, handle string
		err                 error
	}{
		{"https://page.example/about", "https://page.example/actor", "p@page.example", nil},
		{"header.example", "https://header.example/actor", "", nil}, // no WebFinger confirms a handle
		{"finger.example", "https://finger.example/u/f", "", nil},   // WebFinger names somebody else
		{"@s@handle.example", "https://social.example/s", "s@handle.example", nil},
		{"@s@social.example", "https://social.example/s", "s@handle.example", nil},
		{"https://social.example/s", "https://social.example/s", "s@handle.example", nil},
		{"@v@handle.example", "", "", federation.ErrForbidden}, // the actor denies it
		{"@x@handle.example", "", "", federation.ErrForbidden}, // the subject is somebody else
		{"@y@handle.example", "", "", federation.ErrNotFound},
		{"https://victim.example/note", "", "", federation.ErrMalformed},
		{"https://victim.example/", "", "", federation.ErrNotFound},
	} {
		a, err := ours.Lookup(context.Background(), test.address)
		if a.ID != test.id || a.Webfinger != test.handle || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %q %q, %v; want %q %q, %v", test.address, a.ID, a.Webfinger, err, test.id, test.handle, test.err)
		}
	}
}
