package hub

import (
	"context"
	"errors"
	"html"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/text"
)

// Broker moves an answer to an own call to a state and tells who answered.
// *InvalidError for fields "decision" and "reason".
func (h *Hub) Broker(ctx context.Context, who Who, id string, state InterestState, reason string) error {
	reason, wrong := checkReason(reason, state == InterestDeclined)
	return h.onInterest(ctx, who, "brokered_"+string(state), id, Caller, func(tx Tx, o Organisation, i Interest) error {
		switch {
		case state == InterestExpired || !i.State.May(Caller, state):
			return &InvalidError{[]FieldError{{"decision", "cannot_follow", ""}}}
		case wrong != nil:
			return wrong
		}
		return h.sayState(ctx, tx, o, i, state, who, reason)
	})
}

// WithdrawInterest takes back an answer of ours. ErrConflict when there is nothing to take
// back.
func (h *Hub) WithdrawInterest(ctx context.Context, who Who, id string) error {
	return h.onInterest(ctx, who, "withdrew_answer", id, Answerer, func(tx Tx, o Organisation, i Interest) error {
		if !i.State.May(Answerer, InterestWithdrawn) {
			return ErrConflict
		}
		return h.sayState(ctx, tx, o, i, InterestWithdrawn, who, "")
	})
}

// Introduce says that we would like both sides to know whom to talk to, and to whom
// at ours; or, when n is not wanted, that we would not any more. What is typed
// leaves when the other side wants it too, and never before. *InvalidError;
// ErrConflict when nothing will come of the answer.
func (h *Hub) Introduce(ctx context.Context, who Who, id string, n Introduction) error {
	var wrong error
	if n.Wanted {
		wrong = checkIntroduction(&n)
	}
	return h.onInterest(ctx, who, "introduced", id, "", func(tx Tx, o Organisation, i Interest) error {
		switch {
		case !i.CanIntroduce() || !n.Wanted && !i.Mine.Wanted:
			return ErrConflict
		case wrong != nil:
			return wrong
		}
		was := i.Mine
		n.Said, n.Invite, n.Given = after(was.Said), h.activityID(h.newID()), false
		if !n.Wanted {
			n = Introduction{Said: n.Said, Invite: was.Invite}
		}
		if err := h.moveInterest(ctx, tx, o, &i, Saying{By: i.Part, Introduction: &n}, who, ""); err != nil {
			return err
		}
		if i.Mine.Given {
			return nil // it has left with what it led to
		}
		return h.sayIntroduction(ctx, tx, o, i)
	})
}

// AnswerOfReply makes an answer of what somebody replied to an own call.
// *InvalidError for a call that cannot be answered.
func (h *Hub) AnswerOfReply(ctx context.Context, who Who, reply string) (i Interest, err error) {
	err = h.editorDoes(ctx, who, "made_answer", reply, func(tx Tx, o Organisation) error {
		r, err := tx.Reply(ctx, reply)
		if err != nil {
			return err
		}
		it, err := tx.Item(ctx, r.Item)
		if err != nil || r.Own || r.State == Removed || !it.Own || it.Call == nil {
			return cmpErr(err, ErrForbidden)
		}
		if problem, err := unanswerable(ctx, tx, Caller, it.ID, r.Author); err != nil || problem != "" {
			return cmpErr(err, &InvalidError{[]FieldError{{"", problem, ""}}})
		}
		if _, err := tx.InterestByOffer(ctx, Caller, r.ID); !errors.Is(err, ErrNotFound) {
			return cmpErr(err, &InvalidError{[]FieldError{{"", "answered_already", ""}}})
		}
		by, err := profileOf(ctx, tx, r.Author)
		if err != nil {
			return err
		}
		link := newToken()
		i = Interest{ID: h.newID(), Part: Caller, Call: it.ID, Other: r.Author, Offer: r.ID, FromReply: true, Link: link, Token: hashToken(link),
			Expression: Expression{Name: by.Name, Message: shorten(strings.TrimSpace(text.Plain(r.HTML)), maxAnswer)}}
		return h.moveInterest(ctx, tx, o, &i, Saying{By: Answerer, State: InterestSent}, who, "")
	})
	return i, err
}

// onInterest runs a command of an editor on an answer, of a part unless part is "",
// while nobody else moves it.
func (h *Hub) onInterest(ctx context.Context, who Who, did, id string, part Part, f func(Tx, Organisation, Interest) error) error {
	return h.editorDoes(ctx, who, did, id, func(tx Tx, o Organisation) error {
		i, err := tx.Interest(ctx, id)
		if err != nil {
			return err
		}
		if i, err = lockInterest(ctx, tx, i); err != nil {
			return err
		}
		if part != "" && i.Part != part {
			return ErrForbidden
		}
		return f(tx, o, i)
	})
}

// lockInterest is an answer as it is now, kept from others who would move it.
func lockInterest(ctx context.Context, tx Tx, i Interest) (Interest, error) {
	if err := tx.Lock(ctx, "answers "+i.Call); err != nil {
		return i, err
	}
	return tx.Interest(ctx, i.ID)
}

// sayState moves an answer by our word and tells the other side.
func (h *Hub) sayState(ctx context.Context, tx Tx, o Organisation, i Interest, state InterestState, who Who, why string) error {
	s := Saying{By: i.Part, State: state}
	if state == InterestAgreed {
		s.Agreement = h.objectID(h.newID())
	}
	if err := h.moveInterest(ctx, tx, o, &i, s, who, why); err != nil || !i.HasActor() {
		return err
	}
	if i.FromReply {
		return h.tellReplier(ctx, tx, o, i, "wire_interest_"+string(i.State), why)
	}
	inbox, err := tx.ActorInbox(ctx, i.Other)
	if err != nil {
		return err
	}
	a := vocab.Activity{Type: state.activity(), ObjectID: i.Offer, Content: wireParagraphs(why), To: []string{i.Other}, Published: now()}
	switch state {
	case InterestAgreed:
		a.Agreement, a.Result = vocab.Satisfying(i.Call), i.Agreement
	case InterestConfirmed:
		a = h.confirmation(o, Agreement{Document: i.Document, ID: i.Agreement, At: i.Changed}, i.Other)
		a.Context = i.Offer
	case InterestWithdrawn:
		offer := h.bareOffer(o, i)
		a.ObjectType, a.Inner = offer.Type, &offer
	}
	return h.sendInterest(ctx, tx, o, i, a, inbox)
}

// activity is the type of what says a state. (FEP-0837, "Accepting an agreement",
// "Rejecting an agreement")
func (s InterestState) activity() string {
	switch s {
	case InterestTalking:
		return "TentativeAccept"
	case InterestAgreed:
		return "Accept"
	case InterestConfirmed:
		return "Create"
	case InterestDeclined:
		return "Reject"
	case InterestExpired:
		return "Ignore"
	case InterestWithdrawn:
		return "Undo"
	}
	return "Offer"
}

// tellReplier tells in words, and alone, who replied to a call what becomes of it,
// and where they can say what they want of it.
func (h *Hub) tellReplier(ctx context.Context, tx Tx, o Organisation, i Interest, key, why string) error {
	it, err := tx.Item(ctx, i.Call)
	if err != nil {
		return err
	}
	to, err := profileOf(ctx, tx, i.Other)
	if err != nil {
		return err
	}
	lang := first(o.Languages)
	p := h.locale.Printer(lang)
	body := "<p>" + html.EscapeString(p.T(key, "Title", it.Text(lang).Title)) + "</p>" + wireParagraphs(why)
	if i.CanIntroduce() && i.Link != "" {
		page := html.EscapeString(h.base.String() + "/" + lang + "/answer/" + i.Link)
		body += "<p>" + html.EscapeString(p.T("wire_interest_page")) + ` <a href="` + page + `">` + page + "</a></p>"
	}
	r := h.newAnswer(o, it, i.Offer, body)
	r.Private, r.Lang = true, lang
	return h.sendAnswer(ctx, tx, o, r, to)
}

// confirmation says that there is an agreement, and nothing of who has it.
// (FEP-0837, "Overview")
func (h *Hub) confirmation(o Organisation, a Agreement, to ...string) vocab.Activity {
	obj := vocab.Object{ID: a.Document, Type: "Document", AttributedTo: h.Self(o), Context: a.ID, To: to, Published: a.At,
		Name: vocab.Text{{Value: h.locale.Printer(first(o.Languages)).T("wire_agreement")}}}
	return vocab.Activity{Type: "Create", ObjectID: obj.ID, ObjectType: obj.Type, Object: &obj, To: to, Published: a.At}
}

// sayIntroduction says whether we would like to be introduced, and when both would,
// whom to talk to.
func (h *Hub) sayIntroduction(ctx context.Context, tx Tx, o Organisation, i Interest) error {
	switch {
	case !i.HasActor() || i.FromReply && !i.Mine.Wanted:
		return nil
	case i.FromReply && i.Mine.Given:
		return h.tellReplier(ctx, tx, o, i, "wire_introduction_both", "")
	case i.FromReply:
		return h.tellReplier(ctx, tx, o, i, "wire_introduction_wanted", "")
	}
	inbox, err := tx.ActorInbox(ctx, i.Other)
	if err != nil {
		return err
	}
	offer := h.bareOffer(o, i)
	a := vocab.Activity{ID: i.Mine.Invite, Type: "Invite", Actor: h.Self(o), ObjectID: offer.ID, ObjectType: offer.Type, Inner: &offer, Target: i.Other, To: []string{i.Other}, Published: i.Mine.Said}
	switch {
	case !i.Mine.Wanted:
		invite := a
		invite.Inner, invite.ObjectType = nil, ""
		a = vocab.Activity{Type: "Undo", ObjectID: a.ID, ObjectType: a.Type, Inner: &invite, To: a.To, Published: a.Published}
	case i.Mine.Given:
		a.Attachments = wireIntroduction(i.Mine, h.locale.Printer(first(o.Languages)))
	}
	return h.sendInterest(ctx, tx, o, i, a, inbox)
}

// moveInterest keeps an answer after something was said of it, with what was said,
// and does what follows from that. who is nobody when the other side said it.
func (h *Hub) moveInterest(ctx context.Context, tx Tx, o Organisation, i *Interest, s Saying, who Who, said string) error {
	was := *i
	*i = was.To(s)
	did := ""
	switch {
	case i.State != was.State || said != "" && s.State == i.State:
		did = string(i.State)
	case i.Mine.Wanted != was.Mine.Wanted || i.Theirs.Wanted != was.Theirs.Wanted:
		did = map[bool]string{true: "wanted", false: "unwanted"}[s.Introduction.Wanted]
	}
	if did != "" {
		i.Changed, i.MovedBy = now(), who.Name
		if i.Since.IsZero() {
			i.Since = i.Changed.Truncate(time.Second)
		}
		if err := tx.InsertRemark(ctx, Remark{ID: h.newID(), Membership: i.ID, At: i.Changed, Author: who.Name, Did: did, Text: said}); err != nil {
			return err
		}
	}
	if err := h.countAgreement(ctx, tx, o, was, i); err != nil {
		return err
	}
	if !i.owes() {
		err := tx.SaveInterest(ctx, *i)
		if err == nil && i.State.Over() && !was.State.Over() {
			err = h.turnAway(ctx, tx, o) // whom the answer let in
		}
		return err
	}
	i.Mine.Said, i.Mine.Invite, i.Mine.Given = after(i.Mine.Said), h.activityID(h.newID()), true
	if err := tx.InsertRemark(ctx, Remark{ID: h.newID(), Membership: i.ID, At: now(), Author: who.Name, Did: "introduced"}); err != nil {
		return err
	}
	if err := tx.SaveInterest(ctx, *i); err != nil {
		return err
	}
	return h.sayIntroduction(ctx, tx, o, *i)
}

// countAgreement counts what was confirmed, or takes that back.
func (h *Hub) countAgreement(ctx context.Context, tx Tx, o Organisation, was Interest, i *Interest) error {
	switch {
	case i.State == was.State:
	case i.State == InterestConfirmed:
		i.Document = h.objectID(h.newID())
		return h.confirm(ctx, tx, o, Agreement{Document: i.Document, ID: i.Agreement, Party: true, At: i.Changed})
	case was.State == InterestConfirmed:
		return h.takeBack(ctx, tx, o, i.Document)
	}
	return nil
}

// confirm counts an agreement by our word, and says so to the associations that the
// organisation is a member of.
func (h *Hub) confirm(ctx context.Context, tx Tx, o Organisation, a Agreement) error {
	a.By = h.Self(o)
	if err := tx.InsertAgreement(ctx, a); err != nil {
		return err
	}
	ids, inboxes, err := above(ctx, tx)
	if err != nil || len(ids) == 0 {
		return err
	}
	return h.sendUnlisted(ctx, tx, o, h.confirmation(o, a, ids...), inboxes)
}

// takeBack counts it no more.
func (h *Hub) takeBack(ctx context.Context, tx Tx, o Organisation, document string) error {
	if _, err := tx.DeleteAgreement(ctx, document, h.Self(o)); err != nil {
		return err
	}
	ids, inboxes, err := above(ctx, tx)
	if err != nil || len(ids) == 0 {
		return err
	}
	return h.sendUnlisted(ctx, tx, o, vocab.Activity{Type: "Delete", ObjectID: document, To: ids, Published: now()}, inboxes)
}

// above are the associations that the organisation is a member of.
func above(ctx context.Context, tx Tx) (ids, inboxes []string, err error) {
	ms, err := activeOf(ctx, tx, Above)
	for _, m := range ms {
		if err != nil {
			break
		}
		var inbox string
		inbox, err = tx.ActorInbox(ctx, m.Other)
		ids, inboxes = append(ids, m.Other), append(inboxes, inbox)
	}
	return ids, inboxes, err
}

// ExpireInterests ends the answers that nobody has decided for long.
func (h *Hub) ExpireInterests(ctx context.Context) (n int, err error) {
	err = h.update(ctx, func(tx Tx, o Organisation) error {
		n = 0
		for part, period := range map[Part]time.Duration{Caller: expiresAfter, Answerer: givesUpAfter} {
			stale, err := tx.StaleInterests(ctx, part, now().Add(-period), expiresAtOnce)
			if err != nil {
				return err
			}
			for _, i := range stale {
				if i, err = lockInterest(ctx, tx, i); err != nil {
					return err
				}
				if !i.State.Open() {
					continue
				}
				n++
				if part == Caller {
					err = h.sayState(ctx, tx, o, i, InterestExpired, Program(programName), "")
				} else {
					err = h.moveInterest(ctx, tx, o, &i, Saying{By: part, State: InterestExpired}, Program(programName), "")
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return n, err
}

// endInterests declines what waits for an own call that is no more.
func (h *Hub) endInterests(ctx context.Context, tx Tx, o Organisation, call Item) error {
	if call.Call == nil {
		return nil
	}
	all, err := tx.InterestsIn(ctx, Caller, call.ID)
	if err != nil {
		return err
	}
	why := h.locale.Printer(first(o.Languages)).T("wire_interest_call_gone")
	for _, i := range all {
		if !i.State.May(Caller, InterestDeclined) {
			continue
		}
		if err := h.sayState(ctx, tx, o, i, InterestDeclined, Program(programName), why); err != nil {
			return err
		}
	}
	return nil
}
