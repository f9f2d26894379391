package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"pergola/federation"
	"pergola/hub"
)

var (
	_ hub.Store        = (*DB)(nil)
	_ federation.Store = (*DB)(nil)
)

// Update implements [hub.Store].
func (db *DB) Update(ctx context.Context, f func(hub.Tx) error) error {
	err := db.update(ctx, func(t *tx) error { return f(records{t, db}) })
	if err != nil && isConflict(err) && !errors.Is(err, hub.ErrConflict) {
		err = fmt.Errorf("%w: %w", hub.ErrConflict, err) // of a statement that ran later
	}
	return err
}

// View implements [hub.Store].
func (db *DB) View(ctx context.Context, f func(hub.Tx) error) error {
	return db.view(ctx, func(t *tx) error { return f(records{t, db}) })
}

// records are the nouns as a transaction sees them: hub's Tx. Its methods stand
// in the file of their noun.
type records struct {
	*tx
	db *DB
}

// Exec, each and queryRow are those of the transaction, with texts that both
// databases can hold, wherever they came from.

// Exec implements [queue.Executor].
func (r records) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return r.tx.Exec(ctx, query, storables(args)...)
}

func (r records) each(ctx context.Context, scan func(row) error, query string, args ...any) error {
	return r.tx.Each(ctx, scan, query, storables(args)...)
}

func (r records) queryRow(ctx context.Context, query string, args ...any) row {
	return r.tx.queryRow(ctx, query, storables(args)...)
}

// storables makes the texts among args storable, in place.
func storables(args []any) []any {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = storable(s)
		}
	}
	return args
}

// told wraps an error of the database with what was being done, and gives those
// that a caller can act on their names.
func told(err error, doing, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		err = hub.ErrNotFound
	case isConflict(err):
		err = hub.ErrConflict
	}
	return fmt.Errorf("%s %s: %w", doing, what, err)
}

// change runs a statement that must change a row: ErrNotFound when it did not.
func (r records) change(ctx context.Context, doing, what, query string, args ...any) error {
	n, err := r.Exec(ctx, query, args...)
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return told(err, doing, what)
}

// insert runs a statement that ends in ON CONFLICT DO NOTHING, because on a
// server an error would end the transaction: ErrConflict when the row was there.
func (r records) insert(ctx context.Context, doing, what, query string, args ...any) error {
	n, err := r.Exec(ctx, query, args...)
	if err == nil && n == 0 {
		return fmt.Errorf("%s %s: %w", doing, what, hub.ErrConflict)
	}
	return told(err, doing, what)
}

// run runs a statement that may change any number of rows.
func (r records) run(ctx context.Context, doing, what, query string, args ...any) error {
	return told(r.Later(ctx, query, storables(args)...), doing, what)
}

// changed is run for who asks how many rows it changed.
func (r records) changed(ctx context.Context, doing, what, query string, args ...any) (int, error) {
	n, err := r.Exec(ctx, query, args...)
	return int(n), told(err, doing, what)
}

// readOne is the row that a query finds, as scan reads it: ErrNotFound when there
// is none.
func readOne[T any](ctx context.Context, r records, scan func(row, *T) error, doing, what, query string, args ...any) (one T, err error) {
	err = scan(r.queryRow(ctx, query, args...), &one)
	return one, told(err, doing, what)
}

// readAll are all rows that a query finds.
func readAll[T any](ctx context.Context, r records, scan func(row, *T) error, doing, what, query string, args ...any) ([]T, error) {
	var all []T
	err := r.each(ctx, func(row row) error {
		var one T
		err := scan(row, &one)
		all = append(all, one)
		return err
	}, query, args...)
	return all, told(err, doing, what)
}

// column reads a row of one column.
func column[T any](row row, value *T) error { return row.Scan(value) }

// ifAny is what was read, or the zero value where there is none.
func ifAny[T any](one T, err error) (T, error) {
	if errors.Is(err, hub.ErrNotFound) {
		err = nil
	}
	return one, err
}
