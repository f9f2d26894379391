package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pergola/storage"
	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

const childDatabase = "PERGOLA_STORAGE_CHILD"

// TestChildOpens is the other process of TestAFileBelongsToOneProcess.
func TestChildOpens(t *testing.T) {
	database := os.Getenv(childDatabase)
	if database == "" {
		return // it is run by another test
	}
	_, err := storage.Open(t.Context(), database, slog.Default())
	if !errors.Is(err, storage.ErrInUse) {
		t.Fatalf("Open = %v, want %v", err, storage.ErrInUse)
	}
}

func TestAFileBelongsToOneProcess(t *testing.T) {
	database := storagetest.Database(t, storagetest.SQLite)
	storagetest.Open(t, database)
	if _, err := storage.Open(t.Context(), database, slog.Default()); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("opened a second time in this process: %v, want %v", err, storage.ErrInUse)
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildOpens$", "-test.v")
	child.Env = append(os.Environ(), childDatabase+"="+database)
	if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS: TestChildOpens") {
		t.Errorf("opened by another process: %v\n%s", err, out)
	}
}

func TestAFileIsPrivate(t *testing.T) {
	database := filepath.Join(t.TempDir(), "100% a?b#c.db")
	storagetest.Open(t, database)
	all, err := filepath.Glob(filepath.Join(filepath.Dir(database), "*"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(all, database) || !slices.Contains(all, database+"-wal") {
		t.Errorf("the files are %q", all)
	}
	for _, path := range all {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", path, info.Mode())
		}
	}
}

func TestOpenAgain(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		db := storagetest.Open(t, database)
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { return insertLane(t.Context(), tx, "kept") }); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if got := countLanes(t, storagetest.Open(t, database), "kept"); got != 1 {
			t.Errorf("%d rows after opening again, want 1", got)
		}
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(damaged, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for database, want := range map[string]string{
		filepath.Join(t.TempDir(), "missing", "x.db"): "no such file",
		damaged: "is damaged: restore the last good backup",
		"postgres://nobody@127.0.0.1:1/none?connect_timeout=1": "no connection to PostgreSQL at 127.0.0.1:1 as user nobody: see that it runs there",
		"postgres://%": "reading the database's address",
	} {
		db, err := storage.Open(t.Context(), database, slog.Default())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%s) = %v, %v, want one line with %q", database, db, err, want)
		}
	}
}

// Both folders of migrations have the same files.
func TestMigrationsHaveTheSameNames(t *testing.T) {
	names := func(dir string) (s []string) {
		entries, err := fs.ReadDir(os.DirFS("migrations"), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			s = append(s, e.Name())
		}
		return s
	}
	if a, b := names("sqlite"), names("postgres"); !slices.Equal(a, b) {
		t.Errorf("migrations are %q and %q", a, b)
	}
}

// A text column without COLLATE "C" sorts by the language of the database.
func TestTextColumnsSortByBytes(t *testing.T) {
	db := storagetest.Open(t, storagetest.Database(t, storagetest.Postgres))
	err := db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Names(t.Context(), func(column string) error {
			t.Errorf("column %s has no COLLATE \"C\"", column)
			return nil
		}, `
			SELECT c.table_name || '.' || c.column_name
			FROM information_schema.columns c
			WHERE c.table_schema = 'public' AND c.table_name NOT LIKE 'goose%'
			AND c.data_type = 'text' AND COALESCE(c.collation_name, '') <> 'C'`)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneProcessLeads(t *testing.T) {
	database := storagetest.Database(t, storagetest.Postgres)
	a, b := storagetest.Open(t, database), storagetest.Open(t, database)
	ctx := t.Context()
	for range 2 {
		if err := a.Elector().IsLeader(ctx); err != nil {
			t.Errorf("the first does not lead: %v", err)
		}
		if err := b.Elector().IsLeader(ctx); !errors.Is(err, storage.ErrNotLeader) {
			t.Errorf("the second gets %v, want %v", err, storage.ErrNotLeader)
		}
	}
	// The leader's connection dies, as with its process.
	for locks := 1; locks > 0; {
		err := b.Write(ctx, func(tx *storage.Tx) (err error) {
			locks, err = tx.Count(ctx, `
				SELECT COUNT(pg_terminate_backend(pid)) FROM pg_locks
				WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Elector().IsLeader(ctx); err == nil || errors.Is(err, storage.ErrNotLeader) {
		t.Errorf("without its connection the first gets %v, want an error of the connection", err)
	}
	if err := b.Elector().IsLeader(ctx); err != nil {
		t.Errorf("then the second does not lead: %v", err)
	}
	if err := a.Elector().IsLeader(ctx); !errors.Is(err, storage.ErrNotLeader) {
		t.Errorf("then the first gets %v, want %v", err, storage.ErrNotLeader)
	}
}

func TestAFileIsItsOwnLeader(t *testing.T) {
	db := storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))
	if err := db.Elector().IsLeader(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestListenEndsWithItsContext(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := db.Listen(ctx); err != nil {
			t.Error(err)
		}
	})
}

// Whoever finds more than one claim's worth to do tells the others.
func TestMuchToDoWakesOthers(t *testing.T) {
	database := storagetest.Database(t, storagetest.Postgres)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "LISTEN pergola_queue"); err != nil {
		t.Fatal(err)
	}
	q := storagetest.Open(t, database).Queue()
	for i := range 64 {
		if err := q.Add(ctx, queue.Job{Lane: string(rune('A' + i)), Kind: "post"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Step(ctx, func(context.Context, queue.Job) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.WaitForNotification(ctx); err != nil {
		t.Error(err)
	}
}

// What the queue does again and again costs the same however much there is in
// it: nothing looks through a whole table.
func TestTheQueueUsesItsIndexes(t *testing.T) {
	db := storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))
	queries := map[string]bool{}
	q := db.RecordedQueue(func(query string) { queries[query] = true })
	ctx := t.Context()
	answers := []error{nil, queue.Later(errUnwanted, 1), queue.Hold(errUnwanted, 1), queue.GiveUp(errUnwanted)}
	for i := range 20 {
		jobs := make([]queue.Job, 30)
		for k := range jobs {
			jobs[k] = queue.Job{Lane: string(rune('a' + k%(i+1))), Key: "k", Kind: "post"}
		}
		if err := q.Add(ctx, jobs...); err != nil {
			t.Fatal(err)
		}
		n := 0
		_, err := q.Step(ctx, func(context.Context, queue.Job) error { n++; return answers[n%len(answers)] })
		if err := errors.Join(err, q.Wake(ctx, "a"), q.Retry(ctx, "b")); err != nil {
			t.Fatal(err)
		}
		if _, err := q.Jobs(ctx, "a", "", 10); err != nil {
			t.Fatal(err)
		}
	}
	if len(queries) < 20 {
		t.Fatalf("only %d statements were recorded", len(queries))
	}
	for query := range queries {
		args := make([]any, strings.Count(query, "$"))
		err := db.Read(ctx, func(tx *storage.Tx) error {
			return tx.Plan(ctx, func(step string) {
				fanouts := strings.HasPrefix(step, "SCAN fanout") && strings.Contains(query, "WHERE") // a page shows all
				if strings.HasPrefix(step, "SCAN job") || step == "SCAN lane" || fanouts {
					t.Errorf("%s in %s", step, query)
				}
			}, query, args)
		})
		if err != nil {
			t.Errorf("explaining %s: %v", query, err)
		}
	}
}
