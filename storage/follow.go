package storage

import (
	"cmp"
	"context"
	"slices"

	"pergola/hub"
)

const followingColumns = `local, actor, state, activity, since, answered, backfilled`

func scanFollowing(row row, f *hub.Following) error {
	return row.Scan(&f.Local, &f.Actor, &f.State, &f.Activity, moment{&f.Since}, moment{&f.Answered}, moment{&f.Backfilled})
}

// Following implements [hub.FollowTx]: ErrNotFound when there is no Follow.
func (r records) Following(ctx context.Context, local, actor string) (hub.Following, error) {
	return readOne(ctx, r, scanFollowing, "reading the following of", actor,
		`SELECT `+followingColumns+` FROM following WHERE local = $1 AND actor = $2`, local, actor)
}

// Followings implements [hub.FollowTx]: in the order of the actors' ids.
func (r records) Followings(ctx context.Context, local string) ([]hub.Following, error) {
	return readAll(ctx, r, scanFollowing, "reading whom it follows:", local,
		`SELECT `+followingColumns+` FROM following WHERE local = $1 ORDER BY actor`, local)
}

// SaveFollowing implements [hub.FollowTx].
func (r records) SaveFollowing(ctx context.Context, f hub.Following) error {
	return r.run(ctx, "keeping the following of", f.Actor, `
		INSERT INTO following (local, actor, state, activity, since, answered, backfilled)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (local, actor) DO UPDATE
		SET state = excluded.state, activity = excluded.activity, since = excluded.since,
			answered = excluded.answered, backfilled = excluded.backfilled`,
		f.Local, f.Actor, f.State, f.Activity, ms(f.Since), ms(f.Answered), ms(f.Backfilled))
}

// DeleteFollowing implements [hub.FollowTx].
func (r records) DeleteFollowing(ctx context.Context, local, actor string) error {
	return r.run(ctx, "ending the following of", actor, `DELETE FROM following WHERE local = $1 AND actor = $2`, local, actor)
}

const followerColumns = `local, actor, inbox, shared_inbox, activity, since`

func scanFollower(row row, f *hub.Follower) error {
	return row.Scan(&f.Local, &f.Actor, &f.Inbox, &f.SharedInbox, &f.Activity, moment{&f.Since})
}

// Follower implements [hub.FollowTx]: ErrNotFound when it does not follow.
func (r records) Follower(ctx context.Context, local, actor string) (hub.Follower, error) {
	return readOne(ctx, r, scanFollower, "reading the follower", actor,
		`SELECT `+followerColumns+` FROM follower WHERE local = $1 AND actor = $2`, local, actor)
}

// Followers implements [hub.FollowTx].
func (r records) Followers(ctx context.Context, local string, p hub.Page) ([]hub.Follower, error) {
	return readAll(ctx, r, scanFollower, "reading the followers of", local, `
		SELECT `+followerColumns+`
		FROM follower
		WHERE local = $1 AND actor > $2
		ORDER BY actor
		LIMIT $3`,
		local, p.After, pageSize(p))
}

// CountFollowers implements [hub.FollowTx].
func (r records) CountFollowers(ctx context.Context, local string) (int, error) {
	return r.count(ctx, `SELECT COUNT(*) FROM follower WHERE local = $1`, local, local)
}

// SaveFollower implements [hub.FollowTx].
func (r records) SaveFollower(ctx context.Context, f hub.Follower) error {
	return r.run(ctx, "keeping the follower", f.Actor, `
		INSERT INTO follower (local, actor, inbox, shared_inbox, reach, activity, since)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (local, actor) DO UPDATE
		SET inbox = excluded.inbox, shared_inbox = excluded.shared_inbox, reach = excluded.reach,
			activity = excluded.activity, since = excluded.since`,
		f.Local, f.Actor, f.Inbox, f.SharedInbox, cmp.Or(f.SharedInbox, f.Inbox), f.Activity, ms(f.Since))
}

// DeleteFollower implements [hub.FollowTx].
func (r records) DeleteFollower(ctx context.Context, local, actor string) error {
	return r.run(ctx, "forgetting the follower", actor, `DELETE FROM follower WHERE local = $1 AND actor = $2`, local, actor)
}

// FollowerInboxes implements [hub.FollowTx]: in the order of the inboxes.
func (r records) FollowerInboxes(ctx context.Context, locals ...string) ([]string, error) {
	var inboxes []string
	for _, local := range locals {
		theirs, err := readAll(ctx, r, column[string], "reading the inboxes of the followers of", local,
			`SELECT DISTINCT reach FROM follower WHERE local = $1`, local)
		if err != nil {
			return nil, err
		}
		inboxes = append(inboxes, theirs...)
	}
	slices.Sort(inboxes)
	return slices.Compact(inboxes), nil
}

// ActorInbox implements [hub.FollowTx].
func (r records) ActorInbox(ctx context.Context, actor string) (string, error) {
	return ifAny(readOne(ctx, r, column[string], "reading the inbox of", actor, `SELECT inbox FROM actor WHERE id = $1`, actor))
}

// ActorReach implements [hub.FollowTx].
func (r records) ActorReach(ctx context.Context, actor string) (string, error) {
	return ifAny(readOne(ctx, r, scanReach, "reading how to reach", actor, `SELECT document FROM actor WHERE id = $1`, actor))
}

// scanReach reads from a remote actor's document its shared inbox where there is
// one, or else its own.
func scanReach(row row, reach *string) error {
	var a struct{ Inbox, SharedInbox string }
	err := row.Scan(document{&a})
	*reach = cmp.Or(a.SharedInbox, a.Inbox)
	return err
}

// DropInbox implements [hub.FollowTx].
func (r records) DropInbox(ctx context.Context, inbox string) (int, error) {
	return r.changed(ctx, "forgetting the followers at", inbox, `DELETE FROM follower WHERE reach = $1 OR inbox = $1`, inbox)
}
