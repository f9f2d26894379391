package federation_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/dns/dnsmessage"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// TestAttackAddresses: wherever a peer can name a URL, it cannot name one of
// ours.
func TestAttackAddresses(t *testing.T) {
	var reached atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.Header().Set("Content-Type", vocab.ContentType)
		fmt.Fprint(w, `{"id":"http://127.0.0.1/","type":"Note"}`)
	}))
	defer inside.Close()
	w := newWorld(t)
	ours := w.nodeWith("node.example", func(o *federation.Options) {
		o.Client = federation.NewClient(federation.ClientOptions{})
	})
	ctx := context.Background()
	port := portOf(t, inside)
	for _, address := range []string{
		inside.URL + "/x", "https://127.0.0.1:" + port + "/x", "https://localhost:" + port + "/x", "http://localhost/x", "https://127.0.0.1/x",
		"https://[::1]/x", "https://[::ffff:127.0.0.1]/x", "https://2130706433/x", "https://0x7f.1/x", "https://0/x", "https://10.0.0.1/x",
		"https://192.168.0.1/x", "https://169.254.169.254/latest", "https://[fe80::1]/x", "https://[64:ff9b::7f00:1]/x",
		"https://u:p@127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/x", "//127.0.0.1/x",
	} {
		for name, ask := range map[string]func() error{
			"actor":      func() error { _, err := ours.Actor(ctx, address); return err },
			"object":     func() error { _, err := ours.Object(ctx, address); return err },
			"collection": func() error { _, err := ours.Collection(ctx, address); return err },
			"page":       func() error { _, err := ours.Lookup(ctx, address); return err },
			"inbox": func() error {
				err := ours.Post(ctx, federation.Delivery{Actor: "org", Inbox: address}, []byte(createText))
				if verdict, _ := federation.Judge(err); verdict != federation.GiveUp && verdict != federation.RetryHost {
					t.Errorf("inbox %s: verdict %v", address, verdict)
				}
				return err
			},
		} {
			if err := ask(); err == nil {
				t.Errorf("%s %s was fetched", name, address)
			}
		}
		body := strings.ReplaceAll(followText, "https://peer.example/a/org", address)
		body = strings.Replace(body, "https://peer.example/x/1", address+"1", 1)
		r := ours.signed(t, httpsig.Key{ID: address + "#key", Private: keyring()[2]}, httpsig.Cavage, body)
		if got := ours.answer(r).Code; got == http.StatusAccepted || got == http.StatusInternalServerError {
			t.Errorf("an activity of %s: %d", address, got)
		}
	}
	for _, handle := range []string{"@x@127.0.0.1", "@x@127.0.0.1:" + port, "@x@localhost:" + port, "@x@[::1]", "@x@169.254.169.254", "localhost:" + port, "127.0.0.1"} {
		if _, err := ours.Lookup(ctx, handle); err == nil {
			t.Errorf("%s was found", handle)
		}
	}
	if n := reached.Load(); n != 0 || len(ours.host.received) != 0 {
		t.Errorf("%d requests came inside, %d activities were received", n, len(ours.host.received))
	}
}

// TestAttackNames: what a name resolves to is looked at when it is dialled, and
// not before, so that it cannot change in between.
func TestAttackNames(t *testing.T) {
	var asked atomic.Int32
	answers := [][4]byte{{127, 0, 0, 1}, {10, 0, 0, 1}, {169, 254, 169, 254}, {100, 64, 0, 1}, {0, 0, 0, 0}}
	nameServer(t, func() [4]byte { return answers[int(asked.Add(1)-1)%len(answers)] })
	for _, options := range []federation.ClientOptions{{}, {AllowLoopback: true}} {
		client := federation.NewClient(options)
		for range answers {
			resp, err := client.Get("https://rebound.example/")
			if err == nil {
				resp.Body.Close()
			}
			if !errors.Is(err, ssrf.ErrProhibitedIP) {
				t.Errorf("%v, want %v", err, ssrf.ErrProhibitedIP)
			}
		}
	}
	if n := int(asked.Load()); n < 2*len(answers) {
		t.Errorf("the name server was asked %d times", n)
	}
}

// nameServer answers every question for an IPv4 address until the test ends.
func nameServer(t *testing.T, answer func() [4]byte) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		net.DefaultResolver = before
		conn.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for buf := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: answer()}}}
			}
			if packed, err := m.Pack(); err == nil {
				conn.WriteTo(packed, from)
			}
		}
	})
}

// TestAttackMediaTypes: what is served as something else, such as an upload, is
// no document, whatever it says.
func TestAttackMediaTypes(t *testing.T) {
	documents := map[string]string{
		"actor":      person("https://x.example/actor", "x"),
		"object":     `{"id":"https://x.example/object","type":"Note","attributedTo":"https://x.example/actor","content":"x"}`,
		"collection": `{"id":"https://x.example/collection","type":"OrderedCollection","orderedItems":[]}`,
	}
	for contentType, ok := range map[string]bool{
		vocab.ContentType:                       true,
		"application/activity+json":             true,
		"Application/Activity+JSON;charset=utf": true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`:  true,
		`application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"`: false,
		"application/ld+json":      false,
		"application/json":         false,
		"text/html":                false,
		"text/plain":               false,
		"image/png":                false,
		"image/svg+xml":            false,
		"application/octet-stream": false,
		"":                         false,
		`text/html; x="application/activity+json"`:                false,
		"application/activity+json, text/html":                    false,
		"multipart/form-data; boundary=application/activity+json": false,
	} {
		w := newWorld(t)
		ours := w.node("node.example")
		w.serve("x.example", func(rw http.ResponseWriter, r *http.Request) {
			rw.Header()["Content-Type"] = []string{contentType}
			fmt.Fprint(rw, documents[strings.TrimPrefix(r.URL.Path, "/")])
		})
		ctx := context.Background()
		_, err := ours.Actor(ctx, "https://x.example/actor")
		_, err2 := ours.Object(ctx, "https://x.example/object")
		_, err3 := ours.Collection(ctx, "https://x.example/collection")
		for _, err := range []error{err, err2, err3} {
			if (err == nil) != ok || err != nil && !errors.Is(err, federation.ErrMalformed) {
				t.Errorf("%q: %v, want ok %t", contentType, err, ok)
			}
		}
	}
}

// TestAttackReplays: a signature is for one request, of one hour, to one host.
func TestAttackReplays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ours, peer := twoNodes(t)
		other := w.node("other.example")
		for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
			signed := ours.signed(t, peer.keys[0], scheme, followText)
			again := func(n *node, target, body string, change func(http.Header)) int {
				r := httptest.NewRequest(http.MethodPost, n.base+target, strings.NewReader(body))
				r.Header = signed.Header.Clone()
				change(r.Header)
				return n.answer(r).Code
			}
			same := func(http.Header) {}
			in := func(d time.Duration) func(http.Header) {
				return func(h http.Header) { h.Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat)) }
			}
			for _, test := range []struct {
				name string
				got  int
				want int
			}{
				{"as it was", again(ours, "/inbox", followText, same), 202},
				{"once more", again(ours, "/inbox", followText, same), 202}, // the host knows its id
				{"to another inbox", again(ours, "/a/org/inbox", followText, same), 401},
				{"to another host", again(other, "/inbox", followText, same), 401},
				{"with another body", again(ours, "/inbox", followText+" ", same), 401},
				{"without its digest", again(ours, "/inbox", followText, func(h http.Header) { h.Del("Digest"); h.Del("Content-Digest") }), 401},
			} {
				if test.got != test.want {
					t.Errorf("%s, %s: %d, want %d", scheme, test.name, test.got, test.want)
				}
			}
			if scheme == httpsig.Cavage {
				if got := again(ours, "/inbox", followText, in(time.Minute)); got != 401 {
					t.Errorf("with another date: %d", got)
				}
			}
			time.Sleep(2 * time.Hour)
			if got := again(ours, "/inbox", followText, same); got != 401 {
				t.Errorf("%s, after two hours: %d", scheme, got)
			}
		}
	})
}

// TestAttackEndlessRedirects: nobody is led around for ever, or from https to
// http, or to another host's actor.
func TestAttackEndlessRedirects(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	hop := 0
	w.serve("x.example", func(rw http.ResponseWriter, r *http.Request) {
		hop++
		http.Redirect(rw, r, fmt.Sprintf("https://x.example/%d", hop), http.StatusFound)
	})
	w.serve("y.example", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, (&url.URL{Scheme: "http", Host: "y.example", Path: "/plain"}).String(), http.StatusMovedPermanently)
	})
	ctx := context.Background()
	for address, want := range map[string]error{"https://x.example/actor": federation.ErrForbidden, "https://y.example/actor": federation.ErrForbidden} {
		before := w.requests("")
		if _, err := ours.Actor(ctx, address); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
		if n := w.requests("") - before; n > 5 {
			t.Errorf("%s: %d requests", address, n)
		}
		if _, err := ours.Collection(ctx, address); !errors.Is(err, want) {
			t.Errorf("collection %s: %v, want %v", address, err, want)
		}
	}
	if w.requests("http://") != 0 {
		t.Error("asked without TLS")
	}
}
