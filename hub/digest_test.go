package hub_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
)

func weekly() hub.Digest {
	return hub.Digest{Title: vocab.Text{{Lang: "hu", Value: "Heti összefoglaló"}}, Rule: cron.Weekly(time.Monday, 8, 0, "Europe/Budapest"), Enabled: true}
}

// digest makes a weekly digest.
func (n *node) digest() hub.Digest {
	n.t.Helper()
	d, err := n.SaveDigest(n.t.Context(), office(), weekly())
	n.ok(err)
	return d
}

// issues are the issues of a digest, oldest due first: "merged merged sent".
func (n *node) issues(d hub.Digest) string {
	n.t.Helper()
	is, err := n.Issues(n.t.Context(), d.ID, hub.Page{Limit: 200})
	n.ok(err)
	var states []string
	for _, i := range is {
		states = append([]string{string(i.State)}, states...)
	}
	return strings.Join(states, " ")
}

func (n *node) sendDigests(now time.Time, want int) {
	n.t.Helper()
	sent, err := n.SendDigests(n.t.Context(), now)
	n.ok(err)
	same(n, "digests sent", sent, want)
}

const week = 7 * 24 * time.Hour

func TestSendDigests(t *testing.T) {
	each(t, func(n *node) {
		ctx, them := n.t.Context(), n.followed(photonics)
		bo := n.follower("https://social.example/users/bo", "assoc")
		n.ok(n.SetBoostAll(ctx, office(), false))
		d := n.digest()
		due := d.Rule.Next(time.Now())
		n.takes(them, create(them.article("1", "Első hír")))
		n.sendDigests(due.Add(-time.Second), 0)
		lag := func(at time.Time, want time.Duration) {
			n.t.Helper()
			got, err := n.DigestLag(ctx, at)
			n.ok(err)
			same(n, "lag", got, want)
		}
		lag(due.Add(-time.Second), 0)
		lag(due.Add(time.Minute), time.Minute)
		n.sendDigests(due, 1)
		lag(due.Add(time.Minute), 0)
		n.sendDigests(due.Add(time.Hour), 0)
		same(n, "issues", n.issues(d), "sent")
		same(n, "followers get", n.waiting(bo.host()), "Create")
		out := n.outbox()[0]
		if out.Object == nil || !strings.Contains(out.Object.Content.In("hu"), "Első hír") || len(out.Object.Content) != 2 {
			n.t.Errorf("%+v", out.Object)
		}
		same(n, "shared feed", n.titles(false), "Első hír")

		n.sendDigests(due.Add(week), 0)
		same(n, "issues after an empty week", n.issues(d), "sent skipped")
		n.takes(them, create(them.article("2", "Második hír")))
		n.sendDigests(due.Add(5*week+time.Hour), 1)
		same(n, "issues after three weeks down", n.issues(d), "sent skipped merged merged merged sent")
		last, err := n.Issues(ctx, d.ID, hub.Page{Limit: 1})
		n.ok(err)
		if !last[0].Due.Equal(due.Add(5*week)) || last[0].Merged != 3 || last[0].By != "" {
			n.t.Errorf("merged issue %+v", last[0])
		}
		view, err := n.Issue(ctx, last[0].ID)
		if err != nil || len(view.Sections) != 1 || view.Sections[0].Entries[0].Texts[0].Title != "Második hír" || view.Sections[0].Entries[0].By.Name != "Ők" {
			n.t.Errorf("%+v, %v", view, err)
		}
		n.takes(them, remove(photonics+"/o/2"))
		if view, err = n.Issue(ctx, last[0].ID); err != nil || len(view.Sections) != 0 {
			n.t.Errorf("a deleted item in %+v, %v", view.Sections, err)
		}
	})
}

// However many processes there are, an issue goes out once.
func TestSendDigestsAtOnce(t *testing.T) {
	each(t, func(n *node) {
		them := n.followed(photonics)
		d := n.digest()
		n.takes(them, create(them.article("1", "Hír")))
		due := d.Rule.Next(time.Now())
		var wg sync.WaitGroup
		counts := make([]int, 4)
		for i := range counts {
			h := open(n.t, n.db, n.net)
			wg.Go(func() {
				sent, err := h.SendDigests(n.t.Context(), due)
				if err != nil {
					n.t.Error(err)
				}
				counts[i] = sent
			})
		}
		wg.Wait()
		same(n, "sent", counts[0]+counts[1]+counts[2]+counts[3], 1)
		same(n, "issues", n.issues(d), "sent")
		if out := n.outbox(); len(out) != 2 { // with the Announce of the news
			n.t.Errorf("outbox %+v", out)
		}
	})
}

func TestSendDigestNow(t *testing.T) {
	each(t, func(n *node) {
		ctx, them := n.t.Context(), n.followed(photonics)
		d := n.digest()
		due := d.Rule.Next(time.Now())
		n.takes(them, create(them.article("1", "Hír")))
		preview, err := n.PreviewDigest(ctx, office(), d.ID)
		if err != nil || preview.State != hub.IssueSent || len(preview.Sections) != 1 {
			n.t.Errorf("preview %+v, %v", preview, err)
		}
		i, err := n.SendDigestNow(ctx, office(), d.ID)
		if err != nil || i.State != hub.IssueSent || i.By != "office" || i.Item == "" {
			n.t.Errorf("%+v, %v", i, err)
		}
		i, err = n.SendDigestNow(ctx, office(), d.ID)
		if err != nil || i.State != hub.IssueSkipped || i.Item != "" {
			n.t.Errorf("with nothing new: %+v, %v", i, err)
		}
		n.sendDigests(due, 0)
		same(n, "issues", n.issues(d), "sent skipped skipped")
		_, err = n.SendDigestNow(ctx, office(), "none")
		n.refuses("a digest that is not there", err, hub.ErrNotFound)
	})
}

// What was told is told again when it changes or is near.
func TestDigestTellsOfChanges(t *testing.T) {
	eachInTime(t, func(n *node) {
		ctx := n.t.Context()
		d := n.digest()
		told := func() string {
			time.Sleep(time.Minute)
			i, err := n.SendDigestNow(ctx, office(), d.ID)
			n.ok(err)
			var parts []string
			for _, e := range i.Entries {
				parts = append(parts, string(e.Section)+" "+n.item(e.Item).Texts[0].Title)
			}
			return strings.Join(parts, ", ")
		}
		far, err := n.Publish(ctx, editor(), event("Távoli", at(60)))
		n.ok(err)
		_, err = n.Publish(ctx, editor(), event("Közeli", at(5)))
		n.ok(err)
		same(n, "new", told(), "coming Közeli, events Távoli")
		same(n, "nothing new", told(), "")
		_, err = n.MoveEvent(ctx, editor(), far.ID, at(3), hub.When{})
		n.ok(err)
		same(n, "moved to be near", told(), "changed Távoli")
		same(n, "near, and told as changed only", told(), "coming Távoli")
		same(n, "nothing new", told(), "")
	})
}

func TestSaveDigest(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		_, err := n.SaveDigest(ctx, office(), hub.Digest{Rule: cron.Rule{Cron: "x", Zone: "UTC"}, Title: vocab.Text{{Lang: "hu", Value: " "}, {Lang: "en", Value: strings.Repeat("é", 201)}}})
		if err == nil || !strings.HasPrefix(err.Error(), "rule: not_a_rule") || !strings.HasSuffix(err.Error(), "title: required; title.en: too_long 200") {
			n.t.Errorf("%v", err)
		}
		d := n.digest()
		due := d.Rule.Next(time.Now())
		them := n.followed(photonics)
		n.takes(them, create(them.article("1", "Hír")))
		d.Enabled = false
		d, err = n.SaveDigest(ctx, office(), d)
		n.ok(err)
		n.sendDigests(due.Add(week), 0)
		d.Enabled, d.Created, d.From = true, time.Time{}, time.Time{}
		saved, err := n.SaveDigest(ctx, office(), d)
		n.ok(err)
		if saved.Created.IsZero() || time.Since(saved.From) > time.Minute {
			n.t.Errorf("switched on again: %+v", saved)
		}
		saved.Title = vocab.Text{{Lang: "hu", Value: "Új cím"}}
		again, err := n.SaveDigest(ctx, office(), saved)
		n.ok(err)
		if !again.From.Equal(saved.From) {
			n.t.Errorf("another title moves it from %s to %s", saved.From, again.From)
		}
		views, err := n.Digests(ctx)
		if err != nil || len(views) != 1 || !views[0].Next.After(time.Now()) || views[0].Title.In("hu") != "Új cím" {
			n.t.Errorf("%+v, %v", views, err)
		}
		deeds := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Deed, error) { return tx.Deeds(ctx, hub.Page{Limit: 9}) })
		for _, deed := range deeds {
			if deed.Did == "saved_digest" && deed.Object != d.ID {
				n.t.Errorf("saved %q, want %q", deed.Object, d.ID)
			}
		}
		d.ID = "none"
		_, err = n.SaveDigest(ctx, office(), d)
		n.refuses("a digest that is not there", err, hub.ErrNotFound)
	})
}
