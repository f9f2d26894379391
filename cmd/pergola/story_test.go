package main

import (
	"testing"

	"pergola/hub"
)

// news is news in Hungarian and, if given, in English.
func news(hu, en string) hub.Item {
	it := hub.Item{Type: hub.News, Texts: []hub.ItemText{{Lang: "hu", Title: hu, Markdown: "A hír **szövege**."}}}
	if en != "" {
		it.Texts = append(it.Texts, hub.ItemText{Lang: "en", Title: en, Markdown: "The **text** of it."})
	}
	return it
}

// publish publishes an item as the program does.
func (net *network) publish(name string, it hub.Item) hub.Item {
	net.t.Helper()
	it, err := net.node(name).hub.Publish(net.t.Context(), hub.Program("test"), it)
	if err != nil {
		net.t.Fatal(err)
	}
	return it
}

// A cluster publishes; the association's shared feed shows it, and its changes,
// and its end.
func TestNewsReachesTheSharedFeed(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.publish("photonics", news("Régi hír", ""))
		net.followAll("assoc")
		feed := net.browser()
		feed.get("https://assoc.example/hu/").has(t, "Régi hír", "Photonics Klaszter")

		it := net.publish("photonics", news("Új lézer", "A new laser"))
		net.settle()
		feed.get("https://assoc.example/hu/").has(t, "Új lézer")
		feed.get("https://assoc.example/en/").has(t, "A new laser")

		it.Texts[0].Title = "Még újabb lézer"
		net.publish("photonics", it)
		net.settle()
		feed.get("https://assoc.example/hu/").has(t, "Még újabb lézer")

		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)
		feed.get("https://assoc.example/hu/").hasNot(t, "lézer")
	})
}
