package storage_test

import (
	"errors"
	"testing"

	"pergola/hub"
)

// How an actor's items are received: by whom, whether they are followed, and
// whether all is passed on.
func TestReception(t *testing.T) {
	each(t, func(n node) {
		of := func(actor string) hub.Reception {
			return read(n, func(tx hub.Tx) (hub.Reception, error) { return tx.Reception(n.ctx(), actor) })
		}
		n.refuses(hub.ErrNotFound, "before there is an organisation", func(tx hub.Tx) error { _, err := tx.Reception(n.ctx(), anna); return err })
		n.update(func(tx hub.Tx) error {
			return errors.Join(
				tx.SaveOrganisation(n.ctx(), hub.Organisation{Name: "here", BoostAll: true}),
				tx.SaveFollowing(n.ctx(), hub.Following{Local: "here", Actor: anna, State: hub.Requested}),
				tx.SaveFollowing(n.ctx(), hub.Following{Local: "relay", Actor: berta, State: hub.Accepted}),
			)
		})
		same(n, "followed", of(anna), hub.Reception{Local: "here", Following: hub.Requested, BoostAll: true})
		same(n, "followed by another actor of the node", of(berta), hub.Reception{Local: "here", BoostAll: true})
		n.update(func(tx hub.Tx) error {
			return errors.Join(
				tx.SaveOrganisation(n.ctx(), hub.Organisation{Name: "here"}),
				tx.SaveFollowing(n.ctx(), hub.Following{Local: "here", Actor: anna, State: hub.Refused}),
			)
		})
		same(n, "refused", of(anna), hub.Reception{Local: "here", Following: hub.Refused})
	})
}
