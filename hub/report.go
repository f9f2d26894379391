package hub

import (
	"context"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/hub/text"
)

// A Report is what somebody at another host says is wrong with something of
// ours.
type Report struct {
	// ID is that of the activity.
	ID string
	// Host and Actor are who sent it: Mastodon does so in the name of the
	// server, so that nobody is named.
	Host, Actor string
	// Text is plain.
	Text string
	// Objects are the ids of what is reported: our own actor, items, replies.
	Objects  []string
	Received time.Time
	// Done is when somebody of the office, DoneBy, said that it is settled.
	Done   time.Time
	DoneBy string
}

// ReportTx keeps the reports.
type ReportTx interface {
	Report(ctx context.Context, id string) (Report, error)
	// InsertReport changes nothing when the id is known.
	InsertReport(ctx context.Context, r Report) error
	UpdateReport(ctx context.Context, r Report) error
	// Reports are the open ones, newest first, or those that are done, the last
	// done first.
	Reports(ctx context.Context, done bool, p Page) ([]Report, error)
	// CountReports counts the open ones: of a host, or all when host is "".
	CountReports(ctx context.Context, host string) (int, error)
	// PruneReports forgets what was done before.
	PruneReports(ctx context.Context, before time.Time) (int, error)
}

// How many open reports are kept, so that a flood does not fill the disk, and
// how much of one.
const (
	maxReportsOfHost = 100
	maxReports       = 1000
	maxReported      = 50
)

// receiveFlag keeps a report for the office. What concerns nothing of ours is no
// affair of this node. (Mastodon 4.5: a Flag names the account and any number of
// its posts)
func (h *Hub) receiveFlag(ctx context.Context, tx Tx, in federation.Inbound) error {
	ours, err := h.concerns(ctx, tx, in.Activity.Flagged)
	if err != nil || !ours {
		return err
	}
	r := Report{
		ID: in.Activity.ID, Host: hostOf(in.Actor.ID), Actor: in.Actor.ID, Objects: in.Activity.Flagged[:min(len(in.Activity.Flagged), maxReported)],
		Text: shorten(strings.TrimSpace(text.Plain(in.Activity.Content)), maxAnswer), Received: in.At,
	}
	if err := tx.Lock(ctx, "reports"); err != nil {
		return err
	}
	ofHost, err := tx.CountReports(ctx, r.Host)
	if err != nil {
		return err
	}
	all, err := tx.CountReports(ctx, "")
	if err != nil || ofHost >= maxReportsOfHost || all >= maxReports {
		return err
	}
	return tx.InsertReport(ctx, r)
}

// concerns reports whether one of the ids is of our host, or a reply that is
// kept here.
func (h *Hub) concerns(ctx context.Context, tx Tx, ids []string) (bool, error) {
	for _, id := range ids {
		if hostOf(id) == h.base.Host {
			return true, nil
		}
		_, err := tx.Reply(ctx, id)
		if err == nil {
			return true, nil
		}
		if err := ignore(err, ErrNotFound); err != nil {
			return false, err
		}
	}
	return false, nil
}

// A ReportView is a report with what is known of what it is about.
type ReportView struct {
	Report
	Items []Item
	// Replies are those of others.
	Replies []ReplyView
}

// Reports are the open ones, or those that are done. Office only.
func (h *Hub) Reports(ctx context.Context, who Who, done bool, p Page) (views []ReportView, err error) {
	if err := who.may(Office); err != nil {
		return nil, err
	}
	err = h.store.View(ctx, func(tx Tx) error {
		reports, err := tx.Reports(ctx, done, p)
		if err != nil {
			return err
		}
		views = nil
		for _, r := range reports {
			v, err := h.reportView(ctx, tx, r)
			if err != nil {
				return err
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

func (h *Hub) reportView(ctx context.Context, tx Tx, r Report) (ReportView, error) {
	v := ReportView{Report: r}
	entries, err := tx.Entries(ctx, r.Objects)
	if err != nil {
		return v, err
	}
	for _, e := range entries {
		if e.State == Published {
			v.Items = append(v.Items, e.Item)
		}
	}
	for _, id := range r.Objects {
		if slices.ContainsFunc(entries, func(e Entry) bool { return e.ID == id }) {
			continue
		}
		reply, err := tx.Reply(ctx, id)
		switch {
		case err == nil && reply.State != Removed:
			v.Replies = append(v.Replies, ReplyView{Reply: reply})
		case ignore(err, ErrNotFound) != nil:
			return v, err
		}
	}
	v.Replies, err = h.signReplies(ctx, tx, v.Replies)
	return v, err
}

// Settle says that a report is done; it can still be read for a while.
func (h *Hub) Settle(ctx context.Context, who Who, id string) error {
	return h.officeDoes(ctx, who, "settled_report", id, func(tx Tx, _ Organisation) error {
		r, err := tx.Report(ctx, id)
		if err != nil {
			return err
		}
		if !r.Done.IsZero() {
			return ErrConflict
		}
		r.Done, r.DoneBy = now(), who.Name
		return tx.UpdateReport(ctx, r)
	})
}

// OpenReports is how many reports wait for the office.
func (h *Hub) OpenReports(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountReports(ctx, "") })
}
