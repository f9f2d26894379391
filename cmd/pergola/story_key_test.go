package main

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// The office renews the keys. Who has the old ones takes the next message after
// asking for the new ones once, and followers are told of them.
func TestKeysAreRenewed(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		bo := net.mastodon("social.example", "bo")
		bo.follow("https://photonics.example/a/photonics")
		net.publish("photonics", news("Régi hír", ""))
		net.settle()
		_, before := net.fetch(t, "https://photonics.example/a/photonics")
		time.Sleep(time.Hour)

		b := net.browser().signIn("photonics", "office", "office password")
		b.get("https://photonics.example/hu/office/status").has(t, "/hu/office/keys")
		b.get("https://photonics.example/hu/office/keys").has(t, "Új kulcsokat készít?")
		if p := b.post("https://photonics.example/hu/office/keys", url.Values{}); p.StatusCode != http.StatusOK {
			t.Fatalf("status %d", p.StatusCode)
		}
		b.get("https://photonics.example/hu/office/status").has(t, "új kulcsokat készített")
		_, after := net.fetch(t, "https://photonics.example/a/photonics")
		was, is := before["publicKey"].(map[string]any), after["publicKey"].(map[string]any)
		if is["id"] != was["id"] || is["publicKeyPem"] == was["publicKeyPem"] {
			t.Errorf("the key was %v and is %v", was, is)
		}

		sent := len(net.sent)
		net.settle()
		if got := bo.got("Update"); len(got) != 1 || got[0].Person == nil || got[0].Person.Keys[0].PEM != is["publicKeyPem"] {
			t.Errorf("bo got %+v", got)
		}
		net.publish("photonics", news("Új hír", ""))
		net.settle()
		net.browser().get("https://assoc.example/hu/").has(t, "Új hír")
		asked := 0
		for _, r := range net.sent[sent:] {
			if r.From == "assoc.example" && r.Method == http.MethodGet && r.Path == "/a/photonics" {
				asked++
			}
			if r.From == "photonics.example" && r.To == "assoc.example" && r.Status != http.StatusAccepted {
				t.Errorf("assoc answered %d to %.80s", r.Status, r.Body)
			}
		}
		if asked != 1 {
			t.Errorf("assoc asked for the actor %d times, want once", asked)
		}
	})
}
