package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// A clustersPage lists those whose items come here.
type clustersPage struct {
	frame
	Clusters []clusterLine
}

// A clusterLine is one of them.
type clusterLine struct {
	hub.Followed
	URL, Site string
	Since     stamp
	Avatar    avatar
}

// clusters lists those that the organisation follows.
func (s *Site) clusters(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	f.Title, f.Description = f.T("clusters_title"), f.T("clusters_lead")
	p := clustersPage{frame: f}
	for _, c := range followed {
		p.Clusters = append(p.Clusters, clusterLine{
			Followed: c, URL: f.ClusterPath(c.Profile), Site: webLink(c.Profile.URL), Since: f.stamp(c.Since),
			Avatar: avatarOf(c.Profile),
		})
	}
	return s.render(w, r, "clusters", p)
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
	p.Follow = p.followForm(c.Handle)
	s.allowFormsElsewhere(w)
	return s.render(w, r, "cluster", p)
}
