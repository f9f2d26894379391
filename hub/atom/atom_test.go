package atom_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/hub/atom"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a feed in which everything is said once.
func sample() atom.Feed {
	budapest := time.FixedZone("CEST", 2*60*60)
	return atom.Feed{
		ID:       "https://assoc.example/a/assoc",
		Title:    "Klaszterek <hírei> & eseményei",
		Subtitle: "Minden, amit a tagok közöltek",
		URL:      "https://assoc.example/hu/",
		Self:     "https://assoc.example/hu/feed.atom",
		Language: "hu",
		Updated:  time.Date(2027, 3, 29, 8, 0, 0, 0, budapest),
		Author:   atom.Person{Name: "Szövetség", URI: "https://assoc.example/"},
		Entries: []atom.Entry{{
			ID:         "https://photonics.example/o/01J0000000000000000000000A",
			URL:        "https://photonics.example/hu/i/01J0000000000000000000000A/uj-lezer",
			Title:      "Új lézer: 5 < 6 & \"több\"",
			Summary:    "Rövid\x00 összefoglaló\x1f\n\ttabbal",
			HTML:       `<p>Árvíztűrő <a href="https://x.example/?a=1&amp;b=2">tükörfúrógép</a> ]]&gt;</p>` + "\x0b",
			Published:  time.Date(2027, 3, 28, 1, 30, 0, 999, time.UTC),
			Updated:    time.Date(2027, 3, 28, 3, 30, 0, 0, budapest),
			Author:     atom.Person{Name: "Fotonika Klaszter", URI: "https://photonics.example/a/photonics"},
			Categories: []string{"news", "lézer & optika"},
		}, {
			ID:        "https://wood.example/o/01J0000000000000000000000B",
			Title:     "Call for partners",
			Language:  "en",
			Published: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
		}},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; look, then run with -update (-want +got):\n%s", path, diff)
	}
}

func TestWriteAtom(t *testing.T) {
	var b bytes.Buffer
	if err := atom.WriteAtom(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "feed.atom", b.Bytes())

	// What a reader gets out of it.
	type link struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	var got struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Title   string   `xml:"title"`
		Links   []link   `xml:"link"`
		Entries []struct {
			Lang    string    `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
			Title   string    `xml:"title"`
			Summary string    `xml:"summary"`
			Content string    `xml:"content"`
			Updated time.Time `xml:"updated"`
			Terms   []struct {
				Term string `xml:"term,attr"`
			} `xml:"category"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	f := sample()
	if got.Title != f.Title || got.Lang != "hu" || len(got.Entries) != 2 {
		t.Fatalf("read back %+v", got)
	}
	wantLinks := []link{{"self", atom.MediaType, f.Self}, {"alternate", "text/html", f.URL}}
	if diff := cmp.Diff(wantLinks, got.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	e := got.Entries[0]
	if e.Title != f.Entries[0].Title || e.Content != strings.TrimSuffix(f.Entries[0].HTML, "\x0b") ||
		e.Summary != "Rövid összefoglaló\n\ttabbal" || !e.Updated.Equal(f.Entries[0].Updated) ||
		len(e.Terms) != 2 || e.Terms[1].Term != "lézer & optika" {
		t.Errorf("read back %+v", e)
	}
	if got.Entries[1].Lang != "en" || !got.Entries[1].Updated.Equal(f.Entries[1].Published) {
		t.Errorf("read back %+v", got.Entries[1])
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	if err := atom.WriteJSON(&b, sample(), "https://assoc.example/hu/feed.json"); err != nil {
		t.Fatal(err)
	}
	golden(t, "feed.json", b.Bytes())
	var got struct {
		FeedURL string `json:"feed_url"`
		Items   []struct {
			HTML string    `json:"content_html"`
			Text *string   `json:"content_text"`
			Date time.Time `json:"date_published"`
			Tags []string  `json:"tags"`
		} `json:"items"`
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	f := sample()
	if got.FeedURL != "https://assoc.example/hu/feed.json" || got.Items[0].HTML != f.Entries[0].HTML ||
		!cmp.Equal(got.Items[0].Tags, f.Entries[0].Categories) || got.Items[0].Text != nil || got.Items[1].Text == nil {
		t.Errorf("read back %+v", got)
	}
	if !strings.Contains(b.String(), `<p>Árvíztűrő`) {
		t.Error("HTML is escaped for nothing")
	}
}

func TestEmptyFeed(t *testing.T) {
	f := atom.Feed{ID: "https://a.example/", Title: "Üres", Updated: time.Unix(0, 0)}
	var a, j bytes.Buffer
	if err := errors.Join(atom.WriteAtom(&a, f), atom.WriteJSON(&j, f, "")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(a.String(), "<author>\n    <name>Üres</name>") {
		t.Errorf("no author in a feed without one:\n%s", a.String())
	}
	if !strings.Contains(j.String(), `"items": []`) {
		t.Errorf("items of an empty feed:\n%s", j.String())
	}
}

func TestUpdatedIsThatOfTheNewestEntry(t *testing.T) {
	f := sample()
	f.Updated = time.Time{}
	var b bytes.Buffer
	if err := atom.WriteAtom(&b, f); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "</subtitle>\n  <updated>2027-03-28T01:30:00Z</updated>") {
		t.Errorf("updated is not that of the newest entry:\n%s", b.String())
	}
}

func TestMissingID(t *testing.T) {
	feed, entry := sample(), sample()
	feed.ID, entry.Entries[1].ID = "", ""
	for _, f := range []atom.Feed{feed, entry} {
		var b bytes.Buffer
		if atom.WriteAtom(&b, f) == nil || atom.WriteJSON(&b, f, "") == nil || b.Len() > 0 {
			t.Errorf("a feed with a missing id is written: %s", b.String())
		}
	}
}

func TestWriteErrors(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	_ = w.Close()
	if err := atom.WriteAtom(w, sample()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("WriteAtom to a closed file: %v", err)
	}
	if err := atom.WriteJSON(w, sample(), ""); !errors.Is(err, os.ErrClosed) {
		t.Errorf("WriteJSON to a closed file: %v", err)
	}
}

// FuzzWriteAtom: whatever stands in the fields, the document is well-formed.
func FuzzWriteAtom(f *testing.F) {
	f.Add("a\x00\ufffe\xff", "]]>", "<p>")
	f.Fuzz(func(t *testing.T, title, link, html string) {
		feed := sample()
		feed.Title, feed.URL, feed.Entries[0].HTML = title, link, html
		feed.Entries[0].Categories = []string{title}
		var b bytes.Buffer
		if err := atom.WriteAtom(&b, feed); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(b.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%q is not well-formed: %v", b.String(), err)
		}
	})
}
