package hub

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

func slot(start, end string) Slot {
	s := Slot{Start: when(start, Minute), Title: vocab.Text{{Lang: "hu", Value: "Nyitás"}}}
	if end != "" {
		s.End = when(end, Minute)
	}
	return s
}

// What is wrong with a session is said at its own field.
func TestCheckSessions(t *testing.T) {
	o := Organisation{Languages: []string{"hu", "en"}, Zone: "Europe/Budapest"}
	with := func(change func(*Slot)) Slot {
		s := slot("2027-06-10T10:30", "2027-06-10T11:00")
		change(&s)
		return s
	}
	for _, c := range []struct {
		name  string
		event Event
		slot  Slot
		want  string
	}{
		{"within", Event{Start: when("2027-06-10T10:00", Minute), End: when("2027-06-10T12:00", Minute)}, slot("2027-06-10T10:00", "2027-06-10T12:00"), ""},
		{"too early", Event{Start: when("2027-06-10T10:00", Minute)}, slot("2027-06-10T09:59", ""), "session_start.1: outside_event"},
		{"too late", Event{Start: when("2027-06-10T10:00", Minute), End: when("2027-06-10T12:00", Minute)}, slot("2027-06-10T11:00", "2027-06-10T12:01"), "session_end.1: outside_event"},
		{"another day", Event{Start: when("2027-06-10T10:00", Minute), End: when("2027-06-10T12:00", Minute)}, slot("2027-06-11T11:00", ""), "session_start.1: outside_event"},
		{"on the last of two days", Event{Start: when("2027-06-10", Day), End: when("2027-06-11", Day)}, slot("2027-06-11T22:00", ""), ""},
		{"by another clock", Event{Start: when("2027-06-10T10:00", Minute)}, with(func(s *Slot) { s.Start.Local, s.Start.Zone, s.End = "2027-06-10T09:00", "Europe/Lisbon", When{} }), ""},
		{"by another clock too early", Event{Start: when("2027-06-10T10:00", Minute)}, with(func(s *Slot) { s.Start.Local, s.Start.Zone, s.End = "2027-06-10T10:30", "Europe/Kyiv", When{} }), "session_start.1: outside_event"},
		{"no time", Event{}, Slot{Title: vocab.Text{{Lang: "hu", Value: "Nyitás"}}}, "session_start.1: date_and_time"},
		{"a day alone", Event{}, with(func(s *Slot) { s.Start = when("2027-06-10", Day) }), "session_start.1: date_and_time"},
		{"backwards", Event{}, slot("2027-06-10T10:00", "2027-06-10T09:00"), "session_end.1: end_before_start"},
		{"no title", Event{}, with(func(s *Slot) { s.Title = vocab.Text{{Lang: "hu", Value: " "}, {Lang: "de", Value: "x"}} }), "session_title.1: required"},
		{"a long title", Event{}, with(func(s *Slot) { s.Title[0].Value = strings.Repeat("ő", 201) }), "session_title.1: too_long 200"},
		{"no link", Event{}, with(func(s *Slot) { s.Online = "javascript:x" }), "session_online.1: not_a_url javascript:x"},
		{"no country", Event{}, with(func(s *Slot) { s.Country = "xx" }), "session_country.1: no_such_country XX"},
		{"nobody speaks for somebody", Event{}, with(func(s *Slot) { s.Speakers = []vocab.Speaker{{Organisation: "Kft."}} }), "session_speakers.1: not_a_speaker 200"},
	} {
		var e InvalidError
		c.event.Programme = []Slot{c.slot}
		if checkSessions(&c.event, o, &e); e.Error() != c.want {
			t.Errorf("%s: %q, want %q", c.name, e.Error(), c.want)
		}
	}
	var e InvalidError
	many := Event{Programme: make([]Slot, MaxSessions+1)}
	for i := range many.Programme {
		many.Programme[i] = with(func(s *Slot) { s.Speakers = []vocab.Speaker{{Name: "A"}, {Name: "B"}} })
	}
	if checkSessions(&many, o, &e); e.Error() != ": too_many_sessions 30; : too_many_speakers 60" {
		t.Errorf("too many: %q", e.Error())
	}
}

// The sessions move with their event by the clock on the wall, also over the
// change to winter time, unless they were changed with it.
func TestProgrammeFollows(t *testing.T) {
	was := Event{Start: when("2027-10-30T10:00", Minute), Programme: []Slot{slot("2027-10-30T10:30", "2027-10-30T11:00")}}
	is := was
	is.Start = when("2027-10-31T12:00", Minute)
	is.follow(was)
	got := is.Programme[0]
	got.Start, _ = got.Start.resolve()
	got.End, _ = got.End.resolve()
	if diff := cmp.Diff(slot("2027-10-31T12:30", "2027-10-31T13:00"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if was.Programme[0].Start.Local != "2027-10-30T10:30" {
		t.Error("the old one was changed")
	}
	own := was
	own.Start, own.Programme = is.Start, []Slot{slot("2027-10-31T18:00", "")}
	if own.follow(was); own.Programme[0].Start.Local != "2027-10-31T18:00" {
		t.Errorf("what was set is %s", own.Programme[0].Start.Local)
	}
}

// Only who is named can say that they agreed, and what others write is cleaned.
func TestForeignProgrammes(t *testing.T) {
	it, err := take(t, `{"id": "https://other.example/o/1", "type": "Event", "name": "E", "content": "<p>E</p>", "startTime": "2027-06-10T10:00:00+02:00", "timezone": "Europe/Budapest",
		"organizers": {"items": [{"type": "Organization", "id": "https://a.example/a", "name": "A", "context": "https://a.example/x/1"},
			{"type": "Organization", "id": "https://b.example/b", "name": "B", "context": "https://other.example/x/1"}]},
		"superEvent": [{"type": "EventSeries", "name": " <b>S</b> ", "eventSchedule": {"repeatFrequency": "P2Y"}}, "https://other.example/o/0"],
		"attachment": [{"type": "PropertyValue", "propertyID": "edition", "name": "edition", "value": "3"}],
		"subEvent": [{"type": "Event", "name": "late", "startTime": "2027-06-10T12:00:00+02:00", "url": "javascript:x"}, "https://other.example/o/2", {"name": "no time"},
			{"type": "Event", "name": "<i>T</i>", "startTime": "2027-06-10T09:00:00+01:00", "timezone": "Europe/Lisbon", "keywords": "<b>K</b>", "url": "https://m.example/",
			"performer": [{"name": "<script>x</script>P", "affiliation": "O"}, {"name": ""}], "location": {"type": "Place", "name": "R", "address": {"addressCountry": "PT"}}, "organizer": "https://a.example/a"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &Event{
		Start: when("2027-06-10T10:00", Minute), Status: vocab.EventScheduled,
		Together:   []vocab.Party{{ID: "https://a.example/a", Name: "A", Consent: "https://a.example/x/1"}},
		Organisers: []vocab.Party{{ID: "https://b.example/b", Name: "B"}},
		Series:     vocab.Series{Name: "S", Edition: 3, Years: 2}, PartOf: "https://other.example/o/0",
		Programme: []Slot{
			{Start: NewWhen(when("2027-06-10T10:00", Minute).At, "Europe/Lisbon"), Title: vocab.Text{{Value: "T"}}, Track: "K", Place: "R", Country: "PT", Online: "https://m.example/",
				Speakers: []vocab.Speaker{{Name: "P", Organisation: "O"}}, Holder: vocab.Party{ID: "https://a.example/a", Name: "https://a.example/a"}},
			{Start: when("2027-06-10T12:00", Minute), Title: vocab.Text{{Value: "late"}}},
		},
	}
	if diff := cmp.Diff(want, it.Event); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The largest event that hub takes is one that others take too.
func TestLargestProgramme(t *testing.T) {
	it := written(t)["event-programme"]
	party := vocab.Party{ID: "https://optics.example/a/optics", Name: "Optika", URL: "https://optics.example/", Consent: "https://optics.example/x/1"}
	ev := it.Event
	for range MaxSessions - 1 {
		s := ev.Programme[0]
		s.Title, s.Place, s.Speakers = append(s.Title, vocab.Translation{Lang: "en", Value: "Opening"}), "R", []vocab.Speaker{{Name: "A", Organisation: "B"}, {Name: "C", Organisation: "D"}}
		ev.Programme = append(ev.Programme, s)
	}
	for range maxParties {
		ev.Together, ev.Organisers, ev.Funders = append(ev.Together, party), append(ev.Organisers, vocab.Party{Name: "N"}), append(ev.Funders, vocab.Party{Name: "N"})
	}
	ev.Together, ev.Organisers, ev.Funders = ev.Together[:10], ev.Organisers[:maxParties], ev.Funders[:maxParties]
	if err := checkItem(&it, bilingual(), keeping); err != nil {
		t.Fatal(err)
	}
	obj := pure(t).object(it, bilingual())
	body, err := vocab.Activity{ID: "https://photonics.example/x/1", Type: "Invite", Actor: obj.AttributedTo, ObjectID: obj.ID, Object: &obj, To: []string{vocab.Public}}.JSON()
	if err != nil || len(body) > maxWire {
		t.Fatalf("%d octets, %v", len(body), err)
	}
	a, err := vocab.DecodeActivity(body)
	if err != nil || len(a.Object.Event.Sessions) != MaxSessions {
		t.Fatalf("read as %+v, %v", a.Object, err)
	}
}
