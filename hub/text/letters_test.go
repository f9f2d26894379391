package text

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// Keys sort as the comparison does.
func TestCollationKeys(t *testing.T) {
	names := []string{"Zsolna", "Őrség", "Özd", "Ózd", "Ozora", "Cukor", "Csaba", "Nyír", "Nagy", "SZATEV", "Star*Plus", "cukor", "Gyula", "Gombos", "", "Alfa 2", "Alfa 10"}
	for _, lang := range []string{"hu", "en"} {
		want, got := slices.Clone(names), slices.Clone(names)
		slices.SortFunc(want, Collator(lang))
		key := CollationKeys(lang)
		slices.SortFunc(got, func(a, b string) int { return cmp.Or(strings.Compare(key(a), key(b)), strings.Compare(a, b)) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}
