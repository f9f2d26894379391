package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pergola/config"
	"pergola/hub"
)

// A charter is what a node of a network begins with. Its keys and the hashes of
// its passwords take longer to make than most stories to tell, so nodes of the
// same name have the same in all of them.
type charter struct {
	organisation hub.Organisation
	keys         []hub.KeyPair
	accounts     []hub.Account
	digests      []hub.Digest
	deeds        []hub.Deed
}

var (
	charters    sync.Map // of nodes, by name and year
	foreignKeys sync.Map // RSA keys of others, by who has them
)

// read takes down what a node begins with.
func (c *charter) read(ctx context.Context, tx hub.Tx) (err error) {
	if c.organisation, err = tx.Organisation(ctx); err != nil {
		return err
	}
	c.keys = nil
	for _, actor := range []string{c.organisation.Name, hub.Instance} {
		keys, err := tx.KeyPairs(ctx, actor)
		if err != nil {
			return err
		}
		c.keys = append(c.keys, keys...)
	}
	if c.accounts, err = tx.Accounts(ctx); err != nil {
		return err
	}
	if c.digests, err = tx.Digests(ctx); err != nil {
		return err
	}
	c.deeds, err = tx.Deeds(ctx, hub.Page{Limit: 100})
	return err
}

// write has a node begin so.
func (c *charter) write(ctx context.Context, tx hub.Tx) error {
	if err := tx.SaveOrganisation(ctx, c.organisation); err != nil {
		return err
	}
	for _, k := range c.keys {
		if err := tx.InsertKeyPair(ctx, k); err != nil {
			return err
		}
	}
	for _, a := range c.accounts {
		if err := tx.InsertAccount(ctx, a); err != nil {
			return err
		}
	}
	for _, d := range c.digests {
		if err := tx.SaveDigest(ctx, d); err != nil {
			return err
		}
	}
	for _, d := range c.deeds {
		if err := tx.InsertDeed(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// settle is that of a newcomer with an editor besides the office.
func settle(ctx context.Context, nc newcomer) error {
	name := nc.Organisation.Name + time.Now().Format(", 2006") // a bubble has a time of its own
	kept, there := charters.Load(name)
	if there {
		if err := config.Create(filepath.Join(nc.Dir, config.FileName), nc.Config); err != nil {
			return err
		}
	} else if err := nc.settle(ctx, quiet()); err != nil {
		return err
	}
	n, err := openNode(ctx, nodeConfig{Config: nc.Config, Dir: nc.Dir, Log: quiet()})
	if err != nil {
		return err
	}
	defer n.close()
	if there {
		return n.db.Update(ctx, func(tx hub.Tx) error { return kept.(*charter).write(ctx, tx) })
	}
	h := hub.New(hub.Options{Store: n.db, Base: n.base, Log: quiet()})
	if _, err := h.AddAccount(ctx, hub.Program("test"), "editor", "editor password", hub.Editor); err != nil {
		return err
	}
	c := &charter{}
	err = n.db.View(ctx, func(tx hub.Tx) error { return c.read(ctx, tx) })
	if err == nil {
		charters.Store(name, c)
	}
	return err
}

// foreignKey is the RSA key of somebody, the same in all stories.
func foreignKey(t testing.TB, whose string) *rsa.PrivateKey {
	t.Helper()
	if key, there := foreignKeys.Load(whose); there {
		return key.(*rsa.PrivateKey)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	foreignKeys.Store(whose, key)
	return key
}
