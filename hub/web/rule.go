package web

import (
	"strconv"
	"strings"
	"time"

	"pergola/hub"
	"pergola/hub/cron"
)

// A ruleForm is how people say when something is due: every day, week or month
// at a time of day, or by a cron line.
type ruleForm struct {
	// Every is "day", "week", "month" or "rule".
	Every string
	// At is a time of day, Weekday 0 to 6 from Sunday, Day that of a month.
	At, Weekday, Day string
	// Rule is a cron line.
	Rule string
	Zone string
}

// newRuleForm fills the form from a rule; what it has no other words for is a
// cron line.
func newRuleForm(r cron.Rule) ruleForm {
	f := ruleForm{Every: "rule", At: "08:00", Weekday: "1", Day: "1", Rule: r.Cron, Zone: r.Zone}
	parts := strings.Fields(r.Cron)
	if len(parts) != 5 || parts[3] != "*" {
		return f
	}
	minute, ok1 := number(parts[0], 0, 59)
	hour, ok2 := number(parts[1], 0, 23)
	if !ok1 || !ok2 {
		return f
	}
	_, isDay := number(parts[2], 1, 28)
	_, isWeekday := number(parts[4], 0, 6)
	switch {
	case parts[2] == "*" && parts[4] == "*":
		f.Every = "day"
	case parts[2] == "*" && isWeekday:
		f.Every, f.Weekday = "week", parts[4]
	case isDay && parts[4] == "*":
		f.Every, f.Day = "month", parts[2]
	default:
		return f
	}
	f.At, f.Rule = clockTime(hour, minute), ""
	return f
}

// rule is what the form says.
func (f ruleForm) rule() (cron.Rule, []hub.FieldError) {
	r := cron.Rule{Cron: strings.Join(strings.Fields(f.Rule), " "), Zone: f.Zone}
	if f.Every == "rule" {
		return r, nil
	}
	at, err := time.Parse("15:04", f.At)
	if err != nil {
		return r, []hub.FieldError{{Field: "at", Problem: "not_a_time"}}
	}
	r.Cron = strconv.Itoa(at.Minute()) + " " + strconv.Itoa(at.Hour())
	_, isDay := number(f.Day, 1, 28)
	_, isWeekday := number(f.Weekday, 0, 6)
	switch {
	case f.Every == "day":
		r.Cron += " * * *"
	case f.Every == "week" && isWeekday:
		r.Cron += " * * " + f.Weekday
	case f.Every == "month" && isDay:
		r.Cron += " " + f.Day + " * *"
	default:
		return r, []hub.FieldError{{Field: "every", Problem: "required"}}
	}
	return r, nil
}

// ruleWords says when a rule is due.
func (f frame) ruleWords(r cron.Rule) string {
	form := newRuleForm(r)
	zone := f.Zone(r.Zone)
	if form.Every == "rule" {
		if n, ok := everyMinutes(r.Cron); ok {
			return f.N("rule_minutes", n)
		}
		return f.T("rule_rule", "Rule", r.Cron, "Zone", zone)
	}
	at, err := time.Parse("15:04", form.At)
	if err != nil {
		return r.Cron
	}
	return f.T("rule_"+form.Every, "Time", f.Time(at), "Weekday", f.T("weekday_"+form.Weekday), "Day", form.Day, "Zone", zone)
}

// everyMinutes is n for a cron line that is due every n minutes.
func everyMinutes(line string) (int, bool) {
	every, ok := strings.CutSuffix(strings.Join(strings.Fields(line), " "), " * * * *")
	if every == "*" {
		return 1, ok
	}
	step, found := strings.CutPrefix(every, "*/")
	n, isNumber := number(step, 1, 30)
	return n, ok && found && isNumber
}

// number reads a whole number within limits.
func number(s string, least, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= least && n <= most && strconv.Itoa(n) == s
}

// clockTime is a time of day as inputs of that type want it. (HTML, "valid
// time string")
func clockTime(hour, minute int) string {
	return time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04")
}
