package storage

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"

	"pergola/storage/queue"
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
	return t.Each(ctx, func(r row) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		return f(name)
	}, query, args...)
}

// RecordedQueue returns a queue on db that calls f with each of its statements.
func (db *DB) RecordedQueue(f func(query string)) *queue.Queue {
	return queue.New(recordedStore{queueStore{db}, f}, db.dialect.queue, slog.New(slog.DiscardHandler))
}

type recordedStore struct {
	queueStore
	f func(string)
}

func (s recordedStore) Update(ctx context.Context, f func(queue.Executor) error) error {
	return s.queueStore.Update(ctx, func(ex queue.Executor) error { return f(recorded{ex, s.f}) })
}

func (s recordedStore) View(ctx context.Context, f func(queue.Executor) error) error {
	return s.queueStore.View(ctx, func(ex queue.Executor) error { return f(recorded{ex, s.f}) })
}

type recorded struct {
	queue.Executor
	f func(string)
}

func (r recorded) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r.f(query)
	return r.Executor.Exec(ctx, query, args...)
}

func (r recorded) Later(ctx context.Context, query string, args ...any) error {
	r.f(query)
	return r.Executor.Later(ctx, query, args...)
}

func (r recorded) Each(ctx context.Context, scan func(row) error, query string, args ...any) error {
	r.f(query)
	return r.Executor.Each(ctx, scan, query, args...)
}

// Plan calls f for each step of SQLite's plan for query.
func (t *Tx) Plan(ctx context.Context, f func(string), query string, args []any) error {
	return t.Each(ctx, func(r row) error {
		var id, parent, unused int
		var step string
		if err := r.Scan(&id, &parent, &unused, &step); err != nil {
			return err
		}
		f(step)
		return nil
	}, `EXPLAIN QUERY PLAN `+query, args...)
}

// Fill puts rows into every table, with what may be hard to take along.
func (t *Tx) Fill(ctx context.Context, rows int) error {
	all, err := t.tables(ctx)
	for _, table := range all {
		var values []any
		rows := rows
		for n := range rows {
			for _, c := range table.Columns {
				v := map[Kind]any{
					Text:    fmt.Sprintf("árvíz <&> \"%d\"\n\u2028 %s", n, c.Name),
					Integer: int64(n)<<52 - 1, Boolean: n%2 == 0, Bytes: bytes.Repeat([]byte{0, 255, byte(n)}, n),
				}[c.Kind]
				if c.Name == "one" {
					v, rows = int64(1), 1
				}
				values = append(values, v)
			}
			if rows == 1 {
				break
			}
		}
		if err := t.insertRows(ctx, table, values); err != nil {
			return fmt.Errorf("%s: %w", table.Name, err)
		}
	}
	return err
}

// NotDumped are the tables of which nothing is taken along.
var NotDumped = notDumped

// Portion is for tests.
var Portion = portion
