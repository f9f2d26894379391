package storage

import (
	"context"
	"time"

	"pergola/hub"
)

// InsertDeed implements [hub.AuditTx].
func (r records) InsertDeed(ctx context.Context, d hub.Deed) error {
	return r.run(ctx, "noting that somebody", d.Did, `
		INSERT INTO deed (at, id, account, name, did, object)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		d.At.UnixMilli(), d.ID, d.Account, d.Name, d.Did, d.Object)
}

// Deeds implements [hub.AuditTx].
func (r records) Deeds(ctx context.Context, p hub.Page) ([]hub.Deed, error) {
	after := placeAfter(p, newest())
	return readAll(ctx, r, func(row row, d *hub.Deed) error {
		err := row.Scan(moment{&d.At}, &d.ID, &d.Account, &d.Name, &d.Did, &d.Object)
		d.Cursor = cursor(d.At.UnixMilli(), d.ID)
		return err
	}, "reading", "what was done", `
		SELECT at, id, account, name, did, object
		FROM deed
		WHERE (at, id) < ($1, $2)
		ORDER BY at DESC, id DESC
		LIMIT $3`,
		after.at, after.id, pageSize(p))
}

// PruneDeeds implements [hub.AuditTx].
func (r records) PruneDeeds(ctx context.Context, before time.Time) (int, error) {
	return r.changed(ctx, "forgetting", "what was done", `DELETE FROM deed WHERE at < $1`, before.UnixMilli())
}

// SaveRun implements [hub.AuditTx].
func (r records) SaveRun(ctx context.Context, run hub.Run) error {
	return r.run(ctx, "keeping the run of", run.Job, `
		INSERT INTO run (job, started, finished, error, next)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (job) DO UPDATE
		SET started = excluded.started, finished = excluded.finished, error = excluded.error, next = excluded.next`,
		run.Job, ms(run.Started), ms(run.Finished), run.Error, ms(run.Next))
}

// Runs implements [hub.AuditTx]: in the order of the jobs' names.
func (r records) Runs(ctx context.Context) ([]hub.Run, error) {
	return readAll(ctx, r, func(row row, run *hub.Run) error {
		return row.Scan(&run.Job, moment{&run.Started}, moment{&run.Finished}, &run.Error, moment{&run.Next})
	}, "reading", "the last runs",
		`SELECT job, started, finished, error, next FROM run ORDER BY job`)
}
