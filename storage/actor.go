package storage

import (
	"context"
	"crypto"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub"
)

// protocol is told with the names that federation gives to errors.
func protocol(err error, doing, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %s: %w", doing, what, federation.ErrNotFound)
	}
	return told(err, doing, what)
}

// SigningKeys implements [federation.Store].
func (db *DB) SigningKeys(ctx context.Context, name string) ([]httpsig.Key, error) {
	var pairs []hub.KeyPair
	err := db.view(ctx, func(t *tx) (err error) {
		pairs, err = records{t, db}.KeyPairs(ctx, name)
		return err
	})
	if err == nil && len(pairs) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, protocol(err, "reading the keys of", name)
	}
	keys := make([]httpsig.Key, len(pairs))
	for i, p := range pairs {
		private, err := unseal(p)
		if err != nil {
			return nil, fmt.Errorf("reading the %s of %s: %w", p.Use, name, err)
		}
		keys[i] = httpsig.Key{ID: p.ID, Private: private}
	}
	return keys, nil
}

// unseal reads a private key in the format that it is kept in.
func unseal(p hub.KeyPair) (crypto.Signer, error) {
	if p.Sealed != "plain" {
		return nil, fmt.Errorf("sealed as %q, which this program does not know", p.Sealed)
	}
	key, err := x509.ParsePKCS8PrivateKey(p.Private)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T does not sign", key)
	}
	return signer, nil
}

// RemoteActor implements [federation.Store]. The document as it came is not
// kept, only what was read from it.
func (db *DB) RemoteActor(ctx context.Context, id string) (federation.RemoteActor, error) {
	var a federation.RemoteActor
	err := db.view(ctx, func(t *tx) error {
		var document []byte
		err := records{t, db}.queryRow(ctx, `SELECT document, fetched, gone FROM actor WHERE id = $1`, id).
			Scan(&document, moment{&a.Fetched}, &a.Gone)
		if err != nil {
			return err
		}
		a.Actor = vocab.Actor{}
		if json.Unmarshal(document, &a.Actor) != nil {
			return sql.ErrNoRows // an earlier version wrote it: it is fetched again
		}
		return nil
	})
	a.ID, a.Raw = id, nil
	return a, protocol(err, "reading actor", id)
}

// KeyOwner implements [federation.Store].
func (db *DB) KeyOwner(ctx context.Context, keyID string) (string, error) {
	var owner string
	err := db.view(ctx, func(t *tx) error {
		return records{t, db}.queryRow(ctx, `SELECT actor FROM actor_key WHERE key_id = $1`, keyID).Scan(&owner)
	})
	return owner, protocol(err, "reading the owner of", keyID)
}

// SaveRemoteActor implements [federation.Store]. A key whose id is of another
// host than its actor is not found again: nobody takes another's key id.
func (db *DB) SaveRemoteActor(ctx context.Context, a federation.RemoteActor) error {
	actor := a.Actor
	actor.Raw = nil
	document, err := json.Marshal(actor)
	if err != nil {
		return fmt.Errorf("writing actor %s: %w", a.ID, err)
	}
	p := hub.ProfileOf(actor)
	return db.update(ctx, func(t *tx) error {
		r := records{t, db}
		err := r.run(ctx, "keeping actor", a.ID, `
			INSERT INTO actor (id, type, handle, name, url, about, inbox, fetched, gone, document)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (id) DO UPDATE
			SET type = excluded.type, handle = excluded.handle, name = excluded.name, url = excluded.url,
				about = excluded.about, inbox = excluded.inbox, fetched = excluded.fetched, gone = excluded.gone,
				document = excluded.document`,
			a.ID, p.Type, p.Handle, p.Name, p.URL, p.About, a.Inbox, ms(a.Fetched), a.Gone, string(document))
		if err != nil {
			return err
		}
		return r.saveKeys(ctx, actor)
	})
}

// saveKeys keeps which keys an actor shows, in place of those it showed.
func (r records) saveKeys(ctx context.Context, a vocab.Actor) error {
	if err := r.run(ctx, "replacing the keys of", a.ID, `DELETE FROM actor_key WHERE actor = $1`, a.ID); err != nil {
		return err
	}
	home := host(a.ID)
	for _, k := range a.Keys {
		if k.ID == "" || home == "" || host(k.ID) != home {
			continue
		}
		err := r.run(ctx, "keeping key", k.ID, `
			INSERT INTO actor_key (key_id, actor)
			VALUES ($1, $2)
			ON CONFLICT (key_id) DO UPDATE
			SET actor = excluded.actor`, k.ID, a.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// host is the host of an id or inbox with its port, "" when it has none.
func host(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Peer implements [federation.Store].
func (db *DB) Peer(ctx context.Context, host string) (federation.Peer, error) {
	p := federation.Peer{Host: host}
	err := db.view(ctx, func(t *tx) error {
		return records{t, db}.queryRow(ctx, `SELECT scheme, ed25519, seen FROM peer WHERE host = $1`, host).
			Scan(&p.Scheme, &p.Ed25519, moment{&p.Seen})
	})
	if errors.Is(err, sql.ErrNoRows) {
		return federation.Peer{}, nil
	}
	return p, told(err, "reading what is known of", host)
}

// SavePeer implements [federation.Store].
func (db *DB) SavePeer(ctx context.Context, p federation.Peer) error {
	return db.update(ctx, func(t *tx) error {
		return records{t, db}.run(ctx, "keeping what is known of", p.Host, `
			INSERT INTO peer (host, scheme, ed25519, seen)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (host) DO UPDATE
			SET scheme = excluded.scheme, ed25519 = excluded.ed25519, seen = excluded.seen`,
			p.Host, p.Scheme, p.Ed25519, ms(p.Seen))
	})
}
