package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/hub"
	"pergola/storage"
)

// populate keeps items of two authors and our own, and all that belongs into no
// list.
func populate(n node) {
	n.Helper()
	for i := range 6 {
		author := []string{anna, berta}[i%2]
		n.add(news(author, fmt.Sprint("n", i), hour(i/2)), own(news(self, fmt.Sprint("o", i), hour(i))))
	}
	// By when they start: e1 is going on since long ago, e2 since lately.
	n.add(
		event(anna, "e1", hour(-24*200), hour(24)), event(berta, "e2", hour(-10), hour(1)),
		event(anna, "e3", hour(2), time.Time{}), event(berta, "e4", hour(2), hour(24*40)), own(event(self, "e5", hour(3), hour(4))),
		event(anna, "over1", hour(-24*200), hour(-24*150)), event(anna, "over2", hour(-10), noon), event(anna, "over3", hour(-36), time.Time{}),
	)
	n.add(
		call(anna, "c1", noon), call(berta, "c2", hour(24)), own(call(self, "c3", hour(48))), call(anna, "c4", time.Time{}),
		call(anna, "past", hour(-1)),
	)
	closed := call(anna, "closed", hour(5))
	closed.Call.Closed = true
	n.add(closed)
	for i, spoil := range []func(*hub.Item){
		func(it *hub.Item) { it.Hidden = noon },
		func(it *hub.Item) { it.Vanishes = noon },
		func(it *hub.Item) { it.InReplyTo = anna + "/o/n0" },
		func(it *hub.Item) { it.State = hub.Draft },
		func(it *hub.Item) { it.State, it.Deleted = hub.Deleted, noon },
	} {
		for j, it := range []hub.Item{news(anna, "", hour(9)), event(anna, "", hour(1), hour(2)), call(anna, "", hour(3)), own(news(self, "", hour(9)))} {
			it.ID += fmt.Sprint("x", i, j)
			spoil(&it)
			n.add(it)
		}
	}
	apart := news(anna, "apart", hour(9))
	apart.Feed = time.Time{}
	ours := own(news(self, "ours", hour(8)))
	ours.Feed = time.Time{}
	n.add(apart, ours)
}

func TestFeed(t *testing.T) {
	each(t, func(n node) {
		populate(n)
		for _, c := range []struct {
			filter hub.FeedFilter
			want   string
		}{
			{hub.FeedFilter{Type: hub.News}, "o5 o4 o3 o2 n5 n4 o1 n3 n2 o0 n1 n0"},
			{hub.FeedFilter{Type: hub.News, Author: berta}, "n5 n3 n1"},
			{hub.FeedFilter{Author: berta}, "n5 n3 n1 e4 e2 c2"},
			{hub.FeedFilter{Author: berta, Type: hub.ACall}, "c2"},
			{hub.FeedFilter{Own: true}, "ours o5 o4 o3 o2 o1 o0 e5 c3"},
			{hub.FeedFilter{Own: true, Type: hub.ACall}, "c3"},
			{hub.FeedFilter{Own: true, Author: anna}, ""},
			{hub.FeedFilter{Own: true, Author: self, Type: hub.AnEvent}, "e5"},
			{hub.FeedFilter{Type: hub.ADigest}, ""},
			{hub.FeedFilter{}, "o5 o4 o3 o2 n5 n4 o1 n3 n2 o0 e5 c3 n1 e4 e2 c2 past over3 over2 over1 n0 e3 e1 closed c4 c1"},
		} {
			for _, limit := range []int{1, 2, 200} {
				got := walk(n, limit, func(tx hub.Tx, p hub.Page) ([]hub.Entry, error) { return tx.Feed(n.ctx(), c.filter, p) })
				same(n, fmt.Sprintf("Feed(%+v) by %d", c.filter, limit), got, c.want)
			}
		}
	})
}

func TestComingEvents(t *testing.T) {
	each(t, func(n node) {
		populate(n)
		for _, c := range []struct {
			filter hub.FeedFilter
			from   time.Time
			want   string
		}{
			{hub.FeedFilter{}, noon, "e1 e2 e3 e4 e5"},
			{hub.FeedFilter{Type: hub.News}, hour(1), "e1 e3 e4 e5"},
			{hub.FeedFilter{}, hour(12), "e1 e4"}, // e3 has no end: it is over with its day in Budapest
			{hub.FeedFilter{}, hour(24 * 30), "e4"},
			{hub.FeedFilter{Author: berta}, noon, "e2 e4"},
			{hub.FeedFilter{Own: true}, noon, "e5"},
			{hub.FeedFilter{Own: true}, hour(4), ""},
		} {
			for _, limit := range []int{1, 2, 200} {
				got := walk(n, limit, func(tx hub.Tx, p hub.Page) ([]hub.Entry, error) { return tx.ComingEvents(n.ctx(), c.filter, c.from, p) })
				same(n, fmt.Sprintf("ComingEvents(%+v, %s) by %d", c.filter, c.from, limit), got, c.want)
			}
		}
	})
}

func TestOpenCalls(t *testing.T) {
	each(t, func(n node) {
		populate(n)
		for _, c := range []struct {
			filter hub.FeedFilter
			from   time.Time
			want   string
		}{
			{hub.FeedFilter{}, noon, "c1 c2 c3 c4"},
			{hub.FeedFilter{}, hour(1), "c2 c3 c4"},
			{hub.FeedFilter{}, hour(24 * 1000), "c4"},
			{hub.FeedFilter{Author: anna}, noon, "c1 c4"},
			{hub.FeedFilter{Own: true}, noon, "c3"},
		} {
			for _, limit := range []int{1, 2, 200} {
				got := walk(n, limit, func(tx hub.Tx, p hub.Page) ([]hub.Entry, error) { return tx.OpenCalls(n.ctx(), c.filter, c.from, p) })
				same(n, fmt.Sprintf("OpenCalls(%+v, %s) by %d", c.filter, c.from, limit), got, c.want)
			}
		}
	})
}

// An item moves between lists when it changes.
func TestListsFollowChanges(t *testing.T) {
	each(t, func(n node) {
		it := event(anna, "e", hour(1), hour(2))
		n.add(it)
		lists := func() string {
			return read(n, func(tx hub.Tx) (string, error) {
				f, err := tx.Feed(n.ctx(), hub.FeedFilter{}, hub.Page{Limit: 9})
				if err != nil {
					return "", err
				}
				e, err := tx.ComingEvents(n.ctx(), hub.FeedFilter{}, noon, hub.Page{Limit: 9})
				return fmt.Sprint(len(f), len(e)), err
			})
		}
		same(n, "in both", lists(), "1 1")
		for _, c := range []struct {
			change func()
			want   string
		}{
			{func() { it.Hidden = noon }, "0 0"},
			{func() { it.Hidden = time.Time{} }, "1 1"},
			{func() { it.Event.Start, it.Event.End = hub.NewWhen(hour(-2), "UTC"), hub.NewWhen(hour(-1), "UTC") }, "1 0"},
			{func() { it.Event.End = hub.NewWhen(hour(1), "UTC") }, "1 1"},
			{func() { it.Feed = time.Time{} }, "0 0"},
			{func() { it.Feed = noon; it.Type, it.Event = hub.News, nil }, "1 0"},
		} {
			c.change()
			n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), it) })
			same(n, "after a change", lists(), c.want)
		}
	})
}

func TestBadCursor(t *testing.T) {
	each(t, func(n node) {
		populate(n)
		for _, after := range []string{"x", "1", "1e9.a", ".", "99999999999999999999999.a", "-.\xff", string(make([]byte, 5000)), "12.\x00"} {
			for _, limit := range []int{-1, 0, 1, 1 << 30} {
				p := hub.Page{After: after, Limit: limit}
				err := n.db.View(n.ctx(), func(tx hub.Tx) error {
					_, err := tx.Feed(n.ctx(), hub.FeedFilter{}, p)
					if err != nil {
						return err
					}
					if _, err = tx.ComingEvents(n.ctx(), hub.FeedFilter{}, noon, p); err != nil {
						return err
					}
					if _, err = tx.OpenCalls(n.ctx(), hub.FeedFilter{}, noon, p); err != nil {
						return err
					}
					if _, err = tx.Issues(n.ctx(), "", p); err != nil {
						return err
					}
					if _, err = tx.Outbox(n.ctx(), "here", p); err != nil {
						return err
					}
					if _, err = tx.Followers(n.ctx(), "here", p); err != nil {
						return err
					}
					if _, err = tx.Lanes(n.ctx(), p); err != nil {
						return err
					}
					if _, err = tx.Jobs(n.ctx(), "x", p); err != nil {
						return err
					}
					_, err = tx.Deeds(n.ctx(), p)
					return err
				})
				if err != nil {
					n.Errorf("a page after %.20q by %d: %v", after, limit, err)
				}
			}
		}
		first := read(n, func(tx hub.Tx) ([]hub.Entry, error) {
			return tx.Feed(n.ctx(), hub.FeedFilter{}, hub.Page{After: "x", Limit: 1})
		})
		same(n, "after a cursor that cannot be read", names(first), "o5")
	})
}

// An entry has the author's profile and those of who passed it on.
func TestEntry(t *testing.T) {
	each(t, func(n node) {
		n.save(anna, "Anna")
		n.save(berta, "Berta")
		items := full()
		items = append(items, news(anna, "a", noon), own(news(self, "o", noon)), news("https://x.example/a/x", "x", noon))
		n.add(items...)
		n.update(func(tx hub.Tx) error {
			for i, actor := range []string{self, berta, anna} {
				if err := tx.InsertProvenance(n.ctx(), hub.Provenance{Item: anna + "/o/a", Actor: actor, How: "boosted", At: hour(-i)}); err != nil {
					return err
				}
			}
			return tx.InsertProvenance(n.ctx(), hub.Provenance{Item: anna + "/o/a", Actor: anna, How: "sent", At: hour(-9)})
		})
		profile := func(id, name string) hub.Profile {
			return hub.Profile{ID: id, Handle: "@o@" + id[len("https://"):len(id)-len("/a/")-len(name)], Name: name, URL: id, Type: "Organization"}
		}
		a, b := profile(anna, "Anna"), profile(berta, "Berta")
		unknown := func(id string) hub.Profile { return hub.Profile{ID: id, Name: id, URL: id} }
		for _, it := range items {
			want := hub.Entry{Item: it, By: a}
			want.Wire = nil
			switch it.ID {
			case anna + "/o/a":
				want.Via = []hub.Profile{a, b, unknown(self)}
			case self + "/o/o", self + "/o/bare", "https://x.example/a/x/o/x":
				want.By = unknown(it.Author)
			}
			got := read(n, func(tx hub.Tx) (hub.Entry, error) { return tx.Entry(n.ctx(), it.ID) })
			same(n, "entry "+it.ID, got, want)
		}
		n.refuses(hub.ErrNotFound, "an entry that is not there", func(tx hub.Tx) error { _, err := tx.Entry(n.ctx(), "x"); return err })
		feed := read(n, func(tx hub.Tx) ([]hub.Entry, error) {
			return tx.Feed(n.ctx(), hub.FeedFilter{Author: anna}, hub.Page{Limit: 9})
		})
		if len(feed) != 1 || cmp.Diff(feed[0].Texts, items[5].Texts) != "" || len(feed[0].Via) != 3 || feed[0].By.Name != "Anna" {
			n.Errorf("Feed = %+v, want one entry as Entry gives it", feed)
		}
	})
}

// Whatever a link carries is a place or the beginning.
func FuzzCursor(f *testing.F) {
	for _, after := range []string{"", ".", "1.x", "-1.https://a.example/o/1.2", "9223372036854775808.x", "1e3.x", "1.\xff\x00"} {
		f.Add(after)
	}
	const beginning = 42
	f.Fuzz(func(t *testing.T, after string) {
		at, id := storage.PlaceAfter(after, beginning)
		if at == beginning && id == "" {
			return
		}
		if again, same := storage.PlaceAfter(storage.Cursor(at, id), beginning); again != at || same != id {
			t.Errorf("place %d %q became %d %q", at, id, again, same)
		}
	})
}
