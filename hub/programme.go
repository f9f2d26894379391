package hub

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pergola/federation/vocab"
	"pergola/hub/locale"
	"pergola/hub/roster"
	"pergola/hub/text"
)

// A Slot is a session of an event's programme. Several may go on side by side, in
// other tracks or other countries.
type Slot struct {
	// Start and End are in the zone of where the session is; End is zero when open.
	Start, End When
	Title      vocab.Text
	Track      string
	Speakers   []vocab.Speaker
	// Place is a room or an address, Country ISO 3166-1 alpha-2, Online where to
	// take part over the net.
	Place, Country, Online string
	// Holder is who holds it, with or without an account; zero when not said.
	Holder vocab.Party
}

// What a programme may hold at most: it travels in one document, of which others
// take no more than so many values.
const (
	MaxSessions = 30
	maxSpeakers = 60
	maxTrack    = 100
)

// checkSessions mends the sessions of an event and says what is wrong with the
// rest, at the fields of the one that is meant, counted from 1.
func checkSessions(ev *Event, o Organisation, e *InvalidError) {
	speakers := 0
	ev.Programme = slices.Clone(ev.Programme)
	for i := range ev.Programme {
		s := &ev.Programme[i]
		at := func(field string) string { return "session_" + field + "." + strconv.Itoa(i+1) }
		moment(&s.Start, at("start"), e)
		moment(&s.End, at("end"), e)
		s.Track, s.Place, s.Online, s.Country = oneLine(s.Track), oneLine(s.Place), strings.TrimSpace(s.Online), strings.ToUpper(s.Country)
		s.Title = checkTitles(s.Title, o, at("title"), e)
		bounded(s.Track, maxTrack, at("track"), e)
		bounded(s.Place, maxTitle, at("place"), e)
		link(s.Online, at("online"), e)
		country(s.Country, at("country"), e)
		for j, p := range s.Speakers {
			s.Speakers[j].Name, s.Speakers[j].Organisation = oneLine(p.Name), oneLine(p.Organisation)
			if n := max(utf8.RuneCountInString(p.Name), utf8.RuneCountInString(p.Organisation)); n > maxTitle || oneLine(p.Name) == "" {
				e.add(at("speakers"), "not_a_speaker", strconv.Itoa(maxTitle))
			}
		}
		speakers += len(s.Speakers)
		ev.contains(*s, at, e)
	}
	if len(ev.Programme) > MaxSessions {
		e.add("", "too_many_sessions", strconv.Itoa(MaxSessions))
	}
	if speakers > maxSpeakers {
		e.add("", "too_many_speakers", strconv.Itoa(maxSpeakers))
	}
	slices.SortStableFunc(ev.Programme, func(a, b Slot) int { return a.Start.At.Compare(b.Start.At) })
}

// contains says what is wrong with the time of a session of the event.
func (e Event) contains(s Slot, at func(string) string, wrong *InvalidError) {
	switch {
	case !s.Start.Set() || s.Start.Precision != Minute:
		wrong.add(at("start"), "date_and_time", "")
	case s.End.Set() && s.End.At.Before(s.Start.At):
		wrong.add(at("end"), "end_before_start", "")
	case !e.Start.Set():
	case s.Start.At.Before(e.Start.At) || s.Start.At.After(e.Over()):
		wrong.add(at("start"), "outside_event", "")
	case s.End.Set() && s.End.At.After(e.Over()):
		wrong.add(at("end"), "outside_event", "")
	}
}

// checkTitles leaves each language once, in the organisation's order; one is
// needed.
func checkTitles(typed vocab.Text, o Organisation, field string, e *InvalidError) vocab.Text {
	var titles vocab.Text
	for _, lang := range o.Languages {
		if i := slices.IndexFunc(typed, func(t vocab.Translation) bool { return t.Lang == lang }); i >= 0 && oneLine(typed[i].Value) != "" {
			titles = append(titles, vocab.Translation{Lang: lang, Value: oneLine(typed[i].Value)})
		}
	}
	if len(titles) == 0 {
		e.add(field, "required", "")
	}
	for _, t := range titles {
		bounded(t.Value, maxTitle, field, e)
	}
	return titles
}

// follow moves the sessions with their event, unless they were changed with it.
func (e *Event) follow(was Event) {
	from, err := time.Parse(localLayout, was.Start.Local)
	until, err2 := time.Parse(localLayout, e.Start.Local)
	if err != nil || err2 != nil || from.Equal(until) || !slices.EqualFunc(e.Programme, was.Programme, sameTime) {
		return
	}
	e.Programme = slices.Clone(e.Programme)
	for i := range e.Programme {
		for _, w := range []*When{&e.Programme[i].Start, &e.Programme[i].End} {
			if at, err := time.Parse(localLayout, w.Local); err == nil {
				w.Local = at.Add(until.Sub(from)).Format(localLayout)
			}
		}
	}
}

func sameTime(a, b Slot) bool { return a.Start == b.Start && a.End == b.End }

// sessionLines are facts followed by the sessions, for programs that read no
// programme: when, what and who.
func sessionLines(ev Event, lang string, p *locale.Printer, lines []string) []string {
	f := facts{p, slices.Clone(lines)}
	for _, s := range ev.Programme {
		line := whenLine(s.Start, s.End, f.Printer) + ": " + s.Title.In(lang)
		var who []string
		for _, p := range s.Speakers {
			who = append(who, strings.Join(slices.DeleteFunc([]string{p.Name, p.Organisation}, func(s string) bool { return s == "" }), ", "))
		}
		for _, more := range []string{strings.Join(who, "; "), s.Holder.Name, s.Place} {
			if more != "" {
				line += " · " + more
			}
		}
		f.add("wire_session", "What", line)
	}
	return f.lines
}

func wireSessions(ss []Slot) []vocab.Session {
	var ws []vocab.Session
	for _, s := range ss {
		w := vocab.Session{
			Name: s.Title, Start: s.Start.In(), Zone: s.Start.Zone, Track: s.Track, Speakers: s.Speakers,
			Place: s.Place, Country: s.Country, Online: s.Online,
		}
		if s.End.Set() {
			w.End = s.End.In()
		}
		if s.Holder != (vocab.Party{}) {
			w.Holder = &s.Holder
		}
		ws = append(ws, w)
	}
	return ws
}

// foreignSessions are those of somebody else's event, cleaned and bounded.
func foreignSessions(ws []vocab.Session, zone string) []Slot {
	plain := func(s string, most int) string { return shorten(oneLine(text.Plain(s)), most) }
	var ss []Slot
	for _, w := range ws[:min(len(ws), MaxSessions)] {
		if plausible(w.Start).IsZero() {
			continue
		}
		zone := knownZone(w.Zone, zone)
		s := Slot{Start: NewWhen(w.Start, zone), End: NewWhen(plausible(w.End), zone), Track: plain(w.Track, maxTrack), Place: plain(w.Place, maxTitle)}
		for _, t := range w.Name {
			if t.Value = plain(t.Value, maxTitle); t.Value != "" && len(s.Title) < maxLanguages {
				s.Title = append(s.Title, t)
			}
		}
		for _, p := range w.Speakers {
			if p.Name = plain(p.Name, maxTitle); p.Name != "" {
				s.Speakers = append(s.Speakers, vocab.Speaker{Name: p.Name, Organisation: plain(p.Organisation, maxTitle)})
			}
		}
		if roster.IsCountry(w.Country) {
			s.Country = w.Country
		}
		if webURL(w.Online) {
			s.Online = w.Online
		}
		if w.Holder != nil {
			s.Holder = vocab.Party{ID: w.Holder.ID, Name: plain(cmp.Or(w.Holder.Name, w.Holder.ID), maxTitle)}
		}
		if len(s.Title) > 0 {
			ss = append(ss, s)
		}
	}
	slices.SortStableFunc(ss, func(a, b Slot) int { return a.Start.At.Compare(b.Start.At) })
	return ss
}
