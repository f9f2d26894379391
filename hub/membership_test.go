package hub

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func allStates() []MembershipState {
	return []MembershipState{NoMembership, Applied, Incomplete, Conditional, Active, TurnedDown, Expelled, Parted}
}

// What people may do, by where a membership stands: everything else is refused.
func TestMembershipMay(t *testing.T) {
	may := map[MembershipState][]MembershipState{
		NoMembership: {Applied},
		Applied:      {Applied, Incomplete, Conditional, Active, TurnedDown, Parted},
		Incomplete:   {Applied, Incomplete, Conditional, Active, TurnedDown, Parted},
		Conditional:  {Applied, Incomplete, Conditional, Active, TurnedDown, Parted},
		Active:       {Expelled, Parted},
		TurnedDown:   {Applied},
		Expelled:     {Applied},
		Parted:       {Applied},
	}
	for _, from := range allStates() {
		for _, to := range allStates() {
			if got, want := from.May(to), slices.Contains(may[from], to); got != want {
				t.Errorf("from %q to %q: %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestMembershipTo(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 11, 20, 9, 0, n, 0, time.UTC) }
	in := func(s MembershipState) Membership {
		m := Membership{Offer: "1", Offered: at(10), State: s, Said: at(10)}
		if s == NoMembership {
			m = Membership{}
		}
		return m
	}
	// Steps of the application that stands, a second later.
	same := map[MembershipState]map[MembershipState]MembershipState{
		Applied:     {Applied: Applied, Incomplete: Incomplete, Conditional: Conditional, Active: Active, TurnedDown: TurnedDown, Expelled: Expelled, Parted: Parted},
		Incomplete:  {Applied: Applied, Incomplete: Incomplete, Conditional: Conditional, Active: Active, TurnedDown: TurnedDown, Expelled: Expelled, Parted: Parted},
		Conditional: {Applied: Applied, Incomplete: Incomplete, Conditional: Conditional, Active: Active, TurnedDown: TurnedDown, Expelled: Expelled, Parted: Parted},
		Active:      {Applied: Active, Incomplete: Active, Conditional: Active, Active: Active, TurnedDown: TurnedDown, Expelled: Expelled, Parted: Parted},
		TurnedDown:  {Applied: TurnedDown, Incomplete: TurnedDown, Conditional: TurnedDown, Active: TurnedDown, TurnedDown: TurnedDown, Expelled: Expelled, Parted: Parted},
		Expelled:    {Applied: Expelled, Incomplete: Expelled, Conditional: Expelled, Active: Expelled, TurnedDown: Expelled, Expelled: Expelled, Parted: Parted},
		Parted:      {Applied: Parted, Incomplete: Parted, Conditional: Parted, Active: Parted, TurnedDown: Parted, Expelled: Parted, Parted: Parted},
	}
	for from, steps := range same {
		for to, want := range steps {
			got, err := in(from).To(Step{To: to, Offer: "1", Offered: at(10), At: at(11)})
			if err != nil || got.State != want {
				t.Errorf("%q, then %q: %q, %v; want %q", from, to, got.State, err, want)
			}
		}
	}
	for _, c := range []struct {
		name string
		was  Membership
		step Step
		want MembershipState
		err  error
	}{
		{"the first application", Membership{}, Step{To: Applied, Offer: "1", Offered: at(10), At: at(10)}, Applied, nil},
		{"an answer to nothing", Membership{}, Step{To: Active, Offer: "1", At: at(10)}, NoMembership, errUnasked},
		{"taken back before it came", Membership{}, Step{To: Parted, Offer: "1", Offered: at(10), At: at(11)}, Parted, nil},
		{"asked before it was changed", Membership{Offer: "1", Offered: at(10), State: Applied, Said: at(12)}, Step{To: Incomplete, Offer: "1", At: at(11)}, Applied, nil},
		{"a second application", in(Applied), Step{To: Applied, Offer: "2", Offered: at(11), At: at(11)}, Applied, errTwice},
		{"an application of a member", in(Active), Step{To: Applied, Offer: "2", Offered: at(11), At: at(11)}, Active, errTwice},
		{"an answer to an older one", in(Applied), Step{To: Active, Offer: "0", At: at(11)}, Applied, errUnasked},
		{"an older application", in(Parted), Step{To: Applied, Offer: "0", Offered: at(9), At: at(9)}, Parted, nil},
		{"a new one after the end", in(Expelled), Step{To: Applied, Offer: "2", Offered: at(11), At: at(11)}, Applied, nil},
		{"one that was taken back", Membership{Offer: "1", Offered: at(10), State: Parted, Closed: at(11)}, Step{To: Applied, Offer: "2", Offered: at(11), At: at(11)}, Parted, nil},
	} {
		got, err := c.was.To(c.step)
		if got.State != c.want || !errors.Is(err, c.err) || c.err != nil && got.Offer != c.was.Offer {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got.State, err, c.want, c.err)
		}
	}
}

// A party is one side of a membership as hub keeps it, with the activities that
// it has seen.
type party struct {
	m    Membership
	seen map[int]bool
}

// An underway is a step on its way; of two with the same number one is a repetition.
type underway struct {
	Step
	n  int
	to *party
}

// However steps are delayed, repeated and mixed, and whatever both sides do
// meanwhile: when all has arrived they agree whether there is a member, an
// application, or neither, and of an application on how it stands.
func TestMembershipSidesEndAlike(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		applicant, association := &party{seen: map[int]bool{}}, &party{seen: map[int]bool{}}
		var under []underway
		offers, sent := 0, 0
		clock := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
		send := func(to *party, s Step) {
			sent++
			for range 1 + r.IntN(2) {
				under = append(under, underway{s, sent, to})
			}
		}
		command := func() {
			own, other, choices := applicant, association, []MembershipState{Applied, Applied, Parted}
			if r.IntN(2) == 0 {
				own, other, choices = association, applicant, []MembershipState{Incomplete, Conditional, Active, Active, TurnedDown, Expelled}
			}
			next := choices[r.IntN(len(choices))]
			if !own.m.State.May(next) || next != Applied && own.m.Offer == "" {
				return
			}
			latest := own.m.Said
			if own.m.Offered.After(latest) {
				latest = own.m.Offered
			}
			if clock.After(latest) {
				latest = clock
			}
			s := Step{To: next, Offer: own.m.Offer, Offered: own.m.Offered, At: latest.Add(time.Second)}
			if next == Applied && own.m.State.Over() {
				offers++
				s.Offer, s.Offered = string(rune('a'+offers)), s.At
			}
			var err error
			if own.m, err = own.m.To(s); err != nil {
				t.Fatalf("seed %d: a step that may be taken: %v", seed, err)
			}
			send(other, s)
		}
		arrive := func(i int) {
			s := under[i]
			under = slices.Delete(under, i, i+1)
			if s.to.seen[s.n] {
				return // by the id of the activity
			}
			s.to.seen[s.n] = true
			next, err := s.to.m.To(s.Step)
			s.to.m = next
			if errors.Is(err, errTwice) {
				send(applicant, Step{To: TurnedDown, Offer: s.Offer, At: s.At})
			}
		}
		for range 30 {
			clock = clock.Add(time.Duration(r.IntN(2)) * time.Second)
			if len(under) > 0 && r.IntN(3) > 0 {
				arrive(r.IntN(len(under)))
			} else {
				command()
			}
		}
		for len(under) > 0 {
			arrive(r.IntN(len(under)))
		}
		a, b := applicant.m, association.m
		alike := a.State.Over() == b.State.Over() && (a.State.Over() || a.State == b.State && a.Offer == b.Offer)
		if !alike {
			t.Fatalf("seed %d: the applicant has %q of %s, the association %q of %s", seed, a.State, a.Offer, b.State, b.Offer)
		}
	}
}
