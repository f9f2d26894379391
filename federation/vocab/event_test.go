package vocab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

func event(members string) string { return object("Event", members) }

func TestEventInAllShapes(t *testing.T) {
	const zoom = "https://meet.example/1"
	place := vocab.Place{Name: "Ház", Street: "Fő u. 1.", PostalCode: "3530", Locality: "Miskolc", Region: "BAZ", Country: "HU", Latitude: 48.1, Longitude: 20.7}
	online := vocab.Event{Online: zoom, IsOnline: true}
	for _, tt := range []struct {
		name, members string
		want          vocab.Event
	}{
		{"place as text", `"location":" Miskolc, Ház "`, vocab.Event{Place: &vocab.Place{Name: "Miskolc, Ház"}}},
		{"place with an address", `"location":{"type":"Place","name":"Ház","address":{"type":"PostalAddress","streetAddress":"Fő u. 1.","postalCode":"3530","addressLocality":"Miskolc","addressRegion":"BAZ","addressCountry":"HU"},"latitude":48.1,"longitude":20.7}`, vocab.Event{Place: &place}},
		{"place with an address as text", `"location":{"type":"Place","name":"Ház","address":"Fő u. 1., Miskolc"}`, vocab.Event{Place: &vocab.Place{Name: "Ház", Street: "Fő u. 1., Miskolc"}}},
		{"place whose country is an object", `"location":{"address":{"addressCountry":{"type":"Country","name":"AT"}}}`, vocab.Event{Place: &vocab.Place{Country: "AT"}}},
		{"coordinates as text", `"location":{"latitude":"48.1","longitude":"20.7"}`, vocab.Event{Place: &vocab.Place{Latitude: 48.1, Longitude: 20.7}}},
		{"coordinates outside the world", `"location":{"name":"Ház","latitude":480,"longitude":1e999}`, vocab.Event{Place: &vocab.Place{Name: "Ház"}}},
		{"place that says nothing", `"location":{"type":"Place","id":"https://a.example/p"}`, vocab.Event{}},
		{"first place of several", `"location":[null,5,{"name":"Ház"},{"name":"Udvar"}]`, vocab.Event{Place: &vocab.Place{Name: "Ház"}}},
		{"VirtualLocation", `"location":{"type":"VirtualLocation","name":"Jitsi","url":"https://meet.example/1"}`, online},
		{"VirtualLocation as the address of a Place", `"location":{"type":"Place","name":"v","address":{"type":"VirtualLocation","url":"https://meet.example/1"}}`, online},
		{"location as a URL", `"location":"https://meet.example/1"`, online},
		{"hybrid", `"location":[{"type":"Place","name":"Ház"},{"type":"VirtualLocation","url":"https://meet.example/1"},{"type":"VirtualLocation","url":"https://meet.example/2"}]`,
			vocab.Event{Online: zoom, IsOnline: true, Place: &vocab.Place{Name: "Ház"}}},
		{"Link Website without a place", `"attachment":[{"type":"Link","name":"Website","href":"https://meet.example/1"}]`, vocab.Event{Online: zoom}},
		{"Link Website of an online event at a place", `"isOnline":true,"location":"Ház","attachment":{"type":"Link","name":"Website","href":"https://meet.example/1"}`,
			vocab.Event{Online: zoom, IsOnline: true, Place: &vocab.Place{Name: "Ház"}}},
		{"Link Website beside a place", `"location":"Ház","attachment":[{"type":"Link","name":"Website","href":"https://meet.example/1"}]`, vocab.Event{Place: &vocab.Place{Name: "Ház"}}},
		{"status of FEP-8a8e", `"eventStatus":"https://schema.org/EventPostponed","status":"CONFIRMED"`, vocab.Event{Status: vocab.EventPostponed}},
		{"status of Mobilizon", `"status":"cancelled"`, vocab.Event{Status: vocab.EventCancelled}},
		{"status of iCalendar", `"ical:status":"TENTATIVE","eventStatus":"EventEaten","status":null`, vocab.Event{Status: vocab.EventTentative}},
		{"sign-up elsewhere", `"joinMode":"external","externalParticipationUrl":"mailto:iroda@a.example"`, vocab.Event{JoinMode: "external", ExternalURL: "mailto:iroda@a.example"}},
		{"sign-up by a letter with a text", `"externalParticipationUrl":"mailto:iroda@a.example?body=x"`, vocab.Event{}},
		{"several categories", `"category":["business","MEETING"]`, vocab.Event{Category: "BUSINESS"}},
		{"seats", `"maximumAttendeeCapacity":"80"`, vocab.Event{Capacity: 80}},
		{"seats without end", `"maximumAttendeeCapacity":1e300`, vocab.Event{}},
		{"seats taken and free", `"joinMode":"free","maximumAttendeeCapacity":80,"participantCount":68,"remainingAttendeeCapacity":12`,
			vocab.Event{JoinMode: "free", Capacity: 80, Going: 68, Remaining: 12}},
		{"seats of no number", `"participantCount":-1,"remainingAttendeeCapacity":null,"attendees":5`, vocab.Event{}},
		{"organizers undisclosed", `"organizers":null`, vocab.Event{}},
		{"organizers in a collection", `"attributedTo":"https://a.example/u","organizers":{"type":"Collection","items":["https://a.example/u","https://b.example/u",{"type":"Organization","name":"Egyetem","url":"https://e.example/"},{"type":"Person"}]}`,
			vocab.Event{Organizers: []vocab.Party{{ID: "https://b.example/u"}, {Name: "Egyetem", URL: "https://e.example/"}}}},
		{"organizers on a first page", `"organizers":{"type":"OrganizersCollection","first":{"type":"CollectionPage","items":"https://b.example/u"}}`,
			vocab.Event{Organizers: []vocab.Party{{ID: "https://b.example/u"}}}},
		{"organizers in an array", `"organizers":["https://b.example/u",{"name":"X"}]`, vocab.Event{Organizers: []vocab.Party{{ID: "https://b.example/u"}, {Name: "X"}}}},
		{"one organizer", `"organizers":{"type":"Organization","name":"X"}`, vocab.Event{Organizers: []vocab.Party{{Name: "X"}}}},
		{"organizers elsewhere", `"organizers":"https://a.example/organizers"`, vocab.Event{}},
		{"one funder", `"funder":{"name":"Alap"}`, vocab.Event{Funders: []vocab.Party{{Name: "Alap"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readObject(t, event(tt.members)).Event
			if got == nil {
				t.Fatal("no event")
			}
			tt.want.HideEnd = true
			if tt.want.Status == "" {
				tt.want.Status = vocab.EventScheduled
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("{%s} (-want +got):\n%s", tt.members, diff)
			}
		})
	}
}

// An author that is named among the organisers stands there once.
func TestAuthorAmongOrganizers(t *testing.T) {
	const author = "https://a.example/u"
	for _, parties := range [][]vocab.Party{nil, {{ID: author, Name: "A"}}, {{ID: author}}} {
		raw, err := vocab.Object{ID: "https://a.example/o/1", Type: "Event", AttributedTo: author, Name: vocab.Text{{Lang: "hu", Value: "Nap"}},
			To: []string{vocab.Public}, Event: &vocab.Event{Start: time.Date(2027, 6, 10, 10, 0, 0, 0, time.UTC), Organizers: parties}}.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, list, _ := strings.Cut(string(raw), `"organizers":`); !strings.Contains(list, `"totalItems":1`) {
			t.Errorf("of %+v: %s", parties, raw)
		}
	}
}

func TestEndOfEvent(t *testing.T) {
	for _, tt := range []struct {
		members string
		end     string
		hidden  bool
	}{
		{`"startTime":"2026-12-01T10:00:00+01:00","endTime":"2026-12-01T12:00:00+01:00"`, "2026-12-01T12:00:00+01:00", false},
		{`"startTime":"2026-12-01T10:00:00+01:00","endTime":"2026-12-01T12:00:00+01:00","displayEndTime":false`, "2026-12-01T12:00:00+01:00", true},
		{`"startTime":"2026-12-01T10:00:00+01:00"`, "", true},
		{`"startTime":"2026-12-01T10:00:00+01:00","endTime":"2026-12-01T08:00:00+01:00"`, "", true},
		{`"startTime":"2026-12-01 10:00:00","endTime":5`, "", true},
	} {
		e := readObject(t, event(tt.members)).Event
		end := ""
		if !e.End.IsZero() {
			end = e.End.Format(time.RFC3339)
		}
		if end != tt.end || e.HideEnd != tt.hidden {
			t.Errorf("{%s}: end %q, hidden %v; want %q, %v", tt.members, end, e.HideEnd, tt.end, tt.hidden)
		}
	}
	// An event must go out with an end that is later than its start.
	o := sampleEvent()
	o.Event.End = time.Time{}
	if e := decode(t, encode(t, o)).(vocab.Object).Event; !e.End.After(e.Start) || !e.HideEnd {
		t.Errorf("an event without an end is sent with end %v, hidden %v", e.End, e.HideEnd)
	}
}

func TestEventOfMobilizon(t *testing.T) {
	a, err := vocab.DecodeActivity(load(t, "mobilizon-5/create-event.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := vocab.Event{
		Start: time.Date(2026, 12, 1, 10, 0, 0, 0, budapest), End: time.Date(2026, 12, 1, 12, 0, 0, 0, budapest),
		Zone: "Europe/Budapest", Status: vocab.EventTentative, Category: "BUSINESS", JoinMode: "free", Going: 3,
		Place: &vocab.Place{Name: "Műhely", Street: "Fő u. 2.", PostalCode: "1011", Locality: "Budapest", Country: "Magyarország", Latitude: 47.5, Longitude: 19.04},
	}
	if diff := cmp.Diff(want, *a.Object.Event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if a.Object.AttributedTo != "https://events.example/@muhely" || len(a.Object.Attachments) != 3 || a.Object.Language != "hu" {
		t.Errorf("object %+v", a.Object)
	}
}

func TestEventOfGancio(t *testing.T) {
	o, err := vocab.DecodeObject(load(t, "gancio-1.22/event.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := vocab.Event{
		Start: time.Date(2026, 12, 5, 20, 0, 0, 0, budapest), HideEnd: true, Status: vocab.EventScheduled,
		Online: "https://stream.example/live", IsOnline: true,
		Place: &vocab.Place{Name: "Circolo", Street: "Via Roma 1", Latitude: 45.07, Longitude: 7.69},
	}
	if diff := cmp.Diff(want, *o.Event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestProposalInAllShapes(t *testing.T) {
	for _, tt := range []struct {
		name, members string
		want          *vocab.Proposal
	}{
		{"none", `"content":"a"`, nil},
		{"of FEP-0837", `"purpose":"request","publishes":{"type":"Intent","action":"transfer"}`, &vocab.Proposal{Purpose: "request", Kind: "request"}},
		{"with a prefix", `"purpose":"vf:offer"`, &vocab.Proposal{Purpose: "offer", Kind: "offer"}},
		{"of a purpose that there is not", `"purpose":["fun"]`, &vocab.Proposal{Kind: "other"}},
		{"finished", `"purpose":"offer","publishes":{"finished":true}`, &vocab.Proposal{Purpose: "offer", Kind: "offer", Closed: true}},
		{"kind that there is not", `"purpose":"offer","tag":{"type":"DefinedTerm","termCode":"fun","inDefinedTermSet":"https://w3id.org/valueflows/ont/vf#purpose"}`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer"}},
		{"amounts", `"purpose":"offer","funding":{"amount":[{"maxValue":60000,"currency":"EUR"},{"value":"1.5","currency":"HUF"},{"value":"9","currency":"HUF"}]}`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer", UpTo: &vocab.Money{Amount: "60000", Currency: "EUR"}, Total: &vocab.Money{Amount: "1.5", Currency: "HUF"}}},
		{"amounts that are none", `"purpose":"offer","funding":[{"amount":[{"maxValue":"-1","currency":"EUR"},{"value":"1e9","currency":"EUR"},{"value":"1","currency":"euro"},{"value":{},"currency":"EUR"},5]}]`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer"}},
		{"countries", `"purpose":"offer","attachment":[{"type":"PropertyValue","propertyID":"countries","value":"hu, SK,Austria, ,D3"}]`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer", Countries: []string{"HU", "SK"}}},
		{"of terms", `"purpose":"offer","attachment":[{"type":"PropertyValue","propertyID":"partnership-types","value":" investment,, odd one,investment"},{"type":"PropertyValue","propertyID":"partner-types","value":7}]`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer", Partnerships: []string{"investment", "odd one"}}},
		{"facts that are none", `"purpose":"offer","keywords":"one","isPartOf":"https://p.example/","creativeWorkStatus":"Published","publishes":{"availableQuantity":{"hasNumericalValue":"many"},"provider":"https://b.example/a"},` +
			`"tag":[{"type":"DefinedTerm","inDefinedTermSet":"http://data.europa.eu/nuts/"}],"attachment":[{"type":"PropertyValue","propertyID":"TRL","minValue":"x","maxValue":-1},` +
			`{"type":"PropertyValue","propertyID":"cut-offs","value":"soon, 2027-01-15T17:00:00+01:00"},{"type":"PropertyValue","propertyID":"co-funding","value":{}}]`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer", Keywords: []string{"one"}, CutOffs: []time.Time{time.Date(2027, 1, 15, 17, 0, 0, 0, time.FixedZone("", 3600))}}},
		{"with a result", `"purpose":"request","creativeWorkStatus":"awarded","attachment":{"type":"PropertyValue","propertyID":"result","value":"Two firms."}`,
			&vocab.Proposal{Purpose: "request", Kind: "request", Closed: true, Result: "awarded", ResultNote: vocab.Text{{Value: "Two firms."}}}},
		{"where to apply", `"purpose":"offer","attachment":[{"type":"Link","rel":["nofollow","related"],"href":"https://apply.example/"}]`,
			&vocab.Proposal{Purpose: "offer", Kind: "offer", ApplyURL: "https://apply.example/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := readObject(t, note(tt.members))
			if diff := cmp.Diff(tt.want, o.Proposal); diff != "" {
				t.Errorf("{%s} (-want +got):\n%s", tt.members, diff)
			}
			if len(o.Attachments)+len(o.Tags) > 0 {
				t.Errorf("what a proposal says is said twice: %+v %+v", o.Attachments, o.Tags)
			}
		})
	}
}

func TestJoinSaysSomething(t *testing.T) {
	long := strings.Repeat("é", 2000)
	for message, want := range map[string]string{`"Jövök!"`: "Jövök!", `5`: "", `null`: "", `{"a":1}`: "", `"` + long + `"`: long[:2000]} {
		a, err := vocab.DecodeActivity([]byte(`{"id":"https://a.example/join/1","type":"Join","actor":"https://a.example/u","object":"https://b.example/o/1","participationMessage":` + message + `}`))
		if err != nil || a.Message != want {
			t.Errorf("%.20s read as %.20q, %v", message, a.Message, err)
		}
	}
}
