package storage

import (
	"context"

	"pergola/hub"
)

// Organisation implements [hub.OrganisationTx].
func (r records) Organisation(ctx context.Context) (hub.Organisation, error) {
	var o hub.Organisation
	err := r.queryRow(ctx, `
		SELECT name, kind, title, about, languages, zone, website, email, place, established,
			fields, logo, banner, boost_all, examines, demo, founded, updated
		FROM organisation
		WHERE one = 1`,
	).Scan(&o.Name, &o.Kind, words{&o.Title}, words{&o.About}, list{&o.Languages}, &o.Zone, &o.Website, &o.Email, &o.Place,
		&o.Established, document{&o.Fields}, document{&o.Logo}, document{&o.Banner}, &o.BoostAll, &o.Examines, &o.Demo, moment{&o.Founded}, moment{&o.Updated})
	return o, told(err, "reading", "the organisation")
}

// SaveOrganisation implements [hub.OrganisationTx].
func (r records) SaveOrganisation(ctx context.Context, o hub.Organisation) error {
	return r.run(ctx, "keeping", "the organisation", `
		INSERT INTO organisation (one, name, kind, title, about, languages, zone, website, email, place,
			established, fields, logo, banner, boost_all, examines, demo, founded, updated)
		VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (one) DO UPDATE
		SET name = excluded.name, kind = excluded.kind, title = excluded.title, about = excluded.about,
			languages = excluded.languages, zone = excluded.zone, website = excluded.website,
			email = excluded.email, place = excluded.place, established = excluded.established,
			fields = excluded.fields, logo = excluded.logo, banner = excluded.banner, boost_all = excluded.boost_all,
			examines = excluded.examines, demo = excluded.demo, founded = excluded.founded, updated = excluded.updated`,
		o.Name, o.Kind, asJSON(textPairs(o.Title)), asJSON(textPairs(o.About)), asJSON(o.Languages), o.Zone, o.Website,
		o.Email, o.Place, o.Established, asJSON(o.Fields), asJSON(o.Logo), asJSON(o.Banner), o.BoostAll, o.Examines, o.Demo, ms(o.Founded), ms(o.Updated))
}

// KeyPairs implements [hub.OrganisationTx]: RSA first.
func (r records) KeyPairs(ctx context.Context, actor string) ([]hub.KeyPair, error) {
	return readAll(ctx, r, func(row row, k *hub.KeyPair) error {
		k.Actor = actor
		return row.Scan(&k.Use, &k.ID, &k.Sealed, &k.Private, moment{&k.Created})
	}, "reading the keys of", actor, `
		SELECT purpose, id, sealed, private, created
		FROM key_pair
		WHERE actor = $1
		ORDER BY purpose DESC`, // main-key before ed25519-key
		actor)
}

// InsertKeyPair implements [hub.OrganisationTx]: ErrConflict when there is one
// for that use.
func (r records) InsertKeyPair(ctx context.Context, k hub.KeyPair) error {
	return r.insert(ctx, "keeping a key of", k.Actor, `
		INSERT INTO key_pair (actor, purpose, id, sealed, private, created)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`,
		k.Actor, k.Use, k.ID, k.Sealed, k.Private, ms(k.Created))
}

// UpdateKeyPair implements [hub.OrganisationTx].
func (r records) UpdateKeyPair(ctx context.Context, k hub.KeyPair) error {
	return r.change(ctx, "renewing a key of", k.Actor, `
		UPDATE key_pair
		SET sealed = $1, private = $2, created = $3
		WHERE actor = $4 AND purpose = $5`,
		k.Sealed, k.Private, ms(k.Created), k.Actor, k.Use)
}
