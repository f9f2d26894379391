package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"pergola/hub"
)

// The shapes of a charter in a file. From and Until are moments, of which the day
// counts.
type (
	demoBody struct {
		Name, Mandate map[string]string
		Level         int
		Seats         []demoSeat `toml:"seat"`
	}
	demoSeat struct {
		Name, Role, From, Until string
		Organisation            bool
	}
	demoLabel struct {
		Name, Issuer, Level, From, Until, Link string
	}
	demoContact struct {
		Role   map[string]string
		Person string
	}
)

func (f demoFile) charter(now time.Time) (hub.Charter, error) {
	m := newMoments(now, f.Zone)
	term := func(from, until string) hub.Term {
		day := func(s string) string { s, _, _ = strings.Cut(m.when(s).Local, "T"); return s }
		return hub.Term{From: day(from), Until: day(until)}
	}
	var c hub.Charter
	for _, b := range f.Bodies {
		body := hub.Body{Name: demoTexts(f.Languages, b.Name), Mandate: demoTexts(f.Languages, b.Mandate), Level: b.Level}
		for _, s := range b.Seats {
			body.Seats = append(body.Seats, hub.BodySeat{
				Name: s.Name, Role: s.Role, IsOrganisation: s.Organisation, Term: term(s.From, s.Until), Public: true,
			})
		}
		c.Bodies = append(c.Bodies, body)
	}
	for _, l := range f.Labels {
		c.Labels = append(c.Labels, hub.Label{Name: l.Name, Issuer: l.Issuer, Level: l.Level, Term: term(l.From, l.Until), Link: l.Link})
	}
	for _, contact := range f.Contacts {
		c.Contacts = append(c.Contacts, hub.Contact{Role: demoTexts(f.Languages, contact.Role), Person: contact.Person})
	}
	return c, errors.Join(m.errs...)
}

// writeCharter has the office of a node write its charter.
func writeCharter(ctx context.Context, h *hub.Hub, c hub.Charter) error {
	who := hub.Program("demo")
	for _, b := range c.Bodies {
		seats := b.Seats
		b.Seats = nil
		id, err := h.SaveBody(ctx, who, b)
		if err != nil {
			return err
		}
		for _, s := range seats {
			if err := h.SaveSeat(ctx, who, id, s); err != nil {
				return err
			}
		}
	}
	for _, l := range c.Labels {
		if err := h.SaveLabel(ctx, who, l); err != nil {
			return err
		}
	}
	for _, contact := range c.Contacts {
		if err := h.SaveContact(ctx, who, contact); err != nil {
			return err
		}
	}
	return nil
}

// govern goes to where the association shows what a cluster says of itself.
func (k *desk) govern(_ context.Context, lang string) (string, error) {
	at := k.demo.first()
	if at.shut.Load() {
		return "", errOff
	}
	handle := "@izlanc@" + k.demo.node("izlanc").base.Host
	return at.now().base.String() + "/" + lang + "/clusters/" + url.PathEscape(handle), nil
}
