package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const reportColumns = `id, host, actor, text, objects, received, done, done_by`

func scanReport(row row, r *hub.Report) error {
	return row.Scan(&r.ID, &r.Host, &r.Actor, &r.Text, list{&r.Objects}, moment{&r.Received}, moment{&r.Done}, &r.DoneBy)
}

// Report implements [hub.ReportTx].
func (r records) Report(ctx context.Context, id string) (hub.Report, error) {
	return readOne(ctx, r, scanReport, "reading report", id, `SELECT `+reportColumns+` FROM report WHERE id = $1`, id)
}

// InsertReport implements [hub.ReportTx].
func (r records) InsertReport(ctx context.Context, one hub.Report) error {
	return r.run(ctx, "keeping report", one.ID, `
		INSERT INTO report (`+reportColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`,
		one.ID, one.Host, one.Actor, one.Text, asJSON(one.Objects), one.Received.UnixMilli(), ms(one.Done), one.DoneBy)
}

// UpdateReport implements [hub.ReportTx]: what came stays as it came.
func (r records) UpdateReport(ctx context.Context, one hub.Report) error {
	return r.change(ctx, "changing report", one.ID,
		`UPDATE report SET done = $1, done_by = $2 WHERE id = $3`, ms(one.Done), one.DoneBy, one.ID)
}

// Reports implements [hub.ReportTx]. A page begins after a report's id.
func (r records) Reports(ctx context.Context, done bool, p hub.Page) ([]hub.Report, error) {
	return readToDo(ctx, r, scanReport, "report", reportColumns, done, p)
}

// CountReports implements [hub.ReportTx]. There are not many, because hub takes
// no more.
func (r records) CountReports(ctx context.Context, host string) (int, error) {
	query, args := `SELECT COUNT(*) FROM report WHERE done IS NULL`, []any(nil)
	if host != "" {
		query, args = `SELECT COUNT(*) FROM report WHERE done IS NULL AND host = $1`, []any{host}
	}
	return readOne(ctx, r, column[int], "counting", "open reports", query, args...)
}

// PruneReports implements [hub.ReportTx].
func (r records) PruneReports(ctx context.Context, before time.Time) (int, error) {
	return r.changed(ctx, "forgetting", "old reports", `DELETE FROM report WHERE done IS NOT NULL AND done < $1`, before.UnixMilli())
}
