package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/text"
)

// UndoPeriod is how long a deletion can be taken back before others are told.
const UndoPeriod = 30 * time.Second

// SaveDraft keeps an own item that nobody else sees: a new one when it has no
// id. Only a title is needed.
func (h *Hub) SaveDraft(ctx context.Context, who Who, it Item) (Item, error) {
	if err := who.may(Editor); err != nil {
		return it, err
	}
	typed := it
	err := h.store.Update(ctx, func(tx Tx) error {
		it = typed
		o, old, err := h.take(ctx, tx, &it)
		if err != nil {
			return err
		}
		if err := checkItem(&it, o, drafting); err != nil {
			return err
		}
		save := tx.UpdateItem
		switch {
		case it.ID == "":
			h.begin(&it, o)
			it.State, save = Draft, tx.InsertItem
		case old.State != Draft:
			return ErrConflict
		}
		it.Updated = now()
		if err := save(ctx, it); err != nil {
			return err
		}
		return h.note(ctx, tx, who, "saved_draft", it.ID)
	})
	return it, err
}

// take is what there is of an item that was typed: nothing for one without an
// id. What nobody types is taken over from it.
func (h *Hub) take(ctx context.Context, tx Tx, it *Item) (o Organisation, old Item, err error) {
	if o, err = tx.Organisation(ctx); err != nil || it.ID == "" {
		return o, old, err
	}
	if old, err = h.changeable(ctx, tx, it.ID); err != nil {
		return o, old, err
	}
	keep(it, old)
	if it.Event != nil && old.Event != nil {
		it.Event.follow(*old.Event)
	}
	if is, was := it.Partners(), old.Partners(); is != nil && was != nil {
		*is = *was
	}
	return o, old, nil
}

// begin makes a new own item of what was typed.
func (h *Hub) begin(it *Item, o Organisation) {
	it.ID, it.Author, it.Own = h.objectID(h.newID()), h.Self(o), true
	it.Received, it.Updated = now(), now()
}

// keep takes over from the kept item what nobody types.
func keep(it *Item, old Item) {
	it.Type, it.Author, it.Own, it.State, it.URL = old.Type, old.Author, old.Own, old.State, old.URL
	it.Published, it.Updated, it.Received = old.Published, old.Updated, old.Received
	it.Feed, it.Changed, it.Change, it.Wire = old.Feed, old.Changed, old.Change, old.Wire
	it.Hidden, it.Vanishes, it.Backfilled = old.Hidden, old.Vanishes, old.Backfilled
}

// changeable is an own item that is not deleted, nor about to be, kept from
// others who would change it.
func (h *Hub) changeable(ctx context.Context, tx Tx, id string) (Item, error) {
	if err := tx.Lock(ctx, "item "+id); err != nil {
		return Item{}, err
	}
	it, err := h.own(ctx, tx, id)
	if err == nil && !it.Vanishes.IsZero() {
		err = ErrGone
	}
	return it, err
}

// own is an own item that is not deleted.
func (h *Hub) own(ctx context.Context, tx Tx, id string) (Item, error) {
	it, err := tx.Item(ctx, id)
	if err == nil && (!it.Own || it.State == Deleted) {
		err = ErrNotFound
	}
	return it, err
}

// Preview is how an item will look, without keeping anything; *InvalidError
// when it could not be published.
func (h *Hub) Preview(ctx context.Context, who Who, it Item) (Entry, error) {
	if err := who.may(Editor); err != nil {
		return Entry{}, err
	}
	o, err := h.Organisation(ctx)
	if err != nil {
		return Entry{}, err
	}
	at := who.opens()
	if it.State == Published {
		at = keeping
	}
	if err := checkItem(&it, o, at); err != nil {
		return Entry{}, err
	}
	if it.Published.IsZero() {
		it.Published = now()
	}
	it.Own = true
	shown := it
	shown.ID = cmp.Or(it.ID, h.objectID(h.newID()))
	if _, err := h.write(&shown, o); err != nil {
		return Entry{}, err
	}
	return Entry{Item: it, By: h.profile(o)}, nil
}

// Publish publishes a new item (no id), a draft, or a changed item. What it
// sets of it: id, author, state, dates, HTML, what changed.
func (h *Hub) Publish(ctx context.Context, who Who, it Item) (Item, error) {
	if err := who.may(Editor); err != nil {
		return it, err
	}
	typed := it
	err := h.store.Update(ctx, func(tx Tx) error {
		it = typed
		it.Event, it.Call, it.Position = copyOf(typed.Event), copyOf(typed.Call), copyOf(typed.Position)
		o, old, err := h.take(ctx, tx, &it)
		if err != nil {
			return err
		}
		if old.State == Published {
			if err := checkItem(&it, o, keeping); err != nil {
				return err
			}
			return h.change(ctx, tx, who, o, &it, old)
		}
		if err := checkItem(&it, o, who.opens()); err != nil {
			return err
		}
		fresh := it.ID == ""
		if fresh {
			h.begin(&it, o)
		}
		it.State, it.Published = Published, now().Truncate(time.Second)
		it.Updated, it.Feed = it.Published, it.Published
		return h.announceOwn(ctx, tx, who, o, &it, fresh)
	})
	return it, err
}

// Archive keeps something of the past on the organisation's own pages, at its
// own date. Nobody is told of it, and no digest tells of it.
func (h *Hub) Archive(ctx context.Context, who Who, it Item) (Item, error) {
	if err := who.may(Editor); err != nil {
		return it, err
	}
	published := it.Published.UTC().Truncate(time.Second)
	err := h.update(ctx, func(tx Tx, o Organisation) error {
		if err := checkItem(&it, o, keeping); err != nil {
			return err
		}
		h.begin(&it, o)
		it.State, it.Published, it.Updated, it.Feed, it.Backfilled = Published, published, published, published, true
		if _, err := h.write(&it, o); err != nil {
			return err
		}
		if err := tx.InsertItem(ctx, it); err != nil {
			return err
		}
		return h.note(ctx, tx, who, "archived", it.ID)
	})
	return it, err
}

// write makes an own item's page address and document. What was typed must not
// be too long for others; what the program composes is bounded by itself.
func (h *Hub) write(it *Item, o Organisation) (vocab.Object, error) {
	it.URL = h.pageURL(it.ID, it.Texts[0].Lang, text.Slug(it.Texts[0].Title))
	obj := h.object(*it, o)
	var err error
	if it.Wire, err = obj.JSON(); err != nil {
		return obj, fmt.Errorf("writing %s: %w", it.ID, err)
	}
	if len(it.Wire) > maxWire && it.Event != nil && len(it.Event.Programme) > 0 {
		return obj, &InvalidError{[]FieldError{{"", "programme_too_long", ""}}}
	}
	if len(it.Wire) > maxWire && it.Type != ADigest {
		longest := slices.MaxFunc(it.Texts, func(a, b ItemText) int { return cmp.Compare(len(a.Markdown), len(b.Markdown)) })
		room := utf8.RuneCountInString(longest.Markdown) * maxWire / len(it.Wire)
		return obj, &InvalidError{[]FieldError{{"text." + longest.Lang, "too_long", strconv.Itoa(room / 100 * 100)}}}
	}
	return obj, nil
}

// announceOwn keeps an own item and tells the followers of it.
func (h *Hub) announceOwn(ctx context.Context, tx Tx, who Who, o Organisation, it *Item, fresh bool) error {
	obj, err := h.write(it, o)
	if err != nil {
		return err
	}
	save := tx.UpdateItem
	if fresh {
		save = tx.InsertItem
	}
	if err := save(ctx, *it); err != nil {
		return err
	}
	if err := h.tell(ctx, tx, o, "Create", obj); err != nil {
		return err
	}
	if err := h.present(ctx, tx, *it, now()); err != nil {
		return err
	}
	return h.note(ctx, tx, who, "published", it.ID)
}

// change keeps a changed own item and its version before, and tells everybody
// who may have been told of it.
func (h *Hub) change(ctx context.Context, tx Tx, who Who, o Organisation, it *Item, old Item) error {
	it.Updated = after(old.Updated)
	if it.Call != nil && old.Call != nil {
		it.Call.prolong(*old.Call, it.Updated)
	}
	c := changeOf(old, *it)
	if c != NothingAtAll {
		it.Changed, it.Change = it.Updated, c
	}
	remember(old, *it, c)
	if it.Event != nil {
		it.Event.Status = statusAfter(old.Event.Status, it.Event.Status, c)
	}
	version, err := versionOf(old)
	if err != nil {
		return err
	}
	if err := tx.InsertVersion(ctx, version); err != nil {
		return err
	}
	if err := h.reseat(ctx, tx, o, it, old); err != nil {
		return err
	}
	obj, err := h.write(it, o)
	if err != nil {
		return err
	}
	if err := tx.UpdateItem(ctx, *it); err != nil {
		return err
	}
	if !it.Backfilled {
		if err := h.tell(ctx, tx, o, "Update", obj); err != nil {
			return err
		}
	}
	did := "changed"
	if c != NothingAtAll {
		did = "changed_" + string(c)
		if !it.Backfilled {
			if err := h.tellChange(ctx, tx, o, old, *it); err != nil {
				return err
			}
		}
	}
	return h.note(ctx, tx, who, did, it.ID)
}

// versionOf is what is kept of an item before it changes.
func versionOf(old Item) (Version, error) {
	v := Version{Item: old.ID, Updated: old.Updated}
	if len(old.Texts) > 0 {
		v.Title = old.Texts[0].Title
	}
	old.Wire = nil
	var err error
	if v.Document, err = json.Marshal(old); err != nil {
		return v, fmt.Errorf("keeping a version of %s: %w", old.ID, err)
	}
	return v, nil
}

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

// OwnItem is an own item in any state but deleted, for the editor.
func (h *Hub) OwnItem(ctx context.Context, who Who, id string) (Item, error) {
	return readAs(ctx, h, who, Editor, func(tx Tx) (Item, error) { return h.own(ctx, tx, id) })
}

// OwnItems are the own items in a state, newest first.
func (h *Hub) OwnItems(ctx context.Context, who Who, state ItemState, p Page) ([]Entry, error) {
	if err := who.may(Editor); err != nil {
		return nil, err
	}
	return h.list(ctx, func(tx Tx) ([]Entry, error) { return tx.OwnItems(ctx, state, p) })
}

// edit changes one own published item.
func (h *Hub) edit(ctx context.Context, who Who, id string, f func(*Item) error) (it Item, err error) {
	if err := who.may(Editor); err != nil {
		return it, err
	}
	err = h.update(ctx, func(tx Tx, o Organisation) error {
		old, err := h.changeable(ctx, tx, id)
		if err != nil {
			return err
		}
		if old.State != Published {
			return ErrNotFound
		}
		it = old
		it.Event, it.Call = copyOf(old.Event), copyOf(old.Call)
		if err := f(&it); err != nil {
			return err
		}
		if err := checkItem(&it, o, keeping); err != nil {
			return err
		}
		return h.change(ctx, tx, who, o, &it, old)
	})
	return it, err
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// Delete hides an own item at once and deletes it everywhere after
// [UndoPeriod]; the result is when. A draft goes at once.
func (h *Hub) Delete(ctx context.Context, who Who, id string) (when time.Time, err error) {
	err = h.editorDoes(ctx, who, "deleted", id, func(tx Tx, _ Organisation) error {
		it, err := h.own(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case it.State == Draft:
			it.State, it.Deleted = Deleted, now()
		case it.Vanishes.IsZero():
			it.Vanishes = now().Add(UndoPeriod)
		}
		when = it.Vanishes
		return tx.UpdateItem(ctx, it)
	})
	return when, err
}

// Undelete takes a deletion back that has not happened yet.
func (h *Hub) Undelete(ctx context.Context, who Who, id string) (it Item, err error) {
	err = h.editorDoes(ctx, who, "undeleted", id, func(tx Tx, _ Organisation) error {
		if it, err = h.own(ctx, tx, id); err != nil {
			return err
		}
		if it.Vanishes.IsZero() {
			return ErrConflict
		}
		it.Vanishes = time.Time{}
		return tx.UpdateItem(ctx, it)
	})
	return it, err
}

// Vanish makes tombstones of the own items whose time to undo a deletion is
// over, and tells everybody who has them. It returns how many.
func (h *Hub) Vanish(ctx context.Context, by time.Time) (n int, err error) {
	err = h.store.Update(ctx, func(tx Tx) error {
		n = 0
		its, err := tx.ItemsVanishing(ctx, by)
		if err != nil || len(its) == 0 {
			return err
		}
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		for _, it := range its {
			it.State, it.Deleted, it.Vanishes = Deleted, now(), time.Time{}
			if err := h.withdraw(ctx, tx, o, it.ID); err != nil {
				return err
			}
			if err := h.unboost(ctx, tx, o, it.ID); err != nil {
				return err
			}
			if err := h.tell(ctx, tx, o, "Delete", h.tombstone(it)); err != nil {
				return err
			}
			if err := tx.RedactActivities(ctx, it.ID); err != nil {
				return err
			}
			if err := h.endResponses(ctx, tx, o, it.ID); err != nil {
				return err
			}
			if err := h.endInterests(ctx, tx, o, it); err != nil {
				return err
			}
			// The Delete has taken it from all collections elsewhere.
			if err := ignore(tx.DeletePin(ctx, it.ID), ErrNotFound); err != nil {
				return err
			}
			if err := tx.UpdateItem(ctx, it); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}
