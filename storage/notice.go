package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const noticeColumns = `id, item, published, deleted, document`

func scanNotice(row row, n *hub.Notice) error {
	return row.Scan(&n.ID, &n.Item, moment{&n.Published}, moment{&n.Deleted}, &n.Document)
}

// InsertNotice implements [hub.NoticeTx]: ErrConflict when the id is taken.
func (r records) InsertNotice(ctx context.Context, n hub.Notice) error {
	return r.insert(ctx, "keeping notice", n.ID, `
		INSERT INTO notice (id, item, published, deleted, document)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`,
		n.ID, n.Item, ms(n.Published), ms(n.Deleted), n.Document)
}

// Notice implements [hub.NoticeTx].
func (r records) Notice(ctx context.Context, id string) (hub.Notice, error) {
	return readOne(ctx, r, scanNotice, "reading notice", id, `SELECT `+noticeColumns+` FROM notice WHERE id = $1`, id)
}

// Notices implements [hub.NoticeTx]: ids are in the order of time.
func (r records) Notices(ctx context.Context, item string) ([]hub.Notice, error) {
	return readAll(ctx, r, scanNotice, "reading the notices of", item,
		`SELECT `+noticeColumns+` FROM notice WHERE item = $1 AND deleted IS NULL ORDER BY id`, item)
}

// DeleteNotices implements [hub.NoticeTx].
func (r records) DeleteNotices(ctx context.Context, item string, at time.Time) error {
	return r.run(ctx, "emptying the notices of", item,
		`UPDATE notice SET deleted = $1, document = NULL WHERE item = $2 AND deleted IS NULL`, ms(at), item)
}
