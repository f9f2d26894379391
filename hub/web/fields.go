package web

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"pergola/hub"
)

// fields is the part of a page that has a form: it says how each input is
// labelled and what is wrong with it. Labels are the texts form_FORM_NAME or
// form_NAME; a hint is the same with _hint behind it.
type fields struct {
	frame
	// form names the form in the keys of its texts.
	form string
	// needed are the names of the inputs that must be filled in.
	needed []string
	// Problems stand above the form and at their inputs.
	Problems []fieldProblem
}

// A fieldProblem is something wrong with an input.
type fieldProblem struct {
	// Name is that of the input, "" for the whole form.
	Name string
	// Anchor is the id of the input.
	Anchor, Label, Text string
}

// A field is an input with all that is said about it.
type field struct {
	Type, Name, ID, Label, Hint, Value, Problem string
	// Lang is the language of what is typed, "" for that of the page.
	Lang         string
	Autocomplete string
	Required     bool
	// Needed says in words that it is required.
	Needed string
	Rows   int
}

// DescribedBy are the ids of what is said about the input.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Problem != "" {
		ids = append(ids, f.ID+"-problem")
	}
	return strings.Join(ids, " ")
}

// A momentField asks for a date and a time of day.
type momentField struct {
	field
	whenForm
	DateLabel, TimeLabel string
}

// inputID is the id of the input of that name.
func inputID(name string) string { return "f-" + strings.ReplaceAll(name, ".", "-") }

// key is the key of an input's label.
func (f fields) key(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if key := "form_" + f.form + "_" + name; f.Has(key) {
		return key
	}
	return "form_" + name
}

// Input is an input of a type for a value.
func (f fields) Input(kind, name, value string) field {
	key := f.key(name)
	in := field{Type: kind, Name: name, ID: inputID(name), Label: f.T(key), Value: value, Needed: f.T("form_needed"), Rows: 3}
	if f.Has(key + "_hint") {
		in.Hint = f.T(key + "_hint")
	}
	if _, lang, ok := strings.Cut(name, "."); ok {
		in.Lang = lang
	}
	in.Required = slices.Contains(f.needed, name)
	if kind == "password" {
		in.Autocomplete = "new-password"
	}
	for _, p := range f.Problems {
		if p.Name == name && in.Problem == "" {
			in.Problem = p.Text
		}
	}
	return in
}

// Filled is an input that browsers fill in with what they know by a name. (HTML,
// 4.10.18.7.1)
func (f fields) Filled(with, kind, name, value string) field {
	in := f.Input(kind, name, value)
	in.Autocomplete = with
	return in
}

// LangInput is an input for a text in one of several languages, which its label
// names: where the inputs of a language do not stand together.
func (f fields) LangInput(kind, name, value string) field {
	in := f.Input(kind, name, value)
	if in.Lang != "" && len(f.Org.Languages) > 1 {
		in.Label += " (" + f.Language(in.Lang) + ")"
	}
	return in
}

// NumberedInput is one of several inputs of the same kind, counted from 1.
func (f fields) NumberedInput(name string, number int, value string) field {
	in := f.Input("text", name+"."+strconv.Itoa(number), value)
	in.Lang = ""
	in.Label += " (" + strconv.Itoa(number) + ")"
	return in
}

// AreaInput is an input of several lines.
func (f fields) AreaInput(rows int, name, value string) field {
	in := f.Input("", name, value)
	in.Rows = rows
	return in
}

// MomentInput is an input for a date and a time of day.
func (f fields) MomentInput(name string, w whenForm) momentField {
	return momentField{f.Input("", name, ""), w, f.T("form_date"), f.T("form_time")}
}

// CutOffInputs are inputs for the cut-off dates, and for one more.
func (f fields) CutOffInputs(ws []whenForm) []momentField {
	var all []momentField
	for i, w := range append(slices.Clone(ws), whenForm{}) {
		if i == hub.MaxCutOffs {
			break
		}
		m := f.MomentInput(cutOffName(i), w)
		m.Label += " (" + strconv.Itoa(i+1) + ")"
		all = append(all, m)
	}
	return all
}

// Wrong reports whether any of the inputs that begin like this has a problem:
// what is folded must be seen then.
func (f fields) Wrong(names ...string) bool {
	return slices.ContainsFunc(f.Problems, func(p fieldProblem) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(p.Name, name) })
	})
}

// LanguageName names a language for people.
func (f fields) LanguageName(tag string) string { return f.Language(tag) }

// ProblemCount says how many things are wrong.
func (f fields) ProblemCount() string { return f.N("problem_count", len(f.Problems)) }

// add notes what is wrong, each thing once.
func (f *fields) add(wrong ...hub.FieldError) {
	for _, e := range wrong {
		if e.Field == "title" && len(f.Org.Languages) > 0 {
			e.Field += "." + f.Org.Languages[0] // hub means the default one
		}
		p := fieldProblem{Name: inputFor(e), Text: e.Say(f)}
		if p.Name != "" {
			p.Anchor = inputID(p.Name)
			p.Label = f.T(f.key(p.Name))
			if _, lang, ok := strings.Cut(p.Name, "."); ok && len(f.Org.Languages) > 1 {
				p.Label += " (" + f.Language(lang) + ")"
			}
		}
		if !slices.Contains(f.Problems, p) {
			f.Problems = append(f.Problems, p)
		}
	}
}

// refused notes what hub found wrong; false when the error is another.
func (f *fields) refused(err error) bool {
	var invalid *hub.InvalidError
	if !errors.As(err, &invalid) {
		return false
	}
	f.add(invalid.Fields...)
	return len(f.Problems) > 0
}

// inputFor is the name of the input where a problem can be mended: hub speaks
// of moments and countries as one thing each.
func inputFor(e hub.FieldError) string {
	switch {
	case e.Problem == "no_such_zone" && (e.Field == "start" || e.Field == "end"):
		return "start_zone"
	case e.Problem == "no_such_zone":
		return "zone"
	case e.Problem == "no_such_country" && e.Field == "countries":
		return "other_countries"
	case e.Problem == "no_such_region" && e.Field == "regions":
		return "other_regions"
	}
	return e.Field
}
