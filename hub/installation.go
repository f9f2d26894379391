package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pergola/federation"
)

// An Installation is one of what may be several copies of a node: the one that
// was made, and those that were restored from its backups. Only one of them may
// speak with the node's name.
type Installation struct {
	ID string
	// Restored is set on a copy from a backup until it may speak.
	Restored time.Time
}

// InstallationTx keeps which copy this is.
type InstallationTx interface {
	// Installation fails with ErrNotFound before the first was saved.
	Installation(ctx context.Context) (Installation, error)
	SaveInstallation(ctx context.Context, i Installation) error
	// ForgetAvatars forgets the copies of others' pictures.
	ForgetAvatars(ctx context.Context) error
}

// Installation tells which copy this is; it gets its id when it is first asked.
func (h *Hub) Installation(ctx context.Context) (i Installation, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		i, err = tx.Installation(ctx)
		return err
	})
	if !errors.Is(err, ErrNotFound) {
		return i, err
	}
	err = h.store.Update(ctx, func(tx Tx) error {
		if err := tx.Lock(ctx, "installation"); err != nil {
			return err
		}
		if i, err = tx.Installation(ctx); !errors.Is(err, ErrNotFound) {
			return err
		}
		i = Installation{ID: h.newID()}
		return tx.SaveInstallation(ctx, i)
	})
	return i, err
}

// Restored makes of the rows of a backup a copy of its own, which keeps silent
// until [Hub.Speak]. Its copies of others' pictures are fetched again.
func (h *Hub) Restored(ctx context.Context, who Who) error {
	if err := who.may(Office); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		if err := tx.SaveInstallation(ctx, Installation{ID: h.newID(), Restored: now()}); err != nil {
			return err
		}
		if err := tx.ForgetAvatars(ctx); err != nil {
			return err
		}
		return h.note(ctx, tx, who, "restored", "")
	})
}

// Speak says that this copy is the one that speaks with the node's name.
func (h *Hub) Speak(ctx context.Context, who Who) error {
	if err := who.may(Office); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		i, err := tx.Installation(ctx)
		if err != nil || i.Restored.IsZero() {
			return err
		}
		i.Restored = time.Time{}
		if err := tx.SaveInstallation(ctx, i); err != nil {
			return err
		}
		return h.note(ctx, tx, who, "took_over", "")
	})
}

// ErrSpokenFor says that another copy of the node answers at its address.
var ErrSpokenFor = errors.New("another copy of this node answers at its address")

// MaySpeak asks a restored copy's own address who answers there: nil when it is
// this copy, which then need not ask again; nil too when nobody does.
// [ErrSpokenFor], and where the address may not be asked.
func (h *Hub) MaySpeak(ctx context.Context) error {
	i, err := h.Installation(ctx)
	if err != nil || i.Restored.IsZero() {
		return err
	}
	other, err := h.fed.WhoAnswers(ctx)
	switch {
	case errors.Is(err, federation.ErrForbidden):
		return fmt.Errorf("asking who answers at this node's address: %w", err)
	case err != nil:
		h.log.InfoContext(ctx, "nobody answers at this node's address yet", "err", err)
		return nil
	case other == i.ID:
		return h.Speak(ctx, Program("restore"))
	case other == "":
		return fmt.Errorf("%w (it does not say which)", ErrSpokenFor)
	}
	return ErrSpokenFor
}
