package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"syscall"

	"pergola/hub"
)

// A handler answers a request, or says why it does not.
type handler func(w http.ResponseWriter, r *http.Request) error

// What goes wrong between a browser and us, before hub is asked.
var (
	errSignIn      = errors.New("nobody is signed in")
	errCrossOrigin = errors.New("sent from another site")
	errMethod      = errors.New("method not allowed")
)

// page makes a handler one of net/http's: the one place where errors become
// pages.
func (s *Site) page(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// An errorPage says what went wrong and what to do about it.
type errorPage struct {
	frame
	Status   int
	Sentence string
	// Problems are what hub found wrong where no form shows it.
	Problems []string
	// Request is shown for our own faults, so that the log can be searched.
	Request string
}

// fail answers with the page for an error.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errSignIn) {
		s.toSignIn(w, r)
		return
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the reader went away
	}
	status, key := judge(err)
	if status == http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "serving page", "path", r.URL.Path, "err", err)
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "300")
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "30")
	}
	if err := s.renderError(w, r, status, key, err); err != nil {
		// Not even the error page: plain words are left.
		if !errors.Is(err, hub.ErrAway) { // of that the operator hears once
			s.log.ErrorContext(r.Context(), "rendering error page", "path", r.URL.Path, "err", err)
		}
		p := s.locale.Printer(s.language(r))
		http.Error(w, p.T(key+"_title")+"\n\n"+p.T(key)+"\n\n"+p.T("error_request")+" "+requestID(r), status)
	}
}

// judge is the status for an error and the key of what the page says.
func judge(err error) (int, string) {
	var invalid *hub.InvalidError
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return http.StatusNotFound, "error_not_found"
	case errors.Is(err, hub.ErrGone):
		return http.StatusGone, "error_gone"
	case errors.Is(err, hub.ErrForbidden):
		return http.StatusForbidden, "error_forbidden"
	case errors.Is(err, errCrossOrigin):
		return http.StatusForbidden, "error_cross_origin"
	case errors.Is(err, hub.ErrConflict):
		return http.StatusConflict, "error_conflict"
	case errors.As(err, &invalid):
		return http.StatusUnprocessableEntity, "error_invalid"
	case errors.Is(err, hub.ErrTooMany):
		return http.StatusTooManyRequests, "error_too_many"
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, "error_too_large"
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed, "error_method"
	case errors.Is(err, hub.ErrAway):
		return http.StatusServiceUnavailable, "error_away"
	case errors.Is(err, hub.ErrFull), errors.Is(err, syscall.ENOSPC):
		return http.StatusInsufficientStorage, "error_full"
	}
	return http.StatusInternalServerError, "error_ours"
}

func (s *Site) renderError(w http.ResponseWriter, r *http.Request, status int, key string, err error) error {
	f, ferr := s.frame(r)
	if ferr != nil {
		return ferr
	}
	f.Title = f.T(key + "_title")
	f.NoIndex = true
	p := errorPage{frame: f, Status: status, Sentence: f.T(key)}
	var invalid *hub.InvalidError
	if errors.As(err, &invalid) {
		for _, field := range invalid.Fields {
			p.Problems = append(p.Problems, field.Say(f))
		}
	}
	if status == http.StatusInternalServerError {
		p.Request = requestID(r)
	}
	return s.renderStatus(w, r, status, "error", p)
}

// toSignIn sends the reader to the sign-in page, which comes back here.
func (s *Site) toSignIn(w http.ResponseWriter, r *http.Request) {
	target := s.path(r, "/signin")
	if r.Method == http.MethodGet {
		target += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (s *Site) notFound(http.ResponseWriter, *http.Request) error { return hub.ErrNotFound }

func (s *Site) notAllowed(http.ResponseWriter, *http.Request) error { return errMethod }
