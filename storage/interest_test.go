package storage_test

import (
	"errors"
	"testing"

	"pergola/federation"
	"pergola/hub"
)

func TestInterests(t *testing.T) {
	each(t, func(n node) {
		theirs := hub.Interest{
			ID: "i1", Part: hub.Caller, Call: self + "/o/1", Other: anna, Offer: anna + "/x/1", State: hub.InterestConfirmed, Agreement: "a", Document: "d",
			Since: noon, Changed: hour(2), MovedBy: "iroda", Mine: hub.Introduction{Wanted: true, Said: hour(1), Invite: "v", Given: true, Person: "Á", Organisation: "B", Email: "c@d.example", Phone: "1"},
			Theirs: hub.Introduction{Said: hour(2)}, Expression: hub.Expression{Name: "Á", Organisation: "B", Country: "UA", Kind: "cluster", Message: "Mert.", Cooperation: "1", Unclear: "2", About: "3"},
		}
		typed := hub.Interest{ID: "i2", Part: hub.Caller, Call: self + "/o/1", Other: "mailto:c@c.example", Offer: "i2", State: hub.InterestSent, Token: "t",
			Since: hour(1), Changed: hour(1), Link: "l", Expression: hub.Expression{Email: "c@c.example", Consented: noon}}
		unheard := hub.Interest{ID: "i3", Part: hub.Caller, Call: self + "/o/2", Other: anna, Offer: anna + "/x/2", Since: hour(3), Changed: hour(3)}
		ours := hub.Interest{ID: "i4", Part: hub.Answerer, Call: anna + "/o/1", Other: anna, Offer: self + "/x/1", State: hub.InterestTalking, Since: noon, Changed: hour(-1)}
		n.update(func(tx hub.Tx) error {
			first := theirs
			first.State, first.Mine = hub.InterestSent, hub.Introduction{}
			var errs []error
			for _, i := range []hub.Interest{first, theirs, typed, unheard, ours} {
				errs = append(errs, tx.SaveInterest(n.ctx(), i))
			}
			return errors.Join(append(errs, tx.InsertRemark(n.ctx(), hub.Remark{ID: "r", Membership: "i4", At: noon, Did: "sent"}),
				tx.InsertActivity(n.ctx(), federation.SentActivity{ID: ours.Offer, Type: "Offer", Actor: "here", JSON: []byte(`{}`), Published: noon}),
				tx.InsertActivity(n.ctx(), federation.SentActivity{ID: self + "/invite", Type: "Invite", Actor: "here", Object: ours.Offer, JSON: []byte(`{}`), Published: noon}))...)
		})
		one := func(f func(hub.Tx) (hub.Interest, error)) hub.Interest { return read(n, f) }
		all := func(f func(hub.Tx) ([]hub.Interest, error)) (ids []string) {
			for _, i := range read(n, f) {
				ids = append(ids, i.ID)
			}
			return ids
		}
		same(n, "by id", one(func(tx hub.Tx) (hub.Interest, error) { return tx.Interest(n.ctx(), "i1") }), theirs)
		same(n, "by the Offer", one(func(tx hub.Tx) (hub.Interest, error) { return tx.InterestByOffer(n.ctx(), hub.Answerer, ours.Offer) }), ours)
		same(n, "by the private link", one(func(tx hub.Tx) (hub.Interest, error) { return tx.InterestByToken(n.ctx(), "t") }), typed)
		same(n, "in a call", all(func(tx hub.Tx) ([]hub.Interest, error) { return tx.InterestsIn(n.ctx(), hub.Caller, self+"/o/1") }), []string{"i2", "i1"})
		same(n, "of others, those heard of", all(func(tx hub.Tx) ([]hub.Interest, error) { return tx.Interests(n.ctx(), hub.Caller, hub.Page{Limit: 9}) }), []string{"i2", "i1"})
		same(n, "the next page", all(func(tx hub.Tx) ([]hub.Interest, error) {
			return tx.Interests(n.ctx(), hub.Caller, hub.Page{After: "i2", Limit: 9})
		}), []string{"i1"})
		same(n, "those that wait", read(n, func(tx hub.Tx) (int, error) { return tx.CountNewInterests(n.ctx()) }), 1)
		same(n, "with whom", read(n, func(tx hub.Tx) ([]string, error) { return tx.OpenPartners(n.ctx()) }), []string{anna})
		same(n, "stale", all(func(tx hub.Tx) ([]hub.Interest, error) { return tx.StaleInterests(n.ctx(), hub.Answerer, noon, 9) }), []string{"i4"})
		n.refuses(hub.ErrNotFound, "a private link that there is not", func(tx hub.Tx) error {
			_, err := tx.InterestByToken(n.ctx(), "")
			return err
		})

		n.update(func(tx hub.Tx) error {
			gone, err := tx.PruneInterests(n.ctx(), noon)
			same(n, "forgotten", gone, 1)
			return err
		})
		same(n, "what was said of what is forgotten", read(n, func(tx hub.Tx) ([]hub.Remark, error) { return tx.Remarks(n.ctx(), "i4") }), nil)
		for _, id := range []string{ours.Offer, self + "/invite"} {
			sent := read(n, func(tx hub.Tx) (federation.SentActivity, error) { return tx.SentActivity(n.ctx(), id) })
			same(n, "octets left of "+id, len(sent.JSON), 0)
		}
		n.update(func(tx hub.Tx) error { return tx.ForgetInterests(n.ctx(), anna) })
		same(n, "without one who is gone", all(func(tx hub.Tx) ([]hub.Interest, error) { return tx.Interests(n.ctx(), hub.Caller, hub.Page{Limit: 9}) }), []string{"i2"})
	})
}

func TestAgreementsAreCountedOnce(t *testing.T) {
	each(t, func(n node) {
		count := func() int { return read(n, func(tx hub.Tx) (int, error) { return tx.CountAgreements(n.ctx()) }) }
		take := func(document, by string, want bool) {
			n.update(func(tx hub.Tx) error {
				id, err := tx.DeleteAgreement(n.ctx(), document, by)
				same(n, "there was "+document+" by "+by, id != "", want)
				return err
			})
		}
		for _, a := range []hub.Agreement{{Document: "d1", ID: "a", By: anna, At: noon}, {Document: "d1", ID: "a", By: anna, At: hour(1)}, {Document: "d2", ID: "a", By: self, Party: true, At: noon}, {Document: "d3", ID: "b", By: anna, At: noon}} {
			n.update(func(tx hub.Tx) error { return tx.InsertAgreement(n.ctx(), a) })
		}
		same(n, "agreements", count(), 2)
		same(n, "who say so", read(n, func(tx hub.Tx) ([]hub.Agreement, error) { return tx.Confirmations(n.ctx(), "a") }),
			[]hub.Agreement{{Document: "d1", ID: "a", By: anna, At: noon}, {Document: "d2", ID: "a", By: self, Party: true, At: noon}})
		take("d1", self, false)
		take("d3", anna, true)
		same(n, "after one is taken back", count(), 1)
	})
}
