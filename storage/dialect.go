package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"pergola/storage/queue"
)

// A dialect is all that differs between the databases, beside migrations/.
type dialect struct {
	migrations string // folder below migrations/
	goose      goose.Dialect
	queue      queue.Dialect
	lock       string               // takes the transaction lock numbered $1; "" where none is needed
	open       func(db *DB) error   // sets db.main and, for a file, db.file
	again      func(err error) bool // whether another try may succeed
	server     bool                 // several processes may use it
	// columns lists the columns of all tables: table, column, type, place in the
	// primary key from 1 or 0; ordered by the names.
	columns string
	// connections asks a server how many there may be of those that are not an
	// administrator's.
	connections string
}

func dialectOf(database string) dialect {
	if strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://") {
		return dialect{
			migrations: "postgres",
			goose:      goose.DialectPostgres,
			lock:       "SELECT pg_advisory_xact_lock($1)",
			queue: queue.Dialect{
				Share:      "FOR KEY SHARE",
				SkipLocked: "FOR NO KEY UPDATE SKIP LOCKED",
				Own:        "FOR UPDATE SKIP LOCKED",
				Notify:     "SELECT pg_notify('pergola_queue', '')",
			},
			open:   openPostgres,
			again:  againPostgres,
			server: true,
			connections: `
				SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
					- COALESCE(current_setting('reserved_connections', true)::int, 0)`,
			columns: `
				SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL),
					COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0)
				FROM pg_class c
				JOIN pg_attribute a ON a.attrelid = c.oid
				LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
				WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
				AND a.attnum > 0 AND NOT a.attisdropped
				ORDER BY c.relname::text COLLATE "C", a.attname::text COLLATE "C"`,
		}
	}
	return dialect{
		migrations: "sqlite",
		goose:      goose.DialectSQLite3,
		open:       openSQLite,
		again:      func(error) bool { return false },
		columns: `
			SELECT t.name, c.name, c.type, c.pk
			FROM pragma_table_list t
			JOIN pragma_table_info(t.name) c
			WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
			ORDER BY t.name, c.name`,
	}
}

// openSQLite opens two pools on one file: one connection that writes, several
// that cannot. With synchronous=FULL, what is committed survives a power cut.
func openSQLite(db *DB) error {
	path, err := filepath.Abs(db.database)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	opened, err := f.Stat()
	if err := errors.Join(err, f.Chmod(0o600), f.Close()); err != nil {
		return err
	}
	held, err := lockFile(path)
	if err != nil {
		return err
	}
	db.file = &file{path: path, opened: opened, lock: held}
	// A page that many transactions change is moved from the log into the file
	// once for all of them: every 32 MiB, not every 4 as by default.
	// What a connection does not keep in its cache, in KiB, the system keeps: there
	// may be many nodes, and a page that is read again costs some microseconds.
	db.main, err = sql.Open("sqlite", sqliteSource(path, "journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(67108864)",
		"wal_autocheckpoint(8000)", "cache_size(-2000)"))
	if err != nil {
		return err
	}
	db.main.SetMaxOpenConns(1)
	db.file.read, err = sql.Open("sqlite", sqliteSource(path, "query_only(1)", "cache_size(-1000)"))
	return err
}

// sqliteSource is how a file is opened that is there.
func sqliteSource(path string, pragmas ...string) string {
	q := url.Values{"mode": {"rw"}, "_pragma": append(pragmas,
		"busy_timeout(10000)", "foreign_keys(1)", "temp_store(2)")}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// openPostgres opens one pool. The elector and the listener come on top of it
// with a connection each.
func openPostgres(db *DB) error {
	c, err := pgx.ParseConfig(db.database)
	if err != nil {
		return fmt.Errorf("reading the database's address: %w", err)
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "pergola"
	}
	db.host = net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	db.main = stdlib.OpenDB(*c)
	db.main.SetConnMaxIdleTime(5 * time.Minute)
	db.limit(unlimited)
	return nil
}

// mostPooled is how many connections a pool has at most.
func mostPooled() int { return min(max(8, 4*runtime.GOMAXPROCS(0)), 32) }

// againPostgres reports a serialization failure or a deadlock. (PostgreSQL,
// appendix A: 40001, 40P01)
func againPostgres(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// isConflict reports whether err is a broken UNIQUE or PRIMARY KEY constraint.
func isConflict(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	e, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	return ok && (e.Code() == 2067 || e.Code() == 1555) // SQLITE_CONSTRAINT_UNIQUE, …_PRIMARYKEY
}

// alone runs f while no other process does, on one database: those that start
// together must not migrate together. A file belongs to one process anyway. The
// lock is that of a connection beside the pool, which may have only one.
func (db *DB) alone(ctx context.Context, f func() error) (err error) {
	if !db.dialect.server {
		return f()
	}
	conn, err := pgx.Connect(ctx, db.database)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockNumber("migrations")); err != nil {
		return fmt.Errorf("waiting for others to migrate: %w", err)
	}
	return f()
}

// lockNumber makes the number of an advisory lock from its name.
func lockNumber(key string) int64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	return int64(h.Sum64())
}

// Listen wakes the queue when another process has work to share, until ctx
// ends. Whoever does not run it, or has no connection left for it, finds that
// work a little later, by polling. On a file there is nobody to listen to.
func (db *DB) Listen(ctx context.Context) error {
	if !db.dialect.server {
		<-ctx.Done()
		return nil
	}
	for said := ""; ; {
		pause := listenTime
		if db.listens.Load() {
			begun := time.Now()
			err := db.dialect.explain(db.listen(ctx))
			if time.Since(begun) > listenTime {
				said = "" // it was back meanwhile
			}
			if ctx.Err() == nil && err != nil {
				if err.Error() != said {
					said = err.Error()
					db.log.WarnContext(ctx, "listening to the database ended, it is tried again", "err", err)
				}
				pause = 2 * time.Second
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// listenTime is how long it takes until a listener notices that its connection is
// wanted by others, or to be had again.
const listenTime = 10 * time.Second

func (db *DB) listen(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, db.database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN pergola_queue"); err != nil {
		return err
	}
	db.queue.Nudge() // for what came before we listened
	for db.listens.Load() {
		wait, stop := context.WithTimeout(ctx, listenTime)
		_, err := conn.WaitForNotification(wait)
		stop()
		switch {
		case err == nil:
			db.queue.Nudge()
		case ctx.Err() != nil || !pgconn.Timeout(err):
			return err
		}
	}
	return nil
}

// ErrNotLeader says that another process leads.
var ErrNotLeader = errors.New("another process leads")

// An Elector chooses one of the processes on a database as the leader, which
// stays it until it ends or loses its connection. It has the shape of gocron's
// Elector.
type Elector struct {
	db    *DB
	mu    sync.Mutex
	conn  *pgx.Conn
	leads bool
}

// Elector returns the elector of this process.
func (db *DB) Elector() *Elector { return db.elector }

// IsLeader returns nil if this process leads, trying to become the leader if
// nobody is. On a file, which belongs to one process, it always leads.
func (e *Elector) IsLeader(ctx context.Context) error {
	if !e.db.dialect.server {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.try(ctx); err != nil {
		e.drop()
		return fmt.Errorf("asking who leads: %w", err)
	}
	if !e.leads {
		return ErrNotLeader
	}
	return nil
}

// try asks for the lock, or whether its connection is still there: the lock is
// the connection's and ends with it.
func (e *Elector) try(ctx context.Context) error {
	if e.leads {
		return e.conn.Ping(ctx)
	}
	if e.conn == nil {
		conn, err := pgx.Connect(ctx, e.db.database)
		if err != nil {
			return err
		}
		e.conn = conn
	}
	return e.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lockNumber("leader")).Scan(&e.leads)
}

// drop gives up the connection and with it the lead.
func (e *Elector) drop() {
	if e.conn == nil {
		return
	}
	conn := e.conn
	e.conn, e.leads = nil, false
	// The connection may be dead; the server frees the lock by itself then.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

func (e *Elector) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.drop()
}
