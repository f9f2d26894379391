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
	"pergola/hub/text"
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
		obj.Name = append(obj.Name, vocab.Translation{Lang: t.Lang, Value: title})
		obj.Content = append(obj.Content, vocab.Translation{Lang: t.Lang, Value: wireContent(title, facts, t)})
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
	f.add("wire_where", "Where", placeLine(ev.Place, f.Printer))
	f.link("wire_online", ev.Online)
	f.add("wire_organisers", "Who", partyLine(ev.Organisers))
	f.add("wire_funders", "Who", partyLine(ev.Funders))
}

func (f *facts) call(c Call, lang string) {
	f.lines = append(f.lines, html.EscapeString(f.T("wire_purpose_"+string(c.Purpose))))
	f.add("wire_seeks", "What", c.Seeks.In(lang))
	var lands []string
	for _, code := range c.Countries {
		lands = append(lands, f.Country(code))
	}
	f.add("wire_countries", "Where", strings.Join(lands, ", "))
	f.add("wire_partnerships", "What", Terms(f.Printer, "partnership_", PartnershipTerms(), c.Partnerships))
	f.add("wire_partners", "Who", Terms(f.Printer, "partner_", PartnerTerms(), c.Partners))
	if c.UpTo.Amount != "" {
		f.add("wire_up_to", "Amount", f.Money(c.UpTo.Amount, c.UpTo.Currency))
	}
	if c.Total.Amount != "" {
		f.add("wire_total", "Amount", f.Money(c.Total.Amount, c.Total.Currency))
	}
	f.add("wire_opens", "When", whenLine(c.Opens, When{}, f.Printer))
	f.add("wire_deadline", "When", whenLine(c.Deadline, When{}, f.Printer))
	f.link("wire_apply", c.ApplyURL)
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

func placeLine(pl vocab.Place, p *locale.Printer) string {
	parts := []string{pl.Name, pl.Street, strings.TrimSpace(pl.PostalCode + " " + pl.Locality)}
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
		Organizers: ev.Organisers, Funders: ev.Funders,
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
	case ev.End.Set():
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

func wireCall(c Call) *vocab.Proposal {
	w := &vocab.Proposal{
		Purpose: "request", Kind: string(c.Purpose), Seeks: c.Seeks, Countries: c.Countries,
		Partnerships: c.Partnerships, Partners: c.Partners,
		Zone: c.Deadline.Zone, ApplyURL: c.ApplyURL, Closed: c.Closed,
	}
	if c.Purpose == Offer || c.Purpose == Funding {
		w.Purpose = "offer"
	}
	if c.Opens.Set() {
		w.Opens = c.Opens.In()
	}
	if c.Deadline.Set() {
		w.Deadline = c.Deadline.last()
	}
	if c.UpTo.Amount != "" {
		m := c.UpTo
		w.UpTo = &m
	}
	if c.Total.Amount != "" {
		m := c.Total
		w.Total = &m
	}
	return w
}

// tombstone is what is left of a deleted item.
func (h *Hub) tombstone(it Item) vocab.Object {
	former := map[ItemType]string{News: "Article", ADigest: "Article", AnEvent: "Event", ACall: "Note"}[it.Type]
	return vocab.Object{ID: it.ID, Type: "Tombstone", FormerType: former, Deleted: it.Deleted}
}

// foreign is somebody else's object as an item. What its title says again of
// its state, as ours do for programs that show nothing else, is left out.
func (h *Hub) foreign(obj vocab.Object, received time.Time, zone string) (Item, error) {
	it, err := foreignItem(obj, received, zone)
	key := ""
	switch {
	case it.Event != nil && it.Event.Status == vocab.EventCancelled:
		key = "wire_cancelled"
	case it.Call != nil && it.Call.Closed:
		key = "wire_closed"
	default:
		return it, err
	}
	for i, t := range it.Texts {
		said := h.locale.Printer(t.Lang).T(key, "Title", "")
		it.Texts[i].Title = strings.TrimPrefix(t.Title, said)
	}
	return it, err
}

// foreignItem is somebody else's object as an item: cleaned, bounded, dated.
// Zone is for moments that came without one. The problem of an object that is
// nothing we show is ErrNotFound.
func foreignItem(obj vocab.Object, received time.Time, zone string) (Item, error) {
	it := Item{
		ID: obj.ID, Author: obj.AttributedTo, State: Published, URL: obj.URL, InReplyTo: obj.InReplyTo,
		Published: foreignTime(obj.Published), Updated: foreignTime(obj.Updated), Received: received, Wire: obj.Raw,
	}
	if it.Published.IsZero() || it.Published.After(received.Add(time.Hour)) {
		it.Published = received
	}
	if it.Updated.IsZero() {
		it.Updated = it.Published
	} else if it.Updated.After(received.Add(time.Hour)) {
		it.Updated = received
	}
	if !webURL(it.URL) {
		it.URL = obj.ID
	}
	switch {
	case obj.Event != nil && !plausible(obj.Event.Start).IsZero():
		it.Type, it.Event = AnEvent, foreignEvent(obj, zone)
	case obj.Proposal != nil:
		it.Type, it.Call = ACall, foreignCall(*obj.Proposal, zone)
	case slices.ContainsFunc(obj.Tags, func(t vocab.Tag) bool { return t.Type == "DefinedTerm" && t.Term == "digest" }):
		it.Type = ADigest
	case slices.Contains([]string{"Article", "Note", "Page", "Event", "Question", "Video", "Audio", "Image", "Document"}, obj.Type):
		it.Type = News
	default:
		return it, ErrNotFound
	}
	it.Texts = foreignTexts(obj)
	if len(it.Texts) == 0 {
		return it, ErrNotFound
	}
	return it, nil
}

// foreignTime is a time of others in the precision that is kept; zero for one
// that nobody can mean.
func foreignTime(t time.Time) time.Time {
	if t = plausible(t); t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// maxLanguages is how many languages of one item are kept.
const maxLanguages = 8

// languagesOf are the languages of an object, that of its content first: "" when
// none is named. A text that stands alone without a language is that of all.
func languagesOf(obj vocab.Object) []string {
	var langs []string
	for _, t := range []vocab.Text{obj.Content, obj.Name, obj.Summary} {
		for _, tr := range t {
			if (tr.Lang != "" || len(t) > 1) && !slices.Contains(langs, tr.Lang) && len(langs) < maxLanguages {
				langs = append(langs, tr.Lang)
			}
		}
	}
	if len(langs) == 0 {
		return []string{""}
	}
	return langs
}

// foreignTexts makes one text per language out of the three maps.
func foreignTexts(obj vocab.Object) []ItemText {
	langs := languagesOf(obj)
	var texts []ItemText
	for _, lang := range langs {
		t := ItemText{Lang: lang}
		body, title, summary := exact(obj.Content, lang), exact(obj.Name, lang), exact(obj.Summary, lang)
		if len(langs) > 1 && body == "" && title == "" {
			continue
		}
		t.HTML = text.Clean(withoutLines(body))
		t.Title = shorten(oneLine(text.Plain(cmp.Or(title, obj.Name.In(lang)))), maxTitle)
		if t.Teaser = text.Excerpt(oneLine(text.Plain(withoutLines(summary))), maxTeaser); t.Teaser == "" {
			t.Teaser = teaserOf(t.HTML)
		}
		if t.Title == "" {
			t.Title = text.Excerpt(cmp.Or(oneLine(text.Plain(t.HTML)), t.Teaser), 80)
		}
		if t.Title == "" {
			continue // nothing to read: a picture, or empty elements
		}
		if t.Lang == "" && !slices.Contains(langs, obj.Language) {
			t.Lang = obj.Language
		}
		texts = append(texts, t)
	}
	return texts
}

// teaserOf is the first paragraph of a text, shortened: what a list shows where
// nobody wrote a teaser.
func teaserOf(body string) string {
	plain := strings.TrimSpace(text.Plain(body))
	first, _, _ := strings.Cut(plain, "\n")
	return text.Excerpt(oneLine(first), 240)
}

// withoutLines drops the lines in front that repeat properties, see nameLine.
func withoutLines(body string) string {
	for {
		if !strings.HasPrefix(body, nameLine) && !strings.HasPrefix(body, factLine) {
			return body
		}
		_, rest, found := strings.Cut(body, "</p>")
		if !found {
			return body
		}
		body = rest
	}
}

// exact is the text in just that language; what has none stands for all.
func exact(t vocab.Text, lang string) string {
	for _, tr := range t {
		if tr.Lang == lang {
			return tr.Value
		}
	}
	if len(t) == 1 && t[0].Lang == "" {
		return t[0].Value
	}
	return ""
}

func foreignEvent(obj vocab.Object, zone string) *Event {
	w := *obj.Event
	zone = knownZone(w.Zone, zone)
	ev := &Event{
		Start: NewWhen(w.Start, zone), Status: cmp.Or(w.Status, vocab.EventScheduled), PreviousStart: foreignTime(w.PreviousStart),
		Organisers: foreignParties(w.Organizers), Funders: foreignParties(w.Funders),
	}
	if !w.HideEnd && !plausible(w.End).IsZero() && !w.End.Before(w.Start) {
		ev.End = NewWhen(w.End, zone)
		wholeDays(&ev.Start, &ev.End)
	}
	if w.Place != nil {
		ev.Place = *w.Place
		tidyPlace(&ev.Place)
	}
	if webURL(w.Online) {
		ev.Online = w.Online
	}
	if page := w.ExternalURL == obj.URL || w.ExternalURL == obj.ID; !page && (webURL(w.ExternalURL) || isMailto(w.ExternalURL)) {
		ev.RegisterURL = w.ExternalURL
	} else if w.JoinMode == string(Free) || w.JoinMode == string(Restricted) {
		ev.RegisterURL = cmp.Or(obj.URL, obj.ID) // at the organiser's
	}
	return ev
}

// knownZone is the first of the zones that there is.
func knownZone(zones ...string) string {
	for _, zone := range zones {
		if _, err := time.LoadLocation(zone); err == nil && zone != "" && zone != "Local" {
			return zone
		}
	}
	return ""
}

// wholeDays makes days of what begins at midnight and ends in the last minute
// of a day, and a month of those from its first to its last.
func wholeDays(start, end *When) {
	from, until := start.In(), end.In().Truncate(time.Minute)
	after := until.Add(time.Minute)
	if from.Hour() != 0 || from.Minute() != 0 || after.Hour() != 0 || after.Minute() != 0 {
		return
	}
	if from.Day() == 1 && from.AddDate(0, 1, 0).Equal(after) {
		start.Precision, *end = Month, When{}
		return
	}
	day := time.Date(until.Year(), until.Month(), until.Day(), 0, 0, 0, 0, until.Location())
	start.Precision, *end = Day, When{}
	if day.After(from) {
		*end = NewWhen(day, start.Zone)
		end.Precision = Day
	}
}

func foreignParties(ps []vocab.Party) []vocab.Party {
	var tidy []vocab.Party
	for _, p := range ps {
		p.Name = shorten(oneLine(text.Plain(p.Name)), maxName)
		if len(tidy) < maxParties && (p.Name != "" || p.ID != "") {
			tidy = append(tidy, p)
		}
	}
	return tidy
}

func foreignCall(w vocab.Proposal, zone string) *Call {
	zone = knownZone(w.Zone, zone)
	c := &Call{
		Purpose: Purpose(w.Kind), Seeks: slices.Clone(w.Seeks), Opens: NewWhen(foreignTime(w.Opens), zone),
		Deadline: NewWhen(foreignTime(w.Deadline), zone), Closed: w.Closed,
	}
	if !slices.Contains([]Purpose{Offer, Request, Funding, Other}, c.Purpose) {
		c.Purpose = Purpose(cmp.Or(w.Purpose, string(Other)))
	}
	for i, t := range c.Seeks {
		c.Seeks[i].Value = shorten(oneLine(text.Plain(t.Value)), maxTeaser)
	}
	for _, code := range w.Countries {
		if isCountry(code) {
			c.Countries = append(c.Countries, code)
		}
	}
	c.Partnerships, c.Partners = foreignTerms(w.Partnerships), foreignTerms(w.Partners)
	for _, m := range []struct {
		from *vocab.Money
		to   *vocab.Money
	}{{w.UpTo, &c.UpTo}, {w.Total, &c.Total}} {
		if m.from != nil && amount.MatchString(m.from.Amount) {
			*m.to = *m.from
		}
	}
	if webURL(w.ApplyURL) || isMailto(w.ApplyURL) {
		c.ApplyURL = w.ApplyURL
	}
	return c
}

// foreignTerms are terms of others as plain text.
func foreignTerms(terms []string) []string {
	var plain []string
	for _, t := range terms {
		if t = oneLine(text.Plain(t)); t != "" {
			plain = append(plain, t)
		}
	}
	return plain
}

// shorten cuts s to n runes.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}

// hostOf is the host (with its port) of an id.
func hostOf(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return u.Host
}
