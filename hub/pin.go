package hub

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"pergola/federation/vocab"
)

// maxPins is how many items may be pinned: Mastodon shows no more. (Mastodon
// 4.5: StatusPinValidator)
const maxPins = 5

// PinTx keeps which own items stand first on the profile.
type PinTx interface {
	// Pins are the ids of the pinned items, the last pinned first.
	Pins(ctx context.Context) ([]string, error)
	InsertPin(ctx context.Context, item string, at time.Time) error
	// DeletePin returns ErrNotFound when it is not pinned.
	DeletePin(ctx context.Context, item string) error
}

// Pin puts an own published item first on the profile, here and in other
// programs. *InvalidError when there are too many.
func (h *Hub) Pin(ctx context.Context, who Who, id string) error {
	return h.setPinned(ctx, who, id, "pinned", func(tx Tx, it Item) (string, error) {
		if it.State != Published {
			return "", ErrNotFound
		}
		pins, err := tx.Pins(ctx)
		switch {
		case err != nil:
			return "", err
		case slices.Contains(pins, id):
			return "", ErrConflict
		case len(pins) >= maxPins:
			return "", &InvalidError{[]FieldError{{"", "too_many_pins", strconv.Itoa(maxPins)}}}
		}
		return "Add", tx.InsertPin(ctx, id, now())
	})
}

// Unpin takes that back.
func (h *Hub) Unpin(ctx context.Context, who Who, id string) error {
	return h.setPinned(ctx, who, id, "unpinned", func(tx Tx, _ Item) (string, error) {
		return "Remove", tx.DeletePin(ctx, id)
	})
}

// setPinned changes what is pinned and tells the followers. (ActivityPub, 7.6;
// Mastodon 4.5: ActivityPub::Activity::Add)
func (h *Hub) setPinned(ctx context.Context, who Who, id, did string, change func(Tx, Item) (string, error)) error {
	return h.editorDoes(ctx, who, did, id, func(tx Tx, o Organisation) error {
		it, err := h.changeable(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "pins"); err != nil {
			return err
		}
		typ, err := change(tx, it)
		if err != nil {
			return err
		}
		inboxes, err := tx.FollowerInboxes(ctx, o.Name)
		if err != nil {
			return err
		}
		self := h.Self(o)
		return h.send(ctx, tx, o, vocab.Activity{Type: typ, ObjectID: id, Target: self + "/featured",
			To: []string{vocab.Public}, CC: []string{self + "/followers"}}, inboxes)
	})
}

// Pinned are the items that stand first on the profile.
func (h *Hub) Pinned(ctx context.Context) ([]Entry, error) {
	return h.list(ctx, func(tx Tx) ([]Entry, error) { return pinned(ctx, tx) })
}

// pinned are the pinned items that can be seen, in their order.
func pinned(ctx context.Context, tx Tx) ([]Entry, error) {
	ids, err := tx.Pins(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	es, err := tx.Entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	es = slices.DeleteFunc(es, func(e Entry) bool { return e.State != Published || !e.Vanishes.IsZero() })
	slices.SortFunc(es, func(a, b Entry) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return es, nil
}

// featured is the collection of the pinned items. They are ids, because Mastodon
// believes no embedded one but a Note. (Mastodon 4.5:
// FetchFeaturedCollectionService)
func (h *Hub) featured(ctx context.Context, tx Tx, c *vocab.Collection, organisation bool) error {
	if !organisation {
		return nil
	}
	es, err := pinned(ctx, tx)
	if err != nil {
		return err
	}
	c.TotalItems = len(es)
	for _, e := range es {
		id, err := json.Marshal(e.ID)
		if err != nil {
			return err
		}
		c.Items = append(c.Items, id)
	}
	return nil
}
