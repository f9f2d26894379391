package atom

import (
	"encoding/json"
	"fmt"
	"io"
)

// The objects of JSON Feed 1.1.
type (
	jsonFeed struct {
		Version     string       `json:"version"`
		Title       string       `json:"title"`
		HomePageURL string       `json:"home_page_url,omitempty"`
		FeedURL     string       `json:"feed_url,omitempty"`
		Description string       `json:"description,omitempty"`
		Language    string       `json:"language,omitempty"`
		Authors     []jsonAuthor `json:"authors,omitempty"`
		Items       []jsonItem   `json:"items"`
	}
	jsonItem struct {
		ID            string       `json:"id"`
		URL           string       `json:"url,omitempty"`
		Title         string       `json:"title,omitempty"`
		ContentHTML   string       `json:"content_html,omitempty"`
		ContentText   *string      `json:"content_text,omitempty"`
		Summary       string       `json:"summary,omitempty"`
		DatePublished string       `json:"date_published,omitempty"`
		DateModified  string       `json:"date_modified,omitempty"`
		Authors       []jsonAuthor `json:"authors,omitempty"`
		Tags          []string     `json:"tags,omitempty"`
		Language      string       `json:"language,omitempty"`
	}
	jsonAuthor struct {
		Name string `json:"name"`
		URL  string `json:"url,omitempty"`
	}
)

// WriteJSON writes f as a JSON Feed 1.1 that is found at selfURL; f.Self is
// the address of the Atom document and not used. Nothing is written when an id
// is missing.
func WriteJSON(w io.Writer, f Feed, selfURL string) error {
	if err := f.check(); err != nil {
		return err
	}
	out := jsonFeed{
		Version:     "https://jsonfeed.org/version/1.1",
		Title:       f.Title,
		HomePageURL: f.URL,
		FeedURL:     selfURL,
		Description: f.Subtitle,
		Language:    f.Language,
		Authors:     authors(f.Author),
		Items:       []jsonItem{}, // required, so never null
	}
	for _, e := range f.Entries {
		out.Items = append(out.Items, item(e))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // else every < of the content takes six bytes
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("writing feed %s: %w", f.ID, err)
	}
	return nil
}

func item(e Entry) jsonItem {
	out := jsonItem{
		ID:          e.ID,
		URL:         e.URL,
		Title:       e.Title,
		ContentHTML: e.HTML,
		Summary:     e.Summary,
		Authors:     authors(e.Author),
		Tags:        e.Categories,
		Language:    e.Language,
	}
	// An item must have one of the two contents, if only an empty one.
	if e.HTML == "" {
		out.ContentText = &e.Summary
	}
	if !e.Published.IsZero() {
		out.DatePublished = stamp(e.Published)
	}
	if u := e.updated(); !u.IsZero() {
		out.DateModified = stamp(u)
	}
	return out
}

func authors(p Person) []jsonAuthor {
	if p.Name == "" {
		return nil
	}
	return []jsonAuthor{{Name: p.Name, URL: p.URI}}
}
