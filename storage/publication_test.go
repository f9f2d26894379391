package storage_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage"
)

// full are items in which every field of their type says something.
func full() []hub.Item {
	when := func(local, zone string, p hub.Precision, at time.Time) hub.When {
		return hub.When{Local: local, Zone: zone, Precision: p, At: at}
	}
	n := hub.Item{
		ID: anna + "/o/n", Type: hub.News, Author: anna, State: hub.Published, URL: "https://anna.example/hu/n",
		Texts: []hub.ItemText{
			{Lang: "uk", Title: "Новина", Teaser: "Коротко", Markdown: "*так*", HTML: "<p>так</p>"},
			{Lang: "en", Title: "News"},
			{Title: "", HTML: "<p>?</p>"},
			{Lang: "hu", Title: "Hír"},
		},
		Published: noon.Add(time.Millisecond), Updated: hour(1), Received: hour(2), Vanishes: hour(3), InReplyTo: berta + "/o/1",
		Feed: noon, Backfilled: true, Changed: hour(4), Change: hub.Moved, Hidden: hour(5), Wire: []byte(`{"id":"\u0000"}`),
	}
	e := n
	e.ID, e.Type = anna+"/o/e", hub.AnEvent
	e.Event = &hub.Event{
		Start:  when("2026-03-29T02:30", "Europe/Budapest", hub.Minute, time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)),
		End:    when("2026-03-30T00:00", "Europe/Budapest", hub.Day, time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC)),
		Status: vocab.EventRescheduled, PreviousStart: noon,
		Place:  vocab.Place{Name: "Ház", Street: "Fő u. 1", PostalCode: "1051", Locality: "Budapest", Region: "HU11", Country: "HU", Latitude: 47.5, Longitude: -19},
		Online: "https://meet.example", RegisterURL: "mailto:a@b.example",
		Organisers: []vocab.Party{{ID: anna, Name: "Anna", URL: "https://anna.example"}, {Name: "Más"}}, Funders: []vocab.Party{{Name: "Alap"}},
		Together: []vocab.Party{{ID: berta, Name: "Berta", Consent: berta + "/x/1"}},
		Series:   vocab.Series{Name: "Sorozat", Edition: 3, Years: 2}, PartOf: anna + "/o/whole",
		Programme: []hub.Slot{{Start: hub.NewWhen(noon, "Europe/Lisbon"), End: hub.NewWhen(hour(1), "Europe/Lisbon"), Title: vocab.Text{{Lang: "hu", Value: "Nyitás"}}, Track: "A",
			Speakers: []vocab.Speaker{{Name: "Kiss Éva", Organisation: "Kft."}, {Name: "Nagy Pál"}}, Place: "Terem", Country: "PT", Online: "https://m.example/", Holder: vocab.Party{ID: berta, Name: "Berta"}}},
	}
	c := n
	c.ID, c.Type = anna+"/o/c", hub.ACall
	c.Call = &hub.Call{
		Purpose: hub.Funding, Matter: "tender", Seeks: vocab.Text{{Lang: "uk", Value: "партнера"}, {Lang: "en", Value: "a partner"}}, Countries: []string{"UA", "HU"},
		Partnerships: []string{"investment"}, Partners: []string{"cluster", "слово"},
		Role: vocab.Text{{Lang: "hu", Value: "mér"}}, Wanted: 2, Regions: []string{"HU31"}, Sectors: []string{"C"}, Keywords: []string{"lézer"},
		Stage: "concept", TRLFrom: 2, TRLTo: 9, Rights: "none", RightsNote: vocab.Text{{Lang: "en", Value: "free"}},
		Programme: vocab.Programme{Name: "H", Call: "1", URL: "https://p.example/"}, CoFunding: 50, Languages: []string{"en"},
		Behalf: hub.Behalf{Name: "N", URL: "https://n.example/", Country: "HU", Kind: "company", Size: "larger"}, Result: "awarded", ResultNote: vocab.Text{{Lang: "hu", Value: "kész"}},
		CutOffs: []hub.When{when("2026-11-15T17:00", "Europe/Brussels", hub.Minute, time.Date(2026, 11, 15, 16, 0, 0, 0, time.UTC))},
		UpTo:    vocab.Money{Amount: "60000", Currency: "EUR"}, Total: vocab.Money{Amount: "2800000.50", Currency: "EUR"},
		Opens:    when("2026-11-01T00:00", "Europe/Brussels", hub.Month, time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC)),
		Deadline: when("2026-12-15T17:00", "Europe/Brussels", hub.Minute, time.Date(2026, 12, 15, 16, 0, 0, 0, time.UTC)),
		ApplyURL: "https://apply.example", Closed: true,
	}
	bare := hub.Item{ID: self + "/o/bare", Type: hub.AnEvent, Author: self, Own: true, State: hub.Draft,
		Texts: []hub.ItemText{{Lang: "hu", Title: "Terv"}}, Event: &hub.Event{}}
	return []hub.Item{n, e, c, bare, {ID: anna + "/o/gone", Type: hub.ACall, Author: anna, State: hub.Deleted, Updated: noon, Received: noon, Deleted: hour(1)}}
}

func TestItemRoundTrip(t *testing.T) {
	each(t, func(n node) {
		items := full()
		n.add(items...)
		for _, it := range items {
			same(n, "item "+it.ID, n.item(it.ID), it)
		}
		// The same again, each changed into what another of its kind was not.
		for _, it := range items[:4] {
			it.Texts, it.Hidden, it.Wire, it.Backfilled = it.Texts[len(it.Texts)-1:], time.Time{}, []byte("{}"), !it.Backfilled
			it.State, it.Feed = hub.Published, hour(9)
			n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), it) })
			same(n, "changed item "+it.ID, n.item(it.ID), it)
		}
	})
}

func TestItemConflicts(t *testing.T) {
	each(t, func(n node) {
		n.add(full()...)
		for _, it := range full() {
			n.refuses(hub.ErrConflict, "another item "+it.ID, func(tx hub.Tx) error { return tx.InsertItem(n.ctx(), it) })
		}
		n.refuses(hub.ErrNotFound, "an item that is not there", func(tx hub.Tx) error { _, err := tx.Item(n.ctx(), "x"); return err })
		n.refuses(hub.ErrNotFound, "changing an item that is not there", func(tx hub.Tx) error {
			return tx.UpdateItem(n.ctx(), news(anna, "x", noon))
		})
	})
}

// A tombstone keeps nothing of what was there, and nothing brings it back.
func TestTombstone(t *testing.T) {
	each(t, func(n node) {
		for _, it := range full()[:4] {
			n.add(it)
			n.update(func(tx hub.Tx) error {
				return tx.InsertVersion(n.ctx(), hub.Version{Item: it.ID, Updated: noon, Title: "Volt", Document: []byte("{}")})
			})
			gone := it
			gone.State, gone.Deleted = hub.Deleted, hour(9)
			n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), gone) })
			same(n, "the tombstone of "+it.ID, n.item(it.ID), hub.Item{ID: it.ID, Type: it.Type, Author: it.Author, Own: it.Own,
				State: hub.Deleted, Updated: it.Updated, Received: it.Received, Deleted: hour(9)})
			same(n, "its versions", read(n, func(tx hub.Tx) ([]hub.Version, error) { return tx.Versions(n.ctx(), it.ID) }), nil)
			n.refuses(hub.ErrConflict, "creating it again", func(tx hub.Tx) error { return tx.InsertItem(n.ctx(), it) })
			n.refuses(hub.ErrConflict, "changing it again", func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), it) })
		}
	})
}

func TestNUL(t *testing.T) {
	each(t, func(n node) {
		it := event(anna, "nul", hour(1), hour(2))
		it.Texts = []hub.ItemText{{Lang: "e\x00n", Title: "a\x00b", HTML: "\x00"}}
		it.Event.Place.Name = "a\x00b"
		n.add(it)
		got := n.item(it.ID)
		same(n, "the title", got.Texts, []hub.ItemText{{Lang: "en", Title: "ab"}})
		same(n, "the place", got.Event.Place.Name, "a\x00b")
	})
}

func TestOwnItems(t *testing.T) {
	each(t, func(n node) {
		for i := range 7 {
			it := own(news(self, fmt.Sprint(i), noon))
			it.Updated, it.Feed = hour(i/2), time.Time{}
			if i == 0 {
				it.Vanishes = hour(1) // an editor sees it go
			}
			n.add(it)
		}
		draft := own(news(self, "d", noon))
		draft.State = hub.Draft
		n.add(draft, news(anna, "a", hour(9)))
		list := func(s hub.ItemState) string {
			return walk(n, 2, func(tx hub.Tx, p hub.Page) ([]hub.Entry, error) { return tx.OwnItems(n.ctx(), s, p) })
		}
		same(n, "published", list(hub.Published), "6 5 4 3 2 1 0")
		same(n, "drafts", list(hub.Draft), "d")
		same(n, "deleted", list(hub.Deleted), "")
		same(n, "the number of them", read(n, func(tx hub.Tx) (int, error) { return tx.CountItems(n.ctx()) }), 7)
	})
}

// walk reads a list page by page and returns the names of what is in it.
func walk(n node, limit int, list func(hub.Tx, hub.Page) ([]hub.Entry, error)) string {
	n.Helper()
	var all []string
	for page := (hub.Page{Limit: limit}); ; {
		entries := read(n, func(tx hub.Tx) ([]hub.Entry, error) { return list(tx, page) })
		if len(entries) > limit {
			n.Fatalf("a page of %d has %d entries", limit, len(entries))
		}
		if len(entries) == 0 {
			return strings.Join(all, " ")
		}
		all = append(all, names(entries))
		page.After = entries[len(entries)-1].Cursor
	}
}

func TestItemsVanishing(t *testing.T) {
	each(t, func(n node) {
		for i, at := range []time.Time{hour(3), {}, hour(1), hour(2)} {
			it := own(news(self, fmt.Sprint(i), noon))
			it.Vanishes = at
			n.add(it)
		}
		got := read(n, func(tx hub.Tx) ([]hub.Item, error) { return tx.ItemsVanishing(n.ctx(), hour(2)) })
		if len(got) != 2 || got[0].ID != self+"/o/2" || got[1].ID != self+"/o/3" || len(got[0].Texts) != 1 {
			n.Errorf("ItemsVanishing = %v, want 2 and 3 with their texts", got)
		}
	})
}

func TestProvenanceAndVersions(t *testing.T) {
	each(t, func(n node) {
		id := anna + "/o/a"
		sent := hub.Provenance{Item: id, Actor: anna, How: "sent", Activity: anna + "/x/1", At: hour(1)}
		boosted := hub.Provenance{Item: id, Actor: berta, How: "boosted", At: noon}
		again := sent
		again.At = hour(5)
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertProvenance(n.ctx(), sent), tx.InsertProvenance(n.ctx(), boosted), tx.InsertProvenance(n.ctx(), again))
		})
		same(n, "how it came here", read(n, func(tx hub.Tx) ([]hub.Provenance, error) { return tx.Provenance(n.ctx(), id) }),
			[]hub.Provenance{boosted, sent})
		for _, by := range []string{id, berta + "/x/2"} {
			n.update(func(tx hub.Tx) error {
				err := tx.InsertProvenance(n.ctx(), hub.Provenance{Item: id, Actor: berta, How: "boosted", Activity: berta + "/x/2", At: noon})
				item, gone := tx.DeleteBoosted(n.ctx(), berta, by)
				same(n, "what is passed on no more", item, id)
				return errors.Join(err, gone)
			})
		}
		n.update(func(tx hub.Tx) error {
			if _, err := tx.DeleteBoosted(n.ctx(), anna, id); !errors.Is(err, hub.ErrNotFound) {
				n.Errorf("what its author sent is taken for passed on: %v", err)
			}
			return nil
		})

		old := hub.Version{Item: id, Updated: noon, Title: "Régi", Document: []byte(`{"a":1}`)}
		newer := hub.Version{Item: id, Updated: hour(1), Document: []byte(`{}`)}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertVersion(n.ctx(), old), tx.InsertVersion(n.ctx(), newer), tx.InsertVersion(n.ctx(), old))
		})
		same(n, "its versions", read(n, func(tx hub.Tx) ([]hub.Version, error) { return tx.Versions(n.ctx(), id) }), []hub.Version{newer, old})
	})
}

func TestReceived(t *testing.T) {
	each(t, func(n node) {
		insert := func(id string, at time.Time) (isNew bool) {
			n.update(func(tx hub.Tx) (err error) {
				isNew, err = tx.InsertReceived(n.ctx(), hub.Received{ID: id, Type: "Create", Actor: anna, At: at, Body: []byte("{}")})
				return err
			})
			return isNew
		}
		if !insert("1", noon) || insert("1", hour(1)) || !insert("2", hour(1)) {
			n.Error("an activity is new the first time only")
		}
		n.update(func(tx hub.Tx) error {
			pruned, err := tx.PruneReceived(n.ctx(), hour(1))
			same(n, "activities forgotten", pruned, 1)
			return err
		})
		if !insert("1", hour(2)) || insert("2", hour(2)) {
			n.Error("what came before is forgotten, what came then is not")
		}
	})
}

func TestForgetActor(t *testing.T) {
	each(t, func(n node) {
		items := full()[:3]
		other := news(berta, "b", noon)
		n.add(append(items, other)...)
		n.save(anna, "Anna")
		n.save(berta, "Berta")
		follows := func(actor string) func(tx hub.Tx) error {
			return func(tx hub.Tx) error {
				_, err := tx.InsertForeignBoost(n.ctx(), actor, self+"/o/1", "x", noon)
				return errors.Join(err, tx.SaveFollowing(n.ctx(), hub.Following{Local: "here", Actor: actor}),
					tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: actor}),
					tx.InsertVersion(n.ctx(), hub.Version{Item: actor + "/o/n", Document: []byte("{}")}))
			}
		}
		n.update(follows(anna))
		n.update(follows(berta))
		same(n, "the number of her items", len(read(n, func(tx hub.Tx) ([]string, error) { return tx.ItemsOf(n.ctx(), anna) })), 3)

		n.update(func(tx hub.Tx) error { return tx.ForgetActor(n.ctx(), anna, hour(9)) })
		for _, it := range items {
			same(n, "her item", n.item(it.ID), hub.Item{ID: it.ID, Type: it.Type, Author: anna, State: hub.Deleted,
				Updated: it.Updated, Received: it.Received, Deleted: hour(9)})
			n.refuses(hub.ErrConflict, "her item again", func(tx hub.Tx) error { return tx.InsertItem(n.ctx(), it) })
		}
		kept := 0
		err := n.db.Read(n.ctx(), func(tx *storage.Tx) (err error) {
			kept, err = tx.Count(n.ctx(), `SELECT COUNT(*) FROM item WHERE author = $1 AND (part_of <> '' OR series <> '' OR detail <> '')`, anna)
			return err
		})
		same(n, "the error", err, nil)
		same(n, "rows that keep what her items were about", kept, 0)
		same(n, "another's item", n.item(other.ID), other)
		same(n, "her items", read(n, func(tx hub.Tx) ([]string, error) { return tx.ItemsOf(n.ctx(), anna) }), nil)
		same(n, "her versions", read(n, func(tx hub.Tx) ([]hub.Version, error) { return tx.Versions(n.ctx(), anna+"/o/n") }), nil)
		a, err := n.db.RemoteActor(n.ctx(), anna)
		same(n, "what is left of her", a, federation.RemoteActor{Actor: vocab.Actor{ID: anna}, Fetched: hour(9), Gone: true})
		same(n, "the error", err, nil)
		same(n, "the profiles", read(n, func(tx hub.Tx) ([]hub.Profile, error) { return tx.Profiles(n.ctx(), []string{anna}) }),
			[]hub.Profile{{ID: anna, Name: anna, URL: anna}})
		owner, err := n.db.KeyOwner(n.ctx(), anna+"#main-key")
		if owner != anna || err != nil {
			n.Errorf("her key is %q's, %v; want it to be known as hers still", owner, err)
		}
		same(n, "followers left", read(n, func(tx hub.Tx) (int, error) { return tx.CountFollowers(n.ctx(), "here") }), 1)
		same(n, "followings left", len(read(n, func(tx hub.Tx) ([]hub.Following, error) { return tx.Followings(n.ctx(), "here") })), 1)
		same(n, "boosts left", read(n, func(tx hub.Tx) (int, error) { return tx.CountForeignBoosts(n.ctx(), self+"/o/1") }), 1)
	})
}

func TestFollowing(t *testing.T) {
	each(t, func(n node) {
		f := hub.Following{Local: "here", Actor: berta, State: hub.Requested, Activity: "x/1", Since: noon}
		g := hub.Following{Local: "here", Actor: anna, State: hub.Refused, Activity: "x/2", Since: noon, Answered: hour(1), Backfilled: hour(2)}
		n.update(func(tx hub.Tx) error { return errors.Join(tx.SaveFollowing(n.ctx(), f), tx.SaveFollowing(n.ctx(), g)) })
		f.State, f.Activity, f.Answered = hub.Accepted, "x/3", hour(3)
		n.update(func(tx hub.Tx) error { return tx.SaveFollowing(n.ctx(), f) })
		same(n, "one", read(n, func(tx hub.Tx) (hub.Following, error) { return tx.Following(n.ctx(), "here", berta) }), f)
		same(n, "all", read(n, func(tx hub.Tx) ([]hub.Following, error) { return tx.Followings(n.ctx(), "here") }), []hub.Following{g, f})
		n.refuses(hub.ErrNotFound, "another local actor's", func(tx hub.Tx) error { _, err := tx.Following(n.ctx(), "relay", berta); return err })
		n.update(func(tx hub.Tx) error { return tx.DeleteFollowing(n.ctx(), "here", berta) })
		n.refuses(hub.ErrNotFound, "one that ended", func(tx hub.Tx) error { _, err := tx.Following(n.ctx(), "here", berta); return err })
	})
}

func TestFollowers(t *testing.T) {
	each(t, func(n node) {
		follower := func(local, name, shared string) hub.Follower {
			id := "https://" + name
			return hub.Follower{Local: local, Actor: id, Inbox: id + "/in", SharedInbox: shared, Activity: id + "/x", Since: noon}
		}
		all := []hub.Follower{
			follower("here", "a.example/1", "https://a.example/in"), follower("here", "a.example/2", "https://a.example/in"),
			follower("here", "b.example/1", ""), follower("here", "c.example/1", "https://c.example/in"), follower("here", "c.example/2", ""),
		}
		n.update(func(tx hub.Tx) error {
			for _, f := range append(all, follower("relay", "b.example/1", ""), follower("relay", "d.example/1", "")) {
				if err := tx.SaveFollower(n.ctx(), f); err != nil {
					return err
				}
			}
			return nil
		})
		var got []hub.Follower
		for page := (hub.Page{Limit: 2}); ; page.After = got[len(got)-1].Actor {
			part := read(n, func(tx hub.Tx) ([]hub.Follower, error) { return tx.Followers(n.ctx(), "here", page) })
			if len(part) == 0 {
				break
			}
			got = append(got, part...)
		}
		same(n, "the followers", got, all)
		inboxes := func(locals ...string) []string {
			return read(n, func(tx hub.Tx) ([]string, error) { return tx.FollowerInboxes(n.ctx(), locals...) })
		}
		same(n, "the inboxes", inboxes("here", "relay"), []string{"https://a.example/in", "https://b.example/1/in",
			"https://c.example/2/in", "https://c.example/in", "https://d.example/1/in"})
		same(n, "the inboxes of one", inboxes("relay"), []string{"https://b.example/1/in", "https://d.example/1/in"})
		n.update(func(tx hub.Tx) error {
			// One is a shared inbox, the other is that of somebody reached through one.
			a, err := tx.DropInbox(n.ctx(), "https://a.example/in")
			c, err2 := tx.DropInbox(n.ctx(), "https://c.example/1/in")
			same(n, "followers dropped", []int{a, c}, []int{2, 1})
			return errors.Join(err, err2)
		})
		changed := all[2]
		changed.SharedInbox, changed.Activity = "https://b.example/in", "x/9"
		n.update(func(tx hub.Tx) error { return tx.SaveFollower(n.ctx(), changed) })
		same(n, "a follower changed", read(n, func(tx hub.Tx) (hub.Follower, error) { return tx.Follower(n.ctx(), "here", changed.Actor) }), changed)
		same(n, "the inboxes left", inboxes("here"), []string{"https://b.example/in", "https://c.example/2/in"})
		n.update(func(tx hub.Tx) error { return tx.DeleteFollower(n.ctx(), "here", changed.Actor) })
		n.refuses(hub.ErrNotFound, "one that follows no more", func(tx hub.Tx) error { _, err := tx.Follower(n.ctx(), "here", changed.Actor); return err })
		same(n, "their number", read(n, func(tx hub.Tx) (int, error) { return tx.CountFollowers(n.ctx(), "here") }), 1)
	})
}

func TestBoosts(t *testing.T) {
	each(t, func(n node) {
		b := hub.Boost{Local: "here", Object: anna + "/o/1", Activity: "x/1", At: noon, Held: hour(1), Domain: "example", Host: "anna.example"}
		c := hub.Boost{Local: "here", Object: berta + "/o/1", Activity: "x/2", At: noon, Held: hour(2), Domain: "example", Host: "berta.example"}
		d := hub.Boost{Local: "here", Object: berta + "/o/2", Activity: "x/3", At: noon, Host: "berta.example"}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertBoost(n.ctx(), b), tx.InsertBoost(n.ctx(), c), tx.InsertBoost(n.ctx(), d))
		})
		n.refuses(hub.ErrConflict, "the same boost", func(tx hub.Tx) error { return tx.InsertBoost(n.ctx(), b) })
		d.Undone, d.Activity = hour(5), "x/4"
		n.update(func(tx hub.Tx) error { return tx.UpdateBoost(n.ctx(), d) })
		for _, want := range []hub.Boost{b, c, d} {
			same(n, "a boost", read(n, func(tx hub.Tx) (hub.Boost, error) { return tx.Boost(n.ctx(), "here", want.Object) }), want)
		}
		n.refuses(hub.ErrNotFound, "no boost", func(tx hub.Tx) error { _, err := tx.Boost(n.ctx(), "here", "x"); return err })
		n.refuses(hub.ErrNotFound, "changing no boost", func(tx hub.Tx) error { return tx.UpdateBoost(n.ctx(), hub.Boost{Local: "here", Object: "x"}) })
		for host, want := range map[string]bool{"berta.example": true, "x.example": false} {
			same(n, host, read(n, func(tx hub.Tx) (bool, error) {
				h, err := tx.HeldBoosts(n.ctx(), host, "", noon)
				return h.Known, err
			}), want)
		}
		held := func(domain string, after time.Time) string {
			return read(n, func(tx hub.Tx) (string, error) {
				h, err := tx.HeldBoosts(n.ctx(), "x.example", domain, after)
				return fmt.Sprint(h.Count, " until ", h.Last.Format("15h")), err
			})
		}
		same(n, "held after noon", held("example", noon), "2 until 14h")
		same(n, "held after one", held("example", hour(1)), "1 until 14h")
		same(n, "held for nobody", held("", noon.Add(-hour(1).Sub(noon))), "0 until 00h")
	})
}

func TestForeignBoosts(t *testing.T) {
	each(t, func(n node) {
		insert := func() (isNew bool) {
			n.update(func(tx hub.Tx) (err error) {
				isNew, err = tx.InsertForeignBoost(n.ctx(), anna, self+"/o/1", "x", noon)
				return err
			})
			return isNew
		}
		count := func() int {
			return read(n, func(tx hub.Tx) (int, error) { return tx.CountForeignBoosts(n.ctx(), self+"/o/1") })
		}
		if !insert() || insert() || count() != 1 {
			n.Error("a boost counts once")
		}
		n.update(func(tx hub.Tx) error { return tx.DeleteForeignBoost(n.ctx(), anna, self+"/o/1") })
		if count() != 0 || !insert() {
			n.Error("a boost that was taken back counts again")
		}
	})
}

// Of many who insert the same at once, one is told that it did.
func TestOneWins(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error { return tx.SaveDigest(n.ctx(), hub.Digest{ID: "d"}) })
		for what, insert := range map[string]func(tx hub.Tx, i int) error{
			"an issue": func(tx hub.Tx, i int) error {
				return tx.InsertIssue(n.ctx(), hub.Issue{ID: fmt.Sprint(i), Digest: "d", Due: noon, State: hub.IssueSent, Sent: noon,
					Entries: []hub.IssueEntry{{Item: "x", Section: hub.SectionNews}}})
			},
			"an item": func(tx hub.Tx, _ int) error { return tx.InsertItem(n.ctx(), news(anna, "a", noon)) },
			"an account": func(tx hub.Tx, i int) error {
				return tx.InsertAccount(n.ctx(), hub.Account{ID: fmt.Sprint(i), Name: "a"})
			},
			"a boost": func(tx hub.Tx, _ int) error {
				return tx.InsertBoost(n.ctx(), hub.Boost{Local: "here", Object: "x", At: noon})
			},
		} {
			var wg sync.WaitGroup
			errs := make([]error, 20)
			for i := range errs {
				wg.Go(func() { errs[i] = n.db.Update(n.ctx(), func(tx hub.Tx) error { return insert(tx, i) }) })
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if !errors.Is(err, hub.ErrConflict) {
					n.Errorf("%s: %v", what, err)
				}
			}
			if won != 1 {
				n.Errorf("%d of 20 inserted %s, want 1", won, what)
			}
		}
	})
}

// An id may be as long as vocab lets it be, in every index that it stands in.
func TestLongIDs(t *testing.T) {
	each(t, func(n node) {
		long := func(host string) string {
			id := "https://" + host + ".example/"
			for len(id) < 1000 {
				id += rand.Text() // nothing that could be compressed
			}
			return id[:1000]
		}
		author := long("a")
		for _, it := range []hub.Item{event(author, "", hour(1), hour(24*60)), call(author, "", hour(1)), own(news(author, "", noon))} {
			it.ID, it.Changed, it.Vanishes, it.InReplyTo = long("b"), noon, time.Time{}, ""
			n.add(it)
			n.update(func(tx hub.Tx) error {
				_, err := tx.InsertForeignBoost(n.ctx(), author, it.ID, long("c"), noon)
				return errors.Join(err, tx.InsertProvenance(n.ctx(), hub.Provenance{Item: it.ID, Actor: author, How: "boosted"}),
					tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: it.ID, Inbox: long("d"), SharedInbox: long("d")}),
					tx.InsertBoost(n.ctx(), hub.Boost{Local: "here", Object: it.ID, At: noon}),
					tx.InsertIssue(n.ctx(), hub.Issue{ID: it.ID[900:], Digest: it.ID[990:], Due: noon, Entries: []hub.IssueEntry{{Item: it.ID}}}),
					send(n.ctx(), tx, sent(long("e"), "Create", it.ID, noon), long("f")))
			})
			n.item(it.ID)
		}
	})
}
