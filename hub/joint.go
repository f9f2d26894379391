package hub

import (
	"context"
	"errors"
	"slices"
	"strings"

	"pergola/federation"
	"pergola/federation/vocab"
)

// maxInvitations is how many that came may wait for an answer.
const maxInvitations = 200

// Invite asks others to stand behind an own item: actors that are known, by their
// ids, and one by what people know of it. *InvalidError for fields "others",
// "address" and "message".
func (h *Hub) Invite(ctx context.Context, who Who, item string, others []string, address, message string) error {
	it, err := h.OwnItem(ctx, who, item)
	if err != nil {
		return err
	}
	if it.Partners() == nil || it.State != Published {
		return ErrNotFound
	}
	wrong := func(field, problem string) error { return &InvalidError{[]FieldError{{field, problem, address}}} }
	inboxes := map[string]string{}
	if address = strings.TrimSpace(address); address != "" {
		actor, err := h.somebody(ctx, address)
		if err != nil {
			return err
		}
		others, inboxes[actor.ID] = append(slices.Clone(others), actor.ID), actor.Inbox
	}
	if len(others) == 0 {
		return wrong("others", "required")
	}
	if message = strings.TrimSpace(message); message != "" {
		if message, err = checkAnswer("message", message); err != nil {
			return err
		}
	}
	return h.does(ctx, who, it.decides(), "invited", item, func(tx Tx, o Organisation) error {
		// Before the item, as where an answer arrives.
		if err := tx.Lock(ctx, "invitation "+item); err != nil {
			return err
		}
		it, err := h.changeable(ctx, tx, item)
		if err != nil {
			return err
		}
		for _, other := range others {
			inbox := inboxes[other]
			if inbox == "" {
				if inbox, err = tx.ActorInbox(ctx, other); err != nil {
					return err
				}
			}
			if h.localName(o, other) != "" || inbox == "" {
				return wrong("address", "yourself")
			}
			if err := h.invite(ctx, tx, o, it, who, other, inbox, message); err != nil {
				return err
			}
		}
		return nil
	})
}

// invite invites one. Who is invited already is not asked again.
func (h *Hub) invite(ctx context.Context, tx Tx, o Organisation, it Item, who Who, other, inbox, message string) error {
	was, err := invitationWith(ctx, tx, it.ID, other, false)
	if err != nil || !was.State.May(InvitationOpen) {
		return err
	}
	v, err := was.To(InvitationStep{To: InvitationOpen, Invite: h.activityID(h.newID()), Invited: after(was.Invited)})
	if err != nil {
		return err
	}
	v.Message = message
	if err := h.keepInvitation(ctx, tx, o, who, was, v); err != nil {
		return err
	}
	a, obj := h.inviteOf(o, v), h.object(it, o)
	a.Object, a.ObjectType, a.Content = &obj, obj.Type, wireParagraphs(message)
	return h.send(ctx, tx, o, a, []string{inbox})
}

// Uninvite takes an invitation back, or the name of who had accepted it from the
// item. ErrConflict when there is nothing to take back.
func (h *Hub) Uninvite(ctx context.Context, who Who, item, other, reason string) error {
	return h.invitationStep(ctx, who, "uninvited", item, other, InvitationWithdrawn, reason)
}

// AnswerInvitation accepts an invitation that came, or declines it, also one that
// was accepted; then it says why. *InvalidError for field "reason"; ErrConflict.
func (h *Hub) AnswerInvitation(ctx context.Context, who Who, item, other string, accept bool, reason string) error {
	if accept {
		return h.invitationStep(ctx, who, "accepted_invitation", item, other, InvitationAccepted, "")
	}
	return h.invitationStep(ctx, who, "declined_invitation", item, other, InvitationDeclined, reason)
}

// invitationStep takes a step of ours and tells the other side.
func (h *Hub) invitationStep(ctx context.Context, who Who, did, item, other string, to InvitationState, reason string) error {
	reason, wrong := checkReason(reason, to == InvitationDeclined)
	return h.editorDoes(ctx, who, did, item, func(tx Tx, o Organisation) error {
		was, err := invitationWith(ctx, tx, item, other, false)
		if err != nil {
			return err
		}
		it, err := tx.Item(ctx, item)
		if err != nil {
			return err
		}
		switch {
		case was.Incoming != (to != InvitationWithdrawn) || !was.State.May(to):
			return ErrConflict
		case wrong != nil:
			return wrong
		}
		if err := who.may(it.decides()); err != nil {
			return err
		}
		v, err := was.To(InvitationStep{To: to, Invite: was.Invite})
		if err != nil {
			return err
		}
		invite := h.inviteOf(o, v)
		a := vocab.Activity{
			ID: h.activityID(h.newID()), Type: to.activity(), ObjectID: invite.ID, ObjectType: "Invite", Inner: &invite,
			Content: wireParagraphs(reason), To: []string{other}, Published: now(),
		}
		if v.Reason = reason; to == InvitationAccepted {
			// The item names it, and everybody may ask whether it is true.
			v.Consent, a.CC = a.ID, []string{vocab.Public}
		}
		if err := h.keepInvitation(ctx, tx, o, who, was, v); err != nil {
			return err
		}
		inbox, err := tx.ActorInbox(ctx, other)
		if err != nil {
			return err
		}
		return h.send(ctx, tx, o, a, []string{inbox})
	})
}

// inviteOf is an invitation as an activity, with nothing of what was said in it.
func (h *Hub) inviteOf(o Organisation, v Invitation) vocab.Activity {
	host, guest := h.Self(o), v.Other
	if v.Incoming {
		host, guest = guest, host
	}
	return vocab.Activity{ID: v.Invite, Type: "Invite", Actor: host, ObjectID: v.Item, Target: guest, To: []string{guest}, Published: v.Invited}
}

// keepInvitation keeps an invitation after a step and does what follows from it.
func (h *Hub) keepInvitation(ctx context.Context, tx Tx, o Organisation, who Who, was, v Invitation) error {
	v.Changed, v.DecidedBy = now(), who.Name
	if err := tx.SaveInvitation(ctx, v); err != nil {
		return err
	}
	stands := v.State == InvitationAccepted
	if stands == (was.State == InvitationAccepted) {
		return nil
	}
	if !v.Incoming {
		return h.namePartner(ctx, tx, o, who, v, stands)
	}
	it, err := tx.Item(ctx, v.Item)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	if err := tx.SetJoint(ctx, v.Item, stands); err != nil {
		return err
	}
	if stands && boostable(it) {
		return ignore(h.boostAgain(ctx, tx, o, it), ErrConflict)
	}
	from, err := tx.Reception(ctx, it.Author)
	if err != nil || stands || from.BoostAll && from.Following.stands() {
		return err
	}
	return h.unboost(ctx, tx, o, v.Item)
}

// namePartner has an own item name who stands behind it with us, or no more.
func (h *Hub) namePartner(ctx context.Context, tx Tx, o Organisation, who Who, v Invitation, stands bool) error {
	old, err := h.changeable(ctx, tx, v.Item)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	it := old
	it.Event, it.Position = copyOf(old.Event), copyOf(old.Position)
	partners := it.Partners()
	*partners = slices.DeleteFunc(slices.Clone(*partners), func(p vocab.Party) bool { return p.ID == v.Other })
	if it.Event != nil && !stands {
		it.Event.Programme = slices.Clone(it.Event.Programme)
		for i := range it.Event.Programme {
			if s := &it.Event.Programme[i]; s.Holder.ID == v.Other {
				s.Holder = vocab.Party{}
			}
		}
	}
	if stands {
		p, err := profileOf(ctx, tx, v.Other)
		if err != nil {
			return err
		}
		*partners = append(*partners, vocab.Party{ID: p.ID, Name: p.Name, URL: p.URL, Consent: v.Consent})
	}
	return h.change(ctx, tx, who, o, &it, old)
}

// forgetPartner takes the name of somebody who is gone, or blocked, from all that we
// hold or say together, and tells them nothing.
func (h *Hub) forgetPartner(ctx context.Context, tx Tx, o Organisation, actor string) error {
	vs, err := tx.InvitationsWith(ctx, actor)
	if err != nil {
		return err
	}
	for _, v := range vs {
		was, err := invitationWith(ctx, tx, v.Item, actor, v.Incoming)
		if err != nil {
			return err
		}
		if v, err = was.To(InvitationStep{To: InvitationWithdrawn, Invite: was.Invite}); err != nil {
			return err
		}
		if err := h.keepInvitation(ctx, tx, o, Program(programName), was, v); err != nil {
			return err
		}
	}
	return tx.ForgetInvitations(ctx, actor)
}

// aboutInvitation reports whether an activity is an Invite or embeds one.
func aboutInvitation(a vocab.Activity) bool {
	return a.Type == "Invite" || a.Inner != nil && a.Inner.Type == "Invite"
}

// consents reports whether an activity agrees to be named: everybody may ask
// whether that is true.
func consents(a vocab.Activity) bool {
	return a.Type == "Accept" && aboutInvitation(a) && slices.Contains(a.CC, vocab.Public)
}

// receiveInvite takes an invitation in, with the item that it is to; it is nil
// when only its id came.
func (h *Hub) receiveInvite(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, it *Item) error {
	a := in.Activity
	if a.Target != h.Self(o) && !slices.Contains(a.To, h.Self(o)) {
		return nil
	}
	if it == nil {
		kept, err := tx.Item(ctx, a.ObjectID)
		if err != nil {
			return ignore(err, ErrNotFound)
		}
		it = &kept
	}
	if it.Author != in.Actor.ID || it.State != Published || it.Partners() == nil {
		return nil
	}
	was, err := invitationWith(ctx, tx, it.ID, in.Actor.ID, true)
	if err != nil {
		return err
	}
	if full, err := beleaguered(ctx, tx, was); err != nil {
		return err
	} else if full {
		return h.rejectInvite(ctx, tx, o, in, a, "wire_invite_too_many")
	}
	v, err := was.To(InvitationStep{To: InvitationOpen, Invite: a.ID, Invited: stepTime(a.Published, in.At)})
	if err != nil || v.Invite == was.Invite {
		return err
	}
	if followed, err := follows(ctx, tx, o, in.Actor.ID); err != nil {
		return err
	} else if followed {
		it.Feed = earlier(it.Published, it.Received)
	}
	if isNew, err := insertOnce(ctx, tx, *it); err != nil {
		return err
	} else if !isNew {
		kept, err := h.replace(ctx, tx, *it)
		if err != nil || kept.State != Published {
			return err
		}
	}
	v.Message = saidPlain(a.Content)
	return h.keepInvitation(ctx, tx, o, Who{}, was, v)
}

// beleaguered reports whether there is no room for another invitation.
func beleaguered(ctx context.Context, tx Tx, v Invitation) (bool, error) {
	if v.Invite != "" {
		return false, nil
	}
	open, err := tx.CountInvitations(ctx)
	if err != nil || open >= maxInvitations {
		return true, err
	}
	scheme, _, _ := strings.Cut(v.Other, "://")
	n, err := tx.CountInvitationsOf(ctx, scheme+"://"+hostOf(v.Other))
	return n >= mostOfHost, err
}

// rejectInvite answers, with a reason, what changes nothing.
func (h *Hub) rejectInvite(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, invite vocab.Activity, key string) error {
	bare := vocab.Activity{ID: invite.ID, Type: "Invite", Actor: invite.Actor, ObjectID: invite.ObjectID, Target: invite.Target, To: invite.To, Published: invite.Published}
	return h.send(ctx, tx, o, vocab.Activity{
		Type: "Reject", ObjectID: bare.ID, ObjectType: "Invite", Inner: &bare, To: []string{in.Actor.ID}, Published: now(),
		Content: wireParagraphs(h.locale.Printer(first(o.Languages)).T(key)),
	}, []string{in.Actor.Inbox})
}

// receiveInvitationAnswer moves an invitation by an Accept, a Reject or an Undo;
// false when it is about something else. Who accepts without having been asked
// gets a Reject, so that they do not believe to be named.
func (h *Hub) receiveInvitationAnswer(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	v, err := tx.InvitationBy(ctx, a.ObjectID)
	if ignore(err, ErrNotFound) != nil {
		return true, err
	}
	known := err == nil && v.Other == in.Actor.ID
	s := InvitationStep{Invite: a.ObjectID}
	switch {
	case !known && !aboutInvitation(a):
		return false, nil
	case !known && a.Type == "Accept":
		return true, h.refuseUnasked(ctx, tx, o, in, v.Invite != "")
	case !known && a.Type == "Undo" && h.invites(o, in):
		// It was taken back before it came.
		v.Item, s.To, s.Invited = a.Inner.ObjectID, InvitationWithdrawn, stepTime(a.Inner.Published, in.At)
	case known && v.Incoming && a.Type != "Accept":
		s.To = InvitationWithdrawn
	case known && !v.Incoming && a.Type == "Accept":
		s.To = InvitationAccepted
	case known && !v.Incoming && a.Type == "Reject":
		s.To = InvitationDeclined
	default:
		return true, nil
	}
	was, err := invitationWith(ctx, tx, v.Item, in.Actor.ID, s.To == InvitationWithdrawn)
	if err != nil {
		return true, err
	}
	if full, err := beleaguered(ctx, tx, was); err != nil || full {
		return true, err
	}
	if v, err = was.To(s); err != nil || v.State == was.State && v.Invite == was.Invite {
		return true, nil
	}
	if v.Reason = saidPlain(a.Content); s.To == InvitationAccepted {
		v.Consent = a.ID
	}
	return true, h.keepInvitation(ctx, tx, o, Who{}, was, v)
}

// invites reports whether what an activity embeds is an invitation of its actor's
// to this organisation.
func (h *Hub) invites(o Organisation, in federation.Inbound) bool {
	i := in.Activity.Inner
	return i.Actor == in.Actor.ID && i.Target == h.Self(o) && hostOf(i.ObjectID) == hostOf(in.Actor.ID)
}

// refuseUnasked answers who accepts an invitation that they never got: it was
// somebody else's, or there was none.
func (h *Hub) refuseUnasked(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, others bool) error {
	invite := *in.Activity.Inner
	if invite.Actor != h.Self(o) {
		return nil
	}
	if _, err := tx.SentActivity(ctx, invite.ID); !others && (err == nil || !errors.Is(err, ErrNotFound)) {
		return err // it was ours, and is over
	}
	return h.rejectInvite(ctx, tx, o, in, invite, "wire_invite_never")
}
