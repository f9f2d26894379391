package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"pergola/config"
	"pergola/storage"
)

type checkCommand struct {
	Dir string `arg:"" help:"Folder of node folders, or one node's folder." type:"existingdir"`
}

// Run says everything that is wrong at once.
func (c checkCommand) Run(ctx context.Context, t *terminal) error {
	settings, wrong := config.LoadServer(c.Dir)
	if wrong == nil {
		_, wrong = settings.CACertificates(c.Dir)
	}
	nodes, err := findNodes(c.Dir)
	errs := []error{wrong, err}
	for _, d := range nodes {
		n, err := newNode(ctx, nodeConfig{Config: d.config, Dir: d.dir, Log: logger(t.err, slog.LevelInfo)})
		switch {
		case errors.Is(err, storage.ErrInUse):
			fmt.Fprintf(t.out, "%s: %s is being served\n", d.dir, d.config.BaseURL)
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", d.dir, err))
		default:
			fmt.Fprintf(t.out, "%s: %s is well\n", d.dir, d.config.BaseURL)
			errs = append(errs, n.close())
		}
	}
	return errors.Join(errs...)
}
