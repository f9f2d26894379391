package vocab

import (
	"strconv"
	"strings"
	"time"
)

// What of an event's programme is read.
const (
	maxSessions = 60
	maxSpeakers = 20 // of one session
)

// A Session is a part of an event's programme that is no object of its own.
// (schema.org, subEvent)
type Session struct {
	Name       Text
	Start, End time.Time
	// Zone is an IANA name, Track what goes on beside other tracks.
	Zone, Track string
	Speakers    []Speaker
	// Place is a room or an address, Country ISO 3166-1 alpha-2.
	Place, Country, Online string
	// Holder is who holds it, nil when that is not said.
	Holder *Party
}

// A Speaker is a person with the organisation they speak for. (schema.org,
// performer and affiliation)
type Speaker struct{ Name, Organisation string }

// A Series is what an event is an edition of. (schema.org, EventSeries)
type Series struct {
	Name string
	// Edition counts from 1, Years is how many lie between two; 0 when not said.
	Edition, Years int
}

// setProgramme writes sessions, and what an event is itself a part of.
func (e *Event) setProgramme(extra map[string]any) {
	var super []any
	if e.Series.Name != "" {
		series := map[string]any{"type": "EventSeries", "name": e.Series.Name}
		if e.Series.Years > 0 {
			series["eventSchedule"] = map[string]any{"type": "Schedule", "repeatFrequency": "P" + strconv.Itoa(e.Series.Years) + "Y"}
		}
		super = append(super, series)
	}
	if e.PartOf != "" {
		super = append(super, e.PartOf)
	}
	putList(extra, "subEvent", documents(e.Sessions))
	putList(extra, "superEvent", super)
}

func (s Session) document() map[string]any {
	m := map[string]any{"type": "Event", "name": s.Name.value()}
	setMap(m, "nameMap", s.Name)
	for key, at := range map[string]time.Time{"startTime": s.Start, "endTime": s.End} {
		if !at.IsZero() {
			m[key] = at.Format(time.RFC3339)
		}
	}
	put(m, "timezone", s.Zone)
	put(m, "keywords", s.Track)
	var performers []any
	for _, p := range s.Speakers {
		person := map[string]any{"type": "Person", "name": p.Name}
		put(person, "affiliation", p.Organisation) // an object would count against limits of objects
		performers = append(performers, person)
	}
	putList(m, "performer", performers)
	if s.Place != "" || s.Country != "" {
		place := map[string]any{"type": "Place"}
		put(place, "name", s.Place)
		if s.Country != "" {
			place["address"] = map[string]any{"type": "PostalAddress", "addressCountry": s.Country}
		}
		m["location"] = place // never an array: Mobilizon 5 falls over one
	}
	put(m, "url", s.Online)
	if s.Holder != nil {
		m["organizer"] = parties([]Party{*s.Holder})[0]
	}
	return m
}

// readProgramme reads sessions, and what the event is a part of.
func (e *Event) readProgramme(n *node) {
	for _, v := range n.get("subEvent").list() {
		if v.kind != isObject || len(e.Sessions) == maxSessions {
			continue
		}
		if s := readSession(&v); !s.Start.IsZero() && len(s.Name) > 0 {
			e.Sessions = append(e.Sessions, s)
		}
	}
	for _, v := range n.get("superEvent").list() {
		switch {
		case v.kind == isObject && e.Series.Name == "" && strings.HasSuffix(typeOf(&v), "EventSeries"):
			e.Series = Series{Name: v.textOf("name", maxName).value(), Years: years(v.get("eventSchedule").first().short("repeatFrequency"))}
		case e.PartOf == "":
			e.PartOf = v.id()
		}
	}
	for _, a := range n.get("attachment").list() {
		if k, err := strconv.Atoi(a.short("value")); isFact(&a, factEdition) && e.Series.Name != "" && err == nil && k > 0 && k <= MaxEdition {
			e.Series.Edition = k
		}
	}
}

// factEdition is the PropertyValue with the number of an edition, which is
// MaxEdition at most.
const (
	factEdition = "edition"
	MaxEdition  = 999
)

// years reads a duration of whole years, as "P2Y"; 0 for another.
func years(duration string) int {
	digits, found := strings.CutPrefix(duration, "P")
	digits, whole := strings.CutSuffix(digits, "Y")
	n, err := strconv.Atoi(digits)
	if !found || !whole || err != nil || n < 1 || n > 100 {
		return 0
	}
	return n
}

// affiliation reads an organisation: its name, or schema.org's Organization.
func affiliation(n *node) string {
	if n.is(isString) {
		return bounded(n.text, maxShort)
	}
	return n.textOf("name", maxShort).value()
}

func readSession(n *node) Session {
	s := Session{
		Name: n.textOf("name", maxShort), Start: n.get("startTime").time(), End: n.get("endTime").time(),
		Zone: n.short("timezone"), Track: n.short("keywords"), Online: n.get("url").link(),
	}
	if s.End.Before(s.Start) {
		s.End = time.Time{}
	}
	for _, v := range n.get("performer").list() {
		p := Speaker{bounded(v.textOf("name", maxShort).value(), maxShort), affiliation(v.get("affiliation").first())}
		if p.Name != "" && len(s.Speakers) < maxSpeakers {
			s.Speakers = append(s.Speakers, p)
		}
	}
	for _, v := range n.get("location").list() {
		if online := virtual(&v); online != "" {
			s.Online = online
		} else if p := readPlace(&v); p != nil && s.Place == "" && s.Country == "" {
			s.Place, s.Country = bounded(p.Name, maxShort), p.Country
		}
	}
	if holders := readParties(n.get("organizer")); len(holders) > 0 {
		s.Holder = &holders[0]
	}
	return s
}
