package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/federation/vocab"
	"pergola/hub"
)

// An inbox that is not found for a week costs no follower as long as the
// follower's own host knows it; then it does. One that is gone does at once.
func TestInboxesThatAreNotFound(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		bo.follow("https://photonics.example/a/photonics")
		cy := net.mastodon("gone.example", "cy")
		cy.follow("https://photonics.example/a/photonics")
		net.settle()
		followers := func() int {
			n, err := net.node("photonics").hub.CountFollowers(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		cy.answer = http.StatusGone
		net.publish("photonics", news("Első hír", ""))
		net.settle()
		if n := followers(); n != 1 {
			t.Errorf("%d followers after an inbox was gone, want 1", n)
		}

		bo.answer = http.StatusNotFound
		for range 8 {
			net.publish("photonics", news("Napi hír", ""))
			net.settle()
			time.Sleep(24 * time.Hour)
		}
		if n := followers(); n != 1 {
			t.Errorf("%d followers while the actor is there, want 1", n)
		}
		net.hosts["social.example"] = http.NotFoundHandler()
		net.publish("photonics", news("Utolsó hír", ""))
		net.settle()
		if n := followers(); n != 0 {
			t.Errorf("%d followers after the actor went too, want 0", n)
		}
	})
}

// What becomes of deliveries is counted.
func TestDeliveriesAreCounted(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		n := net.node("photonics")
		n.meter = front.NewMeter(version, func(ctx context.Context) []front.Figures {
			return []front.Figures{n.figures(ctx, nil)}
		})
		figures := func() string {
			w := httptest.NewRecorder()
			n.meter.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
			return w.Body.String()
		}
		net.mastodon("social.example", "bo").follow("https://photonics.example/a/photonics")
		gone := net.mastodon("gone.example", "cy")
		gone.follow("https://photonics.example/a/photonics")
		net.settle() // an Accept for each
		gone.answer = http.StatusGone
		net.publish("photonics", news("Első hír", ""))
		net.settle()
		net.down["social.example"] = true
		net.publish("photonics", news("Második hír", ""))
		net.settle()
		time.Sleep(time.Second)
		text := figures()
		for _, want := range []string{
			`pergola_deliveries_total{org="photonics.example",outcome="delivered"} 3`,
			`pergola_deliveries_total{org="photonics.example",outcome="host_failed"} 1`,
			`pergola_deliveries_total{org="photonics.example",outcome="inbox_gone"} 1`,
			`pergola_lanes{org="photonics.example",state="held"} 1`,
			`pergola_oldest_delivery_seconds{org="photonics.example"} 1`,
		} {
			if !strings.Contains(text, "\n"+want) {
				t.Errorf("the figures lack %s:\n%s", want, text)
			}
		}
	})
}

// An article too long for an activity comes by its id, and is read in full.
func TestLongArticle(t *testing.T) {
	story(t, []string{"assoc"}, func(t *testing.T, net *network) {
		m := net.mastodon("cluster.example", "robotics")
		long := article(m, "1", "Hosszú cikk", time.Now().UTC().Format(time.RFC3339))
		long["@context"] = "https://www.w3.org/ns/activitystreams"
		long["content"] = strings.Repeat("<p>Egy bekezdés a sok közül.</p>", 2500) + "<p>A vége.</p>"
		net.hosts["cluster.example"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/posts/1" {
				m.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/activity+json; charset=utf-8")
			json.NewEncoder(w).Encode(long)
		})
		if _, err := net.node("assoc").hub.Follow(t.Context(), hub.Program("test"), "@robotics@cluster.example"); err != nil {
			t.Fatal(err)
		}
		net.settle()
		m.post("https://assoc.example/inbox", map[string]any{"type": "Accept", "object": m.got("Follow")[0].ID})
		if code := m.post("https://assoc.example/inbox", map[string]any{"type": "Create", "object": long["id"], "to": []string{vocab.Public}}); code != http.StatusAccepted {
			t.Fatalf("status %d", code)
		}
		net.settle()
		net.browser().get("https://assoc.example/hu/").has(t, "Hosszú cikk")
		net.browser().get("https://assoc.example/hu/item?id="+url.QueryEscape(long["id"].(string))).has(t, "A vége.")
	})
}
