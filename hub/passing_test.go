package hub_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// The office passes on what it likes, takes it back, and hides what it does
// not like.
func TestBoosts(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		n.ok(n.SetBoostAll(ctx, office(), false))
		obj := them.article("1", "Hír")
		n.takes(them, create(obj))
		same(n, "what goes on by itself", n.waiting(bo.host()), "")
		_, stands, err := n.Boosted(ctx, obj.ID)
		if stands || err != nil {
			n.t.Errorf("boosted: %t, %v", stands, err)
		}

		n.ok(n.Boost(ctx, office(), obj.ID))
		n.refuses("twice", n.Boost(ctx, office(), obj.ID), hub.ErrConflict)
		same(n, "followers get", n.waiting(bo.host()), "Announce")
		same(n, "the author gets", n.waiting(them.host()), "Announce")
		first := n.outbox()[0]
		if first.Type != "Announce" || first.ObjectID != obj.ID || first.To[0] != vocab.Public || len(first.CC) != 2 || first.CC[1] != photonics {
			n.t.Errorf("%+v", first)
		}

		n.ok(n.Unboost(ctx, office(), obj.ID))
		same(n, "followers get", n.waiting(bo.host()), "Announce Undo")
		n.ok(n.Boost(ctx, office(), obj.ID))
		if again := n.outbox()[0]; again.ID == first.ID {
			n.t.Error("boosted again under the id that was undone")
		}

		n.ok(n.Hide(ctx, office(), obj.ID, "Kétszer szerepel."))
		same(n, "feed", n.titles(false), "")
		same(n, "followers get", n.waiting(bo.host()), "Announce Undo Announce Undo")
		n.refuses("passing on what is hidden", n.Boost(ctx, office(), obj.ID), hub.ErrForbidden)
		n.ok(n.Unhide(ctx, office(), obj.ID))
		same(n, "feed", n.titles(false), "Hír")

		own, err := n.Publish(ctx, editor(), news("Saját"))
		n.ok(err)
		n.refuses("passing on an own item", n.Boost(ctx, office(), own.ID), hub.ErrForbidden)
		n.refuses("hiding an own item", n.Hide(ctx, office(), own.ID, "Csak."), hub.ErrForbidden)
		n.refuses("passing on nothing", n.Boost(ctx, office(), "https://third.example/o/1"), hub.ErrNotFound)
		same(n, "deeds", n.deeds(), "boosts_picked boosted unboosted boosted hid unhid published")
	})
}

// Boosts leave by themselves after their pause, what another process left behind
// within a minute, and what is taken back before never.
func TestKeepPassingOn(t *testing.T) {
	eachInTime(t, func(n *node) {
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		jobs := func() int {
			return len(read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Job, error) {
				return tx.Jobs(ctx, bo.host(), hub.Page{Limit: 10})
			}))
		}
		ctx, stop := context.WithCancel(n.t.Context())
		var passing sync.WaitGroup
		passing.Go(func() { n.ok(n.KeepPassingOn(ctx)) })
		defer passing.Wait()
		defer stop()
		n.takes(them, create(them.article("1", "Hír")))
		n.takes(them, create(them.article("2", "Tévedés")))
		n.takes(them, remove(photonics+"/o/2"))
		same(n, "waits within the pause", jobs(), 0)
		time.Sleep(hub.BoostPause + time.Second)
		same(n, "waits after the pause", jobs(), 1)
		elsewhere := *n
		elsewhere.Hub = open(n.t, n.db, n.net)
		elsewhere.takes(them, create(them.article("3", "Máshol jött")))
		time.Sleep(time.Minute + hub.BoostPause)
		same(n, "waits after a minute", jobs(), 2)
	})
}

// What is passed on before its author's own word comes is passed on once, when
// that comes.
func TestBoostAfterAnAnnounce(t *testing.T) {
	each(t, func(n *node) {
		them, others := n.followed(photonics), n.followed(optics)
		bo := n.follower("https://social.example/users/bo", "assoc")
		obj := them.article("1", "Hír")
		n.net.docs[obj.ID] = them.document(obj)
		n.takes(others, announce(obj.ID))
		n.ok(n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchObject, ID: obj.ID, Actor: optics}))
		same(n, "feed", n.titles(false), "Hír")
		same(n, "followers get", n.waiting(bo.host()), "")
		n.takes(them, create(obj))
		n.takes(them, create(obj))
		same(n, "followers get", n.waiting(bo.host()), "Announce")

		// And once only, when it was passed on before they were followed.
		third := n.other("https://third.example/a/third")
		obj = third.article("1", "Másik")
		n.net.docs[obj.ID] = third.document(obj)
		n.ok(n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchObject, ID: obj.ID, Actor: optics}))
		same(n, "followers get", n.waiting(bo.host()), "Announce Announce")
		n.followed(third.id)
		n.takes(third, create(obj))
		same(n, "followers get", n.waiting(bo.host()), "Announce Announce")
	})
}

// presented are the Announces and Undos that wait for somebody who follows the
// program, with what they are about.
func (n *node) presented() string {
	n.t.Helper()
	c, err := n.Collection(n.t.Context(), hub.Instance, "outbox", "first")
	n.ok(err)
	var ids []string
	for _, raw := range c.Items {
		a, err := vocab.DecodeActivity(raw)
		n.ok(err)
		if a.Type != "Announce" || a.Actor != relay || a.Object != nil || !slices.Equal(a.To, []string{vocab.Public}) ||
			!slices.Contains(a.CC, relay+"/followers") {
			n.t.Errorf("the program's outbox has %s", raw)
		}
		ids = append(ids, a.ObjectID)
	}
	return strings.Join(ids, " ")
}

// An administrator of Mobilizon follows the program: it announces events, own
// and passed on, those to come from before too, each once; and takes back what
// goes.
func TestInstanceIsFollowed(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		const instance, host = "https://mobilizon.example/relay", "mobilizon.example"
		them := n.followed(photonics)
		theirs := func(name string) *vocab.Object {
			obj := them.article(name, "Az övék "+name)
			obj.Type, obj.Event = "Event", &vocab.Event{Start: time.Now().AddDate(0, 0, 9), HideEnd: true}
			return obj
		}
		publish := func(it hub.Item) hub.Item {
			it, err := n.Publish(ctx, editor(), it)
			n.ok(err)
			return it
		}
		early := publish(event("Közelgő", at(9)))
		_, err := n.Publish(ctx, hub.Program("test"), event("Múlt", at(-9)))
		n.ok(err)
		n.takes(them, create(theirs("1")))
		same(n, "before anybody follows", n.presented(), "")

		admin := n.other(instance)
		follow := vocab.Activity{Type: "Follow", ObjectID: relay}
		n.takes(admin, follow)
		same(n, "events to come", n.presented(), photonics+"/o/1 "+early.ID)
		same(n, "what waits for the administrator", n.waiting(host), "Accept Announce Announce")
		n.takes(admin, follow)
		same(n, "after another Follow", n.waiting(host), "Accept Announce Announce")

		publish(news("Hír"))
		late := publish(event("Új esemény", at(12)))
		n.takes(them, create(theirs("2")))
		n.passOn()
		same(n, "after new ones", n.presented(), photonics+"/o/2 "+late.ID+" "+photonics+"/o/1 "+early.ID)
		same(n, "what waits for the administrator", n.waiting(host), "Accept Announce Announce Create Create Announce Announce")
		ids := map[string]bool{}
		for _, a := range n.outbox() {
			ids[a.ID] = true
		}
		c, err := n.Collection(ctx, hub.Instance, "outbox", "")
		n.ok(err)
		same(n, "totalItems", c.TotalItems, 4)
		c, err = n.Collection(ctx, hub.Instance, "followers", "")
		n.ok(err)
		same(n, "followers", c.TotalItems, 1)
		c, err = n.Collection(ctx, hub.Instance, "outbox", "first")
		n.ok(err)
		for _, raw := range c.Items {
			a, err := vocab.DecodeActivity(raw)
			n.ok(err)
			if ids[a.ID] {
				n.t.Errorf("the program and the organisation share the id %s", a.ID)
			}
		}

		when, err := n.Delete(ctx, editor(), late.ID)
		n.ok(err)
		_, err = n.Vanish(ctx, when)
		n.ok(err)
		n.takes(them, remove(photonics+"/o/1"))
		n.ok(n.Hide(ctx, office(), photonics+"/o/2", "Kétszer szerepel."))
		same(n, "when some are gone", n.presented(), early.ID)
		same(n, "what waits for the administrator", n.waiting(host),
			"Accept Announce Announce Create Create Announce Announce Undo Delete Undo Undo")
	})
}
