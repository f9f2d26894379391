package storage

import (
	"context"

	"pergola/hub"
)

const consentColumns = `id, actor, collection, since`

func scanConsent(row row, c *hub.Consent) error {
	return row.Scan(&c.ID, &c.Actor, &c.Collection, moment{&c.Since})
}

// Consent implements [hub.ConsentTx].
func (r records) Consent(ctx context.Context, id string) (hub.Consent, error) {
	return readOne(ctx, r, scanConsent, "reading consent", id, `SELECT `+consentColumns+` FROM consent WHERE id = $1`, id)
}

// ConsentsTo implements [hub.ConsentTx].
func (r records) ConsentsTo(ctx context.Context, actor string) ([]hub.Consent, error) {
	return readAll(ctx, r, scanConsent, "reading the consents to", actor,
		`SELECT `+consentColumns+` FROM consent WHERE actor = $1 ORDER BY collection`, actor)
}

// InsertConsent implements [hub.ConsentTx].
func (r records) InsertConsent(ctx context.Context, c hub.Consent) error {
	return r.insert(ctx, "keeping consent", c.ID, `
		INSERT INTO consent (id, actor, collection, since)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`,
		c.ID, c.Actor, c.Collection, ms(c.Since))
}

// DeleteConsents implements [hub.ConsentTx].
func (r records) DeleteConsents(ctx context.Context, actor string) error {
	return r.run(ctx, "withdrawing the consents to", actor, `DELETE FROM consent WHERE actor = $1`, actor)
}
