package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"pergola/config"
)

type serveCommand struct {
	Dir      string        `arg:"" help:"Folder of node folders, or one node's folder. Nodes may come and go while it is served." type:"existingdir"`
	Listen   []string      `help:"Addresses to listen on, in place of those in server.toml." placeholder:"127.0.0.1:8080"`
	TakeOver bool          `name:"takeover" help:"Let nodes that were restored from a backup speak, although another copy answers at their address."`
	Lease    time.Duration `hidden:"" help:"After how long a process that serves the same nodes, and has died, is missed."`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(ctx context.Context, t *terminal) (err error) {
	settings, err := config.LoadServer(c.Dir)
	if err != nil {
		_, wrong := findNodes(c.Dir)
		return errors.Join(err, wrong)
	}
	if len(c.Listen) > 0 {
		settings.Listen = c.Listen
		if err := settings.Validate(); err != nil {
			return err
		}
	}
	h, err := newHouse(logger(t.err, loudest(c.Dir)))
	if err != nil {
		return err
	}
	doors, err := openDoors(settings)
	if err != nil {
		return err
	}
	defer closeDoors(doors)
	defer func() { err = errors.Join(err, h.close()) }()
	h.takeOver, h.lease = c.TakeOver, c.Lease
	if err := h.stand(ctx, c.Dir, settings, doors); err != nil {
		return err
	}
	nodes := newCaretaker(c.Dir, h, t.err)
	if err := nodes.begin(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { nodes.watch(ctx) })
	err = h.run(ctx, doors)
	stop()
	wg.Wait()
	return err
}

// loudest is the level of the log that is told most to, among those of the nodes
// in a folder; info at least.
func loudest(dir string) slog.Level {
	level := slog.LevelInfo
	nodes, _ := listNodes(dir) // what is wrong is told by who opens them
	for _, n := range nodes {
		level = min(level, n.config.Level())
	}
	return level
}

func hostName(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return strings.TrimSuffix(host, "/")
}
