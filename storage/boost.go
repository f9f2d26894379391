package storage

import (
	"context"
	"slices"
	"time"

	"pergola/hub"
)

const boostColumns = `local, object, activity, at, undone, held, domain, host, waits IS NOT NULL`

func scanBoost(row row, b *hub.Boost) error {
	return row.Scan(&b.Local, &b.Object, &b.Activity, moment{&b.At}, moment{&b.Undone}, moment{&b.Held}, &b.Domain, &b.Host, &b.Waits)
}

// waits is when a boost leaves that has not left.
func waits(b hub.Boost) any {
	if b.Waits {
		return ms(b.Held)
	}
	return nil
}

// Boost implements [hub.BoostTx]: ErrNotFound when it was never passed on.
func (r records) Boost(ctx context.Context, local, object string) (hub.Boost, error) {
	return readOne(ctx, r, scanBoost, "reading the boost of", object,
		`SELECT `+boostColumns+` FROM boost WHERE local = $1 AND object = $2`, local, object)
}

// WaitingBoosts implements [hub.BoostTx].
func (r records) WaitingBoosts(ctx context.Context, limit int) ([]hub.Boost, error) {
	return readAll(ctx, r, scanBoost, "reading the boosts that wait", "",
		`SELECT `+boostColumns+` FROM boost WHERE waits IS NOT NULL ORDER BY waits LIMIT $1`, limit)
}

// InsertBoost implements [hub.BoostTx].
func (r records) InsertBoost(ctx context.Context, b hub.Boost) error {
	return r.insert(ctx, "keeping the boost of", b.Object, `
		INSERT INTO boost (local, object, activity, at, undone, held, domain, host, waits)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`,
		b.Local, b.Object, b.Activity, b.At.UnixMilli(), ms(b.Undone), ms(b.Held), b.Domain, b.Host, waits(b))
}

// UpdateBoost implements [hub.BoostTx].
func (r records) UpdateBoost(ctx context.Context, b hub.Boost) error {
	return r.change(ctx, "changing the boost of", b.Object, `
		UPDATE boost
		SET activity = $1, at = $2, undone = $3, held = $4, domain = $5, host = $6, waits = $7
		WHERE local = $8 AND object = $9`,
		b.Activity, b.At.UnixMilli(), ms(b.Undone), ms(b.Held), b.Domain, b.Host, waits(b), b.Local, b.Object)
}

// HeldBoosts implements [hub.BoostTx]. There are none of the domain "". A boost
// without a domain does not make its host known: it was known before.
func (r records) HeldBoosts(ctx context.Context, host, domain string, after time.Time) (hub.HeldBoosts, error) {
	var h hub.HeldBoosts
	err := r.queryRow(ctx, `
		SELECT EXISTS (SELECT 1 FROM boost WHERE host = $1 AND domain <> ''), COUNT(*), MAX(held)
		FROM boost
		WHERE domain = $2 AND domain <> '' AND held > $3`,
		host, domain, after.UnixMilli()).Scan(&h.Known, &h.Count, moment{&h.Last})
	return h, told(err, "reading the boosts held back for", domain)
}

// InsertForeignBoost implements [hub.BoostTx].
func (r records) InsertForeignBoost(ctx context.Context, actor, object, activity string, at time.Time) (bool, error) {
	n, err := r.Exec(ctx, `
		INSERT INTO foreign_boost (actor, object, activity, at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`,
		actor, object, activity, at.UnixMilli())
	return n > 0, told(err, "keeping a boost by", actor)
}

// DeleteForeignBoost implements [hub.BoostTx].
func (r records) DeleteForeignBoost(ctx context.Context, actor, objectOrActivity string) error {
	return r.run(ctx, "forgetting a boost by", actor,
		`DELETE FROM foreign_boost WHERE actor = $1 AND (object = $2 OR activity = $2)`, actor, objectOrActivity)
}

// CountForeignBoosts implements [hub.BoostTx].
func (r records) CountForeignBoosts(ctx context.Context, object string) (int, error) {
	return r.count(ctx, `SELECT COUNT(*) FROM foreign_boost WHERE object = $1`, object, object)
}

// BoosterInboxes implements [hub.BoostTx]: the shared inbox where there is one.
func (r records) BoosterInboxes(ctx context.Context, object string) ([]string, error) {
	inboxes, err := readAll(ctx, r, scanReach, "reading who boosted", object, `
		SELECT actor.document
		FROM foreign_boost
		CROSS JOIN actor
		WHERE foreign_boost.object = $1 AND actor.id = foreign_boost.actor`, object)
	inboxes = slices.DeleteFunc(inboxes, func(inbox string) bool { return inbox == "" })
	slices.Sort(inboxes)
	return slices.Compact(inboxes), err
}
