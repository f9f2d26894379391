package hub

import (
	"context"
	"time"
)

// A Deed is something that somebody did here, for the record.
type Deed struct {
	// ID sorts by when it was done.
	ID string
	At time.Time
	// Account is the id, "" for the program; Name as it was then.
	Account, Name string
	// Did is a key of the locale files ("published", "followed").
	Did string
	// Object is what it was done to.
	Object string
	// Cursor is the place of this deed in the list it came from.
	Cursor string
}

// A Run is one run of a job that happens by itself.
type Run struct {
	Job               string
	Started, Finished time.Time
	// Error is "" when it went well.
	Error string
	Next  time.Time
}

// AuditTx keeps the record of who did what, and of what happened by itself.
type AuditTx interface {
	InsertDeed(ctx context.Context, d Deed) error
	// Deeds are newest first.
	Deeds(ctx context.Context, p Page) ([]Deed, error)
	PruneDeeds(ctx context.Context, before time.Time) (int, error)
	// SaveRun replaces the last run of that job.
	SaveRun(ctx context.Context, r Run) error
	Runs(ctx context.Context) ([]Run, error)
}

// note keeps a deed in the transaction of what was done.
func (h *Hub) note(ctx context.Context, tx Tx, who Who, did, object string) error {
	return tx.InsertDeed(ctx, Deed{ID: h.newID(), At: now(), Account: who.Account, Name: who.Name, Did: did, Object: object})
}

// officeDoes runs a command of the office in one transaction with its record.
func (h *Hub) officeDoes(ctx context.Context, who Who, did, object string, f func(Tx, Organisation) error) error {
	return h.does(ctx, who, Office, did, object, f)
}

// editorDoes is officeDoes for a command of an editor.
func (h *Hub) editorDoes(ctx context.Context, who Who, did, object string, f func(Tx, Organisation) error) error {
	return h.does(ctx, who, Editor, did, object, f)
}

func (h *Hub) does(ctx context.Context, who Who, as Role, did, object string, f func(Tx, Organisation) error) error {
	if err := who.may(as); err != nil {
		return err
	}
	return h.update(ctx, func(tx Tx, o Organisation) error {
		if err := f(tx, o); err != nil {
			return err
		}
		return h.note(ctx, tx, who, did, object)
	})
}

// Deeds is the record of who did what, newest first.
func (h *Hub) Deeds(ctx context.Context, who Who, p Page) ([]Deed, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) ([]Deed, error) { return tx.Deeds(ctx, p) })
}

// RecordRun keeps that a job ran.
func (h *Hub) RecordRun(ctx context.Context, r Run) error {
	return h.store.Update(ctx, func(tx Tx) error { return tx.SaveRun(ctx, r) })
}

// Runs are the last runs of what happens by itself.
func (h *Hub) Runs(ctx context.Context, who Who) ([]Run, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) ([]Run, error) { return tx.Runs(ctx) })
}

// How long things are kept that are of no use for ever.
const (
	keepBodies = 30 * 24 * time.Hour
	keepDeeds  = 2 * 365 * 24 * time.Hour
	keepTries  = 24 * time.Hour
	// keepRefused is for replies that were rejected or removed, and for reports
	// that are done.
	keepRefused = 90 * 24 * time.Hour
)

// Retain forgets what has been kept long enough.
func (h *Hub) Retain(ctx context.Context) error {
	return h.store.Update(ctx, func(tx Tx) error {
		now := now()
		for _, kept := range []struct {
			prune func(context.Context, time.Time) (int, error)
			long  time.Duration
		}{
			{tx.PruneReceived, keepBodies}, {tx.PruneDeeds, keepDeeds}, {tx.PruneParticipations, 0},
			{tx.PruneInvitations, KeepMemberships}, {tx.PruneMemberships, KeepMemberships}, {tx.PruneInterests, KeepInterests},
			{tx.PruneReplies, keepRefused}, {tx.PruneReports, keepRefused}, {tx.PruneMessages, KeepMessages},
		} {
			if _, err := kept.prune(ctx, now.Add(-kept.long)); err != nil {
				return err
			}
		}
		if err := tx.PruneLost(ctx, now.Add(-keepBodies)); err != nil {
			return err
		}
		return tx.PruneSessions(ctx, now, now.Add(-keepTries))
	})
}
