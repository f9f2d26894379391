package main

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"pergola/storage/storagetest"
)

// A node is killed again and again, at moments that nobody chose, while an item
// and its changes go out to many followers. In the end each has got all of them
// in order, and what came twice is the same activity. PERGOLA_LONG=1 is for
// the whole of it: a hundred kills and 10,000 followers.
func TestKilledAgainAndAgain(t *testing.T) {
	followers, kills := 300, 3
	if testing.Short() {
		followers, kills = 100, 1
	}
	if os.Getenv("PERGOLA_LONG") == "1" {
		followers, kills = 10_000, 100
	}
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		t.Parallel()
		all := len(versions) * followers
		c := newCrowd(t, 0)
		f := newFarm(t, database, c, followers, nil)
		f.publishVersions()
		begun := time.Now()
		left := 0
		for range kills {
			had := c.count()
			cmd := f.start()
			if had < all {
				// So long that all kills are about as long as all deliveries.
				left++
				c.await(t, had+1, time.Minute)
				time.Sleep(rand.N(time.Duration(4*followers/kills) * time.Millisecond))
			}
			kill(t, cmd)
		}
		f.start()
		c.await(t, all, 2*time.Minute+time.Duration(all)*10*time.Millisecond)
		awaitPage(t, f.clients[len(f.clients)-1], f.base+"/hu/") // it has begun, and ends when told
		c.ordered(t, followers, versions...)
		t.Logf("%d followers, %d kills (%d with work left): %d deliveries in %.1f s, %d repeated",
			followers, kills, left, c.count(), time.Since(begun).Seconds(), c.repeated())
	})
}
