package front

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func networks(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestClientBehindProxies(t *testing.T) {
	trusted := networks("127.0.0.1/32", "10.0.0.0/8", "2001:db8:1::/48")
	for _, test := range []struct {
		name, peer string
		header     http.Header
		want       string
	}{
		{"no proxy", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"a stranger says something", "192.0.2.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7"}}, "192.0.2.1"},
		{"the proxy", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7"}}, "198.51.100.7"},
		{"the client says something through the proxy", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"203.0.113.9, 198.51.100.7"}}, "198.51.100.7"},
		{"the client says so in a line of its own", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"203.0.113.9", "198.51.100.7"}}, "198.51.100.7"},
		{"two proxies", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"203.0.113.9, 198.51.100.7, 10.1.2.3"}}, "198.51.100.7"},
		{"proxies alone", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"10.1.2.3, 10.1.2.4"}}, "10.1.2.3"},
		{"nonsense at the end", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7, unknown"}}, "127.0.0.1"},
		{"nonsense before a proxy", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"unknown, 10.1.2.3"}}, "10.1.2.3"},
		{"no header", "127.0.0.1:1234", nil, "127.0.0.1"},
		{"with a port", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7:99"}}, "198.51.100.7"},
		{"IPv6", "[2001:db8:1::5]:1234", http.Header{"X-Forwarded-For": {"2001:db8:2::7"}}, "2001:db8:2::7"},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:1234", http.Header{"X-Forwarded-For": {"::ffff:198.51.100.7"}}, "198.51.100.7"},
		{"Forwarded", "127.0.0.1:1234", http.Header{"Forwarded": {`for=203.0.113.9, For="[2001:db8:2::7]:4711";proto=https;by=x`}}, "2001:db8:2::7"},
		{"Forwarded hides it", "127.0.0.1:1234", http.Header{"Forwarded": {"for=_hidden"}}, "127.0.0.1"},
		{"the client sends Forwarded through a proxy that does not know it", "127.0.0.1:1234",
			http.Header{"Forwarded": {"for=203.0.113.9"}, "X-Forwarded-For": {"198.51.100.7"}}, "198.51.100.7"},
		{"many hops", "127.0.0.1:1234", http.Header{"X-Forwarded-For": {strings.Repeat("203.0.113.9,", 5000) + "198.51.100.7"}}, "198.51.100.7"},
	} {
		r := httptest.NewRequest("GET", "https://photonics.example/", nil)
		r.RemoteAddr = test.peer
		for name, lines := range test.header {
			r.Header[name] = lines
		}
		if got := addressOf(identify(r, trusted).RemoteAddr); got.String() != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestNumberOfARequest(t *testing.T) {
	for _, test := range []struct {
		peer, number string
		kept         bool
	}{
		{"127.0.0.1:1", "abc-123", true},
		{"192.0.2.1:1", "abc-123", false},
		{"127.0.0.1:1", "a b", false},
		{"127.0.0.1:1", strings.Repeat("x", 65), false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.peer
		r.Header.Set("X-Request-Id", test.number)
		r = identify(r, networks("127.0.0.1/32"))
		got := r.Header.Get("X-Request-Id")
		if (got == test.number) != test.kept || !goodNumber.MatchString(got) {
			t.Errorf("number %q from %s becomes %q", test.number, test.peer, got)
		}
		var out bytes.Buffer
		log := Numbered(slog.New(slog.NewTextHandler(&out, nil))).With("org", "x")
		log.InfoContext(r.Context(), "something")
		log.InfoContext(t.Context(), "something else")
		if lines := strings.Split(out.String(), "\n"); !strings.Contains(lines[0], "request="+got) || strings.Contains(lines[1], "request=") {
			t.Errorf("the log has\n%s", out.String())
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add("203.0.113.9, 198.51.100.7", "")
	f.Add("", `for="[2001:db8::1]:80";proto=http, for=_x`)
	f.Fuzz(func(t *testing.T, forwardedFor, forwarded string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header["X-Forwarded-For"], r.Header["Forwarded"] = []string{forwardedFor}, []string{forwarded}
		if forwardedFor == "" {
			r.Header.Del("X-Forwarded-For")
		}
		if a := addressOf(identify(r, networks("127.0.0.0/8")).RemoteAddr); !a.IsValid() {
			t.Errorf("no address of %q, %q", forwardedFor, forwarded)
		}
	})
}
