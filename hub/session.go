package hub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"

	"pergola/hub/text"
)

// A Session is a browser that has signed in.
type Session struct {
	// Hash is SHA-256 of the random id in the cookie, in hex.
	Hash    string
	Account string
	Created time.Time
	// Seen is when it was last used, to the hour.
	Seen    time.Time
	Expires time.Time
	// Agent is the browser's User-Agent, shortened.
	Agent string
}

// SessionTx keeps the sessions and the failed tries to sign in.
type SessionTx interface {
	Session(ctx context.Context, hash string) (Session, error)
	Sessions(ctx context.Context, account string) ([]Session, error)
	InsertSession(ctx context.Context, s Session) error
	TouchSession(ctx context.Context, hash string, seen time.Time) error
	DeleteSession(ctx context.Context, hash string) error
	// DeleteSessions ends all of an account.
	DeleteSessions(ctx context.Context, account string) error
	// InsertFailure notes a failed sign-in for a subject ("account:…",
	// "address:…"), or something else that is counted ("visitor:…"); Failures
	// counts them since then.
	InsertFailure(ctx context.Context, subject string, at time.Time) error
	Failures(ctx context.Context, subject string, since time.Time) (int, error)
	// PruneSessions forgets what expired before now and failures before then.
	PruneSessions(ctx context.Context, now, failuresBefore time.Time) error
}

// How often somebody may try to sign in within tryPeriod: to one account, and
// from one address.
const (
	tryPeriod       = 15 * time.Minute
	triesPerAccount = 10
	triesPerAddress = 50
	sessionLife     = 30 * 24 * time.Hour
	// maxSubject is the most characters of what tries are counted by.
	maxSubject = 250
)

// SignIn checks a password and opens a session; token is for the cookie alone.
// ErrForbidden when name or password is wrong, ErrTooMany after many tries.
func (h *Hub) SignIn(ctx context.Context, name, password, address, agent string) (token string, s Session, err error) {
	subjects := []string{shorten("account:"+text.Fold(name), maxSubject), shorten("address:"+address, maxSubject)}
	if _, err := h.candidate(ctx, subjects, name); err != nil {
		return "", s, err
	}
	free, err := h.toHash(ctx)
	if err != nil {
		return "", s, err
	}
	defer free()
	// Asked again, because many may have been waiting: those who try together
	// have no more tries than those who try one after the other.
	a, err := h.candidate(ctx, subjects, name)
	if err != nil {
		return "", s, err
	}
	hash := a.Hash
	if a.ID == "" {
		// As much work as for a name that exists, so that time tells nothing.
		hash = nobodysHash
	}
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return "", s, fmt.Errorf("checking a password: %w", err)
	}
	if a.ID == "" || !right || len(password) > maxPassword {
		return "", s, h.noteFailures(ctx, subjects)
	}
	return h.openSession(ctx, a, agent)
}

// candidate is the account that may sign in under a name, without an id when
// there is none; ErrTooMany when one of the subjects has tried too often.
func (h *Hub) candidate(ctx context.Context, subjects []string, name string) (a Account, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		for i, limit := range []int{triesPerAccount, triesPerAddress} {
			n, err := tx.Failures(ctx, subjects[i], now().Add(-tryPeriod))
			if err != nil {
				return err
			}
			if n >= limit {
				return ErrTooMany
			}
		}
		a, err = tx.AccountNamed(ctx, name)
		return err
	})
	if errors.Is(err, ErrNotFound) || err == nil && !a.Disabled.IsZero() {
		return Account{}, nil
	}
	return a, err
}

// nobodysHash is the hash of a random password that was thrown away.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$ZKUgMoKaSbB6Cjcjm5aJ4w$xMM/UTp2Y0kFI2sXBAIdQiUPvvIUVVKYy3Wr0PkmDVs"

func (h *Hub) noteFailures(ctx context.Context, subjects []string) error {
	err := h.store.Update(ctx, func(tx Tx) error {
		for _, s := range subjects {
			if err := tx.InsertFailure(ctx, s, now()); err != nil {
				return err
			}
		}
		return nil
	})
	return cmpErr(err, ErrForbidden)
}

// OpenSession signs an account in without asking for a password. ErrForbidden
// when it is disabled.
func (h *Hub) OpenSession(ctx context.Context, account, agent string) (token string, s Session, err error) {
	return h.openSession(ctx, Account{ID: account}, agent)
}

// openSession signs an account in unless it has been disabled, or has got
// another password than that of a, meanwhile.
func (h *Hub) openSession(ctx context.Context, a Account, agent string) (token string, s Session, err error) {
	token = newToken()
	s = Session{Hash: hashToken(token), Account: a.ID, Created: now(), Seen: now(),
		Expires: now().Add(sessionLife), Agent: shorten(agent, 200)}
	err = h.store.Update(ctx, func(tx Tx) error {
		kept, err := tx.Account(ctx, a.ID)
		if err != nil {
			return err
		}
		if !kept.Disabled.IsZero() || a.Hash != "" && a.Hash != kept.Hash {
			return ErrForbidden
		}
		return tx.InsertSession(ctx, s)
	})
	return token, s, err
}

// newToken is a secret that nobody guesses.
func newToken() string {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(secret)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// SignedIn is whose session a token is. ErrNotFound when it ended.
func (h *Hub) SignedIn(ctx context.Context, token string) (a Account, err error) {
	var s Session
	err = h.store.View(ctx, func(tx Tx) error {
		if s, err = tx.Session(ctx, hashToken(token)); err != nil {
			return err
		}
		if !s.Expires.After(now()) {
			return ErrNotFound
		}
		if a, err = tx.Account(ctx, s.Account); err != nil {
			return err
		}
		if !a.Disabled.IsZero() {
			return ErrNotFound
		}
		return nil
	})
	if err == nil && now().Sub(s.Seen) > time.Hour {
		err = h.store.Update(ctx, func(tx Tx) error { return tx.TouchSession(ctx, s.Hash, now()) })
	}
	return a, err
}

// SignOut ends a session.
func (h *Hub) SignOut(ctx context.Context, token string) error {
	return h.store.Update(ctx, func(tx Tx) error { return tx.DeleteSession(ctx, hashToken(token)) })
}

// SignOutEverywhere ends all sessions of who.
func (h *Hub) SignOutEverywhere(ctx context.Context, who Who) error {
	return h.store.Update(ctx, func(tx Tx) error { return tx.DeleteSessions(ctx, who.Account) })
}

// Sessions are those of who.
func (h *Hub) Sessions(ctx context.Context, who Who) ([]Session, error) {
	return read(ctx, h, func(tx Tx) ([]Session, error) { return tx.Sessions(ctx, who.Account) })
}
