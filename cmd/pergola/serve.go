package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type serveCommand struct {
	Dir    string `arg:"" help:"Folder of node folders, or one node's folder." type:"existingdir"`
	Listen string `help:"Address to listen on. A proxy in front of it ends TLS." default:"127.0.0.1:8080"`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(ctx context.Context, t *terminal) error {
	nodes, err := findNodes(c.Dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", c.Listen, err)
	}
	h := newHouse()
	defer func() { err = errors.Join(err, h.close()) }()
	for _, d := range nodes {
		log := logger(t.err, d.config.Level()).With("org", hostName(d.config.BaseURL))
		if err := h.open(ctx, nodeConfig{Config: d.config, Dir: d.dir, Log: log}); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", d.dir, err), listener.Close())
		}
		log.InfoContext(ctx, "serving", "url", d.config.BaseURL, "listen", c.Listen)
	}
	return h.serve(ctx, logger(t.err, slog.LevelInfo), listener)
}

func hostName(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return strings.TrimSuffix(host, "/")
}

// A house is several nodes behind one address, told apart by the host that is
// asked for.
type house struct {
	nodes map[string]*room // by host, with its port where it has one
	order []string
	// front answers for hosts that are no node's; nil answers 421.
	front http.Handler
}

// A room is a node with its door, which can be shut without stopping it.
type room struct {
	*node
	shut atomic.Bool
}

func newHouse() *house { return &house{nodes: map[string]*room{}} }

// open opens a node and gives it its place.
func (h *house) open(ctx context.Context, c nodeConfig) error {
	n, err := newNode(ctx, c)
	if err != nil {
		return err
	}
	host := strings.ToLower(n.base.Host)
	h.nodes[host] = &room{node: n}
	h.order = append(h.order, host)
	return nil
}

func (h *house) close() error {
	var errs []error
	for _, n := range h.nodes {
		errs = append(errs, n.close())
	}
	return errors.Join(errs...)
}

// ServeHTTP implements [http.Handler].
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room := h.nodes[strings.ToLower(r.Host)]
	switch {
	case room == nil && h.front != nil:
		h.front.ServeHTTP(w, r)
	case room == nil:
		// No node has that name. (RFC 9110, 15.5.20)
		http.Error(w, "No node here has the name "+r.Host+".", http.StatusMisdirectedRequest)
	case room.shut.Load():
		// Nobody is in: the connection breaks, as it does with a dead host.
		panic(http.ErrAbortHandler)
	default:
		room.handler.ServeHTTP(w, r)
	}
}

// stopTimeout is how long open requests may take to end.
const stopTimeout = 10 * time.Second

// serve answers on the listeners and runs all nodes until ctx ends.
func (h *house) serve(ctx context.Context, log *slog.Logger, listeners ...net.Listener) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for _, l := range listeners {
		wg.Go(func() {
			if err := guard(func() error { return server.Serve(l) }); !errors.Is(err, http.ErrServerClosed) {
				stop(err)
			}
		})
	}
	for host, room := range h.nodes {
		wg.Go(func() {
			if err := guard(func() error { return room.run(ctx) }); err != nil {
				stop(fmt.Errorf("%s: %w", host, err))
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
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
