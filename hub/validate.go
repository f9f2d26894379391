package hub

import (
	"cmp"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pergola/federation/vocab"
	"pergola/hub/text"
)

// What an own item may hold at most.
const (
	maxTitle   = 200
	maxTeaser  = 500
	maxText    = 20_000
	maxName    = 500
	maxParties = 50
	// maxWire is the most bytes of an object: with the activity around it, it
	// stays below the 64 KiB that Misskey takes.
	maxWire = 60 << 10
)

// A stage is what is about to happen to an item that is checked.
type stage int

const (
	// drafting: nobody else sees it; nothing but a title is required.
	drafting stage = iota
	// opening: somebody makes it public.
	opening
	// keeping: it is public, or the program brings it; it may be of the past.
	keeping
)

// opens is the stage of an item that is to become public through who.
func (w Who) opens() stage {
	if w.Account == "" {
		return keeping
	}
	return opening
}

// checkItem mends what can be mended in an item that was typed (spaces, empty
// languages, missing teasers, moments) and says what is wrong with the rest.
func checkItem(it *Item, o Organisation, at stage) error {
	var e InvalidError
	checkTexts(it, o, &e)
	switch it.Type {
	case News:
		it.Event, it.Call = nil, nil
	case AnEvent:
		it.Call, it.Position = nil, nil
		if it.Event == nil {
			it.Event = &Event{}
		}
		checkEvent(it.Event, &e, at)
		checkSessions(it.Event, o, &e)
		checkSeries(it, &e)
	case ACall:
		it.Event, it.Position = nil, nil
		if it.Call == nil {
			it.Call = &Call{}
		}
		checkCall(it.Call, o, &e, at)
	default:
		e.add("type", "required", string(it.Type))
	}
	return e.err()
}

func checkTexts(it *Item, o Organisation, e *InvalidError) {
	kept := it.Texts[:0:0]
	for _, t := range it.Texts {
		t.Title = oneLine(t.Title)
		t.Teaser = oneLine(t.Teaser)
		t.Markdown = strings.TrimSpace(strings.ReplaceAll(t.Markdown, "\r\n", "\n"))
		if t.Title == "" && t.Teaser == "" && t.Markdown == "" {
			continue
		}
		checkText(&t, o, e)
		if slices.ContainsFunc(kept, func(k ItemText) bool { return k.Lang == t.Lang }) {
			e.add("title."+t.Lang, "taken", t.Lang)
			continue
		}
		kept = append(kept, t)
	}
	// The organisation's order of languages is the item's.
	slices.SortStableFunc(kept, func(a, b ItemText) int {
		return slices.Index(o.Languages, a.Lang) - slices.Index(o.Languages, b.Lang)
	})
	it.Texts = kept
	if len(kept) == 0 {
		e.add("title."+first(o.Languages), "required", "")
	}
}

func checkText(t *ItemText, o Organisation, e *InvalidError) {
	if !slices.Contains(o.Languages, t.Lang) {
		e.add("title."+t.Lang, "no_such_language", t.Lang)
	}
	switch n := utf8.RuneCountInString(t.Title); {
	case n == 0:
		e.add("title."+t.Lang, "required", "")
	case n < 3:
		// Mobilizon takes no name of fewer than three characters.
		e.add("title."+t.Lang, "too_short", "3")
	case n > maxTitle:
		e.add("title."+t.Lang, "too_long", strconv.Itoa(maxTitle))
	}
	bounded(t.Teaser, maxTeaser, "teaser."+t.Lang, e)
	if len(t.Markdown) > maxText {
		e.add("text."+t.Lang, "too_long", strconv.Itoa(maxText))
	}
	t.HTML = text.Markdown(t.Markdown)
	if t.Teaser == "" {
		t.Teaser = teaserOf(t.HTML)
	}
}

func checkEvent(ev *Event, e *InvalidError, at stage) {
	moment(&ev.Start, "start", e)
	moment(&ev.End, "end", e)
	if !ev.Start.Set() && at != drafting {
		e.add("start", "required", "")
	}
	if ev.Start.Set() && ev.End.Set() && ev.End.At.Before(ev.Start.At) {
		e.add("end", "end_before_start", "")
	}
	if ev.Status == "" {
		ev.Status = vocab.EventScheduled
	}
	trimAll(&ev.Online, &ev.RegisterURL)
	tidyPlace(&ev.Place)
	ev.Place.Country = strings.ToUpper(ev.Place.Country)
	country(ev.Place.Country, "country", e)
	if ev.Place.Name == "" {
		ev.Place.Name = cmp.Or(ev.Place.Street, ev.Place.Locality)
	}
	for _, part := range []string{ev.Place.Name, ev.Place.Street, ev.Place.PostalCode, ev.Place.Locality, ev.Place.Region} {
		if utf8.RuneCountInString(part) > maxName {
			e.add("place", "too_long", strconv.Itoa(maxName))
			break
		}
	}
	link(ev.Online, "online", e)
	if !isMailto(ev.RegisterURL) {
		link(ev.RegisterURL, "register_url", e)
	}
	checkRegistration(ev, e)
	if ev.Place.Name == "" && ev.Online == "" && at != drafting {
		e.add("place", "place_or_online", "")
	}
	parties(ev.Organisers, "organisers", e)
	parties(ev.Funders, "funders", e)
}

// tidyPlace makes each part of a place one line.
func tidyPlace(p *vocab.Place) {
	for _, part := range []*string{&p.Name, &p.Street, &p.PostalCode, &p.Locality, &p.Region, &p.Country} {
		*part = oneLine(*part)
	}
}

func parties(ps []vocab.Party, field string, e *InvalidError) {
	if len(ps) > maxParties {
		e.add(field, "too_many_lines", strconv.Itoa(maxParties))
		return
	}
	for i := range ps {
		ps[i].Name = oneLine(ps[i].Name)
		trimAll(&ps[i].ID, &ps[i].URL)
		if ps[i].Name == "" && ps[i].ID == "" {
			e.add(field, "required", "")
		}
		link(ps[i].ID, field, e)
		link(ps[i].URL, field, e)
		bounded(ps[i].Name, maxName, field, e)
	}
}

func moment(w *When, field string, e *InvalidError) {
	resolved, problem := w.resolve()
	if problem != "" {
		e.add(field, problem, cmp.Or(w.Local, w.Zone))
	}
	*w = resolved
}

func isMailto(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "mailto" || len(s) > maxURL {
		return false
	}
	_, err = mail.ParseAddress(u.Opaque)
	return err == nil
}

var amount = regexp.MustCompile(`^\d{1,15}(\.\d{1,2})?$`)

// money takes "60 000", "60000,50" and "1234.5" for amounts.
func money(m *vocab.Money, field string, e *InvalidError) {
	m.Amount = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(m.Amount)
	m.Currency = strings.ToUpper(strings.TrimSpace(m.Currency))
	if m.Amount == "" {
		*m = vocab.Money{}
		return
	}
	if !amount.MatchString(m.Amount) {
		e.add(field, "not_an_amount", m.Amount)
	}
	if len(m.Currency) != 3 || strings.Trim(m.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		e.add("currency", "no_such_currency", m.Currency)
	}
}

func trimAll(ss ...*string) {
	for _, s := range ss {
		*s = strings.TrimSpace(*s)
	}
}

// changeOf says what readers must notice when an item becomes another. The
// gravest change counts.
func changeOf(was, is Item) Change {
	switch {
	case was.Event != nil && is.Event != nil:
		return eventChange(*was.Event, *is.Event)
	case was.Call != nil && is.Call != nil:
		over := is.Call.Over()
		switch {
		case is.Call.Result != was.Call.Result:
			return HasResult
		case is.Call.Closed && !was.Call.Closed && (over.IsZero() || is.Updated.Before(over)):
			return Closed
		case is.Call.Closed && !was.Call.Closed: // everybody knew
		case !is.Call.Deadline.At.Equal(was.Call.Deadline.At):
			return NewDeadline
		}
	}
	return NothingAtAll
}

func eventChange(was, is Event) Change {
	cancelled, wasCancelled := is.Status == vocab.EventCancelled, was.Status == vocab.EventCancelled
	here := func(e Event) bool { return e.Place.Name != "" || e.Place.Locality != "" }
	switch {
	case cancelled && !wasCancelled:
		return Cancelled
	case wasCancelled && !cancelled:
		return Reinstated
	case cancelled:
		return NothingAtAll // it was to be noticed that it is not taking place
	case !is.Start.At.Equal(was.Start.At):
		return Moved
	case here(was) && !here(is) && is.Online != "":
		return MovedOnline
	case is.Place != was.Place && here(was):
		return NewPlace
	case !is.End.At.Equal(was.End.At):
		return NewEnd
	case was.Online != "" && is.Online != was.Online:
		return NewOnline
	}
	return NothingAtAll
}

// remember keeps in a changed item what was before that readers must know, and
// leaves what it remembers from earlier changes.
func remember(was, is Item, c Change) {
	switch {
	case is.Event != nil && was.Event != nil:
		ev := is.Event
		ev.PreviousStart, ev.PreviousPlace = was.Event.PreviousStart, was.Event.PreviousPlace
		switch c {
		case Moved:
			ev.PreviousStart = was.Event.Start.At
		case MovedOnline, NewPlace:
			ev.PreviousPlace = was.Event.Place
		}
	case is.Call != nil && was.Call != nil:
		is.Call.PreviousDeadline = was.Call.PreviousDeadline
		if c == NewDeadline {
			is.Call.PreviousDeadline = was.Call.Deadline
		}
	}
}

// statusAfter is the status of an own event after a change.
func statusAfter(was, is string, c Change) string {
	switch c {
	case Moved:
		return vocab.EventRescheduled
	case MovedOnline:
		return vocab.EventMovedOnline
	case NothingAtAll:
		return was
	}
	return is
}
