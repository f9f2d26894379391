package web

import (
	"net/url"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
)

// maxLines is how many lines a field of one entry per line may have, as hub
// takes no more.
const maxLines = 50

// An itemForm is the editor's form as it was typed. Nothing in it has been
// judged: it is shown again exactly like this when something is wrong.
type itemForm struct {
	// ID is "" for a new item.
	ID   string
	Type hub.ItemType
	// Base is the Updated of the item that the form was filled from, in
	// milliseconds: it tells when somebody else was faster.
	Base  string
	Texts []textForm
	// Position says that news is one.
	Position bool
	Event    eventForm
	Call     callForm
}

// A textForm is the block of one language.
type textForm struct{ Lang, Title, Teaser, Text, Seeks string }

// empty reports whether the language was left out.
func (t textForm) empty() bool { return t.Title == "" && t.Teaser == "" && t.Text == "" }

// formLangs are the languages that an item's form has blocks for: its own in
// their order, then those of the organisation that it does not have yet.
func formLangs(it hub.Item, offered []string) []string {
	return also(each(it.Texts, func(t hub.ItemText) string { return t.Lang }), offered...)
}

// newItemForm fills the form from an item.
func newItemForm(it hub.Item, o hub.Organisation) itemForm {
	f := itemForm{ID: it.ID, Type: it.Type, Base: baseOf(it), Position: it.Position != nil}
	for _, lang := range formLangs(it, o.Languages) {
		t := textForm{Lang: lang}
		for _, have := range it.Texts {
			if have.Lang == lang {
				t.Title, t.Teaser, t.Text = have.Title, have.Teaser, have.Markdown
			}
		}
		if it.Call != nil {
			t.Seeks = translation(it.Call.Seeks, lang)
		}
		f.Texts = append(f.Texts, t)
	}
	switch it.Type {
	case hub.AnEvent:
		f.Event = newEventForm(orZero(it.Event), o.Zone)
	case hub.ACall:
		f.Call = newCallForm(orZero(it.Call), formLangs(it, o.Languages), o.Zone)
	}
	return f
}

// readItemForm reads what was typed for an item, which is the stored one or a
// new one of which only the type is set. Where no time zone came, it is that of
// the organisation.
func readItemForm(v url.Values, it hub.Item, o hub.Organisation) itemForm {
	f := itemForm{ID: it.ID, Type: it.Type, Base: line(v, "base"), Position: v.Get("position") != ""}
	for _, lang := range formLangs(it, o.Languages) {
		f.Texts = append(f.Texts, textForm{
			Lang:   lang,
			Title:  line(v, "title."+lang),
			Teaser: paragraph(v, "teaser."+lang),
			Text:   paragraph(v, "text."+lang),
			Seeks:  line(v, "seeks."+lang),
		})
	}
	switch it.Type {
	case hub.AnEvent:
		f.Event = readEventForm(v, o.Zone)
	case hub.ACall:
		f.Call = readCallForm(v, formLangs(it, o.Languages), o.Zone)
	}
	return f
}

// apply is the item with what the form says. What the form does not show stays
// as it was, and what reads the same as before stays exactly what it was. The
// problems are those that only the form can see; hub finds the others.
func (f itemForm) apply(it hub.Item) (hub.Item, []hub.FieldError) {
	var texts []hub.ItemText
	for _, t := range f.Texts {
		if t.empty() {
			continue
		}
		text := hub.ItemText{Lang: t.Lang}
		for _, have := range it.Texts {
			if have.Lang == t.Lang {
				text = have
			}
		}
		text.Title, text.Teaser, text.Markdown = t.Title, t.Teaser, t.Text
		texts = append(texts, text)
	}
	it.Texts = texts
	var problems []hub.FieldError
	switch f.Type {
	case hub.News:
		it.Position = f.position(it.Position)
	case hub.AnEvent:
		e, p := f.Event.apply(orZero(it.Event))
		it.Event, problems = &e, p
	case hub.ACall:
		c, p := f.Call.apply(orZero(it.Call))
		c.Seeks = f.seeks()
		it.Call, problems = &c, p
	}
	return it, problems
}

// position is what news that is one had; who signed it signed that.
func (f itemForm) position(was *hub.Position) *hub.Position {
	switch {
	case was != nil && (f.Position || len(was.Signers) > 0):
		return was
	case f.Position:
		return &hub.Position{}
	}
	return nil
}

// seeks is the line of who is sought in each language that has one.
func (f itemForm) seeks() vocab.Text {
	var text vocab.Text
	for _, t := range f.Texts {
		if t.Seeks != "" {
			text = append(text, vocab.Translation{Lang: t.Lang, Value: t.Seeks})
		}
	}
	return text
}

// line reads a field of one line.
func line(v url.Values, name string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(v.Get(name), "�")), " ")
}

// paragraph reads a field of several lines. Browsers send CR LF. (HTML,
// "normalizing newlines")
func paragraph(v url.Values, name string) string {
	s := strings.ToValidUTF8(v.Get(name), "�")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.TrimRight(strings.TrimLeft(s, "\n"), " \t\n")
}

// translation is a text in a language, "" when it has none.
func translation(t vocab.Text, lang string) string {
	for _, tr := range t {
		if tr.Lang == lang {
			return tr.Value
		}
	}
	return ""
}

// orZero is what p points to, or nothing at all.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
