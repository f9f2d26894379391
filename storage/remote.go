package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// maxWaiting is how many statements wait at most to be sent.
const maxWaiting = 64

// A remote is a writing transaction on a server. A statement whose answer nobody
// needs waits and goes out with the next one that somebody does, or with the
// commit: each way to the server and back costs as much as a small statement.
type remote struct {
	conn    *sql.Conn
	waiting *pgx.Batch
	begun   bool // the server knows of it
}

// transactRemote runs f in a transaction that writes.
func (db *DB) transactRemote(ctx context.Context, f func(*tx) error) (err error) {
	conn, err := db.main.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close()
	r := &remote{conn: conn, waiting: &pgx.Batch{}}
	r.waiting.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	t := &tx{on: r, dialect: db.dialect}
	committed := false
	defer func() {
		if t.over = true; committed {
			return
		}
		if end := r.rollback(ctx); end != nil {
			err = errors.Join(err, end)
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := r.commit(ctx); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	committed = true
	t.committed()
	return nil
}

// later runs query with the next statement that is not run later.
func (r *remote) later(ctx context.Context, query string, args []any) error {
	if r.waiting.Len() >= maxWaiting {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.waiting.Queue(query, args...)
	return nil
}

// flush sends what waits.
func (r *remote) flush(ctx context.Context) error {
	if r.waiting.Len() == 0 {
		return nil
	}
	return r.send(ctx, func(pgx.BatchResults) error { return nil })
}

// send sends what waits, and has read read what the last answers.
func (r *remote) send(ctx context.Context, read func(pgx.BatchResults) error) error {
	batch := r.waiting
	r.waiting, r.begun = &pgx.Batch{}, true
	return r.conn.Raw(func(c any) (err error) {
		answers := c.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		defer func() {
			if end := answers.Close(); err == nil {
				err = end
			}
		}()
		for range batch.Len() - 1 {
			if _, err := answers.Exec(); err != nil {
				return err
			}
		}
		return read(answers)
	})
}

// ExecContext runs query, after what waits.
func (r *remote) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	var changed int64
	r.waiting.Queue(query, args...)
	err := r.send(ctx, func(answers pgx.BatchResults) error {
		tag, err := answers.Exec()
		changed = tag.RowsAffected()
		return err
	})
	return driver.RowsAffected(changed), err
}

// each runs query, after what waits.
func (r *remote) each(ctx context.Context, scan func(row) error, query string, args []any) error {
	r.waiting.Queue(query, args...)
	return r.send(ctx, func(answers pgx.BatchResults) error {
		rows, err := answers.Query()
		if err != nil {
			return err
		}
		defer rows.Close()
		return scanAll(rows, scan)
	})
}

func (r *remote) row(ctx context.Context, query string, args []any) row {
	return scanning(func(dest ...any) error {
		r.waiting.Queue(query, args...)
		return r.send(ctx, func(answers pgx.BatchResults) error {
			err := answers.QueryRow().Scan(dest...)
			if errors.Is(err, pgx.ErrNoRows) {
				return sql.ErrNoRows
			}
			return err
		})
	})
}

// scanning is a row that is asked for when it is scanned.
type scanning func(dest ...any) error

func (s scanning) Scan(dest ...any) error { return s(dest...) }

// commit makes the transaction durable.
func (r *remote) commit(ctx context.Context) error {
	if !r.begun && r.waiting.Len() == 1 {
		return nil // nothing was done
	}
	r.waiting.Queue("COMMIT")
	return r.send(ctx, func(answers pgx.BatchResults) error {
		tag, err := answers.Exec()
		if err == nil && tag.String() != "COMMIT" {
			// The server says ROLLBACK when a statement had failed.
			err = errUndone
		}
		return err
	})
}

// rollback undoes the transaction. It must reach the server even when ctx is
// over; a connection on which it does not is closed, which does the same.
func (r *remote) rollback(ctx context.Context) error {
	if !r.begun {
		return nil
	}
	free, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := r.conn.ExecContext(free, "ROLLBACK"); err == nil {
		return nil
	}
	err := r.conn.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
