package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/config"
	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

// A fedify is a server of somebody else, made of Fedify: another process, with
// one account, that is told what to do and says what it understood.
type fedify struct {
	t       *testing.T
	base    string
	stdin   io.Writer
	lines   chan saying
	arrived []saying // and not asked for yet
}

// A saying is what a fedify says: where it listens, what a command did, or what
// arrived.
type saying struct {
	Listening                string
	Did, Failed              string
	Arrived, Actor, ObjectID string
	Object                   *understood
	understood               // by a command
}

// An understood is what Fedify's JSON-LD makes of an object.
type understood struct {
	Type, ID, Owner, Of          string
	Name, Summary, Content       map[string]string
	URL, Published, Updated      string
	StartTime, EndTime, Username string
}

// startFedify starts one that takes and first makes signatures of a dialect,
// "cavage" or "rfc9421". It skips the test where there is no Node and nobody
// requires one.
func startFedify(t *testing.T, c tls.Certificate, dialect string) *fedify {
	t.Helper()
	dir, err := installFedify(t)
	if err != nil {
		if os.Getenv("PERGOLA_REQUIRE_FEDIFY") == "1" {
			t.Fatal("PERGOLA_REQUIRE_FEDIFY is set, and there is no Fedify: ", err)
		}
		t.Skip("Fedify is not spoken to: ", err)
	}
	program, err := os.ReadFile(filepath.Join("testdata", "fedify", "server.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	certificate, key := pemFiles(t, c)
	// As text, because its modules are looked for beside where it is.
	cmd := exec.Command(filepath.Join(dir, "node_modules", ".bin", "node"), "--input-type=module", "--eval", string(program))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+certificate, "CERTIFICATE="+certificate, "PRIVATE_KEY="+key, "DIALECT="+dialect)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f := &fedify{t: t, stdin: stdin, lines: make(chan saying, 100)}
	go func() {
		defer close(f.lines)
		for scan := bufio.NewScanner(stdout); scan.Scan(); {
			var s saying
			if err := json.Unmarshal(scan.Bytes(), &s); err != nil {
				s.Failed = fmt.Sprintf("%v: %s", err, scan.Bytes())
			}
			f.lines <- s
		}
	}()
	t.Cleanup(func() {
		stdin.Close() // which ends it
		for range f.lines {
		}
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("Fedify ends with %v: %s", err, complaints.Bytes())
		}
	})
	f.base = f.next().Listening
	return f
}

// installFedify puts Fedify and the Node that it needs into the user's cache,
// unless they are there, and returns the folder.
func installFedify(t *testing.T) (string, error) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	files := map[string][]byte{}
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		if files[name], err = os.ReadFile(filepath.Join("testdata", "fedify", name)); err != nil {
			t.Fatal(err)
		}
		sum.Write(files[name])
	}
	dir := filepath.Join(cache, fmt.Sprintf("pergola-fedify-%x", sum.Sum(nil)[:8]))
	if exists(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(cache, "pergola-fedify-new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(made, name), content, 0o600); err != nil {
			return "", err
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--prefer-offline")
	npm.Dir = made
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	if !exists(filepath.Join(made, "node_modules", ".bin", "node")) {
		return "", fmt.Errorf("npm ci has brought no Node")
	}
	if err := os.Rename(made, dir); err != nil && !exists(dir) { // another test may have been faster
		return "", err
	}
	return dir, nil
}

// next is the next thing that it says.
func (f *fedify) next() saying {
	f.t.Helper()
	select {
	case s, ok := <-f.lines:
		if !ok {
			f.t.Fatal("Fedify has ended")
		}
		if s.Failed != "" {
			f.t.Fatalf("%s: %s", s.Did, s.Failed)
		}
		return s
	case <-time.After(patience):
		f.t.Fatal("Fedify says nothing")
	}
	panic("not reached")
}

// tell has it do something, and returns what came of it. What is given are
// names and values in turn.
func (f *fedify) tell(command string, given ...string) saying {
	f.t.Helper()
	message := map[string]string{"command": command}
	for i := 0; i < len(given); i += 2 {
		message[given[i]] = given[i+1]
	}
	if err := json.NewEncoder(f.stdin).Encode(message); err != nil {
		f.t.Fatal(err)
	}
	for {
		s := f.next()
		if s.Did != "" {
			return s
		}
		f.arrived = append(f.arrived, s)
	}
}

// got waits for the next activity of a type.
func (f *fedify) got(typ string) saying {
	f.t.Helper()
	for i, s := range f.arrived {
		if s.Arrived == typ {
			f.arrived = append(f.arrived[:i:i], f.arrived[i+1:]...)
			return s
		}
	}
	for {
		s := f.next()
		if s.Arrived == typ {
			return s
		}
		f.arrived = append(f.arrived, s)
	}
}

// pemFiles writes a certificate and its key as other programs read them.
func pemFiles(t *testing.T, c tls.Certificate) (certificate, key string) {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		key:         {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// A loopback is a network of nodes that are served over TLS on this machine, so
// that other processes can reach them.
type loopback struct {
	*network
	certificate tls.Certificate
	roots       *x509.CertPool
	mu          sync.Mutex
	posts       []wireRequest // what was posted to the nodes
}

func newLoopback(t *testing.T) *loopback {
	certificate, roots := authority(t)
	return &loopback{network: &network{t: t, nodes: map[string]*node{}}, certificate: certificate, roots: roots}
}

// found makes a node and serves it at a port of localhost.
func (net *loopback) found(name string, kind hub.Kind) *node {
	net.t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{net.certificate}}
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	c := config.Default()
	c.BaseURL = "https://localhost:" + port
	nc := newcomer{Dir: net.t.TempDir(), Config: c, User: "office", Password: "office password", Organisation: hub.Organisation{
		Name: name, Kind: kind, BoostAll: kind == hub.Association,
		Title: vocab.Text{{Lang: "hu", Value: strings.ToUpper(name[:1]) + name[1:]}}, Languages: []string{"hu", "en"}, Zone: "Europe/Budapest"}}
	if err := nc.settle(net.t.Context(), quiet()); err != nil {
		net.t.Fatal(err)
	}
	client := federation.NewClient(federation.ClientOptions{AllowLoopback: true, RootCAs: net.roots})
	n, err := newNode(net.t.Context(), nodeConfig{Config: c, Dir: nc.Dir, Client: client, Log: quiet()})
	if err != nil {
		net.t.Fatal(err)
	}
	host := name + ".example" // as the network knows it
	net.nodes[host], net.order = n, append(net.order, host)
	server.Config.Handler = net.noting(n.handler)
	server.StartTLS()
	net.t.Cleanup(func() {
		server.Close()
		if err := n.close(); err != nil {
			net.t.Error(err)
		}
	})
	return n
}

// noting notes what is posted.
func (net *loopback) noting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answered{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		if r.Method == http.MethodPost {
			net.mu.Lock()
			defer net.mu.Unlock()
			net.posts = append(net.posts, wireRequest{To: r.Host, Method: r.Method, Path: r.URL.Path, Scheme: schemeOf(r.Header), Status: answer.status})
		}
	})
}

// An answered response knows its status.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// under counts the posts under a dialect that were answered 202, and finds one
// that was not.
func (net *loopback) under(scheme string) (taken int, refused *wireRequest) {
	net.mu.Lock()
	defer net.mu.Unlock()
	for _, p := range net.posts {
		switch {
		case p.Status != http.StatusAccepted:
			refused = &p
		case p.Scheme == scheme:
			taken++
		}
	}
	return taken, refused
}
