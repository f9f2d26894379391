package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/text"
)

// A programmePage is the editor's form of the sessions of an event.
type programmePage struct {
	fields
	Event card
	Base  string
	Slots []slotForm
	// Holders are who can hold a session.
	Holders []vocab.Party
	item    hub.Item
}

// A slotForm is one session as it was typed; N counts from 1.
type slotForm struct {
	N          int
	Start, End whenForm
	Zone       string
	// Titles are in the languages of the organisation.
	Titles                                          []string
	Track, Speakers, Place, Online, Country, Holder string
	// Legend is what the session is called in the form; Open that it is unfolded.
	Legend string
	Open   bool
}

// In is an input of one of the sessions.
func (p programmePage) In(kind, name string, n int, value string) field {
	in := p.Input(kind, name+"."+strconv.Itoa(n), value)
	in.Lang = ""
	return in
}

// TitleInput asks for the title in the ith language.
func (p programmePage) TitleInput(s slotForm, i int) field {
	name := "session_title." + strconv.Itoa(s.N)
	if i > 0 {
		name += "." + p.Org.Languages[i]
	}
	in := p.Input("text", name, s.Titles[i])
	if in.Lang = p.Org.Languages[i]; len(p.Org.Languages) > 1 {
		in.Label += " (" + p.Language(in.Lang) + ")"
	}
	return in
}

// HolderInput asks who holds a session.
func (p programmePage) HolderInput(s slotForm) choiceField {
	c := choiceField{field: p.In("", "session_holder", s.N, ""), Choices: []choice{{"", p.T("session_holder_none"), s.Holder == ""}}}
	for _, h := range p.Holders {
		c.Choices = append(c.Choices, choice{h.Name, h.Name, h.Name == s.Holder})
	}
	return c
}

func (s *Site) programmePage(r *http.Request) (programmePage, error) {
	it, err := s.hub.OwnItem(r.Context(), by(r), r.URL.Query().Get("id"))
	if err != nil {
		return programmePage{}, err
	}
	if it.Event == nil {
		return programmePage{}, hub.ErrNotFound
	}
	f, err := s.unlisted(r, "programme_title")
	if err != nil {
		return programmePage{}, err
	}
	p := programmePage{fields: fields{frame: f, form: "item"}, Event: f.card(hub.Entry{Item: it}, nil), Base: baseOf(it), item: it}
	p.Holders = append(p.Holders, vocab.Party{ID: s.hub.Self(f.Org), Name: f.Org.Title[0].Value})
	p.Holders = slices.Concat(p.Holders, it.Event.Together, it.Event.Organisers)
	for _, slot := range it.Event.Programme {
		if slot.Holder.Name != "" && !slices.ContainsFunc(p.Holders, func(h vocab.Party) bool { return h.Name == slot.Holder.Name }) {
			p.Holders = append(p.Holders, slot.Holder)
		}
	}
	return p, nil
}

// blanks adds empty sessions, which begin as the event does.
func (p *programmePage) blanks(n int) {
	for range n {
		p.Slots = append(p.Slots, slotForm{
			Start: whenForm{Date: newWhenForm(p.item.Event.Start).Date}, Zone: cmp.Or(p.item.Event.Start.Zone, p.Org.Zone), Titles: make([]string, len(p.Org.Languages)),
		})
	}
	for i := range p.Slots {
		slot := &p.Slots[i]
		slot.N = i + 1
		title := slot.Titles[max(0, slices.IndexFunc(slot.Titles, func(t string) bool { return t != "" }))]
		slot.Legend, slot.Open = strings.TrimSpace(p.day(slot.Start.Date)+" "+slot.Start.Time+" "+title), slot.Open || !slot.Filled()
		if !slot.Filled() {
			slot.Legend = p.T("programme_new")
		}
		for _, problem := range p.Problems {
			slot.Open = slot.Open || strings.HasSuffix(problem.Name, "."+strconv.Itoa(slot.N))
		}
	}
}

// Filled reports whether somebody has filled the session in: what is emptied is
// taken out.
func (s slotForm) Filled() bool {
	return s.Start.Time+strings.Join(s.Titles, "")+s.Speakers+s.Track+s.Place+s.Online != ""
}

func newSlotForm(s hub.Slot, langs []string) slotForm {
	f := slotForm{
		Start: newWhenForm(s.Start), End: newWhenForm(s.End), Zone: s.Start.Zone, Track: s.Track, Place: s.Place, Online: s.Online,
		Country: s.Country, Holder: s.Holder.Name,
	}
	for _, lang := range langs {
		f.Titles = append(f.Titles, translation(s.Title, lang))
	}
	var lines []string
	for _, p := range s.Speakers {
		lines = append(lines, strings.TrimSuffix(flat(p.Name)+" | "+flat(p.Organisation), " | "))
	}
	f.Speakers = strings.Join(lines, "\n")
	return f
}

// readSlots reads the sessions that were filled in.
func readSlots(v url.Values, langs []string, zone string) (slots []slotForm) {
	for n := 1; n <= hub.MaxSessions+blankSlots && v.Has("session_start."+strconv.Itoa(n)); n++ {
		at := func(name string) string { return "session_" + name + "." + strconv.Itoa(n) }
		f := slotForm{
			Start: readWhenForm(v, at("start")), End: readWhenForm(v, at("end")), Zone: readZone(v, at("zone"), zone), Track: line(v, at("track")),
			Speakers: paragraph(v, at("speakers")), Place: line(v, at("place")), Online: webAddress(line(v, at("online"))),
			Country: line(v, at("country")), Holder: line(v, at("holder")),
		}
		for i, lang := range langs {
			name := at("title")
			if i > 0 {
				name += "." + lang
			}
			f.Titles = append(f.Titles, line(v, name))
		}
		if f.Filled() && v.Get(at("remove")) == "" {
			slots = append(slots, f)
		}
	}
	return slots
}

// slot is the session that the form says.
func (p programmePage) slot(f slotForm) hub.Slot {
	if f.End.Date == "" && f.End.Time != "" {
		f.End.Date = f.Start.Date
	}
	s := hub.Slot{Start: f.Start.when(f.Zone, false), End: f.End.when(f.Zone, false), Track: f.Track, Place: f.Place, Online: f.Online, Country: f.Country}
	for i, t := range f.Titles {
		s.Title = append(s.Title, vocab.Translation{Lang: p.Org.Languages[i], Value: t})
	}
	for l := range strings.Lines(f.Speakers) {
		if name, organisation, _ := strings.Cut(strings.TrimSpace(l), "|"); name != "" {
			s.Speakers = append(s.Speakers, vocab.Speaker{Name: strings.TrimSpace(name), Organisation: strings.TrimSpace(organisation)})
		}
	}
	if i := slices.IndexFunc(p.Holders, func(h vocab.Party) bool { return h.Name == f.Holder }); i >= 0 && f.Holder != "" {
		s.Holder = vocab.Party{ID: p.Holders[i].ID, Name: f.Holder}
	}
	return s
}

// blankSlots is how many empty sessions the form offers.
const blankSlots = 3

// programmeForm shows the sessions of an own event.
func (s *Site) programmeForm(w http.ResponseWriter, r *http.Request) error {
	p, err := s.programmePage(r)
	if err != nil {
		return err
	}
	for _, slot := range p.item.Event.Programme {
		p.Slots = append(p.Slots, newSlotForm(slot, p.Org.Languages))
	}
	p.blanks(1)
	return s.render(w, r, "desk_programme", p)
}

// saveProgramme keeps them, or shows them again with more empty ones.
func (s *Site) saveProgramme(w http.ResponseWriter, r *http.Request) error {
	p, err := s.programmePage(r)
	if err != nil {
		return err
	}
	it := p.item
	p.Slots = readSlots(r.PostForm, p.Org.Languages, p.Org.Zone)
	if do := r.PostForm.Get("do"); do == "more" || do == "resume" {
		p.Base = line(r.PostForm, "base")
		p.blanks(blankSlots)
		return s.render(w, r, "desk_programme", p)
	}
	typed := it
	event := *it.Event
	event.Programme, typed.Event = nil, &event
	event.Programme = each(p.Slots, p.slot)
	if line(r.PostForm, "base") != p.Base {
		p.add(hub.FieldError{Problem: "changed_meanwhile"})
	} else {
		keep := s.hub.Publish
		if it.State == hub.Draft {
			keep = s.hub.SaveDraft
		}
		if _, err = keep(r.Context(), by(r), typed); err != nil && !p.refused(err) {
			return err
		}
	}
	if len(p.Problems) > 0 {
		p.blanks(1)
		return s.again(w, r, "desk_programme", &p)
	}
	s.flash(w, "programme_saved")
	if it.State == hub.Draft {
		return s.redirect(w, r, query(p.Path("/desk/edit"), "id", it.ID))
	}
	return s.redirect(w, r, p.itemPath(it)+"#programme")
}

// A programme is the sessions of an event as its page shows them.
type programme struct {
	// Chips switch between those who hold sessions side by side.
	Chips []menuEntry
	Slots []slotLine
}

// A slotLine is one session.
type slotLine struct {
	When, Elsewhere, Track string
	Title                  phrase
	Speakers               []string
	// Where is the country, who holds it, and the place.
	Where, Online string
}

// house is the country that a session is in and who holds it.
func (f frame) house(s hub.Slot) string {
	return strings.Join(present(f.countryName(s.Country), s.Holder.Name), " · ")
}

// houseSlug tells houses apart in addresses, which are the same in all languages.
func houseSlug(s hub.Slot) string { return text.Slug(s.Country + " " + s.Holder.Name) }

// programme is the sessions of an event, all of them or those of one house.
func (f frame) programme(it hub.Item, chosen string) *programme {
	if it.Event == nil || len(it.Event.Programme) == 0 {
		return nil
	}
	var houses []hub.Slot // one of each
	zones := []string{it.Event.Start.Zone, f.Org.Zone}
	for _, s := range it.Event.Programme {
		if slug := houseSlug(s); slug != "" && !slices.ContainsFunc(houses, func(h hub.Slot) bool { return houseSlug(h) == slug }) {
			houses = append(houses, s)
		}
		zones = append(zones, s.Start.Zone)
	}
	slices.Sort(zones)
	p := &programme{}
	if len(houses) > 1 {
		path, mark := f.itemPath(it), "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		if !slices.ContainsFunc(houses, func(h hub.Slot) bool { return houseSlug(h) == chosen }) {
			chosen = ""
		}
		p.Chips = []menuEntry{{URL: path + "#programme", Text: f.T("programme_all"), Current: chosen == ""}}
		for _, h := range houses {
			slug := houseSlug(h)
			p.Chips = append(p.Chips, menuEntry{URL: path + mark + "programme=" + url.QueryEscape(slug) + "#programme", Text: f.house(h), Current: slug == chosen})
		}
	} else {
		chosen = ""
	}
	for _, s := range it.Event.Programme {
		if chosen == "" || houseSlug(s) == chosen {
			p.Slots = append(p.Slots, f.slotLine(s, slices.Compact(zones)))
		}
	}
	return p
}

func (f frame) slotLine(s hub.Slot, zones []string) slotLine {
	title, lang := translate(s.Title, f.Lang())
	l := slotLine{When: when(f.Printer, s.Start, s.End), Track: s.Track, Title: f.phrase(title, cmp.Or(lang, f.Lang())), Online: webLink(s.Online)}
	l.Where = strings.Join(present(f.house(s), s.Place), " · ")
	for _, p := range s.Speakers {
		l.Speakers = append(l.Speakers, strings.TrimSuffix(p.Name+", "+p.Organisation, ", "))
	}
	var clocks []string
	for _, name := range zones {
		there, here := s.Start.At.In(zone(name)), s.Start.In()
		if name == "" || there.Format("02 15:04") == here.Format("02 15:04") {
			continue
		}
		clock := f.Zone(name) + " " + f.Time(there)
		if there.Day() != here.Day() {
			clock = f.Zone(name) + " " + f.DayMonth(there) + ", " + f.Time(there)
		}
		clocks = append(clocks, clock)
	}
	if len(clocks) > 0 {
		l.Elsewhere = f.T("programme_elsewhere", "When", strings.Join(clocks, " · "))
	}
	return l
}

// A relative is an event that has to do with the one shown.
type relative struct {
	As, URL, When string
	Title         phrase
}

func (f frame) relatives(all []hub.Relative) []relative {
	var lines []relative
	for _, r := range all {
		lines = append(lines, relative{f.T("relative_" + string(r.As)), f.itemPath(r.Item), when(f.Printer, r.Event.Start, r.Event.End), f.itemTitle(r.Item)})
	}
	return lines
}
