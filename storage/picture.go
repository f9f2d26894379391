package storage

import (
	"context"
	"encoding/json"

	"pergola/federation/vocab"
	"pergola/hub"
)

// Avatar implements [hub.PictureTx].
func (r records) Avatar(ctx context.Context, actor string) (hub.Avatar, error) {
	a, err := ifAny(readOne(ctx, r, func(row row, a *hub.Avatar) error { return row.Scan(&a.URL, &a.File) },
		"reading the picture of", actor, `SELECT picture_url, picture FROM actor WHERE id = $1`, actor))
	a.Actor = actor
	return a, err
}

// SaveAvatar implements [hub.PictureTx]. An actor that is not kept has none.
func (r records) SaveAvatar(ctx context.Context, a hub.Avatar) error {
	return r.run(ctx, "keeping the picture of", a.Actor,
		`UPDATE actor SET picture_url = $1, picture = $2 WHERE id = $3 AND NOT gone`, a.URL, a.File, a.Actor)
}

// CountAvatars implements [hub.PictureTx].
func (r records) CountAvatars(ctx context.Context, file string) (int, error) {
	return readOne(ctx, r, column[int], "counting who has", file,
		`SELECT COUNT(*) FROM actor WHERE picture = $1 AND picture <> ''`, file)
}

// Icons implements [hub.PictureTx].
func (r records) Icons(ctx context.Context, local string) ([]hub.Avatar, error) {
	var icons []hub.Avatar
	err := r.each(ctx, func(rows row) error {
		var id string
		var document []byte
		if err := rows.Scan(&id, &document); err != nil {
			return err
		}
		var a vocab.Actor
		if json.Unmarshal(document, &a) == nil { // else an earlier version wrote it
			icons = append(icons, hub.Avatar{Actor: id, URL: a.Icon.URL})
		}
		return nil
	}, `
		SELECT actor.id, actor.document
		FROM following
		JOIN actor ON actor.id = following.actor
		WHERE following.local = $1 AND NOT actor.gone`, local)
	return icons, told(err, "reading the pictures of those followed by", local)
}
