package hub

import (
	"context"
	"strings"
	"time"
)

// A Message is what a visitor has written to the office, at the form of one of its
// contacts.
type Message struct {
	ID string
	// Role is that of the contact, as it was called then.
	Role              string
	Name, Email, Text string
	Received          time.Time
	// Done is when somebody of the office, DoneBy, said that it is dealt with.
	Done   time.Time
	DoneBy string
}

// MessageTx keeps the messages.
type MessageTx interface {
	// Message returns ErrNotFound.
	Message(ctx context.Context, id string) (Message, error)
	InsertMessage(ctx context.Context, m Message) error
	// UpdateMessage says that it is dealt with.
	UpdateMessage(ctx context.Context, m Message) error
	// Messages are the open ones, newest first, or those that are done, the last
	// done first.
	Messages(ctx context.Context, done bool, p Page) ([]Message, error)
	// DeleteMessage returns ErrNotFound.
	DeleteMessage(ctx context.Context, id string) error
	// CountMessages counts the open ones.
	CountMessages(ctx context.Context) (int, error)
	// PruneMessages deletes what was received before then.
	PruneMessages(ctx context.Context, before time.Time) (int, error)
}

// KeepMessages is how long it is kept what a visitor wrote.
const KeepMessages = 365 * 24 * time.Hour

// maxMessages is how many open messages are kept.
const maxMessages = 1000

// Write keeps what a visitor writes to one of the contacts; consents says that they
// agree that it is kept, address where it came from. *InvalidError; ErrNotFound;
// ErrTooMany when too much comes from there, or altogether.
func (h *Hub) Write(ctx context.Context, contact string, m Message, consents bool, address string) error {
	if err := checkMessage(&m, consents); err != nil {
		return err
	}
	if err := h.noteRegistering(ctx, shorten("writing:"+address, maxSubject)); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		c, err := tx.Charter(ctx, "")
		if err != nil {
			return err
		}
		to, err := c.contact(contact)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "messages"); err != nil {
			return err
		}
		if n, err := tx.CountMessages(ctx); err != nil || n >= maxMessages {
			return cmpErr(err, ErrTooMany)
		}
		m.ID, m.Role, m.Received = h.newID(), to.Role.In(""), now()
		if err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
		visitor := Who{}
		return h.note(ctx, tx, visitor, "took_message", contact)
	})
}

// checkMessage mends what was typed and says what is wrong with the rest.
func checkMessage(m *Message, consents bool) error {
	var e InvalidError
	m.Name, m.Email = typedLine(&e, "name", m.Name, true), strings.TrimSpace(m.Email)
	m.Text = strings.TrimSpace(strings.ToValidUTF8(m.Text, ""))
	email(m.Email, true, &e)
	wanted(m.Text, true, maxAnswer, "message", &e)
	if !consents {
		e.add("consent", "no_consent", "")
	}
	return e.err()
}

// Messages are the open ones, or those that are dealt with. Office only.
func (h *Hub) Messages(ctx context.Context, who Who, done bool, p Page) ([]Message, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) ([]Message, error) { return tx.Messages(ctx, done, p) })
}

// Message is one. Office only; ErrNotFound.
func (h *Hub) Message(ctx context.Context, who Who, id string) (Message, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) (Message, error) { return tx.Message(ctx, id) })
}

// OpenMessages is how many wait for the office.
func (h *Hub) OpenMessages(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountMessages(ctx) })
}

// SettleMessage says that a message is dealt with. ErrNotFound; ErrConflict when it
// is already.
func (h *Hub) SettleMessage(ctx context.Context, who Who, id string) error {
	return h.officeDoes(ctx, who, "settled_message", id, func(tx Tx, _ Organisation) error {
		m, err := tx.Message(ctx, id)
		if err != nil {
			return err
		}
		if !m.Done.IsZero() {
			return ErrConflict
		}
		m.Done, m.DoneBy = now(), who.Name
		return tx.UpdateMessage(ctx, m)
	})
}

// DeleteMessage forgets a message before its time, as its author may ask.
// ErrNotFound.
func (h *Hub) DeleteMessage(ctx context.Context, who Who, id string) error {
	return h.officeDoes(ctx, who, "deleted_message", id, func(tx Tx, _ Organisation) error {
		return tx.DeleteMessage(ctx, id)
	})
}
