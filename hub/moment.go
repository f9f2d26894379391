package hub

import (
	"strings"
	"time"
)

// now is the time in the precision that is kept.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// after is an `updated` that is later than the last one, in whole seconds,
// because some programs compare no finer.
func after(last time.Time) time.Time {
	next := now().Truncate(time.Second)
	if earliest := last.Truncate(time.Second).Add(time.Second); next.Before(earliest) {
		return earliest
	}
	return next
}

// localLayout is how a [When] writes wall time.
const localLayout = "2006-01-02T15:04"

// Set reports whether there is a moment at all.
func (w When) Set() bool { return w.Local != "" }

// In is the moment in its own zone.
func (w When) In() time.Time {
	loc, err := time.LoadLocation(w.Zone)
	if err != nil {
		loc = time.UTC
	}
	return w.At.In(loc)
}

// resolve computes At from Local and Zone; the problem is a key of the locale
// files, "" when there is none. A day's or month's begin stands for it.
func (w When) resolve() (When, string) {
	if w.Local == "" {
		return When{}, ""
	}
	if w.Zone == "" || w.Zone == "Local" {
		return w, "no_such_zone"
	}
	loc, err := time.LoadLocation(w.Zone)
	if err != nil {
		return w, "no_such_zone"
	}
	if w.Precision == "" {
		w.Precision = Minute
	}
	local := strings.Replace(w.Local, " ", "T", 1)
	switch {
	case w.Precision == Month && len(local) >= 7:
		local = local[:7] + "-01T00:00"
	case w.Precision == Day && len(local) >= 10:
		local = local[:10] + "T00:00"
	case len(local) > len(localLayout):
		local = local[:len(localLayout)]
	}
	at, err := time.ParseInLocation(localLayout, local, loc)
	if err != nil || at.Year() < 1900 || at.Year() > 2200 {
		return w, "not_a_time"
	}
	w.Local, w.At = local, at.UTC()
	return w, ""
}

// NewWhen is the moment t as wall time in a zone; UTC when the zone is not
// known.
func NewWhen(t time.Time, zone string) When {
	if t.IsZero() {
		return When{}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		loc, zone = time.UTC, "UTC"
		if _, offset := t.Zone(); offset != 0 {
			// The sender gave an offset but no zone: keep its wall time.
			return When{Local: t.Format(localLayout), Zone: "UTC", Precision: Minute, At: t.UTC()}
		}
	}
	return When{Local: t.In(loc).Format(localLayout), Zone: zone, Precision: Minute, At: t.UTC().Truncate(time.Millisecond)}
}
