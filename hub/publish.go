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

	"pergola/federation/vocab"
	"pergola/hub/text"
)

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
