package storage

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"pergola/hub"
)

const followingColumns = `local, actor, state, activity, since, answered, backfilled`

func scanFollowing(row interface{ Scan(...any) error }) (hub.Following, error) {
	var f hub.Following
	err := row.Scan(&f.Local, &f.Actor, &f.State, &f.Activity, moment{&f.Since}, moment{&f.Answered}, moment{&f.Backfilled})
	return f, err
}

// Following implements [hub.FollowTx]: ErrNotFound when there is no Follow.
func (r records) Following(ctx context.Context, local, actor string) (hub.Following, error) {
	f, err := scanFollowing(r.queryRow(ctx,
		`SELECT `+followingColumns+` FROM following WHERE local = $1 AND actor = $2`, local, actor))
	return f, told(err, "reading the following of", actor)
}

// Followings implements [hub.FollowTx]: in the order of the actors' ids.
func (r records) Followings(ctx context.Context, local string) ([]hub.Following, error) {
	var all []hub.Following
	err := r.each(ctx, func(rows row) error {
		f, err := scanFollowing(rows)
		all = append(all, f)
		return err
	}, `SELECT `+followingColumns+` FROM following WHERE local = $1 ORDER BY actor`, local)
	return all, told(err, "reading whom it follows:", local)
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

func scanFollower(row interface{ Scan(...any) error }) (hub.Follower, error) {
	var f hub.Follower
	err := row.Scan(&f.Local, &f.Actor, &f.Inbox, &f.SharedInbox, &f.Activity, moment{&f.Since})
	return f, err
}

// Follower implements [hub.FollowTx]: ErrNotFound when it does not follow.
func (r records) Follower(ctx context.Context, local, actor string) (hub.Follower, error) {
	f, err := scanFollower(r.queryRow(ctx,
		`SELECT `+followerColumns+` FROM follower WHERE local = $1 AND actor = $2`, local, actor))
	return f, told(err, "reading the follower", actor)
}

// Followers implements [hub.FollowTx].
func (r records) Followers(ctx context.Context, local string, p hub.Page) ([]hub.Follower, error) {
	var all []hub.Follower
	err := r.each(ctx, func(rows row) error {
		f, err := scanFollower(rows)
		all = append(all, f)
		return err
	}, `
		SELECT `+followerColumns+`
		FROM follower
		WHERE local = $1 AND actor > $2
		ORDER BY actor
		LIMIT $3`,
		local, p.After, pageSize(p))
	return all, told(err, "reading the followers of", local)
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
	inboxes := map[string]bool{}
	for _, local := range locals {
		err := r.each(ctx, func(rows row) error {
			var inbox string
			err := rows.Scan(&inbox)
			inboxes[inbox] = true
			return err
		}, `SELECT DISTINCT reach FROM follower WHERE local = $1`, local)
		if err != nil {
			return nil, told(err, "reading the inboxes of the followers of", local)
		}
	}
	return slices.Sorted(maps.Keys(inboxes)), nil
}

// ActorInbox implements [hub.FollowTx].
func (r records) ActorInbox(ctx context.Context, actor string) (string, error) {
	var inbox string
	err := r.queryRow(ctx, `SELECT inbox FROM actor WHERE id = $1`, actor).Scan(&inbox)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return inbox, told(err, "reading the inbox of", actor)
}

// ActorReach implements [hub.FollowTx].
func (r records) ActorReach(ctx context.Context, actor string) (string, error) {
	var document []byte
	err := r.queryRow(ctx, `SELECT document FROM actor WHERE id = $1`, actor).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	reach := ""
	if err == nil {
		reach, err = reachOf(document)
	}
	return reach, told(err, "reading how to reach", actor)
}

// reachOf is the shared inbox of a remote actor where there is one, or else its own.
func reachOf(document []byte) (string, error) {
	var a struct{ Inbox, SharedInbox string }
	err := json.Unmarshal(document, &a)
	return cmp.Or(a.SharedInbox, a.Inbox), err
}

// DropInbox implements [hub.FollowTx].
func (r records) DropInbox(ctx context.Context, inbox string) (int, error) {
	n, err := r.Exec(ctx, `DELETE FROM follower WHERE reach = $1 OR inbox = $1`, inbox)
	return int(n), told(err, "forgetting the followers at", inbox)
}
