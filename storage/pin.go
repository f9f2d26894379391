package storage

import (
	"context"
	"time"
)

// Pins implements [hub.PinTx].
func (r records) Pins(ctx context.Context) ([]string, error) {
	return readAll(ctx, r, column[string], "reading", "what is pinned", `SELECT item FROM pin ORDER BY at DESC, item`)
}

// InsertPin implements [hub.PinTx].
func (r records) InsertPin(ctx context.Context, item string, at time.Time) error {
	return r.insert(ctx, "pinning", item, `INSERT INTO pin (item, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, item, ms(at))
}

// DeletePin implements [hub.PinTx].
func (r records) DeletePin(ctx context.Context, item string) error {
	return r.change(ctx, "unpinning", item, `DELETE FROM pin WHERE item = $1`, item)
}
