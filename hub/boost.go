package hub

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"golang.org/x/net/publicsuffix"

	"pergola/federation/vocab"
)

// A Boost is that an item was passed on (announced) to a local actor's
// followers. It stands for ever: the same item is never passed on twice.
type Boost struct {
	// Local is the name of the local actor, Object the item's id.
	Local, Object string
	// Activity is the id of the Announce.
	Activity string
	At       time.Time
	// Undone is when it was taken back; zero while it stands.
	Undone time.Time
	// Held is when its Announce leaves (staggered by the author's host), Waits
	// that it has not.
	Held  time.Time
	Waits bool
	// Host is the author's host. Domain is its registrable domain if the host
	// was new to followers' servers, else "".
	Domain, Host string
}

// BoostTx keeps what was passed on.
type BoostTx interface {
	Boost(ctx context.Context, local, object string) (Boost, error)
	// InsertBoost returns ErrConflict when the pair is there.
	InsertBoost(ctx context.Context, b Boost) error
	UpdateBoost(ctx context.Context, b Boost) error
	// WaitingBoosts are those that have not left, the next first.
	WaitingBoosts(ctx context.Context, limit int) ([]Boost, error)
	// HeldBoosts tells of a host and of the boosts of its domain whose Held is
	// after then.
	HeldBoosts(ctx context.Context, host, domain string, after time.Time) (HeldBoosts, error)
	// InsertForeignBoost notes that somebody boosted an item of ours; false
	// when it was known. DeleteForeignBoost takes it back, by the id of the
	// object or of the activity.
	InsertForeignBoost(ctx context.Context, actor, object, activity string, at time.Time) (bool, error)
	DeleteForeignBoost(ctx context.Context, actor, objectOrActivity string) error
	CountForeignBoosts(ctx context.Context, object string) (int, error)
	// BoosterInboxes are the distinct inboxes that reach those who boosted an
	// item of ours.
	BoosterInboxes(ctx context.Context, object string) ([]string, error)
}

// HeldBoosts are boosts that leave, or left, after a time.
type HeldBoosts struct {
	// Known says that there is a boost with a Domain from the host, whenever it
	// left: then followers' servers know the host.
	Known bool
	Count int
	// Last is the latest Held.
	Last time.Time
}

// boostable items are passed on: not our own, no comments, no digests (an
// association's readers have one of their own).
func boostable(it Item) bool {
	return !it.Own && it.State == Published && it.InReplyTo == "" && it.Type != ADigest && it.Hidden.IsZero() && !it.Backfilled
}

// A server takes at most ten hosts below one registrable domain that it has not
// seen before until none of them is new for a minute, and drops a boost whose
// author it may not create. (Mastodon 4.5: DomainMaterializable) So ours leave
// in batches of fewer, with a pause of more between them.
const (
	newHosts     = 8
	newHostPause = 61 * time.Second
)

// BoostPause is for how long each is held back: its author's host is busy then
// with its own followers, and an Announce makes others ask it for the item.
const BoostPause = 5 * time.Second

// boost has an item passed on to a local actor's followers, once for ever.
func (h *Hub) boost(ctx context.Context, tx Tx, local string, it Item) error {
	b := Boost{Local: local, Object: it.ID, Activity: h.activityID(h.newID()), At: now(), Host: hostOf(it.Author), Waits: true}
	b.Domain = registrable(b.Host)
	if err := tx.Lock(ctx, "boost:"+b.Domain); err != nil {
		return err
	}
	if err := stagger(ctx, tx, &b); err != nil {
		return err
	}
	h.leaves(b.Held)
	return tx.InsertBoost(ctx, b)
}

// leaves has [Hub.KeepPassingOn] look at a time that it may not know of.
func (h *Hub) leaves(at time.Time) {
	select {
	case h.leaving <- at:
	default: // it has others to look for, and looks for all of them
	}
}

// KeepPassingOn passes on what leaves until ctx ends.
func (h *Hub) KeepPassingOn(ctx context.Context) error {
	const often = time.Minute // for what other processes left behind
	next := now()
	for {
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case at := <-h.leaving:
			timer.Stop()
			if at.Before(next) {
				next = at
			}
			continue
		case <-timer.C:
		}
		waits, err := h.PassOn(ctx, now())
		if err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "passing on, it is tried each minute", "err", err)
		}
		if next = now().Add(often); !waits.IsZero() && waits.Before(next) {
			next = waits
		}
	}
}

// passedAtOnce is how many boosts share a transaction.
const passedAtOnce = 20

// PassOn announces what leaves at that time or before, and returns when the next
// does; zero for none. What is being received goes first.
func (h *Hub) PassOn(ctx context.Context, at time.Time) (next time.Time, err error) {
	for n := passedAtOnce; n == passedAtOnce; {
		n = 0
		h.fed.GiveWay(ctx, BoostPause)
		err = h.store.Update(ctx, func(tx Tx) error {
			n, next = 0, time.Time{}
			if err := tx.Lock(ctx, "boosts"); err != nil {
				return err
			}
			bs, err := tx.WaitingBoosts(ctx, passedAtOnce)
			if err != nil {
				return err
			}
			for _, b := range bs {
				if b.Held.After(at) {
					next = b.Held
					return nil
				}
				if err := h.passOn(ctx, tx, b); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
	}
	return next, nil
}

// passOn announces the item of a boost to the followers and to its author, unless
// it has been taken back or is not to be shown any more.
func (h *Hub) passOn(ctx context.Context, tx Tx, b Boost) error {
	it, err := tx.Item(ctx, b.Object)
	if ignore(err, ErrNotFound) != nil {
		return err
	}
	it.Backfilled = false // a person may pass on what is old
	b.Waits = false
	if err != nil || !boostable(it) {
		b.Undone = now()
	}
	if err := tx.UpdateBoost(ctx, b); err != nil || !b.Undone.IsZero() {
		return err
	}
	if err := h.announce(ctx, tx, it, b); err != nil {
		return err
	}
	return h.present(ctx, tx, it, b.Held)
}

// present has the program's own actor announce an event to its followers, if
// there are any: another program's administrator follows it, and lists events
// that it has announced alone. (Mobilizon 5: Events, "followed instances")
func (h *Hub) present(ctx context.Context, tx Tx, it Item, at time.Time) error {
	if it.Type != AnEvent {
		return nil
	}
	if inboxes, err := tx.FollowerInboxes(ctx, Instance); err != nil || len(inboxes) == 0 {
		return err
	}
	b, err := tx.Boost(ctx, Instance, it.ID)
	keep := tx.UpdateBoost
	switch {
	case errors.Is(err, ErrNotFound):
		keep = tx.InsertBoost
	case err != nil || b.Undone.IsZero():
		return err
	}
	b = Boost{Local: Instance, Object: it.ID, Activity: h.activityID(h.newID()), At: now(), Held: at, Host: hostOf(it.Author)}
	if err := keep(ctx, b); err != nil {
		return err
	}
	return h.announce(ctx, tx, it, b)
}

// mostPresented is how many coming events somebody who newly follows the
// program finds announced.
const mostPresented = 50

// presentComing announces the events to come that were published, or passed on,
// before anybody followed the program.
func (h *Hub) presentComing(ctx context.Context, tx Tx, o Organisation) error {
	for _, own := range []bool{true, false} {
		es, err := tx.ComingEvents(ctx, FeedFilter{Own: own}, now(), Page{Limit: mostPresented})
		if err != nil {
			return err
		}
		for _, e := range es {
			if !own {
				b, err := tx.Boost(ctx, o.Name, e.ID)
				if errors.Is(err, ErrNotFound) || err == nil && !b.Undone.IsZero() {
					continue
				}
				if err != nil {
					return err
				}
			}
			if err := h.present(ctx, tx, e.Item, now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// stagger sets when a boost may leave.
func stagger(ctx context.Context, tx Tx, b *Boost) error {
	leaves := b.At.Add(BoostPause)
	lately, err := tx.HeldBoosts(ctx, b.Host, b.Domain, b.At.Add(-newHosts*newHostPause))
	if err != nil {
		return err
	}
	if lately.Known {
		// Only hosts that are new to others count against the limit. The first
		// boost from this one may still be waiting: not before it.
		b.Domain, b.Held = "", later(leaves, lately.Last)
		return nil
	}
	var batch HeldBoosts
	if lately.Last.After(leaves) {
		if batch, err = tx.HeldBoosts(ctx, b.Host, b.Domain, lately.Last.Add(-time.Millisecond)); err != nil {
			return err
		}
	}
	b.Held = newHostLeaves(leaves, lately.Last, lately.Count, batch.Count)
	return nil
}

// newHostLeaves is when the first boost from a new host may leave: lately are
// those of its domain that left or will within newHosts pauses before at, last
// is when the last of them does, and batch are those that are waiting for then.
// Fewer than newHosts in so long a time cannot have been too many without a
// pause.
func newHostLeaves(at, last time.Time, lately, batch int) time.Time {
	switch {
	case lately < newHosts:
		return later(at, last)
	case last.After(at) && batch < newHosts:
		return last
	}
	return later(at, last.Add(newHostPause))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// registrable is the domain below which hosts belong to one owner.
func registrable(host string) string {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return domain
	}
	return name
}

// announce sends the Announce of a boost: the object by its id, because that is
// what everybody understands, dated now. The author hears of it once, from the
// organisation.
func (h *Hub) announce(ctx context.Context, tx Tx, it Item, b Boost) error {
	inboxes, err := tx.FollowerInboxes(ctx, b.Local)
	if err != nil {
		return err
	}
	a := h.announceOf(b)
	a.CC = append(a.CC, it.Author)
	if b.Local != Instance {
		author, err := tx.ActorReach(ctx, it.Author)
		if err != nil {
			return err
		}
		inboxes = append(inboxes, author)
	}
	return h.sendAs(ctx, tx, b.Local, a, inboxes)
}

// announceOf is the activity of a boost.
func (h *Hub) announceOf(b Boost) vocab.Activity {
	self := h.actorID(b.Local)
	return vocab.Activity{ID: b.Activity, Type: "Announce", Actor: self, ObjectID: b.Object, Published: b.Held,
		To: []string{vocab.Public}, CC: []string{self + "/followers"}}
}

// unboost takes back what was passed on of an item.
func (h *Hub) unboost(ctx context.Context, tx Tx, o Organisation, item string) error {
	if err := h.undoBoost(ctx, tx, o.Name, Instance, item); err != nil {
		return err
	}
	return h.undoBoost(ctx, tx, Instance, o.Name, item)
}

// undoBoost takes a local actor's boost back where there is one: from its
// followers, and from those who were told before and are not the followers of
// the other local actor.
func (h *Hub) undoBoost(ctx context.Context, tx Tx, local, other, item string) error {
	b, err := tx.Boost(ctx, local, item)
	if errors.Is(err, ErrNotFound) || err == nil && !b.Undone.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	left := !b.Waits
	b.Undone, b.Waits = now(), false
	if err := tx.UpdateBoost(ctx, b); err != nil || !left {
		return err
	}
	if err := tx.UnlistActivity(ctx, b.Activity); err != nil {
		return err
	}
	inboxes, err := tx.FollowerInboxes(ctx, local)
	if err != nil {
		return err
	}
	others, err := tx.FollowerInboxes(ctx, other)
	if err != nil {
		return err
	}
	before, err := tx.ReceivedBy(ctx, item)
	if err != nil {
		return err
	}
	before = slices.DeleteFunc(before, func(inbox string) bool {
		_, theirs := slices.BinarySearch(others, inbox)
		return theirs
	})
	a := h.announceOf(b)
	return h.sendAs(ctx, tx, local, vocab.Activity{Type: "Undo", ObjectID: b.Activity, ObjectType: "Announce", Inner: &a,
		To: a.To, CC: a.CC}, append(inboxes, before...))
}

// Boost passes an item of the feed on to the organisation's followers. What was
// taken back once can be passed on again.
func (h *Hub) Boost(ctx context.Context, who Who, item string) error {
	guests, err := h.guests(ctx)
	if err != nil {
		return err
	}
	return h.officeDoes(ctx, who, "boosted", item, func(tx Tx, o Organisation) error {
		it, err := tx.Item(ctx, item)
		if err != nil {
			return err
		}
		it.Backfilled = false // a person may pass on what is old
		if !boostable(it) || guests.bars(it.Author) {
			return ErrForbidden
		}
		return h.boostAgain(ctx, tx, o, it)
	})
}

// boostAgain is boost of the organisation, also of what was taken back once.
func (h *Hub) boostAgain(ctx context.Context, tx Tx, o Organisation, it Item) error {
	b, err := tx.Boost(ctx, o.Name, it.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return h.boost(ctx, tx, o.Name, it)
	case err != nil:
		return err
	case b.Undone.IsZero():
		return ErrConflict
	}
	b.Undone, b.Activity, b.At, b.Held, b.Waits = time.Time{}, h.activityID(h.newID()), now(), now().Add(BoostPause), true
	h.leaves(b.Held)
	return tx.UpdateBoost(ctx, b)
}

// Unboost takes that back.
func (h *Hub) Unboost(ctx context.Context, who Who, item string) error {
	return h.officeDoes(ctx, who, "unboosted", item, func(tx Tx, o Organisation) error {
		return h.unboost(ctx, tx, o, item)
	})
}

// Boosted reports whether an item is passed on.
func (h *Hub) Boosted(ctx context.Context, item string) (b Boost, stands bool, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		b, err = tx.Boost(ctx, o.Name, item)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return b, false, nil
	}
	return b, err == nil && b.Undone.IsZero(), err
}

// SetBoostAll says whether everything is passed on, or what the office picks.
func (h *Hub) SetBoostAll(ctx context.Context, who Who, all bool) error {
	did := "boosts_picked"
	if all {
		did = "boosts_all"
	}
	return h.officeDoes(ctx, who, did, "", func(tx Tx, o Organisation) error {
		o.BoostAll = all
		return tx.SaveOrganisation(ctx, o)
	})
}
