package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pergola/storage"
	"pergola/storage/storagetest"
)

// A kept is what Dump wrote, by table.
type kept map[string]*bytes.Buffer

func (k kept) to(table string) (io.Writer, error) {
	k[table] = &bytes.Buffer{}
	return k[table], nil
}

func (k kept) from(table string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(k[table].Bytes())), nil
}

func filled(t *testing.T, kind string, rows int) *storage.DB {
	t.Helper()
	db := storagetest.Open(t, storagetest.Database(t, kind))
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Fill(t.Context(), rows) }); err != nil {
		t.Fatal(err)
	}
	return db
}

// Every row of every table goes from each database to each, and has the same sum
// in both.
func TestRowsGoFromEachDatabaseToEach(t *testing.T) {
	for _, source := range storagetest.Kinds() {
		for _, target := range storagetest.Kinds() {
			t.Run(source+" to "+target, func(t *testing.T) {
				ctx := t.Context()
				k := kept{}
				c, err := filled(t, source, 250).Dump(ctx, k.to)
				if err != nil {
					t.Fatal(err)
				}
				for _, table := range c.Tables {
					if table.Rows == 0 {
						t.Errorf("no row of %s was dumped", table.Name)
					}
				}
				db := storagetest.Open(t, storagetest.Database(t, target))
				if err := db.Load(ctx, c, k.from); err != nil {
					t.Fatal(err)
				}
				got, err := db.Contents(ctx)
				if wrong := c.Differences(got); err != nil || len(wrong) > 0 {
					t.Errorf("loaded: %v, %q", err, wrong)
				}
				if err := db.Load(ctx, c, k.from); !errors.Is(err, storage.ErrNotEmpty) {
					t.Errorf("loaded a second time: %v, want %v", err, storage.ErrNotEmpty)
				}
			})
		}
	}
}

// A load that fails in the middle leaves nothing, and can be done again.
func TestLoadLeavesNothingWhenItFails(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		k := kept{}
		c, err := filled(t, storagetest.SQLite, 3).Dump(ctx, k.to)
		if err != nil {
			t.Fatal(err)
		}
		text := k["report"].String()
		for name, broken := range map[string]string{
			"no JSON":        text[:len(text)/2],
			"a row less":     text[:strings.Index(text, "\n")+1],
			"another row":    strings.Replace(text, "árvíz", "aszály", 1),
			"a value more":   strings.Replace(text, "]\n", ",1]\n", 1),
			"a wrong type":   strings.Replace(text, `"árvíz`, `1,"árvíz`, 1),
			"the same again": text + text,
		} {
			k["report"] = bytes.NewBufferString(broken)
			if err := db.Load(ctx, c, k.from); err == nil {
				t.Errorf("%s: loaded", name)
			}
		}
		k["report"] = bytes.NewBufferString(text)
		interrupted, stop := context.WithCancel(ctx)
		err = db.Load(interrupted, c, func(table string) (io.ReadCloser, error) {
			if table == "report" {
				stop()
			}
			return k.from(table)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		if left, err := db.Contents(ctx); err != nil || left.Rows() != 0 {
			t.Errorf("%d rows are left, %v", left.Rows(), err)
		}
		if err := db.Load(ctx, c, k.from); err != nil {
			t.Errorf("loading in the end: %v", err)
		}
	})
}

// Whoever adds a table has its rows taken along, or says why not.
func TestNoTableIsForgotten(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		c, err := db.Contents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		query := `SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'`
		if strings.HasSuffix(t.Name(), storagetest.SQLite) {
			query = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`
		}
		found := 0
		err = db.Read(t.Context(), func(tx *storage.Tx) error {
			return tx.Names(t.Context(), func(table string) error {
				dumped := slices.ContainsFunc(c.Tables, func(t storage.Table) bool { return t.Name == table })
				if dumped == (storage.NotDumped[table] != "") {
					t.Errorf("table %s is neither dumped nor in the list of what is not, or both", table)
				}
				found++
				return nil
			}, query)
		})
		if err != nil || found != len(c.Tables)+len(storage.NotDumped) {
			t.Errorf("%d tables, %v; want %d and %d", found, err, len(c.Tables), len(storage.NotDumped))
		}
	})
}

// A database is read while somebody else writes to it; nothing is made where
// none is.
func TestOpenToRead(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		ctx, log := t.Context(), slog.New(slog.DiscardHandler)
		if strings.HasSuffix(t.Name(), storagetest.SQLite) {
			if _, err := storage.OpenToRead(ctx, database, log); err == nil {
				t.Error("a file that is not there was opened")
			}
		}
		served := storagetest.Open(t, database)
		if err := served.Write(ctx, func(tx *storage.Tx) error { return tx.Fill(ctx, 2) }); err != nil {
			t.Fatal(err)
		}
		db, err := storage.OpenToRead(ctx, database, log)
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.Dump(ctx, func(table string) (io.Writer, error) {
			if table != "deed" {
				return io.Discard, nil
			}
			return io.Discard, served.Write(ctx, func(tx *storage.Tx) error { return insertLane(ctx, tx, "later") })
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range got.Tables {
			if table.Name == "lane" && table.Rows != 2 {
				t.Errorf("%d lanes, want the two there were at first", table.Rows)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if n := countLanes(t, served, "later"); n != 1 {
			t.Errorf("%d rows were written meanwhile", n)
		}
	})
}
