package hub

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"pergola/federation/vocab"
	"pergola/hub/roster"
)

// What a call may hold at most.
const (
	// MaxCutOffs is the most cut-off dates.
	MaxCutOffs  = 12
	maxKeywords = 10
	maxKeyword  = 60
	maxRegions  = 20
	maxTongues  = 20
	maxTongue   = 20
	MaxWanted   = 999
)

func checkCall(c *Call, o Organisation, e *InvalidError, at stage) {
	if !slices.Contains([]Purpose{Offer, Request, Funding, Other}, c.Purpose) && at != drafting {
		e.add("purpose", "required", "")
	}
	c.Seeks = checkSaid(c.Seeks, o, "seeks", maxTeaser, e)
	c.Countries = checkCountries(c.Countries, e)
	c.Partnerships = checkTerms(c.Partnerships, PartnershipTerms(), "partnerships", e)
	c.Partners = checkTerms(c.Partners, PartnerTerms(), "partners", e)
	c.Role = checkSaid(c.Role, o, "role", maxName, e)
	c.RightsNote = checkSaid(c.RightsNote, o, "rights_note", maxName, e)
	c.ResultNote = checkSaid(c.ResultNote, o, "result_note", maxName, e)
	checkTopic(c, e)
	checkProgramme(&c.Programme, e)
	checkBehalf(&c.Behalf, e)
	inRange(c.Wanted, MaxWanted, "wanted", e)
	inRange(c.CoFunding, 100, "co_funding", e)
	c.Languages = checkLanguages(c.Languages, e)
	money(&c.UpTo, "up_to", e)
	money(&c.Total, "total", e)
	moment(&c.Opens, "opens", e)
	moment(&c.Deadline, "deadline", e)
	checkCutOffs(c, e)
	switch over := c.Over(); {
	case !c.Deadline.Set():
	case c.Opens.Set() && over.Before(c.Opens.At):
		e.add("deadline", "deadline_before_opening", "")
	case at == opening && !c.Closed && !over.IsZero() && !over.After(now()):
		e.add("deadline", "deadline_past", "")
	}
	c.ApplyURL = strings.TrimSpace(c.ApplyURL)
	if !isMailto(c.ApplyURL) {
		link(c.ApplyURL, "apply_url", e)
	}
}

// checkSaid leaves each language of a text once, in the organisation's order.
func checkSaid(typed vocab.Text, o Organisation, field string, most int, e *InvalidError) vocab.Text {
	var said vocab.Text
	for _, s := range typed {
		s.Value = oneLine(s.Value)
		switch {
		case s.Value == "":
			continue
		case !slices.Contains(o.Languages, s.Lang):
			e.add(field+"."+s.Lang, "no_such_language", s.Lang)
		case slices.ContainsFunc(said, func(t vocab.Translation) bool { return t.Lang == s.Lang }):
			e.add(field+"."+s.Lang, "taken", s.Lang)
			continue
		case utf8.RuneCountInString(s.Value) > most:
			e.add(field+"."+s.Lang, "too_long", strconv.Itoa(most))
		}
		said = append(said, s)
	}
	slices.SortStableFunc(said, func(a, b vocab.Translation) int {
		return slices.Index(o.Languages, a.Lang) - slices.Index(o.Languages, b.Lang)
	})
	return said
}

// checkCountries leaves each country once.
func checkCountries(typed []string, e *InvalidError) []string {
	var codes []string
	for _, code := range typed {
		code = strings.ToUpper(strings.TrimSpace(code))
		switch {
		case slices.Contains(codes, code):
		case !roster.IsCountry(code):
			e.add("countries", "no_such_country", code)
		default:
			codes = append(codes, code)
		}
	}
	return codes
}

// checkTerms leaves each term once, in the order of the known ones.
func checkTerms(typed, known []string, field string, e *InvalidError) []string {
	var terms []string
	for _, t := range known {
		if slices.Contains(typed, t) {
			terms = append(terms, t)
		}
	}
	for _, t := range typed {
		if !slices.Contains(known, t) {
			e.add(field, "no_such_term", t)
		}
	}
	return terms
}

// checkTopic checks what a call is about.
func checkTopic(c *Call, e *InvalidError) {
	c.Sectors = checkTerms(c.Sectors, roster.Sectors(), "sectors", e)
	c.Keywords = distinct(c.Keywords)
	if len(c.Keywords) > maxKeywords {
		e.add("keywords", "too_many", strconv.Itoa(maxKeywords))
	}
	for _, k := range c.Keywords {
		bounded(k, maxKeyword, "keywords", e)
	}
	c.Regions = distinct(c.Regions)
	if len(c.Regions) > maxRegions {
		e.add("regions", "too_many", strconv.Itoa(maxRegions))
	}
	for _, r := range c.Regions {
		if !roster.IsRegion(r) {
			e.add("regions", "no_such_region", r)
		}
	}
	known(c.Matter, MatterTerms(), "matter", e)
	known(c.Stage, StageTerms(), "stage", e)
	known(c.Rights, RightsTerms(), "rights", e)
	inRange(c.TRLFrom, 9, "trl_from", e)
	inRange(c.TRLTo, 9, "trl_to", e)
	if c.TRLTo != 0 && c.TRLTo < c.TRLFrom {
		e.add("trl_to", "trl_reversed", "")
	}
}

func checkProgramme(p *vocab.Programme, e *InvalidError) {
	p.Name, p.Call = oneLine(p.Name), oneLine(p.Call)
	p.URL = strings.TrimSpace(p.URL)
	link(p.URL, "programme_url", e)
	bounded(p.Name, maxTitle, "programme", e)
	bounded(p.Call, maxTitle, "programme_call", e)
}

// checkBehalf wants one who is named or one who is not.
func checkBehalf(b *Behalf, e *InvalidError) {
	b.Name, b.URL = oneLine(b.Name), strings.TrimSpace(b.URL)
	b.Country = strings.ToUpper(b.Country)
	bounded(b.Name, maxTitle, "behalf", e)
	link(b.URL, "behalf_url", e)
	country(b.Country, "behalf_country", e)
	known(b.Kind, roster.Kinds(), "behalf_kind", e)
	known(b.Size, SizeTerms(), "behalf_size", e)
	switch {
	case b.Name == "" && b.URL != "":
		e.add("behalf", "required", "")
	case b.Name != "" && b.Anonymous() != (Behalf{}):
		e.add("behalf", "behalf_both", "")
	}
}

// checkLanguages leaves each language once.
func checkLanguages(typed []string, e *InvalidError) []string {
	typed = distinct(typed)
	for _, lang := range typed {
		if _, err := language.Parse(lang); err != nil || len(lang) > maxTongue {
			e.add("languages", "no_such_term", lang)
		}
	}
	if len(typed) > maxTongues {
		e.add("languages", "too_many", strconv.Itoa(maxTongues))
	}
	return typed
}

// checkCutOffs puts the cut-off dates in order; the last is the deadline of a
// call that has no other.
func checkCutOffs(c *Call, e *InvalidError) {
	if len(c.CutOffs) > MaxCutOffs {
		e.add("cut_off.1", "too_many", strconv.Itoa(MaxCutOffs))
		return
	}
	bad := false
	var set []When
	for i, w := range c.CutOffs {
		field := "cut_off." + strconv.Itoa(i+1)
		before := len(e.Fields)
		if moment(&w, field, e); w.Set() {
			set = append(set, w)
		}
		switch over := w.Over(); {
		case len(e.Fields) > before || !w.Set():
		case c.Opens.Set() && over.Before(c.Opens.At):
			e.add(field, "cut_off_before_opening", "")
		case c.Deadline.Set() && over.After(c.Over()):
			e.add(field, "cut_off_after_deadline", "")
		}
		bad = bad || len(e.Fields) > before
	}
	if bad {
		return // the fields keep their numbers
	}
	slices.SortStableFunc(set, func(a, b When) int { return a.At.Compare(b.At) })
	c.CutOffs = slices.Compact(set)
	if n := len(c.CutOffs); n > 0 && c.Deadline == (When{}) {
		c.Deadline = c.CutOffs[n-1]
	}
}

// distinct are the words that there are, each once.
func distinct(words []string) []string {
	var once []string
	for _, w := range words {
		if w = oneLine(w); w != "" && !slices.Contains(once, w) {
			once = append(once, w)
		}
	}
	return once
}
