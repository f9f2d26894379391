package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pergola/hub"
	"pergola/hub/roster"
)

// An importPage asks for a table, and shows what it says before it is kept.
type importPage struct {
	fields
	Table string
	Rows  []importRow
	// Good and Bad say how many rows can be kept, and how many cannot.
	Good, Bad string
	// Can says that there is a row to be kept.
	Can bool
}

// An importRow is a row of the table as it was understood.
type importRow struct {
	directoryRow
	Line   string
	Type   choiceField
	Form   field
	Public string
	// Problems are sentences; Known says that it is in the list already.
	Problems []string
	Known    bool
}

// importForm asks for a table.
func (s *Site) importForm(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	return s.render(w, r, "office_import", s.importPage(f))
}

func (s *Site) importPage(f frame) importPage {
	p := importPage{fields: fields{frame: f, form: "import", needed: []string{"table"}}}
	p.Title, p.NoIndex = f.T("import_title"), true
	return p
}

// importTable shows what a table says, and keeps it when that is confirmed. What
// was guessed can be mended between.
func (s *Site) importTable(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	p := s.importPage(f)
	p.Table = paragraph(r.PostForm, "table")
	rows, err := roster.Read(p.Table, time.Now())
	if err != nil {
		problem := "required"
		if errors.Is(err, roster.ErrTooLarge) {
			problem = "table_too_large"
		}
		p.add(hub.FieldError{Field: "table", Problem: problem, Arg: strconv.Itoa(roster.MaxRows)})
		return s.again(w, r, "office_import", &p)
	}
	have, err := s.hub.OwnDirectory(r.Context(), who, f.Lang())
	if err != nil {
		return err
	}
	var good []roster.Organisation
	bad := 0
	for _, row := range rows {
		n := strconv.Itoa(row.Line)
		if r.PostForm.Has("type." + n) {
			row.Kind, row.Organisation.Form = line(r.PostForm, "type."+n), line(r.PostForm, "legal_form."+n)
		}
		known := slices.ContainsFunc(have, func(e hub.DirectoryEntry) bool { return e.Removed.IsZero() && e.Name == row.Name })
		p.Rows = append(p.Rows, p.importRow(row, known))
		switch {
		case len(row.Problems) > 0:
			bad++
		case !known:
			good = append(good, row.Organisation)
		}
	}
	p.Good, p.Can = f.N("import_good", len(good)), len(good) > 0
	if bad > 0 {
		p.Bad = f.N("import_bad", bad)
	}
	if !p.Can || line(r.PostForm, "confirm") == "" {
		return s.render(w, r, "office_import", p)
	}
	batch, _, err := s.hub.ImportDirectory(r.Context(), who, good)
	return s.finish(w, r, err, "office_import", &p, "directory_imported", query(f.Path("/office/directory"), "undo", batch))
}

func (p importPage) importRow(row roster.Row, known bool) importRow {
	n := strconv.Itoa(row.Line)
	shown := importRow{directoryRow: p.directoryRow(hub.DirectoryEntry{Organisation: row.Organisation}), Line: n, Known: known}
	shown.Public = p.T("directory_private")
	if row.Organisation.Public {
		shown.Public = p.T("directory_public")
	}
	for _, wrong := range row.Problems {
		shown.Problems = append(shown.Problems, p.T("form_directory_"+wrong.Field)+": "+hub.FieldError{Field: wrong.Field, Problem: wrong.Problem, Arg: wrong.Arg}.Say(p))
	}
	if len(row.Problems) == 0 {
		shown.Type = p.kindChoices("type", row.Kind)
		shown.Form = p.Input("text", "legal_form", row.Organisation.Form)
		shown.Type.Name, shown.Type.ID = "type."+n, "f-type-"+n
		shown.Form.Name, shown.Form.ID = "legal_form."+n, "f-legal_form-"+n
	}
	return shown
}
