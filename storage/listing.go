package storage

import (
	"context"

	"pergola/hub"
)

const listingColumns = `actor, id, request, consent, refused, changed`

func scanListing(row row, l *hub.Listing) error {
	return row.Scan(&l.Actor, &l.ID, &l.Request, &l.Consent, &l.Refused, moment{&l.Changed})
}

// Listing implements [hub.ListingTx].
func (r records) Listing(ctx context.Context, actor string) (hub.Listing, error) {
	return readOne(ctx, r, scanListing, "reading the listing of", actor, `SELECT `+listingColumns+` FROM listing WHERE actor = $1`, actor)
}

// ListingUnder implements [hub.ListingTx].
func (r records) ListingUnder(ctx context.Context, id string) (hub.Listing, error) {
	return readOne(ctx, r, scanListing, "reading listing", id, `SELECT `+listingColumns+` FROM listing WHERE id = $1`, id)
}

// Listings implements [hub.ListingTx].
func (r records) Listings(ctx context.Context) ([]hub.Listing, error) {
	return readAll(ctx, r, scanListing, "reading", "all listings", `SELECT `+listingColumns+` FROM listing ORDER BY id`)
}

// InsertListing implements [hub.ListingTx].
func (r records) InsertListing(ctx context.Context, l hub.Listing) error {
	return r.insert(ctx, "keeping the listing of", l.Actor, `
		INSERT INTO listing (actor, id, request, consent, refused, changed)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`,
		l.Actor, l.ID, l.Request, l.Consent, l.Refused, ms(l.Changed))
}

// AnswerListing implements [hub.ListingTx].
func (r records) AnswerListing(ctx context.Context, l hub.Listing) error {
	return r.change(ctx, "keeping the answer of", l.Actor,
		`UPDATE listing SET consent = $1, refused = $2, changed = $3 WHERE actor = $4 AND request = $5`,
		l.Consent, l.Refused, ms(l.Changed), l.Actor, l.Request)
}

// DeleteListing implements [hub.ListingTx].
func (r records) DeleteListing(ctx context.Context, actor string) error {
	return r.run(ctx, "deleting the listing of", actor, `DELETE FROM listing WHERE actor = $1`, actor)
}
