package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const replyColumns = `id, item, parent, author, own, state, private, published, updated, received, edited, decided, url, lang, html, wire`

func scanReply(row row, r *hub.Reply) error {
	return row.Scan(&r.ID, &r.Item, &r.Parent, &r.Author, &r.Own, &r.State, &r.Private, moment{&r.Published}, moment{&r.Updated},
		moment{&r.Received}, moment{&r.Edited}, moment{&r.Decided}, &r.URL, &r.Lang, &r.HTML, &r.Wire)
}

// replyValues are the columns of a reply in the order of replyColumns. Of a
// removed one only the id, where it stood and when it went are left.
func replyValues(r hub.Reply) []any {
	if r.State == hub.Removed {
		r = hub.Reply{ID: r.ID, Item: r.Item, Parent: r.Parent, Author: r.Author, Own: r.Own, State: r.State, Private: r.Private,
			Updated: r.Updated, Received: r.Received, Decided: r.Decided}
	}
	var wire []byte
	if len(r.Wire) > 0 {
		wire = r.Wire
	}
	return []any{r.ID, r.Item, r.Parent, r.Author, r.Own, r.State, r.Private, ms(r.Published), ms(r.Updated),
		r.Received.UnixMilli(), ms(r.Edited), ms(r.Decided), r.URL, r.Lang, r.HTML, wire}
}

// Reply implements [hub.ReplyTx].
func (r records) Reply(ctx context.Context, id string) (hub.Reply, error) {
	return readOne(ctx, r, scanReply, "reading reply", id, `SELECT `+replyColumns+` FROM reply WHERE id = $1`, id)
}

// InsertReply implements [hub.ReplyTx].
func (r records) InsertReply(ctx context.Context, one hub.Reply) error {
	return r.insert(ctx, "keeping reply", one.ID, `
		INSERT INTO reply (`+replyColumns+`, blocked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, false)
		ON CONFLICT DO NOTHING`, replyValues(one)...)
}

// UpdateReply implements [hub.ReplyTx].
func (r records) UpdateReply(ctx context.Context, one hub.Reply) error {
	return r.change(ctx, "changing reply", one.ID, `
		UPDATE reply
		SET item = $2, parent = $3, author = $4, own = $5, state = $6, private = $7, published = $8, updated = $9,
			received = $10, edited = $11, decided = $12, url = $13, lang = $14, html = $15, wire = $16
		WHERE id = $1`, replyValues(one)...)
}

// Thread implements [hub.ReplyTx].
func (r records) Thread(ctx context.Context, item string) ([]hub.Reply, error) {
	return readAll(ctx, r, scanReply, "reading the replies to", item, `
		SELECT `+replyColumns+`
		FROM reply
		WHERE item = $1 AND state IN ('held', 'approved') AND NOT blocked`, item)
}

// Replies implements [hub.ReplyTx].
func (r records) Replies(ctx context.Context, state hub.ReplyState, p hub.Page) ([]hub.Reply, error) {
	after, err := r.placeOf(ctx, p, `SELECT received FROM reply WHERE id = $1`)
	if err != nil {
		return nil, err
	}
	return readAll(ctx, r, scanReply, "reading the replies that are", string(state), `
		SELECT `+replyColumns+`
		FROM reply
		WHERE NOT own AND state = $1 AND (received, id) < ($2, $3) AND NOT blocked
		ORDER BY received DESC, id DESC
		LIMIT $4`, state, after.at, after.id, pageSize(p))
}

// CountReplies implements [hub.ReplyTx]. There are not many, because hub takes
// no more.
func (r records) CountReplies(ctx context.Context, item, author string) (int, error) {
	query, args := `SELECT COUNT(*) FROM reply WHERE item = $1 AND NOT own`, []any{item}
	if author != "" {
		query, args = `SELECT COUNT(*) FROM reply WHERE item = $1 AND author = $2 AND NOT own`, []any{item, author}
	}
	return readOne(ctx, r, column[int], "counting the replies to", item, query, args...)
}

// CountHeld implements [hub.ReplyTx].
func (r records) CountHeld(ctx context.Context) (int, error) {
	return readOne(ctx, r, column[int], "counting the replies that", "wait",
		`SELECT COUNT(*) FROM reply WHERE NOT own AND state = 'held' AND NOT blocked`)
}

// ForgetReplies implements [hub.ReplyTx].
func (r records) ForgetReplies(ctx context.Context, item string) error {
	return r.run(ctx, "forgetting the replies to", item, `DELETE FROM reply WHERE item = $1 AND NOT own`, item)
}

// PruneReplies implements [hub.ReplyTx].
func (r records) PruneReplies(ctx context.Context, before time.Time) (int, error) {
	return r.changed(ctx, "forgetting", "old replies", `DELETE FROM reply WHERE NOT own AND state IN ('rejected', 'removed') AND decided < $1`, before.UnixMilli())
}

// Trusted implements [hub.TrustTx].
func (r records) Trusted(ctx context.Context) ([]string, error) {
	return readAll(ctx, r, column[string], "reading", "whose replies are let through", `SELECT actor FROM trusted ORDER BY since, actor`)
}

// IsTrusted implements [hub.TrustTx].
func (r records) IsTrusted(ctx context.Context, actor string) (bool, error) {
	return readOne(ctx, r, column[bool], "asking whether replies are let through of", actor,
		`SELECT EXISTS (SELECT 1 FROM trusted WHERE actor = $1)`, actor)
}

// SetTrusted implements [hub.TrustTx].
func (r records) SetTrusted(ctx context.Context, actor string, since time.Time) error {
	return r.run(ctx, "letting through the replies of", actor,
		`INSERT INTO trusted (actor, since) VALUES ($1, $2) ON CONFLICT DO NOTHING`, actor, since.UnixMilli())
}

// DeleteTrusted implements [hub.TrustTx].
func (r records) DeleteTrusted(ctx context.Context, actor string) error {
	return r.run(ctx, "no more letting through the replies of", actor, `DELETE FROM trusted WHERE actor = $1`, actor)
}
