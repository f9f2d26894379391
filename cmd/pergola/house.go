package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/federation"
	"pergola/hub"
	"pergola/hub/locale"
	"pergola/storage"
)

// A house is several nodes behind one address, told apart by the host that is
// asked for. Nodes move in and out while it is served, and what befalls one of
// them is its own affair.
type house struct {
	log *slog.Logger
	// What all nodes share.
	texts   *locale.Bundle
	places  *hub.Places
	shares  *storage.Shares
	clients map[bool]*http.Client // by whether they may talk to this machine
	probe   *http.Client
	// takeOver lets copies from backups speak, whoever else does.
	takeOver bool
	// lease is after how long a process that has died is missed; 0 means as usual.
	lease time.Duration
	// desk answers for hosts that are no node's; nil answers 421.
	desk http.Handler

	front        *front.Front
	meter        *front.Meter        // nil: nothing is counted
	certificates *front.Certificates // nil: a proxy has them
	// changed is called when the hosts of the house are others than before; nil
	// calls nobody. Whoever it is may ask for hosts.
	changed func()

	mu    sync.RWMutex
	rooms map[string]*room // by host, with its port where it has one
	begin func(*room)      // has a room kept while the house is served, else nil
}

func newHouse(log *slog.Logger) (*house, error) {
	texts, err := locale.Load()
	if err != nil {
		return nil, err
	}
	clients := map[bool]*http.Client{}
	for _, loopback := range []bool{false, true} {
		clients[loopback] = federation.NewClient(federation.ClientOptions{AllowLoopback: loopback, IdleConns: idleConnections(debug.SetMemoryLimit(-1))})
	}
	probe := federation.NewProbe(federation.ClientOptions{}, federation.DialAnything)
	return &house{log: log, texts: texts, places: hub.NewPlaces(), shares: storage.NewShares(), clients: clients, probe: probe, rooms: map[string]*room{}}, nil
}

// errTaken says that a host has its node already.
var errTaken = errors.New("another node here has that base_url: each needs its own")

// add gives a node its place. While the house is served the node opens by
// itself, otherwise when it begins to be.
func (h *house) add(c nodeConfig) (*room, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base_url %q: %w", c.BaseURL, err)
	}
	c.Texts, c.Places, c.Shares = h.texts, h.places, h.shares
	if c.Client == nil {
		c.Client = h.clients[c.AllowLoopback]
		if c.Probe == nil {
			c.Probe = h.probe
		}
	}
	if h.front != nil {
		c.Admits = func(host string) bool { return h.front.Admits(base.Host, host) }
	}
	c.Meter, c.TakeOver, c.Lease = h.meter, h.takeOver, h.lease
	r := newRoom(strings.ToLower(base.Host), c)
	r.config.Speaks = func() {
		r.speaks.Store(true)
		if h.certificates != nil {
			h.certificates.Recheck()
		}
	}
	h.mu.Lock()
	if h.rooms[r.host] != nil {
		h.mu.Unlock()
		return nil, fmt.Errorf("%s: %w", c.BaseURL, errTaken)
	}
	h.rooms[r.host] = r
	if h.begin != nil {
		h.begin(r)
	}
	h.mu.Unlock()
	h.tell()
	return r, nil
}

// remove closes a node and takes its place away.
func (h *house) remove(r *room) error {
	h.mu.Lock()
	delete(h.rooms, r.host)
	h.mu.Unlock()
	h.tell()
	return r.leave()
}

func (h *house) tell() {
	if h.changed != nil {
		h.changed()
	}
}

// hosts are those of all nodes, sorted, whether they are well or not.
func (h *house) hosts() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.rooms))
}

// room returns the node's that has a host, or nil.
func (h *house) room(host string) *room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[strings.ToLower(host)]
}

func (h *house) all() []*room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Values(h.rooms))
}

// close closes what serve has not.
func (h *house) close() error {
	var errs []error
	for _, r := range h.all() {
		errs = append(errs, r.leave())
	}
	if h.certificates != nil {
		h.certificates.Close()
	}
	return errors.Join(errs...)
}

// ServeHTTP implements [http.Handler].
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room := h.room(r.Host)
	switch {
	case room != nil && classOf(r) == "health" && !room.shut.Load():
		healthHandler(func(ctx context.Context, quick bool) health { return h.healthIn(ctx, room, quick) }).ServeHTTP(w, r)
	case room != nil:
		room.ServeHTTP(w, r)
	case h.desk != nil:
		h.desk.ServeHTTP(w, r)
	default:
		front.Misdirect(w, r)
	}
}

// openTimeout is how long requests wait for nodes to open at the start.
const openTimeout = 3 * time.Second

// serve is run for listeners that nothing is said of.
func (h *house) serve(ctx context.Context, listeners ...net.Listener) error {
	h.front = h.newFront(nil)
	return h.run(ctx, front.Doors{Main: listeners})
}

// run answers at the doors and keeps all nodes until ctx ends. Then what was let
// in is answered first, and only after that do the nodes stop working. It returns
// an error when not one node can be opened and none will be able to by itself.
func (h *house) run(ctx context.Context, doors front.Doors) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	var rooms sync.WaitGroup
	h.mu.Lock()
	h.begin = func(r *room) { r.begin(work, &rooms) }
	for _, r := range h.rooms {
		h.begin(r)
	}
	h.mu.Unlock()
	if err := h.opened(ctx); err != nil {
		stop(err)
		closeDoors(doors)
		doors = front.Doors{}
	}
	for _, l := range doors.Main {
		h.log.InfoContext(ctx, "listening", "listen", l.Addr().String())
	}
	err := h.front.Run(ctx, doors)
	h.mu.Lock()
	h.begin = nil
	h.mu.Unlock()
	rest()
	rooms.Wait()
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// opened waits until it is known of each node whether it can be opened, but not
// for long. It returns an error when none can be, unless that may pass.
func (h *house) opened(ctx context.Context) error {
	timer := time.NewTimer(openTimeout)
	defer timer.Stop()
	var errs []error
	rooms := h.all()
	for _, r := range rooms {
		select {
		case <-r.tried:
			if err := r.trouble(); err != nil && !passes(err) && ctx.Err() == nil {
				errs = append(errs, fmt.Errorf("%s: %w", r.config.Dir, err))
			}
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
	if len(errs) < len(rooms) || len(errs) == 0 {
		return nil
	}
	return errors.Join(errs...)
}
