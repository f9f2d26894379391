package federation_test

import (
	"context"
	"crypto"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// demanding answers what is asked unsigned, or signed by somebody whose key
// cannot be had unsigned, with 401, but for its own program's actor.
func demanding(t *testing.T, w *world, n *node) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path == "/a/instance" {
			n.handler.ServeHTTP(rw, r)
			return
		}
		sig, err := httpsig.Parse(r)
		if err == nil {
			err = verifyUnsigned(w, r, sig, n.base)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusUnauthorized)
			return
		}
		n.handler.ServeHTTP(rw, r)
	}
}

// verifyUnsigned checks a signature with a key that it asks for unsigned.
func verifyUnsigned(w *world, r *http.Request, sig httpsig.Signature, base string) error {
	id, _, _ := strings.Cut(sig.KeyID, "#")
	resp, err := w.RoundTrip(httptest.NewRequest(http.MethodGet, id, nil))
	if err != nil {
		return err
	}
	var body strings.Builder
	if err := resp.Write(&body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%d, %v", resp.StatusCode, err)
	}
	_, document, _ := strings.Cut(body.String(), "\r\n\r\n")
	a, err := vocab.DecodeActor([]byte(document))
	if err != nil {
		return err
	}
	var key crypto.PublicKey
	for _, k := range a.Keys {
		if k.ID == sig.KeyID && k.PEM != "" {
			if key, err = httpsig.ParsePublicKey(k.PEM); err != nil {
				return err
			}
		}
	}
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	return sig.Verify(r, nil, u, key, time.Now())
}

// TestBothSidesAskForSignatures: two hosts that show nothing to strangers do
// not wait for each other.
func TestBothSidesAskForSignatures(t *testing.T) {
	w, ours, peer := twoNodes(t)
	w.serve("node.example", demanding(t, w, ours))
	w.serve("peer.example", demanding(t, w, peer))
	for _, way := range []struct{ from, to *node }{{peer, ours}, {ours, peer}} {
		body := strings.NewReplacer("peer.example", strings.TrimPrefix(way.from.base, "https://"), "node.example", strings.TrimPrefix(way.to.base, "https://")).Replace(followText)
		if err := way.from.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: way.to.base + "/inbox"}, []byte(body)); err != nil {
			t.Errorf("from %s: %v\n%s", way.from.base, err, way.to.log)
		}
	}
	if n := w.requests("GET"); n > 12 {
		t.Errorf("%d requests: %v", n, w.asked)
	}
}

// TestBehindAProxy: that a proxy ends TLS, and what it says of that, changes no
// id and no signature. The Host it passes on.
func TestBehindAProxy(t *testing.T) {
	_, ours, peer := twoNodes(t)
	inward := func(r *http.Request) *http.Request {
		r.URL.Host, r.URL.Scheme, r.TLS = "", "", nil // as it comes without TLS
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "http")
		r.Header.Set("Forwarded", "host=evil.example;proto=http")
		return r
	}
	for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
		if got := ours.answer(inward(ours.signed(t, peer.keys[0], scheme, followText))); got.Code != 202 {
			t.Errorf("%s: %d", scheme, got.Code)
		}
	}
	direct := ours.get("/a/org").Body.String()
	r := inward(httptest.NewRequest(http.MethodGet, ours.base+"/a/org", nil))
	if got := ours.answer(r).Body.String(); got != direct || !strings.Contains(got, `"https://node.example/a/org"`) {
		t.Errorf("behind a proxy: %s", got)
	}
}

// TestOurKeyChanges: who kept our old key takes what the new one signs.
func TestOurKeyChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ours, peer := twoNodes(t)
		post := func() error {
			body := strings.NewReplacer("peer.example", "node.example", "node.example", "peer.example").Replace(followText)
			return ours.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: peer.base + "/inbox"}, []byte(body))
		}
		if err := post(); err != nil {
			t.Fatal(err)
		}
		a, keys := ours.actor(t, "org", keyring()[2])
		ours.host.actors["org"], ours.store.signing["org"] = a, keys
		time.Sleep(time.Minute + time.Second) // for which keys are remembered
		if err := post(); err != nil {
			t.Errorf("with the new keys: %v\n%s", err, peer.log)
		}
	})
}
