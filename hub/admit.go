package hub

import (
	"context"
	"errors"

	"pergola/federation"
	"pergola/federation/vocab"
)

// Decide moves an application to a state: Incomplete asks back, Conditional and
// Active take the applicant in, TurnedDown does not; Expelled ends a membership.
// All but Active say why. *InvalidError for field "reason", and when that state
// cannot follow.
func (h *Hub) Decide(ctx context.Context, who Who, id string, state MembershipState, reason string) error {
	switch state {
	case Incomplete, Conditional, Active, TurnedDown, Expelled:
		err := h.takeStep(ctx, who, "decided_"+string(state), id, Below, state, reason)
		if errors.Is(err, ErrConflict) {
			err = &InvalidError{[]FieldError{{"", "cannot_follow", ""}}}
		}
		return err
	}
	return ErrForbidden
}

func (h *Hub) takeStep(ctx context.Context, who Who, did, id string, side Side, state MembershipState, reason string) error {
	reason, wrong := checkReason(reason, state != Active && state != Parted)
	defer h.forgetGuests()
	return h.onMembership(ctx, who, did, id, func(tx Tx, o Organisation, m Membership) error {
		switch {
		case m.Side != side:
			return ErrForbidden
		case !m.State.May(state):
			return ErrConflict
		case wrong != nil:
			return wrong
		}
		return h.step(ctx, tx, o, m, who, state, reason)
	})
}

func checkReason(typed string, needed bool) (string, error) {
	typed = lines(typed)
	var e InvalidError
	wanted(typed, needed, maxAnswer, "reason", &e)
	return typed, e.err()
}

// Comment keeps what the office says to itself about a membership. *InvalidError
// for field "comment".
func (h *Hub) Comment(ctx context.Context, who Who, id, text string) error {
	text, wrong := checkAnswer("comment", text)
	return h.onMembership(ctx, who, "commented_membership", id, func(tx Tx, o Organisation, m Membership) error {
		if wrong != nil {
			return wrong
		}
		return tx.InsertRemark(ctx, Remark{ID: h.newID(), Membership: m.ID, At: now(), Author: who.Name, Did: Comment, Text: text})
	})
}

// onMembership runs a command of the office on a membership while nobody else
// changes it.
func (h *Hub) onMembership(ctx context.Context, who Who, did, id string, f func(Tx, Organisation, Membership) error) error {
	return h.officeDoes(ctx, who, did, id, func(tx Tx, o Organisation) error {
		m, err := tx.Membership(ctx, id)
		if err != nil {
			return err
		}
		// It may have changed while we waited for our turn.
		if m, err = h.membershipWith(ctx, tx, m.Side, m.Other); err != nil {
			return err
		}
		return f(tx, o, m)
	})
}

// membershipWith is what there is with another one, or a new one that is nothing
// yet, kept from others who would change it.
func (h *Hub) membershipWith(ctx context.Context, tx Tx, side Side, other string) (Membership, error) {
	if err := tx.Lock(ctx, "membership "+other); err != nil {
		return Membership{}, err
	}
	m, err := tx.MembershipWith(ctx, side, other)
	if errors.Is(err, ErrNotFound) {
		return Membership{ID: h.newID(), Side: side, Other: other, Since: now(), Application: Application{Members: -1, Staff: -1}}, nil
	}
	return m, err
}

// step takes a step of ours and tells the other side.
func (h *Hub) step(ctx context.Context, tx Tx, o Organisation, was Membership, who Who, state MembershipState, why string) error {
	if !was.State.May(state) {
		return ErrConflict
	}
	m, err := was.To(Step{To: state, Offer: was.Offer, At: after(was.Said)})
	if err != nil {
		return err
	}
	if err := h.keepStep(ctx, tx, o, was, m, who, why); err != nil || !m.HasActor() {
		return err
	}
	inbox, err := tx.ActorInbox(ctx, m.Other)
	if err != nil {
		return err
	}
	return h.tellStep(ctx, tx, o, m, why, inbox)
}

// tellStep tells the other side of a step that was taken here.
func (h *Hub) tellStep(ctx context.Context, tx Tx, o Organisation, m Membership, why, inbox string) error {
	offer := h.offer(o, m)
	a := vocab.Activity{
		Type: m.State.answer(), ObjectID: offer.ID, ObjectType: "Offer", Inner: &offer,
		Content: wireParagraphs(why), To: []string{m.Other}, Published: m.Said,
	}
	if m.State == Expelled {
		a = vocab.Activity{Type: "Remove", ObjectID: m.Other, Target: h.membersID(o), Context: m.Offer, Content: a.Content, To: a.To, Published: a.Published}
	}
	return h.sendMembership(ctx, tx, o, m, a, inbox)
}

// answer is the activity that says a state of an Offer.
func (s MembershipState) answer() string {
	switch s {
	case Incomplete:
		return "TentativeReject"
	case Conditional:
		return "TentativeAccept"
	case Active:
		return "Accept"
	case TurnedDown:
		return "Reject"
	case Expelled:
		return "Remove"
	case Parted:
		return "Undo"
	}
	return "Offer"
}

// offer is the application, with nothing of what the applicant said in it.
func (h *Hub) offer(o Organisation, m Membership) vocab.Activity {
	applicant, association := h.Self(o), m.Other
	if m.Side == Below {
		applicant, association = association, applicant
	}
	return vocab.Activity{
		ID: m.Offer, Type: "Offer", ObjectType: "Relationship", Actor: applicant, Target: association, To: []string{association}, Published: m.Offered,
		Relation: &vocab.Relationship{Subject: applicant, Relationship: vocab.MemberOf, Object: association},
	}
}

// sendMembership sends something about a membership. All of it arrives in one
// order.
func (h *Hub) sendMembership(ctx context.Context, tx Tx, o Organisation, m Membership, a vocab.Activity, inbox string) error {
	if a.ID == "" {
		a.ID = h.activityID(h.newID())
	}
	a.Actor = h.Self(o)
	return h.fed.Send(ctx, tx, federation.Sending{From: o.Name, Activity: a, Inboxes: []string{inbox}, Key: "membership " + string(m.Side) + " " + m.Other})
}

// keepStep keeps a membership after a step with what was said, and does what
// follows from it. who is nobody when the other side took it.
func (h *Hub) keepStep(ctx context.Context, tx Tx, o Organisation, was, m Membership, who Who, said string) error {
	m.Changed, m.Reason, m.DecidedBy = now(), said, who.Name
	if m.State == Active {
		m.Joined = m.Changed
	}
	if err := tx.SaveMembership(ctx, m); err != nil {
		return err
	}
	r := Remark{ID: h.newID(), Membership: m.ID, At: m.Changed, Author: who.Name, Did: string(m.State), Text: said}
	if err := tx.InsertRemark(ctx, r); err != nil {
		return err
	}
	var err error
	switch began, ended := m.State == Active && was.State != Active, was.State == Active && m.State != Active; {
	case !began && !ended || !m.HasActor():
	case m.Side == Above:
		err = h.tellProfile(ctx, tx, o) // which shows what it is a member of
	case began:
		err = h.takeIn(ctx, tx, o, m.Other)
	default:
		err = h.letGo(ctx, tx, o, m.Other)
	}
	if err == nil && m.State.Over() && !was.State.Over() {
		err = h.turnAway(ctx, tx, o)
	}
	return err
}

// takeIn follows a new member, unless it is followed, and asks whether it may be
// listed once it has accepted that.
func (h *Hub) takeIn(ctx context.Context, tx Tx, o Organisation, member string) error {
	inbox, err := tx.ActorInbox(ctx, member)
	if err != nil || inbox == "" {
		return err
	}
	if err := h.wantDirectory(ctx, tx, member); err != nil {
		return err
	}
	f, err := tx.Following(ctx, o.Name, member)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && f.State == Refused:
		_, err = h.requestFollow(ctx, tx, o, f, member, inbox)
		return err
	case err == nil && f.State == Accepted:
		return h.askToList(ctx, tx, o, member, inbox)
	}
	return err
}

// letGo lists and follows a former member no more.
func (h *Hub) letGo(ctx context.Context, tx Tx, o Organisation, member string) error {
	if err := h.unlist(ctx, tx, o, member); err != nil {
		return err
	}
	if err := dropDirectory(ctx, tx, member); err != nil {
		return err
	}
	return ignore(h.unfollow(ctx, tx, o, member), ErrNotFound)
}

// forgetMember ends without a word what there is with somebody who is blocked, or
// is gone and has everything forgotten that they said.
func (h *Hub) forgetMember(ctx context.Context, tx Tx, o Organisation, other string, gone bool) error {
	for side, state := range map[Side]MembershipState{Below: Expelled, Above: Parted} {
		was, err := h.membershipWith(ctx, tx, side, other)
		if err != nil {
			return err
		}
		if was.Offer == "" || was.State.Over() && !gone {
			continue
		}
		if gone {
			was.Application = Application{Members: -1, Staff: -1}
		}
		m := was
		if !was.State.Over() {
			if m, err = was.To(Step{To: state, Offer: was.Offer, At: after(was.Said)}); err != nil {
				return err
			}
		}
		if err := h.keepStep(ctx, tx, o, was, m, Program("block"), ""); err != nil {
			return err
		}
	}
	return nil
}
