package hub

import (
	"context"
	"errors"
	"time"
)

// A Turnout is how many people stand where in an event.
type Turnout struct {
	Going, Offered, Waiting, Asked int
	// Off are those who will not come: they cancelled, let an offer pass or were
	// declined.
	Off int
}

func (t Turnout) all() int { return t.Going + t.Offered + t.Waiting + t.Asked + t.Off }

// of is the count that somebody who stands there belongs to, nil for nobody.
func (t *Turnout) of(s Standing) *int {
	switch s {
	case Going:
		return &t.Going
	case Offered:
		return &t.Offered
	case Waiting:
		return &t.Waiting
	case Asked:
		return &t.Asked
	case Absent:
		return nil
	}
	return &t.Off
}

// Add counts n more people who stand there.
func (t *Turnout) Add(s Standing, n int) {
	if count := t.of(s); count != nil {
		*count += n
	}
}

// A Headcount is what others were told of how many take part in an event: the
// document that is served is always right, but somebody has to say that it has
// changed.
type Headcount struct {
	Event string
	// Told is when they were told last, Full whether it was full then.
	Told time.Time
	Full bool
	// Due is when they are to be told again; zero while they know.
	Due time.Time
}

// headcountPause is how long others are not told again, unless there are no seats
// any more or there are some again.
const headcountPause = 5 * time.Minute

// changed is the headcount after the numbers have changed.
func (n Headcount) changed(full bool, at time.Time) Headcount {
	due := later(at, n.Told.Add(headcountPause))
	if full != n.Full {
		due = at
	}
	if n.Due.IsZero() || due.Before(n.Due) {
		n.Due = due
	}
	return n
}

// TurnoutTx keeps how many take part, and who was told.
type TurnoutTx interface {
	Turnout(ctx context.Context, event string) (Turnout, error)
	// SaveWire replaces the document of an item and nothing else of it.
	SaveWire(ctx context.Context, item string, wire []byte) error
	// Headcount is that of an event, a new one when there is none.
	Headcount(ctx context.Context, event string) (Headcount, error)
	SaveHeadcount(ctx context.Context, n Headcount) error
	// EventsDue are those with a headcount or the end of an offer due by then, at
	// most 200 of each.
	EventsDue(ctx context.Context, by time.Time) ([]string, error)
}

// Turnout is how many stand where in an own event.
func (h *Hub) Turnout(ctx context.Context, event string) (Turnout, error) {
	return read(ctx, h, func(tx Tx) (Turnout, error) { return tx.Turnout(ctx, event) })
}

// MindSeats lets offers lapse that nobody took, gives their seats to the next,
// and tells others of changed numbers, all that is due by then. It returns how
// many events it looked at.
func (h *Hub) MindSeats(ctx context.Context, by time.Time) (int, error) {
	events, err := read(ctx, h, func(tx Tx) ([]string, error) { return tx.EventsDue(ctx, by) })
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, event := range events {
		errs = append(errs, h.store.Update(ctx, func(tx Tx) error {
			return h.seating(ctx, tx, event, func(s *seating) error { return s.lapse(ctx, by) })
		}), h.store.Update(ctx, func(tx Tx) error { return h.tellTurnout(ctx, tx, event, by) }))
	}
	return len(events), errors.Join(errs...)
}

// tellTurnout sends an event with its numbers to everybody who has it. It is
// the same text, so `updated` stays: who shows texts has nothing to do.
func (h *Hub) tellTurnout(ctx context.Context, tx Tx, event string, by time.Time) error {
	if err := tx.Lock(ctx, seatsOf(event)); err != nil {
		return err
	}
	n, err := tx.Headcount(ctx, event)
	if err != nil || n.Due.IsZero() || n.Due.After(by) {
		return err
	}
	o, err := tx.Organisation(ctx)
	if err != nil {
		return err
	}
	it, err := h.ownEvent(ctx, tx, event)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	if it.Event.Turnout, err = tx.Turnout(ctx, event); err != nil {
		return err
	}
	if err := h.tell(ctx, tx, o, "Update", h.object(it, o)); err != nil {
		return err
	}
	return tx.SaveHeadcount(ctx, Headcount{Event: event, Told: now(), Full: it.Event.Free(it.Event.Turnout) == 0})
}
