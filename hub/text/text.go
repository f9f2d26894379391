// Package text makes text fit to show, to shorten, to compare and to sort.
//
// It knows HTML from strangers, Markdown from editors, and the letters of
// Hungarian and its neighbours. It does not know what a text is for: no
// publication, no actor, no page. Everything is a function of its arguments,
// bounded in time and size, and never panics.
package text

import (
	"strings"
	"unicode"
)

// MaxBytes is the most that is read of any text: 1 MiB, as much as a received
// activity may have. What is longer is cut there.
const MaxBytes = 1 << 20

// bound cuts s to n bytes and leaves out NUL and what is not UTF-8, the
// remains of a character at the cut among it.
func bound(s string, n int) string {
	s = strings.ToValidUTF8(s[:min(len(s), n)], "")
	return strings.ReplaceAll(s, "\x00", "")
}

// Excerpt returns plain as one line of at most n characters (runes), the … at
// its end included when something was cut. It cuts between words, or within
// the first word when that alone is longer, but never between a letter and its
// accents.
func Excerpt(plain string, n int) string {
	if n <= 0 {
		return ""
	}
	runes := make([]rune, 0, min(n+1, 1<<10))
	for word := range strings.FieldsSeq(plain) {
		if len(runes) > 0 {
			runes = append(runes, ' ')
		}
		for _, r := range word {
			if runes = append(runes, r); len(runes) > n {
				return string(cut(runes, n)) + "…"
			}
		}
	}
	return string(runes)
}

// cut shortens runes, which are more than n, so that … fits behind them.
func cut(runes []rune, n int) []rune {
	end := n - 1
	for i := end; i > 0; i-- {
		if runes[i] == ' ' {
			return trimEnd(runes[:i])
		}
	}
	for end > 0 && joins(runes[end-1], runes[end]) {
		end--
	}
	return runes[:end]
}

// trimEnd takes away the punctuation that looks odd before a ….
func trimEnd(runes []rune) []rune {
	for i := len(runes); i > 0; i-- {
		if !strings.ContainsRune(" ,;:–—-…", runes[i-1]) {
			return runes[:i]
		}
	}
	return runes
}

// joins reports whether r belongs to the character that last is part of.
func joins(last, r rune) bool {
	const zeroWidthJoiner = '\u200d'
	return unicode.Is(unicode.M, r) || r == zeroWidthJoiner || last == zeroWidthJoiner
}
