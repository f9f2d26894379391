package queue

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	maxClaim = 64  // lanes in one claim
	maxBatch = 100 // jobs of one lane in one run

	maxAtOnce = 4 * maxClaim // jobs read at once; less than this is everything
)

// A lane is a claimed row of the table lane, or one of those that a claimed
// fan-out goes to.
type lane struct {
	name   string
	fanout *fanout
	until  atomic.Int64 // when the lease ends, unless it is the fan-out's
	standing
}

// lease is when the lease ends.
func (l *lane) lease() *atomic.Int64 {
	if l.fanout != nil {
		return &l.fanout.until
	}
	return &l.until
}

// ours reports whether the lease has not run out.
func (l *lane) ours() bool { return time.Now().UnixMilli() < l.lease().Load() }

// claim leases up to n due lanes to this process and loads what is ready there.
func (q *Queue) claim(ctx context.Context, ex Executor, now time.Time, n int) ([]run, error) {
	if n <= 0 {
		return nil, nil
	}
	until := now.Add(q.lease).UnixMilli()
	var runs []run
	err := ex.Each(ctx, func(r Row) error {
		l := &lane{}
		l.until.Store(until)
		runs = append(runs, run{lane: l})
		return r.Scan(&l.name, &l.failures, &l.first, &l.day, &l.days)
	}, `
		WITH picked AS (
			SELECT name
			FROM lane
			WHERE due <= $1 AND held_until <= $1
			ORDER BY due, name
			LIMIT $2
			`+q.dialect.SkipLocked+`)
		UPDATE lane
		SET held_by = $3, held_until = $4
		WHERE name IN (SELECT name FROM picked)
		RETURNING name, failures, first_failure, failure_day, failure_days`,
		now.UnixMilli(), n, q.name, until)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.lane.name, b.lane.name) })
	if n == maxClaim && len(runs) == n {
		if err := q.tellOthers(ctx, ex); err != nil {
			return nil, err
		}
	}
	return runs, q.load(ctx, ex, runs, now)
}

// load reads what is ready in the lanes of runs: all of it at once as a rule,
// and lane by lane where there is much.
func (q *Queue) load(ctx context.Context, ex Executor, runs []run, now time.Time) error {
	at := map[string]*run{}
	var all []string
	for i := range runs {
		at[runs[i].lane.name] = &runs[i]
		all = append(all, runs[i].lane.name)
	}
	n, err := loadInto(ctx, ex, at, ready+List(2, all)+` LIMIT `+strconv.Itoa(maxAtOnce), Args(all, now.UnixMilli()))
	if err != nil || n < maxAtOnce {
		return err
	}
	for name, r := range at {
		r.jobs = nil
		_, err := loadInto(ctx, ex, at, ready+`($2) ORDER BY job.due, job.id LIMIT `+strconv.Itoa(maxBatch), []any{now.UnixMilli(), name})
		if err != nil {
			return err
		}
	}
	return nil
}

// loadInto sorts by due and then id. That is the order by key, too: an earlier
// job with the same key that is due later is one that was put off, and blocks.
func loadInto(ctx context.Context, ex Executor, at map[string]*run, query string, args []any) (n int, err error) {
	err = ex.Each(ctx, func(r Row) error {
		j, err := scanJob(r)
		j.Attempt++
		at[j.Lane].jobs = append(at[j.Lane].jobs, j)
		n++
		return err
	}, query, args...)
	if err != nil {
		return n, fmt.Errorf("loading jobs: %w", err)
	}
	for _, r := range at {
		slices.SortFunc(r.jobs, func(a, b Job) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	}
	return n, nil
}

const (
	columns = `job.id, job.lane, job.key, job.kind, job.target, job.payload, job.due, job.created, job.attempt, job.state, job.error`

	// ready selects the jobs that may be done now in the lanes listed behind it.
	ready = `
		SELECT ` + columns + `
		FROM job
		WHERE job.state < 2 AND job.due <= $1 AND NOT EXISTS (
			SELECT 1
			FROM job AS earlier
			WHERE earlier.lane = job.lane AND earlier.key = job.key AND earlier.state = 1
			AND earlier.id < job.id AND earlier.due > job.due)
		AND job.lane IN `
)

func scanJob(r Row) (Job, error) {
	var j Job
	var due, created int64
	var state int
	err := r.Scan(&j.ID, &j.Lane, &j.Key, &j.Kind, &j.Target, &j.Payload, &due, &created, &j.Attempt, &state, &j.Error)
	j.Due, j.Created, j.GivenUp = time.UnixMilli(due), time.UnixMilli(created), state == givenUp
	return j, err
}

// extend renews leases on rows of a table. One that was lost keeps its end.
func (q *Queue) extend(ctx context.Context, table, column string, leases map[string]*atomic.Int64) error {
	until := time.Now().Add(q.lease).UnixMilli()
	var kept []string
	err := q.store.Update(ctx, func(ex Executor) error {
		kept = kept[:0]
		for part := range slices.Chunk(sorted(leases), maxList) {
			err := ex.Each(ctx, func(r Row) error {
				var name string
				err := r.Scan(&name)
				kept = append(kept, name)
				return err
			}, `UPDATE `+table+` SET held_until = $1 WHERE held_by = $2 AND `+column+` IN `+List(3, part)+` RETURNING `+column,
				Args(part, until, q.name)...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("extending leases: %w", err)
	}
	for _, name := range kept {
		leases[name].Store(until)
	}
	return nil
}

// next returns when the next lane or fan-out is due.
func (q *Queue) next(ctx context.Context) (int64, error) {
	next := never
	err := q.store.View(ctx, func(ex Executor) error {
		for _, query := range []string{
			`SELECT due FROM lane WHERE held_until <= $1 ORDER BY due, name LIMIT 1`,
			`SELECT due FROM fanout WHERE held_until <= $1 AND` + firstOfKey + ` ORDER BY due, id LIMIT 1`,
		} {
			err := ex.Each(ctx, func(r Row) error {
				var due int64
				err := r.Scan(&due)
				next = min(next, due)
				return err
			}, query, time.Now().UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("looking for what is due: %w", err)
	}
	return next, nil
}
