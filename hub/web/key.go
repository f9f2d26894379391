package web

import "net/http"

// confirmRenewKeys asks before the keys are renewed.
func (s *Site) confirmRenewKeys(w http.ResponseWriter, r *http.Request) error {
	at, err := s.hub.KeysMade(r.Context(), by(r))
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	made := f.phrase(f.T("keys_made", "When", f.clockDate(at)), f.Lang())
	return s.render(w, r, "confirm", f.confirmPage("renew_keys", made, "/office/keys", "/office/status"))
}

// renewKeys gives the organisation new keys.
func (s *Site) renewKeys(w http.ResponseWriter, r *http.Request) error {
	return s.done(w, r, s.hub.RenewKeys(r.Context(), by(r)), "keys_renewed", s.path(r, "/office/status"))
}
