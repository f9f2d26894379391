package main

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
)

// demoFiles hold one organisation each, named like the file.
//
//go:embed demo/*.toml
var demoFiles embed.FS

// A demoNode is an organisation of the demo with what it publishes.
type demoNode struct {
	Organisation hub.Organisation
	// Items stand in the order of publishing.
	Items   []demoItem
	Digests []hub.Digest
	// Application is what it says when it applies to the association, nil for an
	// organisation that the association just follows.
	Application *demoApplication
	// Members is a table of the organisations in its directory, "" for none.
	Members string
	// Charter is what it says of its bodies, labels and contacts.
	Charter hub.Charter
	// Follows are the names of those that it follows, Answers what it says to their
	// calls, or others at its form.
	Follows []string
	Answers []demoAnswer
}

// A demoItem is an item of the demo before it is published.
type demoItem struct {
	hub.Item
	// Key names it within the whole set.
	Key string
	// Archive marks a fact of the past from a published source, which its text
	// names in the last line. It stands on the organisation's own pages at the
	// date in Published, and is sent to nobody. Only such items tell of
	// organisations that exist.
	Archive bool
	// Early items are published before the association follows, which finds
	// them by reading the outbox.
	Early bool
	// Then is what happens to an event right after it was published:
	// thenCancel, thenMove or nothing.
	Then string
	// MoveTo and MoveEnd are its new start and end after thenMove.
	MoveTo, MoveEnd hub.When
	// Participants have registered for it.
	Participants []hub.Registrant
	// Invites are the nodes that are asked to stand behind it, and whether they have
	// accepted when the demo begins.
	Invites map[string]bool
}

// What may happen to an event of the demo after it was published.
const (
	thenCancel = "cancel"
	thenMove   = "move"
)

// demoSet is what the demo starts with: the association first, then eight
// clusters. All dates but those of the archive are relative to now.
func demoSet(now time.Time) ([]demoNode, error) {
	names := []string{
		"szovetseg",
		"eszakkkv", "innoskart", "izlanc", "medhid", "csomagter", "falazat", "digitalium", "uca",
	}
	var nodes []demoNode
	var errs []error
	for _, name := range names {
		n, err := readDemoNode(demoFiles, name, now)
		if err != nil {
			errs = append(errs, fmt.Errorf("demo/%s.toml: %w", name, err))
		}
		nodes = append(nodes, n)
	}
	return nodes, errors.Join(errs...)
}

// linkParties gives those organisers and funders that have a node in the demo
// the id of their actor. They are known by their website.
func linkParties(nodes []demoNode, actorID func(name string) string) {
	ids := map[string]string{}
	for _, n := range nodes {
		if n.Organisation.Website != "" {
			ids[n.Organisation.Website] = actorID(n.Organisation.Name)
		}
	}
	for _, n := range nodes {
		for _, it := range n.Items {
			if it.Event == nil {
				continue
			}
			for _, parties := range [][]vocab.Party{it.Event.Organisers, it.Event.Funders} {
				for i := range parties {
					parties[i].ID = ids[parties[i].URL]
				}
			}
			for i := range it.Event.Programme {
				holder := &it.Event.Programme[i].Holder
				holder.ID = ids[holder.URL]
			}
		}
	}
}

// The shapes of a file. Texts of one line are tables of language and text.
type (
	demoFile struct {
		Name      string
		Kind      hub.Kind
		Languages []string
		Zone      string
		Website   string
		Email     string
		Place     string
		BoostAll  bool `toml:"boost_all"`
		Title     map[string]string
		About     map[string]string
		Digests   []demoDigest `toml:"digest"`

		// Members is a table of the organisations in its directory.
		Members     string
		Bodies      []demoBody    `toml:"body"`
		Labels      []demoLabel   `toml:"label"`
		Contacts    []demoContact `toml:"contact"`
		Application *demoApplication
		Follows     []string
		Answers     []demoAnswer   `toml:"answer"`
		Items       []demoFileItem `toml:"item"`
	}
	demoDigest struct {
		Title map[string]string
		Cron  string
	}
	demoFileItem struct {
		Key  string
		Type hub.ItemType
		// Published is for the archive, where it must be.
		Published      string
		Archive, Early bool
		Texts          []hub.ItemText `toml:"text"`
		Event          *demoEvent
		Call           *demoCall
		Position       bool
		Invites        map[string]bool
	}
	demoEvent struct {
		Start, End, Zone string
		Tentative        bool
		Place            demoPlace
		Online, Register string
		Registration     hub.RegistrationMode
		Seats            int
		// Participants are a name and, behind a bar, an organisation.
		Participants        []string
		Organisers, Funders []vocab.Party
		Then                string
		MoveTo              string `toml:"move_to"`
		MoveEnd             string `toml:"move_end"`
		Series              vocab.Series
		Sessions            []demoSession `toml:"session"`
	}
	demoPlace struct {
		Name, Street string
		PostalCode   string `toml:"postal_code"`
		Locality     string
		Country      string
	}
	demoCall struct {
		Purpose   hub.Purpose
		Matter    string
		Seeks     map[string]string
		Countries []string
		// UpTo and Total are an amount and a currency: "60000 EUR".
		UpTo                  string `toml:"up_to"`
		Total                 string
		Opens, Deadline, Zone string
		// CutOffs are moments before the deadline.
		CutOffs []string `toml:"cut_offs"`
		Apply   string
		Closed  bool
		Result  hub.Outcome
		// ResultNote, Role and RightsNote are texts.
		ResultNote map[string]string `toml:"result_note"`
		Role       map[string]string
		RightsNote map[string]string `toml:"rights_note"`

		Partnerships, Partners, Regions, Sectors, Keywords, Accepted []string
		Stage, Rights                                                string
		Wanted                                                       int
		CoFunding                                                    int    `toml:"co_funding"`
		TRL                                                          [2]int `toml:"trl"`
		Programme                                                    vocab.Programme
		Behalf                                                       hub.Behalf
	}
)

func readDemoNode(files fs.FS, name string, now time.Time) (demoNode, error) {
	var f demoFile
	meta, err := toml.DecodeFS(files, "demo/"+name+".toml", &f)
	if err != nil {
		return demoNode{}, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return demoNode{}, fmt.Errorf("unknown keys: %v", unknown)
	}
	if f.Name != name {
		return demoNode{}, fmt.Errorf("name is %q", f.Name)
	}
	n := demoNode{Members: f.Members, Application: f.Application, Follows: f.Follows, Answers: f.Answers, Organisation: hub.Organisation{
		Name: f.Name, Kind: f.Kind, Title: demoTexts(f.Languages, f.Title), About: demoTexts(f.Languages, f.About),
		Languages: f.Languages, Zone: f.Zone, Website: f.Website, Email: f.Email, Place: f.Place,
		BoostAll: f.BoostAll, Demo: true,
	}}
	for _, d := range f.Digests {
		rule, err := cron.Parse(d.Cron, f.Zone)
		if err != nil {
			return n, fmt.Errorf("digest: %w", err)
		}
		n.Digests = append(n.Digests, hub.Digest{Title: demoTexts(f.Languages, d.Title), Rule: rule, Enabled: true})
	}
	n.Charter, err = f.charter(now)
	if err != nil {
		return n, err
	}
	for _, fi := range f.Items {
		it, err := fi.item(f, now)
		if err != nil {
			return n, fmt.Errorf("item %q: %w", fi.Key, err)
		}
		n.Items = append(n.Items, it)
	}
	return n, nil
}

// demoTexts puts texts into the organisation's order of languages.
func demoTexts(languages []string, in map[string]string) vocab.Text {
	var t vocab.Text
	for _, lang := range languages {
		if in[lang] != "" {
			t = append(t, vocab.Translation{Lang: lang, Value: strings.TrimSpace(in[lang])})
		}
	}
	return t
}

func (fi demoFileItem) item(f demoFile, now time.Time) (demoItem, error) {
	it := demoItem{Item: hub.Item{Type: fi.Type}, Key: fi.Key, Archive: fi.Archive, Early: fi.Early, Invites: fi.Invites}
	if fi.Position {
		it.Position = &hub.Position{}
	}
	for _, t := range fi.Texts {
		t.Markdown = strings.TrimSpace(t.Markdown)
		it.Texts = append(it.Texts, t)
	}
	var errs []error
	if fi.Archive != (fi.Published != "") {
		errs = append(errs, errors.New("published belongs to the archive, and the archive needs it"))
	}
	if fi.Archive {
		m := newMoments(now, f.Zone)
		it.Published = m.instant(fi.Published)
		errs = append(errs, m.errs...)
	}
	if fi.Event != nil {
		errs = append(errs, fi.Event.fill(&it, newMoments(now, cmp.Or(fi.Event.Zone, f.Zone))))
	}
	if fi.Call != nil {
		var err error
		it.Call, err = fi.Call.call(f.Languages, newMoments(now, cmp.Or(fi.Call.Zone, f.Zone)))
		errs = append(errs, err)
	}
	return it, errors.Join(errs...)
}

func (e demoEvent) fill(it *demoItem, m *moments) error {
	it.Event = &hub.Event{
		Start: m.when(e.Start), End: m.when(e.End), Online: e.Online, RegisterURL: e.Register,
		Place: vocab.Place{
			Name: e.Place.Name, Street: e.Place.Street, PostalCode: e.Place.PostalCode,
			Locality: e.Place.Locality, Country: e.Place.Country,
		},
		Organisers: e.Organisers, Funders: e.Funders,
		Registration: hub.Registration{Mode: e.Registration, Capacity: e.Seats},
	}
	for _, p := range e.Participants {
		name, organisation, _ := strings.Cut(p, " | ")
		it.Participants = append(it.Participants, hub.Registrant{Name: name, Organisation: organisation, Language: "hu"})
	}
	if e.Tentative {
		it.Event.Status = vocab.EventTentative
	}
	it.Event.Series = e.Series
	for _, s := range e.Sessions {
		it.Event.Programme = append(it.Event.Programme, s.slot(m))
	}
	// The new end counts from the new start.
	m.start = time.Time{}
	it.Then, it.MoveTo, it.MoveEnd = e.Then, m.when(e.MoveTo), m.when(e.MoveEnd)
	if moves := e.Then == thenMove; moves != it.MoveTo.Set() || !moves && e.Then != "" && e.Then != thenCancel {
		m.errs = append(m.errs, fmt.Errorf("then = %q with move_to = %q", e.Then, e.MoveTo))
	}
	return errors.Join(m.errs...)
}

func (c demoCall) call(languages []string, m *moments) (*hub.Call, error) {
	call := &hub.Call{
		Purpose: c.Purpose, Matter: c.Matter, Seeks: demoTexts(languages, c.Seeks), Countries: c.Countries,
		UpTo: demoMoney(c.UpTo), Total: demoMoney(c.Total),
		Opens: m.when(c.Opens), Deadline: m.when(c.Deadline), ApplyURL: c.Apply, Closed: c.Closed,
		Result: c.Result, ResultNote: demoTexts(languages, c.ResultNote), Role: demoTexts(languages, c.Role), RightsNote: demoTexts(languages, c.RightsNote),
		Partnerships: c.Partnerships, Partners: c.Partners, Regions: c.Regions, Sectors: c.Sectors, Keywords: c.Keywords, Languages: c.Accepted,
		Stage: c.Stage, Rights: c.Rights, Wanted: c.Wanted, CoFunding: c.CoFunding, TRLFrom: c.TRL[0], TRLTo: c.TRL[1],
		Programme: c.Programme, Behalf: c.Behalf,
	}
	for _, w := range c.CutOffs {
		call.CutOffs = append(call.CutOffs, m.when(w))
	}
	return call, errors.Join(m.errs...)
}

func demoMoney(s string) vocab.Money {
	amount, currency, _ := strings.Cut(s, " ")
	return vocab.Money{Amount: amount, Currency: currency}
}

// A moments reads moments as the files write them, in one zone:
//
//	[ANCHOR][+Nd|-Nd|+Nw|-Nw] [HH:MM]
//
// Days or weeks are counted from the anchor: "today" (or none); "mon" to "sun"
// of this week; "january" to "december", the first day of that month, or "dst",
// the Sunday on which summer time begins in the European Union, of the year in
// which the moment comes next; "start", the day of the first moment that was
// read; or a date in full. Without a time the day is meant, and a bare month
// means the month.
type moments struct {
	today time.Time
	zone  string
	start time.Time
	errs  []error
}

func newMoments(now time.Time, zone string) *moments {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return &moments{today: now, zone: zone, errs: []error{err}}
	}
	y, month, d := now.In(loc).Date()
	return &moments{today: time.Date(y, month, d, 0, 0, 0, 0, loc), zone: zone}
}

var demoMoment = regexp.MustCompile(`^([a-z]+|\d{4}-\d\d-\d\d)?(?:([+-]\d{1,3})([dw]))?(?: ?(\d\d:\d\d))?$`)

// when reads a moment; "" is none.
func (m *moments) when(s string) hub.When {
	if s == "" {
		return hub.When{}
	}
	part := demoMoment.FindStringSubmatch(s)
	if part == nil {
		m.errs = append(m.errs, fmt.Errorf("no such moment: %q", s))
		return hub.When{}
	}
	anchor, count, unit, clock := part[1], part[2], part[3], part[4]
	days, _ := strconv.Atoi(cmp.Or(count, "0"))
	if unit == "w" {
		days *= 7
	}
	month := monthNamed(anchor)
	day := m.day(anchor, month, days)
	if day.IsZero() {
		m.errs = append(m.errs, fmt.Errorf("nothing to count from in %q", s))
		return hub.When{}
	}
	if m.start.IsZero() {
		m.start = day
	}
	w := hub.When{Local: day.Format("2006-01-02") + "T" + cmp.Or(clock, "00:00"), Zone: m.zone, Precision: hub.Minute}
	switch {
	case clock == "" && month != 0 && count == "":
		w.Precision = hub.Month
	case clock == "":
		w.Precision = hub.Day
	}
	return w
}

// day is that many days after the anchor; zero when there is no such anchor.
func (m *moments) day(anchor string, month time.Month, days int) time.Time {
	weekday := slices.Index([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, anchor)
	switch {
	case anchor == "" || anchor == "today":
		return m.today.AddDate(0, 0, days)
	case anchor == "start" && !m.start.IsZero():
		return m.start.AddDate(0, 0, days)
	case weekday >= 0:
		today := (int(m.today.Weekday()) + 6) % 7
		return m.today.AddDate(0, 0, weekday-today+days)
	case month != 0:
		return m.next(func(year int) time.Time {
			return time.Date(year, month, 1+days, 0, 0, 0, 0, m.today.Location())
		})
	case anchor == "dst":
		return m.next(func(year int) time.Time {
			last := time.Date(year, time.March, 31, 0, 0, 0, 0, m.today.Location())
			return last.AddDate(0, 0, days-int(last.Weekday()))
		})
	}
	date, err := time.ParseInLocation("2006-01-02", anchor, m.today.Location())
	if err != nil {
		return time.Time{}
	}
	return date.AddDate(0, 0, days)
}

// next is the first of what comes once a year that comes after today.
func (m *moments) next(in func(year int) time.Time) time.Time {
	year := m.today.Year()
	for !in(year).After(m.today) {
		year++
	}
	return in(year)
}

// monthNamed is the month of that English name in lower case; 0 for none.
func monthNamed(name string) time.Month {
	for month := time.January; month <= time.December; month++ {
		if strings.ToLower(month.String()) == name {
			return month
		}
	}
	return 0
}

// instant is a moment as a point in time.
func (m *moments) instant(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02T15:04", m.when(s).Local, m.today.Location())
	if err != nil {
		m.errs = append(m.errs, fmt.Errorf("no such moment: %q", s))
	}
	return t.UTC()
}
