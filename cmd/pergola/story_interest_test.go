package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// seeking is a call for partners.
func seeking(title string) hub.Item {
	return hub.Item{Type: hub.ACall, Texts: []hub.ItemText{{Lang: "hu", Title: title, Markdown: "Üzemet keresünk."}},
		Call: &hub.Call{Purpose: hub.Request, Seeks: vocab.Text{{Lang: "hu", Value: "üzem"}}}}
}

// follow has a node follow another.
func (net *network) follow(name, whom string) {
	net.t.Helper()
	if _, err := net.node(name).hub.Follow(net.t.Context(), hub.Program("test"), actorAt(whom)); err != nil {
		net.t.Fatal(err)
	}
	net.settle()
}

// answers are those of a part at a node, the latest first.
func (net *network) answers(name string, part hub.Part) []hub.InterestView {
	net.t.Helper()
	all, err := net.node(name).hub.Interests(net.t.Context(), hub.Program("test"), part, hub.Page{Limit: 20})
	if err != nil {
		net.t.Fatal(err)
	}
	return all
}

// answerStands fails the test unless both sides say that the latest answer stands
// like that.
func (net *network) answerStands(caller, answerer string, want hub.InterestState) {
	net.t.Helper()
	theirs, ours := net.answers(caller, hub.Caller), net.answers(answerer, hub.Answerer)
	if len(theirs) == 0 || len(ours) == 0 || theirs[0].State != want || ours[0].State != want || theirs[0].Agreement != ours[0].Agreement {
		net.t.Errorf("%s has %+v, %s has %+v; want %q", caller, theirs, answerer, ours, want)
	}
}

// agreements fails the test unless a node counts that many.
func (net *network) agreements(name string, want int) {
	net.t.Helper()
	if n, err := net.node(name).hub.Agreements(net.t.Context()); err != nil || n != want {
		net.t.Errorf("%s counts %d agreements, %v; want %d", name, n, err, want)
	}
}

// address is what a page leads to that begins like that.
func (p page) address(t *testing.T, begins string) string {
	t.Helper()
	_, rest, found := strings.Cut(p.Text, begins)
	if !found {
		t.Fatalf("the page lacks %q:\n%s", begins, p.Text)
	}
	return strings.ReplaceAll(begins+rest[:strings.IndexAny(rest, `"<`)], "&amp;", "&")
}

// A cluster in Ukraine answers a Hungarian cluster's call on its own site, they
// talk, are introduced and agree; both show the same state all the time, also when
// one of them was down; the agreement counts once at both, at their associations and above those.
func TestCallIsAnsweredAndAgreedOn(t *testing.T) {
	story(t, []string{"medtech", "agri", "assoc", "assocua", "europe"}, func(t *testing.T, net *network) {
		net.join("medtech", "assoc")
		net.join("agri", "assocua")
		net.join("assoc", "europe")
		net.join("assocua", "europe")
		net.follow("agri", "medtech")
		call := net.publish("medtech", seeking("Partnerkeresés: táplálkozás"))
		net.settle()
		ua, hu := net.browser().signIn("agri", "editor", "editor password"), net.browser().signIn("medtech", "editor", "editor password")
		item := "https://agri.example/hu/item?id=" + url.QueryEscape(call.ID)
		net.browser().get(item).hasNot(t, "Válasz a felhívásra")
		form := "https://agri.example" + ua.get(item).address(t, "/hu/desk/answers/new?call=")
		ua.get(form).has(t, "Partnerkeresés: táplálkozás", "Kik Önök")
		ua.post(form, url.Values{"message": {""}, "country": {"XX"}}).has(t, "Kérjük, töltse ki.")

		net.down["medtech.example"] = true
		said := url.Values{"message": {"Van ilyen üzemünk.\nNagy."}, "organisation": {"Lviv Agro"}, "country": {"UA"}, "kind": {"sme-49"}, "cooperation": {"Közös fejlesztés"}, "unclear": {"A határidő"}, "about": {"Gyártók vagyunk."}}
		ua.post(form, said).has(t, "Elküldve", "kézbesítésre vár", "Van ilyen üzemünk.")
		ua.post(form, said).has(t, "már van Önöktől válasz")
		net.settle()
		ua.get("https://agri.example/hu/desk/answers").has(t, "kézbesítésre vár", "Partnerkeresés: táplálkozás")
		net.down["medtech.example"] = false
		net.pass(time.Hour)
		net.answerStands("medtech", "agri", hub.InterestSent)
		own := net.answers("agri", hub.Answerer)[0]
		here := "https://agri.example/hu/desk/answers/one?id=" + own.ID
		ua.get(here).has(t, "Kézbesítve")
		hu.get("https://medtech.example/hu/desk/answers").has(t, "Válaszok (1)", "Agri Klaszter", "Új", "Partnerkeresés")
		of := "https://medtech.example" + hu.get("https://medtech.example/hu/desk").address(t, "/hu/desk/answers?id=")
		hu.get(of).has(t, "Agri Klaszter", "Lviv Agro").hasNot(t, "A mi válaszaink")
		there := "https://medtech.example/hu/desk/answers/one?id=" + net.answers("medtech", hub.Caller)[0].ID
		hu.get(there).has(t, "Nagy.", "Lviv Agro", "Ukrajna", "11–49", "Közös fejlesztés", "A határidő", "Gyártók vagyunk.")

		move, id := "https://medtech.example/hu/desk/answers/move", net.answers("medtech", hub.Caller)[0].ID
		hu.post(move, url.Values{"id": {id}}).has(t, "Kérjük, töltse ki.")
		hu.post(move, url.Values{"id": {id}, "decision": {"declined"}}).has(t, "Kérjük, töltse ki.")
		hu.post(move, url.Values{"id": {id}, "decision": {"confirmed"}}).has(t, "Ez most nem következhet")
		net.down["agri.example"] = true
		hu.post(move, url.Values{"id": {id}, "decision": {"talking"}, "reason": {"Hány tonna?"}}).has(t, "Megbeszélés alatt", "kézbesítésre vár", "editor")
		net.settle()
		hu.get(there).has(t, "A másik oldal nem veszi át")
		net.down["agri.example"] = false
		net.pass(time.Hour)
		net.answerStands("medtech", "agri", hub.InterestTalking)
		ua.get(here).has(t, "Hány tonna?", "Megbeszélés alatt")

		// Nobody learns whom to talk to before both want it.
		ua.post("https://agri.example/hu/desk/answers/introduce", url.Values{"id": {own.ID}, "person": {"Олена"}}).has(t, "Kérjük, töltse ki.")
		ua.post("https://agri.example/hu/desk/answers/introduce", url.Values{"id": {own.ID}, "person": {"Олена"}, "email": {"olena@agri.example"}})
		net.settle()
		hu.get(there).has(t, "Szeretné a bemutatást").hasNot(t, "olena@agri.example")
		for _, r := range net.sent {
			if strings.Contains(r.Body, "olena@agri.example") {
				t.Errorf("whom to talk to has left: %s", r.Body)
			}
		}
		hu.post("https://medtech.example/hu/desk/answers/introduce", url.Values{"id": {id}, "person": {"Kiss Éva"}, "email": {"eva@medtech.example"}, "phone": {"06 1 234"}})
		net.settle()
		hu.get(there).has(t, "Олена", "olena@agri.example")
		ua.get(here).has(t, "Kiss Éva", "eva@medtech.example", "06 1 234")

		hu.post(move, url.Values{"id": {id}, "decision": {"agreed"}, "reason": {"Örülünk!"}}).has(t, "Egyetértés")
		net.settle()
		net.answerStands("medtech", "agri", hub.InterestAgreed)
		net.agreements("medtech", 0)
		net.down["agri.example"], net.down["europe.example"] = true, true
		hu.post(move, url.Values{"id": {id}, "decision": {"confirmed"}}).has(t, "Megállapodás")
		net.settle()
		net.agreements("agri", 0)
		net.agreements("assoc", 1)
		net.agreements("europe", 0)
		net.down["agri.example"], net.down["europe.example"] = false, false
		net.pass(time.Hour)
		net.answerStands("medtech", "agri", hub.InterestConfirmed)
		for _, name := range []string{"medtech", "agri", "assoc", "assocua", "europe"} {
			net.agreements(name, 1)
			net.browser().get("https://"+name+".example/hu/about").has(t, "Megállapodások")
		}
		ua.post("https://agri.example/hu/desk/answers/withdraw", url.Values{"id": {own.ID}})
		net.settle()
		net.answerStands("medtech", "agri", hub.InterestConfirmed)

		// What was said between the two is shown to nobody else, and the associations
		// have learned nothing of who agreed with whom.
		for _, r := range net.sent {
			if r.Method != http.MethodPost || !strings.Contains(r.Body, "Agreement") && !strings.Contains(r.Body, own.Offer) && !strings.Contains(r.Body, "Document") {
				continue
			}
			a, err := vocab.DecodeActivity([]byte(r.Body))
			if err != nil {
				t.Fatal(err)
			}
			if code, _ := net.fetch(t, a.ID); code != http.StatusNotFound {
				t.Errorf("%s %s is shown: %d", a.Type, a.ID, code)
			}
			if (strings.HasPrefix(r.To, "assoc") || r.To == "europe.example") && (strings.Contains(r.Body, own.Offer) || strings.Contains(r.Body, "Éva") || len(a.To) != 1) {
				t.Errorf("%s got %s", r.To, r.Body)
			}
		}

		// Two years later nothing is left of it but that it counts.
		time.Sleep(hub.KeepInterests + time.Hour)
		for _, name := range []string{"medtech", "agri"} {
			if err := net.node(name).hub.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if left := len(net.answers(name, hub.Caller)) + len(net.answers(name, hub.Answerer)); left != 0 {
				t.Errorf("%s keeps %d answers", name, left)
			}
			net.agreements(name, 1)
		}
	})
}

// The caller confirms an agreement while the answerer, who has not heard of it,
// takes the answer back: what was counted is counted no more, up to the top.
func TestAgreementThatIsTakenBack(t *testing.T) {
	story(t, []string{"medtech", "agri", "assoc", "europe"}, func(t *testing.T, net *network) {
		who := hub.Program("test")
		net.join("medtech", "assoc")
		net.join("assoc", "europe")
		net.follow("agri", "medtech")
		call := net.publish("medtech", seeking("Partnerkeresés"))
		net.settle()
		own, err := net.node("agri").hub.Express(t.Context(), who, call.ID, hub.Expression{Message: "Mi."})
		if err != nil {
			t.Fatal(err)
		}
		net.settle()
		move := func(state hub.InterestState) {
			t.Helper()
			if err := net.node("medtech").hub.Broker(t.Context(), who, net.answers("medtech", hub.Caller)[0].ID, state, ""); err != nil {
				t.Fatal(err)
			}
			net.settle()
		}
		move(hub.InterestAgreed)
		net.down["agri.example"] = true
		move(hub.InterestConfirmed)
		for _, name := range []string{"medtech", "assoc", "europe"} {
			net.agreements(name, 1)
		}
		if err := net.node("agri").hub.WithdrawInterest(t.Context(), who, own.ID); err != nil {
			t.Fatal(err)
		}
		net.down["agri.example"], net.down["europe.example"] = false, true
		net.pass(time.Hour)
		net.answerStands("medtech", "agri", hub.InterestWithdrawn)
		net.down["europe.example"] = false
		net.pass(2 * time.Hour)
		for _, name := range []string{"medtech", "agri", "assoc", "europe"} {
			net.agreements(name, 0)
		}
	})
}

// A call is published for somebody who is not named: who answers learns who that is
// when both sides want it, and not before. They may change their minds meanwhile.
func TestAnonymousCallIsBroughtToAnIntroduction(t *testing.T) {
	story(t, []string{"medtech", "agri"}, func(t *testing.T, net *network) {
		net.follow("agri", "medtech")
		it := seeking("Egy közepes hazai cég gyártót keres")
		it.Call.Behalf = hub.Behalf{Country: "HU", Kind: "company", Size: "sme-249"}
		call := net.publish("medtech", it)
		net.settle()
		net.browser().get("https://agri.example/hu/item?id="+url.QueryEscape(call.ID)).has(t, "egy szervezet, név nélkül (Magyarország")
		who := hub.Program("test")
		if _, err := net.node("agri").hub.Express(t.Context(), who, call.ID, hub.Expression{Message: "Gyártók vagyunk."}); err != nil {
			t.Fatal(err)
		}
		net.settle()
		theirs, ours := net.answers("medtech", hub.Caller)[0], net.answers("agri", hub.Answerer)[0]
		introduce := func(name, id string, n hub.Introduction) {
			t.Helper()
			if err := net.node(name).hub.Introduce(t.Context(), who, id, n); err != nil {
				t.Fatal(err)
			}
		}
		named := hub.Introduction{Wanted: true, Person: "Titkos Tamás", Organisation: "Titok Kft.", Email: "t@titok.example"}
		introduce("medtech", theirs.ID, named)
		net.settle()
		introduce("medtech", theirs.ID, hub.Introduction{})
		net.settle()
		net.down["medtech.example"] = true
		introduce("agri", ours.ID, hub.Introduction{Wanted: true, Person: "Олена", Email: "olena@agri.example"})
		net.settle()
		net.down["medtech.example"] = false
		net.pass(time.Hour)
		for _, r := range net.sent {
			if strings.Contains(r.Body, "Titok") || strings.Contains(r.Body, "olena") {
				t.Errorf("%s has learned too much: %s", r.To, r.Body)
			}
		}
		introduce("medtech", theirs.ID, named)
		net.settle()
		editor := net.browser().signIn("agri", "editor", "editor password")
		editor.get("https://agri.example/hu/desk/answers/one?id="+ours.ID).has(t, "Titkos Tamás", "Titok Kft.", "t@titok.example", "megkapták egymás kapcsolattartóját")
		if v := net.answers("medtech", hub.Caller)[0]; !v.Introduced() || v.Theirs.Email != "olena@agri.example" {
			t.Errorf("the caller has %+v", v.Theirs)
		}
	})
}

// Somebody without an account answers at the call's page, sees on a private page
// what becomes of it, and takes it back.
func TestCallIsAnsweredAtTheForm(t *testing.T) {
	story(t, []string{"medtech"}, func(t *testing.T, net *network) {
		call := net.publish("medtech", seeking("Partnerkeresés"))
		visitor, editor := net.browser(), net.browser().signIn("medtech", "editor", "editor password")
		form := "https://medtech.example" + visitor.get(call.URL).address(t, "/hu/calls/")
		visitor.get(form).has(t, "Partnerkeresés", "Milyen együttműködés", "24 hónappal")
		p := visitor.post(form, url.Values{"name": {"Nagy <b>Béla</b>"}, "email": {"béla"}})
		p.has(t, "Kérjük, töltse ki.", "Ez nem e-mail-cím", "hozzájárulása nélkül", "Nagy &lt;b&gt;Béla")
		said := url.Values{"name": {"Nagy Béla"}, "organisation": {"Egyetem"}, "email": {"bela@egyetem.example"}, "message": {"Van laborunk."}, "kind": {"university"}, "country": {"HU"}, "consent": {"yes"}}
		p = visitor.post(form, said)
		p.has(t, "Van laborunk.", "Elküldve", "Egyetem")
		link := p.address(t, "https://medtech.example/hu/answer/")
		visitor.post(form, said).has(t, "már van Önöktől válasz")
		editor.get("https://medtech.example/hu/desk/answers").has(t, "Nagy Béla", "űrlapon")
		id := net.answers("medtech", hub.Caller)[0].ID
		there := "https://medtech.example/hu/desk/answers/one?id=" + id
		editor.get(there).has(t, "bela@egyetem.example", "egyetem", "Magyarország")
		editor.post("https://medtech.example/hu/desk/answers/introduce", url.Values{"id": {id}, "person": {"Kiss Éva"}, "email": {"eva@medtech.example"}})
		visitor.get(link).hasNot(t, "Kiss Éva")
		visitor.post(link+"/introduce", url.Values{"wanted": {"yes"}}).has(t, "Kiss Éva", "eva@medtech.example")
		editor.post("https://medtech.example/hu/desk/answers/move", url.Values{"id": {id}, "decision": {"talking"}, "reason": {"Mekkora labor?"}})
		visitor.get(link).has(t, "Mekkora labor?", "Megbeszélés alatt")
		visitor.post(link+"/withdraw", nil).has(t, "Visszavonva").hasNot(t, "Kiss Éva")
		visitor.post(link+"/withdraw", nil).has(t, "Visszavonva")
		editor.get(there).has(t, "Visszavonva").hasNot(t, "Elküldés</button>")

		// What nobody decides expires, and a closed call takes nothing.
		p = visitor.post(form, said)
		link = p.address(t, "https://medtech.example/hu/answer/")
		time.Sleep(91 * 24 * time.Hour)
		if n, err := net.node("medtech").hub.ExpireInterests(t.Context()); n != 1 || err != nil {
			t.Errorf("%d have expired, %v", n, err)
		}
		visitor.get(link).has(t, "Lejárt", "Senki sem döntött időben")
		if _, err := net.node("medtech").hub.CloseCall(t.Context(), hub.Program("test"), call.ID); err != nil {
			t.Fatal(err)
		}
		visitor.get(form).has(t, "már nem lehet válaszolni")
		visitor.post(form, said).has(t, "már nem lehet válaszolni")
	})
}

// A house that lets only its own in reads answers to its calls all the same, and
// what their authors say of them; whoever is blocked is heard no more, and nothing
// of theirs is left.
func TestStrangerAnswersAClosedHouse(t *testing.T) {
	story(t, []string{"medtech", "agri"}, func(t *testing.T, net *network) {
		who := hub.Program("test")
		net.follow("agri", "medtech")
		call := net.publish("medtech", seeking("Partnerkeresés"))
		net.settle()
		if err := net.node("medtech").hub.SetClosed(t.Context(), who, true); err != nil {
			t.Fatal(err)
		}
		answer := func() hub.Interest {
			t.Helper()
			i, err := net.node("agri").hub.Express(t.Context(), who, call.ID, hub.Expression{Message: "Mi."})
			if err != nil {
				t.Fatal(err)
			}
			net.settle()
			return i
		}
		follows := func(want hub.FollowState) {
			t.Helper()
			all, err := net.node("agri").hub.Followed(t.Context(), "hu")
			if err != nil || len(all) != 1 || all[0].State != want {
				t.Errorf("agri follows %+v, %v; want %q", all, err, want)
			}
		}
		net.settle()
		follows(hub.Refused)
		i := answer()
		net.answerStands("medtech", "agri", hub.InterestSent)
		net.follow("agri", "medtech")
		follows(hub.Accepted)
		if err := net.node("agri").hub.WithdrawInterest(t.Context(), who, i.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.answerStands("medtech", "agri", hub.InterestWithdrawn)
		follows(hub.Refused)
		i = answer()
		if _, err := net.node("medtech").hub.Block(t.Context(), who, "agri.example", ""); err != nil {
			t.Fatal(err)
		}
		if all := net.answers("medtech", hub.Caller); len(all) != 0 {
			t.Errorf("of somebody blocked there is %+v", all)
		}
		if err := net.node("agri").hub.WithdrawInterest(t.Context(), who, i.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if v := net.answers("agri", hub.Answerer)[0]; !v.Lost {
			t.Errorf("nothing is said of what is not taken: %+v", v)
		}
		net.browser().signIn("agri", "office", "office password").get("https://agri.example/hu/desk/answers/one?id="+i.ID).has(t, "nem kézbesíthető", "/hu/office/delivery/host?host=medtech.example")
	})
}

// What cannot be is refused with a reason, and changes nothing: answers to a closed
// call or a second one, acceptances by somebody who was not asked, or of what was
// never offered.
func TestAnswersThatAreRefused(t *testing.T) {
	story(t, []string{"medtech", "agri"}, func(t *testing.T, net *network) {
		who := hub.Program("test")
		net.follow("agri", "medtech")
		call := net.publish("medtech", seeking("Partnerkeresés"))
		closed := net.publish("medtech", seeking("Lezárt"))
		net.settle()
		bo := net.mastodon("social.example", "bo")
		inbox := "https://medtech.example/inbox"
		offers := 0
		offer := func(call string) map[string]any {
			offers++
			return map[string]any{"id": fmt.Sprintf("https://social.example/offers/%d", offers), "type": "Offer", "to": actorAt("medtech"), "content": "<p>Én.</p>", "published": time.Now().UTC().Format(time.RFC3339),
				"object": map[string]any{"type": "Agreement", "stipulates": map[string]any{"type": "Commitment", "satisfies": call + "#primary", "resourceQuantity": map[string]any{"hasUnit": "one"}}}}
		}
		post := func(inbox string, a map[string]any, want int) {
			t.Helper()
			if code := bo.post(inbox, a); code != want {
				t.Fatalf("%v: status %d", a["type"], code)
			}
			net.settle()
		}
		refused := func(n int, why string) {
			t.Helper()
			if got := bo.got("Reject"); len(got) != n || !strings.Contains(got[n-1].Content, why) {
				t.Errorf("bo got %+v, want the %d. to say %q", got, n, why)
			}
		}
		post(inbox, offer(call.ID), http.StatusAccepted)
		if all := net.answers("medtech", hub.Caller); len(all) != 1 || all[0].Message != "Én." {
			t.Fatalf("answers %+v", all)
		}
		post(inbox, offer(call.ID), http.StatusAccepted)
		refused(1, "már van Önöktől válasz")
		// agri has not heard yet that it is closed.
		net.down["medtech.example"] = true
		if _, err := net.node("medtech").hub.CloseCall(t.Context(), who, closed.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := net.node("agri").hub.Express(t.Context(), who, closed.ID, hub.Expression{Message: "Késve."}); err != nil {
			t.Fatal(err)
		}
		net.down["medtech.example"] = false
		net.pass(time.Hour)
		late := net.answers("agri", hub.Answerer)[0]
		if late.State != hub.InterestDeclined {
			t.Errorf("an answer to a closed call is %q", late.State)
		}
		net.browser().signIn("agri", "editor", "editor password").get("https://agri.example/hu/desk/answers/one?id="+late.ID).has(t, "már nem lehet válaszolni")
		post(inbox, offer(closed.ID), http.StatusAccepted)
		refused(2, "már nem lehet válaszolni")
		post(inbox, offer("https://medtech.example/o/01jnever"), http.StatusAccepted)
		refused(3, "Nincs már ilyen felhívás")
		if all := net.answers("medtech", hub.Caller); len(all) != 1 {
			t.Errorf("answers %+v", all)
		}

		if _, err := net.node("agri").hub.Express(t.Context(), who, call.ID, hub.Expression{Message: "Mi."}); err != nil {
			t.Fatal(err)
		}
		net.settle()
		own := net.answers("agri", hub.Answerer)[0]
		post("https://agri.example/inbox", map[string]any{"type": "Accept", "object": own.Offer, "result": map[string]any{"type": "Agreement", "id": "https://social.example/agreements/1",
			"stipulates": map[string]any{"type": "Commitment", "satisfies": call.ID + "#primary"}}}, http.StatusAccepted)
		refused(4, "nem Önöknek szólt")
		post("https://agri.example/inbox", map[string]any{"type": "Accept", "object": "https://agri.example/x/01jnever", "result": map[string]any{"type": "Agreement", "id": "https://social.example/agreements/1",
			"stipulates": map[string]any{"type": "Commitment", "satisfies": "https://social.example/calls/1#primary"}}}, http.StatusAccepted)
		refused(5, "nem válaszoltunk")
		post("https://agri.example/inbox", map[string]any{"type": "Invite", "object": own.Offer, "published": time.Now().UTC().Format(time.RFC3339)}, http.StatusAccepted)
		post("https://agri.example/inbox", map[string]any{"type": "Create", "context": own.Offer, "object": map[string]any{"id": "https://social.example/docs/1", "type": "Document", "attributedTo": bo.id(), "context": "https://social.example/agreements/1"}}, http.StatusAccepted)
		post("https://agri.example/inbox", map[string]any{"type": "Create", "object": map[string]any{"id": "https://social.example/docs/2", "type": "Document", "attributedTo": bo.id(), "context": "https://social.example/agreements/1"}}, http.StatusAccepted)
		net.answerStands("medtech", "agri", hub.InterestSent)
		net.agreements("agri", 0)
		if net.answers("agri", hub.Answerer)[0].Theirs.Wanted {
			t.Error("somebody else wants to be introduced")
		}

		// The call is deleted: who answered is told.
		if _, err := net.node("medtech").hub.Delete(t.Context(), who, call.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(time.Minute)
		net.answerStands("medtech", "agri", hub.InterestDeclined)
		refused(6, "Nincs már ilyen felhívás")
	})
}
