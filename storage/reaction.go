package storage

import (
	"context"
	"slices"
	"time"

	"pergola/hub"
)

// InsertReaction implements [hub.ReactionTx].
func (r records) InsertReaction(ctx context.Context, actor, object, activity string, at time.Time) error {
	return r.run(ctx, "keeping a like by", actor, `
		INSERT INTO reaction (actor, object, activity, at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, actor, object, activity, at.UnixMilli())
}

// DeleteReaction implements [hub.ReactionTx].
func (r records) DeleteReaction(ctx context.Context, actor, objectOrActivity string) error {
	return r.run(ctx, "forgetting a like by", actor,
		`DELETE FROM reaction WHERE actor = $1 AND (object = $2 OR activity = $2)`, actor, objectOrActivity)
}

// ForgetReactions implements [hub.ReactionTx].
func (r records) ForgetReactions(ctx context.Context, object string) error {
	if err := r.run(ctx, "forgetting the likes of", object, `DELETE FROM reaction WHERE object = $1`, object); err != nil {
		return err
	}
	return r.run(ctx, "forgetting the boosts of", object, `DELETE FROM foreign_boost WHERE object = $1`, object)
}

// Tallies implements [hub.ReactionTx].
func (r records) Tallies(ctx context.Context, items []string) (map[string]hub.Tally, error) {
	ts := map[string]hub.Tally{}
	for part := range slices.Chunk(items, maxPage) {
		holders, args := among(part)
		for _, count := range []struct {
			query string
			add   func(*hub.Tally, int)
		}{
			{`SELECT object, COUNT(*) FROM reaction WHERE object IN ` + holders + ` GROUP BY object`, func(t *hub.Tally, n int) { t.Likes = n }},
			{`SELECT object, COUNT(*) FROM foreign_boost WHERE object IN ` + holders + ` GROUP BY object`, func(t *hub.Tally, n int) { t.Boosts = n }},
			{`
				SELECT item, COUNT(*)
				FROM reply
				WHERE item IN ` + holders + ` AND state = 'approved' AND NOT private AND NOT blocked
				GROUP BY item`, func(t *hub.Tally, n int) { t.Replies = n }},
		} {
			err := r.each(ctx, func(rows row) error {
				var item string
				var n int
				err := rows.Scan(&item, &n)
				t := ts[item]
				count.add(&t, n)
				ts[item] = t
				return err
			}, count.query, slices.Clone(args)...)
			if err != nil {
				return nil, told(err, "counting", "what others did with items")
			}
		}
	}
	return ts, nil
}
