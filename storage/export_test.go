package storage

import (
	"context"
	"database/sql"
)

// Tx is the transaction for tests.
type Tx = tx

// Write and Read run f in a transaction.
func (db *DB) Write(ctx context.Context, f func(*Tx) error) error { return db.update(ctx, f) }

// Read runs f in a transaction that only reads.
func (db *DB) Read(ctx context.Context, f func(*Tx) error) error { return db.view(ctx, f) }

// Count returns the number in the first column of the answer.
func (t *Tx) Count(ctx context.Context, query string, args ...any) (n int, err error) {
	return n, t.queryRow(ctx, query, args...).Scan(&n)
}

// Names calls f for the first column of each row.
func (t *Tx) Names(ctx context.Context, f func(string) error, query string, args ...any) error {
	return t.each(ctx, func(r *sql.Rows) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		return f(name)
	}, query, args...)
}
