package hub

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func allInvitationStates() []InvitationState {
	return []InvitationState{NoInvitation, InvitationOpen, InvitationAccepted, InvitationDeclined, InvitationWithdrawn}
}

// What people may do, by how an invitation stands: everything else is refused.
func TestInvitationMay(t *testing.T) {
	may := map[InvitationState][]InvitationState{
		NoInvitation:        {InvitationOpen},
		InvitationOpen:      {InvitationAccepted, InvitationDeclined, InvitationWithdrawn},
		InvitationAccepted:  {InvitationDeclined, InvitationWithdrawn},
		InvitationDeclined:  {InvitationOpen},
		InvitationWithdrawn: {InvitationOpen},
	}
	for _, from := range allInvitationStates() {
		for _, to := range allInvitationStates() {
			if got, want := from.May(to), slices.Contains(may[from], to); got != want {
				t.Errorf("from %q to %q: %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestInvitationTo(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 11, 20, 9, 0, n, 0, time.UTC) }
	// Steps of the invitation that stands: the more final state stays.
	order := allInvitationStates()[1:]
	for i, from := range order {
		for j, to := range order {
			v := Invitation{Invite: "1", Invited: at(10), State: from}
			got, err := v.To(InvitationStep{To: to, Invite: "1", Invited: at(10)})
			if want := order[max(i, j)]; err != nil || got.State != want {
				t.Errorf("%q, then %q: %q, %v; want %q", from, to, got.State, err, want)
			}
		}
	}
	for _, c := range []struct {
		name string
		was  Invitation
		step InvitationStep
		want InvitationState
		err  error
	}{
		{"the first one", Invitation{}, InvitationStep{InvitationOpen, "1", at(10)}, InvitationOpen, nil},
		{"an answer to nothing", Invitation{}, InvitationStep{InvitationAccepted, "1", at(10)}, NoInvitation, errUnasked},
		{"taken back before it came", Invitation{}, InvitationStep{InvitationWithdrawn, "1", at(10)}, InvitationWithdrawn, nil},
		{"an answer to another", Invitation{Invite: "1", Invited: at(10), State: InvitationOpen}, InvitationStep{InvitationAccepted, "0", at(11)}, InvitationOpen, errUnasked},
		{"an older one", Invitation{Invite: "1", Invited: at(10), State: InvitationDeclined}, InvitationStep{InvitationOpen, "0", at(9)}, InvitationDeclined, nil},
		{"a newer one", Invitation{Invite: "1", Invited: at(10), State: InvitationDeclined}, InvitationStep{InvitationOpen, "2", at(11)}, InvitationOpen, nil},
		{"a newer one that was taken back", Invitation{Invite: "1", Invited: at(10), State: InvitationAccepted}, InvitationStep{InvitationWithdrawn, "2", at(11)}, InvitationWithdrawn, nil},
		{"one taken back without its time", Invitation{Invite: "1", Invited: at(10), State: InvitationAccepted}, InvitationStep{InvitationWithdrawn, "2", time.Time{}}, InvitationAccepted, nil},
	} {
		got, err := c.was.To(c.step)
		if got.State != c.want || !errors.Is(err, c.err) || c.err != nil && got.Invite != c.was.Invite {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got.State, err, c.want, c.err)
		}
	}
}

// However steps are delayed, repeated and mixed, and whatever both sides do
// meanwhile: when all has arrived they agree about the same invitation.
func TestInvitationSidesEndAlike(t *testing.T) {
	type underway struct {
		InvitationStep
		to *Invitation
	}
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 2))
		host, guest := &Invitation{}, &Invitation{Incoming: true}
		var under []underway
		clock, invites := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), 0
		arrive := func(i int) {
			s := under[i]
			under = slices.Delete(under, i, i+1)
			*s.to, _ = s.to.To(s.InvitationStep)
		}
		for range 40 {
			if len(under) > 0 && r.IntN(3) > 0 {
				arrive(r.IntN(len(under)))
				continue
			}
			own, other, choices := host, guest, []InvitationState{InvitationOpen, InvitationOpen, InvitationWithdrawn}
			if r.IntN(2) == 0 {
				own, other, choices = guest, host, []InvitationState{InvitationAccepted, InvitationAccepted, InvitationDeclined}
			}
			next := choices[r.IntN(len(choices))]
			if !own.State.May(next) {
				continue
			}
			s := InvitationStep{To: next, Invite: own.Invite, Invited: own.Invited}
			if next == InvitationOpen {
				invites++
				clock = clock.Add(time.Second)
				s.Invite, s.Invited = string(rune('a'+invites)), clock
			}
			var err error
			if *own, err = own.To(s); err != nil || own.State != next {
				t.Fatalf("seed %d: a step that may be taken: %q, %v", seed, own.State, err)
			}
			for range 1 + r.IntN(2) {
				under = append(under, underway{s, other})
			}
		}
		for len(under) > 0 {
			arrive(r.IntN(len(under)))
		}
		if host.State != guest.State || host.Invite != guest.Invite {
			t.Fatalf("seed %d: who invites has %q of %s, who is invited %q of %s", seed, host.State, host.Invite, guest.State, guest.Invite)
		}
	}
}
