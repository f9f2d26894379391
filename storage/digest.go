package storage

import (
	"context"
	"errors"
	"slices"
	"time"

	"pergola/hub"
	"pergola/storage/queue"
)

const digestColumns = `id, title, cron, zone, enabled, created, due_from`

func scanDigest(row row, d *hub.Digest) error {
	return row.Scan(&d.ID, words{&d.Title}, &d.Rule.Cron, &d.Rule.Zone, &d.Enabled, moment{&d.Created}, moment{&d.From})
}

// Digests implements [hub.DigestTx]: the oldest first.
func (r records) Digests(ctx context.Context) ([]hub.Digest, error) {
	return readAll(ctx, r, scanDigest, "reading", "the digests", `SELECT `+digestColumns+` FROM digest ORDER BY created, id`)
}

// Digest implements [hub.DigestTx].
func (r records) Digest(ctx context.Context, id string) (hub.Digest, error) {
	return readOne(ctx, r, scanDigest, "reading digest", id, `SELECT `+digestColumns+` FROM digest WHERE id = $1`, id)
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
			VALUES `+queue.Tuples(len(part), 6), args...)
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

func scanIssue(row row, i *hub.Issue) error {
	return row.Scan(&i.ID, &i.Digest, moment{&i.Due}, &i.State, moment{&i.Sent}, &i.Item, &i.By, &i.Merged)
}

// Issue implements [hub.DigestTx].
func (r records) Issue(ctx context.Context, id string) (hub.Issue, error) {
	i, err := readOne(ctx, r, scanIssue, "reading issue", id, `SELECT `+issueColumns+` FROM issue WHERE id = $1`, id)
	if err != nil {
		return i, err
	}
	i.Entries, err = readAll(ctx, r, func(row row, e *hub.IssueEntry) error { return row.Scan(&e.Item, &e.Section) },
		"reading the entries of", id, `SELECT item, section FROM issue_entry WHERE issue = $1 ORDER BY position`, id)
	return i, err
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
	return readAll(ctx, r, scanIssue, "reading the issues of", digest, `
		SELECT `+issueColumns+`
		FROM issue
		WHERE `+where+`(due, id) < ($1, $2)
		ORDER BY due DESC, id DESC
		LIMIT $3`, args...)
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
	var those []string
	for part := range slices.Chunk(items, maxPage) {
		these, args := among(part, digest, s)
		found, err := readAll(ctx, r, column[string], "reading what was told in", digest,
			`SELECT item FROM issue_entry WHERE digest = $1 AND section = $2 AND item IN `+these, args...)
		if err != nil {
			return nil, err
		}
		for _, item := range part {
			if slices.Contains(found, item) {
				those = append(those, item)
			}
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
