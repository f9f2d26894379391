package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/config"
)

func TestOrders(t *testing.T) {
	a, b := config.Config{BaseURL: "https://a.example"}, config.Config{BaseURL: "https://b.example"}
	changed := a
	changed.DeliveryWorkers = 2
	bad := errors.New("bad")
	tests := map[string]struct {
		open  map[string]config.Config
		found []nodeDir
		shut  []string
		enter []string
		wrong []string
	}{
		"nothing":                      {},
		"as it is":                     {open: map[string]config.Config{"a": a}, found: []nodeDir{{dir: "a", config: a}}},
		"a new one":                    {open: map[string]config.Config{"a": a}, found: []nodeDir{{dir: "a", config: a}, {dir: "b", config: b}}, enter: []string{"b"}},
		"gone":                         {open: map[string]config.Config{"a": a}, shut: []string{"a"}},
		"stopped":                      {open: map[string]config.Config{"a": a}, found: []nodeDir{{dir: "a", config: a, stopped: true}}, shut: []string{"a"}},
		"stopped from the start":       {found: []nodeDir{{dir: "a", config: a, stopped: true}}},
		"changed":                      {open: map[string]config.Config{"a": a}, found: []nodeDir{{dir: "a", config: changed}}, shut: []string{"a"}, enter: []string{"a"}},
		"become wrong":                 {open: map[string]config.Config{"a": a}, found: []nodeDir{{dir: "a", err: bad}}, wrong: []string{"a"}},
		"wrong":                        {found: []nodeDir{{dir: "a", err: bad}, {dir: "b", config: b}}, enter: []string{"b"}, wrong: []string{"a"}},
		"renamed":                      {open: map[string]config.Config{"a": a}, found: []nodeDir{{dir: "c", config: a}}, shut: []string{"a"}, enter: []string{"c"}},
		"twice":                        {found: []nodeDir{{dir: "a", config: a}, {dir: "c", config: a}}, enter: []string{"a"}, wrong: []string{"c"}},
		"the host of one that is open": {open: map[string]config.Config{"c": a}, found: []nodeDir{{dir: "a", config: a}, {dir: "c", config: a}}, wrong: []string{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shut, enter, wrong := orders(test.open, test.found)
			var entering, complaints []string
			for _, n := range enter {
				entering = append(entering, n.dir)
			}
			for _, n := range test.found {
				if wrong[n.dir] != nil {
					complaints = append(complaints, n.dir)
				}
			}
			if diff := cmp.Diff([][]string{test.shut, test.enter, test.wrong}, [][]string{shut, entering, complaints}); diff != "" {
				t.Errorf("what is shut, opened, wrong (-want +got):\n%s", diff)
			}
		})
	}
}

// A written is a log that a test reads while it is written.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// A served is a folder of nodes that is being served in this process.
type served struct {
	t       *testing.T
	dir     string
	address string
	log     *written
	client  *http.Client
	stop    func() error
}

// makeServed chooses where nodes are to be served. It makes none.
func makeServed(t *testing.T) *served {
	address := freeAddress(t)
	return &served{t: t, dir: t.TempDir(), address: address, log: &written{}, client: loopbackClient(address)}
}

func (s *served) url(name string) string {
	return "http://" + name + ".localhost:" + s.address[strings.LastIndex(s.address, ":")+1:]
}

// make makes a node in a folder.
func (s *served) make(folder, name string, more ...string) {
	s.t.Helper()
	args := []string{"init", filepath.Join(s.dir, folder), "--name", name, "--base-url", s.url(name), "--title", "Klaszter", "--allow-loopback", "--password-stdin"}
	if out, err := invoke(s.t, "office password\n", append(args, more...)...); err != nil {
		s.t.Fatal(err, out)
	}
}

// begin serves until the test ends.
func (s *served) begin() *served {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve", s.dir, "--listen", s.address}, strings.NewReader(""), io.Discard, s.log)
	}()
	s.stop = sync.OnceValue(func() error { cancel(); return <-done })
	s.t.Cleanup(func() {
		if err := s.stop(); err != nil {
			s.t.Errorf("serving: %v\n%s", err, s.log)
		}
	})
	return s
}

// status is that of a node's front page, 0 when nobody answers.
func (s *served) status(name string) int {
	answer, err := s.client.Get(s.url(name) + "/hu/")
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// await waits until a node answers with a status.
func (s *served) await(name string, status int) {
	s.t.Helper()
	got := -1
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = s.status(name); got == status {
			return
		}
	}
	s.t.Fatalf("%s answers %d, want %d\n%s", name, got, status, s.log)
}

// awaitLog waits until something is in the log, and tells how often.
func (s *served) awaitLog(text string) int {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if n := strings.Count(s.log.String(), text); n > 0 {
			return n
		}
	}
	s.t.Fatalf("nothing says %q:\n%s", text, s.log)
	return 0
}

func (s *served) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) rename(from, to string) {
	s.t.Helper()
	s.must(os.Rename(filepath.Join(s.dir, from), filepath.Join(s.dir, to)))
}

// Nodes move in, stop, go on, move to another folder and move out while the
// others are served.
func TestNodesComeAndGo(t *testing.T) {
	t.Parallel()
	s := makeServed(t)
	s.make("anna", "anna")
	s.begin()
	s.await("anna", 200)
	s.await("bela", 421)

	// One is put together aside and comes in whole; beside it a wrong one.
	s.make(".new", "bela")
	s.must(os.Mkdir(filepath.Join(s.dir, "wrong"), 0o700))
	s.must(os.WriteFile(filepath.Join(s.dir, "wrong", config.FileName), []byte("base_url = 7\n"), 0o600))
	s.rename(".new", "bela")
	s.await("bela", 200)
	s.awaitLog("base_url = 7")

	// A file stops it, and without that it goes on, in another folder.
	stopped := filepath.Join(s.dir, "bela", stopFile)
	s.must(os.WriteFile(stopped, nil, 0o600))
	s.await("bela", 421)
	s.rename("bela", "berta")
	s.must(os.Remove(filepath.Join(s.dir, "berta", stopFile)))
	s.await("bela", 200)
	s.rename("berta", "bella")
	s.await("bela", 200)
	s.awaitLog("path=" + filepath.Join(s.dir, "bella"))

	// A changed configuration is used, a wrong one changes nothing.
	path := filepath.Join(s.dir, "bella", config.FileName)
	good, err := os.ReadFile(path)
	s.must(err)
	s.must(os.WriteFile(path, append(good, "delivery_workers = 0\n"...), 0o600))
	s.awaitLog("delivery_workers = 0")
	s.await("bela", 200)
	s.must(os.WriteFile(path, append(good, "delivery_workers = 3\nlog_level = \"debug\"\n"...), 0o600))
	s.awaitLog("level=DEBUG")
	s.await("bela", 200)

	s.rename("bella", ".bella")
	s.await("bela", 421)
	s.await("anna", 200)
	if n := s.awaitLog("base_url = 7"); n != 1 {
		t.Errorf("what is wrong is said %d times:\n%s", n, s.log)
	}
	if strings.Contains(s.log.String(), "trouble") {
		t.Errorf("a node that moves is in trouble:\n%s", s.log)
	}
	out := ""
	for end := time.Now().Add(patience); !strings.Contains(out, "is well"); time.Sleep(20 * time.Millisecond) {
		out, err = invoke(t, "", "check", filepath.Join(s.dir, ".bella"))
		if err != nil || time.Now().After(end) {
			t.Fatalf("the node that has moved out: %v\n%s", err, out)
		}
	}
}

// The file of a node's database goes away, and comes back. The other node is
// well, and requests are told the truth.
func TestDatabaseFileIsLost(t *testing.T) {
	t.Parallel()
	s := makeServed(t)
	s.make("anna", "anna")
	s.make("bela", "bela")
	s.begin()
	s.await("anna", 200)
	s.await("bela", 200)
	s.rename("bela/pergola.db", "bela/lost.db")
	s.await("bela", 503)
	s.awaitLog("moved or removed while it was in use")
	s.await("anna", 200)
	s.awaitLog("database file is missing")
	if exists(filepath.Join(s.dir, "bela", "pergola.db")) {
		t.Error("an empty database was made in place of the lost one")
	}
	s.rename("bela/lost.db", "bela/pergola.db")
	s.await("bela", 200)
}

// What can only be mended by hand ends the program at its start, in one
// sentence, with nothing half done.
func TestServeRefusesToStart(t *testing.T) {
	s := makeServed(t)
	s.make("anna", "anna")
	serve := func(want string, args ...string) {
		t.Helper()
		out, err := invoke(t, "", append([]string{"serve"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || out != "" {
			t.Errorf("serve %v: %v\n%s\nwant one sentence with %q", args, err, out, want)
		}
	}
	empty := t.TempDir()
	serve("no node in", empty, "--listen", s.address)
	s.begin()
	s.await("anna", 200)
	serve("is in use", s.dir, "--listen", s.address)
	other := freeAddress(t)
	serve("in use by another process", s.dir, "--listen", other)
	serve("in use by another process", filepath.Join(s.dir, "anna"), "--listen", other)
	s.must(s.stop())

	path := filepath.Join(s.dir, "anna", config.FileName)
	s.must(os.WriteFile(path, []byte("base_url = 7\n"), 0o600))
	serve("base_url = 7", s.dir, "--listen", other)
	s.must(os.WriteFile(path, []byte("base_url = \""+s.url("anna")+"\"\nallow_loopback = true\n"), 0o600))
	s.rename("anna/pergola.db", "anna/lost.db")
	serve("database file is missing", s.dir, "--listen", other)
}
