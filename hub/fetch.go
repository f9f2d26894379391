package hub

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

// How much of somebody's back catalogue is read when they are newly followed.
const (
	backfillAge   = 365 * 24 * time.Hour
	backfillItems = 200
	backfillPages = 20
)

// Fetch does what could not be done in a transaction: it reads something from
// another host and keeps it, as long as who pointed to it is still followed.
// The errors are those of [federation.Server.Object].
func (h *Hub) Fetch(ctx context.Context, f Fetch) error {
	switch f.Kind {
	case FetchObject, FetchSent:
		return h.fetchObject(ctx, f)
	case FetchOutbox:
		return h.fetchOutbox(ctx, f)
	case FetchPicture:
		return h.fetchPicture(ctx, f)
	case FetchDirectory:
		return h.fetchDirectory(ctx, f)
	}
	return federation.ErrMalformed
}

// fetchObject reads what somebody we follow passed on, or published by its id
// alone.
func (h *Hub) fetchObject(ctx context.Context, f Fetch) error {
	guests, err := h.guests(ctx)
	if err != nil {
		return err
	}
	if guests.bars(f.ID) || guests.bars(f.Actor) {
		return federation.ErrForbidden
	}
	if settled, err := h.isSettled(ctx, f); err != nil || settled {
		return err
	}
	obj, err := h.fed.Object(ctx, f.ID)
	if err != nil {
		return err
	}
	if guests.bars(obj.AttributedTo) {
		return federation.ErrForbidden
	}
	author, err := h.fed.Actor(ctx, obj.AttributedTo)
	if err != nil {
		return err
	}
	at := now()
	return h.update(ctx, func(tx Tx, o Organisation) error {
		if stands, err := stands(ctx, tx, o, f); err != nil || !stands {
			return err
		}
		it, err := h.foreign(obj, at, o.Zone)
		if err != nil || !isPublic(obj, vocab.Activity{}) {
			return federation.ErrMalformed
		}
		if f.Kind == FetchSent {
			if author.ID != f.Actor {
				return federation.ErrForbidden
			}
			return h.receiveObject(ctx, tx, federation.Inbound{
				Activity: vocab.Activity{ID: f.Activity, ObjectID: obj.ID}, Actor: author.Actor, At: at}, it)
		}
		if it.InReplyTo == "" {
			// What is old is new here when somebody points to it now.
			it.Feed = at
		}
		isNew, err := insertOnce(ctx, tx, it)
		if err != nil {
			return err
		}
		if err := tx.InsertProvenance(ctx, Provenance{Item: it.ID, Actor: f.Actor, How: "boosted", Activity: f.Activity, At: at}); err != nil {
			return err
		}
		direct, err := follows(ctx, tx, o, author.ID)
		if err != nil || !isNew || direct || !o.BoostAll || !boostable(it) {
			return err
		}
		return h.boost(ctx, tx, o.Name, it)
	})
}

// isSettled reports whether an object that somebody passed on need not be read:
// that was taken back, or another passed it on before and it is here. Then it notes
// who did so too.
func (h *Hub) isSettled(ctx context.Context, f Fetch) (settled bool, err error) {
	if f.Kind != FetchObject {
		return false, nil
	}
	err = h.update(ctx, func(tx Tx, o Organisation) error {
		stands, err := stands(ctx, tx, o, f)
		if settled = err == nil && !stands; err != nil || settled {
			return err
		}
		it, err := tx.Item(ctx, f.ID)
		if settled = err == nil; !settled {
			return ignore(err, ErrNotFound)
		}
		return pointTo(ctx, tx, it, Provenance{Item: it.ID, Actor: f.Actor, Activity: f.Activity, At: now()})
	})
	return settled, err
}

// stands reports whether somebody who pointed to something is still followed and
// has not taken that back: an Undo does not wait until an Announce is dealt with.
func stands(ctx context.Context, tx Tx, o Organisation, f Fetch) (bool, error) {
	if err := lockPassedOn(ctx, tx, f.Actor); err != nil {
		return false, err
	}
	followed, err := follows(ctx, tx, o, f.Actor)
	if err != nil || !followed {
		return false, err
	}
	undone, err := tx.IsUndone(ctx, f.Activity)
	return !undone, err
}

// lockPassedOn has what somebody passes on noted or taken back by one transaction
// at a time.
func lockPassedOn(ctx context.Context, tx Tx, actor string) error {
	return tx.Lock(ctx, "passed on by "+actor)
}

// insertOnce inserts an item; false when it was there.
func insertOnce(ctx context.Context, tx Tx, it Item) (bool, error) {
	err := tx.InsertItem(ctx, it)
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// fetchOutbox reads what a newly followed one published before: at its own
// date, not passed on, news to no digest.
func (h *Hub) fetchOutbox(ctx context.Context, f Fetch) error {
	if barred, err := h.Blocked(ctx, f.Actor); err != nil || barred {
		return cmpErr(err, federation.ErrForbidden)
	}
	o, err := h.Organisation(ctx)
	if err != nil {
		return err
	}
	page, err := h.fed.Collection(ctx, f.ID)
	if err != nil {
		return err
	}
	left := backfillItems
	for range backfillPages {
		items := page.Items
		if page.FirstPage != nil {
			items = append(items, page.FirstPage.Items...)
		}
		more, err := h.keepOld(ctx, o, f.Actor, items, &left)
		if err != nil {
			return err
		}
		next := page.Next
		if page.FirstPage != nil {
			next = page.FirstPage.Next
		} else if page.First != "" && page.PartOf == "" {
			next = page.First
		}
		if !more || left <= 0 || hostOf(next) != hostOf(f.Actor) {
			return nil
		}
		if page, err = h.fed.Collection(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// keepOld keeps the items of one page of an author's own outbox; false when
// what follows is too old to be of interest. What is embedded there is the
// author's word, because it was read from the author's own host. (FEP-fe34)
func (h *Hub) keepOld(ctx context.Context, o Organisation, author string, items []json.RawMessage, left *int) (bool, error) {
	at := now()
	var old []Item
	for _, raw := range items {
		a, err := vocab.DecodeActivity(raw)
		if err != nil || a.Type != "Create" || a.Object == nil || a.Object.AttributedTo != author || hostOf(a.Object.ID) != hostOf(author) || !isPublic(*a.Object, a) {
			continue
		}
		it, err := h.foreign(*a.Object, at, o.Zone)
		if err != nil || it.InReplyTo != "" {
			continue
		}
		if at.Sub(it.Published) > backfillAge {
			return false, h.insertOld(ctx, o, author, old)
		}
		if *left--; *left < 0 {
			break
		}
		it.Feed, it.Backfilled = earlier(it.Published, at), true
		old = append(old, it)
	}
	return true, h.insertOld(ctx, o, author, old)
}

func (h *Hub) insertOld(ctx context.Context, o Organisation, author string, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	return h.store.Update(ctx, func(tx Tx) error {
		if followed, err := follows(ctx, tx, o, author); err != nil || !followed {
			return err
		}
		for _, it := range items {
			isNew, err := insertOnce(ctx, tx, it)
			if err != nil {
				return err
			}
			if !isNew {
				continue
			}
			if err := tx.InsertProvenance(ctx, Provenance{Item: it.ID, Actor: author, How: "read", At: it.Received}); err != nil {
				return err
			}
		}
		return nil
	})
}
