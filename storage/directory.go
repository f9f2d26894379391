package storage

import (
	"context"
	"time"

	"pergola/hub"
)

const directoryColumns = `owner, id, batch, public, removed, updated, document`

func scanDirectoryEntry(row row, e *hub.DirectoryEntry) error {
	return row.Scan(&e.Owner, &e.ID, &e.Batch, &e.Public, moment{&e.Removed}, moment{&e.Updated}, document{&e.Organisation})
}

// DirectoryEntry implements [hub.DirectoryTx].
func (r records) DirectoryEntry(ctx context.Context, owner, id string) (hub.DirectoryEntry, error) {
	return readOne(ctx, r, scanDirectoryEntry, "reading the directory's entry", id,
		`SELECT `+directoryColumns+` FROM directory_entry WHERE owner = $1 AND id = $2`, owner, id)
}

// DirectoryEntries implements [hub.DirectoryTx].
func (r records) DirectoryEntries(ctx context.Context, owner string) ([]hub.DirectoryEntry, error) {
	return readAll(ctx, r, scanDirectoryEntry, "reading the directory of", owner,
		`SELECT `+directoryColumns+` FROM directory_entry WHERE owner = $1 ORDER BY id`, owner)
}

// HasDirectory implements [hub.DirectoryTx].
func (r records) HasDirectory(ctx context.Context) (bool, error) {
	return readOne(ctx, r, column[bool], "looking for", "a directory",
		`SELECT EXISTS (SELECT 1 FROM directory_entry WHERE public AND removed IS NULL)`)
}

// SaveDirectoryEntry implements [hub.DirectoryTx].
func (r records) SaveDirectoryEntry(ctx context.Context, e hub.DirectoryEntry) error {
	return r.run(ctx, "keeping the directory's entry", e.ID, `
		INSERT INTO directory_entry (`+directoryColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (owner, id) DO UPDATE
		SET batch = excluded.batch, public = excluded.public, removed = excluded.removed, updated = excluded.updated,
			document = excluded.document`,
		e.Owner, e.ID, e.Batch, e.Public, ms(e.Removed), e.Updated.UnixMilli(), asJSON(e.Organisation))
}

// DeleteDirectory implements [hub.DirectoryTx].
func (r records) DeleteDirectory(ctx context.Context, owner string) error {
	return r.run(ctx, "forgetting the members of", owner, `DELETE FROM directory_entry WHERE owner = $1`, owner)
}

// PruneDirectory implements [hub.DirectoryTx].
func (r records) PruneDirectory(ctx context.Context, before time.Time) error {
	return r.run(ctx, "forgetting", "removed entries of the directory",
		`DELETE FROM directory_entry WHERE owner = '' AND removed < $1`, before.UnixMilli())
}

// DirectoryCopies implements [hub.DirectoryTx].
func (r records) DirectoryCopies(ctx context.Context) ([]hub.DirectoryCopy, error) {
	return readAll(ctx, r, func(row row, c *hub.DirectoryCopy) error {
		return row.Scan(&c.Actor, &c.Wanted, moment{&c.Fetched})
	}, "reading", "copied directories",
		`SELECT actor, wanted, fetched FROM directory_copy ORDER BY actor`)
}

// DirectoryCopy implements [hub.DirectoryTx].
func (r records) DirectoryCopy(ctx context.Context, actor string) (hub.DirectoryCopy, error) {
	c := hub.DirectoryCopy{Actor: actor}
	err := r.queryRow(ctx, `SELECT wanted, fetched FROM directory_copy WHERE actor = $1`, actor).Scan(&c.Wanted, moment{&c.Fetched})
	return c, told(err, "reading the copied directory of", actor)
}

// SaveDirectoryCopy implements [hub.DirectoryTx].
func (r records) SaveDirectoryCopy(ctx context.Context, c hub.DirectoryCopy) error {
	return r.run(ctx, "noting the directory of", c.Actor, `
		INSERT INTO directory_copy (actor, wanted, fetched)
		VALUES ($1, $2, $3)
		ON CONFLICT (actor) DO UPDATE
		SET wanted = excluded.wanted, fetched = excluded.fetched`,
		c.Actor, c.Wanted, ms(c.Fetched))
}

// DeleteDirectoryCopy implements [hub.DirectoryTx].
func (r records) DeleteDirectoryCopy(ctx context.Context, actor string) error {
	return r.run(ctx, "forgetting the directory of", actor, `DELETE FROM directory_copy WHERE actor = $1`, actor)
}
