package vocab

import (
	"encoding/json"
	"fmt"
	"html"
	"strconv"
)

// A Body is a body by which an organisation is governed, as an item of a
// collection: an Organization without an inbox, described in terms of schema.org.
type Body struct {
	// ID is a fragment of the collection's, Of the organisation.
	ID, Of string
	// Mandate is plain text.
	Name, Mandate Text
	// Level is 1 for those that decide, 2 for those that coordinate, 3 for those
	// that carry out; 0 when not said.
	Level int
	Seats []Seat
}

// A Seat is held by a Person, or by an organisation, in a role.
type Seat struct {
	Name, Role     string
	IsOrganisation bool
	// From and Until are a year, a month or a day, "" when not said.
	From, Until string
}

const (
	maxSeats   = 50
	levelOfOne = "governanceLevel"
)

// Document writes the item, which gets its context from its collection.
func (b Body) Document() (json.RawMessage, error) {
	d := map[string]any{"id": b.ID, "type": "Organization"}
	put(d, "parentOrganization", b.Of)
	putText(d, "name", b.Name)
	var mandate Text
	for _, t := range b.Mandate {
		mandate = append(mandate, Translation{t.Lang, "<p>" + html.EscapeString(t.Value) + "</p>"})
	}
	putText(d, "summary", mandate)
	if b.Level > 0 {
		d["attachment"] = []any{factOf(levelOfOne, levelOfOne, strconv.Itoa(b.Level))}
	}
	var roles []any
	for _, s := range b.Seats {
		kind := "Person"
		if s.IsOrganisation {
			kind = "Organization"
		}
		role := map[string]any{"type": "OrganizationRole", "member": map[string]any{"type": kind, "name": s.Name}}
		put(role, "roleName", s.Role)
		put(role, "startDate", s.From)
		put(role, "endDate", s.Until)
		roles = append(roles, role)
	}
	putList(d, "member", roles)
	raw, err := marshal(d)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", b.ID, err)
	}
	return raw, nil
}

// putText sets a text with its language map.
func putText(m map[string]any, key string, t Text) {
	if len(t) > 0 {
		m[key] = t.value()
		setMap(m, key+"Map", t)
	}
}

// DecodeBody reads an item of such a collection. Mandate is HTML as it came.
func DecodeBody(raw []byte) (Body, error) {
	n, err := guarded(raw, forDocument())
	if err != nil {
		return Body{}, err
	}
	if typeOf(n) != "Organization" {
		return Body{}, fmt.Errorf("%w: %q is no organisation", ErrMalformed, typeOf(n))
	}
	b := Body{
		ID: n.id(), Of: n.get("parentOrganization").id(), Name: n.textOf("name", maxName), Mandate: n.textOf("summary", maxSummary),
	}
	for _, a := range n.get("attachment").list() {
		if level, err := strconv.Atoi(a.short("value")); err == nil && a.short("propertyID") == levelOfOne && level >= 1 && level <= 3 {
			b.Level = level
		}
	}
	for _, role := range n.get("member").list() {
		who := role.get("member").first()
		s := Seat{
			Name: bounded(who.textOf("name", maxName).value(), maxShort), Role: role.short("roleName"),
			From: role.short("startDate"), Until: role.short("endDate"),
		}
		if s.Name == "" || len(b.Seats) == maxSeats {
			continue
		}
		s.IsOrganisation = typeOf(who) == "Organization"
		b.Seats = append(b.Seats, s)
	}
	return b, nil
}
