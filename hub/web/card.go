package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"pergola/hub"
	"pergola/hub/locale"
)

// A phrase is a text of somebody in the language it is in. Foreign says that
// it is not the page's: then it is marked in the page, for those who listen to
// it. (WCAG 2.2, 3.1.2)
type phrase struct {
	Text, Lang string
	Foreign    bool
}

// phrase is a text in its language on f's page.
func (f frame) phrase(text, lang string) phrase {
	return phrase{Text: text, Lang: lang, Foreign: !sameLanguage(lang, f.Lang())}
}

// itemTitle is the title of an item.
func (f frame) itemTitle(it hub.Item) phrase {
	t := textIn(it, f.Lang())
	return f.phrase(t.Title, t.Lang)
}

// sameLanguage compares two tags without regard to region.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return strings.EqualFold(a, b)
}

// textIn is an item in a language if it has it, else in its first.
func textIn(it hub.Item, lang string) hub.ItemText {
	for _, t := range it.Texts {
		if sameLanguage(t.Lang, lang) {
			return t
		}
	}
	if len(it.Texts) == 0 {
		return hub.ItemText{}
	}
	return it.Texts[0]
}

// A stamp is a moment in words and for machines.
type stamp struct{ Text, ISO string }

// stamp is a moment in the organisation's zone; the time of day only while it
// is fresh.
func (f frame) stamp(t time.Time) stamp {
	if t.IsZero() {
		return stamp{}
	}
	t = t.In(f.zone)
	text := f.Date(t)
	if time.Since(t) < 36*time.Hour {
		text = f.DateTime(t)
	}
	return stamp{Text: text, ISO: t.Format(time.RFC3339)}
}

// day is a day or a month as people write it, of one as forms do; what is neither,
// as it is.
func (f frame) day(typed string) string {
	if t, err := time.Parse(time.DateOnly, typed); err == nil {
		return f.Date(t)
	}
	if t, err := time.Parse("2006-01", typed); err == nil {
		return f.Month(t)
	}
	return typed
}

// A note is something about an item that must not be overlooked.
type note struct {
	// Tone is "bad", "warn" or "plain".
	Tone, Text string
}

// A card is an item as it stands in a list.
type card struct {
	*locale.Printer
	Type hub.ItemType
	// Kind is the type in words.
	Kind          string
	URL           string
	Title, Teaser phrase
	By, ByURL     string
	// With names who stands behind it beside its author.
	With      string
	Avatar    avatar
	Published stamp
	// Day and MonthOf are of an event's start, for the calendar leaf.
	Day, MonthOf string
	// When, Where, Deadline and Seeks are "" where there is nothing to say.
	When, Where, Deadline string
	Seeks                 phrase
	// Left is how long a call still takes answers; Soon that it is not long.
	Left  string
	Soon  bool
	Notes []note
	// Off says that it will not take place or takes no more answers.
	Off bool
	// Original is the page at its author's, OriginalAt its host; "" for own.
	Original, OriginalAt string
	Via                  []string
	// Langs are the languages that it is also to be had in.
	Langs []string
	// Answer leads to where the call can be answered, "" where it cannot.
	Answer string
	// Buttons are what the office can do with it.
	Buttons []postForm
}

// cards are entries as a list shows them; known tells which authors have a
// page here.
func (f frame) cards(entries []hub.Entry, known []hub.Followed) []card {
	cards := make([]card, 0, len(entries))
	for _, e := range entries {
		cards = append(cards, f.card(e, known))
	}
	return cards
}

// card is one entry in a list.
func (f frame) card(e hub.Entry, known []hub.Followed) card {
	t := textIn(e.Item, f.Lang())
	c := card{
		Printer: f.Printer, Type: e.Type, Kind: f.T("type_" + string(e.Type)), URL: f.itemPath(e.Item),
		Title: f.phrase(t.Title, t.Lang), Teaser: f.phrase(t.Teaser, t.Lang),
		By: e.By.Name, ByURL: f.authorPath(e, known), Published: f.stamp(e.Published),
		Avatar: avatarOf(e.By),
	}
	if e.Own {
		c.By = f.OrgTitle
	} else {
		c.Original, c.OriginalAt = original(e.Item)
	}
	for _, v := range e.Via {
		if v.ID != e.By.ID {
			c.Via = append(c.Via, v.Name)
		}
	}
	if ps := e.Partners(); ps != nil && len(*ps) > 0 {
		c.With = f.T("with_"+string(e.Type), "Who", parties(*ps))
	}
	if e.Position != nil {
		c.Kind = f.T("type_position")
	}
	for _, o := range e.Texts {
		if o.Lang != "" && o.Lang != t.Lang {
			c.Langs = append(c.Langs, f.Language(o.Lang))
		}
	}
	c.Notes, c.Off = f.notes(e.Item)
	switch {
	case e.Event != nil:
		f.eventCard(&c, *e.Event)
	case e.Call != nil:
		f.callCard(&c, *e.Call)
		if !e.Own || f.Account == nil {
			c.Answer = f.answerPath(e.Item)
		}
	}
	return c
}

func (f frame) eventCard(c *card, ev hub.Event) {
	start := ev.Start.In()
	if ev.Start.Precision != hub.Month {
		c.Day = f.Number(start.Day())
	}
	c.MonthOf = f.ShortMonth(start)
	c.When, c.Where = when(f.Printer, ev.Start, ev.End), f.where(ev)
}

func (f frame) callCard(c *card, call hub.Call) {
	c.Kind = f.T("wire_purpose_" + string(call.Purpose))
	c.Deadline = when(f.Printer, call.Deadline, hub.When{})
	seeks, lang := translate(call.Seeks, f.Lang())
	if lang == "" {
		lang = f.Lang()
	}
	c.Seeks = f.phrase(seeks, lang)
	if c.Teaser.Text == seeks {
		c.Seeks = phrase{}
	}
	c.Left, c.Soon = f.left(call, time.Now())
}

// itemPath is the page of an item here: an own one has its own address, what
// others wrote is shown under its id.
func (f frame) itemPath(it hub.Item) string {
	if it.Own || it.State == hub.Draft {
		id := it.ID[strings.LastIndexByte(it.ID, '/')+1:]
		path := f.Path("/i/" + id)
		if s := slug(textIn(it, f.Lang()).Title); s != "" {
			path += "/" + s
		}
		return path
	}
	return f.Path("/item?id=" + url.QueryEscape(it.ID))
}

// authorPath is where more of an entry's author is to be found: here when we
// follow it, else at its own site.
func (f frame) authorPath(e hub.Entry, known []hub.Followed) string {
	if e.Own {
		return f.Path("/about")
	}
	if slices.ContainsFunc(known, func(k hub.Followed) bool { return k.Profile.ID == e.By.ID }) {
		return f.ClusterPath(e.By)
	}
	return webLink(e.By.URL)
}

// ClusterPath is the page here of somebody whom the organisation follows.
func (f frame) ClusterPath(p hub.Profile) string {
	return f.Path("/clusters/" + url.PathEscape(p.Handle))
}

// original is the page of somebody else's item at its author's, and its host.
func original(it hub.Item) (link, host string) {
	link = webLink(it.URL)
	if link == "" {
		link = webLink(it.ID)
	}
	u, err := url.Parse(link)
	if err != nil {
		return "", ""
	}
	return link, strings.TrimPrefix(u.Host, "www.")
}

// webLink is the address if it is one for a browser, else "".
func webLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return address
}
