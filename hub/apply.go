package hub

import (
	"context"
	"errors"
	"slices"
	"strings"

	"pergola/federation/vocab"
)

// Apply asks another organisation, by what people know of it, to take this one
// in as a member. *InvalidError for field "address" and those of the
// application.
func (h *Hub) Apply(ctx context.Context, who Who, address string, a Application) (m Membership, err error) {
	if err := who.may(Office); err != nil {
		return m, err
	}
	wrong := func(problem string) error { return &InvalidError{[]FieldError{{"address", problem, address}}} }
	if address = strings.TrimSpace(address); address == "" {
		return m, wrong("required")
	}
	if err := checkApplication(&a, false); err != nil {
		return m, err
	}
	actor, err := h.somebody(ctx, address)
	if err != nil {
		return m, err
	}
	defer h.forgetGuests()
	err = h.officeDoes(ctx, who, "applied", actor.ID, func(tx Tx, o Organisation) error {
		if h.localName(o, actor.ID) != "" {
			return wrong("yourself")
		}
		was, err := h.membershipWith(ctx, tx, Above, actor.ID)
		if err != nil {
			return err
		}
		at := after(later(was.Offered, was.Said))
		if m, err = was.To(Step{To: Applied, Offer: h.activityID(h.newID()), Offered: at, At: at}); errors.Is(err, errTwice) {
			return wrong(alreadyThere(was))
		} else if err != nil {
			return err
		}
		a.Name = o.Title[0].Value
		m.Application, m.Since = a, now()
		if err := h.keepStep(ctx, tx, o, was, m, who, ""); err != nil {
			return err
		}
		return h.sendOffer(ctx, tx, o, m, "Offer", actor.Inbox)
	})
	return m, err
}

// alreadyThere says why there is no second application.
func alreadyThere(m Membership) string {
	if m.State == Active {
		return "member_already"
	}
	return "applied_already"
}

// ApplyByForm takes the application of an organisation that has no program of
// its own, at a form that everybody can fill in; the token is for their private
// link alone. address is where it came from. ErrTooMany when too much comes from
// there.
func (h *Hub) ApplyByForm(ctx context.Context, a Application, address string) (token string, err error) {
	if err := checkApplication(&a, true); err != nil {
		return "", err
	}
	token = newToken()
	if err := h.noteRegistering(ctx, shorten("applying:"+address, maxSubject)); err != nil {
		return "", err
	}
	err = h.update(ctx, func(tx Tx, o Organisation) error {
		was, err := h.membershipWith(ctx, tx, Below, "mailto:"+strings.ToLower(a.Email))
		if err != nil {
			return err
		}
		if full, err := crowded(ctx, tx, was); err != nil || full {
			return cmpErr(err, ErrTooMany)
		}
		at := after(later(was.Offered, was.Said))
		m, err := was.To(Step{To: Applied, Offer: h.newID(), Offered: at, At: at})
		if errors.Is(err, errTwice) {
			return &InvalidError{[]FieldError{{"email", alreadyThere(was), ""}}}
		} else if err != nil {
			return err
		}
		m.Application, m.Since, m.Token = a, now(), hashToken(token)
		visitor := Who{}
		if err := h.keepStep(ctx, tx, o, was, m, visitor, ""); err != nil {
			return err
		}
		return h.note(ctx, tx, visitor, "took_application", m.ID)
	})
	return token, err
}

// ApplicationAt is what a private link leads to, without what the office said to
// itself. ErrNotFound.
func (h *Hub) ApplicationAt(ctx context.Context, token string) (v MembershipView, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		m, err := tx.MembershipByToken(ctx, hashToken(token))
		if err != nil {
			return err
		}
		if v, err = membershipView(ctx, tx, m); err != nil {
			return err
		}
		v.Remarks = slices.DeleteFunc(v.Remarks, func(r Remark) bool { return r.Did == Comment })
		return nil
	})
	return v, err
}

// AmendAt changes the application that a private link leads to. ErrConflict when
// it is decided.
func (h *Hub) AmendAt(ctx context.Context, token string, a Application) error {
	if err := checkApplication(&a, true); err != nil {
		return err
	}
	return h.byLink(ctx, token, "took_amendment", func(tx Tx, o Organisation, m Membership, visitor Who) error {
		a.Email = m.Email // it is who they are
		return h.amend(ctx, tx, o, m, visitor, a)
	})
}

// WithdrawAt takes back the application that a private link leads to, or ends the
// membership that it became. ErrConflict when there is nothing to end.
func (h *Hub) WithdrawAt(ctx context.Context, token string) error {
	return h.byLink(ctx, token, "took_withdrawal", func(tx Tx, o Organisation, m Membership, visitor Who) error {
		return h.step(ctx, tx, o, m, visitor, Parted, "")
	})
}

func (h *Hub) byLink(ctx context.Context, token, did string, f func(Tx, Organisation, Membership, Who) error) error {
	return h.store.Update(ctx, func(tx Tx) error {
		m, err := tx.MembershipByToken(ctx, hashToken(token))
		if err != nil {
			return err
		}
		// It may have changed while we waited for our turn.
		if m, err = h.membershipWith(ctx, tx, m.Side, m.Other); err != nil {
			return err
		}
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		visitor := Who{}
		if err := f(tx, o, m, visitor); err != nil {
			return err
		}
		return h.note(ctx, tx, visitor, did, m.ID)
	})
}

// Amend changes an application of ours that is not decided, and so answers what
// was asked back. ErrConflict when it is decided.
func (h *Hub) Amend(ctx context.Context, who Who, id string, a Application) error {
	if err := checkApplication(&a, false); err != nil {
		return err
	}
	return h.onMembership(ctx, who, "amended_application", id, func(tx Tx, o Organisation, m Membership) error {
		if m.Side != Above {
			return ErrForbidden
		}
		if err := h.amend(ctx, tx, o, m, who, a); err != nil {
			return err
		}
		m, err := tx.Membership(ctx, id)
		if err != nil {
			return err
		}
		inbox, err := tx.ActorInbox(ctx, m.Other)
		if err != nil {
			return err
		}
		return h.sendOffer(ctx, tx, o, m, "Update", inbox)
	})
}

func (h *Hub) amend(ctx context.Context, tx Tx, o Organisation, was Membership, who Who, a Application) error {
	if !was.State.Pending() {
		return ErrConflict
	}
	m, err := was.To(Step{To: Applied, Offer: was.Offer, At: after(was.Said)})
	if err != nil {
		return err
	}
	if was.Side == Above {
		a.Name = was.Name
	}
	m.Application = a
	return h.keepStep(ctx, tx, o, was, m, who, "")
}

// Part withdraws an application of ours, or leaves. ErrConflict when there is
// nothing to end.
func (h *Hub) Part(ctx context.Context, who Who, id, why string) error {
	return h.takeStep(ctx, who, "parted", id, Above, Parted, why)
}

// sendOffer sends an application, or a changed one.
func (h *Hub) sendOffer(ctx context.Context, tx Tx, o Organisation, m Membership, typ, inbox string) error {
	offer := h.offer(o, m)
	offer.Content, offer.Attachments = wireApplication(m.Application, h.locale.Printer(first(o.Languages)))
	a := offer
	if typ != "Offer" {
		offer.Updated = m.Said
		a = vocab.Activity{Type: typ, ObjectID: offer.ID, ObjectType: offer.Type, Inner: &offer, To: offer.To, Published: m.Said, Updated: m.Said}
	}
	return h.sendMembership(ctx, tx, o, m, a, inbox)
}
