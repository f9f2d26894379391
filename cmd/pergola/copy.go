package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"pergola/config"
	"pergola/storage"
	"pergola/storage/archive"
)

type copyCommand struct {
	nodeArg
	To                   string `required:"" help:"The new database, empty or not there: a file in the node's folder, or postgres://… without a password."`
	DatabasePasswordFile string `help:"File with the password for PostgreSQL."`
}

// Run copies all rows and then lets the configuration name the new database.
// Until then nothing has changed, so it can be run again when it was
// interrupted.
func (c copyCommand) Run(ctx context.Context, t *terminal) (err error) {
	path := filepath.Join(c.Dir, config.FileName)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, err := config.Load(path)
	if err != nil {
		return err
	}
	to := func(conf *config.Config) {
		conf.Database, conf.DatabasePasswordFile = c.To, c.DatabasePasswordFile
	}
	changed, err := config.Changed(string(text), to)
	if err != nil {
		return err
	}
	next, err := config.Parse(changed)
	if err != nil {
		return err
	}
	if next.Database == old.Database {
		return fmt.Errorf("%s is in %s already", c.Dir, old.Database)
	}
	log := logger(t.err, slog.LevelWarn)
	m, err := c.copyRows(ctx, t, nodeConfig{Config: old, Dir: c.Dir, Log: log}, nodeConfig{Config: next, Dir: c.Dir, Log: log})
	if err != nil {
		return err
	}
	if err := config.Change(path, to); err != nil {
		return err
	}
	printTables(t.out, m.Tables)
	fmt.Fprintf(t.out, "Copied %d rows into %s; all are the same in both.\n"+
		"%s says database = %q from now on. The old one is kept: %s.\n"+
		"To go back, write database = %q there again; what happens from now on is not in it.\n",
		m.Rows(), next.Database, path, next.Database, old.Database, old.Database)
	return nil
}

// copyRows copies by way of a file, as a backup that is restored at once.
func (c copyCommand) copyRows(ctx context.Context, t *terminal, from, to nodeConfig) (m archive.Manifest, err error) {
	n, err := openNode(ctx, from)
	if errors.Is(err, storage.ErrInUse) {
		return m, errServed(c.Dir)
	}
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	// On a server a process that serves leads, or would if we did not.
	if err := n.db.Elector().IsLeader(ctx); errors.Is(err, storage.ErrNotLeader) {
		return m, errServed(c.Dir)
	} else if err != nil {
		return m, err
	}
	// What processes that have died held is free, as in a file that is opened.
	if err := n.db.Queue().FreeAll(ctx); err != nil {
		return m, err
	}
	// A copy that was killed has left its keys in a file.
	left, err := filepath.Glob(filepath.Join(c.Dir, "copy-*.zip*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return m, err
	}
	path := filepath.Join(c.Dir, "copy-"+rand.Text()[:8]+".zip")
	m, err = archive.Write(ctx, path, archive.Node{DB: n.db, BaseURL: from.BaseURL, Program: version, Progress: progress(t.err)})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	r, err := archive.Open(path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	database, err := databaseOf(to)
	if err != nil {
		return m, err
	}
	if !strings.Contains(to.Database, "://") && !exists(filepath.Dir(database)) {
		return m, fmt.Errorf("there is no folder %s", filepath.Dir(database))
	}
	fmt.Fprintf(t.err, "Filling %s\n", to.Database)
	if err := load(ctx, r, database, storage.Options{Log: to.Log}); err != nil {
		return m, fmt.Errorf("filling %s: %w", to.Database, err)
	}
	now, err := n.db.Contents(ctx)
	if err != nil {
		return m, err
	}
	if changed := m.Differences(now); len(changed) > 0 {
		return m, fmt.Errorf("somebody changed the old database meanwhile (%s): stop what serves it, empty the new one, and run this again",
			strings.Join(changed, "; "))
	}
	return m, nil
}

func errServed(dir string) error {
	return fmt.Errorf("%s is being served: stop it first, or what comes in meanwhile is lost", dir)
}
