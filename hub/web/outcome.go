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
	item    hub.Item
}

// ResultInput asks for one of the outcomes.
func (p resultPage) ResultInput() choiceField {
	return boxes(p.fields, "result", hub.Outcomes(), []string{p.Result}, func(o hub.Outcome) string { return hub.Call{Result: o}.ResultName(p.Printer) })
}

func (s *Site) resultPage(r *http.Request) (resultPage, error) {
	it, err := s.hub.OwnItem(r.Context(), by(r), r.URL.Query().Get("id"))
	if err == nil && (it.Call == nil || it.State != hub.Published) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return resultPage{}, err
	}
	f, err := s.unlisted(r, "result_title")
	if err != nil {
		return resultPage{}, err
	}
	p := resultPage{
		fields: fields{frame: f, form: "item", needed: []string{"result"}}, Result: string(it.Call.Result),
		Notes:   said(formLangs(it, f.Org.Languages), func(lang string) string { return translation(it.Call.ResultNote, lang) }),
		Subject: f.itemTitle(it), Action: r.URL.RequestURI(), item: it,
	}
	return p, nil
}

// recordResult publishes what came of a call.
func (s *Site) recordResult(w http.ResponseWriter, r *http.Request) error {
	p, err := s.resultPage(r)
	if err != nil {
		return err
	}
	p.Result = line(r.PostForm, "result")
	p.Notes = said(formLangs(p.item, p.Org.Languages), func(lang string) string { return line(r.PostForm, "result_note."+lang) })
	done, err := s.hub.RecordResult(r.Context(), by(r), p.item.ID, hub.Outcome(p.Result), saidText(p.Notes))
	return s.finish(w, r, err, "desk_result", &p, "result_recorded", p.itemPath(done))
}
