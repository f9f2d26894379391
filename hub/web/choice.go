package web

import (
	"cmp"
	"slices"
	"strconv"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"pergola/hub"
	"pergola/hub/roster"
)

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

// A zoneField asks for a time zone: one of the usual ones, or any by name.
type zoneField struct {
	choiceField
	OtherSummary, OtherLabel string
	// Others are further names to choose from while typing.
	Others []string
	Open   bool
}

// boxes is an input with the values for answers, any number of them ticked.
func boxes[S ~string](f fields, name string, values []S, ticked []string, label func(S) string) choiceField {
	c := choiceField{field: f.Input("", name, "")}
	for _, v := range values {
		c.Choices = append(c.Choices, choice{string(v), label(v), slices.Contains(ticked, string(v))})
	}
	return c
}

// orNone puts an answer before the others that says none of them.
func (c choiceField) orNone(label, chosen string) choiceField {
	c.Choices = append([]choice{{"", label, chosen == ""}}, c.Choices...)
	return c
}

// choices is an input with given answers, labelled by their keys' texts.
func (f fields) choices(name, prefix string, chosen string, values ...string) choiceField {
	return boxes(f, name, values, []string{chosen}, func(v string) string { return f.T(prefix + v) })
}

// also is a list with what it does not have yet of others.
func also(list []string, others ...string) []string {
	for _, s := range others {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// ConsentBox asks whether what was typed may be kept, in words of a key.
func (f fields) ConsentBox(key string, ticked bool) choiceField {
	c := choiceField{field: f.Input("", "consent", "")}
	c.Choices = []choice{{"yes", f.T(key, "Who", f.OrgTitle), ticked}}
	return c
}

// ZoneInput is an input for a time zone.
func (f fields) ZoneInput(name, value string) zoneField {
	usual := listedZones()
	f.sort(usual, f.Zone)
	zones := also(also([]string{f.Org.Zone}, present(value)...), usual...)
	z := zoneField{OtherSummary: f.T("form_zone_other_summary"), OtherLabel: f.T("form_zone_other"), Others: otherZones()}
	z.choiceField = boxes(f, name, zones, []string{value}, func(zone string) string { return f.Zone(zone) + " (" + zone + ")" })
	z.Open = z.Problem != ""
	return z
}

// CountryInput is an input for one country.
func (f fields) CountryInput(name, value string) choiceField {
	codes := also(listedCountries(), present(value)...)
	f.sort(codes, f.Country)
	return boxes(f, name, codes, []string{value}, f.Country).orNone(f.T("form_country_none"), value)
}

// CountryBoxes are boxes for any number of countries.
func (f fields) CountryBoxes(ticked []string) choiceField {
	codes := listedCountries()
	f.sort(codes, f.Country)
	return boxes(f, "countries", codes, ticked, f.Country)
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
	tags := []string{"hu", "en", "de", "sk", "ro", "uk", "sr", "hr", "sl", "cs", "pl", "it", "fr", "es"}
	return boxes(f, "languages", also(tags, ticked...), ticked, f.Language)
}

func (f fields) termBoxes(name, key string, terms, ticked []string) choiceField {
	return boxes(f, name, terms, ticked, func(t string) string { return hub.Terms(f.Printer, key, terms, []string{t}) })
}

// termInput is an input for one of the terms, or none.
func (f fields) termInput(name, key string, terms []string, chosen string) choiceField {
	return f.termBoxes(name, key, terms, []string{chosen}).orNone(f.T("form_term_none"), chosen)
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
	return boxes(f, name, numbers(9), []string{chosen}, self).orNone(f.T("form_term_none"), chosen)
}

// numbers are the whole numbers from 1 to n.
func numbers(n int) (all []string) {
	for i := range n {
		all = append(all, strconv.Itoa(i+1))
	}
	return all
}

// self is the label of an answer that says itself what it is.
func self(value string) string { return value }

// CurrencyInput is an input for a currency: the usual ones, and the one that was
// typed.
func (f fields) CurrencyInput(value string) choiceField {
	value = cmp.Or(value, "EUR")
	codes := also([]string{"EUR", "HUF", "CHF", "CZK", "GBP", "PLN", "RON", "RSD", "SEK", "UAH", "USD"}, value)
	return boxes(f, "currency", codes, []string{value}, self)
}

// sort puts codes in the order of their names in the page's language.
func (f fields) sort(codes []string, name func(string) string) {
	order := collate.New(language.Make(f.Lang()))
	slices.SortStableFunc(codes, func(a, b string) int { return order.CompareString(name(a), name(b)) })
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
