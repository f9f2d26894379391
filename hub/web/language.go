package web

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// languageCookie keeps the language that a reader chose.
const languageCookie = "language"

// language is what a request is answered in: what its path says, else what
// the reader chose, asks for, or the organisation speaks.
func (s *Site) language(r *http.Request) string {
	if lang, _, ok := s.splitLanguage(r.URL.Path); ok {
		return lang
	}
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(s.locale.Languages(), c.Value) {
		return c.Value
	}
	if lang := s.locale.Match(r.Header.Get("Accept-Language"), s.locale.Languages()); lang != "" {
		return lang
	}
	if o, err := s.hub.Organisation(r.Context()); err == nil && len(o.Languages) > 0 {
		return s.locale.Printer(o.Languages[0]).Lang()
	}
	return s.locale.Languages()[0]
}

// splitLanguage tells the language in front of a path from the rest of it.
func (s *Site) splitLanguage(path string) (lang, rest string, ok bool) {
	lang, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return lang, "/" + rest, slices.Contains(s.locale.Languages(), lang)
}

// root sends readers to the first page in their language, and programs, which
// know this address as that of the profile, to the actor.
func (s *Site) root(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept, Accept-Language, Cookie")
	w.Header().Set("Cache-Control", "no-cache")
	if wantsActivity(r) {
		o, err := s.hub.Organisation(r.Context())
		if err != nil {
			return err
		}
		http.Redirect(w, r, s.hub.Self(o), http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, s.path(r, "/"), http.StatusFound)
	return nil
}

// slash sends on from "/hu" to "/hu/".
func (s *Site) slash(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.path(r, "/"), http.StatusMovedPermanently)
	return nil
}

// chooseLanguage remembers the language of the page that it sends on to.
func (s *Site) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	to := r.FormValue("to")
	path, _, _ := strings.Cut(to, "?")
	lang, _, ok := s.splitLanguage(path)
	if !ok || !isLocalPath(to) {
		to = s.path(r, "/")
	} else {
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: lang, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
		})
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// isLocalPath reports whether a redirect to that stays on this site: browsers
// take "//host" and "/\host" for other hosts.
func isLocalPath(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") &&
		!strings.ContainsAny(to, "\\\r\n\t")
}
