package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
	"pergola/hub"
)

var office = hub.Organisation{Languages: []string{"hu", "en"}, Zone: "Europe/Budapest"}

// fill is what a browser sends of a form that shows f.
func fill(f itemForm) url.Values {
	v := url.Values{"base": {f.Base}}
	for _, t := range f.Texts {
		v.Set("title."+t.Lang, t.Title)
		v.Set("teaser."+t.Lang, t.Teaser)
		v.Set("text."+t.Lang, strings.ReplaceAll(t.Text, "\n", "\r\n"))
		v.Set("seeks."+t.Lang, t.Seeks)
	}
	moment := func(name string, w whenForm) {
		v.Set(name, w.Date)
		v.Set(name+"_time", w.Time)
	}
	switch e, c := f.Event, f.Call; f.Type {
	case hub.AnEvent:
		moment("start", e.Start)
		moment("end", e.End)
		moment("register_until", e.RegisterUntil)
		if e.MonthOnly {
			v.Set("month_only", "on")
		}
		for name, value := range map[string]string{
			"start_zone": e.Zone, "place": e.Place, "street": e.Street, "postal_code": e.PostalCode, "town": e.Town,
			"region": e.Region, "country": e.Country, "online": e.Online, "register_url": e.RegisterURL, "registration": e.Registration, "capacity": e.Capacity,
			"organisers": e.Organisers, "funders": e.Funders,
		} {
			v.Set(name, value)
		}
	case hub.ACall:
		moment("opens", c.Opens)
		moment("deadline", c.Deadline)
		for i, w := range c.CutOffs {
			moment(cutOffName(i), w)
		}
		for _, s := range c.Roles {
			v.Set("role."+s.Lang, s.Text)
		}
		for _, s := range c.RightsNotes {
			v.Set("rights_note."+s.Lang, s.Text)
		}
		v["countries"], v["partnerships"], v["partners"] = c.Countries, c.Partnerships, c.Partners
		v["regions"], v["sectors"], v["languages"] = c.Regions, c.Sectors, c.Languages
		for name, value := range map[string]string{
			"purpose": c.Purpose, "matter": c.Matter, "other_countries": c.OtherCountries, "up_to": c.UpTo, "total": c.Total,
			"currency": c.Currency, "zone": c.Zone, "apply_url": c.ApplyURL, "wanted": c.Wanted, "other_regions": c.OtherRegions,
			"keywords": c.Keywords, "stage": c.Stage, "trl_from": c.TRLFrom, "trl_to": c.TRLTo, "rights": c.Rights,
			"programme": c.Programme.Name, "programme_call": c.Programme.Call, "programme_url": c.Programme.URL, "co_funding": c.CoFunding,
			"behalf": c.Behalf.Name, "behalf_url": c.Behalf.URL, "behalf_country": c.Behalf.Country, "behalf_kind": c.Behalf.Kind, "behalf_size": c.Behalf.Size,
		} {
			v.Set(name, value)
		}
	}
	return v
}

func items() map[string]hub.Item {
	budapest := func(local string, p hub.Precision) hub.When {
		return hub.When{Local: local, Zone: "Europe/Budapest", Precision: p}
	}
	return map[string]hub.Item{
		"news in two languages": {ID: "https://a.example/o/1", Type: hub.News, Own: true, Texts: []hub.ItemText{
			{Lang: "en", Title: "A title", Teaser: "Short.", Markdown: "First\n\nsecond *paragraph*", HTML: "<p>First</p>"},
			{Lang: "hu", Title: "Árvíztűrő tükörfúrógép"},
		}},
		"news in a language given up since": {Type: hub.News, Texts: []hub.ItemText{{Lang: "uk", Title: "Новини"}}},
		"event": {Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Találkozó"}}, Event: &hub.Event{
			Start: budapest("2026-11-20T18:00", hub.Minute), End: budapest("2026-11-20T20:30", hub.Minute),
			Status: vocab.EventRescheduled,
			Place:  vocab.Place{Name: "Klaszterház", Street: "Fő utca 1.", PostalCode: "3525", Locality: "Miskolc", Region: "Borsod", Country: "HU", Latitude: 48.1},
			Online: "https://meet.example/x", RegisterURL: "https://a.example/sign-up",
			Organisers: []vocab.Party{{Name: "Klaszter | Kft."}, {Name: "Optika", URL: "https://optika.example/"}, {ID: "https://b.example/a/b", Name: "B"}},
			Funders:    []vocab.Party{{ID: "https://c.example/a/c", Name: "C", URL: "https://c.example/"}},
		}},
		"event with registration": {Type: hub.AnEvent, Event: &hub.Event{
			Start:        budapest("2026-11-20T18:00", hub.Minute),
			Registration: hub.Registration{Mode: hub.Restricted, Capacity: 25, Closes: budapest("2026-11-18T00:00", hub.Day)}}},
		"event of some days": {Type: hub.AnEvent, Event: &hub.Event{
			Start: budapest("2026-11-20T00:00", hub.Day), End: budapest("2026-11-22T00:00", hub.Day)}},
		"event of a month": {Type: hub.AnEvent, Event: &hub.Event{Start: budapest("2026-11-01T00:00", hub.Month)}},
		"event over two zones": {Type: hub.AnEvent, Event: &hub.Event{
			Start: budapest("2026-11-20T18:00", hub.Minute), End: hub.When{Local: "2026-11-20T21:00", Zone: "Europe/Kyiv", Precision: hub.Minute}}},
		"event without anything": {Type: hub.AnEvent, Event: &hub.Event{}},
		"call": {Type: hub.ACall, Texts: []hub.ItemText{{Lang: "hu", Title: "Felhívás"}}, Call: &hub.Call{
			Purpose: hub.Funding, Matter: "rd", Seeks: vocab.Text{{Lang: "hu", Value: "Kis cégeket"}, {Lang: "en", Value: "Small firms"}},
			Countries: []string{"SK", "JP", "HU"}, Partnerships: []string{"supplier", "investment"}, Partners: []string{"cluster"},
			UpTo: vocab.Money{Amount: "60000", Currency: "EUR"}, Total: vocab.Money{Amount: "2800000.50", Currency: "EUR"},
			Opens: budapest("2026-10-01T00:00", hub.Day), Deadline: hub.When{Local: "2026-11-30T17:00", Zone: "Europe/Brussels", Precision: hub.Minute},
			ApplyURL: "https://a.example/apply", Closed: true, Result: "awarded",
			Role: vocab.Text{{Lang: "hu", Value: "Méri"}}, Wanted: 3, Regions: []string{"SK04", "HU31"}, Sectors: []string{"C"}, Keywords: []string{"lézer", "optika"},
			Stage: "prototype", TRLFrom: 4, TRLTo: 6, Rights: "applied", RightsNote: vocab.Text{{Lang: "en", Value: "One patent"}},
			Programme: vocab.Programme{Name: "Horizon", Call: "HE-1", URL: "https://p.example/"}, CoFunding: 70, Languages: []string{"en", "is"},
			Behalf:  hub.Behalf{Country: "JP", Kind: "company", Size: "sme-49"},
			CutOffs: []hub.When{{Local: "2026-10-30T17:00", Zone: "Europe/Brussels", Precision: hub.Minute}, {Local: "2026-11-15T23:59", Zone: "Europe/Brussels", Precision: hub.Minute}},
		}},
		"call for somebody":     {Type: hub.ACall, Call: &hub.Call{Behalf: hub.Behalf{Name: "Optika", URL: "https://optika.example/"}}},
		"call without anything": {Type: hub.ACall, Call: &hub.Call{}},
	}
}

func TestFormKeepsTheItem(t *testing.T) {
	for name, it := range items() {
		t.Run(name, func(t *testing.T) {
			f := newItemForm(it, office)
			again := readItemForm(fill(f), it, office)
			if diff := cmp.Diff(f, again); diff != "" {
				t.Errorf("the form reads otherwise than it was filled (-filled +read):\n%s", diff)
			}
			got, problems := again.apply(it)
			if len(problems) > 0 {
				t.Errorf("problems = %v, want none", problems)
			}
			if diff := cmp.Diff(it, got); diff != "" {
				t.Errorf("the form changes the item (-stored +applied):\n%s", diff)
			}
		})
	}
}

func TestRegistrationForm(t *testing.T) {
	for _, tt := range []struct {
		registration, url, capacity, until string
		want                               hub.Event
		problems                           []hub.FieldError
	}{
		{"none", "", "", "", hub.Event{}, nil},
		{"", "", "", "", hub.Event{}, nil},
		{"", "https://a.example/", "", "", hub.Event{RegisterURL: "https://a.example/"}, nil},
		{"external", "https://a.example/", "", "", hub.Event{RegisterURL: "https://a.example/"}, nil},
		{"external", "", "", "", hub.Event{}, []hub.FieldError{{Field: "register_url", Problem: "required"}}},
		{"free", "", "", "", hub.Event{Registration: hub.Registration{Mode: hub.Free}}, nil},
		{"restricted", "", "12", "", hub.Event{Registration: hub.Registration{Mode: hub.Restricted, Capacity: 12}}, nil},
		{"free", "", "0", "", hub.Event{Registration: hub.Registration{Mode: hub.Free}}, []hub.FieldError{{Field: "capacity", Problem: "not_a_capacity", Arg: "5000"}}},
		{"none", "https://a.example/", "", "", hub.Event{RegisterURL: "https://a.example/"}, []hub.FieldError{{Field: "registration", Problem: "registration_unfit"}}},
		{"none", "", "12", "", hub.Event{}, []hub.FieldError{{Field: "registration", Problem: "registration_unfit"}}},
		{"external", "https://a.example/", "", "2026-11-18", hub.Event{RegisterURL: "https://a.example/"}, []hub.FieldError{{Field: "registration", Problem: "registration_unfit"}}},
	} {
		form := eventForm{Zone: "UTC", Registration: tt.registration, RegisterURL: tt.url, Capacity: tt.capacity, RegisterUntil: whenForm{Date: tt.until}}
		var got hub.Event
		problems := form.register(&got)
		if diff := cmp.Diff(tt.want, got) + cmp.Diff(tt.problems, problems); diff != "" {
			t.Errorf("%q %q %q %q (-want +got):\n%s", tt.registration, tt.url, tt.capacity, tt.until, diff)
		}
	}
}

func TestCellsAreNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Kovács Anna": "Kovács Anna", "=1+1": "'=1+1", "+36 1 234": "'+36 1 234", "-x": "'-x", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "a=b": "a=b",
	} {
		if got := cell(text); got != want {
			t.Errorf("cell(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFormKeepsWhatWasTyped(t *testing.T) {
	typed := url.Values{
		"title.hu": {"  Két   szóköz "}, "text.hu": {"a\r\nb\r\n"}, "start": {"holnap"}, "start_time": {"este"},
		"start_zone": {"Europe/Budapest"}, "start_zone_other": {"America/New York"}, "online": {"www.meet.example"},
		"organisers": {"Névvel\r\nOptika | https://optika.example | @optika@optika.example\r\n@csak@fiok.example"},
	}
	f := readItemForm(typed, hub.Item{Type: hub.AnEvent}, office)
	if diff := cmp.Diff(textForm{Lang: "hu", Title: "Két szóköz", Text: "a\nb"}, f.Texts[0]); diff != "" {
		t.Errorf("text block (-want +got):\n%s", diff)
	}
	it, _ := f.apply(hub.Item{Type: hub.AnEvent})
	if got, want := len(it.Texts), 1; got != want {
		t.Errorf("languages = %d, want %d: an empty block is left out", got, want)
	}
	want := hub.Event{
		Start:  hub.When{Local: "holnapTeste", Zone: "America/New_York", Precision: hub.Minute},
		Online: "https://www.meet.example",
		Organisers: []vocab.Party{
			{Name: "Névvel"},
			{Name: "Optika", URL: "https://optika.example", ID: "@optika@optika.example"},
			{ID: "@csak@fiok.example"},
		},
	}
	if diff := cmp.Diff(want, *it.Event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestFormReadsMoments(t *testing.T) {
	for _, test := range []struct {
		name  string
		typed url.Values
		start hub.When
		end   hub.When
	}{
		{"a datetime-local in one field",
			url.Values{"start": {"2026-11-20T18:00"}, "end": {"2026-11-20T20:00:00"}},
			hub.When{Local: "2026-11-20T18:00", Precision: hub.Minute}, hub.When{Local: "2026-11-20T20:00", Precision: hub.Minute}},
		{"an end on the same day",
			url.Values{"start": {"2026-11-20"}, "start_time": {"18:00"}, "end_time": {"20:00"}},
			hub.When{Local: "2026-11-20T18:00", Precision: hub.Minute}, hub.When{Local: "2026-11-20T20:00", Precision: hub.Minute}},
		{"no time of day",
			url.Values{"start": {"2026-11-20"}},
			hub.When{Local: "2026-11-20T00:00", Precision: hub.Day}, hub.When{}},
		{"the month only, whatever else is typed",
			url.Values{"start": {"2026-11-20"}, "start_time": {"18:00"}, "month_only": {"on"}},
			hub.When{Local: "2026-11-20T00:00", Precision: hub.Month}, hub.When{}},
		{"nothing", url.Values{}, hub.When{}, hub.When{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			it, _ := readItemForm(test.typed, hub.Item{Type: hub.AnEvent}, hub.Organisation{}).apply(hub.Item{Type: hub.AnEvent})
			if it.Event.Start != test.start || it.Event.End != test.end {
				t.Errorf("= %+v to %+v, want %+v to %+v", it.Event.Start, it.Event.End, test.start, test.end)
			}
		})
	}
}

func TestDeadlineWithoutATimeIsTheEndOfTheDay(t *testing.T) {
	typed := url.Values{"deadline": {"2026-11-30"}, "zone": {"Europe/Budapest"}}
	it, _ := readItemForm(typed, hub.Item{Type: hub.ACall}, hub.Organisation{}).apply(hub.Item{Type: hub.ACall})
	if want := (hub.When{Local: "2026-11-30T23:59", Zone: "Europe/Budapest", Precision: hub.Minute}); it.Call.Deadline != want {
		t.Errorf("deadline = %+v, want %+v", it.Call.Deadline, want)
	}
}

func TestAmount(t *testing.T) {
	for typed, want := range map[string]string{
		"60000": "60000", "60 000": "60000", "60\u00a0000": "60000", "60.000": "60000", "60,000": "60000",
		"1234,5": "1234.5", "1 234,50": "1234.50", "1,234.50": "1234.50", "1.234,50": "1234.50", "2.800.000": "2800000",
		"0.99": "0.99", "": "", "sok": "sok", "12.": "12", "1e9": "1e9", "-5": "-5",
	} {
		if got := amount(typed); got != want {
			t.Errorf("amount(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestTooManyLines(t *testing.T) {
	typed := strings.Repeat("Egy szervezet\n", maxLines+1)
	f := readItemForm(url.Values{"funders": {typed}}, hub.Item{Type: hub.AnEvent}, hub.Organisation{})
	it, problems := f.apply(hub.Item{Type: hub.AnEvent})
	if want := []hub.FieldError{{Field: "funders", Problem: "too_many_lines", Arg: "50"}}; !cmp.Equal(problems, want) {
		t.Errorf("problems = %v, want %v", problems, want)
	}
	if len(it.Event.Funders) != maxLines {
		t.Errorf("funders = %d, want %d", len(it.Event.Funders), maxLines)
	}
}

// FuzzForm feeds the decoder what no browser sends: it must not panic, and
// what it made of an item, it must make again of the form filled from it.
func FuzzForm(f *testing.F) {
	for _, it := range items() {
		f.Add(fill(newItemForm(it, office)).Encode(), string(it.Type))
	}
	f.Add("organisers=|%7C|%0A@|@&start=T&deadline=TT&countries=HU&countries=HU&up_to=,.,&total=%A0", "call")
	f.Add("register_until=0&registration=restricted&start_zone=0", "event") // no start
	f.Fuzz(func(t *testing.T, body, kind string) {
		if len(body) > 1<<16 {
			return
		}
		v, _ := url.ParseQuery(body)
		stored := hub.Item{Type: hub.ItemType(kind)}
		it, problems := readItemForm(v, stored, office).apply(stored)
		if it.Event != nil && len(it.Event.Organisers) > maxLines {
			t.Fatalf("%d organisers", len(it.Event.Organisers))
		}
		if len(problems) > 0 {
			return
		}
		shown := newItemForm(it, office)
		again, _ := readItemForm(fill(shown), it, office).apply(it)
		if diff := cmp.Diff(it, again); diff != "" {
			t.Fatalf("the form changes what it made (-was +is):\n%s", diff)
		}
	})
}
