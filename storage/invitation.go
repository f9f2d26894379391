package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const invitationColumns = `item, other, incoming, state, invite, invited, consent, changed, decided_by, message, reason`

func scanInvitation(row interface{ Scan(...any) error }) (v hub.Invitation, err error) {
	err = row.Scan(&v.Item, &v.Other, &v.Incoming, &v.State, &v.Invite, moment{&v.Invited}, &v.Consent, moment{&v.Changed},
		&v.DecidedBy, &v.Message, &v.Reason)
	return v, err
}

// Invitation implements [hub.InvitationTx].
func (r records) Invitation(ctx context.Context, item, other string) (hub.Invitation, error) {
	v, err := scanInvitation(r.queryRow(ctx, `SELECT `+invitationColumns+` FROM invitation WHERE item = $1 AND other = $2`, item, other))
	return v, told(err, "reading an invitation to", item)
}

// InvitationBy implements [hub.InvitationTx].
func (r records) InvitationBy(ctx context.Context, invite string) (hub.Invitation, error) {
	v, err := scanInvitation(r.queryRow(ctx, `SELECT `+invitationColumns+` FROM invitation WHERE invite = $1`, invite))
	return v, told(err, "reading invitation", invite)
}

// InvitationsTo implements [hub.InvitationTx].
func (r records) InvitationsTo(ctx context.Context, item string) ([]hub.Invitation, error) {
	return r.invitations(ctx, `WHERE item = $1 ORDER BY other`, item)
}

// Invitations implements [hub.InvitationTx].
func (r records) Invitations(ctx context.Context, limit int) ([]hub.Invitation, error) {
	return r.invitations(ctx, `WHERE incoming AND changed > 0 ORDER BY changed DESC LIMIT $1`, limit)
}

// InvitationsWith implements [hub.InvitationTx].
func (r records) InvitationsWith(ctx context.Context, actor string) ([]hub.Invitation, error) {
	return r.invitations(ctx, `WHERE other = $1 ORDER BY item`, actor)
}

// ForgetInvitations implements [hub.InvitationTx].
func (r records) ForgetInvitations(ctx context.Context, actor string) error {
	return r.run(ctx, "forgetting the invitations of", actor, `DELETE FROM invitation WHERE other = $1`, actor)
}

func (r records) invitations(ctx context.Context, which string, args ...any) ([]hub.Invitation, error) {
	var all []hub.Invitation
	err := r.each(ctx, func(rows row) error {
		v, err := scanInvitation(rows)
		all = append(all, v)
		return err
	}, `SELECT `+invitationColumns+` FROM invitation `+which, args...)
	return all, told(err, "reading", "invitations")
}

// CountInvitations implements [hub.InvitationTx]. There are not many, because hub
// takes no more.
func (r records) CountInvitations(ctx context.Context) (int, error) {
	var n int
	err := r.queryRow(ctx, `SELECT COUNT(*) FROM invitation WHERE incoming AND state = 'open'`).Scan(&n)
	return n, told(err, "counting", "invitations")
}

// CountInvitationsOf implements [hub.InvitationTx]: "0" comes just after "/".
func (r records) CountInvitationsOf(ctx context.Context, root string) (int, error) {
	var n int
	err := r.queryRow(ctx, `SELECT COUNT(*) FROM invitation WHERE incoming AND other >= $1 AND other < $2`, root+"/", root+"0").Scan(&n)
	return n, told(err, "counting the invitations of", root)
}

// SaveInvitation implements [hub.InvitationTx].
func (r records) SaveInvitation(ctx context.Context, v hub.Invitation) error {
	return r.run(ctx, "keeping an invitation to", v.Item, `
		INSERT INTO invitation (`+invitationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (item, other) DO UPDATE
		SET incoming = excluded.incoming, state = excluded.state, invite = excluded.invite, invited = excluded.invited,
			consent = excluded.consent, changed = excluded.changed, decided_by = excluded.decided_by,
			message = excluded.message, reason = excluded.reason`,
		v.Item, v.Other, v.Incoming, string(v.State), v.Invite, ms(v.Invited), v.Consent, v.Changed.UnixMilli(),
		v.DecidedBy, v.Message, v.Reason)
}

// SetJoint implements [hub.InvitationTx].
func (r records) SetJoint(ctx context.Context, item string, joint bool) error {
	return r.run(ctx, "putting among the own items:", item, `UPDATE item SET ours = own OR $1 WHERE id = $2`, joint, item)
}

// PruneInvitations implements [hub.InvitationTx].
func (r records) PruneInvitations(ctx context.Context, before time.Time) (int, error) {
	n, err := r.Exec(ctx, `DELETE FROM invitation WHERE changed < $1 AND state IN ('declined', 'withdrawn')`, before.UnixMilli())
	return int(n), told(err, "forgetting", "old invitations")
}
