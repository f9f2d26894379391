package federation

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// waited is for how long c makes somebody wait.
func waited(c *courtesy) time.Duration {
	start := time.Now()
	c.giveWay(context.Background(), patience)
	return time.Since(start)
}

func TestCourtesy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c courtesy
		if w := waited(&c); w != 0 {
			t.Errorf("nobody goes first: waited %s", w)
		}
		leave := c.enter()
		time.AfterFunc(100*time.Millisecond, leave)
		if w := waited(&c); w != 100*time.Millisecond+lull {
			t.Errorf("one goes first for 100 ms: waited %s", w)
		}
		if w := waited(&c); w != 0 {
			t.Errorf("the one has left: waited %s", w)
		}

		// One after the other, so that there is always somebody.
		leave = c.enter()
		for range 6 {
			next := c.enter()
			leave()
			leave = next
			w := waited(&c)
			if w > patience {
				t.Errorf("waited %s, want %s at most", w, patience)
			}
			if again := waited(&c); again != 0 {
				t.Errorf("after a wait of %s again %s", w, again)
			}
			time.Sleep(patience)
		}
		leave()
		time.Sleep(lull)

		// All of them are answered at once, again and again.
		var senders sync.WaitGroup
		senders.Go(func() {
			for range 2 * patience / lull {
				leave := c.enter()
				time.Sleep(time.Millisecond)
				leave()
				time.Sleep(lull / 2)
			}
		})
		synctest.Wait()
		if w := waited(&c); w != patience {
			t.Errorf("they keep coming: waited %s, want %s", w, patience)
		}
		senders.Wait()
	})
}

func TestCourtesyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c courtesy
		leave := c.enter()
		defer leave()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		start := time.Now()
		c.giveWay(ctx, patience)
		if w := time.Since(start); w != 10*time.Millisecond {
			t.Errorf("waited %s for what nobody wants any more", w)
		}
	})
}
