package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/locale"
)

// An eventsPage lists what is coming, month by month.
type eventsPage struct {
	frame
	Filter filterForm
	Months []eventMonth
	Older  string
	// Start is the way back to the beginning of the list, "" when this is it.
	Start string
}

// An eventMonth is the events that begin in a month.
type eventMonth struct {
	Month string
	Cards []card
}

// events shows what is coming, by start.
func (s *Site) events(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r, hub.AnEvent, s.hub.ComingEvents)
	if err != nil {
		return err
	}
	p := eventsPage{frame: l.frame, Filter: l.filter, Older: l.older, Start: l.start}
	p.Title, p.Description = p.T("events_title"), p.T("events_lead")
	for i, e := range l.entries {
		if e.Event == nil {
			continue
		}
		month := p.Month(e.Event.Start.In())
		if len(p.Months) == 0 || p.Months[len(p.Months)-1].Month != month {
			p.Months = append(p.Months, eventMonth{Month: month})
		}
		last := &p.Months[len(p.Months)-1]
		c := l.cards[i]
		c.Published = stamp{} // one date is enough here: that of the event
		last.Cards = append(last.Cards, c)
	}
	return s.render(w, r, "events", p)
}

// when is a moment or a stretch of time with its zone, in words.
func when(p *locale.Printer, start, end hub.When) string {
	if !start.Set() {
		return ""
	}
	from := start.In()
	var until time.Time
	if end.Set() {
		until = end.At.In(from.Location())
	}
	switch start.Precision {
	case hub.Month:
		return p.Month(from)
	case hub.Day:
		return p.DateRange(from, until)
	}
	return p.Range(from, until) + " (" + p.Zone(start.Zone) + ")"
}

// where is the place in few words.
func (f frame) where(ev hub.Event) string {
	parts := slices.Compact([]string{ev.Place.Name, ev.Place.Locality})
	if c := ev.Place.Country; c != "" && c != "HU" {
		parts = append(parts, f.Country(c))
	}
	if ev.Online != "" {
		parts = append(parts, f.T("online"))
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}

// eventNotes are what must not be overlooked of an event; off says that it
// will not take place as announced. Some programs say of an event that was moved
// only the new date: then the last change tells.
func (f frame) eventNotes(ev hub.Event, c hub.Change) (notes []note, off bool) {
	switch {
	case ev.Status == vocab.EventCancelled:
		return []note{{"bad", f.T("event_cancelled")}}, true
	case ev.Status == vocab.EventPostponed:
		return []note{{"bad", f.T("event_postponed")}}, true
	case ev.Status == vocab.EventMovedOnline, c == hub.MovedOnline:
		if was := hub.PlaceLine(ev.PreviousPlace, f.Printer); was != "" {
			return []note{{"warn", f.T("changed_moved_online_was", "Was", was)}}, false
		}
		return []note{{"warn", f.T("event_moved_online")}}, false
	case ev.Status == vocab.EventRescheduled, c == hub.Moved:
		if ev.PreviousStart.IsZero() {
			return []note{{"warn", f.T("event_rescheduled")}}, false
		}
		before := hub.NewWhen(ev.PreviousStart, ev.Start.Zone)
		before.Precision = ev.Start.Precision
		return []note{{"warn", f.T("event_moved_from", "When", when(f.Printer, before, hub.When{}))}}, false
	case ev.Status == vocab.EventTentative:
		return []note{{"plain", f.T("event_tentative")}}, false
	}
	return nil, false
}
