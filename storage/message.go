package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const messageColumns = `id, role, name, email, text, received, done, done_by`

func scanMessage(row interface{ Scan(...any) error }) (hub.Message, error) {
	var m hub.Message
	err := row.Scan(&m.ID, &m.Role, &m.Name, &m.Email, &m.Text, moment{&m.Received}, moment{&m.Done}, &m.DoneBy)
	return m, err
}

// Message implements [hub.MessageTx].
func (r records) Message(ctx context.Context, id string) (hub.Message, error) {
	m, err := scanMessage(r.queryRow(ctx, `SELECT `+messageColumns+` FROM message WHERE id = $1`, id))
	return m, told(err, "reading message", id)
}

// InsertMessage implements [hub.MessageTx].
func (r records) InsertMessage(ctx context.Context, m hub.Message) error {
	return r.run(ctx, "keeping message", m.ID, `
		INSERT INTO message (`+messageColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, m.Role, m.Name, m.Email, m.Text, m.Received.UnixMilli(), ms(m.Done), m.DoneBy)
}

// UpdateMessage implements [hub.MessageTx]: what came stays as it came.
func (r records) UpdateMessage(ctx context.Context, m hub.Message) error {
	return r.change(ctx, "changing message", m.ID,
		`UPDATE message SET done = $1, done_by = $2 WHERE id = $3`, ms(m.Done), m.DoneBy, m.ID)
}

// DeleteMessage implements [hub.MessageTx].
func (r records) DeleteMessage(ctx context.Context, id string) error {
	return r.change(ctx, "deleting message", id, `DELETE FROM message WHERE id = $1`, id)
}

// Messages implements [hub.MessageTx]. A page begins after a message's id.
func (r records) Messages(ctx context.Context, done bool, p hub.Page) ([]hub.Message, error) {
	which, order := `done IS NULL`, `received`
	if done {
		which, order = `done IS NOT NULL`, `done`
	}
	after, err := r.placeOf(ctx, p, `SELECT `+order+` FROM message WHERE id = $1 AND `+which)
	if err != nil {
		return nil, err
	}
	var all []hub.Message
	err = r.each(ctx, func(rows row) error {
		m, err := scanMessage(rows)
		all = append(all, m)
		return err
	}, `
		SELECT `+messageColumns+`
		FROM message
		WHERE `+which+` AND (`+order+`, id) < ($1, $2)
		ORDER BY `+order+` DESC, id DESC
		LIMIT $3`, after.at, after.id, pageSize(p))
	return all, told(err, "reading", "messages")
}

// CountMessages implements [hub.MessageTx].
func (r records) CountMessages(ctx context.Context) (int, error) {
	var n int
	err := r.queryRow(ctx, `SELECT COUNT(*) FROM message WHERE done IS NULL`).Scan(&n)
	return n, told(err, "counting", "open messages")
}

// PruneMessages implements [hub.MessageTx].
func (r records) PruneMessages(ctx context.Context, before time.Time) (int, error) {
	n, err := r.Exec(ctx, `DELETE FROM message WHERE received < $1`, before.UnixMilli())
	return int(n), told(err, "forgetting", "old messages")
}
