package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// The office follows a cluster by its address, sees how deliveries go, and
// unfollows it.
func TestOfficeFollowsAndUnfollows(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		b := net.browser().signIn("assoc", "office", "office password")
		if p := b.post("https://assoc.example/hu/office/follow", url.Values{"address": {"@nobody@photonics.example"}}); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("following nobody: status %d", p.StatusCode)
		}
		b.post("https://assoc.example/hu/office/follow", url.Values{"address": {"https://photonics.example/"}})
		net.settle()
		b.get("https://assoc.example/hu/office/follow").has(t, "Photonics Klaszter")
		net.publish("photonics", news("Hír", ""))
		net.settle()
		net.browser().get("https://assoc.example/hu/").has(t, "Hír")
		b.get("https://assoc.example/hu/office/delivery").has(t, "photonics.example")
		b.get("https://assoc.example/hu/office/status").has(t, "0.1.0")

		b.post("https://assoc.example/hu/office/unfollow", url.Values{"actor": {"https://photonics.example/a/photonics"}})
		net.settle()
		if n, err := net.node("photonics").hub.CountFollowers(t.Context()); err != nil || n != 0 {
			t.Errorf("photonics has %d followers, %v", n, err)
		}
		net.publish("photonics", news("Későbbi", ""))
		net.settle()
		net.browser().get("https://assoc.example/hu/").hasNot(t, "Későbbi")
	})
}

// What a cluster publishes is passed on to the association's followers, once,
// and taken back when it goes.
func TestBoosts(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		net.publish("photonics", news("Régi hír", "")) // read from the outbox: not passed on
		net.followAll("assoc")
		bo.follow("https://assoc.example/a/assoc")
		net.settle()
		it := net.publish("photonics", news("Új hír", ""))
		net.settle()
		if got := bo.got("Announce"); len(got) != 1 || got[0].ObjectID != it.ID || got[0].Actor != "https://assoc.example/a/assoc" {
			t.Fatalf("bo got %+v", got)
		}
		it.Texts[0].Title = "Újabb"
		it = net.publish("photonics", it)
		net.settle()
		if n := len(bo.got("Announce")); n != 1 {
			t.Errorf("a change was passed on again: %d Announces", n)
		}
		h, who := net.node("assoc").hub, hub.Program("test")
		if err := h.SetBoostAll(t.Context(), who, false); err != nil {
			t.Fatal(err)
		}
		picked := net.publish("photonics", news("Választott", ""))
		net.settle()
		if n := len(bo.got("Announce")); n != 1 {
			t.Errorf("what was not picked was passed on: %d Announces", n)
		}
		if err := h.Boost(t.Context(), who, picked.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Boost(t.Context(), who, picked.ID); !errors.Is(err, hub.ErrConflict) {
			t.Errorf("passing on twice: %v", err)
		}
		net.settle()
		if n := len(bo.got("Announce")); n != 2 {
			t.Errorf("%d Announces after picking, want 2", n)
		}
		if _, err := net.node("photonics").hub.Delete(t.Context(), who, it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)
		undone := bo.got("Undo")
		if len(undone) != 1 || undone[0].Inner == nil || undone[0].Inner.ObjectID != it.ID {
			t.Errorf("bo got %+v when the item went", undone)
		}
	})
}

// What an association has passed on and hides leaves the feed of another that
// follows the association alone, and comes back when it is passed on again.
func TestHiddenItemLeavesTheFeedAbove(t *testing.T) {
	story(t, []string{"photonics", "assoc", "assoceurope"}, func(t *testing.T, net *network) {
		who := hub.Program("test")
		for above, below := range map[string]string{"assoc": "photonics", "assoceurope": "assoc"} {
			if _, err := net.node(above).hub.Follow(t.Context(), who, "@"+below+"@"+below+".example"); err != nil {
				t.Fatal(err)
			}
		}
		net.settle()
		it := net.publish("photonics", news("Vitás hír", ""))
		net.settle()
		feed := "https://assoceurope.example/hu/"
		net.browser().get(feed).has(t, "Vitás hír")
		assoc := net.node("assoc").hub
		if err := assoc.Hide(t.Context(), who, it.ID, "Téves adat."); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.browser().get(feed).hasNot(t, "Vitás hír")
		if err := errors.Join(assoc.Unhide(t.Context(), who, it.ID), assoc.Boost(t.Context(), who, it.ID)); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.browser().get(feed).has(t, "Vitás hír")
	})
}

// The first boosts of hosts below one domain are staggered: a server drops
// what comes from more than ten new hosts of a domain a minute.
func TestBoostsOfNewHostsAreStaggered(t *testing.T) {
	names := []string{"assoc", "c1.many", "c2.many", "c3.many", "c4.many", "c5.many", "c6.many", "c7.many", "c8.many", "c9.many", "c10.many"}
	story(t, names, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		net.followAll("assoc")
		bo.follow("https://assoc.example/a/assoc")
		net.settle()
		for _, name := range names[1:] {
			net.publish(name, news("Hír innen: "+name, ""))
		}
		net.settle()
		if n := len(bo.got("Announce")); n != 8 {
			t.Errorf("%d Announces at once, want 8", n)
		}
		net.browser().get("https://assoc.example/hu/").has(t, "c9.many", "c10.many") // the feed waits for nothing
		net.pass(2 * time.Minute)
		if n := len(bo.got("Announce")); n != 10 {
			t.Errorf("%d Announces after two minutes, want 10", n)
		}
	})
}

// The digest goes out each Monday at eight, tells each thing once, is skipped
// when there is nothing to tell, and comes once after a time down.
func TestDigest(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		net.followAll("assoc")
		bo.follow("https://assoc.example/a/assoc")
		it := net.publish("photonics", news("Lézeres hír", "News of lasers"))
		event := net.publish("photonics", hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Lézernap"}},
			Event: &hub.Event{Start: hub.When{Local: later(40) + "T10:00", Zone: "Europe/Budapest"}, Online: "https://meet.example/"}})
		net.pass(8 * 24 * time.Hour)

		digests := bo.articles()
		if len(digests) != 1 || !strings.Contains(digests[0].Content.In("hu"), "Lézeres hír") || !strings.Contains(digests[0].Content.In("hu"), "Lézernap") {
			t.Fatalf("bo got %d digests: %+v", len(digests), digests)
		}
		if !strings.Contains(digests[0].Content.In("en"), "News of lasers") {
			t.Errorf("in English: %s", digests[0].Content.In("en"))
		}
		net.browser().get("https://assoc.example/hu/digests").has(t, "Heti összefoglaló")

		net.pass(7 * 24 * time.Hour) // nothing new: skipped, and recorded
		if n := len(bo.articles()); n != 1 {
			t.Errorf("%d digests after an empty week, want 1", n)
		}
		issues, err := net.node("assoc").hub.Issues(t.Context(), "", hub.Page{Limit: 10})
		if err != nil || len(issues) != 2 || issues[0].State != hub.IssueSkipped {
			t.Errorf("issues: %+v, %v", issues, err)
		}
		if zone, _ := time.LoadLocation("Europe/Budapest"); issues[0].Due.In(zone).Hour() != 8 {
			t.Errorf("due at %v", issues[0].Due.In(zone))
		}

		if _, err := net.node("photonics").hub.CancelEvent(t.Context(), hub.Program("test"), event.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(time.Hour)
		net.down["assoc.example"] = true
		net.pass(15 * 24 * time.Hour) // two Mondays
		net.down["assoc.example"] = false
		net.pass(time.Hour)
		digests = bo.articles()
		if len(digests) != 2 || !strings.Contains(digests[1].Content.In("hu"), "Lézernap") || strings.Contains(digests[1].Content.In("hu"), it.Texts[0].Title) {
			t.Errorf("after the time down bo has %d digests, the last %+v", len(digests), digests[len(digests)-1].Content)
		}
		issues, _ = net.node("assoc").hub.Issues(t.Context(), "", hub.Page{Limit: 10})
		if issues[0].Merged == 0 {
			t.Errorf("the issue after the time down merges none: %+v", issues[0])
		}
	})
}

// Two processes look for what is due at the same moment: one issue goes out.
func TestDigestGoesOutOnce(t *testing.T) {
	story(t, []string{"assoc"}, func(t *testing.T, net *network) {
		n := net.node("assoc")
		net.publish("assoc", news("Hír", ""))
		time.Sleep(8 * 24 * time.Hour)
		now := time.Now()
		results := make(chan int, 8)
		for range 8 {
			go func() {
				sent, err := n.hub.SendDigests(t.Context(), now)
				if err != nil {
					t.Error(err)
				}
				results <- sent
			}()
		}
		total := 0
		for range 8 {
			total += <-results
		}
		if total != 1 {
			t.Errorf("%d issues went out, want 1", total)
		}
		if i, err := n.hub.SendDigestNow(t.Context(), hub.Program("test"), digestOf(t, n)); err != nil || i.State != hub.IssueSkipped {
			t.Errorf("sending again by hand: %+v, %v", i, err)
		}
	})
}

func digestOf(t *testing.T, n *node) string {
	t.Helper()
	ds, err := n.hub.Digests(t.Context())
	if err != nil || len(ds) == 0 {
		t.Fatal(ds, err)
	}
	return ds[0].ID
}

// A back catalogue of many items, each with much in it, is read page by page.
func TestLongBackCatalogue(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		const events = 45
		for i := range events {
			net.publish("photonics", hub.Item{Type: hub.AnEvent,
				Texts: []hub.ItemText{{Lang: "hu", Title: fmt.Sprintf("Lézernap %d", i+1), Markdown: "Egész napos **bemutató**."}, {Lang: "en", Title: fmt.Sprintf("Laser day %d", i+1)}},
				Event: &hub.Event{Start: hub.When{Local: later(20+i) + "T10:00", Zone: "Europe/Budapest"}, Online: "https://meet.example/",
					Place: vocab.Place{Name: "Fény Ház", Locality: "Miskolc", Country: "HU"}, Organisers: []vocab.Party{{Name: "Fénykör"}, {Name: "Miskolci Műhely"}}}})
		}
		net.followAll("assoc")
		es, err := net.node("assoc").hub.Feed(t.Context(), hub.FeedFilter{}, hub.Page{Limit: 100})
		if err != nil || len(es) != events {
			t.Errorf("%d of %d events arrived, %v", len(es), events, err)
		}
	})
}
