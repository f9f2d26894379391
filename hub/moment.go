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

// last is the last minute that the moment stands for: its own, or that of the
// day or month when it is no more exact than that.
func (w When) last() time.Time {
	if w.Precision == Day || w.Precision == Month {
		return w.Over().Add(-time.Minute).In(w.In().Location())
	}
	return w.In()
}

// resolve computes At from Local and Zone; the problem is a key of the locale
// files, "" when there is none. A day's or month's begin stands for it. A wall
// time that the clocks skip is what they show then; of one that they show twice
// the first is meant. (RFC 5545, 3.3.5)
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
	local := strings.Replace(w.Local, " ", "T", 1)
	switch {
	case w.Precision == "":
		w.Precision = Minute
	case w.Precision != Minute && w.Precision != Day && w.Precision != Month:
		return w, "not_a_time"
	case w.Precision == Month && len(local) >= 7:
		local = local[:7] + "-01T00:00"
	case w.Precision == Day && len(local) >= 10:
		local = local[:10] + "T00:00"
	}
	at, err := time.ParseInLocation(localLayout, local, loc)
	if err != nil || plausible(at).IsZero() {
		return w, "not_a_time"
	}
	if first := at.Add(-time.Hour); first.Format(localLayout) == local {
		at = first
	}
	w.Local, w.At = at.Format(localLayout), at.UTC()
	return w, ""
}

// plausible is t, or no time at all for one that nobody can mean.
func plausible(t time.Time) time.Time {
	if y := t.UTC().Year(); y < 1900 || y > 2200 {
		return time.Time{}
	}
	return t
}

// NewWhen is the moment t as wall time in a zone; UTC when the zone is not
// known. The zero time is no moment.
func NewWhen(t time.Time, zone string) When {
	if t.IsZero() {
		return When{}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		loc, zone = time.UTC, "UTC"
	}
	return When{Local: t.In(loc).Format(localLayout), Zone: zone, Precision: Minute, At: t.UTC().Truncate(time.Millisecond)}
}
