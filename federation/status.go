package federation

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"

	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// What a request can be refused for beside what a [Host] says.
var (
	errUnsigned  = errors.New("signature missing or wrong")
	errMediaType = errors.New("media type is not ActivityStreams")
	errTooLarge  = errors.New("too large")
	errMethod    = errors.New("method not allowed")
	errTooMany   = errors.New("too many in a short time")
	// errIgnored: taken, and nothing done.
	errIgnored = errors.New("nothing to do")
)

// laterSeconds is what Retry-After says when we have to say it.
const laterSeconds = "60"

// status is what an error means to who asked; 500 for what is our fault. The
// first that fits counts.
func status(err error) int {
	for _, row := range []struct {
		err    error
		status int
	}{
		{errIgnored, http.StatusAccepted},
		{vocab.ErrUnknownType, http.StatusAccepted},
		{errTooLarge, http.StatusRequestEntityTooLarge},
		{vocab.ErrTooLarge, http.StatusRequestEntityTooLarge},
		{errMediaType, http.StatusUnsupportedMediaType},
		{errMethod, http.StatusMethodNotAllowed},
		{errTooMany, http.StatusTooManyRequests},
		{errUnsigned, http.StatusUnauthorized},
		{errTooOften, http.StatusTooManyRequests},
		{ErrMalformed, http.StatusBadRequest},
		{vocab.ErrMalformed, http.StatusBadRequest},
		{webfinger.ErrMalformed, http.StatusBadRequest},
		{ErrForbidden, http.StatusForbidden},
		{ErrNotFound, http.StatusNotFound},
		{ErrGone, http.StatusGone},
		{ErrLater, http.StatusServiceUnavailable},
		{context.Canceled, http.StatusServiceUnavailable},
		{context.DeadlineExceeded, http.StatusServiceUnavailable},
	} {
		if errors.Is(err, row.err) {
			return row.status
		}
	}
	return http.StatusInternalServerError
}

// handler is a handler whose error becomes the answer.
type handler func(w http.ResponseWriter, r *http.Request) error

// answering is the one place where an error becomes an answer, and where a
// panic ends.
func (s *Server) answering(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.log.ErrorContext(r.Context(), "panic in a request",
					"path", r.URL.Path, "err", p, "stack", string(debug.Stack()))
				http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			}
		}()
		err := h(w, r)
		if err == nil {
			return
		}
		code := status(err)
		switch {
		case code == http.StatusAccepted:
			w.WriteHeader(code)
			return
		case code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests:
			w.Header().Set("Retry-After", laterSeconds)
			fallthrough
		case code < 500:
			s.log.DebugContext(r.Context(), "request refused", "path", r.URL.Path, "status", code, "err", err)
		default:
			s.log.ErrorContext(r.Context(), "answering a request", "path", r.URL.Path, "err", err)
		}
		http.Error(w, http.StatusText(code), code)
	}
}
