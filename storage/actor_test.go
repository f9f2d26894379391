package storage_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"testing"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub"
)

// save keeps a remote actor.
func (n node) save(id, name string) federation.RemoteActor {
	n.Helper()
	a := federation.RemoteActor{Actor: vocab.Actor{ID: id, Type: "Organization", PreferredUsername: "o", Name: vocab.Text{{Lang: "hu", Value: name}},
		Inbox: id + "/inbox", Keys: []vocab.Key{{ID: id + "#main-key", Owner: id, PEM: "-----"}}}, Fetched: noon}
	if err := n.db.SaveRemoteActor(n.ctx(), a); err != nil {
		n.Fatal(err)
	}
	return a
}

func TestRemoteActor(t *testing.T) {
	each(t, func(n node) {
		if _, err := n.db.RemoteActor(n.ctx(), anna); !errors.Is(err, federation.ErrNotFound) {
			n.Errorf("an actor never seen: %v", err)
		}
		a := federation.RemoteActor{Fetched: noon, Actor: vocab.Actor{
			ID: anna, Type: "Organization", PreferredUsername: "anna",
			Name: vocab.Text{{Lang: "hu", Value: "Anna Klaszter"}, {Lang: "en", Value: "Anna Cluster"}}, Summary: vocab.Text{{Value: "<script>x</script><p>Mi</p>"}},
			URL: "https://anna.example/", Inbox: anna + "/inbox", Outbox: anna + "/outbox", SharedInbox: "https://anna.example/inbox",
			Keys: []vocab.Key{
				{ID: anna + "#main-key", Owner: anna, PEM: "pem"}, {ID: anna + "#ed25519-key", Owner: anna, Multibase: "z6Mk"},
				{ID: berta + "#main-key", Owner: berta, PEM: "stolen"},
			},
			Fields: []vocab.Attachment{{Type: "PropertyValue", Name: "a\x00b", Value: "c"}}, Discoverable: true,
			Implements: []string{vocab.ImplementsRFC9421}, Published: noon, Updated: hour(1), Raw: []byte(`{"id":"x"}`),
		}}
		if err := n.db.SaveRemoteActor(n.ctx(), a); err != nil {
			n.Fatal(err)
		}
		got, err := n.db.RemoteActor(n.ctx(), anna)
		a.Raw = nil
		same(n, "the actor", got, a)
		same(n, "the error", err, nil)
		for key, want := range map[string]error{anna + "#main-key": nil, anna + "#ed25519-key": nil, berta + "#main-key": federation.ErrNotFound} {
			if owner, err := n.db.KeyOwner(n.ctx(), key); !errors.Is(err, want) || err == nil && owner != anna {
				n.Errorf("KeyOwner(%s) = %q, %v, want %v", key, owner, err, want)
			}
		}
		same(n, "her profile", read(n, func(tx hub.Tx) ([]hub.Profile, error) { return tx.Profiles(n.ctx(), []string{"x", anna}) }),
			[]hub.Profile{{ID: anna, Handle: "@anna@anna.example", Name: "Anna Klaszter", URL: "https://anna.example/", About: "<p>Mi</p>", Type: "Organization"}})
		inbox := func(id string) string {
			return read(n, func(tx hub.Tx) (string, error) { return tx.ActorInbox(n.ctx(), id) })
		}
		same(n, "the inboxes", []string{inbox(anna), inbox(berta)}, []string{anna + "/inbox", ""})

		a.Keys, a.Name, a.Fetched = a.Keys[1:2], nil, hour(2)
		if err := n.db.SaveRemoteActor(n.ctx(), a); err != nil {
			n.Fatal(err)
		}
		if got, err = n.db.RemoteActor(n.ctx(), anna); err != nil {
			n.Error(err)
		}
		same(n, "the actor changed", got, a)
		if _, err := n.db.KeyOwner(n.ctx(), anna+"#main-key"); !errors.Is(err, federation.ErrNotFound) {
			n.Errorf("a key that she does not show any more: %v", err)
		}
	})
}

func TestPeer(t *testing.T) {
	each(t, func(n node) {
		for _, want := range []federation.Peer{
			{},
			{Host: "a.example:8080", Scheme: httpsig.RFC9421, Ed25519: true, Seen: noon},
			{Host: "a.example:8080", Scheme: httpsig.Cavage},
		} {
			if want.Host != "" {
				if err := n.db.SavePeer(n.ctx(), want); err != nil {
					n.Fatal(err)
				}
			}
			p, err := n.db.Peer(n.ctx(), "a.example:8080")
			same(n, "the peer", p, want)
			same(n, "the error", err, nil)
		}
	})
}

func TestSigningKeys(t *testing.T) {
	each(t, func(n node) {
		if _, err := n.db.SigningKeys(n.ctx(), "here"); !errors.Is(err, federation.ErrNotFound) {
			n.Errorf("keys of nobody: %v", err)
		}
		long, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			n.Fatal(err)
		}
		_, short, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			n.Fatal(err)
		}
		n.update(func(tx hub.Tx) error {
			for use, key := range map[string]any{hub.Ed25519Key: short, hub.MainKey: long} {
				der, err := x509.MarshalPKCS8PrivateKey(key)
				if err != nil {
					return err
				}
				if err := tx.InsertKeyPair(n.ctx(), hub.KeyPair{Actor: "here", Use: use, ID: self + "#" + use, Sealed: "plain", Private: der}); err != nil {
					return err
				}
			}
			return tx.InsertKeyPair(n.ctx(), hub.KeyPair{Actor: "odd", Use: hub.MainKey, Sealed: "age", Private: []byte("?")})
		})
		keys, err := n.db.SigningKeys(n.ctx(), "here")
		if err != nil || len(keys) != 2 || !long.Equal(keys[0].Private) || !short.Equal(keys[1].Private) {
			n.Fatalf("SigningKeys = %v, %v, want RSA and then Ed25519", keys, err)
		}
		same(n, "their ids", []string{keys[0].ID, keys[1].ID}, []string{self + "#main-key", self + "#ed25519-key"})
		_, other, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			n.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(other)
		if err != nil {
			n.Fatal(err)
		}
		renewed := hub.KeyPair{Actor: "here", Use: hub.Ed25519Key, Sealed: "plain", Private: der}
		n.update(func(tx hub.Tx) error { return tx.UpdateKeyPair(n.ctx(), renewed) })
		keys, err = n.db.SigningKeys(n.ctx(), "here")
		if err != nil || len(keys) != 2 || !long.Equal(keys[0].Private) || !other.Equal(keys[1].Private) || keys[1].ID != self+"#ed25519-key" {
			n.Errorf("after one was renewed: %v, %v", keys, err)
		}
		renewed.Actor = "nobody"
		n.refuses(hub.ErrNotFound, "the key of nobody", func(tx hub.Tx) error { return tx.UpdateKeyPair(n.ctx(), renewed) })
		if _, err := n.db.SigningKeys(n.ctx(), "odd"); err == nil {
			n.Error("a key sealed in a format that is not known was read")
		}
	})
}
