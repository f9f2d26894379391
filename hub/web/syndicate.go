package web

import (
	"bytes"
	"html"
	"net/http"
	"slices"
	"strings"

	"pergola/hub"
	"pergola/hub/atom"
)

// feedSize is how many entries a feed for feed readers has.
const feedSize = 50

// feedLinks are the page's list in both formats, with the page's filters.
func (f frame) feedLinks(itemType, from string) []feedLink {
	return []feedLink{
		{URL: query(f.Path("/feed.atom"), "type", itemType, "from", from), Name: "Atom", Atom: true},
		{URL: query(f.Path("/feed.json"), "type", itemType, "from", from), Name: "JSON Feed"},
	}
}

func (s *Site) feedAtom(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readFeed(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := atom.WriteAtom(&b, f); err != nil {
		return err
	}
	w.Header().Set("Content-Type", atom.MediaType+"; charset=utf-8")
	return s.write(w, r, http.StatusOK, b.Bytes())
}

func (s *Site) feedJSON(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readFeed(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := atom.WriteJSON(&b, f, f.Self); err != nil {
		return err
	}
	w.Header().Set("Content-Type", atom.JSONMediaType+"; charset=utf-8")
	return s.write(w, r, http.StatusOK, b.Bytes())
}

// readFeed is the list that a query asks for, as the pages show it.
func (s *Site) readFeed(r *http.Request) (atom.Feed, error) {
	f, err := s.frame(r)
	if err != nil {
		return atom.Feed{}, err
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return atom.Feed{}, err
	}
	want := wanted(r.URL.Query(), f.Org.Kind != hub.Association, followed)
	entries, err := s.hub.Feed(r.Context(), want, hub.Page{Limit: feedSize})
	if err != nil {
		return atom.Feed{}, err
	}
	asked := []string{"type", string(want.Type), "from", r.URL.Query().Get("from")}
	page := s.absolute(query(f.Path("/"), asked...))
	self := s.absolute(query(r.URL.Path, asked...))
	feed := atom.Feed{
		ID: s.absolute(query(f.Path("/feed"), asked...)), Title: f.feedTitle(want, followed), URL: page, Self: self,
		Language: f.Lang(), Author: atom.Person{Name: f.OrgTitle, URI: s.absolute("/")}, Updated: f.Org.Updated,
	}
	for _, e := range entries {
		feed.Entries = append(feed.Entries, s.feedEntry(f, e))
	}
	return feed, nil
}

// feedTitle says what of whom a feed has.
func (f frame) feedTitle(want hub.FeedFilter, followed []hub.Followed) string {
	parts := []string{f.OrgTitle}
	for _, c := range followed {
		if c.Profile.ID == want.Author {
			parts = append(parts, c.Profile.Name)
		}
	}
	if want.Type != "" {
		parts = append(parts, f.T("types_"+string(want.Type)))
	}
	return strings.Join(parts, " – ")
}

func (s *Site) feedEntry(f frame, e hub.Entry) atom.Entry {
	t := textIn(e.Item, f.Lang())
	link, _ := original(e.Item)
	if e.Own {
		link = s.absolute(f.itemPath(e.Item))
	}
	entry := atom.Entry{
		ID: e.ID, URL: link, Title: t.Title, Summary: t.Teaser, HTML: f.factLines(e.Item) + bodyOf(t), Language: t.Lang,
		Published: e.Published, Updated: e.Updated,
		Author:     atom.Person{Name: e.By.Name, URI: webLink(e.By.URL)},
		Categories: []string{f.T("type_" + string(e.Type))},
	}
	return entry
}

// bodyOf is the text of an item, its teaser when that is all there is.
func bodyOf(t hub.ItemText) string {
	if t.HTML == "" && t.Teaser != "" {
		return "<p>" + html.EscapeString(t.Teaser) + "</p>"
	}
	return t.HTML
}

// factLines say of an event or a call what its text does not.
func (f frame) factLines(it hub.Item) string {
	var b strings.Builder
	notes, _ := f.notes(it)
	for _, n := range notes {
		b.WriteString("<p><strong>" + html.EscapeString(n.Text) + "</strong></p>")
	}
	facts := slices.DeleteFunc(f.facts(it), func(x fact) bool { return x.Text == "" })
	for _, x := range facts {
		words := html.EscapeString(x.Text)
		if x.URL != "" {
			words = `<a href="` + html.EscapeString(x.URL) + `">` + words + `</a>`
		}
		b.WriteString("<p>" + html.EscapeString(x.Name) + ": " + words + "</p>")
	}
	return b.String()
}
