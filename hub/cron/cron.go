// Package cron says when a rule is due: a cron line in a time zone, such as
// Mondays at eight in Budapest.
//
// It knows wall clocks and what they do when summer time begins and ends. It
// does not know what is due, keeps nothing, waits for nothing and never asks
// what time it is; package schedule does the waiting. Programs that run where
// there is no time zone database embed time/tzdata.
package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// MaxEarlier is the most that [Rule.Latest] counts.
const MaxEarlier = 10_000

// maxLine is the most bytes of a cron line or the name of a zone.
const maxLine = 100

// horizon is how far ahead a rule is looked for. 29 February may be eight years
// away, but package cron, on which this stands, gives up after five.
const horizon = 5 * 366 * 24 * time.Hour

// A Rule is a cron line together with the zone whose clocks it goes by. It is
// plain data: compare it with ==, keep it as two columns. Only a Rule that
// passes Validate is ever due.
//
// What is due at a certain hour is due once a day, whatever the clocks do: a
// time that is skipped in spring is due as much later as the clocks were set
// (02:30 at 03:30), a time that comes twice in autumn is due the first time
// only. A line whose hour is * goes by elapsed time instead: every ten minutes
// stays every ten minutes in both nights.
type Rule struct {
	Cron string // minute, hour, day of month, month, day of week (0 to 6 from Sunday, or SUN to SAT)
	Zone string // a name of the IANA time zone database, such as Europe/Budapest
}

// Parse makes a Rule of what somebody typed: white space around and between
// the fields does not matter. It returns an error that says what is wrong.
func Parse(line, zone string) (Rule, error) {
	if len(line) > maxLine {
		return Rule{}, fmt.Errorf("a cron line has at most %d characters, not %d", maxLine, len(line))
	}
	r := Rule{Cron: strings.Join(strings.Fields(line), " "), Zone: strings.TrimSpace(zone)}
	if err := r.Validate(); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// Validate says what is wrong with r: the cron line, the zone, or both.
func (r Rule) Validate() error {
	_, err := r.compile()
	return err
}

// Next returns the first instant after the given one at which r is due, in UTC
// and in whole minutes; that instant is the key of its period. It returns the
// zero time when r is not valid or not due in the next five years.
func (r Rule) Next(after time.Time) time.Time {
	c, err := r.compile()
	if err != nil {
		return time.Time{}
	}
	return c.next(after)
}

// Latest returns the last instant in (from, until] at which r is due, in UTC,
// and how many such instants come before it, MaxEarlier at most. It returns
// the zero time when there is none. It takes about as long for years as for a
// day, so it may be asked after any downtime.
func (r Rule) Latest(from, until time.Time) (latest time.Time, earlier int) {
	c, err := r.compile()
	if err != nil {
		return time.Time{}, 0
	}
	isDue := func(after time.Time) bool {
		next := c.next(after)
		return !next.IsZero() && !next.After(until)
	}
	if !isDue(from) {
		return time.Time{}, 0
	}
	// low has a due instant between it and until, high has none.
	low, high := from, until
	for high.Sub(low) > time.Minute {
		if middle := low.Add(high.Sub(low) / 2); isDue(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	latest = c.next(low)
	for t := c.next(from); t.Before(latest) && earlier < MaxEarlier; t = c.next(t) {
		earlier++
	}
	return latest, earlier
}

// A compiled rule answers without reading its line and zone again.
type compiled struct {
	walls  *cron.SpecSchedule // finds times of the wall clock, written as if they were UTC
	zone   *time.Location
	hourly bool // goes by elapsed time
}

func (r Rule) compile() (compiled, error) {
	zone, zoneErr := location(r.Zone)
	walls, lineErr := wallClock(r.Cron)
	if err := errors.Join(lineErr, zoneErr); err != nil {
		return compiled{}, err
	}
	const hours = 1<<24 - 1
	return compiled{walls: walls, zone: zone, hourly: walls.Hour&hours == hours}, nil
}

func location(name string) (*time.Location, error) {
	// LoadLocation takes "" for UTC and "Local" for whatever the machine is set to.
	if name == "" || name == "Local" || len(name) > maxLine {
		return nil, fmt.Errorf("time zone %.40q: want a name such as Europe/Budapest", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: want a name such as Europe/Budapest: %w", name, err)
	}
	return zone, nil
}

func wallClock(line string) (*cron.SpecSchedule, error) {
	// Five fields: neither TZ=, on which the parser panics when nothing follows,
	// nor @every, which goes by no wall clock.
	if fields := strings.Fields(line); len(fields) != 5 || len(line) > maxLine || strings.ContainsAny(line, "=@") {
		return nil, fmt.Errorf("cron line %.40q: want five fields: minute, hour, day of month, month, day of week", line)
	}
	s, err := cron.ParseStandard(line)
	if err != nil {
		return nil, fmt.Errorf("cron line %q: %w", line, err)
	}
	walls, ok := s.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("cron line %q: want minute, hour, day of month, month, day of week", line)
	}
	walls.Location = time.UTC
	// Such as 30 February. Five years from here hold a 29 February.
	if walls.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("cron line %q: there is no such day", line)
	}
	return walls, nil
}

// next looks for the first due instant in the stretch of equal UTC offset that
// holds after, then in the stretch that follows, and so on.
func (c compiled) next(after time.Time) time.Time {
	last := after.Add(horizon)
	for at := after; !at.After(last); {
		start, end := at.In(c.zone).ZoneBounds()
		due := c.within(after, start, at)
		if end.IsZero() || !due.IsZero() && due.Before(end) {
			return due
		}
		at, after = end, end.Add(-1) // end itself belongs to the next stretch
	}
	return time.Time{}
}

// within finds the first due instant after the given one by the offset of at,
// which holds from start. What it finds may lie beyond the end of that stretch.
func (c compiled) within(after, start, at time.Time) time.Time {
	offset := c.offset(at)
	before := offset
	if !start.IsZero() && !c.hourly {
		before = c.offset(start.Add(-1))
	}
	first := after
	if again := start.Add(before - offset); before > offset && first.Before(again) {
		first = again.Add(-1) // until again, the clocks show times for the second time
	}
	due := c.find(first, offset)
	if before < offset {
		// The times from start to skipped by the old offset were never shown.
		skipped := start.Add(offset - before)
		if first = start.Add(-1); after.After(first) {
			first = after
		}
		if late := c.find(first, before); !late.IsZero() && late.Before(skipped) && (due.IsZero() || late.Before(due)) {
			due = late
		}
	}
	return due
}

// find returns the first instant after the given one at which a clock with that
// offset shows a time of the rule.
func (c compiled) find(after time.Time, offset time.Duration) time.Time {
	wall := c.walls.Next(after.UTC().Add(offset))
	if wall.IsZero() {
		return wall
	}
	return wall.Add(-offset)
}

// offset is how far the clocks of the zone are ahead of UTC at t.
func (c compiled) offset(t time.Time) time.Duration {
	_, seconds := t.In(c.zone).Zone()
	return time.Duration(seconds) * time.Second
}
