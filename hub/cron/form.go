package cron

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Kind is a simple shape that a rule may have. Its value is fit for a form.
type Kind string

// The kinds of rules.
const (
	KindDaily    Kind = "daily"
	KindWeekdays Kind = "weekdays" // Monday to Friday
	KindWeekly   Kind = "weekly"
	KindMonthly  Kind = "monthly"
	KindOther    Kind = "other" // shown as its cron line
)

// A Form is a rule in the words of people. Which fields mean something depends
// on Kind; those of KindOther are all zero.
type Form struct {
	Kind         Kind
	Weekday      time.Weekday // weekly
	Day          int          // monthly, 1 to 31; a month without that day is passed over
	Hour, Minute int
}

// Daily is the rule that is due each day at that time.
func Daily(hour, minute int, zone string) Rule {
	return Rule{Cron: fmt.Sprintf("%d %d * * *", minute, hour), Zone: zone}
}

// Weekdays is the rule that is due from Monday to Friday at that time.
func Weekdays(hour, minute int, zone string) Rule {
	return Rule{Cron: fmt.Sprintf("%d %d * * 1-5", minute, hour), Zone: zone}
}

// Weekly is the rule that is due on one day of the week at that time.
func Weekly(day time.Weekday, hour, minute int, zone string) Rule {
	return Rule{Cron: fmt.Sprintf("%d %d * * %d", minute, hour, day), Zone: zone}
}

// Monthly is the rule that is due on one day of the month, 1 to 31, at that
// time. A month without that day is passed over.
func Monthly(day, hour, minute int, zone string) Rule {
	return Rule{Cron: fmt.Sprintf("%d %d %d * *", minute, hour, day), Zone: zone}
}

// Form recognises what Daily, Weekdays, Weekly and Monthly make, and the same
// written with names of weekdays; everything else, rules that are not valid
// among it, is of KindOther.
func (r Rule) Form() Form {
	other := Form{Kind: KindOther}
	fields := strings.Fields(r.Cron)
	if r.Validate() != nil || fields[3] != "*" {
		return other
	}
	minute, err := strconv.Atoi(fields[0])
	if err != nil {
		return other
	}
	hour, err := strconv.Atoi(fields[1])
	if err != nil {
		return other
	}
	f := Form{Hour: hour, Minute: minute}
	day, week := fields[2], strings.ToUpper(fields[4])
	switch {
	case day == "*" && week == "*":
		f.Kind = KindDaily
	case day == "*" && (week == "1-5" || week == "MON-FRI"):
		f.Kind = KindWeekdays
	case day == "*":
		f.Kind = KindWeekly
		if f.Weekday, err = weekday(week); err != nil {
			return other
		}
	case week == "*":
		f.Kind = KindMonthly
		if f.Day, err = strconv.Atoi(day); err != nil {
			return other
		}
	default:
		return other
	}
	return f
}

// weekday reads 0 to 6 or SUN to SAT.
func weekday(s string) (time.Weekday, error) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if s == strings.ToUpper(d.String()[:3]) {
			return d, nil
		}
	}
	n, err := strconv.Atoi(s)
	return time.Weekday(n), err
}

// Rule makes the rule that f describes. One of KindOther, or of no kind, has no
// line and is not valid.
func (f Form) Rule(zone string) Rule {
	switch f.Kind {
	case KindDaily:
		return Daily(f.Hour, f.Minute, zone)
	case KindWeekdays:
		return Weekdays(f.Hour, f.Minute, zone)
	case KindWeekly:
		return Weekly(f.Weekday, f.Hour, f.Minute, zone)
	case KindMonthly:
		return Monthly(f.Day, f.Hour, f.Minute, zone)
	}
	return Rule{Zone: zone}
}
