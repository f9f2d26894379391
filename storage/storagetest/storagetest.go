// Package storagetest makes fresh databases for tests, of each kind that
// package storage knows.
//
// SQLite files lie in the test's temporary folder. PostgreSQL databases are made
// on the server named by PERGOLA_TEST_POSTGRES, else on a private one that is
// started from the machine's binaries and ends with the test process. They
// sort by Hungarian rules, so that a column whose COLLATE "C" was forgotten
// shows.
package storagetest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"pergola/storage"
)

// The kinds of databases.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Kinds returns all kinds of databases.
func Kinds() []string { return []string{SQLite, Postgres} }

// Each runs f as a subtest on an open database of each kind.
func Each(t *testing.T, f func(t *testing.T, db *storage.DB)) {
	t.Helper()
	EachDatabase(t, func(t *testing.T, database string) { f(t, Open(t, database)) })
}

// EachDatabase runs f as a subtest on the address of a fresh database of each
// kind, for a test that opens it more than once, or inside a synctest bubble.
func EachDatabase(t *testing.T, f func(t *testing.T, database string)) {
	t.Helper()
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) { f(t, Database(t, kind)) })
	}
}

// Database returns the address of a fresh database. Where there is no
// PostgreSQL it skips the test, or fails it if PERGOLA_REQUIRE_POSTGRES is 1.
func Database(t testing.TB, kind string) string {
	t.Helper()
	if kind == SQLite {
		return filepath.Join(t.TempDir(), "pergola.db")
	}
	database, err := freshDatabase(t)
	if err == nil {
		return database
	}
	if !errors.Is(err, errNone) || os.Getenv("PERGOLA_REQUIRE_POSTGRES") == "1" {
		t.Fatalf("PostgreSQL is required: %v", err)
	}
	t.Skipf("no PostgreSQL: %v", err)
	return ""
}

// Blank is Database for a test that makes the tables itself: there are none.
func Blank(t testing.TB, kind string) string {
	t.Helper()
	database := Database(t, kind)
	if kind == SQLite {
		return database
	}
	ctx := context.WithoutCancel(t.Context())
	blank := func() {
		if err := run(ctx, database, `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
			t.Fatal(err)
		}
	}
	blank()
	t.Cleanup(func() { // others use it again
		blank()
		db, err := storage.Open(ctx, database, slog.New(slog.DiscardHandler))
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
	return database
}

// Open opens a database until the end of the test. Its log goes to the test's.
func Open(t testing.TB, database string) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), database, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
