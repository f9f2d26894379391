package hub

import (
	"context"
	"time"

	"pergola/federation"
)

// A Lane is a receiving host as the delivery page shows it.
type Lane struct {
	// Host is host or host:port.
	Host  string
	State LaneState
	// Waiting and GivenUp count deliveries.
	Waiting, GivenUp int
	// Failures counts what failed since the last success, Failing is when the
	// first of it did.
	Failures int
	Failing  time.Time
	// Answer is the last answer of the other side ("status 503: …") or why there
	// was none, "" when it took what was sent; Answered is when.
	Answer   string
	Answered time.Time
	// Delivered counts successes.
	Delivered int
	// Due is when it is tried next; zero when nothing waits.
	Due time.Time
}

// A LaneState says how it goes with a host.
type LaneState string

// The states of a lane.
const (
	LaneIdle        LaneState = "idle"        // all delivered
	LaneWaiting     LaneState = "waiting"     // something is on its way
	LaneHeld        LaneState = "held"        // the host does not answer; tried again by itself
	LaneUnavailable LaneState = "unavailable" // it has not answered for days
)

// A Job is a thing to do that waits in a lane.
type Job struct {
	ID, Kind, Key string
	// What is a short name of what is delivered: the activity's type and id.
	What     string
	Attempts int
	Due      time.Time
	// Error is the last answer, GivenUp says that it is not tried any more.
	Error   string
	GivenUp bool
}

// A Fetch is something that must be read from another host: in a job of its
// own, because no transaction waits for the network.
type Fetch struct {
	// Kind says what for.
	Kind FetchKind
	// ID is what is to be read.
	ID string
	// Actor is who pointed to it (the announcer, the followed).
	Actor string
	// Activity is the id of the activity that did.
	Activity string
}

// A FetchKind is what a [Fetch] is for.
type FetchKind string

// The kinds of fetch.
const (
	// FetchObject reads an object that somebody announced.
	FetchObject FetchKind = "object"
	// FetchSent reads an object that its author published by its id alone.
	FetchSent FetchKind = "sent"
	// FetchOutbox reads the back catalogue of somebody newly followed.
	FetchOutbox FetchKind = "outbox"
	// FetchPicture copies the picture of somebody followed.
	FetchPicture FetchKind = "picture"
	// FetchDirectory reads the members of a member.
	FetchDirectory FetchKind = "directory"
)

// DeliveryTx keeps what must leave, and shows how it goes.
type DeliveryTx interface {
	federation.Outbox
	EnqueueFetch(ctx context.Context, f Fetch) error
	// SentActivity is a kept activity of ours. ErrNotFound.
	SentActivity(ctx context.Context, id string) (federation.SentActivity, error)
	// Outbox lists the Listed activities of a local actor, newest first.
	Outbox(ctx context.Context, actor string, p Page) ([]federation.SentActivity, error)
	CountOutbox(ctx context.Context, actor string) (int, error)
	// PendingFor reports whether an activity of this type for this key still
	// waits to be delivered to an inbox.
	PendingFor(ctx context.Context, inbox, key, activityType string) (bool, error)
	// ReceivedBy are the inboxes that an object's activities were sent to.
	ReceivedBy(ctx context.Context, object string) ([]string, error)
	Lanes(ctx context.Context, p Page) ([]Lane, error)
	Lane(ctx context.Context, host string) (Lane, error)
	Jobs(ctx context.Context, host string, p Page) ([]Job, error)
	// OldestWaiting is since when the oldest of what waits does; zero when
	// nothing waits.
	OldestWaiting(ctx context.Context) (time.Time, error)
	// RedactActivities empties the Creates and Updates that carried a deleted
	// object and takes them and its Announces out of the outbox. A delivery of
	// an emptied activity has nothing to do.
	RedactActivities(ctx context.Context, object string) error
	// UnlistActivity takes an activity out of the outbox.
	UnlistActivity(ctx context.Context, id string) error
	// RetryLane makes everything in a lane due now, given-up jobs too.
	RetryLane(ctx context.Context, host string) error
}

// Lanes are the receiving hosts: those in trouble first, then by name. Office
// only.
func (h *Hub) Lanes(ctx context.Context, who Who, p Page) ([]Lane, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) ([]Lane, error) { return tx.Lanes(ctx, p) })
}

// Lane is one of them, with what waits in it. Office only.
func (h *Hub) Lane(ctx context.Context, who Who, host string, p Page) (l Lane, js []Job, err error) {
	if err := who.may(Office); err != nil {
		return l, nil, err
	}
	err = h.store.View(ctx, func(tx Tx) error {
		if l, err = tx.Lane(ctx, host); err != nil {
			return err
		}
		js, err = tx.Jobs(ctx, host, p)
		return err
	})
	return l, js, err
}

// Retry makes everything for a host due now. Office only.
func (h *Hub) Retry(ctx context.Context, who Who, host string) error {
	return h.officeDoes(ctx, who, "retried", host, func(tx Tx, _ Organisation) error {
		return tx.RetryLane(ctx, host)
	})
}
