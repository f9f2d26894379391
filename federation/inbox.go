package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// maxBody is how long an activity may be, in octets. (Mastodon 4.5: 1 MB)
const maxBody = 1 << 20

// actedOn reports whether activities of that type are given to the [Host]. All
// others are taken and forgotten, signed or not: to refuse them would make
// their senders try for days. (ActivityPub, 7)
func actedOn(typ string) bool {
	switch typ {
	case "Follow", "Undo", "Accept", "Reject", "TentativeAccept", "TentativeReject",
		"Create", "Update", "Delete", "Announce", "Like", "Dislike", "Flag", "Block",
		"Move", "Add", "Remove", "Join", "Leave", "Ignore", "Offer", "Invite", "FeatureRequest":
		return true
	}
	return false
}

// postInbox takes an activity. The order is that of what each step costs us:
// nothing is fetched before everything has been refused that can be.
func (s *Server) postInbox(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := readBody(w, r)
		if err != nil {
			return err
		}
		tree, err := vocab.Parse(body)
		if err != nil {
			return err
		}
		if !isActivityStreams(r.Header.Get("Content-Type")) {
			return errMediaType
		}
		nameAsker(tree, r)
		claim, err := readEnvelope(tree)
		if err != nil {
			return err
		}
		claim.request = r
		if err := admit(r.Context(), h, claim.actor, claim.typ); err != nil {
			return err
		}
		if err := s.shortcut(r.Context(), claim); err != nil {
			return err
		}
		if name := chi.URLParam(r, "name"); name != "" {
			if _, err := h.LocalActor(r.Context(), name); err != nil {
				return fmt.Errorf("looking for the inbox of %q: %w", name, err)
			}
		}
		started := time.Now()
		d := &delegate{server: s, host: h, in: Inbound{Raw: body}, tree: tree, claim: claim}
		if err := d.post(r); err != nil {
			return err
		}
		s.log.DebugContext(r.Context(), "activity received",
			"activity", claim.id, "type", d.in.Activity.Type, "actor", claim.actor, "took", time.Since(started))
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
}

// nameAsker names the actor of a FeatureRequest that names none: whose key signs
// it, if that is a part of the actor's document. The signature is still to be
// verified. (Mastodon 4.6: FeatureRequestSerializer)
func nameAsker(tree vocab.Tree, r *http.Request) {
	if tree.Envelope().Type != "FeatureRequest" {
		return
	}
	if sig, err := httpsig.Parse(r); err == nil {
		id, _, _ := strings.Cut(sig.KeyID, "#")
		tree.SetActor(id)
	}
}

// admit is ErrForbidden for those whom the host will not hear.
func admit(ctx context.Context, h Host, actor, typ string) error {
	refused, err := h.Refuses(ctx, actor, typ)
	if err == nil && refused {
		err = fmt.Errorf("%w: %s of %s is refused", ErrForbidden, typ, actor)
	}
	return err
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, fmt.Errorf("%w: %d octets", errTooLarge, r.ContentLength)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, fmt.Errorf("%w: %w", errTooLarge, err)
	case err != nil:
		return nil, fmt.Errorf("%w: reading the body: %w", ErrMalformed, err)
	}
	return body, nil
}

// isActivityStreams reports whether a Content-Type is one of those that mean
// ActivityStreams. (ActivityPub, 7)
func isActivityStreams(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return false
	case kind == "application/activity+json":
		return true
	case kind == "application/ld+json":
		// Some leave the profile out; nothing else is sent to an inbox.
		profile, given := params["profile"]
		return !given || strings.Contains(profile, "https://www.w3.org/ns/activitystreams")
	}
	return false
}

// An envelope is what an activity says of itself, before it is believed.
type envelope struct {
	id, typ, actor, object string

	request *http.Request
}

// deletesItself reports whether an actor says that it is no more.
func (e envelope) deletesItself() bool { return e.typ == "Delete" && e.object == e.actor }

// readEnvelope reads what decides whether the rest is read. Its error is
// ErrMalformed, or errIgnored for a type that we do not act on.
func readEnvelope(tree vocab.Tree) (envelope, error) {
	a := tree.Envelope()
	switch {
	case a.Type == "":
		return envelope{}, fmt.Errorf("%w: no type", ErrMalformed)
	case !actedOn(a.Type):
		return envelope{}, fmt.Errorf("%w: type %.40q", errIgnored, a.Type)
	case a.ID == "" && (a.Type == "Add" || a.Type == "Remove"):
		// What somebody pins concerns nobody here. (Mastodon 4.5 gives it no id)
		return envelope{}, fmt.Errorf("%w: %s without an id", errIgnored, a.Type)
	case origin(a.ID) == "" || origin(a.Actor) == "":
		return envelope{}, fmt.Errorf("%w: id %.80q, actor %.80q", ErrMalformed, a.ID, a.Actor)
	}
	return envelope{id: a.ID, typ: a.Type, actor: a.Actor, object: a.ObjectID}, nil
}

// shortcut ends a Delete of an actor by itself when that actor is not known
// here. They come by the thousand when an account closes, its key is gone, and
// there is nothing to delete. (Mastodon 4.5 does the same)
func (s *Server) shortcut(ctx context.Context, e envelope) error {
	if !e.deletesItself() {
		return nil
	}
	known, err := s.store.RemoteActor(ctx, e.actor)
	deleted := known.Gone && known.Inbox == "" // and not just found to be gone
	switch {
	case errors.Is(err, ErrNotFound), err == nil && deleted:
		return fmt.Errorf("%w: Delete of %s, who is unknown", errIgnored, e.actor)
	case err != nil:
		return fmt.Errorf("looking for %s: %w", e.actor, err)
	}
	return nil
}

// followUp keeps what an activity, now applied, says of its actor.
func (s *Server) followUp(ctx context.Context, a vocab.Activity) error {
	switch {
	case a.Type == "Delete" && a.ObjectID == a.Actor:
		// Nothing is kept of it but that it was.
		return s.saveActor(ctx, RemoteActor{Actor: vocab.Actor{ID: a.Actor}, Fetched: time.Now(), Gone: true})
	case a.Type == "Update" && a.Person != nil && len(a.Person.Keys) > 0:
		person := *a.Person
		if err := checkActor(&person); err != nil {
			// Its host will be asked when it is needed.
			s.log.WarnContext(ctx, "update of an actor not kept", "actor", a.Actor, "err", err)
			return nil
		}
		return s.saveActor(ctx, RemoteActor{Actor: person, Fetched: time.Now()})
	}
	return nil
}
