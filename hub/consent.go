package hub

import (
	"context"
	"errors"
	"slices"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

// maxConsents is in how many collections one actor may list the organisation.
const maxConsents = 20

// A Consent is that somebody may list the organisation in a collection: who
// follows it and asks. Others see it under its id, as long as it stands.
// (FEP-7aa9)
type Consent struct {
	ID, Actor, Collection string
	Since                 time.Time
}

// ConsentTx keeps who may list the organisation.
type ConsentTx interface {
	// Consent returns ErrNotFound when there is none, or not any more.
	Consent(ctx context.Context, id string) (Consent, error)
	// ConsentsTo are those that an actor has, in the order of the collections.
	ConsentsTo(ctx context.Context, actor string) ([]Consent, error)
	// InsertConsent returns ErrConflict when there is one for the collection.
	InsertConsent(ctx context.Context, c Consent) error
	DeleteConsents(ctx context.Context, actor string) error
}

// receiveFeatureRequest answers whether somebody may list a local actor. Whose
// collection it is, is the word of its host: nothing is fetched for it.
func (h *Hub) receiveFeatureRequest(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	a := in.Activity
	local := h.localName(o, a.ObjectID)
	if local == "" {
		return federation.ErrNotFound
	}
	answer := vocab.Activity{ID: h.activityID(h.newID()), Type: "Reject", ObjectID: a.ID, To: []string{in.Actor.ID}}
	c, err := h.consent(ctx, tx, o, local, in)
	switch {
	case err == nil:
		answer.Type, answer.Result = "Accept", c.ID
	case !errors.Is(err, errNoConsent):
		return err
	}
	return h.sendAs(ctx, tx, local, answer, []string{in.Actor.Inbox})
}

var errNoConsent = errors.New("may not list it")

// consent is what stands for who asks, or a new one.
func (h *Hub) consent(ctx context.Context, tx Tx, o Organisation, local string, in federation.Inbound) (Consent, error) {
	collection := in.Activity.Instrument
	if local != o.Name || !webURL(collection) || hostOf(collection) != hostOf(in.Actor.ID) {
		return Consent{}, errNoConsent
	}
	if _, err := tx.Follower(ctx, local, in.Actor.ID); errors.Is(err, ErrNotFound) {
		return Consent{}, errNoConsent
	} else if err != nil {
		return Consent{}, err
	}
	cs, err := tx.ConsentsTo(ctx, in.Actor.ID)
	if err != nil {
		return Consent{}, err
	}
	if i := slices.IndexFunc(cs, func(c Consent) bool { return c.Collection == collection }); i >= 0 {
		return cs[i], nil
	}
	if len(cs) >= maxConsents {
		return Consent{}, errNoConsent
	}
	c := Consent{ID: h.objectID(h.newID()), Actor: in.Actor.ID, Collection: collection, Since: in.At}
	return c, tx.InsertConsent(ctx, c)
}

// revoke takes back all consents that somebody has, and tells them: else they
// would go on showing us.
func (h *Hub) revoke(ctx context.Context, tx Tx, o Organisation, actor string) error {
	cs, err := tx.ConsentsTo(ctx, actor)
	if err != nil || len(cs) == 0 {
		return err
	}
	inbox, err := tx.ActorInbox(ctx, actor)
	if err != nil {
		return err
	}
	for _, c := range cs {
		if err := h.send(ctx, tx, o, vocab.Activity{Type: "Delete", ObjectID: c.ID, To: []string{actor}}, []string{inbox}); err != nil {
			return err
		}
	}
	return tx.DeleteConsents(ctx, actor)
}

// consentDocument is what stands under the id of a consent.
func (h *Hub) consentDocument(ctx context.Context, tx Tx, id string) (d federation.Document, err error) {
	c, err := tx.Consent(ctx, id)
	if err != nil {
		return d, err
	}
	o, err := tx.Organisation(ctx)
	if err != nil {
		return d, err
	}
	d.JSON, err = vocab.FeatureAuthorization{ID: c.ID, Collection: c.Collection, Actor: h.Self(o)}.JSON()
	return d, err
}
