package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const sessionColumns = `hash, account, created, seen, expires, agent`

func scanSession(row row, s *hub.Session) error {
	return row.Scan(&s.Hash, &s.Account, moment{&s.Created}, moment{&s.Seen}, moment{&s.Expires}, &s.Agent)
}

// Session implements [hub.SessionTx]. Whether it has expired is not its affair.
func (r records) Session(ctx context.Context, hash string) (hub.Session, error) {
	return readOne(ctx, r, scanSession, "reading", "a session", `SELECT `+sessionColumns+` FROM session WHERE hash = $1`, hash)
}

// Sessions implements [hub.SessionTx]: the newest first.
func (r records) Sessions(ctx context.Context, account string) ([]hub.Session, error) {
	return readAll(ctx, r, scanSession, "reading the sessions of", account,
		`SELECT `+sessionColumns+` FROM session WHERE account = $1 ORDER BY created DESC`, account)
}

// InsertSession implements [hub.SessionTx].
func (r records) InsertSession(ctx context.Context, s hub.Session) error {
	return r.insert(ctx, "keeping a session of", s.Account, `
		INSERT INTO session (hash, account, created, seen, expires, agent)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`,
		s.Hash, s.Account, ms(s.Created), ms(s.Seen), s.Expires.UnixMilli(), s.Agent)
}

// TouchSession implements [hub.SessionTx]. A session that has ended meanwhile
// stays ended.
func (r records) TouchSession(ctx context.Context, hash string, seen time.Time) error {
	return r.run(ctx, "touching", "a session", `UPDATE session SET seen = $1 WHERE hash = $2`, ms(seen), hash)
}

// DeleteSession implements [hub.SessionTx].
func (r records) DeleteSession(ctx context.Context, hash string) error {
	return r.run(ctx, "ending", "a session", `DELETE FROM session WHERE hash = $1`, hash)
}

// DeleteSessions implements [hub.SessionTx].
func (r records) DeleteSessions(ctx context.Context, account string) error {
	return r.run(ctx, "ending the sessions of", account, `DELETE FROM session WHERE account = $1`, account)
}

// InsertFailure implements [hub.SessionTx].
func (r records) InsertFailure(ctx context.Context, subject string, at time.Time) error {
	return r.run(ctx, "noting a failed sign-in of", subject,
		`INSERT INTO sign_in_failure (subject, at) VALUES ($1, $2)`, subject, at.UnixMilli())
}

// Failures implements [hub.SessionTx]: those at since count.
func (r records) Failures(ctx context.Context, subject string, since time.Time) (int, error) {
	return readOne(ctx, r, column[int], "counting the failed sign-ins of", subject,
		`SELECT COUNT(*) FROM sign_in_failure WHERE subject = $1 AND at >= $2`,
		subject, since.UnixMilli())
}

// PruneSessions implements [hub.SessionTx].
func (r records) PruneSessions(ctx context.Context, now, failuresBefore time.Time) error {
	err := r.run(ctx, "forgetting", "expired sessions", `DELETE FROM session WHERE expires <= $1`, now.UnixMilli())
	if err != nil {
		return err
	}
	return r.run(ctx, "forgetting", "failed sign-ins", `DELETE FROM sign_in_failure WHERE at < $1`, failuresBefore.UnixMilli())
}
