package storage

import (
	"context"
	"time"

	"pergola/hub"
)

// Reception implements [hub.ReceiveTx].
func (r records) Reception(ctx context.Context, actor string) (hub.Reception, error) {
	var p hub.Reception
	err := r.queryRow(ctx, `
		SELECT organisation.name, organisation.boost_all, COALESCE(following.state, '')
		FROM organisation
		LEFT JOIN following ON following.local = organisation.name AND following.actor = $1
		WHERE organisation.one = 1`,
		actor,
	).Scan(&p.Local, &p.BoostAll, &p.Following)
	return p, told(err, "reading how to receive", actor)
}

// InsertReceived implements [hub.ReceiveTx].
func (r records) InsertReceived(ctx context.Context, in hub.Received) (bool, error) {
	n, err := r.Exec(ctx, `
		INSERT INTO received (id, type, actor, object, at, body)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`,
		in.ID, in.Type, in.Actor, in.Object, in.At.UnixMilli(), in.Body)
	return n > 0, told(err, "keeping activity", in.ID)
}

// IsUndone implements [hub.ReceiveTx].
func (r records) IsUndone(ctx context.Context, id string) (bool, error) {
	var undone bool
	err := r.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM received WHERE object = $1 AND type IN ('Delete', 'Undo'))`, id).Scan(&undone)
	return undone, told(err, "asking whether there was a Delete or an Undo of", id)
}

// PruneReceived implements [hub.ReceiveTx].
func (r records) PruneReceived(ctx context.Context, before time.Time) (int, error) {
	n, err := r.Exec(ctx, `DELETE FROM received WHERE at < $1`, before.UnixMilli())
	return int(n), told(err, "forgetting", "received activities")
}

// ItemsOf implements [hub.ReceiveTx].
func (r records) ItemsOf(ctx context.Context, author string) ([]string, error) {
	var ids []string
	err := r.each(ctx, func(rows row) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM item WHERE author = $1 AND state <> 'deleted'`, author)
	return ids, told(err, "reading the items of", author)
}

// ForgetActor implements [hub.ReceiveTx]. The row stays, so that what the actor
// signed is known to be nobody's, and so do its keys' ids.
func (r records) ForgetActor(ctx context.Context, id string, at time.Time) error {
	err := r.run(ctx, "emptying", id, `
		UPDATE actor
		SET type = '', handle = '', name = id, url = id, about = '', inbox = '', picture = '', picture_url = '', gone = true, fetched = $1, document = '{}'
		WHERE id = $2`, ms(at), id)
	if err != nil {
		return err
	}
	err = r.emptyItems(ctx, `author = $1 AND NOT own`, id)
	if err != nil {
		return err
	}
	err = r.run(ctx, "deleting the items of", id, `
		UPDATE item
		SET state = 'deleted', deleted = $1, url = '', published = NULL, vanishes = NULL, in_reply_to = '', feed = NULL,
			backfilled = false, changed = NULL, change = '', hidden = NULL, shown = false, listed = false,
			starts = NULL, ends = NULL, lasting = false, closes = NULL, detail = '', wire = NULL, part_of = '', series = ''
		WHERE author = $2 AND NOT own AND state <> 'deleted'`, ms(at), id)
	if err != nil {
		return err
	}
	for _, forget := range []string{
		`DELETE FROM following WHERE actor = $1`,
		`DELETE FROM follower WHERE actor = $1`,
		`DELETE FROM foreign_boost WHERE actor = $1`,
		`DELETE FROM reaction WHERE actor = $1`,
		`DELETE FROM trusted WHERE actor = $1`,
		`DELETE FROM reply WHERE author = $1 AND NOT own`,
	} {
		if err := r.run(ctx, "forgetting", id, forget, id); err != nil {
			return err
		}
	}
	return nil
}
