package hub

import (
	"context"
	"errors"
	"slices"
)

// An InterestView is an answer as pages show it.
type InterestView struct {
	Interest
	// With is the other side; its Handle is "" when it has no actor. On is the call,
	// without texts when it is not here any more.
	With Profile
	On   Item
	// Waiting is how much is under way to the other side's Host, Why how the last
	// try failed, Lost that it is not tried any more.
	Host    string
	Waiting int
	Lost    bool
	Why     string
	// Remarks are set where one answer is shown.
	Remarks []Remark
}

// Interests are answers of others to our calls, or ours to theirs, the latest
// first.
func (h *Hub) Interests(ctx context.Context, who Who, part Part, p Page) ([]InterestView, error) {
	return h.listInterests(ctx, who, func(tx Tx) ([]Interest, error) { return tx.Interests(ctx, part, p) })
}

// InterestsIn are all answers of others to one of our calls, the latest first.
func (h *Hub) InterestsIn(ctx context.Context, who Who, call string) ([]InterestView, error) {
	return h.listInterests(ctx, who, func(tx Tx) ([]Interest, error) {
		all, err := tx.InterestsIn(ctx, Caller, call)
		return slices.DeleteFunc(all, func(i Interest) bool { return i.State == NoInterest }), err
	})
}

func (h *Hub) listInterests(ctx context.Context, who Who, find func(Tx) ([]Interest, error)) ([]InterestView, error) {
	return readAs(ctx, h, who, Editor, func(tx Tx) ([]InterestView, error) {
		all, err := find(tx)
		if err != nil {
			return nil, err
		}
		return interestViews(ctx, tx, all)
	})
}

// Interest is one, with all that was said about it. ErrNotFound.
func (h *Hub) Interest(ctx context.Context, who Who, id string) (v InterestView, err error) {
	if err := who.may(Editor); err != nil {
		return v, err
	}
	return h.interestView(ctx, func(tx Tx) (Interest, error) { return tx.Interest(ctx, id) })
}

// InterestAt is what a private link leads to. ErrNotFound.
func (h *Hub) InterestAt(ctx context.Context, token string) (v InterestView, err error) {
	return h.interestView(ctx, func(tx Tx) (Interest, error) { return tx.InterestByToken(ctx, hashToken(token)) })
}

func (h *Hub) interestView(ctx context.Context, find func(Tx) (Interest, error)) (v InterestView, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		i, err := find(tx)
		if err != nil {
			return err
		}
		views, err := interestViews(ctx, tx, []Interest{i})
		if err != nil {
			return err
		}
		v = views[0]
		v.Remarks, err = tx.Remarks(ctx, i.ID)
		return err
	})
	return v, err
}

// interestViews adds who the others are, the calls, and what is under way.
func interestViews(ctx context.Context, tx Tx, all []Interest) ([]InterestView, error) {
	views := make([]InterestView, len(all))
	calls := map[string]Item{}
	for n, i := range all {
		v := InterestView{Interest: i, With: Profile{ID: i.Other, Name: i.Name}}
		it, known := calls[i.Call]
		if !known {
			var err error
			if it, err = tx.Item(ctx, i.Call); err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			calls[i.Call] = it
		}
		v.On = it
		if i.HasActor() {
			var err error
			if v.With, err = profileOf(ctx, tx, i.Other); err != nil {
				return nil, err
			}
			v.Host = hostOf(i.Other)
			if v.Waiting, v.Lost, v.Why, err = tx.Undelivered(ctx, v.Host, interestKey(i)); err != nil {
				return nil, err
			}
		}
		views[n] = v
	}
	return views, nil
}

// WithdrawAnswerAt takes back the answer that a private link leads to. ErrConflict
// when there is nothing to take back.
func (h *Hub) WithdrawAnswerAt(ctx context.Context, token string) error {
	return h.byInterestLink(ctx, token, "took_withdrawal", func(i Interest) (Saying, error) {
		if !i.State.May(Answerer, InterestWithdrawn) {
			return Saying{}, ErrConflict
		}
		return Saying{By: Answerer, State: InterestWithdrawn}, nil
	})
}

// IntroduceAt says whether who has a private link would like to be introduced.
func (h *Hub) IntroduceAt(ctx context.Context, token string, wanted bool) error {
	return h.byInterestLink(ctx, token, "took_introduction", func(i Interest) (Saying, error) {
		if i.State.Over() {
			return Saying{}, ErrConflict
		}
		n := &Introduction{Wanted: wanted, Said: after(i.Theirs.Said)}
		if wanted {
			n.Given, n.Person, n.Organisation, n.Email = true, i.Name, i.Organisation, i.Email
		}
		return Saying{By: Answerer, Introduction: n}, nil
	})
}

func (h *Hub) byInterestLink(ctx context.Context, token, did string, decide func(Interest) (Saying, error)) error {
	return h.store.Update(ctx, func(tx Tx) error {
		i, err := tx.InterestByToken(ctx, hashToken(token))
		if err != nil {
			return err
		}
		if i, err = lockInterest(ctx, tx, i); err != nil {
			return err
		}
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		s, err := decide(i)
		if err != nil {
			return err
		}
		visitor := Who{}
		if err := h.moveInterest(ctx, tx, o, &i, s, visitor, ""); err != nil {
			return err
		}
		return h.note(ctx, tx, visitor, did, i.Call)
	})
}

// NewInterests is how many answers wait for a first word.
func (h *Hub) NewInterests(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountNewInterests(ctx) })
}

// Agreements is how many agreements the organisation and its members have come to.
func (h *Hub) Agreements(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountAgreements(ctx) })
}

// markAnswers says of replies which answers were made of them.
func markAnswers(ctx context.Context, tx Tx, views []ReplyView) error {
	for i, v := range views {
		if v.Own {
			continue
		}
		made, err := tx.InterestByOffer(ctx, Caller, v.ID)
		if ignore(err, ErrNotFound) != nil {
			return err
		}
		views[i].Answer = made.ID
	}
	return nil
}
