package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"pergola/hub"
)

// A participantsPage is who takes part in an event, for its organiser.
type participantsPage struct {
	fields
	Event card
	// Numbers says how many there are of each.
	Numbers string
	Groups  []participantGroup
	Form    hub.Registrant
	// Action is where somebody is added, Export the list as a file.
	Action, Export string
	attendance     hub.Attendance
}

// A participantGroup is those who stand alike.
type participantGroup struct {
	Title  string
	People []participantRow
}

// A participantRow is one of them.
type participantRow struct {
	ID, Name, Organisation, Note string
	// Contact is how to reach them, Link where.
	Contact, Link string
	Since         stamp
	// More is what else is to be known: until when an offer stands, why somebody
	// was declined.
	More string
	// Accept is nil where there is nothing to accept, Decline what declining is
	// called, "" where it is too late for that.
	Accept  *postForm
	Decline string
	// Event and About are for the form that declines.
	Event, About string
}

// standings are those that the list shows, in its order.
func standings() []hub.Standing {
	return []hub.Standing{hub.Asked, hub.Going, hub.Offered, hub.Waiting, hub.Withdrawn, hub.Lapsed, hub.Declined}
}

func (s *Site) participantsPage(r *http.Request) (participantsPage, error) {
	a, err := s.hub.Attendance(r.Context(), by(r), r.URL.Query().Get("id"))
	if err != nil {
		return participantsPage{}, err
	}
	f, err := s.unlisted(r, "participants_title")
	if err != nil {
		return participantsPage{}, err
	}
	p := participantsPage{
		fields: fields{frame: f, form: "participant", needed: []string{"name"}},
		Event:  f.card(hub.Entry{Item: a.Event}, nil), Numbers: f.numbers(*a.Event.Event, a.Turnout),
		Action: query(f.Path("/desk/participants"), "id", a.Event.ID), Export: query(f.Path("/desk/participants.csv"), "id", a.Event.ID), attendance: a,
	}
	for _, standing := range standings() {
		people := a.People[standing]
		if len(people) == 0 && standing != hub.Going {
			continue
		}
		g := participantGroup{Title: f.N("participants_"+string(standing), len(people))}
		g.People = each(people, f.participantRow)
		p.Groups = append(p.Groups, g)
	}
	return p, nil
}

func (f frame) participantRow(p hub.Participation) participantRow {
	row := participantRow{
		ID: p.ID, Name: p.Name, Organisation: p.Organisation, Note: p.Note, Event: p.Event, Since: f.stamp(p.Since),
		Contact: contactOf(p), About: p.Name,
	}
	switch {
	case p.Email != "":
		row.Link = "mailto:" + p.Email
	default:
		row.Link = webLink(p.Person)
	}
	switch p.State {
	case hub.Offered:
		row.More = f.T("participants_until", "When", f.DateTime(p.Until.In(f.zone)))
	case hub.Declined:
		row.More = p.Reason
	}
	if p.State == hub.Asked || p.State == hub.Declined {
		row.Accept = new(f.button("/desk/participants/accept", "participants_accept", "primary", p.Name, hidden{"participation", p.ID}, hidden{"id", p.Event}))
	}
	switch p.State {
	case hub.Asked:
		row.Decline = f.T("participants_decline")
	case hub.Going, hub.Offered, hub.Waiting:
		row.Decline = f.T("participants_remove")
	}
	return row
}

// contactOf is how somebody is reached: by mail, or at their account elsewhere.
func contactOf(p hub.Participation) string {
	if p.Email != "" || webLink(p.Person) == "" {
		return p.Email
	}
	return linkFact(p.Person).Text
}

// addParticipant enters somebody by hand.
func (s *Site) addParticipant(w http.ResponseWriter, r *http.Request) error {
	p, err := s.participantsPage(r)
	if err != nil {
		return err
	}
	p.Form = hub.Registrant{
		Name: line(r.PostForm, "name"), Email: line(r.PostForm, "email"),
		Organisation: line(r.PostForm, "organisation"), Note: paragraph(r.PostForm, "note"),
	}
	err = s.hub.AddParticipant(r.Context(), by(r), p.attendance.Event.ID, p.Form)
	return s.finish(w, r, err, "desk_participants", &p, "participant_added", p.Action)
}

// acceptParticipant lets somebody take part.
func (s *Site) acceptParticipant(w http.ResponseWriter, r *http.Request) error {
	err := s.hub.AcceptParticipant(r.Context(), by(r), r.PostForm.Get("participation"))
	return s.done(w, r, err, "participant_accepted", query(s.path(r, "/desk/participants"), "id", r.PostForm.Get("id")))
}

// declineParticipant refuses somebody, or takes their seat away.
func (s *Site) declineParticipant(w http.ResponseWriter, r *http.Request) error {
	err := s.hub.DeclineParticipant(r.Context(), by(r), r.PostForm.Get("participation"), line(r.PostForm, "reason"))
	return s.done(w, r, err, "participant_declined", query(s.path(r, "/desk/participants"), "id", r.PostForm.Get("id")))
}

// participantsCSV is the list as a file for a spreadsheet.
func (s *Site) participantsCSV(w http.ResponseWriter, r *http.Request) error {
	p, err := s.participantsPage(r)
	if err != nil {
		return err
	}
	body, err := p.csv()
	if err != nil {
		return err
	}
	name := slug(textIn(p.attendance.Event, p.Lang()).Title)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	return s.write(w, r, http.StatusOK, body)
}

// csv is the list in the form that a spreadsheet of the page's language opens by
// a click: with a byte order mark, and semicolons where commas stand in numbers.
func (p participantsPage) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	if p.Lang() == "hu" {
		out.Comma = ';'
	}
	var lines [][]string
	columns := []string{"state", "name", "organisation", "contact", "note", "language", "since"}
	lines = append(lines, each(columns, func(key string) string { return p.T("participants_csv_" + key) }))
	for _, standing := range standings() {
		for _, person := range p.attendance.People[standing] {
			lines = append(lines, []string{
				p.T("seat_short_" + string(standing)), cell(person.Name), cell(person.Organisation), cell(contactOf(person)),
				cell(person.Note), person.Language, person.Since.In(p.zone).Format(time.DateTime),
			})
		}
	}
	err := out.WriteAll(lines)
	return b.Bytes(), err
}

// cell is a text of somebody else that no spreadsheet takes for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
