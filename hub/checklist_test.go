package hub

import (
	"slices"
	"strings"
	"testing"

	"pergola/federation/vocab"
)

func TestChecklist(t *testing.T) {
	both := []string{"hu", "en"}
	whole := func() Item {
		return Item{Texts: []ItemText{{Lang: "hu", Title: "Cím", Markdown: strings.Repeat("é", enoughText)}, {Lang: "en", Title: "Title"}}, Call: &Call{
			Purpose: Request, Seeks: vocab.Text{{Lang: "hu", Value: "műhelyt"}}, Role: vocab.Text{{Lang: "hu", Value: "gyárt"}}, Partners: []string{"sme-49"},
			Keywords: []string{"lézer"}, Deadline: when("2027-06-10T17:00", Minute), ApplyURL: "mailto:a@b.example",
		}}
	}
	for _, tt := range []struct {
		name   string
		langs  []string
		change func(*Item)
		want   string // what is left to do, and where
	}{
		{"all there is to say", both, func(*Item) {}, ""},
		{"nothing typed", both, func(it *Item) { *it = Item{} }, "purpose@purpose seeks@seeks.hu partner@partners role@role.hu topic@sectors deadline@deadline contact@apply_url text@text.hu languages@title.hu"},
		{"one language", both[:1], func(it *Item) { it.Texts = it.Texts[:1] }, ""},
		{"one of two", both, func(it *Item) { it.Texts = it.Texts[:1] }, "languages@title.en"},
		{"a language without a title", both, func(it *Item) { it.Texts[1].Title = "" }, "languages@title.en"},
		{"a kind of partnership will do", both, func(it *Item) { it.Call.Partners, it.Call.Partnerships = nil, []string{"investment"} }, ""},
		{"a sector will do", both, func(it *Item) { it.Call.Keywords, it.Call.Sectors = nil, []string{"C"} }, ""},
		{"a deadline without a time", both, func(it *Item) { it.Call.Deadline = when("2027-06-10", Day) }, "deadline@deadline"},
		{"a short text", both, func(it *Item) { it.Texts[0].Markdown = "Röviden." }, "text@text.hu"},
		{"funding without an amount", both, func(it *Item) { it.Call.Purpose = Funding }, "money@up_to"},
		{"funding", both, func(it *Item) { it.Call.Purpose, it.Call.Total.Amount = Funding, "1" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := whole()
			tt.change(&it)
			var left []string
			for _, p := range Checklist(it, tt.langs) {
				if !p.Done {
					left = append(left, p.Key+"@"+p.Field)
				}
			}
			if got := strings.Join(left, " "); got != tt.want {
				t.Errorf("left %q, want %q", got, tt.want)
			}
			if keys := Checklist(it, tt.langs); len(slices.Compact(keys)) < 8 {
				t.Errorf("only %d points", len(keys))
			}
		})
	}
}
