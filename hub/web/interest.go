package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"pergola/hub"
)

// answerPath is where somebody can answer a call: an own one at its form, one of
// others at the desk. "" where nobody can.
func (f frame) answerPath(it hub.Item) string {
	if over := it.Call.Over(); it.Call.Closed || !over.IsZero() && over.Before(time.Now()) || it.ID == "" || it.State == hub.Draft {
		return ""
	}
	switch {
	case it.Own:
		return f.Path("/calls/" + lastOf(it.ID) + "/answer")
	case f.Account != nil:
		return query(f.Path("/desk/answers/new"), "call", it.ID)
	}
	return ""
}

// An interestsPage is the answers to own calls, and those to calls of others.
type interestsPage struct {
	frame
	Calls []callAnswers
	Ours  []interestRow
	// More and MoreOurs are the addresses of older ones, "" when there are none.
	More, MoreOurs string
	// All leads to the answers to all calls, where just those to one are shown: to
	// Subject, which stands at SubjectURL.
	All        string
	Subject    phrase
	SubjectURL string
}

// A callAnswers is a call with those of its answers that are on the page.
type callAnswers struct {
	Title phrase
	Link  string
	Rows  []interestRow
}

// An interestRow is an answer in a list.
type interestRow struct {
	Name, Handle, URL string
	// For is the organisation that answers, where that is another.
	For string
	// On is the call, where the row does not stand under it.
	On                          phrase
	State, Class, When, How     string
	Delivery, DeliveryClass, By string
}

// interestTone is how good a state is, as a mark in a list shows it.
func interestTone(s hub.InterestState) string {
	switch s {
	case hub.InterestAgreed, hub.InterestConfirmed:
		return "good"
	case hub.InterestSent, hub.InterestTalking:
		return "waiting"
	}
	return "bad"
}

func (f frame) interestRow(v hub.InterestView) interestRow {
	row := interestRow{
		Name: v.With.Name, Handle: v.With.Handle, For: v.Organisation, URL: query(f.Path("/desk/answers/one"), "id", v.ID), By: v.MovedBy,
		State: f.interestState(v), Class: interestTone(v.State), When: f.DateTime(v.Changed.In(f.zone)),
	}
	if row.By == "" {
		row.By = v.With.Name
	}
	switch {
	case !v.HasActor():
		row.How = f.T("answer_by_form")
	case v.FromReply:
		row.How = f.T("answer_by_reply")
	}
	if v.Waiting > 0 {
		row.Delivery, row.DeliveryClass = f.T("answer_waiting"), "waiting"
	}
	if v.Lost {
		row.Delivery, row.DeliveryClass = f.T("answer_lost"), "bad"
	}
	return row
}

// interestState is a state in words; of one of ours it is told whether it has
// arrived.
func (f frame) interestState(v hub.InterestView) string {
	switch {
	case v.State == hub.InterestSent && v.Part == hub.Caller:
		return f.T("interest_new")
	case v.State == hub.InterestSent && v.Waiting == 0 && !v.Lost:
		return f.T("interest_delivered")
	}
	return f.T("interest_" + string(v.State))
}

// callPhrase is the title of an answer's call.
func (f frame) callPhrase(v hub.InterestView) phrase {
	if len(v.On.Texts) == 0 {
		return f.phrase(f.T("call_not_here"), f.Lang())
	}
	return f.itemTitle(v.On)
}

// interests shows all answers.
func (s *Site) interests(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	f, err := s.unlisted(r, "answers_title")
	if err != nil {
		return err
	}
	p := interestsPage{frame: f}
	var theirs []hub.InterestView
	if call := r.URL.Query().Get("id"); call != "" {
		it, gone := s.hub.OwnItem(r.Context(), who, call)
		if gone != nil {
			return gone
		}
		p.All, p.Subject, p.SubjectURL = f.Path("/desk/answers"), f.itemTitle(it), f.itemPath(it)
		theirs, err = s.hub.InterestsIn(r.Context(), who, call)
	} else {
		theirs, p.More, err = s.interestList(r, who, hub.Caller, "after")
	}
	if err != nil {
		return err
	}
	for _, v := range theirs {
		link := ""
		if len(v.On.Texts) > 0 {
			link = f.itemPath(v.On)
		}
		i := slices.IndexFunc(p.Calls, func(c callAnswers) bool { return c.Link == link })
		if i < 0 {
			i, p.Calls = len(p.Calls), append(p.Calls, callAnswers{Title: f.callPhrase(v), Link: link})
		}
		p.Calls[i].Rows = append(p.Calls[i].Rows, f.interestRow(v))
	}
	if p.All != "" {
		return s.render(w, r, "desk_answers", p)
	}
	var ours []hub.InterestView
	if ours, p.MoreOurs, err = s.interestList(r, who, hub.Answerer, "ours"); err != nil {
		return err
	}
	for _, v := range ours {
		row := f.interestRow(v)
		row.On = f.callPhrase(v)
		p.Ours = append(p.Ours, row)
	}
	return s.render(w, r, "desk_answers", p)
}

// interestList is a page of a list, and the address of the next one; after names
// the part of the query that says where it begins.
func (s *Site) interestList(r *http.Request, who hub.Who, part hub.Part, after string) ([]hub.InterestView, string, error) {
	all, err := s.hub.Interests(r.Context(), who, part, hub.Page{After: r.URL.Query().Get(after), Limit: pageSize + 1})
	all, next := onward(all, pageSize, func(last hub.InterestView) string { return query(r.URL.Path, after, last.ID) })
	return all, next, err
}

// An interestPart is the part of a page that has the form of an answer.
type interestPart struct {
	fields
	Form hub.Expression
	// Keeps is how long we keep what was typed, in words.
	Keeps string
}

func newInterestPart(f frame, needed ...string) interestPart {
	p := interestPart{fields: fields{frame: f, form: "interest", needed: append(needed, "message")}, Keeps: f.N("answer_keeps", keepMonths())}
	p.NoIndex = true
	return p
}

func keepMonths() int { return int(hub.KeepInterests.Hours() / 24 / 30) }

func readExpression(v url.Values) hub.Expression {
	return hub.Expression{
		Name: line(v, "name"), Organisation: line(v, "organisation"), Country: line(v, "country"), Kind: line(v, "kind"), Email: line(v, "email"),
		Message: paragraph(v, "message"), Cooperation: paragraph(v, "cooperation"), Unclear: paragraph(v, "unclear"), About: paragraph(v, "about"),
	}
}

// NationInput asks for a country.
func (p interestPart) NationInput() choiceField { return p.CountryInput("country", p.Form.Country) }

// KindInput asks what kind of organisation it is.
func (p interestPart) KindInput() choiceField {
	return p.termBoxes("kind", "partner_", hub.PartnerTerms(), []string{p.Form.Kind}).orNone(p.T("form_country_none"), p.Form.Kind)
}

// An expressPage asks what to answer to a call of somebody else.
type expressPage struct {
	interestPart
	Call card
	id   string
}

func (s *Site) expressPage(r *http.Request) (expressPage, error) {
	e, err := s.hub.Entry(r.Context(), r.URL.Query().Get("call"))
	if err == nil && (e.Call == nil || e.Own) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return expressPage{}, err
	}
	f, err := s.frame(r)
	if err != nil {
		return expressPage{}, err
	}
	p := expressPage{newInterestPart(f), f.card(e, nil), e.ID}
	p.Title = f.T("answer_call")
	return p, nil
}

// express sends the answer.
func (s *Site) express(w http.ResponseWriter, r *http.Request) error {
	p, err := s.expressPage(r)
	if err != nil {
		return err
	}
	p.Form = readExpression(r.PostForm)
	i, err := s.hub.Express(r.Context(), by(r), p.id, p.Form)
	return s.finish(w, r, err, "desk_answer_new", &p, "answer_sent", query(p.Path("/desk/answers/one"), "id", i.ID))
}

// answerOfReply makes an answer of what somebody replied.
func (s *Site) answerOfReply(w http.ResponseWriter, r *http.Request) error {
	i, err := s.hub.AnswerOfReply(r.Context(), by(r), r.PostFormValue("id"))
	return s.done(w, r, err, "answer_made", query(s.path(r, "/desk/answers/one"), "id", i.ID))
}

// An interestPage is one answer with all that can be done about it.
type interestPage struct {
	interestPart
	Answer   hub.InterestView
	Row      interestRow
	On       phrase
	OnURL    string
	Site     string
	Facts    []fact
	Said     []remarkLine
	Wishes   []wish
	Contact  []fact
	Trouble  string
	Retry    string
	Withdraw *postForm
	// Decisions are the states that the caller may move it to.
	Decisions        []string
	Decision, Reason string
	Introduction     hub.Introduction
}

// A wish is whether a side would like to be introduced.
type wish struct{ Text, State, Class string }

// interestFacts are what was said with an answer, but for its message.
func (f frame) interestFacts(e hub.Expression) []fact {
	var facts []fact
	for _, x := range []struct{ key, text string }{
		{"form_interest_organisation", e.Organisation}, {"form_interest_country", f.countryName(e.Country)},
		{"form_interest_kind", hub.Terms(f.Printer, "partner_", hub.PartnerTerms(), present(e.Kind))},
		{"form_interest_cooperation", e.Cooperation}, {"form_interest_unclear", e.Unclear}, {"form_interest_about", e.About},
	} {
		if x.text != "" {
			facts = append(facts, fact{Name: f.T(x.key), Text: x.text})
		}
	}
	if e.Email != "" {
		facts = append(facts, fact{Name: f.T("form_interest_email"), Text: e.Email, URL: "mailto:" + e.Email})
	}
	return facts
}

func (f frame) countryName(code string) string {
	if code == "" {
		return ""
	}
	return f.Country(code)
}

// wishes are what each side wants; mine and theirs name them.
func (f frame) wishes(i hub.Interest, mine, theirs string) []wish {
	say := func(who string, n hub.Introduction) wish {
		if n.Wanted {
			return wish{who, f.T("introduction_yes"), "good"}
		}
		return wish{who, f.T("introduction_no"), "waiting"}
	}
	return []wish{say(mine, i.Mine), say(theirs, i.Theirs)}
}

// contact is whom to talk to at a side, once both want it.
func (f frame) contact(i hub.Interest, n hub.Introduction) []fact {
	if !i.Introduced() || !n.Given {
		return nil
	}
	var facts []fact
	for _, x := range []struct{ field, text, url string }{
		{"person", n.Person, ""}, {"organisation", n.Organisation, ""}, {"email", n.Email, "mailto:" + n.Email}, {"phone", n.Phone, ""},
	} {
		if x.text != "" {
			facts = append(facts, fact{Name: f.T("form_introduction_" + x.field), Text: x.text, URL: x.url})
		}
	}
	return facts
}

func (s *Site) interestPage(r *http.Request, id string) (interestPage, error) {
	v, err := s.hub.Interest(r.Context(), by(r), id)
	if err != nil {
		return interestPage{}, err
	}
	f, err := s.frame(r)
	if err != nil {
		return interestPage{}, err
	}
	p := interestPage{
		interestPart: newInterestPart(f), Answer: v, Row: f.interestRow(v), On: f.callPhrase(v), Site: webLink(v.With.URL),
		Facts: f.interestFacts(v.Expression), Said: f.remarks(v.Remarks, "interest_did_", v.With.Name),
		Wishes: f.wishes(v.Interest, f.OrgTitle, v.With.Name), Contact: f.contact(v.Interest, v.Theirs),
		Introduction: v.Mine,
	}
	for n, said := range v.Remarks {
		if v.FromReply && said.Did == string(hub.InterestSent) {
			p.Said[n].By = v.With.Name // an editor just made an answer of it
		}
	}
	p.Title = v.With.Name
	p.form, p.needed = "introduction", []string{"email"}
	if len(v.On.Texts) > 0 {
		p.OnURL = f.itemPath(v.On)
	}
	if v.Why != "" {
		p.Trouble = f.T("answer_trouble", "Why", v.Why)
		if f.IsOffice() {
			p.Retry = query(f.Path("/office/delivery/host"), "host", v.Host)
		}
	}
	if p.Introduction.Email == "" {
		p.Introduction.Organisation, p.Introduction.Email = f.OrgTitle, f.Org.Email
	}
	for _, next := range []hub.InterestState{hub.InterestTalking, hub.InterestAgreed, hub.InterestConfirmed, hub.InterestDeclined} {
		if v.Part == hub.Caller && v.State.May(hub.Caller, next) {
			p.Decisions = append(p.Decisions, string(next))
		}
	}
	if v.Part == hub.Answerer && v.State.May(hub.Answerer, hub.InterestWithdrawn) {
		p.Withdraw = &postForm{Action: f.Path("/desk/answers/withdraw"), Label: f.T("answer_withdraw"), Asks: f.T("answer_withdraw_help"), Class: "danger", Hidden: []hidden{{"id", v.ID}}}
	}
	return p, nil
}

// DecisionInput asks what becomes of it.
func (p interestPage) DecisionInput() choiceField {
	return p.choices("decision", "answer_decision_", p.Decision, p.Decisions...)
}

// interest shows one answer.
func (s *Site) interest(w http.ResponseWriter, r *http.Request) error {
	p, err := s.interestPage(r, r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	return s.render(w, r, "desk_answer", p)
}

// onInterest does something about an answer and shows how it stands then.
func (s *Site) onInterest(done string, do func(r *http.Request, p *interestPage) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.interestPage(r, r.PostFormValue("id"))
		if err != nil {
			return err
		}
		err = do(r, &p)
		return s.finish(w, r, err, "desk_answer", &p, done, query(p.Path("/desk/answers/one"), "id", p.Answer.ID))
	}
}

func (s *Site) broker(r *http.Request, p *interestPage) error {
	p.Decision, p.Reason = line(r.PostForm, "decision"), paragraph(r.PostForm, "reason")
	if p.Decision == "" {
		return &hub.InvalidError{Fields: []hub.FieldError{{Field: "decision", Problem: "required"}}}
	}
	return s.hub.Broker(r.Context(), by(r), p.Answer.ID, hub.InterestState(p.Decision), p.Reason)
}

func (s *Site) withdrawInterest(r *http.Request, p *interestPage) error {
	return s.hub.WithdrawInterest(r.Context(), by(r), p.Answer.ID)
}

func (s *Site) introduce(r *http.Request, p *interestPage) error {
	p.Introduction = hub.Introduction{
		Wanted: r.PostFormValue("wanted") != "no", Person: line(r.PostForm, "person"), Organisation: line(r.PostForm, "organisation"),
		Email: line(r.PostForm, "email"), Phone: line(r.PostForm, "phone"),
	}
	return s.hub.Introduce(r.Context(), by(r), p.Answer.ID, p.Introduction)
}
