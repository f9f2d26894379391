package federation_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// The two sides of most tests: peer.example sends to node.example.
func twoNodes(t testing.TB) (w *world, ours, peer *node) {
	w = newWorld(t)
	return w, w.node("node.example"), w.node("peer.example")
}

const (
	followText = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://peer.example/x/1","type":"Follow",
		"actor":"https://peer.example/a/org","object":"https://node.example/a/org"}`
	createText = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://peer.example/x/2","type":"Create",
		"actor":"https://peer.example/a/org","to":["https://www.w3.org/ns/activitystreams#Public"],
		"object":{"id":"https://peer.example/o/1","type":"Note","attributedTo":"https://peer.example/a/org",
		"content":"<p>Szia</p>","contentMap":{"hu":"<p>Szia</p>","en":"<p>Hi</p>"}}}`
)

func TestInboxReceives(t *testing.T) {
	_, ours, peer := twoNodes(t)
	for _, key := range peer.keys {
		for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
			ours.host.received = nil
			w := ours.answer(ours.signed(t, key, scheme, createText))
			if w.Code != http.StatusAccepted || w.Body.Len() != 0 {
				t.Fatalf("%s %s: %d %s %s", key.ID, scheme, w.Code, w.Body, ours.log)
			}
			if len(ours.host.received) != 1 {
				t.Fatalf("received %d times", len(ours.host.received))
			}
			in := ours.host.received[0]
			if in.Activity.Type != "Create" || in.Actor.ID != "https://peer.example/a/org" ||
				string(in.Raw) != createText || in.At.IsZero() || in.Activity.Object == nil ||
				in.Activity.Object.Content.In("en") != "<p>Hi</p>" {
				t.Errorf("received %+v", in)
			}
		}
	}
}

func TestInboxOfAnActor(t *testing.T) {
	_, ours, peer := twoNodes(t)
	for _, test := range []struct {
		path string
		want int
	}{
		{"/a/org/inbox", 202},
		{"/a/nobody/inbox", 404},
		{"/a/gone/inbox", 410},
	} {
		ours.host.received = nil
		r := httptest.NewRequest(http.MethodPost, ours.base+test.path, strings.NewReader(followText))
		r.Header.Set("Content-Type", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
		if err := httpsig.Sign(r, []byte(followText), peer.keys[0], httpsig.Cavage); err != nil {
			t.Fatal(err)
		}
		if got := ours.answer(r).Code; got != test.want {
			t.Errorf("%s: %d, want %d", test.path, got, test.want)
		}
		if test.want == 202 && len(ours.host.received) != 1 {
			t.Errorf("%s: received %+v", test.path, ours.host.received)
		}
	}
}

// TestInboxSteadyState: once an actor and its key are known, they are not asked
// for again with each activity.
func TestInboxSteadyState(t *testing.T) {
	w, ours, peer := twoNodes(t)
	ours.post(t, peer.keys[0], createText)
	fetches, asked := w.requests("GET"), ours.store.asked
	for range 5 {
		if got := ours.post(t, peer.keys[0], createText); got != 202 {
			t.Fatal(got)
		}
	}
	if w.requests("GET") != fetches || ours.store.asked != asked {
		t.Errorf("%d more fetches, %d more questions to the store", w.requests("GET")-fetches, ours.store.asked-asked)
	}
}

func TestInboxBodies(t *testing.T) {
	many := func(n int, s string) string { return "[" + strings.Repeat(s+",", n-1) + s + "]" }
	withObject := func(object string) string {
		return `{"id":"https://peer.example/x/1","type":"Create","actor":"https://peer.example/a/org","object":` + object + `}`
	}
	for _, test := range []struct {
		name, body string
		want       int
	}{
		{"empty", "", 400},
		{"not JSON", "hello", 400},
		{"cut off", `{"type":"Follow"`, 400},
		{"array", `[{"type":"Follow"}]`, 400},
		{"string", `"Follow"`, 400},
		{"two documents", `{"type":"Follow"}{"type":"Follow"}`, 400},
		{"not UTF-8", "{\"type\":\"Follow\",\"name\":\"\xff\"}", 400},
		{"no type", `{"id":"https://peer.example/x/1","actor":"https://peer.example/a/org"}`, 400},
		{"type of no sense", `{"type":5}`, 400},
		{"no id", `{"type":"Follow","actor":"https://peer.example/a/org","object":"https://node.example/a/org"}`, 400},
		{"id a number", `{"id":5,"type":"Like","actor":"https://peer.example/a/org","object":"https://node.example/o/1"}`, 400},
		{"id not http", `{"id":"urn:x","type":"Like","actor":"https://peer.example/a/org","object":"https://node.example/o/1"}`, 400},
		{"no actor", `{"id":"https://peer.example/x/1","type":"Follow","object":"https://node.example/a/org"}`, 400},
		{"two actors", `{"id":"https://peer.example/x/1","type":"Follow","actor":["https://peer.example/a/org","https://peer.example/a/b"],"object":"https://node.example/a/org"}`, 400},
		{"id too long", `{"id":"https://peer.example/` + strings.Repeat("x", 3000) + `","type":"Follow","actor":"https://peer.example/a/org"}`, 400},
		{"too long", withObject(`"` + strings.Repeat("x", 1<<20) + `"`), 413},
		{"too deep", withObject(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), 413},
		{"too deep, not closed", strings.Repeat(`{"object":`, 100000), 413},
		{"objects", withObject(many(2900, "{}")), 413},
		{"values", withObject(many(200000, "1")), 413},
		{"unknown type", `{"type":"Whatever","id":"https://peer.example/x/1","actor":"https://peer.example/a/org"}`, 202},
		{"something new", `{"type":"QuoteRequest","id":"https://peer.example/x/1","actor":"https://peer.example/a/org","object":"https://node.example/o/1"}`, 202},
		{"intransitive", `{"type":"Arrive","id":"https://peer.example/x/1","actor":"https://peer.example/a/org"}`, 202},
		{"a pin without an id", `{"type":"Add","actor":"https://peer.example/a/org","object":"https://peer.example/o/1","target":"https://peer.example/a/org/featured"}`, 202},
		{"read", `{"type":"Read","id":"https://peer.example/x/1","actor":"https://peer.example/a/org"}`, 202},
		{"unknown and known type", `{"type":["Whatever","Follow"],"id":"https://peer.example/x/1","actor":"https://peer.example/a/org","object":"https://node.example/a/org"}`, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, ours, _ := twoNodes(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			got := ours.answer(ours.request(test.body)).Code
			took := time.Since(started)
			runtime.ReadMemStats(&after)
			if got != test.want {
				t.Errorf("%d, want %d: %s", got, test.want, ours.log)
			}
			for range 4 { // the machine does other things as well
				if took > 50*time.Millisecond {
					started := time.Now()
					ours.answer(ours.request(test.body))
					took = min(took, time.Since(started))
				}
			}
			if took > 50*time.Millisecond || after.TotalAlloc-before.TotalAlloc > 32<<20 {
				t.Errorf("%v, %d octets", took, after.TotalAlloc-before.TotalAlloc)
			}
			if len(ours.host.received) != 0 || w.requests("") != 0 {
				t.Error("received, or fetched for")
			}
		})
	}
}

func TestInboxMediaTypes(t *testing.T) {
	for contentType, want := range map[string]int{
		"application/activity+json":                                             202,
		"application/activity+json; charset=utf-8":                              202,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`:  202,
		`application/ld+json;profile="https://www.w3.org/ns/activitystreams"`:   202,
		"application/ld+json":                                                   202,
		`application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"`: 415,
		"application/json":                                                      415,
		"text/html":                                                             415,
		"":                                                                      415,
		"application/x-www-form-urlencoded; x=application/activity+json; charset": 415,
	} {
		_, ours, peer := twoNodes(t)
		r := ours.request(followText)
		r.Header.Set("Content-Type", contentType)
		if err := httpsig.Sign(r, []byte(followText), peer.keys[0], httpsig.Cavage); err != nil {
			t.Fatal(err)
		}
		if got := ours.answer(r).Code; got != want {
			t.Errorf("%q: %d, want %d", contentType, got, want)
		}
	}
}

func TestInboxSignatures(t *testing.T) {
	stranger := httpsig.Key{ID: "https://peer.example/a/org#main-key", Private: keyring()[2]}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, ours, peer *node) *http.Request
		want   int
	}{
		{"unsigned", func(t *testing.T, ours, _ *node) *http.Request { return ours.request(followText) }, 401},
		{"unreadable", func(t *testing.T, ours, peer *node) *http.Request {
			r := ours.request(followText)
			r.Header.Set("Signature", "keyId=")
			return r
		}, 401},
		{"by another key", func(t *testing.T, ours, _ *node) *http.Request {
			return ours.signed(t, stranger, httpsig.Cavage, followText)
		}, 401},
		{"of another body", func(t *testing.T, ours, peer *node) *http.Request {
			r := ours.signed(t, peer.keys[0], httpsig.RFC9421, followText)
			other := ours.request(strings.Replace(followText, "x/1", "x/9", 1))
			other.Header = r.Header
			return other
		}, 401},
		{"of another path", func(t *testing.T, ours, peer *node) *http.Request {
			r := ours.signed(t, peer.keys[0], httpsig.Cavage, followText)
			other := httptest.NewRequest(http.MethodPost, ours.base+"/a/org/inbox", strings.NewReader(followText))
			other.Header = r.Header
			return other
		}, 401},
		{"key of no such name", func(t *testing.T, ours, peer *node) *http.Request {
			key := peer.keys[0]
			key.ID = "https://peer.example/a/org#other"
			return ours.signed(t, key, httpsig.Cavage, followText)
		}, 401},
		{"actor that is not there", func(t *testing.T, ours, peer *node) *http.Request {
			key := peer.keys[0]
			key.ID = "https://peer.example/a/nobody#main-key"
			return ours.signed(t, key, httpsig.Cavage, strings.ReplaceAll(followText, "peer.example/a/org", "peer.example/a/nobody"))
		}, 401},
		{"actor that is gone", func(t *testing.T, ours, peer *node) *http.Request {
			key := peer.keys[0]
			key.ID = "https://peer.example/a/gone#main-key"
			return ours.signed(t, key, httpsig.Cavage, strings.ReplaceAll(followText, "peer.example/a/org", "peer.example/a/gone"))
		}, 401},
		{"key of another origin", func(t *testing.T, ours, peer *node) *http.Request {
			return ours.signed(t, peer.keys[0], httpsig.Cavage, strings.ReplaceAll(followText, "peer.example", "victim.example"))
		}, 403},
		{"id of another origin", func(t *testing.T, ours, peer *node) *http.Request {
			return ours.signed(t, peer.keys[0], httpsig.Cavage, strings.ReplaceAll(followText, "peer.example/x/1", "victim.example/x/1"))
		}, 403},
		{"whom the host will not hear", func(t *testing.T, ours, peer *node) *http.Request {
			key := peer.keys[0]
			key.ID = "https://peer.example/a/blocked#main-key"
			return ours.signed(t, key, httpsig.Cavage, strings.ReplaceAll(createText, "peer.example/a/org", "peer.example/a/blocked"))
		}, 403},
		{"as one of ours", func(t *testing.T, ours, peer *node) *http.Request {
			return ours.signed(t, ours.keys[0], httpsig.Cavage, strings.ReplaceAll(followText, "peer.example", "node.example"))
		}, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, ours, peer := twoNodes(t)
			got := ours.answer(test.change(t, ours, peer)).Code
			if got != test.want {
				t.Errorf("%d, want %d: %s", got, test.want, ours.log)
			}
			if len(ours.host.received) != 0 {
				t.Error("received")
			}
			if test.want == 403 && w.requests("") != 0 {
				t.Errorf("fetched for what could never be accepted: %v", w.asked)
			}
		})
	}
}

// TestInboxKeyOfAnother: a key that the sender does not show, but a neighbour.
func TestInboxKeyOfAnother(t *testing.T) {
	_, ours, peer := twoNodes(t)
	if got := ours.post(t, peer.keys[0], createText); got != 202 {
		t.Fatal(got)
	}
	forged := strings.ReplaceAll(createText, "peer.example/a/org", "peer.example/a/instance")
	if got := ours.post(t, peer.keys[0], forged); got != 403 {
		t.Errorf("%d, want 403", got)
	}
	if len(ours.host.received) != 1 {
		t.Errorf("received %d", len(ours.host.received))
	}
}

func TestInboxExpiredSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ours, peer := twoNodes(t)
		for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
			r := ours.signed(t, peer.keys[0], scheme, followText)
			time.Sleep(2 * time.Hour)
			if got := ours.answer(r).Code; got != 401 {
				t.Errorf("%s: %d, want 401", scheme, got)
			}
		}
	})
}

func TestInboxHostUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ours, peer := twoNodes(t)
		for name, broken := range map[string]http.HandlerFunc{
			"down":       nil,
			"overloaded": func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(503) },
		} {
			time.Sleep(10 * time.Minute) // what is remembered is forgotten
			w.hosts["peer.example"] = broken
			if broken == nil {
				delete(w.hosts, "peer.example")
			}
			before := w.requests("GET")
			for range 3 {
				answer := ours.answer(ours.signed(t, peer.keys[0], httpsig.Cavage, followText))
				if answer.Code != 503 || answer.Header().Get("Retry-After") == "" {
					t.Errorf("%s: %d, Retry-After %q", name, answer.Code, answer.Header().Get("Retry-After"))
				}
			}
			if n := w.requests("GET") - before; n != 1 {
				t.Errorf("%s: fetched %d times, want 1", name, n)
			}
		}
		w.serve("peer.example", peer.handler.ServeHTTP)
		if got := ours.post(t, peer.keys[0], followText); got != 503 {
			t.Errorf("before five minutes have passed: %d", got)
		}
		time.Sleep(5*time.Minute + time.Second)
		if got := ours.post(t, peer.keys[0], followText); got != 202 {
			t.Errorf("after: %d", got)
		}
	})
}

func TestInboxDeleteOfTheUnknown(t *testing.T) {
	w, ours, peer := twoNodes(t)
	const body = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://peer.example/a/org#delete","type":"Delete",
		"actor":"https://peer.example/a/org","object":OBJECT}`
	for _, object := range []string{`"https://peer.example/a/org"`, `{"id":"https://peer.example/a/org","type":"Person"}`} {
		r := ours.request(text(body, "OBJECT", object)) // not even signed
		if got := ours.answer(r).Code; got != 202 {
			t.Errorf("%s: %d, want 202", object, got)
		}
	}
	if w.requests("") != 0 || len(ours.host.received) != 0 {
		t.Errorf("fetched %v, received %d", w.asked, len(ours.host.received))
	}
	// Once known, it is an activity like any other, and then unknown again.
	ours.post(t, peer.keys[0], createText)
	deleted := text(body, "OBJECT", `"https://peer.example/a/org"`)
	if got := ours.answer(ours.request(deleted)).Code; got != 401 {
		t.Errorf("unsigned Delete of somebody known: %d, want 401", got)
	}
	if got := ours.post(t, peer.keys[0], deleted); got != 202 || len(ours.host.received) != 2 {
		t.Errorf("signed: %d, received %d", got, len(ours.host.received))
	}
	if kept := ours.store.remote["https://peer.example/a/org"]; !kept.Gone || len(kept.Name) != 0 || kept.Icon.URL != "" {
		t.Errorf("kept %+v", kept)
	}
	if got := ours.post(t, peer.keys[0], createText); got != 401 {
		t.Errorf("Create by somebody deleted: %d, want 401", got)
	}
}

// TestInboxDeleteWithoutKey: the actor is gone with its key, and its host says
// so.
func TestInboxDeleteWithoutKey(t *testing.T) { synctest.Test(t, testDeleteWithoutKey) }

func testDeleteWithoutKey(t *testing.T) {
	w, ours, peer := twoNodes(t)
	ours.post(t, peer.keys[0], createText)
	w.serve("peer.example", func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusGone) })
	key := httpsig.Key{ID: peer.keys[0].ID, Private: keyring()[2]}
	const body = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://peer.example/a/org#delete","type":"Delete",
		"actor":"https://peer.example/a/org","object":"https://peer.example/a/org"}`
	other := strings.Replace(body, `"object":"https://peer.example/a/org"`,
		`"object":{"id":"https://peer.example/o/1","ID":"https://peer.example/a/org"}`, 1)
	if got := ours.post(t, key, other); got != 401 || len(ours.host.received) != 1 {
		t.Errorf("Delete of something else: %d, received %d", got, len(ours.host.received))
	}
	time.Sleep(5*time.Minute + time.Second)
	if got := ours.post(t, key, body); got != 202 || len(ours.host.received) != 2 {
		t.Errorf("%d, received %d: %s", got, len(ours.host.received), ours.log)
	}
}

func TestInboxWhatTheHostSays(t *testing.T) {
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 202},
		{federation.ErrMalformed, 400},
		{federation.ErrForbidden, 403},
		{federation.ErrNotFound, 404},
		{federation.ErrGone, 410},
		{federation.ErrLater, 503},
		{errors.New("disk full"), 500},
	} {
		_, ours, peer := twoNodes(t)
		ours.host.receive = func(federation.Inbound) error { return test.err }
		answer := ours.answer(ours.signed(t, peer.keys[0], httpsig.Cavage, followText))
		if answer.Code != test.want {
			t.Errorf("%v: %d, want %d", test.err, answer.Code, test.want)
		}
		if strings.Contains(answer.Body.String(), "disk") {
			t.Error("the sender is told of our disk")
		}
		if logged := strings.Contains(ours.log.String(), "level=ERROR"); logged != (test.want == 500) {
			t.Errorf("%v: log %q", test.err, ours.log)
		}
	}
}

func TestInboxPanic(t *testing.T) {
	_, ours, peer := twoNodes(t)
	ours.host.receive = func(federation.Inbound) error { panic("a nil map") }
	if got := ours.post(t, peer.keys[0], followText); got != 500 {
		t.Errorf("%d, want 500", got)
	}
	if !bytes.Contains(ours.log.Bytes(), []byte("a nil map")) {
		t.Errorf("log %q", ours.log)
	}
	ours.host.receive = func(federation.Inbound) error { return nil }
	if got := ours.post(t, peer.keys[0], followText); got != 202 {
		t.Errorf("afterwards %d", got)
	}
}

func TestInboxActorUpdates(t *testing.T) {
	_, ours, peer := twoNodes(t)
	ours.post(t, peer.keys[0], followText)
	changed := peer.host.actors["org"]
	changed.Name = vocab.Text{{Value: "New name"}}
	a := vocab.Activity{ID: peer.base + "/x/7", Type: "Update", Actor: changed.ID, ObjectID: changed.ID, Person: &changed}
	body, err := a.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if got := ours.post(t, peer.keys[0], string(body)); got != 202 {
		t.Fatalf("%d %s", got, body)
	}
	if got := ours.store.remote[changed.ID].Name.In(""); got != "New name" {
		t.Errorf("kept %q", got)
	}
}

// TestArrivedFrom: a host that sent something verified is told of, and only
// that.
func TestArrivedFrom(t *testing.T) {
	w := newWorld(t)
	var heard []string
	ours := w.nodeWith("node.example", func(o *federation.Options) {
		o.ArrivedFrom = arrivals(&heard)
	})
	peer := w.node("peer.example")
	ours.answer(ours.request(followText))
	if len(heard) != 0 {
		t.Errorf("heard %v of something unsigned", heard)
	}
	for range 3 {
		ours.post(t, peer.keys[0], followText)
	}
	if len(heard) != 1 || heard[0] != "peer.example" {
		t.Errorf("heard %v", heard)
	}
}

// TestAdmits: a host that sends too many verified activities is asked to come
// later, and nothing of what is unsigned counts.
func TestAdmits(t *testing.T) {
	w := newWorld(t)
	var asked []string
	ours := w.nodeWith("node.example", func(o *federation.Options) {
		o.Admits = func(host string) bool {
			asked = append(asked, host)
			return len(asked) < 2
		}
	})
	peer := w.node("peer.example")
	ours.answer(ours.request(followText))
	if len(asked) != 0 {
		t.Errorf("asked of %v for something unsigned", asked)
	}
	for i, want := range []int{202, 429} {
		if got := ours.post(t, peer.keys[0], followText); got != want {
			t.Errorf("post %d: %d, want %d", i, got, want)
		}
	}
	if len(asked) != 2 || asked[0] != "peer.example" {
		t.Errorf("asked of %v", asked)
	}
}
