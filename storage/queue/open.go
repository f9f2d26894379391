package queue

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"
)

// maxHanded is in how many lanes Run is given work by Insert; what is beyond
// that is claimed when there is time for it, by whichever process has it.
const maxHanded = 1024

// An opening is what Insert puts into a lane.
type opening struct {
	due  int64
	jobs []Job // as Run would read them
	wait bool  // some are not due yet
}

func (o *opening) add(j Job, due, now int64) {
	o.wait = o.wait || due > now
	if len(o.jobs) < maxBatch {
		j.Due, j.Created, j.Attempt = time.UnixMilli(due), time.UnixMilli(now), 1
		o.jobs = append(o.jobs, j)
	}
}

// openLanes makes lanes due when their jobs are, and those that there are not
// yet. A lane in which nothing waited is leased to this process at once, if Run
// has room for it: what is put into it is returned, and needs no claim.
func (q *Queue) openLanes(ctx context.Context, ex Executor, lanes map[string]*opening, now int64) ([]run, error) {
	type group struct {
		due  int64
		mine bool
	}
	groups := map[group][]string{}
	room := q.room.Load()
	for name, o := range lanes {
		mine := !o.wait && room > 0
		if mine {
			room--
		}
		groups[group{o.due, mine}] = append(groups[group{o.due, mine}], name)
	}
	var mine []run
	for g, names := range groups {
		slices.Sort(names)
		l := leasing{due: g.due}
		if g.mine {
			l.by, l.until = q.name, time.UnixMilli(now).Add(lease).UnixMilli()
		}
		for part := range slices.Chunk(names, maxList) {
			if err := q.openPart(ctx, ex, part, &l); err != nil {
				return nil, err
			}
		}
		for _, lane := range l.leased {
			jobs := lanes[lane.name].jobs
			slices.SortFunc(jobs, func(a, b Job) int { return cmp.Compare(a.ID, b.ID) })
			mine = append(mine, run{lane, jobs})
		}
	}
	return mine, nil
}

func (q *Queue) openPart(ctx context.Context, ex Executor, names []string, l *leasing) error {
	n, err := l.hasten(ctx, ex, names)
	if err != nil || n == len(names) {
		return err
	}
	made, err := q.share(ctx, ex, names)
	if err != nil || made == 0 && q.dialect.Share == "" {
		return err
	}
	_, err = l.hasten(ctx, ex, names)
	return err
}

// A leasing makes lanes due, and leases those in which nothing waited, unless
// until is 0.
type leasing struct {
	due    int64
	by     string
	until  int64
	leased []*lane
}

// hasten makes lanes due, but not before their hold is over, and returns how
// many were not yet. The sum keeps the database from looking through all that
// are not.
func (l *leasing) hasten(ctx context.Context, ex Executor, names []string) (n int, err error) {
	const idle = `due = 4611686018427387904 AND hold <= $1`
	err = ex.Each(ctx, func(r *sql.Rows) error {
		n++
		var until int64
		opened := &lane{}
		if err := r.Scan(&opened.name, &until, &opened.failures, &opened.first, &opened.day, &opened.days); err != nil {
			return err
		}
		if until == l.until && until > 0 {
			opened.until.Store(until)
			l.leased = append(l.leased, opened)
		}
		return nil
	}, `
		UPDATE lane
		SET due = CASE WHEN hold > $1 THEN hold ELSE $1 END,
			held_by = CASE WHEN `+idle+` THEN $2 ELSE held_by END,
			held_until = CASE WHEN `+idle+` THEN $3 ELSE held_until END
		WHERE due + 0 > $1 AND name IN `+list(4, names)+`
		RETURNING name, held_until, failures, first_failure, failure_day, failure_days`,
		anys(names, l.due, l.by, l.until)...)
	return n, err
}

// hand gives Run the lanes that Insert has leased, after the commit. all says
// that there is nothing else to look for.
func (q *Queue) hand(mine []run, all bool) {
	if len(mine) > 0 {
		q.mu.Lock()
		q.handed = append(q.handed, mine...)
		q.mu.Unlock()
		select {
		case q.given <- struct{}{}:
		default:
		}
	}
	if !all {
		q.Nudge()
	}
}

// take returns what was handed over.
func (q *Queue) take() []run {
	q.mu.Lock()
	defer q.mu.Unlock()
	runs := q.handed
	q.handed = nil
	return runs
}
