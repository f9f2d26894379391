package roster

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
)

// What is read of a table at most.
const (
	MaxTable = 256 << 10
	MaxRows  = 500
)

// What is wrong with a whole table.
var (
	ErrTooLarge = errors.New("the table is too large")
	ErrEmpty    = errors.New("the table is empty")
)

// A Row is a line of a table.
type Row struct {
	// Line is its number in the table, from 1.
	Line int
	Organisation
	// Problems are why it cannot be kept.
	Problems []Problem
}

// columns are the names of the columns in the order of a table without a header,
// each with the words that a header has for it.
func columns() [][]string {
	return [][]string{
		{"name", "név", "a szervezet neve", "szervezet", "tag", "tag neve", "cégnév", "organisation", "organization", "member", "company"},
		{"type", "típus", "kind", "szervezettípus"},
		{"legal_form", "jogi forma", "cégforma", "legal form"},
		{"region", "régió", "nuts"},
		{"sectors", "ágazat", "ágazatok", "sector", "nace", "teáor"},
		{"keywords", "kulcsszavak", "kulcsszó", "keyword"},
		{"offers", "kínálat", "kínál", "ajánlat", "mit kínál", "offer", "services", "what they offer"},
		{"website", "honlap", "weboldal", "web", "url"},
		{"since", "mióta tag", "mióta", "tag óta", "csatlakozott", "member since", "joined"},
		{"public", "nyilvános"},
		{"country", "ország"},
	}
}

// column is what a header's word stands for, "" for nothing that is known.
func column(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	for _, c := range columns() {
		if slices.Contains(c, word) {
			return c[0]
		}
	}
	return ""
}

// Read reads a table of organisations as people paste it: cells between tabs,
// semicolons or commas, quoted where need be, with a header in Hungarian or
// English or without one. What the table does not say is guessed from the names.
// Whatever is wrong with a row stands at it. ErrTooLarge, ErrEmpty.
func Read(table string, today time.Time) ([]Row, error) {
	if len(table) > MaxTable {
		return nil, ErrTooLarge
	}
	table = strings.TrimPrefix(strings.ToValidUTF8(table, "\uFFFD"), "\uFEFF")
	r := csv.NewReader(strings.NewReader(table))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(table), -1, true
	var rows []Row
	var names []string
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, ErrEmpty // not reached: quotes are lazy, nothing else is an error
		}
		line, _ := r.FieldPos(0)
		for i, c := range cells {
			cells[i] = clean(c)
		}
		if slices.Equal(distinct(cells), nil) {
			continue
		}
		if names == nil {
			if names = header(cells); names != nil {
				continue
			}
			for _, c := range columns() {
				names = append(names, c[0])
			}
		}
		if len(rows) == MaxRows {
			return nil, ErrTooLarge
		}
		row := readRow(names, cells)
		row.Line = line
		row.Problems = append(row.Problems, row.Check(today)...)
		if slices.ContainsFunc(rows, func(r Row) bool { return r.Name == row.Name }) && row.Name != "" {
			row.Problems = append(row.Problems, Problem{"name", "twice", row.Name})
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, ErrEmpty
	}
	return rows, nil
}

// separator is what stands between the cells: of those in the first line that has
// any, a tab before a semicolon before a comma.
func separator(table string) rune {
	for line := range strings.Lines(table) {
		for _, sep := range "\t;," {
			if strings.ContainsRune(line, sep) {
				return sep
			}
		}
		if strings.TrimSpace(line) != "" && column(line) == "" {
			break
		}
	}
	return '\t'
}

// clean is a cell on one line without what cannot be seen.
func clean(cell string) string {
	cell = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, cell)
	return strings.Join(strings.Fields(cell), " ")
}

// header is what each column is, nil when the cells are no header: one of them
// must be for the name.
func header(cells []string) []string {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = column(c)
	}
	if !slices.Contains(names, "name") {
		return nil
	}
	return names
}

func readRow(names, cells []string) Row {
	var row Row
	public := ""
	for i, cell := range cells {
		if i >= len(names) || cell == "" {
			continue
		}
		switch names[i] {
		case "name":
			row.Name = cell
		case "type":
			row.Kind = kindNamed(cell)
		case "legal_form":
			row.Form = cell
		case "region":
			row.Region = regionNamed(cell)
		case "country":
			row.Country = strings.ToUpper(cell)
		case "sectors":
			for _, s := range Words(cell) {
				row.Sectors = append(row.Sectors, section(s))
			}
		case "keywords":
			row.Keywords = Words(cell)
		case "offers":
			row.Offers = cell
		case "website":
			row.Website = cell
			if !strings.Contains(cell, "://") {
				row.Website = "https://" + cell
			}
		case "since":
			row.Since = strings.Trim(strings.ReplaceAll(strings.ReplaceAll(cell, ". ", "-"), ".", "-"), "-")
		case "public":
			public = strings.ToLower(cell)
		}
	}
	row.Organisation = row.Tidy()
	switch public {
	case "igen", "yes", "i", "y", "1", "x", "true":
		row.Public = true
	case "nem", "no", "n", "0", "-", "false":
	case "":
		// What is known of a sole trader is known of a person.
		row.Public = row.Form != "Ev."
	default:
		row.Problems = append(row.Problems, Problem{"public", "yes_or_no", public})
	}
	return row
}

// Words are what stands between commas, semicolons or bars.
func Words(s string) []string {
	var all []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		all = append(all, clean(w))
	}
	return distinct(all)
}

// section is the section of a NACE code that begins with it: "C" of "C.10".
func section(code string) string {
	if len(code) > 1 && code[1] >= '0' && code[1] <= '9' || len(code) > 1 && code[1] == '.' {
		code = code[:1]
	}
	return strings.ToUpper(code)
}

// kindNamed is a kind by the words that people have for it, else what was said.
func kindNamed(word string) string {
	word = strings.ToLower(word)
	for _, k := range [][]string{
		{"company", "cég", "vállalkozás", "vállalat", "kkv", "sme", "industry"},
		{"research", "kutatóintézet", "kutatás", "research institute"},
		{"education", "egyetem", "iskola", "oktatás", "university", "school"},
		{"public", "közintézmény", "közszféra", "önkormányzat", "public body"},
		{"civil", "civil szervezet", "egyesület", "alapítvány", "ngo", "foundation", "association"},
		{"cluster", "klaszter"},
	} {
		if slices.Contains(k, word) {
			return k[0]
		}
	}
	return word
}

// regionNamed is a NUTS code, by the region's Hungarian name too.
func regionNamed(name string) string {
	names := []string{
		"budapest", "pest", "közép-dunántúl", "nyugat-dunántúl", "dél-dunántúl",
		"észak-magyarország", "észak-alföld", "dél-alföld",
	}
	if i := slices.Index(names, strings.ToLower(name)); i >= 0 {
		return Regions()[i]
	}
	return strings.ToUpper(name)
}
