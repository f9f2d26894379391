package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pergola/config"
	"pergola/federation"
)

// A clinic is a node photonics.example behind real sockets of this machine: the
// ports 443 and 80 of its name are those of two servers, and its certificate is
// of an authority of its own.
type clinic struct {
	t           *testing.T
	dir         string
	node        *node
	front       http.Handler // answers https
	plain       http.Handler // answers http
	roots       *x509.CertPool
	https, http *httptest.Server
	found       []netip.Addr
}

func newClinic(t *testing.T, names []string, end time.Time) *clinic {
	t.Helper()
	c := &clinic{t: t, dir: filepath.Join(t.TempDir(), "photonics"), found: []netip.Addr{netip.MustParseAddr("203.0.113.7")}}
	if out, err := invoke(t, "", "init", c.dir, "--base-url", "https://photonics.example", "--title", "Fotonika"); err != nil {
		t.Fatal(err, out)
	}
	loaded, err := config.Load(filepath.Join(c.dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if c.node, err = newNode(t.Context(), nodeConfig{Config: loaded, Dir: c.dir, Log: quiet()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.node.close() })
	c.front = c.node.handler
	c.plain = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://photonics.example"+r.URL.Path, http.StatusPermanentRedirect)
	})
	var pair tls.Certificate
	pair, c.roots = certificate(t, names, end)
	c.https = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.front.ServeHTTP(w, r) }))
	c.https.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	c.https.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	c.https.StartTLS()
	c.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.plain.ServeHTTP(w, r) }))
	t.Cleanup(c.https.Close)
	t.Cleanup(c.http.Close)
	return c
}

// certificate makes one for names, and the authority that issued it.
func certificate(t *testing.T, names []string, end time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: names, NotBefore: time.Now().AddDate(0, -3, 0), NotAfter: end}
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(root)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parsed, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// dial leads the node's name to the servers, and nowhere else.
func (c *clinic) dial(ctx context.Context, network, address string) (net.Conn, error) {
	servers := map[string]*httptest.Server{"photonics.example:443": c.https, "photonics.example:80": c.http}
	s := servers[address]
	if s == nil {
		return nil, errors.New("connection refused")
	}
	return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
}

// look runs the command as it is typed, and returns the findings by name.
func (c *clinic) look(args ...string) (map[string]finding, error) {
	c.t.Helper()
	var out bytes.Buffer
	cmd := doctorCommand{Dir: c.dir, JSON: true, Language: "en"}
	err := cmd.run(c.t.Context(), &terminal{out: &out, err: &out}, doctor{
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return c.found, nil },
		Dial:    c.dial,
		Own:     func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("203.0.113.7")} },
		Probe:   federation.NewProbe(federation.ClientOptions{RootCAs: c.roots}, c.dial),
	})
	var d struct {
		Severity string
		Nodes    []nodeReport
	}
	if json.Unmarshal(out.Bytes(), &d) != nil || len(d.Nodes) != 1 {
		c.t.Fatalf("%v: %s", err, out.String())
	}
	found := map[string]finding{}
	for _, f := range d.Nodes[0].Checks {
		found[f.Name] = f
		if f.Severity == "failed" && (f.Title == f.Name || f.What == f.Verdict) {
			c.t.Errorf("%s %s has no words", f.Name, f.Verdict)
		}
	}
	return found, err
}

// A served node over TLS: all is well, and each thing that goes wrong in front
// of it is told.
func TestPergolaDoctor(t *testing.T) {
	soon, later := time.Now().AddDate(0, 0, 5), time.Now().AddDate(0, 2, 0)
	expect := func(t *testing.T, c *clinic, fails bool, want map[string]string) {
		t.Helper()
		found, err := c.look()
		for name, verdict := range want {
			if got := string(found[name].Severity) + " " + found[name].Verdict; got != verdict {
				t.Errorf("%s: %s, want %s: %s", name, got, verdict, found[name].What)
			}
		}
		if (err != nil) != fails {
			t.Errorf("error %v", err)
		}
	}
	c := newClinic(t, []string{"photonics.example"}, later)
	// It is served meanwhile: the file is locked.
	expect(t, c, false, map[string]string{
		"database": "ok good", "disk": "ok good", "deliveries": "ok good", "jobs": "warning never", "digests": "ok none",
		"dns": "ok good", "https_port": "ok good", "http_port": "ok good", "certificate": "ok good", "address": "ok good",
		"redirect": "ok good", "webfinger": "ok good", "actor": "ok good", "keys": "ok good", "nodeinfo": "ok good",
		"signature_cavage": "ok good", "signature_rfc9421": "ok good", "signature_ed25519": "ok good", "clock": "ok unknown",
	})

	c.plain = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://www.photonics.example/", http.StatusMovedPermanently)
	})
	c.found = []netip.Addr{netip.MustParseAddr("198.51.100.1")}
	expect(t, c, false, map[string]string{"redirect": "warning elsewhere", "dns": "warning elsewhere", "actor": "ok good"})
	c.plain = http.NotFoundHandler()
	c.found = nil
	expect(t, c, true, map[string]string{"redirect": "warning none", "dns": "failed none"})

	// A proxy that changes what is posted, and one that is alone.
	c.found = []netip.Addr{netip.MustParseAddr("203.0.113.7")}
	c.front = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "127.0.0.1"
		c.node.handler.ServeHTTP(w, r)
	})
	expect(t, c, true, map[string]string{"signature_cavage": "failed refused", "signature_ed25519": "failed refused", "webfinger": "ok good"})
	c.front = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	expect(t, c, true, map[string]string{"address": "failed missing"})

	// Another node answers under the name, with keys of its own.
	other := newClinic(t, []string{"photonics.example"}, soon)
	c.front = other.node.handler
	expect(t, c, true, map[string]string{"keys": "failed differ", "signature_cavage": "failed refused", "actor": "ok good"})
	expect(t, other, false, map[string]string{"certificate": "warning soon", "keys": "ok good"})

	c.https.Close()
	expect(t, c, true, map[string]string{"https_port": "failed closed", "address": "failed unreachable"})

	for verdict, c := range map[string]*clinic{
		"failed expired": newClinic(t, []string{"photonics.example"}, time.Now().AddDate(0, 0, -1)),
		"failed name":    newClinic(t, []string{"other.example"}, later),
	} {
		expect(t, c, true, map[string]string{"certificate": verdict, "https_port": "ok good"})
	}
	c = newClinic(t, []string{"photonics.example"}, later)
	c.roots = x509.NewCertPool()
	expect(t, c, true, map[string]string{"certificate": "failed authority"})
}

// What it prints is lines for people; what it finds in a folder that is no
// database is said, and nothing is written.
func TestPergolaDoctorWithoutDatabase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "photonics")
	if out, err := invoke(t, "", "init", dir, "--base-url", "https://photonics.invalid", "--title", "Fotonika"); err != nil {
		t.Fatal(err, out)
	}
	database := filepath.Join(dir, "pergola.db")
	if err := os.WriteFile(database, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := invoke(t, "", "doctor", dir)
	if err == nil || !strings.Contains(out, "FAILED") || !strings.Contains(out, "What to do:") || !strings.Contains(out, "Database: It cannot be read") {
		t.Errorf("%v: %s", err, out)
	}
	if err := os.Remove(database); err != nil {
		t.Fatal(err)
	}
	if out, err := invoke(t, "", "doctor", dir, "--language", "hu"); err == nil || !strings.Contains(out, "Adatbázis: Nem olvasható") {
		t.Errorf("%v: %s", err, out)
	}
	if exists(database) {
		t.Error("it made a database")
	}
}
