package hub_test

import (
	"testing"

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

		n.ok(n.Hide(ctx, office(), obj.ID))
		same(n, "feed", n.titles(false), "")
		same(n, "followers get", n.waiting(bo.host()), "Announce Undo Announce Undo")
		n.refuses("passing on what is hidden", n.Boost(ctx, office(), obj.ID), hub.ErrForbidden)
		n.ok(n.Unhide(ctx, office(), obj.ID))
		same(n, "feed", n.titles(false), "Hír")

		own, err := n.Publish(ctx, editor(), news("Saját"))
		n.ok(err)
		n.refuses("passing on an own item", n.Boost(ctx, office(), own.ID), hub.ErrForbidden)
		n.refuses("hiding an own item", n.Hide(ctx, office(), own.ID), hub.ErrForbidden)
		n.refuses("passing on nothing", n.Boost(ctx, office(), "https://third.example/o/1"), hub.ErrNotFound)
		same(n, "deeds", n.deeds(), "boosts_picked boosted unboosted boosted hid unhid published")
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
