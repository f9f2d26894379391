package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"pergola/config"
	"pergola/hub"
	"pergola/storage"
	"pergola/storage/archive"
	"pergola/storage/blob"
)

type restoreCommand struct {
	File                 string `arg:"" help:"The backup." type:"existingfile"`
	Dir                  string `arg:"" help:"Folder of the node that is to be made, DIR/NAME: one that is not there, or empty."`
	Database             string `help:"Where its rows go: a file in the folder, or an empty database postgres://… without a password."`
	DatabasePasswordFile string `help:"File with the password for PostgreSQL."`
}

// Run makes the node, or nothing at all.
func (c restoreCommand) Run(ctx context.Context, t *terminal) (err error) {
	if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: a node is restored into a folder of its own", c.Dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r, err := archive.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	fmt.Fprintf(t.err, "Reading %s, which pergola %s made of %s at %s\n", c.File, r.Program, r.BaseURL, r.Made.Format("2006-01-02 15:04 MST"))
	if err := r.Verify(ctx); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	parent := filepath.Dir(filepath.Clean(c.Dir))
	part := filepath.Join(parent, ".restore-"+filepath.Base(filepath.Clean(c.Dir)))
	// One that was killed has left its keys there.
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o700)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	conf, err := c.configure(r, part)
	if err != nil {
		return err
	}
	uploads, err := restoreMedia(ctx, r, part)
	if err != nil {
		return err
	}
	if err := restoreRows(ctx, r, nodeConfig{Config: conf, Dir: part, Log: logger(t.err, slog.LevelWarn)}); err != nil {
		return err
	}
	if err := os.Rename(part, c.Dir); err != nil {
		return err
	}
	printTables(t.out, r.Tables)
	fmt.Fprintf(t.out, "Restored %s into %s: %d rows and %d uploads, all as they were in the backup.\n"+
		"What happened after %s is not in it.\n"+
		"As long as another copy answers at %s, this one shows its pages but sends nothing.\n"+
		"Serve it:  pergola serve %s\n",
		hostName(conf.BaseURL), c.Dir, r.Rows(), uploads, r.Made.Format("2006-01-02 15:04 MST"), conf.BaseURL, parent)
	return nil
}

// configure writes the configuration, with another database where one is
// wanted or must be.
func (c restoreCommand) configure(r *archive.Reader, dir string) (conf config.Config, err error) {
	text, err := r.Config()
	if err != nil {
		return conf, err
	}
	password := c.DatabasePasswordFile
	if password != "" {
		if password, err = filepath.Abs(password); err != nil {
			return conf, err
		}
	}
	changed, err := config.Changed(string(text), func(to *config.Config) {
		if c.Database != "" || strings.Contains(to.Database, "://") {
			to.Database, to.DatabasePasswordFile = c.Database, password
		}
		if to.Database == "" {
			to.Database = config.Default().Database
		}
	})
	if err != nil {
		return conf, err
	}
	path := filepath.Join(dir, config.FileName)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		return conf, err
	}
	return config.Load(path)
}

func restoreMedia(ctx context.Context, r *archive.Reader, dir string) (n int, err error) {
	media, err := blob.Open(filepath.Join(dir, "media"))
	if err != nil {
		return 0, err
	}
	n, err = r.Media(ctx, media)
	return n, errors.Join(err, media.Close())
}

// restoreRows fills the database with the rows as they were, and then makes of
// it a copy that knows that it is one.
func restoreRows(ctx context.Context, r *archive.Reader, c nodeConfig) (err error) {
	database, err := databaseOf(c)
	if err != nil {
		return err
	}
	if err := load(ctx, r, database, storage.Options{Log: c.Log, Schema: r.Schema}); err != nil {
		return fmt.Errorf("filling %s: %w", c.Database, err)
	}
	db, err := storage.Open(ctx, database, c.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return hub.New(hub.Options{Store: db, Log: c.Log}).Restored(ctx, hub.Program("restore"))
}

// load fills an empty database with the rows of a backup. When they are in it
// already, because it was interrupted after that, it does nothing.
func load(ctx context.Context, r *archive.Reader, database string, o storage.Options) (err error) {
	db, err := storage.OpenWith(ctx, database, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.Load(ctx, r.Contents, r.Table)
	if !errors.Is(err, storage.ErrNotEmpty) {
		return err
	}
	there, dumpErr := db.Contents(ctx)
	if dumpErr != nil || len(r.Differences(there)) > 0 {
		return errors.Join(fmt.Errorf("%w: give it an empty one", err), dumpErr)
	}
	return nil
}
