// Package fronttest runs an authority that issues certificates on this machine
// for tests: Pebble, the test server of Let's Encrypt, which Go builds from the
// module that .ci/tools.mod names.
//
// It finds every host at this machine, asks there for the answers to its
// challenges, and is a process that ends with the test. It knows nothing of who
// wants its certificates.
package fronttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// An Authority is one that was started, or will be.
type Authority struct {
	// Directory is its address.
	Directory string
	// CA is the certificate, in PEM, by which it is recognised itself.
	CA []byte

	t                   testing.TB
	binary, dir         string
	address, management string
	ports               [2]int // where it looks for http and https
	process             *exec.Cmd
}

// build makes the program, or finds it where it was made before.
func build() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	tools := filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), ".ci", "tools.mod")
	out, err := exec.Command("go", "tool", "-modfile="+tools, "-n", "pebble").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// New makes an authority that looks for all hosts at these ports of this
// machine, and whose certificates are good for that time. It is not started. The
// test is skipped where it cannot be had, unless PERGOLA_REQUIRE_PEBBLE says that
// it must.
func New(t testing.TB, httpPort, tlsPort int, validity time.Duration) *Authority {
	t.Helper()
	binary, err := build()
	if err != nil {
		if os.Getenv("PERGOLA_REQUIRE_PEBBLE") != "" {
			t.Fatal(err)
		}
		t.Skip("pebble, an authority for tests, cannot be built here: ", err)
	}
	a := &Authority{t: t, binary: binary, dir: t.TempDir(), address: FreeAddress(t), management: FreeAddress(t), ports: [2]int{httpPort, tlsPort}}
	a.CA, a.Directory = a.certify(), "https://"+a.address+"/dir"
	a.IssueFor(validity)
	return a
}

// IssueFor says how long a certificate is good, from the next start on.
func (a *Authority) IssueFor(validity time.Duration) {
	a.t.Helper()
	settings, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": a.address, "managementListenAddress": a.management,
		"certificate": filepath.Join(a.dir, "cert.pem"), "privateKey": filepath.Join(a.dir, "key.pem"),
		"httpPort": a.ports[0], "tlsPort": a.ports[1], "keyAlgorithm": "ecdsa",
		"retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles":   map[string]any{"default": map[string]any{"description": "x", "validityPeriod": int(validity.Seconds())}},
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.dir, "pebble.json"), settings, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// certify gives the authority a key and a certificate for its own address.
func (a *Authority) certify() []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, b := range map[string][]byte{"cert.pem": certificate, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(a.dir, name), b, 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return certificate
}

// Start starts it, and returns when it answers.
func (a *Authority) Start() {
	a.t.Helper()
	a.process = exec.Command(a.binary, "-config", filepath.Join(a.dir, "pebble.json"), "-dnsserver", nameServer(a.t))
	a.process.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	if err := a.process.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(a.End)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		answer, err := a.client().Get(a.Directory)
		if err == nil {
			answer.Body.Close()
			return
		}
		if time.Now().After(end) {
			a.t.Fatalf("waiting for the authority: %v", err)
		}
	}
}

// End ends it. It can be started again, and has forgotten everything.
func (a *Authority) End() {
	_ = a.process.Process.Kill()
	_ = a.process.Wait()
}

func (a *Authority) client() *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA)
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

// Roots are those of the certificates that it issues until it ends.
func (a *Authority) Roots() *x509.CertPool {
	a.t.Helper()
	answer, err := a.client().Get("https://" + a.management + "/roots/0")
	if err != nil {
		a.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		a.t.Fatalf("the root of the authority: %q, %v", b, err)
	}
	return pool
}

// nameServer answers that every name is that of this machine, over TCP.
func nameServer(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		defer func() { _ = recover() }()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = recover() }()
				defer conn.Close()
				for answerName(conn) == nil {
				}
			}()
		}
	}()
	return l.Addr().String()
}

func answerName(conn net.Conn) error {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return err
	}
	b := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, b); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		return err
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			})
		}
	}
	b, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
	return err
}

// FreeAddress is an address of this machine on which nobody listens just now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
