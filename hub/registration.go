package hub

import (
	"strconv"
	"time"

	"pergola/federation/vocab"
)

// A Registration is how people say at an own event's page that they will take
// part.
type Registration struct {
	Mode RegistrationMode
	// Capacity is how many can take part; 0 for any number.
	Capacity int
	// Closes is until when people can register; no moment means until the event
	// starts.
	Closes When
}

// A RegistrationMode says who decides whether somebody can take part.
type RegistrationMode string

// The modes of registration. (FEP-8a8e, "joinMode")
const (
	// NotHere: nobody registers at our page; [Event.RegisterURL] may lead on.
	NotHere RegistrationMode = ""
	// Free: everybody who registers can, as long as there are seats.
	Free RegistrationMode = "free"
	// Restricted: the organiser accepts each.
	Restricted RegistrationMode = "restricted"
)

// maxParticipants is how many participations of one event are kept.
const maxParticipants = 5000

// A Door says whether people can register for an event.
type Door string

// The states of a door.
const (
	NoDoor   Door = ""       // there is no registration here
	DoorOpen Door = "open"   // there are seats
	DoorFull Door = "full"   // there is the waiting list
	DoorShut Door = "closed" // the event is cancelled, or it is too late
)

// Registers reports whether one registers for the event here.
func (e Event) Registers() bool { return e.Registration.Mode != NotHere }

// Door is how the event's registration stands at a time.
func (e Event) Door(t Turnout, at time.Time) Door {
	switch {
	case !e.Registers():
		return NoDoor
	case e.Status == vocab.EventCancelled, !e.RegistersUntil().After(at), t.all() >= maxParticipants:
		return DoorShut
	case e.Free(t) == 0 || t.Waiting > 0:
		return DoorFull
	}
	return DoorOpen
}

// RegistersUntil is when registration ends.
func (e Event) RegistersUntil() time.Time {
	if closes := e.Registration.Closes.Over(); !closes.IsZero() && closes.Before(e.Start.Over()) {
		return closes
	}
	return e.Start.Over()
}

// Free is how many seats are neither taken nor offered to somebody.
func (e Event) Free(t Turnout) int {
	if e.Registration.Capacity == 0 {
		return maxParticipants
	}
	return max(0, e.Registration.Capacity-t.Going-t.Offered)
}

// admit is where somebody stands who wants to take part and stood elsewhere
// before: what has been decided stays, and Absent is who comes to a shut door.
func (e Event) admit(t Turnout, was Standing, at time.Time) Standing {
	if was.holds() || was == Declined {
		return was
	}
	switch door := e.Door(t, at); {
	case door == NoDoor || door == DoorShut:
		return Absent
	case e.Registration.Mode == Restricted:
		return Asked
	}
	return e.seat(t)
}

// seat is where somebody stands who may take part: those who wait come first.
func (e Event) seat(t Turnout) Standing {
	if e.Free(t) > 0 && t.Waiting == 0 {
		return Going
	}
	return Waiting
}

// movesUp reports whether seats that are freed still go to those who wait.
func (e Event) movesUp(at time.Time) bool {
	return e.Status != vocab.EventCancelled && e.Start.Over().After(at)
}

// offerPeriod is how long a seat is held for somebody from the waiting list.
const offerPeriod = 48 * time.Hour

// offer gives a seat to somebody from the waiting list: at once where nobody can
// be asked, because other servers know no offers and who was added by hand has
// no page to answer at.
func (e Event) offer(p Participation, at time.Time) Participation {
	p.State, p.Changed = Going, at
	if p.Token != "" {
		p.State, p.Until = Offered, at.Add(offerPeriod)
		if start := e.Start.Over(); start.Before(p.Until) {
			p.Until = start
		}
	}
	return p
}

// answer is the activity that tells another server where somebody stands.
func (s Standing) answer() string {
	switch s {
	case Going:
		return "Accept"
	case Asked, Waiting, Offered:
		return "TentativeAccept"
	}
	return "Reject"
}

// checkRegistration leaves nothing but how one registers, and says what is wrong
// with it.
func checkRegistration(ev *Event, e *InvalidError) {
	r := &ev.Registration
	switch r.Mode {
	case Free, Restricted:
		ev.RegisterURL = ""
	case NotHere:
		*r = Registration{}
		return
	default:
		e.add("registration", "required", "")
	}
	if r.Capacity < 0 || r.Capacity > maxParticipants {
		e.add("capacity", "not_a_capacity", strconv.Itoa(maxParticipants))
	}
	moment(&r.Closes, "register_until", e)
	if r.Closes.Set() && ev.Start.Set() && r.Closes.At.After(ev.Start.At) && r.Closes.Over().After(ev.Start.Over()) {
		e.add("register_until", "register_after_start", "")
	}
}
