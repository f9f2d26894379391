package hub

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// A Relative is an event that has to do with another.
type Relative struct {
	Entry
	As Kinship
}

// A Kinship says what an event is to another.
type Kinship string

// The kinships.
const (
	Whole   Kinship = "whole"   // the event that the other is a part of
	Before  Kinship = "before"  // a part that is over before the other starts
	Within  Kinship = "part"    // a part meanwhile
	After   Kinship = "after"   // a part that follows
	Edition Kinship = "edition" // another edition of the same series
)

// kinship is what e is to an event.
func (e Event) kinship(to Item) Kinship {
	switch {
	case e.PartOf != to.ID:
		return Edition
	case !e.Over().After(to.Event.Start.At):
		return Before
	case !e.Start.At.Before(to.Event.Over()):
		return After
	}
	return Within
}

// Relatives are the events that have to do with one: the whole first, then its
// parts, then other editions.
func (h *Hub) Relatives(ctx context.Context, it Item) (all []Relative, err error) {
	if it.Event == nil {
		return nil, nil
	}
	es, err := h.list(ctx, func(tx Tx) ([]Entry, error) {
		es, err := tx.Related(ctx, it)
		if err != nil || it.Event.PartOf == "" {
			return es, err
		}
		whole, err := tx.Entry(ctx, it.Event.PartOf)
		if errors.Is(err, ErrNotFound) || err == nil && (whole.Event == nil || whole.State != Published || !whole.Hidden.IsZero() || !whole.Vanishes.IsZero()) {
			return es, nil
		}
		return append([]Entry{whole}, es...), err
	})
	for _, e := range es {
		as := Whole
		if e.ID != it.Event.PartOf {
			as = e.Event.kinship(it)
		}
		all = append(all, Relative{e, as})
	}
	return all, err
}

// remindsBefore is how many months before it is due one is reminded of an edition:
// time enough to prepare it.
const remindsBefore = 6

// nextEdition is when the next edition of the series is due, zero when nobody has
// said how often there is one.
func (e Event) nextEdition() time.Time {
	if e.Series.Years == 0 {
		return time.Time{}
	}
	return e.Start.In().AddDate(e.Series.Years, 0, 0)
}

// A DueEdition is the next edition of an own series, which nobody has published yet.
type DueEdition struct {
	Last Entry
	When time.Time
}

// DueEditions are those that are due in half a year, or were before.
func (h *Hub) DueEditions(ctx context.Context) (due []DueEdition, err error) {
	last, err := h.list(ctx, func(tx Tx) ([]Entry, error) {
		o, err := tx.Organisation(ctx)
		if err != nil {
			return nil, err
		}
		return tx.LastEditions(ctx, h.Self(o))
	})
	for _, e := range last {
		if next := e.Event.nextEdition(); !next.IsZero() && !next.AddDate(0, -remindsBefore, 0).After(now()) {
			due = append(due, DueEdition{e, next})
		}
	}
	return due, err
}

// checkSeries says what is wrong with what an event is an edition or a part of.
func checkSeries(it *Item, e *InvalidError) {
	s := &it.Event.Series
	s.Name = oneLine(s.Name)
	wanted(s.Name, s.Edition != 0 || s.Years != 0, maxTitle, "series", e)
	if s.Edition < 0 || s.Edition > vocab.MaxEdition {
		e.add("edition", "not_an_edition", strconv.Itoa(vocab.MaxEdition))
	}
	if !slices.Contains(SeriesYears(), s.Years) {
		e.add("years", "other", strconv.Itoa(s.Years))
	}
	if link(it.Event.PartOf, "part_of", e); it.Event.PartOf != "" && it.Event.PartOf == it.ID {
		e.add("part_of", "part_of_itself", "")
	}
}

// SeriesYears are how many years may lie between two editions; 0 for not said.
func SeriesYears() []int { return []int{0, 1, 2, 3, 4, 5} }

// SeriesLine is a series with the number of the edition, in words.
func SeriesLine(p *locale.Printer, s vocab.Series) string {
	line := s.Name
	if s.Edition > 0 {
		line = p.T("series_edition", "Series", line, "Number", p.Number(s.Edition))
	}
	if s.Years > 0 {
		line += " · " + p.N("series_years", s.Years)
	}
	return line
}
