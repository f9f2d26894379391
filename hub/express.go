package hub

import (
	"context"
	"strings"
)

// Express answers a call of somebody else: they alone get the answer. *InvalidError
// for what was typed, and for a call that cannot be answered.
func (h *Hub) Express(ctx context.Context, who Who, call string, e Expression) (i Interest, err error) {
	if err := who.may(Editor); err != nil {
		return i, err
	}
	wrong := func(problem string) error { return &InvalidError{[]FieldError{{"", problem, ""}}} }
	it, inbox, err := h.callOf(ctx, call)
	switch {
	case err != nil:
		return i, err
	case it.Own:
		return i, wrong("own_call")
	case inbox == "":
		actor, err := h.fed.Lookup(ctx, it.Author)
		if err != nil {
			h.log.InfoContext(ctx, "looking up an address", "address", it.Author, "err", err)
			return i, wrong("caller_silent")
		}
		inbox = actor.Inbox
	}
	if barred, err := h.Blocked(ctx, it.Author); err != nil || barred {
		return i, cmpErr(err, wrong("is_blocked"))
	}
	if err := checkExpression(&e, false); err != nil {
		return i, err
	}
	defer h.forgetGuests()
	err = h.editorDoes(ctx, who, "expressed", call, func(tx Tx, o Organisation) error {
		if problem, err := unanswerable(ctx, tx, Answerer, call, it.Author); err != nil || problem != "" {
			return cmpErr(err, wrong(problem))
		}
		e.Name = o.Title[0].Value
		i = Interest{ID: h.newID(), Part: Answerer, Call: call, Other: it.Author, Offer: h.activityID(h.newID()), Expression: e}
		if err := h.moveInterest(ctx, tx, o, &i, Saying{By: Answerer, State: InterestSent}, who, ""); err != nil {
			return err
		}
		offer := h.bareOffer(o, i)
		offer.Content, offer.Attachments = wireExpression(e, h.locale.Printer(first(o.Languages)))
		return h.sendInterest(ctx, tx, o, i, offer, inbox)
	})
	return i, err
}

// callOf is a call that is shown here, and the inbox of who calls, as far as it is
// known. ErrNotFound.
func (h *Hub) callOf(ctx context.Context, id string) (it Item, inbox string, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		if it, err = tx.Item(ctx, id); err != nil {
			return err
		}
		if it.Call == nil || it.State != Published || !it.Vanishes.IsZero() || !it.Hidden.IsZero() {
			return ErrNotFound
		}
		inbox, err = tx.ActorInbox(ctx, it.Author)
		return err
	})
	return it, inbox, err
}

// How many answers to one call are kept, and how many of one organisation.
const (
	maxInterests   = 500
	maxInterestsOf = 5
)

// unanswerable says why a call takes no answer from somebody, or to somebody; ""
// when it does. What is asked here stays so until the transaction ends.
func unanswerable(ctx context.Context, tx Tx, part Part, call, other string) (problem string, err error) {
	if err := tx.Lock(ctx, "answers "+call); err != nil {
		return "", err
	}
	it, err := tx.Item(ctx, call)
	if err != nil {
		return "", err
	}
	if it.Call == nil || it.State != Published || !it.Vanishes.IsZero() {
		return "call_gone", nil
	}
	if over := it.Call.Over(); it.Call.Closed || !over.IsZero() && !over.After(now()) {
		return "call_closed", nil
	}
	all, err := tx.InterestsIn(ctx, part, call)
	if err != nil {
		return "", err
	}
	of := 0
	for _, i := range all {
		if i.Other != other || i.State == NoInterest {
			continue
		}
		if !i.State.Over() {
			return "answered_already", nil
		}
		of++
	}
	if len(all) >= maxInterests || of >= maxInterestsOf {
		return "too_many_answers", nil
	}
	return "", nil
}

// ExpressByForm answers an own call for somebody who has no program of their own;
// the token is for their private link alone. address is where it came from.
// *InvalidError; ErrTooMany when too much comes from there.
func (h *Hub) ExpressByForm(ctx context.Context, call string, e Expression, address string) (token string, err error) {
	if err := checkExpression(&e, true); err != nil {
		return "", err
	}
	token = newToken()
	if err := h.noteRegistering(ctx, shorten("answering:"+address, maxSubject)); err != nil {
		return "", err
	}
	err = h.update(ctx, func(tx Tx, o Organisation) error {
		if it, err := tx.Item(ctx, call); err != nil || !it.Own {
			return cmpErr(err, ErrNotFound)
		}
		i := Interest{ID: h.newID(), Part: Caller, Call: call, Other: "mailto:" + strings.ToLower(e.Email), Token: hashToken(token), Expression: e}
		problem, err := unanswerable(ctx, tx, Caller, call, i.Other)
		if err != nil {
			return err
		}
		if problem != "" {
			field := map[string]string{"answered_already": "email"}[problem]
			return &InvalidError{[]FieldError{{field, problem, ""}}}
		}
		i.Offer = i.ID
		visitor := Who{}
		if err := h.moveInterest(ctx, tx, o, &i, Saying{By: Answerer, State: InterestSent}, visitor, ""); err != nil {
			return err
		}
		return h.note(ctx, tx, visitor, "took_answer", call)
	})
	return token, err
}

// checkExpression mends what was typed and says what is wrong with the rest. At the
// form people say who they are, and agree that it is kept.
func checkExpression(e *Expression, form bool) error {
	var wrong InvalidError
	e.Name, e.Organisation, e.Email = oneLine(e.Name), oneLine(e.Organisation), strings.TrimSpace(e.Email)
	for _, f := range []struct {
		name   string
		value  *string
		needed bool
		most   int
	}{
		{"name", &e.Name, form, maxTitle}, {"organisation", &e.Organisation, form, maxTitle}, {"message", &e.Message, true, maxAnswer},
		{"cooperation", &e.Cooperation, false, maxAnswer}, {"unclear", &e.Unclear, false, maxAnswer}, {"about", &e.About, false, maxAnswer},
	} {
		*f.value = lines(*f.value)
		wanted(*f.value, f.needed, f.most, f.name, &wrong)
	}
	country(e.Country, "country", &wrong)
	known(e.Kind, PartnerTerms(), "kind", &wrong)
	email(e.Email, form, &wrong)
	if form && e.Consented.IsZero() {
		wrong.add("consent", "no_consent", "")
	}
	return wrong.err()
}

// checkIntroduction mends what was typed of whom to talk to: without an address
// there is nobody to be reached.
func checkIntroduction(n *Introduction) error {
	var wrong InvalidError
	n.Person, n.Organisation, n.Phone, n.Email = oneLine(n.Person), oneLine(n.Organisation), oneLine(n.Phone), strings.TrimSpace(n.Email)
	bounded(n.Person, maxTitle, "person", &wrong)
	bounded(n.Organisation, maxTitle, "organisation", &wrong)
	bounded(n.Phone, maxTitle, "phone", &wrong)
	email(n.Email, true, &wrong)
	return wrong.err()
}
