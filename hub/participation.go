package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/text"
)

// A Participation is that somebody wants to take part in an own event. Who it is
// is shown to the organiser alone and never leaves.
type Participation struct {
	ID string
	// Event is the item's id.
	Event string
	// Person is who it is, once per event: the id of an actor, "mailto:" and an
	// address, or ID for somebody whom the organiser knows.
	Person string
	State  Standing
	Registrant
	// Join is the id of the last Join of an actor, Reach where its host takes
	// what is for many. Both are "" for others.
	Join, Reach string
	// Token is the SHA-256 of the secret in the private link, in hex; "" where
	// there is none.
	Token string
	// Since is when they asked: the waiting list is in this order.
	Since time.Time
	// Changed is when State became what it is, Until when an offer ends.
	Changed, Until time.Time
	// Reason is why the organiser declined, if they said so.
	Reason string
	// Forget is when it is deleted.
	Forget time.Time
}

// A Registrant is what somebody says of themselves.
type Registrant struct {
	Name, Email, Organisation, Note string
	// Language is one that we speak, "" where it was not said.
	Language string
}

// A Standing is where somebody stands in an event.
type Standing string

// The standings.
const (
	Absent    Standing = ""
	Asked     Standing = "asked"     // the organiser has not decided
	Going     Standing = "going"     // has a seat
	Waiting   Standing = "waiting"   // on the waiting list
	Offered   Standing = "offered"   // a seat is held until they take it
	Withdrawn Standing = "withdrawn" // cancelled by themselves
	Lapsed    Standing = "lapsed"    // did not take the seat in time
	Declined  Standing = "declined"  // by the organiser
)

// holds reports whether somebody who stands there takes part or would like to.
func (s Standing) holds() bool {
	return s == Asked || s == Going || s == Waiting || s == Offered
}

// ParticipationTx keeps who takes part in own events.
type ParticipationTx interface {
	Participation(ctx context.Context, id string) (Participation, error)
	ParticipationOf(ctx context.Context, event, person string) (Participation, error)
	ParticipationByToken(ctx context.Context, hash string) (Participation, error)
	// ParticipationsOf are those of a person.
	ParticipationsOf(ctx context.Context, person string) ([]Participation, error)
	// Participations are those who stand there, in the order in which they asked.
	Participations(ctx context.Context, event string, s Standing, limit int) ([]Participation, error)
	// WaitingBefore counts those on the waiting list who asked earlier.
	WaitingBefore(ctx context.Context, p Participation) (int, error)
	// SaveParticipation inserts it or replaces what stands under its id.
	SaveParticipation(ctx context.Context, p Participation) error
	DeleteParticipation(ctx context.Context, id string) error
	// Attendees are where those of other hosts are reached who take part or
	// would like to.
	Attendees(ctx context.Context, event string) ([]string, error)
	// KeepParticipations sets when those of an event are forgotten.
	KeepParticipations(ctx context.Context, event string, until time.Time) error
	// PruneParticipations deletes those to be forgotten by then.
	PruneParticipations(ctx context.Context, by time.Time) (int, error)
}

// KeepParticipants is how long it is kept who took part in an event that is
// over.
const KeepParticipants = 90 * 24 * time.Hour

// A seating is a transaction in which people change where they stand in one
// event: there is one at a time, so that no seat is given twice.
type seating struct {
	h  *Hub
	tx Tx
	o  Organisation
	it Item
	t  Turnout
}

func seatsOf(event string) string { return "seats:" + event }

// ownEvent is an own event that is published.
func (h *Hub) ownEvent(ctx context.Context, tx Tx, id string) (Item, error) {
	it, err := h.own(ctx, tx, id)
	if err == nil && (it.State != Published || it.Event == nil) {
		err = ErrNotFound
	}
	return it, err
}

// seating runs f while nobody else changes who takes part in an event, lets
// those who wait move up, and keeps the numbers in the event's document.
func (h *Hub) seating(ctx context.Context, tx Tx, event string, f func(*seating) error) error {
	if err := tx.Lock(ctx, seatsOf(event)); err != nil {
		return err
	}
	it, err := h.ownEvent(ctx, tx, event)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	o, err := tx.Organisation(ctx)
	if err != nil {
		return err
	}
	before, err := tx.Turnout(ctx, event)
	if err != nil {
		return err
	}
	s := &seating{h, tx, o, it, before}
	if err := f(s); err != nil {
		return err
	}
	if err := s.fill(ctx); err != nil {
		return err
	}
	ev := it.Event
	if s.t.Going == before.Going && ev.Free(s.t) == ev.Free(before) {
		return nil
	}
	ev.Turnout = s.t
	wire, err := h.object(it, o).JSON()
	if err != nil {
		return fmt.Errorf("writing %s: %w", it.ID, err)
	}
	if err := tx.SaveWire(ctx, it.ID, wire); err != nil {
		return err
	}
	return s.headcount(ctx)
}

// headcount has others told of the numbers.
func (s *seating) headcount(ctx context.Context) error {
	if !s.it.Event.Registers() {
		return nil
	}
	n, err := s.tx.Headcount(ctx, s.it.ID)
	if err != nil {
		return err
	}
	return s.tx.SaveHeadcount(ctx, n.changed(s.it.Event.Free(s.t) == 0, now()))
}

// save keeps where somebody stands, who stood elsewhere before.
func (s *seating) save(ctx context.Context, p Participation, was Standing) error {
	if p.State != Offered {
		p.Until = time.Time{}
	}
	p.Forget = s.it.Event.Over().Add(KeepParticipants)
	s.t.Add(was, -1)
	s.t.Add(p.State, 1)
	return s.tx.SaveParticipation(ctx, p)
}

// put keeps that somebody stands elsewhere now, and tells their server.
func (s *seating) put(ctx context.Context, p Participation, state Standing) error {
	was := p.State
	p.State, p.Changed = state, now()
	if err := s.save(ctx, p, was); err != nil {
		return err
	}
	return s.answer(ctx, p)
}

// fill gives free seats to those who wait, in their order; so many at a time
// that a transaction stays short, the others when numbers are told next.
func (s *seating) fill(ctx context.Context) error {
	const most = 200
	ev := s.it.Event
	free := min(ev.Free(s.t), s.t.Waiting, most)
	if free == 0 || !ev.movesUp(now()) {
		return nil
	}
	next, err := s.tx.Participations(ctx, s.it.ID, Waiting, free)
	if err != nil {
		return err
	}
	for _, p := range next {
		p = ev.offer(p, now())
		if err := s.save(ctx, p, Waiting); err != nil {
			return err
		}
		if err := s.answer(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// lapse ends the offers that nobody took by then.
func (s *seating) lapse(ctx context.Context, by time.Time) error {
	offered, err := s.tx.Participations(ctx, s.it.ID, Offered, maxParticipants)
	if err != nil {
		return err
	}
	for _, p := range offered {
		if p.Until.After(by) {
			continue
		}
		if err := s.put(ctx, p, Lapsed); err != nil {
			return err
		}
	}
	return nil
}

// answer tells the server of an actor where the actor stands; nobody else has
// one.
func (s *seating) answer(ctx context.Context, p Participation) error {
	if p.Join == "" || p.State == Withdrawn {
		return nil
	}
	inbox, err := s.tx.ActorInbox(ctx, p.Person)
	if err != nil || inbox == "" {
		return err
	}
	return s.h.answerJoin(ctx, s.tx, s.o, p.State.answer(), vocab.Activity{ID: p.Join, Type: "Join", Actor: p.Person, ObjectID: p.Event}, inbox)
}

// answerJoin sends the answer to a Join. It carries the Join, but an Ignore
// names it only. (Mobilizon 5; FEP-8a8e, "Joining events")
func (h *Hub) answerJoin(ctx context.Context, tx Tx, o Organisation, typ string, join vocab.Activity, inbox string) error {
	a := vocab.Activity{ID: h.activityID(h.newID()), Type: typ, Actor: h.Self(o), ObjectID: join.ID, To: []string{join.Actor}, Published: now()}
	if typ != "Ignore" {
		join.Raw = nil
		a.ObjectType, a.Inner = "Join", &join
	}
	return h.fed.Send(ctx, tx, federation.Sending{From: o.Name, Inboxes: []string{inbox}, Key: join.Actor + " " + join.ObjectID, Activity: a})
}

// receiveJoin lets somebody of another server take part in an own event, if
// they can, and answers. A repeated Join is answered again and changes nothing.
func (h *Hub) receiveJoin(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	join, inbox := in.Activity, in.Actor.Inbox
	it, err := tx.Item(ctx, join.ObjectID)
	switch {
	case err != nil:
		return ignore(err, ErrNotFound)
	case !it.Own || it.State == Draft:
		return nil
	case it.State == Deleted || !it.Vanishes.IsZero():
		return h.answerJoin(ctx, tx, o, "Reject", join, inbox)
	case it.Event == nil || !it.Event.Registers():
		return h.answerJoin(ctx, tx, o, "Ignore", join, inbox)
	}
	return h.seating(ctx, tx, it.ID, func(s *seating) error {
		p, err := tx.ParticipationOf(ctx, it.ID, join.Actor)
		if errors.Is(err, ErrNotFound) {
			p, err = Participation{ID: h.newID(), Event: it.ID, Person: join.Actor, Since: in.At, Changed: in.At}, nil
		}
		if err != nil {
			return err
		}
		was := p.State
		state := s.it.Event.admit(s.t, was, in.At)
		if state == Absent {
			return h.answerJoin(ctx, tx, o, "Reject", join, inbox)
		}
		p.Join, p.Reach = join.ID, cmp.Or(in.Actor.SharedInbox, inbox)
		p.Name = shorten(oneLine(text.Plain(cmp.Or(in.Actor.Name.In(first(o.Languages)), in.Actor.PreferredUsername))), maxTitle)
		if state != was {
			p.State, p.Since, p.Changed = state, in.At, in.At
			p.Note = shorten(strings.TrimSpace(text.Plain(join.Message)), maxTeaser)
		}
		if err := s.save(ctx, p, was); err != nil {
			return err
		}
		return h.answerJoin(ctx, tx, o, p.State.answer(), join, inbox)
	})
}

// receiveLeave frees the seat of somebody of another server. Who was declined
// stays so, or they could come again.
func (h *Hub) receiveLeave(ctx context.Context, tx Tx, event, actor string) error {
	return h.seating(ctx, tx, event, func(s *seating) error {
		p, err := tx.ParticipationOf(ctx, event, actor)
		if err != nil || !p.State.holds() {
			return ignore(err, ErrNotFound)
		}
		return s.put(ctx, p, Withdrawn)
	})
}

// undoJoin takes back a Join of which only the id is known.
func (h *Hub) undoJoin(ctx context.Context, tx Tx, actor, join string) error {
	ps, err := tx.ParticipationsOf(ctx, actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ps, func(p Participation) bool { return p.Join == join })
	if i < 0 {
		return nil
	}
	return h.receiveLeave(ctx, tx, ps[i].Event, actor)
}

// forgetPerson deletes all participations of an actor that is no more.
func (h *Hub) forgetPerson(ctx context.Context, tx Tx, actor string) error {
	ps, err := tx.ParticipationsOf(ctx, actor)
	if err != nil {
		return err
	}
	for _, p := range ps {
		err := h.seating(ctx, tx, p.Event, func(s *seating) error {
			s.t.Add(p.State, -1)
			return tx.DeleteParticipation(ctx, p.ID)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reseat lets a changed event have the seats that it has now. The event leaves
// with its numbers right after it.
func (h *Hub) reseat(ctx context.Context, tx Tx, o Organisation, it *Item, old Item) error {
	if it.Event == nil || old.Event == nil || !it.Event.Registers() && !old.Event.Registers() {
		return nil
	}
	if err := tx.Lock(ctx, seatsOf(it.ID)); err != nil {
		return err
	}
	t, err := tx.Turnout(ctx, it.ID)
	if err != nil {
		return err
	}
	s := &seating{h, tx, o, *it, t}
	if err := s.fill(ctx); err != nil {
		return err
	}
	it.Event.Turnout = s.t
	if over := it.Event.Over(); !over.Equal(old.Event.Over()) {
		if err := tx.KeepParticipations(ctx, it.ID, over.Add(KeepParticipants)); err != nil {
			return err
		}
	}
	if s.t.Waiting > 0 && it.Event.Free(s.t) > 0 {
		return s.headcount(ctx) // more move up then
	}
	return tx.SaveHeadcount(ctx, Headcount{Event: it.ID, Told: now(), Full: it.Event.Free(s.t) == 0})
}

// How often people may register from one address within registerPeriod.
const (
	registerPeriod      = time.Hour
	registersPerAddress = 20
)

// Register lets somebody without an account take part in an own event, if they
// can; the token is for their private link alone. *InvalidError for what was
// typed, for an address that is registered already and for an event that cannot
// be registered for now; ErrTooMany after many from one address.
func (h *Hub) Register(ctx context.Context, event string, r Registrant, address string) (token string, err error) {
	if err := h.checkRegistrant(&r, true); err != nil {
		return "", err
	}
	token = newToken()
	if err := h.noteRegistering(ctx, shorten("registering:"+address, maxSubject)); err != nil {
		return "", err
	}
	err = h.store.Update(ctx, func(tx Tx) error {
		if _, err := h.visible(ctx, tx, event); err != nil {
			return err
		}
		return h.seating(ctx, tx, event, func(s *seating) error {
			p := Participation{ID: h.newID(), Event: event, Person: personOf(r)}
			old, err := tx.ParticipationOf(ctx, event, p.Person)
			if err == nil {
				p.ID = old.ID
			} else if !errors.Is(err, ErrNotFound) {
				return err
			}
			state := s.it.Event.admit(s.t, old.State, now())
			switch {
			case state == Absent:
				return &InvalidError{[]FieldError{{"", "registration_closed", ""}}}
			case state == old.State:
				return &InvalidError{[]FieldError{{"email", "registered_already", ""}}}
			}
			p.State, p.Registrant, p.Token, p.Since, p.Changed = state, r, hashToken(token), now(), now()
			if err := s.save(ctx, p, old.State); err != nil {
				return err
			}
			visitor := Who{}
			return h.note(ctx, tx, visitor, "took_registration", event)
		})
	})
	return token, err
}

// noteRegistering counts who registers from where, before anything else is done.
func (h *Hub) noteRegistering(ctx context.Context, subject string) error {
	return h.store.Update(ctx, func(tx Tx) error {
		n, err := tx.Failures(ctx, subject, now().Add(-registerPeriod))
		if err != nil {
			return err
		}
		if n >= registersPerAddress {
			return ErrTooMany
		}
		return tx.InsertFailure(ctx, subject, now())
	})
}

// visible is an own event that visitors can see.
func (h *Hub) visible(ctx context.Context, tx Tx, event string) (Item, error) {
	it, err := h.ownEvent(ctx, tx, event)
	if err == nil && (!it.Vanishes.IsZero() || !it.Hidden.IsZero()) {
		err = ErrNotFound
	}
	return it, err
}

func personOf(r Registrant) string { return "mailto:" + strings.ToLower(r.Email) }

// checkRegistrant mends what somebody typed and says what is wrong with the
// rest.
func (h *Hub) checkRegistrant(r *Registrant, addressed bool) error {
	var e InvalidError
	r.Name, r.Email, r.Organisation = oneLine(r.Name), strings.TrimSpace(r.Email), oneLine(r.Organisation)
	r.Note = lines(r.Note)
	wanted(r.Name, true, maxTitle, "name", &e)
	bounded(r.Organisation, maxTitle, "organisation", &e)
	bounded(r.Note, maxTeaser, "note", &e)
	email(r.Email, addressed, &e)
	if !slices.Contains(h.locale.Languages(), r.Language) {
		r.Language = ""
	}
	return e.err()
}
