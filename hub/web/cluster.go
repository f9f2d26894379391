package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// A clustersPage lists the members, and those whose items come here without
// their being members.
type clustersPage struct {
	frame
	Members, Observers []clusterLine
}

// A clusterLine is one of them.
type clusterLine struct {
	frame
	Name, Handle string
	// URL is its page here, "" when there is none.
	URL, Site string
	// Since says since when it is a member, or followed.
	Since  string
	Avatar avatar
}

// clusters lists members and observers.
func (s *Site) clusters(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	members, err := s.hub.Members(r.Context(), hub.Below, f.Lang())
	if err != nil {
		return err
	}
	f.Title, f.Description = f.T("clusters_title"), f.T("clusters_lead")
	p := clustersPage{frame: f}
	pages := map[string]string{}
	for _, c := range followed {
		pages[c.Actor] = f.ClusterPath(c.Profile)
		if !c.Member {
			p.Observers = append(p.Observers, f.clusterLine(c.Profile, pages[c.Actor], f.T("here_since", "Date", f.stamp(c.Since).Text)))
		}
	}
	for _, m := range members {
		p.Members = append(p.Members, f.clusterLine(m.With, pages[m.Other], f.T("member_since", "Date", f.stamp(m.Joined).Text)))
	}
	return s.render(w, r, "clusters", p)
}

func (f frame) clusterLine(p hub.Profile, page, since string) clusterLine {
	return clusterLine{frame: f, Name: p.Name, Handle: p.Handle, URL: page, Site: webLink(p.URL), Since: since, Avatar: avatarOf(p)}
}

// A clusterPage shows what somebody we follow publishes.
type clusterPage struct {
	frame
	Cluster      hub.Followed
	Follow       followForm
	Avatar       avatar
	Site         string
	About        template.HTML
	Types        []menuEntry
	Cards        []card
	Older, Start string
	Charter      charterView
}

// cluster shows one of those we follow, with its items.
func (s *Site) cluster(w http.ResponseWriter, r *http.Request) error {
	handle, err := url.PathUnescape(chi.URLParam(r, "handle"))
	if err != nil {
		return hub.ErrNotFound
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	for _, c := range followed {
		if c.Handle == handle {
			return s.showCluster(w, r, c)
		}
	}
	return hub.ErrNotFound
}

func (s *Site) showCluster(w http.ResponseWriter, r *http.Request, c hub.Followed) error {
	q := r.URL.Query()
	q.Set("from", c.Handle)
	asked := r.Clone(r.Context())
	asked.URL.RawQuery = q.Encode()
	l, err := s.list(asked, "", s.hub.Feed)
	if err != nil {
		return err
	}
	p := clusterPage{frame: l.frame, Cluster: c, Avatar: avatarOf(c.Profile), Site: webLink(c.Profile.URL), About: trusted(c.About), Cards: l.cards}
	p.Alternates, p.Here = s.alternates(r), r.URL.RequestURI()
	p.Title, p.Document, p.Creator = c.Profile.Name, c.Profile.ID, strings.TrimPrefix(c.Handle, "@")
	path := p.ClusterPath(c.Profile)
	if l.older != "" {
		p.Older = query(path, "type", q.Get("type"), "after", l.entries[len(l.entries)-1].Cursor)
	}
	if l.start != "" {
		p.Start = query(path, "type", q.Get("type"))
	}
	for _, t := range append([]hub.ItemType{""}, itemTypes()[:3]...) {
		key := "filter_all"
		if t != "" {
			key = "types_" + string(t)
		}
		p.Types = append(p.Types, menuEntry{
			URL: query(path, "type", string(t)), Text: p.T(key), Current: q.Get("type") == string(t),
		})
	}
	charter, err := s.hub.Charter(r.Context(), c.Profile.ID)
	if err != nil {
		return err
	}
	p.Charter = p.charterView(charter)
	p.Follow = p.followForm(c.Handle)
	s.allowFormsElsewhere(w)
	return s.render(w, r, "cluster", p)
}
