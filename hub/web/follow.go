package web

import (
	"net/http"
	"net/url"
	"strings"

	"pergola/hub"
)

// A followPage is whom the organisation follows, and what it passes on.
type followPage struct {
	fields
	// Address is what was typed.
	Address  string
	Followed []followRow
}

// A followRow is somebody followed.
type followRow struct {
	Name, Handle string
	// URL is its site, "" when a browser cannot open it.
	URL   string
	State string
	// Class is how the state looks: "good", "waiting" or "bad".
	Class string
	When  string
	// Member says what it is beside being followed. Unfollow is the address where
	// ending it is asked, "" for a member.
	Member, Unfollow, UnfollowAbout string
}

// BoostInput asks what is passed on to the followers.
func (p followPage) BoostInput() choiceField {
	return p.choices("boost", "boost_", map[bool]string{true: "all", false: "picked"}[p.Org.BoostAll], "all", "picked")
}

func (s *Site) followPage(r *http.Request) (followPage, error) {
	f, err := s.unlisted(r, "follow_title")
	if err != nil {
		return followPage{}, err
	}
	all, err := s.hub.Followed(r.Context(), f.Lang())
	if err != nil {
		return followPage{}, err
	}
	p := followPage{fields: fields{frame: f, form: "follow", needed: []string{"address"}}}
	p.Followed = each(all, f.followRow)
	return p, nil
}

func (f frame) followRow(one hub.Followed) followRow {
	row := followRow{
		Name: one.Name, Handle: one.Handle, URL: webLink(one.URL), State: f.T("follow_" + string(one.State)),
		Unfollow: query(f.Path("/office/unfollow"), "actor", one.Actor), UnfollowAbout: f.T("follow_unfollow") + ": " + one.Name,
	}
	row.Member = f.T("is_observer")
	if one.Member {
		row.Member, row.Unfollow = f.T("is_member"), ""
	}
	at := one.Since
	switch one.State {
	case hub.Accepted:
		row.Class, at = "good", one.Answered
	case hub.Refused:
		row.Class, at = "bad", one.Answered
	default:
		row.Class = "waiting"
	}
	if at.IsZero() {
		at = one.Since
	}
	row.When = f.DateTime(at.In(f.zone))
	return row
}

// follows shows whom the organisation follows.
func (s *Site) follows(w http.ResponseWriter, r *http.Request) error {
	p, err := s.followPage(r)
	if err != nil {
		return err
	}
	p.Address = line(r.URL.Query(), "address")
	return s.render(w, r, "office_follow", p)
}

// authorizeInteraction is where another site sends somebody of ours who wants
// to follow what they see there: to the form, filled in. (WebFinger promises
// this address as OStatus's subscribe template.)
func (s *Site) authorizeInteraction(w http.ResponseWriter, r *http.Request) error {
	address := line(r.URL.Query(), "uri")
	http.Redirect(w, r, s.path(r, "/office/follow?address=")+url.QueryEscape(strings.TrimPrefix(address, "acct:")), http.StatusFound)
	return nil
}

// follow asks somebody to let us follow them.
func (s *Site) follow(w http.ResponseWriter, r *http.Request) error {
	p, err := s.followPage(r)
	if err != nil {
		return err
	}
	p.Address = line(r.PostForm, "address")
	_, err = s.hub.Follow(r.Context(), by(r), p.Address)
	return s.finish(w, r, err, "office_follow", &p, "followed", p.Path("/office/follow"))
}

// confirmUnfollow asks before somebody is followed no more.
func (s *Site) confirmUnfollow(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	all, err := s.hub.Followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Actor == r.URL.Query().Get("actor") {
			subject := phrase{Text: strings.TrimSpace(one.Name + " " + one.Handle)}
			return s.render(w, r, "confirm", f.confirmPage("unfollow", subject, "/office/unfollow", "/office/follow", hidden{"actor", one.Actor}))
		}
	}
	return hub.ErrNotFound
}
