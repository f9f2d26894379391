package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"pergola/hub"
	"pergola/hub/locale"
)

// A room is a node's place in a house. It opens the node, opens it again when it
// has failed, and closes it when the last request has ended.
type room struct {
	host   string
	config nodeConfig
	// shut breaks all connections, as those of a dead host do, without stopping
	// the node.
	shut atomic.Bool
	// speaks is set when the node may do so with its name.
	speaks atomic.Bool
	tried  chan struct{} // closed when it has been tried to open the node
	ended  chan struct{} // closed when the room is not kept any more

	mu     sync.Mutex
	node   *node // nil while it is not open
	guests *sync.WaitGroup
	err    error // why it is not open
	last   error // of the end, when the room is not kept any more
	stop   context.CancelFunc
}

func newRoom(host string, c nodeConfig) *room {
	return &room{host: host, config: c, tried: make(chan struct{}), ended: make(chan struct{})}
}

// base is the base URL of the node, open or not.
func (r *room) base() *url.URL {
	base, err := url.Parse(r.config.BaseURL)
	if err != nil {
		return &url.URL{} // not reached: it was read before the room was made
	}
	return base
}

// begin has the room kept, in a goroutine of wg, until ctx ends or it is left.
func (r *room) begin(ctx context.Context, wg *sync.WaitGroup) {
	ctx, stop := context.WithCancel(ctx)
	r.mu.Lock()
	r.stop = stop
	r.mu.Unlock()
	wg.Go(func() {
		defer close(r.ended)
		r.keep(ctx)
	})
}

// leave closes the node for good.
func (r *room) leave() error {
	r.mu.Lock()
	stop := r.stop
	r.mu.Unlock()
	if stop != nil {
		stop()
		<-r.ended
	}
	r.mu.Lock()
	err := r.last
	r.last = nil
	r.mu.Unlock()
	return errors.Join(err, r.close())
}

// The pauses between attempts to open a node that fails.
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// keep has the node open and at work until ctx ends.
func (r *room) keep(ctx context.Context) {
	pause, first := firstPause, sync.OnceFunc(func() { close(r.tried) })
	defer first()
	said := ""
	for ctx.Err() == nil {
		err := guard(func() error { return r.open(ctx) })
		opened := err == nil
		if opened {
			r.config.Log.InfoContext(ctx, "serving", "path", r.config.Dir, "url", r.config.BaseURL)
			said = ""
		}
		first()
		begun := time.Now()
		if opened {
			err = guard(func() error { return r.inhabit(ctx) })
		}
		err = errors.Join(err, r.close())
		r.mu.Lock()
		r.err = err
		if ctx.Err() != nil && opened {
			r.last = err
		}
		r.mu.Unlock()
		if time.Since(begun) > maxPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		// A folder that was moved away is nobody's trouble.
		if said != err.Error() && exists(r.config.Dir) {
			r.config.Log.ErrorContext(ctx, "node in trouble, it is tried again", "path", r.config.Dir, "err", err)
			said = err.Error()
		}
		pause = min(2*pause, maxPause)
	}
}

// open opens the node if it is not.
func (r *room) open(ctx context.Context) error {
	if r.now() != nil {
		return nil
	}
	n, err := newNode(ctx, r.config)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.node, r.err, r.guests = n, err, &sync.WaitGroup{}
	return err
}

// errEnded says that a node stopped working without being told to.
var errEnded = errors.New("the node ended by itself")

func (r *room) inhabit(ctx context.Context) error {
	err := r.now().run(ctx)
	if err == nil && ctx.Err() == nil {
		err = errEnded
	}
	return err
}

// now is the node, nil while it is not open.
func (r *room) now() *node {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.node
}

// trouble is why the node is not open.
func (r *room) trouble() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// close closes the node when those inside have left.
func (r *room) close() error {
	r.mu.Lock()
	n, guests := r.node, r.guests
	r.node = nil
	r.mu.Unlock()
	if n == nil {
		return nil
	}
	guests.Wait()
	return n.close()
}

// enter lets a request in, unless the node is not open.
func (r *room) enter() (n *node, leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.node == nil {
		return nil, nil
	}
	r.guests.Add(1)
	return r.node, r.guests.Done
}

// ServeHTTP implements [http.Handler].
func (r *room) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if r.shut.Load() {
		// Nobody is in: the connection breaks, as it does with a dead host.
		panic(http.ErrAbortHandler)
	}
	n, leave := r.enter()
	if n == nil {
		unavailable(w, req, r.config.Texts)
		return
	}
	defer leave()
	n.handler.ServeHTTP(w, req)
}

// unavailable says that a node has trouble, without asking it for anything.
// (RFC 9110, 15.6.4)
func unavailable(w http.ResponseWriter, r *http.Request, texts *locale.Bundle) {
	lang := texts.Match(r.Header.Get("Accept-Language"), texts.Languages())
	p := texts.Printer(lang)
	w.Header().Set("Retry-After", "10")
	w.Header().Set("Content-Language", p.Lang())
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, p.T("error_away_title")+"\n\n"+p.T("error_away"), http.StatusServiceUnavailable)
}

// passes reports whether what keeps a node from opening may end by itself.
func passes(err error) bool {
	return errors.Is(err, hub.ErrAway) || errors.Is(err, hub.ErrFull)
}
