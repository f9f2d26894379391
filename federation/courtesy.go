package federation

import (
	"context"
	"sync"
	"time"
)

// patience is that of deliveries.
const patience = time.Second

// A courtesy lets deliveries and boosts, for which nobody waits, give way to
// activities that are being received, whose senders wait for an answer: to sign
// with RSA takes a processor longer than to take an activity in. The zero value
// is ready.
type courtesy struct {
	mu    sync.Mutex
	first int           // how many go first
	since time.Time     // when the first of them came
	none  chan struct{} // closed when none is left
}

// enter is for who goes first; it calls the result when it is through.
func (c *courtesy) enter() (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == 0 {
		c.since, c.none = time.Now(), make(chan struct{})
	}
	c.first++
	return c.leave
}

func (c *courtesy) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first--; c.first == 0 {
		close(c.none)
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
	var timeout <-chan time.Time
	for {
		c.mu.Lock()
		first, since, none := c.first, c.since, c.none
		c.mu.Unlock()
		turn := time.Since(since) % (2 * patience)
		if first == 0 || turn >= patience {
			return
		}
		if timeout == nil {
			timer := time.NewTimer(patience - turn)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-none: // or others came since
		case <-timeout:
			return
		case <-ctx.Done():
			return
		}
	}
}
