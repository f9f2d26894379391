package storage

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// The files of both folders have the same names, go forward only, and never
// change once released.
//
//go:embed migrations
var migrations embed.FS

// migrate brings the tables of main up to date. Processes that start together
// on one server wait for the first of them.
func migrate(ctx context.Context, main *sql.DB, d dialect) error {
	files, err := fs.Sub(migrations, "migrations/"+d.migrations)
	if err != nil {
		return err
	}
	options, err := d.sessionLocker()
	if err != nil {
		return err
	}
	options = append(options, goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(d.goose, main, files, options...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
