package main

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"pergola/hub"
	"pergola/storage/storagetest"
)

// A node is killed again and again, at moments that nobody chose, while an item
// and its change go out to many followers. In the end each has got both, the
// item first, and what came twice is the same activity. PERGOLA_LONG=1 is for
// the whole of it: a hundred kills and 10,000 followers.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	followers, kills := 400, 5
	if testing.Short() {
		followers, kills = 150, 2
	}
	if os.Getenv("PERGOLA_LONG") == "1" {
		followers, kills = 10_000, 100
	}
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		t.Parallel()
		c := newCrowd(t, 0)
		f := newFarm(t, database, c, followers, nil)
		f.with(func(n *node) {
			it, err := n.hub.Publish(t.Context(), hub.Program("test"), news("Negyedik hír", ""))
			if err == nil {
				it.Texts[0].Title = "Ötödik hír"
				_, err = n.hub.Publish(t.Context(), hub.Program("test"), it)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		begun := time.Now()
		left := 0
		for range kills {
			had := c.count()
			cmd := f.start()
			if had < 2*followers {
				// So long that all kills are about as long as all deliveries.
				left++
				c.await(t, had+1, time.Minute)
				time.Sleep(rand.N(time.Duration(4*followers/kills) * time.Millisecond))
			}
			kill(t, cmd)
		}
		f.start()
		c.await(t, 2*followers, 2*time.Minute)
		c.ordered(t, "Create", "Update")
		t.Logf("%d followers, %d kills (%d with work left): %d deliveries in %.1f s, %d repeated",
			followers, kills, left, c.count(), time.Since(begun).Seconds(), c.repeated())
	})
}
