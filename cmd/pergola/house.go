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

	"pergola/federation"
	"pergola/hub"
	"pergola/hub/locale"
)

// A house is several nodes behind one address, told apart by the host that is
// asked for. Nodes move in and out while it is served, and what befalls one of
// them is its own affair.
type house struct {
	log *slog.Logger
	// What all nodes share.
	texts   *locale.Bundle
	places  *hub.Places
	clients map[bool]*http.Client // by whether they may talk to this machine
	// front answers for hosts that are no node's; nil answers 421.
	front http.Handler
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
	return &house{log: log, texts: texts, places: hub.NewPlaces(), clients: clients, rooms: map[string]*room{}}, nil
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
	c.Texts, c.Places = h.texts, h.places
	if c.Client == nil {
		c.Client = h.clients[c.AllowLoopback]
	}
	r := newRoom(strings.ToLower(base.Host), c)
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
	return errors.Join(errs...)
}

// ServeHTTP implements [http.Handler].
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room := h.room(r.Host)
	switch {
	case room != nil:
		room.ServeHTTP(w, r)
	case h.front != nil:
		h.front.ServeHTTP(w, r)
	default:
		// No node has that name. (RFC 9110, 15.5.20)
		http.Error(w, "No node here has the name "+r.Host+".", http.StatusMisdirectedRequest)
	}
}

const (
	// stopTimeout is how long open requests may take to end.
	stopTimeout = 10 * time.Second
	// openTimeout is how long requests wait for nodes to open at the start.
	openTimeout = 3 * time.Second
)

// serve answers on the listeners and keeps all nodes until ctx ends. It returns
// an error when not one node can be opened and none will be able to by itself.
func (h *house) serve(ctx context.Context, listeners ...net.Listener) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var rooms sync.WaitGroup
	h.mu.Lock()
	h.begin = func(r *room) { r.begin(ctx, &rooms) }
	for _, r := range h.rooms {
		h.begin(r)
	}
	h.mu.Unlock()
	server := h.server()
	var wg sync.WaitGroup
	if err := h.opened(ctx); err != nil {
		stop(err)
		listeners = closed(listeners)
	}
	for _, l := range listeners {
		h.log.InfoContext(ctx, "listening", "listen", l.Addr().String())
		wg.Go(func() {
			if err := guard(func() error { return server.Serve(l) }); !errors.Is(err, http.ErrServerClosed) {
				stop(err)
			}
		})
	}
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
	wg.Wait()
	h.mu.Lock()
	h.begin = nil
	h.mu.Unlock()
	rooms.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// closed closes listeners on which nobody will serve, and returns none.
func closed(listeners []net.Listener) []net.Listener {
	for _, l := range listeners {
		l.Close() // nobody has come to it
	}
	return nil
}

func (h *house) server() *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
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
			if err := r.trouble(); err != nil && !passes(err) {
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
