package hub_test

import (
	"strings"
	"testing"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

func TestForeignReply(t *testing.T) {
	const self = "https://assoc.example/a/assoc"
	received := time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)
	text := vocab.Text{{Lang: "de", Value: "<p>Gut <script>x</script></p>"}}
	for _, test := range []struct {
		name string
		obj  vocab.Object
		a    vocab.Activity
		want func(r hub.Reply, ok bool) bool
	}{
		{"public", vocab.Object{Type: "Note", Content: text, To: []string{vocab.Public}}, vocab.Activity{}, func(r hub.Reply, ok bool) bool {
			return ok && !r.Private && r.Lang == "de" && r.State == hub.Held && !strings.Contains(r.HTML, "script") && r.Published.Equal(received)
		}},
		{"unlisted", vocab.Object{Type: "Note", Content: text, To: []string{"x"}, CC: []string{vocab.Public}}, vocab.Activity{}, func(r hub.Reply, ok bool) bool { return ok && !r.Private }},
		{"addressed by its activity", vocab.Object{Type: "Page", Content: text}, vocab.Activity{To: []string{vocab.Public}}, func(r hub.Reply, ok bool) bool { return ok && !r.Private }},
		{"for us", vocab.Object{Type: "Note", Content: text, To: []string{self}}, vocab.Activity{To: []string{vocab.Public}}, func(r hub.Reply, ok bool) bool { return ok && r.Private }},
		{"for followers", vocab.Object{Type: "Note", Content: text, To: []string{"https://a.example/followers"}}, vocab.Activity{}, func(_ hub.Reply, ok bool) bool { return !ok }},
		{"for nobody", vocab.Object{Type: "Note", Content: text}, vocab.Activity{}, func(_ hub.Reply, ok bool) bool { return !ok }},
		{"a vote", vocab.Object{Type: "Note", Name: vocab.Text{{Value: "Igen"}}, To: []string{self}}, vocab.Activity{}, func(_ hub.Reply, ok bool) bool { return !ok }},
		{"an event", vocab.Object{Type: "Event", Content: text, To: []string{vocab.Public}}, vocab.Activity{}, func(_ hub.Reply, ok bool) bool { return !ok }},
		{"nothing to read", vocab.Object{Type: "Note", Content: vocab.Text{{Value: "<p><img src=x> </p>"}}, To: []string{vocab.Public}}, vocab.Activity{}, func(_ hub.Reply, ok bool) bool { return !ok }},
		{"very long", vocab.Object{Type: "Note", Content: vocab.Text{{Value: strings.Repeat("<p><b>szó</b></p>", 5000)}}, To: []string{vocab.Public}}, vocab.Activity{}, func(r hub.Reply, ok bool) bool {
			return ok && len(r.HTML) < 17000 && strings.HasPrefix(r.HTML, "<p>szó szó")
		}},
		{"from tomorrow", vocab.Object{Type: "Note", Content: text, To: []string{vocab.Public}, Published: received.Add(24 * time.Hour), Updated: received.Add(24 * time.Hour), URL: "javascript:x"}, vocab.Activity{}, func(r hub.Reply, ok bool) bool {
			return ok && r.Published.Equal(received) && r.Updated.Equal(received) && r.URL == r.ID
		}},
	} {
		test.obj.ID, test.obj.InReplyTo = "https://a.example/1", "https://assoc.example/o/1"
		if r, ok := hub.ForeignReply(test.obj, test.a, self, received); !test.want(r, ok) {
			t.Errorf("%s: %+v, %v", test.name, r, ok)
		}
	}
}

func TestReplaced(t *testing.T) {
	at := time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)
	old := hub.Reply{ID: "1", Author: "a", State: hub.Approved, HTML: "x", Updated: at}
	newer := hub.Reply{ID: "1", Author: "a", State: hub.Held, HTML: "y", Updated: at.Add(time.Second), Received: at.Add(time.Minute)}
	with := func(r hub.Reply, edit func(*hub.Reply)) hub.Reply { edit(&r); return r }
	for _, test := range []struct {
		name     string
		old, new hub.Reply
		trusted  bool
		want     hub.ReplyState // "" when nothing is done
	}{
		{"another text", old, newer, false, hub.Held},
		{"another text of somebody trusted", old, newer, true, hub.Approved},
		{"the same text", old, with(newer, func(r *hub.Reply) { r.HTML = "x" }), false, hub.Approved},
		{"rejected stays rejected", with(old, func(r *hub.Reply) { r.State = hub.Rejected }), newer, true, hub.Rejected},
		{"not newer", old, with(newer, func(r *hub.Reply) { r.Updated = at }), false, ""},
		{"removed", with(old, func(r *hub.Reply) { r.State = hub.Removed }), newer, false, ""},
		{"somebody else's", old, with(newer, func(r *hub.Reply) { r.Author = "b" }), true, ""},
		{"ours", with(old, func(r *hub.Reply) { r.Own = true }), newer, true, ""},
	} {
		got, ok := hub.Replaced(test.old, test.new, test.trusted)
		if ok != (test.want != "") || ok && got.State != test.want {
			t.Errorf("%s: %s, %v, want %q", test.name, got.State, ok, test.want)
		}
		if ok && got.Edited.IsZero() == (got.HTML != test.old.HTML) {
			t.Errorf("%s: edited %v", test.name, got.Edited)
		}
	}
	if got, _ := hub.Replaced(with(old, func(r *hub.Reply) { r.Private = true }), newer, true); !got.Private {
		t.Error("what was private became public")
	}
}

func TestConversation(t *testing.T) {
	at := time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)
	reply := func(id, parent string, minute int) hub.Reply {
		return hub.Reply{ID: id, Parent: parent, Published: at.Add(time.Duration(minute) * time.Minute)}
	}
	var got strings.Builder
	for _, v := range hub.Conversation([]hub.Reply{
		reply("late", "item", 9), reply("b", "a", 3), reply("c", "b", 4), reply("a", "item", 1), reply("d", "a", 2),
		reply("orphan", "gone", 5), reply("self", "self", 6), reply("x", "y", 7), reply("y", "x", 8),
	}) {
		got.WriteString(strings.Repeat(">", v.Depth) + v.ID + " ")
	}
	if want := "a >d >b >>c orphan self late "; got.String() != want {
		t.Errorf("Conversation = %q, want %q", got.String(), want)
	}
}

func TestGuestList(t *testing.T) {
	open := hub.NewGuestList([]hub.Block{{Subject: "bad.example"}, {Subject: "https://mixed.example/users/eve"}, {Subject: "fine.bad.example", Exempt: true}}, nil)
	closed := hub.NewGuestList([]hub.Block{{Subject: hub.Everyone}, {Subject: "guest.example", Exempt: true}}, []string{"https://member.example/a/member"})
	for _, test := range []struct {
		id              string
		barred, strange bool
	}{
		{"https://bad.example/users/x", true, true},
		{"https://BAD.example:8443/users/x", true, true},
		{"https://bad.example./users/x", true, true},
		{"https://deep.sub.bad.example/inbox", true, true},
		{"https://fine.bad.example/users/x", true, true},
		{"https://notbad.example/users/x", false, true},
		{"https://mixed.example/users/eve", true, true},
		{"https://mixed.example/users/bo", false, true},
		{"https://sub.guest.example/users/x", false, false},
		{"https://member.example/users/somebody", false, false},
		{"https://sub.member.example/users/somebody", false, true},
		{"::", false, true},
	} {
		if got := open.Bars(test.id); got != test.barred {
			t.Errorf("Bars(%s) = %v", test.id, got)
		}
		if got := closed.Strange(test.id); got != test.strange {
			t.Errorf("Strange(%s) = %v", test.id, got)
		}
		if open.Strange(test.id) {
			t.Errorf("%s is a stranger to an open house", test.id)
		}
	}
}
