package hub

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"

	"pergola/federation/vocab"
)

// A Charter is what an organisation says of itself beside its profile: the bodies
// by which it is governed, its quality labels, and in which roles it can be written
// to.
type Charter struct {
	Bodies   []Body
	Labels   []Label
	Contacts []Contact
}

// A Body governs an organisation, together with others.
type Body struct {
	ID            string
	Name, Mandate vocab.Text
	// Level is 1 when it decides, 2 when it coordinates, 3 when it carries out.
	Level int
	Seats []BodySeat
}

// A BodySeat is held by somebody in a body for a term.
type BodySeat struct {
	ID string
	// Name is that of a person, or of an organisation.
	Name           string
	IsOrganisation bool
	// Role is what they are there ("elnök").
	Role string
	Term
	// Public says that everybody may know.
	Public bool
}

// A Label is what somebody else has certified of an organisation, for a time.
type Label struct {
	ID                  string
	Name, Issuer, Level string
	Term
	Link string
}

// A Contact is a role in which an organisation can be written to, by a form.
type Contact struct {
	ID   string
	Role vocab.Text
	// Person is who has that role, "" when it is not said; no other host is told.
	Person string
	// URL is the form at another host.
	URL string
}

// CharterTx keeps the charter of the organisation and copies of those of its
// members.
type CharterTx interface {
	// Charter is that of the actor with that id, or of the organisation when owner
	// is ""; empty when there is none.
	Charter(ctx context.Context, owner string) (Charter, error)
	SaveCharter(ctx context.Context, owner string, c Charter) error
	DeleteCharter(ctx context.Context, owner string) error
}

// The most that a charter may say: its documents are read at once. (Misskey takes
// 64 KiB)
const (
	maxBodies   = 12
	maxSeats    = 30
	maxLabels   = 20
	maxContacts = 12
	maxMandate  = 1000
)

func (b Body) key() string     { return b.ID }
func (s BodySeat) key() string { return s.ID }
func (l Label) key() string    { return l.ID }
func (c Contact) key() string  { return c.ID }

func (b Body) named(id string) Body         { b.ID = id; return b }
func (s BodySeat) named(id string) BodySeat { s.ID = id; return s }
func (l Label) named(id string) Label       { l.ID = id; return l }
func (c Contact) named(id string) Contact   { c.ID = id; return c }

// A part of a charter has an id in it.
type part[T any] interface {
	key() string
	named(id string) T
}

// settle puts v in the place of what has its id, or at the end with a new one when it
// has none and there is room for it.
func settle[T part[T]](h *Hub, e *InvalidError, list []T, v T, most int) ([]T, error) {
	list = slices.Clone(list)
	i := slices.IndexFunc(list, func(old T) bool { return old.key() == v.key() })
	switch {
	case i >= 0:
		list[i] = v
	case v.key() != "":
		return nil, ErrNotFound
	case len(list) >= most:
		e.add("", "too_many", strconv.Itoa(most))
	default:
		list = append(list, v.named(h.newID()))
	}
	return list, e.err()
}

func without[T part[T]](list []T, id string) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return v.key() == id })
}

// Without is c without the body, seat, label or contact that has an id.
func (c Charter) Without(id string) Charter {
	c.Bodies, c.Labels, c.Contacts = without(c.Bodies, id), without(c.Labels, id), without(c.Contacts, id)
	for i := range c.Bodies {
		c.Bodies[i].Seats = without(c.Bodies[i].Seats, id)
	}
	return c
}

// On is what everybody may know of c on a day: what holds then, and with coming
// what will.
func (c Charter) On(day string, coming bool) Charter {
	hides := func(t Term) bool { return t.Over(day) || !coming && !t.Holds(day) }
	c.Bodies = slices.Clone(c.Bodies)
	for i, b := range c.Bodies {
		c.Bodies[i].Seats = slices.DeleteFunc(slices.Clone(b.Seats), func(s BodySeat) bool { return !s.Public || hides(s.Term) })
	}
	c.Labels = slices.DeleteFunc(slices.Clone(c.Labels), func(l Label) bool { return hides(l.Term) })
	return c
}

// contact is the contact with an id. ErrNotFound.
func (c Charter) contact(id string) (Contact, error) {
	for _, contact := range c.Contacts {
		if contact.ID == id {
			return contact, nil
		}
	}
	return Contact{}, ErrNotFound
}

// Charter is what everybody may know now of the organisation, owner "", or of a
// member, as it says itself.
func (h *Hub) Charter(ctx context.Context, owner string) (c Charter, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		c, err = tx.Charter(ctx, owner)
		c = c.On(o.today(), false)
		return err
	})
	return c, err
}

// OwnCharter is all of the organisation's, and the day to see it on.
func (h *Hub) OwnCharter(ctx context.Context, who Who) (c Charter, day string, err error) {
	if err := who.may(Office); err != nil {
		return c, "", err
	}
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		day = o.today()
		c, err = tx.Charter(ctx, "")
		return err
	})
	return c, day, err
}

// SaveBody adds a body, when it has no id, or changes one but for its seats.
// *InvalidError; ErrNotFound.
func (h *Hub) SaveBody(ctx context.Context, who Who, b Body) (id string, err error) {
	err = h.changeCharter(ctx, who, "saved_body", b.Name.In(""), func(o Organisation, c *Charter) error {
		var e InvalidError
		b.Seats = nil
		b.Name, b.Mandate = typedText(&e, "name", b.Name, maxTitle), typedText(&e, "mandate", b.Mandate, maxMandate)
		if len(b.Name) == 0 {
			e.add("name."+first(o.Languages), "required", "")
		}
		if b.Level < 1 || b.Level > 3 {
			e.add("level", "required", "")
		}
		for _, old := range c.Bodies {
			if old.ID == b.ID {
				b.Seats = old.Seats
			}
		}
		all, err := settle(h, &e, c.Bodies, b, maxBodies)
		if err != nil {
			return err
		}
		id = cmp.Or(b.ID, all[len(all)-1].ID)
		slices.SortStableFunc(all, func(a, b Body) int { return a.Level - b.Level })
		c.Bodies = all
		return nil
	})
	return id, err
}

// SaveSeat is SaveBody for a seat of a body.
func (h *Hub) SaveSeat(ctx context.Context, who Who, body string, s BodySeat) error {
	return h.changeCharter(ctx, who, "saved_seat", body, func(_ Organisation, c *Charter) error {
		i := slices.IndexFunc(c.Bodies, func(b Body) bool { return b.ID == body })
		if i < 0 {
			return ErrNotFound
		}
		var e InvalidError
		s.Name, s.Role = typedLine(&e, "name", s.Name, true), typedLine(&e, "role", s.Role, false)
		s.check(&e)
		all, err := settle(h, &e, c.Bodies[i].Seats, s, maxSeats)
		c.Bodies = slices.Clone(c.Bodies)
		c.Bodies[i].Seats = all
		return err
	})
}

// SaveLabel is SaveBody for a label.
func (h *Hub) SaveLabel(ctx context.Context, who Who, l Label) error {
	return h.changeCharter(ctx, who, "saved_label", l.Name, func(_ Organisation, c *Charter) (err error) {
		var e InvalidError
		l.Name, l.Issuer, l.Level = typedLine(&e, "name", l.Name, true), typedLine(&e, "issuer", l.Issuer, true), typedLine(&e, "level", l.Level, false)
		l.check(&e)
		if l.Link != "" && !webURL(l.Link) {
			e.add("link", "not_a_url", l.Link)
		}
		c.Labels, err = settle(h, &e, c.Labels, l, maxLabels)
		return err
	})
}

// SaveContact is SaveBody for a contact.
func (h *Hub) SaveContact(ctx context.Context, who Who, contact Contact) error {
	return h.changeCharter(ctx, who, "saved_contact", contact.Role.In(""), func(o Organisation, c *Charter) (err error) {
		var e InvalidError
		contact.Role, contact.Person = typedText(&e, "role", contact.Role, maxField), typedLine(&e, "person", contact.Person, false)
		if len(contact.Role) == 0 {
			e.add("role."+first(o.Languages), "required", "")
		}
		c.Contacts, err = settle(h, &e, c.Contacts, contact, maxContacts)
		return err
	})
}

// RemoveFromCharter takes a body with its seats, a seat, a label or a contact out.
func (h *Hub) RemoveFromCharter(ctx context.Context, who Who, id string) error {
	return h.changeCharter(ctx, who, "removed_from_charter", id, func(_ Organisation, c *Charter) error {
		*c = c.Without(id)
		return nil
	})
}

// changeCharter changes the organisation's charter and tells the followers, if
// everybody may know what is different.
func (h *Hub) changeCharter(ctx context.Context, who Who, did, what string, change func(Organisation, *Charter) error) error {
	return h.officeDoes(ctx, who, did, shorten(what, maxTitle), func(tx Tx, o Organisation) error {
		if err := tx.Lock(ctx, "charter"); err != nil {
			return err
		}
		c, err := tx.Charter(ctx, "")
		if err != nil {
			return err
		}
		was := c
		if err := change(o, &c); err != nil {
			return err
		}
		if err := tx.SaveCharter(ctx, "", c); err != nil {
			return err
		}
		if day := o.today(); reflect.DeepEqual(was.On(day, true), c.On(day, true)) {
			return nil
		}
		return h.tellProfile(ctx, tx, o)
	})
}
