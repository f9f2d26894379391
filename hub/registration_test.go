package hub

import (
	"testing"
	"time"

	"pergola/federation/vocab"
)

// conference is an event on 10 June 2027 at ten with ten seats.
func conference(change func(*Event)) Event {
	ev := Event{Start: when("2027-06-10T10:00", Minute), Status: vocab.EventScheduled, Registration: Registration{Mode: Free, Capacity: 10}}
	if change != nil {
		change(&ev)
	}
	return ev
}

func TestAdmit(t *testing.T) {
	open := conference(nil)
	asks := conference(func(ev *Event) { ev.Registration.Mode = Restricted })
	endless := conference(func(ev *Event) { ev.Registration.Capacity = 0 })
	elsewhere := conference(func(ev *Event) { ev.Registration = Registration{} })
	cancelled := conference(func(ev *Event) { ev.Status = vocab.EventCancelled })
	postponed := conference(func(ev *Event) { ev.Status = vocab.EventPostponed })
	closes := conference(func(ev *Event) { ev.Registration.Closes = when("2027-06-01", Day) })
	days := conference(func(ev *Event) { ev.Start = when("2027-06-10", Day) })

	before, firstOfJune, started := open.Start.At.Add(-30*24*time.Hour), open.Start.At.Add(-9*24*time.Hour), open.Start.At
	some, full, overfull := Turnout{Going: 9}, Turnout{Going: 8, Offered: 2}, Turnout{Going: 12, Waiting: 1}
	waiting, crowd := Turnout{Going: 5, Waiting: 1}, Turnout{Off: maxParticipants}
	for _, tt := range []struct {
		name string
		ev   Event
		t    Turnout
		was  Standing
		at   time.Time
		want Standing
	}{
		{"a seat", open, some, Absent, before, Going},
		{"the last was taken", open, full, Absent, before, Waiting},
		{"more than there are seats", open, overfull, Absent, before, Waiting},
		{"a seat, but others wait", open, waiting, Absent, before, Waiting},
		{"seats without end", endless, Turnout{Going: 900}, Absent, before, Going},
		{"the organiser decides", asks, some, Absent, before, Asked},
		{"the organiser decides, when full too", asks, full, Absent, before, Asked},
		{"no registration here", elsewhere, some, Absent, before, Absent},
		{"cancelled", cancelled, some, Absent, before, Absent},
		{"postponed", postponed, some, Absent, before, Going},
		{"begun", open, some, Absent, started, Absent},
		{"the morning of a day", days, some, Absent, started, Going},
		{"the day after", days, some, Absent, started.Add(14 * time.Hour), Absent},
		{"the last day to register", closes, some, Absent, firstOfJune, Going},
		{"the day after that", closes, some, Absent, firstOfJune.Add(24 * time.Hour), Absent},
		{"too many ever", endless, crowd, Absent, before, Absent},
		{"again", open, full, Going, before, Going},
		{"again when it is over", open, full, Going, started.Add(time.Hour), Going},
		{"again, waiting", open, some, Waiting, before, Waiting},
		{"again, asked", open, some, Asked, before, Asked},
		{"again, offered", open, full, Offered, before, Offered},
		{"again, declined", open, some, Declined, before, Declined},
		{"back after leaving", open, some, Withdrawn, before, Going},
		{"back after leaving, full", open, full, Withdrawn, before, Waiting},
		{"back after leaving, too late", open, some, Withdrawn, started, Absent},
		{"back after an offer passed", open, full, Lapsed, before, Waiting},
		{"back after an offer passed, asked again", asks, full, Lapsed, before, Asked},
	} {
		if got := tt.ev.admit(tt.t, tt.was, tt.at); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDoor(t *testing.T) {
	at := conference(nil).Start.At.Add(-time.Hour)
	for want, is := range map[Door]struct {
		ev Event
		t  Turnout
	}{
		NoDoor:   {Event{Start: conference(nil).Start}, Turnout{}},
		DoorOpen: {conference(nil), Turnout{Going: 9}},
		DoorFull: {conference(nil), Turnout{Going: 10}},
		DoorShut: {conference(func(ev *Event) { ev.Status = vocab.EventCancelled }), Turnout{}},
	} {
		if got := is.ev.Door(is.t, at); got != want {
			t.Errorf("%+v: %q, want %q", is.t, got, want)
		}
	}
}

func TestOffer(t *testing.T) {
	ev := conference(nil)
	early, late := ev.Start.At.Add(-72*time.Hour), ev.Start.At.Add(-time.Hour)
	if p := ev.offer(Participation{State: Waiting, Token: "t"}, early); p.State != Offered || !p.Until.Equal(early.Add(offerPeriod)) {
		t.Errorf("three days before: %+v", p)
	}
	if p := ev.offer(Participation{State: Waiting, Token: "t"}, late); p.State != Offered || !p.Until.Equal(ev.Start.At) {
		t.Errorf("an hour before: %+v", p)
	}
	if p := ev.offer(Participation{State: Waiting, Join: "j"}, early); p.State != Going || !p.Until.IsZero() {
		t.Errorf("of another server: %+v", p)
	}
}

func TestTally(t *testing.T) {
	at := time.Date(2027, 5, 1, 12, 0, 0, 0, time.UTC)
	told := func(ago time.Duration, full bool) Headcount { return Headcount{Told: at.Add(-ago), Full: full} }
	waits := told(time.Minute, false)
	waits.Due = at.Add(time.Minute)
	for _, tt := range []struct {
		name string
		n    Headcount
		full bool
		want time.Duration
	}{
		{"the first time", Headcount{}, false, 0},
		{"long after the last time", told(time.Hour, false), false, 0},
		{"soon after the last time", told(2*time.Minute, false), false, 3 * time.Minute},
		{"it is full", told(time.Second, false), true, 0},
		{"it is not any more", told(time.Second, true), false, 0},
		{"due already", waits, false, time.Minute},
		{"due already, and full", waits, true, 0},
	} {
		if got := tt.n.changed(tt.full, at); !got.Due.Equal(at.Add(tt.want)) || !got.Told.Equal(tt.n.Told) {
			t.Errorf("%s: %+v, want due in %v", tt.name, got, tt.want)
		}
	}
}

func TestCheckRegistration(t *testing.T) {
	for _, tt := range []struct {
		change func(*Event)
		want   string
	}{
		{func(*Event) {}, ""},
		{func(ev *Event) { ev.Registration = Registration{Capacity: -3, Closes: When{Local: "x"}} }, ""},
		{func(ev *Event) { ev.Registration.Capacity = maxParticipants + 1 }, "capacity: not_a_capacity 5000"},
		{func(ev *Event) { ev.Registration.Capacity = -1 }, "capacity: not_a_capacity 5000"},
		{func(ev *Event) { ev.Registration.Mode = "none" }, "registration: required"},
		{func(ev *Event) { ev.Registration.Closes = when("2027-06-10", Day) }, ""},
		{func(ev *Event) { ev.Registration.Closes = when("2027-06-10T10:01", Minute) }, "register_until: register_after_start"},
		{func(ev *Event) { ev.Registration.Closes = when("2027-06-11", Day) }, "register_until: register_after_start"},
		{func(ev *Event) { ev.Registration.Closes = When{Local: "tomorrow", Zone: "UTC"} }, "register_until: not_a_time tomorrow"},
	} {
		ev := conference(tt.change)
		ev.RegisterURL = "https://elsewhere.example/"
		var e InvalidError
		checkRegistration(&ev, &e)
		if e.Error() != tt.want {
			t.Errorf("%+v: %q, want %q", ev.Registration, e.Error(), tt.want)
		}
		if here := ev.RegisterURL == ""; here != ev.Registers() && tt.want == "" {
			t.Errorf("%+v and elsewhere: %q", ev.Registration, ev.RegisterURL)
		}
	}
}
