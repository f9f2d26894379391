package storage_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/storagetest"
)

// A list is something that hub asks for, by name.
type list struct {
	name string
	read func(tx hub.Tx) error
}

// lists are those that must cost the same however much there is.
func lists(n node) []list {
	page := hub.Page{After: fmt.Sprint(noon.UnixMilli(), ".", anna, "/o/1"), Limit: 20}
	var all []list
	add := func(name string, read func(tx hub.Tx) error) { all = append(all, list{name, read}) }
	for _, f := range []hub.FeedFilter{
		{}, {Type: hub.AnEvent}, {Author: anna}, {Type: hub.AnEvent, Author: anna}, {Own: true}, {Own: true, Type: hub.ACall}, {Own: true, Author: self},
	} {
		add(fmt.Sprintf("Feed %+v", f), func(tx hub.Tx) error { _, err := tx.Feed(n.ctx(), f, page); return err })
		add(fmt.Sprintf("ComingEvents %+v", f), func(tx hub.Tx) error {
			_, err := tx.ComingEvents(n.ctx(), f, noon, hub.Page{Limit: 20})
			return err
		})
		add(fmt.Sprintf("OpenCalls %+v", f), func(tx hub.Tx) error { _, err := tx.OpenCalls(n.ctx(), f, noon, page); return err })
	}
	add("Entry", func(tx hub.Tx) error { _, _ = tx.Entry(n.ctx(), anna+"/o/n0"); return nil })
	add("OwnItems", func(tx hub.Tx) error { _, err := tx.OwnItems(n.ctx(), hub.Published, page); return err })
	add("ItemsVanishing", func(tx hub.Tx) error { _, err := tx.ItemsVanishing(n.ctx(), noon); return err })
	add("UntoldItems", func(tx hub.Tx) error { _, err := tx.UntoldItems(n.ctx(), "d", noon, 20); return err })
	add("UntoldChanges", func(tx hub.Tx) error { _, err := tx.UntoldChanges(n.ctx(), "d", hour(-1), noon, 20); return err })
	add("Told", func(tx hub.Tx) error {
		_, err := tx.Told(n.ctx(), "d", hub.SectionNews, []string{"a", "b"})
		return err
	})
	add("Issues", func(tx hub.Tx) error { _, err := tx.Issues(n.ctx(), "", hub.Page{After: "1", Limit: 20}); return err })
	add("Issues of d", func(tx hub.Tx) error { _, err := tx.Issues(n.ctx(), "d", hub.Page{After: "1", Limit: 20}); return err })
	add("Issue", func(tx hub.Tx) error { _, err := tx.Issue(n.ctx(), "1"); return err })
	add("Outbox", func(tx hub.Tx) error {
		_, err := tx.Outbox(n.ctx(), "here", hub.Page{After: "1", Limit: 20})
		return err
	})
	add("Followers", func(tx hub.Tx) error { _, err := tx.Followers(n.ctx(), "here", page); return err })
	add("ReceivedBy", func(tx hub.Tx) error { _, err := tx.ReceivedBy(n.ctx(), "o"); return err })
	add("PendingFor", func(tx hub.Tx) error {
		_, err := tx.PendingFor(n.ctx(), "https://a.example/in", "k", "Accept")
		return err
	})
	add("Jobs", func(tx hub.Tx) error { _, err := tx.Jobs(n.ctx(), "a.example", hub.Page{Limit: 20}); return err })
	add("Participations", func(tx hub.Tx) error { _, err := tx.Participations(n.ctx(), "e", hub.Waiting, 9); return err })
	add("ParticipationsOf", func(tx hub.Tx) error { _, err := tx.ParticipationsOf(n.ctx(), "p"); return err })
	add("Related", func(tx hub.Tx) error {
		_, err := tx.Related(n.ctx(), hub.Item{ID: "i", Author: anna, Event: &hub.Event{Series: vocab.Series{Name: "s"}}})
		return err
	})
	add("LastEditions", func(tx hub.Tx) error { _, err := tx.LastEditions(n.ctx(), anna); return err })
	add("InvitationsTo", func(tx hub.Tx) error { _, err := tx.InvitationsTo(n.ctx(), "i"); return err })
	add("Invitations", func(tx hub.Tx) error { _, err := tx.Invitations(n.ctx(), 20); return err })
	add("EventsDue", func(tx hub.Tx) error { _, err := tx.EventsDue(n.ctx(), noon); return err })
	add("Replies", func(tx hub.Tx) error {
		_, err := tx.Replies(n.ctx(), hub.Held, hub.Page{After: "1", Limit: 20})
		return err
	})
	add("Interests", func(tx hub.Tx) error {
		_, err := tx.Interests(n.ctx(), hub.Caller, hub.Page{After: "1", Limit: 20})
		return err
	})
	add("InterestsIn", func(tx hub.Tx) error { _, err := tx.InterestsIn(n.ctx(), hub.Caller, "x"); return err })
	for _, done := range []bool{false, true} {
		add("Reports", func(tx hub.Tx) error {
			_, err := tx.Reports(n.ctx(), done, hub.Page{After: "1", Limit: 20})
			return err
		})
	}
	for _, done := range []bool{false, true} {
		add("Messages", func(tx hub.Tx) error {
			_, err := tx.Messages(n.ctx(), done, hub.Page{After: "1", Limit: 20})
			return err
		})
	}
	add("Deeds", func(tx hub.Tx) error { _, err := tx.Deeds(n.ctx(), page); return err })
	return all
}

// others are what else must not look at whole tables.
func others(n node) []list {
	it := news(anna, "new", noon)
	all := []list{
		{"InsertItem", func(tx hub.Tx) error { return tx.InsertItem(n.ctx(), it) }},
		{"UpdateItem", func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), it) }},
		{"IsUndone", func(tx hub.Tx) error { _, err := tx.IsUndone(n.ctx(), it.ID); return err }},
		{"DeleteBoosted", func(tx hub.Tx) error { _, _ = tx.DeleteBoosted(n.ctx(), anna, it.ID); return nil }},
		{"Item", func(tx hub.Tx) error { _, err := tx.Item(n.ctx(), it.ID); return err }},
		{"deleting it", func(tx hub.Tx) error {
			it.State = hub.Deleted
			return tx.UpdateItem(n.ctx(), it)
		}},
		{"Participation", func(tx hub.Tx) error { _, _ = tx.Participation(n.ctx(), "x"); return nil }},
		{"ParticipationOf", func(tx hub.Tx) error { _, _ = tx.ParticipationOf(n.ctx(), "e", "p"); return nil }},
		{"ParticipationByToken", func(tx hub.Tx) error { _, _ = tx.ParticipationByToken(n.ctx(), "x"); return nil }},
		{"WaitingBefore", func(tx hub.Tx) error { _, err := tx.WaitingBefore(n.ctx(), hub.Participation{Since: noon}); return err }},
		{"SaveParticipation", func(tx hub.Tx) error {
			return tx.SaveParticipation(n.ctx(), hub.Participation{Since: noon, Changed: noon})
		}},
		{"Attendees", func(tx hub.Tx) error { _, err := tx.Attendees(n.ctx(), "e"); return err }},
		{"KeepParticipations", func(tx hub.Tx) error { return tx.KeepParticipations(n.ctx(), "e", noon) }},
		{"PruneParticipations", func(tx hub.Tx) error { _, err := tx.PruneParticipations(n.ctx(), noon); return err }},
		{"Turnout", func(tx hub.Tx) error { _, err := tx.Turnout(n.ctx(), "e"); return err }},
		{"Headcount", func(tx hub.Tx) error { _, err := tx.Headcount(n.ctx(), "e"); return err }},
		{"SaveHeadcount", func(tx hub.Tx) error { return tx.SaveHeadcount(n.ctx(), hub.Headcount{Event: "e"}) }},
		{"Invitation", func(tx hub.Tx) error { _, _ = tx.Invitation(n.ctx(), "i", "o"); return nil }},
		{"InvitationBy", func(tx hub.Tx) error { _, _ = tx.InvitationBy(n.ctx(), "x"); return nil }},
		{"CountInvitations", func(tx hub.Tx) error { _, err := tx.CountInvitations(n.ctx()); return err }},
		{"CountInvitationsOf", func(tx hub.Tx) error { _, err := tx.CountInvitationsOf(n.ctx(), "https://a.example"); return err }},
		{"SaveInvitation", func(tx hub.Tx) error { return tx.SaveInvitation(n.ctx(), hub.Invitation{Changed: noon}) }},
		{"SetJoint", func(tx hub.Tx) error { return tx.SetJoint(n.ctx(), "i", true) }},
		{"PruneInvitations", func(tx hub.Tx) error { _, err := tx.PruneInvitations(n.ctx(), noon); return err }},
		{"CountItems", func(tx hub.Tx) error { _, err := tx.CountItems(n.ctx()); return err }},
		{"Provenance", func(tx hub.Tx) error { _, err := tx.Provenance(n.ctx(), it.ID); return err }},
		{"Versions", func(tx hub.Tx) error { _, err := tx.Versions(n.ctx(), it.ID); return err }},
		{"FollowerInboxes", func(tx hub.Tx) error { _, err := tx.FollowerInboxes(n.ctx(), "here", "relay"); return err }},
		{"CountFollowers", func(tx hub.Tx) error { _, err := tx.CountFollowers(n.ctx(), "here"); return err }},
		{"DropInbox", func(tx hub.Tx) error { _, err := tx.DropInbox(n.ctx(), "x"); return err }},
		{"ItemsOf", func(tx hub.Tx) error { _, err := tx.ItemsOf(n.ctx(), anna); return err }},
		{"ForgetActor", func(tx hub.Tx) error { return tx.ForgetActor(n.ctx(), "x", noon) }},
		{"Avatar", func(tx hub.Tx) error { _, err := tx.Avatar(n.ctx(), anna); return err }},
		{"SaveAvatar", func(tx hub.Tx) error { return tx.SaveAvatar(n.ctx(), hub.Avatar{Actor: anna, URL: "u", File: "f"}) }},
		{"CountAvatars", func(tx hub.Tx) error { _, err := tx.CountAvatars(n.ctx(), "f"); return err }},
		{"PruneReceived", func(tx hub.Tx) error { _, err := tx.PruneReceived(n.ctx(), noon); return err }},
		{"PruneDeeds", func(tx hub.Tx) error { _, err := tx.PruneDeeds(n.ctx(), noon); return err }},
		{"PruneSessions", func(tx hub.Tx) error { return tx.PruneSessions(n.ctx(), noon, noon) }},
		{"Sessions", func(tx hub.Tx) error { _, err := tx.Sessions(n.ctx(), "1"); return err }},
		{"Failures", func(tx hub.Tx) error { _, err := tx.Failures(n.ctx(), "x", noon); return err }},
		{"AccountNamed", func(tx hub.Tx) error { _, _ = tx.AccountNamed(n.ctx(), "x"); return nil }},
		{"HeldBoosts", func(tx hub.Tx) error { _, err := tx.HeldBoosts(n.ctx(), "x", "x", noon); return err }},
		{"LoseInbox", func(tx hub.Tx) error { _, err := tx.LoseInbox(n.ctx(), "x", noon); return err }},
		{"FollowersAt", func(tx hub.Tx) error { _, err := tx.FollowersAt(n.ctx(), "x", 20); return err }},
		{"BoosterInboxes", func(tx hub.Tx) error { _, err := tx.BoosterInboxes(n.ctx(), "x"); return err }},
		{"Notice", func(tx hub.Tx) error { _, _ = tx.Notice(n.ctx(), "x"); return nil }},
		{"Notices", func(tx hub.Tx) error { _, err := tx.Notices(n.ctx(), "x"); return err }},
		{"Listing", func(tx hub.Tx) error { _, _ = tx.Listing(n.ctx(), "x"); return nil }},
		{"ListingUnder", func(tx hub.Tx) error { _, _ = tx.ListingUnder(n.ctx(), "x"); return nil }},
		{"Membership", func(tx hub.Tx) error { _, _ = tx.Membership(n.ctx(), "x"); return nil }},
		{"MembershipWith", func(tx hub.Tx) error { _, _ = tx.MembershipWith(n.ctx(), hub.Below, "x"); return nil }},
		{"CountApplications", func(tx hub.Tx) error { _, err := tx.CountApplications(n.ctx()); return err }},
		{"CountMembershipsOf", func(tx hub.Tx) error {
			_, err := tx.CountMembershipsOf(n.ctx(), hub.Below, "https://x.example")
			return err
		}},
		{"MembershipByToken", func(tx hub.Tx) error { _, _ = tx.MembershipByToken(n.ctx(), "x"); return nil }},
		{"Remarks", func(tx hub.Tx) error { _, err := tx.Remarks(n.ctx(), "x"); return err }},
		{"PruneMemberships", func(tx hub.Tx) error { _, err := tx.PruneMemberships(n.ctx(), noon); return err }},
		{"Interest", func(tx hub.Tx) error { _, _ = tx.Interest(n.ctx(), "x"); return nil }},
		{"InterestByOffer", func(tx hub.Tx) error { _, _ = tx.InterestByOffer(n.ctx(), hub.Caller, "x"); return nil }},
		{"InterestByToken", func(tx hub.Tx) error { _, _ = tx.InterestByToken(n.ctx(), "x"); return nil }},
		{"CountNewInterests", func(tx hub.Tx) error { _, err := tx.CountNewInterests(n.ctx()); return err }},
		{"StaleInterests", func(tx hub.Tx) error { _, err := tx.StaleInterests(n.ctx(), hub.Caller, noon, 9); return err }},
		{"ForgetInterests", func(tx hub.Tx) error { return tx.ForgetInterests(n.ctx(), "x") }},
		{"PruneInterests", func(tx hub.Tx) error { _, err := tx.PruneInterests(n.ctx(), noon); return err }},
		{"InsertAgreement", func(tx hub.Tx) error { return tx.InsertAgreement(n.ctx(), hub.Agreement{Document: "x", At: noon}) }},
		{"Confirmations", func(tx hub.Tx) error { _, err := tx.Confirmations(n.ctx(), "x"); return err }},
		{"DeleteAgreement", func(tx hub.Tx) error { _, err := tx.DeleteAgreement(n.ctx(), "x", "y"); return err }},
		{"Undelivered", func(tx hub.Tx) error { _, _, _, err := tx.Undelivered(n.ctx(), "a.example", "k"); return err }},
		{"InvitationsWith", func(tx hub.Tx) error { _, err := tx.InvitationsWith(n.ctx(), "x"); return err }},
		{"ForgetInvitations", func(tx hub.Tx) error { return tx.ForgetInvitations(n.ctx(), "x") }},
		{"Consent", func(tx hub.Tx) error { _, _ = tx.Consent(n.ctx(), "x"); return nil }},
		{"ConsentsTo", func(tx hub.Tx) error { _, err := tx.ConsentsTo(n.ctx(), "x"); return err }},
		{"DeleteConsents", func(tx hub.Tx) error { return tx.DeleteConsents(n.ctx(), "x") }},
		{"DeleteNotices", func(tx hub.Tx) error { return tx.DeleteNotices(n.ctx(), "x", noon) }},
		{"UnlistActivity", func(tx hub.Tx) error { return tx.UnlistActivity(n.ctx(), "1") }},
		{"CountForeignBoosts", func(tx hub.Tx) error { _, err := tx.CountForeignBoosts(n.ctx(), "x"); return err }},
		{"CountOutbox", func(tx hub.Tx) error { _, err := tx.CountOutbox(n.ctx(), "here"); return err }},
		{"RedactActivities", func(tx hub.Tx) error { return tx.RedactActivities(n.ctx(), "x") }},
		{"EnqueueDeliveries", func(tx hub.Tx) error {
			return send(n.ctx(), tx, federation.SentActivity{ID: "s", Type: "Create", Object: "o"}, "https://a.example/in", "https://b.example/in")
		}},
		{"Reply", func(tx hub.Tx) error { _, _ = tx.Reply(n.ctx(), "x"); return nil }},
		{"Thread", func(tx hub.Tx) error { _, err := tx.Thread(n.ctx(), "x"); return err }},
		{"CountReplies", func(tx hub.Tx) error { _, err := tx.CountReplies(n.ctx(), "x", "y"); return err }},
		{"CountReplies of all", func(tx hub.Tx) error { _, err := tx.CountReplies(n.ctx(), "x", ""); return err }},
		{"CallsOver", func(tx hub.Tx) error { _, err := tx.CallsOver(n.ctx(), noon, 9); return err }},
		{"CountHeld", func(tx hub.Tx) error { _, err := tx.CountHeld(n.ctx()); return err }},
		{"PruneReplies", func(tx hub.Tx) error { _, err := tx.PruneReplies(n.ctx(), noon); return err }},
		{"ForgetReplies", func(tx hub.Tx) error { return tx.ForgetReplies(n.ctx(), "x") }},
		{"IsTrusted", func(tx hub.Tx) error { _, err := tx.IsTrusted(n.ctx(), "x"); return err }},
		{"DeleteReaction", func(tx hub.Tx) error { return tx.DeleteReaction(n.ctx(), "x", "y") }},
		{"DeleteForeignBoost", func(tx hub.Tx) error { return tx.DeleteForeignBoost(n.ctx(), "x", "y") }},
		{"ForgetReactions", func(tx hub.Tx) error { return tx.ForgetReactions(n.ctx(), "x") }},
		{"Tallies", func(tx hub.Tx) error { _, err := tx.Tallies(n.ctx(), []string{"x", "y"}); return err }},
		{"SetBlocked", func(tx hub.Tx) error { return tx.SetBlocked(n.ctx(), "x", true) }},
		{"ending it", func(tx hub.Tx) error { return tx.SetBlocked(n.ctx(), "x", false) }},
		{"CountReports of a host", func(tx hub.Tx) error { _, err := tx.CountReports(n.ctx(), "x"); return err }},
		{"PruneReports", func(tx hub.Tx) error { _, err := tx.PruneReports(n.ctx(), noon); return err }},
		{"Message", func(tx hub.Tx) error { _, _ = tx.Message(n.ctx(), "x"); return nil }},
		{"DeleteMessage", func(tx hub.Tx) error { _ = tx.DeleteMessage(n.ctx(), "x"); return nil }},
		{"PruneMessages", func(tx hub.Tx) error { _, err := tx.PruneMessages(n.ctx(), noon); return err }},
		{"Charter", func(tx hub.Tx) error { _, err := tx.Charter(n.ctx(), "x"); return err }},
		{"DeleteCharter", func(tx hub.Tx) error { return tx.DeleteCharter(n.ctx(), "x") }},
		{"PruneVersions", func(tx hub.Tx) error { return tx.PruneVersions(n.ctx(), "x", 20) }},
		{"InsertIssue", func(tx hub.Tx) error {
			return tx.InsertIssue(n.ctx(), hub.Issue{ID: "9", Digest: "d", Due: hour(99), Entries: []hub.IssueEntry{{Item: "a"}}})
		}},
	}
	return all
}

// No list and nothing that happens often reads a whole table or sorts.
func TestPlans(t *testing.T) {
	n := node{t, storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))}
	populate(n)
	n.update(func(tx hub.Tx) error {
		if err := tx.InsertIssue(n.ctx(), hub.Issue{ID: "1", Digest: "d", Due: noon}); err != nil {
			return err
		}
		if err := tx.InsertActivity(n.ctx(), sent("1", "Create", "o", noon)); err != nil {
			return err
		}
		return tx.SaveDigest(n.ctx(), hub.Digest{ID: "d"})
	})
	for i, l := range append(lists(n), others(n)...) {
		statements, err := n.db.Statements(t.Context(), l.read)
		if err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		if len(statements) == 0 {
			t.Errorf("%s asks nothing", l.name)
		}
		for _, s := range statements {
			plan, err := n.db.Plan(t.Context(), s)
			if err != nil {
				t.Fatalf("%s: %s: %v", l.name, s.Query, err)
			}
			for _, step := range plan {
				whole := strings.Contains(step, "SCAN") && !harmless(step)
				sorts := strings.Contains(step, "TEMP B-TREE") && i < len(lists(n))
				if whole || sorts {
					t.Errorf("%s:%s\n\t%s", l.name, s.Query, strings.Join(plan, "\n\t"))
				}
			}
		}
	}
}

// harmless reports a step that reads what a statement brings with it, or the
// few digests or fan-outs, or counts what an index holds and nothing else.
func harmless(step string) bool {
	return strings.HasPrefix(step, "SCAN digest") || step == "SCAN fanout" || strings.HasSuffix(step, "CONSTANT ROW") || strings.HasSuffix(step, "VALUES CLAUSE") ||
		strings.HasPrefix(step, "SCAN item USING COVERING INDEX item_own")
}

// A page of any list costs as much in a large database as in a small one.
func TestListsDoNotGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	n := node{t, storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))}
	n.update(func(tx hub.Tx) error { return tx.SaveDigest(n.ctx(), hub.Digest{ID: "d"}) })
	n.fill(0, 400)
	small := fastest(n)
	n.fill(400, 5_000)
	large := fastest(n)
	for name, was := range small {
		if is := large[name]; is > 4*was+200*time.Microsecond {
			t.Errorf("%s takes %s of 400 items and %s of 5,000", name, was, is)
		}
	}
}

// fill keeps news, events and calls of thirty authors, an hour apart up to and
// beyond noon, and what else grows with them.
func (n node) fill(from, to int) {
	n.Helper()
	for ; from < to; from += 200 {
		n.update(func(tx hub.Tx) error {
			for i := from; i < from+200; i++ {
				if err := tx.InsertItem(n.ctx(), grown(i)); err != nil {
					return err
				}
				id := fmt.Sprint(i)
				if err := tx.InsertActivity(n.ctx(), sent(id, "Create", id, hour(i))); err != nil {
					return err
				}
				if err := tx.InsertDeed(n.ctx(), hub.Deed{ID: fmt.Sprint(i), At: hour(-i)}); err != nil {
					return err
				}
				issue := hub.Issue{ID: id, Digest: "d", Due: hour(i), Entries: []hub.IssueEntry{{Item: grown(i / 2).ID, Section: hub.SectionNews}}}
				if err := tx.InsertIssue(n.ctx(), issue); err != nil {
					return err
				}
				if err := tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: id, Inbox: id}); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// grown is the ith item of a large database: most of what happens has happened.
func grown(i int) hub.Item {
	author, name := fmt.Sprintf("https://c%d.example/a/c", i%30), fmt.Sprint("n", i)
	at := hour(-i)
	it := news(author, name, at)
	switch i % 5 {
	case 1:
		it = event(author, name, at.Add(100*time.Hour), at.Add(102*time.Hour))
	case 2:
		it = call(author, name, at.Add(100*time.Hour))
	case 3:
		it = own(it)
	case 4:
		it = own(event(self, name, at.Add(100*time.Hour), at.Add(102*time.Hour)))
	}
	it.Feed, it.Published, it.Updated, it.Received = at, at, at, at
	return it
}

// fastest is the least time that each list takes.
func fastest(n node) map[string]time.Duration {
	n.Helper()
	least := map[string]time.Duration{}
	for _, l := range lists(n) {
		if l.name == "PendingFor" {
			continue // reads all that waits for one host
		}
		least[l.name] = math.MaxInt64
		for range 10 {
			start := time.Now()
			if err := n.db.View(n.ctx(), l.read); err != nil {
				n.Fatalf("%s: %v", l.name, err)
			}
			least[l.name] = min(least[l.name], time.Since(start))
		}
	}
	return least
}
