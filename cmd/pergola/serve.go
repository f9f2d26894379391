package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
)

type serveCommand struct {
	Dir    string `arg:"" help:"Folder of node folders, or one node's folder." type:"existingdir"`
	Listen string `help:"Address to listen on. A proxy in front of it ends TLS." default:"127.0.0.1:8080"`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(ctx context.Context, t *terminal) (err error) {
	nodes, err := findNodes(c.Dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", c.Listen, err)
	}
	h, err := newHouse(logger(t.err, slog.LevelInfo))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, h.close()) }()
	for _, d := range nodes {
		log := logger(t.err, d.config.Level()).With("org", hostName(d.config.BaseURL))
		if _, err := h.add(nodeConfig{Config: d.config, Dir: d.dir, Log: log}); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", d.dir, err), listener.Close())
		}
	}
	return h.serve(ctx, listener)
}

func hostName(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return strings.TrimSuffix(host, "/")
}
