package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/config"
	"pergola/federation"
	"pergola/hub"
	"pergola/hub/locale"
	"pergola/hub/schedule"
	"pergola/hub/web"
	"pergola/storage"
	"pergola/storage/blob"
	"pergola/storage/queue"
)

// A node is one organisation's program: everything between its folder and its
// address.
type node struct {
	base     *url.URL
	db       *storage.DB
	fed      *federation.Server
	hub      *hub.Hub
	schedule *schedule.Schedule
	speaks   func()
	handler  http.Handler
	log      *slog.Logger
	meter    *front.Meter
	media    *blob.Store
	cache    *blob.Store

	mu       sync.Mutex
	recorded map[string]time.Time // when the last run of a job was kept
	dir      string
	glance   glance
	summary  summary
}

// nodeConfig is what is made into a node.
type nodeConfig struct {
	config.Config
	// Dir is the node's folder.
	Dir string
	// Client reaches other hosts; nil means a guarded one.
	Client *http.Client
	// Admits reports whether one more activity is taken from a remote host; nil
	// takes all.
	Admits func(host string) bool
	// Meter counts what is delivered; nil counts nothing.
	Meter *front.Meter
	// Texts are what is said in all languages; nil means that they are loaded.
	Texts *locale.Bundle
	// Places limit what takes much memory; nil means that nobody shares them.
	Places *hub.Places
	// Shares divide the connections to a database server; nil means that nobody
	// shares them.
	Shares *storage.Shares
	// Door is put before the node's handler; nil for none.
	Door func(http.Handler) http.Handler
	// Probe reaches the node's own address; nil means the usual one, or Client
	// where that is given.
	Probe *http.Client
	// Resolve finds the addresses of names; nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// TakeOver lets a copy from a backup speak, whoever else does.
	TakeOver bool
	// Speaks is called when the node may speak with its name; nil calls nobody.
	Speaks func()
	// Lease is after how long a process that has died is missed; 0 means as usual.
	Lease time.Duration
	Log   *slog.Logger
}

// errNoDatabase says that a folder has a configuration, and what it names is
// gone: to make an empty one in its place would be to forget everything.
var errNoDatabase = errors.New("the database file is missing: put it back from a backup (pergola init makes a new node in a new folder)")

// errNotFounded says that a folder has a configuration but nobody in it.
var errNotFounded = errors.New("there is no organisation in this node yet: pergola init makes one")

// newNode opens a node that was made before.
func newNode(ctx context.Context, c nodeConfig) (*node, error) {
	if database, err := databaseOf(c); err == nil && !strings.Contains(database, "://") && !exists(database) {
		return nil, fmt.Errorf("%s: %w", database, errNoDatabase)
	}
	n, err := openNode(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := n.wire(ctx, c); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// openNode opens the database of a node.
func openNode(ctx context.Context, c nodeConfig) (*node, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base_url %q: %w", c.BaseURL, err)
	}
	database, err := databaseOf(c)
	if err != nil {
		return nil, err
	}
	db, err := storage.OpenWith(ctx, database, storage.Options{Log: c.Log, Shares: c.Shares, BeforeUpgrade: func(ctx context.Context, from, _ int64) error {
		return backupBeforeUpgrade(ctx, c, from)
	}})
	if err != nil {
		return nil, fmt.Errorf("opening the database of %s: %w", base.Host, err)
	}
	return &node{base: base, db: db, log: c.Log, dir: c.Dir, meter: c.Meter, speaks: c.Speaks, recorded: map[string]time.Time{}}, nil
}

// databaseOf is what storage opens: a path, or an address with its password.
func databaseOf(c nodeConfig) (string, error) {
	if !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return config.Within(c.Dir, c.Database), nil
	}
	if c.DatabasePasswordFile == "" {
		return c.Database, nil
	}
	password, err := c.Password(c.Dir)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return "", fmt.Errorf("database: %w", errors.Unwrap(err))
	}
	u.User = url.UserPassword(u.User.Username(), string(password))
	return u.String(), nil
}

// wire puts the parts together.
func (n *node) wire(ctx context.Context, c nodeConfig) error {
	var o hub.Organisation
	err := n.db.View(ctx, func(tx hub.Tx) (err error) {
		o, err = tx.Organisation(ctx)
		return err
	})
	if errors.Is(err, hub.ErrNotFound) {
		return errNotFounded
	}
	if err != nil {
		return err
	}
	texts := c.Texts
	if texts == nil {
		if texts, err = locale.Load(); err != nil {
			return err
		}
	}
	client, probe := c.Client, c.Probe
	if client == nil {
		if probe == nil {
			probe = federation.NewProbe(federation.ClientOptions{}, federation.DialAnything)
		}
		client = federation.NewClient(federation.ClientOptions{AllowLoopback: c.AllowLoopback})
	}
	n.fed = federation.New(federation.Options{
		Base: n.base, Client: client, Store: n.db, Version: version,
		Organisation: o.Name, Instance: hub.Instance, ArrivedFrom: n.arrived, Admits: c.Admits, Log: n.log,
		Probe: probe, Resolve: c.Resolve,
	})
	if err := n.openFolders(c.Dir); err != nil {
		return err
	}
	n.hub = hub.New(hub.Options{Store: n.db, Federation: n.fed, Base: n.base, Locale: texts, Log: n.log, Media: n.media, Cache: n.cache,
		Places: c.Places, Surroundings: n.surroundings})
	n.db.Queue().SetLimit(c.DeliveryWorkers)
	if c.Lease > 0 {
		n.db.Queue().SetLease(c.Lease)
	}
	n.schedule = schedule.New(n.db.Elector(), n, n.log)
	if err := errors.Join(n.plan(), n.planBackups(c, o.Zone)); err != nil {
		return err
	}
	if c.TakeOver {
		if err := n.hub.Speak(ctx, hub.Program("takeover")); err != nil {
			return err
		}
	}
	n.handler = n.routes(web.New(web.Options{Hub: n.hub, Base: n.base, Locale: texts, Version: version, Log: n.log}))
	if c.Door != nil {
		n.handler = c.Door(n.handler)
	}
	return nil
}

// openFolders opens those for uploads and for copies of others' pictures.
func (n *node) openFolders(dir string) (err error) {
	if n.media, err = blob.Open(filepath.Join(dir, "media")); err != nil {
		return err
	}
	n.cache, err = blob.Open(filepath.Join(dir, "cache"))
	return err
}

// routes tells programs' addresses from people's.
func (n *node) routes(site *web.Site) http.Handler {
	programs, people := n.fed.Handler(n.hub), site.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch classOf(r) {
		case "inbox", "actor", "object", "discovery":
			programs.ServeHTTP(w, r)
		default:
			people.ServeHTTP(w, r)
		}
	})
}

// classOf names what a request is for: "inbox", "actor", "object" and
// "discovery" are programs' affairs; "file", "health" and "page".
func classOf(r *http.Request) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch first {
	case "inbox":
		return "inbox"
	case "a":
		if strings.HasSuffix(rest, "/inbox") {
			return "inbox"
		}
		return "actor"
	case "o", "x":
		return "object"
	case ".well-known", "nodeinfo", "doctor":
		return "discovery"
	case "static", "media", "cache":
		return "file"
	case "healthz":
		return "health"
	}
	return "page"
}

// plan says what happens by itself.
func (n *node) plan() error {
	due := func(do func(ctx context.Context, by time.Time) (int, error)) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := do(ctx, time.Now())
			return err
		}
	}
	return errors.Join(
		n.schedule.Every("deletions", 5*time.Second, due(n.hub.Vanish)),
		n.schedule.Every("deadlines", time.Minute, due(n.hub.CloseCalls)),
		n.schedule.Every("digests", time.Minute, due(n.hub.SendDigests)),
		n.schedule.Every("seats", 30*time.Second, due(n.hub.MindSeats)),
		n.schedule.Every("lane_sweep", 5*time.Minute, n.db.Queue().Sweep),
		n.schedule.Every("pictures", time.Hour, n.hub.WantAvatars),
		n.schedule.Every("directories", time.Hour, n.hub.RefreshDirectories),
		n.schedule.Every("picture_sweep", 24*time.Hour, n.hub.SweepPictures),
		n.schedule.Every("answers", time.Hour, func(ctx context.Context) error {
			_, err := n.hub.ExpireInterests(ctx)
			return err
		}),
		n.schedule.Every("retention", 24*time.Hour, n.hub.Retain),
	)
}

// RecordRun implements [schedule.Recorder]. A job that runs every few seconds
// is kept once a minute, so that an idle node hardly writes.
func (n *node) RecordRun(ctx context.Context, r schedule.Run) error {
	n.mu.Lock()
	recent := r.Err == "" && r.Started.Sub(n.recorded[r.Name]) < 55*time.Second
	if !recent {
		n.recorded[r.Name] = r.Started
	}
	n.mu.Unlock()
	if recent {
		return nil
	}
	return n.hub.RecordRun(ctx, hub.Run{Job: r.Name, Started: r.Started, Finished: r.Finished, Error: r.Err, Next: r.Next})
}

// LastRun implements [schedule.Recorder].
func (n *node) LastRun(ctx context.Context, name string) (schedule.Run, error) {
	runs, err := n.hub.Runs(ctx, hub.Program("schedule"))
	for _, r := range runs {
		if r.Job == name {
			return schedule.Run{Name: name, Started: r.Started, Finished: r.Finished, Err: r.Error, Next: r.Next}, err
		}
	}
	return schedule.Run{}, err
}

// arrived hears that a host is up: what waits for it may be tried.
func (n *node) arrived(ctx context.Context, host string) {
	if err := n.db.Queue().Wake(ctx, host); err != nil {
		n.log.WarnContext(ctx, "waking a lane", "lane", host, "err", err)
	}
}

// silence is how long a copy that may not speak waits before it asks again.
const silence = time.Minute

// waitToSpeak returns when this copy of the node may speak, or ctx ends.
func (n *node) waitToSpeak(ctx context.Context) error {
	i, err := n.hub.Installation(ctx)
	if err != nil || i.Restored.IsZero() {
		return err
	}
	for told := false; ; told = true {
		r := schedule.Run{Name: "speaking", Started: time.Now()}
		err := n.hub.MaySpeak(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if r.Finished = time.Now(); err != nil {
			r.Err, r.Next = err.Error(), r.Finished.Add(silence)
		}
		if err := n.RecordRun(ctx, r); err != nil {
			return err
		}
		if err == nil {
			n.log.InfoContext(ctx, "this copy was restored from a backup and speaks from now on", "url", n.base.String())
			return nil
		}
		if !told {
			n.log.ErrorContext(ctx, "this copy was restored from a backup and sends nothing until its name leads here, or pergola serve --takeover is told", "url", n.base.String(), "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(silence):
		}
	}
}

// run works until ctx ends: queue, schedule, and the ear for other processes.
func (n *node) run(ctx context.Context) error {
	if err := n.waitToSpeak(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	if n.speaks != nil && ctx.Err() == nil {
		n.speaks()
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for name, f := range map[string]func(context.Context) error{
		"queue":    func(ctx context.Context) error { return n.db.Queue().Run(ctx, n.work) },
		"schedule": n.schedule.Run,
		"boosts":   n.hub.KeepPassingOn,
		"listen":   n.db.Listen,
		"watch":    n.db.Watch,
	} {
		wg.Go(func() {
			if err := guard(func() error { return f(ctx) }); err != nil && ctx.Err() == nil {
				// A file that is not there any more is why everything fails.
				stop(fmt.Errorf("%s: %w", name, cmp.Or(n.db.Moved(), err)))
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// guard makes an error of a panic.
func guard(f func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return f()
}

// awayTime is how long a worker waits before it asks a database again that is
// away or full.
const awayTime = time.Second

// work does one job of the queue. Trouble with the database is ours: it is waited
// for, and does not count as an attempt.
func (n *node) work(ctx context.Context, job queue.Job) error {
	for {
		err := n.attempt(ctx, job)
		if !passes(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(awayTime):
		}
	}
}

func (n *node) attempt(ctx context.Context, job queue.Job) error {
	if job.Kind == storage.KindFetch {
		f, err := storage.Fetch(job)
		if err != nil {
			return queue.GiveUp(err)
		}
		return fetchAnswer(n.hub.Fetch(ctx, f))
	}
	d, body, err := n.db.Delivery(ctx, job)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		// What it told of was deleted before it left.
		return nil
	}
	if blocked, err := n.hub.Blocked(ctx, d.Inbox); err != nil || blocked {
		return err // whatever waited for them does not leave
	}
	err = n.fed.Post(ctx, d, body)
	verdict, after := federation.Judge(err)
	n.meter.Deliver(n.base.Host, outcome(verdict))
	switch verdict {
	case federation.Done:
		return nil
	case federation.RetryHost:
		return queue.Hold(err, after)
	case federation.GiveUp:
		return queue.GiveUp(err)
	case federation.InboxGone:
		// One inbox of the host is gone, not the host.
		return queue.GiveUp(errors.Join(err, n.hub.DropInbox(ctx, d.Inbox)))
	case federation.InboxLost:
		return queue.GiveUp(errors.Join(err, n.hub.LoseInbox(ctx, d.Inbox)))
	}
	return queue.Later(err, after)
}

// outcome names what became of a delivery.
func outcome(v federation.Verdict) string {
	switch v {
	case federation.Done:
		return "delivered"
	case federation.RetryHost:
		return "host_failed"
	case federation.RetryObject:
		return "put_off"
	case federation.InboxGone, federation.InboxLost:
		return "inbox_gone"
	}
	return "given_up"
}

// fetchAnswer is what the failure of a fetch means for the queue.
func fetchAnswer(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, federation.ErrNotFound), errors.Is(err, federation.ErrGone),
		errors.Is(err, federation.ErrForbidden), errors.Is(err, federation.ErrMalformed):
		return queue.GiveUp(err)
	}
	return queue.Later(err, 0)
}

// close ends what a node holds. Nothing of it runs any more.
func (n *node) close() error {
	errs := []error{n.db.Close()}
	for _, folder := range []*blob.Store{n.media, n.cache} {
		if folder != nil {
			errs = append(errs, folder.Close())
		}
	}
	return errors.Join(errs...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
