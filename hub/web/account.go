package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"pergola/hub"
)

// An accountPage is what somebody can change about their own account.
type accountPage struct {
	fields
	RoleName string
	Sessions []sessionRow
}

// A sessionRow is a browser in which somebody is signed in.
type sessionRow struct {
	Browser, Since, Seen string
	// This is the browser that asks.
	This bool
}

func (s *Site) accountPage(r *http.Request) (accountPage, error) {
	who := by(r)
	f, err := s.unlisted(r, "account_title")
	if err != nil {
		return accountPage{}, err
	}
	sessions, err := s.hub.Sessions(r.Context(), who)
	if err != nil {
		return accountPage{}, err
	}
	p := accountPage{fields: fields{frame: f, form: "account"}, RoleName: f.T("role_" + string(who.Role))}
	this := sessionHash(s.sessionToken(r))
	for _, ses := range sessions {
		row := sessionRow{
			Browser: f.T("account_unknown_browser"), Since: f.DateTime(ses.Created.In(f.zone)), Seen: f.DateTime(ses.Seen.In(f.zone)),
			This: ses.Hash == this,
		}
		if name := cmp.Or(browser(ses.Agent), ses.Agent); name != "" {
			row.Browser = name
		}
		p.Sessions = append(p.Sessions, row)
	}
	return p, nil
}

// sessionToken is what the browser's cookie carries.
func (s *Site) sessionToken(r *http.Request) string {
	c, err := r.Cookie(s.sessionCookie())
	if err != nil {
		return ""
	}
	return c.Value
}

// sessionHash is how hub knows the session of a token.
func sessionHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// browser names a browser and its system by its User-Agent, as far as people
// know them by name; "" when it is another.
func browser(agent string) string {
	name, system := "", ""
	for _, known := range [][2]string{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if name == "" && strings.Contains(agent, known[0]) {
			name = known[1]
		}
	}
	for _, known := range [][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	} {
		if system == "" && strings.Contains(agent, known[0]) {
			system = known[1]
		}
	}
	if name == "" || system == "" {
		return name + system
	}
	return name + ", " + system
}

// changePassword changes somebody's own password. All sessions end with it;
// this browser gets a new one.
func (s *Site) changePassword(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	p, err := s.accountPage(r)
	if err != nil {
		return err
	}
	present, password := r.PostFormValue("present"), r.PostFormValue("password")
	if password != r.PostFormValue("again") {
		p.add(hub.FieldError{Field: "again", Problem: "not_the_same"})
		return s.again(w, r, "account", &p)
	}
	// Signing in once more is how the present password is checked: wrong ones
	// count as failed tries.
	token, _, err := s.hub.SignIn(r.Context(), who.Name, present, address(r), r.UserAgent())
	if errors.Is(err, hub.ErrForbidden) {
		p.add(hub.FieldError{Field: "present", Problem: "wrong_password"})
		return s.again(w, r, "account", &p)
	}
	if err != nil {
		return err
	}
	err = s.hub.SetPassword(r.Context(), who, who.Account, password)
	if err != nil {
		// The session that only checked the password is of no more use.
		err = errors.Join(err, s.hub.SignOut(context.WithoutCancel(r.Context()), token))
	}
	if p.refused(err) {
		return s.again(w, r, "account", &p)
	}
	if err != nil {
		return err
	}
	token, session, err := s.hub.OpenSession(r.Context(), who.Account, r.UserAgent())
	if err != nil {
		return err
	}
	s.setSession(w, token, session.Expires)
	s.flash(w, "password_changed")
	return s.redirect(w, r, p.Path("/account"))
}

// leaveEverywhere ends all sessions of somebody.
func (s *Site) leaveEverywhere(w http.ResponseWriter, r *http.Request) error {
	if err := s.hub.SignOutEverywhere(r.Context(), by(r)); err != nil {
		return err
	}
	s.setSession(w, "", time.Time{})
	s.flash(w, "signed_out_everywhere")
	return s.redirect(w, r, s.path(r, "/signin"))
}

// An accountsPage lists who can sign in.
type accountsPage struct {
	fields
	Form     struct{ Name, Role string }
	Accounts []accountRow
}

// An accountRow is somebody who can sign in, and what the office can do.
type accountRow struct {
	Name, Role, Since string
	You               bool
	// Disabled says since when, "" for not at all.
	Disabled                string
	Password, PasswordAbout string
	// Disable is the address where it is asked; Enable the button. One of them
	// is set, for others than oneself.
	Disable, DisableAbout string
	Enable                *postForm
}

// RoleInput asks what somebody may do.
func (p accountsPage) RoleInput(chosen string) choiceField {
	return p.choices("role", "role_long_", chosen, string(hub.Editor), string(hub.Office))
}

func (s *Site) accountsPage(r *http.Request) (accountsPage, error) {
	who := by(r)
	accounts, err := s.hub.Accounts(r.Context(), who)
	if err != nil {
		return accountsPage{}, err
	}
	f, err := s.unlisted(r, "accounts_title")
	if err != nil {
		return accountsPage{}, err
	}
	p := accountsPage{fields: fields{frame: f, form: "accounts", needed: []string{"name", "password", "role"}}}
	p.Form.Role = string(hub.Editor)
	for _, a := range accounts {
		p.Accounts = append(p.Accounts, f.accountRow(a, a.ID == who.Account))
	}
	return p, nil
}

func (f frame) accountRow(a hub.Account, you bool) accountRow {
	row := accountRow{
		Name: a.Name, Role: f.T("role_" + string(a.Role)), You: you,
		Since:    f.T("accounts_since", "Date", f.Date(a.Created.In(f.zone))),
		Password: query(f.Path("/office/accounts/password"), "account", a.ID), PasswordAbout: f.T("accounts_password") + ": " + a.Name,
	}
	switch {
	case you:
	case a.Disabled.IsZero():
		row.Disable = query(f.Path("/office/accounts/disable"), "account", a.ID)
		row.DisableAbout = f.T("accounts_disable") + ": " + a.Name
	default:
		row.Enable = new(f.button("/office/accounts/enable", "accounts_enable", "", a.Name, hidden{"account", a.ID}))
	}
	if !a.Disabled.IsZero() {
		row.Disabled = f.T("accounts_disabled", "Date", f.Date(a.Disabled.In(f.zone)))
	}
	return row
}

// addAccount lets somebody new sign in.
func (s *Site) addAccount(w http.ResponseWriter, r *http.Request) error {
	p, err := s.accountsPage(r)
	if err != nil {
		return err
	}
	p.Form.Name, p.Form.Role = line(r.PostForm, "name"), line(r.PostForm, "role")
	_, err = s.hub.AddAccount(r.Context(), by(r), p.Form.Name, r.PostFormValue("password"), hub.Role(p.Form.Role))
	return s.finish(w, r, err, "office_accounts", &p, "account_added", p.Path("/office/accounts"))
}

// A passwordPage sets somebody else's password.
type passwordPage struct {
	fields
	// Name is what the other signs in with, Whose the id.
	Name, Whose string
}

// passwordPage finds whose password it is about.
func (s *Site) passwordPage(r *http.Request) (passwordPage, error) {
	a, err := s.otherAccount(r)
	if err != nil {
		return passwordPage{}, err
	}
	f, err := s.unlisted(r, "accounts_password_title", "Name", a.Name)
	if err != nil {
		return passwordPage{}, err
	}
	p := passwordPage{fields: fields{frame: f, form: "accounts", needed: []string{"password"}}, Name: a.Name, Whose: a.ID}
	return p, nil
}

// otherAccount is the account that a request is about.
func (s *Site) otherAccount(r *http.Request) (hub.Account, error) {
	accounts, err := s.hub.Accounts(r.Context(), by(r))
	if err != nil {
		return hub.Account{}, err
	}
	for _, a := range accounts {
		if a.ID == r.FormValue("account") {
			return a, nil
		}
	}
	return hub.Account{}, hub.ErrNotFound
}

// setPassword gives somebody else a new password.
func (s *Site) setPassword(w http.ResponseWriter, r *http.Request) error {
	p, err := s.passwordPage(r)
	if err != nil {
		return err
	}
	err = s.hub.SetPassword(r.Context(), by(r), p.Whose, r.PostFormValue("password"))
	return s.finish(w, r, err, "office_password", &p, "password_set", p.Path("/office/accounts"))
}

// confirmDisable asks before somebody is shut out.
func (s *Site) confirmDisable(w http.ResponseWriter, r *http.Request) error {
	a, err := s.otherAccount(r)
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	return s.render(w, r, "confirm", f.confirmPage("disable", phrase{Text: a.Name}, "/office/accounts/disable", "/office/accounts", hidden{"account", a.ID}))
}

// setDisabled shuts somebody out, or lets them in again.
func (s *Site) setDisabled(disabled bool, done string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.done(w, r, s.hub.SetDisabled(r.Context(), by(r), r.PostFormValue("account"), disabled), done, s.path(r, "/office/accounts"))
	}
}
