// Package locale says things in people's languages: the texts of the
// interface and of what leaves the house, dates, numbers, amounts, and the
// names of zones, countries and languages.
//
// It knows languages and how each writes what it is given. It knows no page,
// no item and no organisation: who says what is the callers' affair.
//
// The texts stand in locales/LANGUAGE/PART.toml, keys in snake_case; all parts
// of a language are one set. Both languages have the same keys.
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/*/*.toml
var files embed.FS

// Fallback is the language of whoever asks for one that we do not have.
const Fallback = "en"

// nbsp keeps what belongs together on one line.
const nbsp = "\u00a0"

// A Bundle is everything that can be said, in all languages. It never changes
// after Load and may be used by many at once.
type Bundle struct {
	languages []string
	printers  map[string]*Printer
}

// A Printer says things in one language. Pages may embed it.
type Printer struct {
	lang string
	// plain are the texts without blanks to fill, by key: most of them, and
	// the quick way.
	plain map[string]string
	// keys are all keys, those with blanks or plural forms too.
	keys      map[string]bool
	localizer *i18n.Localizer
	names     names
}

// Load reads the embedded texts.
func Load() (*Bundle, error) {
	texts := i18n.NewBundle(language.MustParse(Fallback))
	texts.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	b := &Bundle{languages: []string{"hu", "en"}, printers: map[string]*Printer{}}
	for _, lang := range b.languages {
		p := &Printer{lang: lang, plain: map[string]string{}, keys: map[string]bool{}, names: namesIn(lang)}
		if err := p.load(texts); err != nil {
			return nil, err
		}
		b.printers[lang] = p
	}
	for _, p := range b.printers {
		p.localizer = i18n.NewLocalizer(texts, p.lang, Fallback)
	}
	return b, nil
}

// load reads all parts of p's language into texts.
func (p *Printer) load(texts *i18n.Bundle) error {
	parts, err := fs.Glob(files, path.Join("locales", p.lang, "*.toml"))
	if err != nil {
		return fmt.Errorf("listing the texts in %s: %w", p.lang, err)
	}
	for _, part := range parts {
		data, err := files.ReadFile(part)
		if err != nil {
			return fmt.Errorf("reading %s: %w", part, err)
		}
		// The last but one part of the name is the language to go-i18n.
		f, err := texts.ParseMessageFileBytes(data, p.lang+".toml")
		if err != nil {
			return fmt.Errorf("reading %s: %w", part, err)
		}
		for _, m := range f.Messages {
			if p.keys[m.ID] {
				return fmt.Errorf("reading %s: key %s is there already", part, m.ID)
			}
			p.keys[m.ID] = true
			if m.One == "" && !strings.Contains(m.Other, "{{") {
				p.plain[m.ID] = m.Other
			}
		}
	}
	return nil
}

// Languages are the tags of what we speak: "hu", "en".
func (b *Bundle) Languages() []string {
	return append([]string(nil), b.languages...)
}

// Match picks the one of offered (BCP 47 tags) that an Accept-Language header
// asks for most, "" when it asks for none of them. (RFC 9110, 12.5.4)
func (b *Bundle) Match(accept string, offered []string) string {
	const long = 500 // no browser sends more
	if len(accept) > long || len(offered) == 0 {
		return ""
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return ""
	}
	tags := make([]language.Tag, len(offered))
	for i, o := range offered {
		tags[i] = language.Make(o)
	}
	// The matcher's tag may carry extensions, and without a match it answers
	// with the first one offered: index and confidence are what counts.
	_, i, sure := language.NewMatcher(tags).Match(wanted...)
	if sure == language.No {
		return ""
	}
	return offered[i]
}

// Printer speaks lang, or English when we do not speak lang.
func (b *Bundle) Printer(lang string) *Printer {
	if p, ok := b.printers[lang]; ok {
		return p
	}
	if base, _, found := strings.Cut(lang, "-"); found {
		if p, ok := b.printers[base]; ok {
			return p
		}
	}
	return b.printers[Fallback]
}

// Lang is the language that p speaks.
func (p *Printer) Lang() string { return p.lang }

// Has reports whether there is a text of that key.
func (p *Printer) Has(key string) bool { return p.keys[key] }

// T is the text of a key. args are names and values of its blanks in turn:
// T("deadline_on", "Date", s). Whole numbers among the values are written as
// [Printer.Number] does. An unknown key is its own text.
func (p *Printer) T(key string, args ...any) string {
	if s, ok := p.plain[key]; ok {
		return s
	}
	return p.say(&i18n.LocalizeConfig{MessageID: key, TemplateData: p.blanks(args)})
}

// N is the text of a key in the form for n of something. The text's blank
// Count is n; args are further blanks as in [Printer.T].
func (p *Printer) N(key string, n int, args ...any) string {
	data := p.blanks(args)
	data["Count"] = p.Number(n)
	return p.say(&i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: n})
}

// say is the text, or the key where there is none. The error of a text that
// has the general form only is none to us: it is used for all counts.
func (p *Printer) say(c *i18n.LocalizeConfig) string {
	if s, _ := p.localizer.Localize(c); s != "" {
		return s
	}
	return c.MessageID
}

func (p *Printer) blanks(args []any) map[string]any {
	data := make(map[string]any, len(args)/2+1)
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		data[name] = args[i+1]
		if n, ok := args[i+1].(int); ok {
			data[name] = p.Number(n)
		}
	}
	return data
}
