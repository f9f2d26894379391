package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// soon is a moment in so many days, at ten in Budapest.
func soon(days int) hub.When {
	return hub.When{Local: time.Now().AddDate(0, 0, days).Format("2006-01-02") + "T10:00", Zone: "Europe/Budapest"}
}

// A change that matters reaches who shows only notes, and stands on the
// association's pages with what it was before.
func TestChangesArrive(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		bo := net.mastodon("social.example", "bo")
		bo.follow("https://photonics.example/a/photonics")
		net.settle()
		it := news("Lézernap", "Laser day")
		it.Type, it.Event = hub.AnEvent, &hub.Event{Start: soon(9), Place: vocab.Place{Name: "ELI ALPS", Locality: "Szeged"}}
		it = net.publish("photonics", it)
		net.settle()

		desk := net.browser().signIn("photonics", "office", "office password")
		edit := "https://photonics.example/hu/desk/edit?id=" + url.QueryEscape(it.ID)
		desk.get(edit).has(t, "a követők rövid értesítést is kapnak")
		desk.get("https://photonics.example/hu/desk/new/event").hasNot(t, "rövid értesítést")

		time.Sleep(time.Minute)
		it.Event.Start = soon(10)
		it = net.publish("photonics", it)
		time.Sleep(time.Minute)
		it.Event.Place = vocab.Place{Name: "Művelődési Ház", Locality: "Pécs"}
		it = net.publish("photonics", it)
		net.settle()

		creates, updates := bo.got("Create"), bo.got("Update")
		if len(creates) != 3 || len(updates) != 2 {
			t.Fatalf("bo got %d Creates and %d Updates", len(creates), len(updates))
		}
		moved, elsewhere := creates[1], creates[2]
		for _, a := range []vocab.Activity{moved, elsewhere} {
			n := a.Object
			if n.Type != "Note" || n.InReplyTo != it.ID || len(n.Name)+len(n.Summary) > 0 || a.To[0] != vocab.Public || len(n.Content) != 2 {
				t.Errorf("bo got the notice %+v", a)
			}
			if code, doc := net.fetch(t, n.ID); code != http.StatusOK || doc["type"] != "Note" {
				t.Errorf("the notice is served as %d %v", code, doc)
			}
		}
		if s := elsewhere.Object.Content.In("en"); !strings.Contains(s, "ELI ALPS, Szeged → Művelődési Ház, Pécs") {
			t.Errorf("the second notice says %s", s)
		}
		if p := net.browser().get(moved.Object.ID); p.StatusCode != http.StatusOK || !strings.Contains(p.Text, "Lézernap") {
			t.Errorf("a browser finds %d at the notice", p.StatusCode)
		}

		for _, page := range []string{"https://assoc.example/hu/", "https://assoc.example/hu/events", "https://assoc.example/hu/item?id=" + url.QueryEscape(it.ID)} {
			p := net.browser().get(page)
			p.has(t, "Új időpontban. Eredetileg:", "Új helyszín. Korábban: ELI ALPS, Szeged")
			if page != "https://assoc.example/hu/item" && strings.Count(p.Text, "Lézernap") > 6 {
				t.Errorf("%s shows the event more than once", page)
			}
		}
		net.browser().get("https://assoc.example/hu/feed.atom").hasNot(t, "Új helyszín: Lézernap")

		if _, err := net.node("photonics").hub.CancelEvent(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.browser().get("https://assoc.example/hu/").has(t, "Elmarad")
		if n := bo.got("Create"); len(n) != 4 || !strings.Contains(n[3].Object.Content.In("en"), "Cancelled: Laser day") {
			t.Errorf("bo got %+v", n)
		}

		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)
		if n := len(bo.got("Delete")); n != 4 {
			t.Errorf("bo got %d Deletes, want those of three notices and the event", n)
		}
		if code, doc := net.fetch(t, moved.Object.ID); code != http.StatusGone || doc["formerType"] != "Note" {
			t.Errorf("the notice after that: %d %v", code, doc)
		}
	})
}

// An administrator of Mobilizon knows a host, finds the actor of the program by
// NodeInfo, follows it, and gets events announced: those of a cluster from the
// cluster, and from the association those that it passes on. (FEP-2677)
func TestMobilizonFollowsAnInstance(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		m := net.mastodon("mobilizon.example", "relay")
		for _, host := range []string{"photonics.example", "assoc.example"} {
			_, info := net.fetch(t, "https://"+host+"/.well-known/nodeinfo")
			actor := ""
			for _, l := range info["links"].([]any) {
				if l := l.(map[string]any); l["rel"] == "https://www.w3.org/ns/activitystreams#Application" {
					actor = l["href"].(string)
				}
			}
			_, found := net.fetch(t, "https://"+host+"/.well-known/webfinger?resource=acct:relay@"+host)
			if self := found["aliases"].([]any); actor == "" || self[len(self)-1] != actor {
				t.Fatalf("NodeInfo says %q, WebFinger %v", actor, found)
			}
			if _, doc := net.fetch(t, actor); doc["type"] != "Application" {
				t.Fatalf("%s is %v", actor, doc["type"])
			}
			m.follow(actor)
		}
		net.settle()
		if n := len(m.got("Accept")); n != 2 {
			t.Fatalf("%d Accepts", n)
		}
		it := news("Lézernap", "")
		it.Type, it.Event = hub.AnEvent, &hub.Event{Start: soon(9), Online: "https://meet.example/"}
		it = net.publish("photonics", it)
		net.publish("photonics", news("Hír", ""))
		net.settle()
		by := map[string]string{}
		for _, a := range m.got("Announce") {
			by[a.Actor] += a.ObjectID + " "
		}
		if len(by) != 2 || by["https://photonics.example/a/relay"] != it.ID+" " || by["https://assoc.example/a/relay"] != it.ID+" " {
			t.Errorf("announced: %v", by)
		}
		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)
		if n := len(m.got("Undo")); n != 2 {
			t.Errorf("%d Undos, want 2", n)
		}
	})
}
