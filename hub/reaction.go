package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

// A Tally counts what others do with an item: each of them once.
type Tally struct {
	Likes, Boosts int
	// Replies are those that everybody sees, ours among them.
	Replies int
}

// None reports whether there is nothing to tell.
func (t Tally) None() bool { return t == Tally{} }

// ReactionTx keeps who likes what of ours.
type ReactionTx interface {
	// InsertReaction changes nothing when the actor likes the object already.
	InsertReaction(ctx context.Context, actor, object, activity string, at time.Time) error
	// DeleteReaction takes it back, by the id of the object or of the activity.
	DeleteReaction(ctx context.Context, actor, objectOrActivity string) error
	// ForgetReactions forgets the likes and boosts of an item.
	ForgetReactions(ctx context.Context, object string) error
	// Tallies are by item; those of which there is nothing to tell may be missing.
	Tallies(ctx context.Context, items []string) (map[string]Tally, error)
}

// receiveLike counts who likes an item of ours; what else they like is nobody's
// business here.
func receiveLike(ctx context.Context, tx Tx, in federation.Inbound) error {
	it, err := tx.Item(ctx, in.Activity.ObjectID)
	if err != nil || !it.Own || it.State != Published {
		return ignore(err, ErrNotFound)
	}
	return tx.InsertReaction(ctx, in.Actor.ID, it.ID, in.Activity.ID, in.At)
}

// undoResponse takes a like or a boost back. Some programs say only which
// activity they undo.
func (h *Hub) undoResponse(ctx context.Context, tx Tx, o Organisation, actor string, a vocab.Activity) error {
	undone, typ := a.ObjectID, a.ObjectType
	if a.Inner != nil && a.Inner.ObjectID != "" {
		undone = a.Inner.ObjectID
	}
	if typ != "Announce" {
		if err := tx.DeleteReaction(ctx, actor, undone); err != nil {
			return err
		}
	}
	if typ == "Like" {
		return nil
	}
	if err := tx.DeleteForeignBoost(ctx, actor, undone); err != nil {
		return err
	}
	return h.undoAnnounce(ctx, tx, o, actor, undone)
}

// Tallies are what others did with items, by item.
func (h *Hub) Tallies(ctx context.Context, items ...string) (map[string]Tally, error) {
	return read(ctx, h, func(tx Tx) (map[string]Tally, error) { return tx.Tallies(ctx, items) })
}

// The collections below an own item. Who likes and who passes on is nobody's
// business: the first two only count.
const (
	likes   = "likes"
	shares  = "shares"
	replies = "replies"
)

// shownReplies is how many replies a collection lists.
const shownReplies = 100

// responses are the collections of what others did with an item, by name.
// (ActivityPub, 5.7 and 5.8)
func (h *Hub) responses(ctx context.Context, tx Tx, it Item) (map[string]vocab.Collection, error) {
	ts, err := tx.Tallies(ctx, []string{it.ID})
	if err != nil {
		return nil, err
	}
	t := ts[it.ID]
	all := map[string]vocab.Collection{}
	for name, n := range map[string]int{likes: t.Likes, shares: t.Boosts, replies: t.Replies} {
		all[name] = vocab.Collection{ID: it.ID + "/" + name, Type: "Collection", TotalItems: n}
	}
	if t.Replies == 0 {
		return all, nil
	}
	said, err := tx.Thread(ctx, it.ID)
	if err != nil {
		return nil, err
	}
	c := all[replies]
	for _, r := range conversation(said) {
		if r.Private || r.State != Approved || len(c.Items) == shownReplies {
			continue
		}
		id, err := json.Marshal(r.ID)
		if err != nil {
			return nil, fmt.Errorf("writing the id of a reply: %w", err)
		}
		c.Items = append(c.Items, id)
	}
	all[replies] = c
	return all, nil
}

// withResponses is the document of an own item with how many like it, pass it on
// and reply. Others count themselves what they hear of, and take these numbers
// for the rest. (Mastodon 4.5: likes, shares: totalItems)
func (h *Hub) withResponses(ctx context.Context, tx Tx, it Item) ([]byte, error) {
	all, err := h.responses(ctx, tx, it)
	if err != nil {
		return nil, err
	}
	return vocab.WithCollections(it.Wire, all)
}

// responseDocument is one of the collections below an own item, by its id.
func (h *Hub) responseDocument(ctx context.Context, tx Tx, id string) (federation.Document, error) {
	i := strings.LastIndexByte(id, '/')
	it, err := tx.Item(ctx, id[:i])
	if err != nil {
		return federation.Document{}, err
	}
	if !it.Own || it.State != Published {
		return federation.Document{}, ErrNotFound
	}
	all, err := h.responses(ctx, tx, it)
	if err != nil {
		return federation.Document{}, err
	}
	c, ok := all[id[i+1:]]
	if !ok {
		return federation.Document{}, ErrNotFound
	}
	body, err := c.JSON()
	return federation.Document{JSON: body}, err
}
