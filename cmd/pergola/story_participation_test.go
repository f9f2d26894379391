package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// workshop is an event with so many seats, in ten days.
func (net *network) workshop(name string, mode hub.RegistrationMode, seats int) hub.Item {
	net.t.Helper()
	it := news("Lézerműhely", "Laser workshop")
	it.Type = hub.AnEvent
	it.Event = &hub.Event{
		Start: hub.When{Local: time.Now().AddDate(0, 0, 10).Format("2006-01-02") + "T10:00", Zone: "Europe/Budapest"},
		Place: vocab.Place{Name: "Szeged"}, Registration: hub.Registration{Mode: mode, Capacity: seats},
	}
	return net.publish(name, it)
}

// join asks to take part, as Mobilizon does, and returns the id of the Join.
func (m *mastodon) join(event, message string) string {
	m.t.Helper()
	id := fmt.Sprintf("https://%s/join/event/%d", m.host, m.n+1)
	join := map[string]any{"id": id, "type": "Join", "object": event, "participationMessage": message, "to": []string{"https://photonics.example/a/photonics"}}
	if code := m.post("https://photonics.example/a/photonics/inbox", join); code != http.StatusAccepted {
		m.t.Fatalf("Join: status %d", code)
	}
	return id
}

// leave gives the seat up, as Mobilizon does.
func (m *mastodon) leave(event string) {
	m.t.Helper()
	if code := m.post("https://photonics.example/inbox", map[string]any{"type": "Leave", "object": event}); code != http.StatusAccepted {
		m.t.Fatalf("Leave: status %d", code)
	}
}

// answered wants these answers to its Joins, and nothing that gives anybody
// away.
func (m *mastodon) answered(types ...string) {
	m.t.Helper()
	var got []string
	for _, a := range m.inbox {
		if a.Inner == nil || a.Inner.Type != "Join" {
			continue
		}
		got = append(got, a.Type)
		if a.Actor != "https://photonics.example/a/photonics" || a.Inner.Actor != m.id() || !strings.HasPrefix(a.ObjectID, "https://"+m.host+"/join/event/") {
			m.t.Errorf("%s got %+v", m.host, a)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(types) {
		m.t.Errorf("%s was answered %v, want %v", m.host, got, types)
	}
}

// Three users of other servers want the two seats of a workshop.
func TestPeopleOfOtherServersTakePart(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		anna, bela, cili := net.mastodon("anna.example", "anna"), net.mastodon("bela.example", "bela"), net.mastodon("cili.example", "cili")
		it := net.workshop("photonics", hub.Free, 2)
		anna.join(it.ID, "Hozok vizet")
		bela.join(it.ID, "")
		cili.join(it.ID, "")
		net.settle()
		anna.answered("Accept")
		bela.answered("Accept")
		cili.answered("TentativeAccept")
		_, doc := net.fetch(t, it.ID)
		if doc["joinMode"] != "free" || doc["participantCount"] != 2.0 || doc["remainingAttendeeCapacity"] != 0.0 || doc["maximumAttendeeCapacity"] != 2.0 ||
			doc["attendees"].(map[string]any)["totalItems"] != 2.0 || doc["anonymousParticipationEnabled"] != true {
			t.Errorf("the event says %v", doc)
		}

		anna.leave(it.ID)
		net.settle()
		cili.answered("TentativeAccept", "Accept")
		cili.join(it.ID, "")
		net.settle()
		cili.answered("TentativeAccept", "Accept", "Accept")
		net.browser().get(it.URL).has(t, "2 résztvevő, 0 szabad hely", "Betelt, várólista van", "Feliratkozom a várólistára")

		// Who takes part has the event, and hears what becomes of it.
		net.pass(time.Minute)
		if _, err := net.node("photonics").hub.CancelEvent(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.browser().get(it.URL).has(t, "A jelentkezés lezárult").hasNot(t, "szabad hely")
		net.settle()
		if updates := bela.got("Update"); len(updates) == 0 || updates[len(updates)-1].Object.Event.Status != vocab.EventCancelled {
			t.Errorf("bela got %+v", updates)
		}
		anna.join(it.ID, "")
		net.settle()
		anna.answered("Accept", "Reject")
		for _, m := range []*mastodon{anna, bela, cili} {
			for _, a := range m.inbox {
				if b := string(a.Raw); strings.Contains(b, "Hozok") || m != anna && strings.Contains(b, "anna.example") {
					t.Errorf("%s got to know of anna: %s", m.host, b)
				}
			}
		}
	})
}

// Nothing that was promised is lost when the node ends and starts again, or the
// other server is away.
func TestAnswersSurviveAnEnd(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		anna, bela := net.mastodon("anna.example", "anna"), net.mastodon("bela.example", "bela")
		it := net.workshop("photonics", hub.Free, 1)
		anna.join(it.ID, "")
		bela.join(it.ID, "")
		net.down["bela.example"] = true
		net.settle()
		net.restart("photonics")
		anna.leave(it.ID)
		net.restart("photonics")
		net.down["bela.example"] = false
		net.pass(time.Hour)
		anna.answered("Accept")
		bela.answered("TentativeAccept", "Accept")
		net.browser().get(it.URL).has(t, "1 résztvevő, 0 szabad hely")
	})
}

// form is a registration at the page.
func registration(name string) url.Values {
	return url.Values{"name": {name}, "email": {strings.ReplaceAll(name, " ", ".") + "@posta.example"}, "organisation": {"Optika Kft."}, "note": {"=vegetáriánus"}, "language": {"hu"}}
}

var privateLink = regexp.MustCompile(`https://photonics\.example(/hu/participation/[\w-]{43})`)

// Somebody without an account registers, waits, is offered a seat, takes it and
// gives it up; the editor sees it all.
func TestRegistrationWithoutAnAccount(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		it := net.workshop("photonics", hub.Free, 1)
		net.settle()
		site := "https://photonics.example"
		form := site + "/hu/events/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:] + "/register"
		// A reader of the association gets here by a link.
		net.browser().get("https://assoc.example/hu/item?id="+url.QueryEscape(it.ID)).has(t, form)

		register := func(name string) string {
			t.Helper()
			p := net.browser().post(form, registration(name))
			found := privateLink.FindStringSubmatch(p.Text)
			if found == nil {
				t.Fatalf("no private link: %s", p.Text)
			}
			return site + found[1]
		}
		net.browser().get(form).has(t, "1 szabad hely", "Mi történik az adataival?", "90 nappal")
		anna, bela := register("Kovács Anna"), register("Nagy Béla")
		net.browser().get(anna).has(t, "Van helye.", "Mentse el ezt a linket", "E-mailt nem küldünk")
		net.browser().get(bela).has(t, "Várólistán van.", "Sorszáma: 1")
		if p := net.browser().get(bela); p.Header.Get("Cache-Control") != "no-store" || p.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("a private page is sent with %v", p.Header)
		}
		p := net.browser().post(form, registration("Kovács Anna"))
		p.has(t, "Ezzel a címmel már van jelentkezés")
		if p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("the same address again: status %d", p.StatusCode)
		}

		net.browser().post(anna+"/withdraw", nil).has(t, "Lemondta")
		net.browser().get(bela).has(t, "Felszabadult egy hely")
		net.browser().get(it.URL).has(t, "0 résztvevő, 0 szabad hely")
		net.browser().post(bela+"/take", nil).has(t, "Van helye.")
		net.browser().post(bela+"/take", nil).has(t, "Közben változott a helyzet")
		cili := register("Kis Cili")
		net.browser().post(bela+"/withdraw", nil)
		net.browser().get(cili).has(t, "Felszabadult egy hely")
		net.pass(49 * time.Hour)
		net.browser().get(cili).has(t, "a következő jelentkező kapta meg", "Újra jelentkezem")
		net.browser().get(it.URL).has(t, "1 szabad hely", "Lehet jelentkezni").hasNot(t, "Kovács", "Anna", "Optika Kft.")

		editor := net.browser().signIn("photonics", "editor", "editor password")
		list := site + "/hu/desk/participants?id=" + url.QueryEscape(it.ID)
		editor.get(site+"/hu/desk").has(t, "Résztvevők")
		editor.get(list).has(t, "Kovács Anna", "Lemondta: 2", "Nem fogadta el a felajánlott helyet: 1", "Optika Kft.")
		editor.post(list, url.Values{"name": {"Kézi Kata"}}).has(t, "Felvettük.", "Kézi Kata", "Részt vesz: 1")
		csv := editor.get(strings.Replace(list, "participants", "participants.csv", 1))
		csv.has(t, "\ufeffÁllapot;Név;", "részt vesz;Kézi Kata;;;;", "lemondta;Kovács Anna;Optika Kft.;Kovács.Anna@posta.example;'=vegetáriánus;hu;")
		if got := csv.Header.Get("Content-Disposition"); got != `attachment; filename="lezermuhely.csv"` {
			t.Errorf("the table is sent as %s", got)
		}
		for _, path := range []string{list, strings.Replace(list, "participants", "participants.csv", 1)} {
			net.browser().get(path).has(t, "Bejelentkezés").hasNot(t, "Kézi Kata")
		}
	})
}

// The organiser accepts each: one from another server, one from the page.
func TestOrganiserAcceptsEach(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		site := "https://photonics.example"
		editor := net.browser().signIn("photonics", "editor", "editor password")
		day := time.Now().AddDate(0, 0, 10).Format("2006-01-02")
		editor.post(site+"/hu/desk/new/event", url.Values{
			"do": {"publish"}, "title.hu": {"Zárt kör"}, "text.hu": {"Szöveg."}, "start": {day}, "start_time": {"10:00"}, "start_zone": {"Europe/Budapest"},
			"place": {"Szeged"}, "registration": {"restricted"}, "capacity": {"5"},
		}).has(t, "Lehet jelentkezni; a szervező dönt mindenkiről", "0 résztvevő, 5 szabad hely")
		items, err := net.node("photonics").hub.OwnItems(t.Context(), hub.Program("test"), hub.Published, hub.Page{Limit: 1})
		if err != nil || len(items) != 1 {
			t.Fatalf("own items: %v, %v", items, err)
		}
		event := items[0].ID
		anna := net.mastodon("anna.example", "anna")
		anna.join(event, "Jönnék")
		form := site + "/hu/events/" + event[strings.LastIndexByte(event, '/')+1:] + "/register"
		p := net.browser().post(form, registration("Nagy Béla"))
		p.has(t, "A szervező még nem döntött.")
		bela := site + privateLink.FindStringSubmatch(p.Text)[1]
		net.settle()
		anna.answered("TentativeAccept")

		list := site + "/hu/desk/participants?id=" + url.QueryEscape(event)
		shown := editor.get(list)
		shown.has(t, "Elbírálásra vár: 2", "Jönnék", "anna.example/users/anna")
		asked := regexp.MustCompile(`name="participation" value="(\w{26})"><input type="hidden" name="id"`).FindAllStringSubmatch(shown.Text, -1)
		editor.post(site+"/hu/desk/participants/accept", url.Values{"participation": {asked[0][1]}, "id": {event}}).has(t, "Részt vesz: 1", "Elbírálásra vár: 1")
		editor.post(site+"/hu/desk/participants/decline", url.Values{"participation": {asked[len(asked)-1][1]}, "id": {event}, "reason": {"Csak tagoknak."}}).has(t, "Elutasítva: 1")
		net.settle()
		anna.answered("TentativeAccept", "Accept")
		net.browser().get(bela).has(t, "A szervező nem tudja fogadni.", "Indok: Csak tagoknak.")
		anna.post(site+"/inbox", map[string]any{"type": "Delete", "object": anna.id()})
		editor.get(list).has(t, "Még senki.").hasNot(t, "anna.example")
	})
}

// Where one does not register here, a Join is ignored, with its id.
func TestJoinIsIgnored(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		anna := net.mastodon("anna.example", "anna")
		it := net.workshop("photonics", hub.NotHere, 0)
		join := anna.join(it.ID, "")
		net.settle()
		if got := anna.got("Ignore"); len(got) != 1 || got[0].ObjectID != join || got[0].Inner != nil {
			t.Errorf("anna got %+v", got)
		}
		net.browser().get(it.URL).hasNot(t, "Jelentkez")
		if p := net.browser().get("https://photonics.example/hu/events/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:] + "/register"); p.StatusCode != http.StatusNotFound {
			t.Errorf("the form is there: status %d", p.StatusCode)
		}
	})
}
