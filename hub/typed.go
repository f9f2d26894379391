package hub

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"pergola/federation/vocab"
	"pergola/hub/roster"
)

// What people type is mended first, as far as it can be; these say what is wrong
// with the rest.

// oneLine is s without line breaks, control characters and repeated spaces.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// lines is s as it was typed in several lines. Browsers send CR LF.
func lines(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"))
}

// typedLine mends what was typed in one line and says what is wrong with it.
func typedLine(e *InvalidError, field, s string, needed bool) string {
	s = oneLine(s)
	wanted(s, needed, maxTitle, field, e)
	return s
}

// typedText is typedLine for a text of several lines in some languages, of which
// the empty are left out.
func typedText(e *InvalidError, field string, t vocab.Text, most int) vocab.Text {
	var out vocab.Text
	for _, tr := range t {
		tr.Value = lines(tr.Value)
		bounded(tr.Value, most, field+"."+tr.Lang, e)
		if tr.Value != "" {
			out = append(out, tr)
		}
	}
	return out
}

func bounded(s string, most int, field string, e *InvalidError) {
	if utf8.RuneCountInString(s) > most {
		e.add(field, "too_long", strconv.Itoa(most))
	}
}

// wanted is bounded for what may have to be there.
func wanted(s string, needed bool, most int, field string, e *InvalidError) {
	if s == "" && needed {
		e.add(field, "required", "")
	}
	bounded(s, most, field, e)
}

func known(term string, terms []string, field string, e *InvalidError) {
	if term != "" && !slices.Contains(terms, term) {
		e.add(field, "no_such_term", term)
	}
}

// inRange takes 0, which is nothing said, and what is from 1 to most.
func inRange(n, most int, field string, e *InvalidError) {
	if n < 0 || n > most {
		e.add(field, "out_of_range", "1–"+strconv.Itoa(most))
	}
}

// country takes nothing, or the code of a country.
func country(code, field string, e *InvalidError) {
	if code != "" && !roster.IsCountry(code) {
		e.add(field, "no_such_country", code)
	}
}

func link(s, field string, e *InvalidError) {
	if s != "" && !webURL(s) {
		e.add(field, "not_a_url", s)
	}
}

// email takes an address, or nothing where none is needed.
func email(s string, needed bool, e *InvalidError) {
	switch {
	case s == "" && needed:
		e.add("email", "required", "")
	case s != "" && !isEmail(s):
		e.add("email", "not_an_email", "")
	}
}

// isEmail reports whether s is an address and nothing more.
func isEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= maxTitle
}
