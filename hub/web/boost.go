package web

import (
	"errors"
	"net/http"
	"net/url"

	"pergola/hub"
)

// setBoostAll says whether everything is passed on, or what the office picks.
func (s *Site) setBoostAll(w http.ResponseWriter, r *http.Request) error {
	return s.done(w, r, s.hub.SetBoostAll(r.Context(), by(r), r.PostFormValue("boost") == "all"), "boost_saved", s.path(r, "/office/follow"))
}

// A hidePage asks why an item is to be hidden.
type hidePage struct {
	fields
	ID, Back, Reason string
	Subject          phrase
}

func (s *Site) hidePage(r *http.Request, v url.Values) (hidePage, error) {
	f, err := s.unlisted(r, "hide_title")
	if err != nil {
		return hidePage{}, err
	}
	e, err := s.hub.Entry(r.Context(), v.Get("id"))
	if err != nil {
		return hidePage{}, err
	}
	p := hidePage{
		fields: fields{frame: f, form: "hide", needed: []string{"reason"}}, ID: e.ID,
		Back: cmpPath(v.Get("back"), f.Path("/")), Reason: paragraph(v, "reason"), Subject: f.itemTitle(e.Item),
	}
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
	if err = s.hub.Hide(r.Context(), by(r), p.ID, p.Reason); errors.Is(err, hub.ErrConflict) {
		err = nil
	}
	return s.finish(w, r, err, "office_hide", &p, "hidden", p.Back)
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
	title, carried := textIn(e.Item, f.Lang()).Title, []hidden{{"id", e.ID}, {"back", r.URL.RequestURI()}}
	first := f.button("/office/boost", "boost_do", "", title, carried...)
	if stands {
		first = f.button("/office/unboost", "boost_undo", "", title, carried...)
	}
	hide := f.button("/office/hide", "hide_do", "", title, carried...)
	hide.Get = true
	return []postForm{first, hide}, nil
}
