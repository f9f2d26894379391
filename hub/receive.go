package hub

import (
	"context"
	"errors"
	"slices"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

// A Received is an activity that was taken in, kept for 30 days.
type Received struct {
	// ID is the activity's; unique per node.
	ID, Type, Actor, Object string
	At                      time.Time
	// Body is nil for what brings an item, which keeps the same.
	Body []byte
}

// A Reception is how what an actor sends is received.
type Reception struct {
	// Local is the name of the organisation's actor.
	Local string
	// Following is the state of its Follow of the actor, "" when there is none.
	Following FollowState
	// BoostAll is the organisation's.
	BoostAll bool
}

// ReceiveTx keeps what arrived.
type ReceiveTx interface {
	Reception(ctx context.Context, actor string) (Reception, error)
	// InsertReceived reports false, and changes nothing, when the id is known.
	InsertReceived(ctx context.Context, r Received) (bool, error)
	// IsUndone reports whether a Delete of an object or an Undo of an activity
	// is among what arrived.
	IsUndone(ctx context.Context, id string) (bool, error)
	// PruneReceived forgets what came before then.
	PruneReceived(ctx context.Context, before time.Time) (int, error)
	// ForgetActor empties a deleted actor: name, picture and about go, its
	// items become tombstones, it follows nobody and nobody follows it.
	ForgetActor(ctx context.Context, id string, at time.Time) error
	// ItemsOf are the ids of the items of an author that are not deleted.
	ItemsOf(ctx context.Context, author string) ([]string, error)
}

// Receive implements [federation.Host]: it applies an activity whose signature
// and origin have been verified. The same activity twice is applied once.
func (h *Hub) Receive(ctx context.Context, in federation.Inbound) error {
	a := in.Activity
	reply, err := h.arrivedReply(ctx, in)
	if err != nil {
		return err
	}
	var it *Item
	if reply == nil {
		if it, err = h.arrived(ctx, in); err != nil {
			return err
		}
	}
	guests, err := h.guests(ctx)
	if err != nil {
		return err
	}
	if aboutMembership(a) || aboutInterest(a) || a.Type == "Remove" {
		defer h.forgetGuests()
	}
	return h.store.Update(ctx, func(tx Tx) error {
		r := Received{ID: a.ID, Type: a.Type, Actor: in.Actor.ID, Object: a.ObjectID, At: in.At}
		if it == nil {
			r.Body = in.Raw
		}
		isNew, err := tx.InsertReceived(ctx, r)
		if err != nil || !isNew {
			return err
		}
		if it != nil && a.Type != "Invite" {
			return h.receiveObject(ctx, tx, in, *it)
		}
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		if namesObject(a) {
			return h.receiveName(ctx, tx, o, in)
		}
		if done, err := h.receiveInterest(ctx, tx, o, in); err != nil || done {
			return err
		}
		switch a.Type {
		case "Follow":
			if local := h.localName(o, in.Activity.ObjectID); local != "" && guests.strange(in.Actor.ID) {
				return h.refuseFollow(ctx, tx, local, in.Actor.Inbox, in.Activity)
			}
			return h.receiveFollow(ctx, tx, o, in)
		case "Undo":
			return h.receiveUndo(ctx, tx, o, in)
		case "Accept", "Reject":
			return h.receiveAnswer(ctx, tx, o, in)
		case "TentativeAccept", "TentativeReject":
			_, err := h.receiveMembershipAnswer(ctx, tx, o, in)
			return err
		case "Invite":
			return h.receiveInvite(ctx, tx, o, in, it)
		case "Offer":
			return h.receiveOffer(ctx, tx, o, in)
		case "Remove":
			return h.receiveRemoval(ctx, tx, o, in)
		case "Create", "Update":
			if a.Type == "Update" && aboutMembership(a) {
				return h.receiveOffer(ctx, tx, o, in)
			}
			if reply != nil {
				return h.receiveReply(ctx, tx, *reply)
			}
			return h.receiveProfile(ctx, tx, o, in)
		case "Delete":
			return h.receiveDelete(ctx, tx, o, in)
		case "Announce":
			return h.receiveAnnounce(ctx, tx, o, in)
		case "Join":
			return h.receiveJoin(ctx, tx, o, in)
		case "Leave":
			return h.receiveLeave(ctx, tx, a.ObjectID, in.Actor.ID)
		case "Like":
			return receiveLike(ctx, tx, in)
		case "Flag":
			return h.receiveFlag(ctx, tx, in)
		case "FeatureRequest":
			return h.receiveFeatureRequest(ctx, tx, o, in)
		}
		return nil
	})
}

// arrived is the item that a Create, an Update or an Invite brings, nil when it brings none
// to be shown. It is made before the transaction, because to clean what strangers
// have written takes longer than to keep it, and the others would wait.
func (h *Hub) arrived(ctx context.Context, in federation.Inbound) (*Item, error) {
	obj := in.Activity.Object
	if !slices.Contains([]string{"Create", "Update", "Invite"}, in.Activity.Type) ||
		obj == nil || obj.AttributedTo != in.Actor.ID || !isPublic(*obj, in.Activity) {
		return nil, nil
	}
	var o Organisation
	if obj.Event != nil || obj.Proposal != nil {
		// Its zone is that of times without one.
		var err error
		if o, err = h.Organisation(ctx); err != nil {
			return nil, err
		}
	}
	it, err := h.foreign(*obj, in.At, o.Zone)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if in.Activity.Type == "Update" && obj.Updated.IsZero() {
		it.Updated = in.At // the sender's word that it is newer
	}
	return &it, err
}

// localName is the name of the local actor with that id, "" when there is none.
func (h *Hub) localName(o Organisation, id string) string {
	for _, name := range []string{o.Name, Instance} {
		if id == h.actorID(name) {
			return name
		}
	}
	return ""
}

// receiveUndo takes a Follow, an Offer, an Invite, a Join, a Like or an Announce back. Some programs
// send only the id of what they undo.
func (h *Hub) receiveUndo(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	a := in.Activity
	if done, err := h.receiveParting(ctx, tx, o, in); err != nil || done {
		return err
	}
	if done, err := h.receiveInvitationAnswer(ctx, tx, o, in); err != nil || done {
		return err
	}
	if a.Inner != nil && a.Inner.Type == "Follow" {
		if local := h.localName(o, a.Inner.ObjectID); local != "" {
			return tx.DeleteFollower(ctx, local, in.Actor.ID)
		}
		return nil
	}
	if a.Inner == nil {
		for _, local := range []string{o.Name, Instance} {
			f, err := tx.Follower(ctx, local, in.Actor.ID)
			if err == nil && f.Activity == a.ObjectID {
				return tx.DeleteFollower(ctx, local, in.Actor.ID)
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		if err := h.undoJoin(ctx, tx, in.Actor.ID, a.ObjectID); err != nil {
			return err
		}
	}
	if a.Inner != nil && a.Inner.Type == "Join" {
		return h.receiveLeave(ctx, tx, a.Inner.ObjectID, in.Actor.ID)
	}
	return h.undoResponse(ctx, tx, o, in.Actor.ID, a)
}

// receiveObject takes a new item in, or a changed one. A Create of something
// that is here and an Update of something that is not are the same: what
// counts is `updated`.
func (h *Hub) receiveObject(ctx context.Context, tx Tx, in federation.Inbound, it Item) error {
	from, err := tx.Reception(ctx, in.Actor.ID)
	if err != nil {
		return err
	}
	if !from.Following.stands() {
		// It may still be here because somebody passed it on.
		_, err := h.replace(ctx, tx, it)
		return err
	}
	it.Feed = earlier(it.Published, it.Received)
	if it.InReplyTo != "" {
		it.Feed = time.Time{}
		if err := markNotice(ctx, tx, &it); err != nil {
			return err
		}
	}
	isNew, err := insertOnce(ctx, tx, it)
	if err == nil && !isNew {
		if it, err = h.replace(ctx, tx, it); err != nil || it.State != Published {
			return err
		}
		isNew, err = firstSent(ctx, tx, it)
	}
	if err != nil {
		return err
	}
	if err := tx.InsertProvenance(ctx, Provenance{Item: it.ID, Actor: in.Actor.ID, How: "sent", Activity: in.Activity.ID, At: in.At}); err != nil {
		return err
	}
	if !isNew || !from.BoostAll || !boostable(it) {
		return nil
	}
	if err = h.boost(ctx, tx, from.Local, it); errors.Is(err, ErrConflict) {
		return nil // it was passed on when only somebody else had pointed to it
	}
	return err
}

// markNotice makes a notice of a reply to something by the same author: what it
// tells stands in that as well.
func markNotice(ctx context.Context, tx Tx, it *Item) error {
	about, err := tx.Item(ctx, it.InReplyTo)
	if err == nil && about.Author == it.Author && !about.Own {
		it.Type = ANotice
	}
	return ignore(err, ErrNotFound)
}

// firstSent reports whether an item that is here was not sent by its author yet:
// somebody else's Announce may be faster.
func firstSent(ctx context.Context, tx Tx, it Item) (bool, error) {
	ps, err := tx.Provenance(ctx, it.ID)
	return !slices.ContainsFunc(ps, func(p Provenance) bool { return p.How == "sent" }), err
}

// namesObject reports whether a Create or an Update brings no object, just its
// id: so long ones come, ours too.
func namesObject(a vocab.Activity) bool {
	return (a.Type == "Create" || a.Type == "Update") && a.ObjectID != "" && a.Object == nil && a.Inner == nil && a.Person == nil &&
		hostOf(a.ObjectID) == hostOf(a.Actor) && a.ObjectID != a.Actor
}

// receiveName has the object fetched that somebody followed names.
func (h *Hub) receiveName(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	followed, err := follows(ctx, tx, o, in.Actor.ID)
	if err != nil || !followed {
		return err
	}
	return tx.EnqueueFetch(ctx, Fetch{Kind: FetchSent, ID: in.Activity.ObjectID, Actor: in.Actor.ID, Activity: in.Activity.ID})
}

// isPublic reports whether an object is for everybody to see and find: Public
// in `to`. (FEP-8a8e, "Discoverability")
func isPublic(obj vocab.Object, a vocab.Activity) bool {
	if len(obj.To)+len(obj.CC) == 0 {
		return slices.Contains(a.To, vocab.Public)
	}
	return slices.Contains(obj.To, vocab.Public)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// keepVersions is how many earlier versions of somebody else's item are kept:
// who changes something all day must not fill the disk.
const keepVersions = 20

// replace puts a newer version in the place of a kept item; the result is what
// stands there then, zero when there is nothing or it is somebody else's.
func (h *Hub) replace(ctx context.Context, tx Tx, it Item) (Item, error) {
	old, err := tx.Item(ctx, it.ID)
	if errors.Is(err, ErrNotFound) {
		return Item{}, nil
	}
	if err != nil {
		return Item{}, err
	}
	if old.Own || old.Author != it.Author {
		return Item{}, nil
	}
	if old.State == Deleted || !it.Updated.After(old.Updated) {
		return old, nil
	}
	version, err := versionOf(old)
	if err != nil {
		return Item{}, err
	}
	if err := tx.InsertVersion(ctx, version); err != nil {
		return Item{}, err
	}
	if err := tx.PruneVersions(ctx, old.ID, keepVersions); err != nil {
		return Item{}, err
	}
	if old.Type == ANotice {
		it.Type = ANotice
	}
	it.Published, it.Received, it.Feed = old.Published, old.Received, old.Feed
	it.Hidden, it.Backfilled = old.Hidden, old.Backfilled
	it.Changed, it.Change = old.Changed, old.Change
	c := changeOf(old, it)
	if c != NothingAtAll {
		it.Changed, it.Change = now(), c
	}
	var said time.Time // the author knows better than we
	if it.Event != nil {
		said = it.Event.PreviousStart
	}
	remember(old, it, c)
	if !said.IsZero() {
		it.Event.PreviousStart = said
	}
	return it, tx.UpdateItem(ctx, it)
}

// receiveDelete makes a tombstone of an item, or forgets an actor.
func (h *Hub) receiveDelete(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	id := in.Activity.ObjectID
	if id == in.Actor.ID {
		items, err := tx.ItemsOf(ctx, id)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := h.unboost(ctx, tx, o, item); err != nil {
				return err
			}
		}
		if err := h.forgetPerson(ctx, tx, id); err != nil {
			return err
		}
		if err := h.unlist(ctx, tx, o, id); err != nil {
			return err
		}
		if err := tx.DeleteConsents(ctx, id); err != nil {
			return err
		}
		if err := h.forgetPartner(ctx, tx, o, id); err != nil {
			return err
		}
		if err := tx.ForgetActor(ctx, id, in.At); err != nil {
			return err
		}
		if err := tx.ForgetInterests(ctx, id); err != nil {
			return err
		}
		return h.forgetMember(ctx, tx, o, id, true)
	}
	if done, err := h.withdrawConsent(ctx, tx, o, in); err != nil || done {
		return err
	}
	if done, err := removeReply(ctx, tx, id, in.At); err != nil {
		return err
	} else if done {
		return h.withdrawReply(ctx, tx, o, in)
	}
	it, err := tx.Item(ctx, id)
	if errors.Is(err, ErrNotFound) {
		followed, err := follows(ctx, tx, o, in.Actor.ID)
		if err != nil || !followed {
			return err
		}
		// The Create may still come: a tombstone keeps it out.
		return tx.InsertItem(ctx, Item{ID: id, Type: News, Author: in.Actor.ID, State: Deleted, Received: in.At, Updated: in.At, Deleted: in.At})
	}
	if err != nil {
		return err
	}
	// A moderator of its host may have done it. That the item is of the
	// sender's origin was checked. (FEP-fe34, "Create, update and delete")
	if it.Own || it.State == Deleted {
		return nil
	}
	if err := h.unboost(ctx, tx, o, id); err != nil {
		return err
	}
	it.State, it.Deleted = Deleted, in.At
	return tx.UpdateItem(ctx, it)
}

// receiveAnnounce notes who passes something on. Only its id is believed: what
// it says is read from where it came from.
func (h *Hub) receiveAnnounce(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	id := in.Activity.ObjectID
	if inner := in.Activity.Inner; inner != nil {
		// A forum passes activities on, not objects, and not only what is new:
		// likes and deletions too. (FEP-1b12)
		if inner.Type != "Create" && inner.Type != "Update" {
			return nil
		}
		id = inner.ObjectID
	}
	it, err := tx.Item(ctx, id)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if known && it.Own {
		_, err := tx.InsertForeignBoost(ctx, in.Actor.ID, id, in.Activity.ID, in.At)
		return err
	}
	followed, err := follows(ctx, tx, o, in.Actor.ID)
	if err != nil || !followed || hostOf(id) == h.base.Host || !webURL(id) {
		return err
	}
	if !known {
		return tx.EnqueueFetch(ctx, Fetch{Kind: FetchObject, ID: id, Actor: in.Actor.ID, Activity: in.Activity.ID})
	}
	return pointTo(ctx, tx, it, Provenance{Item: id, Actor: in.Actor.ID, Activity: in.Activity.ID, At: in.At})
}

// pointTo notes who passes on what is here.
func pointTo(ctx context.Context, tx Tx, it Item, p Provenance) error {
	if it.State == Deleted {
		return nil
	}
	p.How = "boosted"
	if err := tx.InsertProvenance(ctx, p); err != nil {
		return err
	}
	if it.Feed.IsZero() && it.InReplyTo == "" {
		it.Feed = p.At
		return tx.UpdateItem(ctx, it)
	}
	return nil
}

// undoAnnounce forgets that somebody passes something on. What stood in the feed
// for that alone leaves it: its author, who tells the own followers, may have
// deleted it.
func (h *Hub) undoAnnounce(ctx context.Context, tx Tx, o Organisation, actor, objectOrActivity string) error {
	if err := lockPassedOn(ctx, tx, actor); err != nil {
		return err
	}
	id, err := tx.DeleteBoosted(ctx, actor, objectOrActivity)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	it, err := tx.Item(ctx, id)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	ps, err := tx.Provenance(ctx, id)
	if err != nil || len(ps) > 0 || it.State != Published || it.Feed.IsZero() {
		return err
	}
	it.Feed = time.Time{}
	if err := tx.UpdateItem(ctx, it); err != nil {
		return err
	}
	return h.unboost(ctx, tx, o, id)
}
