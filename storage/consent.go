package storage

import (
	"context"

	"pergola/hub"
)

const consentColumns = `id, actor, collection, since`

func scanConsent(row interface{ Scan(...any) error }) (hub.Consent, error) {
	var c hub.Consent
	err := row.Scan(&c.ID, &c.Actor, &c.Collection, moment{&c.Since})
	return c, err
}

// Consent implements [hub.ConsentTx].
func (r records) Consent(ctx context.Context, id string) (hub.Consent, error) {
	c, err := scanConsent(r.queryRow(ctx, `SELECT `+consentColumns+` FROM consent WHERE id = $1`, id))
	return c, told(err, "reading consent", id)
}

// ConsentsTo implements [hub.ConsentTx].
func (r records) ConsentsTo(ctx context.Context, actor string) ([]hub.Consent, error) {
	var all []hub.Consent
	err := r.each(ctx, func(rows row) error {
		c, err := scanConsent(rows)
		all = append(all, c)
		return err
	}, `SELECT `+consentColumns+` FROM consent WHERE actor = $1 ORDER BY collection`, actor)
	return all, told(err, "reading the consents to", actor)
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
