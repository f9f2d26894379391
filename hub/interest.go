package hub

import (
	"context"
	"slices"
	"strings"
	"time"
)

// An Interest is an answer to a call: somebody would like to do what the call is
// about. The organisation that called brokers it. Both sides keep it, and move it
// by [Interest.To].
type Interest struct {
	ID string
	// Part says which of the two this organisation is.
	Part Part
	// Call is the id of the call, Other who is on the other side: the id of an
	// actor, or "mailto:" and an address of who answered at the form.
	Call, Other string
	// Offer is the id by which both sides know the answer: that of the Offer, or of
	// the reply that was made an answer; of one of the form its own.
	Offer string
	// FromReply says that it was made of a reply: its author's program knows no
	// Offers, and is told in words what becomes of it.
	FromReply bool
	State     InterestState
	// Agreement is the id of what was agreed on, "" until it was; Document that of
	// what confirms it here.
	Agreement, Document string
	// Since is when the answer came or was sent, Changed when it last moved, MovedBy
	// who did that here, "" for the other side.
	Since, Changed time.Time
	MovedBy        string
	// Token is the SHA-256 of the secret in the private link of who answered at the
	// form, or with a reply, in hex; else "". Link is that secret where every word to
	// them repeats it: of who replied.
	Token, Link string
	// Mine and Theirs say whether each side would like to be introduced.
	Mine, Theirs Introduction
	Expression
}

// An Expression is what somebody says with an answer, in plain text.
type Expression struct {
	// Name is that of the actor, or of the person at the form; Organisation for whom
	// they answer.
	Name, Organisation string
	// Country is ISO 3166-1 alpha-2, Kind one of PartnerTerms; "" when not said.
	Country, Kind string
	Message       string
	// Cooperation, Unclear and About answer the questions of the Enterprise Europe
	// Network: what kind of cooperation, what is not clear yet, who they are.
	Cooperation, Unclear, About string
	// Email is that of who answered at the form, for the caller alone. Consented is
	// when they agreed that it is kept.
	Email     string
	Consented time.Time
}

// A Part is which side of an answer somebody is.
type Part string

// The parts.
const (
	Caller   Part = "caller"   // whose call it is
	Answerer Part = "answerer" // who answers it
)

// An InterestState says how it stands with an answer.
type InterestState string

// The states of an answer.
const (
	NoInterest        InterestState = ""
	InterestSent      InterestState = "sent"      // nothing has been said to it
	InterestTalking   InterestState = "talking"   // the caller would like to know more
	InterestExpired   InterestState = "expired"   // nobody decided in time
	InterestAgreed    InterestState = "agreed"    // the caller would like to, too
	InterestConfirmed InterestState = "confirmed" // there is an agreement, which counts
	InterestDeclined  InterestState = "declined"  // by the caller
	InterestWithdrawn InterestState = "withdrawn" // by the answerer
)

// steps are the states from the least final on, who may say each, and what people
// may move on to it from. The word of the answerer, that it is over, stands above
// all; what expired because one side heard nothing gives way to a decision.
var steps = []struct {
	to   InterestState
	by   Part
	from []InterestState
}{
	{NoInterest, "", nil},
	{InterestSent, Answerer, []InterestState{NoInterest}},
	{InterestTalking, Caller, []InterestState{InterestSent, InterestTalking}},
	{InterestExpired, "", []InterestState{InterestSent, InterestTalking}},
	{InterestAgreed, Caller, []InterestState{InterestSent, InterestTalking}},
	{InterestConfirmed, Caller, []InterestState{InterestAgreed}},
	{InterestDeclined, Caller, []InterestState{InterestSent, InterestTalking, InterestAgreed}},
	{InterestWithdrawn, Answerer, []InterestState{InterestSent, InterestTalking, InterestAgreed}},
}

// rank orders states by how final they are.
func (s InterestState) rank() int {
	for i, step := range steps {
		if step.to == s {
			return i
		}
	}
	return 0
}

// May reports whether a side may move an answer from one state to another. What
// arrives is not asked: it has happened.
func (s InterestState) May(by Part, next InterestState) bool {
	step := steps[next.rank()]
	return (step.by == by || step.by == "") && slices.Contains(step.from, s)
}

// Open reports whether an answer waits for its decision.
func (s InterestState) Open() bool { return s == InterestSent || s == InterestTalking }

// Over reports whether nothing will come of it.
func (s InterestState) Over() bool {
	return !s.Open() && s != InterestAgreed && s != InterestConfirmed
}

// An Introduction is the wish of one side that both know whom to talk to.
type Introduction struct {
	Wanted bool
	// Said is when that was said last, by the clock of who said it.
	Said time.Time
	// Invite is the id of the Invite that said so.
	Invite string
	// Given says that whom to talk to was said with it, which is done when both
	// want it and never before.
	Given bool
	// Person, Organisation, Email and Phone are whom to talk to.
	Person, Organisation, Email, Phone string
}

// A Saying is something that one side says of an answer: a state, or whether it
// would like to be introduced.
type Saying struct {
	By           Part
	State        InterestState
	Agreement    string
	Introduction *Introduction
}

// To is the answer after something was said of it, the same when that changes
// nothing or was not for that side to say. It does not matter in which order
// things are said, nor how often: the most final state stands, and of what each
// side wants the latest.
func (i Interest) To(s Saying) Interest {
	if step := steps[s.State.rank()]; step.by == s.By || step.by == "" {
		if s.State.rank() > i.State.rank() {
			i.State = s.State
		}
		if s.Agreement != "" {
			i.Agreement = s.Agreement
		}
	}
	if s.Introduction != nil {
		of := &i.Theirs
		if s.By == i.Part {
			of = &i.Mine
		}
		if s.Introduction.Said.After(of.Said) {
			*of = *s.Introduction
		}
	}
	return i
}

// Introduced reports whether both sides want to be.
func (i Interest) Introduced() bool { return i.Mine.Wanted && i.Theirs.Wanted && !i.State.Over() }

// CanIntroduce reports whether both sides can still say that they would like to be.
func (i Interest) CanIntroduce() bool { return !i.State.Over() && (!i.FromReply || i.Link != "") }

// owes reports whether our contact is to be said now.
func (i Interest) owes() bool { return i.Introduced() && !i.Mine.Given }

// HasActor reports whether the other side is an actor.
func (i Interest) HasActor() bool { return !strings.HasPrefix(i.Other, "mailto:") }

// An Agreement is what both sides have said to have come of an answer, as it is
// counted. It says nothing of people.
type Agreement struct {
	// Document is the id of what confirms it, ID that of the agreement.
	Document, ID string
	// By is the actor who said so.
	By string
	// Party says that it is the organisation's own, and not what a member says.
	Party bool
	At    time.Time
}

// unfounded are our confirmations of an agreement that only say what members said,
// when no member says so any more.
func unfounded(all []Agreement, self string) []Agreement {
	if slices.ContainsFunc(all, func(a Agreement) bool { return a.By != self }) {
		return nil
	}
	return slices.DeleteFunc(all, func(a Agreement) bool { return a.Party })
}

// InterestTx keeps answers to calls.
type InterestTx interface {
	// Interest and its kin return ErrNotFound.
	Interest(ctx context.Context, id string) (Interest, error)
	InterestByOffer(ctx context.Context, part Part, offer string) (Interest, error)
	InterestByToken(ctx context.Context, hash string) (Interest, error)
	// InterestsIn are those in a call, the latest first.
	InterestsIn(ctx context.Context, part Part, call string) ([]Interest, error)
	// Interests are all of a part, the latest first.
	Interests(ctx context.Context, part Part, p Page) ([]Interest, error)
	// CountNewInterests counts those of others to which nothing has been said.
	CountNewInterests(ctx context.Context) (int, error)
	// OpenPartners are the actors with whom there is one that is open or agreed.
	OpenPartners(ctx context.Context) ([]string, error)
	// SaveInterest inserts it or replaces what stands for the part and the Offer.
	SaveInterest(ctx context.Context, i Interest) error
	// StaleInterests are those of a part that are open and have not moved since.
	StaleInterests(ctx context.Context, part Part, since time.Time, limit int) ([]Interest, error)
	// ForgetInterests deletes those with an actor who is no more.
	ForgetInterests(ctx context.Context, actor string) error
	// PruneInterests deletes those that have not moved since, with all that was
	// said. Agreements go on to count.
	PruneInterests(ctx context.Context, before time.Time) (int, error)
	InsertAgreement(ctx context.Context, a Agreement) error
	// DeleteAgreement returns the id of the agreement, "" when nobody has said so.
	DeleteAgreement(ctx context.Context, document, by string) (id string, err error)
	// Confirmations are all that confirm an agreement.
	Confirmations(ctx context.Context, id string) ([]Agreement, error)
	// CountAgreements counts each once, whoever said so.
	CountAgreements(ctx context.Context) (int, error)
	// Undelivered is how much of a key still waits for a host, and why the last try
	// failed; lost says that it is not tried any more.
	Undelivered(ctx context.Context, host, key string) (waiting int, lost bool, why string, err error)
}

// KeepInterests is how long an answer is kept after it last moved, with everything
// that was said of people in it.
const KeepInterests = 2 * 365 * 24 * time.Hour

// How long an answer waits for a decision. The caller tells the answerer, who waits
// a little longer and then gives up alone.
const (
	expiresAfter  = 90 * 24 * time.Hour
	givesUpAfter  = 120 * 24 * time.Hour
	expiresAtOnce = 50
	// programName is who did what nobody did.
	programName = "Pergola"
)
