package vocab

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// website is the name of the Link that Mobilizon reads as the address of an
// event on the net.
const website = "Website"

// set writes what makes an object an event that Mobilizon, Gancio, WordPress
// and FEP-8a8e readers all take: one place and never an array of places, a
// status in three spellings, and never joinMode "none", which Mobilizon 5
// refuses.
func (e *Event) set(t typedObject, o Object) {
	extra := t.GetUnknownProperties()
	e.setTimes(t)
	status := e.iCalendarStatus()
	extra["status"], extra["ical:status"] = status, status
	extra["eventStatus"] = cmp.Or(e.Status, EventScheduled)
	put(extra, "timezone", e.Zone)
	put(extra, "actor", o.AttributedTo)
	extra["category"] = cmp.Or(e.Category, "MEETING")
	extra["isOnline"] = e.IsOnline || e.Online != ""
	mediaType := streams.NewActivityStreamsMediaTypeProperty()
	mediaType.Set("text/html")
	t.SetActivityStreamsMediaType(mediaType)
	switch e.JoinMode {
	case "free", "restricted", "invite":
		extra["joinMode"] = e.JoinMode
		put(extra, "externalParticipationUrl", e.ExternalURL)
		e.setAttendance(extra, o.ID)
	default:
		extra["joinMode"] = "external"
		extra["externalParticipationUrl"] = cmp.Or(e.ExternalURL, o.URL, o.ID)
	}
	extra["anonymousParticipationEnabled"] = true
	extra["repliesModerationOption"] = "closed"
	extra["commentsEnabled"] = false
	if e.Capacity > 0 {
		extra["maximumAttendeeCapacity"] = e.Capacity
	}
	organizers := []any{}
	named := slices.ContainsFunc(e.Organizers, func(p Party) bool { return p.ID == o.AttributedTo })
	if o.AttributedTo != "" && !named {
		organizers = append(organizers, o.AttributedTo)
	}
	organizers = append(organizers, parties(e.Organizers)...)
	extra["organizers"] = map[string]any{
		"type": "Collection", "totalItems": len(organizers), "items": organizers,
	}
	e.setProgramme(extra)
	putList(extra, "funder", parties(e.Funders))
	if e.Place != nil {
		location := streams.NewActivityStreamsLocationProperty()
		location.AppendActivityStreamsPlace(e.Place.typed(o.ID))
		t.SetActivityStreamsLocation(location)
	}
}

// setAttendance writes how many take part: numbers, and never who. The
// collection is there for its total. (FEP-8a8e, "attendees"; Mobilizon 5:
// participantCount, remainingAttendeeCapacity)
func (e *Event) setAttendance(extra map[string]any, id string) {
	extra["participantCount"] = e.Going
	extra["attendees"] = map[string]any{"type": "Collection", "id": id + "#attendees", "totalItems": e.Going}
	if e.Capacity > 0 {
		extra["remainingAttendeeCapacity"] = e.Remaining
	}
}

// setTimes writes start and end with the offset that they carry. An end must
// be there and be later than the start. (FEP-8a8e, "endTime")
func (e *Event) setTimes(t typedObject) {
	if e.Start.IsZero() {
		return
	}
	end, hidden := e.End, e.HideEnd
	if !end.After(e.Start) {
		end, hidden = e.Start.Add(time.Hour), true
	}
	setTime(streams.NewActivityStreamsStartTimeProperty(), t.SetActivityStreamsStartTime, e.Start)
	setTime(streams.NewActivityStreamsEndTimeProperty(), t.SetActivityStreamsEndTime, end)
	extra := t.GetUnknownProperties()
	extra["displayEndTime"] = !hidden
	if !e.PreviousStart.IsZero() {
		extra["previousStartTime"] = e.PreviousStart.Format(time.RFC3339)
	}
}

// iCalendarStatus says in the three words of iCalendar what Mobilizon 5 needs,
// which falls over a status that is null. (RFC 5545, 3.8.1.11)
func (e *Event) iCalendarStatus() string {
	switch e.Status {
	case EventCancelled:
		return "CANCELLED"
	case EventTentative, EventPostponed:
		return "TENTATIVE"
	}
	return "CONFIRMED"
}

func (e *Event) attachments() []any {
	var list []any
	if e.Online != "" {
		list = append(list, Attachment{Type: "Link", Name: website, MediaType: "text/html", URL: e.Online}.document())
	}
	if e.Series.Name != "" && e.Series.Edition > 0 {
		list = append(list, Attachment{Type: "PropertyValue", Name: factEdition, Property: factEdition, Value: strconv.Itoa(e.Series.Edition)}.document())
	}
	return list
}

// parties writes organisations: those with an account by their id unless they
// bring a name, the others as schema.org's Organization.
func parties(list []Party) []any {
	var items []any
	for _, p := range list {
		if p.Name == "" && p.URL == "" && p.Consent == "" {
			items = append(items, p.ID)
			continue
		}
		m := map[string]any{"type": "Organization"}
		put(m, "id", p.ID)
		put(m, "name", p.Name)
		put(m, "url", p.URL)
		put(m, "context", p.Consent)
		items = append(items, m)
	}
	return items
}

// typed makes the library's value of the place of an event. Gancio 1.22 wants
// an id and a name in it.
func (p *Place) typed(event string) as.ActivityStreamsPlace {
	t := streams.NewActivityStreamsPlace()
	if event != "" {
		setID(t, event+"#place")
	}
	setName(t, Text{{Value: cmp.Or(p.Name, p.Locality, p.Street)}})
	if p.Latitude != 0 || p.Longitude != 0 {
		latitude := streams.NewActivityStreamsLatitudeProperty()
		latitude.Set(p.Latitude)
		t.SetActivityStreamsLatitude(latitude)
		longitude := streams.NewActivityStreamsLongitudeProperty()
		longitude.Set(p.Longitude)
		t.SetActivityStreamsLongitude(longitude)
	}
	address := map[string]any{}
	put(address, "streetAddress", p.Street)
	put(address, "postalCode", p.PostalCode)
	put(address, "addressLocality", p.Locality)
	put(address, "addressRegion", p.Region)
	put(address, "addressCountry", p.Country)
	if len(address) > 0 {
		address["type"] = "PostalAddress"
		t.GetUnknownProperties()["address"] = address
	}
	return t
}
