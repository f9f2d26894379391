package hub

import (
	"context"
	"slices"

	"pergola/federation"
	"pergola/federation/vocab"
)

// tell sends an activity about an own object to all followers and to everybody
// who got the object before, or what it is a reply to.
func (h *Hub) tell(ctx context.Context, tx Tx, o Organisation, typ string, obj vocab.Object) error {
	inboxes, err := tx.FollowerInboxes(ctx, o.Name, Instance)
	if err != nil {
		return err
	}
	for _, id := range []string{obj.ID, obj.InReplyTo} {
		if id == "" || typ == "Create" && id == obj.ID {
			continue
		}
		before, err := reached(ctx, tx, id)
		if err != nil {
			return err
		}
		inboxes = append(inboxes, before...)
	}
	a := vocab.Activity{Type: typ, ObjectID: obj.ID, ObjectType: obj.Type, Object: &obj,
		To: []string{vocab.Public}, CC: []string{h.Self(o) + "/followers"}, Published: obj.Published, Updated: obj.Updated}
	if typ == "Delete" {
		a.Published = obj.Deleted
	}
	return h.send(ctx, tx, o, a, inboxes)
}

// reached are the inboxes of all who are known to have an object of ours: it
// was sent there, somebody there has passed it on, takes part in it, or was invited
// to stand behind it.
func reached(ctx context.Context, tx Tx, object string) ([]string, error) {
	sent, err := tx.ReceivedBy(ctx, object)
	if err != nil {
		return nil, err
	}
	boosted, err := tx.BoosterInboxes(ctx, object)
	if err != nil {
		return nil, err
	}
	attend, err := tx.Attendees(ctx, object)
	if err != nil {
		return nil, err
	}
	invited, err := tx.InvitationsTo(ctx, object)
	for _, v := range invited {
		if err == nil && !v.Incoming && !v.State.Over() {
			var inbox string
			inbox, err = tx.ActorInbox(ctx, v.Other)
			sent = append(sent, inbox)
		}
	}
	return slices.Concat(sent, boosted, attend), err
}

// send hands an activity of the organisation to the queue, in the transaction
// of what it tells of. It is listed in the outbox when it is public and no
// reply.
func (h *Hub) send(ctx context.Context, tx Tx, o Organisation, a vocab.Activity, inboxes []string) error {
	return h.sendAs(ctx, tx, o.Name, a, inboxes)
}

// sendAs is send for a local actor.
func (h *Hub) sendAs(ctx context.Context, tx Tx, local string, a vocab.Activity, inboxes []string) error {
	a.Actor = h.actorID(local)
	if a.ID == "" {
		a.ID = h.activityID(h.newID())
	}
	if a.Published.IsZero() {
		a.Published = now()
	}
	return h.fed.Send(ctx, tx, federation.Sending{
		From: local, Activity: a, Inboxes: inboxes, Key: keyOf(a),
		Listed: len(a.To) > 0 && a.To[0] == vocab.Public &&
			(a.Type == "Create" && (a.Object == nil || a.Object.InReplyTo == "") || a.Type == "Announce"),
	})
}

// keyOf is the unit of order of an activity: what concerns one object with the
// replies to it, or one follow, arrives in order.
func keyOf(a vocab.Activity) string {
	about := a
	if a.Inner != nil {
		about = *a.Inner
	}
	if about.Type == "Follow" {
		return followKey(about.Actor, about.ObjectID)
	}
	if about.Object != nil && about.Object.InReplyTo != "" {
		return about.Object.InReplyTo
	}
	return about.ObjectID
}
