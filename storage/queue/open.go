package queue

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// place makes rows of jobs, and their lanes due when they are.
func (q *Queue) place(ctx context.Context, ex Executor, jobs []Job) error {
	due := map[string]int64{}
	rows := make([]any, 0, 9*len(jobs))
	for _, j := range jobs {
		at, state := j.Due.UnixMilli(), waiting
		if j.Due.After(j.Created) {
			state = putOff
		}
		if first, found := due[j.Lane]; !found || at < first {
			due[j.Lane] = at
		}
		rows = append(rows, j.ID, j.Lane, j.Key, j.Kind, j.Target, append([]byte{}, j.Payload...), at, j.Created.UnixMilli(), state)
	}
	if err := q.open(ctx, ex, due); err != nil {
		return fmt.Errorf("opening lanes: %w", err)
	}
	for n := range chunks(len(jobs)) {
		// Only two that took each other for dead place the same job of a fan-out.
		err := ex.Later(ctx, `
			INSERT INTO job (id, lane, key, kind, target, payload, due, created, state)
			VALUES `+Tuples(n, 9)+` ON CONFLICT DO NOTHING`, rows[:9*n:9*n]...)
		if err != nil {
			return fmt.Errorf("inserting jobs: %w", err)
		}
		rows = rows[9*n:]
	}
	return nil
}

// open makes lanes due, and those that there are not yet.
func (q *Queue) open(ctx context.Context, ex Executor, due map[string]int64) error {
	names := map[int64][]string{}
	for _, name := range sorted(due) {
		names[due[name]] = append(names[due[name]], name)
	}
	for _, at := range sorted(names) {
		for part := range slices.Chunk(names[at], maxList) {
			if err := q.openPart(ctx, ex, part, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *Queue) openPart(ctx context.Context, ex Executor, names []string, due int64) error {
	if q.dialect.Share == "" {
		return makeOrHasten(ctx, ex, names, due)
	}
	if err := hasten(ctx, ex, names, due); err != nil {
		return err
	}
	late, err := q.share(ctx, ex, names, due)
	if err != nil || !late {
		return err
	}
	return hasten(ctx, ex, names, due)
}

// soon makes a lane due, but not before its hold is over.
const soon = `SET due = CASE WHEN lane.hold > $1 THEN lane.hold ELSE $1 END`

// makeOrHasten makes lanes due, those that there are not yet as well.
func makeOrHasten(ctx context.Context, ex Executor, names []string, due int64) error {
	for n := range chunks(len(names)) {
		rows := make([]string, n)
		for i := range rows {
			rows[i] = "($" + strconv.Itoa(i+2) + ", $1)"
		}
		err := ex.Later(ctx, `
			INSERT INTO lane (name, due)
			VALUES `+strings.Join(rows, ", ")+`
			ON CONFLICT (name) DO UPDATE `+soon+`
			WHERE lane.due > $1`, Args(names[:n], due)...)
		if err != nil {
			return err
		}
		names = names[n:]
	}
	return nil
}

// hasten makes lanes due that there are. The sum keeps the database from looking
// through all that are not.
func hasten(ctx context.Context, ex Executor, names []string, due int64) error {
	return ex.Later(ctx, `
		UPDATE lane `+soon+`
		WHERE due + 0 > $1 AND name IN `+List(2, names), Args(names, due)...)
}

// share makes the lanes that there are not yet, and shares the rows of all until
// the transaction ends: whoever empties one meanwhile must not take it for empty
// before the jobs in it are there to be seen. names is sorted, because two that
// lock in different order wait for each other. It tells whether one of them is
// not due by then.
func (q *Queue) share(ctx context.Context, ex Executor, names []string, due int64) (late bool, err error) {
	for range 5 {
		shared := 0
		err = ex.Each(ctx, func(r Row) error {
			var at, hold int64
			err := r.Scan(&at, &hold)
			shared++
			late = late || at > max(due, hold)
			return err
		}, `SELECT due, hold FROM lane WHERE name IN `+List(1, names)+` ORDER BY name `+q.dialect.Share, Args(names)...)
		if err != nil || shared == len(names) {
			return late, err
		}
		var args []any
		for _, name := range names {
			args = append(args, name, never)
		}
		_, err = ex.Exec(ctx, `INSERT INTO lane (name, due) VALUES `+Tuples(len(names), 2)+` ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			return late, err
		}
	}
	return late, fmt.Errorf("lane %s or another is swept away each time", names[0])
}
