package hub_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/hub"
)

const password = "correct horse"

// account makes an account.
func (n *node) account(name string, role hub.Role) hub.Account {
	n.t.Helper()
	a, err := n.AddAccount(n.t.Context(), office(), name, password, role)
	n.ok(err)
	return a
}

func (n *node) signIn(name, password, address string) (string, error) {
	token, _, err := n.SignIn(n.t.Context(), name, password, address, "Browser")
	return token, err
}

func TestSessions(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		a := n.account("Anna@Example.org", hub.Editor)
		who := hub.Of(a)
		token, err := n.signIn("anna@example.ORG", password, "192.0.2.1")
		n.ok(err)
		got, err := n.SignedIn(ctx, token)
		if err != nil || got.ID != a.ID {
			n.t.Fatalf("signed in as %+v, %v", got, err)
		}
		_, err = n.SignedIn(ctx, token+"x")
		n.refuses("another token", err, hub.ErrNotFound)
		for name, given := range map[string]string{"Anna@Example.org": "wrong password", "nobody": password, "": ""} {
			_, err := n.signIn(name, given, "192.0.2.1")
			n.refuses(name+" with "+given, err, hub.ErrForbidden)
		}

		other, s, err := n.OpenSession(ctx, a.ID, strings.Repeat("x", 1000))
		n.ok(err)
		if len(s.Agent) > 210 || strings.Contains(s.Hash, other) || s.Expires.Sub(s.Created) < 24*time.Hour {
			n.t.Errorf("session %+v", s)
		}
		ss, err := n.Sessions(ctx, who)
		n.ok(err)
		same(n, "sessions", len(ss), 2)
		n.ok(n.SignOut(ctx, other))
		_, err = n.SignedIn(ctx, other)
		n.refuses("after signing out", err, hub.ErrNotFound)
		n.ok(n.SignOutEverywhere(ctx, who))
		_, err = n.SignedIn(ctx, token)
		n.refuses("after signing out everywhere", err, hub.ErrNotFound)

		n.update(func(tx hub.Tx) error {
			s.Hash, s.Expires = strings.Repeat("0", 64), time.Now().Add(-time.Second)
			return tx.InsertSession(ctx, s)
		})
		n.ok(n.Retain(ctx))
		ss, err = n.Sessions(ctx, who)
		n.ok(err)
		same(n, "sessions after they expired", len(ss), 0)
		_, _, err = n.OpenSession(ctx, "nobody", "")
		n.refuses("a session of nobody", err, hub.ErrNotFound)
	})
}

func TestPasswords(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		a, b := n.account("anna", hub.Editor), n.account("bea", hub.Office)
		_, err := n.AddAccount(ctx, office(), "ANNA", password, hub.Editor)
		n.refusesField("a name twice", err, "name: taken ANNA")
		_, err = n.AddAccount(ctx, office(), " a\x00", "short", "chief")
		n.refusesField("nothing right", err, "name: bad_name  a\x00; password: too_short 10; role: unknown_role chief")

		token, err := n.signIn("anna", password, "192.0.2.1")
		n.ok(err)
		n.refuses("another's password", n.SetPassword(ctx, hub.Of(a), b.ID, "a new password"), hub.ErrForbidden)
		n.refusesField("a short one", n.SetPassword(ctx, hub.Of(a), a.ID, "short"), "password: too_short 10")
		n.ok(n.SetPassword(ctx, hub.Of(a), a.ID, "a new password"))
		_, err = n.SignedIn(ctx, token)
		n.refuses("a session from before", err, hub.ErrNotFound)
		_, err = n.signIn("anna", password, "192.0.2.1")
		n.refuses("the old password", err, hub.ErrForbidden)
		token, err = n.signIn("anna", "a new password", "192.0.2.1")
		n.ok(err)

		n.refuses("shutting out oneself", n.SetDisabled(ctx, hub.Of(b), b.ID, true), hub.ErrForbidden)
		n.ok(n.SetDisabled(ctx, hub.Of(b), a.ID, true))
		_, err = n.SignedIn(ctx, token)
		n.refuses("a session of somebody shut out", err, hub.ErrNotFound)
		_, err = n.signIn("anna", "a new password", "192.0.2.1")
		n.refuses("signing in", err, hub.ErrForbidden)
		_, _, err = n.OpenSession(ctx, a.ID, "")
		n.refuses("a session without a password", err, hub.ErrForbidden)
		n.ok(n.SetDisabled(ctx, hub.Of(b), a.ID, false))
		_, err = n.signIn("anna", "a new password", "192.0.2.1")
		n.ok(err)
		same(n, "deeds", n.deeds(), "added_account added_account changed_password disabled_account enabled_account")
	})
}

// fails notes failed tries to sign in.
func (n *node) fails(subject string, times int, at time.Time) {
	n.update(func(tx hub.Tx) error {
		for range times {
			if err := tx.InsertFailure(n.t.Context(), subject, at); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTries(t *testing.T) {
	each(t, func(n *node) {
		n.account("anna", hub.Editor)
		n.account("bea", hub.Editor)
		now := time.Now()
		n.fails("account:anna", 20, now.Add(-16*time.Minute)) // long ago
		n.fails("account:anna", 9, now)
		_, err := n.signIn("anna", password, "192.0.2.1")
		n.ok(err)
		_, err = n.signIn("ANNA", "wrong", "192.0.2.1")
		n.refuses("the tenth", err, hub.ErrForbidden)
		_, err = n.signIn("anna", password, "192.0.2.1")
		n.refuses("after ten", err, hub.ErrTooMany)
		_, err = n.signIn("bea", password, "192.0.2.1")
		n.ok(err)

		n.fails("address:192.0.2.1", 49, now)
		_, err = n.signIn("bea", password, "192.0.2.1")
		n.refuses("after fifty from an address", err, hub.ErrTooMany)
		_, err = n.signIn("bea", password, "192.0.2.2")
		n.ok(err)

		huge := strings.Repeat("x", 100_000)
		_, err = n.signIn(huge, huge, huge)
		n.refuses("much of everything", err, hub.ErrForbidden)
	})
}

// Those who try at once have no more tries than those who try one by one.
func TestTriesAtOnce(t *testing.T) {
	each(t, func(n *node) {
		n.account("anna", hub.Editor)
		n.fails("account:anna", 7, time.Now())
		var wg sync.WaitGroup
		answers := make([]error, 12)
		for i := range answers {
			wg.Go(func() { _, answers[i] = n.signIn("anna", "wrong", "192.0.2.1") })
		}
		wg.Wait()
		tried := 0
		for _, err := range answers {
			if errors.Is(err, hub.ErrForbidden) {
				tried++
			} else if !errors.Is(err, hub.ErrTooMany) {
				n.t.Error(err)
			}
		}
		if tried < 3 || tried > 4 { // two are looked at at a time
			n.t.Errorf("%d tries of %d, want 3 or 4", tried, len(answers))
		}
	})
}
