package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"pergola/hub"
	"pergola/hub/text"
)

// A membersPage is who applied, who is a member, and where the organisation is
// one itself.
type membersPage struct {
	frame
	Waiting, Members, Above, Former []memberRow
}

// A memberRow is a membership in a list.
type memberRow struct {
	Name, Handle, URL, State, Class, When, How string
}

// toneOf is how good a state is.
func toneOf(s hub.MembershipState) string {
	switch s {
	case hub.Active:
		return "good"
	case hub.TurnedDown, hub.Expelled:
		return "bad"
	case hub.Incomplete, hub.Conditional:
		return "warn"
	}
	return "plain"
}

// classOf is the same for a mark in a list.
func classOf(s hub.MembershipState) string {
	switch {
	case s == hub.Active:
		return "good"
	case s.Pending():
		return "waiting"
	}
	return "bad"
}

func (f frame) memberRow(v hub.MembershipView) memberRow {
	row := memberRow{
		Name: v.With.Name, Handle: v.With.Handle, URL: query(f.Path("/office/member"), "id", v.ID),
		State: f.T("membership_" + string(v.State)), Class: classOf(v.State), When: f.DateTime(v.Changed.In(f.zone)),
	}
	if !v.HasActor() {
		row.How = f.T("membership_by_form")
	}
	return row
}

// members shows memberships and applications.
func (s *Site) members(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	below, err := s.hub.Memberships(r.Context(), who, hub.Below)
	if err != nil {
		return err
	}
	above, err := s.hub.Memberships(r.Context(), who, hub.Above)
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "members_title")
	if err != nil {
		return err
	}
	p := membersPage{frame: f}
	for _, v := range below {
		row := f.memberRow(v)
		switch {
		case v.State.Pending():
			p.Waiting = append(p.Waiting, row)
		case v.State == hub.Active:
			p.Members = append(p.Members, row)
		default:
			p.Former = append(p.Former, row)
		}
	}
	less := text.Collator(f.Lang())
	slices.SortStableFunc(p.Members, func(a, b memberRow) int { return less(a.Name, b.Name) })
	p.Above = each(above, f.memberRow)
	return s.render(w, r, "office_members", p)
}

// A memberPage is one membership with all that can be done about it.
type memberPage struct {
	applicationPart
	hub.MembershipView
	Site string
	// Mark is how it stands, Class how good that is; Lead says what it means.
	Mark, Class, Lead string
	Facts             []fact
	Checks            []checkLine
	// Missing says what the application does not tell of.
	Missing string
	Said    []remarkLine
	// Decide, Expel and Amend say what the office can do, Part leads to where
	// leaving is asked.
	Decide, Expel, Amend bool
	Part, PartLabel      string
	Decision             string
	Reason, Comment      string
}

// A checkLine is a rule and whether it is fulfilled.
type checkLine struct{ Text, State, Class string }

// A remarkLine is what somebody said or did.
type remarkLine struct {
	At        stamp
	By, Did   string
	Text      string
	IsComment bool
}

// remarks are what was said, in words that begin with key; other is who said what
// nobody here did.
func (f frame) remarks(said []hub.Remark, key, other string) []remarkLine {
	return each(said, func(r hub.Remark) remarkLine {
		return remarkLine{f.stamp(r.At), cmp.Or(r.Author, other), f.T(key + r.Did), r.Text, r.Did == hub.Comment}
	})
}

func (f frame) checks(a hub.Application) []checkLine {
	var lines []checkLine
	for _, c := range a.Checks() {
		l := checkLine{f.T("check_" + c.Rule), f.T("check_unmet"), "bad"}
		switch {
		case c.Met:
			l.State, l.Class = f.T("check_met"), "good"
		case !c.Said:
			l.State, l.Class = f.T("check_unsaid"), "waiting"
		}
		lines = append(lines, l)
	}
	return lines
}

// DecisionInput asks how the office decides.
func (p memberPage) DecisionInput() choiceField {
	c := p.choices("decision", "decision_", p.Decision, string(hub.Active), string(hub.Conditional), string(hub.Incomplete), string(hub.TurnedDown))
	if !p.HasActor() {
		c.Choices[0].Label = p.T("decision_active_by_form")
	}
	return c
}

func (s *Site) memberPage(r *http.Request, id string) (memberPage, error) {
	v, err := s.hub.Membership(r.Context(), by(r), id)
	if err != nil {
		return memberPage{}, err
	}
	f, err := s.frame(r)
	if err != nil {
		return memberPage{}, err
	}
	phase := "over"
	if !v.State.Over() {
		phase = pendingOr(v.State)
	}
	p := memberPage{
		applicationPart: newApplicationPart(f), MembershipView: v, Site: webLink(v.With.URL),
		Mark: f.T("membership_" + string(v.State)), Class: classOf(v.State), Facts: f.applicationFacts(v.Application), Checks: f.checks(v.Application),
		Said: f.remarks(v.Remarks, "membership_did_", v.With.Name), Lead: f.T("membership_side_" + string(v.Side) + "_" + phase),
	}
	p.Title, p.NoIndex = v.With.Name, true
	p.Form = formOf(v.Application, f)
	if v.Side == hub.Below {
		p.Decide, p.Expel = v.State.Pending(), v.State == hub.Active
		p.form = "decide"
		if p.Expel {
			p.form, p.needed = "expel", []string{"reason"}
		}
		p.Missing = strings.Join(each(v.Missing(), func(field string) string { return f.T("form_application_" + field) }), ", ")
	} else if !v.State.Over() {
		p.Amend = v.State.Pending()
		p.Part, p.PartLabel = query(f.Path("/office/member/part"), "id", v.ID), f.T("membership_part_"+pendingOr(v.State))
	}
	return p, nil
}

// member shows one membership.
func (s *Site) member(w http.ResponseWriter, r *http.Request) error {
	p, err := s.memberPage(r, r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	return s.render(w, r, "office_member", p)
}

// onMember does something about a membership and shows how it stands then.
func (s *Site) onMember(done string, do func(r *http.Request, p *memberPage) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.memberPage(r, r.PostFormValue("id"))
		if err != nil {
			return err
		}
		err = do(r, &p)
		return s.finish(w, r, err, "office_member", &p, done, query(p.Path("/office/member"), "id", p.ID))
	}
}

func (s *Site) decide(r *http.Request, p *memberPage) error {
	p.Decision, p.Reason = line(r.PostForm, "decision"), paragraph(r.PostForm, "reason")
	if p.Decision == "" {
		return &hub.InvalidError{Fields: []hub.FieldError{{Field: "decision", Problem: "required"}}}
	}
	return s.hub.Decide(r.Context(), by(r), p.ID, hub.MembershipState(p.Decision), p.Reason)
}

func (s *Site) comment(r *http.Request, p *memberPage) error {
	p.Comment = paragraph(r.PostForm, "comment")
	return s.hub.Comment(r.Context(), by(r), p.ID, p.Comment)
}

func (s *Site) amend(r *http.Request, p *memberPage) error {
	p.Form = readApplication(r.PostForm)
	return s.hub.Amend(r.Context(), by(r), p.ID, p.Form.application())
}

// confirmPart asks before an application is taken back, or a membership ended.
func (s *Site) confirmPart(w http.ResponseWriter, r *http.Request) error {
	p, err := s.memberPage(r, r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	if p.Part == "" {
		return hub.ErrNotFound
	}
	which := pendingOr(p.MembershipView.State)
	c := p.frame.confirmPage("part_"+which, phrase{Text: p.With.Name}, "/office/member/part", "", hidden{"id", p.ID})
	c.Consequence, c.Button, c.Back = p.T("confirm_part_help_"+which), p.PartLabel, query(p.frame.Path("/office/member"), "id", p.ID)
	return s.render(w, r, "confirm", c)
}

// part ends it. What is over already is over: the button was pressed twice.
func (s *Site) part(r *http.Request, p *memberPage) error {
	if err := s.hub.Part(r.Context(), by(r), p.ID, ""); !errors.Is(err, hub.ErrConflict) {
		return err
	}
	return nil
}
