package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pergola/hub"
)

// An item is published, changed and deleted while one of many followers' hosts
// is down and one gives errors: all others get it at once, and those two later
// and in order. The office sees who waits.
func TestManyFollowersAndTwoInTrouble(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		var all []*mastodon
		for i := range 10 {
			m := net.mastodon(fmt.Sprintf("social%d.example", i), "bo")
			m.follow("https://photonics.example/a/photonics")
			all = append(all, m)
		}
		net.settle()
		for _, m := range all {
			m.inbox = nil
		}
		down, broken := all[3], all[6]
		net.down[down.host], broken.answer = true, 500

		it := net.publish("photonics", news("Új hír", "Fresh news"))
		lane := func(m *mastodon) hub.Lane {
			l, _, err := net.node("photonics").hub.Lane(t.Context(), hub.Program("test"), m.host, hub.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		if l := lane(all[0]); l.State != hub.LaneWaiting || l.Waiting != 1 {
			t.Errorf("before anything has left, a lane is %+v", l)
		}
		net.settle()
		time.Sleep(2 * time.Second)
		it.Texts[0].Title = "Javított hír"
		net.publish("photonics", it)
		net.settle()
		if d, b := lane(down), lane(broken); d.State != hub.LaneHeld || d.Waiting != 2 || d.Failures != 1 || d.Failing.IsZero() || b.Waiting != 2 || !strings.Contains(b.Answer, "status 500") {
			t.Errorf("the lanes of the two are %+v and %+v", d, b)
		}
		if _, err := net.node("photonics").hub.Delete(t.Context(), hub.Program("test"), it.ID); err != nil {
			t.Fatal(err)
		}
		net.pass(2 * hub.UndoPeriod)

		for _, m := range all {
			want := "Create Update Delete"
			if m == down || m == broken {
				want = ""
			}
			if got := types(m); got != want {
				t.Errorf("%s got %q, want %q", m.host, got, want)
			}
		}
		net.down[down.host], broken.answer = false, 0
		net.pass(10 * time.Minute)
		for _, m := range []*mastodon{down, broken} {
			// What was emptied meanwhile is not sent.
			if got := types(m); got != "Delete" {
				t.Errorf("in the end %s got %q, want the Delete alone", m.host, got)
			}
			if l := lane(m); l.State != hub.LaneIdle || l.Waiting != 0 || l.Failures != 0 || !l.Failing.IsZero() {
				t.Errorf("its lane is %+v, want it idle", l)
			}
		}
	})
}

// types are those of the activities that somebody got, in order.
func types(m *mastodon) string {
	var ts []string
	for _, a := range m.inbox {
		ts = append(ts, a.Type)
	}
	return strings.Join(ts, " ")
}
