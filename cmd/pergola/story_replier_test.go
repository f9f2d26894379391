package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/hub"
)

// Somebody on Mastodon replies to a call; the editor makes an answer of it, and its
// author hears in words what becomes of it.
func TestReplyBecomesAnAnswer(t *testing.T) {
	story(t, []string{"medtech"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		call := net.publish("medtech", seeking("Partnerkeresés"))
		bo.post("https://medtech.example/inbox", create(note(bo, "1", call.ID, "Van üzemünk!")))
		editor := net.browser().signIn("medtech", "editor", "editor password")
		editor.get("https://medtech.example/hu/desk/replies").has(t, "Legyen válasz a felhívásra")
		reply := url.Values{"id": {"https://social.example/posts/1"}}
		editor.post("https://medtech.example/hu/desk/replies/answer-of", reply).has(t, "Van üzemünk!", "hozzászólásból", "@bo@social.example")
		editor.post("https://medtech.example/hu/desk/replies/answer-of", reply).has(t, "már van Önöktől válasz")
		editor.get("https://medtech.example/hu/desk/replies").has(t, "A válasz megnyitása").hasNot(t, "Legyen válasz a felhívásra")
		id := net.answers("medtech", hub.Caller)[0].ID
		move := "https://medtech.example/hu/desk/answers/move"
		editor.post(move, url.Values{"id": {id}, "decision": {"agreed"}, "reason": {"Mikor <jöhetünk>?"}})
		net.settle()
		got := bo.got("Create")
		if len(got) != 1 || got[0].Object.InReplyTo != "https://social.example/posts/1" || fmt.Sprint(got[0].To) != "["+bo.id()+"]" ||
			!strings.Contains(got[0].Object.Content.In("hu"), "Egyetértünk") || !strings.Contains(got[0].Object.Content.In("hu"), "Mikor &lt;jöhetünk&gt;?") {
			t.Errorf("bo got %+v", got)
		}
		if n := len(bo.got("Accept")); n != 0 {
			t.Errorf("bo got %d Accepts", n)
		}
		bo.post("https://medtech.example/inbox", map[string]any{"type": "Delete", "object": "https://social.example/posts/1"})
		editor.get("https://medtech.example/hu/desk/answers/one?id="+id).has(t, "Visszavonva")

		// What is decided by deleting the call is heard as well.
		bo.post("https://medtech.example/inbox", create(note(bo, "2", call.ID, "Mégis!")))
		editor.post("https://medtech.example/hu/desk/replies/answer-of", url.Values{"id": {"https://social.example/posts/2"}})
		if _, err := net.node("medtech").hub.Delete(t.Context(), hub.Program("test"), call.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(time.Minute)
		got = bo.got("Create")
		if said := got[len(got)-1].Object; said.InReplyTo != "https://social.example/posts/2" || !strings.Contains(said.Content.In("hu"), "Nincs már ilyen felhívás") {
			t.Errorf("bo got %+v", said)
		}
		for _, d := range bo.got("Delete") {
			if d.ObjectID == got[len(got)-1].ObjectID {
				t.Error("what bo was told is deleted")
			}
		}
	})
}

// Somebody on Mastodon whose reply was made an answer hears with every word where
// their private page is: there they say that they want to be introduced, and there
// alone, once both want it, stands whom to talk to.
func TestReplierIsIntroduced(t *testing.T) {
	story(t, []string{"medtech"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		call := net.publish("medtech", seeking("Partnerkeresés"))
		bo.post("https://medtech.example/inbox", create(note(bo, "1", call.ID, "Van üzemünk!")))
		editor, visitor := net.browser().signIn("medtech", "editor", "editor password"), net.browser()
		editor.post("https://medtech.example/hu/desk/replies/answer-of", url.Values{"id": {"https://social.example/posts/1"}})
		id := net.answers("medtech", hub.Caller)[0].ID
		do := func(what string, more url.Values) page {
			more.Set("id", id)
			return editor.post("https://medtech.example/hu/desk/answers/"+what, more)
		}
		// heard is the only way in which bo is told: by notes to bo alone.
		heard := func(n int, what string) string {
			t.Helper()
			got := bo.got("Create")
			if len(got) != n || fmt.Sprint(got[n-1].To, got[n-1].CC, got[n-1].Object.To, got[n-1].Object.CC) != "["+bo.id()+"] [] ["+bo.id()+"] []" {
				t.Fatalf("bo got %+v", got)
			}
			said := got[n-1].Object.Content.In("hu")
			if !strings.Contains(said, what) {
				t.Errorf("bo hears %s; want %q", said, what)
			}
			return said
		}
		net.down["social.example"] = true
		do("move", url.Values{"decision": {"talking"}, "reason": {"Hol van?"}})
		net.settle()
		net.down["social.example"] = false
		net.pass(time.Hour)
		link := page{Text: heard(1, "szeretnénk többet tudni")}.address(t, "https://medtech.example/hu/answer/")
		visitor.get(link).has(t, "Hol van?", "Van üzemünk!", "arra a fiókra", "Szeretnénk a bemutatást")
		do("introduce", url.Values{"person": {"Kiss Éva"}, "email": {"eva@medtech.example"}}).has(t, "Szeretné a bemutatást")
		net.settle()
		if again := (page{Text: heard(2, "jelezze magánoldalán")}).address(t, "https://medtech.example/hu/answer/"); again != link {
			t.Errorf("the private page has moved to %s", again)
		}
		visitor.get(link).hasNot(t, "Kiss Éva", "eva@medtech.example")
		visitor.post(link+"/introduce", url.Values{"wanted": {"yes"}}).has(t, "Kiss Éva", "eva@medtech.example")
		net.settle()
		heard(3, "hogy kivel beszélhet")
		do("move", url.Values{"decision": {"agreed"}})
		net.settle()
		heard(4, link)
		for _, r := range net.sent {
			if strings.Contains(r.Body, "eva@medtech.example") {
				t.Errorf("whom to talk to has left: %s", r.Body)
			}
		}
		visitor.post(link+"/withdraw", nil).has(t, "Visszavonva").hasNot(t, "Kiss Éva")
		editor.get("https://medtech.example/hu/desk/answers/one?id="+id).has(t, "Visszavonva")
	})
}
