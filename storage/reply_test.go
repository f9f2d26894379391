package storage_test

import (
	"testing"

	"pergola/hub"
)

// said is a comment on Anna's item by somebody.
func said(author, name string, state hub.ReplyState, at int) hub.Reply {
	return hub.Reply{
		ID: author + "/r/" + name, Item: anna + "/o/n", Parent: anna + "/o/n", Author: author, State: state,
		Lang: "hu", HTML: "<p>" + name + "</p>", URL: author + "/" + name, Published: hour(at), Updated: hour(at), Received: hour(at),
	}
}

func TestReplies(t *testing.T) {
	each(t, func(n node) {
		held, shown := said(berta, "held", hub.Held, 1), said(berta, "shown", hub.Approved, 2)
		private, rejected := said(anna, "private", hub.Held, 3), said(berta, "rejected", hub.Rejected, 4)
		private.Private, rejected.Decided = true, hour(5)
		answer := said(self, "answer", hub.Approved, 5)
		answer.Own, answer.Wire = true, []byte(`{}`)
		n.update(func(tx hub.Tx) error {
			for _, r := range []hub.Reply{held, shown, private, rejected, answer} {
				if err := tx.InsertReply(n.ctx(), r); err != nil {
					return err
				}
			}
			return nil
		})
		n.refuses(hub.ErrConflict, "the same id", func(tx hub.Tx) error { return tx.InsertReply(n.ctx(), held) })
		n.refuses(hub.ErrNotFound, "changing nothing", func(tx hub.Tx) error { return tx.UpdateReply(n.ctx(), said(berta, "none", hub.Held, 1)) })
		same(n, "a reply", read(n, func(tx hub.Tx) (hub.Reply, error) { return tx.Reply(n.ctx(), answer.ID) }), answer)
		thread := read(n, func(tx hub.Tx) ([]hub.Reply, error) { return tx.Thread(n.ctx(), held.Item) })
		if len(thread) != 4 {
			n.Errorf("the thread has %d, want all but the rejected one", len(thread))
		}
		page := func(after string) []hub.Reply {
			return read(n, func(tx hub.Tx) ([]hub.Reply, error) {
				return tx.Replies(n.ctx(), hub.Held, hub.Page{After: after, Limit: 1})
			})
		}
		same(n, "first page", page(""), []hub.Reply{private})
		same(n, "second page", page(private.ID), []hub.Reply{held})
		same(n, "third page", page(held.ID), nil)
		count := func(author string) int {
			return read(n, func(tx hub.Tx) (int, error) { return tx.CountReplies(n.ctx(), held.Item, author) })
		}
		same(n, "of Berta", count(berta), 3)
		same(n, "of all others", count(""), 4)
		same(n, "waiting", read(n, func(tx hub.Tx) (int, error) { return tx.CountHeld(n.ctx()) }), 2)

		n.update(func(tx hub.Tx) error { return tx.SetBlocked(n.ctx(), berta, true) })
		same(n, "blocked", page(private.ID), nil)
		same(n, "waiting of who is not blocked", read(n, func(tx hub.Tx) (int, error) { return tx.CountHeld(n.ctx()) }), 1)
		n.update(func(tx hub.Tx) error { return tx.SetBlocked(n.ctx(), berta, false) })
		same(n, "no more blocked", page(private.ID), []hub.Reply{held})

		shown.State, shown.Decided = hub.Removed, hour(6)
		n.update(func(tx hub.Tx) error { return tx.UpdateReply(n.ctx(), shown) })
		same(n, "removed", read(n, func(tx hub.Tx) (hub.Reply, error) { return tx.Reply(n.ctx(), shown.ID) }),
			hub.Reply{ID: shown.ID, Item: shown.Item, Parent: shown.Parent, Author: berta, State: hub.Removed, Updated: hour(2), Received: hour(2), Decided: hour(6)})
		pruned := 0
		n.update(func(tx hub.Tx) (err error) {
			pruned, err = tx.PruneReplies(n.ctx(), hour(6))
			return err
		})
		same(n, "forgotten", pruned, 1)
		n.update(func(tx hub.Tx) error { return tx.ForgetReplies(n.ctx(), held.Item) })
		same(n, "left", read(n, func(tx hub.Tx) ([]hub.Reply, error) { return tx.Thread(n.ctx(), held.Item) }), []hub.Reply{answer})
	})
}

func TestTrustedAuthors(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			for i, actor := range []string{berta, anna, berta} {
				if err := tx.SetTrusted(n.ctx(), actor, hour(i)); err != nil {
					return err
				}
			}
			return nil
		})
		same(n, "trusted", read(n, func(tx hub.Tx) ([]string, error) { return tx.Trusted(n.ctx()) }), []string{berta, anna})
		n.update(func(tx hub.Tx) error { return tx.DeleteTrusted(n.ctx(), berta) })
		same(n, "no more", read(n, func(tx hub.Tx) (bool, error) { return tx.IsTrusted(n.ctx(), berta) }), false)
		n.update(func(tx hub.Tx) error { return tx.ForgetActor(n.ctx(), anna, noon) })
		same(n, "who is gone", read(n, func(tx hub.Tx) (bool, error) { return tx.IsTrusted(n.ctx(), anna) }), false)
	})
}

// Likes, boosts and shown replies are counted for many items at once, and go
// with who made them.
func TestTallies(t *testing.T) {
	each(t, func(n node) {
		item := anna + "/o/n"
		n.update(func(tx hub.Tx) error {
			for _, actor := range []string{anna, berta, berta} {
				if err := tx.InsertReaction(n.ctx(), actor, item, actor+"/like", noon); err != nil {
					return err
				}
			}
			if _, err := tx.InsertForeignBoost(n.ctx(), berta, item, berta+"/boost", noon); err != nil {
				return err
			}
			hidden := said(anna, "private", hub.Approved, 1)
			hidden.Private = true
			for _, r := range []hub.Reply{said(berta, "a", hub.Approved, 1), said(berta, "b", hub.Held, 1), hidden} {
				if err := tx.InsertReply(n.ctx(), r); err != nil {
					return err
				}
			}
			return nil
		})
		tally := func() hub.Tally {
			return read(n, func(tx hub.Tx) (map[string]hub.Tally, error) { return tx.Tallies(n.ctx(), []string{"x", item}) })[item]
		}
		same(n, "tally", tally(), hub.Tally{Likes: 2, Boosts: 1, Replies: 1})
		n.update(func(tx hub.Tx) error { return tx.DeleteReaction(n.ctx(), berta, anna+"/like") })
		same(n, "undone by somebody else", tally().Likes, 2)
		n.update(func(tx hub.Tx) error { return tx.DeleteReaction(n.ctx(), anna, anna+"/like") })
		same(n, "undone by its id", tally().Likes, 1)
		n.update(func(tx hub.Tx) error { return tx.ForgetActor(n.ctx(), berta, noon) })
		same(n, "who is gone", tally(), hub.Tally{})
	})
}
