package hub_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage"
	"pergola/storage/storagetest"
)

func TestActors(t *testing.T) {
	each(t, func(n *node) {
		o := n.o
		o.Website, o.Place, o.Email = "https://szovetseg.example/?a&b", "Budapest <1.>", "iroda@szovetseg.example"
		o.About = vocab.Text{{Lang: "hu", Value: "A klaszterek **szövetsége**."}, {Lang: "en", Value: "The association of clusters."}}
		o.Established = "2012-05"
		o.Fields = []hub.ProfileField{{Name: "Mastodon", Value: "https://social.example/@klaszter"}, {Name: "Tagok & társak", Value: "31 <vállalkozás>"}}
		o.Logo = hub.Picture{File: "f0f0.png", Type: "image/png", Width: 512, Height: 384, Alt: "Fogaskerék \"és\" szőlő"}
		o.Banner = hub.Picture{File: "abab.jpg", Type: "image/jpeg", Width: 1500, Height: 500, Alt: "Gyártócsarnok"}
		n.update(func(tx hub.Tx) error { return tx.SaveOrganisation(n.t.Context(), o) })
		for name, file := range map[string]string{"ASSOC": "actor", "relay": "instance-actor"} {
			a, err := n.LocalActor(n.t.Context(), name)
			n.ok(err)
			if len(a.Keys) != 2 || !strings.HasPrefix(a.Keys[0].PEM, "-----BEGIN PUBLIC KEY-----") || !strings.HasPrefix(a.Keys[1].Multibase, "z6Mk") {
				n.t.Fatalf("keys of %s: %+v", name, a.Keys)
			}
			a.Keys[0].PEM, a.Keys[1].Multibase = "-----BEGIN PUBLIC KEY-----\n", "z6Mk"
			doc, err := a.JSON()
			n.ok(err)
			hub.Golden(n.t, file, doc)
		}
		_, err := n.LocalActor(n.t.Context(), "nobody")
		n.refuses("nobody", err, federation.ErrNotFound)
	})
}

func TestFound(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		n := &node{t: t, db: db, Hub: open(t, db, &peers{})}
		_, err := n.Organisation(t.Context())
		n.refuses("before it was founded", err, hub.ErrNotFound)
		o := hub.Organisation{Name: "assoc", Kind: hub.Cluster, Title: vocab.Text{{Lang: "hu", Value: "Klaszter"}}, Languages: []string{"hu"}, Zone: "Europe/Budapest"}
		bad := o
		bad.Name = "relay"
		n.refusesField("a reserved name", n.Found(t.Context(), bad), "name: bad_name relay")
		n.ok(n.Found(t.Context(), o))
		n.refuses("founding twice", n.Found(t.Context(), o), hub.ErrConflict)
		for _, name := range []string{"assoc", "relay"} {
			a, err := n.LocalActor(t.Context(), name)
			if err != nil || len(a.Keys) != 2 || a.Keys[0].ID != a.ID+"#main-key" || a.Keys[1].ID != a.ID+"#ed25519-key" {
				t.Errorf("%s: %+v, %v", name, a.Keys, err)
			}
		}
	})
}

func TestSaveProfile(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(photonics, "assoc")
		o := n.o
		o.Name, o.Title, o.Demo, o.BoostAll = "other", vocab.Text{{Lang: "hu", Value: "Új név"}}, true, false
		n.ok(n.SaveProfile(ctx, office(), o))
		got, err := n.Organisation(ctx)
		n.ok(err)
		if got.Name != "assoc" || got.Title.In("hu") != "Új név" || got.Demo || !got.BoostAll || !got.Updated.After(n.o.Updated) {
			n.t.Errorf("%+v", got)
		}
		same(n, "followers get", n.waiting("photonics.example"), "Update")
		o.Zone = ""
		n.refusesField("no zone", n.SaveProfile(ctx, office(), o), "zone: no_such_zone")
		same(n, "deeds", n.deeds(), "changed_profile")
		usage, err := n.Usage(ctx)
		if err != nil || usage.Name != "Új név" || usage.LocalPosts != 0 {
			n.t.Errorf("%+v, %v", usage, err)
		}
	})
}

func TestFollow(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		them := other{photonics}
		doc, err := them.actor().JSON()
		n.ok(err)
		n.net.docs[photonics] = string(doc)
		n.net.docs["https://photonics.example/.well-known/webfinger?resource=acct%3Athem%40photonics.example"] =
			`{"subject": "acct:them@photonics.example", "links": [{"rel": "self", "type": "application/activity+json", "href": "` + photonics + `"}]}`
		for address, want := range map[string]string{" ": "address: required", "https://none.example/": "address: nobody_there https://none.example/"} {
			_, err := n.Follow(ctx, office(), address)
			n.refusesField("following "+address, err, want)
		}
		f, err := n.Follow(ctx, office(), photonics)
		n.ok(err)
		if f.State != hub.Requested || f.Profile.Name != "Ők" {
			n.t.Errorf("%+v", f)
		}
		same(n, "they get", n.waiting("photonics.example"), "Follow")
		n.takes(them, vocab.Activity{Type: "Accept", ObjectID: f.Activity})
		_, err = n.Follow(ctx, office(), photonics)
		n.refusesField("following twice", err, "address: followed_already "+photonics)
		n.takes(them, create(them.article("1", "Hír")))
		n.passOn()
		n.ok(n.Unfollow(ctx, office(), photonics))
		n.refuses("unfollowing twice", n.Unfollow(ctx, office(), photonics), hub.ErrNotFound)
		if got := n.waiting("photonics.example"); !strings.HasSuffix(got, "Undo") {
			n.t.Errorf("they get %q", got)
		}
		n.takes(them, create(them.article("2", "Utána")))
		same(n, "feed", n.titles(false), "Hír")
		all, err := n.Followed(ctx, "hu")
		if err != nil || len(all) != 0 {
			n.t.Errorf("followed %+v, %v", all, err)
		}
		same(n, "deeds", n.deeds(), "followed unfollowed")
	})
}

func TestFollowedAreInOrder(t *testing.T) {
	each(t, func(n *node) {
		for i, name := range []string{"Zöld Klaszter", "Áramkör", "Cukor", "Csoki"} {
			a := n.followed(fmt.Sprintf("https://c%d.example/a/c", i)).actor()
			a.Name = vocab.Text{{Lang: "hu", Value: name}}
			n.ok(n.db.SaveRemoteActor(n.t.Context(), federation.RemoteActor{Actor: a, Fetched: time.Now()}))
		}
		all, err := n.Followed(n.t.Context(), "hu")
		n.ok(err)
		var names []string
		for _, f := range all {
			names = append(names, f.Name)
		}
		same(n, "in Hungarian order", strings.Join(names, ", "), "Áramkör, Cukor, Csoki, Zöld Klaszter")
	})
}

func TestCollections(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.followed(photonics)
		n.follower(optics, "assoc")
		_, err := n.Publish(ctx, editor(), event("Elmúlt", at(-3)))
		n.ok(err)
		coming, err := n.Publish(ctx, editor(), event("Jövő", at(3)))
		n.ok(err)
		for i := range 21 {
			_, err := n.Publish(ctx, editor(), news(fmt.Sprintf("Hír %d", i)))
			n.ok(err)
		}
		collection := func(actor, name, page string) vocab.Collection {
			c, err := n.Collection(ctx, actor, name, page)
			n.ok(err)
			return c
		}
		for _, tt := range []struct {
			actor, name string
			total       int
		}{
			{"assoc", "followers", 1}, {"ASSOC", "following", 1}, {"assoc", "featured", 0}, {"assoc", "events", 1}, {"assoc", "outbox", 23},
			{"relay", "followers", 0}, {"relay", "following", 0}, {"relay", "featured", 0}, {"relay", "events", 0}, {"relay", "outbox", 0},
		} {
			if c := collection(tt.actor, tt.name, ""); c.TotalItems != tt.total || len(c.Items) > 0 {
				n.t.Errorf("%s of %s: %d, with %d items, want %d", tt.name, tt.actor, c.TotalItems, len(c.Items), tt.total)
			}
		}
		// A collection without a first page counts as hidden, and its page has a
		// list of items also when there is none to be told.
		for name, want := range map[string][]json.RawMessage{"followers": nil, "following": nil, "events": {raw(coming.ID)}} {
			c := collection("assoc", name, "")
			same(n, "the first page of "+name, c.First, self+"/"+name+"?page=first")
			page := collection("assoc", name, "first")
			doc, err := page.JSON()
			n.ok(err)
			if page.ID != c.First || page.PartOf != c.ID || fmt.Sprintf("%s", page.Items) != fmt.Sprintf("%s", want) || !strings.Contains(string(doc), `"orderedItems":[`) {
				n.t.Errorf("the first page of %s: %s", name, doc)
			}
			_, err = n.Collection(ctx, "assoc", name, "2")
			n.refuses("another page of "+name, err, federation.ErrNotFound)
		}
		first := collection("assoc", "outbox", "first")
		if len(first.Items) != 20 || first.PartOf != self+"/outbox" || !strings.HasPrefix(first.Next, self+"/outbox?page=") {
			n.t.Fatalf("%d items, part of %s, then %s", len(first.Items), first.PartOf, first.Next)
		}
		next, err := url.Parse(first.Next)
		n.ok(err)
		rest := collection("assoc", "outbox", next.Query().Get("page"))
		if len(rest.Items) != 3 || rest.Next != "" {
			n.t.Errorf("then %d items, then %q", len(rest.Items), rest.Next)
		}
		for actor, name := range map[string]string{"nobody": "outbox", "assoc": "likes"} {
			_, err := n.Collection(ctx, actor, name, "")
			n.refuses(name+" of "+actor, err, federation.ErrNotFound)
		}
	})
}
