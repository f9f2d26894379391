package storage_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"pergola/storage"
	"pergola/storage/storagetest"
)

var errUnwanted = errors.New("unwanted")

// insertLane writes a row that the tests below look for.
func insertLane(ctx context.Context, t *storage.Tx, name string) error {
	_, err := t.Exec(ctx, `INSERT INTO lane (name, due) VALUES ($1, $2)`, name, 0)
	return err
}

func countLanes(t testing.TB, db *storage.DB, like string) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		n, err = tx.Count(t.Context(), `SELECT COUNT(*) FROM lane WHERE name LIKE $1`, like)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Many callers at once, so that they share commits, of whom some return an
// error, some panic, some end their goroutine and some have no time left: only
// theirs is undone.
func TestCallersThatShareACommitFailAlone(t *testing.T) {
	const n = 200
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		late, cancel := context.WithCancel(t.Context())
		cancel()
		var kept, hooks atomic.Int32
		var callers sync.WaitGroup
		for i := range n {
			callers.Go(func() {
				defer func() {
					if p := recover(); p != nil && p != errUnwanted {
						t.Errorf("caller %d panics with %v", i, p)
					}
				}()
				ctx := t.Context()
				if i%5 == 4 {
					ctx = late
				}
				err := db.Write(ctx, func(tx *storage.Tx) error {
					tx.AfterCommit(func() { hooks.Add(1) })
					if err := insertLane(t.Context(), tx, fmt.Sprintf("%s%03d", []string{"good", "error", "panic", "exit", "late"}[i%5], i)); err != nil {
						return err
					}
					switch i % 5 {
					case 1:
						return errUnwanted
					case 2:
						panic(errUnwanted)
					case 3:
						runtime.Goexit()
					}
					return nil
				})
				want := []error{nil, errUnwanted, nil, nil, context.Canceled}[i%5]
				if !errors.Is(err, want) {
					t.Errorf("caller %d got %v, want %v", i, err, want)
				}
				if err == nil {
					kept.Add(1)
				}
			})
		}
		callers.Wait()
		if got := countLanes(t, db, "%"); got != n/5 || kept.Load() != n/5 || hooks.Load() != n/5 {
			t.Errorf("%d rows, %d callers told so, %d hooks called, want %d of each", got, kept.Load(), hooks.Load(), n/5)
		}
		if got := countLanes(t, db, "good%"); got != n/5 {
			t.Errorf("%d good rows, want %d", got, n/5)
		}
	})
}

func TestAnInterruptedCallerLeavesTheOthers(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		began, others := make(chan struct{}), make(chan error, 10)
		go func() {
			others <- db.Write(ctx, func(tx *storage.Tx) error {
				close(began)
				if err := insertLane(ctx, tx, "interrupted"); err != nil {
					return err
				}
				cancel()
				return insertLane(ctx, tx, "interrupted2")
			})
		}()
		<-began
		for i := range 9 {
			go func() {
				others <- db.Write(t.Context(), func(tx *storage.Tx) error {
					return insertLane(t.Context(), tx, fmt.Sprint("other", i))
				})
			}()
		}
		failed := 0
		for range 10 {
			if err := <-others; err != nil {
				failed++
			}
		}
		if failed != 1 || countLanes(t, db, "%") != 9 {
			t.Errorf("%d callers failed and %d rows are kept, want 1 and 9", failed, countLanes(t, db, "%"))
		}
	})
}

func TestATransactionIsNotUsedAfterItsEnd(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		var kept *storage.Tx
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := insertLane(t.Context(), kept, "late"); err == nil {
			t.Error("a statement runs in a transaction that is over")
		}
	})
}

func TestAViewSeesOneState(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			before, err := tx.Count(t.Context(), `SELECT COUNT(*) FROM lane`)
			if err != nil {
				return err
			}
			err = db.Write(t.Context(), func(tx *storage.Tx) error { return insertLane(t.Context(), tx, "a") })
			if err != nil {
				return err
			}
			after, err := tx.Count(t.Context(), `SELECT COUNT(*) FROM lane`)
			if after != before {
				t.Errorf("a view counts %d rows, then %d", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(t.Context(), func(tx *storage.Tx) error { return insertLane(t.Context(), tx, "b") })
		if err == nil {
			t.Error("a view can write")
		}
	})
}

// The same statement runs again while its rows are read.
func TestNestedReading(t *testing.T) {
	db := storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))
	ctx := t.Context()
	for i := range 3 {
		if err := db.Write(ctx, func(tx *storage.Tx) error { return insertLane(ctx, tx, fmt.Sprint("l", i)) }); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	err := db.Read(ctx, func(tx *storage.Tx) error {
		const q = `SELECT name FROM lane WHERE name >= $1`
		return tx.Names(ctx, func(string) error {
			return tx.Names(ctx, func(string) error { n++; return nil }, q, "l")
		}, q, "l")
	})
	if err != nil || n != 9 {
		t.Errorf("%d names read, %v, want 9", n, err)
	}
}

func TestLockKeepsOthersOut(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		var callers sync.WaitGroup
		for i := range 20 {
			callers.Go(func() {
				err := db.Write(t.Context(), func(tx *storage.Tx) error {
					if err := tx.Lock(t.Context(), "seats"); err != nil {
						return err
					}
					taken, err := tx.Count(t.Context(), `SELECT COUNT(*) FROM lane`)
					if err != nil || taken >= 3 {
						return err
					}
					return insertLane(t.Context(), tx, fmt.Sprint("seat", i))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if got := countLanes(t, db, "seat%"); got != 3 {
			t.Errorf("%d of 3 seats were sold", got)
		}
	})
}

// BenchmarkUpdate measures durable transactions of one row, alone and by 16
// callers at once.
func BenchmarkUpdate(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		for _, callers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/callers=%d", kind, callers), func(b *testing.B) {
				db := storagetest.Open(b, storagetest.Database(b, kind))
				var n atomic.Int64
				var all sync.WaitGroup
				b.ResetTimer()
				for range callers {
					all.Go(func() {
						for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
							if err := db.Write(b.Context(), func(tx *storage.Tx) error {
								return insertLane(b.Context(), tx, fmt.Sprint(i))
							}); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			})
		}
	}
}
