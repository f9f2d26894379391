package hub

import (
	"context"
)

// An Attendance is everybody who takes part in an own event, would like to, or
// did, in the order in which they asked.
type Attendance struct {
	Event Item
	Turnout
	People map[Standing][]Participation
}

// Attendance is who takes part in an own event: for the editors of the organiser
// alone.
func (h *Hub) Attendance(ctx context.Context, who Who, event string) (a Attendance, err error) {
	if err := who.may(Editor); err != nil {
		return a, err
	}
	err = h.store.View(ctx, func(tx Tx) error {
		if a.Event, err = h.ownEvent(ctx, tx, event); err != nil {
			return err
		}
		if a.Turnout, err = tx.Turnout(ctx, event); err != nil {
			return err
		}
		a.People = map[Standing][]Participation{}
		for _, s := range []Standing{Going, Offered, Asked, Waiting, Withdrawn, Lapsed, Declined} {
			if a.People[s], err = tx.Participations(ctx, event, s, maxParticipants); err != nil {
				return err
			}
		}
		return nil
	})
	return a, err
}

// AcceptParticipant lets somebody take part who asked or was declined: they get
// a seat, or wait for one.
func (h *Hub) AcceptParticipant(ctx context.Context, who Who, id string) error {
	return h.decide(ctx, who, id, "accepted_participant", func(s *seating, p *Participation) (Standing, error) {
		if p.State != Asked && p.State != Declined {
			return Absent, ErrConflict
		}
		p.Reason = ""
		return s.it.Event.seat(s.t), nil
	})
}

// DeclineParticipant refuses somebody who asked, or takes a seat away; a reason
// is not required.
func (h *Hub) DeclineParticipant(ctx context.Context, who Who, id, reason string) error {
	return h.decide(ctx, who, id, "declined_participant", func(_ *seating, p *Participation) (Standing, error) {
		if !p.State.holds() {
			return Absent, ErrConflict
		}
		p.Reason = shorten(oneLine(reason), maxTeaser)
		return Declined, nil
	})
}

// decide has the organiser change where somebody stands.
func (h *Hub) decide(ctx context.Context, who Who, id, did string, f func(*seating, *Participation) (Standing, error)) error {
	if err := who.may(Editor); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		p, err := tx.Participation(ctx, id)
		if err != nil {
			return err
		}
		return h.seating(ctx, tx, p.Event, func(s *seating) error {
			if p, err = tx.Participation(ctx, id); err != nil {
				return err
			}
			state, err := f(s, &p)
			if err != nil {
				return err
			}
			if err := h.note(ctx, tx, who, did, p.Event); err != nil {
				return err
			}
			return s.put(ctx, p, state)
		})
	})
}

// AddParticipant enters somebody who registered with the organiser: they get a
// seat, or wait for one. They need no address. *InvalidError.
func (h *Hub) AddParticipant(ctx context.Context, who Who, event string, r Registrant) error {
	if err := who.may(Editor); err != nil {
		return err
	}
	if err := h.checkRegistrant(&r, false); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		if _, err := h.ownEvent(ctx, tx, event); err != nil {
			return err
		}
		return h.seating(ctx, tx, event, func(s *seating) error {
			if s.t.all() >= maxParticipants {
				return ErrTooMany
			}
			p := Participation{ID: h.newID(), Event: event, Registrant: r, Since: now()}
			p.Person = p.ID
			var old Participation
			if r.Email != "" {
				p.Person = personOf(r)
				var err error
				if old, err = tx.ParticipationOf(ctx, event, p.Person); ignore(err, ErrNotFound) != nil {
					return err
				}
			}
			if old.State.holds() {
				return &InvalidError{[]FieldError{{"email", "registered_already", ""}}}
			}
			if old.ID != "" {
				p.ID = old.ID
			}
			p.State, p.Changed = s.it.Event.seat(s.t), now()
			if err := s.save(ctx, p, old.State); err != nil {
				return err
			}
			return h.note(ctx, tx, who, "added_participant", event)
		})
	})
}
