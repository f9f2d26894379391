package storage_test

import (
	"errors"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub"
)

func TestAvatars(t *testing.T) {
	each(t, func(n node) {
		avatar := func(actor string) hub.Avatar {
			return read(n, func(tx hub.Tx) (hub.Avatar, error) { return tx.Avatar(n.ctx(), actor) })
		}
		count := func(file string) int {
			return read(n, func(tx hub.Tx) (int, error) { return tx.CountAvatars(n.ctx(), file) })
		}
		kept := hub.Avatar{Actor: anna, URL: "https://pictures.example/1.png", File: "f.png"}
		n.update(func(tx hub.Tx) error { return tx.SaveAvatar(n.ctx(), kept) })
		same(n, "of an actor who is not kept", avatar(anna), hub.Avatar{Actor: anna})
		a := n.save(anna, "Anna")
		n.save(berta, "Berta")
		n.update(func(tx hub.Tx) error { return tx.SaveAvatar(n.ctx(), kept) })
		same(n, "the picture", avatar(anna), kept)
		same(n, "who has it", count("f.png"), 1)
		same(n, "who has none", count(""), 0)
		a.Icon = vocab.Picture{URL: "https://pictures.example/2.png", Width: 4}
		if err := n.db.SaveRemoteActor(n.ctx(), a); err != nil {
			n.Fatal(err)
		}
		same(n, "the picture when the actor is fetched again", avatar(anna), kept)
		profiles := read(n, func(tx hub.Tx) ([]hub.Profile, error) { return tx.Profiles(n.ctx(), []string{anna}) })
		same(n, "on pages", profiles[0].Picture, "/cache/f.png")

		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.SaveFollowing(n.ctx(), hub.Following{Local: "here", Actor: anna, State: hub.Accepted}),
				tx.SaveFollowing(n.ctx(), hub.Following{Local: "relay", Actor: berta, State: hub.Accepted}))
		})
		same(n, "where pictures are now", read(n, func(tx hub.Tx) ([]hub.Avatar, error) { return tx.Icons(n.ctx(), "here") }),
			[]hub.Avatar{{Actor: anna, URL: a.Icon.URL}})
		n.update(func(tx hub.Tx) error { return tx.ForgetActor(n.ctx(), anna, noon) })
		same(n, "of somebody who is gone", avatar(anna), hub.Avatar{Actor: anna})
		n.update(func(tx hub.Tx) error { return tx.SaveAvatar(n.ctx(), kept) })
		same(n, "what came too late", avatar(anna), hub.Avatar{Actor: anna})
	})
}

func TestPins(t *testing.T) {
	each(t, func(n node) {
		pins := func() []string {
			return read(n, func(tx hub.Tx) ([]string, error) { return tx.Pins(n.ctx()) })
		}
		same(n, "at first", len(pins()), 0)
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.InsertPin(n.ctx(), "a", noon), tx.InsertPin(n.ctx(), "b", hour(1)), tx.InsertPin(n.ctx(), "c", noon))
		})
		same(n, "the last first", pins(), []string{"b", "a", "c"})
		n.update(func(tx hub.Tx) error {
			if err := tx.InsertPin(n.ctx(), "a", hour(2)); !errors.Is(err, hub.ErrConflict) {
				n.Errorf("twice: %v", err)
			}
			if err := tx.DeletePin(n.ctx(), "x"); !errors.Is(err, hub.ErrNotFound) {
				n.Errorf("what is not pinned: %v", err)
			}
			return tx.DeletePin(n.ctx(), "b")
		})
		same(n, "then", pins(), []string{"a", "c"})
	})
}
