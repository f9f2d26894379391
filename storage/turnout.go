package storage

import (
	"context"
	"slices"
	"time"

	"pergola/hub"
)

// Turnout implements [hub.TurnoutTx].
func (r records) Turnout(ctx context.Context, event string) (hub.Turnout, error) {
	var t hub.Turnout
	err := r.each(ctx, func(rows row) error {
		var s hub.Standing
		var n int
		err := rows.Scan(&s, &n)
		t.Add(s, n)
		return err
	}, `SELECT state, COUNT(*) FROM participation WHERE event = $1 GROUP BY state`, event)
	return t, told(err, "counting those who take part in", event)
}

// SaveWire implements [hub.TurnoutTx].
func (r records) SaveWire(ctx context.Context, item string, wire []byte) error {
	return r.change(ctx, "keeping the document of", item, `UPDATE item SET wire = $1 WHERE id = $2 AND state <> 'deleted'`, wire, item)
}

// Headcount implements [hub.TurnoutTx].
func (r records) Headcount(ctx context.Context, event string) (hub.Headcount, error) {
	n, err := ifAny(readOne(ctx, r, func(row row, n *hub.Headcount) error { return row.Scan(moment{&n.Told}, &n.Full, moment{&n.Due}) },
		"reading who was told of", event, `SELECT told, is_full, due FROM turnout WHERE event = $1`, event))
	n.Event = event
	return n, err
}

// SaveHeadcount implements [hub.TurnoutTx].
func (r records) SaveHeadcount(ctx context.Context, n hub.Headcount) error {
	return r.run(ctx, "keeping who was told of", n.Event, `
		INSERT INTO turnout (event, told, is_full, due)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (event) DO UPDATE
		SET told = excluded.told, is_full = excluded.is_full, due = excluded.due`,
		n.Event, ms(n.Told), n.Full, ms(n.Due))
}

// EventsDue implements [hub.TurnoutTx].
func (r records) EventsDue(ctx context.Context, by time.Time) ([]string, error) {
	var all []string
	for _, query := range []string{
		`SELECT event FROM participation WHERE until <= $1 ORDER BY until LIMIT $2`,
		`SELECT event FROM turnout WHERE due <= $1 ORDER BY due LIMIT $2`,
	} {
		events, err := readAll(ctx, r, column[string], "reading what is due of", "events", query, by.UnixMilli(), maxPage)
		if err != nil {
			return nil, err
		}
		for _, event := range events {
			if !slices.Contains(all, event) {
				all = append(all, event)
			}
		}
	}
	return all, nil
}
