package hub

import (
	"context"
	"encoding/json"
	"slices"

	"pergola/federation/vocab"
)

// bodiesID is the collection of the bodies by which the organisation is governed.
func (h *Hub) bodiesID(o Organisation) string { return h.Self(o) + "/bodies" }

// charterOn puts on an actor's document what of the charter is no person's: who
// sits in a body stands in its own document, which is asked for and not sent
// around.
func (h *Hub) charterOn(ctx context.Context, tx Tx, o Organisation, a *vocab.Actor) error {
	c, err := tx.Charter(ctx, "")
	if err != nil {
		return err
	}
	c = c.On(o.today(), true)
	if len(c.Bodies) > 0 {
		a.Bodies = h.bodiesID(o)
	}
	for _, l := range c.Labels {
		a.Certifications = append(a.Certifications, vocab.Certification{
			Name: l.Name, Issuer: l.Issuer, Level: l.Level, From: l.From, Until: l.Until, URL: l.Link,
		})
	}
	for _, contact := range c.Contacts {
		a.Contacts = append(a.Contacts, vocab.ContactPoint{Role: contact.Role, URL: h.base.String() + "/contact/" + contact.ID})
	}
	return nil
}

// bodies is the collection of the bodies, with those seats that everybody may know.
func (h *Hub) bodies(ctx context.Context, tx Tx, c *vocab.Collection, o Organisation, page string) error {
	charter, err := tx.Charter(ctx, "")
	if err != nil {
		return err
	}
	bodies := charter.On(o.today(), true).Bodies
	c.TotalItems, c.Members = len(bodies), true
	for _, b := range bodies {
		wire := vocab.Body{ID: h.bodiesID(o) + "#" + b.ID, Of: h.Self(o), Name: b.Name, Mandate: b.Mandate, Level: b.Level}
		for _, s := range b.Seats {
			wire.Seats = append(wire.Seats, vocab.Seat{Name: s.Name, IsOrganisation: s.IsOrganisation, Role: s.Role, From: s.From, Until: s.Until})
		}
		raw, err := wire.Document()
		if err != nil {
			return err
		}
		c.Items = append(c.Items, raw)
	}
	return onePage(c, page)
}

// readCharter reads from a member's host what it says of itself beside its profile.
func (h *Hub) readCharter(ctx context.Context, a vocab.Actor) (Charter, error) {
	c := foreignCharter(a)
	if a.Bodies == "" {
		return c, nil
	}
	err := h.readPages(ctx, a.ID, a.Bodies, func(raw json.RawMessage) bool {
		if b, ok := foreignBody(a.ID, raw); ok {
			c.Bodies = append(c.Bodies, b)
		}
		return len(c.Bodies) < maxBodies
	})
	return c, err
}

// foreignCharter is what an actor's document says, cleaned. A form is at the
// actor's own host. (FEP-fe34)
func foreignCharter(a vocab.Actor) Charter {
	var c Charter
	for _, l := range a.Certifications[:min(len(a.Certifications), maxLabels)] {
		label := Label{
			Name: foreignLine(l.Name), Issuer: foreignLine(l.Issuer), Level: foreignLine(l.Level),
			Term: Term{dayOf(l.From), dayOf(l.Until)}, Link: l.URL,
		}
		// A label of which it cannot be said until when it holds is not shown.
		if label.Name != "" && label.tidy() == label.Term {
			c.Labels = append(c.Labels, label)
		}
	}
	for _, p := range a.Contacts[:min(len(a.Contacts), maxContacts)] {
		if role := foreignWords(p.Role, maxField); len(role) > 0 && hostOf(p.URL) == hostOf(a.ID) {
			c.Contacts = append(c.Contacts, Contact{Role: role, URL: p.URL})
		}
	}
	return c
}

// foreignBody is what another host says of a body of its organisation, cleaned;
// false when it is none, or under an id of a third one. (FEP-fe34)
func foreignBody(owner string, raw json.RawMessage) (Body, bool) {
	w, err := vocab.DecodeBody(raw)
	if err != nil || hostOf(w.ID) != hostOf(owner) {
		return Body{}, false
	}
	b := Body{Name: foreignWords(w.Name, maxTitle), Mandate: foreignWords(w.Mandate, maxMandate), Level: w.Level}
	for _, s := range w.Seats[:min(len(w.Seats), maxSeats)] {
		seat := BodySeat{
			Name: foreignLine(s.Name), IsOrganisation: s.IsOrganisation, Role: foreignLine(s.Role), Term: Term{dayOf(s.From), dayOf(s.Until)}.tidy(), Public: true,
		}
		if seat.Name != "" {
			b.Seats = append(b.Seats, seat)
		}
	}
	return b, len(b.Name) > 0
}

// dayOf is the day of a moment, or a day as it is.
func dayOf(s string) string { return s[:min(len(s), len(dayLayout))] }

// foreignWords are a text of others without the languages in which it says nothing.
func foreignWords(t vocab.Text, most int) vocab.Text {
	t = foreignText(t[:min(len(t), maxLanguages)], most)
	return slices.DeleteFunc(t, func(tr vocab.Translation) bool { return tr.Value == "" })
}
