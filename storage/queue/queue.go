// Package queue does things later, at least once, in order.
//
// It is an outbox: what stands in it must happen at another host, and is
// inserted in the transaction that causes it. A job belongs to a lane, the host
// that must be up for it, and to a key within the lane, such as the object it is
// about. Lanes are independent: a dead host delays nobody else, and back-off
// belongs to the lane. Jobs with the same key happen strictly in order.
//
// What goes to many lanes at once is one row, a fan-out: its jobs become rows of
// their own only when they fail or have to wait. It is held by one process at a
// time, which marks what is done; whoever takes it over goes on from there.
//
// It knows rows of the tables lane, job and fanout. It knows no HTTP and no
// mail: what the other side answered, the worker says with [Later], [Hold] or
// [GiveUp]. A job is done twice only if the process that did it died, or lost
// its lease, before it could write that down.
package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"
)

// Lease is for how long a process that is not heard of any more is not missed.
const Lease = 20 * time.Second

// never is the due of a lane in which nothing waits.
const never = int64(1) << 62

// What is written in one statement. Where placeholders are looked up one after
// the other, many of them cost more than many statements.
const (
	maxRows = 16 // a power of two
	maxList = 32
)

// A Job is something to do at another host.
type Job struct {
	Lane    string    // the host, or mail domain, that must be up for it
	Target  string    // where in the lane it goes: the worker's
	Key     string    // jobs of one lane with the same key happen in order
	Kind    string    // the worker's
	Payload []byte    // the worker's, who does not change it
	Due     time.Time // not before; zero is now

	// What follows is not read by Insert.

	ID      string // unique
	Attempt int    // which one this is, from 1
	Created time.Time
	GivenUp bool   // it is kept to be seen, and not tried again
	Error   string // of the last attempt

	at int // its place in a fan-out
}

// An Executor is a transaction.
type Executor interface {
	// Exec returns how many rows it changed.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Later runs a statement of which nobody needs to know how many rows it
	// changed, at the end of the transaction at the latest.
	Later(ctx context.Context, query string, args ...any) error
	// Each calls scan for each row.
	Each(ctx context.Context, scan func(Row) error, query string, args ...any) error
	// AfterCommit has f called once the transaction is committed.
	AfterCommit(f func())
}

// A Row is one of an answer.
type Row interface{ Scan(dest ...any) error }

// A Store makes transactions for the queue's own books. Update may call f more
// than once.
type Store interface {
	Update(ctx context.Context, f func(Executor) error) error
	View(ctx context.Context, f func(Executor) error) error
}

// A Dialect is what differs between databases. The zero Dialect is for one in
// which only one transaction writes at a time.
type Dialect struct {
	Share      string // lets others share a row, but not own it
	SkipLocked string // the same for rows that nobody else has locked
	Own        string // locks rows that nobody has locked or shares
	Notify     string // wakes the other processes
}

// A Queue works on the jobs of one database. Any number of queues, in any
// number of processes, may work on the same if its dialect allows it.
type Queue struct {
	store   Store
	dialect Dialect
	log     *slog.Logger
	name    string        // of this process, in held_by
	wake    chan struct{} // something may be due
	given   chan struct{} // something is in handed
	limit   int
	lease   time.Duration // what a process that has died held is taken over then
	room    atomic.Int64  // for how many jobs of fan-outs Run has room

	ids *ulid.LockedMonotonicReader // what makes ids growing within a millisecond too

	mu     sync.Mutex
	last   int64     // the latest time given to a job
	handed []*fanout // to Run, and not yet taken
}

// New returns the queue kept in s.
func New(s Store, d Dialect, log *slog.Logger) *Queue {
	return &Queue{
		store: s, dialect: d, log: log, name: ulid.Make().String(), wake: make(chan struct{}, 1), given: make(chan struct{}, 1), limit: 128, lease: Lease,
		ids: &ulid.LockedMonotonicReader{MonotonicReader: ulid.Monotonic(rand.Reader, 0)},
	}
}

// SetLimit sets how many lanes [Queue.Run] works on at once, 128 if it is never
// called. It is called before Run.
func (q *Queue) SetLimit(lanes int) { q.limit = max(1, lanes) }

// SetLease sets after how long what a process held that has died is taken over,
// [Lease] if it is never called. It is called before Run.
func (q *Queue) SetLease(lease time.Duration) { q.lease = lease }

// tellOthers has other processes look whether something is due.
func (q *Queue) tellOthers(ctx context.Context, ex Executor) error {
	if q.dialect.Notify == "" {
		return nil
	}
	return ex.Each(ctx, func(Row) error { return nil }, q.dialect.Notify)
}

// Nudge has a running [Queue.Run] look at once whether something is due.
func (q *Queue) Nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// stamp returns the time for new jobs. It does not go back when the clock does,
// because the order of jobs with the same key hangs on it.
func (q *Queue) stamp() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = max(q.last, time.Now().UnixMilli())
	return q.last
}

// newID makes an id that sorts after those made before, even when the clock is
// set back: of jobs that are due together the older one is first.
func (q *Queue) newID() string {
	return ulid.MustNew(uint64(q.stamp()), q.ids).String()
}

// Insert adds jobs in the transaction ex, and wakes the queue after its commit.
// Jobs of one lane and key happen in the order in which they are inserted. Those
// that follow each other and differ in nothing but lane and target are kept in
// one row where they are many.
func (q *Queue) Insert(ctx context.Context, ex Executor, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	now := time.UnixMilli(q.stamp())
	jobs = slices.Clone(jobs)
	n := len(jobs)
	for i := range jobs {
		j := &jobs[i]
		if j.Lane == "" || j.Kind == "" {
			return fmt.Errorf("queueing a job of kind %q for %q: no lane or no kind", j.Kind, j.Lane)
		}
		if j.Created = now; j.Due.Before(now) {
			j.Due = now
		}
	}
	before, err := underway(ctx, ex, jobs)
	if err != nil {
		return fmt.Errorf("looking for fan-outs: %w", err)
	}
	var single []Job
	var fanouts []*fanout
	room := int(q.room.Load())
	for len(jobs) > 0 {
		var same []Job
		same, jobs = split(jobs)
		if before[same[0].Key] || wide(same) {
			ours := 0
			if !before[same[0].Key] && !same[0].Due.After(now) {
				ours = max(room, 0)
			}
			parts := newFanout(q.newID(), same, ours, q.partSize())
			if ours > 0 {
				room -= parts[0].left()
			}
			fanouts = append(fanouts, parts...)
			before[same[0].Key] = true
			continue
		}
		for i := range same {
			same[i].ID = q.newID()
		}
		single = append(single, same...)
	}
	if err := q.place(ctx, ex, single); err != nil {
		return err
	}
	mine, err := q.insertFanouts(ctx, ex, fanouts, now)
	if err != nil {
		return err
	}
	for _, f := range mine {
		n -= f.left()
	}
	ex.AfterCommit(func() {
		if len(mine) > 0 {
			q.hand(mine)
		}
		if n > 0 {
			q.Nudge()
		}
	})
	return nil
}

// Add inserts jobs in a transaction of their own.
func (q *Queue) Add(ctx context.Context, jobs ...Job) error {
	return q.store.Update(ctx, func(ex Executor) error { return q.Insert(ctx, ex, jobs...) })
}

// chunks yields the sizes of the parts of n rows: powers of two, so that few
// different statements have to be prepared.
func chunks(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for size := maxRows; n > 0; size /= 2 {
			for ; n >= size; n -= size {
				if !yield(size) {
					return
				}
			}
		}
	}
}

// sorted returns the keys of m in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Tuples returns n groups of placeholders, "($1, $2), ($3, $4)".
func Tuples(n, columns int) string {
	b := make([]byte, 0, 6*n*columns)
	for i := range n * columns {
		switch {
		case i == 0:
			b = append(b, '(')
		case i%columns == 0:
			b = append(b, "), ("...)
		default:
			b = append(b, ", "...)
		}
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(i+1), 10)
	}
	return string(append(b, ')'))
}

// List returns the placeholders for names, "($2, $3, $4, $4)", in as many as
// the next power of two, again so that few different statements are prepared.
func List(first int, names []string) string {
	b := make([]string, padded(len(names)))
	for i := range b {
		b[i] = "$" + strconv.Itoa(first+i)
	}
	return "(" + strings.Join(b, ", ") + ")"
}

// Args returns the arguments of a statement that ends with a list of names.
func Args(names []string, before ...any) []any {
	for i := range padded(len(names)) {
		before = append(before, names[min(i, len(names)-1)])
	}
	return before
}

func padded(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}
