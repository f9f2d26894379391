package hub

import (
	"slices"
	"unicode/utf8"
)

// A Point of a checklist is something that makes a call a better one. Nothing
// demands it.
type Point struct {
	// Key names it, Field is where it can be mended.
	Key, Field string
	Done       bool
}

// enoughText is how many characters of text say what a call is about.
const enoughText = 300

// Checklist are the points of a call as it is typed so far; langs are the
// organisation's languages.
func Checklist(it Item, langs []string) []Point {
	var c Call
	if it.Call != nil {
		c = *it.Call
	}
	lang, missing, written := first(langs), "", 0
	for _, l := range langs {
		i := slices.IndexFunc(it.Texts, func(t ItemText) bool { return t.Lang == l && t.Title != "" })
		if i < 0 && missing == "" {
			missing = l
		}
	}
	for _, t := range it.Texts {
		written = max(written, utf8.RuneCountInString(t.Markdown))
	}
	points := []Point{
		{"purpose", "purpose", c.Purpose != ""},
		{"seeks", "seeks." + lang, len(c.Seeks) > 0},
		{"partner", "partners", len(c.Partners) > 0 || len(c.Partnerships) > 0},
		{"role", "role." + lang, len(c.Role) > 0},
		{"topic", "sectors", len(c.Sectors) > 0 || len(c.Keywords) > 0},
		{"deadline", "deadline", c.Deadline.Set() && c.Deadline.Precision == Minute},
		{"contact", "apply_url", c.ApplyURL != ""},
		{"text", "text." + lang, written >= enoughText},
	}
	if c.Purpose == Funding {
		points = append(points, Point{"money", "up_to", c.UpTo.Amount != "" || c.Total.Amount != ""})
	}
	if len(langs) > 1 {
		field := missing
		if field == "" {
			field = lang
		}
		points = append(points, Point{"languages", "title." + field, missing == ""})
	}
	return points
}
