package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pergola/config"
	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

// A house of an association and its clusters on a small machine.
const (
	houseClusters  = 40
	houseFollowers = 2000
	houseFloor     = 256 // MiB
)

// program builds pergola and returns where it is.
func program(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pergola")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return binary
}

// BenchmarkHouse serves an association with 2,000 followers, each at a host of
// its own, and the forty clusters that it follows, in one process on one core.
// It reports what the process keeps of the machine's memory once it is served,
// after a first look at each node, when ten clusters have published and the
// association has passed that on, and the most that it ever had.
func BenchmarkHouse(b *testing.B) {
	binary := program(b)
	for b.Loop() {
		s := newSettlement(b)
		s.settle(houseClusters, "", s.follow)
		cmd := exec.Command(binary, "serve", s.dir, "--listen", s.address)
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOMEMLIMIT=128MiB") // as on a machine with 256
		cmd.Stderr = b.Output()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		s.use(b, cmd.Process.Pid)
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(houseFloor, "floor-MiB")
	b.ReportMetric(0, "ns/op")
}

// A settlement is a folder with the nodes of an association and its clusters,
// and the hosts of its followers.
type settlement struct {
	b        testing.TB
	dir      string
	address  string
	arrived  atomic.Int64
	follower string // port of the followers' hosts
}

func newSettlement(b testing.TB) *settlement {
	s := &settlement{b: b, dir: b.TempDir(), address: freeAddress(b)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, s.follower, _ = net.SplitHostPort(l.Addr().String())
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
		s.arrived.Add(1)
	})}
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(l) })
	b.Cleanup(func() { server.Close(); wg.Wait() })
	return s
}

func (s *settlement) base(name string) string {
	return "http://" + name + ".localhost:" + s.address[strings.LastIndex(s.address, ":")+1:]
}

func clusterName(i int) string { return fmt.Sprintf("c%02d", i) }

// settle makes the nodes, the association's in a database that may be on a
// server, lets the association follow the clusters, and has somebody follow it.
func (s *settlement) settle(clusters int, database string, follow func(assoc *node)) {
	s.b.Helper()
	ctx, stop := context.WithCancel(s.b.Context())
	h, err := newHouse(quiet())
	if err != nil {
		s.b.Fatal(err)
	}
	rooms := map[string]*room{}
	for i := range clusters + 1 {
		name, kind := clusterName(i), hub.Cluster
		if i == 0 {
			name, kind = "assoc", hub.Association
		}
		c := config.Default()
		c.BaseURL, c.AllowLoopback, c.LogLevel = s.base(name), true, "warn"
		if i == 0 && strings.Contains(database, "://") {
			c.Database = database
		}
		nc := newcomer{Dir: filepath.Join(s.dir, name), Config: c, User: "office", Password: "office password", Organisation: hub.Organisation{
			Name: name, Kind: kind, Title: vocab.Text{{Lang: "hu", Value: name}}, Languages: []string{"hu", "en"}, Zone: "Europe/Budapest", BoostAll: i == 0}}
		if err := nc.settle(ctx, quiet()); err != nil {
			s.b.Fatal(err)
		}
		r, err := h.add(nodeConfig{Config: c, Dir: nc.Dir, Log: quiet()})
		if err == nil {
			err = r.open(ctx)
		}
		if err != nil {
			s.b.Fatal(err)
		}
		rooms[name] = r
	}
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.b.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := h.serve(ctx, l); err != nil {
			s.b.Error(err)
		}
	})
	assoc := rooms["assoc"].now()
	for i := 1; i <= clusters; i++ {
		if _, err := assoc.hub.Follow(ctx, hub.Program("test"), "@"+clusterName(i)+"@"+hostName(s.base(clusterName(i)))); err != nil {
			s.b.Fatal(err)
		}
	}
	for n := 0; n < clusters; time.Sleep(50 * time.Millisecond) {
		all, err := assoc.hub.Followed(ctx, "hu")
		if err != nil {
			s.b.Fatal(err)
		}
		n = 0
		for _, f := range all {
			if f.State == hub.Accepted {
				n++
			}
		}
	}
	follow(assoc)
	stop()
	wg.Wait()
	if err := h.close(); err != nil {
		s.b.Fatal(err)
	}
}

// follow makes the association's followers.
func (s *settlement) follow(n *node) {
	s.b.Helper()
	ctx := s.b.Context()
	err := n.db.Update(ctx, func(tx hub.Tx) error {
		for i := range houseFollowers {
			id := fmt.Sprintf("http://f%04d.localhost:%s/a/somebody", i, s.follower)
			err := tx.SaveFollower(ctx, hub.Follower{Local: "assoc", Actor: id, Inbox: id + "/inbox", Activity: id + "/follow", Since: time.Now()})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.b.Fatal(err)
	}
	for i := range houseFollowers {
		id := fmt.Sprintf("http://f%04d.localhost:%s/a/somebody", i, s.follower)
		a := federation.RemoteActor{Actor: vocab.Actor{ID: id, Type: "Person", PreferredUsername: "somebody", Inbox: id + "/inbox"}, Fetched: time.Now()}
		if err := n.db.SaveRemoteActor(ctx, a); err != nil {
			s.b.Fatal(err)
		}
	}
}

// use has the nodes do what they are for, and reports what that takes.
func (s *settlement) use(b *testing.B, pid int) {
	s.b.Helper()
	client := loopbackClient(s.address)
	for i := range houseClusters + 1 {
		name := clusterName(i)
		if i == 0 {
			name = "assoc"
		}
		awaitPage(s.b, client, s.base(name)+"/hu/")
	}
	s.report(b, "served-MiB", pid)
	const publishing = 10
	for i := 1; i <= publishing; i++ {
		base := s.base(clusterName(i))
		post(b, client, base+"/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})
		post(b, client, base+"/hu/desk/new/news", url.Values{"title.hu": {"Új lézer"}, "text.hu": {strings.Repeat("A hír **szövege**. ", 50)}, "do": {"publish"}})
	}
	const want = publishing * houseFollowers
	begun := time.Now()
	for s.arrived.Load() < want {
		if time.Since(begun) > 3*time.Minute {
			s.b.Fatalf("%d of %d have arrived", s.arrived.Load(), want)
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.ReportMetric(want/time.Since(begun).Seconds(), "deliveries/s")
	s.report(b, "used-MiB", pid)
	b.ReportMetric(float64(memoryOf(s.b, pid, "VmHWM:"))/1024, "most-MiB")
}

// post sends a form as a browser does, which has to be let in.
func post(t testing.TB, client *http.Client, address string, form url.Values) {
	t.Helper()
	answer, text := submit(t, client, address, form)
	if answer.StatusCode != http.StatusOK || strings.HasSuffix(answer.Request.URL.Path, "/signin") {
		t.Fatalf("%s: status %d\n%s", address, answer.StatusCode, text)
	}
}

// submit sends a form as a browser does.
func submit(t testing.TB, client *http.Client, address string, form url.Values) (answer *http.Response, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err = client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer, string(body)
}

// report says what the process keeps.
func (s *settlement) report(b *testing.B, what string, pid int) {
	b.Helper()
	kept := float64(settledMemory(b, pid)) / 1024
	b.ReportMetric(kept, what)
	b.Logf("%s: %.1f", what, kept)
	if kept > houseFloor {
		b.Errorf("%s: %.0f, want %d", what, kept, houseFloor)
	}
}
