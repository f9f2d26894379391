package main

import (
	"fmt"
	"net/http"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub"
)

const members = "https://assoc.example/a/assoc/members"

// listed are the items of the association's collection, by who is listed.
func (net *network) listed(t *testing.T) map[string]map[string]any {
	t.Helper()
	code, c := net.fetch(t, members)
	if code != http.StatusOK || c["type"] != "FeaturedCollection" || c["attributedTo"] != "https://assoc.example/a/assoc" {
		t.Fatalf("members: %d %v", code, c)
	}
	all := map[string]map[string]any{}
	for _, it := range c["orderedItems"].([]any) {
		item := it.(map[string]any)
		all[item["featuredObject"].(string)] = item
	}
	if c["totalItems"] != float64(len(all)) {
		t.Errorf("totalItems %v of %d", c["totalItems"], len(all))
	}
	return all
}

// become has the office say what sort of organisation it is.
func (net *network) become(t *testing.T, name string, kind hub.Kind) {
	t.Helper()
	o, err := net.node(name).hub.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.Kind = kind
	if err := net.node(name).hub.SaveProfile(t.Context(), hub.Program("test"), o); err != nil {
		t.Fatal(err)
	}
	net.settle()
}

// An association lists its members; each has agreed, and a program that checks it as Mastodon does finds that it has. Followers are told.
func TestAssociationListsItsMembers(t *testing.T) {
	story(t, []string{"photonics", "wood", "assoc"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		bo.follow("https://assoc.example/a/assoc")
		net.followAll("assoc")
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("listed without being members: %v", listed)
		}
		net.join("photonics", "assoc")
		net.join("wood", "assoc")

		_, actor := net.fetch(t, "https://assoc.example/a/assoc")
		_, collections := net.fetch(t, actor["featuredCollections"].(string))
		if ids := collections["orderedItems"].([]any); len(ids) != 1 || ids[0] != members {
			t.Errorf("collections: %v", collections)
		}
		if _, cluster := net.fetch(t, "https://wood.example/a/wood"); cluster["featuredCollections"] != nil {
			t.Errorf("a cluster has %v", cluster["featuredCollections"])
		}
		if code, _ := net.fetch(t, "https://wood.example/a/wood/members"); code != http.StatusNotFound {
			t.Errorf("members of a cluster: %d", code)
		}

		listed := net.listed(t)
		for _, name := range []string{"photonics", "wood"} {
			id := "https://" + name + ".example/a/" + name
			item := listed[id]
			if item == nil {
				t.Fatalf("%s is not listed: %v", name, listed)
			}
			code, consent := net.fetch(t, item["featureAuthorization"].(string))
			if code != http.StatusOK || consent["type"] != "FeatureAuthorization" || consent["interactingObject"] != members || consent["interactionTarget"] != id {
				t.Errorf("consent of %s: %d %v", name, code, consent)
			}
			if code, alone := net.fetch(t, item["id"].(string)); code != http.StatusOK || alone["featuredObject"] != id {
				t.Errorf("item of %s: %d %v", name, code, alone)
			}
		}
		updates, adds := bo.got("Update"), bo.got("Add")
		if len(updates) != 1 || updates[0].ObjectID != members || len(adds) != 1 || adds[0].Target != members {
			t.Errorf("bo got %+v and %+v", updates, adds)
		}

		// Not a member any more, not listed any more.
		net.decide("assoc", "wood", hub.Expelled, "Elmaradt a tagdíj.")
		net.settle()
		item := listed["https://wood.example/a/wood"]["id"]
		if listed := net.listed(t); len(listed) != 1 {
			t.Errorf("still listed: %v", listed)
		}
		if removes := bo.got("Remove"); len(removes) != 1 || removes[0].ObjectID != item || removes[0].Target != members {
			t.Errorf("bo got %+v", removes)
		}

		// A cluster that blocks the association's account takes its consent back.
		consent := listed["https://photonics.example/a/photonics"]["featureAuthorization"].(string)
		if _, err := net.node("photonics").hub.Block(t.Context(), hub.Program("test"), "https://assoc.example/a/assoc", ""); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if code, _ := net.fetch(t, consent); code != http.StatusNotFound {
			t.Errorf("the consent that was taken back: %d", code)
		}
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("still listed: %v", listed)
		}

		// When it no longer does, it applies again, is asked again, and is listed.
		if err := net.node("photonics").hub.Unblock(t.Context(), hub.Program("test"), "https://assoc.example/a/assoc"); err != nil {
			t.Fatal(err)
		}
		net.apply("photonics", "assoc")
		net.settle()
		net.stands("photonics", "assoc", hub.Applied)
		net.decide("assoc", "photonics", hub.Active, "")
		net.settle()
		net.stands("photonics", "assoc", hub.Active)
		again, _ := net.listed(t)["https://photonics.example/a/photonics"]["featureAuthorization"].(string)
		if code, _ := net.fetch(t, again); code != http.StatusOK || again == consent {
			t.Errorf("the consent that was given again: %d %s", code, again)
		}

		// Whoever has members shows them, whatever it calls itself.
		net.become(t, "assoc", hub.Cluster)
		if code, _ := net.fetch(t, members); code != http.StatusOK {
			t.Errorf("members of a cluster: %d", code)
		}
		if removes := bo.got("Remove"); len(removes) != 2 {
			t.Errorf("bo got %+v", removes)
		}
	})
}

// A Mastodon account is followed, asked, consents, and takes it back; an answer
// that leads to another host is none. The other way round, whoever follows a
// cluster may list it, and nobody else.
func TestMastodonConsentsAndAsks(t *testing.T) {
	story(t, []string{"assoc"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		cy := net.mastodon("other.example", "cy")
		self := "https://assoc.example/a/assoc"
		bo.post(self+"/inbox", map[string]any{"type": "Offer", "to": self, "target": self, "object": map[string]any{
			"type": "Relationship", "subject": bo.id(), "relationship": vocab.MemberOf, "object": self}})
		all, err := net.node("assoc").hub.Memberships(t.Context(), hub.Program("test"), hub.Below)
		if err != nil || len(all) != 1 {
			t.Fatalf("memberships %+v, %v", all, err)
		}
		if err := net.node("assoc").hub.Decide(t.Context(), hub.Program("test"), all[0].ID, hub.Active, ""); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if len(bo.got("FeatureRequest")) != 0 {
			t.Error("bo is asked before bo has accepted")
		}
		accept := func(id, result string) {
			activity := map[string]any{"type": "Accept", "object": id}
			if result != "" {
				activity["result"] = result
			}
			if code := bo.post(self+"/inbox", activity); code != http.StatusAccepted {
				t.Fatalf("Accept: status %d", code)
			}
			net.settle()
		}
		accept(bo.got("Follow")[0].ID, "")
		accept(bo.got("Follow")[0].ID, "") // asked once, however often
		asked := bo.got("FeatureRequest")
		if len(asked) != 1 || asked[0].ObjectID != bo.id() || asked[0].Instrument != members {
			t.Fatalf("bo got %+v", asked)
		}
		accept(asked[0].ID, "https://other.example/stamps/1")
		if code := cy.post(self+"/inbox", map[string]any{"type": "Accept", "object": asked[0].ID, "result": "https://other.example/stamps/1"}); code != http.StatusAccepted {
			t.Errorf("cy answers: %d", code)
		}
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("listed with somebody else's consent: %v", listed)
		}
		stamp := bo.id() + "/feature_authorizations/1"
		accept(asked[0].ID, stamp)
		if item := net.listed(t)[bo.id()]; item["featureAuthorization"] != stamp {
			t.Errorf("listed: %v", item)
		}
		bo.post(self+"/inbox", map[string]any{"id": stamp + "#delete", "type": "Delete", "to": vocab.Public,
			"object": map[string]any{"id": stamp, "type": "FeatureAuthorization", "interactingObject": members, "interactionTarget": bo.id()}})
		net.settle()
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("still listed: %v", listed)
		}

		ask := func(m *mastodon, collection string) vocab.Activity {
			t.Helper()
			m.inbox = nil
			id := fmt.Sprintf("%s/feature_requests/%d", m.id(), m.n)
			if code := m.post(self+"/inbox", map[string]any{"id": id, "type": "FeatureRequest", "object": self, "instrument": "https://social.example/collections/" + collection}); code != http.StatusAccepted {
				t.Fatalf("FeatureRequest: status %d", code)
			}
			net.settle()
			if len(m.inbox) != 1 || m.inbox[0].ObjectID != id {
				t.Fatalf("%s got %+v", m.name, m.inbox)
			}
			return m.inbox[0]
		}
		if a := ask(bo, "1"); a.Type != "Reject" || a.Result != "" {
			t.Errorf("who does not follow got %+v", a)
		}
		bo.follow(self)
		cy.follow(self)
		net.settle()
		a := ask(bo, "1")
		if a.Type != "Accept" || a.Result == "" {
			t.Fatalf("a follower got %+v", a)
		}
		if code, consent := net.fetch(t, a.Result); code != http.StatusOK || consent["interactingObject"] != "https://social.example/collections/1" || consent["interactionTarget"] != self {
			t.Errorf("consent: %d %v", code, consent)
		}
		if again := ask(bo, "1"); again.Result != a.Result || again.ID == a.ID {
			t.Errorf("asked again: %+v", again)
		}
		if a := ask(cy, "1"); a.Type != "Reject" {
			t.Errorf("for a collection of another host cy got %+v", a)
		}
		for i := range 20 {
			a = ask(bo, string(rune('a'+i)))
		}
		if a.Type != "Reject" {
			t.Errorf("for the 21st collection bo got %+v", a)
		}
		if _, err := net.node("assoc").hub.Block(t.Context(), hub.Program("test"), bo.id(), ""); err != nil {
			t.Fatal(err)
		}
		bo.inbox = nil
		net.settle()
		if deletes := bo.got("Delete"); len(deletes) != 20 {
			t.Errorf("bo got %+v", deletes)
		}
	})
}
