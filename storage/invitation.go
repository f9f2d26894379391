package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const invitationColumns = `item, other, incoming, state, invite, invited, consent, changed, decided_by, message, reason`

func scanInvitation(row row, v *hub.Invitation) error {
	return row.Scan(&v.Item, &v.Other, &v.Incoming, &v.State, &v.Invite, moment{&v.Invited}, &v.Consent, moment{&v.Changed},
		&v.DecidedBy, &v.Message, &v.Reason)
}

// Invitation implements [hub.InvitationTx].
func (r records) Invitation(ctx context.Context, item, other string) (hub.Invitation, error) {
	return readOne(ctx, r, scanInvitation, "reading an invitation to", item,
		`SELECT `+invitationColumns+` FROM invitation WHERE item = $1 AND other = $2`, item, other)
}

// InvitationBy implements [hub.InvitationTx].
func (r records) InvitationBy(ctx context.Context, invite string) (hub.Invitation, error) {
	return readOne(ctx, r, scanInvitation, "reading invitation", invite, `SELECT `+invitationColumns+` FROM invitation WHERE invite = $1`, invite)
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
	return readAll(ctx, r, scanInvitation, "reading", "invitations", `SELECT `+invitationColumns+` FROM invitation `+which, args...)
}

// CountInvitations implements [hub.InvitationTx]. There are not many, because hub
// takes no more.
func (r records) CountInvitations(ctx context.Context) (int, error) {
	return readOne(ctx, r, column[int], "counting", "invitations", `SELECT COUNT(*) FROM invitation WHERE incoming AND state = 'open'`)
}

// CountInvitationsOf implements [hub.InvitationTx]: "0" comes just after "/".
func (r records) CountInvitationsOf(ctx context.Context, root string) (int, error) {
	return readOne(ctx, r, column[int], "counting the invitations of", root,
		`SELECT COUNT(*) FROM invitation WHERE incoming AND other >= $1 AND other < $2`, root+"/", root+"0")
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
	return r.changed(ctx, "forgetting", "old invitations", `DELETE FROM invitation WHERE changed < $1 AND state IN ('declined', 'withdrawn')`, before.UnixMilli())
}
