package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"pergola/hub"
)

func TestLostInboxes(t *testing.T) {
	each(t, func(n node) {
		const in = "https://a.example/in"
		lose := func(inbox string, hours int) int {
			days := 0
			n.update(func(tx hub.Tx) (err error) {
				days, err = tx.LoseInbox(n.ctx(), inbox, hour(hours))
				return err
			})
			return days
		}
		for i, step := range []struct{ hours, want int }{{0, 1}, {1, 1}, {24, 2}, {25, 2}, {24 * 9, 3}} {
			same(n, fmt.Sprint("days after step ", i), lose(in, step.hours), step.want)
		}
		same(n, "days of another", lose("https://b.example/in", 0), 1)
		n.update(func(tx hub.Tx) error { return tx.PruneLost(n.ctx(), hour(24)) })
		same(n, "days of one that was forgotten", lose("https://b.example/in", 30), 1)
		same(n, "days of one that was not", lose(in, 24*10), 4)

		n.update(func(tx hub.Tx) error {
			return errors.Join(
				tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: "https://a.example/b", Inbox: "https://a.example/b/in", SharedInbox: in}),
				tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: "https://a.example/a", Inbox: in}),
				tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: "https://a.example/c", Inbox: "https://a.example/c/in"}),
				tx.SaveFollower(n.ctx(), hub.Follower{Local: "relay", Actor: "https://a.example/a", Inbox: in}),
			)
		})
		at := func(limit int) (who []string) {
			for _, f := range read(n, func(tx hub.Tx) ([]hub.Follower, error) { return tx.FollowersAt(n.ctx(), in, limit) }) {
				who = append(who, f.Local+" "+f.Actor)
			}
			return who
		}
		same(n, "followers there", at(9), []string{"here https://a.example/a", "here https://a.example/b", "relay https://a.example/a"})
		same(n, "the first of them", at(1), []string{"here https://a.example/a"})
	})
}
