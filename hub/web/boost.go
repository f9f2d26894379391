package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"pergola/hub"
)

// setBoostAll says whether everything is passed on, or what the office picks.
func (s *Site) setBoostAll(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	if err := s.hub.SetBoostAll(r.Context(), who, r.PostFormValue("boost") == "all"); err != nil {
		return err
	}
	s.flash(w, "boost_saved")
	return s.redirect(w, r, "/"+s.language(r)+"/office/follow")
}

// onFeedItem does something to an item of the feed, and goes back to the list
// that it stood in. What stands already is done: the button was pressed twice.
func (s *Site) onFeedItem(do func(context.Context, hub.Who, string) error, done string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := who(r)
		if err != nil {
			return err
		}
		err = do(r.Context(), who, r.PostFormValue("id"))
		if err != nil && !errors.Is(err, hub.ErrConflict) {
			return err
		}
		s.flash(w, done)
		return s.redirect(w, r, cmpPath(r.PostFormValue("back"), "/"+s.language(r)+"/"))
	}
}

// A hidePage asks why an item is to be hidden.
type hidePage struct {
	fields
	ID, Back, Reason string
	Subject          phrase
}

func (s *Site) hidePage(r *http.Request, v url.Values) (hidePage, error) {
	if _, err := s.officer(r); err != nil {
		return hidePage{}, err
	}
	f, err := s.frame(r)
	if err != nil {
		return hidePage{}, err
	}
	e, err := s.hub.Entry(r.Context(), v.Get("id"))
	if err != nil {
		return hidePage{}, err
	}
	t := textIn(e.Item, f.Lang())
	p := hidePage{
		fields: fields{frame: f, form: "hide", needed: []string{"reason"}}, ID: e.ID,
		Back: cmpPath(v.Get("back"), f.Path("/")), Reason: paragraph(v, "reason"), Subject: f.phrase(t.Title, t.Lang),
	}
	p.Title, p.NoIndex = f.T("hide_title"), true
	return p, nil
}

// hideForm asks why.
func (s *Site) hideForm(w http.ResponseWriter, r *http.Request) error {
	p, err := s.hidePage(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.render(w, r, "office_hide", p)
}

// hide takes an item out of the feed. What is hidden already is done: the button
// was pressed twice.
func (s *Site) hide(w http.ResponseWriter, r *http.Request) error {
	p, err := s.hidePage(r, r.PostForm)
	if err != nil {
		return err
	}
	who, err := s.officer(r)
	if err != nil {
		return err
	}
	err = s.hub.Hide(r.Context(), who, p.ID, p.Reason)
	if p.refused(err) {
		return s.renderStatus(w, r, http.StatusUnprocessableEntity, "office_hide", p)
	}
	if err != nil && !errors.Is(err, hub.ErrConflict) {
		return err
	}
	s.flash(w, "hidden")
	return s.redirect(w, r, p.Back)
}

// officeButtons are what the office can do with an item of the feed; none for
// others, nor for own items, which are published and not passed on.
func (s *Site) officeButtons(r *http.Request, f frame, e hub.Entry) ([]postForm, error) {
	if !f.IsOffice() || e.Own {
		return nil, nil
	}
	_, stands, err := s.hub.Boosted(r.Context(), e.ID)
	if err != nil {
		return nil, err
	}
	title := textIn(e.Item, f.Lang()).Title
	button := func(path, key, back string) postForm {
		return postForm{
			Action: f.Path("/office/" + path), Label: f.T(key), About: f.T(key) + ": " + title,
			Hidden: []hidden{{"id", e.ID}, {"back", back}},
		}
	}
	first := button("boost", "boost_do", r.URL.RequestURI())
	if stands {
		first = button("unboost", "boost_undo", r.URL.RequestURI())
	}
	hide := button("hide", "hide_do", r.URL.RequestURI())
	hide.Get = true
	return []postForm{first, hide}, nil
}
