package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const participationColumns = `id, event, person, state, since, changed, until, forget, join_id, reach, token, name, email, organisation, note, lang, reason`

func scanParticipation(row row, p *hub.Participation) error {
	return row.Scan(&p.ID, &p.Event, &p.Person, &p.State, moment{&p.Since}, moment{&p.Changed}, moment{&p.Until}, moment{&p.Forget},
		&p.Join, &p.Reach, &p.Token, &p.Name, &p.Email, &p.Organisation, &p.Note, &p.Language, &p.Reason)
}

// participation is the one that a condition finds.
func (r records) participation(ctx context.Context, condition, what string, args ...any) (hub.Participation, error) {
	return readOne(ctx, r, scanParticipation, "reading the participation", what,
		`SELECT `+participationColumns+` FROM participation WHERE `+condition, args...)
}

// participations are those that the rest of a query finds.
func (r records) participations(ctx context.Context, rest, what string, args ...any) ([]hub.Participation, error) {
	return readAll(ctx, r, scanParticipation, "reading the participations of", what,
		`SELECT `+participationColumns+` FROM participation WHERE `+rest, args...)
}

// Participation implements [hub.ParticipationTx].
func (r records) Participation(ctx context.Context, id string) (hub.Participation, error) {
	return r.participation(ctx, `id = $1`, id, id)
}

// ParticipationOf implements [hub.ParticipationTx].
func (r records) ParticipationOf(ctx context.Context, event, person string) (hub.Participation, error) {
	return r.participation(ctx, `event = $1 AND person = $2`, event, event, person)
}

// ParticipationByToken implements [hub.ParticipationTx]. Nobody has no token.
func (r records) ParticipationByToken(ctx context.Context, hash string) (hub.Participation, error) {
	return r.participation(ctx, `token = $1 AND token <> ''`, "of a private link", hash)
}

// ParticipationsOf implements [hub.ParticipationTx].
func (r records) ParticipationsOf(ctx context.Context, person string) ([]hub.Participation, error) {
	return r.participations(ctx, `person = $1 ORDER BY event`, person, person)
}

// Participations implements [hub.ParticipationTx].
func (r records) Participations(ctx context.Context, event string, s hub.Standing, limit int) ([]hub.Participation, error) {
	return r.participations(ctx, `event = $1 AND state = $2 ORDER BY since, id LIMIT $3`, event, event, s, limit)
}

// WaitingBefore implements [hub.ParticipationTx].
func (r records) WaitingBefore(ctx context.Context, p hub.Participation) (int, error) {
	return readOne(ctx, r, column[int], "counting the waiting list of", p.Event, `
		SELECT COUNT(*)
		FROM participation
		WHERE event = $1 AND state = $2 AND (since, id) < ($3, $4)`,
		p.Event, hub.Waiting, p.Since.UnixMilli(), p.ID)
}

// SaveParticipation implements [hub.ParticipationTx]: ErrConflict for a second one
// of a person.
func (r records) SaveParticipation(ctx context.Context, p hub.Participation) error {
	return r.change(ctx, "keeping a participation in", p.Event, `
		INSERT INTO participation (`+participationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (id) DO UPDATE
		SET state = excluded.state, since = excluded.since, changed = excluded.changed, until = excluded.until, forget = excluded.forget,
			join_id = excluded.join_id, reach = excluded.reach, token = excluded.token, name = excluded.name, email = excluded.email,
			organisation = excluded.organisation, note = excluded.note, lang = excluded.lang, reason = excluded.reason`,
		p.ID, p.Event, p.Person, p.State, p.Since.UnixMilli(), p.Changed.UnixMilli(), ms(p.Until), ms(p.Forget), p.Join, p.Reach, p.Token,
		p.Name, p.Email, p.Organisation, p.Note, p.Language, p.Reason)
}

// DeleteParticipation implements [hub.ParticipationTx].
func (r records) DeleteParticipation(ctx context.Context, id string) error {
	return r.run(ctx, "deleting the participation", id, `DELETE FROM participation WHERE id = $1`, id)
}

// Attendees implements [hub.ParticipationTx].
func (r records) Attendees(ctx context.Context, event string) ([]string, error) {
	return readAll(ctx, r, column[string], "reading the inboxes of those who take part in", event, `
		SELECT DISTINCT reach
		FROM participation
		WHERE event = $1 AND state IN ($2, $3, $4, $5) AND reach <> ''`,
		event, hub.Asked, hub.Going, hub.Waiting, hub.Offered)
}

// KeepParticipations implements [hub.ParticipationTx].
func (r records) KeepParticipations(ctx context.Context, event string, until time.Time) error {
	return r.run(ctx, "keeping those who take part in", event, `UPDATE participation SET forget = $1 WHERE event = $2`, ms(until), event)
}

// PruneParticipations implements [hub.ParticipationTx].
func (r records) PruneParticipations(ctx context.Context, by time.Time) (int, error) {
	return r.changed(ctx, "forgetting", "who took part", `DELETE FROM participation WHERE forget <= $1`, by.UnixMilli())
}
