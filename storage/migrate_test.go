package storage_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pergola/storage"
	"pergola/storage/storagetest"
)

// A handler calls itself with each message.
type handler func(r slog.Record)

func (h handler) Enabled(context.Context, slog.Level) bool      { return true }
func (h handler) Handle(_ context.Context, r slog.Record) error { h(r); return nil }
func (h handler) WithAttrs([]slog.Attr) slog.Handler            { return h }
func (h handler) WithGroup(string) slog.Handler                 { return h }
func discard() *slog.Logger                                     { return slog.New(slog.DiscardHandler) }
func openWith(t *testing.T, database string, o storage.Options) error {
	return reopened(t, database, o, nil)
}

// reopened opens a database, calls f and closes it again.
func reopened(t *testing.T, database string, o storage.Options, f func(*storage.DB)) error {
	t.Helper()
	if o.Log == nil {
		o.Log = discard()
	}
	db, err := storage.OpenWith(t.Context(), database, o)
	if err != nil {
		return err
	}
	if f != nil {
		f(db)
	}
	return db.Close()
}

// An upgrade is backed up first, can be interrupted, and goes on where it was;
// nothing is lost, and a database that is up to date is left alone.
func TestUpgradeInterrupted(t *testing.T) {
	for _, kind := range storagetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			database := storagetest.Blank(t, kind)
			var before storage.Contents
			err := reopened(t, database, storage.Options{Schema: 7}, func(db *storage.DB) {
				err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Fill(t.Context(), 3) })
				if err != nil {
					t.Fatal(err)
				}
				if before, err = db.Contents(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			var backups []int64
			backup := func(_ context.Context, from, to int64) error {
				if to != storage.Schema() {
					t.Errorf("an upgrade to %d, want %d", to, storage.Schema())
				}
				backups = append(backups, from)
				return nil
			}
			full := errors.New("the disk is full")
			if err := openWith(t, database, storage.Options{BeforeUpgrade: func(context.Context, int64, int64) error { return full }}); !errors.Is(err, full) {
				t.Errorf("without a backup: %v, want %v", err, full)
			}
			ctx, stop := context.WithCancel(t.Context())
			steps := 0
			log := slog.New(handler(func(r slog.Record) {
				if r.Message == "upgrading the database" {
					if steps++; steps == 2 {
						stop()
					}
				}
			}))
			if db, err := storage.OpenWith(ctx, database, storage.Options{Log: log, BeforeUpgrade: backup}); err == nil {
				t.Fatal(db.Close(), "an interrupted upgrade succeeds")
			}
			for range 2 {
				err := reopened(t, database, storage.Options{BeforeUpgrade: backup}, func(db *storage.DB) {
					after, err := db.Contents(t.Context())
					if err != nil || after.Schema != storage.Schema() {
						t.Errorf("schema %d, %v", after.Schema, err)
					}
					for _, table := range before.Tables {
						if !slices.ContainsFunc(after.Tables, func(a storage.Table) bool { return a.Name == table.Name && a.Rows == table.Rows }) {
							t.Errorf("rows of %s are lost", table.Name)
						}
					}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(backups, []int64{7, 8}) {
				t.Errorf("backed up at %v, want at 7 and, after the interruption, at 8", backups)
			}
		})
	}
}

// What a newer program has changed is refused, and not touched.
func TestNewerSchemaIsRefused(t *testing.T) {
	for _, kind := range storagetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			database := storagetest.Blank(t, kind)
			err := reopened(t, database, storage.Options{}, func(db *storage.DB) {
				err := db.Write(t.Context(), func(tx *storage.Tx) error {
					_, err := tx.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			err = openWith(t, database, storage.Options{})
			if !errors.Is(err, storage.ErrNewer) || !strings.Contains(err.Error(), "9999") {
				t.Errorf("%v, want %v", err, storage.ErrNewer)
			}
		})
	}
}
