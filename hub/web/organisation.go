package web

import (
	"html/template"
	"net/http"

	"pergola/hub"
	"pergola/hub/text"
)

// An aboutPage is the organisation's profile.
type aboutPage struct {
	frame
	About     template.HTML
	AboutLang string
	// Website is "" when there is none that a browser can open.
	Website string
	Follow  followForm
	// Pinned are the items that stand first here.
	Pinned []card
	// Facts are the fields in the organisation's own words.
	Facts     []fact
	Followers int
	Founded   stamp
	// Agreements is how many answers to calls have led to one.
	Agreements int
	// MemberOf are the organisations that it is a member of.
	MemberOf []fact
	Charter  charterView
}

// about shows who the organisation is and how to follow it.
func (s *Site) about(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	followers, err := s.hub.CountFollowers(r.Context())
	if err != nil {
		return err
	}
	f.Title = f.T("about_title")
	markdown, lang := translate(f.Org.About, f.Lang())
	html := text.Markdown(markdown)
	f.Description = text.Excerpt(text.Plain(html), 200)
	f.Feeds = f.feedLinks("", "own")
	s.represent(&f)
	pinned, err := s.hub.Pinned(r.Context())
	if err != nil {
		return err
	}
	var facts []fact
	for _, field := range f.Org.Fields {
		x := fact{Text: field.Value}
		if webLink(field.Value) != "" {
			x = linkFact(field.Value)
		}
		x.Name = field.Name
		facts = append(facts, x)
	}
	above, err := s.hub.Members(r.Context(), hub.Above, f.Lang())
	if err != nil {
		return err
	}
	memberOf := each(above, func(m hub.MembershipView) fact { return fact{Text: m.With.Name, URL: webLink(m.With.URL)} })
	agreements, err := s.hub.Agreements(r.Context())
	if err != nil {
		return err
	}
	charter, err := s.hub.Charter(r.Context(), "")
	if err != nil {
		return err
	}
	s.allowFormsElsewhere(w)
	return s.render(w, r, "about", aboutPage{
		frame: f, Follow: f.followForm(f.Handle), Facts: facts, Pinned: f.cards(pinned, nil), About: trusted(html), AboutLang: lang, Website: webLink(f.Org.Website), Followers: followers,
		Founded: f.stamp(f.Org.Founded), MemberOf: memberOf, Agreements: agreements, Charter: f.charterView(charter),
	})
}
