package hub

import (
	"context"
)

// A Seat is a participation as whoever has its private link sees it.
type Seat struct {
	Participation
	Event Item
	// Place is that on the waiting list, from 1; 0 for who is not on it.
	Place int
}

// Seat is what a private link leads to. ErrNotFound when there is no such link,
// or what it led to is forgotten.
func (h *Hub) Seat(ctx context.Context, token string) (s Seat, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		if s.Participation, err = tx.ParticipationByToken(ctx, hashToken(token)); err != nil {
			return err
		}
		if s.Event, err = h.ownEvent(ctx, tx, s.Participation.Event); err != nil || s.State != Waiting {
			return err
		}
		n, err := tx.WaitingBefore(ctx, s.Participation)
		s.Place = n + 1
		return err
	})
	return s, err
}

// GiveUpSeat cancels the participation that a private link leads to; its seat goes
// to the next. ErrConflict when it does not stand any more.
func (h *Hub) GiveUpSeat(ctx context.Context, token string) error {
	return h.answerByLink(ctx, token, "took_cancellation", func(s *seating, p Participation) (Standing, error) {
		if !p.State.holds() {
			return Absent, ErrConflict
		}
		return Withdrawn, nil
	})
}

// TakeSeat takes the seat that is offered at a private link. ErrConflict when it
// is not any more.
func (h *Hub) TakeSeat(ctx context.Context, token string) error {
	return h.answerByLink(ctx, token, "took_confirmation", func(s *seating, p Participation) (Standing, error) {
		if p.State != Offered || !p.Until.After(now()) || !s.it.Event.movesUp(now()) {
			return Absent, ErrConflict
		}
		return Going, nil
	})
}

// answerByLink changes where somebody stands who has a private link.
func (h *Hub) answerByLink(ctx context.Context, token, did string, decide func(*seating, Participation) (Standing, error)) error {
	return h.store.Update(ctx, func(tx Tx) error {
		p, err := tx.ParticipationByToken(ctx, hashToken(token))
		if err != nil {
			return err
		}
		return h.seating(ctx, tx, p.Event, func(s *seating) error {
			// It may have changed while we waited for our turn.
			p, err := tx.ParticipationByToken(ctx, hashToken(token))
			if err != nil {
				return err
			}
			state, err := decide(s, p)
			if err != nil {
				return err
			}
			visitor := Who{}
			if err := h.note(ctx, tx, visitor, did, p.Event); err != nil {
				return err
			}
			return s.put(ctx, p, state)
		})
	})
}
