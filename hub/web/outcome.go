package web

import (
	"net/http"

	"pergola/hub"
)

// A resultPage asks what came of a call.
type resultPage struct {
	fields
	Result  string
	Notes   []saidForm
	Subject phrase
	Action  string
}

// ResultInput asks for one of the outcomes.
func (p resultPage) ResultInput() choiceField {
	c := choiceField{field: p.Input("", "result", "")}
	for _, o := range hub.Outcomes() {
		c.Choices = append(c.Choices, choice{string(o), hub.Call{Result: o}.ResultName(p.Printer), string(o) == p.Result})
	}
	return c
}

func (s *Site) resultPage(r *http.Request, who hub.Who) (resultPage, hub.Item, error) {
	it, err := s.hub.OwnItem(r.Context(), who, r.URL.Query().Get("id"))
	if err == nil && (it.Call == nil || it.State != hub.Published) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return resultPage{}, it, err
	}
	f, err := s.frame(r)
	if err != nil {
		return resultPage{}, it, err
	}
	t := textIn(it, f.Lang())
	p := resultPage{
		fields: fields{frame: f, form: "item", needed: []string{"result"}}, Result: string(it.Call.Result),
		Notes:   said(formLangs(it, f.Org.Languages), func(lang string) string { return translation(it.Call.ResultNote, lang) }),
		Subject: f.phrase(t.Title, t.Lang), Action: r.URL.RequestURI(),
	}
	p.Title, p.NoIndex = f.T("result_title"), true
	return p, it, nil
}

// resultForm asks what came of a call.
func (s *Site) resultForm(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	p, _, err := s.resultPage(r, who)
	if err != nil {
		return err
	}
	return s.render(w, r, "desk_result", p)
}

// recordResult publishes what came of a call.
func (s *Site) recordResult(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	p, it, err := s.resultPage(r, who)
	if err != nil {
		return err
	}
	p.Result = line(r.PostForm, "result")
	p.Notes = said(formLangs(it, p.Org.Languages), func(lang string) string { return line(r.PostForm, "result_note."+lang) })
	done, err := s.hub.RecordResult(r.Context(), who, it.ID, hub.Outcome(p.Result), saidText(p.Notes))
	if p.refused(err) {
		return s.renderStatus(w, r, http.StatusUnprocessableEntity, "desk_result", p)
	}
	if err != nil {
		return err
	}
	s.flash(w, "result_recorded")
	return s.redirect(w, r, p.itemPath(done))
}
