package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pergola/federation/vocab"
)

const (
	// actorFresh is how long a kept actor is taken as it is.
	actorFresh = 24 * time.Hour
	// actorTimeout is how long an inbox waits for the actor of an activity.
	actorTimeout = 10 * time.Second
)

// Actor is a remote actor by its id: as kept, when it was fetched within a day,
// else fetched. An older one is still given when its host does not answer. Its
// error is [ErrGone], [ErrNotFound], [ErrForbidden], [ErrMalformed], or
// [ErrLater] when its host does not answer; an error is remembered for five
// minutes, in which nothing is fetched.
func (s *Server) Actor(ctx context.Context, id string) (RemoteActor, error) {
	kept, err := s.store.RemoteActor(ctx, id)
	known := err == nil
	switch {
	case known && kept.Gone:
		return kept, fmt.Errorf("actor %s: %w", id, ErrGone)
	case known && time.Since(kept.Fetched) < actorFresh:
		return kept, nil
	case !known && !errors.Is(err, ErrNotFound):
		return RemoteActor{}, fmt.Errorf("reading actor %s: %w", id, err)
	}
	err, failed := s.failed.get(id)
	var fetched RemoteActor
	if !failed {
		if fetched, err = s.RefreshActor(ctx, id); err == nil {
			return fetched, nil
		}
	}
	if known && !errors.Is(err, ErrGone) {
		return kept, nil
	}
	return fetched, err
}

// RefreshActor fetches a remote actor, whatever is kept or remembered, and
// keeps it. However many ask at a time, its host is asked once. The errors are
// those of [Server.Actor]; an actor that is gone is kept as such.
func (s *Server) RefreshActor(ctx context.Context, id string) (RemoteActor, error) {
	v, err, _ := s.flights.Do(id, func() (any, error) {
		// Others may wait for this one: it must not end with who came first.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), actorTimeout)
		defer cancel()
		a, err := s.fetchActor(ctx, id)
		if isTheirs(err) {
			s.failed.put(id, err)
		}
		return a, err
	})
	a, _ := v.(RemoteActor)
	return a, err
}

func (s *Server) fetchActor(ctx context.Context, id string) (RemoteActor, error) {
	raw, err := s.document(ctx, id)
	if errors.Is(err, ErrGone) {
		return s.bury(ctx, id, err)
	}
	if err != nil {
		return RemoteActor{}, err
	}
	a, err := vocab.DecodeActor(raw)
	if err != nil {
		return RemoteActor{}, fmt.Errorf("%w: reading %s: %w", ErrMalformed, id, err)
	}
	if err := checkActor(&a); err != nil {
		return RemoteActor{}, err
	}
	actor := RemoteActor{Actor: a, Fetched: time.Now()}
	return actor, s.saveActor(ctx, actor)
}

// bury keeps that an actor is gone, if it was known at all.
func (s *Server) bury(ctx context.Context, id string, gone error) (RemoteActor, error) {
	kept, err := s.store.RemoteActor(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return RemoteActor{}, gone
	case err != nil:
		return RemoteActor{}, fmt.Errorf("reading actor %s: %w", id, err)
	}
	kept.Gone, kept.Fetched = true, time.Now()
	if err := s.saveActor(ctx, kept); err != nil {
		return RemoteActor{}, err
	}
	return kept, gone
}

// checkActor refuses an actor whose inbox is elsewhere, which would let it send
// our posts to anybody, and drops what else is not of its origin.
func checkActor(a *vocab.Actor) error {
	if !sameOrigin(a.Inbox, a.ID) {
		return fmt.Errorf("%w: inbox %q of %s", ErrForbidden, a.Inbox, a.ID)
	}
	for _, address := range []*string{&a.SharedInbox, &a.Outbox, &a.Followers, &a.Following, &a.Featured, &a.UpcomingEvents, &a.Members} {
		if !sameOrigin(*address, a.ID) {
			*address = ""
		}
	}
	a.Keys = slices.DeleteFunc(a.Keys, func(k vocab.Key) bool { return !ownsKey(*a, k) })
	return nil
}

// saveActor keeps an actor, forgets its keys as they were, and notes that
// its host takes Ed25519 when it says so. (FEP-844e, "Discovery through an actor")
func (s *Server) saveActor(ctx context.Context, a RemoteActor) error {
	if err := s.store.SaveRemoteActor(ctx, a); err != nil {
		return fmt.Errorf("keeping actor %s: %w", a.ID, err)
	}
	s.signers.drop(a.ID)
	if a.Gone || !slices.Contains(a.Implements, vocab.ImplementsRFC9421Ed25519) {
		return nil
	}
	known, err := s.peer(ctx, hostOf(a.ID))
	if err != nil {
		return err
	}
	now := known
	now.Ed25519 = true
	s.savePeer(ctx, known, now)
	return nil
}
