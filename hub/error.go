package hub

import (
	"errors"
	"strings"

	"pergola/federation"
	"pergola/federation/check"
)

// What a caller can act on. Anything else is our fault to a user.
var (
	// ErrNotFound: there is no such thing, or none that may be seen.
	ErrNotFound = errors.New("not found")
	// ErrGone: there was something, it was deleted.
	ErrGone = federation.ErrGone
	// ErrForbidden: the account may not do that.
	ErrForbidden = errors.New("not allowed")
	// ErrConflict: somebody was faster, or it is there already.
	ErrConflict = errors.New("already exists")
	// ErrTooMany: too many tries; later again.
	ErrTooMany = errors.New("too many tries")
	// ErrAway: what everything is kept in cannot be reached; later again.
	ErrAway error = passing("the database cannot be reached")
	// ErrFull: nothing more can be kept; what is there can be read.
	ErrFull error = passing("the disk is full")
)

// A passing error is nobody's fault who asks, and asked again later.
type passing string

func (e passing) Error() string        { return string(e) }
func (e passing) Is(target error) bool { return target == federation.ErrLater }

// An InvalidError says what is wrong with what was typed, each thing at the
// field of the form it came from.
type InvalidError struct{ Fields []FieldError }

// A FieldError is one problem of one field. Problem is a key of the locale
// files ("required", "end_before_start"); Arg goes into its text.
type FieldError struct{ Field, Problem, Arg string }

// Say puts a problem into words.
func (e FieldError) Say(s check.Speaker) string {
	key := "problem_" + e.Problem
	switch {
	case s.Has(key):
		return s.T(key, "Arg", e.Arg)
	case e.Arg != "":
		return s.T("problem_other", "Arg", e.Arg)
	}
	return s.T("problem_other_plain")
}

func (e *InvalidError) Error() string {
	var b strings.Builder
	for i, f := range e.Fields {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.Field + ": " + f.Problem)
		if f.Arg != "" {
			b.WriteString(" " + f.Arg)
		}
	}
	return b.String()
}

// add notes a problem.
func (e *InvalidError) add(field, problem, arg string) {
	e.Fields = append(e.Fields, FieldError{field, problem, arg})
}

// err is e when there is anything in it.
func (e *InvalidError) err() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
