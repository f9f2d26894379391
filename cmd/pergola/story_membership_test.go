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

func actorAt(name string) string { return "https://" + name + ".example/a/" + name }

// apply has an organisation apply to another.
func (net *network) apply(name, to string) {
	net.t.Helper()
	a := hub.Application{Motivation: "Együtt többre megyünk.", Members: 31, Staff: 120, Kinds: []hub.MemberKind{"company", "research"}, Contact: "Kiss Éva"}
	if _, err := net.node(name).hub.Apply(net.t.Context(), hub.Program("test"), "https://"+to+".example/", a); err != nil {
		net.t.Fatal(err)
	}
}

// between is how a membership stands at the member, or would-be member, and above.
func (net *network) between(member, association string) (below, above hub.MembershipView) {
	net.t.Helper()
	find := func(name string, side hub.Side, other string) hub.MembershipView {
		all, err := net.node(name).hub.Memberships(net.t.Context(), hub.Program("test"), side)
		if err != nil {
			net.t.Fatal(err)
		}
		for _, v := range all {
			if v.Other == actorAt(other) {
				return v
			}
		}
		return hub.MembershipView{}
	}
	return find(member, hub.Above, association), find(association, hub.Below, member)
}

// stands fails the test unless both sides say that a membership stands like that.
func (net *network) stands(member, association string, want hub.MembershipState) {
	net.t.Helper()
	at, above := net.between(member, association)
	if at.State != want || above.State != want {
		net.t.Errorf("%s says %q, %s says %q; want %q", member, at.State, association, above.State, want)
	}
}

// decide has the office of an association decide about a member or applicant.
func (net *network) decide(association, member string, state hub.MembershipState, reason string) {
	net.t.Helper()
	_, v := net.between(member, association)
	if err := net.node(association).hub.Decide(net.t.Context(), hub.Program("test"), v.ID, state, reason); err != nil {
		net.t.Fatalf("%s of %s: %v", state, member, err)
	}
}

// join makes a member of an organisation.
func (net *network) join(member, association string) {
	net.t.Helper()
	net.apply(member, association)
	net.settle()
	net.decide(association, member, hub.Active, "")
	net.settle()
}

// A cluster applies at its own site, is asked back, accepted on a condition, and
// taken in: the association follows it, passes on what it publishes, and lists it.
// Each side is down for a while. Then the cluster leaves.
func TestClusterBecomesMemberAndLeaves(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		bo.follow(actorAt("assoc"))
		cluster := net.browser().signIn("photonics", "office", "office password")
		office := net.browser().signIn("assoc", "office", "office password")
		apply, members := "https://photonics.example/hu/office/apply", "https://assoc.example/hu/office/members"

		cluster.post(apply, url.Values{"address": {"https://assoc.example/"}}).has(t, "Kérjük, töltse ki.")
		cluster.post(apply, url.Values{"address": {"https://nobody.example/"}, "motivation": {"Mert."}}).has(t, "Ott senkit sem találtunk")
		form := url.Values{"address": {"https://assoc.example/"}, "motivation": {"Együtt többre megyünk."}, "members": {"31"}, "staff": {"1,2"}, "kinds": {"company", "research"}, "contact": {"Kiss Éva"}}
		net.down["assoc.example"] = true
		if p := cluster.post(apply, form); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("applying to who is down: %d", p.StatusCode)
		}
		net.down["assoc.example"] = false
		cluster.post(apply, form).has(t, "Jelentkezett", "Együtt többre megyünk.")
		cluster.post(apply, form).has(t, "Már van egy jelentkezés")
		net.settle()
		office.get(members).has(t, "Jelentkezések (1)", "Photonics Klaszter")
		_, v := net.between("photonics", "assoc")
		page := "https://assoc.example/hu/office/member?id=" + v.ID
		office.get(page).has(t, "Együtt többre megyünk.", "31", "1,2", "Kiss Éva", "Legalább 15 tag", "Hiányzik:", "Angol nyelvű oldal")
		net.browser().get("https://assoc.example/hu/clusters").hasNot(t, "Photonics")

		decide := "https://assoc.example/hu/office/member/decide"
		office.post(decide, url.Values{"id": {v.ID}, "decision": {"incomplete"}}).has(t, "Kérjük, töltse ki.")
		office.post("https://assoc.example/hu/office/member/comment", url.Values{"id": {v.ID}, "comment": {"Ismerjük őket."}}).has(t, "Ismerjük őket.")
		net.down["photonics.example"] = true
		office.post(decide, url.Values{"id": {v.ID}, "decision": {"incomplete"}, "reason": {"Hol az angol oldal?"}}).has(t, "Visszakérdezve")
		net.settle()
		net.down["photonics.example"] = false
		net.pass(time.Hour)
		net.stands("photonics", "assoc", hub.Incomplete)
		own, _ := net.between("photonics", "assoc")
		here := "https://photonics.example/hu/office/member?id=" + own.ID
		cluster.get(here).has(t, "Hol az angol oldal?").hasNot(t, "Ismerjük őket.")
		form.Set("id", own.ID)
		form.Set("english", "https://photonics.example/en/")
		net.down["assoc.example"] = true
		cluster.post("https://photonics.example/hu/office/member/amend", form).has(t, "Jelentkezett")
		net.settle()
		net.down["assoc.example"] = false
		net.pass(time.Hour)
		net.stands("photonics", "assoc", hub.Applied)
		office.get(page).has(t, "https://photonics.example/en/")
		office.get("https://assoc.example/hu/office/status").has(t, "visszakérdezett", `<a href="/hu/office/member?id=`+v.ID+`">Tagok</a>`)

		office.post(decide, url.Values{"id": {v.ID}, "decision": {"conditional"}, "reason": {"A közgyűlés jóváhagyásával."}})
		net.settle()
		net.stands("photonics", "assoc", hub.Conditional)
		if n := len(bo.got("Add")) + len(bo.got("Announce")); n != 0 {
			t.Errorf("something is passed on before the end: %d", n)
		}
		office.post(decide, url.Values{"id": {v.ID}, "decision": {"active"}})
		net.settle()
		net.stands("photonics", "assoc", hub.Active)
		office.post(decide, url.Values{"id": {v.ID}, "decision": {"refused"}, "reason": {"Mégsem."}}).has(t, "Ez most nem következhet")
		net.stands("photonics", "assoc", hub.Active)
		if listed := net.listed(t); listed[actorAt("photonics")] == nil {
			t.Errorf("listed are %v", listed)
		}
		_, actor := net.fetch(t, actorAt("photonics"))
		if of := fmt.Sprint(actor["memberOf"]); of != "["+actorAt("assoc")+"]" {
			t.Errorf("memberOf %s", of)
		}
		// Who knows no memberships reads it in the table of the profile.
		if table := fmt.Sprint(actor["attachment"]); !strings.Contains(table, "Tagja") || !strings.Contains(table, "Assoc Klaszter</a>") {
			t.Errorf("the profile's table is %s", table)
		}
		net.browser().get("https://photonics.example/hu/about").has(t, "Tagja", "Assoc Klaszter")
		net.browser().get("https://assoc.example/hu/clusters").has(t, "Tagok", "Photonics Klaszter").hasNot(t, "Megfigyelők")
		it := net.publish("photonics", news("Új lézer", ""))
		net.settle()
		if got := bo.got("Announce"); len(got) != 1 || got[0].ObjectID != it.ID {
			t.Errorf("bo got %+v", got)
		}
		if p := office.post("https://assoc.example/hu/office/unfollow", url.Values{"actor": {actorAt("photonics")}}); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("unfollowing a member: %d", p.StatusCode)
		}

		// What was said between the two is shown to nobody else.
		for _, r := range net.sent {
			if !strings.Contains(r.Body, `"type":"Relationship"`) {
				continue
			}
			a, err := vocab.DecodeActivity([]byte(r.Body))
			if err != nil {
				t.Fatal(err)
			}
			if code, _ := net.fetch(t, a.ID); code != http.StatusNotFound {
				t.Errorf("%s %s is shown: %d", a.Type, a.ID, code)
			}
		}

		net.down["assoc.example"] = true
		cluster.post("https://photonics.example/hu/office/member/part", url.Values{"id": {own.ID}}).has(t, "kilépett")
		net.settle()
		net.down["assoc.example"] = false
		net.pass(2 * time.Hour)
		net.stands("photonics", "assoc", hub.Parted)
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("still listed: %v", listed)
		}
		if n, err := net.node("photonics").hub.CountFollowers(t.Context()); err != nil || n != 0 {
			t.Errorf("%d followers after leaving, %v", n, err)
		}
		if _, actor := net.fetch(t, actorAt("photonics")); actor["memberOf"] != nil {
			t.Errorf("memberOf %v after leaving", actor["memberOf"])
		}

		// It may apply again; a year after that is over nothing of it is left.
		net.apply("photonics", "assoc")
		net.settle()
		net.stands("photonics", "assoc", hub.Applied)
		net.decide("assoc", "photonics", hub.TurnedDown, "Ez évben nincs több hely.")
		net.settle()
		net.stands("photonics", "assoc", hub.TurnedDown)
		cluster.get(here).has(t, "Ez évben nincs több hely.")
		time.Sleep(hub.KeepMemberships + time.Hour)
		for _, name := range []string{"photonics", "assoc"} {
			if err := net.node(name).hub.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		net.stands("photonics", "assoc", hub.NoMembership)
	})
}

// A withdrawal crosses an acceptance; a removal; a parting that the other side
// gets twice.
func TestMembershipsCross(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		who := hub.Program("test")
		net.apply("photonics", "assoc")
		net.settle()
		own, _ := net.between("photonics", "assoc")
		net.decide("assoc", "photonics", hub.Active, "")
		if err := net.node("photonics").hub.Part(t.Context(), who, own.ID, "Meggondoltuk."); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.stands("photonics", "assoc", hub.Parted)
		if n, err := net.node("photonics").hub.CountFollowers(t.Context()); err != nil || n != 0 {
			t.Errorf("%d followers, %v", n, err)
		}
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("listed: %v", listed)
		}

		net.join("photonics", "assoc")
		net.stands("photonics", "assoc", hub.Active)
		net.decide("assoc", "photonics", hub.Expelled, "Elmaradt a tagdíj.")
		net.settle()
		net.stands("photonics", "assoc", hub.Expelled)
		net.browser().signIn("photonics", "office", "office password").get("https://photonics.example/hu/office/member?id="+own.ID).has(t, "Elmaradt a tagdíj.")
		if listed := net.listed(t); len(listed) != 0 {
			t.Errorf("listed: %v", listed)
		}

		// Who is followed without being a member is an observer.
		net.follow("assoc", "photonics")
		net.browser().get("https://assoc.example/hu/clusters").has(t, "Megfigyelők", "Photonics Klaszter").hasNot(t, "<h2>Tagok</h2>")
	})
}

// Offers that are none, come twice, or are another's are answered with a Reject
// and its reason; an Accept that nobody asked for is too. Nothing changes.
func TestOffersThatAreRefused(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		bo := net.mastodon("social.example", "bo")
		offer := func(subject, relationship string) map[string]any {
			return map[string]any{"type": "Offer", "target": actorAt("assoc"), "to": actorAt("assoc"), "content": "<p>Kérjük.</p>", "published": time.Now().UTC().Format(time.RFC3339),
				"object": map[string]any{"type": "Relationship", "subject": subject, "relationship": relationship, "object": actorAt("assoc")}}
		}
		post := func(to string, a map[string]any) {
			t.Helper()
			if code := bo.post(actorAt(to)+"/inbox", a); code != http.StatusAccepted {
				t.Fatalf("status %d", code)
			}
			net.settle()
		}
		refused := func(n int, why string) {
			t.Helper()
			got := bo.got("Reject")
			if len(got) != n || !strings.Contains(got[n-1].Content, why) || got[n-1].Inner == nil || got[n-1].Inner.Relation == nil {
				t.Errorf("bo got %+v, want the %d. to say %q", got, n, why)
			}
		}
		post("assoc", offer(actorAt("photonics"), vocab.MemberOf))
		refused(1, "csak a saját nevében")
		post("assoc", offer(bo.id(), "http://purl.org/vocab/relationship/friendOf"))
		refused(2, "más ilyet nem fogadunk")
		post("assoc", offer(bo.id(), vocab.MemberOf))
		if n, err := net.node("assoc").hub.OpenApplications(t.Context()); err != nil || n != 1 {
			t.Fatalf("%d applications, %v", n, err)
		}
		time.Sleep(time.Minute)
		post("assoc", offer(bo.id(), vocab.MemberOf))
		refused(3, "Már van egy jelentkezése")
		if n, err := net.node("assoc").hub.OpenApplications(t.Context()); err != nil || n != 1 {
			t.Errorf("%d applications, %v", n, err)
		}

		// A host that has applied for many is not asked for another.
		one := net.mastodon("many.example", "one")
		err := net.node("assoc").db.Update(t.Context(), func(tx hub.Tx) error {
			for i := range 20 {
				id := fmt.Sprintf("https://many.example/users/%d", i)
				if err := tx.SaveMembership(t.Context(), hub.Membership{ID: id, Side: hub.Below, Other: id, State: hub.Parted, Since: time.Now(), Changed: time.Now()}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if code := one.post(actorAt("assoc")+"/inbox", offer(one.id(), vocab.MemberOf)); code != http.StatusAccepted {
			t.Errorf("status %d", code)
		}
		net.settle()
		if got := one.got("Reject"); len(got) != 1 || !strings.Contains(got[0].Content, "Túl sok") {
			t.Errorf("the 21st of a host got %+v", got)
		}

		post("photonics", map[string]any{"type": "Accept", "object": map[string]any{"id": "https://photonics.example/x/01jnever", "type": "Offer", "actor": actorAt("photonics"),
			"object": map[string]any{"type": "Relationship", "subject": actorAt("photonics"), "relationship": vocab.MemberOf, "object": bo.id()}}})
		refused(4, "Nem jelentkeztünk")
		if all, err := net.node("photonics").hub.Memberships(t.Context(), hub.Program("test"), hub.Above); err != nil || len(all) != 0 {
			t.Errorf("memberships: %+v, %v", all, err)
		}
		// An acceptance by somebody else is no acceptance.
		net.apply("photonics", "assoc")
		net.settle()
		own, _ := net.between("photonics", "assoc")
		if code := bo.post(actorAt("photonics")+"/inbox", map[string]any{"type": "Accept", "object": own.Offer}); code != http.StatusAccepted {
			t.Errorf("status %d", code)
		}
		net.stands("photonics", "assoc", hub.Applied)
	})
}

// An organisation without a program of its own applies with the form, and sees on
// its private page what becomes of it.
func TestApplicationByForm(t *testing.T) {
	story(t, []string{"assoc"}, func(t *testing.T, net *network) {
		visitor, office := net.browser(), net.browser().signIn("assoc", "office", "office password")
		join := "https://assoc.example/hu/join"
		visitor.get("https://assoc.example/hu/about").has(t, "/hu/join")
		visitor.get(join).has(t, "@assoc@assoc.example")
		visitor.post(join, url.Values{"name": {"Textil Klaszter"}, "staff": {"sok"}}).has(t, "Számot írjon", "Kérjük, töltse ki.")
		form := url.Values{"name": {"Textil Klaszter"}, "email": {"iroda@textil.example"}, "motivation": {"Szeretnénk <b>tagok</b> lenni."}}
		p := visitor.post(join, form)
		p.has(t, "Jelentkezett", "/hu/application/", "&lt;b&gt;tagok")
		_, link, _ := strings.Cut(p.Text, "<code>https://assoc.example/hu/application/")
		link = "https://assoc.example/hu/application/" + link[:strings.Index(link, "</code>")]
		visitor.post(join, form).has(t, "Már van egy jelentkezés")
		all, err := net.node("assoc").hub.Memberships(t.Context(), hub.Program("test"), hub.Below)
		if err != nil || len(all) != 1 {
			t.Fatalf("memberships %+v, %v", all, err)
		}
		decide := func(decision, reason string) {
			office.post("https://assoc.example/hu/office/member/decide", url.Values{"id": {all[0].ID}, "decision": {decision}, "reason": {reason}})
		}
		decide("incomplete", "Hány taguk van?")
		visitor.get(link).has(t, "Hány taguk van?", "Visszakérdezve")
		form.Set("members", "12")
		visitor.post(link+"/amend", form).has(t, "12", "Jelentkezett")
		decide("active", "Üdvözöljük!")
		visitor.get(link).has(t, "Üdvözöljük!")
		net.browser().get("https://assoc.example/hu/clusters").has(t, "Textil Klaszter")
		for range 2 { // pressed twice
			visitor.post(link+"/withdraw", nil).has(t, "kilépett")
		}
		net.browser().get("https://assoc.example/hu/clusters").hasNot(t, "Textil Klaszter")
	})
}

// A company is a member of a cluster, that of an association, and that of one
// above it. What the company publishes reaches each of them once, whoever passes
// it on, and whoever of them is down for a while.
func TestCompanyReachesTheTopOnce(t *testing.T) {
	story(t, []string{"company", "photonics", "assoc", "assoceurope"}, func(t *testing.T, net *network) {
		o, err := net.node("photonics").hub.Organisation(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := net.node("photonics").hub.SetBoostAll(t.Context(), hub.Program("test"), true); err != nil {
			t.Fatal(err)
		}
		bo := net.mastodon("social.example", "bo")
		net.join("company", "photonics")
		net.join("photonics", "assoc")
		net.join("assoc", "assoceurope")
		bo.follow(actorAt("assoc"))
		bo.follow(actorAt("assoceurope"))
		net.settle()
		if _, c := net.fetch(t, actorAt("photonics")+"/members"); fmt.Sprint(c["totalItems"]) != "1" || o.Kind != hub.Cluster {
			t.Errorf("the members of a cluster are %v", c)
		}
		net.down["photonics.example"] = true
		it := net.publish("company", news("Új üveg", ""))
		net.settle()
		net.down["photonics.example"], net.down["assoc.example"] = false, true
		net.pass(time.Hour)
		net.down["assoc.example"] = false
		net.pass(2 * time.Hour)
		once := func(when string) {
			t.Helper()
			for _, name := range []string{"photonics", "assoc", "assoceurope"} {
				es, err := net.node(name).hub.Feed(t.Context(), hub.FeedFilter{}, hub.Page{Limit: 20})
				if err != nil || len(es) != 1 || es[0].ID != it.ID {
					t.Errorf("%s: the feed of %s is %+v, %v", when, name, es, err)
				}
			}
			by := map[string]int{}
			for _, a := range bo.got("Announce") {
				by[a.Actor+" "+a.ObjectID]++
			}
			if len(by) != 2 || by[actorAt("assoc")+" "+it.ID] != 1 || by[actorAt("assoceurope")+" "+it.ID] != 1 {
				t.Errorf("%s: bo got %v", when, by)
			}
		}
		once("by one way")
		// Now the company is a member above as well.
		net.join("company", "assoc")
		it2 := it
		it2.Texts[0].Title = "Még újabb üveg"
		it = net.publish("company", it2)
		net.settle()
		once("by two ways")
		net.down["assoc.example"] = true
		second := net.publish("company", news("Második", ""))
		net.settle()
		net.down["assoc.example"] = false
		net.pass(2 * time.Hour)
		n := 0
		for _, a := range bo.got("Announce") {
			if a.ObjectID == second.ID && a.Actor == actorAt("assoc") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("what a direct member wrote was passed on %d times", n)
		}
	})
}
