package hub

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func interestStates() (all []InterestState) {
	for _, s := range steps {
		all = append(all, s.to)
	}
	return all
}

// What people may do, by where an answer stands: everything else is refused.
func TestInterestMay(t *testing.T) {
	may := map[Part]map[InterestState][]InterestState{
		Caller: {
			InterestSent:    {InterestTalking, InterestExpired, InterestAgreed, InterestDeclined},
			InterestTalking: {InterestTalking, InterestExpired, InterestAgreed, InterestDeclined},
			InterestAgreed:  {InterestConfirmed, InterestDeclined},
		},
		Answerer: {
			NoInterest:      {InterestSent},
			InterestSent:    {InterestExpired, InterestWithdrawn},
			InterestTalking: {InterestExpired, InterestWithdrawn},
			InterestAgreed:  {InterestWithdrawn},
		},
	}
	for by, from := range may {
		for _, was := range interestStates() {
			for _, next := range interestStates() {
				if got, want := was.May(by, next), slices.Contains(from[was], next); got != want {
					t.Errorf("%s from %q to %q: %v, want %v", by, was, next, got, want)
				}
			}
		}
	}
}

func TestInterestTo(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 11, 20, 9, 0, n, 0, time.UTC) }
	in := func(s InterestState) Interest { return Interest{Part: Caller, State: s} }
	wants := func(n int) *Introduction { return &Introduction{Wanted: true, Said: at(n)} }
	for _, c := range []struct {
		name string
		was  Interest
		said Saying
		want Interest
	}{
		{"the first word", in(NoInterest), Saying{By: Answerer, State: InterestSent}, in(InterestSent)},
		{"one would like to know more", in(InterestSent), Saying{By: Caller, State: InterestTalking}, in(InterestTalking)},
		{"the answerer cannot say that", in(InterestSent), Saying{By: Answerer, State: InterestAgreed}, in(InterestSent)},
		{"nor decline", in(InterestSent), Saying{By: Answerer, State: InterestDeclined}, in(InterestSent)},
		{"nor the caller withdraw", in(InterestSent), Saying{By: Caller, State: InterestWithdrawn}, in(InterestSent)},
		{"agreed", in(InterestTalking), Saying{By: Caller, State: InterestAgreed, Agreement: "a"}, Interest{Part: Caller, State: InterestAgreed, Agreement: "a"}},
		{"agreed after it expired", in(InterestExpired), Saying{By: Caller, State: InterestAgreed, Agreement: "a"}, Interest{Part: Caller, State: InterestAgreed, Agreement: "a"}},
		{"late talk", in(InterestAgreed), Saying{By: Caller, State: InterestTalking}, in(InterestAgreed)},
		{"confirmed before it was agreed", in(InterestSent), Saying{By: Caller, State: InterestConfirmed, Agreement: "a"}, Interest{Part: Caller, State: InterestConfirmed, Agreement: "a"}},
		{"withdrawn while it is confirmed", in(InterestConfirmed), Saying{By: Answerer, State: InterestWithdrawn}, in(InterestWithdrawn)},
		{"the offer after that", in(InterestWithdrawn), Saying{By: Answerer, State: InterestSent}, in(InterestWithdrawn)},
		{"ours", in(InterestSent), Saying{By: Caller, Introduction: wants(1)}, Interest{Part: Caller, State: InterestSent, Mine: *wants(1)}},
		{"theirs", in(InterestSent), Saying{By: Answerer, Introduction: wants(1)}, Interest{Part: Caller, State: InterestSent, Theirs: *wants(1)}},
		{"what they wanted before", Interest{Part: Caller, Theirs: Introduction{Said: at(2)}}, Saying{By: Answerer, Introduction: wants(1)}, Interest{Part: Caller, Theirs: Introduction{Said: at(2)}}},
	} {
		if got := c.was.To(c.said); got != c.want {
			t.Errorf("%s: %+v; want %+v", c.name, got, c.want)
		}
	}
}

// What is said above of an agreement has to be somebody's own word: ours, or a
// member's.
func TestUnfounded(t *testing.T) {
	const self, member, other = "https://assoc.example/a/assoc", "https://medtech.example/a/medtech", "https://agri.example/a/agri"
	own := Agreement{Document: "own", By: self, Party: true}
	said := Agreement{Document: "said", By: self}
	for _, test := range []struct {
		name string
		all  []Agreement
		want []Agreement
	}{
		{"nobody says so", nil, nil},
		{"the last member took it back", []Agreement{said}, []Agreement{said}},
		{"one of two members did", []Agreement{said, {By: other}}, nil},
		{"both members say so", []Agreement{said, {By: other}, {By: member}}, nil},
		{"it is ours", []Agreement{own}, nil},
		{"it is ours and a member's", []Agreement{own, {By: member}}, nil},
		{"it is ours, and was a member's before", []Agreement{own, said}, []Agreement{said}},
	} {
		if got := unfounded(test.all, self); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v is unfounded, want %v", test.name, got, test.want)
		}
	}
}

// However what is said is delayed, repeated and mixed, and whatever both sides do
// meanwhile: when all has arrived they say the same of the answer, and each knows
// whom to talk to at the other when both want it. What is said of that has never
// left before both did.
func TestInterestSidesEndAlike(t *testing.T) {
	type underway struct {
		Saying
		to *Interest
	}
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		sides := []*Interest{{Part: Caller, Offer: "o"}, {Part: Answerer, Offer: "o"}}
		other := func(i *Interest) *Interest { return sides[1-slices.Index(sides, i)] }
		var under []underway
		asked := map[Part]bool{} // who has ever wanted to be introduced
		clock := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
		send := func(from *Interest, s Saying) {
			for range 1 + r.IntN(2) {
				under = append(under, underway{s, other(from)})
			}
		}
		settle := func(i *Interest) {
			if !i.owes() {
				return
			}
			if !asked[Caller] || !asked[Answerer] {
				t.Fatalf("seed %d: the %s says whom to talk to before both want it", seed, i.Part)
			}
			i.Mine.Said, i.Mine.Given, i.Mine.Person = i.Mine.Said.Add(time.Second), true, string(i.Part)
			given := i.Mine
			send(i, Saying{By: i.Part, Introduction: &given})
		}
		say := func(i *Interest, s Saying) {
			*i = i.To(s)
			send(i, s)
			settle(i)
		}
		say(sides[1], Saying{By: Answerer, State: InterestSent})
		command := func() {
			i := sides[r.IntN(2)]
			if r.IntN(3) == 0 {
				if i.State.Over() {
					return
				}
				n := Introduction{Wanted: r.IntN(3) > 0, Said: clock}
				if !n.Said.After(i.Mine.Said) {
					n.Said = i.Mine.Said.Add(time.Second)
				}
				asked[i.Part] = asked[i.Part] || n.Wanted
				say(i, Saying{By: i.Part, Introduction: &n})
				return
			}
			next := interestStates()[r.IntN(len(steps))]
			if !i.State.May(i.Part, next) {
				return
			}
			if next == InterestExpired && i.Part == Answerer {
				*i = i.To(Saying{By: Answerer, State: next}) // nobody is told
				return
			}
			s := Saying{By: i.Part, State: next}
			if next == InterestAgreed || next == InterestConfirmed {
				s.Agreement = "a"
			}
			say(i, s)
		}
		arrive := func(n int) {
			u := under[n]
			under = slices.Delete(under, n, n+1)
			*u.to = u.to.To(u.Saying)
			settle(u.to)
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
		if sides[1].State == InterestExpired && sides[0].State.Open() {
			say(sides[0], Saying{By: Caller, State: InterestExpired}) // whose time is up as well
		}
		a, b := *sides[0], *sides[1]
		if a.State != b.State || a.Agreement != b.Agreement || a.Mine != b.Theirs || a.Theirs != b.Mine {
			t.Fatalf("seed %d: the caller has %+v, the answerer %+v", seed, a, b)
		}
		if a.Introduced() && (a.Theirs.Person != string(Answerer) || b.Theirs.Person != string(Caller)) {
			t.Fatalf("seed %d: both want it, and %+v knows nobody, or %+v", seed, a, b)
		}
	}
}
