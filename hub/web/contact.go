package web

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// A contactPage asks a visitor what they would like to write to one of the contacts.
type contactPage struct {
	fields
	Role    phrase
	Person  string
	Form    hub.Message
	Consent bool
	// Keeps is how long we keep what was typed, in words.
	Keeps string
}

func (s *Site) contactPage(r *http.Request) (contactPage, error) {
	c, err := s.hub.Charter(r.Context(), "")
	if err != nil {
		return contactPage{}, err
	}
	id := chi.URLParam(r, "id")
	i := slices.IndexFunc(c.Contacts, func(c hub.Contact) bool { return c.ID == id })
	if i < 0 {
		return contactPage{}, hub.ErrNotFound
	}
	f, err := s.unlisted(r, "contact_title")
	if err != nil {
		return contactPage{}, err
	}
	p := contactPage{
		fields: fields{frame: f, form: "contact", needed: []string{"name", "email", "message", "consent"}},
		Role:   f.Text(c.Contacts[i].Role), Person: c.Contacts[i].Person,
		Keeps: f.N("contact_keeps", int(hub.KeepMessages.Hours()/24)),
	}
	return p, nil
}

// contactAnywhere goes on to the form in the visitor's language: its address on the
// wire has none.
func (s *Site) contactAnywhere(w http.ResponseWriter, r *http.Request) error {
	return s.redirect(w, r, s.path(r, "/contact/")+chi.URLParam(r, "id"))
}

// writeToContact takes what was typed to the office.
func (s *Site) writeToContact(w http.ResponseWriter, r *http.Request) error {
	p, err := s.contactPage(r)
	if err != nil {
		return err
	}
	v := r.PostForm
	p.Form, p.Consent = hub.Message{Name: line(v, "name"), Email: line(v, "email"), Text: paragraph(v, "message")}, v.Get("consent") != ""
	err = s.hub.Write(r.Context(), chi.URLParam(r, "id"), p.Form, p.Consent, address(r))
	return s.finish(w, r, err, "contact", &p, "message_sent", p.Path("/about"))
}
