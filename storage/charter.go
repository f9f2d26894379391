package storage

import (
	"context"

	"pergola/hub"
)

// Charter implements [hub.CharterTx].
func (r records) Charter(ctx context.Context, owner string) (hub.Charter, error) {
	return ifAny(readOne(ctx, r, func(row row, c *hub.Charter) error { return row.Scan(document{c}) },
		"reading the charter of", owner, `SELECT document FROM charter WHERE owner = $1`, owner))
}

// SaveCharter implements [hub.CharterTx].
func (r records) SaveCharter(ctx context.Context, owner string, c hub.Charter) error {
	return r.run(ctx, "keeping the charter of", owner, `
		INSERT INTO charter (owner, document)
		VALUES ($1, $2)
		ON CONFLICT (owner) DO UPDATE
		SET document = excluded.document`,
		owner, asJSON(c))
}

// DeleteCharter implements [hub.CharterTx].
func (r records) DeleteCharter(ctx context.Context, owner string) error {
	return r.run(ctx, "forgetting the charter of", owner, `DELETE FROM charter WHERE owner = $1`, owner)
}
