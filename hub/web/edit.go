package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// An editPage is the editor's form of an item.
type editPage struct {
	fields
	Form            itemForm
	Heading, Action string
	// Notice says something about what is shown, "" for nothing.
	Notice                  string
	IsNews, IsEvent, IsCall bool
	// CanDraft says that nobody has seen it yet.
	CanDraft bool
	// Told says what the followers of something public are told of besides,
	// "" for nothing.
	Told string
	// Wholes are the events that this one can be a part of.
	Wholes []choice
	// Preview is how it will look in each of its languages; none when nobody
	// asked.
	Preview []itemPage
	// Checklist is set for a call.
	Checklist *checklist
}

// RegistrationInput asks how one registers for an event.
func (p editPage) RegistrationInput(chosen string) choiceField {
	return p.choices("registration", "edit_registration_", cmp.Or(chosen, registerNowhere),
		registerNowhere, registerElsewhere, string(hub.Free), string(hub.Restricted))
}

// YearsInput asks how often there is an edition.
func (p editPage) YearsInput(chosen string) choiceField {
	c := choiceField{field: p.Input("", "years", "")}
	for _, n := range hub.SeriesYears() {
		label := p.T("series_years_none")
		if n > 0 {
			label = p.N("series_years", n)
		}
		c.Choices = append(c.Choices, choice{numberOf(n), label, numberOf(n) == chosen})
	}
	return c
}

// PartOfInput asks which event this one is a part of.
func (p editPage) PartOfInput(chosen string) choiceField {
	c := choiceField{field: p.Input("", "part_of", ""), Choices: []choice{{"", p.T("series_alone"), chosen == ""}}}
	for _, w := range p.Wholes {
		w.Chosen = w.Value == chosen
		c.Choices = append(c.Choices, w)
	}
	if chosen != "" && !slices.ContainsFunc(p.Wholes, func(w choice) bool { return w.Value == chosen }) {
		c.Choices = append(c.Choices, choice{chosen, chosen, true})
	}
	return c
}

// PurposeInput asks what a call is for.
func (p editPage) PurposeInput(chosen string) choiceField {
	return p.choices("purpose", "edit_purpose_", chosen,
		string(hub.Request), string(hub.Offer), string(hub.Funding), string(hub.Other))
}

// showEditor shows the form of an own item, or an empty one.
func (s *Site) showEditor(w http.ResponseWriter, r *http.Request) error {
	it, err := s.editorsItem(r)
	if err != nil {
		return err
	}
	p, err := s.editPage(r, it)
	if err != nil {
		return err
	}
	p.Form = newItemForm(it, p.Org)
	p.check(it)
	return s.render(w, r, "desk_edit", p)
}

// editorsItem is the item that the address names: an own one by its id, or a
// new one of a type.
func (s *Site) editorsItem(r *http.Request) (hub.Item, error) {
	if id := r.URL.Query().Get("id"); id != "" {
		it, err := s.hub.OwnItem(r.Context(), by(r), id)
		if err == nil && it.Type == hub.ADigest {
			err = hub.ErrForbidden // it was composed, not written
		}
		return it, err
	}
	t := hub.ItemType(path.Base(r.URL.Path))
	if !slices.Contains([]hub.ItemType{hub.News, hub.AnEvent, hub.ACall}, t) {
		return hub.Item{}, hub.ErrNotFound
	}
	return hub.Item{Type: t, Own: true}, nil
}

func (s *Site) editPage(r *http.Request, it hub.Item) (editPage, error) {
	f, err := s.frame(r)
	if err != nil {
		return editPage{}, err
	}
	p := editPage{
		fields: fields{frame: f, form: "item"}, IsNews: it.Type == hub.News, IsEvent: it.Type == hub.AnEvent, IsCall: it.Type == hub.ACall,
		CanDraft: it.State != hub.Published, Action: r.URL.RequestURI(),
	}
	p.needed = append(p.needed, "start", "purpose")
	if len(f.Org.Languages) == 1 {
		p.needed = append(p.needed, "title."+f.Org.Languages[0])
	}
	p.Heading = f.T("edit_new_" + string(it.Type))
	if it.ID != "" {
		p.Heading = f.T("edit_change_" + string(it.Type))
	}
	if key := "edit_notice_" + string(it.Type); !p.CanDraft && f.Has(key) {
		p.Told = f.T(key)
	}
	p.Title, p.NoIndex = p.Heading, true
	if !p.IsEvent {
		return p, nil
	}
	ours, err := s.hub.Feed(r.Context(), hub.FeedFilter{Own: true, Type: hub.AnEvent}, hub.Page{Limit: 100})
	for _, e := range ours {
		if e.ID != it.ID && e.Event != nil && e.Event.PartOf == "" {
			p.Wholes = append(p.Wholes, choice{Value: e.ID, Label: textIn(e.Item, f.Lang()).Title + ", " + f.deskFacts(e.Item)})
		}
	}
	return p, err
}

// saveItem does what the pressed button says: shows how the item will look,
// keeps a draft, or publishes. What was typed is shown again unless it was
// kept.
func (s *Site) saveItem(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	it, err := s.editorsItem(r)
	if err != nil {
		return err
	}
	p, err := s.editPage(r, it)
	if err != nil {
		return err
	}
	p.Form = readItemForm(r.PostForm, it, p.Org)
	typed, problems := p.Form.apply(it)
	p.check(typed)
	do := r.PostForm.Get("do")
	if do == "resume" {
		p.Notice = p.T("edit_resumed")
		return s.render(w, r, "desk_edit", p)
	}
	strangers, err := s.lookUp(r.Context(), who, typed.Event)
	if err != nil {
		return err
	}
	problems = append(problems, strangers...)
	switch do {
	case "draft", "publish":
		if p.add(problems...); p.overtaken(it) || len(p.Problems) > 0 {
			// What else is wrong is said at once.
			if _, err := s.hub.Preview(r.Context(), who, typed); do == "publish" && err != nil && !p.refused(err) {
				return err
			}
			return s.again(w, r, "desk_edit", &p)
		}
		return s.keepItem(w, r, who, typed, p)
	}
	p.add(problems...)
	return s.previewItem(w, r, who, typed, p)
}

// check shows how good a call is as it is typed.
func (p *editPage) check(it hub.Item) {
	if p.IsCall {
		p.Checklist = p.checklist(it, "")
	}
}

// overtaken notes, once, that the item was changed since the form was filled.
func (p *editPage) overtaken(it hub.Item) bool {
	if p.Form.Base == baseOf(it) {
		return false
	}
	p.add(hub.FieldError{Problem: "changed_meanwhile"})
	p.Form.Base = baseOf(it)
	return true
}

// baseOf tells one state of an item from another.
func baseOf(it hub.Item) string {
	if it.ID == "" {
		return ""
	}
	return strconv.FormatInt(it.Updated.UnixMilli(), 10)
}

// keepItem keeps a draft or publishes, and goes on to what came of it.
func (s *Site) keepItem(w http.ResponseWriter, r *http.Request, who hub.Who, typed hub.Item, p editPage) error {
	do, done := s.hub.Publish, "published"
	if typed.State == hub.Published {
		done = "changed"
	}
	if r.PostForm.Get("do") == "draft" {
		do, done = s.hub.SaveDraft, "draft_saved"
	}
	saved, err := do(r.Context(), who, typed)
	if p.refused(err) {
		return s.again(w, r, "desk_edit", &p)
	}
	if err != nil {
		return err
	}
	s.flash(w, done)
	if saved.State == hub.Draft {
		return s.redirect(w, r, query(p.Path("/desk/edit"), "id", saved.ID))
	}
	return s.redirect(w, r, p.itemPath(saved))
}

// previewItem shows the form again and, where it can be published, how it will
// look.
func (s *Site) previewItem(w http.ResponseWriter, r *http.Request, who hub.Who, typed hub.Item, p editPage) error {
	e, err := s.hub.Preview(r.Context(), who, typed)
	if p.refused(err) || err == nil && len(p.Problems) > 0 {
		return s.again(w, r, "desk_edit", &p)
	}
	if err != nil {
		return err
	}
	for _, t := range e.Texts {
		asked := r.Clone(r.Context())
		asked.URL.RawQuery = url.Values{"text": {t.Lang}}.Encode()
		shown, err := s.itemPage(asked, p.frame, e)
		if err != nil {
			return err
		}
		// Nobody can follow a link into what is not kept.
		shown.Texts, shown.ID = nil, ""
		if shown.Registration != nil {
			shown.Registration.Link = ""
		}
		p.Preview = append(p.Preview, shown)
	}
	return s.render(w, r, "desk_edit", p)
}

// lookupTime is how long we ask other hosts for those named in a form.
const lookupTime = 15 * time.Second

// lookUp finds the ids of organisations that were named by their handle; the
// problems are those that nobody was found for.
func (s *Site) lookUp(ctx context.Context, who hub.Who, ev *hub.Event) ([]hub.FieldError, error) {
	if ev == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	var problems []hub.FieldError
	for n, parties := range [][]vocab.Party{ev.Organisers, ev.Funders} {
		for i, p := range parties {
			if !strings.HasPrefix(p.ID, "@") {
				continue
			}
			found, err := s.hub.Lookup(ctx, who, p.ID)
			switch {
			case errors.Is(err, hub.ErrNotFound):
				field := []string{"organisers", "funders"}[n]
				problems = append(problems, hub.FieldError{Field: field, Problem: "no_such_account", Arg: p.ID})
				// hub need not find the same once more.
				parties[i].ID, parties[i].Name = "", cmp.Or(p.Name, p.ID)
			case err != nil:
				return nil, err
			default:
				parties[i].ID, parties[i].Name = found.ID, cmp.Or(p.Name, found.Name)
			}
		}
	}
	return problems, nil
}
