package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const messageColumns = `id, role, name, email, text, received, done, done_by`

func scanMessage(row row, m *hub.Message) error {
	return row.Scan(&m.ID, &m.Role, &m.Name, &m.Email, &m.Text, moment{&m.Received}, moment{&m.Done}, &m.DoneBy)
}

// Message implements [hub.MessageTx].
func (r records) Message(ctx context.Context, id string) (hub.Message, error) {
	return readOne(ctx, r, scanMessage, "reading message", id, `SELECT `+messageColumns+` FROM message WHERE id = $1`, id)
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
	return readToDo(ctx, r, scanMessage, "message", messageColumns, done, p)
}

// readToDo is a page of a table of what came to the office: what is to be done as
// it came, or what is done. The page begins after an id.
func readToDo[T any](ctx context.Context, r records, scan func(row, *T) error, table, columns string, done bool, p hub.Page) ([]T, error) {
	which, order := `done IS NULL`, `received`
	if done {
		which, order = `done IS NOT NULL`, `done`
	}
	after, err := r.placeOf(ctx, p, `SELECT `+order+` FROM `+table+` WHERE id = $1 AND `+which)
	if err != nil {
		return nil, err
	}
	return readAll(ctx, r, scan, "reading", table+"s", `
		SELECT `+columns+`
		FROM `+table+`
		WHERE `+which+` AND (`+order+`, id) < ($1, $2)
		ORDER BY `+order+` DESC, id DESC
		LIMIT $3`, after.at, after.id, pageSize(p))
}

// CountMessages implements [hub.MessageTx].
func (r records) CountMessages(ctx context.Context) (int, error) {
	return readOne(ctx, r, column[int], "counting", "open messages", `SELECT COUNT(*) FROM message WHERE done IS NULL`)
}

// PruneMessages implements [hub.MessageTx].
func (r records) PruneMessages(ctx context.Context, before time.Time) (int, error) {
	return r.changed(ctx, "forgetting", "old messages", `DELETE FROM message WHERE received < $1`, before.UnixMilli())
}
