package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A charterView is how an organisation is governed, what labels it has, and in
// which roles it can be written to.
type charterView struct {
	frame
	Bodies   []bodyRow
	Labels   []charterRow
	Contacts []charterRow
}

// A bodyRow is a body with who sits in it.
type bodyRow struct {
	charterRow
	Mandate phrase
	Seats   []charterRow
}

// A charterRow is a part of a charter.
type charterRow struct {
	Name  phrase
	Facts []string
	// State says how it stands, for the office.
	State, Class string
	// URL leads to the form of a contact, or to a page about a label; Out says that
	// it is elsewhere.
	URL string
	Out bool
	// Actions are what the office can do.
	Actions []rowAction
}

// Line is what is known of it, in one line.
func (r charterRow) Line() string { return strings.Join(r.Facts, " · ") }

// charterView is what everybody may see of a charter: that of the organisation, or
// a copy.
func (f frame) charterView(c hub.Charter) charterView {
	v := charterView{frame: f}
	for _, b := range c.Bodies {
		row := bodyRow{charterRow: charterRow{Name: f.Text(b.Name)}, Mandate: f.Text(b.Mandate)}
		if b.Level > 0 {
			row.Facts = []string{f.T("body_level_" + strconv.Itoa(b.Level))}
		}
		for _, s := range b.Seats {
			row.Seats = append(row.Seats, charterRow{Name: phrase{Text: s.Name}, Facts: present(s.Role, f.term(s.Term))})
		}
		v.Bodies = append(v.Bodies, row)
	}
	for _, l := range c.Labels {
		v.Labels = append(v.Labels, charterRow{Name: phrase{Text: l.Name}, Facts: present(l.Level, l.Issuer, f.term(l.Term)), URL: webLink(l.Link), Out: true})
	}
	for _, contact := range c.Contacts {
		row := charterRow{Name: f.Text(contact.Role), Facts: present(contact.Person), URL: webLink(contact.URL), Out: true}
		if contact.URL == "" {
			row.URL, row.Out = f.Path("/contact/"+contact.ID), false
		}
		v.Contacts = append(v.Contacts, row)
	}
	return v
}

// Text is a text in the page's language, or else in its first.
func (f frame) Text(t vocab.Text) phrase {
	value, lang := translate(t, f.Lang())
	return f.phrase(value, cmp.Or(lang, f.Lang()))
}

// present are those of some texts that say something.
func present(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// term says from when until when something holds; "" when it is not said.
func (f frame) term(t hub.Term) string {
	switch {
	case t.From == "" && t.Until == "":
		return ""
	case t.Until == "":
		return f.T("term_from", "From", f.partOfTime(t.From))
	case t.From == "":
		return f.T("term_until", "Until", f.partOfTime(t.Until))
	}
	return f.partOfTime(t.From) + " – " + f.partOfTime(t.Until)
}

// partOfTime is a year, a month or a day in words.
func (f frame) partOfTime(s string) string {
	if at, err := time.Parse("2006-01", s); err == nil {
		return f.Month(at)
	}
	if at, err := time.Parse("2006-01-02", s); err == nil {
		return f.Date(at)
	}
	return s
}

// A charterPage is the organisation's own charter, for the office.
type charterPage struct {
	charterView
	// Soon are the labels that end soon or are over.
	Soon []charterRow
}

// charter shows all of it to the office.
func (s *Site) charter(w http.ResponseWriter, r *http.Request) error {
	c, day, err := s.hub.OwnCharter(r.Context(), by(r))
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "charter_title")
	if err != nil {
		return err
	}
	p := charterPage{charterView: f.charterView(c)}
	for i, b := range c.Bodies {
		body := &p.Bodies[i]
		body.act(f, "charter_add_seat", "seat", "body", b.ID)
		body.charge(f, "body", b.ID, "")
		for j, seat := range b.Seats {
			row := &body.Seats[j]
			row.charge(f, "seat", seat.ID, b.ID)
			row.State, row.Class = f.standing(seat.Term, day)
			if !seat.Public {
				row.State, row.Class = f.T("directory_private"), "waiting"
			}
		}
	}
	for i, l := range c.Labels {
		row := &p.Labels[i]
		row.charge(f, "label", l.ID, "")
		row.State, row.Class = f.standing(l.Term, day)
		if l.Over(day) || l.EndsSoon(day) {
			p.Soon = append(p.Soon, *row)
		}
	}
	for i, contact := range c.Contacts {
		p.Contacts[i].charge(f, "contact", contact.ID, "")
	}
	return s.render(w, r, "office_charter", p)
}

// charge gives a row the links of the office.
func (row *charterRow) charge(f frame, part, id, body string) {
	row.act(f, "charter_edit", part, "id", id, "body", body)
	row.act(f, "charter_remove_do", "remove", "id", id)
	row.Actions[len(row.Actions)-1].Class = "danger"
}

func (row *charterRow) act(f frame, key, path string, pairs ...string) {
	row.Actions = append(row.Actions, rowAction{
		Link: query(f.Path("/office/charter/"+path), pairs...), Label: f.T(key), About: f.T(key) + ": " + row.Name.Text,
	})
}

// standing says how a term stands on a day.
func (f frame) standing(t hub.Term, day string) (text, class string) {
	switch {
	case t.Over(day):
		return f.T("term_over"), "bad"
	case t.EndsSoon(day):
		return f.T("term_soon"), "warn"
	case !t.Holds(day):
		return f.T("term_coming"), "waiting"
	}
	return f.T("term_holds"), "good"
}

// A partPage is the form of a part of the charter.
type partPage struct {
	fields
	// Part is which: "body", "seat", "label", "contact".
	Part, Action string
	Body         hub.Body
	Seat         hub.BodySeat
	Label        hub.Label
	Contact      hub.Contact
}

// Texts are the inputs of a text in the organisation's languages.
func (p partPage) Texts(name string, t vocab.Text) []field {
	var all []field
	for _, lang := range p.Org.Languages {
		all = append(all, p.LangInput("text", name+"."+lang, translation(t, lang)))
	}
	return all
}

// LevelInput asks how high a body stands.
func (p partPage) LevelInput() choiceField {
	return p.choices("level", "body_level_", strconv.Itoa(p.Body.Level), "1", "2", "3")
}

// HolderInput asks whether a seat is a person's.
func (p partPage) HolderInput() choiceField {
	return p.choices("holder", "seat_holder_", map[bool]string{true: "organisation", false: "person"}[p.Seat.IsOrganisation], "person", "organisation")
}

// PublicInput asks whether everybody may know.
func (p partPage) PublicInput() choiceField {
	return p.choices("public", "directory_public_", map[bool]string{true: "yes", false: "no"}[p.Seat.Public], "yes", "no")
}

// partPage finds the part that is asked for, or makes an empty one. ErrNotFound.
func (s *Site) partPage(r *http.Request, part string) (p partPage, err error) {
	c, _, err := s.hub.OwnCharter(r.Context(), by(r))
	if err != nil {
		return p, err
	}
	f, err := s.unlisted(r, "charter_"+part)
	if err != nil {
		return p, err
	}
	first := "." + f.Org.Languages[0]
	p = partPage{fields: fields{frame: f, form: part, needed: []string{"name", "name" + first, "role" + first, "issuer", "level"}}, Part: part, Action: r.URL.RequestURI()}
	if part == "label" {
		p.needed = []string{"name", "issuer"}
	}
	id, body := r.URL.Query().Get("id"), r.URL.Query().Get("body")
	found := id == "" && part != "seat"
	p.Seat.Public = true
	for _, b := range c.Bodies {
		if part == "body" && b.ID == id || part == "seat" && b.ID == body {
			p.Body, found = b, part == "body" || id == ""
		}
		for _, seat := range b.Seats {
			if part == "seat" && b.ID == body && seat.ID == id {
				p.Seat, found = seat, true
			}
		}
	}
	for _, l := range c.Labels {
		if part == "label" && l.ID == id {
			p.Label, found = l, true
		}
	}
	for _, contact := range c.Contacts {
		if part == "contact" && contact.ID == id {
			p.Contact, found = contact, true
		}
	}
	if !found {
		return p, hub.ErrNotFound
	}
	return p, nil
}

// partForm shows the form of a part.
func (s *Site) partForm(part string) handler {
	return show(s, "office_charter_edit", func(r *http.Request) (partPage, error) { return s.partPage(r, part) })
}

// savePart keeps what was typed of a part.
func (s *Site) savePart(part string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.partPage(r, part)
		if err != nil {
			return err
		}
		v, ctx, who := r.PostForm, r.Context(), by(r)
		texts := func(name string) (t vocab.Text) {
			for _, lang := range p.Org.Languages {
				t = append(t, vocab.Translation{Lang: lang, Value: paragraph(v, name+"."+lang)})
			}
			return t
		}
		term := hub.Term{From: line(v, "from"), Until: line(v, "until")}
		switch part {
		case "body":
			p.Body.Name, p.Body.Mandate = texts("name"), texts("mandate")
			p.Body.Level, _ = strconv.Atoi(v.Get("level"))
			_, err = s.hub.SaveBody(ctx, who, p.Body)
		case "seat":
			p.Seat.Name, p.Seat.Role, p.Seat.Term = line(v, "name"), line(v, "role"), term
			p.Seat.IsOrganisation, p.Seat.Public = v.Get("holder") == "organisation", v.Get("public") == "yes"
			err = s.hub.SaveSeat(ctx, who, p.Body.ID, p.Seat)
		case "label":
			p.Label.Name, p.Label.Issuer, p.Label.Level, p.Label.Term = line(v, "name"), line(v, "issuer"), line(v, "level"), term
			p.Label.Link = webAddress(line(v, "link"))
			err = s.hub.SaveLabel(ctx, who, p.Label)
		case "contact":
			p.Contact.Role, p.Contact.Person = texts("role"), line(v, "person")
			err = s.hub.SaveContact(ctx, who, p.Contact)
		}
		return s.finish(w, r, err, "office_charter_edit", &p, "directory_saved", p.Path("/office/charter"))
	}
}

// confirmRemovePart asks whether a part is really to be taken out.
func (s *Site) confirmRemovePart(w http.ResponseWriter, r *http.Request) error {
	c, _, err := s.hub.OwnCharter(r.Context(), by(r))
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "charter_remove")
	if err != nil {
		return err
	}
	id := r.URL.Query().Get("id")
	names := map[string]phrase{}
	for _, b := range c.Bodies {
		names[b.ID] = f.Text(b.Name)
		for _, seat := range b.Seats {
			names[seat.ID] = phrase{Text: seat.Name}
		}
	}
	for _, l := range c.Labels {
		names[l.ID] = phrase{Text: l.Name}
	}
	for _, contact := range c.Contacts {
		names[contact.ID] = f.Text(contact.Role)
	}
	subject, ok := names[id]
	if !ok {
		return hub.ErrNotFound
	}
	return s.render(w, r, "confirm", confirmPage{
		frame: f, Question: f.Title, Subject: subject, Action: f.Path("/office/charter/remove"), Hidden: []hidden{{"id", id}},
		Button: f.T("charter_remove_do"), Class: "danger", Back: f.Path("/office/charter"),
	})
}
