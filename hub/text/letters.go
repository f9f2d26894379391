package text

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// maxSlug is the most characters of a slug.
const maxSlug = 60

// whole are Latin letters that are no letter with an accent to Unicode.
var whole = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ħ': "h", 'ı': "i", 'ß': "ss",
}

// latin writes Cyrillic letters as the Ukrainian passport does, roughly, with
// the letters of its neighbours besides.
var latin = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "h", 'ґ': "g", 'д': "d", 'е': "e", 'є': "ie", 'ж': "zh", 'з': "z",
	'и': "y", 'і': "i", 'ї': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p",
	'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch",
	'ь': "", 'ю': "iu", 'я': "ia", 'ё': "e", 'ъ': "", 'ы': "y", 'э': "e", 'ў': "u",
	'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'ђ': "dj", 'џ': "dz", '\'': "", '’': "", 'ʼ': "",
}

// Fold returns s for comparing without regard to case and accents: Árvíz, ÁRVÍZ
// and arviz become the same. Letters of other scripts keep their marks, because
// there й is another letter than и.
func Fold(s string) string {
	var b strings.Builder
	var base rune
	// Folding may compose again, so it comes before taking apart.
	for _, r := range norm.NFKD.String(cases.Fold().String(norm.NFKC.String(s))) {
		if !unicode.Is(unicode.Mn, r) {
			base = r
		} else if unicode.Is(unicode.Latin, base) {
			continue
		}
		if plain, ok := whole[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// Slug returns title as the end of an address: a to z, 0 to 9 and single
// hyphens, at most 60 characters. It is "" when nothing is left, so it names
// nothing by itself.
func Slug(title string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range Fold(Excerpt(title, 4*maxSlug)) {
		letters, ok := latin[r]
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			letters, ok = string(r), true
		}
		if !ok {
			hyphen = b.Len() > 0
			continue
		}
		if letters != "" && hyphen {
			b.WriteByte('-')
			hyphen = false
		}
		b.WriteString(letters)
	}
	slug := b.String()
	if len(slug) > maxSlug {
		end := strings.LastIndexByte(slug[:maxSlug+1], '-')
		if end < maxSlug/2 {
			end = maxSlug
		}
		slug = slug[:end]
	}
	return slug
}

// Collator returns how people who read lang (BCP 47; an unknown language gets
// the order of the Unicode standard) sort a and b: negative, zero or positive,
// and zero for equal strings only. In Hungarian Cukor comes before Csaba. The
// function belongs to one goroutine; make it once per list, not per comparison.
func Collator(lang string) func(a, b string) int {
	c := collate.New(language.Make(lang))
	return func(a, b string) int {
		return cmp.Or(c.CompareString(a, b), strings.Compare(a, b))
	}
}

// CollationKeys makes of strings what sorts, byte by byte, as [Collator] sorts those:
// for long lists, where each string is compared many times. The function belongs to
// one goroutine.
func CollationKeys(lang string) func(s string) string {
	c, buf := collate.New(language.Make(lang)), collate.Buffer{}
	return func(s string) string {
		defer buf.Reset()
		return string(c.KeyFromString(&buf, s))
	}
}
