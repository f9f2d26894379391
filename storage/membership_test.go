package storage_test

import (
	"errors"
	"testing"

	"pergola/federation"
	"pergola/hub"
)

func TestMemberships(t *testing.T) {
	each(t, func(n node) {
		active := hub.Membership{
			ID: "m1", Side: hub.Below, Other: anna, State: hub.Active, Offer: "o1", Offered: noon, Said: hour(1), Since: noon, Changed: hour(2), Joined: hour(2),
			Reason: "Igen.", DecidedBy: "iroda", Application: hub.Application{
				Name: "Á", Website: "https://a.example", Motivation: "Mert.", Members: 0, Staff: 50,
				Kinds: []hub.MemberKind{"company", "public"}, English: "https://a.example/en", Contact: "B", Email: "b@a.example"},
		}
		applied := hub.Membership{ID: "m2", Side: hub.Below, Other: "mailto:c@c.example", State: hub.Incomplete, Offer: "o2", Token: "t",
			Closed: hour(3), Since: noon, Changed: hour(3), Application: hub.Application{Members: -1, Staff: -1}}
		above := hub.Membership{ID: "m3", Side: hub.Above, Other: anna, State: hub.TurnedDown, Offer: self + "/offer", Since: noon, Changed: hour(1),
			Application: hub.Application{Members: -1, Staff: -1, Contact: "D"}}
		remark := func(m, id string) hub.Remark {
			return hub.Remark{ID: id, Membership: m, At: noon, Author: "iroda", Did: hub.Comment, Text: "Szöveg."}
		}
		n.update(func(tx hub.Tx) error {
			first := active
			first.State, first.Joined = hub.Applied, first.Joined.AddDate(-1, 0, 0)
			return errors.Join(tx.SaveMembership(n.ctx(), first), tx.SaveMembership(n.ctx(), active), tx.SaveMembership(n.ctx(), applied), tx.SaveMembership(n.ctx(), above),
				tx.InsertRemark(n.ctx(), remark("m1", "r2")), tx.InsertRemark(n.ctx(), remark("m1", "r1")), tx.InsertRemark(n.ctx(), remark("m3", "r3")),
				tx.InsertActivity(n.ctx(), federation.SentActivity{ID: above.Offer, Type: "Offer", Actor: "here", JSON: []byte(`{}`), Published: noon}),
				tx.InsertActivity(n.ctx(), federation.SentActivity{ID: self + "/update", Type: "Update", Actor: "here", Object: above.Offer, JSON: []byte(`{}`), Published: noon}),
				tx.InsertActivity(n.ctx(), federation.SentActivity{ID: self + "/other", Type: "Follow", Actor: "here", JSON: []byte(`{}`), Published: noon}))
		})
		one := func(f func(hub.Tx) (hub.Membership, error)) hub.Membership { return read(n, f) }
		same(n, "by id", one(func(tx hub.Tx) (hub.Membership, error) { return tx.Membership(n.ctx(), "m1") }), active)
		same(n, "by who it is with", one(func(tx hub.Tx) (hub.Membership, error) { return tx.MembershipWith(n.ctx(), hub.Above, anna) }), above)
		same(n, "by the private link", one(func(tx hub.Tx) (hub.Membership, error) { return tx.MembershipByToken(n.ctx(), "t") }), applied)
		same(n, "all below", read(n, func(tx hub.Tx) ([]hub.Membership, error) { return tx.Memberships(n.ctx(), hub.Below) }), []hub.Membership{applied, active})
		same(n, "those that wait", read(n, func(tx hub.Tx) (int, error) { return tx.CountApplications(n.ctx()) }), 1)
		of := func(root string) int {
			return read(n, func(tx hub.Tx) (int, error) { return tx.CountMembershipsOf(n.ctx(), hub.Below, root) })
		}
		n.update(func(tx hub.Tx) error {
			near := []string{"https://b.example/x", "https://b.example/y/z", "https://b.example.other.example/x", "https://b.exampl/x", "http://b.example/x"}
			var errs []error
			for _, other := range near {
				errs = append(errs, tx.SaveMembership(n.ctx(), hub.Membership{ID: other, Side: hub.Below, Other: other, State: hub.Parted, Since: noon, Changed: hour(5)}))
			}
			return errors.Join(errs...)
		})
		same(n, "of one host", []int{of("https://b.example"), of("https://b.example.other.example"), of("https://c.example")}, []int{2, 1, 0})
		remarks := func(m string) []hub.Remark {
			return read(n, func(tx hub.Tx) ([]hub.Remark, error) { return tx.Remarks(n.ctx(), m) })
		}
		same(n, "what was said", remarks("m1"), []hub.Remark{remark("m1", "r1"), remark("m1", "r2")})
		n.refuses(hub.ErrNotFound, "a private link that there is not", func(tx hub.Tx) error {
			_, err := tx.MembershipByToken(n.ctx(), "")
			return err
		})

		n.update(func(tx hub.Tx) error { _, err := tx.PruneMemberships(n.ctx(), hour(1)); return err })
		same(n, "one that is not over for long enough", remarks("m3"), []hub.Remark{remark("m3", "r3")})
		n.update(func(tx hub.Tx) error {
			gone, err := tx.PruneMemberships(n.ctx(), hour(4))
			same(n, "forgotten", gone, 1)
			return err
		})
		n.refuses(hub.ErrNotFound, "what is forgotten", func(tx hub.Tx) error {
			_, err := tx.Membership(n.ctx(), "m3")
			return err
		})
		same(n, "what was said of what is forgotten", remarks("m3"), nil)
		for id, want := range map[string]int{above.Offer: 0, self + "/update": 0, self + "/other": 2} {
			sent := read(n, func(tx hub.Tx) (federation.SentActivity, error) { return tx.SentActivity(n.ctx(), id) })
			same(n, "octets left of "+id, len(sent.JSON), want)
		}
	})
}
