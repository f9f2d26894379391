package web

import (
	"net/http"
	"slices"

	"pergola/hub"
)

// An invitePage is who is asked to stand behind an own item, and asks others.
type invitePage struct {
	fields
	Item    card
	ID      string
	Asked   []invitationRow
	Choices []choice
	// Chosen, Address and Message are what was typed.
	Chosen           []string
	Address, Message string
}

// An invitationRow is an invitation in a list.
type invitationRow struct {
	Name, Handle, URL, State, Class, When, Message, Reason string
	// Subject and SubjectURL are what it is to.
	Subject    phrase
	SubjectURL string
	// End takes it back; nil where there is nothing to take back.
	End *postForm
}

// OtherBoxes are those that can be asked.
func (p invitePage) OtherBoxes() choiceField {
	return choiceField{field: p.Input("", "others", ""), Choices: p.Choices}
}

func (f frame) invitationRow(v hub.InvitationView) invitationRow {
	class := map[hub.InvitationState]string{hub.InvitationOpen: "waiting", hub.InvitationAccepted: "good"}[v.State]
	if class == "" {
		class = "bad"
	}
	return invitationRow{
		Name: v.With.Name, Handle: v.With.Handle, URL: webLink(v.With.URL), State: f.T("invitation_" + string(v.State)), Class: class,
		When: f.DateTime(v.Changed.In(f.zone)), Message: v.Message, Reason: v.Reason, Subject: f.itemTitle(v.About.Item),
	}
}

func (s *Site) invitePage(r *http.Request) (invitePage, error) {
	who := by(r)
	it, err := s.hub.OwnItem(r.Context(), who, r.URL.Query().Get("id"))
	if err != nil {
		return invitePage{}, err
	}
	if it.Partners() == nil || it.State != hub.Published {
		return invitePage{}, hub.ErrNotFound
	}
	views, err := s.hub.InvitationsTo(r.Context(), who, it.ID)
	if err != nil {
		return invitePage{}, err
	}
	f, err := s.unlisted(r, "invite_title_"+string(it.Type))
	if err != nil {
		return invitePage{}, err
	}
	p := invitePage{fields: fields{frame: f, form: "invite_" + string(it.Type)}, Item: f.card(hub.Entry{Item: it}, nil), ID: it.ID}
	p.Chosen, p.Address, p.Message = r.PostForm["others"], line(r.PostForm, "address"), paragraph(r.PostForm, "message")
	asked := map[string]bool{}
	for _, v := range views {
		row := f.invitationRow(v)
		if !v.State.Over() {
			asked[v.Other] = true
			row.End = new(f.button("/desk/invite/withdraw", "invite_withdraw", "danger", row.Name, hidden{"id", v.Item}, hidden{"other", v.Other}))
			row.End.Asks = f.T("invite_withdraw_help")
		}
		p.Asked = append(p.Asked, row)
	}
	known, err := s.acquaintances(r, f.Lang())
	for _, k := range known {
		if !asked[k.ID] {
			p.Choices = append(p.Choices, choice{k.ID, k.Name + " " + k.Handle, slices.Contains(p.Chosen, k.ID)})
			asked[k.ID] = true
		}
	}
	return p, err
}

// acquaintances are members, those that are followed, and whom the organisation is
// a member of.
func (s *Site) acquaintances(r *http.Request, lang string) ([]hub.Profile, error) {
	var all []hub.Profile
	for _, side := range []hub.Side{hub.Below, hub.Above} {
		members, err := s.hub.Members(r.Context(), side, lang)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if m.HasActor() {
				all = append(all, m.With)
			}
		}
	}
	followed, err := s.followed(r.Context(), lang)
	for _, f := range followed {
		all = append(all, f.Profile)
	}
	return all, err
}

// invite asks others.
func (s *Site) invite(w http.ResponseWriter, r *http.Request) error {
	p, err := s.invitePage(r)
	if err != nil {
		return err
	}
	err = s.hub.Invite(r.Context(), by(r), p.ID, p.Chosen, p.Address, p.Message)
	return s.finish(w, r, err, "desk_invite", &p, "invited", query(p.Path("/desk/invite"), "id", p.ID))
}

// uninvite takes an invitation back.
func (s *Site) uninvite(w http.ResponseWriter, r *http.Request) error {
	id := r.PostForm.Get("id")
	err := s.hub.Uninvite(r.Context(), by(r), id, r.PostForm.Get("other"), "")
	return s.done(w, r, err, "uninvited", query(s.path(r, "/desk/invite"), "id", id))
}

// An invitationsPage is what others ask the organisation to stand behind.
type invitationsPage struct {
	frame
	Rows []invitationRow
}

// invitations shows what came.
func (s *Site) invitations(w http.ResponseWriter, r *http.Request) error {
	views, err := s.hub.Invitations(r.Context(), by(r))
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "invitations_title")
	if err != nil {
		return err
	}
	p := invitationsPage{frame: f}
	for _, v := range views {
		row := f.invitationRow(v)
		row.SubjectURL = query(f.Path("/desk/invitations/one"), "id", v.Item)
		p.Rows = append(p.Rows, row)
	}
	return s.render(w, r, "desk_invitations", p)
}

// An invitationPage is one of them, to be answered.
type invitationPage struct {
	fields
	Row  invitationRow
	Item card
	ID   string
	// Question is what is asked, Office that only the office may answer.
	Question       string
	Accept, Office bool
	// Decline is what saying no is called, "" when it is too late.
	Decline, Typed string
	// other is who asks.
	other string
}

func (s *Site) invitationPage(r *http.Request, id string) (invitationPage, error) {
	views, err := s.hub.InvitationsTo(r.Context(), by(r), id)
	if err != nil {
		return invitationPage{}, err
	}
	i := slices.IndexFunc(views, func(v hub.InvitationView) bool { return v.Incoming })
	if i < 0 {
		return invitationPage{}, hub.ErrNotFound
	}
	v := views[i]
	f, err := s.frame(r)
	if err != nil {
		return invitationPage{}, err
	}
	p := invitationPage{
		fields: fields{frame: f, form: "invitation", needed: []string{"reason"}}, Row: f.invitationRow(v),
		Item: f.card(v.About, nil), ID: v.Item, Question: f.T("invitation_question_"+string(v.About.Type), "Who", v.With.Name),
		Typed: paragraph(r.PostForm, "reason"), other: v.Other,
	}
	p.Title, p.NoIndex = p.Question, true
	p.Office = v.About.Position != nil && !f.IsOffice()
	p.Accept = v.State == hub.InvitationOpen && !p.Office
	if !v.State.Over() && !p.Office {
		p.Decline = f.T("invitation_decline_" + string(v.State))
	}
	return p, nil
}

// invitation shows one that came.
func (s *Site) invitation(w http.ResponseWriter, r *http.Request) error {
	p, err := s.invitationPage(r, r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	return s.render(w, r, "desk_invitation", p)
}

// answerInvitation accepts it, or says no.
func (s *Site) answerInvitation(accept bool, done string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.invitationPage(r, r.PostFormValue("id"))
		if err != nil {
			return err
		}
		err = s.hub.AnswerInvitation(r.Context(), by(r), p.ID, p.other, accept, p.Typed)
		return s.finish(w, r, err, "desk_invitation", &p, done, query(p.Path("/desk/invitations/one"), "id", p.ID))
	}
}
