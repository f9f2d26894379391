package storage_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pergola/storage"
	"pergola/storage/storagetest"
)

func TestPortion(t *testing.T) {
	for share, want := range map[int]string{0: "1 false", 1: "1 false", 2: "1 false", 3: "2 false", 4: "2 true", 10: "8 true"} {
		pool, listens := storage.Portion(share)
		if got := fmt.Sprint(pool, listens); got != want {
			t.Errorf("portion(%d) = %s, want %s", share, got, want)
		}
	}
}

// Databases that are opened take connections from those that had more; what
// nobody uses is given back after a while.
func TestConnectionsAreShared(t *testing.T) {
	databases := storagetest.Crowded(t, 30, 2, func(string) {})
	synctest.Test(t, func(t *testing.T) {
		shares := storage.NewShares()
		open := func(database string) *storage.DB {
			db, err := storage.OpenWith(t.Context(), database, storage.Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Shares: shares})
			if err != nil {
				t.Fatal(err)
			}
			return db
		}
		first := open(databases[0])
		defer first.Close()
		use := func() {
			var inside sync.WaitGroup
			inside.Add(6)
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					err := first.Read(t.Context(), func(*storage.Tx) error {
						inside.Done()
						inside.Wait()
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		// has waits for backends that are about to end.
		has := func(when string, want int) {
			n := 0
			for range 2000 {
				if n = storagetest.Connections(t, databases[0], true); n == want {
					return
				}
			}
			t.Errorf("%s it has %d connections, want %d", when, n, want)
		}
		use()
		has("at work", 6)
		time.Sleep(6 * time.Minute)
		has("after some minutes", 0)
		use()
		var others []*storage.DB
		for range 11 {
			others = append(others, open(databases[1]))
		}
		has("beside eleven others", 1)
		for _, db := range others {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
		use()
		has("alone again", 6)
	})
}
