package hub

import (
	"context"
	"errors"
	"slices"
	"time"

	"pergola/federation/vocab"
)

// An Invitation asks an organisation to stand with its name behind an item of
// another: to hold an event with it, or to sign its position. Both sides keep one
// for each item and organisation and move it by [Invitation.To].
type Invitation struct {
	// Item is the id of the event or position, Other the actor on the other side:
	// who is invited, or, of an Incoming one, who invites.
	Item, Other string
	Incoming    bool
	State       InvitationState
	// Invite is the id of the activity that State is about, Invited when it was
	// made, by the clock of who invites.
	Invite  string
	Invited time.Time
	// Consent is the id of the Accept; "" while there is none.
	Consent string
	// Changed is when State became what it is, DecidedBy who did it here.
	Changed   time.Time
	DecidedBy string
	// Message was said with the invitation, Reason with the last change.
	Message, Reason string
}

// An InvitationState says how it stands with an invitation.
type InvitationState string

// The states of an invitation.
const (
	NoInvitation        InvitationState = ""
	InvitationOpen      InvitationState = "open"
	InvitationAccepted  InvitationState = "accepted"
	InvitationDeclined  InvitationState = "declined"  // by who was invited, at once or later
	InvitationWithdrawn InvitationState = "withdrawn" // by who invited
)

// rank orders the states of one invitation by how final they are.
func (s InvitationState) rank() int {
	return slices.Index([]InvitationState{NoInvitation, InvitationOpen, InvitationAccepted, InvitationDeclined, InvitationWithdrawn}, s)
}

// Over reports whether there is no invitation, nor what came of one.
func (s InvitationState) Over() bool { return s != InvitationOpen && s != InvitationAccepted }

// May reports whether people may move an invitation from one state to another.
// What arrives is not asked: it has happened.
func (s InvitationState) May(next InvitationState) bool {
	switch next {
	case InvitationOpen:
		return s.Over()
	case InvitationAccepted:
		return s == InvitationOpen
	case InvitationDeclined, InvitationWithdrawn:
		return !s.Over()
	}
	return false
}

// An InvitationStep is something that one side says of an invitation. Invited is
// zero when it was not said.
type InvitationStep struct {
	To      InvitationState
	Invite  string
	Invited time.Time
}

// To is the invitation after a step. It does not matter in which order steps
// come, nor how often: of one invitation the most final state stands, and a newer
// one takes the place of the one before. errUnasked leaves it as it is.
func (v Invitation) To(s InvitationStep) (Invitation, error) {
	begins := s.To == InvitationOpen || s.To == InvitationWithdrawn
	switch {
	case s.Invite == v.Invite:
		if s.To.rank() > v.State.rank() {
			v.State = s.To
		}
	case !begins:
		return v, errUnasked
	case s.Invited.After(v.Invited):
		v.Invite, v.Invited, v.State = s.Invite, s.Invited, s.To
		v.Consent, v.Message, v.Reason, v.DecidedBy = "", "", "", ""
	}
	return v, nil
}

// activity is the type of what says a state of an Invite.
func (s InvitationState) activity() string {
	switch s {
	case InvitationAccepted:
		return "Accept"
	case InvitationDeclined:
		return "Reject"
	case InvitationWithdrawn:
		return "Undo"
	}
	return "Invite"
}

// Partners are those that stand with their names behind an item beside its
// author, with their consent; nil for what nobody can join.
func (it *Item) Partners() *[]vocab.Party {
	switch {
	case it.Event != nil:
		return &it.Event.Together
	case it.Position != nil:
		return &it.Position.Signers
	}
	return nil
}

// decides is who says for an organisation that it stands behind an item.
func (it Item) decides() Role {
	if it.Position != nil {
		return Office
	}
	return Editor
}

// InvitationTx keeps invitations.
type InvitationTx interface {
	// Invitation and its kin return ErrNotFound.
	Invitation(ctx context.Context, item, other string) (Invitation, error)
	InvitationBy(ctx context.Context, invite string) (Invitation, error)
	// InvitationsTo are those to an item, in the order of who is on the other side.
	InvitationsTo(ctx context.Context, item string) ([]Invitation, error)
	// Invitations are the newest of those that came here.
	Invitations(ctx context.Context, limit int) ([]Invitation, error)
	// CountInvitations counts those that came and wait for an answer.
	CountInvitations(ctx context.Context) (int, error)
	// CountInvitationsOf counts those that came from actors whose ids begin with a
	// root ("https://host").
	CountInvitationsOf(ctx context.Context, root string) (int, error)
	// InvitationsWith are those to and from an actor, in the order of their items;
	// ForgetInvitations forgets them.
	InvitationsWith(ctx context.Context, actor string) ([]Invitation, error)
	ForgetInvitations(ctx context.Context, actor string) error
	// SaveInvitation inserts it or replaces what stands for item and other.
	SaveInvitation(ctx context.Context, v Invitation) error
	// SetJoint says whether somebody else's item stands among the own ones.
	SetJoint(ctx context.Context, item string, joint bool) error
	// PruneInvitations forgets those that were over before then.
	PruneInvitations(ctx context.Context, before time.Time) (int, error)
}

// An InvitationView is an invitation as pages show it.
type InvitationView struct {
	Invitation
	With Profile
	// About is the item.
	About Entry
}

// invitationViews adds who the others are, and to what.
func (h *Hub) invitationViews(ctx context.Context, tx Tx, vs []Invitation) ([]InvitationView, error) {
	o, err := tx.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	var others, items []string
	for _, v := range vs {
		others, items = append(others, v.Other), append(items, v.Item)
	}
	profiles, err := tx.Profiles(ctx, others)
	if err != nil {
		return nil, err
	}
	entries, err := tx.Entries(ctx, items)
	if err != nil {
		return nil, err
	}
	h.sign(entries, o)
	var views []InvitationView
	for _, v := range vs {
		view := InvitationView{Invitation: v, With: profileIn(profiles, v.Other)}
		if i := slices.IndexFunc(entries, func(e Entry) bool { return e.ID == v.Item && e.State == Published }); i >= 0 {
			view.About = entries[i]
			views = append(views, view)
		}
	}
	return views, nil
}

// InvitationsTo are those to an own item, for its editors.
func (h *Hub) InvitationsTo(ctx context.Context, who Who, item string) ([]InvitationView, error) {
	return readAs(ctx, h, who, Editor, func(tx Tx) ([]InvitationView, error) {
		vs, err := tx.InvitationsTo(ctx, item)
		if err != nil {
			return nil, err
		}
		return h.invitationViews(ctx, tx, vs)
	})
}

// Invitations are the newest that came here.
func (h *Hub) Invitations(ctx context.Context, who Who) ([]InvitationView, error) {
	return readAs(ctx, h, who, Editor, func(tx Tx) ([]InvitationView, error) {
		vs, err := tx.Invitations(ctx, maxInvitations)
		if err != nil {
			return nil, err
		}
		return h.invitationViews(ctx, tx, vs)
	})
}

// OpenInvitations is how many that came wait for an answer.
func (h *Hub) OpenInvitations(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountInvitations(ctx) })
}

// invitationWith is what there is, or a new one that is nothing yet, kept from
// others who would change it.
func invitationWith(ctx context.Context, tx Tx, item, other string, incoming bool) (Invitation, error) {
	if err := tx.Lock(ctx, "invitation "+item); err != nil {
		return Invitation{}, err
	}
	v, err := tx.Invitation(ctx, item, other)
	if errors.Is(err, ErrNotFound) {
		return Invitation{Item: item, Other: other, Incoming: incoming}, nil
	}
	return v, err
}
