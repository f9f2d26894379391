package storage

import (
	"context"
	"fmt"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"pergola/hub"
)

const accountColumns = `id, name, role, hash, language, created, disabled`

func scanAccount(row row, a *hub.Account) error {
	return row.Scan(&a.ID, &a.Name, &a.Role, &a.Hash, &a.Language, moment{&a.Created}, moment{&a.Disabled})
}

// folded is a name without regard to case.
func folded(name string) string { return cases.Fold().String(norm.NFC.String(name)) }

// Account implements [hub.AccountTx].
func (r records) Account(ctx context.Context, id string) (hub.Account, error) {
	return readOne(ctx, r, scanAccount, "reading account", id, `SELECT `+accountColumns+` FROM account WHERE id = $1`, id)
}

// AccountNamed implements [hub.AccountTx].
func (r records) AccountNamed(ctx context.Context, name string) (hub.Account, error) {
	return readOne(ctx, r, scanAccount, "reading the account named", name,
		`SELECT `+accountColumns+` FROM account WHERE name_folded = $1`, folded(name))
}

// Accounts implements [hub.AccountTx]: in the order of their names' letters.
func (r records) Accounts(ctx context.Context) ([]hub.Account, error) {
	return readAll(ctx, r, scanAccount, "reading", "the accounts", `SELECT `+accountColumns+` FROM account ORDER BY name_folded`)
}

// InsertAccount implements [hub.AccountTx].
func (r records) InsertAccount(ctx context.Context, a hub.Account) error {
	return r.insert(ctx, "keeping account", a.Name, `
		INSERT INTO account (id, name, name_folded, role, hash, language, created, disabled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`,
		a.ID, a.Name, folded(a.Name), a.Role, a.Hash, a.Language, ms(a.Created), ms(a.Disabled))
}

// UpdateAccount implements [hub.AccountTx]: ErrConflict when another account has
// the new name.
func (r records) UpdateAccount(ctx context.Context, a hub.Account) error {
	n, err := r.Exec(ctx, `
		UPDATE account
		SET name = $1, name_folded = $2, role = $3, hash = $4, language = $5, created = $6, disabled = $7
		WHERE id = $8 AND NOT EXISTS (SELECT 1 FROM account AS other WHERE other.name_folded = $2 AND other.id <> $8)`,
		a.Name, folded(a.Name), a.Role, a.Hash, a.Language, ms(a.Created), ms(a.Disabled), a.ID)
	if err != nil || n > 0 {
		return told(err, "changing account", a.ID)
	}
	if _, err := r.Account(ctx, a.ID); err != nil {
		return err
	}
	return fmt.Errorf("changing account %s: %w", a.ID, hub.ErrConflict)
}
