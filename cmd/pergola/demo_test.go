package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation"
)

// readyWithin is how long a first start may take on a machine that does other
// things as well; the race detector, which short tests run under, multiplies it.
func readyWithin() time.Duration {
	if testing.Short() {
		return 3 * time.Minute
	}
	return 30 * time.Second
}

// A demoRun is `pergola demo` with real sockets, in this process.
type demoRun struct {
	t    *testing.T
	port int
	out  screen
	stop context.CancelFunc
	done chan error
}

// A screen keeps what is printed.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	printed chan struct{} // has a value when there is something new
}

// Write implements [io.Writer].
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.printed <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// startDemo starts the command and waits until it has printed a text.
func startDemo(t *testing.T, dir string, port int, until string) *demoRun {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	d := &demoRun{t: t, port: port, out: screen{printed: make(chan struct{}, 1)}, stop: stop, done: make(chan error, 1)}
	go func() {
		d.done <- run(ctx, []string{"demo", "--dir", dir, "--port", strconv.Itoa(port)}, strings.NewReader(""), &d.out, &d.out)
	}()
	t.Cleanup(d.end)
	late := time.After(readyWithin())
	for !strings.Contains(d.out.String(), until) {
		select {
		case <-d.out.printed:
		case err := <-d.done:
			d.done <- err
			t.Fatalf("the demo ends before it prints %q: %v\n%s", until, err, &d.out)
		case <-late:
			t.Fatalf("the demo does not print %q within %s:\n%s", until, readyWithin(), &d.out)
		}
	}
	return d
}

// end ends the demo as Ctrl-C does, and looks at how it ended; a second time it
// does nothing.
func (d *demoRun) end() {
	d.t.Helper()
	if d.stop == nil {
		return
	}
	d.stop()
	d.stop = nil
	if err := <-d.done; err != nil {
		d.t.Errorf("the demo ends with %v", err)
	}
	if said := d.out.String(); !strings.HasSuffix(said, "Ended.\n") || strings.Contains(said, "level=ERROR") {
		d.t.Errorf("the demo does not end cleanly:\n%s", said)
	}
}

// address is an address at a node, or at the desk when it is named "".
func (d *demoRun) address(name, path string) string {
	if name != "" {
		name += "."
	}
	return fmt.Sprintf("http://%slocalhost:%d%s", name, d.port, path)
}

// get asks as a program of the fediverse does.
func (d *demoRun) get(address, accept string) []byte {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), "GET", address, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	client := federation.NewClient(federation.ClientOptions{AllowLoopback: true})
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		d.t.Fatalf("GET %s: status %d, %v: %s", address, answer.StatusCode, err, body)
	}
	return body
}

func (d *demoRun) document(address string, into any) {
	d.t.Helper()
	body := d.get(address, "application/activity+json")
	if err := json.Unmarshal(body, into); err != nil {
		d.t.Fatalf("%s: %v: %s", address, err, body)
	}
}

// walk goes from a handle over WebFinger, actor and outbox to each object, and
// returns the objects' ids.
func (d *demoRun) walk(name string) (ids []string) {
	d.t.Helper()
	var found struct {
		Links []struct{ Rel, Type, Href string }
	}
	handle := fmt.Sprintf("acct:%s@%s.localhost:%d", name, name, d.port)
	if err := json.Unmarshal(d.get(d.address(name, "/.well-known/webfinger?resource="+handle), "application/jrd+json"), &found); err != nil {
		d.t.Fatal(err)
	}
	self := slices.IndexFunc(found.Links, func(l struct{ Rel, Type, Href string }) bool { return l.Rel == "self" })
	if self < 0 {
		d.t.Fatalf("WebFinger knows no actor: %v", found.Links)
	}
	var actor struct{ ID, Type, Outbox string }
	d.document(found.Links[self].Href, &actor)
	if actor.ID != d.address(name, "/a/"+name) || actor.Type != "Organization" {
		d.t.Fatalf("the actor is %+v", actor)
	}
	var outbox struct {
		First      string
		TotalItems int
	}
	d.document(actor.Outbox, &outbox)
	var page struct {
		OrderedItems []struct{ Type, Object json.RawMessage }
	}
	d.document(outbox.First, &page)
	for _, activity := range page.OrderedItems {
		var object struct{ ID string }
		if string(activity.Type) == `"Create"` && json.Unmarshal(activity.Object, &object) == nil {
			ids = append(ids, object.ID)
		}
	}
	if len(ids) == 0 || len(ids) > outbox.TotalItems {
		d.t.Fatalf("%d objects in an outbox of %d", len(ids), outbox.TotalItems)
	}
	for _, id := range ids {
		var object struct{ ID, AttributedTo, Content string }
		d.document(id, &object)
		if object.ID != id || object.AttributedTo != actor.ID || object.Content == "" {
			d.t.Errorf("the object %s is %+v", id, object)
		}
	}
	return ids
}

// A first start gets ready, everything can be reached from a handle, and a
// second start goes on with the same data.
func TestDemoStartsAndGoesOn(t *testing.T) {
	dir, began := filepath.Join(t.TempDir(), "demo"), time.Now()
	d := startDemo(t, dir, freePort(t), "Ready after")
	t.Logf("ready %.1f s after a first start", time.Since(began).Seconds())
	if page := string(d.get(d.address("", "/"), "text/html")); !strings.Contains(page, "Things to try") || !strings.Contains(page, "RFC 9421, Ed25519") {
		t.Errorf("the desk shows\n%s", page)
	}
	if page := string(d.get(d.address("szovetseg", "/hu/"), "text/html")); !strings.Contains(page, "Ízlánc") {
		t.Errorf("the association shows\n%s", page)
	}
	ids := d.walk("izlanc")
	feed := d.get(d.address("szovetseg", "/hu/feed.json"), "application/feed+json")
	d.end()

	began = time.Now()
	d = startDemo(t, dir, d.port, "Ready after")
	t.Logf("ready %.1f s after a second start", time.Since(began).Seconds())
	if strings.Contains(d.out.String(), "Published") {
		t.Errorf("a second start publishes again:\n%s", &d.out)
	}
	if again := d.walk("izlanc"); !slices.Equal(again, ids) {
		t.Errorf("after a second start the objects are %q, not %q", again, ids)
	}
	if again := d.get(d.address("szovetseg", "/hu/feed.json"), "application/feed+json"); !bytes.Equal(again, feed) {
		t.Errorf("after a second start the feed is\n%s\nnot\n%s", again, feed)
	}
	refuses(t, "is in use", "--dir", dir, "--port", strconv.Itoa(d.port))
	refuses(t, "is in use", "--dir", dir, "--port", strconv.Itoa(d.port), "--fresh")
	d.walk("izlanc") // a refused start took nothing from it
	d.end()
	refuses(t, "--fresh", "--dir", dir, "--port", strconv.Itoa(d.port+1))
}

// refuses starts a demo that must not start and says why in one line.
func refuses(t *testing.T, why string, args ...string) {
	t.Helper()
	// Nothing is awaited: a demo that starts all the same ends at once.
	ctx, stop := context.WithCancel(t.Context())
	stop()
	err := run(ctx, append([]string{"demo"}, args...), strings.NewReader(""), io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") {
		t.Errorf("demo %q: %v; want a line with %q", args, err, why)
	}
}

func TestDemoLeavesOtherFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	letter := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(letter, []byte("Dear Anna"), 0o600); err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(freePort(t))
	refuses(t, "not the folder of a demo", "--dir", dir, "--port", port, "--fresh")
	refuses(t, "not the folder of a demo", "--dir", dir, "--port", port)
	if !exists(letter) {
		t.Error("a file of somebody else is gone")
	}
	refuses(t, "65535", "--dir", filepath.Join(dir, "new"), "--port", "70000")
}

// A first start that was broken off leaves half the data, which the next one
// does not go on with.
func TestDemoBeginsAnewWhatWasBrokenOff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	d := startDemo(t, dir, freePort(t), "before anybody follows")
	d.end()
	if _, err := os.Stat(filepath.Join(dir, complete)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the first start was not broken off: %v", err)
	}
	d = startDemo(t, dir, d.port, "Ready after")
	var want int
	set, err := demoSet(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range set {
		if n.Organisation.Name == "izlanc" {
			want = len(n.Items)
		}
	}
	if got := len(d.walk("izlanc")); got != want {
		t.Errorf("there are %d objects, not %d", got, want)
	}
	d.end()
}
