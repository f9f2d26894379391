package storage_test

import (
	"errors"
	"testing"

	"pergola/hub"
)

func TestListings(t *testing.T) {
	each(t, func(n node) {
		asked := hub.Listing{Actor: anna, ID: "l2", Request: "x2", Changed: noon}
		other := hub.Listing{Actor: self, ID: "l1", Request: "x1", Consent: "c1", Changed: noon}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertListing(n.ctx(), asked), tx.InsertListing(n.ctx(), other))
		})
		asked.Consent, asked.Refused, asked.Changed = "c2", true, hour(1)
		n.update(func(tx hub.Tx) error { return tx.AnswerListing(n.ctx(), asked) })
		n.refuses(hub.ErrConflict, "two of one actor", func(tx hub.Tx) error {
			return tx.InsertListing(n.ctx(), hub.Listing{Actor: anna, ID: "l3", Request: "x3", Changed: noon})
		})
		n.refuses(hub.ErrNotFound, "an answer to another question", func(tx hub.Tx) error {
			return tx.AnswerListing(n.ctx(), hub.Listing{Actor: anna, Request: "x3", Consent: "c3", Changed: noon})
		})
		all := func() []hub.Listing {
			return read(n, func(tx hub.Tx) ([]hub.Listing, error) { return tx.Listings(n.ctx()) })
		}
		same(n, "all", all(), []hub.Listing{other, asked})
		same(n, "that of an actor", read(n, func(tx hub.Tx) (hub.Listing, error) { return tx.Listing(n.ctx(), anna) }), asked)
		same(n, "that under an id", read(n, func(tx hub.Tx) (hub.Listing, error) { return tx.ListingUnder(n.ctx(), "l1") }), other)
		n.update(func(tx hub.Tx) error { return tx.DeleteListing(n.ctx(), anna) })
		same(n, "what is left", all(), []hub.Listing{other})
		n.refuses(hub.ErrNotFound, "a listing that there is not", func(tx hub.Tx) error {
			_, err := tx.Listing(n.ctx(), anna)
			return err
		})
		n.refuses(hub.ErrNotFound, "an id that there is not", func(tx hub.Tx) error {
			_, err := tx.ListingUnder(n.ctx(), "l2")
			return err
		})
	})
}

func TestConsents(t *testing.T) {
	each(t, func(n node) {
		first := hub.Consent{ID: "c2", Actor: anna, Collection: "a", Since: noon}
		second, other := first, first
		second.ID, second.Collection = "c1", "b"
		other.ID, other.Actor = "c3", self
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertConsent(n.ctx(), second), tx.InsertConsent(n.ctx(), first), tx.InsertConsent(n.ctx(), other))
		})
		n.refuses(hub.ErrConflict, "two for one collection", func(tx hub.Tx) error {
			return tx.InsertConsent(n.ctx(), hub.Consent{ID: "c4", Actor: anna, Collection: "a", Since: noon})
		})
		to := func(actor string) []hub.Consent {
			return read(n, func(tx hub.Tx) ([]hub.Consent, error) { return tx.ConsentsTo(n.ctx(), actor) })
		}
		same(n, "consents", to(anna), []hub.Consent{first, second})
		n.update(func(tx hub.Tx) error { return tx.DeleteConsents(n.ctx(), anna) })
		same(n, "consents that were taken back", to(anna), nil)
		same(n, "that of another", read(n, func(tx hub.Tx) (hub.Consent, error) { return tx.Consent(n.ctx(), "c3") }), other)
		n.refuses(hub.ErrNotFound, "a consent that was taken back", func(tx hub.Tx) error {
			_, err := tx.Consent(n.ctx(), "c2")
			return err
		})
	})
}
