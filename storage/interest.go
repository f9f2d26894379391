package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const interestColumns = `id, part, call, other, offer, state, since, changed, token, detail`

// An interestDetail is what is kept of a [hub.Interest] beside its columns.
type interestDetail struct {
	expression
	FromReply bool         `json:"from_reply,omitempty"`
	Link      string       `json:"link,omitempty"`
	Agreement string       `json:"agreement,omitempty"`
	Document  string       `json:"document,omitempty"`
	MovedBy   string       `json:"moved_by,omitempty"`
	Mine      introduction `json:"mine,omitzero"`
	Theirs    introduction `json:"theirs,omitzero"`
}

// An expression is what is kept of a [hub.Expression].
type expression struct {
	Name         string    `json:"name,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Country      string    `json:"country,omitempty"`
	Kind         string    `json:"kind,omitempty"`
	Message      string    `json:"message,omitempty"`
	Cooperation  string    `json:"cooperation,omitempty"`
	Unclear      string    `json:"unclear,omitempty"`
	About        string    `json:"about,omitempty"`
	Email        string    `json:"email,omitempty"`
	Consented    time.Time `json:"consented,omitzero"`
}

// An introduction is what is kept of a [hub.Introduction].
type introduction struct {
	Wanted       bool      `json:"wanted,omitempty"`
	Said         time.Time `json:"said,omitzero"`
	Invite       string    `json:"invite,omitempty"`
	Given        bool      `json:"given,omitempty"`
	Person       string    `json:"person,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Email        string    `json:"email,omitempty"`
	Phone        string    `json:"phone,omitempty"`
}

func scanInterest(row row, i *hub.Interest) error {
	var d interestDetail
	err := row.Scan(&i.ID, &i.Part, &i.Call, &i.Other, &i.Offer, &i.State, moment{&i.Since}, moment{&i.Changed}, &i.Token, document{&d})
	i.Expression, i.Mine, i.Theirs = hub.Expression(d.expression), hub.Introduction(d.Mine), hub.Introduction(d.Theirs)
	i.FromReply, i.Link, i.Agreement, i.Document, i.MovedBy = d.FromReply, d.Link, d.Agreement, d.Document, d.MovedBy
	return err
}

// interest is the one that a condition finds.
func (r records) interest(ctx context.Context, condition, what string, args ...any) (hub.Interest, error) {
	return readOne(ctx, r, scanInterest, "reading answer", what, `SELECT `+interestColumns+` FROM interest WHERE `+condition, args...)
}

// interests are those that the rest of a query finds.
func (r records) interests(ctx context.Context, rest, what string, args ...any) ([]hub.Interest, error) {
	return readAll(ctx, r, scanInterest, "reading the answers", what, `SELECT `+interestColumns+` FROM interest WHERE `+rest, args...)
}

// Interest implements [hub.InterestTx].
func (r records) Interest(ctx context.Context, id string) (hub.Interest, error) {
	return r.interest(ctx, `id = $1`, id, id)
}

// InterestByOffer implements [hub.InterestTx].
func (r records) InterestByOffer(ctx context.Context, part hub.Part, offer string) (hub.Interest, error) {
	return r.interest(ctx, `part = $1 AND offer = $2`, offer, string(part), offer)
}

// InterestByToken implements [hub.InterestTx]. Nobody has no token.
func (r records) InterestByToken(ctx context.Context, hash string) (hub.Interest, error) {
	return r.interest(ctx, `token = $1 AND token <> ''`, "of a private link", hash)
}

// InterestsIn implements [hub.InterestTx].
func (r records) InterestsIn(ctx context.Context, part hub.Part, call string) ([]hub.Interest, error) {
	return r.interests(ctx, `part = $1 AND call = $2 ORDER BY since DESC, id DESC`, call, string(part), call)
}

// Interests implements [hub.InterestTx]. A page begins after an answer's id.
func (r records) Interests(ctx context.Context, part hub.Part, p hub.Page) ([]hub.Interest, error) {
	after, err := r.placeOf(ctx, p, `SELECT since FROM interest WHERE id = $1`)
	if err != nil {
		return nil, err
	}
	return r.interests(ctx, `part = $1 AND state <> '' AND (since, id) < ($2, $3) ORDER BY since DESC, id DESC LIMIT $4`,
		string(part), string(part), after.at, after.id, pageSize(p))
}

// CountNewInterests implements [hub.InterestTx].
func (r records) CountNewInterests(ctx context.Context) (int, error) {
	return readOne(ctx, r, column[int], "counting", "new answers",
		`SELECT COUNT(*) FROM interest WHERE state = $1 AND part = $2`, string(hub.InterestSent), string(hub.Caller))
}

// OpenPartners implements [hub.InterestTx].
func (r records) OpenPartners(ctx context.Context) ([]string, error) {
	return readAll(ctx, r, column[string], "reading", "with whom there are answers",
		`SELECT DISTINCT other FROM interest WHERE state IN ($1, $2, $3, $4) AND other NOT LIKE 'mailto:%'`,
		string(hub.InterestSent), string(hub.InterestTalking), string(hub.InterestAgreed), string(hub.InterestConfirmed))
}

// SaveInterest implements [hub.InterestTx].
func (r records) SaveInterest(ctx context.Context, i hub.Interest) error {
	return r.run(ctx, "keeping answer", i.ID, `
		INSERT INTO interest (`+interestColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (part, offer) DO UPDATE
		SET state = excluded.state, since = excluded.since, changed = excluded.changed, detail = excluded.detail`,
		i.ID, string(i.Part), i.Call, i.Other, i.Offer, string(i.State), i.Since.UnixMilli(), i.Changed.UnixMilli(), i.Token,
		asJSON(interestDetail{expression(i.Expression), i.FromReply, i.Link, i.Agreement, i.Document, i.MovedBy, introduction(i.Mine), introduction(i.Theirs)}))
}

// StaleInterests implements [hub.InterestTx].
func (r records) StaleInterests(ctx context.Context, part hub.Part, since time.Time, limit int) ([]hub.Interest, error) {
	return r.interests(ctx, `state IN ($1, $2) AND part = $3 AND changed < $4 LIMIT $5`, "that nobody decides",
		string(hub.InterestSent), string(hub.InterestTalking), string(part), since.UnixMilli(), limit)
}

// ForgetInterests implements [hub.InterestTx].
func (r records) ForgetInterests(ctx context.Context, actor string) error {
	_, err := r.forgetInterests(ctx, `other = $1`, actor)
	return err
}

// PruneInterests implements [hub.InterestTx].
func (r records) PruneInterests(ctx context.Context, before time.Time) (int, error) {
	return r.forgetInterests(ctx, `changed < $1`, before.UnixMilli())
}

func (r records) forgetInterests(ctx context.Context, condition string, arg any) (int, error) {
	old := `FROM interest WHERE ` + condition
	if err := r.emptyOffers(ctx, old, arg); err != nil {
		return 0, err
	}
	if err := r.run(ctx, "forgetting", "old remarks", `DELETE FROM membership_remark WHERE membership IN (SELECT id `+old+`)`, arg); err != nil {
		return 0, err
	}
	return r.changed(ctx, "forgetting", "old answers", `DELETE `+old, arg)
}

// emptyOffers empties what we sent of the offers that the end of a query finds: it
// says who answered for the organisation.
func (r records) emptyOffers(ctx context.Context, old string, args ...any) error {
	for _, of := range []string{"id", "object"} {
		query := `UPDATE activity SET document = NULL WHERE ` + of + ` IN (SELECT offer ` + old + ` AND offer <> '')`
		if err := r.run(ctx, "emptying", "old offers", query, args...); err != nil {
			return err
		}
	}
	return nil
}

// InsertAgreement implements [hub.InterestTx]. The same one twice is one.
func (r records) InsertAgreement(ctx context.Context, a hub.Agreement) error {
	return r.run(ctx, "keeping agreement", a.ID, `
		INSERT INTO agreement (document, id, said_by, party, at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, a.Document, a.ID, a.By, a.Party, a.At.UnixMilli())
}

// DeleteAgreement implements [hub.InterestTx].
func (r records) DeleteAgreement(ctx context.Context, document, by string) (id string, err error) {
	return ifAny(readOne(ctx, r, column[string], "taking back what confirms an agreement", document,
		`DELETE FROM agreement WHERE document = $1 AND said_by = $2 RETURNING id`, document, by))
}

// Confirmations implements [hub.InterestTx].
func (r records) Confirmations(ctx context.Context, id string) ([]hub.Agreement, error) {
	return readAll(ctx, r, func(row row, a *hub.Agreement) error {
		a.ID = id
		return row.Scan(&a.Document, &a.By, &a.Party, moment{&a.At})
	}, "reading what confirms agreement", id,
		`SELECT document, said_by, party, at FROM agreement WHERE id = $1 ORDER BY document`, id)
}

// CountAgreements implements [hub.InterestTx].
func (r records) CountAgreements(ctx context.Context) (int, error) {
	return readOne(ctx, r, column[int], "counting", "agreements", `SELECT COUNT(DISTINCT id) FROM agreement`)
}

// Undelivered implements [hub.InterestTx].
func (r records) Undelivered(ctx context.Context, host, key string) (waiting int, lost bool, why string, err error) {
	jobs, err := r.queue().WaitingFor(ctx, host, key)
	if err != nil {
		return 0, false, "", err
	}
	waiting = len(jobs)
	gone, err := r.queue().GivenUpFor(ctx, host, key)
	for _, j := range append(jobs, gone...) {
		lost = lost || j.GivenUp
		if j.Error != "" {
			why = j.Error
		}
	}
	return waiting, lost, why, err
}
