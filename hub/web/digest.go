package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// A digestsPage lists the issues that were sent.
type digestsPage struct {
	frame
	// Digests say what goes out by itself, and when next.
	Digests []digestLine
	Issues  []issueLine
	Older   string
	Start   string
}

// A digestLine is a digest in a list.
type digestLine struct {
	Title phrase
	Next  stamp
}

// An issueLine is an issue in a list.
type issueLine struct {
	URL   string
	Title phrase
	Sent  stamp
}

// digests lists what was sent, newest first.
func (s *Site) digests(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	defined, err := s.hub.Digests(r.Context())
	if err != nil {
		return err
	}
	f.Title, f.Description = f.T("digests_title"), f.T("digests_lead")
	f.Feeds = f.feedLinks(string(hub.ADigest), "own")
	p := digestsPage{frame: f}
	titles := map[string]phrase{}
	for _, d := range defined {
		title := f.digestTitle(d.Digest)
		titles[d.ID] = title
		if d.Enabled {
			next := stamp{}
			if !d.Next.IsZero() {
				next = stamp{Text: f.DateTime(d.Next.In(f.zone)), ISO: d.Next.UTC().Format("2006-01-02T15:04:05Z")}
			}
			p.Digests = append(p.Digests, digestLine{Title: title, Next: next})
		}
	}
	page := from(r, 2*pageSize)
	issues, err := s.hub.Issues(r.Context(), "", page)
	if err != nil {
		return err
	}
	issues, p.Older = onward(issues, 2*pageSize, func(last hub.Issue) string { return query(f.Path("/digests"), "after", last.ID) })
	if page.After != "" {
		p.Start = f.Path("/digests")
	}
	for _, i := range issues {
		if i.State != hub.IssueSent {
			continue
		}
		sent := stamp{Text: f.DateTime(i.Sent.In(f.zone)), ISO: i.Sent.UTC().Format("2006-01-02T15:04:05Z")}
		p.Issues = append(p.Issues, issueLine{URL: f.Path("/digests/" + i.ID), Title: titles[i.Digest], Sent: sent})
	}
	return s.render(w, r, "digests", p)
}

func (f frame) digestTitle(d hub.Digest) phrase {
	title, lang := translate(d.Title, f.Lang())
	if lang == "" {
		lang = f.Lang()
	}
	return f.phrase(title, lang)
}

// An issuePage is one issue with its items by section.
type issuePage struct {
	frame
	Heading  phrase
	Sent     stamp
	Merged   int
	ByHand   bool
	Sections []sectionPart
}

// A sectionPart is a section of an issue.
type sectionPart struct {
	Key, Title string
	Cards      []card
	More       string
}

// digest shows an issue that was sent.
func (s *Site) digest(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	issue, err := s.hub.Issue(r.Context(), chi.URLParam(r, "issue"))
	if err != nil {
		return err
	}
	if issue.State != hub.IssueSent {
		return hub.ErrNotFound
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	p := issuePage{frame: f, Heading: f.digestTitle(issue.Digest), Merged: issue.Merged, ByHand: issue.By != ""}
	p.Sent = stamp{Text: f.DateTime(issue.Sent.In(f.zone)), ISO: issue.Sent.UTC().Format("2006-01-02T15:04:05Z")}
	p.Title = p.Heading.Text + ", " + f.Date(issue.Sent.In(f.zone))
	p.Feeds = f.feedLinks(string(hub.ADigest), "own")
	p.Sections = f.sections(issue.Sections, followed)
	return s.render(w, r, "digest", p)
}

// sections are those of an issue that still have something in them.
func (f frame) sections(all []hub.SectionView, followed []hub.Followed) []sectionPart {
	var parts []sectionPart
	for _, sec := range all {
		if len(sec.Entries) == 0 && sec.More == 0 {
			continue
		}
		part := sectionPart{
			Key: string(sec.Section), Title: f.T("wire_section_" + string(sec.Section)), Cards: f.cards(sec.Entries, followed),
		}
		if sec.More > 0 {
			part.More = f.N("section_more", sec.More)
		}
		parts = append(parts, part)
	}
	return parts
}
