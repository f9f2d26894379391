package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"pergola/storage"
	"pergola/storage/storagetest"
)

// What is run later is seen by what comes after it, and is kept.
func TestLater(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		const n = 200 // more than wait at once
		err := db.Write(ctx, func(tx *storage.Tx) error {
			for i := range n {
				if err := tx.Later(ctx, `INSERT INTO lane (name, due) VALUES ($1, $2)`, fmt.Sprintf("later%d", i), i); err != nil {
					return err
				}
			}
			if seen, err := tx.Count(ctx, `SELECT COUNT(*) FROM lane WHERE name LIKE 'later%'`); err != nil || seen != n {
				return fmt.Errorf("%d seen: %v", seen, err)
			}
			if err := tx.Later(ctx, `UPDATE lane SET name = 'changed' WHERE name = 'later7'`); err != nil {
				return err
			}
			return tx.Names(ctx, func(name string) error { return nil }, `SELECT name FROM lane WHERE name = 'changed'`)
		})
		if err != nil {
			t.Fatal(err)
		}
		if kept, changed := countLanes(t, db, "later%"), countLanes(t, db, "changed"); kept != n-1 || changed != 1 {
			t.Errorf("%d kept, %d changed, want %d and 1", kept, changed, n-1)
		}
	})
}

// What fails later undoes everything, whether something follows or not, and
// whether the caller cares or not.
func TestLaterFails(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		for name, f := range map[string]func(tx *storage.Tx) error{
			"the end": func(*storage.Tx) error { return nil },
			"a row": func(tx *storage.Tx) error {
				_, err := tx.Count(ctx, `SELECT COUNT(*) FROM lane`)
				return err
			},
			"a statement": func(tx *storage.Tx) error { return insertLane(ctx, tx, "after") },
			"an error": func(tx *storage.Tx) error {
				return errors.Join(insertLane(ctx, tx, "after"), errUnwanted)
			},
		} {
			committed := false
			err := db.Write(ctx, func(tx *storage.Tx) error {
				tx.AfterCommit(func() { committed = true })
				if err := insertLane(ctx, tx, "before"); err != nil {
					return err
				}
				if err := tx.Later(ctx, `INSERT INTO lane (name, due) VALUES ('before', 1)`); err != nil {
					return err
				}
				return f(tx)
			})
			if n := countLanes(t, db, "%"); err == nil || n != 0 || committed {
				t.Errorf("%s follows: %v, %d lanes kept, hooks run: %t", name, err, n, committed)
			}
		}
		// The connections are as good as before.
		for range 20 {
			if err := db.Write(ctx, func(tx *storage.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A caller that takes no notice of an error gets nothing kept on a server, where
// it has undone the transaction.
func TestErrorThatIsIgnored(t *testing.T) {
	db := storagetest.Open(t, storagetest.Database(t, storagetest.Postgres))
	ctx := t.Context()
	err := db.Write(ctx, func(tx *storage.Tx) error {
		if err := insertLane(ctx, tx, "before"); err != nil {
			return err
		}
		if err := insertLane(ctx, tx, "before"); err == nil {
			t.Error("two lanes of one name")
		}
		return nil
	})
	if n := countLanes(t, db, "%"); err == nil || n != 0 {
		t.Errorf("%v, %d lanes kept", err, n)
	}
}
