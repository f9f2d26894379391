package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// errOnlyRead says that a database was opened to be read.
var errOnlyRead = errors.New("the database was opened to be read")

// A Condition is how it goes with a database.
type Condition struct {
	// Kind is "SQLite" or "PostgreSQL", Size in octets.
	Kind string
	Size int64
	// Damage is what a search for damage found, "" for nothing. On a server it is
	// not searched for.
	Damage string
	// Write is why it cannot be written, nil when it can.
	Write error
}

// Condition looks at a database, which may be served meanwhile. thorough
// searches for damage, for which a file has to be read as a whole. The error is
// why it cannot be read.
func (db *DB) Condition(ctx context.Context, thorough bool) (c Condition, err error) {
	if db.dialect.server {
		c.Kind = "PostgreSQL"
		var writes bool
		err := db.view(ctx, func(t *tx) error {
			return t.queryRow(ctx, `
				SELECT pg_database_size(current_database()),
					NOT pg_is_in_recovery() AND has_table_privilege('organisation', 'UPDATE')`).Scan(&c.Size, &writes)
		})
		if err == nil && !writes {
			c.Write = errors.New("it is a replica, or its user may not write")
		}
		return c, describe(err)
	}
	c.Kind = "SQLite"
	err = db.view(ctx, func(t *tx) error {
		var pages, size int64
		if err := t.queryRow(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
			return err
		}
		if err := t.queryRow(ctx, `PRAGMA page_size`).Scan(&size); err != nil {
			return err
		}
		c.Size = pages * size
		if !thorough {
			return nil
		}
		if err := t.queryRow(ctx, `PRAGMA quick_check(1)`).Scan(&c.Damage); err != nil {
			return err
		}
		if c.Damage == "ok" {
			c.Damage = ""
		}
		return nil
	})
	if err == nil {
		c.Write = db.dialect.explain(db.tryToWrite(ctx))
	}
	return c, describe(err)
}

func describe(err error) error {
	if err != nil {
		return fmt.Errorf("reading the database: %w", err)
	}
	return nil
}

// tryToWrite takes the lock of a file that writing takes, and gives it back. A
// file that may not be written is opened to be read, and has no such lock.
func (db *DB) tryToWrite(ctx context.Context) (err error) {
	if db.file.writer != nil {
		return db.update(ctx, func(*tx) error { return nil })
	}
	path, err := filepath.Abs(db.database)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	w, err := sql.Open("sqlite", sqliteSource(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	conn, err := w.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	return err
}
