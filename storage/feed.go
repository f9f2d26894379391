package storage

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"pergola/hub"
)

// filter is what the WHERE clause says of the items that a filter asks for, and
// its arguments from $1. Each combination has an index that is ordered as the
// list is, so a page costs the same wherever it begins and however many items
// there are. Few of those that are ours have another author, so nothing needs to
// be said of it.
func filter(f hub.FeedFilter, typed bool) (where string, args []any) {
	where = "listed"
	if f.Own {
		where = "ours AND shown"
	}
	if typed && f.Type != "" {
		args = append(args, f.Type)
		where += " AND type = " + holder(len(args))
	}
	if f.Author != "" && !f.Own {
		args = append(args, f.Author)
		where += " AND author = " + holder(len(args))
	}
	return where, args
}

// by leaves the entries of the author that a filter asks for.
func by(f hub.FeedFilter, entries []hub.Entry) []hub.Entry {
	if f.Author == "" {
		return entries
	}
	return slices.DeleteFunc(entries, func(e hub.Entry) bool { return e.Author != f.Author })
}

// Feed implements [hub.FeedTx]. Own items are ordered by when they were
// published, whether they stand in the shared feed or not.
func (r records) Feed(ctx context.Context, f hub.FeedFilter, p hub.Page) ([]hub.Entry, error) {
	order, at := "feed", func(it hub.Item) string { return cursor(it.Feed.UnixMilli(), it.ID) }
	if f.Own {
		order, at = "published", func(it hub.Item) string { return cursor(it.Published.UnixMilli(), it.ID) }
	}
	where, args := filter(f, true)
	after, n := placeAfter(p, newest()), len(args)
	entries, err := r.entries(ctx, at, `
		SELECT `+itemColumns+`
		FROM item
		WHERE `+where+` AND (`+order+`, id) < (`+holder(n+1)+`, `+holder(n+2)+`)
		ORDER BY `+order+` DESC, id DESC
		LIMIT `+holder(n+3),
		append(args, after.at, after.id, pageSize(p))...)
	return by(f, entries), err
}

// ComingEvents implements [hub.FeedTx]. First come the lasting ones that began
// long ago, then those that began lately or are to begin.
func (r records) ComingEvents(ctx context.Context, f hub.FeedFilter, from time.Time, p hub.Page) ([]hub.Entry, error) {
	var entries []hub.Entry
	near := place{at: from.Add(-lasting).UnixMilli()}
	after := placeAfter(p, oldest())
	if near.later(after) == near {
		var err error
		if entries, err = r.events(ctx, f, "lasting AND starts < ", from, after, pageSize(p)); err != nil {
			return nil, err
		}
	}
	rest := pageSize(p) - len(entries)
	if rest == 0 {
		return by(f, entries), nil
	}
	more, err := r.events(ctx, f, "starts >= ", from, after.later(near), rest)
	return by(f, append(entries, more...)), err
}

// events are those after a place that are not over and that began before, or
// begin after, two weeks ago.
func (r records) events(ctx context.Context, f hub.FeedFilter, begin string, from time.Time, after place, limit int) ([]hub.Entry, error) {
	where, args := filter(f, false)
	n := len(args)
	return r.entries(ctx, func(it hub.Item) string { return cursor(it.Event.Start.At.UnixMilli(), it.ID) }, `
		SELECT `+itemColumns+`
		FROM item
		WHERE `+where+` AND starts IS NOT NULL AND `+begin+holder(n+1)+`
			AND (starts, id) > (`+holder(n+2)+`, `+holder(n+3)+`) AND ends > `+holder(n+4)+`
		ORDER BY starts, id
		LIMIT `+holder(n+5),
		append(args, from.Add(-lasting).UnixMilli(), after.at, after.id, from.UnixMilli(), limit)...)
}

// OpenCalls implements [hub.FeedTx].
func (r records) OpenCalls(ctx context.Context, f hub.FeedFilter, from time.Time, p hub.Page) ([]hub.Entry, error) {
	where, args := filter(f, false)
	after, n := placeAfter(p, oldest()).later(place{at: from.UnixMilli()}), len(args)
	entries, err := r.entries(ctx, func(it hub.Item) string {
		if over := it.Call.Over(); !over.IsZero() {
			return cursor(over.UnixMilli(), it.ID)
		}
		return cursor(never, it.ID)
	}, `
		SELECT `+itemColumns+`
		FROM item
		WHERE `+where+` AND closes IS NOT NULL AND (closes, id) > (`+holder(n+1)+`, `+holder(n+2)+`)
		ORDER BY closes, id
		LIMIT `+holder(n+3),
		append(args, after.at, after.id, pageSize(p))...)
	return by(f, entries), err
}

// Entry implements [hub.FeedTx]. It is there in any state; its wire document is
// not loaded.
func (r records) Entry(ctx context.Context, id string) (hub.Entry, error) {
	entries, err := r.entries(ctx, func(hub.Item) string { return "" },
		`SELECT `+itemColumns+` FROM item WHERE id = $1`, id)
	if err == nil && len(entries) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return hub.Entry{}, told(err, "reading item", id)
	}
	return entries[0], nil
}

// Entries implements [hub.FeedTx]. They are there in any state; their wire
// documents are not loaded.
func (r records) Entries(ctx context.Context, ids []string) ([]hub.Entry, error) {
	var all []hub.Entry
	for part := range slices.Chunk(ids, maxPage) {
		holders, args := among(part)
		entries, err := r.entries(ctx, func(hub.Item) string { return "" },
			`SELECT `+itemColumns+` FROM item WHERE id IN `+holders, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

// entries are the items that a query finds with all that a list shows of them,
// in four statements however many they are. The query selects itemColumns.
func (r records) entries(ctx context.Context, at func(hub.Item) string, query string, args ...any) ([]hub.Entry, error) {
	var entries []hub.Entry
	err := r.each(ctx, func(rows row) error {
		it, err := scanItem(rows)
		if err != nil {
			return err
		}
		entries = append(entries, hub.Entry{Item: it, Cursor: at(it)})
		return nil
	}, query, args...)
	if err != nil || len(entries) == 0 {
		return nil, told(err, "reading", "items")
	}
	ids := converted(entries, func(e hub.Entry) string { return e.ID })
	texts, err := r.texts(ctx, ids)
	if err != nil {
		return nil, err
	}
	via, err := r.boosters(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		entries[i].Texts = texts[entries[i].ID]
	}
	return entries, r.sign(ctx, entries, via)
}

// boosters are who passed items on, the first first, by item.
func (r records) boosters(ctx context.Context, items []string) (map[string][]string, error) {
	type provenance struct {
		actor string
		at    int64
	}
	found := map[string][]provenance{}
	holders, args := among(items)
	err := r.each(ctx, func(rows row) error {
		var item string
		var p provenance
		err := rows.Scan(&item, &p.actor, &p.at)
		found[item] = append(found[item], p)
		return err
	}, `SELECT item, actor, at FROM provenance WHERE item IN `+holders+` AND how = 'boosted'`, args...)
	via := make(map[string][]string, len(found))
	for item, ps := range found {
		slices.SortFunc(ps, func(a, b provenance) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.actor, b.actor)) })
		for _, p := range ps {
			via[item] = append(via[item], p.actor)
		}
	}
	return via, told(err, "reading", "who passed items on")
}

// sign puts profiles beside entries. Of an author who is not a kept remote
// actor, such as our own, only the id is known.
func (r records) sign(ctx context.Context, entries []hub.Entry, via map[string][]string) error {
	var ids []string
	for _, e := range entries {
		if !e.Own {
			ids = append(ids, e.Author)
		}
		ids = append(ids, via[e.ID]...)
	}
	slices.Sort(ids)
	profiles, err := r.Profiles(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	known := make(map[string]hub.Profile, len(profiles))
	for _, p := range profiles {
		known[p.ID] = p
	}
	profile := func(id string) hub.Profile {
		if p, ok := known[id]; ok {
			return p
		}
		return hub.Profile{ID: id, Name: id, URL: id}
	}
	for i, e := range entries {
		entries[i].By = profile(e.Author)
		for _, id := range via[e.ID] {
			entries[i].Via = append(entries[i].Via, profile(id))
		}
	}
	return nil
}

// Profiles implements [hub.FeedTx].
func (r records) Profiles(ctx context.Context, ids []string) ([]hub.Profile, error) {
	var profiles []hub.Profile
	for part := range slices.Chunk(ids, maxPage) {
		holders, args := among(part)
		found, err := readAll(ctx, r, func(row row, p *hub.Profile) error {
			var file string
			err := row.Scan(&p.ID, &p.Type, &p.Handle, &p.Name, &p.URL, &p.About, &file)
			p.Picture = hub.CachePath(file)
			return err
		}, "reading", "profiles", `SELECT id, type, handle, name, url, about, picture FROM actor WHERE id IN `+holders, args...)
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, found...)
	}
	return profiles, nil
}
