package hub

import (
	"context"
	"time"

	"pergola/federation/vocab"
)

// RenewKeys gives both local actors new keys under the ids of the old ones, as
// when somebody else may have seen those, and tells the followers. Who has the
// old ones fetches the new ones at the first message that does not fit.
func (h *Hub) RenewKeys(ctx context.Context, who Who) error {
	if err := who.may(Office); err != nil {
		return err
	}
	o, err := h.Organisation(ctx)
	if err != nil {
		return err
	}
	locals := []string{o.Name, Instance}
	var keys []KeyPair
	for _, local := range locals { // takes too long for a transaction
		pair, err := newKeyPairs(local, now())
		if err != nil {
			return err
		}
		keys = append(keys, pair...)
	}
	err = h.officeDoes(ctx, who, "renewed_keys", h.Self(o), func(tx Tx, o Organisation) error {
		for _, k := range keys {
			if err := tx.UpdateKeyPair(ctx, k); err != nil {
				return err
			}
		}
		o.Updated = after(o.Updated)
		if err := tx.SaveOrganisation(ctx, o); err != nil {
			return err
		}
		for _, local := range locals {
			if err := h.tellActor(ctx, tx, o, local); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		h.fed.ForgetKeys(locals...)
	}
	return err
}

// tellActor sends what is now to be known of a local actor to its followers.
func (h *Hub) tellActor(ctx context.Context, tx Tx, o Organisation, local string) error {
	actor, err := h.actorOf(ctx, tx, o, local)
	if err != nil {
		return err
	}
	inboxes, err := tx.FollowerInboxes(ctx, local)
	if err != nil {
		return err
	}
	return h.sendAs(ctx, tx, local, vocab.Activity{Type: "Update", ObjectID: actor.ID, Person: &actor,
		To: []string{vocab.Public}, CC: []string{actor.Followers}, Updated: o.Updated}, inboxes)
}

// KeysMade is since when the organisation has the keys that it signs with.
func (h *Hub) KeysMade(ctx context.Context, who Who) (at time.Time, err error) {
	if err := who.may(Office); err != nil {
		return at, err
	}
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		keys, err := tx.KeyPairs(ctx, o.Name)
		for _, k := range keys {
			at = later(at, k.Created)
		}
		return err
	})
	return at, err
}
