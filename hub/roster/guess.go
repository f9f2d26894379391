package roster

import (
	"strings"
	"unicode"
)

// A sign is a form of words in a name and what it tells. Signs are looked for as
// whole words, in small letters and without the dot behind the last.
type sign struct{ words, kind, form string }

// forms are the legal forms, the longer before those that they contain.
func forms() []sign {
	return []sign{
		{"nonprofit kft", "company", "Nonprofit Kft."},
		{"non-profit kft", "company", "Nonprofit Kft."},
		{"nonprofit korlátolt felelősségű társaság", "company", "Nonprofit Kft."},
		{"nonprofit zrt", "company", "Nonprofit Zrt."},
		{"kft", "company", "Kft."},
		{"korlátolt felelősségű társaság", "company", "Kft."},
		{"zrt", "company", "Zrt."},
		{"zártkörűen működő részvénytársaság", "company", "Zrt."},
		{"nyrt", "company", "Nyrt."},
		{"nyilvánosan működő részvénytársaság", "company", "Nyrt."},
		{"bt", "company", "Bt."},
		{"betéti társaság", "company", "Bt."},
		{"kkt", "company", "Kkt."},
		{"ev", "company", "Ev."},
		{"e.v", "company", "Ev."},
		{"egyéni vállalkozó", "company", "Ev."},
		{"szövetkezet", "company", "Szövetkezet"},
		{"s.r.o", "company", "s.r.o."},
		{"s. r. o", "company", "s.r.o."},
		{"spol s r.o", "company", "s.r.o."},
		{"a.s", "company", "a.s."},
		{"gmbh", "company", "GmbH"},
		{"ag", "company", "AG"},
		{"srl", "company", "S.R.L."},
		{"s.r.l", "company", "S.R.L."},
		{"sp. z o.o", "company", "Sp. z o.o."},
		{"d.o.o", "company", "d.o.o."},
		{"ltd", "company", "Ltd."},
		{"inc", "company", "Inc."},
		{"тов", "company", "ТОВ"},
		{"фоп", "company", "ФОП"},
		{"egyesület", "civil", "Egyesület"},
		{"egyesülete", "civil", "Egyesület"},
		{"közalapítvány", "civil", "Alapítvány"},
		{"alapítvány", "civil", "Alapítvány"},
		{"alapítványa", "civil", "Alapítvány"},
		{"foundation", "civil", "Foundation"},
	}
}

// trades are the other words that say what an organisation is, in the order in
// which they decide. Most are the ends of words: Hungarian writes them in one.
func trades() []sign {
	var all []sign
	for _, t := range [][2]string{
		{"cluster", "klaszter klasztere klaszteregyesület cluster klaster кластер"},
		{"research", "kutatóintézet kutatóintézete kutatóközpont kutatóközpontja research forschungsinstitut"},
		{"education", "egyetem egyeteme főiskola főiskolája iskola iskolája technikum technikuma gimnázium gimnáziuma " +
			"szakképző university college school univerzita universität fachhochschule університет"},
		{"public", "önkormányzat önkormányzata hivatal hivatala minisztérium kamara kamarája municipality chamber ministry"},
		{"civil", "leader szövetség szövetsége association"},
	} {
		for w := range strings.FieldsSeq(t[1]) {
			all = append(all, sign{words: w, kind: t[0]})
		}
	}
	return all
}

// Guess says what a name tells of its organisation: one of [Kinds] and the legal
// form, each "" when it tells nothing. A university is one whatever its form, and
// so are schools, institutes and clusters.
func Guess(name string) (kind, form string) {
	folded := fold(name)
	last := -1
	for _, s := range forms() {
		// The form stands last; of two that end there the longer is listed first.
		if at := strings.LastIndex(folded, " "+s.words+" "); at >= 0 && at+len(s.words) > last {
			kind, form, last = s.kind, s.form, at+len(s.words)
		}
	}
	for _, s := range trades() {
		if !strings.Contains(folded, s.words+" ") {
			continue
		}
		if s.kind != "civil" || kind == "" {
			kind = s.kind
		}
		break
	}
	return kind, form
}

// fold is a name in small letters as words between single spaces, one in front
// and one behind; dots at the end of what stands last are left out.
func fold(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`,;:()"„”“'’/–`, r)
	})
	for i, f := range fields {
		if i == len(fields)-1 || len(f) > 3 || !strings.HasSuffix(f, ".") {
			fields[i] = strings.TrimRight(f, ".")
		}
	}
	return " " + strings.Join(fields, " ") + " "
}
