package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
)

type serveCommand struct {
	Dir    string `arg:"" help:"Folder of node folders, or one node's folder. Nodes may come and go while it is served." type:"existingdir"`
	Listen string `help:"Address to listen on. A proxy in front of it ends TLS." default:"127.0.0.1:8080"`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(ctx context.Context, t *terminal) (err error) {
	h, err := newHouse(logger(t.err, slog.LevelInfo))
	if err != nil {
		return err
	}
	nodes := newCaretaker(c.Dir, h, t.err)
	if err := nodes.begin(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use, perhaps by another pergola serve: end that, or name another address with --listen", c.Listen)
	}
	if err != nil {
		return fmt.Errorf("listening on %s: %w", c.Listen, err)
	}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { nodes.watch(ctx) })
	err = h.serve(ctx, listener)
	stop()
	wg.Wait()
	return errors.Join(err, h.close())
}

func hostName(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return strings.TrimSuffix(host, "/")
}
