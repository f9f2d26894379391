package storage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"
)

// ErrNewer says that a later program has changed the database's tables.
var ErrNewer = errors.New("a newer pergola has changed this database")

// The files of both folders have the same names, go forward only, and never
// change once released.
//
//go:embed migrations
var migrations embed.FS

// Schema is the number of the last migration that this program knows.
func Schema() int64 {
	files, _ := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if len(files) == 0 {
		return 0 // not reached: they are compiled in
	}
	n, _ := goose.NumericComponent(files[len(files)-1])
	return n
}

// migrate brings the tables up to date. Processes that start together on one
// server wait for the first of them. Each migration is a transaction, so one
// that is interrupted goes on where it stopped.
func (db *DB) migrate(ctx context.Context, o Options) error {
	files, err := fs.Sub(migrations, "migrations/"+db.dialect.migrations)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(db.dialect.goose, db.main, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	to := Schema()
	if o.Schema > 0 {
		to = o.Schema
	}
	return db.alone(ctx, func() error {
		from, err := p.GetDBVersion(ctx)
		switch {
		case err != nil:
			return err
		case from > to:
			return fmt.Errorf("%w: it has schema %d, this program knows %d. Run the newer program again; "+
				"or restore the backup that it made before the upgrade (pergola restore)", ErrNewer, from, to)
		case from == 0:
			_, err = p.UpTo(ctx, to)
			return err
		case from < to:
			return db.upgrade(ctx, o, p, from, to)
		}
		return nil
	})
}

// upgrade changes the tables of a database that is in use.
func (db *DB) upgrade(ctx context.Context, o Options, p *goose.Provider, from, to int64) error {
	if o.BeforeUpgrade != nil {
		if err := o.BeforeUpgrade(ctx, from, to); err != nil {
			return fmt.Errorf("before the upgrade: %w", err)
		}
	}
	for _, s := range p.ListSources() {
		if s.Version <= from || s.Version > to {
			continue
		}
		start := time.Now()
		db.log.InfoContext(ctx, "upgrading the database", "path", fmt.Sprintf("%s, %d of %d", path.Base(s.Path), s.Version-from, to-from))
		if _, err := p.UpTo(ctx, s.Version); err != nil {
			return fmt.Errorf("%s: %w; what was done until then is kept, and is not done again", path.Base(s.Path), err)
		}
		db.log.InfoContext(ctx, "upgraded the database", "path", path.Base(s.Path), "took", time.Since(start))
	}
	return nil
}
