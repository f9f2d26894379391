// Package federation speaks ActivityPub for the actors that live here.
//
// It knows actors, activities, keys, inboxes and how to reach them: discovery,
// signatures, content negotiation, the origin of what arrives. It knows no
// cluster, no member and no event: those are the [Host]'s, which it asks who
// lives here and what to do with what arrives. It keeps nothing itself but
// short-lived caches: what must last is in the [Store].
//
// The specifications that this folder cites are listed at the end of this
// comment.
//
// [ActivityPub]: https://www.w3.org/TR/activitypub/
// [ActivityStreams]: https://www.w3.org/TR/activitystreams-core/
// [JSON-LD 1.1]: https://www.w3.org/TR/json-ld11/
// [NodeInfo 2.0]: http://nodeinfo.diaspora.software/schema.html
// [NodeInfo 2.1]: https://nodeinfo.diaspora.software/protocol.html
// [draft-cavage-http-signatures-12]: https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12
// [FEP-0837]: https://codeberg.org/fediverse/fep/src/branch/main/fep/0837/fep-0837.md
// [FEP-1b12]: https://codeberg.org/fediverse/fep/src/branch/main/fep/1b12/fep-1b12.md
// [FEP-2677]: https://codeberg.org/fediverse/fep/src/branch/main/fep/2677/fep-2677.md
// [FEP-2c59]: https://codeberg.org/fediverse/fep/src/branch/main/fep/2c59/fep-2c59.md
// [FEP-3b86]: https://codeberg.org/fediverse/fep/src/branch/main/fep/3b86/fep-3b86.md
// [FEP-521a]: https://codeberg.org/fediverse/fep/src/branch/main/fep/521a/fep-521a.md
// [FEP-7aa9]: https://codeberg.org/fediverse/fep/src/branch/main/fep/7aa9/fep-7aa9.md
// [FEP-844e]: https://codeberg.org/fediverse/fep/src/branch/main/fep/844e/fep-844e.md
// [FEP-8a8e]: https://codeberg.org/fediverse/fep/src/branch/main/fep/8a8e/fep-8a8e.md
// [FEP-c0e0]: https://codeberg.org/fediverse/fep/src/branch/main/fep/c0e0/fep-c0e0.md
// [FEP-d556]: https://codeberg.org/fediverse/fep/src/branch/main/fep/d556/fep-d556.md
// [FEP-fe34]: https://codeberg.org/fediverse/fep/src/branch/main/fep/fe34/fep-fe34.md
// [RFC 3230]: https://www.rfc-editor.org/rfc/rfc3230
// [RFC 5545]: https://www.rfc-editor.org/rfc/rfc5545
// [RFC 6415]: https://www.rfc-editor.org/rfc/rfc6415
// [RFC 6761]: https://www.rfc-editor.org/rfc/rfc6761
// [RFC 7033]: https://www.rfc-editor.org/rfc/rfc7033
// [RFC 7565]: https://www.rfc-editor.org/rfc/rfc7565
// [RFC 8288]: https://www.rfc-editor.org/rfc/rfc8288
// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
// [RFC 9421]: https://www.rfc-editor.org/rfc/rfc9421
// [RFC 9530]: https://www.rfc-editor.org/rfc/rfc9530
package federation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pergola/federation/httpsig"
	"pergola/federation/nodeinfo"
	"pergola/federation/vocab"
)

// What a [Host] or a peer can say beside yes. One table maps them to statuses.
var (
	// ErrMalformed: the document cannot be what it says it is (400).
	ErrMalformed = errors.New("malformed")
	// ErrForbidden: the sender may not do that (403).
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound: nothing has this id (404).
	ErrNotFound = errors.New("not found")
	// ErrGone: there was something, it was deleted (410).
	ErrGone = errors.New("gone")
	// ErrLater: not now, the sender should come again (503).
	ErrLater = errors.New("not now")
)

// A Host is the application whose actors the server speaks for.
type Host interface {
	// LocalActor is the actor of that name (preferredUsername, any case), as
	// the world should see it, public keys included. ErrNotFound, ErrGone.
	LocalActor(ctx context.Context, name string) (vocab.Actor, error)
	// Receive applies an activity whose signature and origin have been
	// verified. When it returns nil the change is kept for good.
	Receive(ctx context.Context, in Inbound) error
	// Refuses reports whether an activity of that type by that actor, or by
	// somebody for that actor, is not taken in, whoever signed it. It is asked
	// before anything is fetched, so it must be quick.
	Refuses(ctx context.Context, actor, activityType string) (bool, error)
	// Examines reports whether an actor of another node may have this one look
	// at its node. It is asked before anything is fetched, so it must be quick.
	Examines(ctx context.Context, actor string) (bool, error)
	// Document is the object or activity with that id. ErrNotFound.
	Document(ctx context.Context, id string) (Document, error)
	// Collection is a collection of a local actor: "outbox", "followers",
	// "following", "featured", "events", "collections". page is "" for the
	// collection itself, else what an earlier page's Next carried in its query.
	// ErrNotFound.
	Collection(ctx context.Context, actor, collection, page string) (vocab.Collection, error)
	// Usage is what NodeInfo tells about this node.
	Usage(ctx context.Context) (nodeinfo.Usage, error)
}

// An Inbound is an activity that arrived at an inbox, verified.
type Inbound struct {
	Activity vocab.Activity
	// Actor is who signed it and did it.
	Actor vocab.Actor
	// Raw is the body as it came.
	Raw []byte
	// At is when it came.
	At time.Time
}

// A Document is a stored ActivityStreams document of ours.
type Document struct {
	JSON []byte
	// URL is the page for people, "" when there is none.
	URL string
	// Gone is set for a Tombstone, which is served with 410.
	Gone bool
}

// An Outbox keeps what must leave until it has happened. It is the host's
// transaction: the host's change and the deliveries are both kept, or neither.
type Outbox interface {
	// InsertActivity keeps an activity of ours under its id, to be served and
	// delivered. Listed ones stand in the actor's outbox.
	InsertActivity(ctx context.Context, a SentActivity) error
	// EnqueueDeliveries hands the deliveries of an activity inserted, to
	// distinct sorted inboxes, to the queue. What has the same key arrives in
	// order: the id of the object that the activity is about, or of the pair of
	// a follow.
	EnqueueDeliveries(ctx context.Context, a SentActivity, key string, inboxes []string) error
}

// A SentActivity is an activity of ours as it stands in the outbox.
type SentActivity struct {
	ID, Type string
	// Actor is the name of the local actor, Object the id of what it is about.
	Actor, Object string
	JSON          []byte
	// Listed says that it stands in the public outbox.
	Listed    bool
	Published time.Time
}

// A Delivery is one post to one inbox.
type Delivery struct {
	// Actor is the name of the local actor that signs.
	Actor string
	Inbox string
}

// A Sending is an activity on its way out: what [Server.Send] keeps and hands
// to the queue.
type Sending struct {
	// From is the name of the local actor that says it. The activity's id and
	// actor are the caller's.
	From     string
	Activity vocab.Activity
	// Inboxes are where it goes, shared ones where there are any; each gets it
	// once however often it is named. (ActivityPub, 7.1.3)
	Inboxes []string
	// Key is what must stay in order at each receiver; "" means the id of the
	// activity's object.
	Key string
	// Listed puts it into the public outbox.
	Listed bool
}

// A Store keeps what the protocol needs to last.
type Store interface {
	// SigningKeys are the private keys of a local actor: RSA first, then
	// Ed25519. Their ids may be the fragments alone ("main-key"), because the
	// base URL is the server's. ErrNotFound.
	SigningKeys(ctx context.Context, name string) ([]httpsig.Key, error)
	// RemoteActor is an actor that was fetched before, by its id. ErrNotFound.
	RemoteActor(ctx context.Context, id string) (RemoteActor, error)
	// KeyOwner is the id of the kept remote actor that shows this key id.
	// ErrNotFound.
	KeyOwner(ctx context.Context, keyID string) (string, error)
	// SaveRemoteActor keeps what was fetched, in place of what was kept.
	SaveRemoteActor(ctx context.Context, a RemoteActor) error
	// Peer is what is known of a host; a host never seen is a zero Peer.
	Peer(ctx context.Context, host string) (Peer, error)
	SavePeer(ctx context.Context, p Peer) error
}

// A RemoteActor is an actor of another host as it was when last fetched.
type RemoteActor struct {
	vocab.Actor
	Fetched time.Time
	// Gone is set when its host answered 410, or it deleted itself.
	Gone bool
}

// A Peer is what a host is known to accept.
type Peer struct {
	// Host is host or host:port.
	Host string
	// Scheme is the signature dialect that it took last, "" when unknown.
	Scheme httpsig.Scheme
	// Ed25519 says that it takes Ed25519 signatures under RFC 9421.
	Ed25519 bool
	Seen    time.Time
}

// A DeliveryError says why a post was not accepted.
type DeliveryError struct {
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// RetryAfter is what the other side asked for, 0 when it did not.
	RetryAfter time.Duration
	Err        error
}

func (e *DeliveryError) Error() string {
	if e.Status == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("status %d: %v", e.Status, e.Err)
}

func (e *DeliveryError) Unwrap() error { return e.Err }

// A Verdict is what a delivery's outcome means for those that wait behind it.
type Verdict int

// The verdicts. (wire practice of Mastodon, GoToSocial and Lemmy)
const (
	// Done: accepted.
	Done Verdict = iota
	// RetryObject: try again later; what concerns other objects may go on.
	RetryObject
	// RetryHost: the host is not in a state to take anything now.
	RetryHost
	// GiveUp: it will never be accepted.
	GiveUp
	// InboxGone: nobody is there any more (410).
	InboxGone
	// InboxLost: nothing is there (404), which may pass.
	InboxLost
)
