package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pergola/hub"
	"pergola/storage/queue"
)

// lasting is how long an event takes at least that is looked for apart from the
// others: so a list of events that are not over begins two weeks ago and need
// not look at all events there ever were.
const lasting = 14 * 24 * time.Hour

// itemColumns are those of an item but its wire document, which lists do not
// need.
const itemColumns = `item.id, item.type, item.author, item.own, item.state, item.url, item.published, item.updated,
	item.received, item.deleted, item.vanishes, item.in_reply_to, item.feed, item.backfilled, item.changed, item.change,
	item.hidden, item.detail`

// scanItem reads itemColumns and what follows them.
func scanItem(row interface{ Scan(...any) error }, more ...any) (hub.Item, error) {
	var it hub.Item
	var detail string
	err := row.Scan(append([]any{&it.ID, &it.Type, &it.Author, &it.Own, &it.State, &it.URL, moment{&it.Published}, moment{&it.Updated},
		moment{&it.Received}, moment{&it.Deleted}, moment{&it.Vanishes}, &it.InReplyTo, moment{&it.Feed}, &it.Backfilled,
		moment{&it.Changed}, &it.Change, moment{&it.Hidden}, &detail}, more...)...)
	if err != nil || detail == "" {
		return it, err
	}
	switch it.Type {
	case hub.ACall:
		var d callDetail
		err = json.Unmarshal([]byte(detail), &d)
		it.Call = d.call()
	case hub.AnEvent:
		var d eventDetail
		err = json.Unmarshal([]byte(detail), &d)
		it.Event = d.event()
	default:
		var d positionDetail
		err = json.Unmarshal([]byte(detail), &d)
		it.Position = &hub.Position{Signers: parties(d.Signers)}
	}
	return it, err
}

// detail is what an item has beside its texts, "" for news that is no position.
func detail(it hub.Item) (string, error) {
	var of any
	switch {
	case it.Type == hub.ACall && it.Call != nil:
		of = keepCall(*it.Call)
	case it.Type == hub.AnEvent && it.Event != nil:
		of = keepEvent(*it.Event)
	case it.Type == hub.News && it.Position != nil:
		of = positionDetail{keepParties(it.Position.Signers)}
	default:
		return "", nil
	}
	b, err := json.Marshal(of)
	return string(b), err
}

// emptied is what is left of an item that was deleted.
func emptied(it hub.Item) hub.Item {
	return hub.Item{ID: it.ID, Type: it.Type, Author: it.Author, Own: it.Own, State: hub.Deleted,
		Updated: it.Updated, Received: it.Received, Deleted: it.Deleted}
}

// itemValues are the columns of an item in the order of the statements that
// write it: all but its id, which is first.
func itemValues(it hub.Item) ([]any, error) {
	of, err := detail(it)
	if err != nil {
		return nil, fmt.Errorf("writing the detail of %s: %w", it.ID, err)
	}
	shown := it.State == hub.Published && it.Hidden.IsZero() && it.Vanishes.IsZero() && it.InReplyTo == ""
	var starts, ends, closes any
	var lasts bool
	var partOf, series string
	if e := it.Event; it.Type == hub.AnEvent && e != nil && !e.Start.At.IsZero() {
		over := e.Over()
		starts, ends, lasts = ms(e.Start.At), ms(over), over.Sub(e.Start.At) > lasting
	}
	if it.Type == hub.AnEvent && it.Event != nil {
		partOf, series = it.Event.PartOf, it.Event.Series.Name
	}
	if c := it.Call; it.Type == hub.ACall && c != nil && !c.Closed {
		closes = never
		if over := c.Over(); !over.IsZero() {
			closes = over.UnixMilli()
		}
	}
	var wire []byte
	if len(it.Wire) > 0 {
		wire = it.Wire
	}
	return []any{it.ID, it.Type, it.Author, it.Own, it.State, it.URL, ms(it.Published), ms(it.Updated),
		ms(it.Received), ms(it.Deleted), ms(it.Vanishes), it.InReplyTo, ms(it.Feed), it.Backfilled,
		ms(it.Changed), it.Change, ms(it.Hidden), shown, shown && !it.Feed.IsZero(), starts, ends, lasts, closes, of, wire, partOf, series}, nil
}

// Item implements [hub.PublicationTx].
func (r records) Item(ctx context.Context, id string) (hub.Item, error) {
	var wire []byte
	it, err := scanItem(r.queryRow(ctx, `SELECT `+itemColumns+`, item.wire FROM item WHERE item.id = $1`, id), &wire)
	if err != nil {
		return it, told(err, "reading item", id)
	}
	it.Wire = wire
	texts, err := r.texts(ctx, []string{id})
	it.Texts = texts[id]
	return it, err
}

// texts are the texts of items in their order, by item.
func (r records) texts(ctx context.Context, items []string) (map[string][]hub.ItemText, error) {
	texts := make(map[string][]hub.ItemText, len(items))
	if len(items) == 0 {
		return texts, nil
	}
	holders, args := among(items)
	err := r.each(ctx, func(rows row) error {
		var item string
		var t hub.ItemText
		err := rows.Scan(&item, &t.Lang, &t.Title, &t.Teaser, &t.Markdown, &t.HTML)
		texts[item] = append(texts[item], t)
		return err
	}, `
		SELECT item, lang, title, teaser, markdown, html
		FROM item_text
		WHERE item IN `+holders+`
		ORDER BY item, position`, args...)
	return texts, told(err, "reading", "the texts of items")
}

// InsertItem implements [hub.PublicationTx].
func (r records) InsertItem(ctx context.Context, it hub.Item) error {
	if it.State == hub.Deleted {
		it = emptied(it)
	}
	values, err := itemValues(it)
	if err != nil {
		return err
	}
	err = r.insert(ctx, "keeping item", it.ID, `
		INSERT INTO item (id, type, author, own, ours, state, url, published, updated, received, deleted, vanishes, in_reply_to,
			feed, backfilled, changed, change, hidden, shown, listed, starts, ends, lasting, closes, detail, wire, part_of, series)
		VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
		ON CONFLICT DO NOTHING`, values...)
	if err != nil {
		return err
	}
	if err := r.insertTexts(ctx, it); err != nil {
		return err
	}
	return r.insertUntold(ctx, it)
}

// insertTexts keeps all texts of an item in one statement.
func (r records) insertTexts(ctx context.Context, it hub.Item) error {
	if len(it.Texts) == 0 {
		return nil
	}
	args := make([]any, 0, 7*len(it.Texts))
	for i, t := range it.Texts {
		args = append(args, it.ID, i, t.Lang, t.Title, t.Teaser, t.Markdown, t.HTML)
	}
	return r.run(ctx, "keeping the texts of", it.ID, `
		INSERT INTO item_text (item, position, lang, title, teaser, markdown, html)
		VALUES `+queue.Tuples(len(it.Texts), 7), args...)
}

// UpdateItem implements [hub.PublicationTx]. A tombstone loses everything but
// what it was and when it went, and stays: ErrConflict for a change of one.
func (r records) UpdateItem(ctx context.Context, it hub.Item) error {
	if it.State == hub.Deleted {
		it = emptied(it)
		if err := r.emptyItems(ctx, `id = $1`, it.ID); err != nil {
			return err
		}
	}
	values, err := itemValues(it)
	if err != nil {
		return err
	}
	n, err := r.Exec(ctx, `
		UPDATE item
		SET type = $2, author = $3, own = $4, state = $5, url = $6, published = $7, updated = $8, received = $9,
			deleted = $10, vanishes = $11, in_reply_to = $12, feed = $13, backfilled = $14, changed = $15, change = $16,
			hidden = $17, shown = $18 AND NOT blocked, listed = $19 AND NOT blocked, starts = $20, ends = $21, lasting = $22, closes = $23, detail = $24, wire = $25, part_of = $26, series = $27
		WHERE id = $1 AND state <> 'deleted'`, values...)
	if err == nil && n == 0 {
		var state string
		if err = r.queryRow(ctx, `SELECT state FROM item WHERE id = $1`, it.ID).Scan(&state); err == nil {
			err = hub.ErrConflict
		}
	}
	if err != nil {
		return told(err, "changing item", it.ID)
	}
	if it.State == hub.Deleted {
		return nil
	}
	if err := r.run(ctx, "replacing the texts of", it.ID, `DELETE FROM item_text WHERE item = $1`, it.ID); err != nil {
		return err
	}
	if err := r.insertTexts(ctx, it); err != nil {
		return err
	}
	return r.insertUntold(ctx, it)
}

// emptyItems forgets what stands elsewhere of items that are to be deleted. The
// condition says which, of their columns and the one argument.
func (r records) emptyItems(ctx context.Context, are, argument string) error {
	for _, forget := range []string{
		`DELETE FROM item_text WHERE item IN (SELECT id FROM item WHERE ` + are + `)`,
		`DELETE FROM item_version WHERE item IN (SELECT id FROM item WHERE ` + are + `)`,
		`DELETE FROM participation WHERE event IN (SELECT id FROM item WHERE ` + are + `)`,
		`DELETE FROM turnout WHERE event IN (SELECT id FROM item WHERE ` + are + `)`,
		`DELETE FROM invitation WHERE item IN (SELECT id FROM item WHERE ` + are + `)`,
		`DELETE FROM untold WHERE (digest, feed, item) IN (
			SELECT digest.id, item.feed, item.id FROM item CROSS JOIN digest WHERE item.` + are + `)`,
	} {
		if err := r.run(ctx, "emptying what is of", argument, forget, argument); err != nil {
			return err
		}
	}
	return nil
}

// OwnItems implements [hub.PublicationTx].
func (r records) OwnItems(ctx context.Context, state hub.ItemState, p hub.Page) ([]hub.Entry, error) {
	after := placeAfter(p, newest())
	return r.entries(ctx, func(it hub.Item) string { return cursor(it.Updated.UnixMilli(), it.ID) }, `
		SELECT `+itemColumns+`
		FROM item
		WHERE own AND state = $1 AND (updated, id) < ($2, $3)
		ORDER BY updated DESC, id DESC
		LIMIT $4`,
		state, after.at, after.id, pageSize(p))
}

// ItemsVanishing implements [hub.PublicationTx]: the first due first, at most
// 200 at a time.
func (r records) ItemsVanishing(ctx context.Context, by time.Time) ([]hub.Item, error) {
	entries, err := r.entries(ctx, func(hub.Item) string { return "" }, `
		SELECT `+itemColumns+`
		FROM item
		WHERE vanishes IS NOT NULL AND vanishes <= $1
		ORDER BY vanishes
		LIMIT $2`,
		by.UnixMilli(), maxPage)
	return converted(entries, func(e hub.Entry) hub.Item { return e.Item }), err
}

// InsertProvenance implements [hub.PublicationTx]. What is known already keeps
// its first time.
func (r records) InsertProvenance(ctx context.Context, p hub.Provenance) error {
	return r.run(ctx, "keeping how it came here:", p.Item, `
		INSERT INTO provenance (item, actor, how, activity, at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`,
		p.Item, p.Actor, p.How, p.Activity, p.At.UnixMilli())
}

// Provenance implements [hub.PublicationTx]: the oldest first.
func (r records) Provenance(ctx context.Context, item string) ([]hub.Provenance, error) {
	return readAll(ctx, r, func(row row, p *hub.Provenance) error {
		p.Item = item
		return row.Scan(&p.Actor, &p.How, &p.Activity, moment{&p.At})
	}, "reading how it came here:", item,
		`SELECT actor, how, activity, at FROM provenance WHERE item = $1 ORDER BY at, actor, how`, item)
}

// DeleteBoosted implements [hub.PublicationTx].
func (r records) DeleteBoosted(ctx context.Context, actor, itemOrActivity string) (item string, err error) {
	for _, which := range []string{"item", "activity"} {
		err = r.queryRow(ctx, `
			DELETE FROM provenance
			WHERE `+which+` = $1 AND actor = $2 AND how = 'boosted'
			RETURNING item`, itemOrActivity, actor).Scan(&item)
		if !errors.Is(err, sql.ErrNoRows) {
			break
		}
	}
	return item, told(err, "forgetting who passed on", itemOrActivity)
}

// InsertVersion implements [hub.PublicationTx].
func (r records) InsertVersion(ctx context.Context, v hub.Version) error {
	return r.run(ctx, "keeping a version of", v.Item, `
		INSERT INTO item_version (item, updated, title, document)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`,
		v.Item, v.Updated.UnixMilli(), v.Title, v.Document)
}

// Versions implements [hub.PublicationTx]: the newest first.
func (r records) Versions(ctx context.Context, item string) ([]hub.Version, error) {
	return readAll(ctx, r, func(row row, v *hub.Version) error {
		v.Item = item
		return row.Scan(moment{&v.Updated}, &v.Title, &v.Document)
	}, "reading the versions of", item,
		`SELECT updated, title, document FROM item_version WHERE item = $1 ORDER BY updated DESC`, item)
}

// PruneVersions implements [hub.PublicationTx].
func (r records) PruneVersions(ctx context.Context, item string, keep int) error {
	return r.run(ctx, "forgetting old versions of", item, `
		DELETE FROM item_version
		WHERE item = $1 AND updated <= (
			SELECT updated
			FROM item_version
			WHERE item = $1
			ORDER BY updated DESC
			LIMIT 1 OFFSET $2)`, item, keep)
}

// CountItems implements [hub.PublicationTx].
func (r records) CountItems(ctx context.Context) (int, error) {
	return r.count(ctx, `SELECT COUNT(*) FROM item WHERE own AND state = 'published'`, "")
}
