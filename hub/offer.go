package hub

import (
	"context"
	"errors"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

const (
	// maxApplications is how many applications may wait, mostOfHost how many
	// memberships of one host are kept, over or not.
	maxApplications = 500
	mostOfHost      = 20
)

// crowded reports whether there is no room for another application.
func crowded(ctx context.Context, tx Tx, m Membership) (bool, error) {
	if m.Offer != "" {
		return false, nil
	}
	open, err := tx.CountApplications(ctx)
	if err != nil || open >= maxApplications {
		return true, err
	}
	if !m.HasActor() {
		return false, nil
	}
	scheme, _, _ := strings.Cut(m.Other, "://")
	n, err := tx.CountMembershipsOf(ctx, Below, scheme+"://"+hostOf(m.Other))
	return n >= mostOfHost, err
}

// stepTime is when a step was taken, by the word of who took it.
func stepTime(said, received time.Time) time.Time {
	if said.IsZero() || said.After(received.Add(time.Hour)) {
		said = received
	}
	return said.UTC().Truncate(time.Second)
}

// aboutMembership reports whether an activity concerns an application: an Offer,
// or what embeds one.
func aboutMembership(a vocab.Activity) bool {
	return a.Relation != nil || a.Inner != nil && a.Inner.Relation != nil
}

// receiveOffer takes an application in, or a changed one. What cannot be one is
// answered with a Reject that says why.
func (h *Hub) receiveOffer(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	offer, said := in.Activity, in.Activity.Published
	if offer.Type == "Update" {
		offer, said = *in.Activity.Inner, later(in.Activity.Updated, in.Activity.Published)
	}
	r := offer.Relation
	if r == nil || r.Object != h.Self(o) && offer.Target != h.Self(o) {
		return nil
	}
	switch {
	case !r.IsMembership() || r.Object != h.Self(o):
		return h.rejectOffer(ctx, tx, o, in, offer, "wire_offer_unknown")
	case r.Subject != in.Actor.ID || offer.Actor != in.Actor.ID:
		return h.rejectOffer(ctx, tx, o, in, offer, "wire_offer_of_other")
	}
	was, err := h.membershipWith(ctx, tx, Below, in.Actor.ID)
	if err != nil {
		return err
	}
	if full, err := crowded(ctx, tx, was); err != nil {
		return err
	} else if full {
		return h.rejectOffer(ctx, tx, o, in, offer, "wire_offer_too_many")
	}
	s := Step{To: Applied, Offer: offer.ID, Offered: stepTime(offer.Published, in.At), At: stepTime(said, in.At)}
	m, err := was.To(s)
	if errors.Is(err, errTwice) && was.State == Active {
		// A member that applies anew has left without a word: it had blocked us, say.
		left, _ := was.To(Step{To: Parted, Offer: was.Offer, At: s.At})
		if err := h.keepStep(ctx, tx, o, was, left, Who{}, ""); err != nil {
			return err
		}
		was = left
		m, err = was.To(s)
	}
	if errors.Is(err, errTwice) {
		if err := tx.SaveMembership(ctx, m); err != nil {
			return err
		}
		return h.rejectOffer(ctx, tx, o, in, offer, "wire_offer_applied_already")
	}
	if err != nil || m.Offer == was.Offer && m.Said.Equal(was.Said) {
		return err
	}
	if m.Offer != was.Offer {
		m.Since = in.At
	}
	m.Application = foreignApplication(offer, ProfileOf(in.Actor))
	return h.keepStep(ctx, tx, o, was, m, Who{}, "")
}

// rejectOffer answers an Offer that changes nothing.
func (h *Hub) rejectOffer(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, offer vocab.Activity, key string) error {
	bare := vocab.Activity{
		ID: offer.ID, Type: "Offer", ObjectType: "Relationship", Actor: offer.Actor, Target: offer.Target, To: offer.To,
		Published: offer.Published, Relation: offer.Relation,
	}
	return h.sendMembership(ctx, tx, o, Membership{Side: Below, Other: in.Actor.ID}, vocab.Activity{
		Type: "Reject", ObjectID: bare.ID, ObjectType: bare.Type, Inner: &bare, To: []string{in.Actor.ID}, Published: now(),
		Content: wireParagraphs(h.locale.Printer(first(o.Languages)).T(key)),
	}, in.Actor.Inbox)
}

// receiveMembershipAnswer moves an application of ours; false when an activity
// answers something else. What answers an application that there never was is
// itself answered with a Reject, so that the other side knows of no member.
func (h *Hub) receiveMembershipAnswer(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	was, err := tx.MembershipWith(ctx, Above, in.Actor.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return true, err
	}
	if err == nil && was.Offer != "" && was.Offer == a.ObjectID {
		for _, state := range []MembershipState{Incomplete, Conditional, Active, TurnedDown} {
			if state.answer() == a.Type {
				return true, h.otherSteps(ctx, tx, o, in, Above, Step{To: state, Offer: a.ObjectID})
			}
		}
	}
	if a.Inner == nil || a.Inner.Relation == nil {
		return false, nil
	}
	r := a.Inner.Relation
	switch {
	case r.Object == h.Self(o) && r.Subject == in.Actor.ID && a.Type == "Reject":
		// The applicant knows nothing of it.
		return true, h.otherSteps(ctx, tx, o, in, Below, Step{To: Parted, Offer: a.ObjectID, Offered: stepTime(a.Inner.Published, in.At)})
	case r.Subject != h.Self(o) || r.Object != in.Actor.ID || a.Type == "Reject":
		return true, nil
	}
	if _, err := tx.SentActivity(ctx, a.ObjectID); err == nil || !errors.Is(err, ErrNotFound) {
		return true, err // it was ours, and is over
	}
	return true, h.rejectOffer(ctx, tx, o, in, *a.Inner, "wire_offer_never")
}

// receiveParting takes back an application of somebody else, or a membership;
// false when an Undo undoes something else.
func (h *Hub) receiveParting(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	s := Step{To: Parted, Offer: a.ObjectID}
	if a.Inner != nil {
		if r := a.Inner.Relation; r == nil || r.Object != h.Self(o) || r.Subject != in.Actor.ID {
			return r != nil, nil
		}
		s.Offered = stepTime(a.Inner.Published, in.At)
	} else if m, err := tx.MembershipWith(ctx, Below, in.Actor.ID); err != nil || m.Offer != a.ObjectID {
		return false, ignore(err, ErrNotFound)
	}
	return true, h.otherSteps(ctx, tx, o, in, Below, s)
}

// receiveRemoval ends a membership of ours that the other side has ended.
func (h *Hub) receiveRemoval(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	a := in.Activity
	if a.ObjectID != h.Self(o) {
		return nil
	}
	m, err := tx.MembershipWith(ctx, Above, in.Actor.ID)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	named := a.Context == m.Offer
	if !named && (a.Context != "" || m.State != Active || !strings.HasSuffix(a.Target, "/members")) {
		return nil
	}
	return h.otherSteps(ctx, tx, o, in, Above, Step{To: Expelled, Offer: m.Offer})
}

// otherSteps takes a step that the other side has taken.
func (h *Hub) otherSteps(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, side Side, s Step) error {
	was, err := h.membershipWith(ctx, tx, side, in.Actor.ID)
	if err != nil {
		return err
	}
	if full, err := crowded(ctx, tx, was); err != nil || full && side == Below {
		return err
	}
	s.At = stepTime(later(in.Activity.Published, in.Activity.Updated), in.At)
	m, err := was.To(s)
	switch {
	case err != nil:
		return nil // it is about nothing that is known, and says nothing of what is
	case m.State == was.State && m.Offer == was.Offer && m.Said.Equal(was.Said):
		if m.Closed.Equal(was.Closed) {
			return nil
		}
		return tx.SaveMembership(ctx, m)
	}
	if was.Offer == "" {
		m.Application = Application{Name: ProfileOf(in.Actor).Name, Members: -1, Staff: -1}
	}
	return h.keepStep(ctx, tx, o, was, m, Who{}, saidPlain(in.Activity.Content))
}
