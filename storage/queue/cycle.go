package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The states of a job.
const (
	waiting = iota
	putOff  // waits, and has been put off at least once: only such a job can block its key
	givenUp
)

// A standing is how often a lane has failed since it last succeeded.
type standing struct {
	failures, first, day, days int64
}

func (s standing) fail(now time.Time) standing {
	if s.failures == 0 {
		s = standing{first: now.UnixMilli()}
	}
	s.failures++
	if day := now.Unix() / (24 * 60 * 60); s.days == 0 || day != s.day {
		s.day = day
		s.days++
	}
	return s
}

// tallyTime is how long it takes until a lane shows what a fan-out delivered.
const tallyTime = 2 * time.Second

// A ledger holds reports until they are written. What is done of a fan-out is
// only marked in it, and counted.
type ledger struct {
	reports []report
	jobs    int // of the reports
	ended   []*lane
	idle    []*lane // ended without a job
	fanouts map[*fanout]bool
	tally   map[string]count // by lane
	tallyBy time.Time        // the tally is written by then
}

// A count is what was delivered to a lane by fan-outs.
type count struct{ n, last int64 }

func newLedger() *ledger { return &ledger{fanouts: map[*fanout]bool{}, tally: map[string]count{}} }

func (l *ledger) empty() bool { return len(l.reports) == 0 && len(l.fanouts) == 0 }

func (l *ledger) add(r report) {
	f := r.lane.fanout
	if f != nil {
		l.fanouts[f] = true
	}
	switch {
	case r.over && f != nil:
		f.open--
	case r.over:
		l.ended = append(l.ended, r.lane)
	}
	if f != nil {
		if r.job == nil {
			return
		}
		if f.mark(r.job.at); r.err == nil {
			l.count(r.lane.name)
			return
		}
	}
	if r.job != nil {
		l.jobs++
	}
	l.reports = append(l.reports, r)
}

// told reports whether the tally has waited long enough to be written.
func (l *ledger) told(now time.Time) bool { return len(l.tally) > 0 && !now.Before(l.tallyBy) }

func (l *ledger) count(lane string) {
	now := time.Now()
	if len(l.tally) == 0 {
		l.tallyBy = now.Add(tallyTime)
	}
	l.tally[lane] = count{l.tally[lane].n + 1, now.UnixMilli()}
}

// An entry is what a ledger says of one lane.
type entry struct {
	standing
	delivered int64
	err       *answer // the last failure, unless something was delivered after it
	hold      time.Time
	asked     int64
	released  bool
}

// cycle writes what is in l, lets go of the lanes that have ended, claims up to
// free due lanes and so many parts of fan-outs, and loads their jobs.
// Lanes in which nothing is ready, because a key's first job waits, end up in l
// again.
func (q *Queue) cycle(ctx context.Context, l *ledger, free, parts int) ([]run, error) {
	var runs []run
	var entries map[*lane]*entry
	now := time.Now()
	told := l.told(now)
	err := q.store.Update(ctx, func(ex Executor) error {
		var err error
		if entries, err = q.write(ctx, ex, l, now); err != nil {
			return fmt.Errorf("writing results: %w", err)
		}
		if told {
			if err := writeTally(ctx, ex, l.tally); err != nil {
				return fmt.Errorf("counting: %w", err)
			}
		}
		runs = nil
		if runs, err = q.claimFanouts(ctx, ex, now, parts); err != nil {
			return fmt.Errorf("claiming fan-outs: %w", err)
		}
		claimed, err := q.claim(ctx, ex, now, free)
		if err != nil {
			return fmt.Errorf("claiming lanes: %w", err)
		}
		runs = append(runs, claimed...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for lane, e := range entries {
		lane.standing = e.standing
	}
	next := newLedger()
	if !told {
		next.tally, next.tallyBy = l.tally, l.tallyBy
	}
	*l = *next
	ready := runs[:0]
	for _, r := range runs {
		if len(r.jobs) == 0 {
			l.add(report{lane: r.lane, over: true})
			l.idle = append(l.idle, r.lane)
			continue
		}
		ready = append(ready, r)
	}
	return ready, nil
}

func (q *Queue) write(ctx context.Context, ex Executor, l *ledger, now time.Time) (map[*lane]*entry, error) {
	if l.empty() {
		return nil, nil
	}
	reports, err := q.writeFanouts(ctx, ex, l)
	if err != nil {
		return nil, err
	}
	own, others, err := q.lock(ctx, ex, l.ended)
	if err != nil {
		return nil, err
	}
	entries := map[*lane]*entry{}
	var done []string
	for _, r := range reports {
		if r.err == errUntried {
			continue
		}
		e := entries[r.lane]
		if e == nil {
			e = &entry{standing: r.lane.standing}
			entries[r.lane] = e
		}
		switch {
		case r.job == nil:
		case r.err == nil:
			done = append(done, r.job.ID)
			e.standing, e.err = standing{}, nil
			e.delivered++
		default:
			if err := q.fail(ctx, ex, r, e, now); err != nil {
				return nil, err
			}
		}
	}
	for part := range slices.Chunk(done, maxList) {
		if _, err := ex.Exec(ctx, `DELETE FROM job WHERE id IN `+List(1, part), Args(part)...); err != nil {
			return nil, err
		}
	}
	for _, lane := range l.idle {
		if err := putBehind(ctx, ex, lane.name, now); err != nil {
			return nil, err
		}
	}
	for _, lane := range own {
		entries[lane].released = true
	}
	if err := q.writeLanes(ctx, ex, entries, now); err != nil {
		return nil, err
	}
	return entries, q.release(ctx, ex, others, now)
}

// writeFanouts writes what is done of fan-outs and makes jobs of what failed
// there. It returns the reports but those of fan-outs that were not ours any
// more.
func (q *Queue) writeFanouts(ctx context.Context, ex Executor, l *ledger) ([]report, error) {
	if len(l.fanouts) == 0 {
		return l.reports, nil
	}
	ours := map[*fanout]bool{nil: true}
	for f := range l.fanouts {
		var err error
		if ours[f], err = q.saveFanout(ctx, ex, f); err != nil {
			return nil, err
		}
	}
	var reports []report
	var jobs []Job
	for _, r := range l.reports {
		if !ours[r.lane.fanout] {
			continue
		}
		reports = append(reports, r)
		if r.lane.fanout != nil {
			jobs = append(jobs, *r.job)
		}
	}
	return reports, q.place(ctx, ex, jobs)
}

// fail writes what a failed attempt means for the job, and notes in e what it
// means for the lane.
func (q *Queue) fail(ctx context.Context, ex Executor, r report, e *entry, now time.Time) error {
	a, j := answerOf(r.err), r.job
	e.err = a
	due, state := now, givenUp
	switch {
	case a.verdict == hold:
		e.standing = e.standing.fail(now)
		pause := a.pause(int(e.failures))
		if e.days >= maxFailureDays {
			pause = max(pause, maxAsked)
		}
		e.hold, e.asked = now.Add(pause), 0
		if a.after > 0 {
			e.asked = 1
		}
		due, state = j.Due, putOff
	case a.verdict == later && j.Attempt < maxTries && now.Sub(j.Created) < maxAge:
		due, state = now.Add(a.pause(j.Attempt)), putOff
	case a.verdict == giveUp:
		e.standing = standing{} // who refuses is there
	}
	_, err := ex.Exec(ctx, `UPDATE job SET due = $1, state = $2, attempt = $3, error = $4 WHERE id = $5`,
		due.UnixMilli(), state, j.Attempt, text(a), j.ID)
	if err != nil {
		return err
	}
	if a.verdict == hold {
		_, err = ex.Exec(ctx, `UPDATE job SET state = 2, error = $1 WHERE lane = $2 AND state < 2 AND created < $3`,
			text(a), j.Lane, now.Add(-maxAge).UnixMilli())
	}
	if state == givenUp {
		ex.AfterCommit(func() {
			q.log.WarnContext(ctx, "job given up", "lane", j.Lane, "kind", j.Kind, "attempt", j.Attempt, "err", text(a))
		})
	}
	return err
}

// putBehind gives jobs that wait for an earlier one with the same key the due
// of that one, so that they are not looked at until then.
func putBehind(ctx context.Context, ex Executor, name string, now time.Time) error {
	const earlier = `
		FROM job AS earlier
		WHERE earlier.lane = job.lane AND earlier.key = job.key AND earlier.state = 1
		AND earlier.id < job.id AND earlier.due > job.due`
	_, err := ex.Exec(ctx, `
		UPDATE job
		SET state = 1, due = (SELECT MAX(earlier.due) `+earlier+`)
		WHERE lane = $1 AND state < 2 AND due <= $2 AND EXISTS (SELECT 1 `+earlier+`)`,
		name, now.UnixMilli())
	return err
}

// lock makes ended lanes ours for the rest of the transaction: no job can come
// into one while we see what is next in it. Those into which a job is just being
// put are left to others.
func (q *Queue) lock(ctx context.Context, ex Executor, ended []*lane) (own, others []*lane, err error) {
	if q.dialect.Own == "" || len(ended) == 0 {
		return ended, nil, nil
	}
	locked := map[string]bool{}
	for part := range slices.Chunk(ended, maxList) {
		err := ex.Each(ctx, func(r Row) error {
			var name string
			err := r.Scan(&name)
			locked[name] = true
			return err
		}, `SELECT name FROM lane WHERE held_by = $1 AND name IN `+List(2, names(part))+` ORDER BY name `+q.dialect.Own,
			Args(names(part), q.name)...)
		if err != nil {
			return nil, nil, err
		}
	}
	for _, l := range ended {
		if locked[l.name] {
			own = append(own, l)
		} else {
			others = append(others, l)
		}
	}
	return own, others, nil
}

func names(lanes []*lane) []string {
	s := make([]string, len(lanes))
	for i, l := range lanes {
		s[i] = l.name
	}
	slices.Sort(s)
	return s
}

const (
	setDelivered = `delivered = delivered + $2, last_ok = $3, last_try = $3, last_error = '', hold = 0, asked = 0,
		failures = 0, first_failure = 0, failure_day = 0, failure_days = 0`

	// A lane that is let go of is due with the first of its jobs, but not
	// before its hold is over.
	setReleased = `held_by = '', held_until = 0, due = COALESCE((
			SELECT CASE WHEN job.due < lane.hold THEN lane.hold ELSE job.due END
			FROM job
			WHERE job.lane = lane.name AND job.state < 2
			ORDER BY job.due
			LIMIT 1), 4611686018427387904)`
)

// writeLanes writes entries: in one statement for all lanes of which there is
// the same to say, which is that one job was delivered, as a rule.
func (q *Queue) writeLanes(ctx context.Context, ex Executor, entries map[*lane]*entry, now time.Time) error {
	type said struct {
		delivered int64
		released  bool
	}
	same := map[said][]string{}
	for lane, e := range entries {
		if lane.fanout != nil {
			continue
		}
		if e.err != nil {
			if err := q.writeFailure(ctx, ex, lane, e, now); err != nil {
				return err
			}
		}
		if s := (said{e.delivered, e.released}); e.err == nil {
			same[s] = append(same[s], lane.name)
		} else if e.released {
			same[said{0, true}] = append(same[said{0, true}], lane.name)
		}
	}
	for s, names := range same {
		slices.Sort(names)
		var set []string
		args := []any{q.name}
		if s.delivered > 0 {
			set = append(set, setDelivered)
			args = append(args, s.delivered, now.UnixMilli())
		}
		if s.released {
			set = append(set, setReleased)
		}
		if len(set) == 0 {
			continue
		}
		for part := range slices.Chunk(names, maxList) {
			_, err := ex.Exec(ctx, `UPDATE lane SET `+strings.Join(set, ", ")+` WHERE held_by = $1 AND name IN `+
				List(len(args)+1, part), Args(part, slices.Clone(args)...)...)
			if err != nil {
				return err
			}
		}
	}
	for lane, e := range entries { // a failure in a fan-out is the last word
		if lane.fanout != nil {
			if err := q.writeFailure(ctx, ex, lane, e, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFailure writes e of a lane, whoever holds it if it is a fan-out's.
func (q *Queue) writeFailure(ctx context.Context, ex Executor, l *lane, e *entry, now time.Time) error {
	ok, until, by := int64(0), int64(0), q.name
	if e.delivered > 0 {
		ok = now.UnixMilli()
	}
	if !e.hold.IsZero() {
		until = e.hold.UnixMilli()
	}
	if l.fanout != nil {
		by = ""
	}
	_, err := ex.Exec(ctx, `
		UPDATE lane
		SET hold = $1, asked = $2, failures = $3, first_failure = $4, failure_day = $5, failure_days = $6,
			last_try = $7, last_error = $8, delivered = delivered + $9,
			last_ok = CASE WHEN last_ok < $10 THEN $10 ELSE last_ok END,
			due = CASE WHEN due < $1 THEN $1 ELSE due END
		WHERE name = $11 AND $12 IN (held_by, '')`,
		until, e.asked, e.failures, e.first, e.day, e.days,
		now.UnixMilli(), text(e.err), e.delivered, ok, l.name, by)
	return err
}

// writeTally writes what fan-outs have delivered, and makes the lanes that there
// are not yet.
func writeTally(ctx context.Context, ex Executor, tally map[string]count) error {
	names := sorted(tally)
	for n := range chunks(len(names)) {
		var args []any
		for _, name := range names[:n] {
			c := tally[name]
			args = append(args, name, never, c.n, c.last, c.last)
		}
		_, err := ex.Exec(ctx, `
			INSERT INTO lane (name, due, delivered, last_ok, last_try)
			VALUES `+Tuples(n, 5)+`
			ON CONFLICT (name) DO UPDATE
			SET delivered = lane.delivered + excluded.delivered, last_ok = excluded.last_ok,
				last_try = CASE WHEN lane.last_try > excluded.last_try THEN lane.last_try ELSE excluded.last_try END,
				last_error = CASE WHEN lane.last_try > excluded.last_try THEN lane.last_error ELSE '' END`, args...)
		if err != nil {
			return err
		}
		names = names[n:]
	}
	return nil
}

// release lets go of lanes without looking what is next in them; soon somebody
// will.
func (q *Queue) release(ctx context.Context, ex Executor, lanes []*lane, now time.Time) error {
	for part := range slices.Chunk(lanes, maxList) {
		_, err := ex.Exec(ctx, `
			UPDATE lane
			SET held_by = '', held_until = 0, due = CASE WHEN hold > $1 THEN hold ELSE $1 END
			WHERE held_by = $2 AND name IN `+List(3, names(part)),
			Args(names(part), now.Add(2*flushTime).UnixMilli(), q.name)...)
		if err != nil {
			return err
		}
	}
	return nil
}
