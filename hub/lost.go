package hub

import (
	"context"
	"errors"
	"time"

	"pergola/federation"
)

// lostDays is on how many distinct days nothing must stand where an inbox was
// until its followers are looked for: a server that moves or breaks answers 404
// for a while.
const lostDays = 7

// mostLooked is how many of them are looked for at a time.
const mostLooked = 20

// LostTx keeps which inboxes were not found.
type LostTx interface {
	// LoseInbox notes that an inbox was not found on the day of at, and tells on
	// how many distinct days it was not.
	LoseInbox(ctx context.Context, inbox string, at time.Time) (days int, err error)
	// FollowersAt are those reached by an inbox, by local actor and actor id.
	FollowersAt(ctx context.Context, inbox string, limit int) ([]Follower, error)
	// PruneLost forgets the inboxes that were last not found before then.
	PruneLost(ctx context.Context, before time.Time) error
}

// LoseInbox notes that an inbox was not found (404). When that has gone on for
// days, each follower behind it is looked up: who is gone too is forgotten, and
// whose inbox is elsewhere now is reached there.
func (h *Hub) LoseInbox(ctx context.Context, inbox string) error {
	var behind []Follower
	err := h.store.Update(ctx, func(tx Tx) error {
		behind = nil
		days, err := tx.LoseInbox(ctx, inbox, now())
		if err != nil || days < lostDays {
			return err
		}
		behind, err = tx.FollowersAt(ctx, inbox, mostLooked)
		return err
	})
	var errs []error
	for _, f := range behind {
		errs = append(errs, h.lookFor(ctx, f))
	}
	return errors.Join(append(errs, err)...)
}

// lookFor asks a follower's own host for it. No answer changes nothing.
func (h *Hub) lookFor(ctx context.Context, f Follower) error {
	a, err := h.fed.RefreshActor(ctx, f.Actor)
	gone := errors.Is(err, federation.ErrNotFound) || errors.Is(err, federation.ErrGone)
	moved := err == nil && (a.Inbox != f.Inbox || a.SharedInbox != f.SharedInbox)
	if !gone && !moved {
		return nil
	}
	return h.store.Update(ctx, func(tx Tx) error {
		if gone {
			h.log.InfoContext(ctx, "forgetting a follower who is not found any more", "actor", f.Actor)
			return tx.DeleteFollower(ctx, f.Local, f.Actor)
		}
		f.Inbox, f.SharedInbox = a.Inbox, a.SharedInbox
		return tx.SaveFollower(ctx, f)
	})
}
