package hub

import (
	"testing"

	"github.com/alexedwards/argon2id"
)

// Signing in as nobody takes as long as signing in as somebody.
func TestNobodysHash(t *testing.T) {
	params, salt, key, err := argon2id.DecodeHash(nobodysHash)
	if err != nil {
		t.Fatal(err)
	}
	if *params != *hashCost || len(salt) != int(hashCost.SaltLength) || len(key) != int(hashCost.KeyLength) {
		t.Errorf("%+v, a salt of %d and a key of %d octets, want %+v", *params, len(salt), len(key), *hashCost)
	}
}
