package hub

import (
	"context"
	"errors"

	"pergola/federation"
	"pergola/federation/vocab"
)

// aboutInterest reports whether an activity surely concerns an answer to a call.
func aboutInterest(a vocab.Activity) bool {
	return a.Agreement != nil || a.Type == "Invite" || a.Inner != nil && aboutInterest(*a.Inner)
}

// betweenTwo reports whether an activity of ours is nobody else's business: it says
// something of an application or of an answer, or answers what it names by id
// alone.
func betweenTwo(a vocab.Activity) bool {
	if consents(a) {
		return false
	}
	if aboutMembership(a) || aboutInterest(a) || a.Context != "" || a.Object != nil && a.Object.Context != "" {
		return true
	}
	switch a.Type {
	case "Accept", "TentativeAccept", "Reject", "Ignore":
		return a.Inner == nil && a.Result == ""
	}
	return false
}

// receiveInterest applies what the other side says of an answer to a call; false
// when an activity is about none.
func (h *Hub) receiveInterest(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	switch a.Type {
	case "Offer":
		if a.Agreement == nil {
			return false, nil
		}
		return true, h.receiveExpression(ctx, tx, o, in)
	case "TentativeAccept", "Accept", "Reject", "Ignore":
		return h.receiveDecision(ctx, tx, o, in)
	case "Create":
		if a.Object == nil || a.Object.Type != "Document" || a.Object.Context == "" || a.Object.AttributedTo != in.Actor.ID {
			return false, nil
		}
		if a.Context == "" {
			return true, h.receiveAgreement(ctx, tx, o, in)
		}
		return true, h.theySay(ctx, tx, o, in, Answerer, a.Context, Saying{By: Caller, State: InterestConfirmed, Agreement: a.Object.Context})
	case "Delete":
		id, err := tx.DeleteAgreement(ctx, a.ObjectID, in.Actor.ID)
		if err != nil || id == "" {
			return false, err
		}
		return true, h.unconfirm(ctx, tx, o, id)
	case "Invite":
		if a.Inner == nil {
			return false, nil // to hold or to sign something
		}
		n := foreignIntroduction(a)
		return true, h.receiveIntroduction(ctx, tx, o, in, a, *n)
	case "Undo":
		if a.Inner != nil && a.Inner.Type == "Invite" {
			if known, err := knowsOffer(ctx, tx, a.Inner.ObjectID); err != nil || !known {
				return false, err
			}
			return true, h.receiveIntroduction(ctx, tx, o, in, *a.Inner, Introduction{Invite: a.Inner.ID})
		}
		return h.receiveWithdrawal(ctx, tx, o, in)
	}
	return false, nil
}

// knowsOffer reports whether an id is that of an answer to a call, ours or another's.
func knowsOffer(ctx context.Context, tx Tx, offer string) (bool, error) {
	for _, part := range []Part{Caller, Answerer} {
		if _, err := tx.InterestByOffer(ctx, part, offer); !errors.Is(err, ErrNotFound) {
			return err == nil, err
		}
	}
	return false, nil
}

// receiveExpression takes an answer to an own call in. What cannot be one is
// answered with a Reject that says why.
func (h *Hub) receiveExpression(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	offer := in.Activity
	call := offer.Agreement.Call()
	if hostOf(offer.Agreement.Satisfies) != h.base.Host {
		return nil
	}
	was, err := tx.InterestByOffer(ctx, Caller, offer.ID)
	if err == nil {
		if was, err = lockInterest(ctx, tx, was); err != nil || was.State != NoInterest || was.Other != in.Actor.ID {
			return err // it came, or was taken back, before
		}
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	problem, err := unanswerable(ctx, tx, Caller, call, in.Actor.ID)
	if errors.Is(err, ErrNotFound) {
		problem, err = "call_gone", nil
	}
	if err != nil {
		return err
	}
	if problem != "" {
		return h.refuseInterest(ctx, tx, o, in, offer.ID, "wire_interest_"+problem)
	}
	i := h.interestOf(was, in, call, offer)
	i.Expression = foreignExpression(offer, ProfileOf(in.Actor))
	return h.moveInterest(ctx, tx, o, &i, Saying{By: Answerer, State: InterestSent}, Who{}, "")
}

// interestOf is an answer of somebody else of which nothing is kept yet, or not
// what it says.
func (h *Hub) interestOf(was Interest, in federation.Inbound, call string, offer vocab.Activity) Interest {
	if was.ID != "" {
		return was
	}
	return Interest{ID: h.newID(), Part: Caller, Call: call, Other: in.Actor.ID, Offer: offer.ID, Since: stepTime(offer.Published, in.At),
		Changed: in.At, Expression: Expression{Name: ProfileOf(in.Actor).Name}}
}

// refuseInterest answers what changes nothing.
func (h *Hub) refuseInterest(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, offer, key string) error {
	return h.sendInterest(ctx, tx, o, Interest{Offer: offer}, vocab.Activity{
		Type: "Reject", ObjectID: offer, To: []string{in.Actor.ID}, Published: now(), Content: wireParagraphs(h.locale.Printer(first(o.Languages)).T(key)),
	}, in.Actor.Inbox)
}

// receiveDecision moves an answer of ours; false when an activity answers something
// else. What answers what we never offered, or not to its sender, is answered with
// a Reject.
func (h *Hub) receiveDecision(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	i, err := tx.InterestByOffer(ctx, Answerer, a.ObjectID)
	switch {
	case errors.Is(err, ErrNotFound) && a.Type == "Reject":
		// Who answered knows nothing of it.
		return h.receiveWithdrawal(ctx, tx, o, in)
	case errors.Is(err, ErrNotFound):
		if a.Agreement == nil {
			return false, nil
		}
		if _, err := tx.SentActivity(ctx, a.ObjectID); !errors.Is(err, ErrNotFound) {
			return true, err // it was ours, and is forgotten
		}
		return true, h.refuseInterest(ctx, tx, o, in, a.ObjectID, "wire_interest_never")
	case err != nil:
		return false, err
	case i.Other != in.Actor.ID && a.Type != "Reject":
		return true, h.refuseInterest(ctx, tx, o, in, a.ObjectID, "wire_interest_not_asked")
	}
	for _, state := range []InterestState{InterestTalking, InterestAgreed, InterestDeclined, InterestExpired} {
		if state.activity() == a.Type {
			return true, h.theySay(ctx, tx, o, in, Answerer, a.ObjectID, Saying{By: Caller, State: state, Agreement: a.Result})
		}
	}
	return false, nil
}

// receiveWithdrawal takes an answer of somebody else back, also one that has not
// come yet; false when an Undo undoes something else.
func (h *Hub) receiveWithdrawal(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	i, err := tx.InterestByOffer(ctx, Caller, a.ObjectID)
	if errors.Is(err, ErrNotFound) && a.Inner != nil && a.Inner.Agreement != nil {
		i, err = h.unheard(ctx, tx, in, *a.Inner)
	}
	if err != nil || i.Other != in.Actor.ID || i.FromReply {
		return false, ignore(err, ErrNotFound)
	}
	return true, h.say(ctx, tx, o, in, i, Saying{By: Answerer, State: InterestWithdrawn})
}

// unheard is an answer to an own call of which something is said before it came.
// ErrNotFound where there is no such call, or no room.
func (h *Hub) unheard(ctx context.Context, tx Tx, in federation.Inbound, offer vocab.Activity) (Interest, error) {
	call := offer.Agreement.Call()
	problem, err := unanswerable(ctx, tx, Caller, call, in.Actor.ID)
	if err == nil && problem == "too_many_answers" || err == nil && offer.Actor != in.Actor.ID {
		err = ErrNotFound
	}
	if err != nil {
		return Interest{}, err
	}
	if it, err := tx.Item(ctx, call); err != nil || !it.Own {
		return Interest{}, cmpErr(err, ErrNotFound)
	}
	i := h.interestOf(Interest{}, in, call, offer)
	return i, tx.SaveInterest(ctx, i)
}

// receiveIntroduction keeps whether the other side would like to be introduced, and
// to whom.
func (h *Hub) receiveIntroduction(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, invite vocab.Activity, n Introduction) error {
	n.Said = stepTime(in.Activity.Published, in.At)
	by := Answerer
	i, err := tx.InterestByOffer(ctx, Caller, invite.ObjectID)
	if errors.Is(err, ErrNotFound) {
		by = Caller
		i, err = tx.InterestByOffer(ctx, Answerer, invite.ObjectID)
	}
	if errors.Is(err, ErrNotFound) && invite.Inner != nil && invite.Inner.Agreement != nil {
		by = Answerer
		i, err = h.unheard(ctx, tx, in, *invite.Inner)
	}
	if err != nil || i.Other != in.Actor.ID {
		return ignore(err, ErrNotFound)
	}
	return h.say(ctx, tx, o, in, i, Saying{By: by, Introduction: &n})
}

// theySay moves the answer that is known by an Offer, if it is one with the sender,
// whose host an agreement must be of. (FEP-fe34, "Authentication")
func (h *Hub) theySay(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, part Part, offer string, s Saying) error {
	i, err := tx.InterestByOffer(ctx, part, offer)
	if err != nil || i.Other != in.Actor.ID || s.Agreement != "" && hostOf(s.Agreement) != hostOf(in.Actor.ID) {
		return ignore(err, ErrNotFound)
	}
	return h.say(ctx, tx, o, in, i, s)
}

// say moves an answer by the word of the other side.
func (h *Hub) say(ctx context.Context, tx Tx, o Organisation, in federation.Inbound, i Interest, s Saying) error {
	i, err := lockInterest(ctx, tx, i)
	if err != nil {
		return err
	}
	return h.moveInterest(ctx, tx, o, &i, s, Who{}, saidPlain(in.Activity.Content))
}

// receiveAgreement counts what a member says that it has agreed on, and says so
// above when nobody has yet.
func (h *Hub) receiveAgreement(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	if member, err := isMember(ctx, tx, in.Actor.ID); err != nil || !member {
		return err
	}
	obj := in.Activity.Object
	known, err := tx.Confirmations(ctx, obj.Context)
	if err != nil {
		return err
	}
	if err := tx.InsertAgreement(ctx, Agreement{Document: obj.ID, ID: obj.Context, By: in.Actor.ID, At: in.At}); err != nil || len(known) > 0 {
		return err
	}
	return h.confirm(ctx, tx, o, Agreement{Document: h.objectID(h.newID()), ID: obj.Context, At: in.At})
}

// unconfirm takes our word for an agreement back that has nothing to stand on.
func (h *Hub) unconfirm(ctx context.Context, tx Tx, o Organisation, id string) error {
	left, err := tx.Confirmations(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range unfounded(left, h.Self(o)) {
		if err := h.takeBack(ctx, tx, o, a.Document); err != nil {
			return err
		}
	}
	return nil
}

// sendInterest sends something about an answer. All of it arrives in one order.
func (h *Hub) sendInterest(ctx context.Context, tx Tx, o Organisation, i Interest, a vocab.Activity, inbox string) error {
	if a.ID == "" {
		a.ID = h.activityID(h.newID())
	}
	a.Actor = h.Self(o)
	return h.fed.Send(ctx, tx, federation.Sending{From: o.Name, Activity: a, Inboxes: []string{inbox}, Key: interestKey(i)})
}

func interestKey(i Interest) string { return "answer " + i.Offer }

// withdrawReply takes back the answer that was made of a reply that is deleted.
func (h *Hub) withdrawReply(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	i, err := tx.InterestByOffer(ctx, Caller, in.Activity.ObjectID)
	if err != nil || !i.FromReply {
		return ignore(err, ErrNotFound)
	}
	return h.say(ctx, tx, o, in, i, Saying{By: Answerer, State: InterestWithdrawn})
}
