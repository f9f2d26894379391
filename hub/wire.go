package hub

import (
	"cmp"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// object is an own item as it leaves the house. What Mastodon and GoToSocial
// show of it decides how it is composed: of an Article or an Event the name,
// the summary and a link; of a Note the content alone. (Mastodon 4.5:
// StatusParser; GoToSocial 0.20: the title is lost beside a summary, so it
// stands in the content as well)
func (h *Hub) object(it Item, o Organisation) vocab.Object {
	self := h.Self(o)
	obj := vocab.Object{
		ID: it.ID, Type: "Article", AttributedTo: self, URL: it.URL,
		Published: it.Published, Updated: it.Updated,
		To: []string{vocab.Public}, CC: []string{self + "/followers"},
		Language: it.Texts[0].Lang,
	}
	switch it.Type {
	case AnEvent:
		page := it.URL
		if it.Event.Registers() {
			page = h.registerURL(it)
		}
		obj.Type, obj.Event = "Event", wireEvent(*it.Event, page)
	case ACall:
		obj.Type, obj.Proposal = "Note", wireCall(*it.Call)
	case ADigest:
		obj.Tags = append(obj.Tags, vocab.Tag{Type: "DefinedTerm", Name: "digest", Term: "digest", Set: "https://schema.org/CreativeWork"})
	case News:
		if it.Position != nil {
			obj.Tags, obj.Signers = append(obj.Tags, vocab.Tag{Type: "DefinedTerm", Name: positionTerm, Term: positionTerm, Set: "https://schema.org/CreativeWork"}), it.Position.Signers
		}
	}
	for _, t := range it.Texts {
		p := h.locale.Printer(t.Lang)
		title := t.Title
		if it.Event != nil && it.Event.Status == vocab.EventCancelled {
			title = p.T("wire_cancelled", "Title", title)
		}
		if it.Call != nil && it.Call.Closed {
			title = p.T("wire_closed", "Title", title)
		}
		facts := wireFacts(it, t.Lang, p)
		// Mobilizon takes no name of more than 200 characters.
		obj.Name = append(obj.Name, vocab.Translation{Lang: t.Lang, Value: shorten(title, maxTitle)})
		said := facts
		if it.Event != nil {
			said = sessionLines(*it.Event, t.Lang, p, facts)
		}
		obj.Content = append(obj.Content, vocab.Translation{Lang: t.Lang, Value: wireContent(title, said, t)})
		if t.Markdown != "" {
			obj.Source = append(obj.Source, vocab.Translation{Lang: t.Lang, Value: t.Markdown})
		}
		if obj.Type != "Note" {
			obj.Summary = append(obj.Summary, vocab.Translation{Lang: t.Lang, Value: wireSummary(facts, t)})
		}
	}
	return obj
}

// wireSummary is the only free text of an Article or Event that Mastodon
// shows: when, where and who in a line, then the teaser.
func wireSummary(facts []string, t ItemText) string {
	var b strings.Builder
	if len(facts) > 0 {
		b.WriteString(factLine + strings.Join(facts, " · ") + "</p>")
	}
	if t.Teaser != "" {
		b.WriteString("<p>" + html.EscapeString(t.Teaser) + "</p>")
	}
	return b.String()
}

// The lines of a content that say again what properties say, for programs that
// read no properties. Those that do can tell them by their class.
const (
	nameLine = `<p class="p-name"><strong>`
	factLine = `<p class="p-fact">`
)

func wireContent(title string, facts []string, t ItemText) string {
	var b strings.Builder
	b.WriteString(nameLine + html.EscapeString(title) + "</strong></p>")
	for _, f := range facts {
		b.WriteString(factLine + f + "</p>")
	}
	if t.HTML == "" && t.Teaser != "" {
		b.WriteString("<p>" + html.EscapeString(t.Teaser) + "</p>")
	}
	b.WriteString(t.HTML)
	return b.String()
}

// facts are lines of HTML in a language.
type facts struct {
	*locale.Printer
	lines []string
}

// add says something unless there is nothing to say.
func (f *facts) add(key, name, value string) {
	if value != "" {
		f.lines = append(f.lines, html.EscapeString(f.T(key, name, value)))
	}
}

// link says where something is.
func (f *facts) link(key, address string) {
	if address != "" {
		shown := html.EscapeString(strings.TrimPrefix(address, "mailto:"))
		a := `<a href="` + html.EscapeString(address) + `">` + shown + `</a>`
		f.lines = append(f.lines, strings.Replace(html.EscapeString(f.T(key, "Where", address)), html.EscapeString(address), a, 1))
	}
}

// wireFacts are the lines that a reader needs whose program knows no events
// and no calls.
func wireFacts(it Item, lang string, p *locale.Printer) []string {
	f := facts{Printer: p}
	switch {
	case it.Event != nil:
		f.event(*it.Event)
	case it.Call != nil:
		f.call(*it.Call, lang)
	case it.Position != nil:
		f.lines = append(f.lines, html.EscapeString(f.T("wire_position")))
		f.add("wire_signed", "Who", partyLine(it.Position.Signers))
	}
	return f.lines
}

func (f *facts) event(ev Event) {
	f.add("wire_when", "When", whenLine(ev.Start, ev.End, f.Printer))
	if !ev.PreviousStart.IsZero() && ev.Status == vocab.EventRescheduled {
		before := NewWhen(ev.PreviousStart, ev.Start.Zone)
		before.Precision = ev.Start.Precision
		f.add("wire_moved_from", "When", whenLine(before, When{}, f.Printer))
	}
	f.add("wire_where", "Where", PlaceLine(ev.Place, f.Printer))
	f.link("wire_online", ev.Online)
	f.add("wire_together", "Who", partyLine(ev.Together))
	f.add("wire_organisers", "Who", partyLine(ev.Organisers))
	f.add("wire_funders", "Who", partyLine(ev.Funders))
	if ev.Series.Name != "" {
		f.add("wire_series", "What", SeriesLine(f.Printer, ev.Series))
	}
}

// whenLine is a moment or a stretch of time with its zone, in words.
func whenLine(start, end When, p *locale.Printer) string {
	if !start.Set() {
		return ""
	}
	switch start.Precision {
	case Month:
		return p.Month(start.In())
	}
	var until time.Time
	if end.Set() {
		until = end.last().In(start.In().Location())
	}
	if start.Precision == Day {
		return p.DateRange(start.In(), until)
	}
	return p.Range(start.In(), until) + " (" + p.Zone(start.Zone) + ")"
}

// PlaceLine is a place as on a letter.
func PlaceLine(pl vocab.Place, p *locale.Printer) string {
	parts := []string{pl.Name, pl.Street, strings.TrimSpace(pl.PostalCode + " " + pl.Locality), pl.Region}
	if p.Lang() == "hu" {
		parts[1], parts[2] = parts[2], parts[1]
	}
	if pl.Country != "" {
		parts = append(parts, p.Country(pl.Country))
	}
	parts = slices.DeleteFunc(slices.Compact(parts), func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}

func partyLine(ps []vocab.Party) string {
	var names []string
	for _, p := range ps {
		names = append(names, cmp.Or(p.Name, p.ID))
	}
	return strings.Join(names, ", ")
}

func wireEvent(ev Event, page string) *vocab.Event {
	w := &vocab.Event{
		Start: ev.Start.In(), Zone: ev.Start.Zone, Status: ev.Status, PreviousStart: ev.PreviousStart,
		Online: ev.Online, IsOnline: ev.Online != "", Category: "MEETING",
		JoinMode: "external", ExternalURL: cmp.Or(ev.RegisterURL, page),
		Organizers: slices.Concat(ev.Together, ev.Organisers), Funders: ev.Funders,
		Sessions: wireSessions(ev.Programme), Series: ev.Series, PartOf: ev.PartOf,
	}
	if ev.Registers() {
		w.JoinMode, w.Capacity = string(ev.Registration.Mode), ev.Registration.Capacity
		w.Going, w.Remaining = ev.Turnout.Going, ev.Free(ev.Turnout)
	}
	if ev.Place != (vocab.Place{}) {
		place := ev.Place
		w.Place = &place
	}
	switch {
	case ev.End.Set() && ev.End.last().After(w.Start):
		w.End = ev.End.last()
	case ev.Start.Precision == Day || ev.Start.Precision == Month:
		// There is no word for a whole day or month: it lasts as long.
		w.End = ev.Start.last()
	default:
		// An end is required; two hours are a formality. (FEP-8a8e, "endTime")
		w.End, w.HideEnd = w.Start.Add(2*time.Hour), true
	}
	return w
}

// tombstone is what is left of a deleted item.
func (h *Hub) tombstone(it Item) vocab.Object {
	former := map[ItemType]string{News: "Article", ADigest: "Article", AnEvent: "Event", ACall: "Note"}[it.Type]
	return vocab.Object{ID: it.ID, Type: "Tombstone", FormerType: former, Deleted: it.Deleted}
}

// hostOf is the host (with its port) of an id.
func hostOf(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return u.Host
}
