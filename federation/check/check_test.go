package check_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pergola/federation/check"
	"pergola/hub/locale"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func addrs(all ...string) (found []netip.Addr) {
	for _, a := range all {
		found = append(found, netip.MustParseAddr(a))
	}
	return found
}

// until is a certificate that ends after d.
func until(d time.Duration) *x509.Certificate {
	return &x509.Certificate{NotBefore: now.Add(-time.Hour), NotAfter: now.Add(d), DNSNames: []string{"other.example"}}
}

// hasWords wants all texts of a check in every language: what failed says what to
// do.
func hasWords(t *testing.T, texts *locale.Bundle, c check.Check) {
	t.Helper()
	for _, lang := range texts.Languages() {
		title, what, do := c.Say(texts.Printer(lang))
		if title == c.Name || what == c.Verdict || do == "" && c.Severity != check.OK {
			t.Errorf("%s of %s in %s: %q, %q, %q", c.Verdict, c.Name, lang, title, what, do)
		}
		if strings.Contains(what+do, "no value") {
			t.Errorf("%s of %s in %s lacks a blank: %q", c.Verdict, c.Name, lang, what+do)
		}
		// Often no web server stands in front.
		ours := strings.HasSuffix(c.Name, "_port") || c.Name == "certificate" && c.Verdict != "early"
		if ours && do != "" && !strings.Contains(do, "pergol") {
			t.Errorf("%s of %s in %s is for those behind a web server alone: %q", c.Verdict, c.Name, lang, do)
		}
	}
}

func TestJudgements(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse("https://node.example")
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	day := 24 * time.Hour
	own := addrs("203.0.113.7", "2001:db8::7")
	for _, c := range []struct {
		fact interface{ Check() check.Check }
		want string // name, severity and verdict
	}{
		{check.DNS{Host: "a.localhost", Loopback: true}, "dns ok demo"},
		{check.DNS{Err: boom}, "dns failed unknown"},
		{check.DNS{}, "dns failed none"},
		{check.DNS{Found: addrs("203.0.113.7"), Own: own}, "dns ok good"},
		{check.DNS{Found: addrs("::ffff:203.0.113.7"), Own: own}, "dns ok good"},
		{check.DNS{Found: addrs("203.0.113.8"), Own: own}, "dns warning elsewhere"},
		{check.DNS{Found: addrs("203.0.113.7", "2001:db8::8"), Own: own}, "dns warning partly"},
		{check.DNS{Found: addrs("127.0.1.1"), Own: own}, "dns warning loopback"},
		{check.DNS{Found: addrs("192.168.1.5", "fd00::5"), Own: own}, "dns failed private"},
		{check.DNS{Found: addrs("10.0.0.5")}, "dns failed private"},
		{check.DNS{Found: addrs("203.0.113.8")}, "dns ok good"}, // seen from elsewhere

		{check.Port{Name: "https", Needed: true}, "https_port ok good"},
		{check.Port{Name: "https", Needed: true, Err: boom}, "https_port failed closed"},
		{check.Port{Name: "http", Err: boom}, "http_port warning closed"},

		{check.Certificate{Plain: true}, "certificate ok plain"},
		{check.Certificate{Leaf: until(90 * day), Now: now}, "certificate ok good"},
		{check.Certificate{Leaf: until(13 * day), Now: now}, "certificate warning soon"},
		{check.Certificate{Err: x509.CertificateInvalidError{Cert: until(-day), Reason: x509.Expired}, Now: now}, "certificate failed expired"},
		{check.Certificate{Err: x509.CertificateInvalidError{Cert: &x509.Certificate{NotBefore: now.Add(day), NotAfter: now.Add(9 * day)}, Reason: x509.Expired}, Now: now}, "certificate failed early"},
		{check.Certificate{Err: x509.HostnameError{Certificate: until(day), Host: "node.example"}}, "certificate failed name"},
		{check.Certificate{Err: x509.UnknownAuthorityError{}}, "certificate failed authority"},
		{check.Certificate{Err: boom}, "certificate failed broken"},

		{check.Redirect{Base: base, Status: 308, Location: "https://node.example/hu/"}, "redirect ok good"},
		{check.Redirect{Base: base, Status: 301, Location: "https://NODE.example/"}, "redirect ok good"},
		{check.Redirect{Base: base, Status: 301, Location: "http://node.example/"}, "redirect warning elsewhere"},
		{check.Redirect{Base: base, Status: 301, Location: "https://www.node.example/"}, "redirect warning elsewhere"},
		{check.Redirect{Base: base, Status: 301, Location: "/"}, "redirect warning elsewhere"},
		{check.Redirect{Base: base, Status: 200}, "redirect warning none"},
		{check.Redirect{Base: base, Err: boom}, "redirect warning closed"},

		{check.Document{Name: "webfinger", Status: 200, Said: "x", Want: "x"}, "webfinger ok good"},
		{check.Document{Name: "webfinger", Status: 200, Said: "x", Want: "y"}, "webfinger failed other"},
		{check.Document{Name: "actor", Status: 200, Broken: boom, Type: "text/html; charset=utf-8"}, "actor failed page"},
		{check.Document{Name: "actor", Status: 200, Broken: boom, Type: "application/json"}, "actor failed broken"},
		{check.Document{Name: "webfinger", Err: boom}, "webfinger failed unreachable"},
		{check.Document{Name: "nodeinfo", Status: 404}, "nodeinfo failed missing"},
		{check.Document{Name: "address", Status: 302}, "address failed redirected"},
		{check.Document{Name: "address", Status: 421}, "address failed misdirected"},
		{check.Document{Name: "address", Err: boom}, "address failed unreachable"},

		{check.Keys{Public: map[string]string{"a": "1", "b": "2"}, Own: map[string]string{"a": "1"}}, "keys ok good"},
		{check.Keys{Public: map[string]string{"a": "2"}, Own: map[string]string{"a": "1"}}, "keys failed differ"},
		{check.Keys{Own: map[string]string{"a": "1"}}, "keys failed missing"},
		{check.Keys{}, "keys failed none"},

		{check.Signature{Name: "signature_cavage", Status: 200}, "signature_cavage ok good"},
		{check.Signature{Name: "signature_cavage", Status: 401}, "signature_cavage failed refused"},
		{check.Signature{Name: "signature_cavage", Status: 502}, "signature_cavage failed unanswered"},
		{check.Signature{Name: "signature_cavage", Err: boom}, "signature_cavage failed unreachable"},

		{check.Consultation{Status: 200}, "through ok good"},
		{check.Consultation{Status: 401}, "through failed refused"},
		{check.Consultation{Status: 403}, "through warning not_offered"},
		{check.Consultation{Status: 404}, "through warning absent"},
		{check.Consultation{Status: 429, RetryAfter: "30"}, "through warning too_often"},
		{check.Consultation{Status: 503}, "through warning unanswered"},
		{check.Consultation{Err: boom}, "through failed unreachable"},

		{check.Clocks{}, "clock ok unknown"},
		{check.Clocks{Ahead: []time.Duration{-time.Second, time.Second, 9 * time.Hour}}, "clock ok good"},
		{check.Clocks{Ahead: []time.Duration{70 * time.Second}}, "clock warning behind"},
		{check.Clocks{Ahead: []time.Duration{-2 * time.Hour, -2 * time.Hour, 0}}, "clock failed ahead"},

		{check.Database{Kind: "SQLite"}, "database ok good"},
		{check.Database{Read: boom}, "database failed unreadable"},
		{check.Database{Read: boom, Full: true}, "database failed full"},
		{check.Database{Write: boom}, "database failed locked"},
		{check.Database{Damage: "row missing"}, "database failed damaged"},
		{check.Disk{Free: 20 << 30}, "disk ok good"},
		{check.Disk{Free: 500 << 20}, "disk warning low"},
		{check.Disk{Free: 100 << 20}, "disk failed full"},
		{check.Disk{Err: boom}, "disk warning unknown"},

		{check.Deliveries{Now: now}, "deliveries ok good"},
		{check.Deliveries{Waiting: 3, Oldest: now.Add(-time.Minute), Now: now}, "deliveries ok waiting"},
		{check.Deliveries{Waiting: 3, Oldest: now.Add(-2 * time.Hour), Now: now}, "deliveries warning slow"},
		{check.Deliveries{Waiting: 3, Silent: []string{"a", "b"}, Talking: 2, Now: now}, "deliveries warning silent"},
		{check.Deliveries{Waiting: 3, Silent: []string{"a", "b"}, Now: now}, "deliveries failed cut_off"},
		{check.Deliveries{GivenUp: 1, Now: now}, "deliveries warning given_up"},
		{check.Jobs{Now: now}, "jobs warning never"},
		{check.Jobs{Now: now, Latest: now.Add(-time.Minute)}, "jobs ok good"},
		{check.Jobs{Now: now, Latest: now.Add(-time.Minute), Wrong: []string{"x"}}, "jobs warning wrong"},
		{check.Jobs{Now: now, Latest: now.Add(-time.Hour)}, "jobs failed still"},
		{check.Backup{Now: now, Finished: now.Add(-day)}, "backup ok good"},
		{check.Backup{Now: now, Finished: now.Add(-4 * day)}, "backup warning old"},
		{check.Backup{Now: now, Error: "no room"}, "backup failed wrong"},
		{check.Digests{Now: now}, "digests ok none"},
		{check.Digests{Now: now, Enabled: 1, Due: now.Add(day)}, "digests ok waiting"},
		{check.Digests{Now: now, Enabled: 1, Due: now.Add(day), Last: now}, "digests ok good"},
		{check.Digests{Now: now, Enabled: 1, Due: now.Add(-2 * time.Hour)}, "digests failed late"},
	} {
		got := c.fact.Check()
		if text := got.Name + " " + string(got.Severity) + " " + got.Verdict; text != c.want {
			t.Errorf("%+v is %s, want %s", c.fact, text, c.want)
		}
		hasWords(t, texts, got)
	}
}

func TestWorst(t *testing.T) {
	ok, warning, failed := check.Found("a", check.OK, "x"), check.Found("b", check.Warning, "x"), check.Found("c", check.Failed, "x")
	for _, c := range []struct {
		checks []check.Check
		want   check.Severity
	}{
		{nil, check.OK},
		{[]check.Check{ok, ok}, check.OK},
		{[]check.Check{warning, ok}, check.Warning},
		{[]check.Check{failed, warning, ok}, check.Failed},
	} {
		if got := check.Worst(c.checks); got != c.want {
			t.Errorf("%v: %s, want %s", c.checks, got, c.want)
		}
	}
}

// What another node says is bounded, and only what can be shown is left.
func TestSanitize(t *testing.T) {
	good := check.Check{Name: "dns", Severity: check.OK, Verdict: "good", Args: map[string]string{"Host": "a\x1b[31m\nb" + strings.Repeat("x", 1000)}}
	foreign := []check.Check{
		good, {Name: "../x", Severity: check.OK, Verdict: "good"}, {Name: "dns", Severity: "worse", Verdict: "good"},
		{Name: "dns", Severity: check.OK, Verdict: "<b>"}, {},
	}
	got := check.Sanitize(append(foreign, make([]check.Check, 1000)...))
	if len(got) != 1 || got[0].Name != "dns" {
		t.Fatalf("%+v", got)
	}
	if host := got[0].Args["Host"]; len(host) > 300 || strings.ContainsAny(host, "\x1b\n") || !strings.HasPrefix(host, "a[31m b") {
		t.Errorf("Host is %q", host)
	}
	many := make([]check.Check, 100)
	for i := range many {
		many[i] = good
	}
	if got := check.Sanitize(many); len(got) != 40 {
		t.Errorf("%d of 100 are shown", len(got))
	}
}

func FuzzSanitize(f *testing.F) {
	f.Add([]byte(`[{"name":"dns","severity":"ok","verdict":"good","args":{"Host":"a\u001bb"}},null,{}]`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var foreign []check.Check
		if json.Unmarshal(answer, &foreign) != nil {
			return
		}
		got := check.Sanitize(foreign)
		if len(got) > 40 {
			t.Errorf("%d checks are shown", len(got))
		}
		for _, c := range got {
			for name, value := range c.Args {
				if len(c.Args) > 8 || len(value) > 300 || !utf8.ValidString(name+value) || strings.ContainsAny(name+value, "\x1b\n") {
					t.Errorf("%q is shown with %q", answer, c.Args)
				}
			}
		}
	})
}
