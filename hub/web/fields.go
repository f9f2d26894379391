package web

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"pergola/hub"
	"pergola/hub/roster"
)

// fields is the part of a page that has a form: it says how each input is
// labelled and what is wrong with it. Labels are the texts form_FORM_NAME or
// form_NAME; a hint is the same with _hint behind it.
type fields struct {
	frame
	// form names the form in the keys of its texts.
	form string
	// needed are the names of the inputs that must be filled in.
	needed []string
	// Problems stand above the form and at their inputs.
	Problems []fieldProblem
}

// A fieldProblem is something wrong with an input.
type fieldProblem struct {
	// Name is that of the input, "" for the whole form.
	Name string
	// Anchor is the id of the input.
	Anchor, Label, Text string
}

// A field is an input with all that is said about it.
type field struct {
	Type, Name, ID, Label, Hint, Value, Problem string
	// Lang is the language of what is typed, "" for that of the page.
	Lang         string
	Autocomplete string
	Required     bool
	// Needed says in words that it is required.
	Needed string
	Rows   int
}

// DescribedBy are the ids of what is said about the input.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Problem != "" {
		ids = append(ids, f.ID+"-problem")
	}
	return strings.Join(ids, " ")
}

// A choiceField is an input with given answers.
type choiceField struct {
	field
	Choices []choice
}

// A choice is one of the answers.
type choice struct {
	Value, Label string
	Chosen       bool
}

// A momentField asks for a date and a time of day.
type momentField struct {
	field
	whenForm
	DateLabel, TimeLabel string
}

// A zoneField asks for a time zone: one of the usual ones, or any by name.
type zoneField struct {
	choiceField
	OtherSummary, OtherLabel string
	// Others are further names to choose from while typing.
	Others []string
	Open   bool
}

// A postForm is a button that does something.
type postForm struct {
	Action, Label, Class string
	// About says what the button is about to those who do not see where it
	// stands.
	About string
	// Asks says what comes of it, where it is asked first.
	Asks   string
	Hidden []hidden
	// Get is set when the button only leads to where it is asked.
	Get bool
}

// A hidden is a value that a form carries.
type hidden struct{ Name, Value string }

// inputID is the id of the input of that name.
func inputID(name string) string { return "f-" + strings.ReplaceAll(name, ".", "-") }

// key is the key of an input's label.
func (f fields) key(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if key := "form_" + f.form + "_" + name; f.Has(key) {
		return key
	}
	return "form_" + name
}

// Input is an input of a type for a value.
func (f fields) Input(kind, name, value string) field {
	key := f.key(name)
	in := field{Type: kind, Name: name, ID: inputID(name), Label: f.T(key), Value: value, Needed: f.T("form_needed"), Rows: 3}
	if f.Has(key + "_hint") {
		in.Hint = f.T(key + "_hint")
	}
	if _, lang, ok := strings.Cut(name, "."); ok {
		in.Lang = lang
	}
	in.Required = slices.Contains(f.needed, name)
	if kind == "password" {
		in.Autocomplete = "new-password"
	}
	for _, p := range f.Problems {
		if p.Name == name && in.Problem == "" {
			in.Problem = p.Text
		}
	}
	return in
}

// Filled is an input that browsers fill in with what they know by a name. (HTML,
// 4.10.18.7.1)
func (f fields) Filled(with, kind, name, value string) field {
	in := f.Input(kind, name, value)
	in.Autocomplete = with
	return in
}

// ConsentBox asks whether what was typed may be kept, in words of a key.
func (f fields) ConsentBox(key string, ticked bool) choiceField {
	c := choiceField{field: f.Input("", "consent", "")}
	c.Choices = []choice{{"yes", f.T(key, "Who", f.OrgTitle), ticked}}
	return c
}

// LangInput is an input for a text in one of several languages, which its label
// names: where the inputs of a language do not stand together.
func (f fields) LangInput(kind, name, value string) field {
	in := f.Input(kind, name, value)
	if in.Lang != "" && len(f.Org.Languages) > 1 {
		in.Label += " (" + f.Language(in.Lang) + ")"
	}
	return in
}

// NumberedInput is one of several inputs of the same kind, counted from 1.
func (f fields) NumberedInput(name string, number int, value string) field {
	in := f.Input("text", name+"."+strconv.Itoa(number), value)
	in.Lang = ""
	in.Label += " (" + strconv.Itoa(number) + ")"
	return in
}

// AreaInput is an input of several lines.
func (f fields) AreaInput(rows int, name, value string) field {
	in := f.Input("", name, value)
	in.Rows = rows
	return in
}

// MomentInput is an input for a date and a time of day.
func (f fields) MomentInput(name string, w whenForm) momentField {
	return momentField{f.Input("", name, ""), w, f.T("form_date"), f.T("form_time")}
}

// choices is an input with given answers, labelled by their keys' texts.
func (f fields) choices(name, prefix string, chosen string, values ...string) choiceField {
	c := choiceField{field: f.Input("", name, "")}
	for _, v := range values {
		c.Choices = append(c.Choices, choice{v, f.T(prefix + v), v == chosen})
	}
	return c
}

// ZoneInput is an input for a time zone.
func (f fields) ZoneInput(name, value string) zoneField {
	z := zoneField{choiceField: choiceField{field: f.Input("", name, "")}, OtherSummary: f.T("form_zone_other_summary"), OtherLabel: f.T("form_zone_other")}
	zones := []string{f.Org.Zone}
	if value != "" && value != f.Org.Zone {
		zones = append(zones, value)
	}
	usual := listedZones()
	f.sort(usual, f.Zone)
	for _, zone := range append(zones, usual...) {
		if !slices.ContainsFunc(z.Choices, func(c choice) bool { return c.Value == zone }) {
			z.Choices = append(z.Choices, choice{zone, f.Zone(zone) + " (" + zone + ")", zone == value})
		}
	}
	z.Others, z.Open = otherZones(), z.Problem != ""
	return z
}

// CountryInput is an input for one country.
func (f fields) CountryInput(name, value string) choiceField {
	c := choiceField{field: f.Input("", name, "")}
	codes := listedCountries()
	if value != "" && !slices.Contains(codes, value) {
		codes = append(codes, value)
	}
	f.sort(codes, f.Country)
	c.Choices = []choice{{"", f.T("form_country_none"), value == ""}}
	for _, code := range codes {
		c.Choices = append(c.Choices, choice{code, f.Country(code), code == value})
	}
	return c
}

// CountryBoxes are boxes for any number of countries.
func (f fields) CountryBoxes(ticked []string) choiceField {
	c := choiceField{field: f.Input("", "countries", "")}
	codes := listedCountries()
	f.sort(codes, f.Country)
	for _, code := range codes {
		c.Choices = append(c.Choices, choice{code, f.Country(code), slices.Contains(ticked, code)})
	}
	return c
}

// PartnershipBoxes are boxes for the kinds of partnership.
func (f fields) PartnershipBoxes(ticked []string) choiceField {
	return f.termBoxes("partnerships", "partnership_", hub.PartnershipTerms(), ticked)
}

// PartnerBoxes are boxes for the kinds of partners.
func (f fields) PartnerBoxes(ticked []string) choiceField {
	return f.termBoxes("partners", "partner_", hub.PartnerTerms(), ticked)
}

// RegionBoxes are boxes for the regions of Hungary.
func (f fields) RegionBoxes(ticked []string) choiceField {
	return f.termBoxes("regions", "nuts_", roster.Regions(), ticked)
}

// SectorBoxes are boxes for the sections of NACE.
func (f fields) SectorBoxes(ticked []string) choiceField {
	return f.termBoxes("sectors", "nace_", roster.Sectors(), ticked)
}

// AnswerBoxes are boxes for the languages in which one may answer.
func (f fields) AnswerBoxes(ticked []string) choiceField {
	c := choiceField{field: f.Input("", "languages", "")}
	tags := []string{"hu", "en", "de", "sk", "ro", "uk", "sr", "hr", "sl", "cs", "pl", "it", "fr", "es"}
	for _, tag := range ticked {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	for _, tag := range tags {
		c.Choices = append(c.Choices, choice{tag, f.Language(tag), slices.Contains(ticked, tag)})
	}
	return c
}

func (f fields) termBoxes(name, key string, terms, ticked []string) choiceField {
	c := choiceField{field: f.Input("", name, "")}
	for _, t := range terms {
		c.Choices = append(c.Choices, choice{t, hub.Terms(f.Printer, key, terms, []string{t}), slices.Contains(ticked, t)})
	}
	return c
}

// termInput is an input for one of the terms, or none.
func (f fields) termInput(name, key string, terms []string, chosen string) choiceField {
	c := f.termBoxes(name, key, terms, []string{chosen})
	c.Choices = append([]choice{{"", f.T("form_term_none"), chosen == ""}}, c.Choices...)
	return c
}

// MatterInput asks what kind of thing a call is about.
func (f fields) MatterInput(chosen string) choiceField {
	return f.termInput("matter", "matter_", hub.MatterTerms(), chosen)
}

// StageInput asks how far something is, RightsInput what rights there are in it.
func (f fields) StageInput(chosen string) choiceField {
	return f.termInput("stage", "stage_", hub.StageTerms(), chosen)
}

// RightsInput see StageInput.
func (f fields) RightsInput(chosen string) choiceField {
	return f.termInput("rights", "rights_", hub.RightsTerms(), chosen)
}

// BehalfKindInput asks what an organisation is that is not named, BehalfSizeInput
// how large.
func (f fields) BehalfKindInput(chosen string) choiceField {
	return f.termInput("behalf_kind", "organisation_kind_", roster.Kinds(), chosen)
}

// BehalfSizeInput see BehalfKindInput.
func (f fields) BehalfSizeInput(chosen string) choiceField {
	return f.termInput("behalf_size", "partner_", hub.SizeTerms(), chosen)
}

// LevelInput asks for a level of technological readiness.
func (f fields) LevelInput(name, chosen string) choiceField {
	c := choiceField{field: f.Input("", name, ""), Choices: []choice{{"", f.T("form_term_none"), chosen == ""}}}
	for n := 1; n <= 9; n++ {
		c.Choices = append(c.Choices, choice{strconv.Itoa(n), strconv.Itoa(n), strconv.Itoa(n) == chosen})
	}
	return c
}

// CutOffInputs are inputs for the cut-off dates, and for one more.
func (f fields) CutOffInputs(ws []whenForm) []momentField {
	var all []momentField
	for i, w := range append(slices.Clone(ws), whenForm{}) {
		if i == hub.MaxCutOffs {
			break
		}
		m := f.MomentInput(cutOffName(i), w)
		m.Label += " (" + strconv.Itoa(i+1) + ")"
		all = append(all, m)
	}
	return all
}

// Wrong reports whether any of the inputs that begin like this has a problem:
// what is folded must be seen then.
func (f fields) Wrong(names ...string) bool {
	return slices.ContainsFunc(f.Problems, func(p fieldProblem) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(p.Name, name) })
	})
}

// LanguageName names a language for people.
func (f fields) LanguageName(tag string) string { return f.Language(tag) }

// sort puts codes in the order of their names in the page's language.
func (f fields) sort(codes []string, name func(string) string) {
	order := collate.New(language.Make(f.Lang()))
	slices.SortStableFunc(codes, func(a, b string) int { return order.CompareString(name(a), name(b)) })
}

// ProblemCount says how many things are wrong.
func (f fields) ProblemCount() string { return f.N("problem_count", len(f.Problems)) }

// add notes what is wrong, each thing once.
func (f *fields) add(wrong ...hub.FieldError) {
	for _, e := range wrong {
		if e.Field == "title" && len(f.Org.Languages) > 0 {
			e.Field += "." + f.Org.Languages[0] // hub means the default one
		}
		p := fieldProblem{Name: inputFor(e), Text: e.Say(f)}
		if p.Name != "" {
			p.Anchor = inputID(p.Name)
			p.Label = f.T(f.key(p.Name))
			if _, lang, ok := strings.Cut(p.Name, "."); ok && len(f.Org.Languages) > 1 {
				p.Label += " (" + f.Language(lang) + ")"
			}
		}
		if !slices.Contains(f.Problems, p) {
			f.Problems = append(f.Problems, p)
		}
	}
}

// refused notes what hub found wrong; false when the error is another.
func (f *fields) refused(err error) bool {
	var invalid *hub.InvalidError
	if !errors.As(err, &invalid) {
		return false
	}
	f.add(invalid.Fields...)
	return len(f.Problems) > 0
}

// inputFor is the name of the input where a problem can be mended: hub speaks
// of moments and countries as one thing each.
func inputFor(e hub.FieldError) string {
	switch {
	case e.Problem == "no_such_zone" && (e.Field == "start" || e.Field == "end"):
		return "start_zone"
	case e.Problem == "no_such_zone":
		return "zone"
	case e.Problem == "no_such_country" && e.Field == "countries":
		return "other_countries"
	case e.Problem == "no_such_region" && e.Field == "regions":
		return "other_regions"
	}
	return e.Field
}

// CurrencyInput is an input for a currency: the usual ones, and the one that was
// typed.
func (f fields) CurrencyInput(value string) choiceField {
	c := choiceField{field: f.Input("", "currency", "")}
	codes := []string{"EUR", "HUF", "CHF", "CZK", "GBP", "PLN", "RON", "RSD", "SEK", "UAH", "USD"}
	value = cmp.Or(value, "EUR")
	if !slices.Contains(codes, value) {
		codes = append(codes, value)
	}
	for _, code := range codes {
		c.Choices = append(c.Choices, choice{code, code, code == value})
	}
	return c
}

// listedZones are the time zones that the form lists: the capitals that
// Hungarian clusters meet in most.
func listedZones() []string {
	return []string{
		"Europe/Amsterdam", "Europe/Athens", "Europe/Belgrade", "Europe/Berlin", "Europe/Bratislava", "Europe/Brussels",
		"Europe/Bucharest", "Europe/Budapest", "Europe/Chisinau", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
		"Europe/Kyiv", "Europe/Lisbon", "Europe/Ljubljana", "Europe/London", "Europe/Luxembourg", "Europe/Madrid",
		"Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm",
		"Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius", "Europe/Warsaw", "Europe/Zagreb", "Europe/Zurich", "UTC",
	}
}

// otherZones are zones of the other continents that most people live in.
func otherZones() []string {
	return []string{
		"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Argentina/Buenos_Aires",
		"America/Chicago", "America/Denver", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
		"America/Sao_Paulo", "America/Toronto", "Asia/Almaty", "Asia/Bangkok", "Asia/Dubai", "Asia/Ho_Chi_Minh",
		"Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Kolkata", "Asia/Seoul", "Asia/Shanghai",
		"Asia/Singapore", "Asia/Taipei", "Asia/Tbilisi", "Asia/Tokyo", "Atlantic/Reykjavik", "Australia/Sydney",
		"Pacific/Auckland",
	}
}
