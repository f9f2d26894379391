package main

import (
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"pergola/hub"
	"pergola/hub/locale"
	"pergola/storage"
)

var demoNow = time.Date(2026, time.November, 21, 9, 30, 0, 0, time.UTC)

func newDemoSet(t *testing.T) []demoNode {
	t.Helper()
	nodes, err := demoSet(demoNow)
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

// each calls f for every item of the set.
func each(nodes []demoNode, f func(demoNode, demoItem)) {
	for _, n := range nodes {
		for _, it := range n.Items {
			f(n, it)
		}
	}
}

func TestDemoSetIsWhole(t *testing.T) {
	nodes := newDemoSet(t)
	if len(nodes) != 9 || nodes[0].Organisation.Kind != hub.Association || !nodes[0].Organisation.BoostAll {
		t.Fatalf("want an association that boosts, and eight clusters; got %d nodes", len(nodes))
	}
	if files, err := fs.Glob(demoFiles, "demo/*.toml"); err != nil || len(files) != len(nodes) {
		t.Errorf("files %v (%v), nodes %d", files, err, len(nodes))
	}
	live, early, then := map[hub.ItemType]int{}, 0, map[string]int{}
	seats, waits := 0, 0
	keys := map[string]bool{}
	each(nodes, func(n demoNode, it demoItem) {
		if it.Key == "" || keys[it.Key] {
			t.Errorf("%s: key %q is empty or not unique", n.Organisation.Name, it.Key)
		}
		keys[it.Key] = true
		if it.Early && n.Organisation.Name == nodes[0].Organisation.Name {
			t.Errorf("%s is early at the association, which does not follow itself", it.Key)
		}
		if it.Archive {
			return
		}
		live[it.Type]++
		if it.Event != nil && it.Event.Registers() {
			seats++
			if len(it.Participants) > it.Event.Registration.Capacity {
				waits++
			}
		}
		then[it.Then]++
		if it.Early {
			early++
		}
	})
	if live[hub.News] != 24 || live[hub.AnEvent] != 16 || live[hub.ACall] != 12 || early != 12 {
		t.Errorf("live items %v, early %d; want 24 news, 16 events, 12 calls, 12 early", live, early)
	}
	if then[thenCancel] != 1 || then[thenMove] != 1 {
		t.Errorf("changes %v, want one event cancelled and one moved", then)
	}
	if seats != 2 || waits != 1 {
		t.Errorf("%d events with registration, %d with a waiting list; want 2 and 1", seats, waits)
	}
	answers := 0
	for _, n := range nodes {
		answers += len(n.Answers)
	}
	if answers != 3 {
		t.Errorf("%d answers to calls, want 3", answers)
	}
	digests := nodes[0].Digests
	if len(digests) != 1 || digests[0].Rule.Cron != "*/2 * * * *" || !digests[0].Enabled || len(digests[0].Title) != 2 {
		t.Errorf("digests %+v", digests)
	}
}

// TestDemoSetIsValid puts everything before the rules of the product.
func TestDemoSetIsValid(t *testing.T) {
	ctx, who := t.Context(), hub.Program("demo")
	db, err := storage.Open(ctx, filepath.Join(t.TempDir(), "demo.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Options{Store: db, Base: &url.URL{Scheme: "http", Host: "demo.localhost"}, Locale: texts})
	for _, n := range newDemoSet(t) {
		err := db.Update(ctx, func(tx hub.Tx) error { return tx.SaveOrganisation(ctx, n.Organisation) })
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range n.Items {
			entry, err := h.Preview(ctx, who, it.Item)
			if err != nil {
				t.Errorf("%s, %s: %v", n.Organisation.Name, it.Key, err)
				continue
			}
			if it.Then != thenMove {
				continue
			}
			before := entry.Event.Start.At
			moved, event := it.Item, *it.Event
			event.Start, event.End = it.MoveTo, it.MoveEnd
			moved.Event = &event
			entry, err = h.Preview(ctx, who, moved)
			if err != nil || entry.Event.Start.At.Equal(before) {
				t.Errorf("%s, moved: %v", it.Key, err)
			}
		}
	}
}

func TestDemoSetTexts(t *testing.T) {
	longest := 0
	each(newDemoSet(t), func(n demoNode, it demoItem) {
		if len(it.Texts) == 0 {
			t.Errorf("%s has no text", it.Key)
		}
		for _, text := range it.Texts {
			if !slices.Contains(n.Organisation.Languages, text.Lang) {
				t.Errorf("%s is in %q, which %s does not publish in", it.Key, text.Lang, n.Organisation.Name)
			}
			title := utf8.RuneCountInString(text.Title)
			longest = max(longest, title)
			if title > 200 || text.Teaser == "" || utf8.RuneCountInString(text.Teaser) > 300 {
				t.Errorf("%s, %s: title or teaser too long or missing", it.Key, text.Lang)
			}
			paragraphs := strings.Count(text.Markdown, "\n\n") + 1
			if !it.Archive && (paragraphs < 2 || paragraphs > 8) {
				t.Errorf("%s, %s: %d paragraphs", it.Key, text.Lang, paragraphs)
			}
		}
	})
	if longest < 130 || longest > 150 {
		t.Errorf("the longest title has %d characters, want about 140", longest)
	}
	for _, n := range newDemoSet(t) {
		if o := n.Organisation; len(o.Title) != len(o.Languages) || len(o.About) != len(o.Languages) || !o.Demo {
			t.Errorf("%s: title, about or mark is missing", o.Name)
		}
	}
}

// real are names of organisations that exist, from the sources of the archive.
var real = regexp.MustCompile(`INNOSKART|INNOVA|Andrássy|Zempléni|Hungarian Cluster|Magyar Klaszter|INCluSilver|Natureef|TRACE-KEI|Visegr|InnoProvement|Interreg|Horizon 2020`)

// places are the hosts that a text names.
var places = regexp.MustCompile(`(?:https?://|mailto:[^@\s)]+@)([^/\s)"\]]+)`)

func TestDemoSetInventsForInventedOnly(t *testing.T) {
	archives := []string{"eszakkkv", "innoskart"}
	each(newDemoSet(t), func(n demoNode, it demoItem) {
		if slices.Contains(archives, n.Organisation.Name) && !it.Archive {
			t.Errorf("%s would be sent in the name of %s, which exists", it.Key, n.Organisation.Name)
		}
		for _, text := range it.Texts {
			all := strings.Join([]string{text.Title, text.Teaser, text.Markdown}, "\n")
			if it.Archive {
				checkArchive(t, it, text)
			} else if name := real.FindString(all); name != "" {
				t.Errorf("%s speaks of %s, which exists", it.Key, name)
			}
			if it.Event != nil {
				all += " " + it.Event.Online + " " + it.Event.RegisterURL
				for _, p := range append(slices.Clone(it.Event.Organisers), it.Event.Funders...) {
					all += " " + p.URL
				}
			}
			if it.Call != nil {
				all += " " + it.Call.ApplyURL
			}
			for _, link := range places.FindAllStringSubmatch(all, -1) {
				if !strings.HasSuffix(link[1], ".example") {
					t.Errorf("%s links to %s", it.Key, link[1])
				}
			}
		}
	})
}

// checkArchive wants a date in the past and the source in the last line.
func checkArchive(t *testing.T, it demoItem, text hub.ItemText) {
	t.Helper()
	source := map[string]string{"hu": "Forrás: ", "en": "Source: "}[text.Lang]
	last := text.Markdown[strings.LastIndex(text.Markdown, "\n")+1:]
	if !strings.HasPrefix(last, source) {
		t.Errorf("%s, %s ends with %q, want the source", it.Key, text.Lang, last)
	}
	if it.Published.IsZero() || !it.Published.Before(demoNow) || it.Early || it.Call != nil {
		t.Errorf("%s is no fact of the past", it.Key)
	}
}

// TestDemoSetAtAnyTime starts the demo on awkward days: what is coming comes.
func TestDemoSetAtAnyTime(t *testing.T) {
	for _, start := range []string{
		"2026-12-30T08:00", "2026-12-31T23:30", "2027-01-01T00:30", "2027-03-27T12:00", "2027-03-28T00:30",
		"2027-03-31T22:30", "2027-04-01T08:00", "2027-10-31T01:30", "2028-02-29T12:00", "2028-07-02T20:00",
	} {
		now, err := time.Parse("2006-01-02T15:04", start)
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := demoSet(now)
		if err != nil {
			t.Fatal(err)
		}
		each(nodes, func(_ demoNode, it demoItem) {
			if it.Event == nil || it.Archive {
				return
			}
			begin, end := localTime(t, it.Event.Start), it.Event.End
			if !begin.After(now) || end.Set() && !localTime(t, end).After(begin) {
				t.Errorf("started at %s, %s is from %s to %s", start, it.Key, it.Event.Start.Local, end.Local)
			}
		})
	}
}

func localTime(t *testing.T, w hub.When) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(w.Zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", w.Local, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDemoSetDates(t *testing.T) {
	items := map[string]demoItem{}
	each(newDemoSet(t), func(_ demoNode, it demoItem) { items[it.Key] = it })
	when := func(local, zone string, p hub.Precision) hub.When {
		return hub.When{Local: local, Zone: zone, Precision: p}
	}
	for _, want := range []struct {
		key  string
		got  func(demoItem) hub.When
		when hub.When
	}{
		{"open-day", start, when("2026-11-25T10:00", "Europe/Budapest", hub.Minute)},
		{"infoday", start, when("2026-11-26T10:00", "Europe/Brussels", hub.Minute)},
		{"expo", end, when("2026-12-09T16:00", "Europe/Budapest", hub.Minute)},
		{"plant-visit", start, when("2026-12-17T00:00", "Europe/Budapest", hub.Day)},
		{"passive-house-tour", start, when("2027-04-01T00:00", "Europe/Budapest", hub.Month)},
		{"hackathon", start, when("2027-03-27T18:00", "Europe/Budapest", hub.Minute)},
		{"hackathon", end, when("2027-03-28T10:00", "Europe/Budapest", hub.Minute)},
		{"online-visit", start, when("2026-12-02T11:00", "Europe/Kyiv", hub.Minute)},
		{"buyers", func(it demoItem) hub.When { return it.MoveEnd }, when("2026-12-11T18:00", "Europe/Budapest", hub.Minute)},
		{"internships", deadline, when("2026-11-21T23:59", "Europe/Budapest", hub.Minute)},
		{"project-partners", deadline, when("2026-11-24T17:00", "Europe/Brussels", hub.Minute)},
		{"orchard-sensors", deadline, when("2026-11-30T17:00", "Europe/Brussels", hub.Minute)},
		{"nutrition", deadline, when("2026-12-16T17:00", "Europe/Brussels", hub.Minute)},
		{"food-funding", deadline, when("2027-01-20T17:00", "Europe/Brussels", hub.Minute)},
		{"ct-hours", deadline, hub.When{}},
	} {
		if got := want.got(items[want.key]); got != want.when {
			t.Errorf("%s: got %+v, want %+v", want.key, got, want.when)
		}
	}
	if got := items["archive-expo-start"].Published; !got.Equal(time.Date(2022, 11, 22, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("archive-expo-start: got %s", got)
	}
}

func start(it demoItem) hub.When    { return it.Event.Start }
func end(it demoItem) hub.When      { return it.Event.End }
func deadline(it demoItem) hub.When { return it.Call.Deadline }

func TestLinkParties(t *testing.T) {
	nodes := newDemoSet(t)
	linkParties(nodes, func(name string) string { return "http://" + name + ".localhost:8080/a/" + name })
	each(nodes, func(_ demoNode, it demoItem) {
		if it.Key != "night" {
			return
		}
		var ids []string
		for _, p := range it.Event.Organisers {
			ids = append(ids, p.ID)
		}
		for _, s := range it.Event.Programme {
			ids = append(ids, s.Holder.ID)
		}
		want := []string{"", "http://digitalium.localhost:8080/a/digitalium", "http://uca.localhost:8080/a/uca", "", ""}
		if !slices.Equal(ids, want) {
			t.Errorf("got %q, want %q", ids, want)
		}
	})
}

func TestReadDemoNodeRefuses(t *testing.T) {
	const head = "name = \"x\"\nkind = \"cluster\"\nlanguages = [\"hu\"]\nzone = \"Europe/Budapest\"\n"
	for name, c := range map[string]struct{ file, want string }{
		"unknown key":        {head + "colour = \"red\"\n", "unknown keys: [colour]"},
		"another name":       {strings.Replace(head, `"x"`, `"y"`, 1), `name is "y"`},
		"no moment":          {head + "[[item]]\nkey = \"k\"\n[item.event]\nstart = \"soon\"\n", `nothing to count from in "soon"`},
		"no such form":       {head + "[[item]]\nkey = \"k\"\n[item.call]\ndeadline = \"in 3 days\"\n", `no such moment: "in 3 days"`},
		"undated archive":    {head + "[[item]]\nkey = \"k\"\narchive = true\n", "published belongs to the archive"},
		"dated news":         {head + "[[item]]\nkey = \"k\"\npublished = \"today\"\n", "published belongs to the archive"},
		"moved to nowhere":   {head + "[[item]]\nkey = \"k\"\n[item.event]\nstart = \"+1d\"\nthen = \"move\"\n", `then = "move"`},
		"unknown change":     {head + "[[item]]\nkey = \"k\"\n[item.event]\nstart = \"+1d\"\nthen = \"forget\"\n", `then = "forget"`},
		"unknown zone":       {head + "[[item]]\nkey = \"k\"\n[item.event]\nstart = \"+1d\"\nzone = \"Mars\"\n", "Mars"},
		"digest at any time": {head + "[[digest]]\ncron = \"sometimes\"\n", "digest: "},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"demo/x.toml": {Data: []byte(c.file)}}
			if _, err := readDemoNode(files, "x", demoNow); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
