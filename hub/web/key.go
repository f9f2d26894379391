package web

import "net/http"

// confirmRenewKeys asks before the keys are renewed.
func (s *Site) confirmRenewKeys(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	made, err := s.hub.KeysMade(r.Context(), who)
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	p := confirmPage{
		frame: f, Question: f.T("confirm_renew_keys"), Subject: f.phrase(f.T("keys_made", "When", f.clockDate(made)), f.Lang()),
		Consequence: f.T("confirm_renew_keys_help"), Action: f.Path("/office/keys"),
		Button: f.T("confirm_renew_keys_do"), Class: "danger", Back: f.Path("/office/status"),
	}
	p.Title, p.NoIndex = p.Question, true
	return s.render(w, r, "confirm", p)
}

// renewKeys gives the organisation new keys.
func (s *Site) renewKeys(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	if err := s.hub.RenewKeys(r.Context(), who); err != nil {
		return err
	}
	s.flash(w, "keys_renewed")
	return s.redirect(w, r, "/"+s.language(r)+"/office/status")
}
