package storage

import (
	"context"
	"strings"

	"pergola/hub"
)

// Blocks implements [hub.BlockTx].
func (r records) Blocks(ctx context.Context) ([]hub.Block, error) {
	return readAll(ctx, r, func(row row, b *hub.Block) error {
		return row.Scan(&b.Subject, &b.Exempt, &b.Note, moment{&b.Since})
	}, "reading", "who is blocked",
		`SELECT subject, exempt, note, since FROM block ORDER BY subject`)
}

// SaveBlock implements [hub.BlockTx].
func (r records) SaveBlock(ctx context.Context, b hub.Block) error {
	return r.run(ctx, "keeping the block of", b.Subject, `
		INSERT INTO block (subject, exempt, note, since)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (subject) DO UPDATE
		SET exempt = excluded.exempt, note = excluded.note, since = excluded.since`,
		b.Subject, b.Exempt, b.Note, b.Since.UnixMilli())
}

// DeleteBlock implements [hub.BlockTx].
func (r records) DeleteBlock(ctx context.Context, subject string) error {
	return r.change(ctx, "ending the block of", subject, `DELETE FROM block WHERE subject = $1`, subject)
}

// KnownActors implements [hub.BlockTx]. It looks at all ids, which only the
// office's word can ask for.
func (r records) KnownActors(ctx context.Context, part string) ([]string, error) {
	var ids []string
	err := r.each(ctx, func(rows row) error {
		var id string
		err := rows.Scan(&id)
		if err == nil && strings.Contains(strings.ToLower(id), strings.ToLower(part)) {
			ids = append(ids, id)
		}
		return err
	}, `SELECT id FROM actor`)
	return ids, told(err, "reading the actors of", part)
}

// SetBlocked implements [hub.BlockTx]. What is shown follows from the rest of
// the row, as where items are written.
func (r records) SetBlocked(ctx context.Context, author string, blocked bool) error {
	if err := r.run(ctx, "blocking the replies of", author, `UPDATE reply SET blocked = $1 WHERE author = $2 AND NOT own`, blocked, author); err != nil {
		return err
	}
	if blocked {
		return r.run(ctx, "blocking the items of", author, `
			UPDATE item SET blocked = true, shown = false, listed = false WHERE author = $1 AND NOT own`, author)
	}
	return r.run(ctx, "showing the items of", author, `
		UPDATE item
		SET blocked = false,
			shown = state = 'published' AND hidden IS NULL AND vanishes IS NULL AND in_reply_to = '',
			listed = state = 'published' AND hidden IS NULL AND vanishes IS NULL AND in_reply_to = '' AND feed IS NOT NULL
		WHERE author = $1 AND NOT own AND blocked`, author)
}
