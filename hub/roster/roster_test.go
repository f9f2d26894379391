package roster_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pergola/hub/roster"
)

func TestGuess(t *testing.T) {
	for _, c := range []struct{ name, kind, form string }{
		{"Alfa Kft.", "company", "Kft."},
		{"Alfa Korlátolt Felelősségű Társaság", "company", "Kft."},
		{"Zempléni Térség- és Vállalkozásfejlesztési Kft.", "company", "Kft."},
		{"Béta Fejlesztési Nonprofit Kft.", "company", "Nonprofit Kft."},
		{"GAMMA ZRT", "company", "Zrt."},
		{"Delta Nyrt.", "company", "Nyrt."},
		{"Kis és Társa Bt.", "company", "Bt."},
		{"Nagy Béla e.v.", "company", "Ev."},
		{"Kovács Anna ev.", "company", "Ev."},
		{"Epszilon Szövetkezet", "company", "Szövetkezet"},
		{"Epsilon s.r.o.", "company", "s.r.o."},
		{"Epsilon s. r. o.", "company", "s.r.o."},
		{"Epsilon, spol. s r.o.", "company", "s.r.o."},
		{"Zeta, a.s.", "company", "a.s."},
		{"Zeta GmbH", "company", "GmbH"},
		{"Eta SRL", "company", "S.R.L."},
		{"Theta Ltd.", "company", "Ltd."},
		{"ТОВ Приклад", "company", "ТОВ"},
		{"Mintavárosi Egyetem", "education", ""},
		{"Mintavárosi Egyetem Kutatóintézete", "research", ""},
		{"Andrássy Gyula Műszaki Középiskola", "education", ""},
		{"Minta Iskola Nonprofit Kft.", "education", "Nonprofit Kft."},
		{"Minta Alapítvány", "civil", "Alapítvány"},
		{"Gyermekekért Egyesület", "civil", "Egyesület"},
		{"Magyar Virtuális Mikrohálózatok Mérlegköri Klaszter Egyesület", "cluster", "Egyesület"},
		{"Autóipari Klaszter", "cluster", ""},
		{"Minta Megyei Iparkamara", "public", ""},
		{"Mintafalu Önkormányzata", "public", ""},
		{"Bükk LEADER", "civil", ""},
		{"Minta Holding", "", ""},
		{"Kftisztítás", "", ""},
		{"", "", ""},
	} {
		if kind, form := roster.Guess(c.name); kind != c.kind || form != c.form {
			t.Errorf("%q is %q, %q; want %q, %q", c.name, kind, form, c.kind, c.form)
		}
	}
}

var today = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)

func TestRead(t *testing.T) {
	full := roster.Organisation{Name: "Alfa Kft.", Kind: "company", Form: "Kft.", Region: "HU31", Country: "HU", Sectors: []string{"C"},
		Keywords: []string{"optika", "lézer"}, Website: "https://alfa.example", Since: "2012-05", Public: true}
	for name, table := range map[string]string{
		"hungarian":  "Név;Régió;Ágazat;Kulcsszavak;Honlap;Mióta tag\nAlfa Kft.;Észak-Magyarország;C.26;optika, lézer;alfa.example;2012. 05.\n",
		"english":    "name,region,sector,keywords,website,since,public\n\"Alfa Kft.\",HU31,c,\"optika,lézer\",https://alfa.example,2012-05,yes",
		"tabs":       "Honlap\tNév\tNUTS\tismeretlen\tnace\tkeywords\tsince\r\nalfa.example\tAlfa Kft.\thu31\tx\tC\toptika|lézer\t2012.05\r\n",
		"bare":       "Alfa Kft.;cég;;HU31;C;optika,lézer;;alfa.example;2012-05;igen",
		"byte order": "\uFEFFnév;régió;ágazat;kulcsszó;web;since\n\n  ;;;;;\nAlfa Kft.;HU31;C;optika,lézer;alfa.example;2012-05",
	} {
		rows, err := roster.Read(table, today)
		if err != nil || len(rows) != 1 || len(rows[0].Problems) != 0 {
			t.Errorf("%s: %+v, %v", name, rows, err)
			continue
		}
		got := rows[0].Organisation
		if got.Name != full.Name || got.Kind != full.Kind || got.Form != full.Form || got.Region != full.Region || got.Country != full.Country ||
			!slices.Equal(got.Sectors, full.Sectors) || !slices.Equal(got.Keywords, full.Keywords) ||
			got.Website != full.Website || got.Since != full.Since || got.Public != full.Public {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestCountryOf(t *testing.T) {
	for region, want := range map[string]string{"": "", "HU": "", "HU33": "HU", "EL30": "GR", "UKI3": "GB", "XX99": "", "EU12": "", "hu33": ""} {
		if got := roster.CountryOf(region); got != want {
			t.Errorf("%q is in %q, want %q", region, got, want)
		}
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	rows, err := roster.Read("név;típus;régió;ágazat;honlap;mióta;nyilvános\n"+
		";cég;;;;;\nAlfa Kft.;bolygó;a Hold;9;ftp://x;2099;talán\nAlfa Kft.\nNagy Béla e.v.\nBéta Kft.;;XX99\n", today)
	if err != nil || len(rows) != 5 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for i, want := range [][]string{
		{"name required"},
		{"public yes_or_no", "type unknown", "region no_such_region", "sectors no_such_sector", "website not_a_url", "since no_such_date"},
		{"name twice"},
		nil,
		{"region no_such_region"},
	} {
		var got []string
		for _, p := range rows[i].Problems {
			got = append(got, p.Field+" "+p.Problem)
		}
		if !slices.Equal(got, want) || rows[i].Line != i+2 {
			t.Errorf("line %d: %v", rows[i].Line, got)
		}
	}
	if rows[3].Public {
		t.Error("a sole trader is shown without being asked")
	}
	if _, err := roster.Read(" \n\n", today); !errors.Is(err, roster.ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := roster.Read(strings.Repeat("Alfa Kft.\n", roster.MaxRows+1), today); !errors.Is(err, roster.ErrTooLarge) {
		t.Errorf("too many rows: %v", err)
	}
	if _, err := roster.Read(strings.Repeat("x", roster.MaxTable+1), today); !errors.Is(err, roster.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("név;típus\nAlfa Kft.;cég")
	f.Add("\"a\nb\",\"c\"\"")
	f.Add("Alfa\x00\xff\tB")
	f.Fuzz(func(t *testing.T, table string) {
		rows, err := roster.Read(table, today)
		if err != nil {
			return
		}
		if len(rows) == 0 || len(rows) > roster.MaxRows {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			if r.Line < 1 || !utf8.ValidString(r.Name) || len(r.Problems) == 0 && r.Name == "" {
				t.Fatalf("%+v", r)
			}
		}
	})
}
