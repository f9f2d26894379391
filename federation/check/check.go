// Package check says how it goes with a node: a small type for what was looked
// at and what was found, and the judgements, which are functions of facts alone.
//
// It knows what is well, what is not, and how far. It gathers nothing: facts
// are brought by whoever can see them, from inside, from outside or for the
// office's page. It has no words: a finding names a text, of which the command
// line, a page and another node each have their own.
//
// [RFC 9421]: https://www.rfc-editor.org/rfc/rfc9421
// [draft-cavage-http-signatures-12]: https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12
package check

import (
	"slices"
	"strings"
	"unicode"
)

// A Severity says how bad it is. Its text is stable: programs read it.
type Severity string

// The severities.
const (
	// OK: nothing is to be done.
	OK Severity = "ok"
	// Warning: it works, and somebody should look at it.
	Warning Severity = "warning"
	// Failed: something does not work.
	Failed Severity = "failed"
)

// A Check is one thing that was looked at, and what was found.
type Check struct {
	// Name says what was looked at ("certificate"), Verdict what was found
	// ("expired"). Both are snake_case and stable.
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	Verdict  string   `json:"verdict"`
	// Args are the blanks of the text ("Days": "12").
	Args map[string]string `json:"args,omitempty"`
}

// Found makes a Check; args are names and values of the blanks in turn.
func Found(name string, s Severity, verdict string, args ...string) Check {
	c := Check{Name: name, Severity: s, Verdict: verdict}
	for i := 0; i+1 < len(args); i += 2 {
		if c.Args == nil {
			c.Args = map[string]string{}
		}
		c.Args[args[i]] = Clean(args[i+1])
	}
	return c
}

// Worst is the worst severity among checks, OK when there are none.
func Worst(checks []Check) Severity {
	worst := OK
	for _, c := range checks {
		switch {
		case c.Severity == Failed:
			return Failed
		case c.Severity == Warning:
			worst = Warning
		}
	}
	return worst
}

// What is taken of checks that somebody else made.
const (
	maxChecks = 40
	maxArgs   = 8
	maxArg    = 300 // octets
)

// Clean makes of any text one that can be shown in a line.
func Clean(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxArg)], "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
}

// Sanitize makes of what somebody else sent what can be shown: so many, with
// names and severities as they are written here, and clean blanks.
func Sanitize(foreign []Check) []Check {
	var checks []Check
	for _, c := range foreign[:min(len(foreign), maxChecks)] {
		if !isName(c.Name) || !isName(c.Verdict) || !slices.Contains([]Severity{OK, Warning, Failed}, c.Severity) {
			continue
		}
		clean := Check{Name: c.Name, Severity: c.Severity, Verdict: c.Verdict, Args: map[string]string{}}
		for name, value := range c.Args {
			if len(clean.Args) < maxArgs && len(name) <= 40 {
				clean.Args[Clean(name)] = Clean(value)
			}
		}
		checks = append(checks, clean)
	}
	return checks
}

// isName reports whether s is snake_case and short.
func isName(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// A Speaker has the texts: a printer of package locale.
type Speaker interface {
	T(key string, args ...any) string
	Has(key string) bool
}

// Say puts a check into words: what was looked at, what was found, and what to
// do about it, "" when nothing is. What has no words is shown as it is.
func (c Check) Say(s Speaker) (title, what, do string) {
	title, key := c.Name, "check_"+c.Name
	if s.Has(key) {
		title = s.T(key)
	}
	var args []any
	for name, value := range c.Args {
		args = append(args, name, value)
	}
	key += "_" + c.Verdict
	if !s.Has(key) {
		return title, c.Verdict, ""
	}
	what = s.T(key, args...)
	if s.Has(key + "_do") {
		do = s.T(key+"_do", args...)
	}
	return title, what, do
}
