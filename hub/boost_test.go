package hub

import (
	"slices"
	"testing"
	"time"

	"pergola/federation/vocab"
)

// timetable has the first boosts from n hosts come up every so often, and
// returns when they leave.
func timetable(n int, every time.Duration) (held []time.Duration) {
	start := changed()
	count := func(after time.Time) (n int, last time.Time) {
		for _, h := range held {
			if at := start.Add(h); at.After(after) {
				n, last = n+1, later(last, at)
			}
		}
		return n, last
	}
	for i := range n {
		at := start.Add(time.Duration(i) * every)
		lately, last := count(at.Add(-newHosts * newHostPause))
		batch, _ := count(last.Add(-time.Millisecond))
		held = append(held, newHostLeaves(at, last, lately, batch).Sub(start))
	}
	return held
}

// A receiver counts the hosts that are new to it until none was for a minute.
// (Mastodon 4.5: DomainMaterializable) It must never count to ten.
func TestNewHostsLeave(t *testing.T) {
	tests := []struct {
		name  string
		hosts int
		every time.Duration
		done  time.Duration // when the last has left
	}{
		{"one", 1, 0, 0},
		{"as many as may", 8, 0, 0},
		{"one more", 9, 0, newHostPause},
		{"forty at once", 40, 0, 4 * newHostPause},
		{"one every second", 20, time.Second, 3 * newHostPause},
		{"one every minute", 30, time.Minute, 30 * time.Minute},
		{"one every ten minutes", 10, 10 * time.Minute, 90 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			held := timetable(tt.hosts, tt.every)
			for i, h := range held {
				if h < time.Duration(i)*tt.every {
					t.Errorf("host %d leaves %s before it comes", i, time.Duration(i)*tt.every-h)
				}
			}
			slices.Sort(held)
			counted := 0
			for i, h := range held {
				if i > 0 && h-held[i-1] > time.Minute {
					counted = 0
				}
				if counted++; counted > 9 {
					t.Errorf("a receiver counts %d at %s", counted, h)
				}
			}
			if last := held[len(held)-1]; last > tt.done {
				t.Errorf("the last leaves after %s, want %s", last, tt.done)
			}
		})
	}
}

func TestRegistrable(t *testing.T) {
	for host, want := range map[string]string{
		"photonics.association.eu": "association.eu", "a.b.co.uk:8443": "b.co.uk", "photonics.localhost:8080": "photonics.localhost",
		"localhost": "localhost", "192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:443": "2001:db8::1", "": "",
	} {
		if got := registrable(host); got != want {
			t.Errorf("registrable(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestBoostable(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Item)
		want   bool
	}{
		"news":       {func(*Item) {}, true},
		"own":        {func(it *Item) { it.Own = true }, false},
		"a comment":  {func(it *Item) { it.InReplyTo = "https://other.example/o/2" }, false},
		"a digest":   {func(it *Item) { it.Type = ADigest }, false},
		"hidden":     {func(it *Item) { it.Hidden = changed() }, false},
		"backfilled": {func(it *Item) { it.Backfilled = true }, false},
		"deleted":    {func(it *Item) { it.State = Deleted }, false},
	} {
		it := Item{Type: News, State: Published}
		if tt.change(&it); boostable(it) != tt.want {
			t.Errorf("%s: boostable is %t", name, !tt.want)
		}
	}
}

// An Accept or Reject is for the Follow that stands, or for none.
func TestAnswers(t *testing.T) {
	h := pure(t)
	const self, theirs = "https://photonics.example/a/photonics", "https://other.example/u/1"
	f := Following{Local: "photonics", Actor: theirs, Activity: "https://photonics.example/x/2"}
	follow := func(id string) *vocab.Activity {
		return &vocab.Activity{ID: id, Type: "Follow", Actor: self, ObjectID: theirs}
	}
	tests := []struct {
		name string
		a    vocab.Activity
		want bool
	}{
		{"by its id", vocab.Activity{ObjectID: f.Activity}, true},
		{"embedded", vocab.Activity{ObjectID: f.Activity, Inner: follow(f.Activity)}, true},
		{"embedded without an id", vocab.Activity{Inner: follow("")}, true},
		{"embedded under an id of theirs", vocab.Activity{ObjectID: "https://other.example/follows/1", Inner: follow("https://other.example/follows/1")}, true},
		{"an earlier one", vocab.Activity{ObjectID: "https://photonics.example/x/1"}, false},
		{"an earlier one, embedded", vocab.Activity{ObjectID: "https://photonics.example/x/1", Inner: follow("https://photonics.example/x/1")}, false},
		{"somebody else's", vocab.Activity{ObjectID: "https://other.example/follows/1", Inner: &vocab.Activity{Type: "Follow", Actor: "https://third.example/u/1", ObjectID: theirs}}, false},
		{"something else", vocab.Activity{Inner: &vocab.Activity{Type: "Join", Actor: self}}, false},
		{"nothing", vocab.Activity{}, false},
	}
	for _, tt := range tests {
		if got := h.answers(tt.a, f); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
