package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"syscall"
	"time"

	"pergola/federation/check"
	"pergola/hub"
	"pergola/storage"
)

// How long what our own address answered counts, how long when it was not well,
// and how long it is waited for: somebody looks at a page meanwhile.
const (
	glanceAge     = 5 * time.Minute
	troubleAge    = 30 * time.Second
	glanceTimeout = 3 * time.Second
)

// A glance is what our own address answered last.
type glance struct {
	mu     sync.Mutex
	checks []check.Check
	at     time.Time
}

// surroundings are quick checks of what is around the node.
func (n *node) surroundings(ctx context.Context) []check.Check {
	checks := []check.Check{databaseCheck(ctx, n.db, false), diskCheck(n.dir)}
	return append(checks, append(n.glanced(ctx), n.fed.Clocks().Check())...)
}

// glanced asks our own address, or remembers what it answered a little before.
func (n *node) glanced(ctx context.Context) []check.Check {
	n.glance.mu.Lock()
	defer n.glance.mu.Unlock()
	age := glanceAge
	if check.Worst(n.glance.checks) == check.Failed {
		age = troubleAge
	}
	if n.glance.at.IsZero() || time.Since(n.glance.at) > age {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), glanceTimeout)
		defer cancel()
		n.glance.checks, n.glance.at = n.fed.Glance(ctx), time.Now()
	}
	return n.glance.checks
}

// databaseCheck looks at a database.
func databaseCheck(ctx context.Context, db *storage.DB, thorough bool) check.Check {
	c, err := db.Condition(ctx, thorough)
	full := errors.Is(err, hub.ErrFull) || errors.Is(c.Write, hub.ErrFull)
	return check.Database{Kind: c.Kind, Size: c.Size, Read: err, Write: c.Write, Damage: c.Damage, Full: full}.Check()
}

// diskCheck looks how much is free where a folder is.
func diskCheck(dir string) check.Check {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return check.Disk{Err: fmt.Errorf("looking at the disk of %s: %w", dir, err)}.Check()
	}
	free := uint64(s.Bavail) * uint64(s.Bsize)
	return check.Disk{Free: int64(min(free, math.MaxInt64))}.Check()
}
