package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// course is an own event with so many seats, in three weeks.
func (n *node) course(mode hub.RegistrationMode, seats int) hub.Item {
	n.t.Helper()
	it := event("Tanfolyam", at(21))
	it.Event.Registration = hub.Registration{Mode: mode, Capacity: seats}
	it, err := n.Publish(n.t.Context(), editor(), it)
	n.ok(err)
	return it
}

// guest is somebody of another server.
func (n *node) guest(i int) other {
	n.t.Helper()
	return n.other(fmt.Sprintf("https://mobilizon.example/@guest%02d", i))
}

func (n *node) joins(o other, event string) {
	n.t.Helper()
	n.takes(o, vocab.Activity{Type: "Join", ObjectID: event})
}

// registers has somebody register at the page.
func (n *node) registers(event, name string) string {
	n.t.Helper()
	token, err := n.Register(n.t.Context(), event, hub.Registrant{Name: name, Email: name + "@posta.example", Language: "hu"}, "192.0.2.1")
	n.ok(err)
	return token
}

// turnout is how many stand where: going, offered, waiting, asked, off.
func (n *node) turnout(event string) string {
	n.t.Helper()
	t, err := n.Turnout(n.t.Context(), event)
	n.ok(err)
	return fmt.Sprint(t.Going, t.Offered, t.Waiting, t.Asked, t.Off)
}

// answers are what waits for a host: "Accept guest01, Reject guest02".
func (n *node) answers(host string) string {
	n.t.Helper()
	jobs := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Job, error) {
		return tx.Jobs(ctx, host, hub.Page{Limit: 200})
	})
	slices.SortFunc(jobs, func(a, b hub.Job) int { return strings.Compare(a.ID, b.ID) })
	var all []string
	for _, j := range jobs {
		typ, id, _ := strings.Cut(j.What, " ")
		sent := read(n, func(ctx context.Context, tx hub.Tx) (vocab.Activity, error) {
			s, err := tx.SentActivity(ctx, id)
			if err != nil {
				return vocab.Activity{}, err
			}
			return vocab.DecodeActivity(s.JSON)
		})
		whom := "everybody"
		if len(sent.To) == 1 && sent.To[0] != vocab.Public {
			whom = sent.To[0][strings.LastIndexByte(sent.To[0], '@')+1:]
		}
		all = append(all, typ+" "+whom)
	}
	n.deliver()
	all = slices.CompactFunc(all, func(a, b string) bool { return a == b && strings.HasSuffix(a, "everybody") }) // each has an inbox of their own
	return strings.Join(all, ", ")
}

// served is what another server reads of an event: how many take part, how many
// seats are left, and the total of the attendees.
func (n *node) served(event string) string {
	n.t.Helper()
	d, err := n.Document(n.t.Context(), event)
	n.ok(err)
	var doc struct {
		Mode      string `json:"joinMode"`
		Going     *int   `json:"participantCount"`
		Remaining *int   `json:"remainingAttendeeCapacity"`
		Attendees *struct{ TotalItems int }
	}
	n.ok(json.Unmarshal(d.JSON, &doc))
	if doc.Going == nil || doc.Remaining == nil || doc.Attendees == nil {
		return doc.Mode
	}
	return fmt.Sprint(doc.Mode, *doc.Going, *doc.Remaining, doc.Attendees.TotalItems)
}

func TestJoinAndLeave(t *testing.T) {
	each(t, func(n *node) {
		it := n.course(hub.Free, 2)
		a, b, c := n.guest(1), n.guest(2), n.guest(3)
		same(n, "served at first", n.served(it.ID), "free0 2 0")
		n.takes(a, vocab.Activity{Type: "Join", ObjectID: it.ID, Message: "Két <b>üveg</b> vizet hozok"})
		n.joins(b, it.ID)
		n.joins(c, it.ID)
		n.joins(c, it.ID)
		same(n, "answers", n.answers("mobilizon.example"), "Accept guest01, Accept guest02, TentativeAccept guest03, TentativeAccept guest03")
		same(n, "turnout", n.turnout(it.ID), "2 0 1 0 0")
		same(n, "served when full", n.served(it.ID), "free2 0 2")
		list, err := n.Attendance(n.t.Context(), editor(), it.ID)
		n.ok(err)
		same(n, "note", list.People[hub.Going][0].Note, "Két üveg vizet hozok")
		same(n, "name", list.People[hub.Going][0].Name, "Ők")

		n.takes(a, vocab.Activity{Type: "Leave", ObjectID: it.ID})
		same(n, "the next moves up", n.answers("mobilizon.example"), "Accept guest03")
		same(n, "turnout after", n.turnout(it.ID), "2 0 0 0 1")
		n.joins(a, it.ID)
		same(n, "back at the end", n.turnout(it.ID), "2 0 1 0 0")
		n.takes(a, vocab.Activity{Type: "Leave", ObjectID: it.ID})
		n.takes(a, vocab.Activity{Type: "Leave", ObjectID: it.ID})

		// Undo, with the Join and with its id alone.
		join := b.id + "/join/7"
		n.takes(b, vocab.Activity{ID: join, Type: "Join", ObjectID: it.ID})
		n.takes(b, vocab.Activity{Type: "Undo", ObjectID: join})
		same(n, "Undo of an id", n.turnout(it.ID), "1 0 0 0 2")
		n.takes(c, vocab.Activity{Type: "Undo", ObjectID: c.id + "/x/join", Inner: &vocab.Activity{ID: c.id + "/x/join", Type: "Join", Actor: c.id, ObjectID: it.ID}})
		same(n, "Undo of a Join", n.turnout(it.ID), "0 0 0 0 3")
		same(n, "served again", n.served(it.ID), "free0 2 0")
		same(n, "deeds", n.deeds(), "published")
	})
}

func TestJoinIsTurnedAway(t *testing.T) {
	each(t, func(n *node) {
		a := n.guest(1)
		there := func(it hub.Item) string {
			n.t.Helper()
			n.joins(a, it.ID)
			return n.answers("mobilizon.example")
		}
		plain, err := n.Publish(n.t.Context(), editor(), event("Nyílt nap", at(3)))
		n.ok(err)
		same(n, "no registration here", there(plain), "Ignore guest01")
		same(n, "what it is served as", n.served(plain.ID), "external")
		written, err := n.Publish(n.t.Context(), editor(), news("Hír"))
		n.ok(err)
		same(n, "no event", there(written), "Ignore guest01")
		draft, err := n.SaveDraft(n.t.Context(), editor(), event("Terv", at(3)))
		n.ok(err)
		same(n, "a draft", there(draft), "")
		same(n, "nothing", there(hub.Item{ID: "https://assoc.example/o/none"}), "")
		same(n, "somebody else's", there(hub.Item{ID: optics + "/o/1"}), "")

		over := event("Volt", at(-2))
		over.Event.Registration.Mode = hub.Free
		over, err = n.Publish(n.t.Context(), hub.Program("test"), over)
		n.ok(err)
		same(n, "over", there(over), "Reject guest01")
		off := n.course(hub.Free, 2)
		_, err = n.CancelEvent(n.t.Context(), editor(), off.ID)
		n.ok(err)
		same(n, "cancelled", there(off), "Reject guest01")
		going := n.course(hub.Free, 2)
		_, err = n.Delete(n.t.Context(), editor(), going.ID)
		n.ok(err)
		same(n, "about to be deleted", there(going), "Reject guest01")
		_, err = n.Vanish(n.t.Context(), time.Now().Add(time.Hour))
		n.ok(err)
		same(n, "deleted", there(going), "Reject guest01")
		same(n, "kept", n.turnout(off.ID)+n.turnout(over.ID)+n.turnout(plain.ID), strings.Repeat("0 0 0 0 0", 3))
	})
}

func TestOrganiserDecides(t *testing.T) {
	each(t, func(n *node) {
		it := n.course(hub.Restricted, 1)
		a, b := n.guest(1), n.guest(2)
		n.joins(a, it.ID)
		n.joins(b, it.ID)
		anna := n.registers(it.ID, "anna")
		same(n, "asked", n.answers("mobilizon.example"), "TentativeAccept guest01, TentativeAccept guest02")
		same(n, "all asked", n.turnout(it.ID), "0 0 0 3 0")
		list, err := n.Attendance(n.t.Context(), editor(), it.ID)
		n.ok(err)
		ids := map[string]string{}
		for _, p := range list.People[hub.Asked] {
			ids[p.Person] = p.ID
		}
		ok := func(err error) {
			n.t.Helper()
			n.ok(err)
		}
		ok(n.AcceptParticipant(n.t.Context(), editor(), ids[a.id]))
		ok(n.AcceptParticipant(n.t.Context(), editor(), ids[b.id]))
		ok(n.AcceptParticipant(n.t.Context(), editor(), ids["mailto:anna@posta.example"]))
		same(n, "accepted", n.answers("mobilizon.example"), "Accept guest01, TentativeAccept guest02")
		same(n, "one seat", n.turnout(it.ID), "1 0 2 0 0")
		n.refuses("accepting twice", n.AcceptParticipant(n.t.Context(), editor(), ids[a.id]), hub.ErrConflict)
		n.refuses("accepting nobody", n.AcceptParticipant(n.t.Context(), editor(), "nobody"), hub.ErrNotFound)

		ok(n.DeclineParticipant(n.t.Context(), editor(), ids[a.id], " nem\nfizetett "))
		same(n, "removed, and the next", n.answers("mobilizon.example"), "Reject guest01, Accept guest02")
		n.joins(a, it.ID)
		n.takes(a, vocab.Activity{Type: "Leave", ObjectID: it.ID})
		n.joins(a, it.ID)
		same(n, "stays declined", n.answers("mobilizon.example"), "Reject guest01, Reject guest01")
		list, err = n.Attendance(n.t.Context(), editor(), it.ID)
		n.ok(err)
		same(n, "reason", list.People[hub.Declined][0].Reason, "nem fizetett")

		ok(n.DeclineParticipant(n.t.Context(), editor(), ids[b.id], ""))
		same(n, "an offer to whom one can ask", n.turnout(it.ID), "0 1 0 0 2")
		ok(n.TakeSeat(n.t.Context(), anna))
		ok(n.AcceptParticipant(n.t.Context(), editor(), ids[a.id]))
		same(n, "declined and accepted", n.turnout(it.ID), "1 0 1 0 1")
		n.ok(n.AddParticipant(n.t.Context(), editor(), it.ID, hub.Registrant{Name: "Kézi Kata"}))
		n.ok(n.AddParticipant(n.t.Context(), editor(), it.ID, hub.Registrant{Name: "Kézi Kata"}))
		n.refusesField("added twice", n.AddParticipant(n.t.Context(), editor(), it.ID, hub.Registrant{Name: "Anna", Email: "ANNA@posta.example"}), "email: registered_already")
		n.refusesField("added without a name", n.AddParticipant(n.t.Context(), editor(), it.ID, hub.Registrant{Email: "x"}), "name: required; email: not_an_email")
		same(n, "two of a name", n.turnout(it.ID), "1 0 3 0 1")

		nobody := hub.Who{}
		for what, err := range map[string]error{
			"accept":  n.AcceptParticipant(n.t.Context(), nobody, ids[a.id]),
			"decline": n.DeclineParticipant(n.t.Context(), nobody, ids[a.id], ""),
			"add":     n.AddParticipant(n.t.Context(), nobody, it.ID, hub.Registrant{Name: "X"}),
		} {
			n.refuses(what, err, hub.ErrForbidden)
		}
		_, err = n.Attendance(n.t.Context(), nobody, it.ID)
		n.refuses("the list", err, hub.ErrForbidden)
	})
}

func TestRegisterAtThePage(t *testing.T) {
	eachInTime(t, func(n *node) {
		it := n.course(hub.Free, 1)
		anna := n.registers(it.ID, "anna")
		seat, err := n.Seat(n.t.Context(), anna)
		n.ok(err)
		same(n, "anna", seat.State, hub.Going)
		bela, cili := n.registers(it.ID, "bela"), n.registers(it.ID, "cili")
		seat, err = n.Seat(n.t.Context(), cili)
		n.ok(err)
		same(n, "cili", fmt.Sprint(seat.State, seat.Place), "waiting2")
		_, err = n.Register(n.t.Context(), it.ID, hub.Registrant{Name: "Más", Email: "Anna@Posta.example"}, "192.0.2.1")
		n.refusesField("the same address", err, "email: registered_already")

		n.ok(n.GiveUpSeat(n.t.Context(), anna))
		n.refuses("withdrawing twice", n.GiveUpSeat(n.t.Context(), anna), hub.ErrConflict)
		same(n, "an offer", n.turnout(it.ID), "0 1 1 0 1")
		same(n, "nobody else gets it", n.served(it.ID), "free0 0 0")
		n.refuses("cili takes what is bela's", n.TakeSeat(n.t.Context(), cili), hub.ErrConflict)

		time.Sleep(47 * time.Hour)
		mind := func() {
			n.t.Helper()
			_, err := n.MindSeats(n.t.Context(), time.Now())
			n.ok(err)
		}
		mind()
		same(n, "the offer stands", n.turnout(it.ID), "0 1 1 0 1")
		time.Sleep(2 * time.Hour)
		n.refuses("too late", n.TakeSeat(n.t.Context(), bela), hub.ErrConflict)
		mind()
		mind()
		same(n, "it went to the next", n.turnout(it.ID), "0 1 0 0 2")
		n.ok(n.TakeSeat(n.t.Context(), cili))
		same(n, "taken", n.served(it.ID), "free1 0 1")
		seat, err = n.Seat(n.t.Context(), bela)
		n.ok(err)
		same(n, "bela", seat.State, hub.Lapsed)
		again := n.registers(it.ID, "bela")
		_, err = n.Seat(n.t.Context(), bela)
		n.refuses("the old link", err, hub.ErrNotFound)
		seat, err = n.Seat(n.t.Context(), again)
		n.ok(err)
		same(n, "bela again", fmt.Sprint(seat.State, seat.Place), "waiting1")
		same(n, "deeds", n.deeds(), "published took_registration took_registration took_registration took_cancellation took_confirmation took_registration")

		for _, token := range []string{"", "x", anna + "x"} {
			_, err := n.Seat(n.t.Context(), token)
			n.refuses("the link "+token, err, hub.ErrNotFound)
			n.refuses("withdrawing "+token, n.GiveUpSeat(n.t.Context(), token), hub.ErrNotFound)
		}
		time.Sleep(25 * 24 * time.Hour)
		_, err = n.Register(n.t.Context(), it.ID, hub.Registrant{Name: "Dóra", Email: "dora@posta.example"}, "192.0.2.1")
		n.refusesField("when it is over", err, ": registration_closed")
		n.ok(n.Retain(n.t.Context()))
		same(n, "kept for now", n.turnout(it.ID), "1 0 1 0 1")
		time.Sleep(hub.KeepParticipants)
		n.ok(n.Retain(n.t.Context()))
		same(n, "forgotten", n.turnout(it.ID), "0 0 0 0 0")
	})
}

func TestRegisterIsBounded(t *testing.T) {
	each(t, func(n *node) {
		it := n.course(hub.Free, 0)
		long := strings.Repeat("é", 201)
		for want, r := range map[string]hub.Registrant{
			"name: required; email: required": {Note: "x"},
			"email: not_an_email":             {Name: "A", Email: "A <a@b.example>"},
			"name: too_long 200; organisation: too_long 200; email: not_an_email": {Name: long, Organisation: long, Email: "a"},
			"note: too_long 500": {Name: "A", Email: "a@b.example", Note: strings.Repeat("a", 501)},
		} {
			_, err := n.Register(n.t.Context(), it.ID, r, "192.0.2.1")
			n.refusesField(want, err, want)
		}
		for i := range 20 {
			n.registers(it.ID, fmt.Sprint("anna", i))
		}
		r := hub.Registrant{Name: "A\x00\nB", Email: "a@b.example", Language: "xx", Note: "egy\r\nkettő\x00"}
		_, err := n.Register(n.t.Context(), it.ID, r, "192.0.2.1")
		n.refuses("the 21st of an address", err, hub.ErrTooMany)
		token, err := n.Register(n.t.Context(), it.ID, r, "192.0.2.2")
		n.ok(err)
		seat, err := n.Seat(n.t.Context(), token)
		n.ok(err)
		same(n, "what is kept", fmt.Sprintf("%q", seat.Registrant), `{"A B" "a@b.example" "" "egy\nkettő" ""}`)
		_, err = n.Register(n.t.Context(), "https://assoc.example/o/none", r, "192.0.2.2")
		n.refuses("no event", err, hub.ErrNotFound)
	})
}

// Twenty at once, from two sides and by two processes, get three seats.
func TestNobodyIsSeatedTwice(t *testing.T) {
	each(t, func(n *node) {
		it := n.course(hub.Free, 3)
		others := open(t, n.db, n.net)
		var guests []other
		for i := range 10 {
			guests = append(guests, n.guest(i))
		}
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range 20 {
			wg.Go(func() {
				if i%2 == 0 {
					errs[i] = n.sends(guests[i/2], vocab.Activity{Type: "Join", ObjectID: it.ID})
					return
				}
				_, errs[i] = others.Register(n.t.Context(), it.ID, hub.Registrant{Name: "X", Email: fmt.Sprint(i, "@posta.example")}, fmt.Sprint(i))
			})
		}
		wg.Wait()
		n.ok(errors.Join(errs...))
		same(n, "turnout", n.turnout(it.ID), "3 0 17 0 0")
		same(n, "served", n.served(it.ID), "free3 0 3")
		list, err := n.Attendance(n.t.Context(), editor(), it.ID)
		n.ok(err)
		for _, p := range list.People[hub.Going] {
			wg.Go(func() { _ = n.DeclineParticipant(n.t.Context(), editor(), p.ID, "") })
		}
		wg.Wait()
		now, err := n.Turnout(n.t.Context(), it.ID)
		n.ok(err)
		if now.Going+now.Offered != 3 || now.Off != 3 || now.Waiting != 14 {
			t.Errorf("after three were declined at once: %+v", now)
		}
	})
}

func TestSeatsChangeWithTheEvent(t *testing.T) {
	eachInTime(t, func(n *node) {
		it := n.course(hub.Free, 1)
		for i := range 4 {
			n.joins(n.guest(i), it.ID)
		}
		n.answers("mobilizon.example")
		change := func(f func(*hub.Event)) {
			n.t.Helper()
			time.Sleep(time.Minute)
			ev := *it.Event
			f(&ev)
			it.Event = &ev
			var err error
			it, err = n.Publish(n.t.Context(), editor(), it)
			n.ok(err)
		}
		change(func(ev *hub.Event) { ev.Registration.Capacity = 3 })
		same(n, "raised", n.answers("mobilizon.example"), "Accept guest01, Accept guest02, Update everybody")
		same(n, "served", n.served(it.ID), "free3 0 3")
		change(func(ev *hub.Event) { ev.Registration.Capacity = 2 })
		same(n, "lowered", n.turnout(it.ID)+n.answers("mobilizon.example"), "3 0 1 0 0Update everybody")
		n.takes(n.guest(0), vocab.Activity{Type: "Leave", ObjectID: it.ID})
		same(n, "still two", n.turnout(it.ID)+n.answers("mobilizon.example"), "2 0 1 0 1")
		change(func(ev *hub.Event) { ev.Status = vocab.EventCancelled; ev.Registration.Capacity = 9 })
		same(n, "nobody moves up in a cancelled one", n.turnout(it.ID), "2 0 1 0 1")
		change(func(ev *hub.Event) { ev.Status = vocab.EventScheduled })
		same(n, "reinstated", n.turnout(it.ID), "3 0 0 0 1")
		change(func(ev *hub.Event) { ev.Registration = hub.Registration{} })
		same(n, "no more here", n.served(it.ID), "external")
		n.takes(n.guest(1), vocab.Activity{Type: "Leave", ObjectID: it.ID})
		same(n, "one can still leave", n.turnout(it.ID), "2 0 0 0 2")

		n.answers("mobilizon.example")
		n.takes(n.guest(2), vocab.Activity{Type: "Delete", ObjectID: n.guest(2).id})
		same(n, "who is no more", n.turnout(it.ID), "1 0 0 0 2")
		_, err := n.Delete(n.t.Context(), editor(), it.ID)
		n.ok(err)
		_, err = n.Vanish(n.t.Context(), time.Now().Add(time.Hour))
		n.ok(err)
		same(n, "who has it is told", n.answers("mobilizon.example"), "Delete everybody")
		same(n, "nobody takes part in what is gone", n.turnout(it.ID), "0 0 0 0 0")
	})
}

// Numbers are told every five minutes at most, but at once when it is full.
func TestNumbersAreTold(t *testing.T) {
	eachInTime(t, func(n *node) {
		n.follower(optics, "assoc")
		it := n.course(hub.Free, 3)
		was := n.item(it.ID).Updated
		n.deliver()
		told := func() string {
			n.t.Helper()
			_, err := n.MindSeats(n.t.Context(), time.Now())
			n.ok(err)
			return n.waiting("optics.example")
		}
		same(n, "nothing yet", told(), "")
		n.registers(it.ID, "anna")
		same(n, "the first", told(), "Update")
		n.deliver()
		time.Sleep(time.Minute)
		n.registers(it.ID, "bela")
		same(n, "not so soon", told(), "")
		time.Sleep(5 * time.Minute)
		same(n, "five minutes later", told(), "Update")
		same(n, "once", told(), "Update")
		n.deliver()
		token := n.registers(it.ID, "cili")
		same(n, "it is full", told(), "Update")
		n.deliver()
		n.ok(n.GiveUpSeat(n.t.Context(), token))
		same(n, "it is not", told(), "Update")
		same(n, "updated", n.item(it.ID).Updated, was)
		same(n, "what the outbox shows", fmt.Sprint(n.outbox()[0].Object.Event.Going), "2")
	})
}
