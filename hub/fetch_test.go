package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

func TestFetchObject(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.followed(optics)
		third := n.other("https://third.example/a/third")
		obj, forged, quiet := third.article("1", "Hír"), third.article("2", "Hamis"), third.article("3", "Nem nyilvános")
		forged.AttributedTo = photonics
		quiet.To = []string{third.id + "/followers"}
		for _, o := range []*vocab.Object{obj, forged, quiet} {
			n.net.docs[o.ID] = third.document(o)
		}
		fetch := func(id, announcer string) error {
			return n.Fetch(ctx, hub.Fetch{Kind: hub.FetchObject, ID: id, Actor: announcer, Activity: announcer + "/x/1"})
		}
		n.ok(fetch(obj.ID, photonics)) // whom nobody follows any more
		same(n, "feed", n.titles(false), "")
		n.net.asked = nil
		n.ok(fetch(obj.ID, optics))
		n.ok(fetch(obj.ID, optics))
		same(n, "feed", n.titles(false), "Hír")
		e, err := n.Entry(ctx, obj.ID)
		n.ok(err)
		if len(e.Via) != 1 || e.Via[0].ID != optics || e.By.ID != third.id || time.Since(e.Feed) > time.Minute {
			n.t.Errorf("%+v by %+v via %+v", e.Item, e.By, e.Via)
		}
		n.ok(fetch(obj.ID, n.followed("https://fourth.example/a/fourth").id))
		e, err = n.Entry(ctx, obj.ID)
		n.ok(err)
		same(n, "who passed it on", len(e.Via), 2)
		same(n, "how often it was read", strings.Count(strings.Join(n.net.asked, " "), obj.ID), 1)
		n.refuses("what is another host's", fetch(forged.ID, optics), federation.ErrForbidden)
		n.refuses("what is not public", fetch(quiet.ID, optics), federation.ErrMalformed)
		n.refuses("what is not there", fetch(third.id+"/o/4", optics), federation.ErrNotFound)
		n.refuses("another kind", n.Fetch(ctx, hub.Fetch{Kind: "actor"}), federation.ErrMalformed)
		same(n, "feed", n.titles(false), "Hír")
	})
}

// Somebody passes something on and takes that back before it was read.
func TestUndoBeforeTheObjectIsRead(t *testing.T) {
	each(t, func(n *node) {
		them, third := n.followed(optics), n.other("https://third.example/a/third")
		obj := third.article("1", "Hír")
		n.net.docs[obj.ID] = third.document(obj)
		announce := vocab.Activity{Type: "Announce", ID: optics + "/x/boost", ObjectID: obj.ID}
		n.takes(them, announce)
		n.takes(them, vocab.Activity{Type: "Undo", ObjectID: announce.ID})
		fetch := func(activity string) {
			n.ok(n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchObject, ID: obj.ID, Actor: optics, Activity: activity}))
		}
		n.net.asked = nil
		fetch(announce.ID)
		same(n, "feed", n.titles(false), "")
		same(n, "what was read", len(n.net.asked), 0)
		again := optics + "/x/again"
		n.takes(them, vocab.Activity{Type: "Announce", ID: again, ObjectID: obj.ID})
		fetch(again)
		fetch(announce.ID)
		same(n, "feed after another Announce", n.titles(false), "Hír")
		e, err := n.Entry(n.t.Context(), obj.ID)
		n.ok(err)
		same(n, "who passes it on", len(e.Via), 1)
		n.takes(them, vocab.Activity{Type: "Undo", ObjectID: again})
		same(n, "feed after its Undo", n.titles(false), "")
	})
}

// What is too long for an activity is published by its id: it is fetched, and is
// as new as if it had come along.
func TestFetchSent(t *testing.T) {
	each(t, func(n *node) {
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		obj := them.article("1", "Hosszú")
		publish := func(o *vocab.Object) { n.net.docs[o.ID] = them.document(o) }
		bare := func(typ string) vocab.Activity { return vocab.Activity{Type: typ, ObjectID: obj.ID, To: obj.To} }
		publish(obj)
		n.takes(n.other(optics), vocab.Activity{Type: "Create", ObjectID: optics + "/o/1"}) // whom nobody follows
		n.takes(them, vocab.Activity{Type: "Create", ObjectID: optics + "/o/2"})            // another's
		n.takes(them, bare("Create"))
		same(n, "what is to be read there", n.waiting("photonics.example"), "sent")
		same(n, "what is to be read elsewhere", n.waiting("optics.example"), "")
		fetch := func() error {
			return n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchSent, ID: obj.ID, Actor: photonics, Activity: photonics + "/x/1"})
		}
		n.ok(fetch())
		n.ok(fetch())
		same(n, "feed", n.titles(false), "Hosszú")
		same(n, "followers get", n.waiting(bo.host()), "Announce")

		obj.Name[0].Value, obj.Updated = "Még hosszabb", time.Now()
		publish(obj)
		n.takes(them, bare("Update"))
		n.ok(fetch())
		same(n, "feed", n.titles(false), "Még hosszabb")
		liar := n.followed("https://third.example/a/third")
		n.refuses("what is not the sender's", n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchSent, ID: obj.ID, Actor: liar.id}), federation.ErrForbidden)
	})
}

// pages puts an outbox at photonics, one list of objects per page, and returns
// its address.
func (n *node) pages(pages ...[]*vocab.Object) string {
	outbox := photonics + "/outbox"
	n.net.docs[outbox] = string(raw(map[string]any{"id": outbox, "type": "OrderedCollection", "first": outbox + "?page=0"}))
	for i, objects := range pages {
		id := fmt.Sprintf("%s?page=%d", outbox, i)
		var items []json.RawMessage
		for _, o := range objects {
			items = append(items, raw(map[string]any{"id": o.ID + "/create", "type": "Create", "actor": photonics, "object": json.RawMessage(other{photonics}.document(o))}))
		}
		page := map[string]any{"id": id, "type": "OrderedCollectionPage", "partOf": outbox, "orderedItems": items}
		if i+1 < len(pages) {
			page["next"] = fmt.Sprintf("%s?page=%d", outbox, i+1)
		}
		n.net.docs[id] = string(raw(page))
	}
	return outbox
}

func TestFetchOutbox(t *testing.T) {
	each(t, func(n *node) {
		them, bo := n.followed(photonics), n.follower("https://social.example/users/bo", "assoc")
		d := n.digest()
		aged := func(name string, days int) *vocab.Object {
			o := them.article(name, name)
			o.Published = time.Now().AddDate(0, 0, -days)
			return o
		}
		foreign, elsewhere, quiet, reply := aged("foreign", 3), aged("elsewhere", 3), aged("quiet", 3), aged("reply", 3)
		foreign.AttributedTo = "https://photonics.example/a/somebody"
		elsewhere.ID = "https://third.example/o/1"
		quiet.To = nil
		reply.InReplyTo = "https://social.example/1"
		outbox := n.pages([]*vocab.Object{aged("new", 1), foreign, elsewhere, quiet, reply}, []*vocab.Object{aged("older", 90), aged("oldest", 370), aged("unseen", 2)}, []*vocab.Object{aged("unread", 3)})
		n.ok(n.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchOutbox, ID: outbox, Actor: photonics}))
		same(n, "feed", n.titles(false), "new, older")
		same(n, "pages read", len(n.net.asked), 3)
		if it := n.item(photonics + "/o/new"); !it.Backfilled || time.Since(it.Feed) < 23*time.Hour {
			n.t.Errorf("%+v", it)
		}
		same(n, "what goes on to followers", n.waiting(bo.host()), "")
		i, err := n.SendDigestNow(n.t.Context(), office(), d.ID)
		if err != nil || i.State != hub.IssueSkipped {
			n.t.Errorf("the digest tells of it: %+v, %v", i, err)
		}
		n.takes(them, create(aged("new", 1)))
		same(n, "what is sent again", n.waiting(bo.host()), "")
	})
}

// What an outbox makes us read has bounds, and stays at its host.
func TestFetchOutboxBounds(t *testing.T) {
	each(t, func(n *node) {
		ctx, them := n.t.Context(), n.followed(photonics)
		outbox := photonics + "/outbox"
		circle := map[string]any{"id": outbox, "type": "OrderedCollection", "orderedItems": []string{photonics + "/o/by-id"}, "first": outbox}
		n.net.docs[outbox] = string(raw(circle))
		n.ok(n.Fetch(ctx, hub.Fetch{Kind: hub.FetchOutbox, ID: outbox, Actor: photonics}))
		if read := len(n.net.asked); read > 25 {
			n.t.Errorf("%d pages of an outbox without end", read)
		}

		var many []*vocab.Object
		for i := range 210 {
			o := them.article(fmt.Sprintf("n%d", i), "Hír")
			o.To = []string{vocab.Public}
			many = append(many, o)
		}
		var pages [][]*vocab.Object
		for page := range slices.Chunk(many, 30) {
			pages = append(pages, page)
		}
		n.ok(n.Fetch(ctx, hub.Fetch{Kind: hub.FetchOutbox, ID: n.pages(pages...), Actor: photonics}))
		items := read(n, func(ctx context.Context, tx hub.Tx) ([]string, error) { return tx.ItemsOf(ctx, photonics) })
		same(n, "items read", len(items), 200)

		n.net.asked = nil
		n.net.docs[outbox] = string(raw(map[string]any{"id": outbox, "type": "OrderedCollection", "first": "https://evil.example/page"}))
		n.ok(n.Fetch(ctx, hub.Fetch{Kind: hub.FetchOutbox, ID: outbox, Actor: photonics}))
		if asked := strings.Join(n.net.asked, " "); strings.Contains(asked, "evil.example") {
			n.t.Errorf("asked %s", asked)
		}

		fresh := them.article("fresh", "Friss")
		address := n.pages([]*vocab.Object{fresh})
		n.ok(n.Unfollow(ctx, office(), photonics))
		n.ok(n.Fetch(ctx, hub.Fetch{Kind: hub.FetchOutbox, ID: address, Actor: photonics}))
		_, err := n.Entry(ctx, fresh.ID)
		n.refuses("what was read after it was unfollowed", err, hub.ErrNotFound)
	})
}
