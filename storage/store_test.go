package storage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage"
	"pergola/storage/storagetest"
)

// noon is a moment that tests count from.
var noon = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

// each runs f on an open database of each kind.
func each(t *testing.T, f func(n node)) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB) { f(node{t, db}) })
}

// A node is a database under test.
type node struct {
	testing.TB
	db *storage.DB
}

func (n node) ctx() context.Context { return n.Context() }

// update runs f in a transaction that has to succeed.
func (n node) update(f func(tx hub.Tx) error) {
	n.Helper()
	if err := n.db.Update(n.Context(), f); err != nil {
		n.Fatal(err)
	}
}

// refuses runs f in a transaction that has to end in an error.
func (n node) refuses(want error, what string, f func(tx hub.Tx) error) {
	n.Helper()
	if err := n.db.Update(n.Context(), f); !errors.Is(err, want) {
		n.Errorf("%s: %v, want %v", what, err, want)
	}
}

// read returns what f reads.
func read[V any](n node, f func(tx hub.Tx) (V, error)) V {
	n.Helper()
	var v V
	err := n.db.View(n.Context(), func(tx hub.Tx) (err error) {
		v, err = f(tx)
		return err
	})
	if err != nil {
		n.Fatal(err)
	}
	return v
}

// same compares what was read with what was meant.
func same[V any](n node, what string, got, want V) {
	n.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		n.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// add keeps items.
func (n node) add(items ...hub.Item) {
	n.Helper()
	n.update(func(tx hub.Tx) error {
		for _, it := range items {
			if err := tx.InsertItem(n.ctx(), it); err != nil {
				return err
			}
		}
		return nil
	})
}

// item reads one.
func (n node) item(id string) hub.Item {
	n.Helper()
	return read(n, func(tx hub.Tx) (hub.Item, error) { return tx.Item(n.ctx(), id) })
}

const (
	anna  = "https://anna.example/a/anna"
	berta = "https://berta.example/a/berta"
	self  = "https://here.example/a/here"
)

// news is somebody's item that stands in the feed at a time.
func news(author, name string, at time.Time) hub.Item {
	return hub.Item{
		ID: author + "/o/" + name, Type: hub.News, Author: author, State: hub.Published, URL: author + "/" + name,
		Texts:     []hub.ItemText{{Lang: "hu", Title: "Cím " + name, HTML: "<p>Szöveg</p>"}},
		Published: at, Updated: at, Received: at, Feed: at,
	}
}

// event is an event that starts and ends at times, in the feed since noon.
func event(author, name string, start, end time.Time) hub.Item {
	it := news(author, name, noon)
	it.Type, it.Event = hub.AnEvent, &hub.Event{Start: hub.NewWhen(start, "Europe/Budapest"), End: hub.NewWhen(end, "Europe/Budapest")}
	return it
}

// call is a call with a deadline, in the feed since noon.
func call(author, name string, deadline time.Time) hub.Item {
	it := news(author, name, noon)
	it.Type, it.Call = hub.ACall, &hub.Call{Purpose: hub.Request, Deadline: hub.NewWhen(deadline, "Europe/Brussels")}
	return it
}

// own makes it one of ours.
func own(it hub.Item) hub.Item {
	it.Own, it.Author = true, self
	return it
}

// names are the last parts of the entries' ids.
func names(entries []hub.Entry) string {
	s := ""
	for _, e := range entries {
		for i := len(e.ID) - 1; e.ID[i] != '/'; i-- {
			if e.ID[i-1] == '/' {
				s += " " + e.ID[i:]
			}
		}
	}
	return s[min(1, len(s)):]
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	each(t, func(n node) {
		stop := errors.New("stop")
		n.refuses(stop, "an update that fails", func(tx hub.Tx) error {
			if err := tx.InsertItem(n.ctx(), news(anna, "a", noon)); err != nil {
				return err
			}
			return stop
		})
		n.refuses(hub.ErrNotFound, "reading what it did", func(tx hub.Tx) error {
			_, err := tx.Item(n.ctx(), anna+"/o/a")
			return err
		})
	})
}

// A conflict is an answer, not the end of the transaction.
func TestAfterConflict(t *testing.T) {
	each(t, func(n node) {
		n.add(news(anna, "a", noon))
		n.update(func(tx hub.Tx) error {
			err := tx.InsertItem(n.ctx(), news(anna, "a", noon))
			if !errors.Is(err, hub.ErrConflict) {
				return fmt.Errorf("inserting an item again: %v, want %v", err, hub.ErrConflict)
			}
			return tx.InsertItem(n.ctx(), news(anna, "b", noon))
		})
		n.item(anna + "/o/b")
	})
}

func TestOrganisation(t *testing.T) {
	each(t, func(n node) {
		n.refuses(hub.ErrNotFound, "the organisation of a new node", func(tx hub.Tx) error {
			_, err := tx.Organisation(n.ctx())
			return err
		})
		o := hub.Organisation{
			Name: "here", Kind: hub.Association,
			Title:     vocab.Text{{Lang: "uk", Value: "Альянс"}, {Lang: "en", Value: "Alliance"}, {Lang: "hu", Value: "Szövetség"}},
			Languages: []string{"uk", "en", "hu"}, Zone: "Europe/Kyiv", Email: "office@here.example", BoostAll: true, Demo: true,
			Founded: noon, Updated: hour(1),
		}
		o.Established, o.Fields = "2012-05", []hub.ProfileField{{Name: "Tagok", Value: "31"}, {Name: "Web", Value: "https://x.example/"}}
		o.Logo = hub.Picture{File: "f.png", Type: "image/png", Width: 5, Height: 4, Alt: "Szőlő"}
		n.update(func(tx hub.Tx) error { return tx.SaveOrganisation(n.ctx(), o) })
		same(n, "the organisation", read(n, func(tx hub.Tx) (hub.Organisation, error) { return tx.Organisation(n.ctx()) }), o)

		o.Title, o.About, o.BoostAll = o.Title[1:], vocab.Text{{Value: "*Ők*"}}, false
		o.Kind, o.Website, o.Place, o.Updated = hub.Cluster, "https://here.example", "Kyiv", hour(2)
		n.update(func(tx hub.Tx) error { return tx.SaveOrganisation(n.ctx(), o) })
		same(n, "the organisation changed", read(n, func(tx hub.Tx) (hub.Organisation, error) { return tx.Organisation(n.ctx()) }), o)
	})
}

func TestKeyPairs(t *testing.T) {
	each(t, func(n node) {
		short := hub.KeyPair{Actor: "here", Use: hub.Ed25519Key, ID: "x#2", Sealed: "plain", Private: []byte{0, 1, 2}, Created: noon}
		long := hub.KeyPair{Actor: "here", Use: hub.MainKey, ID: "x#1", Sealed: "plain", Private: []byte{3}, Created: noon}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertKeyPair(n.ctx(), short), tx.InsertKeyPair(n.ctx(), long))
		})
		n.refuses(hub.ErrConflict, "a second key for a use", func(tx hub.Tx) error { return tx.InsertKeyPair(n.ctx(), long) })
		keys := func(actor string) []hub.KeyPair {
			return read(n, func(tx hub.Tx) ([]hub.KeyPair, error) { return tx.KeyPairs(n.ctx(), actor) })
		}
		same(n, "the keys", keys("here"), []hub.KeyPair{long, short})
		same(n, "the keys of nobody", keys("relay"), nil)
	})
}

func TestAccounts(t *testing.T) {
	each(t, func(n node) {
		a := hub.Account{ID: "1", Name: "Árpád@Example.com", Role: hub.Editor, Hash: "$argon2id$", Language: "hu", Created: noon}
		b := hub.Account{ID: "2", Name: "béla", Role: hub.Office, Created: noon, Disabled: hour(1)}
		n.update(func(tx hub.Tx) error { return errors.Join(tx.InsertAccount(n.ctx(), b), tx.InsertAccount(n.ctx(), a)) })
		for _, name := range []string{"ÁRPÁD@example.COM", "a\u0301rpa\u0301d@example.com"} {
			same(n, name, read(n, func(tx hub.Tx) (hub.Account, error) { return tx.AccountNamed(n.ctx(), name) }), a)
			n.refuses(hub.ErrConflict, "another "+name, func(tx hub.Tx) error {
				return tx.InsertAccount(n.ctx(), hub.Account{ID: "3", Name: name})
			})
		}
		same(n, "account 2", read(n, func(tx hub.Tx) (hub.Account, error) { return tx.Account(n.ctx(), "2") }), b)
		n.refuses(hub.ErrNotFound, "an account that is not there", func(tx hub.Tx) error { _, err := tx.Account(n.ctx(), "9"); return err })
		n.refuses(hub.ErrNotFound, "a name that is not there", func(tx hub.Tx) error { _, err := tx.AccountNamed(n.ctx(), "arpad"); return err })

		b.Name, b.Disabled, b.Hash = "BÉLA", time.Time{}, "new"
		n.update(func(tx hub.Tx) error { return tx.UpdateAccount(n.ctx(), b) })
		same(n, "the accounts", read(n, func(tx hub.Tx) ([]hub.Account, error) { return tx.Accounts(n.ctx()) }), []hub.Account{b, a})
		n.refuses(hub.ErrConflict, "taking another's name", func(tx hub.Tx) error {
			return tx.UpdateAccount(n.ctx(), hub.Account{ID: "2", Name: "árpád@example.com"})
		})
		n.refuses(hub.ErrNotFound, "changing nobody", func(tx hub.Tx) error { return tx.UpdateAccount(n.ctx(), hub.Account{ID: "9"}) })
	})
}

func TestSessions(t *testing.T) {
	each(t, func(n node) {
		s := hub.Session{Hash: "aa", Account: "1", Created: noon, Seen: noon, Expires: hour(2), Agent: "Firefox"}
		later, other := s, s
		later.Hash, later.Created, later.Expires = "bb", hour(1), hour(3)
		other.Hash, other.Account = "cc", "2"
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertSession(n.ctx(), s), tx.InsertSession(n.ctx(), later), tx.InsertSession(n.ctx(), other),
				tx.TouchSession(n.ctx(), "aa", hour(1)), tx.TouchSession(n.ctx(), "gone", hour(1)))
		})
		s.Seen = hour(1)
		session := func(hash string) func(tx hub.Tx) error {
			return func(tx hub.Tx) error { _, err := tx.Session(n.ctx(), hash); return err }
		}
		of := func(account string) []hub.Session {
			return read(n, func(tx hub.Tx) ([]hub.Session, error) { return tx.Sessions(n.ctx(), account) })
		}
		same(n, "a session", read(n, func(tx hub.Tx) (hub.Session, error) { return tx.Session(n.ctx(), "aa") }), s)
		same(n, "the sessions", of("1"), []hub.Session{later, s})
		n.update(func(tx hub.Tx) error { return tx.PruneSessions(n.ctx(), hour(2), noon) })
		n.refuses(hub.ErrNotFound, "a session that expired", session("aa"))
		same(n, "the sessions left", of("1"), []hub.Session{later})
		n.update(func(tx hub.Tx) error { return tx.DeleteSession(n.ctx(), "bb") })
		n.refuses(hub.ErrNotFound, "a session that ended", session("bb"))

		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertSession(n.ctx(), s), tx.InsertSession(n.ctx(), later), tx.DeleteSessions(n.ctx(), "1"))
		})
		same(n, "the sessions of whom they were ended", of("1"), nil)
	})
}

func TestFailures(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertFailure(n.ctx(), "account:1", noon), tx.InsertFailure(n.ctx(), "account:1", noon),
				tx.InsertFailure(n.ctx(), "account:1", hour(1)), tx.InsertFailure(n.ctx(), "address:::1", hour(1)))
		})
		count := func(since time.Time) int {
			return read(n, func(tx hub.Tx) (int, error) { return tx.Failures(n.ctx(), "account:1", since) })
		}
		same(n, "failures since noon", count(noon), 3)
		same(n, "failures since later", count(hour(1)), 1)
		n.update(func(tx hub.Tx) error { return tx.PruneSessions(n.ctx(), noon, hour(1)) })
		same(n, "failures kept", count(noon), 1)
	})
}

func TestDeedsAndRuns(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			for i := range 5 {
				if err := tx.InsertDeed(n.ctx(), hub.Deed{ID: fmt.Sprint("d", i), At: hour(i / 3), Account: "1", Name: "Éva", Did: "published", Object: fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		deeds := func(p hub.Page) []hub.Deed {
			return read(n, func(tx hub.Tx) ([]hub.Deed, error) { return tx.Deeds(n.ctx(), p) })
		}
		var order string
		page := hub.Page{Limit: 2}
		for ds := deeds(page); len(ds) > 0; ds = deeds(page) {
			for _, d := range ds {
				order += d.Object
				page.After = d.Cursor
			}
		}
		same(n, "the deeds", order, "43210")
		first := deeds(hub.Page{Limit: 1})[0]
		first.Cursor = ""
		same(n, "a deed", first, hub.Deed{ID: "d4", At: hour(1), Account: "1", Name: "Éva", Did: "published", Object: "4"})
		n.update(func(tx hub.Tx) error {
			pruned, err := tx.PruneDeeds(n.ctx(), hour(1))
			same(n, "deeds forgotten", pruned, 3)
			return err
		})

		run := hub.Run{Job: "digests", Started: noon, Finished: hour(1), Error: "no", Next: hour(2)}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.SaveRun(n.ctx(), run), tx.SaveRun(n.ctx(), hub.Run{Job: "alone"}))
		})
		run.Error, run.Finished = "", time.Time{}
		n.update(func(tx hub.Tx) error { return tx.SaveRun(n.ctx(), run) })
		same(n, "the runs", read(n, func(tx hub.Tx) ([]hub.Run, error) { return tx.Runs(n.ctx()) }), []hub.Run{{Job: "alone"}, run})
	})
}
