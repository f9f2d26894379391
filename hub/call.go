package hub

import (
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/locale"
	"pergola/hub/roster"
)

// A Call is what a cooperation call has beside its texts: who seeks whom or
// what, until when.
type Call struct {
	Purpose Purpose
	// Matter is what kind of thing it is about: one of MatterTerms, "" when not said;
	// in a call of others also a word of theirs.
	Matter string
	// Seeks says in a line who or what is sought, in the item's languages.
	Seeks vocab.Text
	// Countries are ISO 3166-1 alpha-2 codes of where partners are sought.
	Countries []string
	// Partnerships are the kinds of partnership sought, Partners the kinds of
	// partners: of PartnershipTerms and PartnerTerms; in a call of others also
	// words of theirs.
	Partnerships, Partners []string
	// Role says what is expected of a partner, in the item's languages; Wanted is
	// how many are sought, 0 when not said.
	Role   vocab.Text
	Wanted int
	// Regions are NUTS codes of where partners are sought, Sectors sections of NACE
	// Rev. 2.1, Keywords words for what it is about.
	Regions, Sectors, Keywords []string
	// Stage is one of StageTerms, Rights one of RightsTerms, in a call of others also
	// a word of theirs. RightsNote says more. TRLFrom and TRLTo are levels of
	// technological readiness from 1 to 9, 0 when not said.
	Stage, Rights  string
	RightsNote     vocab.Text
	TRLFrom, TRLTo int
	Programme      vocab.Programme
	// CoFunding is the percentage of the cost that is paid, 0 when not said.
	CoFunding int
	// Languages are those in which one may answer.
	Languages []string
	Behalf    Behalf
	// UpTo is the most for one applicant, Total what there is altogether;
	// Amount is "" when not said.
	UpTo, Total vocab.Money
	// Opens and Deadline may be zero.
	Opens, Deadline When
	// PreviousDeadline is what the deadline was before it was moved.
	PreviousDeadline When
	// CutOffs are dates before the deadline at which what came so far is judged.
	CutOffs []When
	// ApplyURL is where to apply or to read more.
	ApplyURL string
	Closed   bool
	// Result is what came of a closed call, "" while nobody has said; ResultNote is
	// a sentence about it.
	Result     Outcome
	ResultNote vocab.Text
}

// A Behalf is for whom a call is made when it is not the author: an organisation
// that is named, or one of which just country, kind (of [roster.Kinds]) and size
// (of [SizeTerms]) are told.
type Behalf struct{ Name, URL, Country, Kind, Size string }

// Anonymous is what is told of one that is not named.
func (b Behalf) Anonymous() Behalf { return Behalf{Country: b.Country, Kind: b.Kind, Size: b.Size} }

// Over is when the deadline has passed; zero for a call without one.
func (c Call) Over() time.Time { return c.Deadline.Over() }

// A Purpose is what a call is for.
type Purpose string

// The purposes: which way the money is going to flow.
const (
	Offer   Purpose = "offer"
	Request Purpose = "request"
	Funding Purpose = "funding"
	Other   Purpose = "other"
)

// MatterTerms are the kinds of things that a call can be about.
func MatterTerms() []string {
	return []string{"business", "technology", "rd", "expertise", "resource", "skills", "tender", "speakers-exhibitors", "hosting", "consultation"}
}

// PartnershipTerms are the kinds of partnership that a call may seek, those of
// the Enterprise Europe Network.
func PartnershipTerms() []string {
	return []string{"commercial", "commercial-technical", "supplier", "outsourcing", "investment", "rd-cooperation"}
}

// PartnerTerms are the kinds of partners, by size and by what they are.
func PartnerTerms() []string {
	return []string{"sme-10", "sme-49", "sme-249", "larger", "rd-institution", "university", "public-body", "cluster", "investor", "individual"}
}

// SizeTerms are the sizes of firms.
func SizeTerms() []string { return PartnerTerms()[:4] }

// StageTerms say how far what a call is about has come, RightsTerms what rights
// there are in it. (Enterprise Europe Network)
func StageTerms() []string {
	return []string{"concept", "development", "lab-tested", "prototype", "field-tested", "demonstration", "on-market"}
}

// RightsTerms see StageTerms.
func RightsTerms() []string {
	return []string{"none", "applied", "granted", "other", "know-how", "exclusive"}
}

// Terms are the names of terms, with commas between them; a term that is not
// known stands as it is. key is how the keys of the names begin.
func Terms(p *locale.Printer, key string, known, terms []string) string {
	names := make([]string, 0, len(terms))
	for _, t := range terms {
		if slices.Contains(known, t) {
			t = p.T(key + strings.ToLower(strings.ReplaceAll(t, "-", "_")))
		}
		names = append(names, t)
	}
	return strings.Join(names, ", ")
}

// A CallFact is something that a call may say beside what all calls say: Key is
// that of its name. It is Text, or Said, which the author wrote.
type CallFact struct {
	Key, Text string
	Said      vocab.Text
	URL       string
}

// Facts are those that there are, in order.
func (c Call) Facts(p *locale.Printer) []CallFact {
	one := func(key string, known []string, term string) string {
		return Terms(p, key, known, distinct([]string{term}))
	}
	all := []CallFact{
		{Key: "call_matter", Text: one("matter_", MatterTerms(), c.Matter)},
		{Key: "call_role", Said: c.Role},
		{Key: "call_wanted", Text: numberLine(p, c.Wanted)},
		{Key: "call_regions", Text: Terms(p, "nuts_", roster.Regions(), c.Regions)},
		{Key: "call_sectors", Text: SectorLine(p, c.Sectors)},
		{Key: "call_keywords", Text: strings.Join(c.Keywords, ", ")},
		{Key: "call_stage", Text: one("stage_", StageTerms(), c.Stage)},
		{Key: "call_trl", Text: strings.Join(distinct([]string{numberLine(p, c.TRLFrom), numberLine(p, c.TRLTo)}), "–")},
		{Key: "call_rights", Text: one("rights_", RightsTerms(), c.Rights)},
		{Key: "call_rights_note", Said: c.RightsNote},
		{Key: "call_behalf", Text: c.Behalf.line(p), URL: c.Behalf.URL},
		{Key: "call_programme", Text: strings.Join(distinct([]string{c.Programme.Name, c.Programme.Call}), ", "), URL: c.Programme.URL},
		{Key: "call_co_funding", Text: numberLine(p, c.CoFunding)},
		{Key: "call_languages", Text: languageLine(p, c.Languages)},
	}
	return slices.DeleteFunc(all, func(f CallFact) bool { return f.Text == "" && len(f.Said) == 0 && f.URL == "" })
}

// SectorLine names sections of NACE, which have commas in their names.
func SectorLine(p *locale.Printer, sections []string) string {
	var names []string
	for _, s := range sections {
		names = append(names, Terms(p, "nace_", roster.Sectors(), []string{s}))
	}
	return strings.Join(names, "; ")
}

func numberLine(p *locale.Printer, n int) string {
	if n == 0 {
		return ""
	}
	return p.Number(n)
}

func languageLine(p *locale.Printer, tags []string) string {
	var names []string
	for _, tag := range tags {
		names = append(names, p.Language(tag))
	}
	return strings.Join(names, ", ")
}

func (b Behalf) line(p *locale.Printer) string {
	if b.Name != "" || b == (Behalf{}) {
		return b.Name
	}
	told := []string{p.Country(b.Country), Terms(p, "organisation_kind_", roster.Kinds(), distinct([]string{b.Kind})),
		Terms(p, "partner_", SizeTerms(), distinct([]string{b.Size}))}
	return p.T("call_anonymous", "What", strings.Join(distinct(told), ", "))
}

// CutOffLine are the cut-off dates of a call.
func CutOffLine(c Call, p *locale.Printer) string {
	var lines []string
	for _, w := range c.CutOffs {
		lines = append(lines, whenLine(w, When{}, p))
	}
	return strings.Join(lines, "; ")
}
