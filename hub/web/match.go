package web

import (
	"net/http"
	"strings"

	"pergola/hub"
	"pergola/hub/roster"
)

// A matchesPage shows which open calls may interest which members.
type matchesPage struct {
	frame
	Calls []matchedCall
	// None says why there is nothing to show, NoneHelp what can be done; Help is
	// where, HelpText the name of that page.
	None, NoneHelp, Help, HelpText string
	// Older leads to calls with later deadlines, All to all of them; "" for none.
	Older, All string
}

// A matchedCall is a call with the members that it may interest.
type matchedCall struct {
	card
	Members []matchedMember
	// More says how many there are besides, None that there is none.
	More, None string
}

// A matchedMember is one of them, and why.
type matchedMember struct{ Name, URL, Reasons string }

// matches shows which open calls may interest members.
func (s *Site) matches(w http.ResponseWriter, r *http.Request) error {
	f, err := s.unlisted(r, "matches_title")
	if err != nil {
		return err
	}
	id := r.URL.Query().Get("id")
	m, err := s.hub.Matches(r.Context(), by(r), id, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	p := matchesPage{frame: f}
	if id != "" {
		p.All = f.Path("/desk/matches")
	}
	if m.After != "" {
		p.Older = query(f.Path("/desk/matches"), "after", m.After)
	}
	for _, c := range m.Calls {
		row := matchedCall{card: f.card(c.Entry, followed)}
		for _, match := range c.Matches {
			row.Members = append(row.Members, matchedMember{match.Member.Name, webLink(match.Member.Website), f.reasons(match.Reasons)})
		}
		if c.More > 0 {
			row.More = f.N("section_more", c.More)
		}
		if len(row.Members) == 0 {
			row.None = f.T("matches_none_of_call")
		}
		p.Calls = append(p.Calls, row)
	}
	switch {
	case m.Members == 0:
		p.None, p.NoneHelp, p.Calls = f.T("matches_no_members"), f.T("matches_no_members_help"), nil
		if f.IsOffice() {
			p.Help, p.HelpText = f.Path("/office/directory"), f.T("menu_office_directory")
		}
	case m.Asked == 0:
		p.None, p.NoneHelp = f.T("no_calls"), f.T("no_calls_help")
	case len(p.Calls) == 0:
		p.None, p.NoneHelp = f.T("matches_none"), f.T("matches_none_help")
		p.Help, p.HelpText = f.Path("/calls"), f.T("menu_calls")
	}
	return s.render(w, r, "desk_matches", p)
}

// reasons say in words what a call and a member have in common.
func (f frame) reasons(all []hub.Reason) string {
	var said []string
	for _, r := range all {
		what := strings.Join(r.Terms, ", ")
		switch r.Kind {
		case hub.CommonSector:
			what = hub.SectorLine(f.Printer, r.Terms)
		case hub.CommonPartner:
			what = hub.Terms(f.Printer, "organisation_kind_", roster.Kinds(), r.Terms)
		case hub.CommonRegion:
			what = hub.Terms(f.Printer, "nuts_", roster.Regions(), r.Terms)
		case hub.CommonCountry:
			what = f.countries(r.Terms)
		}
		said = append(said, f.T("match_"+r.Kind, "What", what))
	}
	return strings.Join(said, " · ")
}
