package storage_test

import (
	"testing"

	"pergola/hub"
)

func TestBlocks(t *testing.T) {
	each(t, func(n node) {
		a, b := hub.Block{Subject: "a.example", Note: "Miért?", Since: noon}, hub.Block{Subject: "b.example", Exempt: true, Since: hour(1)}
		n.update(func(tx hub.Tx) error {
			for _, one := range []hub.Block{b, {Subject: a.Subject, Exempt: true, Since: hour(-1)}, a} {
				if err := tx.SaveBlock(n.ctx(), one); err != nil {
					return err
				}
			}
			return nil
		})
		same(n, "blocks", read(n, func(tx hub.Tx) ([]hub.Block, error) { return tx.Blocks(n.ctx()) }), []hub.Block{a, b})
		n.update(func(tx hub.Tx) error { return tx.DeleteBlock(n.ctx(), a.Subject) })
		n.refuses(hub.ErrNotFound, "ending it twice", func(tx hub.Tx) error { return tx.DeleteBlock(n.ctx(), a.Subject) })
	})
}

// The items of who is blocked leave all lists and come back as they were; a
// change in between brings nothing back.
func TestBlockedItems(t *testing.T) {
	each(t, func(n node) {
		shown, hidden, others := news(anna, "shown", noon), news(anna, "hidden", noon), news(berta, "other", hour(-1))
		hidden.Hidden = hour(1)
		n.add(shown, hidden, others)
		feed := func() (ids []string) {
			for _, e := range read(n, func(tx hub.Tx) ([]hub.Entry, error) {
				return tx.Feed(n.ctx(), hub.FeedFilter{}, hub.Page{Limit: 9})
			}) {
				ids = append(ids, e.ID)
			}
			return ids
		}
		n.update(func(tx hub.Tx) error { return tx.SetBlocked(n.ctx(), anna, true) })
		same(n, "while blocked", feed(), []string{others.ID})
		hidden.Hidden = hour(2)
		n.update(func(tx hub.Tx) error {
			if err := tx.UpdateItem(n.ctx(), shown); err != nil {
				return err
			}
			return tx.UpdateItem(n.ctx(), hidden)
		})
		same(n, "changed while blocked", feed(), []string{others.ID})
		n.update(func(tx hub.Tx) error { return tx.SetBlocked(n.ctx(), anna, false) })
		same(n, "after it", feed(), []string{shown.ID, others.ID})
	})
}

func TestReports(t *testing.T) {
	each(t, func(n node) {
		first := hub.Report{ID: anna + "/f/1", Host: "anna.example", Actor: anna, Text: "Nem igaz", Objects: []string{"a", "b"}, Received: noon}
		second := hub.Report{ID: berta + "/f/2", Host: "berta.example", Actor: berta, Objects: []string{"c"}, Received: hour(1)}
		n.update(func(tx hub.Tx) error {
			for _, r := range []hub.Report{first, second, first} {
				if err := tx.InsertReport(n.ctx(), r); err != nil {
					return err
				}
			}
			return nil
		})
		list := func(done bool, after string) []hub.Report {
			return read(n, func(tx hub.Tx) ([]hub.Report, error) {
				return tx.Reports(n.ctx(), done, hub.Page{After: after, Limit: 1})
			})
		}
		same(n, "newest", list(false, ""), []hub.Report{second})
		same(n, "older", list(false, second.ID), []hub.Report{first})
		first.Done, first.DoneBy = hour(2), "Olga"
		n.update(func(tx hub.Tx) error { return tx.UpdateReport(n.ctx(), first) })
		same(n, "done", list(true, ""), []hub.Report{first})
		same(n, "open", list(false, second.ID), nil)
		same(n, "open of Berta's host", read(n, func(tx hub.Tx) (int, error) { return tx.CountReports(n.ctx(), "berta.example") }), 1)
		same(n, "open of Anna's host", read(n, func(tx hub.Tx) (int, error) { return tx.CountReports(n.ctx(), "anna.example") }), 0)
		pruned := 0
		n.update(func(tx hub.Tx) (err error) {
			pruned, err = tx.PruneReports(n.ctx(), hour(3))
			return err
		})
		same(n, "forgotten", pruned, 1)
	})
}

func TestOldVersionsAreForgotten(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			for i := range 5 {
				if err := tx.InsertVersion(n.ctx(), hub.Version{Item: "a", Updated: hour(i), Document: []byte("{}")}); err != nil {
					return err
				}
			}
			return tx.PruneVersions(n.ctx(), "a", 3)
		})
		kept := read(n, func(tx hub.Tx) ([]hub.Version, error) { return tx.Versions(n.ctx(), "a") })
		if len(kept) != 3 || !kept[0].Updated.Equal(hour(4)) || !kept[2].Updated.Equal(hour(2)) {
			n.Errorf("kept %+v, want the newest three", kept)
		}
	})
}
