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

// note is what somebody writes below something.
func note(m *mastodon, id, inReplyTo, text string) map[string]any {
	return map[string]any{"id": "https://" + m.host + "/posts/" + id, "type": "Note", "attributedTo": m.id(), "inReplyTo": inReplyTo,
		"content": "<p>" + text + "<script>alert(1)</script></p>", "to": []string{vocab.Public}, "published": time.Now().UTC().Format(time.RFC3339)}
}

func create(object map[string]any) map[string]any {
	return map[string]any{"type": "Create", "object": object, "to": object["to"]}
}

// A Mastodon user comments on news; the editor sees it first, lets it through
// and answers, which reaches the user; the user changes it and deletes it.
func TestAReplyIsHeldAnsweredAndDeleted(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		bo, eve := net.mastodon("social.example", "bo"), net.mastodon("follower.example", "eve")
		eve.follow("https://photonics.example/a/photonics")
		net.settle()
		it := net.publish("photonics", news("Hír", ""))
		net.settle()
		inbox := "https://photonics.example/inbox"
		if code := bo.post(inbox, create(note(bo, "1", it.ID, "Gratulálok!"))); code != http.StatusAccepted {
			t.Fatalf("Create: status %d", code)
		}
		reader, editor := net.browser(), net.browser().signIn("photonics", "editor", "editor password")
		reader.get(it.URL).hasNot(t, "Gratulálok")
		desk := "https://photonics.example/hu/desk/replies"
		p := editor.get(desk)
		p.has(t, "Gratulálok!", "Hozzászólások (1)", "@bo@social.example", "Hír")
		p.hasNot(t, "alert(1)")
		reply := "https://social.example/posts/1"
		if p := reader.post(desk+"/approve", url.Values{"id": {reply}}); !strings.Contains(p.Text, "Jelszó") {
			t.Error("somebody who is not signed in approves")
		}
		editor.post(desk+"/approve", url.Values{"id": {reply}}).has(t, "Nem vár jóváhagyásra semmi")
		reader.get(it.URL).has(t, "Gratulálok!", "1 hozzászólás", `href="https://social.example/posts/1"`)
		if _, doc := net.fetch(t, it.ID); doc["replies"].(map[string]any)["totalItems"] != 1.0 {
			t.Errorf("replies: %v", doc["replies"])
		}
		if code, doc := net.fetch(t, it.ID+"/replies"); code != http.StatusOK || doc["items"].([]any)[0] != reply {
			t.Errorf("replies: %d %v", code, doc)
		}

		// Who replies to a reply that is shown is heard as well.
		eve.post(inbox, create(note(eve, "2", reply, "Én is!")))
		editor.get(desk).has(t, "Én is!")

		before := len(eve.got("Create"))
		editor.post(desk+"/answer", url.Values{"id": {reply}, "answer": {"Köszönjük, **Bo**!"}})
		net.settle()
		got := bo.got("Create")
		if len(got) != 1 {
			t.Fatalf("bo got %+v", got)
		}
		said := got[0].Object
		if said.Type != "Note" || said.InReplyTo != reply || said.To[0] != vocab.Public || said.CC[0] != bo.id() ||
			len(said.Tags) != 1 || said.Tags[0].Href != bo.id() || said.Tags[0].Name != "@bo@social.example" ||
			!strings.Contains(said.Content.In("hu"), "<strong>Bo</strong>") {
			t.Errorf("bo got %+v", said)
		}
		if n := len(eve.got("Create")) - before; n != 1 {
			t.Errorf("a follower who got the news got the answer %d times", n)
		}
		editor.post(desk+"/approve", url.Values{"id": {"https://follower.example/posts/2"}})
		editor.post(desk+"/answer", url.Values{"id": {"https://follower.example/posts/2"}, "answer": {"Eve-nek is."}})
		net.settle()
		if n := len(eve.got("Create")) - before; n != 2 {
			t.Errorf("a follower who is answered got it %d times", n-1)
		}
		p = reader.get(it.URL)
		p.has(t, "Köszönjük, <strong>Bo</strong>!", "4 hozzászólás")
		if strings.Index(p.Text, "Gratulálok") > strings.Index(p.Text, "Köszönjük") {
			t.Error("the answer stands before what it answers")
		}
		net.browser().get("https://photonics.example/hu/").hasNot(t, "Köszönjük")
		if _, outbox := net.fetch(t, "https://photonics.example/a/photonics/outbox"); outbox["totalItems"] != 1.0 {
			t.Errorf("the outbox counts answers: %v", outbox)
		}
		if code, doc := net.fetch(t, said.ID); code != http.StatusOK || doc["inReplyTo"] != reply {
			t.Errorf("the answer: %d %v", code, doc)
		}

		// Another text is held again: what was let through was the old one.
		time.Sleep(time.Minute)
		changed := note(bo, "1", it.ID, "Vegyen nálunk!")
		changed["updated"] = time.Now().UTC().Format(time.RFC3339)
		bo.post(inbox, map[string]any{"type": "Update", "object": changed})
		reader.get(it.URL).hasNot(t, "Vegyen", "Gratulálok")
		editor.get(desk).has(t, "Vegyen nálunk!", "Szerkesztve")
		editor.post(desk+"/approve", url.Values{"id": {reply}})
		reader.get(it.URL).has(t, "Vegyen nálunk!", "Szerkesztve")

		if code := eve.post(inbox, map[string]any{"type": "Delete", "object": reply}); code != http.StatusForbidden {
			t.Errorf("somebody else deletes it: status %d", code)
		}
		bo.post(inbox, map[string]any{"type": "Delete", "object": map[string]any{"id": reply, "type": "Tombstone"}})
		reader.get(it.URL).hasNot(t, "Vegyen")
		bo.post(inbox, create(note(bo, "1", it.ID, "Feltámadás")))
		editor.get(desk).hasNot(t, "Feltámadás")

		// A Delete may be faster than what it deletes; for a month it is remembered.
		bo.post(inbox, map[string]any{"type": "Delete", "object": map[string]any{"id": "https://social.example/posts/early", "type": "Tombstone"}})
		bo.post(inbox, create(note(bo, "early", it.ID, "Meggondoltam")))
		editor.get(desk).hasNot(t, "Meggondoltam")

		editor.post(desk+"/delete", url.Values{"id": {said.ID}})
		net.settle()
		if d := bo.got("Delete"); len(d) != 1 || d[0].ObjectID != said.ID {
			t.Errorf("bo got %+v", d)
		}
		reader.get(it.URL).hasNot(t, "Köszönjük")
		if code, _ := net.fetch(t, said.ID); code != http.StatusGone {
			t.Errorf("the deleted answer: status %d", code)
		}
	})
}

// What is for the editors alone stays with them, and so does their answer; votes
// and empty notes are nothing; a rejection can be taken back; those who are
// trusted wait for nobody; a flood is bounded.
func TestOddReplies(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		it := net.publish("photonics", news("Hír", ""))
		net.settle()
		self, inbox, desk := "https://photonics.example/a/photonics", "https://photonics.example/inbox", "https://photonics.example/hu/desk/replies"
		reader, editor := net.browser(), net.browser().signIn("photonics", "editor", "editor password")

		secret := note(bo, "secret", it.ID, "Magunk között")
		secret["to"], secret["cc"] = []string{self}, []string{}
		bo.post(inbox, create(secret))
		editor.get(desk).has(t, "Magunk között", "csak a szerkesztők látják")
		editor.post(desk+"/approve", url.Values{"id": {secret["id"].(string)}})
		reader.get(it.URL).hasNot(t, "Magunk között", "hozzászólás")
		editor.get(it.URL).has(t, "Magunk között")
		editor.post(desk+"/answer", url.Values{"id": {secret["id"].(string)}, "answer": {"Bizalmas válasz"}})
		net.settle()
		got := bo.got("Create")
		if len(got) != 1 || len(got[0].To) != 1 || got[0].To[0] != bo.id() || len(got[0].CC) != 0 {
			t.Fatalf("bo got %+v", got)
		}
		for _, id := range []string{got[0].ID, got[0].ObjectID} {
			if code, doc := net.fetch(t, id); code != http.StatusNotFound {
				t.Errorf("%s: %d %v", id, code, doc)
			}
		}
		reader.get(it.URL).hasNot(t, "Bizalmas")

		private := note(bo, "followers", it.ID, "Csak követőknek")
		private["to"] = []string{bo.id() + "/followers"}
		bo.post(inbox, create(private))
		vote := note(bo, "vote", it.ID, "")
		vote["name"], vote["content"] = "Igen", nil
		bo.post(inbox, create(vote))
		editor.get(desk).hasNot(t, "Csak követőknek", "Igen")

		bo.post(inbox, create(note(bo, "a", it.ID, "Kétséges")))
		a := url.Values{"id": {"https://social.example/posts/a"}}
		editor.post(desk+"/reject", a).has(t, "Elutasítva", "Kétséges")
		reader.get(it.URL).hasNot(t, "Kétséges")
		editor.post(desk+"/reconsider", a).has(t, "Hozzászólások (1)")
		editor.post(desk+"/trust", a)
		bo.post(inbox, create(note(bo, "b", it.ID, "Magától jön")))
		reader.get(it.URL).has(t, "Kétséges", "Magától jön")
		editor.post(desk+"/distrust", url.Values{"id": {bo.id()}})
		bo.post(inbox, create(note(bo, "c", it.ID, "Megint vár")))
		reader.get(it.URL).hasNot(t, "Megint vár")

		for i := range 40 {
			bo.post(inbox, create(note(bo, "flood"+string(rune('A'+i)), it.ID, "Ár")))
		}
		waiting, err := net.node("photonics").hub.HeldReplies(t.Context())
		if err != nil || waiting > 20 {
			t.Errorf("%d wait, %v", waiting, err)
		}
		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)
		if waiting, err := net.node("photonics").hub.HeldReplies(t.Context()); err != nil || waiting != 0 {
			t.Errorf("%d wait below a deleted item, %v", waiting, err)
		}
	})
}

// Likes and boosts are counted once for each who does it, whatever the program,
// and are taken back by any form of Undo.
func TestLikesAndBoostsAreCounted(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		bo, eve := net.mastodon("social.example", "bo"), net.mastodon("other.example", "eve")
		it := net.publish("photonics", news("Hír", ""))
		inbox, reader := "https://photonics.example/inbox", net.browser()
		reader.get(it.URL).hasNot(t, "kedvelés")
		bo.post(inbox, map[string]any{"id": bo.id() + "/l1", "type": "Like", "object": it.ID})
		bo.post(inbox, map[string]any{"id": bo.id() + "/l2", "type": "Like", "object": it.ID, "content": "⭐"})
		eve.post(inbox, map[string]any{"id": eve.id() + "/e1", "type": "EmojiReact", "object": it.ID, "content": "🎉"})
		eve.post(inbox, map[string]any{"type": "Dislike", "object": it.ID})
		bo.post(inbox, map[string]any{"id": bo.id() + "/b1", "type": "Announce", "object": it.ID, "to": []string{vocab.Public}})
		reader.get(it.URL).has(t, "2 kedvelés, 1 megosztás")
		net.browser().signIn("photonics", "editor", "editor password").get("https://photonics.example/hu/desk").has(t, "2 kedvelés, 1 megosztás")
		_, doc := net.fetch(t, it.ID)
		if doc["likes"].(map[string]any)["totalItems"] != 2.0 || doc["shares"].(map[string]any)["totalItems"] != 1.0 {
			t.Errorf("likes %v, shares %v", doc["likes"], doc["shares"])
		}
		code, likes := net.fetch(t, it.ID+"/likes")
		if code != http.StatusOK || likes["totalItems"] != 2.0 || len(likes["items"].([]any)) != 0 {
			t.Errorf("likes: %d %v", code, likes)
		}
		if code, _ := net.fetch(t, it.ID+"/else"); code != http.StatusNotFound {
			t.Errorf("no such collection: status %d", code)
		}
		bo.post(inbox, map[string]any{"type": "Undo", "object": bo.id() + "/l1"})
		eve.post(inbox, map[string]any{"type": "Undo", "object": map[string]any{"id": eve.id() + "/e1", "type": "EmojiReact", "actor": eve.id(), "object": it.ID}})
		reader.get(it.URL).hasNot(t, "kedvelés")
		eve.post(inbox, map[string]any{"type": "Undo", "object": bo.id() + "/b1"})
		reader.get(it.URL).has(t, "1 megosztás")
		bo.post(inbox, map[string]any{"type": "Undo", "object": bo.id() + "/b1"})
		reader.get(it.URL).hasNot(t, "megosztás")
	})
}

// The office hides a member's item only with a reason, which the member's
// editors find at the item, and can answer; nobody else sees any of it.
func TestHidingHasAReasonThatReachesTheMember(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		it := net.publish("photonics", news("Vitás hír", ""))
		net.settle()
		office := net.browser().signIn("assoc", "office", "office password")
		hide := "https://assoc.example/hu/office/hide"
		if p := office.post(hide, url.Values{"id": {it.ID}}); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("hiding without a reason: status %d", p.StatusCode)
		}
		net.browser().get("https://assoc.example/hu/").has(t, "Vitás hír")
		office.post(hide, url.Values{"id": {it.ID}, "reason": {"Téves adat."}})
		net.settle()
		net.browser().get("https://assoc.example/hu/").hasNot(t, "Vitás hír")
		editor := net.browser().signIn("photonics", "editor", "editor password")
		editor.get("https://photonics.example/hu/desk/replies").has(t, "Assoc Klaszter elrejtette", "Téves adat.", "csak a szerkesztők látják", "Vitás hír")
		editor.get(it.URL).has(t, "Téves adat.")
		net.browser().get(it.URL).hasNot(t, "Téves adat.")
		replies, err := net.node("photonics").hub.Replies(t.Context(), hub.Program("test"), hub.Held, hub.Page{Limit: 5})
		if err != nil || len(replies) != 1 {
			t.Fatalf("%+v, %v", replies, err)
		}
		editor.post("https://photonics.example/hu/desk/replies/answer", url.Values{"id": {replies[0].ID}, "answer": {"Javítottuk."}})
		net.settle()
		office.get("https://assoc.example/hu/desk/replies").has(t, "Javítottuk.", "csak a szerkesztők látják")
		item := "https://assoc.example/hu/item?id=" + url.QueryEscape(it.ID)
		office.get(item).has(t, "Téves adat.", "Javítottuk.")
		office.post("https://assoc.example/hu/office/unhide", url.Values{"id": {it.ID}})
		net.settle()
		net.browser().get(item).hasNot(t, "Téves adat.", "Javítottuk.")
		net.browser().get("https://assoc.example/hu/").has(t, "Vitás hír")
		editor.get(it.URL).has(t, "újra megjeleníti")
	})
}

// Who is blocked is not heard, whatever they try, before anything is fetched;
// nothing is sent to them, and what is here of theirs does not show until the
// block is ended.
func TestBlocks(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		bo, robotics := net.mastodon("social.example", "bo"), net.mastodon("cluster.bad.example", "robotics")
		net.followAll("assoc")
		self, inbox := "https://assoc.example/a/assoc", "https://assoc.example/inbox"
		bo.follow(self)
		robotics.follow(self)
		office := net.browser().signIn("assoc", "office", "office password")
		office.post("https://assoc.example/hu/office/follow", url.Values{"address": {"@robotics@cluster.bad.example"}})
		net.settle()
		robotics.post(inbox, map[string]any{"type": "Accept", "object": robotics.got("Follow")[0].ID})
		robotics.post(inbox, create(article(robotics, "1", "Rossz hír", "1999-12-31T10:00:00Z")))
		it := net.publish("assoc", news("Közös hír", ""))
		net.settle()
		robotics.post(inbox, create(note(robotics, "2", it.ID, "Rossz szó")))
		office.post("https://assoc.example/hu/desk/replies/approve", url.Values{"id": {"https://cluster.bad.example/posts/2"}})
		reader, feed := net.browser(), "https://assoc.example/hu/"
		reader.get(feed).has(t, "Rossz hír")
		reader.get(it.URL).has(t, "Rossz szó")
		undone, sent := len(bo.got("Undo")), len(robotics.inbox)

		blocks := "https://assoc.example/hu/office/blocks"
		for _, wrong := range []string{"", "nem domain!", "assoc.example", "example", "@nobody@nowhere.example"} {
			if p := office.post(blocks, url.Values{"subject": {wrong}, "kind": {"block"}}); p.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("blocking %q: status %d", wrong, p.StatusCode)
			}
		}
		office.post(blocks, url.Values{"subject": {"Bad.Example"}, "note": {"Kéretlen reklám"}, "kind": {"block"}}).has(t, "bad.example", "Kéretlen reklám")
		net.settle()
		reader.get(feed).hasNot(t, "Rossz hír")
		reader.get(it.URL).hasNot(t, "Rossz szó", "hozzászólás")
		if p := reader.get("https://assoc.example/hu/item?id=" + url.QueryEscape("https://cluster.bad.example/posts/1")); p.StatusCode != http.StatusNotFound {
			t.Errorf("the page of a blocked item: status %d", p.StatusCode)
		}
		if n := len(bo.got("Undo")) - undone; n != 1 {
			t.Errorf("%d boosts undone, want 1", n)
		}
		net.publish("assoc", news("Másik hír", ""))
		net.settle()
		if len(robotics.inbox) != sent {
			t.Errorf("who is blocked got %+v", robotics.inbox[sent:])
		}

		evil := net.mastodon("bad.example", "evil") // never seen before
		before := len(net.sent)
		for what, a := range map[string]map[string]any{
			"Create": create(note(evil, "3", it.ID, "Hahó")), "Follow": {"type": "Follow", "object": self}, "Like": {"type": "Like", "object": it.ID},
			"Delete": {"type": "Delete", "object": evil.id()}, "Flag": {"type": "Flag", "object": self},
		} {
			if code := evil.post(inbox, a); code != http.StatusForbidden {
				t.Errorf("%s of who is blocked: status %d", what, code)
			}
			if code := evil.post(self+"/inbox", a); code != http.StatusForbidden {
				t.Errorf("%s of who is blocked: status %d", what, code)
			}
		}
		if len(net.sent) != before {
			t.Errorf("asked for because of somebody who is blocked: %+v", net.sent[before:])
		}
		// What a neighbour passes on of theirs is not read either.
		net.publish("photonics", news("Jó hír", ""))
		if err := net.node("assoc").hub.Fetch(t.Context(), hub.Fetch{Kind: hub.FetchObject, ID: "https://bad.example/posts/9", Actor: "https://photonics.example/a/photonics"}); err == nil {
			t.Error("read what is of a blocked host")
		}
		if p := office.post("https://assoc.example/hu/office/follow", url.Values{"address": {"@evil@bad.example"}}); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("following who is blocked: status %d", p.StatusCode)
		}

		office.post(blocks+"/end", url.Values{"subject": {"bad.example"}})
		reader.get(feed).has(t, "Rossz hír")
		reader.get(it.URL).has(t, "Rossz szó")
		if code := evil.post(inbox, map[string]any{"type": "Like", "object": it.ID}); code != http.StatusAccepted {
			t.Errorf("after the block: status %d", code)
		}
	})
}

// Nobody who is blocked speaks through a neighbour who is not: neither with their
// key nor as the author of what the neighbour sends.
func TestABlockedActorHasNoVoice(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		bo, eve := net.mastodon("social.example", "bo"), net.mastodon("social.example", "eve")
		net.hosts["social.example"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, m := range []*mastodon{bo, eve} {
				if strings.Contains(r.URL.String(), m.name) {
					m.ServeHTTP(w, r)
				}
			}
		})
		it := net.publish("photonics", news("Hír", ""))
		inbox := "https://photonics.example/inbox"
		n := net.node("photonics")
		if _, err := n.hub.Block(t.Context(), hub.Program("test"), "@eve@social.example", ""); err != nil {
			t.Fatal(err)
		}
		if code := eve.post(inbox, create(note(eve, "1", it.ID, "Eve"))); code != http.StatusForbidden {
			t.Errorf("eve: status %d", code)
		}
		if code := bo.post(inbox, create(note(bo, "2", it.ID, "Bo"))); code != http.StatusAccepted {
			t.Errorf("bo: status %d", code)
		}
		forBo := note(bo, "3", it.ID, "Eve mint csoport")
		forBo["attributedTo"], forBo["actor"] = eve.id(), bo.id()
		if code := bo.post(inbox, create(forBo)); code != http.StatusForbidden {
			t.Errorf("bo for eve: status %d", code)
		}
		embedded := create(note(eve, "4", it.ID, "Beágyazva"))
		embedded["attributedTo"] = map[string]any{"id": eve.id(), "type": "Person", "inbox": eve.id() + "/inbox"}
		if code := eve.post(inbox, embedded); code != http.StatusForbidden {
			t.Errorf("eve, embedded: status %d", code)
		}
		waiting, err := n.hub.Replies(t.Context(), hub.Program("test"), hub.Held, hub.Page{Limit: 9})
		if err != nil || len(waiting) != 1 || waiting[0].Author != bo.id() {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
	})
}

// A closed house: members in, everyone else out. What is public can be read by
// all; strangers are told that they may not follow.
func TestAClosedHouse(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		bo, guest := net.mastodon("social.example", "bo"), net.mastodon("guest.example", "gast")
		self, inbox := "https://assoc.example/a/assoc", "https://assoc.example/inbox"
		bo.follow(self)
		guest.follow(self)
		net.followAll("assoc")
		office := net.browser().signIn("assoc", "office", "office password")
		blocks := "https://assoc.example/hu/office/blocks"
		office.post(blocks, url.Values{"subject": {"guest.example"}, "kind": {"exempt"}})
		office.post(blocks+"/closed", url.Values{"closed": {"yes"}}).has(t, "Ami nyilvános, az nyilvános marad")
		net.settle()
		rejects := bo.got("Reject")
		if len(rejects) != 1 || rejects[0].Inner == nil || rejects[0].Inner.Actor != bo.id() || len(guest.got("Reject")) != 0 {
			t.Fatalf("bo got %+v, the guest %+v", rejects, guest.inbox)
		}
		if n, _ := net.node("assoc").hub.CountFollowers(t.Context()); n != 1 {
			t.Errorf("%d followers, want the guest", n)
		}
		it := net.publish("assoc", news("Belső hír", ""))
		net.settle()
		if len(bo.got("Create")) != 0 || len(guest.got("Create")) != 1 {
			t.Errorf("bo got %d, the guest %d", len(bo.got("Create")), len(guest.got("Create")))
		}
		if code := bo.post(inbox, map[string]any{"type": "Like", "object": it.ID}); code != http.StatusForbidden {
			t.Errorf("Like of a stranger: status %d", code)
		}
		if code := guest.post(inbox, map[string]any{"type": "Like", "object": it.ID}); code != http.StatusAccepted {
			t.Errorf("Like of a guest: status %d", code)
		}
		net.publish("photonics", news("Tag híre", ""))
		net.settle()
		reader := net.browser()
		reader.get("https://assoc.example/hu/").has(t, "Tag híre", "Belső hír")
		if code, _ := net.fetch(t, it.ID); code != http.StatusOK {
			t.Errorf("reading what is public: status %d", code)
		}
		bo.follow(self)
		net.settle()
		if n := len(bo.got("Reject")); n != 2 {
			t.Errorf("bo, who asks again, got %d Rejects", n)
		}

		// Who is let in because their host is followed goes when it is not any more.
		fri, neighbour := net.mastodon("friend.example", "fri"), "https://friend.example/users/fri"
		assoc := net.node("assoc").hub
		if _, err := assoc.Follow(t.Context(), hub.Program("test"), neighbour); err != nil {
			t.Fatal(err)
		}
		fri.follow(self)
		net.settle()
		if n := len(fri.got("Accept")); n != 1 {
			t.Fatalf("fri got %+v", fri.inbox)
		}
		if err := assoc.Unfollow(t.Context(), hub.Program("test"), neighbour); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if n, _ := assoc.CountFollowers(t.Context()); n != 1 || len(fri.got("Reject")) != 1 {
			t.Errorf("%d followers, fri got %+v", n, fri.inbox)
		}

		office.post(blocks+"/closed", url.Values{"closed": {"no"}})
		bo.follow(self)
		net.settle()
		if n, _ := net.node("assoc").hub.CountFollowers(t.Context()); n != 2 {
			t.Errorf("%d followers after it was opened, want 2", n)
		}
	})
}

// A Mastodon server reports news in the name of the server; the office sees who
// sent it, what about and why, and settles it. What is not ours is no report.
func TestAReportReachesTheOffice(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		server := net.mastodon("social.example", "social.example") // its own account
		it := net.publish("photonics", news("Kifogásolt hír", ""))
		self, inbox, page := "https://photonics.example/a/photonics", "https://photonics.example/inbox", "https://photonics.example/hu/office/reports"
		flag := map[string]any{"id": server.id() + "/flags/1", "type": "Flag", "content": "Megtévesztő <b>adat</b>", "object": []string{self, it.ID}, "to": self}
		if code := server.post(inbox, flag); code != http.StatusAccepted {
			t.Fatalf("Flag: status %d", code)
		}
		server.post(inbox, map[string]any{"type": "Flag", "content": "Idegen ügy", "object": []string{"https://third.example/users/x"}})
		office := net.browser().signIn("photonics", "office", "office password")
		p := office.get(page)
		p.has(t, "Bejelentések (1)", "social.example", "Megtévesztő adat", "Kifogásolt hír")
		p.hasNot(t, "Idegen ügy")
		if p := net.browser().signIn("photonics", "editor", "editor password").get(page); p.StatusCode != http.StatusForbidden {
			t.Errorf("an editor sees reports: status %d", p.StatusCode)
		}
		done := url.Values{"id": {server.id() + "/flags/1"}}
		office.post(page+"/done", done).has(t, "Nincs elintézetlen bejelentés", "Elintézte: office")
		office.post(page+"/done", done)
		for range 120 {
			server.post(inbox, map[string]any{"type": "Flag", "object": it.ID})
		}
		n := net.node("photonics")
		if open, err := n.hub.OpenReports(t.Context()); err != nil || open != 100 {
			t.Errorf("%d open reports, %v, want 100", open, err)
		}
		time.Sleep(91 * 24 * time.Hour)
		if err := n.hub.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if old, err := n.hub.Reports(t.Context(), hub.Program("test"), true, hub.Page{Limit: 5}); err != nil || len(old) != 0 {
			t.Errorf("after 91 days: %+v, %v", old, err)
		}
	})
}
