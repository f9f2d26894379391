package hub

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/text"
)

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
	if it.Type == News && obj.Type == "Article" && slices.ContainsFunc(obj.Tags, func(t vocab.Tag) bool { return t.Type == "DefinedTerm" && t.Term == positionTerm }) {
		it.Position = &Position{}
		it.Position.Signers, _ = foreignPartners(obj.Signers)
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
		Funders: foreignParties(w.Funders),
	}
	ev.Together, ev.Organisers = foreignPartners(w.Organizers)
	ev.Programme, ev.Series, ev.PartOf = foreignSessions(w.Sessions, zone), w.Series, w.PartOf
	if ev.Series.Name = shorten(oneLine(text.Plain(w.Series.Name)), maxTitle); ev.Series.Name == "" {
		ev.Series = vocab.Series{}
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

// foreignPartners are those of whom an item says that they agreed to be named, and
// the others. Only one's own host can say that one has agreed.
func foreignPartners(ps []vocab.Party) (agreed, others []vocab.Party) {
	for _, p := range foreignParties(ps) {
		if p.ID != "" && hostOf(p.Consent) == hostOf(p.ID) {
			p.Name = cmp.Or(p.Name, p.ID)
			agreed = append(agreed, p)
			continue
		}
		p.Consent = ""
		others = append(others, p)
	}
	return agreed, others
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

// shorten cuts s to n runes.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}
