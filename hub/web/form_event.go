package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
)

// An eventForm is what an event's form asks beside the texts.
type eventForm struct {
	Start, End whenForm
	// Zone is an IANA name; the end is in the same zone.
	Zone string
	// MonthOnly says that only the month is certain.
	MonthOnly                                        bool
	Place, Street, PostalCode, Town, Region, Country string
	Online, RegisterURL                              string
	// Registration is "none", "external", or one of hub's modes.
	Registration, Capacity string
	RegisterUntil          whenForm
	// Organisers and Funders are one per line.
	Organisers, Funders string
	// Series, Edition and Years say what it is an edition of, PartOf is the id of
	// what it is a part of.
	Series, Edition, Years, PartOf string
}

// A whenForm is a date and, where it is known, a time of day.
type whenForm struct{ Date, Time string }

func newEventForm(e hub.Event, zone string) eventForm {
	zone = cmp.Or(e.Start.Zone, e.Registration.Closes.Zone, zone)
	return eventForm{
		Start:       newWhenForm(e.Start),
		End:         newWhenForm(e.End),
		Zone:        zone,
		MonthOnly:   e.Start.Precision == hub.Month,
		Place:       e.Place.Name,
		Street:      e.Place.Street,
		PostalCode:  e.Place.PostalCode,
		Town:        e.Place.Locality,
		Region:      e.Place.Region,
		Country:     e.Place.Country,
		Online:      e.Online,
		RegisterURL: e.RegisterURL,
		Organisers:  partyLines(e.Organisers),
		Funders:     partyLines(e.Funders),

		Series:  e.Series.Name,
		Edition: numberOf(e.Series.Edition),
		Years:   numberOf(e.Series.Years),
		PartOf:  e.PartOf,

		Registration:  registrationOf(e),
		Capacity:      numberOf(e.Registration.Capacity),
		RegisterUntil: newWhenForm(e.Registration.Closes),
	}
}

// The answers to how one registers beside hub's modes.
const (
	registerNowhere   = "none"
	registerElsewhere = "external"
)

func registrationOf(e hub.Event) string {
	switch {
	case e.Registers():
		return string(e.Registration.Mode)
	case e.RegisterURL != "":
		return registerElsewhere
	}
	return registerNowhere
}

// numberOf is a number as it is typed, "" for 0.
func numberOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func readEventForm(v url.Values, zone string) eventForm {
	return eventForm{
		Start:       readWhenForm(v, "start"),
		End:         readWhenForm(v, "end"),
		Zone:        readZone(v, "start_zone", zone),
		MonthOnly:   v.Get("month_only") != "",
		Place:       line(v, "place"),
		Street:      line(v, "street"),
		PostalCode:  line(v, "postal_code"),
		Town:        line(v, "town"),
		Region:      line(v, "region"),
		Country:     line(v, "country"),
		Online:      webAddress(line(v, "online")),
		RegisterURL: webAddress(line(v, "register_url")),
		Organisers:  paragraph(v, "organisers"),
		Funders:     paragraph(v, "funders"),

		Series:  line(v, "series"),
		Edition: line(v, "edition"),
		Years:   line(v, "years"),
		PartOf:  line(v, "part_of"),

		Registration:  line(v, "registration"),
		Capacity:      line(v, "capacity"),
		RegisterUntil: readWhenForm(v, "register_until"),
	}
}

// apply is the event with what the form says.
func (f eventForm) apply(e hub.Event) (hub.Event, []hub.FieldError) {
	e.Start, e.End = f.when(e.Start, e.End)
	e.Place.Name = f.Place
	e.Place.Street = f.Street
	e.Place.PostalCode = f.PostalCode
	e.Place.Locality = f.Town
	e.Place.Region = f.Region
	e.Place.Country = f.Country
	e.Online = f.Online
	problems := f.register(&e)
	e.Organisers, problems = readParties("organisers", f.Organisers, e.Organisers, problems)
	e.Funders, problems = readParties("funders", f.Funders, e.Funders, problems)
	e.Series.Name, e.PartOf = f.Series, f.PartOf
	var ok bool
	if e.Series.Edition, ok = number(f.Edition, 1, vocab.MaxEdition); !ok && f.Edition != "" {
		problems = append(problems, hub.FieldError{Field: "edition", Problem: "not_an_edition", Arg: strconv.Itoa(vocab.MaxEdition)})
	}
	e.Series.Years, _ = number(f.Years, 1, 100)
	return e, problems
}

// register sets how one registers. What was filled in for another choice than
// the one made is a problem, because it would be lost.
func (f eventForm) register(e *hub.Event) (problems []hub.FieldError) {
	closes := f.RegisterUntil.when(f.Zone, false)
	before := e.Registration.Closes
	if before.Zone == f.Zone && newWhenForm(before) == f.RegisterUntil {
		closes = before
	}
	e.RegisterURL, e.Registration = f.RegisterURL, hub.Registration{}
	seats := f.Capacity != "" || closes.Set()
	var unfit bool
	switch f.Registration {
	case string(hub.Free), string(hub.Restricted):
		e.Registration = hub.Registration{Mode: hub.RegistrationMode(f.Registration), Closes: closes}
		unfit = f.RegisterURL != ""
		var ok bool
		if e.Registration.Capacity, ok = number(f.Capacity, 1, maxSeats); !ok && f.Capacity != "" {
			problems = append(problems, hub.FieldError{Field: "capacity", Problem: "not_a_capacity", Arg: strconv.Itoa(maxSeats)})
		}
	case registerElsewhere:
		unfit = seats
		if f.RegisterURL == "" {
			problems = append(problems, hub.FieldError{Field: "register_url", Problem: "required"})
		}
	default:
		unfit = seats || f.RegisterURL != "" && f.Registration == registerNowhere
	}
	if unfit {
		problems = append(problems, hub.FieldError{Field: "registration", Problem: "registration_unfit"})
	}
	return problems
}

// maxSeats is the most that a capacity can be, as hub takes no more.
const maxSeats = 5000

// when is the start and the end that the form says, given those that stand: a
// moment that the form shows as before is what it was.
func (f eventForm) when(start, end hub.When) (hub.When, hub.When) {
	ends := f.End
	if ends.Date == "" && ends.Time != "" {
		ends.Date = f.Start.Date
	}
	newStart, newEnd := f.Start.when(f.Zone, f.MonthOnly), ends.when(f.Zone, f.MonthOnly)
	before := newEventForm(hub.Event{Start: start, End: end}, f.Zone)
	if before.Zone != f.Zone || before.MonthOnly != f.MonthOnly {
		return newStart, newEnd
	}
	if before.Start == f.Start {
		newStart = start
	}
	if before.End == ends {
		newEnd = end
	}
	return newStart, newEnd
}

func newWhenForm(w hub.When) whenForm {
	date, clock, _ := strings.Cut(w.Local, "T")
	if w.Precision == hub.Day || w.Precision == hub.Month {
		clock = ""
	}
	return whenForm{date, clock}
}

// readWhenForm reads name and name_time, or a datetime-local in name.
func readWhenForm(v url.Values, name string) whenForm {
	w := whenForm{line(v, name), line(v, name+"_time")}
	if date, clock, ok := strings.Cut(w.Date, "T"); ok && w.Time == "" {
		w = whenForm{date, clock}
	}
	// Browsers add seconds where a value came with them.
	if len(w.Time) == len("15:04:05") && strings.Count(w.Time, ":") == 2 {
		w.Time = w.Time[:len("15:04")]
	}
	return w
}

// when is the moment that was typed: with no time of day the day is meant, or
// only its month.
func (f whenForm) when(zone string, monthOnly bool) hub.When {
	if f == (whenForm{}) {
		return hub.When{}
	}
	w := hub.When{Local: f.Date + "T" + f.Time, Zone: zone, Precision: hub.Minute}
	if f.Time == "" {
		w.Local, w.Precision = f.Date+"T00:00", hub.Day
	}
	if monthOnly {
		w.Local, w.Precision = f.Date+"T00:00", hub.Month
	}
	return w
}

// readZone reads a time zone: the one chosen, one typed beside it, or the usual
// one.
func readZone(v url.Values, name, usual string) string {
	if other := line(v, name+"_other"); other != "" {
		return strings.ReplaceAll(other, " ", "_")
	}
	return cmp.Or(line(v, name), usual)
}

// webAddress completes an address that was typed as it stands on a letterhead.
func webAddress(s string) string {
	if strings.HasPrefix(s, "www.") {
		return "https://" + s
	}
	return s
}

// partyLines shows organisations one per line: name, and where to find it.
func partyLines(parties []vocab.Party) string {
	return strings.Join(each(parties, partyLine), "\n")
}

func partyLine(p vocab.Party) string {
	var parts []string
	for _, s := range []string{p.Name, p.URL, p.ID} {
		if s = flat(s); s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " | ")
}

// flat makes a value fit between the bars of a line.
func flat(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "|", "/")), " ")
}

// readParties reads organisations, one per line; a line that reads as before
// keeps what is known of it. It adds to problems.
func readParties(field, text string, stored []vocab.Party, problems []hub.FieldError) ([]vocab.Party, []hub.FieldError) {
	var parties []vocab.Party
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		if len(parties) == maxLines {
			return parties, append(problems, hub.FieldError{Field: field, Problem: "too_many_lines", Arg: strconv.Itoa(maxLines)})
		}
		parties = append(parties, readParty(l, stored))
	}
	return parties, problems
}

// readParty reads "Name | https://site.example", "Name | @name@host", either
// half alone, or all three.
func readParty(l string, stored []vocab.Party) vocab.Party {
	for _, p := range stored {
		if partyLine(p) == l {
			return p
		}
	}
	var p vocab.Party
	for part := range strings.SplitSeq(l, "|") {
		part = strings.TrimSpace(part)
		switch {
		case strings.HasPrefix(part, "@"):
			p.ID = part
		case isLink(part):
			p.URL = webAddress(part)
		case p.Name == "":
			p.Name = part
		case part != "":
			// Neither an address nor a handle: hub says so at the field.
			p.URL = part
		}
	}
	return p
}

func isLink(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "www.")
}
