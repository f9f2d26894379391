package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/config"
	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
	"pergola/storage/storagetest"
)

// A crowd is followers, each at a host of its own, that note what reaches them.
type crowd struct {
	port  string
	delay time.Duration // before a host answers

	mu     sync.Mutex
	got    map[string][]arrival // by host, what came
	seen   map[string]int       // how often each activity came to each host
	first  int                  // activities that came for the first time
	change chan struct{}        // something came; closed and replaced
}

// An arrival is an activity that came to a host.
type arrival struct {
	id   string
	what string // as "Create Első hír"
}

func newCrowd(t testing.TB, delay time.Duration) *crowd {
	t.Helper()
	c := &crowd{delay: delay, got: map[string][]arrival{}, seen: map[string]int{}, change: make(chan struct{})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	server := &http.Server{Handler: c}
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(l) })
	t.Cleanup(func() { server.Close(); wg.Wait() })
	return c
}

// ServeHTTP implements [http.Handler]: it is all inboxes. What a host answered
// it has, so it is noted first.
func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var a struct {
		ID, Type string
		Object   json.RawMessage
	}
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if err != nil || r.Header.Get("Signature") == "" && r.Header.Get("Signature-Input") == "" {
		http.Error(w, "what is this", http.StatusBadRequest)
		return
	}
	time.Sleep(c.delay)
	c.note(r.Host, arrival{a.ID, a.Type + " " + title(a.Object)})
	w.WriteHeader(http.StatusAccepted)
}

// title is that of an object; one that is only named has none.
func title(object json.RawMessage) string {
	var whole struct{ Name string }
	_ = json.Unmarshal(object, &whole)
	return whole.Name
}

func (c *crowd) note(host string, a arrival) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[host+" "+a.id]++
	if c.seen[host+" "+a.id] == 1 {
		c.first++
	}
	c.got[host] = append(c.got[host], a)
	close(c.change)
	c.change = make(chan struct{})
}

// await waits until so many activities have come.
func (c *crowd) await(t testing.TB, n int, within time.Duration) {
	t.Helper()
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		c.mu.Lock()
		first, change := c.first, c.change
		c.mu.Unlock()
		if first >= n {
			return
		}
		select {
		case <-change:
		case <-timer.C:
			t.Fatalf("%d of %d have come after %s", first, n, within)
		}
	}
}

// count is how many activities have come.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.first
}

// repeated is how many came more than once to a host.
func (c *crowd) repeated() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.seen {
		n += times - 1
	}
	return n
}

// ordered fails unless each of so many hosts first got all of want in its order.
func (c *crowd) ordered(t testing.TB, hosts int, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.got) != hosts {
		t.Errorf("something came to %d hosts, want %d", len(c.got), hosts)
	}
	for host, got := range c.got {
		if wrong := disorder(got, want); wrong != "" {
			t.Errorf("%s %s", host, wrong)
		}
	}
}

// disorder says what is wrong with how the activities of want came, if anything
// is: what comes for the first time must be the next of want, and what is
// repeated must be the same activity. Other activities are left aside.
func disorder(got []arrival, want []string) string {
	seen := map[string]bool{}
	for _, a := range got {
		at := len(seen)
		switch {
		case seen[a.id] || !slices.Contains(want, a.what):
			continue
		case at == len(want):
			return "got another " + a.what
		case a.what != want[at]:
			return fmt.Sprintf("got %s when %s was next", a.what, want[at])
		}
		seen[a.id] = true
	}
	if at := len(seen); at < len(want) {
		return "lacks " + want[at]
	}
	return ""
}

func TestDisorder(t *testing.T) {
	want := []string{"Create A", "Update B", "Update C"}
	create, second, third := arrival{"1", "Create A"}, arrival{"2", "Update B"}, arrival{"3", "Update C"}
	other := arrival{"9", "Create X"}
	for _, test := range []struct {
		got   []arrival
		wrong string
	}{
		{[]arrival{create, second, third}, ""},
		{[]arrival{other, create, second, other, third}, ""},
		{[]arrival{create, create, second, create, third, second}, ""},
		{[]arrival{create, third, second}, "got Update C when Update B was next"},
		{[]arrival{second, create, third}, "got Update B when Create A was next"},
		{[]arrival{create, {"4", "Create A"}, second, third}, "got Create A when Update B was next"},
		{[]arrival{create, second, third, {"5", "Update C"}}, "got another Update C"},
		{[]arrival{create, second}, "lacks Update C"},
		{[]arrival{other}, "lacks Create A"},
	} {
		if wrong := disorder(test.got, want); wrong != test.wrong {
			t.Errorf("%v: %q, want %q", test.got, wrong, test.wrong)
		}
	}
}

// follow makes the crowd follow a node, which knows that all take Ed25519.
func (c *crowd) follow(t testing.TB, n *node, actor string, many int) {
	t.Helper()
	var followers []hub.Follower
	for i := range many {
		host := fmt.Sprintf("f%04d.localhost:%s", i, c.port)
		id := "http://" + host + "/a/somebody"
		followers = append(followers, hub.Follower{Local: actor, Actor: id, Inbox: id + "/inbox", Activity: id + "/follow", Since: time.Now()})
		known := federation.RemoteActor{Actor: vocab.Actor{ID: id, Type: "Person", PreferredUsername: "somebody", Inbox: id + "/inbox"}, Fetched: time.Now()}
		if err := n.db.SaveRemoteActor(t.Context(), known); err != nil {
			t.Fatal(err)
		}
		peer := federation.Peer{Host: host, Scheme: httpsig.RFC9421, Ed25519: true, Seen: time.Now()}
		if err := n.db.SavePeer(t.Context(), peer); err != nil {
			t.Fatal(err)
		}
	}
	err := n.db.Update(t.Context(), func(tx hub.Tx) error {
		for _, f := range followers {
			if err := tx.SaveFollower(t.Context(), f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// farmLease is after how long a process of a farm that was killed is missed.
const farmLease = 3 * time.Second

// A farm is a node's folder and the processes that serve it.
type farm struct {
	t       testing.TB
	dir     string
	base    string
	clients []*http.Client // one for each process
	running []*exec.Cmd
}

// newFarm makes an association with a crowd of followers.
func newFarm(t testing.TB, database string, c *crowd, followers int, change func(*newcomer)) *farm {
	t.Helper()
	f := &farm{t: t, dir: t.TempDir()}
	_, port, _ := net.SplitHostPort(freeAddress(t))
	f.base = "http://assoc.localhost:" + port
	cfg := config.Default()
	cfg.BaseURL, cfg.AllowLoopback, cfg.LogLevel = f.base, true, "warn"
	nc := newcomer{Dir: filepath.Join(f.dir, "assoc"), Config: cfg, User: "office", Password: "office password", Organisation: hub.Organisation{
		Name: "assoc", Kind: hub.Association, Title: vocab.Text{{Lang: "hu", Value: "Szövetség"}}, Languages: []string{"hu", "en"}, Zone: "Europe/Budapest"}}
	if strings.Contains(database, "://") {
		nc.Database = database
	}
	if change != nil {
		change(&nc)
	}
	if err := nc.settle(t.Context(), quiet()); err != nil {
		t.Fatal(err)
	}
	f.dir = filepath.Dir(nc.Dir)
	f.with(func(n *node) { c.follow(t, n, "assoc", followers) })
	return f
}

// Four activities of one item, in the order in which they are published.
var versions = []string{"Create Negyedik hír", "Update Ötödik hír", "Update Hatodik hír", "Update Hetedik hír"}

// publishVersions publishes an item and changes it again and again.
func (f *farm) publishVersions() {
	f.t.Helper()
	f.with(func(n *node) {
		it := news("", "")
		for _, v := range versions {
			_, it.Texts[0].Title, _ = strings.Cut(v, " ")
			var err error
			if it, err = n.hub.Publish(f.t.Context(), hub.Program("test"), it); err != nil {
				f.t.Fatal(err)
			}
		}
	})
}

// with opens the node in this process, which nobody may be serving if it is a
// file.
func (f *farm) with(do func(*node)) {
	f.t.Helper()
	path := filepath.Join(f.dir, "assoc")
	c, err := config.Load(filepath.Join(path, config.FileName))
	if err != nil {
		f.t.Fatal(err)
	}
	n, err := newNode(f.t.Context(), nodeConfig{Config: c, Dir: path, Log: quiet()})
	if err != nil {
		f.t.Fatal(err)
	}
	do(n)
	if err := n.close(); err != nil {
		f.t.Fatal(err)
	}
}

// start starts one more process.
func (f *farm) start() *exec.Cmd {
	f.t.Helper()
	address := freeAddress(f.t)
	cmd := child(f.t, f.t.Output(), "serve", f.dir, "--listen", address, "--lease", farmLease.String())
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Signal(os.Interrupt)
			if err := cmd.Wait(); err != nil {
				f.t.Errorf("a process ended with %v", err)
			}
		}
	})
	f.clients, f.running = append(f.clients, loopbackClient(address)), append(f.running, cmd)
	return cmd
}

func (f *farm) ready() {
	f.t.Helper()
	for _, client := range f.clients {
		awaitPage(f.t, client, f.base+"/hu/")
	}
}

// issues is how many of the digest were sent.
func (f *farm) issues() (sent int) {
	f.t.Helper()
	f.with(func(n *node) {
		all, err := n.hub.Issues(f.t.Context(), "", hub.Page{Limit: 10})
		if err != nil {
			f.t.Fatal(err)
		}
		for _, i := range all {
			if i.State == hub.IssueSent {
				sent++
			}
		}
	})
	return sent
}

// kill ends a process as a power cut does.
func kill(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
}

// Three processes serve one node on one PostgreSQL. A browser that signed in at
// one is signed in at all; when one is killed in the middle of fan-outs, what it
// was at is done by the others within a minute, in order; a digest goes out once.
func TestProcessesShareANode(t *testing.T) {
	t.Parallel()
	followers := 200 // and PERGOLA_LONG=1 waits for the digest, too
	if testing.Short() {
		followers = 100
	}
	c := newCrowd(t, 20*time.Millisecond)
	f := newFarm(t, storagetest.Database(t, storagetest.Postgres), c, followers, func(nc *newcomer) {
		nc.DeliveryWorkers = 4
		nc.Digests = []hub.Digest{{Title: vocab.Text{{Lang: "hu", Value: "Összefoglaló"}}, Rule: cron.Rule{Cron: "* * * * *", Zone: "Europe/Budapest"}, Enabled: true}}
	})
	for range 3 {
		f.start()
	}
	f.ready()

	// One cookie, three processes, any of them for each request.
	post(t, f.clients[0], f.base+"/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})
	for _, client := range f.clients[1:] {
		client.Jar = f.clients[0].Jar
	}
	for i, title := range []string{"Első hír", "Második hír", "Harmadik hír"} {
		post(t, f.clients[i], f.base+"/hu/desk/new/news", url.Values{"title.hu": {title}, "text.hu": {"A hír szövege."}, "do": {"publish"}})
	}
	f.publishVersions()
	c.await(t, followers, patience)
	kill(t, f.running[0])
	begun := time.Now()
	all := 3 + len(versions)
	c.await(t, all*followers, time.Minute)
	t.Logf("all has come %.1f s after a process was killed, %d came twice", time.Since(begun).Seconds(), c.repeated())
	c.ordered(t, followers, versions...)
	if os.Getenv("PERGOLA_LONG") != "1" {
		return
	}
	// The digest of the items is due within a minute, and has a Create of its own.
	// There are two when the minute ended in between.
	c.await(t, (all+1)*followers, 100*time.Second)
	sent := f.issues()
	c.await(t, (all+sent)*followers, patience)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first != (all+sent)*followers || sent > 2 {
		t.Errorf("%d activities have come, want %d and %d issues for each of %d", c.first, all, sent, followers)
	}
}
