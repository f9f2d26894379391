package federation

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// errNoKey says that an actor shows no usable key of that id.
var errNoKey = errors.New("no such key")

// authenticate finds out that the actor whom a request names has signed it.
// Its error is errUnsigned, ErrForbidden, or ErrLater when the actor's host
// does not answer.
func (s *Server) authenticate(ctx context.Context, e envelope, body []byte) (RemoteActor, error) {
	sig, err := httpsig.Parse(e.request)
	if err != nil {
		return RemoteActor{}, fmt.Errorf("%w: %w", errUnsigned, err)
	}
	// What could never be accepted must cost no fetch.
	if o := origin(sig.KeyID); o != "" && o != origin(e.actor) || !sameOrigin(e.id, e.actor) {
		return RemoteActor{}, fmt.Errorf("%w: %s by %s with key %s", ErrForbidden, e.id, e.actor, sig.KeyID)
	}
	if hostOf(e.actor) == hostOf(s.root) {
		return RemoteActor{}, fmt.Errorf("%w: %s is local", ErrForbidden, e.actor)
	}
	who, err := s.signer(ctx, e.actor)
	if errors.Is(err, ErrGone) && e.deletesItself() {
		// Its host said so itself, and no key is left to sign with.
		return who.actor, nil
	}
	if err != nil {
		return RemoteActor{}, keyError(err)
	}
	err = who.verify(e.request, sig, body, s)
	if errors.Is(err, httpsig.ErrInvalid) || errors.Is(err, errNoKey) {
		var now signer
		now, err = s.verifyAgain(ctx, e, sig, body, err)
		if isGone(err) && e.deletesItself() {
			return who.actor, nil
		}
		who = now
	}
	switch {
	case err == nil:
		s.heardFrom(ctx, hostOf(e.actor))
		return who.actor, nil
	case errors.Is(err, errNoKey):
		return RemoteActor{}, s.judgeOwner(ctx, sig.KeyID, e.actor, err)
	}
	return RemoteActor{}, fmt.Errorf("%w: %w", errUnsigned, err)
}

// verify reports whether a key of who made sig.
func (who signer) verify(r *http.Request, sig httpsig.Signature, body []byte, s *Server) error {
	key, ok := who.keys[sig.KeyID]
	if !ok {
		return fmt.Errorf("%w: %s at %s", errNoKey, sig.KeyID, who.actor.ID)
	}
	return sig.Verify(r, body, s.base, key, time.Now())
}

// verifyAgain fetches the actor once more, in case its key has changed: once
// per actor in five minutes. first is why it is needed.
func (s *Server) verifyAgain(ctx context.Context, e envelope, sig httpsig.Signature, body []byte, first error) (signer, error) {
	if !s.refetched.claim(e.actor, struct{}{}) {
		return signer{}, first
	}
	actor, err := s.RefreshActor(ctx, e.actor)
	if err != nil {
		return signer{}, fmt.Errorf("%w; again: %w", first, err)
	}
	who := newSigner(e.actor, actor)
	s.signers.put(e.actor, who)
	return who, who.verify(e.request, sig, body, s)
}

func isGone(err error) bool { return isOne(err, ErrGone, ErrNotFound) }

// judgeOwner tells a key of somebody else (403) from one of nobody (401).
func (s *Server) judgeOwner(ctx context.Context, keyID, actor string, err error) error {
	owner, kept := s.store.KeyOwner(ctx, keyID)
	if kept == nil && owner != actor {
		return fmt.Errorf("%w: %s with the key of %s", ErrForbidden, actor, owner)
	}
	return fmt.Errorf("%w: %w", errUnsigned, err)
}

// signer is a remote actor with its keys, for a minute from memory.
func (s *Server) signer(ctx context.Context, id string) (signer, error) {
	if who, ok := s.signers.get(id); ok {
		return who, nil
	}
	actor, err := s.Actor(ctx, id)
	if err != nil {
		return signer{actor: actor}, err
	}
	who := newSigner(id, actor)
	s.signers.put(id, who)
	return who, nil
}

// newSigner is the actor of that id, as fetched. Whose document has another id,
// because the address redirects, has no key to sign with as this one: what is
// found behind a redirect must not speak for the host that redirects.
// (FEP-fe34, "Ownership")
func newSigner(id string, a RemoteActor) signer {
	who := signer{actor: a, keys: map[string]crypto.PublicKey{}}
	if a.ID != id {
		return who
	}
	for _, k := range a.Keys {
		if !ownsKey(a.Actor, k) {
			continue
		}
		if key, err := publicKey(k); err == nil {
			who.keys[k.ID] = key
		}
	}
	return who
}

func publicKey(k vocab.Key) (crypto.PublicKey, error) {
	if k.PEM != "" {
		return httpsig.ParsePublicKey(k.PEM)
	}
	return httpsig.ParseMultibase(k.Multibase)
}

// ownsKey: the key says whose it is, the actor shows it, and both are of one
// origin. (FEP-fe34, "Ownership")
func ownsKey(a vocab.Actor, k vocab.Key) bool {
	o := origin(k.ID)
	return k.ID != "" && k.Owner == a.ID && (o == "" || o == origin(a.ID))
}

// keyError is what it means for a request that its key cannot be had.
func keyError(err error) error {
	if isTheirs(err) && !errors.Is(err, ErrLater) {
		return fmt.Errorf("%w: %w", errUnsigned, err)
	}
	return err
}

// heardFrom tells that a host is there, not more often than it matters.
func (s *Server) heardFrom(ctx context.Context, host string) {
	if s.arrivedFrom != nil && s.arrived.claim(host, struct{}{}) {
		s.arrivedFrom(ctx, host)
	}
}
