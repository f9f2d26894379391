package federation_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// FuzzInbox: whatever is posted, signed as it may be, is neither our fault nor
// the end of us.
func FuzzInbox(f *testing.F) {
	f.Add(followText, true)
	f.Add(createText, true)
	f.Add(createText, false)
	f.Add(act("Undo", `"object":{"id":"https://peer.example/x/1","type":"Follow","actor":"https://peer.example/a/org"}`), true)
	f.Add(act("Delete", `"object":{"id":"https://peer.example/o/1","type":"Tombstone","formerType":"Note"}`), true)
	f.Add(act("Update", `"object":{"id":"https://peer.example/a/org","type":"Organization","inbox":"https://peer.example/a/org/inbox","duration":"-","publicKey":{}}`), true)
	f.Add(act("Add", `"object":"https://peer.example/o/1","target":"https://peer.example/a/org/featured"`), true)
	files, _ := filepath.Glob(filepath.Join(os.Getenv("PERGOLA_PAYLOADS"), "*", "*.json"))
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil && os.Getenv("PERGOLA_PAYLOADS") != "" {
			f.Add(string(b), true)
		}
	}
	_, ours, peer := twoNodes(f)
	f.Fuzz(func(t *testing.T, body string, signed bool) {
		r := ours.request(body)
		if signed {
			if err := httpsig.Sign(r, []byte(body), peer.keys[1], httpsig.RFC9421); err != nil {
				t.Fatal(err)
			}
		}
		// 503 is for what names a host that is not there.
		if got := ours.answer(r).Code; got >= 500 && got != http.StatusServiceUnavailable {
			t.Errorf("%d for %q: %s", got, body, ours.log)
		}
		ours.log.Reset()
		ours.host.received = nil
	})
}

// FuzzPage: whatever a page and its headers say of where the actor is, who is
// found is at home there.
func FuzzPage(f *testing.F) {
	f.Add(`</a/x>; rel="alternate"; type="application/activity+json"`, "")
	f.Add("", `<html><head><link rel="alternate" type="application/activity+json" href="https://peer.example/a/org"></head><body>`)
	f.Add(`<,<>;alternate application/activity+json,<https://peer.example/a/org>`, `<link rel=alternate type=application/activity+json;x href="//[">`)
	w, ours, _ := twoNodes(f)
	for _, host := range []string{"x.example", "peer.example", "node.example"} {
		ours.store.peers[host] = federation.Peer{Host: host, Ed25519: true} // which is signed for in no time
	}
	f.Fuzz(func(t *testing.T, link, page string) {
		w.serve("x.example", func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/page" {
				http.NotFound(rw, r)
				return
			}
			rw.Header().Set("Content-Type", "text/html")
			rw.Header().Set("Link", link)
			fmt.Fprint(rw, page)
		})
		a, err := ours.Lookup(context.Background(), "https://x.example/page")
		w.asked = nil
		if u, bad := url.Parse(a.ID); err == nil && (bad != nil || u.Scheme != "https" || u.Host != "peer.example" && u.Host != "node.example") {
			t.Errorf("%q and %q lead to %s", link, page, a.ID)
		}
	})
}

// FuzzFollowPage: whatever a server says of where its people follow from, they
// are not led elsewhere.
func FuzzFollowPage(f *testing.F) {
	f.Add(`{"links":[{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"https://x.example/follow?uri={uri}"}]}`)
	f.Add(`{"links":[{"rel":"https://w3id.org/fep/3b86/Follow","template":"https://evil.example/{object}{x}"},{"rel":"self","href":"https://evil.example/"}]}`)
	w, ours, _ := twoNodes(f)
	f.Fuzz(func(t *testing.T, descriptor string) {
		w.serve("x.example", func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, descriptor) })
		w.asked = nil
		page, err := ours.FollowPage(context.Background(), "@bo@x.example", vocab.Actor{ID: "https://node.example/a/org", Webfinger: "org@node.example"})
		if err != nil || page == "" {
			return
		}
		if u, err := url.Parse(page); err != nil || u.Scheme != "https" || u.User != nil || u.Host == "" {
			t.Errorf("%q leads to %q, %v", descriptor, page, err)
		}
	})
}
