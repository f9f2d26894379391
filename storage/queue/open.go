package queue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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
		_, err := ex.Exec(ctx, `
			INSERT INTO job (id, lane, key, kind, target, payload, due, created, state)
			VALUES `+tuples(n, 9)+` ON CONFLICT DO NOTHING`, rows[:9*n]...)
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
	n, err := hasten(ctx, ex, names, due)
	if err != nil || n == int64(len(names)) {
		return err
	}
	made, err := q.share(ctx, ex, names)
	if err != nil || made == 0 && q.dialect.Share == "" {
		return err
	}
	_, err = hasten(ctx, ex, names, due)
	return err
}

// hasten makes lanes due, but not before their hold is over, and returns how
// many were not yet. The sum keeps the database from looking through all that
// are not.
func hasten(ctx context.Context, ex Executor, names []string, due int64) (int64, error) {
	return ex.Exec(ctx, `
		UPDATE lane
		SET due = CASE WHEN hold > $1 THEN hold ELSE $1 END
		WHERE due + 0 > $1 AND name IN `+list(2, names), anys(names, due)...)
}

// share makes lanes and shares their rows until the transaction ends: whoever
// empties one meanwhile must not take it for empty before the jobs in it are
// there to be seen. names is sorted, because two that lock in different order
// wait for each other. It returns how many it made.
func (q *Queue) share(ctx context.Context, ex Executor, names []string) (made int64, err error) {
	for range 5 {
		var args []any
		for _, name := range names {
			args = append(args, name, never)
		}
		n, err := ex.Exec(ctx, `INSERT INTO lane (name, due) VALUES `+tuples(len(names), 2)+` ON CONFLICT DO NOTHING`, args...)
		made += n
		if err != nil || q.dialect.Share == "" {
			return made, err
		}
		shared := 0
		err = ex.Each(ctx, func(*sql.Rows) error { shared++; return nil },
			`SELECT name FROM lane WHERE name IN `+list(1, names)+` ORDER BY name `+q.dialect.Share, anys(names)...)
		if err != nil || shared == len(names) {
			return made, err
		}
	}
	return made, fmt.Errorf("lane %s or another is swept away each time", names[0])
}
