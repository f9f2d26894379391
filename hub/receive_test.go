package hub_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

func create(obj *vocab.Object) vocab.Activity { return vocab.Activity{Type: "Create", Object: obj} }
func change(obj *vocab.Object, at time.Time) vocab.Activity {
	obj.Updated = at
	return vocab.Activity{Type: "Update", Object: obj}
}
func announce(id string) vocab.Activity { return vocab.Activity{Type: "Announce", ObjectID: id} }
func remove(id string) vocab.Activity   { return vocab.Activity{Type: "Delete", ObjectID: id} }

func TestReceiveFollow(t *testing.T) {
	each(t, func(n *node) {
		bo := n.other("https://social.example/users/bo")
		follow := vocab.Activity{ID: bo.id + "#1", Type: "Follow", ObjectID: self}
		n.takes(bo, follow)
		n.takes(bo, follow)
		follow.ID = bo.id + "#2"
		n.takes(bo, follow)
		count, err := n.CountFollowers(n.t.Context())
		n.ok(err)
		same(n, "followers", count, 1)
		same(n, "answers while one is on its way", n.waiting("social.example"), "Accept")
		n.deliver()
		follow.ID = bo.id + "#3"
		n.takes(bo, follow)
		same(n, "answers to a repeated Follow", n.waiting("social.example"), "Accept")

		jobs := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Job, error) {
			return tx.Jobs(ctx, "social.example", hub.Page{Limit: 9})
		})
		doc, err := n.Document(n.t.Context(), strings.TrimPrefix(jobs[0].What, "Accept "))
		n.ok(err)
		accept, err := vocab.DecodeActivity(doc.JSON)
		if err != nil || accept.Actor != self || accept.Inner == nil || accept.Inner.ID != follow.ID || accept.Inner.Actor != bo.id {
			n.t.Errorf("answer %s, %v", doc.JSON, err)
		}

		follow.ID, follow.ObjectID = bo.id+"#4", "https://assoc.example/a/nobody"
		n.refuses("following nobody", n.sends(bo, follow), federation.ErrNotFound)
		n.refuses("following nobody again", n.sends(bo, follow), federation.ErrNotFound)
	})
}

func TestReceiveFollowOfTheProgram(t *testing.T) {
	each(t, func(n *node) {
		mobilizon := n.other("https://events.example/relay")
		n.takes(mobilizon, vocab.Activity{Type: "Follow", ObjectID: relay})
		for local, want := range map[string]int{"assoc": 0, hub.Instance: 1} {
			c, err := n.Collection(n.t.Context(), local, "followers", "")
			n.ok(err)
			same(n, "followers of "+local, c.TotalItems, want)
		}
		jobs := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Job, error) {
			return tx.Jobs(ctx, "events.example", hub.Page{Limit: 9})
		})
		doc, err := n.Document(n.t.Context(), strings.TrimPrefix(jobs[0].What, "Accept "))
		n.ok(err)
		if a, err := vocab.DecodeActivity(doc.JSON); err != nil || a.Actor != relay {
			n.t.Errorf("answered with %s, %v", doc.JSON, err)
		}
	})
}

func TestReceiveUndo(t *testing.T) {
	tests := []struct {
		name string
		undo vocab.Activity
		left int
	}{
		{"embedded", vocab.Activity{Inner: &vocab.Activity{Type: "Follow", ObjectID: self}}, 0},
		{"by its id", vocab.Activity{ObjectID: photonics + "/follow"}, 0},
		{"by another id", vocab.Activity{ObjectID: photonics + "/like"}, 1},
		{"of another", vocab.Activity{Inner: &vocab.Activity{Type: "Follow", ObjectID: "https://assoc.example/a/nobody"}}, 1},
		{"a like", vocab.Activity{Inner: &vocab.Activity{Type: "Like", ObjectID: self}}, 1},
	}
	each(t, func(n *node) {
		for _, tt := range tests {
			them := n.follower(photonics, "assoc")
			tt.undo.Type = "Undo"
			n.takes(them, tt.undo)
			count, err := n.CountFollowers(n.t.Context())
			n.ok(err)
			same(n, "followers left after an Undo "+tt.name, count, tt.left)
		}
		n.follower(photonics, hub.Instance)
		n.takes(n.other(photonics), vocab.Activity{Type: "Undo", ObjectID: photonics + "/follow"})
		n.takes(n.other(photonics), vocab.Activity{Type: "Undo", ObjectID: photonics + "/follow"})
		c, err := n.Collection(n.t.Context(), hub.Instance, "followers", "")
		n.ok(err)
		same(n, "followers of the program", c.TotalItems, 0)
	})
}

func TestReceiveAnswer(t *testing.T) {
	each(t, func(n *node) {
		them := n.other(photonics)
		state := func() hub.Following {
			return read(n, func(ctx context.Context, tx hub.Tx) (hub.Following, error) {
				return tx.Following(ctx, "assoc", photonics)
			})
		}
		n.takes(them, vocab.Activity{Type: "Accept", ObjectID: "https://assoc.example/x/f"}) // never asked
		n.update(func(tx hub.Tx) error {
			return tx.SaveFollowing(n.t.Context(), hub.Following{Local: "assoc", Actor: photonics, State: hub.Requested, Activity: "https://assoc.example/x/f", Since: time.Now()})
		})
		n.takes(them, vocab.Activity{Type: "Accept", ObjectID: "https://assoc.example/x/earlier"})
		same(n, "after an answer to another", state().State, hub.Requested)
		n.takes(them, create(them.article("1", "Korai")))
		same(n, "feed before the answer", n.titles(false), "Korai")
		for range 2 {
			n.takes(them, vocab.Activity{Type: "Accept", ObjectID: "https://assoc.example/x/f"})
			same(n, "after Accept", state().State, hub.Accepted)
		}
		if s := state(); s.Answered.IsZero() || s.Backfilled.IsZero() {
			n.t.Errorf("%+v", s)
		}
		if got := n.waiting("photonics.example"); strings.Count(got, "outbox") != 1 {
			n.t.Errorf("waiting: %q, want the outbox to be read once", got)
		}
		n.takes(them, vocab.Activity{Type: "Reject", ObjectID: "https://assoc.example/x/f"})
		same(n, "after Reject", state().State, hub.Refused)
		n.takes(them, create(them.article("2", "Elutasítva")))
		same(n, "feed after Reject", n.titles(false), "Korai")
	})
}

func TestReceiveItems(t *testing.T) {
	each(t, func(n *node) {
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		first := create(them.article("1", "Első"))
		first.ID = photonics + "/x/1"
		n.takes(them, first)
		n.takes(them, first)
		n.takes(them, create(first.Object)) // under another id
		same(n, "feed", n.titles(false), "Első")
		same(n, "boosts", n.waiting(bo.host()), "Announce")

		soon := time.Now().Add(time.Minute)
		n.takes(them, change(them.article("1", "Második"), soon))
		n.takes(them, change(them.article("1", "Korábbi"), soon.Add(-time.Hour)))
		n.takes(them, change(them.article("1", "Ugyanakkor"), soon))
		same(n, "feed", n.titles(false), "Második")
		versions := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Version, error) { return tx.Versions(ctx, first.Object.ID) })
		same(n, "versions", len(versions), 1)

		n.takes(them, change(them.article("2", "Frissítésből"), time.Now()))
		same(n, "feed", n.titles(false), "Frissítésből, Második")
		undated := change(them.article("2", "Dátum nélkül"), time.Time{})
		n.takes(them, undated)
		same(n, "feed after an Update without a date", n.titles(false), "Dátum nélkül, Második")
		ps, err := n.Provenance(n.t.Context(), first.Object.ID)
		if err != nil || len(ps) != 1 || ps[0].How != "sent" || ps[0].By.Name != "Ők" {
			n.t.Errorf("provenance %+v, %v", ps, err)
		}
	})
}

func TestReceiveNothing(t *testing.T) {
	each(t, func(n *node) {
		them, stranger := n.followed(photonics), n.other(optics)
		own, err := n.Publish(n.t.Context(), editor(), news("Saját"))
		n.ok(err)
		kept := them.article("kept", "Megtartott")
		n.takes(them, create(kept))

		followersOnly, quiet, forged, reply := them.article("1", "Csak követőknek"), them.article("2", "Nem listázott"), them.article("3", "Idegen"), them.article("4", "Válasz")
		followersOnly.To, followersOnly.CC = []string{photonics + "/followers"}, nil
		quiet.To, quiet.CC = []string{photonics + "/followers"}, []string{vocab.Public}
		forged.AttributedTo = optics
		reply.InReplyTo = "https://social.example/1"
		for _, obj := range []*vocab.Object{followersOnly, quiet, forged, reply, {ID: photonics + "/o/5", Type: "Place", AttributedTo: photonics, To: []string{vocab.Public}}} {
			n.takes(them, create(obj))
		}
		n.takes(stranger, create(stranger.article("1", "Nem követett")))
		takeover := *kept
		takeover.AttributedTo, takeover.Name = optics, vocab.Text{{Value: "Átvett"}}
		n.takes(stranger, change(&takeover, time.Now().Add(time.Hour)))
		n.takes(stranger, remove(own.ID))
		n.takes(stranger, vocab.Activity{Type: "Like", ObjectID: own.ID})
		same(n, "feed", n.titles(false), "Saját, Megtartott")
		same(n, "own items", n.titles(true), "Saját")
		same(n, "reply", n.item(reply.ID).InReplyTo, "https://social.example/1")
	})
}

// A public word in the activity counts for an object that says nothing of it.
func TestReceivePublicActivity(t *testing.T) {
	each(t, func(n *node) {
		them := n.followed(photonics)
		a := create(them.article("1", "Nyilvános"))
		a.Object.To, a.To = nil, []string{vocab.Public}
		n.takes(them, a)
		same(n, "feed", n.titles(false), "Nyilvános")
	})
}

func TestReceiveEventChange(t *testing.T) {
	each(t, func(n *node) {
		them := n.followed(photonics)
		obj := func(start time.Time, status string, at time.Time) *vocab.Object {
			o := them.article("1", "Lézernap")
			o.Type, o.Updated = "Event", at
			o.Event = &vocab.Event{Start: start, Zone: "Europe/Budapest", Status: status, HideEnd: true}
			return o
		}
		start := time.Now().AddDate(0, 0, 9).Truncate(time.Minute)
		n.takes(them, create(obj(start, vocab.EventScheduled, time.Now())))
		n.takes(them, change(obj(start.Add(time.Hour), vocab.EventRescheduled, time.Time{}), time.Now().Add(time.Minute)))
		it := n.item(photonics + "/o/1")
		if it.Change != hub.Moved || it.Changed.IsZero() || !it.Event.PreviousStart.Equal(start) {
			n.t.Errorf("moved: %+v, %+v", it, it.Event)
		}
		n.takes(them, change(obj(start.Add(time.Hour), vocab.EventCancelled, time.Time{}), time.Now().Add(2*time.Minute)))
		same(n, "change", n.item(it.ID).Change, hub.Cancelled)
	})
}

func TestReceiveDelete(t *testing.T) {
	each(t, func(n *node) {
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		early := them.article("1", "Korán törölt")
		n.takes(them, remove(early.ID))
		n.takes(them, create(early))
		n.takes(them, change(early, time.Now().Add(time.Minute)))
		same(n, "feed after a Delete before the Create", n.titles(false), "")
		_, err := n.Entry(n.t.Context(), early.ID)
		n.refuses("its page", err, hub.ErrGone)

		later := them.article("2", "Később törölt")
		n.takes(them, create(later))
		n.passOn()
		n.takes(them, remove(later.ID))
		n.takes(them, remove(later.ID))
		n.takes(them, change(later, time.Now().Add(time.Minute)))
		same(n, "feed after a Delete", n.titles(false), "")
		same(n, "what goes on to followers", n.waiting(bo.host()), "Announce Undo")
		if it := n.item(later.ID); it.State != hub.Deleted || len(it.Texts) > 0 || len(it.Wire) > 0 {
			n.t.Errorf("tombstone %+v", it)
		}

		moderated := them.article("3", "Moderált")
		n.takes(them, create(moderated))
		n.takes(n.other("https://photonics.example/a/moderator"), remove(moderated.ID))
		same(n, "feed after a moderator's Delete", n.titles(false), "")
		n.takes(n.other(optics), remove(optics+"/o/unknown"))
		_, err = n.Entry(n.t.Context(), optics+"/o/unknown")
		n.refuses("what a stranger deleted", err, hub.ErrNotFound)
	})
}

func TestReceiveDeleteOfAnActor(t *testing.T) {
	each(t, func(n *node) {
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		n.follower(photonics, "assoc")
		n.takes(them, create(them.article("1", "Egy")))
		n.takes(them, create(them.article("2", "Kettő")))
		n.passOn()
		n.takes(them, create(them.article("3", "Három"))) // is gone before it leaves
		n.takes(them, remove(photonics))
		same(n, "feed", n.titles(false), "")
		same(n, "what goes on to followers", n.waiting(bo.host()), "Announce Announce Undo Undo")
		followed, err := n.Followed(n.t.Context(), "hu")
		n.ok(err)
		followers, err := n.CountFollowers(n.t.Context())
		n.ok(err)
		same(n, "followed and followers", len(followed)*10+followers, 1)
		n.takes(them, create(them.article("3", "Három")))
		same(n, "feed", n.titles(false), "")
	})
}

func TestReceiveAnnounce(t *testing.T) {
	each(t, func(n *node) {
		them, stranger := n.followed(photonics), n.other(optics)
		own, err := n.Publish(n.t.Context(), editor(), news("Saját"))
		n.ok(err)
		boosts := func() int {
			return read(n, func(ctx context.Context, tx hub.Tx) (int, error) { return tx.CountForeignBoosts(ctx, own.ID) })
		}
		n.takes(stranger, announce(own.ID))
		n.takes(stranger, announce(own.ID))
		same(n, "boosts of an own item", boosts(), 1)
		n.takes(stranger, vocab.Activity{Type: "Announce", Inner: &vocab.Activity{Type: "Like", ObjectID: own.ID}})
		n.takes(them, vocab.Activity{Type: "Announce", Inner: &vocab.Activity{Type: "Like", ObjectID: own.ID}})
		same(n, "boosts of an own item that somebody likes", boosts(), 1)
		n.takes(stranger, vocab.Activity{Type: "Undo", Inner: &vocab.Activity{Type: "Announce", ObjectID: own.ID}})
		same(n, "boosts after Undo", boosts(), 0)

		n.takes(stranger, announce("https://third.example/o/1"))
		n.takes(them, announce("https://assoc.example/o/none"))
		n.takes(them, announce("not an id"))
		same(n, "what a stranger points to", n.waiting("third.example"), "")
		same(n, "what is ours is not fetched", n.waiting("assoc.example"), "")
		n.takes(them, announce("https://third.example/o/1"))
		n.takes(them, vocab.Activity{Type: "Announce", Inner: &vocab.Activity{Type: "Create", ObjectID: "https://third.example/o/2"}})
		n.takes(them, vocab.Activity{Type: "Announce", Inner: &vocab.Activity{Type: "Delete", ObjectID: "https://third.example/o/3"}})
		same(n, "what is fetched", n.waiting("third.example"), "object object")
	})
}

func TestReceiveAnnounceOfTheKnown(t *testing.T) {
	each(t, func(n *node) {
		them, others := n.followed(photonics), n.followed(optics)
		obj := them.article("1", "Hír")
		n.takes(them, create(obj))
		n.takes(others, announce(obj.ID))
		n.takes(others, announce(obj.ID))
		e, err := n.Entry(n.t.Context(), obj.ID)
		if err != nil || len(e.Via) != 1 || e.Via[0].ID != optics {
			n.t.Errorf("via %+v, %v", e.Via, err)
		}
		n.takes(them, remove(obj.ID))
		n.takes(others, announce(obj.ID))
		same(n, "feed", n.titles(false), "")
	})
}

// What is here because somebody passed it on leaves the feed when nobody does any
// more, and comes back when somebody does again.
func TestReceiveUndoOfAnAnnounce(t *testing.T) {
	each(t, func(n *node) {
		them, others, bo := n.followed(photonics), n.followed(optics), n.follower("https://social.example/users/bo", "assoc")
		third := n.other("https://third.example/a/third")
		obj := third.article("1", "Hír")
		n.net.docs[obj.ID] = third.document(obj)
		passes := func(o other, activity string) {
			n.t.Helper()
			a := announce(obj.ID)
			a.ID = activity
			n.takes(o, a)
			n.ok(n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchObject, ID: obj.ID, Actor: o.id, Activity: activity}))
		}
		passes(them, photonics+"/x/1")
		passes(others, optics+"/x/1")
		n.takes(n.other("https://social.example/users/bo"), vocab.Activity{Type: "Undo", ObjectID: photonics + "/x/1"}) // not theirs
		n.takes(them, vocab.Activity{Type: "Undo", ObjectType: "Announce", Inner: &vocab.Activity{Type: "Announce", ObjectID: obj.ID}})
		e, err := n.Entry(n.t.Context(), obj.ID)
		if err != nil || len(e.Via) != 1 || e.Via[0].ID != optics || n.titles(false) != "Hír" {
			n.t.Errorf("after one took it back: via %+v, %v", e.Via, err)
		}
		n.takes(others, vocab.Activity{Type: "Undo", ObjectID: optics + "/x/1"})
		same(n, "feed when both took it back", n.titles(false), "")
		same(n, "what went on to followers", n.waiting(bo.host()), "")
		passes(them, photonics+"/x/2")
		same(n, "feed when it is passed on again", n.titles(false), "Hír")

		direct := them.article("2", "Saját kézből")
		n.takes(them, create(direct))
		n.takes(others, announce(direct.ID))
		n.takes(others, vocab.Activity{Type: "Undo", ObjectType: "Announce", Inner: &vocab.Activity{Type: "Announce", ObjectID: direct.ID}})
		if got := n.titles(false); !strings.Contains(got, "Saját kézből") {
			n.t.Errorf("what its author sent has left the feed: %q", got)
		}
	})
}
