// Package storage keeps everything a node knows, in one SQLite file or in one
// PostgreSQL database, and implements hub's Store.
//
// It knows rows and transactions. It knows no rule of the product: what may
// happen is decided in package hub, and every SQL text here is the same for
// both databases. What must differ stands in dialect.go and under migrations/.
// Times are integer milliseconds, placeholders are $1… in ascending order, ids
// are made in Go.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"pergola/storage/queue"
)

// DB is an open, migrated database. It is safe for concurrent use.
type DB struct {
	dialect  dialect
	database string // as given to Open
	log      *slog.Logger
	main     *sql.DB // all transactions of a server, the writing ones of a file
	host     string  // the server's name and port
	shares   *Shares
	listens  atomic.Bool // there is a connection left to listen with
	file     *file       // nil on a server
	queue    *queue.Queue
	elector  *Elector
	recent   recent
	closed   bool
}

// Open opens database, "postgres://…" or else the path of a SQLite file, which
// is made if there is none, and brings its tables up to date. A file belongs to
// one process at a time: [ErrInUse]. One that a later program has changed is
// refused: [ErrNewer].
func Open(ctx context.Context, database string, log *slog.Logger) (*DB, error) {
	return OpenWith(ctx, database, Options{Log: log})
}

// Options say how a database is opened.
type Options struct {
	Log *slog.Logger
	// BeforeUpgrade is called before the tables of a database that is in use are
	// changed, from one schema to another. When it fails, nothing is changed.
	BeforeUpgrade func(ctx context.Context, from, to int64) error
	// Schema is the number of the last migration to apply, 0 for all: for a
	// database that is to be filled with rows of that schema.
	Schema int64
	// Shares divide the connections to a server with other databases; nil divides
	// nothing.
	Shares *Shares
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, database string, o Options) (*DB, error) {
	return opened(newDB(database, o.Log), func(db *DB) error { return db.open(ctx, o) })
}

// OpenToRead opens a database, which may be served meanwhile, to dump it: it
// locks nothing and changes nothing, the schema neither.
func OpenToRead(ctx context.Context, database string, log *slog.Logger) (*DB, error) {
	return opened(newDB(database, log), func(db *DB) error {
		if db.dialect.server {
			return db.dialect.open(db)
		}
		path, err := filepath.Abs(database)
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			return err
		}
		db.file = &file{}
		db.file.read, err = sql.Open("sqlite", sqliteSource(path, "query_only(1)"))
		db.file.admit()
		return err
	})
}

func newDB(database string, log *slog.Logger) *DB {
	db := &DB{dialect: dialectOf(database), database: database, log: log}
	db.elector = &Elector{db: db}
	db.queue = queue.New(queueStore{db}, db.dialect.queue, log)
	return db
}

func opened(db *DB, open func(*DB) error) (*DB, error) {
	if err := open(db); err != nil {
		return nil, errors.Join(db.dialect.explain(err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, o Options) error {
	if err := db.dialect.open(db); err != nil {
		return err
	}
	if db.dialect.server {
		db.shares = o.Shares
		if err := db.shares.join(ctx, db); err != nil {
			return err
		}
	}
	if err := db.migrate(ctx, o); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	if db.file == nil {
		return nil
	}
	if err := db.file.connect(ctx, db.main); err != nil {
		return err
	}
	// Nobody else can be working on a file, so what is leased in it was
	// leased by a process that has died.
	return db.queue.FreeAll(ctx)
}

// Close ends all connections. Nothing may be using db any more. A second call
// does nothing.
func (db *DB) Close() error {
	if db.closed {
		return nil
	}
	db.closed = true
	db.shares.leave(db)
	db.elector.close()
	var err error
	if db.file != nil {
		err = db.file.disconnect()
	}
	if db.main != nil {
		err = errors.Join(err, db.main.Close())
	}
	if db.file != nil {
		err = errors.Join(err, db.file.close())
	}
	return err
}

// Queue returns the queue whose jobs are rows of this database.
func (db *DB) Queue() *queue.Queue { return db.queue }

// update runs f in a transaction that writes, and returns once it is durably
// committed. When f returns an error or panics, nothing of it is kept.
//
// On a file, callers that wait for each other share one commit, each in its own
// savepoint, so f must not call update or wait for another caller of it. On a
// server f runs again after a deadlock, so what it leaves in variables must be
// set anew each time.
func (db *DB) update(ctx context.Context, f func(*tx) error) error {
	if db.file != nil {
		return db.dialect.explain(db.file.update(ctx, db.dialect, f))
	}
	const tries = 8
	for try := 1; ; try++ {
		err := db.transactRemote(ctx, f)
		if err == nil || try == tries || !db.dialect.again(err) {
			return db.dialect.explain(err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(time.Duration(try) * 5 * time.Millisecond)):
		}
	}
}

// view runs f in a transaction that only reads, and sees one state of the
// database throughout.
func (db *DB) view(ctx context.Context, f func(*tx) error) error {
	if db.file != nil {
		return db.dialect.explain(db.file.view(ctx, db.dialect, f))
	}
	return db.dialect.explain(db.viewRemote(ctx, f))
}

func (db *DB) viewRemote(ctx context.Context, f func(*tx) error) error {
	st, err := db.main.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer st.Rollback() // after a commit it does nothing
	t := &tx{on: snapshot{st}, dialect: db.dialect}
	err = f(t)
	t.over = true
	if err != nil {
		return err
	}
	if err := st.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	t.committed()
	return nil
}

// An executor is a *session of a file, or of a server a *remote, or a snapshot
// to read from.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	each(ctx context.Context, scan func(row) error, query string, args []any) error
	row(ctx context.Context, query string, args []any) row
	// later may run query with the next statement, whose error its own is then.
	later(ctx context.Context, query string, args []any) error
}

// A snapshot is a reading transaction on a server.
type snapshot struct{ *sql.Tx }

func (s snapshot) row(ctx context.Context, query string, args []any) row {
	return s.QueryRowContext(ctx, query, args...)
}

func (s snapshot) later(ctx context.Context, query string, args []any) error {
	_, err := s.ExecContext(ctx, query, args...)
	return err
}

// each runs query.
func (s snapshot) each(ctx context.Context, scan func(row) error, query string, args []any) error {
	rows, err := s.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, scan)
}

// A row is scanned once, before the next statement.
type row = queue.Row

// A tx is one caller's transaction. It is used by one goroutine at a time and
// not after the function it was given to has returned.
type tx struct {
	on      executor
	dialect dialect
	over    bool
	hooks   []func()
}

// Exec, Later, Each and AfterCommit make t a [queue.Executor].

// Exec runs a statement and returns the number of rows it changed.
func (t *tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if t.over {
		return 0, sql.ErrTxDone
	}
	r, err := t.on.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Later runs a statement of which nobody needs to know how many rows it
// changed, at the end of the transaction at the latest.
func (t *tx) Later(ctx context.Context, query string, args ...any) error {
	if t.over {
		return sql.ErrTxDone
	}
	return t.on.later(ctx, query, args)
}

// queryRow returns a row.
func (t *tx) queryRow(ctx context.Context, query string, args ...any) row {
	return t.on.row(ctx, query, args)
}

// Each calls scan for each row of the answer. scan may read with the same
// transaction on a file, but not on a server, whose connection is busy.
func (t *tx) Each(ctx context.Context, scan func(row) error, query string, args ...any) error {
	if t.over {
		return sql.ErrTxDone
	}
	return t.on.each(ctx, scan, query, args)
}

// scanAll reads rows of either driver, which the caller closes.
func scanAll(rows interface {
	row
	Next() bool
	Err() error
}, scan func(row) error) error {
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// AfterCommit has f called once the transaction is committed, and not at all if
// it is not.
func (t *tx) AfterCommit(f func()) { t.hooks = append(t.hooks, f) }

func (t *tx) committed() {
	for _, f := range t.hooks {
		f()
	}
}

// Lock waits until no other transaction holds key and holds it until the end of
// this one. On a file there is only one writing transaction, so it does
// nothing.
func (t *tx) Lock(ctx context.Context, key string) error {
	if t.dialect.lock == "" {
		return nil
	}
	if err := t.Later(ctx, t.dialect.lock, lockNumber(key)); err != nil {
		return fmt.Errorf("locking %s: %w", key, err)
	}
	return nil
}

// A queueStore lets the queue keep its own books.
type queueStore struct{ db *DB }

func (s queueStore) Update(ctx context.Context, f func(queue.Executor) error) error {
	return s.db.update(ctx, func(t *tx) error { return f(t) })
}

func (s queueStore) View(ctx context.Context, f func(queue.Executor) error) error {
	return s.db.view(ctx, func(t *tx) error { return f(t) })
}
