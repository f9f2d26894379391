package storagetest_test

import (
	"context"
	"strconv"
	"testing"

	"pergola/storage"
	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// A database is as good as new, also when another test has had it before.
func TestEachIsFresh(t *testing.T) {
	for i := range 3 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			storagetest.Each(t, func(t *testing.T, db *storage.DB) {
				q := db.Queue()
				did, err := q.Step(t.Context(), func(context.Context, queue.Job) error { return nil })
				if did || err != nil {
					t.Errorf("Step on a fresh database = %t, %v, want nothing to do", did, err)
				}
				if err := q.Add(t.Context(), queue.Job{Lane: "a", Kind: "left"}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestDatabasesAreApart(t *testing.T) {
	for _, kind := range storagetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			if a, b := storagetest.Database(t, kind), storagetest.Database(t, kind); a == b {
				t.Errorf("two databases are both %s", a)
			}
		})
	}
}
