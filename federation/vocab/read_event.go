package vocab

import (
	"math"
	"net/mail"
	"strings"
	"time"
)

// readEvent reads what FEP-8a8e, Mobilizon, Gancio and WordPress say about an
// event. organiser is whom the event is attributed to.
func readEvent(n *node, organiser string) *Event {
	e := &Event{
		Start:         n.get("startTime").time(),
		End:           n.get("endTime").time(),
		Zone:          n.short("timezone"),
		HideEnd:       n.get("displayEndTime").is(isFalse),
		Status:        readStatus(n),
		PreviousStart: n.get("previousStartTime").time(),
		IsOnline:      n.get("isOnline").truth(),
		Category:      strings.ToUpper(n.short("category")),
		JoinMode:      n.short("joinMode"),
		ExternalURL:   addressOf(n.get("externalParticipationUrl")),
		Funders:       readParties(n.get("funder")),
	}
	if e.End.Before(e.Start) {
		e.End = time.Time{}
	}
	// An event that came without its end is read as if it hid it.
	// (FEP-8a8e, "endTime")
	e.HideEnd = e.HideEnd || e.End.IsZero()
	for _, p := range readParties(membersOf(n.get("organizers"))) {
		if p.ID == "" || p.ID != organiser {
			e.Organizers = append(e.Organizers, p)
		}
	}
	e.Capacity, e.Going, e.Remaining = n.count("maximumAttendeeCapacity"), n.count("participantCount"), n.count("remainingAttendeeCapacity")
	e.readLocation(n)
	e.readProgramme(n)
	return e
}

// count reads how many there are of something; 0 where that is not said.
func (n *node) count(key string) int {
	if f, ok := n.get(key).number(); ok && f >= 1 && f <= math.MaxInt32 {
		return int(f)
	}
	return 0
}

// readLocation finds the first place and the first address on the net. Where
// there is no place, or the event says that it is online, Mobilizon's Link
// "Website" is that address; else it is just a website.
func (e *Event) readLocation(n *node) {
	for _, v := range n.get("location").list() {
		if online := virtual(&v); online != "" {
			if e.Online == "" {
				e.Online, e.IsOnline = online, true
			}
		} else if p := readPlace(&v); p != nil && e.Place == nil {
			e.Place = p
		}
	}
	if e.Online != "" || e.Place != nil && !e.IsOnline {
		return
	}
	for _, v := range n.get("attachment").list() {
		if isWebsite(&v) {
			e.Online = v.link()
			return
		}
	}
}

// isWebsite recognises Mobilizon's way to say where an event is on the net.
func isWebsite(n *node) bool {
	return typeOf(n) == "Link" && n.get("name").str() == website && n.link() != ""
}

// virtual returns the URL of a VirtualLocation: by itself, or as the address
// of a Place, as Gancio sends it.
func virtual(n *node) string {
	for _, v := range []*node{n, n.get("address").first()} {
		if typeOf(v) == "VirtualLocation" {
			if u := v.get("url").link(); u != "" {
				return u
			}
			return v.id()
		}
	}
	if n.kind == isString && isWebURL(n.text) {
		return n.text
	}
	return ""
}

// readPlace reads a Place, or the plain text that stands for one.
func readPlace(n *node) *Place {
	if n.kind == isString {
		if name := bounded(strings.TrimSpace(n.text), maxName); name != "" {
			return &Place{Name: name}
		}
		return nil
	}
	p := &Place{Name: n.textOf("name", maxName).value()}
	p.Latitude, p.Longitude = coordinates(n)
	address := n.get("address").first()
	if address.is(isString) {
		p.Street = bounded(address.text, maxName)
	} else {
		p.Street = bounded(address.get("streetAddress").str(), maxName)
		p.PostalCode = address.short("postalCode")
		p.Locality = address.short("addressLocality")
		p.Region = address.short("addressRegion")
		p.Country = address.short("addressCountry")
		if country := address.get("addressCountry"); p.Country == "" {
			p.Country = country.first().short("name")
		}
	}
	if *p == (Place{}) {
		return nil
	}
	return p
}

func coordinates(n *node) (latitude, longitude float64) {
	latitude, ok1 := n.get("latitude").number()
	longitude, ok2 := n.get("longitude").number()
	if !ok1 || !ok2 || math.Abs(latitude) > 90 || math.Abs(longitude) > 180 {
		return 0, 0
	}
	return latitude, longitude
}

// addressOf returns where to turn to: a URL or, as FEP-8a8e allows, a mailto
// address without any headers.
func addressOf(n *node) string {
	if u := n.link(); u != "" {
		return u
	}
	s := n.str()
	if address, ok := strings.CutPrefix(s, "mailto:"); ok && len(s) <= maxID && !strings.ContainsAny(address, "?%<> \r\n") {
		if _, err := mail.ParseAddress(address); err == nil {
			return s
		}
	}
	return ""
}

// readStatus reads eventStatus, or the status of iCalendar that Mobilizon
// sends. What says nothing that we know is scheduled.
func readStatus(n *node) string {
	s := n.short("eventStatus")
	s = s[strings.LastIndexAny(s, "/#:")+1:]
	switch s {
	case EventScheduled, EventTentative, EventCancelled, EventPostponed, EventRescheduled, EventMovedOnline:
		return s
	}
	status := n.short("status")
	if status == "" {
		status = n.short("ical:status")
	}
	switch strings.ToUpper(status) {
	case "TENTATIVE":
		return EventTentative
	case "CANCELLED":
		return EventCancelled
	}
	return EventScheduled
}

// membersOf returns what stands in a collection, in its first page, or in an
// array. (FEP-8a8e, "organizers")
func membersOf(n *node) *node {
	if !n.is(isObject) {
		if n.is(isArray) {
			return n
		}
		return nil // the id of a collection that we do not fetch
	}
	for _, c := range []*node{n, n.get("first").first()} {
		for _, key := range []string{"items", "orderedItems"} {
			if items := c.get(key); items != nil {
				return items
			}
		}
	}
	if classOf(typeOf(n)) == anActor {
		return n
	}
	return nil
}

// readParties reads organisations: the ids of actors, or schema.org's
// Organization and Person with a name.
func readParties(n *node) []Party {
	var list []Party
	for _, v := range n.list() {
		p := Party{ID: v.id()}
		if v.kind == isObject {
			p.Name = v.textOf("name", maxName).value()
			p.URL, p.Consent = v.get("url").link(), v.get("context").id()
		}
		if (p.ID != "" || p.Name != "") && len(list) < maxParties {
			list = append(list, p)
		}
	}
	return list
}
