package hub

import "time"

// A Term is from when until when something holds. Each is a year, a month or a day
// ("2027", "2027-03", "2027-03-15"), "" when it is not said.
type Term struct{ From, Until string }

// dayLayout is how a day is written.
const dayLayout = "2006-01-02"

// Over reports whether t has ended before a day.
func (t Term) Over(day string) bool { return day[:len(t.Until)] > t.Until }

// Holds reports whether t covers a day.
func (t Term) Holds(day string) bool { return day[:len(t.From)] >= t.From && !t.Over(day) }

// endsSoon is within which time what ends is worth a word to the office.
const endsSoon = 90 * 24 * time.Hour

// EndsSoon reports whether t covers a day but not what comes three months later.
func (t Term) EndsSoon(day string) bool {
	at, err := time.Parse(dayLayout, day)
	return err == nil && t.Holds(day) && t.Over(at.Add(endsSoon).Format(dayLayout))
}

// isPartOfTime reports whether s is a year, a month or a day, or nothing.
func isPartOfTime(s string) bool {
	for _, layout := range []string{"2006", "2006-01", dayLayout} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.Year() >= 1000
		}
	}
	return s == ""
}

// tidy is t without what is no time.
func (t Term) tidy() Term {
	if !isPartOfTime(t.From) {
		t.From = ""
	}
	if !isPartOfTime(t.Until) {
		t.Until = ""
	}
	return t
}

func (t Term) check(e *InvalidError) {
	for field, s := range map[string]string{"from": t.From, "until": t.Until} {
		if !isPartOfTime(s) {
			e.add(field, "no_such_day", s)
		}
	}
	if n := min(len(t.From), len(t.Until)); t.tidy() == t && t.Until[:n] < t.From[:n] {
		e.add("until", "until_before_from", "")
	}
}

// today is the day at the organisation's office.
func (o Organisation) today() string {
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		zone = time.UTC
	}
	return now().In(zone).Format(dayLayout)
}
