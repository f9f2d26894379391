package hub

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// pure is a hub for what needs nothing kept.
func pure(t testing.TB) *Hub {
	t.Helper()
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Base: &url.URL{Scheme: "https", Host: "photonics.example"}, Locale: texts})
}

// The dates of what leaves.
func published() time.Time { return time.Date(2027, 5, 3, 8, 0, 0, 0, time.UTC) }
func changed() time.Time   { return time.Date(2027, 5, 4, 9, 30, 0, 0, time.UTC) }

// written are items as they are kept before they leave, by what is special
// about them.
func written(t testing.TB) map[string]Item {
	t.Helper()
	texts := []ItemText{
		{Lang: "hu", Title: "Lézernap", Teaser: "Egy nap a lézerekről.", Markdown: "Gyertek **sokan**!\n\n- előadások\n- labor"},
		{Lang: "en", Title: "Laser day", Markdown: "Come in *numbers*."},
	}
	place := vocab.Place{Name: "ELI ALPS", Street: "Budapesti út 5.", PostalCode: "6728", Locality: "Szeged", Country: "HU", Latitude: 46.25, Longitude: 20.25}
	whole := Event{
		Start: when("2027-06-10T10:00", Minute), End: when("2027-06-10T16:30", Minute), Place: place,
		RegisterURL: "https://photonics.example/hu/jelentkezes",
		Organisers:  []vocab.Party{{ID: "https://optics.example/a/optics", Name: "Optika Klaszter"}, {Name: "Szegedi Egyetem", URL: "https://u-szeged.example/"}},
		Funders:     []vocab.Party{{Name: "GINOP"}},
	}
	event := func(change func(*Event)) Item {
		ev := whole
		change(&ev)
		return Item{Type: AnEvent, Texts: texts, Event: &ev}
	}
	call := Call{
		Purpose: Funding, Seeks: vocab.Text{{Lang: "hu", Value: "mérőműszer-gyártó"}, {Lang: "en", Value: "a maker of gauges"}},
		Countries: []string{"HU", "AT"}, Partnerships: []string{"rd-cooperation"}, Partners: []string{"sme-49", "university"}, UpTo: vocab.Money{Amount: "60000", Currency: "EUR"}, Total: vocab.Money{Amount: "1234567.50", Currency: "EUR"},
		Opens: when("2027-05-01T08:00", Minute), Deadline: when("2027-06-30", Day), ApplyURL: "mailto:office@photonics.example",
	}
	full := call
	full.Role = vocab.Text{{Lang: "hu", Value: "a prototípus bemérése"}, {Lang: "en", Value: "measure the prototype"}}
	full.Matter = "speakers-exhibitors"
	full.Wanted, full.CoFunding, full.TRLFrom, full.TRLTo = 2, 70, 4, 6
	full.Regions, full.Sectors, full.Keywords = []string{"HU31", "AT13"}, []string{"C", "N"}, []string{"lézer", "smart packaging"}
	full.Stage, full.Rights, full.RightsNote = "prototype", "applied", vocab.Text{{Lang: "hu", Value: "egy bejelentés"}}
	full.Programme = vocab.Programme{Name: "Horizon Europe", Call: "HE-2027-01", URL: "https://programme.example/"}
	full.Languages, full.Behalf = []string{"hu", "en"}, Behalf{Country: "HU", Kind: "company", Size: "sme-49"}
	full.CutOffs = []When{when("2027-05-31T17:00", Minute)}
	named := Call{Purpose: Request, Behalf: Behalf{Name: "Optika Kft.", URL: "https://optika.example/"}, Closed: true,
		Result: "partner-found", ResultNote: vocab.Text{{Lang: "hu", Value: "Egy szegedi műhely."}}}
	closed := Call{Purpose: Request, Closed: true}
	items := map[string]Item{
		"news":            {Type: News, Texts: []ItemText{{Lang: "hu", Title: "Új tag: Optika & társai", Markdown: "A [tag](https://optics.example/) **új**."}, texts[1]}},
		"news-english":    {Type: News, Texts: texts[1:]},
		"event-place":     event(func(*Event) {}),
		"event-online":    event(func(ev *Event) { ev.Place, ev.Online, ev.RegisterURL = vocab.Place{}, "https://meet.example/laser", "" }),
		"event-hybrid":    event(func(ev *Event) { ev.Online, ev.End = "https://meet.example/laser", When{} }),
		"event-cancelled": event(func(ev *Event) { ev.Status = vocab.EventCancelled }),
		"event-moved": event(func(ev *Event) {
			ev.Status, ev.PreviousStart = vocab.EventRescheduled, when("2027-06-03T10:00", Minute).At
		}),
		"event-register": event(func(ev *Event) {
			ev.Registration = Registration{Mode: Restricted, Capacity: 20, Closes: when("2027-06-01", Day)}
			ev.Turnout = Turnout{Going: 12, Offered: 3, Waiting: 1, Asked: 4, Off: 2}
		}),
		"event-programme": event(func(ev *Event) {
			ev.Together = []vocab.Party{{ID: "https://optics.example/a/optics", Name: "Optika", URL: "https://optics.example/", Consent: "https://optics.example/x/1"}}
			ev.Series, ev.PartOf = vocab.Series{Name: "Lézernap", Edition: 3, Years: 2}, "https://photonics.example/o/week"
			s := slot("2027-06-10T10:30", "2027-06-10T11:00")
			s.Track, s.Country, s.Holder, s.Speakers = "A", "PT", vocab.Party{ID: ev.Together[0].ID, Name: "Optika"}, []vocab.Speaker{{Name: "Kiss Éva", Organisation: "Kft."}}
			s.Start.Local, s.Start.Zone, s.End.Local, s.End.Zone = "2027-06-10T09:30", "Europe/Lisbon", "2027-06-10T10:00", "Europe/Lisbon"
			ev.Programme = []Slot{s}
		}),
		"position":    {Type: News, Texts: texts, Position: &Position{Signers: []vocab.Party{{ID: "https://optics.example/a/optics", Name: "Optika", Consent: "https://optics.example/x/1"}}}},
		"event-month": event(func(ev *Event) { ev.Start, ev.End = when("2027-06", Month), When{} }),
		"event-days":  event(func(ev *Event) { ev.Start, ev.End = when("2027-06-10", Day), when("2027-06-12", Day) }),
		"event-day":   event(func(ev *Event) { ev.Start, ev.End = when("2027-06-10", Day), When{} }),
		"call":        {Type: ACall, Texts: texts, Call: &call},
		"call-whole":  {Type: ACall, Texts: texts, Call: &full},
		"call-result": {Type: ACall, Texts: texts[:1], Call: &named},
		"call-closed": {Type: ACall, Texts: texts[:1], Call: &closed},
	}
	for name, it := range items {
		if err := checkItem(&it, bilingual(), keeping); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		it.ID, it.Own, it.State = "https://photonics.example/o/01j"+strings.Repeat("0", 23), true, Published
		it.Published, it.Updated = published(), changed()
		items[name] = it
	}
	return items
}

// leaving is an item with the document that leaves.
func leaving(t *testing.T, h *Hub, it Item) Item {
	t.Helper()
	if _, err := h.write(&it, bilingual()); err != nil {
		t.Fatal(err)
	}
	return it
}

func TestWire(t *testing.T) {
	h := pure(t)
	for name, it := range written(t) {
		t.Run(name, func(t *testing.T) { Golden(t, name, leaving(t, h, it).Wire) })
	}
	t.Run("tombstone", func(t *testing.T) {
		it := written(t)["call"]
		it.State, it.Deleted = Deleted, changed()
		doc, err := h.tombstone(it).JSON()
		if err != nil {
			t.Fatal(err)
		}
		Golden(t, "tombstone", doc)
	})
}

// What other programs refuse in an event never leaves: a name of more than 200
// characters, or an end that is the start.
func TestEventsThatPeersRefuse(t *testing.T) {
	it := written(t)["event-cancelled"]
	it.Event = copyOf(it.Event)
	it.Event.End = it.Event.Start
	it.Texts = slices.Clone(it.Texts)
	it.Texts[0].Title = strings.Repeat("é", maxTitle)
	obj := pure(t).object(it, bilingual())
	if name := obj.Name[0].Value; utf8.RuneCountInString(name) > 200 || !strings.HasPrefix(name, "Elmarad: é") {
		t.Errorf("the name is %s", name)
	}
	if !strings.Contains(obj.Content[0].Value, it.Texts[0].Title) {
		t.Error("the content has not the whole title")
	}
	if e := obj.Event; !e.End.After(e.Start) || !e.HideEnd {
		t.Errorf("from %s to %s, shown %t", e.Start, e.End, !e.HideEnd)
	}
}

// A notice says what was and what is, in all languages.
func TestNoticesOnTheWire(t *testing.T) {
	h, items := pure(t), written(t)
	hybrid, call := items["event-hybrid"], items["call"]
	for name, change := range map[string]func() (Item, Item){
		"moved":        func() (Item, Item) { return items["event-place"], moved(items["event-place"]) },
		"cancelled":    func() (Item, Item) { return items["event-place"], items["event-cancelled"] },
		"reinstated":   func() (Item, Item) { return items["event-cancelled"], items["event-place"] },
		"moved-online": func() (Item, Item) { return items["event-place"], items["event-online"] },
		"new-place": func() (Item, Item) {
			is := hybrid
			is.Event = copyOf(hybrid.Event)
			is.Event.Place = vocab.Place{Name: "Művelődés Háza", Locality: "Pécs", Country: "HU"}
			return hybrid, is
		},
		"new-online": func() (Item, Item) {
			is := hybrid
			is.Event = copyOf(hybrid.Event)
			is.Event.Online = ""
			return hybrid, is
		},
		"new-deadline": func() (Item, Item) {
			is := call
			is.Call = copyOf(call.Call)
			is.Call.Deadline = When{}
			return call, is
		},
		"result": func() (Item, Item) { return items["call-closed"], items["call-result"] },
		"closed": func() (Item, Item) {
			is := call
			is.Call = copyOf(call.Call)
			is.Call.Closed = true
			return call, is
		},
	} {
		t.Run(name, func(t *testing.T) {
			was, is := change()
			is = leaving(t, h, is)
			if is.Change = changeOf(was, is); string(is.Change) != strings.ReplaceAll(name, "-", "_") {
				t.Fatalf("change %q", is.Change)
			}
			doc, err := h.notice(was, is, bilingual(), "https://photonics.example/o/01k"+strings.Repeat("0", 23)).JSON()
			if err != nil {
				t.Fatal(err)
			}
			Golden(t, "notice-"+name, doc)
		})
	}
}

// moved is an event a week later.
func moved(it Item) Item {
	it.Event = copyOf(it.Event)
	it.Event.Start, it.Event.End = when("2027-06-17T10:00", Minute), when("2027-06-17T16:30", Minute)
	return it
}

// What leaves one node says at the other what was written.
func TestRoundTrip(t *testing.T) {
	h := pure(t)
	received := changed().Add(time.Minute)
	for name, it := range written(t) {
		t.Run(name, func(t *testing.T) {
			it := leaving(t, h, it)
			obj, err := vocab.DecodeObject(it.Wire)
			if err != nil {
				t.Fatal(err)
			}
			got, err := foreignItem(obj, received, "America/New_York")
			if err != nil {
				t.Fatal(err)
			}
			want := it
			want.Own, want.Author, want.Received = false, "https://photonics.example/a/photonics", received
			want.Texts = nil
			for _, text := range it.Texts {
				text.Markdown = ""
				p := h.locale.Printer(text.Lang)
				switch { // what only a title can say to others is said in it
				case name == "event-cancelled":
					text.Title = p.T("wire_cancelled", "Title", text.Title)
				case it.Call != nil && it.Call.Closed:
					text.Title = p.T("wire_closed", "Title", text.Title)
				}
				if it.Type == ACall { // a Note's summary would be a content warning
					text.Teaser = teaserOf(text.HTML)
				}
				want.Texts = append(want.Texts, text)
			}
			if name == "call" || name == "call-whole" { // there is no word for a whole day
				c := *it.Call
				c.Deadline = when("2027-06-30T23:59", Minute)
				want.Call = &c
			}
			if name == "event-register" { // at ours, to everybody else
				ev := *it.Event
				ev.Registration, ev.Turnout, ev.RegisterURL = Registration{}, Turnout{}, h.registerURL(it)
				want.Event = &ev
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A digest is an article of links.
func TestDigestOnTheWire(t *testing.T) {
	h, items := pure(t), written(t)
	var all []Entry
	for i, name := range []string{"news", "event-cancelled", "event-place", "call"} {
		it := leaving(t, h, items[name])
		it.ID += string(rune('a' + i))
		all = append(all, Entry{Item: it, By: Profile{Name: "Fotonika & Társai"}})
	}
	views := []SectionView{
		{Section: SectionChanged, Entries: all[1:2]},
		{Section: SectionDeadlines, Entries: all[3:]},
		{Section: SectionEvents, Entries: all[2:3]},
		{Section: SectionNews, Entries: all[:1], More: 3},
	}
	d := Digest{Title: vocab.Text{{Lang: "hu", Value: "Heti összefoglaló"}, {Lang: "en", Value: "Weekly digest"}}}
	d.Rule.Zone = "Europe/Budapest"
	it := h.article(bilingual(), d, Issue{Due: published(), Sent: changed()}, views)
	it.ID = items["news"].ID
	it = leaving(t, h, it)
	Golden(t, "digest", it.Wire)

	obj, err := vocab.DecodeObject(it.Wire)
	if err != nil {
		t.Fatal(err)
	}
	got, err := foreignItem(obj, changed(), "UTC")
	if err != nil || got.Type != ADigest || len(got.Texts) != 2 || got.Texts[0].Title != it.Texts[0].Title {
		t.Errorf("received as %+v, %v", got, err)
	}
}

// An activity below 64 KiB is what the pickiest take.
func TestLongTextsAreRefused(t *testing.T) {
	h := pure(t)
	it := Item{Type: News, Texts: []ItemText{
		{Lang: "hu", Title: "Hosszú", Markdown: strings.Repeat("ő ", maxText/3)},
		{Lang: "en", Title: "Long", Markdown: strings.Repeat("word ", maxText/5)},
	}}
	if err := checkItem(&it, bilingual(), keeping); err != nil {
		t.Fatal(err)
	}
	it.ID = "https://photonics.example/o/1"
	_, err := h.write(&it, bilingual())
	if err == nil || !strings.HasPrefix(err.Error(), "text.") || !strings.Contains(err.Error(), "too_long") {
		t.Fatalf("a document of %d bytes: %v, want it refused", len(it.Wire), err)
	}
	it.Type = ADigest
	if _, err := h.write(&it, bilingual()); err != nil {
		t.Errorf("what the program composed is refused: %v", err)
	}
}
