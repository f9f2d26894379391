package hub

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
	"pergola/hub/text"
)

// take is a document of another program as an item.
func take(t testing.TB, doc string) (Item, error) {
	t.Helper()
	obj, err := vocab.DecodeObject([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return foreignItem(obj, changed(), "Europe/Budapest")
}

func TestForeignTexts(t *testing.T) {
	tests := []struct {
		name, members string
		want          []ItemText
	}{
		{
			"a Note of Mastodon has no name",
			`"type": "Note", "content": "<p>Hello <a href=\"https://a.example\" class=\"mention\">@a</a></p><p>More</p>", "contentMap": {"en": "<p>Hello <a href=\"https://a.example\" class=\"mention\">@a</a></p><p>More</p>"}`,
			[]ItemText{{Lang: "en", Title: "Hello @a More", Teaser: "Hello @a", HTML: `<p>Hello <a href="https://a.example" rel="nofollow noopener noreferrer">@a</a></p><p>More</p>`}},
		},
		{
			"a content warning is a teaser",
			`"type": "Note", "summary": "Politics", "content": "<p>Text</p>"`,
			[]ItemText{{Title: "Text", Teaser: "Politics", HTML: "<p>Text</p>"}},
		},
		{
			"an Article of WordPress: a name without a language",
			`"type": "Article", "name": "Hír &#8211; &amp; más", "summary": "Röviden", "content": "<p>Szöveg</p>", "contentMap": {"hu": "<p>Szöveg</p>"}`,
			[]ItemText{{Lang: "hu", Title: "Hír – & más", Teaser: "Röviden", HTML: "<p>Szöveg</p>"}},
		},
		{
			"a language named beside the maps",
			`"type": "Article", "name": "Hír", "content": "<p>Szöveg</p>", "inLanguage": "hu"`,
			[]ItemText{{Lang: "hu", Title: "Hír", Teaser: "Szöveg", HTML: "<p>Szöveg</p>"}},
		},
		{
			"languages in the author's order",
			`"type": "Article", "nameMap": {"en": "News", "de": "Neues", "hu": "Hír"}, "contentMap": {"de": "<p>Drei</p>", "en": "<p>Two</p>", "hu": "<p>Egy</p>"}`,
			[]ItemText{
				{Lang: "de", Title: "Neues", Teaser: "Drei", HTML: "<p>Drei</p>"},
				{Lang: "en", Title: "News", Teaser: "Two", HTML: "<p>Two</p>"},
				{Lang: "hu", Title: "Hír", Teaser: "Egy", HTML: "<p>Egy</p>"},
			},
		},
		{
			"a title that is not translated",
			`"type": "Article", "name": "PhotonDay", "contentMap": {"hu": "<p>Egy</p>", "en": "<p>One</p>"}`,
			[]ItemText{
				{Lang: "hu", Title: "PhotonDay", Teaser: "Egy", HTML: "<p>Egy</p>"},
				{Lang: "en", Title: "PhotonDay", Teaser: "One", HTML: "<p>One</p>"},
			},
		},
		{
			"a default that is in no map",
			`"type": "Article", "name": "News", "content": "<p>One</p>", "contentMap": {"hu": "<p>Egy</p>", "de": "<p>Eins</p>"}, "inLanguage": "hu"`,
			[]ItemText{
				{Title: "News", Teaser: "One", HTML: "<p>One</p>"},
				{Lang: "hu", Title: "News", Teaser: "Egy", HTML: "<p>Egy</p>"},
				{Lang: "de", Title: "News", Teaser: "Eins", HTML: "<p>Eins</p>"},
			},
		},
		{
			"scripts, and what only looks like ours",
			`"type": "Article", "name": "<b>Bold</b>\u0007 <script>x</script>title", "content": "<p class=\"p-name\"><strong>Bold</strong></p><p onclick=\"x\">T<img src=x><script>alert(1)</script></p>"`,
			[]ItemText{{Title: "Bold title", Teaser: "T", HTML: "<p>T</p>"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it, err := take(t, `{"id": "https://other.example/o/1", "attributedTo": "https://other.example/u/1", `+tt.members+`}`)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, it.Texts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestForeignNothing(t *testing.T) {
	for name, members := range map[string]string{
		"a picture without words": `"type": "Note", "content": "<p></p>", "attachment": [{"type": "Image", "url": "https://other.example/x.jpg"}]`,
		"no words at all":         `"type": "Article"`,
		"a place":                 `"type": "Place", "name": "Szeged"`,
		"a tombstone":             `"type": "Tombstone", "name": "Szeged"`,
	} {
		if it, err := take(t, `{"id": "https://other.example/o/1", `+members+`}`); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %+v, %v, want ErrNotFound", name, it, err)
		}
	}
}

func TestForeignDates(t *testing.T) {
	at := changed()
	format := func(t time.Time) string { return t.Format(time.RFC3339Nano) }
	day := 24 * time.Hour
	tests := []struct {
		name                 string
		published, updated   string
		isPublished, isSince time.Time
	}{
		{"both", format(at.Add(-day)), format(at.Add(-time.Hour)), at.Add(-day), at.Add(-time.Hour)},
		{"neither", "", "", at, at},
		{"never updated", format(at.Add(-day)), "", at.Add(-day), at.Add(-day)},
		{"a clock that is a little ahead", format(at.Add(time.Minute)), format(at.Add(time.Minute)), at.Add(time.Minute), at.Add(time.Minute)},
		{"from the future", format(at.Add(day)), format(at.Add(day)), at, at},
		{"no dates", "yesterday", "[]", at, at},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it, err := take(t, `{"id": "https://other.example/o/1", "type": "Note", "content": "x y z", "published": "`+tt.published+`", "updated": "`+tt.updated+`"}`)
			if err != nil || !it.Published.Equal(tt.isPublished) || !it.Updated.Equal(tt.isSince) {
				t.Errorf("published %s, updated %s, %v; want %s, %s", it.Published, it.Updated, err, tt.isPublished, tt.isSince)
			}
		})
	}
}

func TestForeignEvents(t *testing.T) {
	const head = `{"id": "https://other.example/o/1", "type": "Event", "name": "Lasers", "content": "<p>x</p>", "url": "https://other.example/lasers", `
	start := when("2027-06-10T10:00", Minute)
	tests := []struct {
		name, members string
		want          *Event // nil for news
	}{
		{
			"Mobilizon without end and zone",
			`"startTime": "2027-06-10T10:00:00+02:00", "endTime": null, "status": "CONFIRMED", "joinMode": "free"`,
			&Event{Start: start, Status: vocab.EventScheduled, RegisterURL: "https://other.example/lasers"}, // one joins there
		},
		{
			"another zone than the reader's",
			`"startTime": "2027-06-10T10:00:00+02:00", "endTime": "2027-06-10T13:00:00+02:00", "timezone": "Europe/London"`,
			&Event{Start: NewWhen(start.At, "Europe/London"), End: NewWhen(start.At.Add(3*time.Hour), "Europe/London"), Status: vocab.EventScheduled},
		},
		{
			"a zone that there is not",
			`"startTime": "2027-06-10T08:00:00Z", "timezone": "../Budapest"`,
			&Event{Start: start, Status: vocab.EventScheduled},
		},
		{
			"an end that is a formality",
			`"startTime": "2027-06-10T10:00:00+02:00", "endTime": "2027-06-10T13:00:00+02:00", "displayEndTime": false`,
			&Event{Start: start, Status: vocab.EventScheduled},
		},
		{
			"an end before the start",
			`"startTime": "2027-06-10T10:00:00+02:00", "endTime": "2027-06-09T13:00:00+02:00"`,
			&Event{Start: start, Status: vocab.EventScheduled},
		},
		{
			"all day",
			`"startTime": "2027-06-10T00:00:00+02:00", "endTime": "2027-06-10T23:59:59+02:00", "timezone": "Europe/Budapest"`,
			&Event{Start: when("2027-06-10", Day), Status: vocab.EventScheduled},
		},
		{
			"registering at its own page is not registering elsewhere",
			`"startTime": "2027-06-10T10:00:00+02:00", "joinMode": "external", "externalParticipationUrl": "https://other.example/lasers"`,
			&Event{Start: start, Status: vocab.EventScheduled},
		},
		{
			"people and places with markup and noise",
			`"startTime": "2027-06-10T10:00:00+02:00", "eventStatus": "EventCancelled", "externalParticipationUrl": "javascript:x", "organizers": [{"type": "Organization", "name": " <b>A</b>\n\u0007B "}, {"type": "Organization", "name": "<p></p>"}],
			"location": {"type": "Place", "name": "A\n B", "address": {"type": "PostalAddress", "addressLocality": "Sze\u0000ged", "addressCountry": "HU"}}`,
			&Event{Start: start, Status: vocab.EventCancelled, Organisers: []vocab.Party{{Name: "A B"}},
				Place: vocab.Place{Name: "A B", Locality: "Szeged", Country: "HU"}},
		},
		{"no start: it is news", `"endTime": "2027-06-10T10:00:00+02:00"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			it, err := take(t, head+tt.members+"}")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, it.Event); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if want := map[bool]ItemType{true: AnEvent, false: News}[tt.want != nil]; it.Type != want {
				t.Errorf("it is %s, want %s", it.Type, want)
			}
		})
	}
}

func TestForeignCalls(t *testing.T) {
	it, err := take(t, `{"id": "https://other.example/o/1", "type": "Note", "content": "<p>We seek</p>", "purpose": "request",
		"endTime": "2027-06-10T10:00:00+02:00", "attachment": [{"type": "PropertyValue", "propertyID": "seeks", "name": "Seeks", "value": "<i>gauges</i> a &lt; b"},
		{"type": "PropertyValue", "propertyID": "countries", "value": "HU, XX, AT"}], "funding": {"amount": [{"maxValue": "12.345", "currency": "EUR"}, {"value": "1000", "currency": "EUR"}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &Call{Purpose: Request, Seeks: vocab.Text{{Value: "gauges a < b"}}, Countries: []string{"HU", "AT"},
		Total: vocab.Money{Amount: "1000", Currency: "EUR"}, Deadline: when("2027-06-10T10:00", Minute)}
	if diff := cmp.Diff(want, it.Call); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An object is read as often as its transaction is tried.
func TestForeignItemChangesNothing(t *testing.T) {
	obj := vocab.Object{ID: "https://other.example/o/1", Type: "Note", Content: vocab.Text{{Value: "x"}},
		Proposal: &vocab.Proposal{Kind: "offer", Seeks: vocab.Text{{Value: "a &amp;lt; b"}}}}
	first, err := foreignItem(obj, changed(), "UTC")
	if err != nil {
		t.Fatal(err)
	}
	second, err := foreignItem(obj, changed(), "UTC")
	if diff := cmp.Diff(first, second); diff != "" || err != nil {
		t.Errorf("read twice: %v (-first +second):\n%s", err, diff)
	}
}

// Whatever others have been seen to send is taken or refused.
func TestForeignPayloads(t *testing.T) {
	dir := os.Getenv("PERGOLA_PAYLOADS")
	if dir == "" {
		t.Skip("PERGOLA_PAYLOADS names no folder of recorded payloads")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %d files", err, len(files))
	}
	taken := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if it, ok := decode(raw); ok {
			taken++
			checkClean(t, it)
		}
	}
	if taken < 50 {
		t.Errorf("%d items in %d files, want 50 at least", taken, len(files))
	}
}

// decode makes an item of an object, or of what an activity carries.
func decode(raw []byte) (Item, bool) {
	obj, err := vocab.DecodeObject(raw)
	if err != nil {
		a, err := vocab.DecodeActivity(raw)
		if err != nil || a.Object == nil {
			return Item{}, false
		}
		obj = *a.Object
	}
	it, err := foreignItem(obj, changed(), "Europe/Budapest")
	return it, err == nil
}

// checkClean fails unless everything that is shown of an item is bounded and
// clean.
func checkClean(t *testing.T, it Item) {
	t.Helper()
	if len(it.Texts) == 0 || len(it.Texts) > maxLanguages {
		t.Errorf("%d texts", len(it.Texts))
	}
	langs := map[string]bool{}
	for _, tx := range it.Texts {
		if langs[tx.Lang] || len(tx.Lang) > 35 {
			t.Errorf("language %q twice, or none", tx.Lang)
		}
		langs[tx.Lang] = true
		checkLine(t, "title", tx.Title, maxTitle)
		checkLine(t, "teaser", tx.Teaser, maxTeaser)
		if tx.Title == "" {
			t.Error("no title")
		}
		if clean := text.Clean(tx.HTML); clean != tx.HTML {
			t.Errorf("HTML %q is not clean: %q", tx.HTML, clean)
		}
	}
	if !webURL(it.URL) && it.URL != it.ID {
		t.Errorf("URL %q", it.URL)
	}
	switch {
	case (it.Event != nil) != (it.Type == AnEvent), (it.Call != nil) != (it.Type == ACall):
		t.Errorf("%s with event %v, call %v", it.Type, it.Event, it.Call)
	case it.Event != nil:
		checkCleanEvent(t, *it.Event)
	case it.Call != nil:
		for _, s := range it.Call.Seeks {
			checkLine(t, "seeks", s.Value, maxTeaser)
		}
		if u := it.Call.ApplyURL; u != "" && !webURL(u) && !isMailto(u) {
			t.Errorf("to apply at %q", u)
		}
	}
}

func checkCleanEvent(t *testing.T, ev Event) {
	t.Helper()
	if ev.Start.At.IsZero() || ev.End.Set() && ev.End.At.Before(ev.Start.At) || ev.Over().Before(ev.Start.At) {
		t.Errorf("from %+v to %+v, over %s", ev.Start, ev.End, ev.Over())
	}
	for _, w := range []When{ev.Start, ev.End} {
		if w.Set() && w.In().Format(localLayout) != w.Local {
			t.Errorf("%+v is shown as %s", w, w.In())
		}
	}
	for _, s := range []string{ev.Place.Name, ev.Place.Street, ev.Place.PostalCode, ev.Place.Locality, ev.Place.Region, ev.Place.Country} {
		checkLine(t, "place", s, 1000)
	}
	for _, u := range []string{ev.Online, ev.RegisterURL} {
		if u != "" && !webURL(u) && !isMailto(u) {
			t.Errorf("address %q", u)
		}
	}
	if len(ev.Organisers) > maxParties || len(ev.Funders) > maxParties {
		t.Errorf("%d organisers, %d funders", len(ev.Organisers), len(ev.Funders))
	}
	for _, p := range append(ev.Organisers, ev.Funders...) {
		checkLine(t, "organisation", p.Name, maxName)
	}
}

func checkLine(t *testing.T, what, s string, limit int) {
	t.Helper()
	if n := utf8.RuneCountInString(s); n > limit || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		t.Errorf("%s of %d characters: %.300q", what, n, s)
	}
}

func FuzzForeignItem(f *testing.F) {
	h := pure(f)
	for _, it := range written(f) {
		if _, err := h.write(&it, bilingual()); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(it.Wire))
	}
	huge, err := json.Marshal(map[string]any{"id": "https://other.example/o/1", "type": "Event", "name": strings.Repeat("<b>\u0007", 1000), "startTime": "9999-12-31T23:59:59-12:00",
		"nameMap": map[string]string{"x": "x", "hu": strings.Repeat("ő", 1000), "zh-Hant-TW-x-private": "名"}, "timezone": strings.Repeat("../", 60)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(huge)
	f.Add([]byte(`{"id": "https://other.example/o/1", "type": "Event", "name": "Old", "startTime": "0000-01-01T00:00:00+14:00", "endTime": "0000-01-31T23:59:00+14:00", "timezone": "Pacific/Kiritimati"}`))
	f.Add([]byte(`{"id": "https://other.example/o/1", "type": "Note", "contentMap": {"und": "x", "HU": "<p>y", "hu": "<!--", "a-b": "z"}, "purpose": [], "tag": [null]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		it, ok := decode(doc)
		if !ok {
			return
		}
		checkClean(t, it)
		if _, err := json.Marshal(it); err != nil {
			t.Errorf("cannot be kept as a version: %v", err)
		}
	})
}
