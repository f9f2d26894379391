// Package atom writes feeds for feed readers, as Atom (RFC 4287) and as JSON
// Feed 1.1 (https://www.jsonfeed.org/version/1.1/).
//
// It knows how the two formats want titles, dates, languages and authors. It
// does not know where entries come from, cleans no HTML and reads no feed: a
// [Feed] goes in, bytes come out, and the same Feed gives the same bytes.
package atom

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The media types of the two formats.
const (
	MediaType     = "application/atom+xml"
	JSONMediaType = "application/feed+json"
)

// A Feed is a list of entries with what is said about the whole.
type Feed struct {
	ID       string // a URI that never changes; required
	Title    string // text; required by both formats
	Subtitle string // text, may be empty
	URL      string // the page that shows the same
	Self     string // where the Atom document itself is found
	Language string // BCP 47, such as "hu"
	Updated  time.Time
	Author   Person
	Entries  []Entry // in the order in which they are written
}

// An Entry is one item of a feed.
type Entry struct {
	ID         string // a URI that never changes; required
	URL        string // the page of the item
	Title      string // text, not HTML
	Summary    string // text, may be empty
	HTML       string // the whole, as clean HTML; may be empty
	Language   string // BCP 47, when it is not that of the feed
	Published  time.Time
	Updated    time.Time // Published when it is zero
	Author     Person
	Categories []string
}

// A Person is who wrote a feed or an entry: people and organisations alike.
type Person struct {
	Name string // no author is written when it is empty
	URI  string // may be empty
}

// errNoID says that a required id is missing: readers would take every entry
// for the same one.
var errNoID = errors.New("no id")

// check reports the first feed or entry without an id.
func (f Feed) check() error {
	if f.ID == "" {
		return fmt.Errorf("writing feed %q: %w", f.Title, errNoID)
	}
	for _, e := range f.Entries {
		if e.ID == "" {
			return fmt.Errorf("writing entry %q: %w", e.Title, errNoID)
		}
	}
	return nil
}

// updated is when the newest thing in f changed, for a feed that does not say.
func (f Feed) updated() time.Time {
	newest := f.Updated
	if newest.IsZero() {
		for _, e := range f.Entries {
			if u := e.updated(); u.After(newest) {
				newest = u
			}
		}
	}
	return newest
}

func (e Entry) updated() time.Time {
	if e.Updated.IsZero() {
		return e.Published
	}
	return e.Updated
}

// The elements of RFC 4287, 4, in the order in which they are written.
type (
	xmlFeed struct {
		XMLName  xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
		Language string     `xml:"xml:lang,attr,omitempty"`
		ID       string     `xml:"id"`
		Title    string     `xml:"title"`
		Subtitle string     `xml:"subtitle,omitempty"`
		Updated  string     `xml:"updated"`
		Links    []xmlLink  `xml:"link"`
		Author   *xmlPerson `xml:"author"`
		Entries  []xmlEntry `xml:"entry"`
	}
	xmlEntry struct {
		Language   string        `xml:"xml:lang,attr,omitempty"`
		ID         string        `xml:"id"`
		Title      string        `xml:"title"`
		Published  string        `xml:"published,omitempty"`
		Updated    string        `xml:"updated"`
		Links      []xmlLink     `xml:"link"`
		Author     *xmlPerson    `xml:"author"`
		Categories []xmlCategory `xml:"category"`
		Summary    string        `xml:"summary,omitempty"`
		Content    *xmlContent   `xml:"content"`
	}
	xmlLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	xmlPerson struct {
		Name string `xml:"name"`
		URI  string `xml:"uri,omitempty"`
	}
	xmlCategory struct {
		Term string `xml:"term,attr"`
	}
	xmlContent struct {
		Type string `xml:"type,attr"`
		HTML string `xml:",chardata"`
	}
)

// WriteAtom writes f as an Atom document (RFC 4287). Characters that XML
// cannot hold are left out. Nothing is written when an id is missing.
func WriteAtom(w io.Writer, f Feed) error {
	if err := f.check(); err != nil {
		return err
	}
	out := xmlFeed{
		Language: legal(f.Language),
		ID:       legal(f.ID),
		Title:    legal(f.Title),
		Subtitle: legal(f.Subtitle),
		Updated:  stamp(f.updated()),
		Links:    links(f.Self, f.URL),
		Author:   person(f.Author),
	}
	// A feed must have an author unless every entry has one; the feed itself
	// is the best answer left. (RFC 4287, 4.1.1)
	if out.Author == nil {
		out.Author = person(Person{Name: cmp.Or(f.Title, f.ID)})
	}
	for _, e := range f.Entries {
		out.Entries = append(out.Entries, entry(e))
	}
	b, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("writing feed %s: %w", f.ID, err)
	}
	if _, err := io.WriteString(w, xml.Header+string(b)+"\n"); err != nil {
		return fmt.Errorf("writing feed %s: %w", f.ID, err)
	}
	return nil
}

func entry(e Entry) xmlEntry {
	out := xmlEntry{
		Language: legal(e.Language),
		ID:       legal(e.ID),
		Title:    legal(e.Title),
		Updated:  stamp(e.updated()),
		Links:    links("", e.URL),
		Author:   person(e.Author),
		Summary:  legal(e.Summary),
	}
	if !e.Published.IsZero() {
		out.Published = stamp(e.Published)
	}
	for _, c := range e.Categories {
		out.Categories = append(out.Categories, xmlCategory{Term: legal(c)})
	}
	if e.HTML != "" {
		out.Content = &xmlContent{Type: "html", HTML: legal(e.HTML)}
	}
	return out
}

func links(self, page string) []xmlLink {
	var out []xmlLink
	if self != "" {
		out = append(out, xmlLink{Rel: "self", Type: MediaType, Href: legal(self)})
	}
	if page != "" {
		out = append(out, xmlLink{Rel: "alternate", Type: "text/html", Href: legal(page)})
	}
	return out
}

func person(p Person) *xmlPerson {
	if p.Name == "" {
		return nil
	}
	return &xmlPerson{Name: legal(p.Name), URI: legal(p.URI)}
}

// stamp writes t to the second, in UTC. (RFC 3339)
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// legal leaves out what is no character of XML 1.0 ("2.2 Characters"), bytes
// that are no UTF-8 among it. A reader refuses the whole feed for one of them.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return r
		case r < 0x20, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
