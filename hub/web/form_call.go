package web

import (
	"net/url"
	"slices"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A callForm is what a call's form asks beside the texts.
type callForm struct {
	Purpose string
	// Countries are the codes of those ticked, OtherCountries is what was typed
	// for those that the form does not list.
	Countries      []string
	OtherCountries string
	// Partnerships and Partners are the terms ticked.
	Partnerships, Partners []string
	UpTo, Total, Currency  string
	Opens, Deadline        whenForm
	Zone                   string
	ApplyURL               string
}

func newCallForm(c hub.Call, zone string) callForm {
	for _, w := range []hub.When{c.Opens, c.Deadline} {
		if w.Zone != "" {
			zone = w.Zone
		}
	}
	f := callForm{
		Purpose:  string(c.Purpose),
		UpTo:     c.UpTo.Amount,
		Total:    c.Total.Amount,
		Currency: c.UpTo.Currency,
		Opens:    newWhenForm(c.Opens),
		Deadline: newWhenForm(c.Deadline),
		Zone:     zone,
		ApplyURL: c.ApplyURL,

		Partnerships: c.Partnerships,
		Partners:     c.Partners,
	}
	if f.Currency == "" {
		f.Currency = c.Total.Currency
	}
	f.Countries, f.OtherCountries = splitCountries(c.Countries)
	return f
}

// splitCountries tells the codes that the form has a box for from the others.
func splitCountries(codes []string) (ticked []string, others string) {
	var rest []string
	for _, code := range codes {
		if slices.Contains(listedCountries(), code) {
			ticked = append(ticked, code)
		} else {
			rest = append(rest, code)
		}
	}
	return ticked, strings.Join(rest, ", ")
}

func readCallForm(v url.Values, zone string) callForm {
	f := callForm{
		Purpose:        line(v, "purpose"),
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
	}
	for _, code := range v["countries"] {
		if slices.Contains(listedCountries(), code) && !slices.Contains(f.Countries, code) {
			f.Countries = append(f.Countries, code)
		}
	}
	return f
}

// apply is the call with what the form says, all but what is sought.
func (f callForm) apply(c hub.Call) hub.Call {
	c.Purpose = hub.Purpose(f.Purpose)
	c.Countries = f.countries(c.Countries)
	c.Partnerships, c.Partners = f.Partnerships, f.Partners
	c.UpTo = f.money(f.UpTo, c.UpTo)
	c.Total = f.money(f.Total, c.Total)
	before := newCallForm(c, f.Zone)
	if before.Zone != f.Zone || before.Opens != f.Opens {
		c.Opens = f.Opens.when(f.Zone, false)
	}
	if before.Zone != f.Zone || before.Deadline != f.Deadline {
		c.Deadline = f.deadline()
	}
	c.ApplyURL = f.ApplyURL
	return c
}

// deadline is what was typed; without a time of day it is the end of the day.
func (f callForm) deadline() hub.When {
	w := f.Deadline
	if w.Date != "" && w.Time == "" {
		w.Time = "23:59"
	}
	return w.when(f.Zone, false)
}

// countries are the codes of both fields, in the stored order as far as they
// were there before.
func (f callForm) countries(stored []string) []string {
	typed := slices.Clone(f.Countries)
	others := strings.FieldsFunc(f.OtherCountries, func(r rune) bool {
		return r == ',' || r == ';' || r == ' '
	})
	for _, code := range others {
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
