package config_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/config"
)

var assignment = regexp.MustCompile(`^[a-z_]+ = `)

func TestServerExample(t *testing.T) {
	got := config.ServerExample()
	compareGolden(t, "server.toml", got)
	s, err := config.ParseServer(got)
	if err != nil || !cmp.Equal(s, config.DefaultServer()) {
		t.Errorf("ParseServer(ServerExample()) = %+v, %v, want the defaults", s, err)
	}
	for l := range strings.Lines(got) {
		if key, ok := strings.CutPrefix(l, "# "); ok && assignment.MatchString(key) {
			if _, err := config.ParseServer(key); err != nil {
				t.Errorf("with %q: %v", key, err)
			}
		}
	}
}

func TestParseServer(t *testing.T) {
	got, err := config.ParseServer(`
		listen = ["192.0.2.1:443", "[2001:db8::1]:443"]
		tls = "acme"
		listen_http = ""
		acme_email = "office@cluster.example"
		acme_directory = "https://authority.example/dir"
		acme_ca_file = "authority.pem"
		trusted_proxies = ["10.0.0.0/8"]
		metrics = "127.0.0.1:9090"`)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Server{
		Listen: []string{"192.0.2.1:443", "[2001:db8::1]:443"}, TLS: config.TLSByACME, ACMEEmail: "office@cluster.example",
		ACMEDirectory: "https://authority.example/dir", ACMECAFile: "authority.pem",
		TrustedProxies: []string{"10.0.0.0/8"}, Metrics: "127.0.0.1:9090",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseServer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"10.0.0.0/8"}, prefixes(got.Proxies())); diff != "" {
		t.Errorf("Proxies (-want +got):\n%s", diff)
	}
}

func prefixes(all []netip.Prefix) (texts []string) {
	for _, p := range all {
		texts = append(texts, p.String())
	}
	return texts
}

func TestParseServerReportsEveryProblem(t *testing.T) {
	_, err := config.ParseServer("listen = ['8080']\ntls = 'on'\nlisten_http = 'example.org:80'\nacme_email = 'x'\n" +
		"acme_directory = 'http://authority.example'\ntrusted_proxies = ['10.0.0.1/8']\nmetrics = 9090\nlisen = ['x']\nbase_url = 'x'\n")
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{
		`server.toml:1: listen = "8080": want addresses with a port, such as ["127.0.0.1:8080"]`,
		`server.toml:2: tls = "on": want "proxy" or "acme"`,
		`server.toml:3: listen_http = "example.org:80": want an address with a port, such as "127.0.0.1:8081"`,
		`server.toml:4: acme_email = "x": want one address, such as "office@cluster.example"`,
		`server.toml:5: acme_directory = "http://authority.example": want an address such as "https://acme-v02.api.letsencrypt.org/directory"`,
		`server.toml:6: trusted_proxies = "10.0.0.1/8": want networks such as ["127.0.0.1/32", "10.1.0.0/16"], with no bit set behind the mask`,
		`server.toml:7: metrics = 9090: want text in quotes`,
		`server.toml:8: unknown key "lisen": did you mean "listen"?`,
		`server.toml:9: unknown key "base_url": pergola config --server prints all keys`,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("ParseServer (-want +got):\n%s", diff)
	}
	for text, want := range map[string]string{
		"listen = '127.0.0.1:80'":  `server.toml:1: listen = "127.0.0.1:80": want a list of texts in quotes, such as ["one", "two"]`,
		"trusted_proxies = [1, 2]": `server.toml:1: trusted_proxies = "[…]": want a list of texts in quotes, such as ["one", "two"]`,
		"listen = [':0443']":       `server.toml:1: listen = ":0443": want addresses with a port, such as ["127.0.0.1:8080"]`,
		"listen = ['a:70000']":     `server.toml:1: listen = "a:70000": want addresses with a port, such as ["127.0.0.1:8080"]`,
	} {
		if _, err := config.ParseServer(text); err == nil || err.Error() != want {
			t.Errorf("ParseServer(%q): %v, want %s", text, err, want)
		}
	}
}

func TestServerAddresses(t *testing.T) {
	s := config.DefaultServer()
	if got := s.Addresses(); !cmp.Equal(got, []string{"127.0.0.1:8080"}) {
		t.Errorf("behind a proxy: %v", got)
	}
	s.TLS = config.TLSByACME
	if got := s.Addresses(); !cmp.Equal(got, []string{":443"}) {
		t.Errorf("with certificates of its own: %v", got)
	}
	s.Listen = []string{":8443"}
	if got := s.Addresses(); !cmp.Equal(got, s.Listen) {
		t.Errorf("when given: %v", got)
	}
}

func TestLoadServer(t *testing.T) {
	dir := t.TempDir()
	if s, err := config.LoadServer(dir); err != nil || !cmp.Equal(s, config.DefaultServer()) {
		t.Errorf("without a file: %+v, %v, want the defaults", s, err)
	}
	path := filepath.Join(dir, config.ServerFileName)
	if err := os.WriteFile(path, []byte("acme_ca_file = 'authority.pem'"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := config.LoadServer(dir)
	if err != nil {
		t.Fatal(err)
	}
	some := httptest.NewTLSServer(nil)
	defer some.Close()
	good := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: some.Certificate().Raw})
	for _, test := range []struct {
		name    string
		text    []byte
		refused string
	}{{"missing", nil, "no such file"}, {"no certificate", []byte("x"), "there is none in it"}, {"good", good, ""}} {
		if test.text != nil {
			if err := os.WriteFile(filepath.Join(dir, "authority.pem"), test.text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		b, err := s.CACertificates(dir)
		if test.refused == "" && (err != nil || !bytes.Equal(b, good)) {
			t.Errorf("%s: %q, %v", test.name, b, err)
		}
		if test.refused != "" && (!errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), path+": acme_ca_file = ") || !strings.Contains(err.Error(), test.refused)) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func FuzzParseServer(f *testing.F) {
	f.Add(config.ServerExample())
	f.Add("listen = [[1], 'x', {}]\ntrusted_proxies = ['::/0', '0.0.0.0/33']\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := config.ParseServer(text)
		if err == nil && s.Validate() != nil {
			t.Errorf("ParseServer accepts what Validate refuses: %v", s.Validate())
		}
	})
}
