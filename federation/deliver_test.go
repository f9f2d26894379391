package federation_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

func TestSend(t *testing.T) {
	_, ours, _ := twoNodes(t)
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	a := vocab.Activity{
		ID: ours.base + "/x/1", Type: "Create", Actor: ours.base + "/a/org", ObjectID: ours.base + "/o/1",
		To: []string{vocab.Public}, Published: at,
		Object: &vocab.Object{ID: ours.base + "/o/1", Type: "Article", AttributedTo: ours.base + "/a/org",
			Name: vocab.Text{{Lang: "hu", Value: "Cím"}}, Content: vocab.Text{{Lang: "hu", Value: "<p>Szöveg</p>"}}},
	}
	var out outbox
	err := ours.Send(context.Background(), &out, federation.Sending{
		From: "org", Activity: a, Inboxes: []string{"https://a.example/i", "https://b.example/s", "https://a.example/i"},
		Listed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{a.ObjectID + " https://a.example/i", a.ObjectID + " https://b.example/s"}
	if diff := cmp.Diff(want, out.deliveries); diff != "" {
		t.Error(diff)
	}
	sent := out.activities[0]
	if !strings.Contains(string(sent.JSON), "Szöveg") || !sent.Listed || sent.Actor != "org" || sent.Object != a.ObjectID || !sent.Published.Equal(at) {
		t.Errorf("%+v", sent)
	}

	// A long article, such as a digest of 78 KB in two languages, goes as its id.
	a.Object.Content = vocab.Text{{Lang: "hu", Value: strings.Repeat("<p>ő</p>", 4000)}, {Lang: "en", Value: strings.Repeat("<p>o</p>", 4000)}}
	if whole, err := a.Object.JSON(); err != nil || len(whole) < 78<<10 {
		t.Fatalf("%d octets, %v", len(whole), err)
	}
	out = outbox{}
	if err := ours.Send(context.Background(), &out, federation.Sending{From: "org", Activity: a, Key: "pair"}); err != nil {
		t.Fatal(err)
	}
	if body := out.activities[0].JSON; len(body) > 60<<10 || !strings.Contains(string(body), `"object":"https://node.example/o/1"`) {
		t.Errorf("%d octets: %.300s", len(body), body)
	}
	if out.deliveries != nil {
		t.Errorf("delivered to nobody: %v", out.deliveries)
	}

	// So does a profile that says very much.
	person := ours.host.actors["org"]
	person.Summary = vocab.Text{{Lang: "hu", Value: strings.Repeat("<p>ő</p>", 8000)}}
	update := vocab.Activity{ID: ours.base + "/x/2", Type: "Update", Actor: person.ID, ObjectID: person.ID, Person: &person, Published: at}
	out = outbox{}
	if err := ours.Send(context.Background(), &out, federation.Sending{From: "org", Activity: update}); err != nil {
		t.Fatal(err)
	}
	if body := out.activities[0].JSON; len(body) > 60<<10 || !strings.Contains(string(body), `"object":"https://node.example/a/org"`) {
		t.Errorf("%d octets: %.300s", len(body), body)
	}
}

// A receiver is a host that takes some signatures and counts all.
type receiver struct {
	takes func(scheme httpsig.Scheme, keyID string) int // a status
	got   []string
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sig, err := httpsig.Parse(r)
	if err != nil {
		http.Error(w, err.Error(), 400)
		return
	}
	_, fragment, _ := strings.Cut(sig.KeyID, "#")
	rc.got = append(rc.got, string(sig.Scheme)+" "+fragment)
	w.WriteHeader(rc.takes(sig.Scheme, fragment))
}

func (rc *receiver) since() []string {
	got := rc.got
	rc.got = nil
	return got
}

func TestPostKnocksTwice(t *testing.T) {
	const cavage, rfc, ed = "draft-cavage main-key", "rfc9421 main-key", "rfc9421 ed25519-key"
	w := newWorld(t)
	ours := w.node("node.example")
	rc := &receiver{}
	w.serve("peer.example", rc.ServeHTTP)
	post := func() error {
		return ours.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: "https://peer.example/inbox"}, []byte(`{}`))
	}
	step := func(name string, takes func(httpsig.Scheme, string) int, verdict federation.Verdict, want ...string) {
		t.Helper()
		rc.takes = takes
		got, _ := federation.Judge(post())
		if diff := cmp.Diff(want, rc.since()); diff != "" || got != verdict {
			t.Errorf("%s: verdict %d, want %d; %s", name, got, verdict, diff)
		}
	}
	only := func(scheme httpsig.Scheme, refusal int) func(httpsig.Scheme, string) int {
		return func(s httpsig.Scheme, key string) int {
			if s == scheme && key == "main-key" {
				return 202
			}
			return refusal
		}
	}
	all := func(httpsig.Scheme, string) int { return 202 }
	none := func(httpsig.Scheme, string) int { return 401 }

	step("a stranger that takes the draft", all, federation.Done, cavage)
	step("again", all, federation.Done, cavage)
	step("it drops the draft", only(httpsig.RFC9421, 401), federation.Done, cavage, rfc)
	step("which is remembered", only(httpsig.RFC9421, 401), federation.Done, rfc)
	step("it goes back", only(httpsig.Cavage, 400), federation.Done, rfc, cavage)
	step("which is remembered too", only(httpsig.Cavage, 400), federation.Done, cavage)
	step("it takes nothing", none, federation.RetryObject, cavage, rfc)
	step("403 is not about the dialect", func(httpsig.Scheme, string) int { return 403 }, federation.GiveUp, cavage)
	if saved := ours.store.saved; saved != 3 {
		t.Errorf("peer saved %d times, want once for each change: 3", saved)
	}
	asked := ours.store.asked
	step("warm", all, federation.Done, cavage)
	if ours.store.asked != asked {
		t.Errorf("%d questions to the store for a warm post", ours.store.asked-asked)
	}

	ours.store.peers["new.example"] = federation.Peer{Host: "new.example", Ed25519: true}
	w.serve("new.example", rc.ServeHTTP)
	post = func() error {
		return ours.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: "https://new.example/inbox"}, []byte(`{}`))
	}
	step("one that takes Ed25519", all, federation.Done, ed)
	step("and no longer", only(httpsig.Cavage, 401), federation.Done, ed, rfc, cavage)
	step("which is remembered", only(httpsig.Cavage, 401), federation.Done, cavage)
}

// TestPostToPergola: one that has fetched the other's actor signs at once with
// Ed25519, because the other says that it takes it.
func TestPostToPergola(t *testing.T) {
	_, ours, peer := twoNodes(t)
	if _, err := peer.Actor(context.Background(), "https://node.example/a/org"); err != nil {
		t.Fatal(err)
	}
	d := federation.Delivery{Actor: "org", Inbox: "https://node.example/inbox"}
	if err := peer.Post(context.Background(), d, []byte(createText)); err != nil {
		t.Fatal(err)
	}
	if len(ours.host.received) != 1 {
		t.Error("not received")
	}
	p := peer.store.peers["node.example"]
	if !p.Ed25519 || p.Scheme != httpsig.RFC9421 || p.Seen.IsZero() {
		t.Errorf("%+v", p)
	}
}

func TestPostAnswers(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	now := time.Now()
	for _, test := range []struct {
		status     int
		retryAfter string
		verdict    federation.Verdict
		wait       time.Duration
	}{
		{200, "", federation.Done, 0},
		{202, "", federation.Done, 0},
		{302, "", federation.RetryObject, 0},
		{404, "", federation.InboxLost, 0},
		{408, "5", federation.RetryObject, 5 * time.Second},
		{410, "", federation.InboxGone, 0},
		{413, "", federation.GiveUp, 0},
		{429, "120", federation.RetryHost, 2 * time.Minute},
		{429, "99999999999999999999", federation.RetryHost, 0},
		{429, "999999999", federation.RetryHost, 6 * time.Hour},
		{429, "-5", federation.RetryHost, 0},
		{429, "soon", federation.RetryHost, 0},
		{500, "", federation.RetryObject, 0},
		{501, "", federation.GiveUp, 0},
		{502, "", federation.RetryObject, 0},
		{503, now.Add(time.Hour).UTC().Format(http.TimeFormat), federation.RetryHost, time.Hour},
		{503, now.Add(-time.Hour).UTC().Format(http.TimeFormat), federation.RetryHost, 0},
	} {
		w.serve("peer.example", func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("User-Agent") != "Pergola/0.1.0 (+https://node.example/)" || r.Header.Get("Content-Type") != vocab.ContentType {
				t.Errorf("header %v", r.Header)
			}
			if body, _ := io.ReadAll(r.Body); string(body) != `{"a":1}` {
				t.Errorf("body %q", body)
			}
			rw.Header().Set("Retry-After", test.retryAfter)
			rw.Header().Set("Location", "https://other.example/inbox")
			rw.WriteHeader(test.status)
			fmt.Fprintf(rw, "no\x00pe %d\n%s", test.status, strings.Repeat("x", 1000))
		})
		err := ours.Post(context.Background(), federation.Delivery{Actor: "org", Inbox: "https://peer.example/inbox"}, []byte(`{"a":1}`))
		verdict, wait := federation.Judge(err)
		if verdict != test.verdict || (wait-test.wait).Abs() > 10*time.Second {
			t.Errorf("%d %q: %d %v, want %d %v", test.status, test.retryAfter, verdict, wait, test.verdict, test.wait)
		}
		var d *federation.DeliveryError
		if test.verdict != federation.Done && (!errors.As(err, &d) || d.Status != test.status ||
			!strings.Contains(err.Error(), fmt.Sprintf("nope %d x", test.status)) || len(err.Error()) > 500) {
			t.Errorf("%d: %v", test.status, err)
		}
	}
	if w.requests("other.example") != 0 {
		t.Error("a POST followed a redirect")
	}
}

func TestPostWithoutAnswer(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	for _, test := range []struct {
		actor, inbox string
		want         federation.Verdict
	}{
		{"org", "https://down.example/inbox", federation.RetryHost},
		{"org", "ftp://peer.example/inbox", federation.GiveUp},
		{"org", "https://user@peer.example/inbox", federation.GiveUp},
		{"org", "", federation.GiveUp},
		{"nobody", "https://peer.example/inbox", federation.GiveUp},
	} {
		err := ours.Post(context.Background(), federation.Delivery{Actor: test.actor, Inbox: test.inbox}, nil)
		if got, _ := federation.Judge(err); got != test.want || err == nil {
			t.Errorf("%s to %q: %d, want %d: %v", test.actor, test.inbox, got, test.want, err)
		}
	}
}

func TestJudge(t *testing.T) {
	status := func(code int) error {
		return fmt.Errorf("attempt: %w", &federation.DeliveryError{Status: code, RetryAfter: time.Minute, Err: errors.New("no")})
	}
	for _, test := range []struct {
		err  error
		want federation.Verdict
		wait time.Duration
	}{
		{nil, federation.Done, 0},
		{errors.New("something else"), federation.RetryObject, 0},
		{&federation.DeliveryError{Err: &url.Error{Op: "Post", URL: "x", Err: errors.New("refused")}}, federation.RetryHost, 0},
		{&federation.DeliveryError{Err: context.DeadlineExceeded}, federation.RetryHost, 0},
		{&federation.DeliveryError{Err: federation.ErrMalformed}, federation.GiveUp, 0},
		{status(200), federation.Done, 0},
		{status(400), federation.GiveUp, 0},
		{status(401), federation.RetryObject, time.Minute},
		{status(403), federation.GiveUp, 0},
		{status(404), federation.InboxLost, 0},
		{status(410), federation.InboxGone, 0},
		{status(408), federation.RetryObject, time.Minute},
		{status(422), federation.GiveUp, 0},
		{status(429), federation.RetryHost, time.Minute},
		{status(500), federation.RetryObject, time.Minute},
		{status(501), federation.GiveUp, 0},
		{status(503), federation.RetryHost, time.Minute},
		{status(504), federation.RetryObject, time.Minute},
		{status(301), federation.RetryObject, time.Minute},
		{&federation.DeliveryError{Status: 503, RetryAfter: 100 * time.Hour, Err: errors.New("no")}, federation.RetryHost, 6 * time.Hour},
	} {
		got, wait := federation.Judge(test.err)
		if got != test.want || wait != test.wait {
			t.Errorf("%v: %d %v, want %d %v", test.err, got, wait, test.want, test.wait)
		}
	}
}

// TestKeyRotation: a changed key is fetched, but not for every forged request.
func TestKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ours, peer := twoNodes(t)
		if got := ours.post(t, peer.keys[0], createText); got != 202 {
			t.Fatal(got)
		}
		turn := func(i int) httpsig.Key {
			a := peer.host.actors["org"]
			a.Keys[0].PEM = pemOf(t, &keyring()[i].PublicKey)
			return httpsig.Key{ID: a.Keys[0].ID, Private: keyring()[i]}
		}
		first := turn(2)
		before := w.requests("GET")
		if got := ours.post(t, first, createText); got != 202 || w.requests("GET") != before+1 {
			t.Errorf("after the change: %d, %d fetches", got, w.requests("GET")-before)
		}
		forged := httpsig.Key{ID: first.ID, Private: keyring()[1]}
		for range 3 {
			if got := ours.post(t, forged, createText); got != 401 {
				t.Errorf("forged: %d", got)
			}
		}
		if n := w.requests("GET") - before; n != 1 {
			t.Errorf("%d fetches for one change and three forgeries", n)
		}
		time.Sleep(5*time.Minute + time.Second)
		if got := ours.post(t, turn(1), createText); got != 202 || w.requests("GET") != before+2 {
			t.Errorf("after five minutes: %d, %d fetches", got, w.requests("GET")-before)
		}
	})
}

// hanging is a network that never answers.
type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

// A host that does not answer holds nobody up for longer than half a minute,
// however often it would be asked with another signature.
func TestPostTakesThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours := newWorld(t).nodeWith("node.example", func(o *federation.Options) { o.Client = &http.Client{Transport: hanging{}} })
		started := time.Now()
		err := ours.Post(t.Context(), federation.Delivery{Actor: "org", Inbox: "https://peer.example/inbox"}, []byte(`{}`))
		if verdict, _ := federation.Judge(err); verdict != federation.RetryHost || time.Since(started) != 30*time.Second {
			t.Errorf("verdict %d after %s: %v", verdict, time.Since(started), err)
		}
	})
}
