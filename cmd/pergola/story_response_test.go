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
		p = reader.get(it.URL)
		p.has(t, "Köszönjük, <strong>Bo</strong>!", "2 hozzászólás")
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
