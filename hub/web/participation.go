package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// A registration is how it stands with taking part in an event, as everybody
// may see it: numbers, and never who.
type registration struct {
	// State says whether one can register, Numbers how many take part and how
	// many seats there are, Until when registration ends.
	State, Numbers, Until string
	// Link leads to the form, "" when there is none.
	Link, Button string
}

// registration is that of an own event; nil when one does not register here.
func (s *Site) registration(r *http.Request, f frame, it hub.Item) (*registration, error) {
	if it.Event == nil || !it.Own || !it.Event.Registers() {
		return nil, nil
	}
	var t hub.Turnout
	var err error
	if it.ID != "" {
		if t, err = s.hub.Turnout(r.Context(), it.ID); err != nil {
			return nil, err
		}
	}
	ev, now := *it.Event, time.Now()
	door := ev.Door(t, now)
	reg := &registration{State: f.T("registration_" + string(door)), Numbers: f.numbers(ev, t)}
	if door == hub.DoorShut {
		reg.Numbers = f.N("participants", t.Going) // nobody can have what is free
		return reg, nil
	}
	if door == hub.DoorOpen && ev.Registration.Mode == hub.Restricted {
		reg.State = f.T("registration_asked")
	}
	if ev.Registration.Closes.Set() {
		reg.Until = f.T("registration_until", "When", when(f.Printer, ev.Registration.Closes, hub.When{}))
	}
	if it.ID != "" {
		reg.Link, reg.Button = f.registerPath(it), f.T("registration_button_"+string(door))
	}
	return reg, nil
}

// numbers says how many take part and how many seats are left.
func (f frame) numbers(ev hub.Event, t hub.Turnout) string {
	parts := []string{f.N("participants", t.Going)}
	if ev.Registration.Capacity > 0 {
		parts = append(parts, f.N("free_seats", ev.Free(t)))
	}
	if t.Waiting > 0 {
		parts = append(parts, f.N("waiting_people", t.Waiting))
	}
	return strings.Join(parts, ", ")
}

// registerPath is the form for an own event.
func (f frame) registerPath(it hub.Item) string {
	return f.Path("/events/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:] + "/register")
}

// A registerPage asks who wants to take part in an event.
type registerPage struct {
	fields
	Event card
	Reg   registration
	Form  hub.Registrant
	// Keeps is how long we keep what was typed, in words.
	Keeps string
	event string
}

func (s *Site) registerPage(r *http.Request) (registerPage, error) {
	id := chi.URLParam(r, "id")
	e, err := s.hub.Entry(r.Context(), s.absolute("/o/"+strings.ToLower(id)))
	if err != nil {
		return registerPage{}, err
	}
	f, err := s.unlisted(r, "register_title")
	if err != nil {
		return registerPage{}, err
	}
	reg, err := s.registration(r, f, e.Item)
	if err == nil && (reg == nil || !e.Hidden.IsZero()) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return registerPage{}, err
	}
	p := registerPage{
		fields: fields{frame: f, form: "register", needed: []string{"name", "email"}}, Event: f.card(e, nil), Reg: *reg,
		Keeps: f.N("register_keeps", int(hub.KeepParticipants.Hours()/24)), event: e.ID,
	}
	p.Form.Language = f.Lang()
	return p, nil
}

// LanguageInput asks in which language somebody wants to hear from us.
func (p registerPage) LanguageInput() choiceField {
	c := choiceField{field: p.Input("", "language", "")}
	for _, a := range p.Alternates {
		c.Choices = append(c.Choices, choice{a.Lang, a.Name, a.Lang == p.Form.Language})
	}
	return c
}

// register takes what was typed and goes on to the private page.
func (s *Site) register(w http.ResponseWriter, r *http.Request) error {
	p, err := s.registerPage(r)
	if err != nil {
		return err
	}
	p.Form = hub.Registrant{
		Name: line(r.PostForm, "name"), Email: line(r.PostForm, "email"), Organisation: line(r.PostForm, "organisation"),
		Note: paragraph(r.PostForm, "note"), Language: line(r.PostForm, "language"),
	}
	token, err := s.hub.Register(r.Context(), p.event, p.Form, address(r))
	return s.finish(w, r, err, "register", &p, "registered", p.Path("/participation/"+token))
}

// A seatPage is where somebody stands who registered, for whoever has the
// private link.
type seatPage struct {
	frame
	Seat  hub.Seat
	Event card
	// State says where they stand, Tone how good that is, More what comes next.
	State, Tone, More string
	// Link is the private link itself.
	Link string
	// Take and Withdraw are what they can do, Again leads to the form.
	Take, Withdraw *postForm
	Again          string
	// Details are what they said of themselves.
	Details []fact
	Keeps   string
}

// seat shows a participation to whoever has its private link. Nothing of it is
// kept on the way, and the link is told to nobody that the page leads to.
func (s *Site) seat(w http.ResponseWriter, r *http.Request) error {
	token := chi.URLParam(r, "token")
	seat, err := s.hub.Seat(r.Context(), token)
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "seat_title")
	if err != nil {
		return err
	}
	e, err := s.hub.Entry(r.Context(), seat.Event.ID)
	if err != nil {
		return err
	}
	here := f.Path("/participation/" + token)
	p := seatPage{
		frame: f, Seat: seat, Event: f.card(e, nil), Link: s.absolute(here), Tone: "plain",
		State: f.T("seat_" + string(seat.State)), Keeps: f.N("register_keeps", int(hub.KeepParticipants.Hours()/24)),
	}
	f.seatChoices(&p, here)
	for _, d := range []struct{ key, text string }{
		{"form_participant_name", seat.Name}, {"form_participant_email", seat.Email},
		{"form_participant_organisation", seat.Organisation}, {"form_participant_note", seat.Note},
	} {
		if d.text != "" {
			p.Details = append(p.Details, fact{Name: f.T(d.key), Text: d.text})
		}
	}
	private(w)
	return s.render(w, r, "seat", p)
}

// seatChoices says what comes next and what can be done about it.
func (f frame) seatChoices(p *seatPage, here string) {
	seat, ev := p.Seat, *p.Seat.Event.Event
	withdraw := &postForm{Action: here + "/withdraw", Label: f.T("seat_withdraw"), Class: "danger"}
	switch seat.State {
	case hub.Going:
		p.Tone, p.Withdraw = "good", withdraw
	case hub.Asked:
		p.More, p.Withdraw = f.T("seat_asked_more"), withdraw
	case hub.Waiting:
		p.More, p.Withdraw = f.N("seat_waiting_more", seat.Place), withdraw
	case hub.Offered:
		p.Tone, p.Withdraw = "warn", withdraw
		p.More = f.T("seat_offered_more", "When", f.DateTime(seat.Until.In(f.zone)))
		p.Take = &postForm{Action: here + "/take", Label: f.T("seat_take"), Class: "primary"}
	case hub.Declined:
		p.Tone = "bad"
		if seat.Reason != "" {
			p.More = f.T("seat_declined_more", "Reason", seat.Reason)
		}
	case hub.Withdrawn, hub.Lapsed:
		if ev.RegistersUntil().After(time.Now()) && ev.Registers() {
			p.Again = f.registerPath(seat.Event)
		}
	}
}

// takeSeat takes the seat that was offered.
func (s *Site) takeSeat(w http.ResponseWriter, r *http.Request) error {
	return s.backTo(w, r, "/participation/", "seat_taken", s.hub.TakeSeat(r.Context(), chi.URLParam(r, "token")))
}

// withdraw cancels a participation.
func (s *Site) withdraw(w http.ResponseWriter, r *http.Request) error {
	return s.backTo(w, r, "/participation/", "withdrawn", s.hub.GiveUpSeat(r.Context(), chi.URLParam(r, "token")))
}
