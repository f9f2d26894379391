package federation_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

func TestActorIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ours, peer := twoNodes(t)
		const id = "https://peer.example/a/org"
		ctx := context.Background()
		for range 3 {
			a, err := ours.Actor(ctx, id)
			if err != nil || a.PreferredUsername != "org" || a.Inbox != id+"/inbox" || len(a.Keys) != 2 {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		if n := w.requests("GET"); n != 1 {
			t.Errorf("%d fetches", n)
		}
		ours.store.age(id, 25*time.Hour)
		if _, err := ours.Actor(ctx, id); err != nil || w.requests("GET") != 2 {
			t.Errorf("after a day: %v, %d fetches", err, w.requests("GET"))
		}
		// An old one is better than none.
		ours.store.age(id, 25*time.Hour)
		delete(w.hosts, "peer.example")
		for range 2 {
			if a, err := ours.Actor(ctx, id); err != nil || a.ID != id {
				t.Errorf("host down: %+v, %v", a, err)
			}
		}
		if n := w.requests("GET"); n != 3 {
			t.Errorf("%d fetches", n)
		}
		// But not one that its host says is gone.
		time.Sleep(6 * time.Minute)
		w.serve("peer.example", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusGone) })
		for range 2 {
			if _, err := ours.Actor(ctx, id); !errors.Is(err, federation.ErrGone) {
				t.Errorf("gone: %v", err)
			}
		}
		if n := w.requests("GET"); n != 4 || !ours.store.remote[id].Gone {
			t.Errorf("%d fetches, kept %+v", n, ours.store.remote[id])
		}
		// Unless somebody insists.
		w.serve("peer.example", peer.handler.ServeHTTP)
		if a, err := ours.RefreshActor(ctx, id); err != nil || a.Gone || ours.store.remote[id].Gone {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

func TestActorIsFetchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ours, peer := twoNodes(t)
		w.serve("peer.example", func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			peer.handler.ServeHTTP(rw, r)
		})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := ours.Actor(context.Background(), "https://peer.example/a/org"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.requests("GET"); n != 1 {
			t.Errorf("%d fetches for twenty who asked", n)
		}
	})
}

// TestActorOfASlowHost: who asks is not kept waiting.
func TestActorOfASlowHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ours := w.nodeWith("node.example", func(o *federation.Options) {
			o.Client = &http.Client{Transport: trickle{}}
		})
		started := time.Now()
		_, err := ours.Actor(context.Background(), "https://slow.example/a/x")
		if took := time.Since(started); !errors.Is(err, federation.ErrLater) || took > 11*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// trickle answers one octet a second, for ever.
type trickle struct{}

func (trickle) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Request: r, Body: io.NopCloser(octets{r.Context()}),
		Header: http.Header{"Content-Type": {vocab.ContentType}},
	}, nil
}

type octets struct{ ctx context.Context }

func (o octets) Read(b []byte) (int, error) {
	select {
	case <-o.ctx.Done():
		return 0, o.ctx.Err()
	case <-time.After(time.Second):
		b[0] = ' '
		return 1, nil
	}
}

func TestActorRefused(t *testing.T) {
	const good = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/a","type":"Person",
		"preferredUsername":"a","inbox":"https://x.example/a/inbox"REST}`
	for _, test := range []struct {
		name, doc string
		want      error
	}{
		{"good", text(good, "REST", ""), nil},
		{"a note", `{"id":"https://x.example/a","type":"Note"}`, federation.ErrMalformed},
		{"no inbox", `{"id":"https://x.example/a","type":"Person"}`, federation.ErrMalformed},
		{"inbox elsewhere", text(good, "REST", "", "x.example/a/inbox", "victim.example/inbox"), federation.ErrForbidden},
		{"id of another host", text(good, "REST", "", `"https://x.example/a"`, `"https://victim.example/a"`), federation.ErrLater},
		{"two ids", text(good, "REST", `,"ID":"https://x.example/a"`, `"https://x.example/a"`, `"https://victim.example/a"`), federation.ErrLater},
		{"id elsewhere on the host", text(good, "REST", "", `"https://x.example/a"`, `"https://x.example/b"`), federation.ErrForbidden},
		{"too long", text(good, "REST", `,"x":"`+strings.Repeat("x", 1<<20)+`"`), federation.ErrMalformed},
		{"not JSON", `<!doctype html>`, federation.ErrMalformed},
		{"too deep", text(good, "REST", `,"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)), federation.ErrMalformed},
	} {
		w := newWorld(t)
		ours := w.node("node.example")
		w.serveJSON("x.example", map[string]string{"/a": test.doc, "/b": test.doc + " "})
		if test.name == "id elsewhere on the host" {
			w.serveJSON("x.example", map[string]string{"/a": test.doc, "/b": text(good, "REST", "")})
		}
		_, err := ours.Actor(context.Background(), "https://x.example/a")
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if n := w.requests("GET"); n > 2 {
			t.Errorf("%s: %d fetches", test.name, n)
		}
	}
}

// TestActorOfAnotherOrigin: what an actor says of keys and boxes elsewhere is
// not kept.
func TestActorOfAnotherOrigin(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	pem := mustJSON(t, pemOf(t, &keyring()[2].PublicKey))
	w.serveJSON("x.example", map[string]string{"/a": `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/a","type":"Person",
		"inbox":"https://x.example/a/inbox","outbox":"https://victim.example/outbox","endpoints":{"sharedInbox":"https://victim.example/inbox"},
		"publicKey":[{"id":"https://victim.example/a#main-key","owner":"https://x.example/a","publicKeyPem":` + pem + `},
		{"id":"https://x.example/a#key","owner":"https://victim.example/a","publicKeyPem":` + pem + `},
		{"id":"https://x.example/a#good","owner":"https://x.example/a","publicKeyPem":` + pem + `}]}`})
	a, err := ours.Actor(context.Background(), "https://x.example/a")
	if err != nil {
		t.Fatal(err)
	}
	if a.Outbox != "" || a.SharedInbox != "" || len(a.Keys) != 1 || a.Keys[0].ID != "https://x.example/a#good" {
		t.Errorf("%+v", a)
	}
}

func TestObject(t *testing.T) {
	note := func(id, owner string) string {
		return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Note","attributedTo":%q,"content":"x"}`, id, owner)
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	answer := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			fmt.Fprint(w, body)
		}
	}
	const ld = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	mux := map[string]http.HandlerFunc{
		"x.example/good":        answer(vocab.ContentType, note("https://x.example/good", "https://x.example/a")),
		"x.example/ld":          answer(ld, note("https://x.example/ld", "https://x.example/a")),
		"x.example/page":        answer(vocab.ContentType, note("https://x.example/good", "https://x.example/a")),
		"x.example/moved":       redirect("/good"),
		"x.example/away":        redirect("https://y.example/good"),
		"x.example/open":        redirect("https://evil.example/forged"),
		"x.example/plain":       redirect("http://x.example/good"),
		"x.example/private":     redirect("https://x.example:8443/good"),
		"x.example/loop":        redirect("/loop"),
		"x.example/upload":      answer("text/plain", note("https://x.example/upload", "https://x.example/a")),
		"x.example/json":        answer("application/json", note("https://x.example/json", "https://x.example/a")),
		"x.example/notld":       answer("application/ld+json", note("https://x.example/notld", "https://x.example/a")),
		"x.example/owner":       answer(vocab.ContentType, note("https://x.example/owner", "https://y.example/a")),
		"x.example/nobody":      answer(vocab.ContentType, note("https://x.example/nobody", "")),
		"x.example/tomb":        answer(vocab.ContentType, `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/tomb","type":"Tombstone"}`),
		"x.example/gone":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
		"x.example/secret":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) },
		"x.example/broken":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"x.example/busy":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) },
		"x.example/chain":       answer(vocab.ContentType, note("https://x.example/chain2", "https://x.example/a")),
		"x.example/chain2":      answer(vocab.ContentType, note("https://x.example/chain3", "https://x.example/a")),
		"x.example/long":        answer(vocab.ContentType, strings.Repeat(" ", 1<<21)),
		"y.example/good":        answer(vocab.ContentType, note("https://y.example/good", "https://y.example/a")),
		"y.example/claims-good": answer(vocab.ContentType, note("https://x.example/good", "https://x.example/a")),
		"evil.example/forged":   answer(vocab.ContentType, note("https://x.example/open", "https://x.example/a")),
	}
	w := newWorld(t)
	ours := w.node("node.example")
	for _, host := range []string{"x.example", "y.example", "evil.example"} {
		w.serve(host, func(rw http.ResponseWriter, r *http.Request) {
			if h := mux[r.Host+r.URL.Path]; h != nil {
				h(rw, r)
				return
			}
			http.NotFound(rw, r)
		})
	}
	for _, test := range []struct {
		at, id string
		err    error
	}{
		{"x.example/good", "https://x.example/good", nil},
		{"x.example/ld", "https://x.example/ld", nil},
		{"x.example/page", "https://x.example/good", nil},
		{"x.example/moved", "https://x.example/good", nil},
		{"x.example/away", "https://y.example/good", nil},
		// Asked for the id that it names, the other host gives its own.
		{"y.example/claims-good", "https://x.example/good", nil},
		{"x.example/open", "", federation.ErrForbidden},
		{"x.example/plain", "", federation.ErrForbidden},
		{"x.example/private", "", federation.ErrLater},
		{"x.example/loop", "", federation.ErrForbidden},
		{"x.example/upload", "", federation.ErrMalformed},
		{"x.example/json", "", federation.ErrMalformed},
		{"x.example/notld", "", federation.ErrMalformed},
		{"x.example/owner", "", federation.ErrForbidden},
		{"x.example/nobody", "", federation.ErrForbidden},
		{"x.example/tomb", "https://x.example/tomb", federation.ErrGone},
		{"x.example/gone", "", federation.ErrGone},
		{"x.example/secret", "", federation.ErrForbidden},
		{"x.example/broken", "", federation.ErrLater},
		{"x.example/busy", "", federation.ErrLater},
		{"x.example/chain", "", federation.ErrForbidden},
		{"x.example/long", "", federation.ErrMalformed},
		{"x.example/nothing", "", federation.ErrNotFound},
		{"down.example/x", "", federation.ErrLater},
	} {
		before := w.requests("GET")
		o, err := ours.Object(context.Background(), "https://"+test.at)
		if o.ID != test.id || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %q, %v; want %q, %v", test.at, o.ID, err, test.id, test.err)
		}
		if n := w.requests("GET") - before; n > 8 {
			t.Errorf("%s: %d requests", test.at, n)
		}
	}
	for _, id := range []string{"", "x", "ftp://x.example/good", "https://", "https://u@x.example/good", "https://x.example/\x00"} {
		if _, err := ours.Object(context.Background(), id); !errors.Is(err, federation.ErrMalformed) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestFetchIsSigned: hosts that show nothing to strangers show it to us, in
// whichever dialect they read.
func TestFetchIsSigned(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	rc := &receiver{}
	const doc = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/o","type":"Note","attributedTo":"https://x.example/a"}`
	var agent string
	w.serve("x.example", func(rw http.ResponseWriter, r *http.Request) {
		agent = r.Header.Get("User-Agent")
		rc.takes = func(scheme httpsig.Scheme, _ string) int {
			if scheme != "rfc9421" {
				return 401
			}
			rw.Header().Set("Content-Type", vocab.ContentType)
			return 200
		}
		rc.ServeHTTP(rw, r)
		fmt.Fprint(rw, doc)
	})
	for _, want := range [][]string{{"draft-cavage main-key", "rfc9421 main-key"}, {"rfc9421 main-key"}} {
		if _, err := ours.Object(context.Background(), "https://x.example/o"); err != nil {
			t.Fatal(err)
		}
		if got := rc.since(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("knocked %v, want %v", got, want)
		}
	}
	if agent != "Pergola/0.1.0 (+https://node.example/)" {
		t.Errorf("User-Agent %q", agent)
	}
}

func TestCollection(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	w.serveJSON("x.example", map[string]string{
		"/outbox":        `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/outbox","type":"OrderedCollection","totalItems":2,"first":"https://x.example/outbox?page=1"}`,
		"/outbox?page=1": `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/outbox?page=1","type":"OrderedCollectionPage","partOf":"https://x.example/outbox","orderedItems":["https://x.example/o/1",{"id":"https://x.example/x/2","type":"Create"}]}`,
		"/theirs":        `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://y.example/outbox","type":"OrderedCollection","orderedItems":[]}`,
		"/note":          `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://x.example/note","type":"Note"}`,
	})
	c, err := ours.Collection(context.Background(), "https://x.example/outbox")
	if err != nil || c.TotalItems != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	p, err := ours.Collection(context.Background(), c.First)
	if err != nil || len(p.Items) != 2 || p.PartOf != c.ID {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := ours.Collection(context.Background(), "https://x.example/theirs"); !errors.Is(err, federation.ErrForbidden) {
		t.Errorf("of another origin: %v", err)
	}
	w.serve("z.example", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "https://x.example/outbox", http.StatusFound)
	})
	if _, err := ours.Collection(context.Background(), "https://z.example/outbox"); !errors.Is(err, federation.ErrForbidden) {
		t.Errorf("from another origin: %v", err)
	}
	if _, err := ours.Collection(context.Background(), "https://x.example/note"); !errors.Is(err, federation.ErrMalformed) {
		t.Errorf("a note: %v", err)
	}
}
