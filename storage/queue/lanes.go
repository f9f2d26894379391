package queue

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The states of a lane.
const (
	Idle        = "idle"        // nothing waits
	Waiting     = "waiting"     // something waits for its time
	Working     = "working"     // a process works on it
	Held        = "held"        // the host failed and is left alone for a while
	Unavailable = "unavailable" // the host failed on seven distinct days
)

// keep is how long what was given up, and a lane without any job, are kept.
const keep = 30 * 24 * time.Hour

// A LaneStatus is what an administrator sees of a lane. Times are zero where
// there is none.
type LaneStatus struct {
	Name         string
	State        string    // Idle, Waiting, Working, Held or Unavailable
	Waiting      int       // jobs
	GivenUp      int       // jobs
	Delivered    int       // jobs, ever
	Failures     int       // of the host in a row
	FirstFailure time.Time // the first of them
	LastError    string    // "" if the last job was delivered; at most 200 characters
	LastOK       time.Time
	LastTry      time.Time
	Due          time.Time // when something is tried next
}

// Lanes returns up to limit lanes in the order of their names, from the first
// after the name given, with the state they are in. Those that only fan-outs go
// to are among them.
func (q *Queue) Lanes(ctx context.Context, after string, limit int) ([]LaneStatus, error) {
	var lanes []LaneStatus
	err := q.store.View(ctx, func(ex Executor) (err error) {
		lanes, err = readLanes(ctx, ex, ` WHERE name > $1 ORDER BY name LIMIT $2`, after, limit)
		if err != nil {
			return err
		}
		return addUnreached(ctx, ex, &lanes, func(name string) bool { return name > after })
	})
	if err != nil {
		return nil, fmt.Errorf("reading lanes: %w", err)
	}
	return lanes[:min(len(lanes), limit)], nil
}

// A Tally is the state of a queue in figures.
type Tally struct {
	// Lanes counts them by state.
	Lanes map[string]int
	// Oldest is when what waits longest was put in; zero when nothing waits.
	Oldest time.Time
}

// Tally counts all lanes, and looks for what waits longest.
func (q *Queue) Tally(ctx context.Context) (Tally, error) {
	t := Tally{Lanes: map[string]int{}}
	lanes, err := q.Lanes(ctx, "", math.MaxInt32)
	if err != nil {
		return t, err
	}
	for _, state := range []string{Idle, Waiting, Working, Held, Unavailable} {
		t.Lanes[state] = 0
	}
	for _, l := range lanes {
		t.Lanes[l.State]++
	}
	t.Oldest, err = q.Oldest(ctx)
	return t, err
}

// Lane returns one lane; it has no name when there is none.
func (q *Queue) Lane(ctx context.Context, name string) (LaneStatus, error) {
	var lanes []LaneStatus
	err := q.store.View(ctx, func(ex Executor) (err error) {
		if lanes, err = readLanes(ctx, ex, ` WHERE name = $1`, name); err != nil {
			return err
		}
		return addUnreached(ctx, ex, &lanes, func(other string) bool { return other == name })
	})
	if err != nil {
		return LaneStatus{}, fmt.Errorf("reading lane %s: %w", name, err)
	}
	return append(lanes, LaneStatus{})[0], nil
}

// Oldest is when what waits longest was put in; zero when nothing waits.
func (q *Queue) Oldest(ctx context.Context) (time.Time, error) {
	var created int64
	err := q.store.View(ctx, func(ex Executor) error {
		return ex.Each(ctx, func(r Row) error { return r.Scan(&created) }, `
			SELECT COALESCE(MIN(created), 0)
			FROM (
				SELECT created FROM job WHERE state < 2
				UNION ALL
				SELECT created FROM fanout) AS waiting`)
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("reading what waits longest: %w", err)
	}
	if created == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(created), nil
}

func readLanes(ctx context.Context, ex Executor, which string, args ...any) ([]LaneStatus, error) {
	var lanes []LaneStatus
	err := ex.Each(ctx, func(r Row) error {
		l, err := scanLane(r, time.Now())
		lanes = append(lanes, l)
		return err
	}, selectLanes+which, args...)
	return lanes, err
}

// addUnreached adds to sorted lanes what waits in fan-outs for those wanted.
func addUnreached(ctx context.Context, ex Executor, lanes *[]LaneStatus, wanted func(name string) bool) error {
	at := map[string]int{}
	for i, l := range *lanes {
		at[l.Name] = i
	}
	err := unreached(ctx, ex, nil, func(j Job) {
		i, found := at[j.Lane]
		if !found {
			if !wanted(j.Lane) {
				return
			}
			i = len(*lanes)
			at[j.Lane] = i
			*lanes = append(*lanes, LaneStatus{Name: j.Lane, State: Idle})
		}
		l := &(*lanes)[i]
		if l.Waiting++; l.State == Idle {
			l.State, l.Due = Waiting, j.Due
		}
	})
	slices.SortFunc(*lanes, func(a, b LaneStatus) int { return strings.Compare(a.Name, b.Name) })
	return err
}

const selectLanes = `
	SELECT name, held_by, held_until, hold, due, failures, first_failure, failure_days,
		delivered, last_ok, last_try, last_error,
		(SELECT COUNT(*) FROM job WHERE job.lane = lane.name AND job.state < 2),
		(SELECT COUNT(*) FROM job WHERE job.lane = lane.name AND job.state = 2)
	FROM lane`

func scanLane(r Row, now time.Time) (LaneStatus, error) {
	var l LaneStatus
	var heldBy string
	var heldUntil, hold, due, first, days, ok, try int64
	err := r.Scan(&l.Name, &heldBy, &heldUntil, &hold, &due, &l.Failures, &first, &days,
		&l.Delivered, &ok, &try, &l.LastError, &l.Waiting, &l.GivenUp)
	switch {
	case heldBy != "" && heldUntil > now.UnixMilli():
		l.State = Working
	case days >= maxFailureDays:
		l.State = Unavailable
	case hold > now.UnixMilli():
		l.State = Held
	case l.Waiting > 0:
		l.State = Waiting
	default:
		l.State = Idle
	}
	l.FirstFailure, l.LastOK, l.LastTry, l.Due = instant(first), instant(ok), instant(try), instant(due)
	return l, err
}

func instant(ms int64) time.Time {
	if ms == 0 || ms == never {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Jobs returns up to limit jobs of a lane, waiting and given up, in the order of
// their ids, from the first after the id given. Attempt counts those made.
func (q *Queue) Jobs(ctx context.Context, lane, after string, limit int) ([]Job, error) {
	jobs, err := q.jobs(ctx, lane, nil,
		`SELECT `+columns+` FROM job WHERE job.lane = $1 AND job.id > $2 ORDER BY job.id LIMIT $3`, lane, after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading jobs of %s: %w", lane, err)
	}
	jobs = slices.DeleteFunc(jobs, func(j Job) bool { return j.ID <= after })
	return jobs[:min(len(jobs), limit)], nil
}

// WaitingFor returns the jobs of a lane and key that wait, in the order of their
// ids.
func (q *Queue) WaitingFor(ctx context.Context, lane, key string) ([]Job, error) {
	jobs, err := q.jobs(ctx, lane, &key,
		`SELECT `+columns+` FROM job WHERE job.lane = $1 AND job.key = $2 AND job.state < 2`, lane, key)
	if err != nil {
		return nil, fmt.Errorf("reading what waits for %s: %w", lane, err)
	}
	return jobs, nil
}

// GivenUpFor returns the jobs of a lane and key that were given up, in the order of
// their ids.
func (q *Queue) GivenUpFor(ctx context.Context, lane, key string) ([]Job, error) {
	var jobs []Job
	err := q.store.View(ctx, func(ex Executor) error {
		jobs = nil
		return ex.Each(ctx, func(r Row) error {
			j, err := scanJob(r)
			jobs = append(jobs, j)
			return err
		}, `SELECT `+columns+` FROM job WHERE job.lane = $1 AND job.state = 2 AND job.key = $2 ORDER BY job.id`, lane, key)
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was given up of %s: %w", lane, err)
	}
	return jobs, nil
}

// jobs returns the jobs that query selects, and those of a lane that wait in
// fan-outs.
func (q *Queue) jobs(ctx context.Context, lane string, key *string, query string, args ...any) ([]Job, error) {
	var jobs []Job
	err := q.store.View(ctx, func(ex Executor) error {
		jobs = nil
		err := ex.Each(ctx, func(r Row) error {
			j, err := scanJob(r)
			jobs = append(jobs, j)
			return err
		}, query, args...)
		if err != nil {
			return err
		}
		return unreached(ctx, ex, key, func(j Job) {
			if j.Lane == lane {
				jobs = append(jobs, j)
			}
		})
	})
	slices.SortFunc(jobs, func(a, b Job) int { return strings.Compare(a.ID, b.ID) })
	return jobs, err
}

// Wake makes a lane that failed due once, because its host has shown that it
// lives. Its failures stay counted (mastodon #31118), and a pause that the host
// has asked for, or that has only begun, stays.
func (q *Queue) Wake(ctx context.Context, lane string) error {
	const sleeping = ` name = $1 AND hold > $2 AND last_try < $3 AND asked = 0 AND held_by = '' AND due < 4611686018427387904`
	now := time.Now()
	args := []any{lane, now.UnixMilli(), now.Add(-time.Minute).UnixMilli()}
	found := false // mostly it is not, and nothing need be written
	err := q.store.View(ctx, func(ex Executor) error {
		return ex.Each(ctx, func(Row) error { found = true; return nil }, `SELECT 1 FROM lane WHERE`+sleeping, args...)
	})
	if err == nil && found {
		err = q.store.Update(ctx, func(ex Executor) error {
			ex.AfterCommit(q.Nudge)
			_, err := ex.Exec(ctx, `UPDATE lane SET hold = 0, due = $2 WHERE`+sleeping, args...)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("waking %s: %w", lane, err)
	}
	return nil
}

// Retry has everything in a lane tried again now, also what was given up, and
// forgets its failures.
func (q *Queue) Retry(ctx context.Context, lane string) error {
	now := time.Now().UnixMilli()
	err := q.store.Update(ctx, func(ex Executor) error {
		_, err := ex.Exec(ctx, `
			UPDATE lane
			SET hold = 0, asked = 0, failures = 0, first_failure = 0, failure_day = 0, failure_days = 0,
				due = $1
			WHERE name = $2`, now, lane)
		if err != nil {
			return err
		}
		_, err = ex.Exec(ctx, `
			UPDATE job
			SET state = 1, due = $1, created = $1, attempt = 0
			WHERE lane = $2 AND (state = 2 OR state = 1 AND attempt > 0)`, now, lane)
		ex.AfterCommit(q.Nudge)
		return err
	})
	if err != nil {
		return fmt.Errorf("retrying %s: %w", lane, err)
	}
	return nil
}

// Sweep forgets jobs that were given up, and lanes in which nothing has
// happened, thirty days ago. Leases that have run out need no sweep: such a lane
// is due.
func (q *Queue) Sweep(ctx context.Context) error {
	then := time.Now().Add(-keep).UnixMilli()
	err := q.store.Update(ctx, func(ex Executor) error {
		_, err := ex.Exec(ctx, `DELETE FROM job WHERE state = 2 AND created < $1`, then)
		if err != nil {
			return err
		}
		_, err = ex.Exec(ctx, `
			DELETE FROM lane
			WHERE name IN (
				SELECT name
				FROM lane
				WHERE due = 4611686018427387904 AND last_try < $1
				AND NOT EXISTS (SELECT 1 FROM job WHERE job.lane = lane.name)
				ORDER BY name `+q.dialect.Own+`)`, then)
		return err
	})
	if err != nil {
		return fmt.Errorf("sweeping the queue: %w", err)
	}
	return nil
}

// FreeAll ends all leases. It is for the start of a process that has the
// database for itself.
func (q *Queue) FreeAll(ctx context.Context) error {
	err := q.store.Update(ctx, func(ex Executor) error {
		for _, table := range []string{"lane", "fanout"} {
			if _, err := ex.Exec(ctx, `UPDATE `+table+` SET held_by = '', held_until = 0 WHERE held_by <> ''`); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("freeing leases: %w", err)
	}
	return nil
}
