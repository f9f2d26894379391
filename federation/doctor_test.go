package federation_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pergola/federation"
	"pergola/federation/check"
	"pergola/federation/httpsig"
)

// found are checks as "name severity verdict".
type found []string

func (f *found) add(c check.Check) {
	*f = append(*f, c.Name+" "+string(c.Severity)+" "+c.Verdict)
}

func (f found) has(t *testing.T, wants ...string) {
	t.Helper()
	all := strings.Join(f, "\n")
	for _, want := range wants {
		if !strings.Contains(all+"\n", want+"\n") {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}

// patient is a node, and doctor one that follows it, whose names resolve.
func patientAndDoctor(t *testing.T) (w *world, patient, doctor *node) {
	w = newWorld(t)
	resolve := func(o *federation.Options) {
		o.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
			if !strings.HasSuffix(host, ".example") {
				return nil, errors.New("no such host")
			}
			return []netip.Addr{netip.MustParseAddr("203.0.113.7")}, nil
		}
	}
	patient, doctor = w.nodeWith("patient.example", resolve), w.nodeWith("doctor.example", resolve)
	doctor.host.examines = map[string]bool{"https://patient.example/a/instance": true}
	return w, patient, doctor
}

// consult posts a question to the doctor of n and returns the answer.
func (n *node) consult(t *testing.T, body string, sign func(r *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, n.base+federation.DoctorPath, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if sign != nil {
		sign(r)
	}
	return n.answer(r)
}

func by(t *testing.T, key httpsig.Key, body string) func(*http.Request) {
	return func(r *http.Request) {
		t.Helper()
		if err := httpsig.Sign(r, []byte(body), key, httpsig.Cavage); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExaminedThroughAnother(t *testing.T) {
	_, patient, doctor := patientAndDoctor(t)
	var f found
	patient.ExamineThrough(t.Context(), "https://doctor.example/", f.add)
	f.has(t, "through ok good", "dns ok good", "address ok good", "webfinger ok good", "actor ok good", "nodeinfo ok good",
		"signature_cavage ok good", "signature_rfc9421 ok good", "signature_ed25519 ok good")

	// Asked again at once it does not look again.
	f = nil
	patient.ExamineThrough(t.Context(), "https://doctor.example", f.add)
	if len(f) != 1 {
		t.Errorf("asked twice: %v", f)
	}
	f.has(t, "through warning too_often")

	f = nil
	doctor.ExamineThrough(t.Context(), "https://patient.example", f.add)
	f.has(t, "through warning not_offered")
	f = nil
	patient.ExamineThrough(t.Context(), "https://nowhere.example", f.add)
	f.has(t, "through failed unreachable")
	f = nil
	patient.ExamineThrough(t.Context(), "doctor", f.add)
	f.has(t, "through failed malformed")
}

// Another program, an old version, or a page for everything.
func TestExaminedThroughSomethingElse(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		body, want string
	}{
		"old":   {404, "", "through warning absent"},
		"page":  {200, "<!doctype html>", "through warning absent"},
		"other": {200, `{"host":"somebody.example","checks":[]}`, "through warning absent"},
		"busy":  {503, "", "through warning unanswered"},
		"key":   {401, "signature does not verify", "through failed refused"},
	} {
		w, patient, _ := patientAndDoctor(t)
		w.serve("odd.example", func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(c.status)
			rw.Write([]byte(c.body))
		})
		var f found
		patient.ExamineThrough(t.Context(), "https://odd.example", f.add)
		if len(f) != 1 || f[0] != c.want {
			t.Errorf("%s: %v, want %s", name, f, c.want)
		}
	}
	// What a hostile doctor says is not shown as it is.
	w, patient, _ := patientAndDoctor(t)
	w.serve("evil.example", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Write([]byte(`{"host":"patient.example","checks":[{"name":"<b>","severity":"ok","verdict":"good"},
			{"name":"dns","severity":"failed","verdict":"none","args":{"Host":"\u001b[2Jrm -rf"}}]}`))
	})
	patient.ExamineThrough(t.Context(), "https://evil.example", func(c check.Check) {
		if strings.Contains(c.Name+c.Args["Host"], "\x1b") || c.Name == "<b>" {
			t.Errorf("shown: %+v", c)
		}
	})
}

// Strangers learn nothing and have nothing fetched.
func TestDoctorHelpsNoStranger(t *testing.T) {
	w, patient, doctor := patientAndDoctor(t)
	const body = `{"account":"org"}`
	key := patient.store.signing["instance"][0]
	stranger := w.node("stranger.example").store.signing["instance"][0]
	another := keyring()[2] // the nodes of a world share the others
	wrong := httpsig.Key{ID: key.ID, Private: another}
	for name, c := range map[string]struct {
		body string
		sign func(*http.Request)
		want int
	}{
		"unsigned":                 {body, nil, 401},
		"stranger":                 {body, by(t, stranger, body), 403},
		"another body":             {body, by(t, key, `{}`), 401},
		"a key of somebody else":   {body, by(t, wrong, body), 401},
		"a key that is no address": {body, by(t, httpsig.Key{ID: "key-1", Private: key.Private}, body), 401},
		"a private address":        {body, by(t, httpsig.Key{ID: "http://127.0.0.1:22/a#main-key", Private: key.Private}, body), 403},
		"too long":                 {body + strings.Repeat(" ", 2000), by(t, key, body), 413},
		"no JSON":                  {"x", by(t, key, "x"), 400},
		"another host's account":   {`{"account":"x@other.example"}`, by(t, key, `{"account":"x@other.example"}`), 400},
		"a path":                   {`{"account":"../../inbox"}`, by(t, key, `{"account":"../../inbox"}`), 400},
		"our key, not ours":        {body, by(t, httpsig.Key{ID: "https://doctor.example/a/instance#main-key", Private: another}, body), 401},
		"nobody of ours":           {body, by(t, httpsig.Key{ID: "https://doctor.example/a/nobody#main-key", Private: stranger.Private}, body), 401},
	} {
		if got := doctor.consult(t, c.body, c.sign).Code; got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
	for _, host := range []string{"stranger.example", "other.example", "127.0.0.1"} {
		if n := w.requests(host); n != 0 {
			t.Errorf("%d requests to %s", n, host)
		}
	}
	if got := doctor.answer(httptest.NewRequest(http.MethodGet, doctor.base+federation.DoctorPath, nil)).Code; got != 405 {
		t.Errorf("GET: status %d, want 405", got)
	}
}

// Who asks without end is not answered without end, and costs no more looks.
func TestDoctorIsNotFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, patient, doctor := patientAndDoctor(t)
		key := patient.store.signing["instance"][0]
		statuses := map[int]int{}
		for range 100 {
			a := doctor.consult(t, `{"account":"org"}`, by(t, key, `{"account":"org"}`))
			statuses[a.Code]++
			if a.Code == 429 && a.Header().Get("Retry-After") == "" {
				t.Error("429 does not say when to come again")
			}
		}
		if statuses[200] != 1 || statuses[429] != 99 {
			t.Errorf("of 100: %v", statuses)
		}
		if n := w.requests("patient.example/nodeinfo/2.1"); n != 1 {
			t.Errorf("looked %d times", n)
		}
		time.Sleep(2 * time.Minute)
		if a := doctor.consult(t, `{"account":"org"}`, by(t, key, `{"account":"org"}`)); a.Code != 200 {
			t.Errorf("later: status %d: %s", a.Code, a.Body)
		}
	})
}

// An answer has the shape that FEDERATION.md tells.
func TestDiagnosis(t *testing.T) {
	w, patient, doctor := patientAndDoctor(t)
	w.serve("patient.example", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/.well-known/webfinger" {
			http.NotFound(rw, r)
			return
		}
		patient.handler.ServeHTTP(rw, r)
	})
	a := doctor.consult(t, `{"account":"org"}`, by(t, patient.store.signing["instance"][0], `{"account":"org"}`))
	var d struct {
		Version, Host string
		Checks        []check.Check
	}
	if err := json.Unmarshal(a.Body.Bytes(), &d); err != nil || a.Code != 200 {
		t.Fatal(a.Code, err, a.Body)
	}
	if d.Host != "patient.example" || d.Version != "0.1.0" || a.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%+v, %v", d, a.Header())
	}
	var f found
	for _, c := range d.Checks {
		f.add(c)
	}
	f.has(t, "webfinger failed missing", "actor ok good")
}

// A node looks at itself: what is in front changes this or that.
func TestExamine(t *testing.T) {
	pass := func(n *node) http.HandlerFunc { return n.handler.ServeHTTP }
	for name, c := range map[string]struct {
		front func(n *node) http.HandlerFunc
		want  []string
	}{
		"well": {pass, []string{"address ok good", "webfinger ok good", "actor ok good", "keys ok good", "nodeinfo ok good",
			"signature_cavage ok good", "signature_rfc9421 ok good", "signature_ed25519 ok good"}},
		"pages to programs": {func(n *node) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/a/") {
					w.Header().Set("Content-Type", "text/html")
					w.Write([]byte("<p>hello"))
					return
				}
				n.handler.ServeHTTP(w, r)
			}
		}, []string{"actor failed page", "webfinger ok good"}},
		"a path changed": {func(n *node) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				r.Header.Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
				n.handler.ServeHTTP(w, r)
			}
		}, []string{"signature_cavage failed refused", "signature_ed25519 ok good"}},
		"another node": {func(n *node) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				other := newWorld(t).node("patient.example")
				a := other.host.actors["org"]
				a.Keys[0].PEM = other.host.actors["instance"].Keys[0].PEM
				other.host.actors["org"] = a
				other.handler.ServeHTTP(w, r)
			}
		}, []string{"keys failed differ"}},
		"bad gateway": {func(*node) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }
		}, []string{"address failed missing"}},
		"to www": {func(*node) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://www.patient.example"+r.URL.Path, http.StatusMovedPermanently)
			}
		}, []string{"address failed redirected"}},
		"another name": {func(*node) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(421) }
		}, []string{"address failed misdirected"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			n := w.node("patient.example")
			w.serve("patient.example", c.front(n))
			var f found
			n.Examine(t.Context(), federation.Eye{Client: &http.Client{Transport: w}}, f.add)
			f.has(t, c.want...)
			if strings.HasPrefix(c.want[0], "address failed") && len(f) != 1 {
				t.Errorf("more was asked of what does not answer: %v", f)
			}
		})
	}
}

// The clocks of others show that ours is wrong; one that is itself wrong does not.
func TestClock(t *testing.T) {
	for name, c := range map[string]struct {
		ahead []time.Duration
		want  string
	}{
		"agrees":    {[]time.Duration{0, time.Second, -time.Second}, "clock ok good"},
		"one wrong": {[]time.Duration{0, 0, 24 * time.Hour}, "clock ok good"},
		"behind":    {[]time.Duration{2 * time.Hour, 2 * time.Hour, 0}, "clock failed behind"},
		"ahead":     {[]time.Duration{-2 * time.Minute}, "clock warning ahead"},
		"nobody":    {nil, "clock ok unknown"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			n := w.node("patient.example")
			var ids []string
			for i, ahead := range c.ahead {
				host := string(rune('a'+i)) + ".example"
				ids = append(ids, "https://"+host+"/a/x")
				w.serve(host, func(rw http.ResponseWriter, _ *http.Request) {
					rw.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
				})
			}
			w.serve("cache.example", func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Date", "Thu, 01 Jan 1998 00:00:00 GMT")
				rw.Header().Set("Age", "5")
			})
			n.ReadClocks(t.Context(), append(ids, "https://cache.example/a/x", "https://nowhere.example/a/x", "no address"))
			var f found
			f.add(n.Clocks().Check())
			if f[0] != c.want {
				t.Errorf("%s: %v, want %s", name, f, c.want)
			}
		})
	}
}

// The name and the ports are tried where that is asked for.
func TestExamineTellsOfTheName(t *testing.T) {
	base, err := url.Parse("https://patient.example")
	if err != nil {
		t.Fatal(err)
	}
	own := []netip.Addr{netip.MustParseAddr("203.0.113.7")}
	for answer, want := range map[string]string{
		"203.0.113.7": "dns ok good", "203.0.113.9": "dns warning elsewhere", "": "dns failed none", "error": "dns failed unknown",
	} {
		w := newWorld(t)
		n := w.nodeOn(base, func(*federation.Options) {})
		var f found
		n.Examine(t.Context(), federation.Eye{Client: &http.Client{Transport: w}, Own: own,
			Resolve: func(context.Context, string) ([]netip.Addr, error) {
				switch answer {
				case "":
					return nil, nil
				case "error":
					return nil, errors.New("no answer")
				}
				return []netip.Addr{netip.MustParseAddr(answer)}, nil
			}}, f.add)
		f.has(t, want, "actor ok good")
	}
}
