package hub

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/alexedwards/argon2id"
)

// An Account is a person who signs in at this node.
type Account struct {
	ID string
	// Name is what is typed to sign in: an e-mail address or a short name,
	// unique without regard to case.
	Name string
	// Role is what the account may do.
	Role Role
	// Hash is the argon2id hash of the password.
	Hash     string
	Language string
	Created  time.Time
	// Disabled accounts cannot sign in; zero while enabled.
	Disabled time.Time
}

// A Role says what an account may do.
type Role string

// The roles. The office does everything that an editor does.
const (
	// Editor writes, publishes, moves, cancels and deletes items.
	Editor Role = "editor"
	// Office follows clusters, passes items on, sends digests, sees
	// deliveries, and keeps the profile and the accounts.
	Office Role = "office"
)

// Who is who acts: a signed-in account, or the program itself.
type Who struct {
	// Account is the id, "" for the program itself.
	Account string
	// Name is shown in the record of what was done.
	Name string
	Role Role
}

// AccountTx keeps the accounts.
type AccountTx interface {
	Account(ctx context.Context, id string) (Account, error)
	// AccountNamed finds it without regard to case.
	AccountNamed(ctx context.Context, name string) (Account, error)
	Accounts(ctx context.Context) ([]Account, error)
	// InsertAccount returns ErrConflict when the name is taken.
	InsertAccount(ctx context.Context, a Account) error
	UpdateAccount(ctx context.Context, a Account) error
}

// Program is who acts when nobody signed in does: the command line, a
// schedule, an activity that arrived.
func Program(name string) Who { return Who{Name: name, Role: Office} }

// Of is who acts for an account.
func Of(a Account) Who { return Who{Account: a.ID, Name: a.Name, Role: a.Role} }

// may returns ErrForbidden unless who has that role; the office has all.
func (w Who) may(r Role) error {
	if w.Role == r || w.Role == Office {
		return nil
	}
	return ErrForbidden
}

// hashCost is argon2id with 19 MiB and two passes (26 ms): OWASP's smallest,
// so that a small machine can sign people in.
var hashCost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func (h *Hub) hashPassword(ctx context.Context, password string) (string, error) {
	free, err := h.toHash(ctx)
	if err != nil {
		return "", err
	}
	defer free()
	return argon2id.CreateHash(password, hashCost)
}

// maxPassword is the most bytes of a password.
const maxPassword = 1000

func checkCredentials(name, password string, role Role) error {
	var e InvalidError
	switch {
	case strings.TrimSpace(name) == "":
		e.add("name", "required", "")
	case len(name) > 200, strings.ContainsFunc(name, unicode.IsControl), strings.TrimSpace(name) != name:
		e.add("name", "bad_name", name)
	}
	if len([]rune(password)) < 10 {
		e.add("password", "too_short", "10")
	} else if len(password) > maxPassword {
		e.add("password", "too_long", strconv.Itoa(maxPassword))
	}
	if role != Editor && role != Office {
		e.add("role", "unknown_role", string(role))
	}
	return e.err()
}

// AddAccount makes an account. A password has at least 10 characters.
func (h *Hub) AddAccount(ctx context.Context, who Who, name, password string, role Role) (Account, error) {
	if err := who.may(Office); err != nil {
		return Account{}, err
	}
	if err := checkCredentials(name, password, role); err != nil {
		return Account{}, err
	}
	hash, err := h.hashPassword(ctx, password)
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: h.newID(), Name: name, Role: role, Hash: hash, Created: now()}
	err = h.store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertAccount(ctx, a); err != nil {
			return err
		}
		return h.note(ctx, tx, who, "added_account", a.Name)
	})
	if errors.Is(err, ErrConflict) {
		err = &InvalidError{[]FieldError{{"name", "taken", name}}}
	}
	return a, err
}

// Accounts are all of them, by name. Office only.
func (h *Hub) Accounts(ctx context.Context, who Who) ([]Account, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) ([]Account, error) { return tx.Accounts(ctx) })
}

// AccountNamed finds an account by what is typed to sign in. Office only.
func (h *Hub) AccountNamed(ctx context.Context, who Who, name string) (Account, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) (Account, error) { return tx.AccountNamed(ctx, name) })
}

// SetPassword changes a password and ends the account's sessions. People change
// their own, the office any.
func (h *Hub) SetPassword(ctx context.Context, who Who, account, password string) error {
	if who.Account != account || account == "" {
		if err := who.may(Office); err != nil {
			return err
		}
	}
	if err := checkCredentials("same", password, Editor); err != nil {
		return err
	}
	hash, err := h.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return h.changeAccount(ctx, who, account, "changed_password", func(a *Account) { a.Hash = hash })
}

// SetDisabled shuts an account out, or lets it in again. Office only, and
// nobody shuts out themselves.
func (h *Hub) SetDisabled(ctx context.Context, who Who, account string, disabled bool) error {
	if err := who.may(Office); err != nil {
		return err
	}
	if who.Account == account {
		return ErrForbidden
	}
	did := "enabled_account"
	if disabled {
		did = "disabled_account"
	}
	return h.changeAccount(ctx, who, account, did, func(a *Account) {
		a.Disabled = time.Time{}
		if disabled {
			a.Disabled = now()
		}
	})
}

// changeAccount changes an account and ends its sessions.
func (h *Hub) changeAccount(ctx context.Context, who Who, id, did string, change func(*Account)) error {
	return h.store.Update(ctx, func(tx Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		change(&a)
		if err := tx.UpdateAccount(ctx, a); err != nil {
			return err
		}
		if err := tx.DeleteSessions(ctx, a.ID); err != nil {
			return err
		}
		return h.note(ctx, tx, who, did, a.Name)
	})
}
