package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/roster"
)

// A callForm is what a call's form asks beside the texts.
type callForm struct {
	Purpose, Matter string
	// Countries are the codes of those ticked, OtherCountries is what was typed
	// for those that the form does not list.
	Countries      []string
	OtherCountries string
	// Partnerships and Partners are the terms ticked.
	Partnerships, Partners []string
	// Roles and RightsNotes are in the languages of the organisation.
	Roles, RightsNotes []saidForm
	Wanted             string
	// Regions are the codes of those ticked, OtherRegions what was typed for others.
	Regions               []string
	OtherRegions          string
	Sectors               []string
	Keywords              string
	Stage, TRLFrom, TRLTo string
	Rights                string
	Programme             vocab.Programme
	CoFunding             string
	Languages             []string
	Behalf                hub.Behalf
	CutOffs               []whenForm
	UpTo, Total, Currency string
	Opens, Deadline       whenForm
	Zone                  string
	ApplyURL              string
}

// HasRole, HasTopic and HasFrame say that something is filled in of what the form
// folds.
func (f callForm) HasRole() bool { return saidText(f.Roles) != nil }

// HasTopic see HasRole.
func (f callForm) HasTopic() bool {
	return f.Sectors != nil || f.Keywords+f.Stage+f.TRLFrom+f.TRLTo+f.Rights != "" || saidText(f.RightsNotes) != nil
}

// HasFrame see HasRole.
func (f callForm) HasFrame() bool {
	return f.Programme != vocab.Programme{} || f.CoFunding != "" || f.Languages != nil || f.Behalf != hub.Behalf{}
}

// A saidForm is a text in one of several languages.
type saidForm struct{ Lang, Text string }

// said are the fields of a text in some languages.
func said(langs []string, text func(lang string) string) []saidForm {
	return each(langs, func(lang string) saidForm { return saidForm{lang, text(lang)} })
}

// saidText is the text that was typed.
func saidText(typed []saidForm) vocab.Text {
	var t vocab.Text
	for _, s := range typed {
		if s.Text != "" {
			t = append(t, vocab.Translation{Lang: s.Lang, Value: s.Text})
		}
	}
	return t
}

func newCallForm(c hub.Call, langs []string, zone string) callForm {
	for _, w := range append(slices.Clone(c.CutOffs), c.Opens, c.Deadline) {
		if w.Zone != "" {
			zone = w.Zone
		}
	}
	f := callForm{
		Purpose:  string(c.Purpose),
		Matter:   c.Matter,
		UpTo:     c.UpTo.Amount,
		Total:    c.Total.Amount,
		Currency: c.UpTo.Currency,
		Opens:    newWhenForm(c.Opens),
		Deadline: newWhenForm(c.Deadline),
		Zone:     zone,
		ApplyURL: c.ApplyURL,

		Partnerships: c.Partnerships,
		Partners:     c.Partners,

		Roles:       said(langs, func(lang string) string { return translation(c.Role, lang) }),
		RightsNotes: said(langs, func(lang string) string { return translation(c.RightsNote, lang) }),
		Wanted:      numberOf(c.Wanted),
		Sectors:     c.Sectors,
		Keywords:    strings.Join(c.Keywords, ", "),
		Stage:       c.Stage,
		TRLFrom:     numberOf(c.TRLFrom),
		TRLTo:       numberOf(c.TRLTo),
		Rights:      c.Rights,
		Programme:   c.Programme,
		CoFunding:   numberOf(c.CoFunding),
		Languages:   c.Languages,
		Behalf:      c.Behalf,
	}
	f.CutOffs = each(c.CutOffs, newWhenForm)
	if f.Currency == "" {
		f.Currency = c.Total.Currency
	}
	f.Countries, f.OtherCountries = split(c.Countries, listedCountries())
	f.Regions, f.OtherRegions = split(c.Regions, roster.Regions())
	return f
}

// split tells the codes that the form has a box for from the others.
func split(codes, listed []string) (ticked []string, others string) {
	var rest []string
	for _, code := range codes {
		if slices.Contains(listed, code) {
			ticked = append(ticked, code)
		} else {
			rest = append(rest, code)
		}
	}
	return ticked, strings.Join(rest, ", ")
}

func readCallForm(v url.Values, langs []string, zone string) callForm {
	f := callForm{
		Purpose:        line(v, "purpose"),
		Matter:         line(v, "matter"),
		UpTo:           line(v, "up_to"),
		Total:          line(v, "total"),
		Currency:       strings.ToUpper(line(v, "currency")),
		Opens:          readWhenForm(v, "opens"),
		Deadline:       readWhenForm(v, "deadline"),
		Zone:           readZone(v, "zone", zone),
		ApplyURL:       webAddress(line(v, "apply_url")),
		OtherCountries: line(v, "other_countries"),
		Partnerships:   v["partnerships"],
		Partners:       v["partners"],

		Roles:        said(langs, func(lang string) string { return line(v, "role."+lang) }),
		RightsNotes:  said(langs, func(lang string) string { return line(v, "rights_note."+lang) }),
		Wanted:       line(v, "wanted"),
		Regions:      listed(v["regions"], roster.Regions()),
		OtherRegions: line(v, "other_regions"),
		Sectors:      v["sectors"],
		Keywords:     line(v, "keywords"),
		Stage:        line(v, "stage"),
		TRLFrom:      line(v, "trl_from"),
		TRLTo:        line(v, "trl_to"),
		Rights:       line(v, "rights"),
		Programme:    vocab.Programme{Name: line(v, "programme"), Call: line(v, "programme_call"), URL: webAddress(line(v, "programme_url"))},
		CoFunding:    line(v, "co_funding"),
		Languages:    v["languages"],
		Behalf: hub.Behalf{
			Name: line(v, "behalf"), URL: webAddress(line(v, "behalf_url")),
			Country: line(v, "behalf_country"), Kind: line(v, "behalf_kind"), Size: line(v, "behalf_size"),
		},
		Countries: listed(v["countries"], listedCountries()),
	}
	for i := range hub.MaxCutOffs {
		if w := readWhenForm(v, cutOffName(i)); w != (whenForm{}) {
			f.CutOffs = append(f.CutOffs, w)
		}
	}
	return f
}

// cutOffName is the name of the input of a cut-off date, counted from 0.
func cutOffName(i int) string { return "cut_off." + strconv.Itoa(i+1) }

// listed are the ticked ones for which there are boxes, each once.
func listed(ticked, boxes []string) []string {
	var codes []string
	for _, code := range ticked {
		if slices.Contains(boxes, code) && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// apply is the call with what the form says, all but what is sought.
func (f callForm) apply(c hub.Call) (hub.Call, []hub.FieldError) {
	var problems []hub.FieldError
	count := func(name, typed string, most int) int {
		n, ok := number(typed, 1, most)
		if !ok && typed != "" {
			problems = append(problems, hub.FieldError{Field: name, Problem: "out_of_range", Arg: "1–" + strconv.Itoa(most)})
		}
		return n
	}
	before := newCallForm(c, nil, f.Zone)
	c.Purpose, c.Matter = hub.Purpose(f.Purpose), f.Matter
	c.Countries = merged(c.Countries, f.Countries, f.OtherCountries)
	c.Regions = merged(c.Regions, f.Regions, f.OtherRegions)
	c.Partnerships, c.Partners = f.Partnerships, f.Partners
	c.Role, c.RightsNote = saidText(f.Roles), saidText(f.RightsNotes)
	c.Wanted = count("wanted", f.Wanted, hub.MaxWanted)
	c.Sectors, c.Keywords, c.Languages = f.Sectors, roster.Words(f.Keywords), f.Languages
	c.Stage, c.Rights = f.Stage, f.Rights
	c.TRLFrom, c.TRLTo = count("trl_from", f.TRLFrom, 9), count("trl_to", f.TRLTo, 9)
	c.Programme, c.Behalf = f.Programme, f.Behalf
	c.CoFunding = count("co_funding", f.CoFunding, 100)
	c.UpTo = f.money(f.UpTo, c.UpTo)
	c.Total = f.money(f.Total, c.Total)
	if before.Zone != f.Zone || before.Opens != f.Opens {
		c.Opens = f.Opens.when(f.Zone, false)
	}
	if before.Zone != f.Zone || before.Deadline != f.Deadline {
		c.Deadline = f.Deadline.until(f.Zone)
	}
	if before.Zone != f.Zone || !slices.Equal(before.CutOffs, f.CutOffs) {
		c.CutOffs = nil
		for _, w := range f.CutOffs {
			c.CutOffs = append(c.CutOffs, w.until(f.Zone))
		}
	}
	c.ApplyURL = f.ApplyURL
	return c, problems
}

// until is a deadline that was typed; without a time of day it is the end of the
// day.
func (f whenForm) until(zone string) hub.When {
	if f.Date != "" && f.Time == "" {
		f.Time = "23:59"
	}
	return f.when(zone, false)
}

// merged are the codes that were ticked and typed, in the stored order as far as
// they were there before.
func merged(stored, ticked []string, others string) []string {
	typed := slices.Clone(ticked)
	for _, code := range strings.FieldsFunc(others, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		if len(typed) < 250 {
			typed = append(typed, strings.ToUpper(code))
		}
	}
	var codes []string
	for _, code := range append(slices.Clone(stored), typed...) {
		if slices.Contains(typed, code) && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func (f callForm) money(typed string, stored vocab.Money) vocab.Money {
	if typed == "" {
		return vocab.Money{}
	}
	if typed == stored.Amount && f.Currency == stored.Currency {
		return stored
	}
	return vocab.Money{Amount: amount(typed), Currency: f.Currency}
}

// amount makes a decimal amount of how people write one: "60 000", "60.000",
// "1 234,50" and "1,234.50" are understood. What is no amount stays as it is,
// for hub to refuse.
func amount(s string) string {
	plain := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\'' {
			return -1
		}
		return r
	}, s)
	last := strings.LastIndexAny(plain, ".,")
	if last < 0 {
		return plain
	}
	whole, cents := plain[:last], plain[last+1:]
	// A mark with three digits after it parts thousands; so does one that
	// stands twice.
	if len(cents) == 3 || strings.Count(plain, plain[last:last+1]) > 1 {
		whole, cents = whole+cents, ""
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	if cents == "" {
		return whole
	}
	return whole + "." + cents
}

// listedCountries are the countries that have a box in the form: those that
// Hungarian clusters look for partners in most.
func listedCountries() []string {
	return []string{
		"HU", "SK", "AT", "SI", "HR", "RS", "RO", "UA", // neighbours
		"AL", "BA", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GE", "GR",
		"IE", "IS", "IT", "LI", "LT", "LU", "LV", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "SE",
		"TR", "XK",
	}
}
