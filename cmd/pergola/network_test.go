package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pergola/config"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
	"pergola/storage/storagetest"
)

// A network is an internet of whole nodes in one process: a request for
// "https://a.example/" calls the handler of a.example. What is signed, sent
// and answered is what would go over the wire.
type network struct {
	t     *testing.T
	nodes map[string]*node        // by host
	hosts map[string]http.Handler // nodes and others
	order []string                // hosts of nodes as they were made
	down  map[string]bool
	made  map[string]nodeConfig // by host
	// sent are all requests between hosts, in order.
	sent []wireRequest
	mu   sync.Mutex // of what is asked side by side
}

// A wireRequest is a request between hosts.
type wireRequest struct {
	From, To, Method, Path, Scheme string
	Status                         int
	Body                           string
}

// story tells one on each kind of database, side by side, each in a bubble of
// time. The short ones are told on one kind each, half of them on either.
func story(t *testing.T, names []string, tell func(t *testing.T, net *network)) {
	t.Helper()
	t.Parallel()
	kinds := storagetest.Kinds()
	if testing.Short() {
		kinds = kinds[len(t.Name())%len(kinds):][:1]
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			databases := map[string]string{}
			for _, name := range names {
				databases[name] = storagetest.Database(t, kind)
			}
			synctest.Test(t, func(t *testing.T) {
				tell(t, newNetwork(t, databases, names))
			})
		})
	}
}

// newNetwork makes a node NAME.example for each name. Whose name begins with
// "assoc" is an association.
func newNetwork(t *testing.T, databases map[string]string, names []string) *network {
	t.Helper()
	net := &network{t: t, nodes: map[string]*node{}, hosts: map[string]http.Handler{}, down: map[string]bool{}, made: map[string]nodeConfig{}}
	for _, name := range names {
		net.found(name, databases[name])
	}
	t.Cleanup(func() {
		for _, n := range net.nodes {
			if err := n.close(); err != nil {
				t.Error(err)
			}
		}
	})
	return net
}

// found makes a node with an office account and an editor account.
func (net *network) found(name, database string) {
	net.t.Helper()
	c := config.Default()
	dir := net.t.TempDir()
	c.BaseURL, c.Database = "https://"+name+".example", database
	if !strings.Contains(database, "://") {
		dir, c.Database = filepath.Split(database)
	}
	o := hub.Organisation{Name: name, Kind: hub.Cluster, Title: vocab.Text{{Lang: "hu", Value: strings.ToUpper(name[:1]) + name[1:] + " Klaszter"}}, Languages: []string{"hu", "en"}, Zone: "Europe/Budapest"}
	if strings.HasPrefix(name, "assoc") {
		o.Kind, o.BoostAll = hub.Association, true
	}
	nc := newcomer{Dir: dir, Config: c, Organisation: o, User: "office", Password: "office password"}
	if o.Kind == hub.Association {
		nc.Digests = []hub.Digest{{Title: vocab.Text{{Lang: "hu", Value: "Heti összefoglaló"}}, Rule: cron.Weekly(time.Monday, 8, 0, "Europe/Budapest"), Enabled: true}}
	}
	if err := settle(net.t.Context(), nc); err != nil {
		net.t.Fatal(err)
	}
	net.start(name, nodeConfig{Config: c, Dir: nc.Dir})
	net.order = append(net.order, name+".example")
}

// start opens a node that was made.
func (net *network) start(name string, c nodeConfig) {
	net.t.Helper()
	host := name + ".example"
	c.Log, c.Client, c.Resolve = quiet(), &http.Client{Transport: wire{net, host}}, resolveExample
	n, err := newNode(net.t.Context(), c)
	if err != nil {
		net.t.Fatal(err)
	}
	net.nodes[host], net.hosts[host], net.made[host] = n, n.handler, c
}

// restart ends a node, with whatever it was about to do, and starts it again.
func (net *network) restart(name string) {
	net.t.Helper()
	if err := net.node(name).close(); err != nil {
		net.t.Fatal(err)
	}
	time.Sleep(time.Millisecond) // no start is as fast as a bubble: ids of before and after would be alike in time
	net.start(name, net.made[name+".example"])
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// A wire is what a host reaches the others by.
type wire struct {
	net  *network
	from string
}

// RoundTrip implements [http.RoundTripper].
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	w.net.mu.Lock()
	h, down := w.net.hosts[r.URL.Host], w.net.down[r.URL.Host] || w.net.down[w.from]
	w.net.mu.Unlock()
	if h == nil || down {
		return nil, fmt.Errorf("dial %s: no route to host", r.URL.Host)
	}
	in := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	in.Header = r.Header.Clone()
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "192.0.2.1:1234"
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, in)
	w.net.mu.Lock()
	defer w.net.mu.Unlock()
	w.net.sent = append(w.net.sent, wireRequest{w.from, r.URL.Host, r.Method, r.URL.RequestURI(), schemeOf(r.Header), answer.Code, string(body)})
	return answer.Result(), nil
}

// settle runs every queue until there is nothing left to do now.
func (net *network) settle() {
	net.t.Helper()
	for again := true; again; {
		again = false
		for _, host := range net.order {
			n := net.nodes[host]
			if _, err := n.hub.PassOn(net.t.Context(), time.Now().Add(hub.BoostPause)); err != nil {
				net.t.Fatal(err)
			}
			did, err := n.db.Queue().Step(net.t.Context(), n.work)
			if err != nil {
				net.t.Fatalf("queue of %s: %v", host, err)
			}
			again = again || did
		}
	}
}

// pass lets time go by, with everything that happens by itself meanwhile.
func (net *network) pass(d time.Duration) {
	net.t.Helper()
	for end := time.Now().Add(d); ; {
		net.settle()
		for _, host := range net.order {
			n := net.nodes[host]
			if net.down[host] {
				continue
			}
			if _, err := n.hub.Vanish(net.t.Context(), time.Now()); err != nil {
				net.t.Fatal(err)
			}
			if _, err := n.hub.CloseCalls(net.t.Context(), time.Now()); err != nil {
				net.t.Fatal(err)
			}
			if _, err := n.hub.MindSeats(net.t.Context(), time.Now()); err != nil {
				net.t.Fatal(err)
			}
			if _, err := n.hub.SendDigests(net.t.Context(), time.Now()); err != nil {
				net.t.Fatal(err)
			}
		}
		net.settle()
		// Coarser where much time passes: each step asks every node.
		step := min(max(time.Minute, d/40), time.Until(end))
		if step <= 0 {
			return
		}
		time.Sleep(step)
	}
}

func (net *network) node(name string) *node { return net.nodes[name+".example"] }

// followAll has the association follow all others.
func (net *network) followAll(association string) {
	net.t.Helper()
	for _, host := range net.order {
		if host == association+".example" {
			continue
		}
		name := strings.TrimSuffix(host, ".example")
		if _, err := net.node(association).hub.Follow(net.t.Context(), hub.Program("test"), "@"+name+"@"+host); err != nil {
			net.t.Fatal(err)
		}
	}
	net.settle()
}

// A browser is somebody looking at pages, with cookies.
type browser struct {
	t   *testing.T
	net *network
	jar http.CookieJar
}

func (net *network) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{net.t, net, jar}
}

// A page is what a browser got.
type page struct {
	*http.Response
	Text string
}

// get opens an address of a host, and where it redirects to.
func (b *browser) get(address string) page { return b.do("GET", address, nil) }

// post sends a form of the same site, and follows where it redirects to.
func (b *browser) post(address string, form url.Values) page { return b.do("POST", address, form) }

func (b *browser) do(method, address string, form url.Values) page {
	b.t.Helper()
	for range 10 {
		u, err := url.Parse(address)
		if err != nil {
			b.t.Fatal(err)
		}
		r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
		if method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		r.Header.Set("Accept-Language", "hu")
		for _, c := range b.jar.Cookies(u) {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h := b.net.hosts[u.Host]
		if h == nil {
			b.t.Fatalf("no host %s", u.Host)
		}
		h.ServeHTTP(w, r)
		b.jar.SetCookies(u, w.Result().Cookies())
		if w.Code/100 != 3 || w.Code == http.StatusNotModified {
			return page{w.Result(), w.Body.String()}
		}
		next, err := u.Parse(w.Header().Get("Location"))
		if err != nil {
			b.t.Fatal(err)
		}
		method, address, form = "GET", next.String(), nil
	}
	b.t.Fatalf("%s redirects for ever", address)
	return page{}
}

// signIn signs in at a node and returns the browser.
func (b *browser) signIn(name, account, password string) *browser {
	b.t.Helper()
	p := b.post("https://"+name+".example/hu/signin", url.Values{"name": {account}, "password": {password}})
	if p.StatusCode != http.StatusOK {
		b.t.Fatalf("signing in at %s: status %d: %s", name, p.StatusCode, p.Text)
	}
	return b
}

// has fails the test unless the page shows all of these.
func (p page) has(t *testing.T, texts ...string) page {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.Text, text) {
			t.Errorf("the page lacks %q:\n%s", text, p.Text)
		}
	}
	return p
}

// hasNot fails the test if the page shows any of these.
func (p page) hasNot(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Text, text) {
			t.Errorf("the page shows %q:\n%s", text, p.Text)
		}
	}
}
