package storage

import (
	"context"
	"errors"
	"slices"
	"time"

	"pergola/hub"
)

const digestColumns = `id, title, cron, zone, enabled, created, due_from`

func scanDigest(row interface{ Scan(...any) error }) (hub.Digest, error) {
	var d hub.Digest
	err := row.Scan(&d.ID, words{&d.Title}, &d.Rule.Cron, &d.Rule.Zone, &d.Enabled, moment{&d.Created}, moment{&d.From})
	return d, err
}

// Digests implements [hub.DigestTx]: the oldest first.
func (r records) Digests(ctx context.Context) ([]hub.Digest, error) {
	var all []hub.Digest
	err := r.each(ctx, func(rows row) error {
		d, err := scanDigest(rows)
		all = append(all, d)
		return err
	}, `SELECT `+digestColumns+` FROM digest ORDER BY created, id`)
	return all, told(err, "reading", "the digests")
}

// Digest implements [hub.DigestTx].
func (r records) Digest(ctx context.Context, id string) (hub.Digest, error) {
	d, err := scanDigest(r.queryRow(ctx, `SELECT `+digestColumns+` FROM digest WHERE id = $1`, id))
	return d, told(err, "reading digest", id)
}

// maxUntold is how many items that are in the feed already a new digest finds
// to tell of.
const maxUntold = 1000

// SaveDigest implements [hub.DigestTx].
func (r records) SaveDigest(ctx context.Context, d hub.Digest) error {
	err := r.insert(ctx, "keeping digest", d.ID, `
		INSERT INTO digest (id, title, cron, zone, enabled, created, due_from)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`,
		d.ID, asJSON(textPairs(d.Title)), d.Rule.Cron, d.Rule.Zone, d.Enabled, ms(d.Created), ms(d.From))
	if errors.Is(err, hub.ErrConflict) {
		return r.change(ctx, "changing digest", d.ID, `
			UPDATE digest
			SET title = $1, cron = $2, zone = $3, enabled = $4, created = $5, due_from = $6
			WHERE id = $7`,
			asJSON(textPairs(d.Title)), d.Rule.Cron, d.Rule.Zone, d.Enabled, ms(d.Created), ms(d.From), d.ID)
	}
	if err != nil {
		return err
	}
	return r.run(ctx, "collecting for digest", d.ID, `
		INSERT INTO untold (digest, feed, item)
		SELECT CAST($1 AS TEXT), feed, id
		FROM item
		WHERE listed AND NOT backfilled
		ORDER BY feed DESC, id DESC
		LIMIT $2`, d.ID, maxUntold)
}

// insertUntold has all digests tell of an item that has come into the feed,
// unless they have done so before.
func (r records) insertUntold(ctx context.Context, it hub.Item) error {
	if it.Feed.IsZero() || it.Backfilled || it.State != hub.Published || it.InReplyTo != "" {
		return nil
	}
	return r.run(ctx, "collecting for the digests:", it.ID, `
		INSERT INTO untold (digest, feed, item)
		SELECT digest.id, CAST($1 AS BIGINT), CAST($2 AS TEXT)
		FROM digest
		WHERE NOT EXISTS (
			SELECT 1
			FROM issue_entry
			WHERE issue_entry.digest = digest.id AND issue_entry.item = $2)
		ON CONFLICT DO NOTHING`, it.Feed.UnixMilli(), it.ID)
}

// InsertIssue implements [hub.DigestTx].
func (r records) InsertIssue(ctx context.Context, i hub.Issue) error {
	err := r.insert(ctx, "keeping an issue of", i.Digest, `
		INSERT INTO issue (id, digest, due, state, sent, item, sent_by, merged)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`,
		i.ID, i.Digest, i.Due.UnixMilli(), i.State, ms(i.Sent), i.Item, i.By, i.Merged)
	if err != nil {
		return err
	}
	sent := i.Sent
	if sent.IsZero() {
		sent = i.Due
	}
	position := 0
	for part := range slices.Chunk(i.Entries, 100) {
		args := make([]any, 0, 6*len(part))
		items := make([]string, len(part))
		for n, e := range part {
			args = append(args, i.ID, position, e.Item, e.Section, i.Digest, sent.UnixMilli())
			items[n] = e.Item
			position++
		}
		err := r.run(ctx, "keeping the entries of", i.ID, `
			INSERT INTO issue_entry (issue, position, item, section, digest, sent)
			VALUES `+holders(len(part), 6), args...)
		if err != nil {
			return err
		}
		these, args := among(items, i.Digest)
		err = r.run(ctx, "noting what was told in", i.ID, `DELETE FROM untold WHERE digest = $1 AND item IN `+these, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

const issueColumns = `id, digest, due, state, sent, item, sent_by, merged`

func scanIssue(row interface{ Scan(...any) error }) (hub.Issue, error) {
	var i hub.Issue
	err := row.Scan(&i.ID, &i.Digest, moment{&i.Due}, &i.State, moment{&i.Sent}, &i.Item, &i.By, &i.Merged)
	return i, err
}

// Issue implements [hub.DigestTx].
func (r records) Issue(ctx context.Context, id string) (hub.Issue, error) {
	i, err := scanIssue(r.queryRow(ctx, `SELECT `+issueColumns+` FROM issue WHERE id = $1`, id))
	if err != nil {
		return i, told(err, "reading issue", id)
	}
	err = r.each(ctx, func(rows row) error {
		var e hub.IssueEntry
		err := rows.Scan(&e.Item, &e.Section)
		i.Entries = append(i.Entries, e)
		return err
	}, `SELECT item, section FROM issue_entry WHERE issue = $1 ORDER BY position`, id)
	return i, told(err, "reading the entries of", id)
}

// Issues implements [hub.DigestTx]. A page begins after an issue's id.
func (r records) Issues(ctx context.Context, digest string, p hub.Page) ([]hub.Issue, error) {
	after, err := r.placeOf(ctx, p, `SELECT due FROM issue WHERE id = $1`)
	if err != nil {
		return nil, err
	}
	where, args := "", []any{after.at, after.id, pageSize(p)}
	if digest != "" {
		where, args = "digest = $4 AND ", append(args, digest)
	}
	var all []hub.Issue
	err = r.each(ctx, func(rows row) error {
		i, err := scanIssue(rows)
		all = append(all, i)
		return err
	}, `
		SELECT `+issueColumns+`
		FROM issue
		WHERE `+where+`(due, id) < ($1, $2)
		ORDER BY due DESC, id DESC
		LIMIT $3`, args...)
	return all, told(err, "reading the issues of", digest)
}

// UntoldItems implements [hub.DigestTx].
func (r records) UntoldItems(ctx context.Context, digest string, by time.Time, limit int) ([]hub.Entry, error) {
	return r.entries(ctx, func(it hub.Item) string { return "" }, `
		SELECT `+itemColumns+`
		FROM untold
		CROSS JOIN item
		WHERE untold.digest = $1 AND item.id = untold.item AND item.feed = untold.feed AND item.listed AND item.received <= $2
		ORDER BY untold.feed DESC, untold.item DESC
		LIMIT $3`,
		digest, by.UnixMilli(), max(limit, 0))
}

// Told implements [hub.DigestTx].
func (r records) Told(ctx context.Context, digest string, s hub.Section, items []string) ([]string, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(items, maxPage) {
		these, args := among(part, digest, s)
		err := r.each(ctx, func(rows row) error {
			var item string
			err := rows.Scan(&item)
			found[item] = true
			return err
		}, `SELECT item FROM issue_entry WHERE digest = $1 AND section = $2 AND item IN `+these, args...)
		if err != nil {
			return nil, told(err, "reading what was told in", digest)
		}
	}
	var those []string
	for _, item := range items {
		if found[item] {
			those = append(those, item)
		}
	}
	return those, nil
}

// UntoldChanges implements [hub.DigestTx]: the latest change first.
func (r records) UntoldChanges(ctx context.Context, digest string, after, by time.Time, limit int) ([]hub.Entry, error) {
	return r.entries(ctx, func(it hub.Item) string { return "" }, `
		SELECT `+itemColumns+`
		FROM item
		WHERE item.listed AND item.changed > $1 AND item.changed <= $2 AND NOT EXISTS (
			SELECT 1
			FROM issue_entry
			WHERE issue_entry.digest = $3 AND issue_entry.item = item.id AND issue_entry.section = 'changed'
				AND issue_entry.sent >= item.changed)
		ORDER BY item.changed DESC, item.id DESC
		LIMIT $4`,
		after.UnixMilli(), by.UnixMilli(), digest, max(limit, 0))
}
