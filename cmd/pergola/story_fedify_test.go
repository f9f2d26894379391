package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

// Somebody at another program, Fedify, finds a cluster and an association,
// follows them, and gets what they publish and pass on; and they get what is
// sent from there. One peer reads the draft only and signs so, another RFC 9421.
func TestFedify(t *testing.T) {
	t.Parallel()
	dialects := []struct{ dialect, scheme string }{{"rfc9421", "RFC 9421, RSA"}, {"cavage", "draft-cavage, RSA"}}
	if testing.Short() {
		dialects = dialects[:1]
	}
	for _, tt := range dialects {
		t.Run(tt.dialect, func(t *testing.T) {
			net := newLoopback(t)
			s := fedifyStory{t, net, startFedify(t, net.certificate, tt.dialect), net.found("photonics", hub.Cluster), net.found("assoc", hub.Association)}
			s.follow()
			s.receive("Article", news("Új lézer", "A new laser"))
			s.receive("Event", meeting())
			s.receive("Note", partnersWanted())
			s.react()
			s.send()
			s.unfollow()
			// Pergola's nodes sign with Ed25519 among themselves.
			if taken, refused := net.under(tt.scheme); taken != 14 || refused != nil {
				t.Errorf("%d posts of bo were taken, want 14; refused %+v", taken, refused)
			}
		})
	}
}

// A fedifyStory is told in parts, in order.
type fedifyStory struct {
	t              *testing.T
	net            *loopback
	bo             *fedify
	cluster, assoc *node
}

func meeting() hub.Item {
	start := time.Now().Add(90 * 24 * time.Hour).Truncate(time.Hour)
	return hub.Item{Type: hub.AnEvent, Texts: []hub.ItemText{{Lang: "hu", Title: "Fotonikai nap", Teaser: "Egy nap a fényről.", Markdown: "A **program**."}},
		Event: &hub.Event{Start: hub.NewWhen(start, "Europe/Budapest"), End: hub.NewWhen(start.Add(8*time.Hour), "Europe/Budapest"), Status: vocab.EventScheduled,
			Place: vocab.Place{Name: "Kongresszusi Központ", Locality: "Szeged", Country: "HU"}}}
}

func partnersWanted() hub.Item {
	return hub.Item{Type: hub.ACall, Texts: []hub.ItemText{{Lang: "hu", Title: "Partnert keresünk", Markdown: "Egy pályázathoz."}},
		Call: &hub.Call{Purpose: hub.Request, Seeks: vocab.Text{{Lang: "hu", Value: "mérőműszert"}}, Countries: []string{"HU"},
			Deadline: hub.NewWhen(time.Now().Add(60*24*time.Hour).Truncate(time.Hour), "Europe/Budapest")}}
}

// handle is what people type to find a node's organisation.
func handle(n *node, name string) string { return "@" + name + "@" + n.base.Host }

func (s fedifyStory) follow() {
	s.t.Helper()
	if _, err := s.assoc.hub.Follow(s.t.Context(), hub.Program("test"), handle(s.cluster, "photonics")); err != nil {
		s.t.Fatal(err)
	}
	s.net.settle()
	for name, n := range map[string]*node{"photonics": s.cluster, "assoc": s.assoc} {
		self := n.base.String() + "/a/" + name
		found := s.bo.tell("find", "handle", handle(n, name))
		if found.Type != "Organization" || found.ID != self || found.Username != name || found.Name["hu"]+found.Name[""] == "" {
			s.t.Errorf("Fedify finds %s as %+v", name, found.understood)
		}
		s.bo.tell("act", "type", "Follow", "object", self, "to", self)
		s.net.settle()
		accept := s.bo.got("Accept")
		if accept.Actor != self || accept.Object == nil || accept.Object.Type != "Follow" || accept.Object.Owner != s.bo.base+"/users/bo" || accept.Object.Of != self {
			s.t.Errorf("%s answers the Follow with %+v", name, accept)
		}
	}
	if n, err := s.cluster.hub.CountFollowers(s.t.Context()); n != 2 || err != nil {
		s.t.Errorf("%d followers, %v, want bo and the association", n, err)
	}
}

// receive has the cluster publish something, change it, and delete it; bo gets
// all that, and that the association passes it on.
func (s fedifyStory) receive(typ string, it hub.Item) {
	s.t.Helper()
	it = s.net.publish("photonics", it)
	s.net.settle()
	create := s.bo.got("Create")
	s.understands(typ, it, create)
	announce := s.bo.got("Announce")
	if announce.Actor != s.assoc.base.String()+"/a/assoc" || announce.ObjectID != it.ID || announce.Object == nil || announce.Object.Type != typ {
		s.t.Errorf("the association passes on %+v, %+v", announce, announce.Object)
	}

	it.Texts[0].Title += " (javítva)"
	it = s.net.publish("photonics", it)
	s.net.settle()
	update := s.bo.got("Update")
	s.understands(typ, it, update)
	before, after := moment(s.t, create.Object.Updated), moment(s.t, update.Object.Updated)
	if !after.After(before) || update.Object.Published != create.Object.Published {
		s.t.Errorf("the Update is of %s, the Create of %s", after, before)
	}

	if _, err := s.cluster.hub.Delete(s.t.Context(), hub.Program("test"), it.ID); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.cluster.hub.Vanish(s.t.Context(), time.Now().Add(2*hub.UndoPeriod)); err != nil {
		s.t.Fatal(err)
	}
	s.net.settle()
	if gone := s.bo.got("Delete"); gone.ObjectID != it.ID || gone.Object == nil || gone.Object.Type != "Tombstone" {
		s.t.Errorf("Delete is understood as %+v, %+v", gone, gone.Object)
	}
	if undo := s.bo.got("Undo"); undo.Actor != announce.Actor || undo.Object == nil || undo.Object.Type != "Announce" || undo.Object.Of != it.ID {
		s.t.Errorf("Undo is understood as %+v, %+v", undo, undo.Object)
	}
}

// understands compares what Fedify understood with what was published.
func (s fedifyStory) understands(typ string, it hub.Item, heard saying) {
	s.t.Helper()
	o := heard.Object
	if heard.Actor != s.cluster.base.String()+"/a/photonics" || o == nil {
		s.t.Fatalf("%s of %s is understood as %+v", typ, it.ID, heard)
	}
	if o.Type != typ || o.ID != it.ID || o.Owner != heard.Actor || !strings.HasPrefix(o.URL, s.cluster.base.String()+"/hu/i/") || o.Published == "" {
		s.t.Errorf("%s %s is understood as %+v", typ, it.ID, o)
	}
	for _, text := range it.Texts {
		if !strings.Contains(o.Content[text.Lang], "</strong>") && it.Type != hub.ACall {
			s.t.Errorf("content in %s: %q", text.Lang, o.Content[text.Lang])
		}
		title := o.Name[text.Lang]
		if it.Type == hub.ACall { // a Note has no name
			title = o.Content[text.Lang]
		}
		if !strings.Contains(title, text.Title) {
			s.t.Errorf("title in %s: %q, want %q", text.Lang, title, text.Title)
		}
	}
	if it.Type != hub.AnEvent {
		return
	}
	if start, end := moment(s.t, o.StartTime), moment(s.t, o.EndTime); !start.Equal(it.Event.Start.At) || !end.Equal(it.Event.End.At) {
		s.t.Errorf("from %s to %s, want %s to %s", start, end, it.Event.Start.At, it.Event.End.At)
	}
	if !strings.Contains(o.Summary["hu"], "Szeged") {
		s.t.Errorf("the summary says nothing of where: %q", o.Summary)
	}
}

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Error(err)
	}
	return at
}

// react has bo like, pass on and reply to something, and take it back.
func (s fedifyStory) react() {
	s.t.Helper()
	it := s.net.publish("photonics", news("Szavazzatok", ""))
	s.net.settle()
	to := s.cluster.base.String() + "/a/photonics"
	// responses are likes, boosts, and replies that wait for an editor.
	responses := func() [3]int {
		tallies, err := s.cluster.hub.Tallies(s.t.Context(), it.ID)
		held, heldErr := s.cluster.hub.HeldReplies(s.t.Context())
		if err := errors.Join(err, heldErr); err != nil {
			s.t.Fatal(err)
		}
		return [3]int{tallies[it.ID].Likes, tallies[it.ID].Boosts, held}
	}
	before := responses() // the association's boost
	for _, typ := range []string{"Like", "Announce"} {
		s.bo.tell("act", "type", typ, "object", it.ID, "to", to)
	}
	s.bo.tell("note", "number", "reply", "content", "<p>Remek!</p>", "inReplyTo", it.ID, "to", to)
	if got, want := responses(), [3]int{before[0] + 1, before[1] + 1, before[2] + 1}; got != want {
		s.t.Errorf("likes, boosts and replies are %v, want %v", got, want)
	}
	for _, typ := range []string{"Like", "Announce"} {
		s.bo.tell("undo", "type", typ, "object", it.ID, "to", to)
	}
	s.bo.tell("remove", "number", "reply", "to", to)
	if got := responses(); got != before {
		s.t.Errorf("likes, boosts and replies are %v after Undo and Delete, want %v", got, before)
	}
}

// send has the association follow bo and read what bo writes, changes and
// deletes.
func (s fedifyStory) send() {
	s.t.Helper()
	title := func(id string) (string, error) {
		e, err := s.assoc.hub.Entry(s.t.Context(), id)
		if err != nil {
			return "", err
		}
		return e.Texts[0].Title, nil
	}
	to := s.assoc.base.String() + "/a/assoc"
	old := s.bo.tell("note", "number", "old", "content", "<p>Régi</p>", "to", to)
	if _, err := title(old.ID); !errors.Is(err, hub.ErrNotFound) {
		s.t.Errorf("a note of somebody who is not followed: %v", err)
	}
	followed, err := s.assoc.hub.Follow(s.t.Context(), hub.Program("test"), "@bo@"+strings.TrimPrefix(s.bo.base, "https://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.net.settle()
	if f := s.bo.got("Follow"); f.Actor != to || f.ObjectID != s.bo.base+"/users/bo" {
		s.t.Errorf("Fedify is followed by %+v", f)
	}
	s.net.settle() // the Accept came, and the outbox is read
	all, err := s.assoc.hub.Followed(s.t.Context(), "hu")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range all {
		if f.Actor == followed.Actor && f.State != hub.Accepted {
			s.t.Errorf("the Follow is %s", f.State)
		}
	}
	if got, err := title(old.ID); got != "Régi" || err != nil {
		s.t.Errorf("what the outbox had: %q, %v", got, err)
	}
	fresh := s.bo.tell("note", "number", "fresh", "content", "<p>Friss</p>", "to", to)
	if got, err := title(fresh.ID); got != "Friss" || err != nil {
		s.t.Errorf("after Create: %q, %v", got, err)
	}
	s.bo.tell("note", "number", "fresh", "content", "<p>Frissebb</p>", "to", to)
	if got, err := title(fresh.ID); got != "Frissebb" || err != nil {
		s.t.Errorf("after Update: %q, %v", got, err)
	}
	s.bo.tell("remove", "number", "fresh", "to", to)
	if got, err := title(fresh.ID); !errors.Is(err, federation.ErrGone) {
		s.t.Errorf("after Delete: %q, %v", got, err)
	}
}

func (s fedifyStory) unfollow() {
	s.t.Helper()
	self := s.cluster.base.String() + "/a/photonics"
	s.bo.tell("undo", "type", "Follow", "object", self, "to", self)
	if n, err := s.cluster.hub.CountFollowers(s.t.Context()); n != 1 || err != nil {
		s.t.Errorf("%d followers, %v, want the association alone", n, err)
	}
}
