package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const noticeColumns = `id, item, published, deleted, document`

func scanNotice(row interface{ Scan(...any) error }) (hub.Notice, error) {
	var n hub.Notice
	err := row.Scan(&n.ID, &n.Item, moment{&n.Published}, moment{&n.Deleted}, &n.Document)
	return n, err
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
	n, err := scanNotice(r.queryRow(ctx, `SELECT `+noticeColumns+` FROM notice WHERE id = $1`, id))
	return n, told(err, "reading notice", id)
}

// Notices implements [hub.NoticeTx]: ids are in the order of time.
func (r records) Notices(ctx context.Context, item string) ([]hub.Notice, error) {
	var all []hub.Notice
	err := r.each(ctx, func(rows row) error {
		n, err := scanNotice(rows)
		all = append(all, n)
		return err
	}, `SELECT `+noticeColumns+` FROM notice WHERE item = $1 AND deleted IS NULL ORDER BY id`, item)
	return all, told(err, "reading the notices of", item)
}

// DeleteNotices implements [hub.NoticeTx].
func (r records) DeleteNotices(ctx context.Context, item string, at time.Time) error {
	return r.run(ctx, "emptying the notices of", item,
		`UPDATE notice SET deleted = $1, document = NULL WHERE item = $2 AND deleted IS NULL`, ms(at), item)
}
