package storage

import (
	"context"
	"database/sql"

	"pergola/hub"
)

// Cursor and PlaceAfter write and read the place of a page.
func Cursor(at int64, id string) string { return cursor(at, id) }

// PlaceAfter reads a cursor; bad ones are at the beginning.
func PlaceAfter(after string, beginning int64) (int64, string) {
	p := placeAfter(hub.Page{After: after}, place{at: beginning})
	return p.at, p.id
}

// A Statement is what was asked of the database.
type Statement struct {
	Query string
	Args  []any
}

// A recorder notes the statements of a transaction.
type recorder struct {
	executor
	seen *[]Statement
}

func (r recorder) note(query string, args []any) { *r.seen = append(*r.seen, Statement{query, args}) }

func (r recorder) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r.note(query, args)
	return r.executor.ExecContext(ctx, query, args...)
}

func (r recorder) each(ctx context.Context, scan func(row) error, query string, args []any) error {
	r.note(query, args)
	return r.executor.each(ctx, scan, query, args)
}

func (r recorder) row(ctx context.Context, query string, args []any) row {
	r.note(query, args)
	return r.executor.row(ctx, query, args)
}

func (r recorder) later(ctx context.Context, query string, args []any) error {
	r.note(query, args)
	return r.executor.later(ctx, query, args)
}

// Statements runs f in a transaction and returns what it asked.
func (db *DB) Statements(ctx context.Context, f func(hub.Tx) error) ([]Statement, error) {
	var seen []Statement
	err := db.update(ctx, func(t *tx) error {
		on := t.on
		defer func() { t.on = on }()
		t.on = recorder{on, &seen}
		return f(records{t, db})
	})
	return seen, err
}

// Plan says how a file answers a statement.
func (db *DB) Plan(ctx context.Context, s Statement) ([]string, error) {
	var plan []string
	err := db.view(ctx, func(t *tx) error {
		return t.Each(ctx, func(rows row) error {
			var id, parent, unused int
			var detail string
			err := rows.Scan(&id, &parent, &unused, &detail)
			plan = append(plan, detail)
			return err
		}, "EXPLAIN QUERY PLAN "+s.Query, s.Args...)
	})
	return plan, err
}
