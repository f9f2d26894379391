package hub

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

func bilingual() Organisation {
	return Organisation{Name: "photonics", Kind: Cluster, Title: vocab.Text{{Lang: "hu", Value: "Fotonika Klaszter"}, {Lang: "en", Value: "Photonics Cluster"}},
		Languages: []string{"hu", "en"}, Zone: "Europe/Budapest"}
}

// aCallFor is a whole call until a deadline.
func aCallFor(deadline When) *Call { return &Call{Purpose: Request, Deadline: deadline} }

func hu(title string) []ItemText { return []ItemText{{Lang: "hu", Title: title}} }

func TestCheckItem(t *testing.T) {
	long := strings.Repeat("ő", maxTitle)
	start := When{Local: "2027-07-01T10:00", Zone: "Europe/Budapest"}
	event := func(change func(*Event)) Item {
		ev := Event{Start: start, Place: vocab.Place{Name: "Szeged"}}
		change(&ev)
		return Item{Type: AnEvent, Texts: hu("Lézernap"), Event: &ev}
	}
	call := func(change func(*Call)) Item {
		c := Call{Purpose: Offer}
		change(&c)
		return Item{Type: ACall, Texts: hu("Partnert keresünk"), Call: &c}
	}
	tests := []struct {
		name string
		item Item
		at   stage
		want string // "" for none
	}{
		{"news", Item{Type: News, Texts: hu("Hír")}, opening, ""},
		{"the longest title", Item{Type: News, Texts: hu(long)}, opening, ""},
		{"a longer title", Item{Type: News, Texts: hu(long + "ő")}, opening, "title.hu: too_long 200"},
		{"a short title", Item{Type: News, Texts: hu("Új")}, opening, "title.hu: too_short 3"},
		{"no title", Item{Type: News, Texts: []ItemText{{Lang: "en", Markdown: "Text"}}}, opening, "title.en: required"},
		{"a draft without a title", Item{Type: News}, drafting, "title.hu: required"},
		{"a title of spaces", Item{Type: News, Texts: hu(" \u00a0\t")}, opening, "title.hu: required"},
		{"a long teaser", Item{Type: News, Texts: []ItemText{{Lang: "hu", Title: "Hír", Teaser: strings.Repeat("é", 501)}}}, opening, "teaser.hu: too_long 500"},
		{"a long text", Item{Type: News, Texts: []ItemText{{Lang: "hu", Title: "Hír", Markdown: strings.Repeat("a", maxText+1)}}}, drafting, "text.hu: too_long 20000"},
		{"another language", Item{Type: News, Texts: []ItemText{{Lang: "de", Title: "Neues"}}}, opening, "title.de: no_such_language de"},
		{"a language twice", Item{Type: News, Texts: append(hu("Egy hír"), hu("Más hír")...)}, opening, "title.hu: taken hu"},
		{"no type", Item{Texts: hu("Hír")}, opening, "type: required"},
		{"a digest is composed, not written", Item{Type: ADigest, Texts: hu("Hír")}, keeping, "type: required digest"},

		{"event", event(func(*Event) {}), opening, ""},
		{"a past event", event(func(ev *Event) { ev.Start.Local = "2001-07-01T10:00" }), opening, ""},
		{"an event without anything", Item{Type: AnEvent, Texts: hu("Lézernap")}, opening, "start: required; place: place_or_online"},
		{"a draft of an event without anything", Item{Type: AnEvent, Texts: hu("Lézernap")}, drafting, ""},
		{"not a time", event(func(ev *Event) { ev.Start.Local = "holnap" }), drafting, "start: not_a_time holnap"},
		{"not a zone", event(func(ev *Event) { ev.Start.Zone = "Pest" }), opening, "start: no_such_zone 2027-07-01T10:00"},
		{"an end before the start", event(func(ev *Event) { ev.End = When{Local: "2027-07-01T09:59", Zone: "Europe/Budapest"} }), drafting, "end: end_before_start"},
		{"an end in another zone", event(func(ev *Event) { ev.End = When{Local: "2027-07-01T09:59", Zone: "Europe/London"} }), opening, ""},
		{"online is enough", event(func(ev *Event) { ev.Place, ev.Online = vocab.Place{}, "https://meet.example/x" }), opening, ""},
		{"not an address", event(func(ev *Event) { ev.Online = "javascript:alert(1)" }), drafting, "online: not_a_url javascript:alert(1)"},
		{"registering by e-mail", event(func(ev *Event) { ev.RegisterURL = "mailto:a@b.example" }), opening, ""},
		{"no country", event(func(ev *Event) { ev.Place.Country = "XX" }), drafting, "country: no_such_country XX"},
		{"a country in small letters", event(func(ev *Event) { ev.Place.Country = "hu" }), opening, ""},
		{"a long street", event(func(ev *Event) { ev.Place.Street = strings.Repeat("u", 501) }), drafting, "place: too_long 500"},
		{"many organisers", event(func(ev *Event) { ev.Organisers = make([]vocab.Party, 51) }), drafting, "organisers: too_many_lines 50"},
		{"an organiser without a name", event(func(ev *Event) { ev.Funders = []vocab.Party{{URL: "https://a.example/"}} }), drafting, "funders: required"},
		{"an organiser with no address", event(func(ev *Event) { ev.Funders = []vocab.Party{{Name: "A", URL: "a"}} }), drafting, "funders: not_a_url a"},

		{"call", call(func(*Call) {}), opening, ""},
		{"a call without anything", Item{Type: ACall, Texts: hu("Felhívás")}, opening, "purpose: required"},
		{"a draft of a call without anything", Item{Type: ACall, Texts: hu("Felhívás")}, drafting, ""},
		{"what is sought, in another language", call(func(c *Call) { c.Seeks = vocab.Text{{Lang: "de", Value: "Partner"}} }), drafting, "seeks.de: no_such_language de"},
		{"what is sought, twice", call(func(c *Call) { c.Seeks = vocab.Text{{Lang: "hu", Value: "a"}, {Lang: "hu", Value: "b"}} }), drafting, "seeks.hu: taken hu"},
		{"a country that is a region", call(func(c *Call) { c.Countries = []string{"hu", " AT ", "EU"} }), drafting, "countries: no_such_country EU"},
		{"a partnership that there is not", call(func(c *Call) { c.Partnerships = []string{"marriage", "investment"} }), drafting, "partnerships: no_such_term marriage"},
		{"a partner that there is not", call(func(c *Call) { c.Partners = []string{"Investor"} }), drafting, "partners: no_such_term Investor"},
		{"a role in a language that is not the organisation's", call(func(c *Call) { c.Role = vocab.Text{{Lang: "de", Value: "messen"}} }), drafting, "role.de: no_such_language de"},
		{"a region that is none", call(func(c *Call) { c.Regions = []string{"HU31", "Borsod"} }), drafting, "regions: no_such_region Borsod"},
		{"a sector that is none", call(func(c *Call) { c.Sectors = []string{"C", "W"} }), drafting, "sectors: no_such_term W"},
		{"too many keywords", call(func(c *Call) { c.Keywords = strings.Fields("a b c d e f g h i j k") }), drafting, "keywords: too_many 10"},
		{"a long keyword", call(func(c *Call) { c.Keywords = []string{strings.Repeat("é", 61)} }), drafting, "keywords: too_long 60"},
		{"a kind that is none", call(func(c *Call) { c.Matter = "love" }), drafting, "matter: no_such_term love"},
		{"a stage that is none", call(func(c *Call) { c.Stage = "old" }), drafting, "stage: no_such_term old"},
		{"rights that are none", call(func(c *Call) { c.Rights = "mine" }), drafting, "rights: no_such_term mine"},
		{"a level too high", call(func(c *Call) { c.TRLFrom = 10 }), drafting, "trl_from: out_of_range 1–9"},
		{"levels reversed", call(func(c *Call) { c.TRLFrom, c.TRLTo = 6, 4 }), drafting, "trl_to: trl_reversed"},
		{"levels up to one", call(func(c *Call) { c.TRLTo = 4 }), drafting, ""},
		{"more than all the cost", call(func(c *Call) { c.CoFunding = 101 }), drafting, "co_funding: out_of_range 1–100"},
		{"fewer than no partner", call(func(c *Call) { c.Wanted = -1 }), drafting, "wanted: out_of_range 1–999"},
		{"a language that is none", call(func(c *Call) { c.Languages = []string{"hu", "magyar nyelv"} }), drafting, "languages: no_such_term magyar nyelv"},
		{"a programme's page that is none", call(func(c *Call) { c.Programme.URL = "horizon" }), drafting, "programme_url: not_a_url horizon"},
		{"named and not named", call(func(c *Call) { c.Behalf = Behalf{Name: "Optika", Country: "HU"} }), drafting, "behalf: behalf_both"},
		{"an address of nobody", call(func(c *Call) { c.Behalf.URL = "https://a.example/" }), drafting, "behalf: required"},
		{"of a country that is none", call(func(c *Call) { c.Behalf.Country = "EU" }), drafting, "behalf_country: no_such_country EU"},
		{"a cut-off date before the opening", call(func(c *Call) {
			c.Opens, c.Deadline, c.CutOffs = when("2027-06-10", Day), when("2027-07-01", Day), []When{when("2027-06-20", Day), when("2027-06-01", Day)}
		}), drafting, "cut_off.2: cut_off_before_opening"},
		{"a cut-off date after the deadline", call(func(c *Call) {
			c.Deadline, c.CutOffs = when("2027-07-01", Day), []When{when("2027-07-02", Day)}
		}), drafting, "cut_off.1: cut_off_after_deadline"},
		{"a cut-off date that is none", call(func(c *Call) { c.CutOffs = []When{{Local: "soon", Zone: "UTC"}} }), drafting, "cut_off.1: not_a_time soon"},
		{"too many cut-off dates", call(func(c *Call) { c.CutOffs = make([]When, 13) }), drafting, "cut_off.1: too_many 12"},
		{"an amount in words", call(func(c *Call) { c.UpTo = vocab.Money{Amount: "sok", Currency: "EUR"} }), drafting, "up_to: not_an_amount sok"},
		{"no currency", call(func(c *Call) { c.Total = vocab.Money{Amount: "1", Currency: "€"} }), drafting, "currency: no_such_currency €"},
		{"a deadline before the opening", call(func(c *Call) {
			c.Opens, c.Deadline = start, When{Local: "2027-07-01T09:00", Zone: "Europe/Budapest"}
		}), drafting, "deadline: deadline_before_opening"},
		{"a deadline on the day of the opening", call(func(c *Call) {
			c.Opens, c.Deadline = start, When{Local: "2027-07-01", Zone: "Europe/Budapest", Precision: Day}
		}), drafting, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := checkItem(&tt.item, bilingual(), tt.at); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A call that becomes public takes answers still; what is public stays as it
// was, and the archive is of the past.
func TestPastDeadline(t *testing.T) {
	past := When{Local: "2001-01-01T12:00", Zone: "Europe/Budapest"}
	today := NewWhen(time.Now(), "Europe/Budapest")
	today.Precision = Day
	closed := aCallFor(past)
	closed.Closed = true
	tests := []struct {
		name string
		call *Call
		at   stage
		want bool // refused
	}{
		{"past", aCallFor(past), opening, true},
		{"today", aCallFor(today), opening, false},
		{"past and closed", closed, opening, false},
		{"past in a draft", aCallFor(past), drafting, false},
		{"past and kept", aCallFor(past), keeping, false},
		{"none", aCallFor(When{}), opening, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkItem(&Item{Type: ACall, Texts: hu("Felhívás"), Call: tt.call}, bilingual(), tt.at)
			if got := err != nil && err.Error() == "deadline: deadline_past"; got != tt.want || err != nil && !got {
				t.Errorf("%v, want refused: %t", err, tt.want)
			}
		})
	}
}

func TestCheckItemMends(t *testing.T) {
	earlier, later := when("2127-06-20T12:00", Minute), when("2127-07-01T12:00", Minute)
	it := Item{Type: ACall,
		Texts: []ItemText{
			{Lang: "en", Title: " We  seek\na partner\x00 ", Markdown: "First\r\nparagraph.\n\nSecond.\n"},
			{Lang: "hu", Title: "Partnert keresünk", Teaser: "Röviden."},
			{Lang: "de"},
		},
		Event: &Event{},
		Call: &Call{Purpose: Offer, Seeks: vocab.Text{{Lang: "en", Value: " a\tpartner "}, {Lang: "hu", Value: "partner"}, {Lang: "en", Value: " "}},
			Countries: []string{"at", "HU", "AT"}, Partnerships: []string{"investment", "supplier", "investment"}, Partners: []string{"cluster"},
			Role: vocab.Text{{Lang: "hu", Value: " mér "}}, Sectors: []string{"N", "C"}, Regions: []string{"HU31", "HU31"}, Keywords: []string{" lézer ", "", "lézer"},
			Languages: []string{"en", "en"}, Programme: vocab.Programme{Name: " H "}, Behalf: Behalf{Country: "at"},
			CutOffs: []When{later, {}, earlier, later},
			UpTo:    vocab.Money{Amount: "60 000,50", Currency: "eur"}, Total: vocab.Money{Currency: "HUF"}, ApplyURL: " https://a.example/ "},
	}
	if err := checkItem(&it, bilingual(), opening); err != nil {
		t.Fatal(err)
	}
	want := Item{Type: ACall,
		Texts: []ItemText{
			{Lang: "hu", Title: "Partnert keresünk", Teaser: "Röviden."},
			{Lang: "en", Title: "We seek a partner", Teaser: "First paragraph.", Markdown: "First\nparagraph.\n\nSecond.", HTML: "<p>First\nparagraph.</p>\n<p>Second.</p>\n"},
		},
		Call: &Call{Purpose: Offer, Seeks: vocab.Text{{Lang: "hu", Value: "partner"}, {Lang: "en", Value: "a partner"}}, Countries: []string{"AT", "HU"},
			Partnerships: []string{"supplier", "investment"}, Partners: []string{"cluster"},
			Role: vocab.Text{{Lang: "hu", Value: "mér"}}, Sectors: []string{"C", "N"}, Regions: []string{"HU31"}, Keywords: []string{"lézer"},
			Languages: []string{"en"}, Programme: vocab.Programme{Name: "H"}, Behalf: Behalf{Country: "AT"},
			CutOffs: []When{earlier, later}, Deadline: later,
			UpTo: vocab.Money{Amount: "60000.50", Currency: "EUR"}, ApplyURL: "https://a.example/"},
	}
	if diff := cmp.Diff(want, it); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMoney(t *testing.T) {
	for typed, want := range map[string]string{
		"60000": "60000", "60 000": "60000", "60\u00a0000": "60000", "60\u202f000,5": "60000.5", "1234.50": "1234.50", "0": "0",
		"60.000": "", "1,234.50": "", "-1": "", "1e6": "", "½": "", "1.": "", strings.Repeat("9", 16): "",
	} {
		var e InvalidError
		m := vocab.Money{Amount: typed, Currency: "EUR"}
		money(&m, "up_to", &e)
		if ok := len(e.Fields) == 0; ok != (want != "") || ok && m.Amount != want {
			t.Errorf("%q is %q (%v), want %q", typed, m.Amount, e.Error(), want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for s, want := range map[string]bool{
		"https://a.example": true, "http://a.example:8080/x?y#z": true, "https://űrkutatás.example/": true,
		"": false, "a.example": false, "//a.example": false, "ftp://a.example": false, "https:///x": false,
		"https://me:secret@a.example/": false, "data:text/html,x": false, "https://a.example/" + strings.Repeat("x", maxURL): false,
	} {
		if got := webURL(s); got != want {
			t.Errorf("webURL(%.60q) = %t", s, got)
		}
	}
	for s, want := range map[string]bool{
		"mailto:a@b.example": true, "mailto:a": false, "https://a@b.example": false, "mailto:": false, "a@b.example": false,
		"mailto:" + strings.Repeat("a", maxURL) + "@b.example": false,
	} {
		if got := isMailto(s); got != want {
			t.Errorf("isMailto(%.60q) = %t", s, got)
		}
	}
}

func TestChangeOf(t *testing.T) {
	at := when("2027-07-01T10:00", Minute)
	szeged, pecs := vocab.Place{Name: "Szeged"}, vocab.Place{Name: "Pécs"}
	event := Event{Start: at, Status: vocab.EventScheduled, Place: szeged}
	cancelled, moved, elsewhere, hybrid, online, both := event, event, event, event, event, event
	cancelled.Status = vocab.EventCancelled
	moved.Start = when("2027-07-02T10:00", Minute)
	elsewhere.Place = pecs
	hybrid.Online = "https://meet.example/"
	online.Place, online.Online = vocab.Place{}, "https://meet.example/"
	meeting, longer := hybrid, event
	meeting.Online, longer.End = "https://other.example/", moved.Start
	longerCancelled := longer
	longerCancelled.Status = vocab.EventCancelled
	both.Start, both.Status = moved.Start, vocab.EventCancelled
	tests := []struct {
		name    string
		was, is Event
		want    Change
		status  string
		before  time.Time
		place   string
	}{
		{"nothing", event, event, NothingAtAll, vocab.EventScheduled, time.Time{}, ""},
		{"cancelled", event, cancelled, Cancelled, vocab.EventCancelled, time.Time{}, ""},
		{"cancelled and moved", event, both, Cancelled, vocab.EventCancelled, time.Time{}, ""},
		{"moved while cancelled", cancelled, both, NothingAtAll, vocab.EventCancelled, time.Time{}, ""},
		{"reinstated", cancelled, event, Reinstated, vocab.EventScheduled, time.Time{}, ""},
		{"moved", event, moved, Moved, vocab.EventRescheduled, at.At, ""},
		{"elsewhere", event, elsewhere, NewPlace, vocab.EventScheduled, time.Time{}, "Szeged"},
		{"online as well", event, hybrid, NothingAtAll, vocab.EventScheduled, time.Time{}, ""},
		{"online instead", event, online, MovedOnline, vocab.EventMovedOnline, time.Time{}, "Szeged"},
		{"online elsewhere", hybrid, meeting, NewOnline, vocab.EventScheduled, time.Time{}, ""},
		{"no longer online", hybrid, event, NewOnline, vocab.EventScheduled, time.Time{}, ""},
		{"longer", event, longer, NewEnd, vocab.EventScheduled, time.Time{}, ""},
		{"longer while cancelled", cancelled, longerCancelled, NothingAtAll, vocab.EventCancelled, time.Time{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := changeOf(Item{Event: &tt.was}, Item{Event: &tt.is})
			status := statusAfter(tt.was.Status, tt.is.Status, got)
			remember(Item{Event: &tt.was}, Item{Event: &tt.is}, got)
			if got != tt.want || status != tt.status || !tt.is.PreviousStart.Equal(tt.before) || tt.is.PreviousPlace.Name != tt.place {
				t.Errorf("%q, %s, before %s at %q; want %q, %s, %s at %q",
					got, status, tt.is.PreviousStart, tt.is.PreviousPlace.Name, tt.want, tt.status, tt.before, tt.place)
			}
		})
	}
	open, closed := aCallFor(at), aCallFor(at)
	closed.Closed = true
	later, found := aCallFor(moved.Start), aCallFor(at)
	found.Closed, found.Result = true, "awarded"
	for _, tt := range []struct {
		was, is *Call
		want    Change
	}{{open, open, NothingAtAll}, {open, closed, Closed}, {open, later, NewDeadline}, {closed, open, NothingAtAll}, {open, found, HasResult}, {closed, found, HasResult}, {found, found, NothingAtAll}} {
		if got := changeOf(Item{Call: tt.was}, Item{Call: tt.is}); got != tt.want {
			t.Errorf("%+v to %+v is %q, want %q", tt.was, tt.is, got, tt.want)
		}
	}
	if got := changeOf(Item{Call: open}, Item{Call: closed, Updated: at.At}); got != NothingAtAll {
		t.Errorf("a call closed at its deadline is %q", got)
	}
	if got := changeOf(Item{Event: &event}, Item{}); got != NothingAtAll {
		t.Errorf("an event that is none any more: %q", got)
	}
}

func TestCheckProfile(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Organisation)
		want   string
	}{
		{"whole", func(*Organisation) {}, ""},
		{"no languages", func(o *Organisation) { o.Languages = nil }, "languages: required"},
		{"no language", func(o *Organisation) { o.Languages = []string{"hu", "x y"} }, "languages: other x y"},
		{"a language twice", func(o *Organisation) { o.Languages = []string{"hu", "hu"} }, "languages: other hu"},
		{"no name", func(o *Organisation) { o.Title = vocab.Text{{Lang: "hu", Value: " "}} }, "title.hu: required"},
		{"a long name", func(o *Organisation) { o.Title[1].Value = strings.Repeat("é", 201) }, "title.en: too_long 200"},
		{"a long description", func(o *Organisation) { o.About = vocab.Text{{Lang: "hu", Value: strings.Repeat("é", 5000)}} }, "about.hu: too_long 4900"},
		{"a description of that length", func(o *Organisation) { o.About = vocab.Text{{Lang: "hu", Value: strings.Repeat("é", 4900)}} }, ""},
		{"a description with much in it", func(o *Organisation) { o.About = vocab.Text{{Lang: "hu", Value: strings.Repeat("**é** ", 600)}} }, "about.hu: too_long 1500"},
		{"a long place", func(o *Organisation) { o.Place = strings.Repeat("é", 501) }, "place: too_long 500"},
		{"no zone", func(o *Organisation) { o.Zone = "Local" }, "zone: no_such_zone Local"},
		{"no address", func(o *Organisation) { o.Website = "a" }, "website: not_a_url a"},
		{"no e-mail", func(o *Organisation) { o.Email = "Me <a@b.example>" }, "email: other Me <a@b.example>"},
		{"no kind", func(o *Organisation) { o.Kind = "" }, "kind: required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := bilingual()
			tt.change(&o)
			got := ""
			if err := checkProfile(o); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	for name, want := range map[string]string{
		"photonics": "", "a.b-c_d": "", "": "name: required", "Photonics": "name: bad_name Photonics", "relay": "name: bad_name relay",
		"hu": "name: bad_name hu", "-a": "name: bad_name -a", "ő": "name: bad_name ő", strings.Repeat("a", 61): "name: too_long 60",
	} {
		var invalid *InvalidError
		err := checkName(name)
		if want == "" && err != nil || want != "" && (!errors.As(err, &invalid) || err.Error() != want) {
			t.Errorf("name %q: %v, want %q", name, err, want)
		}
	}
}
