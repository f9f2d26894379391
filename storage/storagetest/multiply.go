package storagetest

import (
	"context"
	"strings"
	"testing"

	"pergola/hub"
	"pergola/storage"
)

// multiplied are the statements that make many of one received item and of all
// that was kept because of it but the activity's body, each a minute older than
// the one before.
var multiplied = []string{`
	INSERT INTO item (id, type, author, own, state, url, published, updated, received, deleted, vanishes, in_reply_to,
		feed, backfilled, changed, change, hidden, shown, listed, starts, ends, lasting, closes, detail, wire)
	SELECT id || '/' || i, type, author, own, state, url, published - i * 60000, updated - i * 60000, received, deleted, vanishes, in_reply_to,
		feed - i * 60000, backfilled, changed, change, hidden, shown, listed, starts, ends, lasting, closes, detail, wire
	FROM n CROSS JOIN item
	WHERE id = $2`, `
	INSERT INTO item_text (item, position, lang, title, teaser, markdown, html)
	SELECT item || '/' || i, position, lang, title, teaser, markdown, html
	FROM n CROSS JOIN item_text
	WHERE item = $2`, `
	INSERT INTO provenance (item, actor, how, activity, at)
	SELECT item || '/' || i, actor, how, activity, at
	FROM n CROSS JOIN provenance
	WHERE item = $2`, `
	INSERT INTO untold (item, digest, feed)
	SELECT item || '/' || i, digest, feed - i * 60000
	FROM n CROSS JOIN untold
	WHERE item = $2`, `
	INSERT INTO received (id, type, actor, object, at, body)
	SELECT id || '/' || i, type, actor, object || '/' || i, at, NULL
	FROM n CROSS JOIN received
	WHERE object = $2`, `
	INSERT INTO boost (local, object, activity, at, undone, held, domain, host)
	SELECT local, object || '/' || i, activity || '/' || i, at - i * 60000, undone, held - i * 60000, domain, host
	FROM n CROSS JOIN boost
	WHERE object = $2`, `
	INSERT INTO activity (id, type, actor, object, listed, published, document)
	SELECT id || '/' || i, type, actor, object || '/' || i, listed, published - i * 60000, document
	FROM n CROSS JOIN activity
	WHERE object = $2`,
}

// An executor is what a transaction of package storage is beside a hub.Tx.
type executor interface {
	Exec(ctx context.Context, query string, args ...any) (int64, error)
}

// Multiply makes times more of an item that was received, and of all that was
// kept because of it, quickly. They are older than it.
func Multiply(t testing.TB, db *storage.DB, database, item string, times int) {
	t.Helper()
	err := db.Update(t.Context(), func(tx hub.Tx) error {
		ex := tx.(executor)
		for _, insert := range multiplied {
			_, err := ex.Exec(t.Context(), `WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)`+insert, times, item)
			if err != nil {
				return err
			}
		}
		// As the server would have done by itself if they had come one by one.
		_, err := ex.Exec(t.Context(), `ANALYZE`)
		return err
	})
	if err == nil && strings.Contains(database, "://") {
		err = run(t.Context(), database, `VACUUM`)
	}
	if err != nil {
		t.Fatalf("multiplying %s: %v", item, err)
	}
}
