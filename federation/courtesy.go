package federation

import (
	"context"
	"sync"
	"time"
)

// patience is that of deliveries.
const patience = time.Second

// lull is for how long nothing must have come until nothing is being received any
// more: those who send one after the other are all answered at once at times.
const lull = 10 * time.Millisecond

// A courtesy lets deliveries and boosts, for which nobody waits, give way to
// activities that are being received, whose senders wait for an answer: to sign
// with RSA takes a processor longer than to take an activity in. The zero value
// is ready.
type courtesy struct {
	mu    sync.Mutex
	first int           // how many go first
	since time.Time     // when the first of them came, after a lull
	left  time.Time     // when the last of them left
	none  chan struct{} // closed when none is left; nil then
}

// enter is for who goes first; it calls the result when it is through.
func (c *courtesy) enter() (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == 0 {
		c.none = make(chan struct{})
		if now := time.Now(); now.Sub(c.left) >= lull {
			c.since = now
		}
	}
	c.first++
	return c.leave
}

func (c *courtesy) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first--; c.first == 0 {
		close(c.none)
		c.none, c.left = nil, time.Now()
	}
}

// GiveWay waits while activities are being received, for as long as its caller has
// patience. While they keep coming for longer than that, it need not wait for as
// long again, and so on by turns.
func (s *Server) GiveWay(ctx context.Context, patience time.Duration) {
	s.courtesy.giveWay(ctx, patience)
}

// giveWay returns when nobody goes first any more, or when it is the turn of those
// with that patience.
func (c *courtesy) giveWay(ctx context.Context, patience time.Duration) {
	for {
		c.mu.Lock()
		since, quiet, none := c.since, time.Since(c.left), c.none
		c.mu.Unlock()
		turn := time.Since(since) % (2 * patience)
		if none == nil && quiet >= lull || turn >= patience {
			return
		}
		wait := patience - turn
		if none == nil {
			wait = min(wait, lull-quiet)
		}
		timer := time.NewTimer(wait)
		select {
		case <-none: // others may come at once
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}
