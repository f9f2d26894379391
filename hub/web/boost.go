package web

import (
	"context"
	"errors"
	"net/http"

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
	// A hidden item's own page is gone as well: back to the feed then.
	return []postForm{first, button("hide", "hide_do", f.Path("/"))}, nil
}
