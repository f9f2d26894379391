package storage

import (
	"context"
	"database/sql"
	"errors"

	"pergola/hub"
)

// Charter implements [hub.CharterTx].
func (r records) Charter(ctx context.Context, owner string) (hub.Charter, error) {
	var c hub.Charter
	err := r.queryRow(ctx, `SELECT document FROM charter WHERE owner = $1`, owner).Scan(document{&c})
	if errors.Is(err, sql.ErrNoRows) {
		return hub.Charter{}, nil
	}
	return c, told(err, "reading the charter of", owner)
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
