package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	poll      = time.Second            // for jobs of processes that we do not hear of
	breath    = 20 * time.Millisecond  // between two transactions: what comes meanwhile shares the next
	flushTime = 50 * time.Millisecond  // results wait so long at most to be written,
	flushJobs = 100                    // and so many
	enough    = 100 * time.Millisecond // half of what is taken of a shared fan-out is done by then
	grace     = 3 * time.Second        // for jobs at work when Run ends

	// Lanes are claimed ahead of the workers, so that none waits for the
	// database and a transaction is worth its while.
	claimAhead = 2 * maxClaim
	maxReady   = 4 * maxClaim // lanes that the workers can take,
	maxReports = 8 * maxClaim // and reports that can wait, while the database is asked
)

// A run is one lane with the jobs that are to be done in it now.
type run struct {
	lane *lane
	jobs []Job
}

// A report says what came of a job, that its run is over, or both. Without a job
// the error says that the host is to be left alone.
type report struct {
	lane *lane
	job  *Job
	err  error
	over bool
}

// errUntried is reported of a fan-out's job that has to wait for another in its
// lane.
var errUntried = errors.New("not tried")

// Run works until ctx ends, on many lanes at once and on one job at a time in
// each. Jobs at work then have a few seconds left to end.
func (q *Queue) Run(ctx context.Context, worker func(context.Context, Job) error) error {
	r := &runner{q: q, ledger: newLedger(), lanes: map[string][]run{}, woken: true, room: q.leastRoom(),
		runs: make(chan run, maxReady), reports: make(chan report, maxReports)}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers sync.WaitGroup
	defer workers.Wait()
	for range q.limit {
		workers.Go(func() {
			for run := range r.runs {
				q.work(work, run, worker, func(rep report) { r.reports <- rep })
			}
		})
	}
	for ctx.Err() == nil {
		r.start(r.take())
		r.start(r.turn(ctx))
		q.room.Store(int64(r.room - r.spread))
		r.wait(ctx)
	}
	q.room.Store(0)
	timer := time.AfterFunc(grace, stop)
	defer timer.Stop()
	r.end()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*grace)
	defer cancel()
	if err := q.close(last, r.ledger); err != nil {
		return fmt.Errorf("writing the last results: %w", err)
	}
	return nil
}

// close writes all that is in l.
func (q *Queue) close(ctx context.Context, l *ledger) error {
	l.tallyBy = time.Time{}
	_, err := q.cycle(ctx, l, 0, 0)
	return err
}

// Step does, in this goroutine, what is due now: at most one batch of each of
// up to 64 lanes and one fan-out. It reports whether there was anything to do.
func (q *Queue) Step(ctx context.Context, worker func(context.Context, Job) error) (did bool, err error) {
	l := newLedger()
	for !did {
		runs, err := q.cycle(ctx, l, maxClaim, 1)
		if err != nil || len(runs) == 0 && l.empty() {
			return false, err
		}
		for _, run := range runs {
			q.work(ctx, run, worker, func(r report) {
				l.add(r)
				did = did || r.job != nil
			})
		}
	}
	return true, q.close(context.WithoutCancel(ctx), l)
}

// work does the jobs of one run in order and reports each, and then the end. A
// job that has to wait makes those with the same key wait; a host that has to
// be left alone ends the run.
func (q *Queue) work(ctx context.Context, r run, worker func(context.Context, Job) error, tell func(report)) {
	end := report{lane: r.lane, over: true}
	defer func() { tell(end) }()
	var waits map[string]bool
	for i := range r.jobs {
		j := &r.jobs[i]
		if ctx.Err() != nil || !r.lane.ours() {
			return
		}
		if waits[j.Key] {
			continue
		}
		err := attempt(ctx, *j, worker)
		if err == nil {
			if i < len(r.jobs)-1 {
				tell(report{lane: r.lane, job: j})
			} else {
				end.job = j
			}
			continue
		}
		if ctx.Err() != nil {
			return // it was us who broke it off
		}
		tell(report{lane: r.lane, job: j, err: err})
		verdict := answerOf(err).verdict
		if verdict == hold {
			end.err = err
		}
		switch {
		case verdict == giveUp:
		case r.lane.fanout != nil: // all have the same key
			untried(r.lane, r.jobs[i+1:], tell)
			return
		case verdict == later:
			if waits == nil {
				waits = map[string]bool{}
			}
			waits[j.Key] = true
		default:
			return
		}
	}
}

// untried reports that jobs of a fan-out have to wait in their lane.
func untried(l *lane, jobs []Job, tell func(report)) {
	for i := range jobs {
		tell(report{lane: l, job: &jobs[i], err: errUntried})
	}
}

// attempt takes a panic for an error, so that one job cannot end the process.
func attempt(ctx context.Context, j Job, worker func(context.Context, Job) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the worker panicked: %v", p)
		}
	}()
	return worker(ctx, j)
}

// A runner is the one goroutine of Run that writes results and claims lanes,
// both in one transaction.
type runner struct {
	q       *Queue
	ledger  *ledger
	lanes   map[string][]run // what is at work in each, and what comes after it
	claimed int              // how many of these runs are claimed lanes,
	spread  int              // and how many are fan-outs'
	room    int              // for so many of these
	filled  time.Time        // when the last of them came
	backlog []run            // the first of lanes that have no place in runs yet
	runs    chan run         // to the workers,
	reports chan report      // and from them
	woken   bool             // look for due lanes
	look    time.Time        // and at this time in any case
	flush   time.Time        // write results by then
	extend  time.Time        // extend leases by then
	rest    time.Time        // the database is not asked before
	trouble bool             // the database was asked in vain
}

// note takes a report to be written, and starts what waited for its lane. When
// the host is to be left alone, that waits on, in the database.
func (r *runner) note(rep report) {
	r.add(rep)
	if !rep.over {
		return
	}
	name := rep.lane.name
	next := r.lanes[name][1:]
	if rep.err != nil {
		for _, run := range next {
			if run.lane.fanout != nil {
				untried(run.lane, run.jobs, r.add)
			}
			r.add(report{lane: run.lane, over: true})
		}
		next = nil
	}
	if len(next) == 0 {
		delete(r.lanes, name)
		return
	}
	r.lanes[name] = next
	r.backlog = append(r.backlog, next[0])
}

func (r *runner) add(rep report) {
	if r.ledger.empty() {
		r.flush = time.Now().Add(flushTime)
	}
	if r.ledger.add(rep); rep.over {
		r.count(rep.lane, -1)
	}
}

func (r *runner) count(l *lane, n int) {
	if l.fanout != nil {
		had := r.parts() > 0
		if r.spread += n; n > 0 {
			r.filled = time.Now()
		} else if !had && r.parts() > 0 {
			r.woken = true // another part may wait
			r.adapt(time.Since(r.filled))
		}
	} else {
		r.claimed += n
	}
}

// start gives runs to the workers as soon as there is a place for them and
// nobody works on the lane.
func (r *runner) start(runs []run) {
	for _, run := range runs {
		l := r.lanes[run.lane.name]
		r.lanes[run.lane.name] = append(l, run)
		if len(l) == 0 {
			r.backlog = append(r.backlog, run)
		}
		r.count(run.lane, 1)
	}
	for len(r.backlog) > 0 {
		select {
		case r.runs <- r.backlog[0]:
			r.backlog = r.backlog[1:]
		default:
			return
		}
	}
}

// leases returns the leases on what is in lanes.
func (r *runner) leases() (lanes, fanouts map[string]*atomic.Int64) {
	lanes, fanouts = map[string]*atomic.Int64{}, map[string]*atomic.Int64{}
	for name, runs := range r.lanes {
		for _, run := range runs {
			if f := run.lane.fanout; f != nil {
				fanouts[f.ID] = &f.until
			} else {
				lanes[name] = &run.lane.until
			}
		}
	}
	return lanes, fanouts
}

// end lets the workers end the jobs that they are at, and no other.
func (r *runner) end() {
	r.start(r.take())
	for _, runs := range r.lanes {
		for _, run := range runs {
			run.lane.lease().Store(0)
		}
	}
	for len(r.lanes) > 0 {
		r.start(nil)
		r.note(<-r.reports)
	}
	close(r.runs)
}

// take returns what was handed over. Its leases are new.
func (r *runner) take() []run {
	runs := r.q.take()
	if len(runs) > 0 && len(r.lanes) == 0 {
		r.extend = time.Now().Add(r.q.lease / 3)
	}
	return runs
}

// turn does what there is to do in the database, and returns runs to start.
func (r *runner) turn(ctx context.Context) []run {
	now := time.Now()
	if now.Before(r.rest) {
		return nil
	}
	// A claim that is broken off may have been made all the same, and holds
	// its lanes for as long as a lease.
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.q.lease/2)
	defer cancel()
	runs, err := r.ask(whole, now)
	if err != nil {
		r.rest = now.Add(time.Second)
		if !r.trouble {
			r.q.log.ErrorContext(ctx, "keeping the queue, it is tried each second", "err", err)
		}
	}
	r.trouble = err != nil
	return runs
}

func (r *runner) ask(ctx context.Context, now time.Time) ([]run, error) {
	if len(r.lanes) > 0 && !now.Before(r.extend) {
		lanes, fanouts := r.leases()
		if err := errors.Join(r.q.extend(ctx, "lane", "name", lanes), r.q.extend(ctx, "fanout", "id", fanouts)); err != nil {
			return nil, err
		}
		r.extend = now.Add(r.q.lease / 3)
	}
	free := r.free()
	search := free > 0 && (r.woken || !now.Before(r.look))
	if search && r.ledger.empty() {
		next, err := r.q.next(ctx)
		if err != nil {
			return nil, err
		}
		r.woken = false
		r.look = now.Add(min(poll, time.UnixMilli(next).Sub(now)))
		if next > now.UnixMilli() {
			return nil, nil
		}
	} else if !r.due(now) && !search {
		return nil, nil
	}
	if !search && len(r.ledger.ended) == 0 {
		free = 0 // no lane can have become free
	}
	parts := 0
	if search {
		parts = r.parts()
	}
	runs, err := r.q.cycle(ctx, r.ledger, free, parts)
	if err != nil {
		return nil, err
	}
	r.rest = now.Add(breath)
	// A full claim says that there is more. An empty one, after a look that
	// found something, that somebody else is about to take it.
	if free > 0 {
		r.woken = len(runs) >= free || !r.ledger.empty()
		r.look = now
		if len(runs) == 0 {
			r.look = now.Add(flushTime)
		}
	}
	if len(r.lanes) == 0 {
		r.extend = now.Add(r.q.lease / 3)
	}
	return runs, nil
}

// free returns how many lanes may be claimed: a full claim, or none.
func (r *runner) free() int {
	if r.q.limit+claimAhead-r.claimed < maxClaim {
		return 0
	}
	return maxClaim
}

// leastRoom is for how many lanes of fan-outs there is room in any case: where
// nobody shares, for as many as Run takes.
func (q *Queue) leastRoom() int {
	if q.dialect.Notify == "" {
		return maxHanded
	}
	return min(3*q.limit, maxHanded)
}

// adapt makes more room when half of it was used up soon, and less when it was
// not: what a process holds is not done by others.
func (r *runner) adapt(used time.Duration) {
	switch {
	case used < enough/2:
		r.room = min(2*r.room, maxHanded)
	case used > 2*enough:
		r.room = max(r.room/2, r.q.leastRoom())
	}
}

// parts is how many parts of fan-outs to claim: several at once, and none before
// half of the room is free, because the database is not asked at any time.
func (r *runner) parts() int {
	free := r.room - r.spread
	if 2*free < r.room {
		return 0
	}
	return max(1, free/r.q.partSize())
}

// due reports whether results have waited long enough to be written.
func (r *runner) due(now time.Time) bool {
	l := r.ledger
	return l.told(now) || !l.empty() && (len(r.lanes) == 0 || l.jobs >= flushJobs || !now.Before(r.flush))
}

// wait returns when there may be something to do.
func (r *runner) wait(ctx context.Context) {
	now := time.Now()
	if now.After(r.rest) && (r.due(now) || r.woken && r.free() > 0) {
		return
	}
	until := now.Add(poll)
	if r.free() > 0 && r.look.Before(until) {
		until = r.look
	}
	if !r.ledger.empty() && r.flush.Before(until) {
		until = r.flush
	}
	if t := r.ledger; len(t.tally) > 0 && t.tallyBy.Before(until) {
		until = t.tallyBy
	}
	if until.Before(r.rest) {
		until = r.rest
	}
	timer := time.NewTimer(until.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-r.q.given:
	case <-r.q.wake:
		r.woken = true
	case rep := <-r.reports:
		r.note(rep)
		for range len(r.reports) {
			r.note(<-r.reports)
		}
	}
}
