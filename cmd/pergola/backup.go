package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pergola/config"
	"pergola/hub/cron"
	"pergola/storage"
	"pergola/storage/archive"
	"pergola/storage/blob"
)

type backupCommand struct {
	nodeArg
	File string `arg:"" optional:"" help:"The file to write; by default one with the node's name and the time, here."`
}

// Run writes the backup.
func (c backupCommand) Run(ctx context.Context, t *terminal) (err error) {
	conf, err := config.Load(filepath.Join(c.Dir, config.FileName))
	if err != nil {
		return err
	}
	nc := nodeConfig{Config: conf, Dir: c.Dir, Log: logger(t.err, slog.LevelWarn)}
	path := c.File
	if path == "" {
		path = backupName(nc, "", time.Now())
	}
	m, err := writeBackup(ctx, nc, path, progress(t.err))
	if err != nil {
		return err
	}
	printTables(t.out, m.Tables)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Wrote %s: %d rows, %d files, %d kB; read again and compared.\n"+
		"It holds the node's private keys and its accounts: keep it where nobody else can read it.\n",
		path, m.Rows(), len(m.Files), info.Size()/1000)
	return nil
}

// backupName is what a backup is called. kind tells those that are made
// unasked.
func backupName(c nodeConfig, kind string, at time.Time) string {
	return backupPrefix(c, kind) + at.UTC().Format("20060102T150405Z") + ".zip"
}

func backupPrefix(c nodeConfig, kind string) string {
	return strings.NewReplacer(":", "_", "[", "", "]", "").Replace(hostName(c.BaseURL)) + "-" + kind
}

// writeBackup writes a node into a file. It reads with a connection of its own,
// since a node may have only one, and that takes a while.
func writeBackup(ctx context.Context, c nodeConfig, path string, progress func(string, int64)) (m archive.Manifest, err error) {
	database, err := databaseOf(c)
	if err != nil {
		return m, err
	}
	db, err := storage.OpenToRead(ctx, database, c.Log)
	if err != nil {
		return m, fmt.Errorf("opening the database of %s: %w", hostName(c.BaseURL), err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	text, err := os.ReadFile(filepath.Join(c.Dir, config.FileName))
	if err != nil {
		return m, err
	}
	media, err := blob.Open(filepath.Join(c.Dir, "media"))
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, media.Close()) }()
	return archive.Write(ctx, path, archive.Node{
		DB: db, Media: media, Config: text, BaseURL: c.BaseURL, Program: version, Progress: progress,
	})
}

// progress prints what is going on, once a second.
func progress(w io.Writer) func(name string, bytes int64) {
	var last time.Time
	return func(name string, bytes int64) {
		if now := time.Now(); now.Sub(last) > time.Second {
			fmt.Fprintf(w, "  %s: %d kB\n", name, bytes/1000)
			last = now
		}
	}
}

// printTables lists tables that have rows, with the beginning of their sums.
func printTables(w io.Writer, tables []storage.Table) {
	for _, t := range tables {
		if t.Rows > 0 {
			fmt.Fprintf(w, "  %-16s %8d rows  sha256 %.16s\n", t.Name, t.Rows, t.SHA256)
		}
	}
}

// backupFolder makes the folder for backups where there is none.
func backupFolder(c nodeConfig) (string, error) {
	dir := config.Within(c.Dir, c.BackupFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for backups: %w", err)
	}
	return dir, nil
}

// planBackups has the node backed up each night, or up to half an hour after the
// start when that was missed, at a time that differs from node to node, since a
// process may have many.
func (n *node) planBackups(c nodeConfig, zone string) error {
	if c.BackupKeep == 0 {
		return nil
	}
	h := fnv.New32()
	h.Write([]byte(c.BaseURL))
	minute := h.Sum32() % 180
	rule := cron.Rule{Cron: fmt.Sprintf("%d %d * * *", minute%60, 2+minute/60), Zone: zone}
	late := time.Minute + time.Duration(minute)*10*time.Second
	return n.schedule.Cron("backup", rule, late, func(ctx context.Context) error { return n.backUp(ctx, c, time.Now()) })
}

// backUp writes a nightly backup and deletes the oldest.
func (n *node) backUp(ctx context.Context, c nodeConfig, now time.Time) error {
	dir, err := backupFolder(c)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, backupName(c, nightly, now))
	m, err := writeBackup(ctx, c, path, nil)
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	n.log.InfoContext(ctx, "backed up", "path", path, "took", time.Since(m.Made).Round(time.Millisecond))
	return rotate(dir, backupPrefix(c, nightly), c.BackupKeep, now)
}

// The kinds of backups that are made unasked.
const (
	nightly = "nightly-"
	schema  = "schema-" // before an upgrade, with the schema's number
)

// upgradesKept is how many backups from before upgrades are kept.
const upgradesKept = 3

// rotate deletes all but the newest backups whose names begin so, and what was
// broken off more than a day ago.
func rotate(dir, prefix string, keep int, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	var names []string
	for _, e := range entries {
		switch {
		case !strings.HasPrefix(e.Name(), prefix):
		case strings.HasSuffix(e.Name(), ".zip"):
			names = append(names, e.Name())
		case strings.HasSuffix(e.Name(), ".part"):
			if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
				errs = append(errs, os.Remove(filepath.Join(dir, e.Name())))
			}
		}
	}
	slices.Sort(names) // by their time
	for _, name := range names[:max(0, len(names)-keep)] {
		errs = append(errs, os.Remove(filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

// backupBeforeUpgrade writes a backup with the old schema, unless there is one
// of the last hour: an upgrade may be tried again and again.
func backupBeforeUpgrade(ctx context.Context, c nodeConfig, from int64) error {
	dir, err := backupFolder(c)
	if err != nil {
		return err
	}
	prefix := backupPrefix(c, schema)
	made, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("%s%05d-*.zip", prefix, from)))
	if err != nil {
		return err
	}
	for _, path := range made {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) < time.Hour {
			return nil
		}
	}
	path := filepath.Join(dir, backupName(c, fmt.Sprintf("%s%05d-", schema, from), time.Now()))
	c.Log.InfoContext(ctx, "backing up before the upgrade", "path", path)
	if _, err := writeBackup(ctx, c, path, nil); err != nil {
		return fmt.Errorf("backing up: %w; nothing was changed (backup_folder in %s says where backups go)", err, config.FileName)
	}
	return rotate(dir, prefix, upgradesKept, time.Now())
}
