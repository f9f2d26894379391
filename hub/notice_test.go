package hub_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

// notices are those of an item that are not deleted.
func (n *node) notices(item string) []hub.Notice {
	n.t.Helper()
	return read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Notice, error) { return tx.Notices(ctx, item) })
}

// What must be noticed of a change is told in a note of its own, to those who
// get the change itself and after it; what need not be is not.
func TestNotices(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		it, err := n.Publish(ctx, editor(), event("Lézernap", at(9)))
		n.ok(err)
		booster := n.other(optics)
		n.takes(booster, vocab.Activity{Type: "Announce", ObjectID: it.ID})

		it.Texts[0].Teaser = "Mindenkit várunk."
		it, err = n.Publish(ctx, editor(), it)
		n.ok(err)
		same(n, "notices of another teaser", len(n.notices(it.ID)), 0)
		_, err = n.MoveEvent(ctx, editor(), it.ID, at(10), hub.When{})
		n.ok(err)
		_, err = n.CancelEvent(ctx, editor(), it.ID)
		n.ok(err)
		same(n, "what waits for a follower", n.waiting("photonics.example"), "Create Update Update Create Update Create")
		same(n, "what waits for who passed it on", n.waiting("optics.example"), "Update Update Create Update Create")
		same(n, "own items", n.titles(true), "Lézernap")
		same(n, "activities in the outbox", len(n.outbox()), 1)

		notices := n.notices(it.ID)
		same(n, "notices", len(notices), 2)
		doc, err := n.Document(ctx, notices[0].ID)
		n.ok(err)
		same(n, "where a browser is led", doc.URL, it.ID)
		obj, err := vocab.DecodeObject(doc.JSON)
		n.ok(err)
		same(n, "in reply to", obj.InReplyTo, it.ID)
		if len(obj.Name)+len(obj.Summary) > 0 || !strings.Contains(obj.Content.In("hu"), " → ") {
			n.t.Errorf("the notice: %s", doc.JSON)
		}

		when, err := n.Delete(ctx, editor(), it.ID)
		n.ok(err)
		_, err = n.Vanish(ctx, when)
		n.ok(err)
		for _, host := range []string{"photonics.example", "optics.example"} {
			if got := n.waiting(host); !strings.HasSuffix(got, " Delete Delete Delete") {
				n.t.Errorf("after the event was deleted there waits for %s: %s", host, got)
			}
		}
		doc, err = n.Document(ctx, notices[1].ID)
		n.ok(err)
		var tombstone struct{ Type, FormerType string }
		n.ok(json.Unmarshal(doc.JSON, &tombstone))
		if !doc.Gone || tombstone.Type != "Tombstone" || tombstone.FormerType != "Note" {
			n.t.Errorf("what is left of a notice: %s", doc.JSON)
		}
		_, err = n.Document(ctx, "https://assoc.example/o/none")
		n.refuses("what there never was", err, federation.ErrNotFound)
	})
}

// A change of what was told to nobody is told to nobody.
func TestNoNoticeFromTheArchive(t *testing.T) {
	each(t, func(n *node) {
		n.follower(photonics, "assoc")
		old := call("Régi", at(-30))
		old.Published = time.Now().AddDate(0, -3, 0)
		it, err := n.Archive(n.t.Context(), editor(), old)
		n.ok(err)
		_, err = n.CloseCall(n.t.Context(), editor(), it.ID)
		n.ok(err)
		same(n, "notices", len(n.notices(it.ID)), 0)
		same(n, "what waits for a follower", n.waiting("photonics.example"), "")
	})
}

// Who replies to something of their own tells of a change: that is no item of
// the feed and no comment.
func TestReceiveNotice(t *testing.T) {
	each(t, func(n *node) {
		them, others := n.followed(photonics), n.followed(optics)
		n.takes(them, create(them.article("1", "Lézernap")))
		reply := func(o other, name string) string {
			obj := o.article(name, "")
			obj.Type, obj.InReplyTo, obj.Content = "Note", photonics+"/o/1", vocab.Text{{Lang: "hu", Value: "<p>Új időpont</p>"}}
			n.takes(o, create(obj))
			n.takes(o, change(obj, time.Now().Add(time.Minute)))
			return obj.ID
		}
		same(n, "a reply by the author", n.item(reply(them, "2")).Type, hub.ANotice)
		same(n, "a reply by somebody else", n.item(reply(others, "3")).Type, hub.News)
		same(n, "feed", n.titles(false), "Lézernap")
	})
}
