package storage

import (
	"context"
	"time"

	"pergola/hub"
)

// day is the day of a time, counted from 1970.
func day(t time.Time) int64 { return t.UnixMilli() / (24 * time.Hour).Milliseconds() }

// LoseInbox implements [hub.LostTx].
func (r records) LoseInbox(ctx context.Context, inbox string, at time.Time) (days int, err error) {
	err = r.run(ctx, "noting that there is none:", inbox, `
		INSERT INTO lost_inbox (inbox, days, day)
		VALUES ($1, 1, $2)
		ON CONFLICT (inbox) DO UPDATE
		SET days = lost_inbox.days + 1, day = excluded.day
		WHERE lost_inbox.day <> excluded.day`, inbox, day(at))
	if err != nil {
		return 0, err
	}
	err = r.queryRow(ctx, `SELECT days FROM lost_inbox WHERE inbox = $1`, inbox).Scan(&days)
	return days, told(err, "reading since when there is none:", inbox)
}

// FollowersAt implements [hub.LostTx].
func (r records) FollowersAt(ctx context.Context, inbox string, limit int) ([]hub.Follower, error) {
	return readAll(ctx, r, scanFollower, "reading the followers at", inbox,
		`SELECT `+followerColumns+` FROM follower WHERE reach = $1 ORDER BY local, actor LIMIT $2`, inbox, limit)
}

// PruneLost implements [hub.LostTx].
func (r records) PruneLost(ctx context.Context, before time.Time) error {
	return r.run(ctx, "forgetting", "lost inboxes", `DELETE FROM lost_inbox WHERE day < $1`, day(before))
}
