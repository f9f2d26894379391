package federation_test

import (
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pergola/federation"
)

func portOf(t *testing.T, server *httptest.Server) string {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func TestClientRefuses(t *testing.T) {
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	port := portOf(t, server)
	guarded := federation.NewClient(federation.ClientOptions{})
	demo := federation.NewClient(federation.ClientOptions{AllowLoopback: true})
	for _, test := range []struct {
		name   string
		client *http.Client
		url    string
	}{
		{"plain http", guarded, "http://node.example/"},
		{"http to loopback", guarded, server.URL},
		{"loopback", guarded, "https://127.0.0.1/"},
		{"loopback of IPv6", guarded, "https://[::1]/"},
		{"loopback mapped", guarded, "https://[::ffff:127.0.0.1]/"},
		{"unspecified", guarded, "https://0.0.0.0/"},
		{"metadata of a cloud", guarded, "https://169.254.169.254/latest"},
		{"private", guarded, "https://10.0.0.1/"},
		{"private of IPv6", guarded, "https://[fd00::1]/"},
		{"shared", guarded, "https://100.64.0.1/"},
		{"name of loopback", guarded, "https://localhost/"},
		{"other port", guarded, "https://node.example:8443/"},
		{"user", guarded, "https://user:pass@node.example/"},
		{"file", guarded, "file:///etc/passwd"},
		{"http elsewhere", demo, "http://node.example/"},
		{"private, loopback allowed", demo, "https://10.0.0.1/"},
		{"metadata, loopback allowed", demo, "http://169.254.169.254/"},
		{"port, loopback allowed", demo, "https://node.example:" + port + "/"},
		{"user, loopback allowed", demo, "http://user@localhost:" + port + "/"},
		{"looks like loopback", demo, "http://localhost.example:" + port + "/"},
		{"looks like loopback too", demo, "http://notlocalhost:" + port + "/"},
	} {
		resp, err := test.client.Get(test.url)
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s: %s was reached", test.name, test.url)
			continue
		}
		if !strings.Contains(err.Error(), "not permitted") && !strings.Contains(err.Error(), "prohibited") &&
			!strings.Contains(err.Error(), "unsupported protocol") {
			t.Errorf("%s: refused, but for %v", test.name, err)
		}
	}
	if reached {
		t.Error("the server was asked")
	}
}

func TestClientAllowsLoopback(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Host)
	}))
	defer server.Close()
	client := federation.NewClient(federation.ClientOptions{AllowLoopback: true})
	for _, name := range []string{"127.0.0.1", "localhost", "alice.localhost", "A.B.LocalHost"} {
		host := net.JoinHostPort(name, portOf(t, server))
		resp, err := client.Get("http://" + host + "/")
		if err != nil {
			t.Error(err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.EqualFold(string(body), host) {
			t.Errorf("asked %s for %q", host, body)
		}
	}
}

func TestClientTLSOnLoopback(t *testing.T) {
	var resumed []bool
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		resumed = append(resumed, r.TLS.DidResume)
	}))
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	client := federation.NewClient(federation.ClientOptions{AllowLoopback: true, RootCAs: pool})
	for range 2 {
		resp, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		client.CloseIdleConnections()
	}
	if len(resumed) != 2 || resumed[0] || !resumed[1] {
		t.Errorf("resumed: %v", resumed)
	}
}

func TestClientRedirects(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/private":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/once":
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	defer server.Close()
	client := federation.NewClient(federation.ClientOptions{AllowLoopback: true})
	for path, ok := range map[string]bool{"/private": false, "/loop": false, "/once": true} {
		resp, err := client.Get(server.URL + path)
		if (err == nil) != ok {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
}
