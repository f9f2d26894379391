package hub

import (
	"cmp"
	"html"
	"slices"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub/roster"
	"pergola/hub/text"
)

func (f *facts) call(c Call, lang string) {
	f.lines = append(f.lines, html.EscapeString(f.T("wire_purpose_"+string(c.Purpose))))
	f.add("wire_result", "What", c.ResultLine(f.Printer))
	f.add("wire_seeks", "What", c.Seeks.In(lang))
	var lands []string
	for _, code := range c.Countries {
		lands = append(lands, f.Country(code))
	}
	f.add("wire_countries", "Where", strings.Join(lands, ", "))
	f.add("wire_partnerships", "What", Terms(f.Printer, "partnership_", PartnershipTerms(), c.Partnerships))
	f.add("wire_partners", "Who", Terms(f.Printer, "partner_", PartnerTerms(), c.Partners))
	for _, said := range c.Facts(f.Printer) {
		line := cmp.Or(said.Text, said.Said.In(lang))
		line = html.EscapeString(f.T(said.Key) + ": " + line)
		if said.URL != "" {
			line += ` (<a href="` + html.EscapeString(said.URL) + `">` + html.EscapeString(said.URL) + `</a>)`
		}
		f.lines = append(f.lines, line)
	}
	if c.UpTo.Amount != "" {
		f.add("wire_up_to", "Amount", f.Money(c.UpTo.Amount, c.UpTo.Currency))
	}
	if c.Total.Amount != "" {
		f.add("wire_total", "Amount", f.Money(c.Total.Amount, c.Total.Currency))
	}
	f.add("wire_opens", "When", whenLine(c.Opens, When{}, f.Printer))
	f.add("wire_deadline", "When", whenLine(c.Deadline, When{}, f.Printer))
	f.add("wire_cut_offs", "When", CutOffLine(c, f.Printer))
	f.link("wire_apply", c.ApplyURL)
}

func wireCall(c Call) *vocab.Proposal {
	w := &vocab.Proposal{
		Purpose: "request", Kind: string(c.Purpose), Matter: c.Matter, Seeks: c.Seeks, Countries: c.Countries,
		Partnerships: c.Partnerships, Partners: c.Partners,
		Zone: c.Deadline.Zone, ApplyURL: c.ApplyURL, Closed: c.Closed,
		Role: c.Role, Wanted: c.Wanted, Regions: c.Regions, Sectors: c.Sectors, Keywords: c.Keywords,
		Stage: c.Stage, Rights: c.Rights, RightsNote: c.RightsNote, TRLFrom: c.TRLFrom, TRLTo: c.TRLTo,
		Programme: c.Programme, CoFunding: c.CoFunding, Languages: c.Languages,
		Behalf:      vocab.Party{Name: c.Behalf.Name, URL: c.Behalf.URL},
		BehalfTerms: distinct([]string{c.Behalf.Country, c.Behalf.Kind, c.Behalf.Size}),
		Result:      string(c.Result), ResultNote: c.ResultNote,
	}
	for _, at := range c.CutOffs {
		w.CutOffs = append(w.CutOffs, at.last())
	}
	if c.Purpose == Offer || c.Purpose == Funding {
		w.Purpose = "offer"
	}
	if c.Opens.Set() {
		w.Opens = c.Opens.In()
	}
	if c.Deadline.Set() {
		w.Deadline = c.Deadline.last()
	}
	if c.UpTo.Amount != "" {
		m := c.UpTo
		w.UpTo = &m
	}
	if c.Total.Amount != "" {
		m := c.Total
		w.Total = &m
	}
	return w
}

func foreignCall(w vocab.Proposal, zone string) *Call {
	zone = knownZone(w.Zone, zone)
	c := &Call{
		Purpose: Purpose(w.Kind), Matter: foreignLine(w.Matter), Seeks: foreignText(w.Seeks, maxTeaser), Opens: NewWhen(foreignTime(w.Opens), zone),
		Deadline: NewWhen(foreignTime(w.Deadline), zone), Closed: w.Closed,
	}
	if !slices.Contains([]Purpose{Offer, Request, Funding, Other}, c.Purpose) {
		c.Purpose = Purpose(cmp.Or(w.Purpose, string(Other)))
	}
	for _, code := range w.Countries {
		if roster.IsCountry(code) {
			c.Countries = append(c.Countries, code)
		}
	}
	c.Role, c.RightsNote, c.ResultNote = foreignText(w.Role, maxName), foreignText(w.RightsNote, maxName), foreignText(w.ResultNote, maxName)
	c.Wanted, c.CoFunding = within(w.Wanted, MaxWanted), within(w.CoFunding, 100)
	if c.TRLFrom, c.TRLTo = within(w.TRLFrom, 9), within(w.TRLTo, 9); c.TRLTo != 0 && c.TRLTo < c.TRLFrom {
		c.TRLFrom, c.TRLTo = 0, 0
	}
	c.Regions, c.Sectors, c.Keywords = foreignTerms(w.Regions), foreignTerms(w.Sectors), foreignTerms(w.Keywords)
	c.Stage, c.Rights, c.Languages = foreignLine(w.Stage), foreignLine(w.Rights), foreignTerms(w.Languages)
	c.Programme = vocab.Programme{Name: foreignLine(w.Programme.Name), Call: foreignLine(w.Programme.Call)}
	if webURL(w.Programme.URL) {
		c.Programme.URL = w.Programme.URL
	}
	for _, at := range w.CutOffs {
		if !plausible(at).IsZero() && len(c.CutOffs) < MaxCutOffs {
			c.CutOffs = append(c.CutOffs, NewWhen(at, zone))
		}
	}
	c.Behalf = foreignBehalf(w)
	c.Result = Outcome(w.Result)
	c.Partnerships, c.Partners = foreignTerms(w.Partnerships), foreignTerms(w.Partners)
	for _, m := range []struct {
		from *vocab.Money
		to   *vocab.Money
	}{{w.UpTo, &c.UpTo}, {w.Total, &c.Total}} {
		if m.from != nil && amount.MatchString(m.from.Amount) {
			*m.to = *m.from
		}
	}
	if webURL(w.ApplyURL) || isMailto(w.ApplyURL) {
		c.ApplyURL = w.ApplyURL
	}
	return c
}

// foreignTerms are terms of others as plain text.
func foreignTerms(terms []string) []string {
	var plain []string
	for _, t := range terms {
		if t = foreignLine(t); t != "" {
			plain = append(plain, t)
		}
	}
	return plain
}

// foreignLine is a line of others as plain text.
func foreignLine(s string) string { return shorten(oneLine(text.Plain(s)), maxTitle) }

// foreignText is a text of others as plain text, of n characters at most.
func foreignText(t vocab.Text, n int) vocab.Text {
	t = slices.Clone(t)
	for i := range t {
		t[i].Value = shorten(oneLine(text.Plain(t[i].Value)), n)
	}
	return t
}

// within is n where it is from 1 to most, else 0.
func within(n, most int) int {
	if n < 1 || n > most {
		return 0
	}
	return n
}

// foreignBehalf is for whom others speak; of one who is not named each term is
// what it can be.
func foreignBehalf(w vocab.Proposal) Behalf {
	if b := (Behalf{Name: foreignLine(w.Behalf.Name)}); b.Name != "" {
		if webURL(w.Behalf.URL) {
			b.URL = w.Behalf.URL
		}
		return b
	}
	var b Behalf
	for _, t := range w.BehalfTerms {
		switch {
		case roster.IsCountry(t):
			b.Country = t
		case slices.Contains(roster.Kinds(), t):
			b.Kind = t
		case slices.Contains(SizeTerms(), t):
			b.Size = t
		}
	}
	return b
}
