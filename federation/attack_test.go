package federation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

// act is an activity of peer.example's organisation.
func act(typ, rest string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"https://peer.example/x/%d","type":%q,
		"actor":"https://peer.example/a/org",%s}`, time.Now().UnixNano(), typ, rest)
}

// TestAttacks has what go-fed's own engine does with one POST from any signed
// actor, adapted to us.
func TestAttacks(t *testing.T) {
	note := func(id, owner string) string {
		return fmt.Sprintf(`"object":{"id":%q,"type":"Note","attributedTo":%q,"content":"x"}`, id, owner)
	}
	const (
		mine   = "https://peer.example/a/org"
		victim = "https://victim.example/a/org"
		ours   = "https://node.example/a/org"
	)
	type attack struct {
		body string
		want int
	}
	for _, test := range []struct {
		name    string
		attacks []attack
	}{
		{"deadlock by naming our followers twice", []attack{
			{act("Create", `"to":"https://node.example/a/org/followers","cc":"https://node.example/a/org/followers",`+note("https://peer.example/o/1", mine)), 202},
			{act("Create", `"to":["https://node.example/a/org/followers","https://node.example/a/org/followers"],`+note("https://peer.example/o/1", mine)), 202},
			{act("Like", `"object":"https://node.example/a/org/followers"`), 202},
		}},
		{"nil in untyped values", []attack{
			{act("Create", `"to":"https://node.example/a/org/followers","object":{"id":"https://peer.example/o/1","type":"Note",
				"attributedTo":"`+mine+`","tag":[{"type":"Hashtag","name":"#x"},{"type":"Weird"},{},null,5]}`), 202},
			{act("Like", `"object":{"id":5,"type":"Note"}`), 202},
			{act("Create", `"object":{"id":5,"type":"Note"}`), 400},
			{act("Update", `"object":{"id":{},"type":"Note"}`), 400},
			{act("Delete", `"object":{"id":[],"type":"Note"}`), 403},
			{act("Announce", `"object":{"type":"Note"}`), 202},
			{act("Follow", `"object":{"id":null}`), 202},
			{act("Follow", `"object":[]`), 400},
			{act("Follow", `"object":null`), 400},
			{act("Accept", `"object":{"type":"Follow","id":"https://node.example/x/1"}`), 403},
			{act("Undo", `"object":{"type":"Follow","id":"https://peer.example/x/1"}`), 403},
			{act("Create", `"object":{"id":"https://peer.example/o/1","type":"Event","attributedTo":"`+mine+`","duration":"-"}`), 202},
			{act("Create", `"object":{"id":"https://peer.example/o/1","type":"Event","attributedTo":"`+mine+`","duration":""}`), 202},
		}},
		{"forgery of others' objects", []attack{
			{act("Create", note("https://victim.example/o/1", mine)), 403},
			{act("Create", note("https://peer.example/o/1", victim)), 403},
			{act("Create", `"object":"https://victim.example/o/1"`), 403},
			{act("Update", note("https://victim.example/o/1", victim)), 403},
			{act("Update", note("https://peer.example/o/1", "https://peer.example/a/other")), 403},
			{act("Delete", `"object":"https://victim.example/o/1"`), 403},
			{act("Delete", `"object":{"id":"https://victim.example/o/1","type":"Tombstone"}`), 403},
			{act("Delete", `"object":"`+victim+`"`), 403},
			{act("Delete", `"object":"https://peer.example.evil.example/o/1"`), 403},
			{act("Delete", `"object":"https://peer.example:8443/o/1"`), 403},
			{act("Delete", `"object":"http://peer.example/o/1"`), 403},
			{act("Delete", `"object":"https://peer.example@victim.example/o/1"`), 403},
			{act("Update", `"object":{"id":"https://peer.example/a/other","type":"Person","inbox":"https://peer.example/i"}`), 403},
			{act("Create", `"object":{"id":"https://peer.example/a/new","type":"Person","inbox":"https://peer.example/i"}`), 403},
		}},
		{"forgery of ours", []attack{
			{act("Create", note("https://node.example/o/1", mine)), 403},
			{act("Update", note("https://node.example/o/1", ours)), 403},
			{act("Delete", `"object":"https://node.example/o/1"`), 403},
			{act("Delete", `"object":"`+ours+`"`), 403},
			{act("Undo", `"object":{"id":"https://node.example/x/1","type":"Announce","actor":"`+ours+`","object":"https://node.example/o/1"}`), 403},
			{act("Undo", `"object":"https://node.example/x/1"`), 403},
			{act("Accept", `"object":{"id":"https://node.example/x/1","type":"Follow","actor":"`+ours+`","object":"`+victim+`"}`), 403},
			{act("Reject", `"object":{"id":"https://node.example/x/1","type":"Follow","actor":"`+ours+`","object":"`+victim+`"}`), 403},
			{act("Accept", `"object":{"id":"https://node.example/x/1","type":"Join","actor":"`+ours+`","object":"https://victim.example/o/1"}`), 403},
			{act("Move", `"object":"`+victim+`","target":"`+mine+`"`), 403},
		}},
		{"adding to and removing from what is ours", []attack{
			{act("Remove", `"object":"https://x.example/a","target":"https://node.example/a/org/followers"`), 403},
			{act("Add", `"object":"`+mine+`","target":"https://node.example/a/org/following"`), 403},
			{act("Add", `"object":"`+mine+`"`), 403},
			{act("Add", `"object":"https://peer.example/o/1","target":"https://peer.example/a/org/featured"`), 202},
		}},
		{"squatting an id", []attack{
			{strings.Replace(act("Like", `"object":"https://node.example/o/1"`), "https://peer.example/x/", "https://victim.example/x/", 1), 403},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, ours, peer := twoNodes(t)
			for _, a := range test.attacks {
				ours.host.received = nil
				if got := ours.post(t, peer.keys[0], a.body); got != a.want {
					t.Errorf("%d, want %d: %s\n%s", got, a.want, a.body, ours.log)
				}
				if (len(ours.host.received) == 1) != (a.want == 202) {
					t.Errorf("received %d: %s", len(ours.host.received), a.body)
				}
			}
			if strings.Contains(ours.log.String(), "panic") {
				t.Error(ours.log)
			}
		})
	}
}

// TestAttackBlock: whoever hides behind an embedded actor is still himself.
func TestAttackBlock(t *testing.T) {
	_, ours, peer := twoNodes(t)
	body := strings.Replace(createText, `"actor":"https://peer.example/a/org"`,
		`"actor":{"id":"https://peer.example/a/org","type":"Person","name":"Somebody else"}`, 1)
	if got := ours.post(t, peer.keys[0], body); got != 202 {
		t.Fatalf("%d: %s", got, ours.log)
	}
	in := ours.host.received[0]
	if in.Activity.Actor != "https://peer.example/a/org" || in.Actor.ID != in.Activity.Actor || in.Actor.Name.In("") != "The org" {
		t.Errorf("%s, %+v", in.Activity.Actor, in.Actor)
	}
}

// TestAttackTwoActors: members of one name, of which readers take one or the
// other.
func TestAttackTwoActors(t *testing.T) {
	_, ours, peer := twoNodes(t)
	for _, twice := range []string{
		`"actor":"https://victim.example/a/org","actor":"https://peer.example/a/org"`,
		`"actor":"https://peer.example/a/org","actor":"https://victim.example/a/org"`,
		`"actor":"https://victim.example/a/org","Actor":"https://peer.example/a/org"`,
		`"Actor":"https://victim.example/a/org","actor":"https://peer.example/a/org"`,
	} {
		ours.host.received = nil
		body := strings.Replace(createText, `"actor":"https://peer.example/a/org"`, twice, 1)
		got := ours.post(t, peer.keys[0], body)
		for _, in := range ours.host.received {
			if in.Activity.Actor != "https://peer.example/a/org" {
				t.Errorf("%s: %d, received of %s", twice, got, in.Activity.Actor)
			}
		}
	}
}

// TestAttackRetry: what could not be applied can be sent again.
func TestAttackRetry(t *testing.T) {
	_, ours, peer := twoNodes(t)
	ours.host.receive = func(federation.Inbound) error { return errors.New("disk full") }
	if got := ours.post(t, peer.keys[0], createText); got != 500 {
		t.Fatal(got)
	}
	ours.host.receive = func(federation.Inbound) error { return nil }
	if got := ours.post(t, peer.keys[0], createText); got != 202 || len(ours.host.received) != 2 {
		t.Errorf("%d, received %d", got, len(ours.host.received))
	}
}

// TestAttackAmplification: one POST does not make us ask many.
func TestAttackAmplification(t *testing.T) {
	w, ours, peer := twoNodes(t)
	var targets []string
	for i := range 300 {
		targets = append(targets, fmt.Sprintf(`"http://169.254.169.254/%d"`, i))
	}
	list := "[" + strings.Join(targets, ",") + "]"
	for _, body := range []string{
		act("Create", `"to":`+list+`,"object":{"id":"https://peer.example/o/1","type":"Note","attributedTo":"https://peer.example/a/org",
			"inReplyTo":`+list+`,"tag":`+list+`}`),
		act("Announce", `"object":"http://169.254.169.254/latest"`),
		act("Announce", `"object":{"id":"http://169.254.169.254/latest","type":"Note"}`),
		act("Undo", `"object":{"id":"https://peer.example/x/1","type":"Follow","actor":"https://peer.example/a/org","object":"https://node.example/a/org"}`),
	} {
		if got := ours.post(t, peer.keys[0], body); got != 202 {
			t.Errorf("%d: %s", got, ours.log)
		}
	}
	if n := w.requests("GET"); n != 1 || w.requests("169.254") != 0 {
		t.Errorf("%d fetches: %v", n, w.asked)
	}
	// What another origin owns came as its id alone.
	for _, in := range ours.host.received {
		if o := in.Activity.Object; o != nil && strings.Contains(o.ID, "169.254") {
			t.Errorf("received %+v", o)
		}
	}
}

// TestAttackFanOut: two hundred followers of one host are one delivery, and
// nobody is asked anything; one without an inbox is nobody.
func TestAttackFanOut(t *testing.T) {
	w, ours, _ := twoNodes(t)
	to := []string{"", "https://gts.example/u/a/inbox", "https://gts.example/u/b/inbox"}
	for range 200 {
		to = append(to, "https://peer.example/inbox")
	}
	var out outbox
	a := vocab.Activity{ID: ours.base + "/x/1", Type: "Delete", Actor: ours.base + "/a/org", ObjectID: ours.base + "/o/1"}
	err := ours.Send(context.Background(), &out, federation.Sending{From: "org", Activity: a, Inboxes: to, Listed: true})
	if err != nil || len(out.deliveries) != 3 || len(out.activities) != 1 {
		t.Errorf("%v, %+v", err, out)
	}
	if n := w.requests(""); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestAttackOnNeighbours: nobody deletes another actor of the same host.
func TestAttackOnNeighbours(t *testing.T) {
	_, ours, peer := twoNodes(t)
	if _, err := ours.Actor(context.Background(), "https://peer.example/a/instance"); err != nil {
		t.Fatal(err)
	}
	if got := ours.post(t, peer.keys[0], act("Delete", `"object":"https://peer.example/a/instance"`)); got != 403 {
		t.Errorf("%d, want 403", got)
	}
	// An object is another matter: moderators delete too.
	if got := ours.post(t, peer.keys[0], act("Delete", `"object":"https://peer.example/o/1"`)); got != 202 {
		t.Errorf("%d, want 202", got)
	}
}
