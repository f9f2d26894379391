package locale_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"pergola/hub/locale"
)

func load(t *testing.T) *locale.Bundle {
	t.Helper()
	b, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// texts are all texts of a language: a string, or a table of plural forms.
func texts(t *testing.T, lang string) map[string]any {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join("locales", lang, "*.toml"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("no texts in %s: %v", lang, err)
	}
	all := map[string]any{}
	for _, part := range parts {
		if _, err := toml.DecodeFile(part, &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

var blank = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

func blanks(text any) []string {
	var names []string
	forms, ok := text.(map[string]any)
	if !ok {
		forms = map[string]any{"other": text}
	}
	for _, form := range forms {
		for _, m := range blank.FindAllStringSubmatch(form.(string), -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestLanguagesSayTheSame(t *testing.T) {
	hungarian, english := texts(t, "hu"), texts(t, "en")
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	for key, text := range hungarian {
		other, ok := english[key]
		if !ok {
			t.Errorf("%s is missing in English", key)
			continue
		}
		if !snake.MatchString(key) {
			t.Errorf("%s is not snake_case", key)
		}
		if a, b := blanks(text), blanks(other); !slices.Equal(a, b) {
			t.Errorf("%s has the blanks %v in Hungarian and %v in English", key, a, b)
		}
		_, plural := text.(map[string]any)
		if forms, ok := other.(map[string]any); ok != plural {
			t.Errorf("%s has plural forms in one language only", key)
		} else if ok && (forms["one"] == nil || forms["other"] == nil) {
			t.Errorf("%s lacks a form in English", key)
		}
	}
	for key := range english {
		if _, ok := hungarian[key]; !ok {
			t.Errorf("%s is missing in Hungarian", key)
		}
	}
}

// A Hungarian suffix depends on the word before it, so none follows a blank
// but "-kor" (at), which is always the same.
func TestNoSuffixIsGluedToABlank(t *testing.T) {
	glued := regexp.MustCompile(`}}-?[a-záéíóöőúüű]`)
	for key, text := range texts(t, "hu") {
		if s, ok := text.(string); ok && glued.MatchString(strings.ReplaceAll(s, "}}-kor", "}}")) {
			t.Errorf("%s: %q", key, s)
		}
	}
}

// What is said to people names none of the program's inner things.
func TestWordsOfTheProgramAreNotSaid(t *testing.T) {
	inner := regexp.MustCompile(`(?i)\b(hub|node|instance|actor|lane|inbox|federation|csomópont|föderáció)\b`)
	for _, lang := range []string{"hu", "en"} {
		for key, text := range texts(t, lang) {
			forms, ok := text.(map[string]any)
			if !ok {
				forms = map[string]any{"": text}
			}
			for _, form := range forms {
				if word := inner.FindString(form.(string)); word != "" {
					t.Errorf("%s/%s says %q", lang, key, word)
				}
			}
		}
	}
}

var (
	asked  = regexp.MustCompile(`[.\s(](?:T|N|Has)[ (]"([a-z0-9_]+)"[ ,)}|]`)
	quoted = regexp.MustCompile(`"([a-z][a-z0-9_]*)"`)
	// prefixes are the beginnings of keys that are put together: they stand in
	// quotes and end in "_".
	prefixes = regexp.MustCompile(`"([a-z][a-z0-9_]*_)"`)
	// suffixes are the ends of such keys.
	suffixes = regexp.MustCompile(`"(_[a-z0-9_]+)"`)
)

// TestKeysAreUsed reads what asks for texts: each key asked for is there, and
// each that is there is asked for, whole or put together.
func TestKeysAreUsed(t *testing.T) {
	all := texts(t, "hu")
	used, starts, ends := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, file := range sources(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllSubmatch(data, -1) {
			key := string(m[1])
			if _, ok := all[key]; !ok && !strings.HasSuffix(key, "_") {
				t.Errorf("%s asks for %q, which is not there", file, key)
			}
		}
		collect(data, quoted, used)
		collect(data, prefixes, starts)
		collect(data, suffixes, ends)
	}
	for key := range all {
		if !used[key] && !composed(key, starts, used, ends) {
			t.Errorf("%s is asked for by nobody", key)
		}
	}
}

func collect(data []byte, re *regexp.Regexp, into map[string]bool) {
	for _, m := range re.FindAllSubmatch(data, -1) {
		into[string(m[1])] = true
	}
}

// composed reports whether a key begins like one that is put together, or is a
// used key with an end.
func composed(key string, starts, used, ends map[string]bool) bool {
	for start := range starts {
		if strings.HasPrefix(key, start) {
			return true
		}
	}
	for end := range ends {
		if whole, ok := strings.CutSuffix(key, end); ok && (used[whole] || composed(whole, starts, used, nil)) {
			return true
		}
	}
	return false
}

// sources are the files that may ask for texts.
func sources(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, root := range []string{"..", "../../cmd", "../../federation/check"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			ext := filepath.Ext(path)
			if err == nil && (ext == ".go" || ext == ".html") && !strings.HasSuffix(path, "_test.go") {
				found = append(found, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func TestPlural(t *testing.T) {
	b := load(t)
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 day left"}, {"en", 0, "0 days left"}, {"en", 5, "5 days left"}, {"en", 1500, "1,500 days left"},
		{"hu", 1, "még 1 nap"}, {"hu", 5, "még 5 nap"}, {"hu", 1500, "még 1500 nap"},
	} {
		if got := b.Printer(c.lang).N("days_left", c.n); got != c.want {
			t.Errorf("N(%s, %d) = %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	b := load(t)
	if got := b.Printer("en").T("deadline_on", "Date", "<tomorrow>"); got != "Deadline: <tomorrow>" {
		t.Errorf("T = %q", got)
	}
	if got := b.Printer("hu").T("no_such_key"); got != "no_such_key" {
		t.Errorf("T of an unknown key = %q, want the key", got)
	}
	for tag, want := range map[string]string{"hu": "hu", "hu-HU": "hu", "en-GB": "en", "fi": "en", "": "en"} {
		if got := b.Printer(tag).Lang(); got != want {
			t.Errorf("Printer(%q).Lang() = %q, want %q", tag, got, want)
		}
	}
	if p := b.Printer("hu"); !p.Has("menu_events") || p.Has("no_such_key") {
		t.Error("Has does not tell what is there from what is not")
	}
}

func TestMatch(t *testing.T) {
	b := load(t)
	for _, c := range []struct{ accept, want string }{
		{"hu-HU,hu;q=0.9,en;q=0.8", "hu"},
		{"en-US,en;q=0.5", "en"},
		{"de,en;q=0.7,hu;q=0.3", "en"},
		{"de-AT,hu;q=0.3", "hu"},
		{"uk-UA", ""},
		{"sk,cs;q=0.8", ""},
		{"hu;q=0, en", "en"},
		{"", ""},
		{"*", ""},
		{";;;q=", ""},
		{strings.Repeat("a-", 5000), ""},
	} {
		if got := b.Match(c.accept, []string{"hu", "en"}); got != c.want {
			t.Errorf("Match(%.40q) = %q, want %q", c.accept, got, c.want)
		}
	}
	if got := b.Match("uk-UA,en;q=0.5", []string{"hu", "en", "uk"}); got != "uk" {
		t.Errorf("Match for uk-UA = %q, want uk without extensions", got)
	}
	if got := b.Match("hu", nil); got != "" {
		t.Errorf("Match of nothing offered = %q", got)
	}
}

func TestDates(t *testing.T) {
	b := load(t)
	hu, en := b.Printer("hu"), b.Printer("en")
	at := time.Date(2026, time.November, 20, 18, 0, 0, 0, time.UTC)
	morning := time.Date(2026, time.March, 5, 8, 5, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{hu.Date(at), "2026. november 20."},
		{en.Date(at), "20 November 2026"},
		{hu.ShortDate(morning), "2026. márc. 5."},
		{en.ShortDate(morning), "5 Mar 2026"},
		{hu.Weekday(at), "2026. november 20., péntek"},
		{en.Weekday(at), "Friday, 20 November 2026"},
		{hu.DateTime(morning), "2026. március 5., 8:05"},
		{en.DateTime(morning), "5 March 2026, 08:05"},
		{hu.Time(at), "18:00"},
		{hu.Month(at), "2026. november"},
		{en.Month(at), "November 2026"},
		{hu.ShortMonth(morning), "márc."},
		{hu.DayMonth(morning), "március 5."},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestRange(t *testing.T) {
	b := load(t)
	at := func(s string) time.Time {
		when, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct{ from, to, hu, en string }{
		{"2026-11-20 18:00", "", "2026. november 20., 18:00", "20 November 2026, 18:00"},
		{"2026-11-20 18:00", "2026-11-20 20:00", "2026. november 20., 18:00–20:00", "20 November 2026, 18:00–20:00"},
		{"2026-11-24 10:00", "2026-11-25 16:00", "2026. november 24., 10:00 – november 25., 16:00", "24 November, 10:00 – 25 November 2026, 16:00"},
		{"2026-12-31 22:00", "2027-01-01 02:00", "2026. december 31., 22:00 – 2027. január 1., 2:00", "31 December 2026, 22:00 – 1 January 2027, 02:00"},
	} {
		var to time.Time
		if c.to != "" {
			to = at(c.to)
		}
		if got := b.Printer("hu").Range(at(c.from), to); got != c.hu {
			t.Errorf("hu: %q, want %q", got, c.hu)
		}
		if got := b.Printer("en").Range(at(c.from), to); got != c.en {
			t.Errorf("en: %q, want %q", got, c.en)
		}
	}
	for _, c := range []struct{ from, to, hu, en string }{
		{"2026-11-24", "2026-11-24", "2026. november 24.", "24 November 2026"},
		{"2026-11-24", "2026-11-25", "2026. november 24–25.", "24–25 November 2026"},
		{"2026-11-30", "2026-12-02", "2026. november 30. – december 2.", "30 November – 2 December 2026"},
		{"2026-12-31", "2027-01-01", "2026. december 31. – 2027. január 1.", "31 December 2026 – 1 January 2027"},
	} {
		from, to := at(c.from+" 00:00"), at(c.to+" 00:00")
		if got := b.Printer("hu").DateRange(from, to); got != c.hu {
			t.Errorf("hu: %q, want %q", got, c.hu)
		}
		if got := b.Printer("en").DateRange(from, to); got != c.en {
			t.Errorf("en: %q, want %q", got, c.en)
		}
	}
}

func TestNumbers(t *testing.T) {
	b := load(t)
	hu, en := b.Printer("hu"), b.Printer("en")
	for _, c := range []struct{ got, want string }{
		{hu.Number(0), "0"}, {hu.Number(1500), "1500"}, {hu.Number(10000), "10\u00a0000"}, {hu.Number(-1234567), "−1\u00a0234\u00a0567"},
		{en.Number(999), "999"}, {en.Number(1500), "1,500"}, {en.Number(10000), "10,000"},
		{hu.Money("60000", "EUR"), "60\u00a0000\u00a0€"}, {hu.Money("4000", "EUR"), "4000\u00a0€"},
		{hu.Money("200000", "HUF"), "200\u00a0000\u00a0Ft"}, {hu.Money("1234.50", "EUR"), "1234,50\u00a0€"},
		{en.Money("60000", "EUR"), "€60,000"}, {en.Money("60000.00", "EUR"), "€60,000"}, {en.Money("200000", "HUF"), "HUF\u00a0200,000"},
		{en.Money("12.5", "GBP"), "£12.5"}, {en.Money("many", "EUR"), "many EUR"}, {en.Money("", ""), ""},
		{en.Money("-5", "EUR"), "-5 EUR"}, {hu.Money("007", "USD"), "7\u00a0USD"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	b := load(t)
	hu, en := b.Printer("hu"), b.Printer("en")
	for _, c := range []struct{ got, want string }{
		{hu.Zone("Europe/Budapest"), "Budapest"}, {hu.Zone("Europe/Brussels"), "Brüsszel"}, {hu.Zone("Europe/Kyiv"), "Kijev"},
		{en.Zone("America/New_York"), "New York"}, {en.Zone("Europe/Kiev"), "Kyiv"}, {en.Zone("UTC"), "UTC"}, {en.Zone(""), ""},
		{hu.Country("HU"), "Magyarország"}, {hu.Country("UA"), "Ukrajna"}, {en.Country("gr"), "Greece"}, {en.Country("EL"), "Greece"},
		{en.Country("Hungary"), "Hungary"}, {en.Country("1!"), "1!"},
		{hu.Language("hu"), "magyar"}, {hu.Language("en"), "angol"}, {en.Language("hu"), "Hungarian"}, {en.Language("uk"), "Ukrainian"},
		{en.Language("not a tag"), "not a tag"}, {en.Language(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
