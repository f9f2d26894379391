package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/cron"
)

// A Digest is the definition of what goes out by itself, and when.
type Digest struct {
	ID    string
	Title vocab.Text
	// Rule says when it is due.
	Rule    cron.Rule
	Enabled bool
	Created time.Time
	// From is the instant after which it is due: what was due before it is
	// nobody's. It moves forward with each issue.
	From time.Time
}

// DigestTx keeps digests and their issues.
type DigestTx interface {
	Digests(ctx context.Context) ([]Digest, error)
	Digest(ctx context.Context, id string) (Digest, error)
	SaveDigest(ctx context.Context, d Digest) error
	// InsertIssue keeps an issue with its entries. It returns ErrConflict when
	// that due instant has one already.
	InsertIssue(ctx context.Context, i Issue) error
	Issue(ctx context.Context, id string) (Issue, error)
	// Issues are newest due first, entries not loaded; digest "" for all.
	Issues(ctx context.Context, digest string, p Page) ([]Issue, error)
	// UntoldItems are items in the feed, received by then and not backfilled,
	// that stand in no issue of the digest yet: newest first, at most limit.
	UntoldItems(ctx context.Context, digest string, by time.Time, limit int) ([]Entry, error)
	// Told are those of the items that stood in that section of the digest
	// before.
	Told(ctx context.Context, digest string, s Section, items []string) ([]string, error)
	// UntoldChanges are items whose Changed lies in (after, by] and that were
	// not told as changed since.
	UntoldChanges(ctx context.Context, digest string, after, by time.Time, limit int) ([]Entry, error)
}

// SendDigests composes and publishes what is due at now; it can be called
// often and by several processes at once. It returns how many went out.
func (h *Hub) SendDigests(ctx context.Context, now time.Time) (int, error) {
	ds, err := read(ctx, h, func(tx Tx) ([]Digest, error) { return tx.Digests(ctx) })
	if err != nil {
		return 0, err
	}
	sent := 0
	var errs []error
	for _, d := range ds {
		due, _ := d.Rule.Latest(d.From, now)
		if !d.Enabled || due.IsZero() {
			continue
		}
		i, err := h.sendIssue(ctx, Program("digest"), d.ID, due, "")
		switch {
		case errors.Is(err, ErrConflict):
			// Another process was faster.
		case err != nil:
			errs = append(errs, fmt.Errorf("sending the digest %s due %s: %w", d.ID, due.Format(time.RFC3339), err))
		case i.State == IssueSent:
			sent++
		}
	}
	return sent, errors.Join(errs...)
}

// DigestLag is for how long a digest has been due at now and not been sent, that
// of the one which waits longest; 0 when none does.
func (h *Hub) DigestLag(ctx context.Context, now time.Time) (time.Duration, error) {
	ds, err := read(ctx, h, func(tx Tx) ([]Digest, error) { return tx.Digests(ctx) })
	var lag time.Duration
	for _, d := range ds {
		if due, _ := d.Rule.Latest(d.From, now); d.Enabled && !due.IsZero() {
			lag = max(lag, now.Sub(due))
		}
	}
	return lag, err
}

// maxMerged is how many missed instants are recorded one by one.
const maxMerged = 100

// sendIssue makes the issue for one due instant, in one transaction: what it
// tells of, its page, what goes out. ErrConflict when that instant has one.
func (h *Hub) sendIssue(ctx context.Context, who Who, digest string, due time.Time, by string) (i Issue, err error) {
	err = h.store.Update(ctx, func(tx Tx) error {
		if err := tx.Lock(ctx, "digest:"+digest); err != nil {
			return err
		}
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		d, err := tx.Digest(ctx, digest)
		if err != nil {
			return err
		}
		i = Issue{ID: h.newID(), Digest: d.ID, Due: due, Sent: now(), State: IssueSkipped, By: by}
		if by == "" {
			if !due.After(d.From) {
				return ErrConflict
			}
			if i.Merged, err = h.merge(ctx, tx, d, due); err != nil {
				return err
			}
			d.From = due
			if err := tx.SaveDigest(ctx, d); err != nil {
				return err
			}
		}
		hv, err := h.reap(ctx, tx, o, d, i.Sent)
		if err != nil {
			return err
		}
		views := compose(hv, i.Sent)
		for _, v := range views {
			for _, e := range v.Entries {
				i.Entries = append(i.Entries, IssueEntry{Item: e.ID, Section: v.Section})
			}
		}
		if len(i.Entries) > 0 {
			it := h.article(o, d, i, capped(views))
			if err := h.announceOwn(ctx, tx, who, o, &it, true); err != nil {
				return err
			}
			i.State, i.Item = IssueSent, it.ID
		}
		return tx.InsertIssue(ctx, i)
	})
	return i, err
}

// merge records the due instants before the one that is sent for.
func (h *Hub) merge(ctx context.Context, tx Tx, d Digest, due time.Time) (int, error) {
	_, earlier := d.Rule.Latest(d.From, due)
	at := d.Rule.Next(d.From)
	for range min(earlier, maxMerged) {
		if err := tx.InsertIssue(ctx, Issue{ID: h.newID(), Digest: d.ID, Due: at, State: IssueMerged}); err != nil && !errors.Is(err, ErrConflict) {
			return 0, err
		}
		at = d.Rule.Next(at)
	}
	return earlier, nil
}

// SendDigestNow sends one issue now, whatever the rule says. The issue may
// say that there was nothing to tell.
func (h *Hub) SendDigestNow(ctx context.Context, who Who, digest string) (Issue, error) {
	if err := who.may(Office); err != nil {
		return Issue{}, err
	}
	return h.sendIssue(ctx, who, digest, now(), cmp.Or(who.Account, who.Name))
}

// Digests are all definitions, with when they go out next.
func (h *Hub) Digests(ctx context.Context) (views []DigestView, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		ds, err := tx.Digests(ctx)
		if err != nil {
			return err
		}
		for _, d := range ds {
			v := DigestView{Digest: d}
			if d.Enabled {
				v.Next = d.Rule.Next(now())
			}
			last, err := tx.Issues(ctx, d.ID, Page{Limit: 1})
			if err != nil {
				return err
			}
			if len(last) > 0 {
				v.Last = last[0]
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

// SaveDigest keeps a definition: a new one when it has no id. Office only.
func (h *Hub) SaveDigest(ctx context.Context, who Who, d Digest) (Digest, error) {
	var e InvalidError
	if err := d.Rule.Validate(); err != nil {
		e.add("rule", "not_a_rule", err.Error())
	}
	if len(d.Title) == 0 || strings.TrimSpace(d.Title[0].Value) == "" {
		e.add("title", "required", "")
	}
	for _, t := range d.Title {
		bounded(t.Value, maxTitle, "title."+t.Lang, &e)
	}
	if err := e.err(); err != nil {
		return d, err
	}
	fresh := d.ID == ""
	if fresh {
		d.ID, d.Created, d.From = h.newID(), now(), now()
	}
	err := h.officeDoes(ctx, who, "saved_digest", d.ID, func(tx Tx, _ Organisation) error {
		if fresh {
			return tx.SaveDigest(ctx, d)
		}
		old, err := tx.Digest(ctx, d.ID)
		if err != nil {
			return err
		}
		d.Created, d.From = old.Created, old.From
		if d.Rule != old.Rule || d.Enabled && !old.Enabled {
			// What would have been due by the new rule is nobody's.
			d.From = now()
		}
		return tx.SaveDigest(ctx, d)
	})
	return d, err
}
