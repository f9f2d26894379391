package storage_test

import (
	"errors"
	"testing"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

func TestNotices(t *testing.T) {
	each(t, func(n node) {
		first := hub.Notice{ID: "n1", Item: "o", Published: noon, Document: []byte(`{"a":1}`)}
		second, other := first, first
		second.ID, other.ID, other.Item = "n2", "n3", "p"
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertNotice(n.ctx(), second), tx.InsertNotice(n.ctx(), first), tx.InsertNotice(n.ctx(), other))
		})
		n.refuses(hub.ErrConflict, "the same id twice", func(tx hub.Tx) error { return tx.InsertNotice(n.ctx(), first) })
		of := func(item string) []hub.Notice {
			return read(n, func(tx hub.Tx) ([]hub.Notice, error) { return tx.Notices(n.ctx(), item) })
		}
		same(n, "notices", of("o"), []hub.Notice{first, second})
		n.update(func(tx hub.Tx) error { return tx.DeleteNotices(n.ctx(), "o", hour(1)) })
		n.update(func(tx hub.Tx) error { return tx.DeleteNotices(n.ctx(), "o", hour(2)) })
		same(n, "notices after they were deleted", of("o"), nil)
		same(n, "notices of another item", of("p"), []hub.Notice{other})
		first.Document, first.Deleted = nil, hour(1)
		same(n, "what is left", read(n, func(tx hub.Tx) (hub.Notice, error) { return tx.Notice(n.ctx(), "n1") }), first)
		n.refuses(hub.ErrNotFound, "a notice that there is not", func(tx hub.Tx) error {
			_, err := tx.Notice(n.ctx(), "n4")
			return err
		})
	})
}

// Who passed an item on is reached at the shared inbox of the host, once.
func TestBoosterInboxes(t *testing.T) {
	each(t, func(n node) {
		for _, a := range []vocab.Actor{
			{ID: "https://big.example/bo", Inbox: "https://big.example/bo/in", SharedInbox: "https://big.example/in"},
			{ID: "https://big.example/cy", Inbox: "https://big.example/cy/in", SharedInbox: "https://big.example/in"},
			{ID: "https://small.example/di", Inbox: "https://small.example/di/in"},
			{ID: "https://other.example/ed", Inbox: "https://other.example/in"},
		} {
			if err := n.db.SaveRemoteActor(n.ctx(), federation.RemoteActor{Actor: a, Fetched: noon}); err != nil {
				t.Fatal(err)
			}
		}
		n.update(func(tx hub.Tx) error {
			for object, actors := range map[string][]string{
				"o": {"https://big.example/bo", "https://big.example/cy", "https://small.example/di", "https://unknown.example/fo"},
				"p": {"https://other.example/ed"},
			} {
				for _, a := range actors {
					if _, err := tx.InsertForeignBoost(n.ctx(), a, object, a+"/x", noon); err != nil {
						return err
					}
				}
			}
			return tx.ForgetActor(n.ctx(), "https://other.example/ed", noon)
		})
		of := func(object string) []string {
			return read(n, func(tx hub.Tx) ([]string, error) { return tx.BoosterInboxes(n.ctx(), object) })
		}
		same(n, "who boosted", of("o"), []string{"https://big.example/in", "https://small.example/di/in"})
		same(n, "who is gone", of("p"), nil)
	})
}

func TestUnlistActivity(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertActivity(n.ctx(), sent("1", "Announce", "o", noon)), tx.InsertActivity(n.ctx(), sent("2", "Announce", "p", noon)))
		})
		n.update(func(tx hub.Tx) error { return tx.UnlistActivity(n.ctx(), "1") })
		out := read(n, func(tx hub.Tx) ([]federation.SentActivity, error) {
			return tx.Outbox(n.ctx(), "here", hub.Page{Limit: 20})
		})
		if len(out) != 1 || out[0].ID != "2" {
			t.Errorf("outbox %+v", out)
		}
	})
}
