package web

import (
	"context"
	"errors"
	"net/http"

	"pergola/hub"
)

// A postForm is a button that does something.
type postForm struct {
	Action, Label, Class string
	// About says what the button is about to those who do not see where it
	// stands.
	About string
	// Asks says what comes of it, where it is asked first.
	Asks   string
	Hidden []hidden
	// Get is set when the button only leads to where it is asked.
	Get bool
}

// A hidden is a value that a form carries.
type hidden struct{ Name, Value string }

// button does something at path; its label is the text of a key, and about says to
// what it does it.
func (f frame) button(path, key, class, about string, carried ...hidden) postForm {
	return postForm{Action: f.Path(path), Label: f.T(key), Class: class, About: f.T(key) + ": " + about, Hidden: carried}
}

// A confirmPage asks whether something is really to be done.
type confirmPage struct {
	frame
	Question string
	// Subject is what it is done to, Consequence what comes of it.
	Subject     phrase
	Consequence string
	Action      string
	Hidden      []hidden
	Button      string
	// Class is how the button looks.
	Class string
	// Back is where those go who would rather not.
	Back string
}

// confirmPage asks in the words of a key before something is done at action. Its
// texts are confirm_KEY, confirm_KEY_help and confirm_KEY_do.
func (f frame) confirmPage(key string, subject phrase, action, back string, carried ...hidden) confirmPage {
	p := confirmPage{
		frame: f, Question: f.T("confirm_" + key), Subject: subject, Consequence: f.T("confirm_" + key + "_help"),
		Action: f.Path(action), Hidden: carried, Button: f.T("confirm_" + key + "_do"), Class: "danger", Back: f.Path(back),
	}
	p.Title, p.NoIndex = p.Question, true
	return p
}

// show is a page that only has to be made.
func show[P any](s *Site, name string, page func(*http.Request) (P, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		return s.render(w, r, name, p)
	}
}

// A command is one of hub's that needs no more than to be told of what.
type command func(ctx context.Context, who hub.Who, what string) error

// without drops what a command has to tell besides.
func without[T any](do func(context.Context, hub.Who, string) (T, error)) command {
	return func(ctx context.Context, who hub.Who, what string) error {
		_, err := do(ctx, who, what)
		return err
	}
}

// twice makes a command one whose button may be pressed twice: what stands already
// is done.
func twice(do command) command {
	return func(ctx context.Context, who hub.Who, what string) error {
		if err := do(ctx, who, what); !errors.Is(err, hub.ErrConflict) {
			return err
		}
		return nil
	}
}

// act does a command to what the form's field names, and goes back to where the
// button stood: the form says it, else it is the page at to.
func (s *Site) act(do command, field, done, to string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := do(r.Context(), by(r), r.PostFormValue(field))
		return s.done(w, r, err, done, cmpPath(r.PostFormValue("back"), s.path(r, to)))
	}
}

// done goes on to a page that says what was done, if it was.
func (s *Site) done(w http.ResponseWriter, r *http.Request, err error, done, to string) error {
	if err != nil {
		return err
	}
	s.flash(w, done)
	return s.redirect(w, r, to)
}

// finish is done for what a form asked: where hub found something wrong, the form
// is shown again and says what.
func (s *Site) finish(w http.ResponseWriter, r *http.Request, err error, form string, p formPage, done, to string) error {
	if p.refused(err) {
		return s.again(w, r, form, p)
	}
	return s.done(w, r, err, done, to)
}

// A formPage is a page with a form.
type formPage interface{ refused(err error) bool }

// again shows a form once more, with what is wrong.
func (s *Site) again(w http.ResponseWriter, r *http.Request, form string, p formPage) error {
	return s.renderStatus(w, r, http.StatusUnprocessableEntity, form, p)
}
