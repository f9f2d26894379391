package hub_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

func TestPins(t *testing.T) {
	eachInTime(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(optics, "assoc")
		var ids []string
		for i := range 6 {
			it, err := n.Publish(ctx, editor(), news(fmt.Sprintf("Hír %d", i)))
			n.ok(err)
			ids = append(ids, it.ID)
		}
		n.deliver()
		featured := func() string {
			n.t.Helper()
			c, err := n.Collection(ctx, "assoc", "featured", "")
			n.ok(err)
			var names []string
			for _, item := range c.Items {
				for i, id := range ids {
					if string(item) == string(raw(id)) {
						names = append(names, fmt.Sprint(i))
					}
				}
			}
			same(n, "totalItems", c.TotalItems, len(names))
			return strings.Join(names, " ")
		}
		draft, err := n.SaveDraft(ctx, editor(), news("Piszkozat"))
		n.ok(err)
		n.refuses("nobody", n.Pin(ctx, hub.Who{}, ids[0]), hub.ErrForbidden)
		n.refuses("a draft", n.Pin(ctx, editor(), draft.ID), hub.ErrNotFound)
		n.refuses("nothing", n.Pin(ctx, editor(), "https://assoc.example/o/none"), hub.ErrNotFound)
		n.refuses("what is not pinned", n.Unpin(ctx, editor(), ids[0]), hub.ErrNotFound)
		for _, id := range ids[:5] {
			time.Sleep(time.Second)
			n.ok(n.Pin(ctx, editor(), id))
		}
		n.refuses("once more", n.Pin(ctx, editor(), ids[0]), hub.ErrConflict)
		n.refusesField("a sixth", n.Pin(ctx, editor(), ids[5]), ": too_many_pins 5")
		same(n, "featured", featured(), "4 3 2 1 0")
		n.ok(n.Unpin(ctx, editor(), ids[2]))
		same(n, "featured", featured(), "4 3 1 0")
		same(n, "told", n.waiting(other{optics}.host()), "Add Add Add Add Add Remove")

		// What is deleted leaves it at once, and for good.
		_, err = n.Delete(ctx, editor(), ids[3])
		n.ok(err)
		same(n, "featured", featured(), "4 1 0")
		_, err = n.Undelete(ctx, editor(), ids[3])
		n.ok(err)
		same(n, "featured", featured(), "4 3 1 0")
		_, err = n.Delete(ctx, editor(), ids[3])
		n.ok(err)
		_, err = n.Vanish(ctx, time.Now().Add(time.Hour))
		n.ok(err)
		n.ok(n.Pin(ctx, editor(), ids[5]))
		n.ok(n.Pin(ctx, editor(), ids[2])) // there is room for a fifth
		if deeds := n.deeds(); !strings.Contains(deeds, "pinned pinned pinned pinned pinned unpinned") {
			n.t.Errorf("deeds: %s", deeds)
		}
	})
}

func TestPinOnTheWire(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(optics, "assoc")
		it, err := n.Publish(ctx, editor(), news("Hír"))
		n.ok(err)
		n.deliver()
		n.ok(n.Pin(ctx, editor(), it.ID))
		jobs := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Job, error) {
			return tx.Jobs(ctx, other{optics}.host(), hub.Page{Limit: 10})
		})
		_, id, _ := strings.Cut(jobs[0].What, " ")
		doc, err := n.Document(ctx, id)
		n.ok(err)
		a, err := vocab.DecodeActivity(doc.JSON)
		n.ok(err)
		if a.Type != "Add" || a.Actor != self || a.ObjectID != it.ID || a.Target != self+"/featured" || len(a.To) != 1 || a.To[0] != vocab.Public || len(a.CC) != 1 || a.CC[0] != self+"/followers" {
			n.t.Errorf("%s", doc.JSON)
		}
	})
}
