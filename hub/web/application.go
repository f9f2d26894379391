package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// An applicationForm is an application for membership as it was typed.
type applicationForm struct {
	// Address is where to apply, "" where that is clear.
	Address                                   string
	Name, Website, Motivation, Members, Staff string
	English, Contact, Email                   string
	Kinds                                     []string
}

func readApplication(v url.Values) applicationForm {
	return applicationForm{
		Address: line(v, "address"), Name: line(v, "name"), Website: webAddress(line(v, "website")), Motivation: paragraph(v, "motivation"),
		Members: line(v, "members"), Staff: line(v, "staff"), English: webAddress(line(v, "english")),
		Contact: line(v, "contact"), Email: line(v, "email"), Kinds: v["kinds"],
	}
}

func formOf(a hub.Application, f frame) applicationForm {
	form := applicationForm{
		Name: a.Name, Website: a.Website, Motivation: a.Motivation, Staff: f.decimal(hub.FormatStaff(a.Staff)),
		English: a.English, Contact: a.Contact, Email: a.Email,
	}
	if a.Members >= 0 {
		form.Members = strconv.Itoa(a.Members)
	}
	form.Kinds = each(a.Kinds, func(k hub.MemberKind) string { return string(k) })
	return form
}

// decimal is a number with the mark of the language.
func (f frame) decimal(s string) string {
	if f.Lang() == "hu" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// application is what was typed; hub says what of it is wrong.
func (form applicationForm) application() hub.Application {
	a := hub.Application{
		Name: form.Name, Website: form.Website, Motivation: form.Motivation, Members: -1, Staff: -1,
		English: form.English, Contact: form.Contact, Email: form.Email,
	}
	const wrong = -2
	if form.Members != "" {
		n, err := strconv.Atoi(form.Members)
		if a.Members = n; err != nil || n < 0 {
			a.Members = wrong
		}
	}
	ok := false
	if a.Staff, ok = hub.ParseStaff(form.Staff); !ok {
		a.Staff = wrong
	}
	a.Kinds = each(form.Kinds, func(k string) hub.MemberKind { return hub.MemberKind(k) })
	return a
}

// An applicationPart is the part of a page that has an application's form.
type applicationPart struct {
	fields
	Form applicationForm
}

func newApplicationPart(f frame, needed ...string) applicationPart {
	return applicationPart{fields: fields{frame: f, form: "application", needed: append(needed, "motivation")}}
}

// KindBoxes ask what the members are.
func (p applicationPart) KindBoxes() choiceField {
	return boxes(p.fields, "kinds", hub.MemberKinds(), p.Form.Kinds, func(k hub.MemberKind) string { return p.T("member_kind_" + string(k)) })
}

// A joinPage invites to apply, and has a form for those without a program of
// their own.
type joinPage struct {
	applicationPart
	Keeps string
}

func (s *Site) joinPage(r *http.Request) (joinPage, error) {
	f, err := s.frame(r)
	if err != nil {
		return joinPage{}, err
	}
	p := joinPage{newApplicationPart(f, "name", "email"), f.N("application_keeps", int(hub.KeepMemberships.Hours()/24/30))}
	p.Title, p.Description = f.T("join_title", "Who", f.OrgTitle), f.T("join_lead", "Who", f.OrgTitle)
	return p, nil
}

// applyByForm takes an application in, and goes on to its private page.
func (s *Site) applyByForm(w http.ResponseWriter, r *http.Request) error {
	p, err := s.joinPage(r)
	if err != nil {
		return err
	}
	p.Form = readApplication(r.PostForm)
	token, err := s.hub.ApplyByForm(r.Context(), p.Form.application(), address(r))
	return s.finish(w, r, err, "join", &p, "applied", p.Path("/application/"+token))
}

// An applicationPage is where somebody stands who applied at the form, for
// whoever has the private link.
type applicationPage struct {
	applicationPart
	State, Tone, More string
	Said              []remarkLine
	// Link is the private link itself, Here its path.
	Link, Address string
	Pending       bool
	Withdraw      *postForm
	Facts         []fact
	Keeps         string
}

func (s *Site) applicationPage(r *http.Request) (applicationPage, error) {
	token := chi.URLParam(r, "token")
	v, err := s.hub.ApplicationAt(r.Context(), token)
	if err != nil {
		return applicationPage{}, err
	}
	f, err := s.frame(r)
	if err != nil {
		return applicationPage{}, err
	}
	here := f.Path("/application/" + token)
	p := applicationPage{
		applicationPart: newApplicationPart(f, "name"), Link: s.absolute(here), Address: here, Pending: v.State.Pending(),
		State: f.T("membership_" + string(v.State)), Tone: toneOf(v.State), Facts: f.applicationFacts(v.Application),
		Keeps: f.N("application_keeps", int(hub.KeepMemberships.Hours()/24/30)),
	}
	if key := "application_next_" + string(v.State); f.Has(key) {
		p.More = f.T(key)
	}
	p.Title, p.NoIndex = f.T("application_title", "Who", f.OrgTitle), true
	p.Form = formOf(v.Application, f)
	for _, said := range f.remarks(v.Remarks, "membership_did_", v.With.Name) {
		if said.By != v.With.Name {
			said.By = f.OrgTitle
		}
		p.Said = append(p.Said, said)
	}
	if !v.State.Over() {
		which := pendingOr(v.State)
		p.Withdraw = &postForm{Action: here + "/withdraw", Label: f.T("membership_part_" + which), Asks: f.T("confirm_part_help_" + which), Class: "danger"}
	}
	return p, nil
}

// pendingOr tells an application from a membership in the keys of texts.
func pendingOr(s hub.MembershipState) string {
	if s.Pending() {
		return "pending"
	}
	return "active"
}

// applicationAt shows an application to whoever has its private link. Nothing of
// it is kept on the way, and the link is told to nobody that the page leads to.
func (s *Site) applicationAt(w http.ResponseWriter, r *http.Request) error {
	p, err := s.applicationPage(r)
	if err != nil {
		return err
	}
	private(w)
	return s.render(w, r, "application", p)
}

// private keeps a page with a private link to its reader.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
}

// backTo goes back to a private page, which says how it stands now, also when it
// stood differently already.
func (s *Site) backTo(w http.ResponseWriter, r *http.Request, page, done string, err error) error {
	if errors.Is(err, hub.ErrConflict) {
		done, err = "seat_changed", nil
	}
	return s.done(w, r, err, done, "/"+s.language(r)+page+chi.URLParam(r, "token"))
}

// amendAt changes an application.
func (s *Site) amendAt(w http.ResponseWriter, r *http.Request) error {
	p, err := s.applicationPage(r)
	if err != nil {
		return err
	}
	email := p.Form.Email
	p.Form = readApplication(r.PostForm)
	p.Form.Email = email
	err = s.hub.AmendAt(r.Context(), chi.URLParam(r, "token"), p.Form.application())
	if p.refused(err) {
		private(w)
		return s.again(w, r, "application", &p)
	}
	return s.backTo(w, r, "/application/", "application_amended", err)
}

// withdrawAt takes an application back.
func (s *Site) withdrawAt(w http.ResponseWriter, r *http.Request) error {
	return s.backTo(w, r, "/application/", "application_withdrawn", s.hub.WithdrawAt(r.Context(), chi.URLParam(r, "token")))
}

// applicationFacts are what an application says, without why.
func (f frame) applicationFacts(a hub.Application) []fact {
	var facts []fact
	add := func(field, text string) {
		if text == "" {
			return
		}
		x := fact{Text: text}
		if webLink(text) != "" {
			x = linkFact(text)
		}
		x.Name = f.T("form_application_" + field)
		facts = append(facts, x)
	}
	add("website", a.Website)
	if a.Members >= 0 {
		add("members", f.Number(a.Members))
	}
	add("staff", f.decimal(hub.FormatStaff(a.Staff)))
	kinds := each(a.Kinds, func(k hub.MemberKind) string { return f.T("member_kind_" + string(k)) })
	add("kinds", strings.Join(kinds, "; ")) // which have commas
	add("english", a.English)
	add("contact", a.Contact)
	add("email", a.Email)
	return facts
}

// applyPage asks where the organisation would like to be a member.
func (s *Site) applyPage(r *http.Request) (applicationPart, error) {
	f, err := s.unlisted(r, "apply_title")
	if err != nil {
		return applicationPart{}, err
	}
	p := newApplicationPart(f, "address")
	p.Form = formOf(hub.Application{Website: f.Org.Website, Email: f.Org.Email, Members: -1, Staff: -1}, f)
	return p, nil
}

// applyForm shows the form.
func (s *Site) applyForm(w http.ResponseWriter, r *http.Request) error {
	p, err := s.applyPage(r)
	if err != nil {
		return err
	}
	p.Form.Address = line(r.URL.Query(), "address")
	return s.render(w, r, "office_apply", p)
}

// apply sends the application.
func (s *Site) apply(w http.ResponseWriter, r *http.Request) error {
	p, err := s.applyPage(r)
	if err != nil {
		return err
	}
	p.Form = readApplication(r.PostForm)
	m, err := s.hub.Apply(r.Context(), by(r), p.Form.Address, p.Form.application())
	return s.finish(w, r, err, "office_apply", &p, "applied", query(p.Path("/office/member"), "id", m.ID))
}
