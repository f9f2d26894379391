package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// An answerFormPage asks somebody without an account what they answer to a call.
type answerFormPage struct {
	interestPart
	Call card
	// Action is where it is sent, "" when the call takes no more answers. Consent says that they agree that it is kept.
	Action  string
	Consent bool
	id      string
}

// lastOf is what an id ends with.
func lastOf(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

func (s *Site) answerFormPage(r *http.Request) (answerFormPage, error) {
	e, err := s.hub.Entry(r.Context(), s.absolute("/o/"+strings.ToLower(chi.URLParam(r, "id"))))
	if err == nil && (e.Call == nil || !e.Own || !e.Hidden.IsZero()) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return answerFormPage{}, err
	}
	f, err := s.frame(r)
	if err != nil {
		return answerFormPage{}, err
	}
	p := answerFormPage{interestPart: newInterestPart(f, "name", "organisation", "email", "consent"), Call: f.card(e, nil), Action: f.answerPath(e.Item), id: e.ID}
	p.Title = f.T("answer_call")
	return p, nil
}

// answerCall takes an answer in, and goes on to its private page.
func (s *Site) answerCall(w http.ResponseWriter, r *http.Request) error {
	p, err := s.answerFormPage(r)
	if err != nil {
		return err
	}
	p.Form, p.Consent = readExpression(r.PostForm), r.PostForm.Get("consent") != ""
	if p.Consent {
		p.Form.Consented = time.Now()
	}
	token, err := s.hub.ExpressByForm(r.Context(), p.id, p.Form, address(r))
	return s.finish(w, r, err, "answer_form", &p, "answer_sent", p.Path("/answer/"+token))
}

// An answerPage is where somebody stands who answered at the form, for whoever has
// the private link.
type answerPage struct {
	frame
	State, Tone, More string
	Call              phrase
	CallURL           string
	Message           string
	Said              []remarkLine
	Wishes            []wish
	// Hint says what comes of being introduced.
	Hint           string
	Contact, Facts []fact
	// Link is the private link itself.
	Link                string
	Introduce, Withdraw *postForm
	Keeps               string
}

// answerAt shows an answer to whoever has its private link.
func (s *Site) answerAt(w http.ResponseWriter, r *http.Request) error {
	token := chi.URLParam(r, "token")
	v, err := s.hub.InterestAt(r.Context(), token)
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "answer_title")
	if err != nil {
		return err
	}
	here := f.Path("/answer/" + token)
	p := answerPage{
		frame: f, State: f.T("interest_" + string(v.State)), Tone: "plain", Call: f.callPhrase(v), Message: v.Message,
		Wishes: f.wishes(v.Interest, f.OrgTitle, f.T("answer_you")), Contact: f.contact(v.Interest, v.Mine), Facts: f.interestFacts(v.Expression),
		Link: s.absolute(here), Keeps: f.N("answer_keeps", keepMonths()),
	}
	help := "introduction_form_help"
	if v.FromReply {
		help = "introduction_reply_help"
	}
	p.Hint = f.T(help, "Who", f.OrgTitle)
	switch interestTone(v.State) {
	case "good":
		p.Tone = "good"
	case "bad":
		p.Tone, p.Wishes = "bad", nil
	}
	if len(v.On.Texts) > 0 {
		p.CallURL = f.itemPath(v.On)
	}
	for _, said := range f.remarks(v.Remarks, "interest_did_", "") {
		if said.By = f.OrgTitle; said.Did == "" {
			continue
		}
		p.Said = append(p.Said, said)
	}
	for n, said := range v.Remarks {
		if said.Author == "" || said.Did == string(hub.InterestSent) {
			p.Said[n].By = v.Name
		}
	}
	if v.CanIntroduce() {
		p.Introduce = &postForm{Action: here + "/introduce", Label: f.T("introduction_do"), Class: "primary", Hidden: []hidden{{"wanted", "yes"}}}
		if v.Theirs.Wanted {
			p.Introduce.Label, p.Introduce.Class, p.Introduce.Hidden = f.T("introduction_undo"), "", []hidden{{"wanted", "no"}}
		}
	}
	if v.State.May(hub.Answerer, hub.InterestWithdrawn) {
		p.Withdraw = &postForm{Action: here + "/withdraw", Label: f.T("answer_withdraw"), Asks: f.T("answer_withdraw_help"), Class: "danger"}
	}
	private(w)
	return s.render(w, r, "answer", p)
}

// withdrawAnswerAt takes an answer back.
func (s *Site) withdrawAnswerAt(w http.ResponseWriter, r *http.Request) error {
	return s.backTo(w, r, "/answer/", "answer_withdrawn", s.hub.WithdrawAnswerAt(r.Context(), chi.URLParam(r, "token")))
}

// introduceAt says whether somebody would like to be introduced.
func (s *Site) introduceAt(w http.ResponseWriter, r *http.Request) error {
	err := s.hub.IntroduceAt(r.Context(), chi.URLParam(r, "token"), r.PostForm.Get("wanted") == "yes")
	return s.backTo(w, r, "/answer/", "introduction_kept", err)
}
