package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pergola/hub"
)

// A cluster says by whom it is governed, what labels it has and whom one can write
// to; the association shows it as the cluster says it, and no longer what is over.
// A visitor writes to a role at the cluster, whose office reads it and deals with it;
// after a year it is gone.
func TestCharter(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.join("photonics", "assoc")
		office := net.browser().signIn("photonics", "office", "office password")
		const charter = "https://photonics.example/hu/office/charter"
		const here, there = "https://photonics.example/hu/about", "https://assoc.example/hu/clusters/@photonics@photonics.example"
		today := time.Now()
		in := func(days int) string { return today.AddDate(0, 0, days).Format("2006-01-02") }

		wrong := office.post(charter+"/body", url.Values{"name.hu": {""}, "mandate.hu": {"Dönt."}})
		wrong.has(t, "Kérjük, töltse ki.", "Dönt.")
		office.post(charter+"/body", url.Values{"name.hu": {"Stratégiai Bizottság"}, "level": {"1"}, "mandate.hu": {"Dönt a tagfelvételről."}})
		own, _, err := net.node("photonics").hub.OwnCharter(t.Context(), hub.Program("test"))
		if err != nil || len(own.Bodies) != 1 {
			t.Fatalf("%+v, %v", own, err)
		}
		seat := charter + "/seat?body=" + own.Bodies[0].ID
		office.post(seat, url.Values{"name": {"Kovács Ilona"}, "role": {"elnök"}, "from": {in(-400)}, "public": {"yes"}})
		office.post(seat, url.Values{"name": {"Rejtett Rezső"}, "public": {"no"}})
		office.post(seat, url.Values{"name": {"Korábbi Klára"}, "until": {in(-1)}, "public": {"yes"}})
		office.post(charter+"/label", url.Values{"name": {"Kiválósági címke"}, "issuer": {"Minősítő"}, "level": {"GOLD"}, "until": {"tavaly"}}).
			has(t, "Ez nem évszám, hónap vagy nap: tavaly.", "GOLD")
		office.post(charter+"/label", url.Values{"name": {"Kiválósági címke"}, "issuer": {"Minősítő"}, "level": {"GOLD"}, "until": {in(20)}})
		office.post(charter+"/label", url.Values{"name": {"Régi címke"}, "issuer": {"Minősítő"}, "until": {in(-10)}})
		office.post(charter+"/contact", url.Values{"role.hu": {"Sajtókapcsolat"}, "person": {"Szóvivő Szilvia"}}).
			has(t, "Rejtett Rezső", "Csak az iroda látja", "Korábbi Klára", "Régi címke", "Lejárt vagy 90 napon belül lejár", "Hamarosan lejár")
		net.settle()

		for _, page := range []string{here, there} {
			net.browser().get(page).
				has(t, "Stratégiai Bizottság", "Dönt a tagfelvételről.", "Kovács Ilona", "elnök", "Kiválósági címke", "GOLD", "Sajtókapcsolat").
				hasNot(t, "Rejtett", "Korábbi", "Régi címke")
		}
		net.browser().get(there).hasNot(t, "Szóvivő")
		_, actor := net.fetch(t, actorAt("photonics"))
		if said := fmt.Sprint(actor); strings.Contains(said, "Kovács") || strings.Contains(said, "Szóvivő") || !strings.Contains(said, "GOLD") {
			t.Errorf("the actor's document: %s", said)
		}
		_, bodies := net.fetch(t, fmt.Sprint(actor["subOrganization"])+"?page=first")
		if said := fmt.Sprint(bodies); !strings.Contains(said, "Kovács Ilona") || strings.Contains(said, "Rejtett") || strings.Contains(said, "Korábbi") {
			t.Errorf("the bodies: %s", said)
		}

		// The form is at the cluster, in the visitor's language.
		form := regexp.MustCompile(`https://photonics\.example/contact/[0-9a-z]+`).FindString(net.browser().get(there).Text)
		visitor := net.browser()
		visitor.get(form).has(t, "Sajtókapcsolat", "Szóvivő Szilvia", "365 nappal azután").hasNot(t, "mailto:")
		form = strings.Replace(form, "/contact/", "/hu/contact/", 1)
		visitor.post(form, url.Values{"name": {"Nagy <b>Béla"}, "email": {"nem cím"}}).
			has(t, "Kérjük, töltse ki.", "Ez nem e-mail-cím", "hozzájárulása nélkül", "Nagy &lt;b&gt;Béla")
		letter := url.Values{"name": {"Nagy Béla"}, "email": {"bela@visitor.example"}, "message": {"Mikor lesz interjú?"}, "consent": {"yes"}}
		visitor.post(form, letter).has(t, "Megkaptuk az üzenetét.")
		if p := visitor.post(form+"x", letter); p.StatusCode != http.StatusNotFound {
			t.Errorf("a role that does not exist: %d", p.StatusCode)
		}
		const messages = "https://photonics.example/hu/office/messages"
		editor := net.browser().get(messages)
		editor.hasNot(t, "bela@visitor.example")
		office.get(messages).has(t, "Nagy Béla", "bela@visitor.example", "Sajtókapcsolat", "Mikor lesz interjú?", "Üzenetek (1)")
		open, err := net.node("photonics").hub.Messages(t.Context(), hub.Program("test"), false, hub.Page{Limit: 9})
		if err != nil || len(open) != 1 {
			t.Fatalf("%d messages, %v", len(open), err)
		}
		for range 2 { // pressed twice
			office.post(messages+"/done", url.Values{"id": {open[0].ID}}).has(t, `role="status">Elintézve.`, "Nincs elintézetlen üzenet.", "Elintézte: office", "Mikor lesz interjú?")
		}
		// Its author asks for it to be deleted: a question, then it is gone, and the
		// record says so.
		question := messages + "/delete?id=" + open[0].ID
		net.browser().get(question).hasNot(t, "bela@visitor.example")
		office.get(messages).has(t, "Törlés: Nagy Béla")
		office.get(question).has(t, "Biztosan törli ezt az üzenetet?", "Nagy Béla, bela@visitor.example", "Mégse")
		for range 2 { // pressed twice
			office.post(messages+"/delete", url.Values{"id": {open[0].ID}}).has(t, "Töröltük.").hasNot(t, "Nagy Béla")
		}
		office.get("https://photonics.example/hu/office/status").has(t, "törölt egy üzenetet").
			has(t, `<a href="/hu/office/messages">Üzenetek</a></p>`).hasNot(t, open[0].ID)
		if p := office.get(question); p.StatusCode != http.StatusNotFound {
			t.Errorf("asking about a message that is gone: %d", p.StatusCode)
		}
		for i := 0; ; i++ {
			if p := visitor.post(form, letter); p.StatusCode == http.StatusTooManyRequests {
				break
			}
			if i == 50 {
				t.Fatal("anybody can write without an end")
			}
		}

		// The label ends, without anybody saying so.
		net.pass(21 * 24 * time.Hour)
		for _, page := range []string{here, there} {
			net.browser().get(page).has(t, "Kovács Ilona").hasNot(t, "Kiválósági címke")
		}
		office = net.browser().signIn("photonics", "office", "office password")
		office.post(charter+"/remove", url.Values{"id": {own.Bodies[0].ID}}).has(t, "Töröltük.")
		net.settle()
		for _, page := range []string{here, there} {
			net.browser().get(page).has(t, "Sajtókapcsolat").hasNot(t, "Kovács", "Stratégiai")
		}
		net.decide("assoc", "photonics", "removed", "Elmaradt a tagdíj.")
		net.settle()
		if c, err := net.node("assoc").hub.Charter(t.Context(), actorAt("photonics")); err != nil || len(c.Contacts) > 0 {
			t.Errorf("of who is no member any more: %+v, %v", c, err)
		}

		time.Sleep(hub.KeepMessages)
		if err := net.node("photonics").hub.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, done := range []bool{false, true} {
			left, err := net.node("photonics").hub.Messages(t.Context(), hub.Program("test"), done, hub.Page{Limit: 99})
			if err != nil || len(left) > 0 {
				t.Errorf("after a year there are %d messages, done %v, %v", len(left), done, err)
			}
		}
	})
}
