package web

import (
	"net/http"
)

// flashCookie carries what was done to the page that comes after a redirect.
const flashCookie = "done"

// flash has the next page say what was done: key is that of a text without its
// "flash_" in front.
func (s *Site) flash(w http.ResponseWriter, key string) {
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: key, Path: "/", MaxAge: 60,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// flashOf is what was done before this request, "" for nothing.
func flashOf(r *http.Request) string {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// forgetFlash ends it once a page has shown it.
func (s *Site) forgetFlash(w http.ResponseWriter, r *http.Request) {
	if flashOf(r) != "" {
		http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure()})
	}
}
