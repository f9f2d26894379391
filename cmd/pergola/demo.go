package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"pergola/config"
	"pergola/federation"
	"pergola/hub"
	"pergola/hub/locale"
)

type demoCommand struct {
	Port  int    `help:"Port to listen on, on this machine alone. It is part of every address, so it is kept with the data (8080 at first)."`
	Dir   string `help:"Folder for the data, the user's cache folder if not given." type:"path"`
	Fresh bool   `help:"Forget the data of an earlier demo first."`
}

// demoPort is the port of a demo that was not given one.
const demoPort = 8080

// The account that is signed in by one click.
const (
	demoUser     = "demo"
	demoPassword = "pergola-demo"
)

// Run makes the nodes if they are not there, serves them, lets the association
// follow the clusters and the clusters publish, and shows what happens.
func (c demoCommand) Run(ctx context.Context, t *terminal) error {
	if c.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("finding a folder for the data (--dir names one): %w", err)
		}
		c.Dir = filepath.Join(cache, "pergola-demo")
	}
	d := &demo{dir: c.Dir, out: t.out, log: logger(t.err, slog.LevelWarn)}
	if err := d.choosePort(c.Port, c.Fresh); err != nil {
		return err
	}
	listeners, err := d.listen()
	if err != nil {
		return err
	}
	defer func() {
		for _, l := range listeners {
			l.Close() // once more where it was served
		}
	}()
	if c.Fresh {
		// Not before the port was had: a demo that runs keeps its data.
		if err := os.RemoveAll(d.dir); err != nil {
			return err
		}
	}
	if err := d.run(ctx, listeners); err != nil {
		return err
	}
	d.say("Ended.\n")
	return nil
}

// A demo is the program on a generated folder, with a desk in front.
type demo struct {
	dir  string
	port int
	out  io.Writer
	log  *slog.Logger

	house     *house
	exchanges *exchanges
	set       []demoNode
	// published are the ids of the items of the set, by key.
	published map[string]string
	started   time.Time
}

// The files that say that a folder is a demo's, and at which port, and that its
// data is complete.
const (
	mark     = "demo-port"
	complete = "demo-complete"
)

// choosePort takes the port that the data was made with, or with fresh data the
// one asked for. A folder that is not a demo's is left alone.
func (d *demo) choosePort(asked int, fresh bool) error {
	kept, err := os.ReadFile(filepath.Join(d.dir, mark))
	none := errors.Is(err, os.ErrNotExist)
	if err != nil && !none {
		return err
	}
	if none {
		if entries, _ := os.ReadDir(d.dir); len(entries) > 0 {
			return fmt.Errorf("%s is not empty and not the folder of a demo: it is left alone, --dir names another", d.dir)
		}
	}
	if none || fresh {
		if d.port = cmp.Or(asked, demoPort); d.port < 1 || d.port > 65535 {
			return fmt.Errorf("port %d: want 1 to 65535", d.port)
		}
		return nil
	}
	if d.port, err = strconv.Atoi(strings.TrimSpace(string(kept))); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(d.dir, mark), err)
	}
	if asked != 0 && asked != d.port {
		return fmt.Errorf("the data in %s was made for port %d, which is part of every address: --port %d needs --fresh", d.dir, d.port, asked)
	}
	return nil
}

// listen takes the port on this machine's own addresses, IPv4 and IPv6.
func (d *demo) listen() ([]net.Listener, error) {
	first, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is in use, perhaps by another demo: end that, or name another with --port", d.port)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on port %d: %w", d.port, err)
	}
	listeners := []net.Listener{first}
	if second, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(d.port))); err == nil {
		listeners = append(listeners, second)
	}
	return listeners, nil
}

// address is the base URL of a node.
func (d *demo) address(name string) string {
	return fmt.Sprintf("http://%s.localhost:%d", name, d.port)
}

// run serves until ctx ends; what is missing is made meanwhile.
func (d *demo) run(ctx context.Context, listeners []net.Listener) (err error) {
	d.started, d.exchanges, d.published = time.Now(), &exchanges{}, map[string]string{}
	if d.house, err = newHouse(d.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.house.close()) }()
	if err := d.begin(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // broken off: the next start begins anew
		}
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	wg.Go(func() { stop(guard(func() error { return d.house.serve(ctx, listeners...) })) })
	if err := d.prepare(ctx); err != nil && ctx.Err() == nil {
		stop(err)
	} else if err == nil {
		d.say("Ready after %.1f s.\n\n  The desk          http://localhost:%d/\n  The association   %s/\n  Account           %s, password %s, at every node\n\nCtrl-C ends it; the data stays in %s\n",
			time.Since(d.started).Seconds(), d.port, d.address(d.set[0].Organisation.Name), demoUser, demoPassword, d.dir)
	}
	<-ctx.Done()
	wg.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// begin makes the nodes if they are not there, opens them and sets up the desk.
func (d *demo) begin(ctx context.Context) (err error) {
	if d.set, err = demoSet(d.started); err != nil {
		return err
	}
	linkParties(d.set, d.actor)
	if !exists(filepath.Join(d.dir, complete)) {
		// Nothing is there, or half of it from a start that was broken off.
		if err := d.settle(ctx); err != nil {
			return err
		}
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	d.house.desk = newDesk(d, texts)
	return nil
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format, args...) }

// settle makes the nodes, two at a time: making keys is work.
func (d *demo) settle(ctx context.Context) error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, mark), []byte(strconv.Itoa(d.port)+"\n"), 0o600); err != nil {
		return err
	}
	d.say("Making %d nodes in %s", len(d.set), d.dir)
	var g errgroup.Group
	g.SetLimit(2)
	for _, n := range d.set {
		g.Go(func() error {
			defer d.say(" .")
			return guard(func() error { return d.settleNode(ctx, n) })
		})
	}
	err := g.Wait()
	d.say("\n")
	return err
}

// settleNode makes one node, in place of half a one of a start that was broken
// off.
func (d *demo) settleNode(ctx context.Context, n demoNode) error {
	o := n.Organisation
	nc := newcomer{Dir: filepath.Join(d.dir, o.Name), Config: config.Default(), Organisation: o, Digests: n.Digests, User: demoUser, Password: demoPassword}
	nc.BaseURL, nc.AllowLoopback, nc.LogLevel, nc.BackupKeep = d.address(o.Name), true, "warn", 0
	if err := os.RemoveAll(nc.Dir); err != nil {
		return err
	}
	return nc.settle(ctx, d.log)
}

// open opens all nodes with a transport that notes what goes between them.
func (d *demo) open(ctx context.Context) error {
	nodes, err := findNodes(d.dir)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		client := federation.NewClient(federation.ClientOptions{AllowLoopback: true})
		client.Transport = noting{hostName(n.config.BaseURL), client.Transport, d.exchanges}
		r, err := d.house.add(nodeConfig{Config: n.config, Dir: n.dir, Client: client, Door: doorman, Log: d.log})
		if err != nil {
			return err
		}
		if err := r.open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) room(name string) *room {
	return d.house.room(fmt.Sprintf("%s.localhost:%d", name, d.port))
}

func (d *demo) node(name string) *node { return d.room(name).now() }

// first is the association's room.
func (d *demo) first() *room { return d.room(d.set[0].Organisation.Name) }

func (d *demo) association() *node { return d.first().now() }

// clusters are the nodes after the association.
func (d *demo) clusters() []demoNode { return d.set[1:] }

// prepare brings the data to where the demo begins, through the front doors of
// the nodes.
func (d *demo) prepare(ctx context.Context) error {
	done := filepath.Join(d.dir, complete)
	if exists(done) {
		return nil
	}
	who := hub.Program("demo")
	for i, n := range d.set {
		logo, err := demoLogo(n.Organisation.Name, i)
		if err != nil {
			return err
		}
		if err := d.node(n.Organisation.Name).hub.SetPicture(ctx, who, hub.Logo, logo, n.Organisation.Title[0].Value); err != nil {
			return fmt.Errorf("giving %s a logo: %w", n.Organisation.Name, err)
		}
		if err := d.enlist(ctx, n); err != nil {
			return fmt.Errorf("filling the directory of %s: %w", n.Organisation.Name, err)
		}
		if err := writeCharter(ctx, d.node(n.Organisation.Name).hub, n.Charter); err != nil {
			return fmt.Errorf("writing the charter of %s: %w", n.Organisation.Name, err)
		}
	}
	early, err := d.publishAll(ctx, func(it demoItem) bool { return it.Early || it.Archive })
	if err != nil {
		return err
	}
	d.say("Published %d items before anybody follows\n", early)
	if err := d.admit(ctx); err != nil {
		return err
	}
	if err := d.await(ctx, "answers to the association's follows", func() (int, int, error) { return d.answered(ctx) }); err != nil {
		return err
	}
	later, err := d.publishAll(ctx, func(it demoItem) bool { return !it.Early && !it.Archive })
	if err != nil {
		return err
	}
	d.say("Published %d items to followers\n", later)
	if err := d.await(ctx, "items in the shared feed", func() (int, int, error) { return d.arrived(ctx) }); err != nil {
		return err
	}
	if err := d.invite(ctx); err != nil {
		return err
	}
	if err := d.answerCalls(ctx); err != nil {
		return err
	}
	if err := d.closeCalls(ctx); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o600)
}

// closeCalls closes what is over, as each node does every minute, and waits until
// everybody has heard of it.
func (d *demo) closeCalls(ctx context.Context) error {
	for _, n := range d.set {
		if _, err := d.node(n.Organisation.Name).hub.CloseCalls(ctx, time.Now()); err != nil {
			return err
		}
	}
	return d.await(ctx, "nodes with nothing left to send", func() (missing, all int, err error) {
		for _, n := range d.set {
			waits, err := d.node(n.Organisation.Name).db.Queue().Oldest(ctx)
			if err != nil {
				return 0, 0, err
			}
			if all++; !waits.IsZero() {
				missing++
			}
		}
		return all - missing, all, nil
	})
}

// publishAll publishes some items, one of each node in turn, and counts them.
func (d *demo) publishAll(ctx context.Context, wanted func(demoItem) bool) (n int, err error) {
	for i, any := 0, true; any; i++ {
		any = false
		for _, node := range d.set {
			if i >= len(node.Items) {
				continue
			}
			any = true
			if !wanted(node.Items[i]) {
				continue
			}
			if err := d.publish(ctx, node, node.Items[i]); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// publish puts one item of the set onto its node.
func (d *demo) publish(ctx context.Context, n demoNode, it demoItem) error {
	h, who := d.node(n.Organisation.Name).hub, hub.Program("demo")
	if it.Archive {
		_, err := h.Archive(ctx, who, it.Item)
		return wrapItem(err, n, it)
	}
	published, err := h.Publish(ctx, who, it.Item)
	if err != nil {
		return wrapItem(err, n, it)
	}
	d.published[it.Key] = published.ID
	for _, r := range it.Participants {
		if err := h.AddParticipant(ctx, who, published.ID, r); err != nil {
			return wrapItem(err, n, it)
		}
	}
	switch {
	case it.Then == "cancel":
		_, err = h.CancelEvent(ctx, who, published.ID)
	case it.MoveTo.Set():
		_, err = h.MoveEvent(ctx, who, published.ID, it.MoveTo, it.MoveEnd)
	}
	return wrapItem(err, n, it)
}

func wrapItem(err error, n demoNode, it demoItem) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("publishing %q at %s: %w", it.Texts[0].Title, n.Organisation.Name, err)
}

// await shows how far something is until it is there.
func (d *demo) await(ctx context.Context, what string, progress func() (got, want int, err error)) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for last := -1; ; {
		got, want, err := progress()
		if err != nil {
			return err
		}
		if got != last {
			d.say("\r%d of %d %s ", got, want, what)
			last = got
		}
		if got >= want {
			d.say("\n")
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// answered counts the follows that were accepted.
func (d *demo) answered(ctx context.Context) (got, want int, err error) {
	all, err := d.association().hub.Followed(ctx, "hu")
	for _, f := range all {
		if f.State == hub.Accepted {
			got++
		}
	}
	return got, len(d.clusters()), err
}

// arrived counts what of the set stands in the association's feed.
func (d *demo) arrived(ctx context.Context) (got, want int, err error) {
	for i, n := range d.set {
		for _, it := range n.Items {
			if !it.Archive || i == 0 {
				want++ // its own archive stands in its feed as well
			}
		}
	}
	page := hub.Page{Limit: 100}
	for {
		es, err := d.association().hub.Feed(ctx, hub.FeedFilter{}, page)
		if err != nil {
			return got, want, err
		}
		got += len(es)
		if len(es) < page.Limit {
			return got, want, nil
		}
		page.After = es[len(es)-1].Cursor
	}
}

// wake has every cluster try the association again, which is up again.
func (d *demo) wake(ctx context.Context) error {
	var errs []error
	for _, n := range d.clusters() {
		err := d.node(n.Organisation.Name).hub.Retry(ctx, hub.Program("demo desk"), d.association().base.Host)
		if !errors.Is(err, hub.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

var _ http.Handler = (*desk)(nil)
