package web

import (
	"net/http"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// closingDays is how many days before its deadline a call is about to close.
const closingDays = 7

// A callsPage lists the calls that still take answers, by deadline.
type callsPage struct {
	frame
	Filter filterForm
	Cards  []card
	Older  string
	// Start is the way back to the beginning of the list, "" when this is it.
	Start string
}

// calls shows the open calls, by deadline.
func (s *Site) calls(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r, hub.ACall, s.hub.OpenCalls)
	if err != nil {
		return err
	}
	p := callsPage{frame: l.frame, Filter: l.filter, Cards: l.cards, Older: l.older, Start: l.start}
	p.Title, p.Description = p.T("calls_title"), p.T("calls_lead")
	return s.render(w, r, "calls", p)
}

// left is how long a call still takes answers, in words, and whether that is
// not long; "" when it has no deadline.
func (f frame) left(c hub.Call, now time.Time) (words string, soon bool) {
	if !c.Deadline.Set() || c.Closed {
		return "", false
	}
	deadline := c.Deadline.In()
	switch days := daysBetween(now.In(deadline.Location()), deadline); {
	case days < 0 || days == 0 && c.Deadline.Precision == hub.Minute && now.After(deadline):
		return f.T("deadline_passed"), false
	case days == 0:
		return f.T("deadline_today"), true
	case days == 1:
		return f.T("deadline_tomorrow"), true
	default:
		left := f.N("days_left", days)
		if days <= closingDays {
			return f.T("closes_soon", "Left", left), true
		}
		return left, false
	}
}

// daysBetween counts midnights from a to b, in their zone.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)).Hours() / 24)
}

// money is an amount in words, "" for none.
func (f frame) money(m vocab.Money) string {
	if m.Amount == "" {
		return ""
	}
	return f.Money(m.Amount, m.Currency)
}

// countries are names in the page's language.
func (f frame) countries(codes []string) string {
	return strings.Join(each(codes, f.Country), ", ")
}
