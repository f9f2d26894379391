// Package roster reads lists of organisations as offices keep them, in tables,
// and says what the name of an organisation tells of it.
//
// It knows words of Hungarian, English and some neighbours' legal forms. It knows
// no cluster, keeps nothing, and asks nobody.
package roster

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// An Organisation is a member of a cluster as the cluster describes it. It is
// kept under the names of its fields.
type Organisation struct {
	Name string
	// Kind is one of [Kinds], Form the legal form as it is written ("Kft."); ""
	// when not said.
	Kind, Form string
	// Region is a NUTS code ("HU31"), Country an ISO 3166-1 alpha-2 code.
	Region, Country string
	// Sectors are sections of NACE Rev. 2.1, "A" to "V".
	Sectors []string
	// Keywords and Offers say what it is good at, and what it has for others.
	Keywords []string
	Offers   string
	Website  string
	// Since is when it became a member: a year, a month or a day.
	Since string
	// Actor is the id of its own actor when it has a node.
	Actor string
	// Public says that everybody may know.
	Public bool
}

// The most that an organisation may say.
const (
	MaxName     = 200
	MaxOffers   = 500
	MaxKeywords = 10
	MaxSectors  = 5
	maxWord     = 60
	maxAddress  = 500
)

// Kinds are what an organisation can be, in the order in which they are shown.
// (ECCP's types of members; schema.org has a type for each)
func Kinds() []string {
	return []string{"company", "research", "education", "public", "civil", "cluster"}
}

// Sectors are the sections of NACE Rev. 2.1.
func Sectors() []string { return strings.Split("ABCDEFGHIJKLMNOPQRSTUV", "") }

// Regions are the NUTS 2 regions of Hungary.
func Regions() []string {
	return []string{"HU11", "HU12", "HU21", "HU22", "HU23", "HU31", "HU32", "HU33"}
}

// IsCountry takes ISO 3166-1 alpha-2 codes of countries.
func IsCountry(code string) bool {
	if len(code) != 2 {
		return false
	}
	r, err := language.ParseRegion(code)
	return err == nil && r.IsCountry() && r.String() == code
}

// IsRegion reports whether s can be a NUTS code, of a country that there is.
func IsRegion(s string) bool { return CountryOf(s) != "" }

// CountryOf is the country of a NUTS code, "" of what is none.
func CountryOf(region string) string {
	if !nuts.MatchString(region) {
		return ""
	}
	country := region[:2]
	switch country {
	case "EL": // Greece in NUTS
		return "GR"
	case "UK":
		return "GB"
	}
	if !IsCountry(country) {
		return ""
	}
	return country
}

// A Problem is what is wrong with an organisation: Field names what, Problem how,
// Arg is what was found or allowed.
type Problem struct{ Field, Problem, Arg string }

var nuts = regexp.MustCompile(`^[A-Z]{2}[0-9A-Z]{1,3}$`)

// Tidy is o without what stands twice or nowhere: the country of a region that is
// not said, the legal form and the kind that the name tells.
func (o Organisation) Tidy() Organisation {
	kind, form := Guess(o.Name)
	if o.Form == "" {
		o.Form = form
	}
	if o.Kind == "" {
		o.Kind = kind
	}
	if o.Country == "" {
		o.Country = CountryOf(o.Region)
	}
	o.Sectors, o.Keywords = distinct(o.Sectors), distinct(o.Keywords)
	return o
}

func distinct(in []string) []string {
	var out []string
	for _, s := range in {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Check is all that is wrong with o, as of a day.
func (o Organisation) Check(today time.Time) []Problem {
	var all []Problem
	add := func(wrong bool, field, problem, arg string) {
		if wrong {
			all = append(all, Problem{field, problem, arg})
		}
	}
	long := func(s string, most int) bool { return utf8.RuneCountInString(s) > most }
	add(o.Name == "", "name", "required", "")
	add(long(o.Name, MaxName), "name", "too_long", "200")
	add(o.Kind != "" && !slices.Contains(Kinds(), o.Kind), "type", "unknown", o.Kind)
	add(long(o.Form, maxWord), "legal_form", "too_long", "60")
	add(o.Region != "" && !IsRegion(o.Region), "region", "no_such_region", o.Region)
	add(o.Country != "" && !IsCountry(o.Country), "country", "no_such_country", o.Country)
	for _, s := range o.Sectors {
		add(!slices.Contains(Sectors(), s), "sectors", "no_such_sector", s)
	}
	add(len(o.Sectors) > MaxSectors, "sectors", "too_many", "5")
	for _, s := range o.Keywords {
		add(long(s, maxWord), "keywords", "too_long", "60")
	}
	add(len(o.Keywords) > MaxKeywords, "keywords", "too_many", "10")
	add(long(o.Offers, MaxOffers), "offers", "too_long", "500")
	add(o.Website != "" && !isAddress(o.Website), "website", "not_a_url", o.Website)
	add(o.Actor != "" && !isAddress(o.Actor), "actor", "not_a_url", o.Actor)
	add(!isDay(o.Since, today), "since", "no_such_date", o.Since)
	return all
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= maxAddress
}

// isDay reports whether s is a year, a month or a day up to today, or nothing.
func isDay(s string, today time.Time) bool {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.Year() >= 1000 && !at.After(today)
		}
	}
	return s == ""
}
