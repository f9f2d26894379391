package storage_test

import (
	"errors"
	"testing"

	"pergola/hub"
)

func TestInvitations(t *testing.T) {
	each(t, func(n node) {
		own, theirs := news(self, "1", noon), news(anna, "1", noon)
		own.Own = true
		n.add(own, theirs)
		asked := hub.Invitation{Item: own.ID, Other: berta, State: hub.InvitationDeclined, Invite: self + "/x/1", Invited: noon, Consent: "c",
			Changed: hour(1), DecidedBy: "iroda", Message: "Kérjük.", Reason: "Nem."}
		came := hub.Invitation{Item: theirs.ID, Other: anna, Incoming: true, State: hub.InvitationOpen, Invite: anna + "/x/1", Invited: noon, Changed: hour(2)}
		n.update(func(tx hub.Tx) error {
			first := asked
			first.State, first.Incoming, first.Invite = hub.InvitationOpen, true, "0"
			return errors.Join(tx.SaveInvitation(n.ctx(), first), tx.SaveInvitation(n.ctx(), asked), tx.SaveInvitation(n.ctx(), came))
		})
		same(n, "one", read(n, func(tx hub.Tx) (hub.Invitation, error) { return tx.Invitation(n.ctx(), own.ID, berta) }), asked)
		same(n, "by its activity", read(n, func(tx hub.Tx) (hub.Invitation, error) { return tx.InvitationBy(n.ctx(), came.Invite) }), came)
		same(n, "to an item", read(n, func(tx hub.Tx) ([]hub.Invitation, error) { return tx.InvitationsTo(n.ctx(), own.ID) }), []hub.Invitation{asked})
		same(n, "that came", read(n, func(tx hub.Tx) ([]hub.Invitation, error) { return tx.Invitations(n.ctx(), 9) }), []hub.Invitation{came})
		same(n, "that wait", read(n, func(tx hub.Tx) (int, error) { return tx.CountInvitations(n.ctx()) }), 1)
		for root, want := range map[string]int{"https://anna.example": 1, "https://berta.example": 0, "https://ann": 0} {
			same(n, "of "+root, read(n, func(tx hub.Tx) (int, error) { return tx.CountInvitationsOf(n.ctx(), root) }), want)
		}
		n.refuses(hub.ErrNotFound, "one that there is not", func(tx hub.Tx) error {
			_, err := tx.Invitation(n.ctx(), own.ID, anna)
			return err
		})

		ours := func() (ids []string) {
			for _, e := range read(n, func(tx hub.Tx) ([]hub.Entry, error) {
				return tx.Feed(n.ctx(), hub.FeedFilter{Own: true}, hub.Page{Limit: 9})
			}) {
				ids = append(ids, e.ID)
			}
			return ids
		}
		same(n, "ours", ours(), []string{own.ID})
		joint := func(is bool) func(hub.Tx) error {
			return func(tx hub.Tx) error {
				return errors.Join(tx.SetJoint(n.ctx(), theirs.ID, is), tx.SetJoint(n.ctx(), own.ID, is))
			}
		}
		n.update(joint(true))
		theirs.Updated = hour(3)
		n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), theirs) })
		same(n, "ours and joint", ours(), []string{own.ID, theirs.ID})
		n.update(joint(false))
		same(n, "ours again", ours(), []string{own.ID})

		same(n, "with somebody", read(n, func(tx hub.Tx) ([]hub.Invitation, error) { return tx.InvitationsWith(n.ctx(), berta) }), []hub.Invitation{asked})
		n.update(func(tx hub.Tx) error { return tx.ForgetInvitations(n.ctx(), berta) })
		same(n, "with who is forgotten", read(n, func(tx hub.Tx) ([]hub.Invitation, error) { return tx.InvitationsWith(n.ctx(), berta) }), nil)
		n.update(func(tx hub.Tx) error { return tx.SaveInvitation(n.ctx(), asked) })

		n.update(func(tx hub.Tx) error {
			gone, err := tx.PruneInvitations(n.ctx(), hour(3))
			same(n, "forgotten", gone, 1)
			return err
		})
		theirs.State = hub.Deleted
		n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), theirs) })
		n.refuses(hub.ErrNotFound, "one to what is deleted", func(tx hub.Tx) error {
			_, err := tx.InvitationBy(n.ctx(), came.Invite)
			return err
		})
	})
}
