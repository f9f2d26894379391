package storage

import (
	"context"
	"time"
)

// Pins implements [hub.PinTx].
func (r records) Pins(ctx context.Context) ([]string, error) {
	var items []string
	err := r.each(ctx, func(rows row) error {
		var item string
		err := rows.Scan(&item)
		items = append(items, item)
		return err
	}, `SELECT item FROM pin ORDER BY at DESC, item`)
	return items, told(err, "reading", "what is pinned")
}

// InsertPin implements [hub.PinTx].
func (r records) InsertPin(ctx context.Context, item string, at time.Time) error {
	return r.insert(ctx, "pinning", item, `INSERT INTO pin (item, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, item, ms(at))
}

// DeletePin implements [hub.PinTx].
func (r records) DeletePin(ctx context.Context, item string) error {
	return r.change(ctx, "unpinning", item, `DELETE FROM pin WHERE item = $1`, item)
}
