package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	minFanout = 8 // lanes; what goes to fewer is as cheap in rows of its own

	// maxHanded is how many lanes wait for Run because of fan-outs when it takes
	// no more of them. Such a one is claimed when there is time for it, by
	// whichever process has it.
	maxHanded = 1024

	// partLanes is to how many lanes a part of a fan-out goes where several
	// processes may share it.
	partLanes = 32
)

// A fanout is what is to be done in many lanes at once: jobs that differ in
// nothing but lane and target, in one row. Whoever holds it gives them to its
// workers and marks them as done in a bitmap. A job that fails, and one whose
// lane has trouble or something that waits, becomes a row of its own.
//
// Where several processes share the work it is kept in parts, a row each, so that
// whoever has time takes the next. Their ids begin with the fan-out's.
//
// All of them have the same key. What comes later with that key waits as a
// fan-out behind this one until it is over, so a lane's order is kept without a
// row in it.
type fanout struct {
	Job                  // what the jobs have in common
	ours    bool         // it begins here
	targets []string     // lane and target in turn, sorted by lane
	done    []byte       // a bit for each job
	until   atomic.Int64 // when the lease ends
	open    int          // runs that have not ended
}

// newFanout makes a fan-out of jobs that are alike, in parts of so many lanes. The
// first part is for so many at least as are to begin here.
func newFanout(id string, jobs []Job, ours, lanes int) []*fanout {
	slices.SortStableFunc(jobs, func(a, b Job) int { return strings.Compare(a.Lane, b.Lane) })
	var parts []*fanout
	for room, last := 0, ""; len(jobs) > 0; jobs = jobs[1:] {
		j := jobs[0]
		if len(parts) == 0 || j.Lane != last {
			if room == 0 {
				room = lanes
				if len(parts) == 0 {
					room = max(lanes, ours)
				}
				parts = append(parts, &fanout{Job: j, ours: len(parts) == 0 && ours > 0})
				parts[len(parts)-1].ID = fmt.Sprintf("%s.%04d", id, len(parts))
			}
			room--
		}
		last = j.Lane
		f := parts[len(parts)-1]
		f.targets = append(f.targets, j.Lane, j.Target)
	}
	for _, f := range parts {
		f.done = make([]byte, (f.len()+7)/8)
	}
	return parts
}

// partSize is to how many lanes a part goes: to all of them where nobody shares.
func (q *Queue) partSize() int {
	if q.dialect.Notify == "" {
		return math.MaxInt
	}
	return partLanes
}

// split returns the first jobs that are alike, and the others.
func split(jobs []Job) (same, others []Job) {
	n := 1
	for a := jobs[0]; n < len(jobs); n++ {
		if b := jobs[n]; a.Key != b.Key || a.Kind != b.Kind || !a.Due.Equal(b.Due) || !bytes.Equal(a.Payload, b.Payload) {
			break
		}
	}
	return jobs[:n], jobs[n:]
}

// wide reports whether jobs that are alike go to enough lanes for a fan-out.
func wide(jobs []Job) bool {
	lanes := map[string]bool{}
	for _, j := range jobs {
		if lanes[j.Lane] = true; len(lanes) == minFanout {
			return true
		}
	}
	return false
}

func (f *fanout) len() int           { return len(f.targets) / 2 }
func (f *fanout) has(at int) bool    { return f.done[at/8]&(1<<(at%8)) != 0 }
func (f *fanout) mark(at int)        { f.done[at/8] |= 1 << (at % 8) }
func (f *fanout) lane(at int) string { return f.targets[2*at] }

// left returns how many jobs are to be done.
func (f *fanout) left() int {
	n := f.len()
	for _, b := range f.done {
		n -= bits.OnesCount8(b)
	}
	return n
}

// job returns one of the jobs. Its id stands between those of what was inserted
// before the fan-out and after it; its place has nine digits, so that they sort.
func (f *fanout) job(at int) Job {
	j := f.Job
	j.ID, j.Lane, j.Target, j.at = f.ID+"."+strconv.Itoa(1e9 + at)[1:], f.lane(at), f.targets[2*at+1], at
	return j
}

// runs returns what is left to do, lane by lane.
func (f *fanout) runs() []run {
	left := f.left()
	lanes, jobs, runs := make([]lane, 0, left), make([]Job, 0, left), make([]run, 0, left)
	for at := range f.len() {
		if f.has(at) {
			continue
		}
		jobs = append(jobs, f.job(at))
		n := len(jobs)
		jobs[n-1].Attempt = 1
		if len(lanes) == 0 || lanes[len(lanes)-1].name != f.lane(at) {
			lanes = append(lanes, lane{name: f.lane(at), fanout: f})
			runs = append(runs, run{lane: &lanes[len(lanes)-1], jobs: jobs[n-1 : n : n]})
			continue
		}
		last := &runs[len(runs)-1]
		last.jobs = jobs[n-1-len(last.jobs) : n : n]
	}
	f.open = len(runs)
	return runs
}

// underway returns those of the keys of jobs with which there are fan-outs.
func underway(ctx context.Context, ex Executor, jobs []Job) (map[string]bool, error) {
	keys := map[string]bool{}
	for _, j := range jobs {
		keys[j.Key] = true
	}
	found := map[string]bool{}
	for part := range slices.Chunk(sorted(keys), maxList) {
		err := ex.Each(ctx, func(r Row) error {
			var key string
			err := r.Scan(&key)
			found[key] = true
			return err
		}, `SELECT key FROM fanout WHERE key IN `+List(1, part), Args(part)...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// begin leases fan-outs, whose turn it is, to this process, and makes jobs of what
// has to wait. It does not write them, and returns those in which that is marked.
func (q *Queue) begin(ctx context.Context, ex Executor, fanouts []*fanout, now time.Time) (changed []*fanout, err error) {
	if len(fanouts) == 0 {
		return nil, nil
	}
	busy := map[string]bool{}
	err = ex.Each(ctx, func(r Row) error {
		var name string
		err := r.Scan(&name)
		busy[name] = true
		return err
	}, `SELECT name FROM lane WHERE due < 4611686018427387904 UNION ALL SELECT name FROM lane WHERE failures > 0`)
	if err != nil {
		return nil, err
	}
	var wait []Job
	for _, f := range fanouts {
		f.until.Store(now.Add(q.lease).UnixMilli())
		n := len(wait)
		for at := range f.len() {
			if !f.has(at) && busy[f.lane(at)] {
				wait = append(wait, f.job(at))
				f.mark(at)
			}
		}
		if len(wait) > n {
			changed = append(changed, f)
		}
	}
	return changed, q.place(ctx, ex, wait)
}

// insertFanouts keeps fan-outs, and leases those that begin here to this process:
// it returns what is left of these.
func (q *Queue) insertFanouts(ctx context.Context, ex Executor, fanouts []*fanout, now time.Time) ([]*fanout, error) {
	var ours []*fanout
	for _, f := range fanouts {
		if f.ours {
			ours = append(ours, f)
		}
	}
	if _, err := q.begin(ctx, ex, ours, now); err != nil {
		return nil, err
	}
	left := len(fanouts) - len(ours) // for whoever has time
	ours = slices.DeleteFunc(ours, func(f *fanout) bool { return f.left() == 0 })
	for _, f := range fanouts {
		by := ""
		switch {
		case f.left() == 0:
			continue
		case f.ours:
			by = q.name
		}
		targets, err := json.Marshal(f.targets)
		if err != nil {
			return nil, err
		}
		err = ex.Later(ctx, `
			INSERT INTO fanout (id, key, due, created, held_by, held_until, done, kind, payload, targets)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.ID, f.Key, f.Due.UnixMilli(), f.Created.UnixMilli(), by, f.until.Load(), f.done, f.Kind, append([]byte{}, f.Payload...), targets)
		if err != nil {
			return nil, fmt.Errorf("inserting a fan-out: %w", err)
		}
	}
	if left > 0 {
		return ours, q.tellOthers(ctx, ex)
	}
	return ours, nil
}

// saveFanout writes what was done of f, and lets go of it when nobody works on
// it any more. It reports whether f was still ours.
func (q *Queue) saveFanout(ctx context.Context, ex Executor, f *fanout) (bool, error) {
	var n int64
	var err error
	switch {
	case f.left() == 0:
		ex.AfterCommit(q.Nudge) // for what waits behind it
		n, err = ex.Exec(ctx, `DELETE FROM fanout WHERE id = $1 AND held_by = $2`, f.ID, q.name)
	case f.open == 0:
		n, err = ex.Exec(ctx, `UPDATE fanout SET done = $1, held_by = '', held_until = 0 WHERE id = $2 AND held_by = $3`, f.done, f.ID, q.name)
	default:
		n, err = ex.Exec(ctx, `UPDATE fanout SET done = $1 WHERE id = $2 AND held_by = $3`, f.done, f.ID, q.name)
	}
	return n > 0, err
}

const (
	fanoutColumns = `id, key, due, created, done, kind, payload, targets`

	// firstOfKey is for a fan-out that waits for no other.
	// Parts of one are told by the beginning of their ids.
	firstOfKey = ` NOT EXISTS (SELECT 1 FROM fanout AS earlier WHERE earlier.key = fanout.key AND earlier.id < substr(fanout.id, 1, 26))`
)

func scanFanout(r Row) (*fanout, error) {
	f := &fanout{}
	var due, created int64
	var targets []byte
	err := r.Scan(&f.ID, &f.Key, &due, &created, &f.done, &f.Kind, &f.Payload, &targets)
	if err == nil {
		err = json.Unmarshal(targets, &f.targets)
	}
	f.Due, f.Created = time.UnixMilli(due), time.UnixMilli(created)
	return f, err
}

// claimFanouts leases up to n fan-outs that are due, and returns what is to be
// done.
func (q *Queue) claimFanouts(ctx context.Context, ex Executor, now time.Time, n int) ([]run, error) {
	for n > 0 {
		var claimed []*fanout
		err := ex.Each(ctx, func(r Row) error {
			f, err := scanFanout(r)
			claimed = append(claimed, f)
			return err
		}, `
			WITH picked AS (
				SELECT id
				FROM fanout
				WHERE due <= $1 AND held_until <= $1 AND`+firstOfKey+`
				ORDER BY due, id
				LIMIT $4
				`+q.dialect.SkipLocked+`)
			UPDATE fanout
			SET held_by = $2, held_until = $3
			WHERE id IN (SELECT id FROM picked)
			RETURNING `+fanoutColumns, now.UnixMilli(), q.name, now.Add(q.lease).UnixMilli(), n)
		if err != nil || len(claimed) == 0 {
			return nil, err
		}
		changed, err := q.begin(ctx, ex, claimed, now)
		if err != nil {
			return nil, err
		}
		var runs []run
		for _, f := range claimed {
			runs = append(runs, f.runs()...)
		}
		for _, f := range changed {
			if _, err := q.saveFanout(ctx, ex, f); err != nil {
				return nil, err
			}
		}
		if len(runs) > 0 {
			return runs, nil
		}
	}
	return nil, nil
}

// unreached calls f for each job that waits in a fan-out, of one key unless that
// is nil.
func unreached(ctx context.Context, ex Executor, key *string, f func(Job)) error {
	where, args := ``, []any(nil)
	if key != nil {
		where, args = ` WHERE key = $1`, []any{*key}
	}
	return ex.Each(ctx, func(r Row) error {
		o, err := scanFanout(r)
		if err != nil {
			return err
		}
		for at := range o.len() {
			if !o.has(at) {
				f(o.job(at))
			}
		}
		return nil
	}, `SELECT `+fanoutColumns+` FROM fanout`+where, args...)
}

// hand gives Run the fan-outs that Insert has leased, after the commit.
func (q *Queue) hand(fanouts []*fanout) {
	q.mu.Lock()
	q.handed = append(q.handed, fanouts...)
	q.mu.Unlock()
	select {
	case q.given <- struct{}{}:
	default:
	}
}

// take returns what was handed over.
func (q *Queue) take() []run {
	q.mu.Lock()
	defer q.mu.Unlock()
	var runs []run
	for _, f := range q.handed {
		runs = append(runs, f.runs()...)
	}
	q.handed = nil
	return runs
}
