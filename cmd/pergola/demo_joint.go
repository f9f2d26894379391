package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A demoSession is a part of an event's programme.
type demoSession struct {
	Start, End, Zone, Track, Country, Online, Place string
	Title                                           map[string]string
	// Speakers are a name and, behind a bar, an organisation.
	Speakers []string
	Holder   vocab.Party
}

// slot reads a session of an event whose moments are m's.
func (s demoSession) slot(m *moments) hub.Slot {
	here := m
	if s.Zone != "" {
		here = newMoments(m.today, s.Zone)
		here.start = m.start
	}
	slot := hub.Slot{
		Start: here.when(s.Start), End: here.when(s.End), Title: demoTexts([]string{"hu", "en"}, s.Title), Track: s.Track,
		Country: s.Country, Online: s.Online, Place: s.Place, Holder: s.Holder,
	}
	for _, p := range s.Speakers {
		name, organisation, _ := strings.Cut(p, " | ")
		slot.Speakers = append(slot.Speakers, vocab.Speaker{Name: name, Organisation: organisation})
	}
	if here != m {
		m.errs = append(m.errs, here.errs...)
	}
	return slot
}

// A demoInvitation is one that was sent.
type demoInvitation struct {
	host, guest, item string
	accepted          bool
}

// invite has the nodes ask each other to hold events and to sign positions
// together; some have accepted, the others are left to be tried.
func (d *demo) invite(ctx context.Context) error {
	who := hub.Program("demo")
	var sent []demoInvitation
	for _, n := range d.set {
		host := n.Organisation.Name
		for _, it := range n.Items {
			for guest, accepted := range it.Invites {
				id := d.published[it.Key]
				if err := d.node(host).hub.Invite(ctx, who, id, nil, d.actor(guest), ""); err != nil {
					return fmt.Errorf("inviting %s to %q: %w", guest, it.Key, err)
				}
				sent = append(sent, demoInvitation{host, guest, id, accepted})
			}
		}
	}
	count := func(stands func(demoInvitation) (bool, error)) func() (int, int, error) {
		return func() (got, want int, err error) {
			for _, v := range sent {
				ok, err := stands(v)
				if err != nil {
					return got, len(sent), err
				}
				if ok {
					got++
				}
			}
			return got, len(sent), nil
		}
	}
	if err := d.await(ctx, "invitations", count(func(v demoInvitation) (bool, error) {
		here, err := d.node(v.guest).hub.InvitationsTo(ctx, who, v.item)
		return len(here) > 0, err
	})); err != nil {
		return err
	}
	for _, v := range sent {
		if !v.accepted {
			continue
		}
		if err := d.node(v.guest).hub.AnswerInvitation(ctx, who, v.item, d.actor(v.host), true, ""); err != nil {
			return fmt.Errorf("accepting at %s: %w", v.guest, err)
		}
	}
	return d.await(ctx, "answers to them", count(func(v demoInvitation) (bool, error) {
		there, err := d.node(v.host).hub.InvitationsTo(ctx, who, v.item)
		for _, t := range there {
			if t.Other == d.actor(v.guest) {
				return !v.accepted || t.State == hub.InvitationAccepted, err
			}
		}
		return false, err
	}))
}

func (d *demo) actor(name string) string { return d.address(name) + "/a/" + name }

// answer goes to the newest invitation of a type that Ízlánc has not answered, or
// to all of them.
func (k *desk) answer(t hub.ItemType) func(context.Context, string) (string, error) {
	return func(ctx context.Context, lang string) (string, error) {
		all, err := k.demo.node("izlanc").hub.Invitations(ctx, hub.Program("demo desk"))
		if err != nil {
			return "", err
		}
		path := "/" + lang + "/desk/invitations"
		for _, v := range all {
			if v.State == hub.InvitationOpen && v.About.Type == t {
				path += "/one?id=" + url.QueryEscape(v.Item)
				break
			}
		}
		return k.enter(ctx, k.demo.room("izlanc"), path)
	}
}

// ask goes to where Digitálium asks others to hold its night with it.
func (k *desk) ask(ctx context.Context, lang string) (string, error) {
	es, err := k.demo.node("digitalium").hub.ComingEvents(ctx, hub.FeedFilter{Own: true}, hub.Page{Limit: 50})
	if err != nil {
		return "", err
	}
	path := "/" + lang + "/desk"
	for _, e := range es {
		if e.Own && len(e.Event.Programme) > 0 {
			path = "/" + lang + "/desk/invite?id=" + url.QueryEscape(e.ID)
			break
		}
	}
	return k.enter(ctx, k.demo.room("digitalium"), path)
}
