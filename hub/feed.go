package hub

import (
	"context"
	"html"
	"strings"
	"time"

	"pergola/federation"
)

// A Page is a stretch of a list: what comes after a place, at most Limit
// (1 to 200) entries.
type Page struct {
	// After is the Cursor of the last entry seen, "" for the beginning. In
	// lists of what has no Cursor it is the last one's ID, or host, or actor.
	After string
	Limit int
}

// A FeedFilter says what of a feed is wanted; the zero filter is all of it.
type FeedFilter struct {
	// Type is "" for all.
	Type ItemType
	// Author is the id of one actor, "" for all.
	Author string
	// Own takes the node's own items instead of the shared feed.
	Own bool
}

// An Entry is an item as it stands in a list, with who wrote it and who passed
// it on.
type Entry struct {
	Item
	By  Profile
	Via []Profile
	// Cursor is the place of this entry in the list it came from.
	Cursor string
}

// A Profile is what is shown of an actor, ours or another's.
type Profile struct {
	ID string
	// Handle is "@name@host".
	Handle string
	// Name is its title in its default language, never empty.
	Name string
	URL  string
	// About is cleaned HTML.
	About string
	Type  string
	// Picture is the path here of its picture, "" when there is none.
	Picture string
}

// FeedTx lists items. All lists are read by index from where they begin: the
// cost does not grow with the table. Hidden, deleted and vanishing items are
// left out, and drafts, and comments.
type FeedTx interface {
	// Feed is newest first by Feed.
	Feed(ctx context.Context, f FeedFilter, p Page) ([]Entry, error)
	// ComingEvents are events that are not over at from, by start; cancelled
	// ones included.
	ComingEvents(ctx context.Context, f FeedFilter, from time.Time, p Page) ([]Entry, error)
	// OpenCalls are calls not closed whose deadline is not past, by deadline;
	// those without one last.
	OpenCalls(ctx context.Context, f FeedFilter, from time.Time, p Page) ([]Entry, error)
	// Entry is one item as an entry. ErrNotFound.
	Entry(ctx context.Context, id string) (Entry, error)
	// Entries are those of the items that are there, in no order.
	Entries(ctx context.Context, ids []string) ([]Entry, error)
	// Related are the events that are parts of an event, and the other editions of
	// its series, by their starts.
	Related(ctx context.Context, it Item) ([]Entry, error)
	// LastEditions are an author's last ones of each series, by its name.
	LastEditions(ctx context.Context, author string) ([]Entry, error)
	// Profiles are the kept remote actors with these ids; unknown ids are left
	// out.
	Profiles(ctx context.Context, ids []string) ([]Profile, error)
}

// sign puts the organisation's profile beside its own items.
func (h *Hub) sign(es []Entry, o Organisation) {
	for i := range es {
		if es[i].Own {
			es[i].By = h.profile(o)
		}
	}
}

// list reads entries and signs them.
func (h *Hub) list(ctx context.Context, f func(Tx) ([]Entry, error)) (es []Entry, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		if es, err = f(tx); err != nil {
			return err
		}
		h.sign(es, o)
		return nil
	})
	return es, err
}

// Entry is one visible item. ErrNotFound; [federation.ErrGone] for a tombstone.
func (h *Hub) Entry(ctx context.Context, id string) (Entry, error) {
	es, err := h.list(ctx, func(tx Tx) ([]Entry, error) {
		e, err := tx.Entry(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case e.State == Deleted, !e.Vanishes.IsZero():
			return nil, federation.ErrGone
		case e.State == Draft:
			return nil, ErrNotFound
		}
		return []Entry{e}, nil
	})
	if err != nil {
		return Entry{}, err
	}
	if barred, err := h.Blocked(ctx, es[0].Author); err != nil || barred && !es[0].Own {
		return Entry{}, cmpErr(err, ErrNotFound)
	}
	return es[0], nil
}

// Feed lists the shared feed, or own items, newest first.
func (h *Hub) Feed(ctx context.Context, f FeedFilter, p Page) ([]Entry, error) {
	return h.list(ctx, func(tx Tx) ([]Entry, error) { return tx.Feed(ctx, f, p) })
}

// ComingEvents lists events that are not over, by start.
func (h *Hub) ComingEvents(ctx context.Context, f FeedFilter, p Page) ([]Entry, error) {
	return h.list(ctx, func(tx Tx) ([]Entry, error) { return tx.ComingEvents(ctx, f, now(), p) })
}

// OpenCalls lists calls that still take answers, by deadline.
func (h *Hub) OpenCalls(ctx context.Context, f FeedFilter, p Page) ([]Entry, error) {
	return h.list(ctx, func(tx Tx) ([]Entry, error) { return tx.OpenCalls(ctx, f, now(), p) })
}

// A ProvenanceView is a [Provenance] with who brought it.
type ProvenanceView struct {
	Provenance
	By Profile
}

// Provenance tells how an item came here, oldest first.
func (h *Hub) Provenance(ctx context.Context, id string) (views []ProvenanceView, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		ps, err := tx.Provenance(ctx, id)
		if err != nil {
			return err
		}
		var ids []string
		for _, p := range ps {
			ids = append(ids, p.Actor)
		}
		profiles, err := tx.Profiles(ctx, ids)
		if err != nil {
			return err
		}
		for _, p := range ps {
			views = append(views, ProvenanceView{p, profileIn(profiles, p.Actor)})
		}
		return nil
	})
	return views, err
}

// Hide takes somebody else's item out of the feed and its boost back. Why it is
// done is kept, and its author is told. *InvalidError for field "reason".
func (h *Hub) Hide(ctx context.Context, who Who, item, reason string) error {
	reason, wrong := checkAnswer("reason", reason)
	return h.officeDoes(ctx, who, "hid", item, func(tx Tx, o Organisation) error {
		it, err := tx.Item(ctx, item)
		if err != nil {
			return err
		}
		switch {
		case it.Own || it.State != Published:
			return ErrForbidden
		case !it.Hidden.IsZero():
			return ErrConflict
		case wrong != nil:
			return wrong
		}
		it.Hidden = now()
		if err := tx.UpdateItem(ctx, it); err != nil {
			return err
		}
		if err := h.tellAuthor(ctx, tx, o, it, "wire_hidden", reason); err != nil {
			return err
		}
		return h.unboost(ctx, tx, o, item)
	})
}

// Unhide puts a hidden item into the feed again. Its author is told.
func (h *Hub) Unhide(ctx context.Context, who Who, item string) error {
	return h.officeDoes(ctx, who, "unhid", item, func(tx Tx, o Organisation) error {
		it, err := tx.Item(ctx, item)
		if err != nil {
			return err
		}
		if it.Hidden.IsZero() {
			return ErrConflict
		}
		it.Hidden = time.Time{}
		if err := tx.UpdateItem(ctx, it); err != nil {
			return err
		}
		return h.tellAuthor(ctx, tx, o, it, "wire_unhidden", "")
	})
}

// tellAuthor says something of an item to its author alone. It is kept with the
// item, where the office sees it.
func (h *Hub) tellAuthor(ctx context.Context, tx Tx, o Organisation, it Item, key, reason string) error {
	author, err := profileOf(ctx, tx, it.Author)
	if err != nil {
		return err
	}
	lang := first(o.Languages)
	said := h.locale.Printer(lang).T(key, "Who", o.Title.In(lang), "Reason", reason)
	r := h.newAnswer(o, it, it.ID, "<p>"+strings.ReplaceAll(html.EscapeString(said), "\n", "<br>")+"</p>")
	r.Private, r.Lang = true, lang
	return h.sendAnswer(ctx, tx, o, r, author)
}
