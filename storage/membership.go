package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const membershipColumns = `id, side, other, state, offer, offered, said, closed, since, changed, joined, reason, decided_by, token, application`

// An application is what is kept of a [hub.Application].
type application struct {
	Name       string           `json:"name,omitempty"`
	Website    string           `json:"website,omitempty"`
	Motivation string           `json:"motivation,omitempty"`
	Members    int              `json:"members"`
	Staff      int              `json:"staff"`
	Kinds      []hub.MemberKind `json:"kinds,omitempty"`
	English    string           `json:"english,omitempty"`
	Contact    string           `json:"contact,omitempty"`
	Email      string           `json:"email,omitempty"`
}

func scanMembership(row row, m *hub.Membership) error {
	var a application
	err := row.Scan(&m.ID, &m.Side, &m.Other, &m.State, &m.Offer, moment{&m.Offered}, moment{&m.Said}, moment{&m.Closed},
		moment{&m.Since}, moment{&m.Changed}, moment{&m.Joined}, &m.Reason, &m.DecidedBy, &m.Token, document{&a})
	m.Application = hub.Application(a)
	return err
}

// membership is the one that a condition finds.
func (r records) membership(ctx context.Context, condition, what string, args ...any) (hub.Membership, error) {
	return readOne(ctx, r, scanMembership, "reading membership", what, `SELECT `+membershipColumns+` FROM membership WHERE `+condition, args...)
}

// Membership implements [hub.MembershipTx].
func (r records) Membership(ctx context.Context, id string) (hub.Membership, error) {
	return r.membership(ctx, `id = $1`, id, id)
}

// MembershipWith implements [hub.MembershipTx].
func (r records) MembershipWith(ctx context.Context, side hub.Side, other string) (hub.Membership, error) {
	return r.membership(ctx, `side = $1 AND other = $2`, other, string(side), other)
}

// MembershipByToken implements [hub.MembershipTx]. Nobody has no token.
func (r records) MembershipByToken(ctx context.Context, hash string) (hub.Membership, error) {
	return r.membership(ctx, `token = $1 AND token <> ''`, "of a private link", hash)
}

// Memberships implements [hub.MembershipTx].
func (r records) Memberships(ctx context.Context, side hub.Side) ([]hub.Membership, error) {
	return readAll(ctx, r, scanMembership, "reading the memberships", string(side),
		`SELECT `+membershipColumns+` FROM membership WHERE side = $1 ORDER BY changed DESC, id DESC`, string(side))
}

// CountMembershipsOf implements [hub.MembershipTx]: "0" comes just after "/".
func (r records) CountMembershipsOf(ctx context.Context, side hub.Side, root string) (int, error) {
	return readOne(ctx, r, column[int], "counting the memberships of", root,
		`SELECT COUNT(*) FROM membership WHERE side = $1 AND other >= $2 AND other < $3`,
		string(side), root+"/", root+"0")
}

// CountApplications implements [hub.MembershipTx]. There are not many, because hub
// takes no more.
func (r records) CountApplications(ctx context.Context) (int, error) {
	return readOne(ctx, r, column[int], "counting", "applications", `
		SELECT COUNT(*)
		FROM membership
		WHERE side = $1 AND state IN ($2, $3, $4)`,
		string(hub.Below), string(hub.Applied), string(hub.Incomplete), string(hub.Conditional))
}

// SaveMembership implements [hub.MembershipTx].
func (r records) SaveMembership(ctx context.Context, m hub.Membership) error {
	return r.run(ctx, "keeping membership", m.ID, `
		INSERT INTO membership (`+membershipColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (side, other) DO UPDATE
		SET state = excluded.state, offer = excluded.offer, offered = excluded.offered, said = excluded.said,
			closed = excluded.closed, since = excluded.since, changed = excluded.changed, joined = excluded.joined,
			reason = excluded.reason, decided_by = excluded.decided_by, token = excluded.token, application = excluded.application`,
		m.ID, string(m.Side), m.Other, string(m.State), m.Offer, ms(m.Offered), ms(m.Said), ms(m.Closed),
		m.Since.UnixMilli(), m.Changed.UnixMilli(), ms(m.Joined), m.Reason, m.DecidedBy, m.Token, asJSON(application(m.Application)))
}

// Remarks implements [hub.MembershipTx].
func (r records) Remarks(ctx context.Context, membership string) ([]hub.Remark, error) {
	return readAll(ctx, r, func(row row, one *hub.Remark) error {
		return row.Scan(&one.ID, &one.Membership, moment{&one.At}, &one.Author, &one.Did, &one.Text)
	}, "reading what was said about membership", membership,
		`SELECT id, membership, at, author, did, text FROM membership_remark WHERE membership = $1 ORDER BY id`, membership)
}

// InsertRemark implements [hub.MembershipTx].
func (r records) InsertRemark(ctx context.Context, one hub.Remark) error {
	return r.run(ctx, "keeping what was said about membership", one.Membership, `
		INSERT INTO membership_remark (id, membership, at, author, did, text)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		one.ID, one.Membership, one.At.UnixMilli(), one.Author, one.Did, one.Text)
}

// PruneMemberships implements [hub.MembershipTx]. What we sent goes too: it says
// who answered for the organisation.
func (r records) PruneMemberships(ctx context.Context, before time.Time) (int, error) {
	const old = `FROM membership WHERE changed < $1 AND state NOT IN ($2, $3, $4, $5)`
	args := []any{before.UnixMilli(), string(hub.Applied), string(hub.Incomplete), string(hub.Conditional), string(hub.Active)}
	if err := r.emptyOffers(ctx, old, args...); err != nil {
		return 0, err
	}
	err := r.run(ctx, "forgetting", "old remarks", `DELETE FROM membership_remark WHERE membership IN (SELECT id `+old+`)`, args...)
	if err != nil {
		return 0, err
	}
	return r.changed(ctx, "forgetting", "old memberships", `DELETE `+old, args...)
}
