package vocab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// bounded returns the first max runes of s, without the NUL bytes that
// PostgreSQL refuses.
func bounded(s string, max int) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if len(s) <= max {
		return s
	}
	for i := range s {
		if max == 0 {
			return s[:i]
		}
		max--
	}
	return s
}

// short returns the member key as a short string.
func (n *node) short(key string) string { return bounded(n.get(key).str(), maxShort) }

// textOf reads the natural language property key of n with its language map.
//
// The value that stands without a language is the default: it goes first with
// the language that the map gives it. The rest keeps the map's order.
// (ActivityStreams, 4.7)
func (n *node) textOf(key string, max int) Text {
	plain := bounded(n.get(key).str(), max)
	if strings.TrimSpace(plain) == "" {
		plain = ""
	}
	text := languageMap(n.get(key), max) // some put the map where the text belongs
	if len(text) == 0 {
		text = languageMap(n.get(key+"Map"), max)
	}
	if plain == "" {
		return text
	}
	for i, t := range text {
		if t.Value == plain {
			copy(text[1:i+1], text[:i])
			text[0] = t
			return text
		}
	}
	if len(text) == 1 { // WordPress 7 formats the two a little differently
		return Text{{text[0].Lang, plain}}
	}
	return append(Text{{Value: plain}}, text...)
}

func languageMap(n *node, max int) Text {
	if !n.is(isObject) {
		return nil
	}
	var text Text
	for _, m := range n.members {
		value := bounded(m.value.str(), max)
		lang, ok := language(m.key)
		if !ok || strings.TrimSpace(value) == "" || text.has(lang) {
			continue
		}
		if text = append(text, Translation{lang, value}); len(text) == maxLanguages {
			break
		}
	}
	return text
}

func (t Text) has(lang string) bool {
	return slices.ContainsFunc(t, func(tr Translation) bool { return tr.Lang == lang })
}

// language returns a language tag as we keep it: "" for what says that the
// language is not known. It is not ok when s is no tag.
func language(s string) (tag string, ok bool) {
	if s == "und" || s == "@none" {
		return "", true
	}
	if len(s) < 2 || len(s) > 35 {
		return "", false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return "", false
		}
	}
	return s, true
}

// value returns the text in the default language.
func (t Text) value() string {
	if len(t) == 0 {
		return ""
	}
	return t[0].Value
}

// An ordered is a Text on its way out as a language map. Mastodon 4.5 takes the
// first key for the language of the whole post, so the order has to survive.
type ordered Text

// MarshalJSON writes the languages in the order of the text; what has no
// language stands in no map.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, t := range o {
		if t.Lang == "" {
			continue
		}
		if b.Len() == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		if err := enc.Encode(t.Lang); err != nil {
			return nil, fmt.Errorf("writing language %q: %w", t.Lang, err)
		}
		b.WriteByte(':')
		if err := enc.Encode(t.Value); err != nil {
			return nil, fmt.Errorf("writing the text in %q: %w", t.Lang, err)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
