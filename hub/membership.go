package hub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"pergola/hub/text"
)

// A Membership is that one organisation is a member of another, or was, or has
// applied. Both sides keep one of each pair and move it by [Membership.To].
type Membership struct {
	ID string
	// Side says which of the two this organisation is.
	Side Side
	// Other is the other one: the id of an actor, or "mailto:" and an address of
	// who applied at a form and is known by that alone.
	Other string
	State MembershipState
	// Offer is the id of the application that State is about, Offered when the
	// applicant made it, Said when what led to State was said, each by its sender's
	// clock.
	Offer         string
	Offered, Said time.Time
	// Closed is when the last of those applications was made that were refused for
	// being the second, or taken back before they came.
	Closed time.Time
	// Since is when the application came or was sent, Changed when State became
	// what it is, Joined when it became a membership; zero when it never did.
	Since, Changed, Joined time.Time
	// Reason is what was said last with a change, DecidedBy who did it here.
	Reason, DecidedBy string
	// Token is the SHA-256 of the secret in the private link of who applied at a
	// form, in hex; else "".
	Token string
	Application
}

// A Side says which of two organisations this one is in a membership.
type Side string

// The sides.
const (
	// Below: the other is, or would be, a member of this one.
	Below Side = "below"
	// Above: this one is, or would be, a member of the other.
	Above Side = "above"
)

// A MembershipState says how it stands with a membership.
type MembershipState string

// The states of a membership.
const (
	NoMembership MembershipState = ""
	Applied      MembershipState = "applied"     // nothing has been decided
	Incomplete   MembershipState = "incomplete"  // the applicant was asked back
	Conditional  MembershipState = "conditional" // once something is fulfilled
	Active       MembershipState = "active"
	TurnedDown   MembershipState = "refused"
	Expelled     MembershipState = "removed" // by the organisation it was in
	Parted       MembershipState = "ended"   // by the applicant or member itself
)

// rank orders the states of one application by how final they are. The word of
// the applicant, that it is over, stands above all.
func (s MembershipState) rank() int {
	switch s {
	case Applied, Incomplete, Conditional:
		return 1
	case Active:
		return 2
	case TurnedDown:
		return 3
	case Expelled:
		return 4
	case Parted:
		return 5
	}
	return 0
}

// Pending reports whether an application waits for its decision.
func (s MembershipState) Pending() bool { return s.rank() == 1 }

// Over reports whether there is neither a membership nor an application.
func (s MembershipState) Over() bool { return s.rank() == 0 || s.rank() > 2 }

// May reports whether people may move a membership from one state to another.
// What arrives is not asked: it has happened.
func (s MembershipState) May(next MembershipState) bool {
	switch next {
	case Applied:
		return s != Active
	case Incomplete, Conditional, Active, TurnedDown:
		return s.Pending()
	case Expelled:
		return s == Active
	case Parted:
		return !s.Over()
	}
	return false
}

// A Step is something that one side says of an application.
type Step struct {
	To MembershipState
	// Offer is the id of the application, Offered when that was made, zero when
	// it was not said; At when the step was taken, by the clock of who took it.
	Offer       string
	Offered, At time.Time
}

var (
	// errTwice: there is an application or a membership already.
	errTwice = errors.New("applied already")
	// errUnasked: there is no such application.
	errUnasked = errors.New("never applied")
)

// To is the membership after a step, the same when the step changes nothing. It
// does not matter in which order steps come, nor how often: of one application
// the most final state stands, and of what leaves it open the latest; a newer
// application counts when the one before is over. errTwice and errUnasked leave
// the membership as it is; of a second application it is remembered that it was
// refused.
func (m Membership) To(s Step) (Membership, error) {
	begins := s.To == Applied || s.To == Parted
	switch {
	case s.Offer == m.Offer:
		higher := s.To.rank() > m.State.rank()
		later := s.To.rank() == 1 && m.State.rank() == 1 &&
			(s.At.After(m.Said) || s.At.Equal(m.Said) && s.To > m.State)
		if higher || later {
			m.State, m.Said = s.To, s.At
		}
		return m, nil
	case !begins:
		return m, errUnasked
	case !s.Offered.After(m.Offered) || !s.Offered.After(m.Closed):
		return m, nil // it is over, or of before the one that is known
	case !m.State.Over():
		m.Closed = s.Offered
		if s.To == Applied {
			return m, errTwice
		}
		return m, nil
	}
	m.Offer, m.Offered, m.State, m.Said = s.Offer, s.Offered, s.To, s.At
	m.Joined, m.Reason, m.DecidedBy = time.Time{}, "", ""
	return m, nil
}

// HasActor reports whether the other one can be reached.
func (m Membership) HasActor() bool { return !strings.HasPrefix(m.Other, "mailto:") }

// A Remark is what was said about a membership, or about an answer to a call.
type Remark struct {
	// Membership is the id of what it is about.
	ID, Membership string
	At             time.Time
	// Author is the name of who said it here, "" for the other side.
	Author string
	// Did is the state that it led to, or [Comment] for what stays in the house.
	Did, Text string
}

// Comment marks a remark of the office to itself.
const Comment = "comment"

// MembershipTx keeps memberships and what was said about them.
type MembershipTx interface {
	// Membership and its kin return ErrNotFound.
	Membership(ctx context.Context, id string) (Membership, error)
	MembershipWith(ctx context.Context, side Side, other string) (Membership, error)
	MembershipByToken(ctx context.Context, hash string) (Membership, error)
	// Memberships are all of a side, the latest first.
	Memberships(ctx context.Context, side Side) ([]Membership, error)
	// CountApplications counts those below that wait for the office.
	CountApplications(ctx context.Context) (int, error)
	// CountMembershipsOf counts those of a side, over or not, with actors whose ids
	// begin with a root ("https://host").
	CountMembershipsOf(ctx context.Context, side Side, root string) (int, error)
	// SaveMembership inserts it or replaces what stands for the pair.
	SaveMembership(ctx context.Context, m Membership) error
	// Remarks are the oldest first.
	Remarks(ctx context.Context, membership string) ([]Remark, error)
	InsertRemark(ctx context.Context, r Remark) error
	// PruneMemberships deletes those that were over before then, with all that was
	// said.
	PruneMemberships(ctx context.Context, before time.Time) (int, error)
}

// A MembershipView is a membership as pages show it.
type MembershipView struct {
	Membership
	// With is the other one; its Handle is "" when it has no actor.
	With Profile
	// Remarks are set where one membership is shown.
	Remarks []Remark
}

// membershipViews adds who the others are.
func membershipViews(ctx context.Context, tx Tx, ms []Membership) ([]MembershipView, error) {
	var ids []string
	for _, m := range ms {
		if m.HasActor() {
			ids = append(ids, m.Other)
		}
	}
	profiles, err := tx.Profiles(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]MembershipView, len(ms))
	for i, m := range ms {
		views[i] = MembershipView{Membership: m, With: Profile{ID: m.Other, Name: m.Name, URL: m.Website}}
		if j := slices.IndexFunc(profiles, func(p Profile) bool { return p.ID == m.Other }); j >= 0 {
			views[i].With = profiles[j]
		} else if m.HasActor() && m.Name == "" {
			views[i].With.Name, views[i].With.URL = m.Other, m.Other
		}
	}
	return views, nil
}

// Memberships are all of one side, the latest first.
func (h *Hub) Memberships(ctx context.Context, who Who, side Side) ([]MembershipView, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) ([]MembershipView, error) {
		ms, err := tx.Memberships(ctx, side)
		if err != nil {
			return nil, err
		}
		return membershipViews(ctx, tx, ms)
	})
}

// Membership is one, with all that was said about it. ErrNotFound.
func (h *Hub) Membership(ctx context.Context, who Who, id string) (MembershipView, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) (MembershipView, error) {
		m, err := tx.Membership(ctx, id)
		if err != nil {
			return MembershipView{}, err
		}
		return membershipView(ctx, tx, m)
	})
}

func membershipView(ctx context.Context, tx Tx, m Membership) (MembershipView, error) {
	views, err := membershipViews(ctx, tx, []Membership{m})
	if err != nil {
		return MembershipView{}, err
	}
	views[0].Remarks, err = tx.Remarks(ctx, m.ID)
	return views[0], err
}

// Members are those that are members of the organisation, or it of them, in the
// order of their names in a language: for everybody to see.
func (h *Hub) Members(ctx context.Context, side Side, lang string) (views []MembershipView, err error) {
	views, err = read(ctx, h, func(tx Tx) ([]MembershipView, error) {
		ms, err := activeOf(ctx, tx, side)
		if err != nil {
			return nil, err
		}
		return membershipViews(ctx, tx, ms)
	})
	less := text.Collator(lang)
	slices.SortStableFunc(views, func(a, b MembershipView) int { return less(a.With.Name, b.With.Name) })
	return views, err
}

// OpenApplications is how many applications wait for the office.
func (h *Hub) OpenApplications(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountApplications(ctx) })
}

// activeOf are the memberships of a side that stand.
func activeOf(ctx context.Context, tx Tx, side Side) ([]Membership, error) {
	ms, err := tx.Memberships(ctx, side)
	return slices.DeleteFunc(ms, func(m Membership) bool { return m.State != Active }), err
}

// isMember reports whether an actor is a member of the organisation.
func isMember(ctx context.Context, tx Tx, actor string) (bool, error) {
	m, err := tx.MembershipWith(ctx, Below, actor)
	return err == nil && m.State == Active, ignore(err, ErrNotFound)
}

// KeepMemberships is how long it is kept that somebody applied in vain, or was a
// member, with everything that was said of people on the way.
const KeepMemberships = 365 * 24 * time.Hour
