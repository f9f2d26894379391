package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// invited is how an invitation stands at who invites and at who is invited.
func (net *network) invited(host, guest, item string) (there, here hub.InvitationState) {
	net.t.Helper()
	find := func(name, other string) hub.InvitationState {
		views, err := net.node(name).hub.InvitationsTo(net.t.Context(), hub.Program("test"), item)
		if err != nil {
			net.t.Fatal(err)
		}
		for _, v := range views {
			if v.Other == actorAt(other) {
				return v.State
			}
		}
		return hub.NoInvitation
	}
	return find(host, guest), find(guest, host)
}

// agree fails the test unless both sides say that an invitation stands like that.
func (net *network) agree(host, guest, item string, want hub.InvitationState) {
	net.t.Helper()
	if there, here := net.invited(host, guest, item); there != want || here != want {
		net.t.Errorf("%s says %q, %s says %q; want %q", host, there, guest, here, want)
	}
}

// shownIn counts how often a title heads an entry of a page.
func shownIn(p page, title string) int {
	n := 0
	for _, part := range strings.Split(p.Text, `class="card-title"`)[1:] {
		if head, _, _ := strings.Cut(part, "</h3>"); strings.Contains(head, title) {
			n++
		}
	}
	return n
}

// Who is invited knows nothing of the event, so it comes with the invitation,
// however long both are.
func TestALongInvitationArrives(t *testing.T) {
	story(t, []string{"expo", "optics"}, func(t *testing.T, net *network) {
		it := net.publish("expo", hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{
			{Lang: "hu", Title: "Klaszter Expo", Markdown: strings.Repeat("kiállítók ", 1400)}, {Lang: "en", Title: "Cluster Expo", Markdown: "exhibitors"}},
			Event: &hub.Event{Start: hub.NewWhen(time.Now().Add(30*24*time.Hour), "Europe/Budapest"), Place: vocab.Place{Locality: "Eger"}}})
		if err := net.node("expo").hub.Invite(t.Context(), hub.Program("test"), it.ID, nil, "https://optics.example/", strings.Repeat("Jöjjenek! ", 500)); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.agree("expo", "optics", it.ID, hub.InvitationOpen)
		for _, r := range net.sent {
			if strings.Contains(r.Body, `"Invite"`) && len(r.Body) < 60<<10 {
				t.Errorf("it has only %d bytes", len(r.Body))
			}
		}
	})
}

// Three clusters are to hold an event: one accepts, one declines with a reason,
// while the one who asks is down. The event stands once in the association's feed
// under the names of those who agreed, and among the events of both; then the
// co-organiser withdraws, is asked again, and is uninvited.
func TestClustersHoldAnEventTogether(t *testing.T) {
	story(t, []string{"expo", "optics", "metal", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		bo := net.mastodon("social.example", "bo")
		bo.follow(actorAt("expo"))
		host := net.browser().signIn("expo", "editor", "editor password")
		optics := net.browser().signIn("optics", "editor", "editor password")
		metal := net.browser().signIn("metal", "editor", "editor password")
		start := time.Now().Add(30 * 24 * time.Hour)
		it := net.publish("expo", hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Klaszter Expo"}, {Lang: "en", Title: "Cluster Expo"}},
			Event: &hub.Event{Start: hub.NewWhen(start, "Europe/Budapest"), Place: vocab.Place{Name: "Csarnok", Locality: "Eger"}}})
		net.settle()

		ask := "https://expo.example/hu/desk/invite?id=" + url.QueryEscape(it.ID)
		host.get("https://expo.example/hu/desk").has(t, "Társszervezők")
		host.get(ask).has(t, "Még senkit sem kértek fel.")
		host.post(ask, url.Values{}).has(t, "Kérjük, töltse ki.")
		host.post(ask, url.Values{"address": {"@nobody@nobody.example"}, "message": {"Jöjjenek!"}}).has(t, "Ott senkit sem találtunk", "Jöjjenek!", "@nobody@nobody.example")
		host.post(ask, url.Values{"address": {"@optics@optics.example"}, "message": {"Legyünk ott együtt."}}).has(t, "Válaszra vár", "Optics Klaszter")
		host.post(ask, url.Values{"address": {"https://metal.example/"}})
		net.settle()
		net.agree("expo", "optics", it.ID, hub.InvitationOpen)
		net.agree("expo", "metal", it.ID, hub.InvitationOpen)
		net.browser().get("https://optics.example/hu/events").hasNot(t, "Klaszter Expo")

		optics.get("https://optics.example/hu/desk").has(t, "Meghívások (1)")
		optics.get("https://optics.example/hu/desk/invitations").has(t, "Klaszter Expo", "Expo Klaszter", "Válaszra vár")
		one := "/hu/desk/invitations/one?id=" + url.QueryEscape(it.ID)
		optics.get("https://optics.example"+one).has(t, "Legyünk ott együtt.", "Csarnok")
		answer := func(b *browser, name, what, reason string) page {
			return b.post("https://"+name+".example/hu/desk/invitations/"+what, url.Values{"id": {it.ID}, "reason": {reason}})
		}
		answer(metal, "metal", "decline", "").has(t, "Kérjük, töltse ki.")
		net.down["expo.example"] = true
		answer(metal, "metal", "decline", "Aznap vásáron vagyunk.").has(t, "Elutasítva")
		answer(optics, "optics", "accept", "").has(t, "Elfogadva", "Visszalépés")
		net.settle()
		if there, here := net.invited("expo", "optics", it.ID); there != hub.InvitationOpen || here != hub.InvitationAccepted {
			t.Errorf("while the other side is down: %q, %q", there, here)
		}
		net.down["expo.example"] = false
		net.pass(time.Hour)
		net.agree("expo", "optics", it.ID, hub.InvitationAccepted)
		net.agree("expo", "metal", it.ID, hub.InvitationDeclined)
		host.get(ask).has(t, "Aznap vásáron vagyunk.", "Elfogadva")

		// Everybody reads of both, once.
		feed := net.browser().get("https://assoc.example/hu/events")
		feed.has(t, "közösen: Optics Klaszter<")
		for _, at := range []string{"assoc", "expo", "optics"} {
			if n := shownIn(net.browser().get("https://"+at+".example/hu/events"), "Klaszter Expo"); n != 1 {
				t.Errorf("%s shows it %d times", at, n)
			}
		}
		if n := shownIn(net.browser().get("https://metal.example/hu/events"), "Klaszter Expo"); n != 0 {
			t.Errorf("who declined shows it")
		}
		updates := bo.got("Update")
		if len(updates) != 1 || updates[0].Object.Event == nil || len(updates[0].Object.Event.Organizers) != 1 {
			t.Fatalf("bo got %+v", updates)
		}
		named := updates[0].Object.Event.Organizers[0]
		if named.ID != actorAt("optics") || named.Name != "Optics Klaszter" {
			t.Errorf("named is %+v", named)
		}
		// Whether it is true can be asked of who is named.
		if _, accept := net.fetch(t, named.Consent); accept["type"] != "Accept" || accept["actor"] != actorAt("optics") {
			t.Errorf("the consent is %v", accept)
		}
		for _, r := range net.sent {
			a, err := vocab.DecodeActivity([]byte(r.Body))
			if err != nil || a.Type != "Invite" && a.Type != "Reject" {
				continue
			}
			if code, _ := net.fetch(t, a.ID); code != 404 {
				t.Errorf("%s %s is shown: %d", a.Type, a.ID, code)
			}
		}
		// An edit keeps the names, and reaches the co-organiser.
		net.settle()
		edit := url.Values{"title.hu": {"Klaszter Expo 2027"}, "start": {start.Format("2006-01-02")}, "place": {"Csarnok"}, "town": {"Eger"}, "do": {"publish"}}
		form := host.get("https://expo.example/hu/desk/edit?id=" + url.QueryEscape(it.ID))
		_, base, _ := strings.Cut(form.Text, `name="base" value="`)
		base, _, _ = strings.Cut(base, `"`)
		edit.Set("base", base)
		host.post("https://expo.example/hu/desk/edit?id="+url.QueryEscape(it.ID), edit).has(t, "Optics Klaszter")
		net.settle()
		net.browser().get("https://optics.example/hu/events").has(t, "Klaszter Expo 2027")

		answer(optics, "optics", "decline", "Mégsem fér bele.").has(t, "Elutasítva")
		net.settle()
		net.agree("expo", "optics", it.ID, hub.InvitationDeclined)
		net.browser().get("https://assoc.example/hu/events").has(t, "Klaszter Expo 2027").hasNot(t, "közösen:")
		net.browser().get("https://optics.example/hu/events").hasNot(t, "Klaszter Expo")
		host.post(ask, url.Values{"others": {actorAt("optics")}}).has(t, "Válaszra vár")
		net.settle()
		answer(optics, "optics", "accept", "")
		net.settle()
		net.agree("expo", "optics", it.ID, hub.InvitationAccepted)
		net.down["optics.example"] = true
		host.post("https://expo.example/hu/desk/invite/withdraw", url.Values{"id": {it.ID}, "other": {actorAt("optics")}}).has(t, "Visszavonva")
		net.settle()
		net.down["optics.example"] = false
		net.pass(time.Hour)
		net.agree("expo", "optics", it.ID, hub.InvitationWithdrawn)
		net.browser().get("https://optics.example/hu/events").hasNot(t, "Klaszter Expo")
	})
}

// The account of a co-organiser is deleted, and another is blocked: neither is named
// any more, nor is either as the holder of a session, and everybody is told.
func TestPartnersThatAreGoneAreNotNamed(t *testing.T) {
	story(t, []string{"expo", "optics"}, func(t *testing.T, net *network) {
		who, bo, anna := hub.Program("test"), net.mastodon("social.example", "bo"), net.mastodon("reader.example", "anna")
		anna.follow(actorAt("expo"))
		start := hub.NewWhen(time.Now().Add(48*time.Hour), "Europe/Budapest")
		session := func(id, name string) hub.Slot {
			return hub.Slot{Start: start, Title: vocab.Text{{Lang: "hu", Value: "Műhely"}}, Holder: vocab.Party{ID: id, Name: name}}
		}
		it := net.publish("expo", hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Klaszter Expo"}},
			Event: &hub.Event{Start: start, Online: "https://meet.example/", Programme: []hub.Slot{session(bo.id(), "Bo"), session(actorAt("optics"), "Optics Klaszter")}}})
		for _, address := range []string{"@bo@social.example", "https://optics.example/"} {
			if err := net.node("expo").hub.Invite(t.Context(), who, it.ID, nil, address, ""); err != nil {
				t.Fatal(err)
			}
		}
		net.settle()
		if err := net.node("optics").hub.AnswerInvitation(t.Context(), who, it.ID, actorAt("expo"), true, ""); err != nil {
			t.Fatal(err)
		}
		bo.post(actorAt("expo")+"/inbox", map[string]any{"type": "Accept", "object": bo.got("Invite")[0].ID})
		net.settle()
		page := func() page { return net.browser().get("https://expo.example/hu/item?id=" + url.QueryEscape(it.ID)) }
		page().has(t, "közösen: Bo, Optics Klaszter")

		net.down["reader.example"] = true
		bo.post(actorAt("expo")+"/inbox", map[string]any{"type": "Delete", "object": bo.id()})
		net.settle()
		page().has(t, "közösen: Optics Klaszter<").hasNot(t, ">Bo<", " Bo<", "· Bo")
		if _, err := net.node("expo").hub.Block(t.Context(), who, "optics.example", ""); err != nil {
			t.Fatal(err)
		}
		page().hasNot(t, "Optics Klaszter", "közösen:")
		net.down["reader.example"] = false
		net.pass(time.Hour)
		updates := anna.got("Update")
		last := updates[len(updates)-1].Object
		if len(last.Event.Organizers) != 0 || last.Event.Sessions[0].Holder != nil || last.Event.Sessions[1].Holder != nil {
			t.Errorf("anna got %+v", last.Event)
		}
		if views, err := net.node("expo").hub.InvitationsTo(t.Context(), who, it.ID); err != nil || len(views) != 0 {
			t.Errorf("of who is gone there is %+v, %v", views, err)
		}
	})
}

// Who accepts an invitation that was never made, or somebody else's, is told so,
// and nothing changes; one that was taken back on its way stays so.
func TestAcceptancesThatNobodyAskedFor(t *testing.T) {
	story(t, []string{"expo", "optics"}, func(t *testing.T, net *network) {
		who, bo := hub.Program("test"), net.mastodon("social.example", "bo")
		it := net.publish("expo", hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Klaszter Expo"}},
			Event: &hub.Event{Start: hub.NewWhen(time.Now().Add(time.Hour), "Europe/Budapest"), Online: "https://meet.example/"}})
		if err := net.node("expo").hub.Invite(t.Context(), who, it.ID, nil, "https://optics.example/", ""); err != nil {
			t.Fatal(err)
		}
		net.settle()
		var invite vocab.Activity
		for _, r := range net.sent {
			if a, err := vocab.DecodeActivity([]byte(r.Body)); err == nil && a.Type == "Invite" {
				invite = a
			}
		}
		accept := func(id, target string) {
			t.Helper()
			if code := bo.post(actorAt("expo")+"/inbox", map[string]any{"type": "Accept", "object": map[string]any{
				"id": id, "type": "Invite", "actor": actorAt("expo"), "object": it.ID, "target": target}}); code != 202 {
				t.Errorf("status %d", code)
			}
			net.settle()
		}
		accept("https://expo.example/x/01jnever", bo.id())
		accept(invite.ID, actorAt("optics"))
		accept(invite.ID, bo.id())
		got := bo.got("Reject")
		if len(got) != 3 {
			t.Fatalf("bo got %+v", got)
		}
		for _, a := range got {
			if a.Inner == nil || a.Inner.Type != "Invite" || !strings.Contains(a.Content, "Erre nem kapott meghívást") {
				t.Errorf("bo got %+v", a)
			}
		}
		net.agree("expo", "optics", it.ID, hub.InvitationOpen)
		if _, doc := net.fetch(t, it.ID); doc["updated"] != doc["published"] {
			t.Errorf("the event was changed: %v", doc)
		}

		// Undone before it came: bo's Invite is dead when it arrives. One to somebody
		// else's event is nothing.
		event := func(id, author string) map[string]any {
			return map[string]any{"id": id, "type": "Event", "attributedTo": author, "name": "Est", "content": "<p>Est</p>", "startTime": "2030-01-01T10:00:00Z",
				"published": time.Now().UTC().Format(time.RFC3339), "to": []string{vocab.Public}}
		}
		asks := func(id string, of map[string]any) map[string]any {
			return map[string]any{"id": "https://social.example/x/" + id, "type": "Invite", "actor": bo.id(), "target": actorAt("optics"), "to": []string{actorAt("optics")},
				"object": of, "published": time.Now().UTC().Format(time.RFC3339)}
		}
		at := actorAt("optics") + "/inbox"
		first := asks("1", event("https://social.example/o/1", bo.id()))
		bo.post(at, map[string]any{"type": "Undo", "object": first})
		bo.post(at, first)
		bo.post(at, asks("2", event("https://other.example/o/1", bo.id())))
		bo.post(at, asks("3", event("https://social.example/o/3", "https://social.example/users/other")))
		if n, err := net.node("optics").hub.OpenInvitations(t.Context()); err != nil || n != 1 {
			t.Errorf("%d invitations, %v", n, err)
		}
		bo.post(at, asks("4", event("https://social.example/o/4", bo.id())))
		if n, err := net.node("optics").hub.OpenInvitations(t.Context()); err != nil || n != 2 {
			t.Errorf("%d invitations, %v", n, err)
		}
		// What is deleted is nothing to be asked for.
		bo.post(at, map[string]any{"type": "Delete", "object": "https://social.example/o/4"})
		if n, err := net.node("optics").hub.OpenInvitations(t.Context()); err != nil || n != 1 {
			t.Errorf("%d invitations, %v", n, err)
		}
	})
}

// The association says what it stands for: its members sign from their own sites,
// one while the association is down, one not at all, and one takes its name back.
func TestMembersSignAPosition(t *testing.T) {
	story(t, []string{"assoc", "optics", "metal", "wood"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		bo.follow(actorAt("assoc"))
		office := net.browser().signIn("assoc", "office", "office password")
		for _, name := range []string{"optics", "metal", "wood"} {
			net.join(name, "assoc")
		}
		office.get("https://assoc.example/hu/desk/new/news").has(t, "Ez állásfoglalás")
		office.post("https://assoc.example/hu/desk/new/news", url.Values{"title.hu": {"A klaszterek jövőjéért"}, "text.hu": {"Kérjük a kormányt."}, "position": {"on"}, "do": {"publish"}}).has(t, "Állásfoglalás")
		net.settle()
		created := bo.articles()
		if len(created) != 1 {
			t.Fatalf("bo got %+v", created)
		}
		id := created[0].ID
		ask := "https://assoc.example/hu/desk/invite?id=" + url.QueryEscape(id)
		office.get(ask).has(t, "Metal Klaszter", "Optics Klaszter", "Wood Klaszter")
		office.post(ask, url.Values{"others": {actorAt("optics"), actorAt("metal"), actorAt("wood")}, "message": {"Írják alá Önök is."}}).has(t, "Válaszra vár")
		editor := net.browser().signIn("assoc", "editor", "editor password")
		if p := editor.post(ask, url.Values{"address": {"https://optics.example/"}}); p.StatusCode != 403 {
			t.Errorf("an editor asks for signatures: %d", p.StatusCode)
		}
		net.settle()
		sign := func(name, account, what, reason string) page {
			b := net.browser().signIn(name, account, account+" password")
			return b.post("https://"+name+".example/hu/desk/invitations/"+what, url.Values{"id": {id}, "reason": {reason}})
		}
		if p := sign("optics", "editor", "accept", ""); p.StatusCode != 403 {
			t.Errorf("an editor signs: %d", p.StatusCode)
		}
		net.browser().signIn("optics", "editor", "editor password").get("https://optics.example/hu/desk/invitations/one?id="+url.QueryEscape(id)).has(t, "csak az iroda írhat alá", "Írják alá Önök is.")
		sign("optics", "office", "accept", "").has(t, "Elfogadva")
		net.settle()
		net.down["assoc.example"] = true
		sign("metal", "office", "accept", "").has(t, "Elfogadva")
		sign("wood", "office", "decline", "Ezt másképp látjuk.")
		net.settle()
		net.down["assoc.example"] = false
		net.pass(time.Hour)
		net.agree("assoc", "optics", id, hub.InvitationAccepted)
		net.agree("assoc", "metal", id, hub.InvitationAccepted)
		net.agree("assoc", "wood", id, hub.InvitationDeclined)
		net.browser().get("https://assoc.example/hu/").has(t, "aláírta: Optics Klaszter, Metal Klaszter")
		_, doc := net.fetch(t, id)
		signers, _ := doc["contributor"].([]any)
		if len(signers) != 2 || doc["type"] != "Article" {
			t.Errorf("signed by %v", doc["contributor"])
		}
		if content, _ := doc["content"].(string); !strings.Contains(content, "Aláírta: Optics Klaszter, Metal Klaszter") {
			t.Errorf("who reads no properties reads %s", content)
		}
		// It stands among what each signer publishes, too.
		net.browser().get("https://metal.example/hu/").has(t, "A klaszterek jövőjéért", "aláírta: Optics Klaszter, Metal Klaszter")
		net.browser().get("https://wood.example/hu/").hasNot(t, "A klaszterek jövőjéért")

		sign("metal", "office", "decline", "A közgyűlés mást döntött.")
		net.settle()
		net.agree("assoc", "metal", id, hub.InvitationDeclined)
		net.browser().get("https://assoc.example/hu/").has(t, "aláírta: Optics Klaszter<").hasNot(t, "Metal Klaszter</span>")
		net.browser().get("https://metal.example/hu/").hasNot(t, "A klaszterek jövőjéért")
		if last := bo.got("Update"); len(last) == 0 || last[len(last)-1].Object == nil || len(last[len(last)-1].Object.Signers) != 1 {
			t.Errorf("bo got %+v", last)
		}
	})
}

// A night of open factories in four countries, each held by a cluster there: the
// programme says whose sessions are when by every clock, then all of it moves
// online. Who registered stays registered and is told, one cluster being down.
func TestNightInFourCountriesMovesOnline(t *testing.T) {
	story(t, []string{"magyar", "italia", "polska", "lusa"}, func(t *testing.T, net *network) {
		who, bo := hub.Program("test"), net.mastodon("social.example", "bo")
		editor := net.browser().signIn("magyar", "editor", "editor password")
		// 19:00 in Budapest, in December.
		start := time.Date(2000, 12, 11, 18, 0, 0, 0, time.UTC)
		it := net.publish("magyar", hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Ipari Éjszaka"}, {Lang: "en", Title: "Night of Industry"}},
			Event: &hub.Event{Start: hub.NewWhen(start, "Europe/Budapest"), End: hub.NewWhen(start.Add(3*time.Hour), "Europe/Budapest"),
				Place: vocab.Place{Name: "Gyár", Locality: "Győr", Country: "HU"}, Registration: hub.Registration{Mode: hub.Free, Capacity: 50}}})
		for _, name := range []string{"italia", "polska", "lusa"} {
			if err := net.node("magyar").hub.Invite(t.Context(), who, it.ID, nil, "https://"+name+".example/", ""); err != nil {
				t.Fatal(err)
			}
		}
		net.settle()
		for _, name := range []string{"italia", "polska", "lusa"} {
			if err := net.node(name).hub.AnswerInvitation(t.Context(), who, it.ID, actorAt("magyar"), true, ""); err != nil {
				t.Fatal(err)
			}
		}
		net.settle()

		page := "https://magyar.example/hu/desk/programme?id=" + url.QueryEscape(it.ID)
		base := func() string {
			_, rest, _ := strings.Cut(editor.get(page).Text, `name="base" value="`)
			value, _, _ := strings.Cut(rest, `"`)
			return value
		}
		form := url.Values{"base": {base()}, "do": {"save"}}
		for i, s := range []struct{ country, zone, holder, clock, title string }{
			{"HU", "Europe/Budapest", "Magyar Klaszter", "19:00", "Nyitott gyár Győrben"}, {"IT", "Europe/Rome", "Italia Klaszter", "19:00", "Porte aperte"},
			{"PL", "Europe/Warsaw", "Polska Klaszter", "19:30", "Otwarta fabryka"}, {"PT", "Europe/Lisbon", "Lusa Klaszter", "23:30", "Fábrica aberta"},
		} {
			n := "." + string(rune('1'+i))
			for field, value := range map[string]string{"start": "2000-12-11", "start" + n + "_time": s.clock, "zone": s.zone, "country": s.country, "holder": s.holder, "title": s.title,
				"speakers": "Kiss Éva | Gyár Zrt.\nNagy Pál", "track": "Gyárlátogatás", "online": "https://meet.example/" + s.country} {
				if name := "session_" + field; strings.HasSuffix(field, "_time") {
					form.Set(name, value)
				} else {
					form.Set(name+n, value)
				}
			}
		}
		editor.post(page, form).has(t, "Ez kívül esik az eseményen", `href="#f-session_start-4"`, "Porte aperte", "Lusa Klaszter")
		form.Set("session_start.4_time", "18:00")
		net.down["italia.example"] = true
		editor.post(page, form).has(t, "A program mentve.", "Nyitott gyár Győrben", "Fábrica aberta", "Kiss Éva, Gyár Zrt.", "Ugyanekkor: Lisszabon 18:00", "Ugyanekkor: Budapest 19:00", "Portugália · Lusa Klaszter")
		anybody := net.browser()
		at := "https://magyar.example/hu/i/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:]
		anybody.get(at+"?programme=pt-lusa-klaszter").has(t, "Fábrica aberta").hasNot(t, "Porte aperte</h3>")

		// Somebody registers with the form, somebody from elsewhere.
		if code := bo.post(actorAt("magyar")+"/inbox", map[string]any{"type": "Join", "object": it.ID}); code != 202 {
			t.Fatalf("Join: %d", code)
		}
		token, err := net.node("magyar").hub.Register(t.Context(), it.ID, hub.Registrant{Name: "Kovács Ida", Email: "ida@social.example"}, "192.0.2.7")
		if err != nil {
			t.Fatal(err)
		}
		net.settle()
		editor.get("https://magyar.example/hu/desk").has(t, "Online lesz")
		online := "https://magyar.example/hu/desk/online?id=" + url.QueryEscape(it.ID)
		editor.get(online).has(t, "Gyár", "a jelentkezések megmaradnak")
		editor.post(online, url.Values{"online": {""}}).has(t, "Kérjük, töltse ki.")
		editor.post(online, url.Values{"online": {"nem link"}}).has(t, "nem link")
		editor.post(online, url.Values{"online": {"https://meet.example/night"}}).has(t, "Az esemény online lesz.", "https://meet.example/night")
		net.settle()
		net.down["italia.example"] = false
		net.pass(2 * time.Hour)

		turnout, err := net.node("magyar").hub.Turnout(t.Context(), it.ID)
		if err != nil || turnout.Going != 2 {
			t.Errorf("%d take part, %v", turnout.Going, err)
		}
		anybody.get("https://magyar.example/hu/participation/"+token).has(t, "Online lesz megtartva", "Gyár")
		var told []string
		for _, a := range bo.inbox {
			if a.Object != nil && (a.Object.ID == it.ID || a.Object.InReplyTo == it.ID) {
				told = append(told, a.Type+" "+a.Object.Type)
			}
		}
		if got := strings.Join(told, ", "); !strings.HasSuffix(got, "Update Event, Create Note") {
			t.Errorf("who joined from elsewhere got %s", got)
		}
		// The clusters have it as it is now, with everybody's sessions.
		for _, name := range []string{"italia", "polska", "lusa"} {
			p := anybody.get("https://" + name + ".example/hu/item?id=" + url.QueryEscape(it.ID))
			p.has(t, "Online lesz megtartva", "Fábrica aberta", "Otwarta fabryka", "Kiss Éva, Gyár Zrt.", "közösen: Italia Klaszter, Polska Klaszter, Lusa Klaszter", "Portugália · Lusa Klaszter")
		}
		// A later night: the sessions move with it.
		moved := start.AddDate(0, 0, 7)
		if _, err := net.node("magyar").hub.MoveEvent(t.Context(), who, it.ID, hub.NewWhen(moved, "Europe/Budapest"), hub.NewWhen(moved.Add(3*time.Hour), "Europe/Budapest")); err != nil {
			t.Fatal(err)
		}
		anybody.get(at).has(t, "2000. december 18., 19:30 (Varsó)")
	})
}

// A match-making evening before an exhibition and a report after it, the third of
// a series: each page leads to the others, and what somebody else calls a part of
// it stands nowhere.
func TestEventsThatBelongTogether(t *testing.T) {
	story(t, []string{"expo", "optics"}, func(t *testing.T, net *network) {
		start := time.Now().Add(40 * 24 * time.Hour).Truncate(time.Hour)
		publish := func(name, title string, days int, more hub.Event) hub.Item {
			more.Start, more.End = hub.NewWhen(start.AddDate(0, 0, days), "Europe/Budapest"), hub.NewWhen(start.AddDate(0, 0, days).Add(2*time.Hour), "Europe/Budapest")
			more.Place = vocab.Place{Name: "Csarnok"}
			it := net.publish(name, hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: title}}, Event: &more})
			net.settle()
			return it
		}
		if _, err := net.node("optics").hub.Follow(t.Context(), hub.Program("test"), "@expo@expo.example"); err != nil {
			t.Fatal(err)
		}
		net.settle()
		publish("expo", "Klaszter Expo II", -30, hub.Event{Series: vocab.Series{Name: "Klaszter Expo", Edition: 2, Years: 2}})
		main := publish("expo", "Klaszter Expo III", 0, hub.Event{Series: vocab.Series{Name: "Klaszter Expo", Edition: 3, Years: 2}})
		before := publish("expo", "Üzletember-találkozó", -1, hub.Event{PartOf: main.ID})
		publish("expo", "Zárónap", 1, hub.Event{PartOf: main.ID})
		publish("optics", "Idegen est", 1, hub.Event{PartOf: main.ID})
		page := func(b *browser, name, id string) page {
			return b.get("https://" + name + ".example/hu/item?id=" + url.QueryEscape(id))
		}
		anybody := net.browser()
		for _, at := range []string{"expo", "optics"} {
			page(anybody, at, main.ID).has(t, "Klaszter Expo, 3. alkalom · 2 évente", "Előtte: ", "Üzletember-találkozó", "Utána: ", "Zárónap", "Másik alkalom: ", "Klaszter Expo II<").hasNot(t, "Idegen est")
			page(anybody, at, before.ID).has(t, "Ehhez tartozik: ", "Klaszter Expo III")
		}
		_, doc := net.fetch(t, before.ID)
		if super, _ := doc["superEvent"].([]any); len(super) != 1 || super[0] != main.ID {
			t.Errorf("superEvent %v", doc["superEvent"])
		}
		editor := net.browser().signIn("expo", "editor", "editor password")
		editor.get("https://expo.example/hu/desk").hasNot(t, "esedékes")
		editor.get("https://expo.example/hu/desk/new/event").has(t, "A sorozat neve", "Klaszter Expo III, ")
		form := url.Values{"title.hu": {"Negyedik"}, "start": {start.Format("2006-01-02")}, "place": {"Csarnok"}, "do": {"publish"}, "edition": {"sok"}, "part_of": {main.ID}}
		editor.post("https://expo.example/hu/desk/new/event", form).has(t, "1 és 999 közötti számot")
		form.Set("edition", "4")
		editor.post("https://expo.example/hu/desk/new/event", form).has(t, "Kérjük, töltse ki.")
		form.Set("series", "Klaszter Expo")
		form.Set("years", "2")
		editor.post("https://expo.example/hu/desk/new/event", form).has(t, "Klaszter Expo, 4. alkalom · 2 évente", "Ehhez tartozik: ")

		// Half a year before two years are over one is reminded, until there is another.
		time.Sleep(600 * 24 * time.Hour)
		editor = net.browser().signIn("expo", "editor", "editor password")
		editor.get("https://expo.example/hu/desk").has(t, "Klaszter Expo, 3. alkalom · 2 évente: ", "esedékes a következő alkalom")
		publish("expo", "Klaszter Expo V", 730, hub.Event{Series: vocab.Series{Name: "Klaszter Expo", Edition: 5, Years: 2}})
		editor.get("https://expo.example/hu/desk").hasNot(t, "esedékes")
	})
}
