package hub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/text"
)

// A Following is that a local actor follows somebody.
type Following struct {
	// Local is the name of the local actor, Actor the id of the followed.
	Local, Actor string
	State        FollowState
	// Activity is the id of the Follow that stands.
	Activity string
	Since    time.Time
	// Answered is when it was accepted or refused.
	Answered time.Time
	// Backfilled is when the followed one's outbox was read; zero before.
	Backfilled time.Time
}

// A FollowState is what became of a Follow.
type FollowState string

// The states of a Follow of ours.
const (
	Requested FollowState = "requested"
	Accepted  FollowState = "accepted"
	Refused   FollowState = "refused"
)

// stands reports whether it was asked for and not refused: what comes before the
// answer comes from somebody who has seen our Follow.
func (s FollowState) stands() bool { return s == Requested || s == Accepted }

// A Follower is that somebody follows a local actor.
type Follower struct {
	Local, Actor string
	// Inbox is the actor's own, SharedInbox that of its host ("" if none).
	Inbox, SharedInbox string
	// Activity is the id of the last Follow.
	Activity string
	Since    time.Time
}

// FollowTx keeps who follows whom.
type FollowTx interface {
	Following(ctx context.Context, local, actor string) (Following, error)
	Followings(ctx context.Context, local string) ([]Following, error)
	// SaveFollowing inserts it or replaces what stands for the pair.
	SaveFollowing(ctx context.Context, f Following) error
	DeleteFollowing(ctx context.Context, local, actor string) error
	Follower(ctx context.Context, local, actor string) (Follower, error)
	// Followers are by actor id.
	Followers(ctx context.Context, local string, p Page) ([]Follower, error)
	CountFollowers(ctx context.Context, local string) (int, error)
	SaveFollower(ctx context.Context, f Follower) error
	DeleteFollower(ctx context.Context, local, actor string) error
	// FollowerInboxes are the distinct inboxes that reach all followers of
	// these local actors: the shared one where there is one.
	FollowerInboxes(ctx context.Context, locals ...string) ([]string, error)
	// ActorInbox is the inbox of a kept remote actor, "" when it is not known.
	ActorInbox(ctx context.Context, actor string) (string, error)
	// ActorReach is the inbox through which it hears of what is public, as
	// FollowerInboxes has it; "" when it is not known.
	ActorReach(ctx context.Context, actor string) (string, error)
	// DropInbox forgets all followers reached by an inbox that is gone.
	DropInbox(ctx context.Context, inbox string) (int, error)
}

// A Followed is somebody this node follows, as pages show it.
type Followed struct {
	Following
	Profile
	// Member says that it is a member, and not just observed.
	Member bool
}

// Follow follows a cluster by what people know of it: "@name@host",
// "name@host", its site's or its actor's URL. *InvalidError for field
// "address" when nobody is found there.
func (h *Hub) Follow(ctx context.Context, who Who, address string) (Followed, error) {
	if err := who.may(Office); err != nil {
		return Followed{}, err
	}
	actor, err := h.somebody(ctx, address)
	if err != nil {
		return Followed{}, err
	}
	defer h.forgetGuests()
	var f Following
	err = h.update(ctx, func(tx Tx, o Organisation) error {
		if h.localName(o, actor.ID) != "" {
			return &InvalidError{[]FieldError{{"address", "yourself", address}}}
		}
		if f, err = tx.Following(ctx, o.Name, actor.ID); err == nil && f.State == Accepted {
			return &InvalidError{[]FieldError{{"address", "followed_already", address}}}
		} else if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if f, err = h.requestFollow(ctx, tx, o, f, actor.ID, actor.Inbox); err != nil {
			return err
		}
		if err := h.wantAvatar(ctx, tx, actor.ID, actor.Icon.URL); err != nil {
			return err
		}
		return h.note(ctx, tx, who, "followed", actor.ID)
	})
	return Followed{Following: f, Profile: ProfileOf(actor)}, err
}

// somebody is whom an address leads to that people know, unless they are blocked.
// *InvalidError for field "address".
func (h *Hub) somebody(ctx context.Context, address string) (vocab.Actor, error) {
	wrong := func(problem string) error { return &InvalidError{[]FieldError{{"address", problem, address}}} }
	if address = strings.TrimSpace(address); address == "" {
		return vocab.Actor{}, wrong("required")
	}
	actor, err := h.fed.Lookup(ctx, address)
	if err != nil {
		h.log.InfoContext(ctx, "looking up an address", "address", address, "err", err)
		return actor, wrong("nobody_there")
	}
	if barred, err := h.Blocked(ctx, actor.ID); err != nil || barred {
		return actor, cmpErr(err, wrong("is_blocked"))
	}
	return actor, nil
}

// requestFollow sends a Follow; was is what there was between the two.
func (h *Hub) requestFollow(ctx context.Context, tx Tx, o Organisation, was Following, actor, inbox string) (Following, error) {
	f := Following{Local: o.Name, Actor: actor, State: Requested, Activity: h.activityID(h.newID()), Since: now(), Backfilled: was.Backfilled}
	if err := tx.SaveFollowing(ctx, f); err != nil {
		return f, err
	}
	return f, h.send(ctx, tx, o, vocab.Activity{ID: f.Activity, Type: "Follow", Actor: h.Self(o), ObjectID: actor, To: []string{actor}}, []string{inbox})
}

// Lookup finds somebody by what people know of them, as Follow does, and does
// nothing else. It asks other hosts, so it takes as long as they do. ErrNotFound
// when nobody is found there.
func (h *Hub) Lookup(ctx context.Context, who Who, address string) (Profile, error) {
	if err := who.may(Editor); err != nil {
		return Profile{}, err
	}
	actor, err := h.fed.Lookup(ctx, address)
	if err != nil {
		h.log.InfoContext(ctx, "looking up an address", "address", address, "err", err)
		return Profile{}, ErrNotFound
	}
	return ProfileOf(actor), nil
}

// ProfileOf is what is shown of a remote actor.
func ProfileOf(a vocab.Actor) Profile {
	p := Profile{ID: a.ID, Handle: "@" + a.PreferredUsername + "@" + hostOf(a.ID), Name: a.PreferredUsername, URL: a.URL, Type: a.Type}
	if len(a.Name) > 0 && strings.TrimSpace(a.Name[0].Value) != "" {
		p.Name = shorten(oneLine(text.Plain(a.Name[0].Value)), maxTitle)
	}
	if p.Name == "" {
		p.Name = a.ID
	}
	if p.URL == "" {
		p.URL = a.ID
	}
	if len(a.Summary) > 0 {
		p.About = text.Clean(a.Summary[0].Value)
	}
	return p
}

// Unfollow ends it; what came stays in the feed. *InvalidError for a member,
// whose membership has to end first.
func (h *Hub) Unfollow(ctx context.Context, who Who, actor string) error {
	defer h.forgetGuests()
	return h.officeDoes(ctx, who, "unfollowed", actor, func(tx Tx, o Organisation) error {
		if member, err := isMember(ctx, tx, actor); err != nil || member {
			return cmpErr(err, &InvalidError{[]FieldError{{"", "is_member", ""}}})
		}
		if err := h.unfollow(ctx, tx, o, actor); err != nil {
			return err
		}
		return h.turnAway(ctx, tx, o)
	})
}

// unfollow ends a following and tells the other side. ErrNotFound.
func (h *Hub) unfollow(ctx context.Context, tx Tx, o Organisation, actor string) error {
	f, err := tx.Following(ctx, o.Name, actor)
	if err != nil {
		return err
	}
	if err := tx.DeleteFollowing(ctx, o.Name, actor); err != nil {
		return err
	}
	inbox, err := tx.ActorInbox(ctx, actor)
	if err != nil || inbox == "" {
		return err
	}
	follow := &vocab.Activity{ID: f.Activity, Type: "Follow", Actor: h.Self(o), ObjectID: actor}
	return h.send(ctx, tx, o, vocab.Activity{Type: "Undo", ObjectID: f.Activity, ObjectType: "Follow", Inner: follow, To: []string{actor}}, []string{inbox})
}

// Followed are all that this node follows, in the order of their names in a
// language.
func (h *Hub) Followed(ctx context.Context, lang string) (all []Followed, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		fs, err := tx.Followings(ctx, o.Name)
		if err != nil {
			return err
		}
		ids := make([]string, len(fs))
		for i, f := range fs {
			ids[i] = f.Actor
		}
		profiles, err := tx.Profiles(ctx, ids)
		if err != nil {
			return err
		}
		members, err := activeOf(ctx, tx, Below)
		if err != nil {
			return err
		}
		for _, f := range fs {
			member := slices.ContainsFunc(members, func(m Membership) bool { return m.Other == f.Actor })
			all = append(all, Followed{Following: f, Profile: profileIn(profiles, f.Actor), Member: member})
		}
		return nil
	})
	less := text.Collator(lang)
	slices.SortStableFunc(all, func(a, b Followed) int { return less(a.Name, b.Name) })
	return all, err
}

// CountFollowers is how many follow the organisation.
func (h *Hub) CountFollowers(ctx context.Context) (n int, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		n, err = tx.CountFollowers(ctx, o.Name)
		return err
	})
	return n, err
}

// DropInbox forgets the followers behind an inbox that is gone for good.
func (h *Hub) DropInbox(ctx context.Context, inbox string) error {
	return h.store.Update(ctx, func(tx Tx) error {
		n, err := tx.DropInbox(ctx, inbox)
		if err == nil && n > 0 {
			h.log.InfoContext(ctx, "forgetting followers of an inbox that is gone", "inbox", inbox, "followers", n)
		}
		return err
	})
}

// receiveFollow takes a follower and answers. A repeated Follow changes
// nothing and is answered again, because the first answer may be lost, unless
// that answer is still on its way.
func (h *Hub) receiveFollow(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	local := h.localName(o, in.Activity.ObjectID)
	if local == "" {
		return federation.ErrNotFound
	}
	key := followKey(in.Actor.ID, in.Activity.ObjectID)
	f, err := tx.Follower(ctx, local, in.Actor.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	isNew := errors.Is(err, ErrNotFound)
	if isNew {
		f = Follower{Local: local, Actor: in.Actor.ID, Since: in.At}
	}
	f.Inbox, f.SharedInbox, f.Activity = in.Actor.Inbox, in.Actor.SharedInbox, in.Activity.ID
	if err := tx.SaveFollower(ctx, f); err != nil {
		return err
	}
	pending, err := tx.PendingFor(ctx, in.Actor.Inbox, key, "Accept")
	if err != nil || pending {
		return err
	}
	err = h.answerFollow(ctx, tx, local, in.Actor.Inbox, "Accept", in.Activity)
	if err != nil || !isNew || local != Instance {
		return err
	}
	return h.presentComing(ctx, tx, o)
}

// answerFollow sends an Accept or a Reject with the Follow that it answers.
func (h *Hub) answerFollow(ctx context.Context, tx Tx, local, inbox, answer string, follow vocab.Activity) error {
	follow.Raw = nil
	return h.fed.Send(ctx, tx, federation.Sending{
		From: local, Inboxes: []string{inbox}, Key: followKey(follow.Actor, follow.ObjectID),
		Activity: vocab.Activity{ID: h.activityID(h.newID()), Type: answer, Actor: h.actorID(local),
			ObjectID: follow.ID, ObjectType: "Follow", Inner: &follow, To: []string{follow.Actor}, Published: now()},
	})
}

// followKey is the unit of order for what concerns one follow.
func followKey(follower, followed string) string { return follower + " " + followed }

// receiveAnswer moves a Follow of ours. It is found by whom it is from, because
// there is one at most; an answer to an earlier Follow of ours that names
// another id is not an answer to this one.
func (h *Hub) receiveAnswer(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	a := in.Activity
	if done, err := h.receiveConsent(ctx, tx, o, in); err != nil || done {
		return err
	}
	if done, err := h.receiveMembershipAnswer(ctx, tx, o, in); err != nil || done {
		return err
	}
	if done, err := h.receiveInvitationAnswer(ctx, tx, o, in); err != nil || done {
		return err
	}
	f, err := tx.Following(ctx, o.Name, in.Actor.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !h.answers(a, f) {
		return nil
	}
	f.Answered = in.At
	if a.Type == "Reject" {
		f.State = Refused
		if err := h.unlist(ctx, tx, o, f.Actor); err != nil {
			return err
		}
		if err := tx.SaveFollowing(ctx, f); err != nil {
			return err
		}
		return h.turnAway(ctx, tx, o)
	}
	f.State = Accepted
	if err := h.wantAvatar(ctx, tx, f.Actor, in.Actor.Icon.URL); err != nil {
		return err
	}
	if err := h.askToList(ctx, tx, o, f.Actor, in.Actor.Inbox); err != nil {
		return err
	}
	if f.Backfilled.IsZero() && in.Actor.Outbox != "" {
		f.Backfilled = in.At
		if err := tx.EnqueueFetch(ctx, Fetch{Kind: FetchOutbox, ID: in.Actor.Outbox, Actor: in.Actor.ID}); err != nil {
			return err
		}
	}
	return tx.SaveFollowing(ctx, f)
}

// answers reports whether an Accept or Reject is about the Follow that stands.
// Some programs embed it under an id of their own, or under none.
func (h *Hub) answers(a vocab.Activity, f Following) bool {
	if a.ObjectID == f.Activity {
		return true
	}
	in := a.Inner
	return in != nil && in.Type == "Follow" && in.Actor == h.actorID(f.Local) && !strings.HasPrefix(a.ObjectID, h.activityID(""))
}

// follows reports whether the organisation follows an actor, who has not
// refused.
func follows(ctx context.Context, tx Tx, o Organisation, actor string) (bool, error) {
	f, err := tx.Following(ctx, o.Name, actor)
	return f.State.stands(), ignore(err, ErrNotFound)
}
