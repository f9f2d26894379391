package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// fetch gets a document as another program does.
func (net *network) fetch(t *testing.T, address string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest("GET", address, nil)
	r.Header.Set("Accept", "application/activity+json, application/ld+json")
	w := httptest.NewRecorder()
	net.hosts[r.URL.Host].ServeHTTP(w, r)
	var doc map[string]any
	if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			t.Fatalf("%s: %v", address, err)
		}
	}
	return w.Code, doc
}

// A Mastodon user finds a cluster, follows it, is accepted (again when asked
// again), gets what it publishes, its changes and its end, and unfollows.
func TestMastodonUserFollowsACluster(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		old := net.publish("photonics", news("Régi hír", ""))
		bo := net.mastodon("social.example", "bo")

		code, found := net.fetch(t, "https://photonics.example/.well-known/webfinger?resource=acct:Photonics@photonics.example")
		if code != http.StatusOK || found["subject"] != "acct:photonics@photonics.example" {
			t.Fatalf("WebFinger: %d %v", code, found)
		}
		self := "https://photonics.example/a/photonics"
		if code, actor := net.fetch(t, self); code != http.StatusOK || actor["type"] != "Organization" || actor["name"] != "Photonics Klaszter" || actor["publicKey"] == nil || actor["assertionMethod"] == nil {
			t.Fatalf("actor: %d %v", code, actor)
		}
		_, outbox := net.fetch(t, self+"/outbox")
		if outbox["totalItems"] != 1.0 {
			t.Errorf("outbox: %v", outbox)
		}
		_, page := net.fetch(t, outbox["first"].(string))
		create := page["orderedItems"].([]any)[0].(map[string]any)
		if object := create["object"].(map[string]any); object["id"] != old.ID {
			t.Errorf("the outbox begins with %v", object["id"])
		}
		if code, object := net.fetch(t, old.ID); code != http.StatusOK || object["type"] != "Article" || object["name"] != "Régi hír" {
			t.Errorf("object: %d %v", code, object)
		}

		bo.follow(self)
		net.settle()
		bo.follow(self) // Mastodon asks again when it is not sure
		net.settle()
		accepts := bo.got("Accept")
		if len(accepts) != 2 || accepts[0].Inner == nil || accepts[0].Inner.Actor != bo.id() || accepts[0].ID == accepts[1].ID {
			t.Fatalf("bo got %+v", accepts)
		}
		if n, _ := net.node("photonics").hub.CountFollowers(t.Context()); n != 1 {
			t.Errorf("%d followers, want 1", n)
		}

		it := net.publish("photonics", news("Új hír", "Fresh news"))
		net.settle()
		creates := bo.got("Create")
		if len(creates) != 1 || creates[0].Object.Name.In("en") != "Fresh news" || creates[0].Object.Name[0].Lang != "hu" {
			t.Fatalf("bo got %+v", creates)
		}
		time.Sleep(time.Minute)
		it.Texts[0].Title = "Javított hír"
		net.publish("photonics", it)
		net.settle()
		_, page = net.fetch(t, self+"/outbox?page=first")
		newest := page["orderedItems"].([]any)[0].(map[string]any)["object"].(map[string]any)
		if newest["name"] != "Javított hír" || newest["nameMap"].(map[string]any)["en"] != "Fresh news" {
			t.Errorf("the outbox shows an old version: %v", newest["name"])
		}
		updates := bo.got("Update")
		if len(updates) != 1 || !updates[0].Object.Updated.After(creates[0].Object.Updated) || updates[0].ID == creates[0].ID {
			t.Fatalf("bo got %+v", updates)
		}
		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)
		if deletes := bo.got("Delete"); len(deletes) != 1 || deletes[0].ObjectID != it.ID || deletes[0].Object.FormerType != "Article" {
			t.Errorf("bo got %+v", deletes)
		}
		if code, doc := net.fetch(t, it.ID); code != http.StatusGone || doc["type"] != "Tombstone" {
			t.Errorf("the deleted object: %d %v", code, doc)
		}
		if code, doc := net.fetch(t, creates[0].ID); code != http.StatusGone {
			t.Errorf("the Create of the deleted object: %d %v", code, doc)
		}

		bo.post(self+"/inbox", map[string]any{"type": "Undo", "object": map[string]any{"id": bo.id() + "/follows/1-1", "type": "Follow", "actor": bo.id(), "object": self}})
		if n, _ := net.node("photonics").hub.CountFollowers(t.Context()); n != 0 {
			t.Errorf("%d followers after Undo, want 0", n)
		}
		before := len(bo.inbox)
		net.publish("photonics", news("Későbbi", ""))
		net.settle()
		if len(bo.inbox) != before {
			t.Errorf("bo still gets %+v", bo.inbox[before:])
		}
	})
}

// article is a post of another program.
func article(m *mastodon, id, name, updated string) map[string]any {
	return map[string]any{"id": "https://" + m.host + "/posts/" + id, "type": "Article", "attributedTo": m.id(), "name": name,
		"content": "<p>" + name + "<script>alert(1)</script></p>", "to": []string{vocab.Public}, "published": updated, "updated": updated}
}

// What comes twice, late, out of order or from the wrong hand does no harm.
func TestOddOrders(t *testing.T) {
	story(t, []string{"assoc"}, func(t *testing.T, net *network) {
		m := net.mastodon("cluster.example", "robotics")
		n := net.node("assoc")
		if _, err := n.hub.Follow(t.Context(), hub.Program("test"), "@robotics@cluster.example"); err != nil {
			t.Fatal(err)
		}
		net.settle()
		follow := m.got("Follow")[0]
		inbox := "https://assoc.example/inbox"
		m.post(inbox, map[string]any{"type": "Accept", "object": follow.ID})
		title := func(id string) string {
			e, err := n.hub.Entry(t.Context(), "https://cluster.example/posts/"+id)
			if err != nil {
				return err.Error()
			}
			if strings.Contains(e.Texts[0].HTML, "script") {
				t.Errorf("kept unclean: %s", e.Texts[0].HTML)
			}
			return e.Texts[0].Title
		}
		old, newer := "1999-12-30T10:00:00Z", "1999-12-31T10:00:00Z"

		m.post(inbox, map[string]any{"id": m.id() + "/c1", "type": "Create", "object": article(m, "1", "Egy", old)})
		m.post(inbox, map[string]any{"id": m.id() + "/c1", "type": "Create", "object": article(m, "1", "Kettő", newer)})
		if got := title("1"); got != "Egy" {
			t.Errorf("the same activity twice: %q", got)
		}
		m.post(inbox, map[string]any{"type": "Update", "object": article(m, "1", "Új", newer)})
		m.post(inbox, map[string]any{"type": "Update", "object": article(m, "1", "Elavult", old)})
		if got := title("1"); got != "Új" {
			t.Errorf("an Update older than what is kept: %q", got)
		}
		m.post(inbox, map[string]any{"type": "Update", "object": article(m, "2", "Előbb jött", newer)})
		m.post(inbox, map[string]any{"type": "Create", "object": article(m, "2", "Később jött", old)})
		if got := title("2"); got != "Előbb jött" {
			t.Errorf("an Update before its Create: %q", got)
		}
		m.post(inbox, map[string]any{"type": "Delete", "object": "https://cluster.example/posts/3"})
		m.post(inbox, map[string]any{"type": "Create", "object": article(m, "3", "Halott", old)})
		if got := title("3"); got == "Halott" {
			t.Error("a Create after its Delete brought it to life")
		}
		other := net.mastodon("thief.example", "eve")
		if code := other.post(inbox, map[string]any{"type": "Delete", "object": "https://cluster.example/posts/1"}); code != http.StatusForbidden {
			t.Errorf("deleting what is another's: status %d, want 403", code)
		}
		forged := article(m, "1", "Hamis", "1999-12-31T12:00:00Z")
		if code := other.post(inbox, map[string]any{"type": "Update", "object": forged}); code != http.StatusForbidden {
			t.Errorf("changing what is another's: status %d, want 403", code)
		}
		if got := title("1"); got != "Új" {
			t.Errorf("after the forgery: %q", got)
		}
		m.post(inbox, map[string]any{"type": "Create", "object": map[string]any{"id": "https://cluster.example/posts/9", "type": "Note", "attributedTo": m.id(),
			"content": "<p>titok</p>", "to": []string{m.id() + "/followers"}}})
		net.browser().get("https://assoc.example/hu/").hasNot(t, "titok")

		m.post(inbox, map[string]any{"type": "Delete", "object": m.id()})
		page := net.browser().get("https://assoc.example/hu/")
		page.hasNot(t, "Új</", "Előbb jött")
		if got := title("1"); got == "Új" {
			t.Error("the items of a deleted actor are still here")
		}
	})
}
