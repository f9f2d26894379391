package hub

import (
	"context"
	"time"
)

// UndoPeriod is how long a deletion can be taken back before others are told.
const UndoPeriod = 30 * time.Second

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
