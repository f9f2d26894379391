package web

import (
	"net/http"
	"slices"

	"pergola/hub"
)

// A followForm asks visitors where they have an account, to take them there.
type followForm struct {
	fields
	// Whom is the handle of who is to be followed.
	Whom string
	// Theirs asks for it.
	Theirs field
}

func (f frame) followForm(whom string) followForm {
	form := followForm{fields: fields{frame: f, form: "follow_from"}, Whom: whom}
	form.Theirs = form.Input("text", "account", "")
	return form
}

// A followFromPage is that form by itself.
type followFromPage struct {
	followForm
}

// allowFormsElsewhere lets a page have a form that leads to another site in the
// end: browsers hold the redirect against the page, too. (Chromium does so.)
func (s *Site) allowFormsElsewhere(w http.ResponseWriter) {
	elsewhere := " https:"
	if !s.secure() {
		elsewhere += " http:" // so are the others on this machine
	}
	w.Header().Set("Content-Security-Policy", "form-action 'self'"+elsewhere+"; "+policyWithoutForms)
}

func (s *Site) followFromPage(r *http.Request, whom string) (followFromPage, error) {
	f, err := s.unlisted(r, "follow_from_title")
	if err != nil {
		return followFromPage{}, err
	}
	if whom == "" {
		whom = f.Handle
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return followFromPage{}, err
	}
	known := func(c hub.Followed) bool { return c.Handle == whom }
	if whom != f.Handle && !slices.ContainsFunc(followed, known) {
		return followFromPage{}, hub.ErrNotFound
	}
	return followFromPage{f.followForm(whom)}, nil
}

// followFrom shows the form.
func (s *Site) followFrom(w http.ResponseWriter, r *http.Request) error {
	p, err := s.followFromPage(r, line(r.URL.Query(), "whom"))
	if err != nil {
		return err
	}
	s.allowFormsElsewhere(w)
	return s.render(w, r, "follow_from", p)
}

// sendToFollow takes a visitor to the page of their own server where they can
// follow.
func (s *Site) sendToFollow(w http.ResponseWriter, r *http.Request) error {
	p, err := s.followFromPage(r, line(r.PostForm, "whom"))
	if err != nil {
		return err
	}
	account := line(r.PostForm, "account")
	s.allowFormsElsewhere(w)
	to, err := s.hub.FollowPage(r.Context(), p.Whom, account, address(r))
	if p.refused(err) {
		p.Theirs = p.Input("text", "account", account)
		return s.again(w, r, "follow_from", &p)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, to)
}
