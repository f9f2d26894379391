package federation_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// TestOverSockets: two nodes of one loopback port find each other and post over
// HTTP, on one kept connection.
func TestOverSockets(t *testing.T) {
	w := newWorld(t)
	var opened atomic.Int32
	var cut atomic.Bool
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && cut.CompareAndSwap(true, false) {
			panic(http.ErrAbortHandler)
		}
		w.mu.Lock()
		h := w.hosts[r.Host]
		w.mu.Unlock()
		if h == nil {
			http.Error(rw, "who?", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(rw, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	local := func(name string) *node {
		return w.nodeOn(&url.URL{Scheme: "http", Host: name + ".localhost:" + portOf(t, server)}, func(o *federation.Options) {
			o.Client = federation.NewClient(federation.ClientOptions{AllowLoopback: true})
		})
	}
	a, b := local("a"), local("b")

	found, err := a.Lookup(context.Background(), "@org@"+strings.TrimPrefix(b.base, "http://"))
	if err != nil || found.ID != b.base+"/a/org" {
		t.Fatalf("%+v, %v", found, err)
	}
	follow := vocab.Activity{ID: a.base + "/x/1", Type: "Follow", Actor: a.base + "/a/org", ObjectID: found.ID}
	body, err := follow.JSON()
	if err != nil {
		t.Fatal(err)
	}
	before := opened.Load()
	for range 4 {
		if err := a.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: found.SharedInbox}, body); err != nil {
			t.Fatal(err)
		}
	}
	// One more is b's, which fetches a's actor.
	if n := opened.Load() - before; n > 1 {
		t.Errorf("%d connections opened for posts", n)
	}
	cut.Store(true)
	if err := a.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: found.SharedInbox}, body); err != nil {
		t.Errorf("after a kept connection was closed: %v", err)
	}
	if len(b.host.received) != 5 || b.host.received[0].Activity.ObjectID != found.ID {
		t.Errorf("received %d", len(b.host.received))
	}
	host := strings.TrimPrefix(b.base, "http://")
	if p := a.store.peers[host]; !p.Ed25519 || p.Scheme != httpsig.RFC9421 {
		t.Errorf("remembered %+v", p)
	}
}
