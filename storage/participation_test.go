package storage_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pergola/hub"
)

func participation(id, event string, s hub.Standing, since time.Time) hub.Participation {
	return hub.Participation{ID: id, Event: event, Person: "mailto:" + id, State: s, Since: since, Changed: since}
}

func TestParticipations(t *testing.T) {
	each(t, func(n node) {
		whole := hub.Participation{
			ID: "1", Event: "e", Person: "mailto:árvíz@posta.example", State: hub.Offered, Join: "j", Reach: "https://a.example/in", Token: "hash",
			Registrant: hub.Registrant{Name: "Árvíz Anna", Email: "Árvíz@posta.example", Organisation: "Optika", Note: "Egy\nkettő", Language: "hu"},
			Since:      noon, Changed: hour(1), Until: hour(2), Reason: "ok", Forget: hour(3),
		}
		save := func(ps ...hub.Participation) {
			n.update(func(tx hub.Tx) error {
				var errs []error
				for _, p := range ps {
					errs = append(errs, tx.SaveParticipation(n.ctx(), p))
				}
				return errors.Join(errs...)
			})
		}
		save(whole)
		for name, f := range map[string]func(tx hub.Tx) (hub.Participation, error){
			"id":     func(tx hub.Tx) (hub.Participation, error) { return tx.Participation(n.ctx(), "1") },
			"person": func(tx hub.Tx) (hub.Participation, error) { return tx.ParticipationOf(n.ctx(), "e", whole.Person) },
			"token":  func(tx hub.Tx) (hub.Participation, error) { return tx.ParticipationByToken(n.ctx(), "hash") },
		} {
			same(n, "by its "+name, read(n, f), whole)
		}
		whole.State, whole.Until, whole.Token, whole.Name = hub.Lapsed, time.Time{}, "", "Más"
		save(whole)
		same(n, "changed", read(n, func(tx hub.Tx) (hub.Participation, error) { return tx.Participation(n.ctx(), "1") }), whole)
		n.refuses(hub.ErrNotFound, "no token", func(tx hub.Tx) error { _, err := tx.ParticipationByToken(n.ctx(), ""); return err })
		n.refuses(hub.ErrNotFound, "no id", func(tx hub.Tx) error { _, err := tx.Participation(n.ctx(), "2"); return err })
		n.refuses(hub.ErrConflict, "the same person twice", func(tx hub.Tx) error {
			other := whole
			other.ID = "2"
			return tx.SaveParticipation(n.ctx(), other)
		})

		c, a, b, other := participation("c", "f", hub.Waiting, noon), participation("a", "f", hub.Waiting, hour(1)), participation("b", "f", hub.Waiting, noon), participation("x", "g", hub.Waiting, noon)
		going := participation("g", "f", hub.Going, hour(-1))
		going.Reach, b.Reach, c.Reach, whole.Reach = "https://b.example/in", "https://b.example/in", "https://c.example/in", "https://d.example/in"
		save(a, b, c, other, going)
		list := func(s hub.Standing, limit int) string {
			var ids []string
			for _, p := range read(n, func(tx hub.Tx) ([]hub.Participation, error) { return tx.Participations(n.ctx(), "f", s, limit) }) {
				ids = append(ids, p.ID)
			}
			return strings.Join(ids, " ")
		}
		same(n, "the waiting list", list(hub.Waiting, 9), "b c a")
		same(n, "its head", list(hub.Waiting, 1), "b")
		same(n, "before a", read(n, func(tx hub.Tx) (int, error) { return tx.WaitingBefore(n.ctx(), a) }), 2)
		same(n, "turnout", read(n, func(tx hub.Tx) (hub.Turnout, error) { return tx.Turnout(n.ctx(), "f") }), hub.Turnout{Going: 1, Waiting: 3})
		same(n, "turnout of e", read(n, func(tx hub.Tx) (hub.Turnout, error) { return tx.Turnout(n.ctx(), "e") }), hub.Turnout{Off: 1})
		reach := read(n, func(tx hub.Tx) ([]string, error) { return tx.Attendees(n.ctx(), "f") })
		slices.Sort(reach)
		same(n, "attendees", reach, []string{"https://b.example/in", "https://c.example/in"})
		same(n, "of a person", len(read(n, func(tx hub.Tx) ([]hub.Participation, error) { return tx.ParticipationsOf(n.ctx(), "mailto:a") })), 1)

		n.update(func(tx hub.Tx) error { return tx.KeepParticipations(n.ctx(), "f", hour(5)) })
		n.update(func(tx hub.Tx) error {
			deleted, err := tx.PruneParticipations(n.ctx(), hour(4))
			same(n, "forgotten", deleted, 1)
			return err
		})
		same(n, "kept", list(hub.Waiting, 9), "b c a")
		n.update(func(tx hub.Tx) error { return tx.DeleteParticipation(n.ctx(), "b") })
		same(n, "one deleted", list(hub.Waiting, 9), "c a")
	})
}

func TestEventsDue(t *testing.T) {
	each(t, func(n node) {
		offer := participation("o", "offer", hub.Offered, noon)
		offer.Until = hour(2)
		due := hub.Headcount{Event: "told", Told: noon, Full: true, Due: hour(3)}
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.SaveParticipation(n.ctx(), offer), tx.SaveHeadcount(n.ctx(), hub.Headcount{Event: "told"}), tx.SaveHeadcount(n.ctx(), due),
				tx.SaveHeadcount(n.ctx(), hub.Headcount{Event: "knows", Told: noon}))
		})
		same(n, "a headcount", read(n, func(tx hub.Tx) (hub.Headcount, error) { return tx.Headcount(n.ctx(), "told") }), due)
		same(n, "no headcount", read(n, func(tx hub.Tx) (hub.Headcount, error) { return tx.Headcount(n.ctx(), "x") }), hub.Headcount{Event: "x"})
		for by, want := range map[int][]string{1: nil, 2: {"offer"}, 3: {"offer", "told"}} {
			same(n, "due", read(n, func(tx hub.Tx) ([]string, error) { return tx.EventsDue(n.ctx(), hour(by)) }), want)
		}
	})
}

func TestSeatsGoWithTheEvent(t *testing.T) {
	each(t, func(n node) {
		it := own(event(self, "e", noon, hour(1)))
		it.Event.Registration = hub.Registration{Mode: hub.Free, Capacity: 3, Closes: it.Event.Start}
		n.add(it)
		same(n, "registration", n.item(it.ID).Event.Registration, it.Event.Registration)
		n.update(func(tx hub.Tx) error {
			return errors.Join(tx.SaveWire(n.ctx(), it.ID, []byte(`{"a":1}`)), tx.SaveParticipation(n.ctx(), participation("p", it.ID, hub.Going, noon)),
				tx.SaveHeadcount(n.ctx(), hub.Headcount{Event: it.ID, Due: noon}))
		})
		same(n, "the document", string(n.item(it.ID).Wire), `{"a":1}`)
		it.State = hub.Deleted
		n.update(func(tx hub.Tx) error { return tx.UpdateItem(n.ctx(), it) })
		same(n, "turnout of what is gone", read(n, func(tx hub.Tx) (hub.Turnout, error) { return tx.Turnout(n.ctx(), it.ID) }), hub.Turnout{})
		same(n, "due of what is gone", read(n, func(tx hub.Tx) ([]string, error) { return tx.EventsDue(n.ctx(), noon) }), nil)
		n.refuses(hub.ErrNotFound, "the document of what is gone", func(tx hub.Tx) error { return tx.SaveWire(n.ctx(), it.ID, nil) })
	})
}
