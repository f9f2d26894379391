package hub

import (
	"context"
	"slices"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

// A Listing is that the organisation lists a member in its public collection, or
// has asked it. Nobody is listed without their consent. (FEP-7aa9)
type Listing struct {
	Actor string
	// ID is the id of the item, Request that of the question.
	ID, Request string
	// Consent is where the actor's host shows that it agrees, "" unless it does.
	Consent string
	// Refused says that it does not, or not any more: it is not asked again.
	Refused bool
	// Changed is when it was asked or answered.
	Changed time.Time
}

// ListingTx keeps whom an association lists.
type ListingTx interface {
	// Listing is that of an actor. ErrNotFound when it was not asked.
	Listing(ctx context.Context, actor string) (Listing, error)
	// ListingUnder is that of an item's id. ErrNotFound.
	ListingUnder(ctx context.Context, id string) (Listing, error)
	// Listings are all, those without consent too, in the order of their ids.
	Listings(ctx context.Context) ([]Listing, error)
	// InsertListing returns ErrConflict when there is one of the actor.
	InsertListing(ctx context.Context, l Listing) error
	// AnswerListing changes Consent, Refused and Changed of the listing with that
	// question. ErrNotFound when it is gone.
	AnswerListing(ctx context.Context, l Listing) error
	DeleteListing(ctx context.Context, actor string) error
}

// membersID is the collection of members, collectionsID that of the
// organisation's collections of this sort, which is the only one.
func (h *Hub) membersID(o Organisation) string     { return h.Self(o) + "/members" }
func (h *Hub) collectionsID(o Organisation) string { return h.Self(o) + "/collections" }

// askToList asks a member that is followed whether it may be listed, once.
func (h *Hub) askToList(ctx context.Context, tx Tx, o Organisation, actor, inbox string) error {
	if member, err := isMember(ctx, tx, actor); err != nil || !member || inbox == "" {
		return err
	}
	l := Listing{Actor: actor, ID: h.objectID(h.newID()), Request: h.activityID(h.newID()), Changed: now()}
	if err := tx.InsertListing(ctx, l); err != nil {
		return ignore(err, ErrConflict)
	}
	return h.send(ctx, tx, o, vocab.Activity{ID: l.Request, Type: "FeatureRequest", ObjectID: actor,
		Instrument: h.membersID(o), To: []string{actor}}, []string{inbox})
}

// lists reports whether the organisation has a collection of members: an
// association, and whoever else has some.
func lists(ctx context.Context, tx Tx, o Organisation) (bool, error) {
	if o.Kind == Association {
		return true, nil
	}
	ms, err := activeOf(ctx, tx, Below)
	return len(ms) > 0, err
}

// receiveConsent takes the answer to such a question; false when it answers
// something else. The Accept counts as much as what it leads to, so that is not
// fetched. (Mastodon 4.6: ActivityPub::Activity::Accept)
func (h *Hub) receiveConsent(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	a := in.Activity
	l, err := tx.Listing(ctx, in.Actor.ID)
	if err != nil || l.Request != a.ObjectID {
		return false, ignore(err, ErrNotFound)
	}
	if a.Type == "Reject" {
		return true, h.refuseListing(ctx, tx, o, l)
	}
	if l.Consent != "" || !webURL(a.Result) || hostOf(a.Result) != hostOf(l.Actor) {
		return true, nil
	}
	// Of two that consent at once, one is the first.
	if err := tx.Lock(ctx, "members"); err != nil {
		return true, err
	}
	l.Consent, l.Refused, l.Changed = a.Result, false, in.At
	if err := tx.AnswerListing(ctx, l); err != nil {
		return true, ignore(err, ErrNotFound)
	}
	c, err := h.members(ctx, tx, o)
	if err != nil {
		return true, err
	}
	tell := vocab.Activity{Type: "Update", ObjectID: c.ID, Collection: &c}
	if i := slices.IndexFunc(c.Items, func(it vocab.FeaturedItem) bool { return it.ID == l.ID }); len(c.Items) > 1 {
		// Who does not know the collection by now cannot add to it.
		tell = vocab.Activity{Type: "Add", ObjectID: l.ID, Item: &c.Items[i], Target: c.ID}
	}
	return true, h.tellListing(ctx, tx, o, tell)
}

// withdrawConsent reports whether a Delete takes back that its actor is listed.
func (h *Hub) withdrawConsent(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) (bool, error) {
	l, err := tx.Listing(ctx, in.Actor.ID)
	if err != nil || l.Consent == "" || l.Consent != in.Activity.ObjectID {
		return false, ignore(err, ErrNotFound)
	}
	return true, h.refuseListing(ctx, tx, o, l)
}

func (h *Hub) refuseListing(ctx context.Context, tx Tx, o Organisation, l Listing) error {
	listed := l.Consent != ""
	l.Consent, l.Refused, l.Changed = "", true, now()
	if err := tx.AnswerListing(ctx, l); err != nil || !listed {
		return ignore(err, ErrNotFound)
	}
	return h.tellUnlisted(ctx, tx, o, l)
}

// unlist ends the listing of somebody who is no member any more.
func (h *Hub) unlist(ctx context.Context, tx Tx, o Organisation, actor string) error {
	l, err := tx.Listing(ctx, actor)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	if err := tx.DeleteListing(ctx, actor); err != nil || l.Consent == "" {
		return err
	}
	return h.tellUnlisted(ctx, tx, o, l)
}

func (h *Hub) tellUnlisted(ctx context.Context, tx Tx, o Organisation, l Listing) error {
	return h.tellListing(ctx, tx, o, vocab.Activity{Type: "Remove", ObjectID: l.ID, Target: h.membersID(o)})
}

// tellListing tells the followers what changed. (Mastodon 4.6:
// ActivityPub::Activity::Add, Remove, Update)
func (h *Hub) tellListing(ctx context.Context, tx Tx, o Organisation, a vocab.Activity) error {
	inboxes, err := tx.FollowerInboxes(ctx, o.Name)
	if err != nil {
		return err
	}
	a.ID, a.Actor, a.Published = h.activityID(h.newID()), h.Self(o), now()
	a.To, a.CC = []string{vocab.Public}, []string{a.Actor + "/followers"}
	// In one order, whatever of the collection they are about.
	return h.fed.Send(ctx, tx, federation.Sending{From: o.Name, Activity: a, Inboxes: inboxes, Key: h.membersID(o)})
}

// members is the collection of those who are listed.
func (h *Hub) members(ctx context.Context, tx Tx, o Organisation) (vocab.FeaturedCollection, error) {
	c := vocab.FeaturedCollection{
		ID: h.membersID(o), AttributedTo: h.Self(o), Name: h.locale.Printer(first(o.Languages)).T("wire_members"),
		URL: h.base.String() + "/", Published: o.Founded, Updated: o.Founded,
	}
	ls, err := tx.Listings(ctx)
	if err != nil {
		return c, err
	}
	for _, l := range ls {
		if l.Changed.After(c.Updated) {
			c.Updated = l.Changed
		}
		if l.Consent != "" {
			c.Items = append(c.Items, featuredItem(l))
		}
	}
	return c, nil
}

func featuredItem(l Listing) vocab.FeaturedItem {
	return vocab.FeaturedItem{ID: l.ID, Actor: l.Actor, Authorization: l.Consent, Published: l.Changed}
}

// membersDocument is the collection, if there is one.
func (h *Hub) membersDocument(ctx context.Context, tx Tx, id string) (d federation.Document, err error) {
	o, err := tx.Organisation(ctx)
	if err != nil {
		return d, err
	}
	if has, err := lists(ctx, tx, o); err != nil || !has || id != h.membersID(o) {
		return d, cmpErr(err, ErrNotFound)
	}
	c, err := h.members(ctx, tx, o)
	if err != nil {
		return d, err
	}
	d.URL = c.URL
	d.JSON, err = c.JSON()
	return d, err
}

// listingDocument is what stands under the id of an item of the collection.
func listingDocument(ctx context.Context, tx Tx, id string) (d federation.Document, err error) {
	l, err := tx.ListingUnder(ctx, id)
	if err != nil {
		return d, err
	}
	if l.Consent == "" {
		return d, ErrNotFound
	}
	d.JSON, err = featuredItem(l).JSON()
	return d, err
}
