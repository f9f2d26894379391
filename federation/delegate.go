package federation

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-fed/activity/pub"

	"pergola/federation/vocab"
)

// A delegate takes one request through go-fed's frame of an inbox: it is asked
// for the signature, given the typed activity, asked whether its actor may do
// that, and told to do it. It lives for this request alone.
type delegate struct {
	// What an inbox never asks for is left nil: writing an outbox, reading an
	// inbox. The frame does not come to it, because it is made without the
	// social protocol and only ever given a POST to an inbox.
	pub.DelegateActor

	server *Server
	host   Host
	in     Inbound
	tree   vocab.Tree // of what came
	claim  envelope
	failed error // what one of the steps below returned
}

// post runs the frame over what came.
func (d *delegate) post(r *http.Request) error {
	repaired, err := d.tree.Repair()
	if err != nil {
		return err
	}
	// The frame knows fewer media types than are sent, and writes to the URL.
	inner := r.WithContext(r.Context())
	inner.Header = http.Header{"Content-Type": {vocab.ContentType}}
	inner.URL = &url.URL{Path: r.URL.Path}
	inner.Body = io.NopCloser(bytes.NewReader(repaired))

	frame := pub.NewCustomActor(d, false, true, present{})
	var answer recorder
	_, err = frame.PostInbox(r.Context(), &answer, inner)
	switch {
	case d.failed != nil:
		return d.failed
	case err != nil: // go-fed's own
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	case answer.status != http.StatusOK:
		return fmt.Errorf("%w: refused by go-fed with status %d", ErrMalformed, answer.status)
	}
	return nil
}

// AuthenticatePostInbox finds out who signed.
func (d *delegate) AuthenticatePostInbox(ctx context.Context, _ http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	var actor RemoteActor
	actor, d.failed = d.server.authenticate(ctx, d.claim, d.in.Raw)
	d.in.Actor = actor.Actor
	if host := hostOf(actor.ID); d.failed == nil && d.server.admits != nil && !d.server.admits(host) {
		d.failed = fmt.Errorf("%w: activities of %s", errTooMany, host)
	}
	return ctx, true, d.failed
}

// PostInboxRequestBodyHook reads what the library has parsed.
func (d *delegate) PostInboxRequestBodyHook(ctx context.Context, _ *http.Request, typed pub.Activity) (context.Context, error) {
	// It is read from the tree that the claim was read from, so members of one
	// name cannot be read differently here and there.
	d.in.Activity, d.failed = d.tree.ReadActivity(typed)
	return ctx, d.failed
}

// AuthorizePostInbox asks whether the signer may do that.
func (d *delegate) AuthorizePostInbox(ctx context.Context, _ http.ResponseWriter, _ pub.Activity) (bool, error) {
	a := &d.in.Activity
	d.failed = d.server.authorize(ctx, a)
	if d.failed == nil && a.Object != nil && a.Object.AttributedTo != "" && a.Object.AttributedTo != a.Actor {
		// Nobody comes in on another's back.
		d.failed = admit(ctx, d.host, a.Object.AttributedTo, a.Type)
	}
	return true, d.failed
}

// PostInbox lets the host do it.
func (d *delegate) PostInbox(ctx context.Context, _ *url.URL, _ pub.Activity) error {
	d.in.At = time.Now()
	defer d.server.courtesy.enter()()
	if err := d.host.Receive(ctx, d.in); err != nil {
		d.failed = fmt.Errorf("receiving %s %s: %w", d.in.Activity.Type, d.in.Activity.ID, err)
		return d.failed
	}
	d.failed = d.server.followUp(ctx, d.in.Activity)
	return d.failed
}

// InboxForwarding does nothing: what is public reaches its readers from its
// author, and forwarded activities could not be verified. (ActivityPub, 7.1.2)
func (d *delegate) InboxForwarding(context.Context, *url.URL, pub.Activity) error { return nil }

// present is the time, for go-fed.
type present struct{}

func (present) Now() time.Time { return time.Now() }

// A recorder keeps the status that go-fed would answer.
type recorder struct{ status int }

func (*recorder) Header() http.Header           { return http.Header{} }
func (*recorder) Write(b []byte) (int, error)   { return len(b), nil }
func (answer *recorder) WriteHeader(status int) { answer.status = status }
