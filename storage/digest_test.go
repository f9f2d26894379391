package storage_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
	"pergola/storage"
)

func TestDigests(t *testing.T) {
	each(t, func(n node) {
		d := hub.Digest{ID: "d", Title: vocab.Text{{Lang: "hu", Value: "Heti"}, {Lang: "en", Value: "Weekly"}},
			Rule: cron.Rule{Cron: "0 8 * * 1", Zone: "Europe/Budapest"}, Enabled: true, Created: hour(1), From: noon}
		first := hub.Digest{ID: "x", Created: noon}
		n.update(func(tx hub.Tx) error { return errors.Join(tx.SaveDigest(n.ctx(), d), tx.SaveDigest(n.ctx(), first)) })
		d.From, d.Enabled, d.Title = hour(3), false, d.Title[1:]
		n.update(func(tx hub.Tx) error { return tx.SaveDigest(n.ctx(), d) })
		same(n, "a digest", read(n, func(tx hub.Tx) (hub.Digest, error) { return tx.Digest(n.ctx(), "d") }), d)
		same(n, "all", read(n, func(tx hub.Tx) ([]hub.Digest, error) { return tx.Digests(n.ctx()) }), []hub.Digest{first, d})
		n.refuses(hub.ErrNotFound, "no digest", func(tx hub.Tx) error { _, err := tx.Digest(n.ctx(), "y"); return err })
	})
}

func TestIssues(t *testing.T) {
	each(t, func(n node) {
		full := hub.Issue{ID: "full", Digest: "d", Due: hour(1), State: hub.IssueSent, Sent: hour(2), Item: self + "/o/1", By: "1", Merged: 3}
		for i := range 230 {
			full.Entries = append(full.Entries, hub.IssueEntry{Item: fmt.Sprint(230 - i), Section: hub.SectionNews})
		}
		merged := hub.Issue{ID: "merged", Digest: "d", Due: noon, State: hub.IssueMerged}
		other := hub.Issue{ID: "other", Digest: "e", Due: hour(1), State: hub.IssueSkipped, Sent: hour(1)}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertIssue(n.ctx(), full), tx.InsertIssue(n.ctx(), other), tx.InsertIssue(n.ctx(), merged))
		})
		again := full
		again.ID = "again"
		n.refuses(hub.ErrConflict, "the same due again", func(tx hub.Tx) error { return tx.InsertIssue(n.ctx(), again) })
		for _, want := range []hub.Issue{full, merged, other} {
			same(n, want.ID, read(n, func(tx hub.Tx) (hub.Issue, error) { return tx.Issue(n.ctx(), want.ID) }), want)
		}
		n.refuses(hub.ErrNotFound, "no issue", func(tx hub.Tx) error { _, err := tx.Issue(n.ctx(), "x"); return err })
		full.Entries = nil
		for digest, want := range map[string][]hub.Issue{"": {other, full, merged}, "d": {full, merged}, "x": nil} {
			var got []hub.Issue
			for page := (hub.Page{Limit: 1}); ; page.After = got[len(got)-1].ID {
				part := read(n, func(tx hub.Tx) ([]hub.Issue, error) { return tx.Issues(n.ctx(), digest, page) })
				if len(part) == 0 {
					break
				}
				got = append(got, part...)
			}
			same(n, "the issues of "+digest, got, want)
		}
	})
}

func TestUntoldItems(t *testing.T) {
	each(t, func(n node) {
		n.add(news(anna, "before", hour(-1)))
		save := func(id string) {
			n.update(func(tx hub.Tx) error { return tx.SaveDigest(n.ctx(), hub.Digest{ID: id}) })
		}
		untold := func(digest string, by time.Time, limit int) string {
			return names(read(n, func(tx hub.Tx) ([]hub.Entry, error) { return tx.UntoldItems(n.ctx(), digest, by, limit) }))
		}
		save("d")
		save("e")
		late, old, draft := news(anna, "late", noon), news(anna, "old", noon), own(news(self, "draft", hour(2)))
		late.Received, old.Backfilled = hour(5), true
		draft.State, draft.Feed = hub.Draft, time.Time{}
		hidden := news(anna, "hidden", hour(3))
		n.add(news(anna, "a", noon), news(anna, "b", hour(1)), late, old, draft, hidden)
		same(n, "what is new", untold("d", hour(4), 9), "hidden b a before")
		same(n, "what is new, later", untold("d", hour(5), 9), "hidden b late a before")
		same(n, "the newest two", untold("d", hour(4), 2), "hidden b")

		hidden.Hidden = hour(4)
		draft.State, draft.Feed = hub.Published, hour(2)
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.UpdateItem(n.ctx(), hidden), tx.UpdateItem(n.ctx(), draft),
				tx.InsertIssue(n.ctx(), hub.Issue{ID: "1", Digest: "d", Due: hour(4), State: hub.IssueSent, Sent: hour(4), Entries: []hub.IssueEntry{
					{Item: anna + "/o/b", Section: hub.SectionNews}, {Item: anna + "/o/before", Section: hub.SectionNews}}}))
		})
		same(n, "what is new since", untold("d", hour(5), 9), "draft late a")
		same(n, "what is new to the other", untold("e", hour(5), 9), "draft b late a before")
		// A change makes nothing new that was told.
		b := n.item(anna + "/o/b")
		b.Updated = hour(6)
		hidden.Hidden = time.Time{}
		n.update(func(tx hub.Tx) error { return errors.Join(tx.UpdateItem(n.ctx(), b), tx.UpdateItem(n.ctx(), hidden)) })
		same(n, "what is new after changes", untold("d", hour(5), 9), "hidden draft late a")
		save("d") // again, which collects nothing
		same(n, "what is new to the same", untold("d", hour(5), 9), "hidden draft late a")
		save("f")
		same(n, "what is new to a new one", untold("f", hour(5), 9), "hidden draft b late a before")
		same(n, "what is new to none", untold("x", hour(5), 9), "")
		gone := n.item(anna + "/o/a")
		gone.State, gone.Deleted = hub.Deleted, noon
		n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), gone) })
		same(n, "what is new without the deleted", untold("d", hour(5), 9), "hidden draft late")
		err := n.db.Read(n.ctx(), func(tx *storage.Tx) error {
			left, err := tx.Count(n.ctx(), `SELECT COUNT(*) FROM untold WHERE item = $1`, gone.ID)
			same(n, "what is left of it", left, 0)
			return err
		})
		same(n, "the error", err, nil)
	})
}

func TestTold(t *testing.T) {
	each(t, func(n node) {
		issue := hub.Issue{ID: "1", Digest: "d", Due: noon, State: hub.IssueSent, Sent: noon, Entries: []hub.IssueEntry{
			{Item: "a", Section: hub.SectionDeadlines}, {Item: "b", Section: hub.SectionNews}, {Item: "c", Section: hub.SectionDeadlines}}}
		n.update(func(tx hub.Tx) error { return tx.InsertIssue(n.ctx(), issue) })
		told := func(digest string, items ...string) []string {
			return read(n, func(tx hub.Tx) ([]string, error) { return tx.Told(n.ctx(), digest, hub.SectionDeadlines, items) })
		}
		same(n, "told", told("d", "c", "b", "x", "a"), []string{"c", "a"})
		same(n, "told in another", told("e", "a"), nil)
		same(n, "told of nothing", told("d"), nil)
	})
}

func TestUntoldChanges(t *testing.T) {
	each(t, func(n node) {
		for i := range 4 {
			it := news(anna, fmt.Sprint(i), noon)
			it.Changed, it.Change = hour(i+1), hub.Moved
			n.add(it)
		}
		hidden := news(anna, "hidden", noon)
		hidden.Changed, hidden.Hidden = hour(2), hour(3)
		n.add(hidden, news(anna, "still", noon))
		changes := func(digest string, after, by time.Time, limit int) string {
			return names(read(n, func(tx hub.Tx) ([]hub.Entry, error) { return tx.UntoldChanges(n.ctx(), digest, after, by, limit) }))
		}
		same(n, "what changed", changes("d", hour(1), hour(3), 9), "2 1")
		n.update(func(tx hub.Tx) error {
			return tx.InsertIssue(n.ctx(), hub.Issue{ID: "1", Digest: "d", Due: noon, State: hub.IssueSent, Sent: hour(3), Entries: []hub.IssueEntry{
				{Item: anna + "/o/0", Section: hub.SectionChanged}, {Item: anna + "/o/1", Section: hub.SectionNews},
				{Item: anna + "/o/3", Section: hub.SectionChanged}}})
		})
		same(n, "what changed and was not told", changes("d", noon, hour(9), 9), "3 2 1")
		same(n, "the latest", changes("d", noon, hour(9), 1), "3")
		same(n, "what changed to another", changes("e", noon, hour(9), 9), "3 2 1 0")
	})
}
