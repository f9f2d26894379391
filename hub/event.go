package hub

import (
	"context"
	"strings"
	"time"

	"pergola/federation/vocab"
)

// An Event is what an item of that type has beside its texts.
type Event struct {
	Start When
	// End is zero when open.
	End When
	// Status is one of vocab's Event… constants.
	Status string
	// PreviousStart is when it was to begin before it was moved.
	PreviousStart time.Time
	// PreviousPlace is where it was to be before it got another place or
	// moved online.
	PreviousPlace vocab.Place
	Place         vocab.Place
	// Online is where to take part over the net.
	Online string
	// RegisterURL is where to sign up elsewhere, "" when nothing is needed or
	// one registers here.
	RegisterURL string
	// Registration is how one registers here; of own events alone.
	Registration Registration
	// Turnout is how many take part; set where the event leaves, and kept with
	// those who do.
	Turnout    Turnout
	Organisers []vocab.Party
	Funders    []vocab.Party
	// Programme are its sessions, by their starts.
	Programme []Slot
	// Series is what it is an edition of; zero for nothing. PartOf is the id of the
	// event that it comes before, follows, or is a part of.
	Series vocab.Series
	PartOf string
	// Together are those with an account who agreed to hold it with its author.
	Together []vocab.Party
}

// A When is a moment as people set it: local wall time in a zone. For own
// items Local and Zone are the truth and At follows from them; for others' it
// is the other way round.
type When struct {
	// Local is "2006-01-02T15:04", "" for no moment at all.
	Local string
	// Zone is an IANA name.
	Zone      string
	Precision Precision
	At        time.Time
}

// Over is when the moment has passed: at the end of the day or month when it is
// no more exact than that. Zero for no moment.
func (w When) Over() time.Time {
	switch {
	case w.At.IsZero():
		return time.Time{}
	case w.Precision == Day:
		return w.In().AddDate(0, 0, 1).UTC()
	case w.Precision == Month:
		return w.In().AddDate(0, 1, 0).UTC()
	}
	return w.At
}

// Over is when the event is over; one with an open end is at the end of the day
// on which it starts.
func (e Event) Over() time.Time {
	if over := e.End.Over(); over.After(e.Start.At) {
		return over
	}
	if e.Start.Precision == Day || e.Start.Precision == Month || e.Start.At.IsZero() {
		return e.Start.Over()
	}
	y, m, d := e.Start.In().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, e.Start.In().Location()).UTC()
}

// A Precision says how exact a moment is meant.
type Precision string

// The precisions.
const (
	Minute Precision = "minute"
	Day    Precision = "day"
	Month  Precision = "month"
)

// MoveEvent gives an event another start and end. ErrConflict for one that is
// cancelled: the cancellation has to be taken back first.
func (h *Hub) MoveEvent(ctx context.Context, who Who, id string, start, end When) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		if it.Event == nil {
			return ErrNotFound
		}
		if it.Event.Status == vocab.EventCancelled {
			return ErrConflict
		}
		from, _ := start.resolve()
		until, _ := end.resolve()
		if from == it.Event.Start && until == it.Event.End {
			return &InvalidError{[]FieldError{{"start", "same_as_before", ""}}}
		}
		was := *it.Event
		was.Start, _ = was.Start.resolve()
		it.Event.Start, it.Event.End = from, until
		it.Event.follow(was)
		return nil
	})
}

// MoveOnline has an event take place on the net alone. Who registered stays so.
// ErrConflict for one that is cancelled. *InvalidError for field "online".
func (h *Hub) MoveOnline(ctx context.Context, who Who, id, address string) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		switch {
		case it.Event == nil:
			return ErrNotFound
		case it.Event.Status == vocab.EventCancelled:
			return ErrConflict
		case strings.TrimSpace(address) == "":
			return &InvalidError{[]FieldError{{"online", "required", ""}}}
		}
		it.Event.Place, it.Event.Online = vocab.Place{}, address
		return nil
	})
}

// CancelEvent says that an event will not take place; it stays visible.
func (h *Hub) CancelEvent(ctx context.Context, who Who, id string) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		if it.Event == nil {
			return ErrNotFound
		}
		if it.Event.Status == vocab.EventCancelled {
			return ErrConflict
		}
		it.Event.Status = vocab.EventCancelled
		return nil
	})
}

// ReinstateEvent takes a cancellation back.
func (h *Hub) ReinstateEvent(ctx context.Context, who Who, id string) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		if it.Event == nil {
			return ErrNotFound
		}
		if it.Event.Status != vocab.EventCancelled {
			return ErrConflict
		}
		it.Event.Status = vocab.EventScheduled
		return nil
	})
}
