package storage

import (
	"context"

	"pergola/hub"
)

// Installation implements [hub.InstallationTx].
func (r records) Installation(ctx context.Context) (i hub.Installation, err error) {
	err = r.queryRow(ctx, `SELECT id, restored FROM installation`).Scan(&i.ID, moment{&i.Restored})
	return i, told(err, "reading", "which installation this is")
}

// SaveInstallation implements [hub.InstallationTx].
func (r records) SaveInstallation(ctx context.Context, i hub.Installation) error {
	return r.run(ctx, "keeping", "which installation this is", `
		INSERT INTO installation (one, id, restored)
		VALUES (1, $1, $2)
		ON CONFLICT (one) DO UPDATE
		SET id = excluded.id, restored = excluded.restored`, i.ID, ms(i.Restored))
}

// ForgetAvatars implements [hub.InstallationTx].
func (r records) ForgetAvatars(ctx context.Context) error {
	return r.run(ctx, "forgetting", "the copies of pictures",
		`UPDATE actor SET picture = '', picture_url = '' WHERE picture_url <> ''`)
}
