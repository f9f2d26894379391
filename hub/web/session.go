package web

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"pergola/hub"
)

// keptPrefix marks the fields of a form that was sent without a session: the
// sign-in form carries them, so that nothing typed is lost.
const keptPrefix = "kept."

// A signInPage asks who somebody is.
type signInPage struct {
	fields
	Name, Password field
	// Next is where to go from there.
	Next string
	// Kept is what was typed in the form that was sent without a session.
	Kept []hidden
	// Expired says that the session ended while somebody was typing.
	Expired bool
	// Message says why it did not work.
	Message string
}

func (s *Site) signInPage(r *http.Request, name, next string) (signInPage, error) {
	f, err := s.unlisted(r, "signin_title")
	if err != nil {
		return signInPage{}, err
	}
	p := signInPage{fields: fields{frame: f, form: "signin"}, Next: next}
	p.Name = p.Filled("username", "text", "name", name)
	p.Password = p.Filled("current-password", "password", "password", "")
	return p, nil
}

// signIn shows the form.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	next := r.FormValue("next")
	if account(r) != nil {
		return s.redirect(w, r, cmpPath(next, s.path(r, "/desk")))
	}
	p, err := s.signInPage(r, "", next)
	if err != nil {
		return err
	}
	return s.render(w, r, "signin", p)
}

// enter checks name and password, and goes on to where the reader wanted to
// be.
func (s *Site) enter(w http.ResponseWriter, r *http.Request) error {
	name, next := strings.TrimSpace(r.PostFormValue("name")), r.PostFormValue("next")
	token, session, err := s.hub.SignIn(r.Context(), name, r.PostFormValue("password"), address(r), r.UserAgent())
	if errors.Is(err, hub.ErrForbidden) || errors.Is(err, hub.ErrTooMany) {
		return s.turnAway(w, r, name, err)
	}
	if err != nil {
		return err
	}
	s.setSession(w, token, session.Expires)
	if kept := keptFields(r.PostForm); len(kept) > 0 {
		return s.resume(w, r, token, next, kept)
	}
	return s.redirect(w, r, cmpPath(next, s.path(r, "/desk")))
}

// turnAway shows the form again with what was wrong.
func (s *Site) turnAway(w http.ResponseWriter, r *http.Request, name string, why error) error {
	p, err := s.signInPage(r, name, r.PostFormValue("next"))
	if err != nil {
		return err
	}
	p.Kept = carry(keptFields(r.PostForm))
	if errors.Is(why, hub.ErrTooMany) {
		w.Header().Set("Retry-After", "900")
		p.Message = p.T("signin_too_many")
		return s.renderStatus(w, r, http.StatusTooManyRequests, "signin", p)
	}
	p.Message = p.T("signin_wrong")
	return s.again(w, r, "signin", &p)
}

// signedOrAsked lets in those who are signed in; others are asked again to be.
func (s *Site) signedOrAsked(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if account(r) == nil {
			return s.askAgain(w, r)
		}
		return h(w, r)
	}
}

// askAgain asks somebody whose session ended to sign in, and keeps what the
// request would have sent.
func (s *Site) askAgain(w http.ResponseWriter, r *http.Request) error {
	p, err := s.signInPage(r, "", r.URL.RequestURI())
	if err != nil {
		return err
	}
	p.Expired, p.Kept = true, carry(r.PostForm)
	return s.renderStatus(w, r, http.StatusForbidden, "signin", p)
}

// carry makes fields of a form ones that the sign-in form carries.
func carry(v url.Values) []hidden {
	var kept []hidden
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			kept = append(kept, hidden{keptPrefix + name, value})
		}
	}
	return kept
}

// keptFields are the fields that a sign-in form carried.
func keptFields(v url.Values) url.Values {
	kept := url.Values{}
	for name, values := range v {
		if field, ok := strings.CutPrefix(name, keptPrefix); ok {
			kept[field] = values
		}
	}
	return kept
}

// resume shows an editor's form again with what was typed before the session
// ended. Nothing is published by it.
func (s *Site) resume(w http.ResponseWriter, r *http.Request, token, next string, typed url.Values) error {
	a, err := s.hub.SignedIn(r.Context(), token)
	if err != nil {
		return err
	}
	to, err := url.Parse(next)
	if err != nil || !isLocalPath(next) {
		return s.redirect(w, r, s.path(r, "/desk"))
	}
	save := s.saveItem
	switch {
	case strings.HasSuffix(to.Path, "/desk/programme"):
		save = s.saveProgramme
	case !strings.HasSuffix(to.Path, "/desk/edit") && !strings.HasSuffix(path.Dir(to.Path), "/desk/new"):
		return s.redirect(w, r, s.path(r, "/desk"))
	}
	again := r.Clone(context.WithValue(r.Context(), accountKey{}, &a))
	again.URL = to
	typed.Set("do", "resume")
	again.PostForm, again.Form = typed, nil
	return save(w, again)
}

// leave ends the session of this browser.
func (s *Site) leave(w http.ResponseWriter, r *http.Request) error {
	if token := s.sessionToken(r); token != "" {
		if err := s.hub.SignOut(r.Context(), token); err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	s.setSession(w, "", time.Time{})
	s.flash(w, "signed_out")
	return s.redirect(w, r, s.path(r, "/"))
}

// setSession gives the browser its session, or takes it away: token "".
func (s *Site) setSession(w http.ResponseWriter, token string, expires time.Time) {
	c := http.Cookie{
		Name: s.sessionCookie(), Value: token, Path: "/", Expires: expires,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

// address is where a request comes from. Who stands before the site has put the
// client's there where a proxy handed it on.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// redirect sends the browser on with a GET.
func (s *Site) redirect(w http.ResponseWriter, r *http.Request, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// path is the address of a page of this site in the reader's language.
func (s *Site) path(r *http.Request, rest string) string { return "/" + s.language(r) + rest }

// cmpPath is to where it stays on this site, else otherwise.
func cmpPath(to, otherwise string) string {
	if isLocalPath(to) {
		return to
	}
	return otherwise
}
