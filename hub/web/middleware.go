package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"pergola/hub"
)

// What a request's context carries: its number, and who is signed in.
type (
	requestKey struct{}
	accountKey struct{}
)

// number gives a request its number, which error pages show: that in its header,
// where one who stands before the site has put it, or a new one.
func (s *Site) number(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if id == "" || len(id) > 64 {
			id = rand.Text()[:10]
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// requestID is the number of a request.
func requestID(r *http.Request) string {
	id, _ := r.Context().Value(requestKey{}).(string)
	return id
}

// recover turns a panic into the page for our own faults.
func (s *Site) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.fail(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}()
		next.ServeHTTP(w, r)
	})
}

// policy is what pages may load: our own style and pictures, and nothing that
// runs.
const (
	policy             = "form-action 'self'; " + policyWithoutForms
	policyWithoutForms = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)

// headers sets what protects readers.
func (s *Site) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what other sites make browsers send.
func (s *Site) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.page(func(http.ResponseWriter, *http.Request) error { return errCrossOrigin }))
	return guard.Handler(next)
}

// recognise finds out who is signed in.
func (s *Site) recognise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := s.sessionToken(r)
		if token == "" {
			next.ServeHTTP(w, r)
			return
		}
		a, err := s.hub.SignedIn(r.Context(), token)
		switch {
		case err == nil:
			r = r.WithContext(context.WithValue(r.Context(), accountKey{}, &a))
		case !errors.Is(err, hub.ErrNotFound):
			s.fail(w, r, fmt.Errorf("looking up the session: %w", err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sessionCookie is the name of the cookie that carries a session. The prefix
// binds it to this host alone, which browsers do on https only. (RFC 6265bis,
// "The __Host- Prefix")
func (s *Site) sessionCookie() string {
	if s.secure() {
		return "__Host-pergola"
	}
	return "pergola"
}

// account is who is signed in, nil for nobody.
func account(r *http.Request) *hub.Account {
	a, _ := r.Context().Value(accountKey{}).(*hub.Account)
	return a
}

// guarded lets in those who are signed in, and has the others sign in and come
// back, by errSignIn; below /office it lets in the office alone.
func guarded(path string, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch a := account(r); {
		case a == nil:
			return errSignIn
		case a.Role != hub.Office && strings.HasPrefix(path, "/office/"):
			return hub.ErrForbidden
		}
		return h(w, r)
	}
}

// by is who acts, for hub's commands, behind guarded.
func by(r *http.Request) hub.Who { return hub.Of(*account(r)) }
