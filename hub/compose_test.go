package hub

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
)

// A harvest for tests is made of words: "id:type:days", days until it starts or
// closes, with "x" behind it when it is closed.
func entriesOf(words string, now time.Time) (es []Entry) {
	for word := range strings.FieldsSeq(words) {
		parts := strings.Split(word, ":")
		e := Entry{Item: Item{ID: parts[0], Type: ItemType(parts[1])}}
		var days int
		if len(parts) > 2 {
			fmt.Sscanf(parts[2], "%d", &days)
		}
		at := NewWhen(now.AddDate(0, 0, days), "UTC")
		switch e.Type {
		case AnEvent:
			e.Event = &Event{Start: at}
			if strings.HasSuffix(word, "long") {
				e.Event.End = NewWhen(now.AddDate(0, 0, 60), "UTC")
			}
			if strings.HasSuffix(word, "day") {
				e.Event.Start.Precision = Day
			}
		case ACall:
			e.Call = &Call{Closed: strings.HasSuffix(word, "x")}
			if len(parts) > 2 && parts[2] != "x" {
				e.Call.Deadline = at
			}
			if strings.HasSuffix(word, "day") {
				e.Call.Deadline.Precision = Day
			}
		}
		es = append(es, e)
	}
	return es
}

func said(views []SectionView) string {
	var parts []string
	for _, v := range views {
		var ids []string
		for _, e := range v.Entries {
			ids = append(ids, e.ID)
		}
		if v.More > 0 {
			ids = append(ids, fmt.Sprintf("+%d", v.More))
		}
		parts = append(parts, string(v.Section)+" "+strings.Join(ids, ","))
	}
	return strings.Join(parts, "; ")
}

func TestCompose(t *testing.T) {
	now := time.Date(2027, 5, 3, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		name                               string
		changed, deadlines, coming, untold string
		want                               string
	}{
		{name: "nothing"},
		{name: "what is new", untold: "n:news e:event:30 c:call:30", want: "events e; calls c; news n"},
		{name: "a new event that is near", untold: "e:event:30 f:event:3 g:event:14", want: "coming f,g; events e"},
		{name: "in the order of time", untold: "e:event:50 f:event:40", coming: "h:event:5 g:event:2", want: "coming g,h; events f,e"},
		{name: "each once, where it counts most", changed: "a:event:3 b:call:3", deadlines: "b:call:3 c:call:4", coming: "a:event:3",
			untold: "a:event:3 c:call:4 d:news", want: "changed a,b; deadlines c; news d"},
		{name: "what is over is no news", untold: "e:event:-3 c:call:-1 d:call:x", want: ""},
		{name: "what began but is not over", untold: "e:event:-3:long", want: "events e"},
		{name: "today, whole day", untold: "e:event:0:day c:call:0:day", want: "events e; calls c"},
		{name: "without a deadline", untold: "c:call", want: "calls c"},
		{name: "digests of others", untold: "d:digest", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hv := harvest{changed: entriesOf(tt.changed, now), deadlines: entriesOf(tt.deadlines, now), coming: entriesOf(tt.coming, now), untold: entriesOf(tt.untold, now)}
			if got := said(compose(hv, now)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestCapped(t *testing.T) {
	entries := entriesOf(strings.Repeat("n:news ", 10), changed())
	views := []SectionView{{Section: SectionChanged, Entries: entries}, {Section: SectionNews, Entries: entries[:8]}}
	if got, want := said(capped(views)), "changed n,n,n,n,n,+5; news n,n,n,n,n,n,n,n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if len(views[0].Entries) != 10 {
		t.Error("what has no room is not told of any more")
	}
	for _, s := range sections {
		if caps[s] == 0 {
			t.Errorf("section %s has no room", s)
		}
	}
	if len(caps) != len(sections) {
		t.Errorf("%d caps for %d sections", len(caps), len(sections))
	}
}

func TestDigestLine(t *testing.T) {
	h := pure(t)
	by := Profile{Name: "A & B"}
	start := when("2027-06-10T10:00", Minute)
	tests := []struct {
		name string
		it   Item
		want string
	}{
		{"news", Item{}, `<a href="https://a.example/?x&amp;y">1 &lt; 2</a> – A &amp; B`},
		{"event", Item{Event: &Event{Start: start}}, `<a href="https://a.example/?x&amp;y">1 &lt; 2</a> – A &amp; B: 10 June 2027, 10:00 (Budapest)`},
		{"cancelled", Item{Event: &Event{Start: start, Status: vocab.EventCancelled}}, `<a href="https://a.example/?x&amp;y">1 &lt; 2</a> – A &amp; B: cancelled`},
		{"call", Item{Call: &Call{Deadline: when("2027-06-10", Day)}}, `<a href="https://a.example/?x&amp;y">1 &lt; 2</a> – A &amp; B: Deadline: 10 June 2027`},
		{"call without a deadline", Item{Call: &Call{}}, `<a href="https://a.example/?x&amp;y">1 &lt; 2</a> – A &amp; B`},
	}
	for _, tt := range tests {
		tt.it.URL, tt.it.Texts = "https://a.example/?x&y", []ItemText{{Lang: "hu", Title: "1 > 2"}, {Lang: "en-GB", Title: "1 < 2"}}
		if got := digestLine(Entry{Item: tt.it, By: by}, "en", h.locale.Printer("en")); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
