package hub_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

func TestDrafts(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		it, err := n.SaveDraft(ctx, editor(), hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Vázlat"}}})
		n.ok(err)
		same(n, "state", it.State, hub.Draft)
		_, err = n.Entry(ctx, it.ID)
		n.refuses("the page of a draft", err, hub.ErrNotFound)
		_, err = n.Document(ctx, it.ID)
		n.refuses("the document of a draft", err, federation.ErrNotFound)
		_, err = n.Publish(ctx, editor(), it)
		n.refusesField("publishing half an event", err, "start: required; place: place_or_online")

		it.Event.Start, it.Event.Place.Name, it.Texts[0].Title = at(9), "Pécs", "Vázlatból"
		saved, err := n.SaveDraft(ctx, editor(), it)
		n.ok(err)
		same(n, "id", saved.ID, it.ID)
		same(n, "what waits for a follower", n.waiting("photonics.example"), "")

		shown, err := n.Publish(ctx, editor(), saved)
		n.ok(err)
		same(n, "id", shown.ID, it.ID)
		same(n, "own items", n.titles(true), "Vázlatból")
		same(n, "what waits for a follower", n.waiting("photonics.example"), "Create")
		_, err = n.SaveDraft(ctx, editor(), shown)
		n.refuses("a draft of what is public", err, hub.ErrConflict)

		other, err := n.SaveDraft(ctx, editor(), news("Másik"))
		n.ok(err)
		_, err = n.Delete(ctx, editor(), other.ID)
		n.ok(err)
		_, err = n.OwnItem(ctx, editor(), other.ID)
		n.refuses("a deleted draft", err, hub.ErrNotFound)
		same(n, "deeds", n.deeds(), "saved_draft saved_draft published saved_draft deleted")
	})
}

func TestPublishAndChange(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		n.follower(optics, hub.Instance)
		it, err := n.Publish(ctx, editor(), news("Első"))
		n.ok(err)
		same(n, "author", it.Author, self)
		if !it.Updated.Equal(it.Published) || !strings.HasSuffix(it.URL, "/elso") {
			n.t.Errorf("published %s, updated %s, at %s", it.Published, it.Updated, it.URL)
		}
		for _, title := range []string{"Második", "Harmadik"} {
			before := it.Updated
			it.Texts[0].Title = title
			if it, err = n.Publish(ctx, editor(), it); err != nil {
				n.t.Fatal(err)
			}
			if it.Updated.Sub(before) < time.Second {
				n.t.Errorf("updated %s after %s", it.Updated, before)
			}
		}
		same(n, "what waits for a follower", n.waiting("photonics.example"), "Create Update Update")
		same(n, "what waits for a follower of the program", n.waiting("optics.example"), "Create Update Update")
		same(n, "own items", n.titles(true), "Harmadik")

		versions := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Version, error) { return tx.Versions(ctx, it.ID) })
		if len(versions) != 2 || versions[0].Title != "Második" || versions[1].Title != "Első" {
			n.t.Errorf("versions %+v", versions)
		}
		doc, err := n.Document(ctx, it.ID)
		n.ok(err)
		obj, err := vocab.DecodeObject(doc.JSON)
		n.ok(err)
		same(n, "the document's title", obj.Name.In("hu"), "Harmadik")

		out := n.outbox()
		if len(out) != 1 || out[0].Type != "Create" || out[0].Object.Name.In("hu") != "Harmadik" {
			n.t.Errorf("outbox %+v", out)
		}
		same(n, "deeds", n.deeds(), "published changed changed")

		_, err = n.Publish(ctx, editor(), hub.Item{ID: "https://assoc.example/o/none", Type: hub.News, Texts: it.Texts})
		n.refuses("changing what is not there", err, hub.ErrNotFound)
	})
}

// What an item is does not change, whatever a form says.
func TestTypeStays(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		it, err := n.Publish(ctx, editor(), event("Lézernap", at(9)))
		n.ok(err)
		posing := news("Nem esemény")
		posing.ID = it.ID
		_, err = n.Publish(ctx, editor(), posing)
		n.refusesField("an event as news", err, "start: required; place: place_or_online")
		posing = it
		posing.Type = hub.News
		if it, err = n.Publish(ctx, editor(), posing); err != nil || it.Type != hub.AnEvent || it.Event == nil {
			n.t.Errorf("an event as news: %+v, %v", it, err)
		}
	})
}

func TestEventChanges(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		it, err := n.Publish(ctx, editor(), event("Lézernap", at(9)))
		n.ok(err)
		start := it.Event.Start

		_, err = n.MoveEvent(ctx, editor(), it.ID, at(9), hub.When{})
		n.refusesField("moving to where it is", err, "start: same_as_before")
		it, err = n.MoveEvent(ctx, editor(), it.ID, at(10), at(11))
		n.ok(err)
		if it.Change != hub.Moved || !it.Changed.Equal(it.Updated) || it.Event.Status != vocab.EventRescheduled || !it.Event.PreviousStart.Equal(start.At) {
			n.t.Errorf("moved: %+v, %+v", it, it.Event)
		}
		_, err = n.MoveEvent(ctx, editor(), it.ID, at(10), at(11))
		n.refusesField("moving to where it is", err, "start: same_as_before")
		it, err = n.MoveEvent(ctx, editor(), it.ID, at(10), at(12))
		n.ok(err)
		if it.Event.Status != vocab.EventRescheduled || !it.Event.PreviousStart.Equal(start.At) {
			n.t.Errorf("another end: %+v", it.Event)
		}

		it, err = n.CancelEvent(ctx, editor(), it.ID)
		n.ok(err)
		same(n, "status", it.Event.Status, vocab.EventCancelled)
		_, err = n.CancelEvent(ctx, editor(), it.ID)
		n.refuses("cancelling twice", err, hub.ErrConflict)
		_, err = n.MoveEvent(ctx, editor(), it.ID, at(13), hub.When{})
		n.refuses("moving what is cancelled", err, hub.ErrConflict)
		it.Texts[0].Teaser = "Sajnos elmarad."
		changed := it.Changed
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		if it.Event.Status != vocab.EventCancelled || !it.Changed.Equal(changed) {
			n.t.Errorf("another text: %+v, %+v", it, it.Event)
		}
		it, err = n.ReinstateEvent(ctx, editor(), it.ID)
		n.ok(err)
		if it.Event.Status != vocab.EventScheduled || it.Change != hub.Reinstated {
			n.t.Errorf("reinstated: %+v, %+v", it, it.Event)
		}
		_, err = n.ReinstateEvent(ctx, editor(), it.ID)
		n.refuses("reinstating twice", err, hub.ErrConflict)
		same(n, "deeds", n.deeds(), "published changed_moved changed_new_end changed_cancelled changed changed_reinstated")

		other, err := n.Publish(ctx, editor(), news("Hír"))
		n.ok(err)
		_, err = n.CancelEvent(ctx, editor(), other.ID)
		n.refuses("cancelling news", err, hub.ErrNotFound)
		_, err = n.CloseCall(ctx, editor(), other.ID)
		n.refuses("closing news", err, hub.ErrNotFound)
	})
}

func TestCalls(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		_, err := n.Publish(ctx, editor(), call("Elkésett", at(-1)))
		n.refusesField("a call that is over", err, "deadline: deadline_past")
		_, err = n.Preview(ctx, editor(), call("Elkésett", at(-1)))
		n.refusesField("a call that is over", err, "deadline: deadline_past")
		_, err = n.Publish(ctx, hub.Program("import"), call("Régi", at(-1)))
		n.ok(err)
		it, err := n.Publish(ctx, editor(), call("Nyitott", at(1)))
		n.ok(err)
		it.Call.Deadline = at(-2)
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		same(n, "change", it.Change, hub.NewDeadline)
		it.Call.Deadline = at(2)
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		it, err = n.CloseCall(ctx, editor(), it.ID)
		n.ok(err)
		same(n, "change", it.Change, hub.Closed)
		_, err = n.CloseCall(ctx, editor(), it.ID)
		n.refuses("closing twice", err, hub.ErrConflict)
	})
}

// A call closes itself when its deadline has passed, and is open again when that
// is moved; once there is a result it stays closed.
func TestOutcome(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		it, err := n.Publish(ctx, editor(), call("Keresünk", at(1)))
		n.ok(err)
		_, err = n.Publish(ctx, editor(), call("Később", at(9)))
		n.ok(err)
		closing := func(days, want int) {
			t.Helper()
			closed, err := n.CloseCalls(ctx, time.Now().AddDate(0, 0, days))
			n.ok(err)
			same(n, "how many closed", closed, want)
		}
		closing(0, 0)
		closing(3, 1)
		closing(3, 0)
		e, err := n.Entry(ctx, it.ID)
		n.ok(err)
		same(n, "closed", e.Call.Closed, true)

		it = e.Item
		it.Call.Deadline = at(4)
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		same(n, "closed", it.Call.Closed, false)

		_, err = n.RecordResult(ctx, editor(), it.ID, "fun", nil)
		n.refusesField("a result that there is not", err, "result: required")
		_, err = n.RecordResult(ctx, editor(), it.ID, "awarded", vocab.Text{{Lang: "hu", Value: strings.Repeat("é", 501)}})
		n.refusesField("a long sentence", err, "result_note.hu: too_long 500")
		it, err = n.RecordResult(ctx, editor(), it.ID, "partner-found", vocab.Text{{Lang: "hu", Value: " Egy műhely. "}})
		n.ok(err)
		same(n, "change", it.Change, hub.HasResult)
		same(n, "note", it.Call.ResultNote.In("hu"), "Egy műhely.")
		it.Call.Deadline = at(5)
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		same(n, "closed", it.Call.Closed, true)
		closing(99, 1)

		other, err := n.Publish(ctx, editor(), news("Hír"))
		n.ok(err)
		_, err = n.RecordResult(ctx, editor(), other.ID, "awarded", nil)
		n.refuses("a result of news", err, hub.ErrNotFound)
	})
}

func TestDelete(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		it, err := n.Publish(ctx, editor(), event("Lézernap", at(9)))
		n.ok(err)
		created := n.outbox()[0].ID

		when, err := n.Delete(ctx, editor(), it.ID)
		n.ok(err)
		if wait := time.Until(when); wait <= 0 || wait > hub.UndoPeriod {
			n.t.Errorf("deleted in %s", wait)
		}
		_, err = n.Entry(ctx, it.ID)
		n.refuses("the page", err, hub.ErrGone)
		_, err = n.Publish(ctx, editor(), it)
		n.refuses("changing it", err, hub.ErrGone)
		_, err = n.CancelEvent(ctx, editor(), it.ID)
		n.refuses("cancelling it", err, hub.ErrGone)
		again, err := n.Delete(ctx, editor(), it.ID)
		n.ok(err)
		if !again.Equal(when) {
			n.t.Errorf("deleting twice moves it from %s to %s", when, again)
		}
		_, err = n.Undelete(ctx, editor(), it.ID)
		n.ok(err)
		same(n, "own items", n.titles(true), "Lézernap")
		_, err = n.Undelete(ctx, editor(), it.ID)
		n.refuses("undoing twice", err, hub.ErrConflict)

		if when, err = n.Delete(ctx, editor(), it.ID); err != nil {
			n.t.Fatal(err)
		}
		for _, by := range []time.Time{when.Add(-time.Second), when, when} {
			gone, err := n.Vanish(ctx, by)
			n.ok(err)
			if want := len(strings.Fields(n.waiting("photonics.example"))) - 1; gone > want {
				n.t.Errorf("%d vanished by %s, %d Deletes", gone, by, want)
			}
		}
		same(n, "what waits for a follower", n.waiting("photonics.example"), "Create Delete")
		doc, err := n.Document(ctx, it.ID)
		if err != nil || !doc.Gone || !strings.Contains(string(doc.JSON), "Tombstone") {
			n.t.Errorf("document %s, %v", doc.JSON, err)
		}
		_, err = n.Document(ctx, created)
		n.refuses("the Create", err, hub.ErrGone)
		same(n, "activities in the outbox", len(n.outbox()), 0)
		for _, err := range []error{
			second(n.Publish(ctx, editor(), it)), second(n.Delete(ctx, editor(), it.ID)), second(n.Undelete(ctx, editor(), it.ID)),
		} {
			n.refuses("what is gone stays gone", err, hub.ErrNotFound)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// What goes to the archive is told to nobody, not when it is corrected either,
// and is news to no digest.
func TestArchive(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		d := n.digest()
		old := news("Régi")
		old.Published = time.Now().AddDate(-3, 0, 0)
		it, err := n.Archive(ctx, editor(), old)
		n.ok(err)
		same(n, "own items", n.titles(true), "Régi")
		it.Backfilled, it.Texts[0].Title = false, "Javított"
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		if !it.Backfilled || !it.Published.Equal(old.Published.UTC().Truncate(time.Second)) {
			n.t.Errorf("corrected: %+v", it)
		}
		same(n, "what waits for a follower", n.waiting("photonics.example"), "")
		i, err := n.SendDigestNow(ctx, office(), d.ID)
		if err != nil || i.State != hub.IssueSkipped {
			n.t.Errorf("the digest tells of it: %+v, %v", i, err)
		}
	})
}

func TestPreview(t *testing.T) {
	each(t, func(n *node) {
		e, err := n.Preview(n.t.Context(), editor(), news("Előnézet"))
		n.ok(err)
		if e.By.Name != "Klaszterszövetség" || e.Published.IsZero() || e.ID != "" || e.Texts[0].HTML != "<p>Szöveg.</p>\n" {
			n.t.Errorf("%+v", e)
		}
		same(n, "own items", n.titles(true), "")
		_, err = n.Preview(n.t.Context(), editor(), news(""))
		n.refusesField("no title", err, "title.hu: required")
		huge := news("Hosszú")
		huge.Texts[0].Markdown = strings.Repeat("*ő* ", 5000)
		huge.Texts = append(huge.Texts, hub.ItemText{Lang: "en", Title: "Long", Markdown: strings.Repeat("*o* ", 5000)})
		var invalid *hub.InvalidError
		if _, err = n.Preview(n.t.Context(), editor(), huge); !errors.As(err, &invalid) {
			n.t.Errorf("what would be too long: %v", err)
		}
	})
}

// Everything that is done asks who does it.
func TestWhoMay(t *testing.T) {
	each(t, func(n *node) {
		ctx, none := n.t.Context(), hub.When{}
		it, err := n.Publish(ctx, editor(), news("Hír"))
		n.ok(err)
		editors := map[string]func(hub.Who) error{
			"SaveDraft":      func(w hub.Who) error { return second(n.SaveDraft(ctx, w, news("x"))) },
			"Preview":        func(w hub.Who) error { return second(n.Preview(ctx, w, news("x"))) },
			"Publish":        func(w hub.Who) error { return second(n.Publish(ctx, w, news("x"))) },
			"Archive":        func(w hub.Who) error { return second(n.Archive(ctx, w, news("x"))) },
			"OwnItem":        func(w hub.Who) error { return second(n.OwnItem(ctx, w, it.ID)) },
			"OwnItems":       func(w hub.Who) error { return second(n.OwnItems(ctx, w, hub.Published, hub.Page{Limit: 1})) },
			"MoveEvent":      func(w hub.Who) error { return second(n.MoveEvent(ctx, w, it.ID, none, none)) },
			"CancelEvent":    func(w hub.Who) error { return second(n.CancelEvent(ctx, w, it.ID)) },
			"ReinstateEvent": func(w hub.Who) error { return second(n.ReinstateEvent(ctx, w, it.ID)) },
			"CloseCall":      func(w hub.Who) error { return second(n.CloseCall(ctx, w, it.ID)) },
			"RecordResult":   func(w hub.Who) error { return second(n.RecordResult(ctx, w, it.ID, "awarded", nil)) },
			"Delete":         func(w hub.Who) error { return second(n.Delete(ctx, w, it.ID)) },
			"Undelete":       func(w hub.Who) error { return second(n.Undelete(ctx, w, it.ID)) },
			"Replies":        func(w hub.Who) error { return second(n.Replies(ctx, w, hub.Held, hub.Page{Limit: 1})) },
			"Trusted":        func(w hub.Who) error { return second(n.Trusted(ctx, w)) },
			"Approve":        func(w hub.Who) error { return n.Approve(ctx, w, "x") },
			"Reject":         func(w hub.Who) error { return n.Reject(ctx, w, "x") },
			"Reconsider":     func(w hub.Who) error { return n.Reconsider(ctx, w, "x") },
			"Trust":          func(w hub.Who) error { return n.Trust(ctx, w, "x") },
			"Distrust":       func(w hub.Who) error { return n.Distrust(ctx, w, "x") },
			"Answer":         func(w hub.Who) error { return second(n.Answer(ctx, w, "x", "y")) },
			"DeleteAnswer":   func(w hub.Who) error { return n.DeleteAnswer(ctx, w, "x") },
			"Lookup":         func(w hub.Who) error { return second(n.Lookup(ctx, w, "@a@b.example")) },
		}
		offices := map[string]func(hub.Who) error{
			"SaveProfile":   func(w hub.Who) error { return n.SaveProfile(ctx, w, n.o) },
			"RenewKeys":     func(w hub.Who) error { return n.RenewKeys(ctx, w) },
			"KeysMade":      func(w hub.Who) error { return second(n.KeysMade(ctx, w)) },
			"Follow":        func(w hub.Who) error { return second(n.Follow(ctx, w, "@a@b.example")) },
			"Unfollow":      func(w hub.Who) error { return n.Unfollow(ctx, w, photonics) },
			"Boost":         func(w hub.Who) error { return n.Boost(ctx, w, it.ID) },
			"Unboost":       func(w hub.Who) error { return n.Unboost(ctx, w, it.ID) },
			"SetBoostAll":   func(w hub.Who) error { return n.SetBoostAll(ctx, w, false) },
			"Hide":          func(w hub.Who) error { return n.Hide(ctx, w, it.ID, "x") },
			"Block":         func(w hub.Who) error { return second(n.Block(ctx, w, "bad.example", "")) },
			"Exempt":        func(w hub.Who) error { return second(n.Exempt(ctx, w, "good.example", "")) },
			"Unblock":       func(w hub.Who) error { return n.Unblock(ctx, w, "bad.example") },
			"SetClosed":     func(w hub.Who) error { return n.SetClosed(ctx, w, true) },
			"Blocks":        func(w hub.Who) error { _, _, _, err := n.Blocks(ctx, w); return err },
			"Reports":       func(w hub.Who) error { return second(n.Reports(ctx, w, false, hub.Page{Limit: 1})) },
			"Settle":        func(w hub.Who) error { return n.Settle(ctx, w, "x") },
			"Unhide":        func(w hub.Who) error { return n.Unhide(ctx, w, it.ID) },
			"Lanes":         func(w hub.Who) error { return second(n.Lanes(ctx, w, hub.Page{Limit: 1})) },
			"Lane":          func(w hub.Who) error { _, _, err := n.Lane(ctx, w, "x", hub.Page{Limit: 1}); return err },
			"Retry":         func(w hub.Who) error { return n.Retry(ctx, w, "x") },
			"SaveDigest":    func(w hub.Who) error { return second(n.SaveDigest(ctx, w, weekly())) },
			"SendDigestNow": func(w hub.Who) error { return second(n.SendDigestNow(ctx, w, "x")) },
			"PreviewDigest": func(w hub.Who) error { return second(n.PreviewDigest(ctx, w, "x")) },
			"Deeds":         func(w hub.Who) error { return second(n.Deeds(ctx, w, hub.Page{Limit: 1})) },
			"Runs":          func(w hub.Who) error { return second(n.Runs(ctx, w)) },
			"AddAccount":    func(w hub.Who) error { return second(n.AddAccount(ctx, w, "x", "1234567890", hub.Editor)) },
			"Accounts":      func(w hub.Who) error { return second(n.Accounts(ctx, w)) },
			"AccountNamed":  func(w hub.Who) error { return second(n.AccountNamed(ctx, w, "x")) },
			"SetPassword":   func(w hub.Who) error { return n.SetPassword(ctx, w, "somebody else", "1234567890") },
			"SetDisabled":   func(w hub.Who) error { return n.SetDisabled(ctx, w, "x", true) },
			"Restored":      func(w hub.Who) error { return n.Restored(ctx, w) },
			"Speak":         func(w hub.Who) error { return n.Speak(ctx, w) },
		}
		for name, do := range editors {
			n.refuses(name+" by nobody", do(hub.Who{}), hub.ErrForbidden)
		}
		for name, do := range offices {
			n.refuses(name+" by an editor", do(editor()), hub.ErrForbidden)
			n.refuses(name+" by nobody", do(hub.Who{}), hub.ErrForbidden)
		}
		same(n, "deeds", n.deeds(), "published")
	})
}
