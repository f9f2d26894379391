package httpsig_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation/httpsig"
)

// weakKey is one of a length that others have, and that we do not sign with.
var weakKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(1024) })

func TestPublicKeysAreReadAsWritten(t *testing.T) {
	t.Parallel()
	for kind, key := range keys() {
		text, err := httpsig.MarshalPublicKey(key.Private.Public())
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		got, err := httpsig.ParsePublicKey(text)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if want := key.Private.Public(); !got.(interface{ Equal(crypto.PublicKey) bool }).Equal(want) {
			t.Errorf("%s: read %v, want %v", kind, got, want)
		}
	}
}

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	spki := func(key crypto.PublicKey) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	pkcs1 := func(key *rsa.PublicKey) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)}))
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := rsa.PublicKey{N: new(big.Int).Rsh(weakKey().N, 1), E: weakKey().E}
	long := rsa.PublicKey{N: new(big.Int).Lsh(rsaKey().N, 4096), E: rsaKey().E}
	tests := []struct {
		name, text string
		want       error
	}{
		{"SPKI", spki(rsaKey().Public()), nil},
		{"PKCS #1", pkcs1(rsaKey().Public().(*rsa.PublicKey)), nil},
		{"Ed25519", spki(edKey().Public()), nil},
		{"with carriage returns", strings.ReplaceAll(spki(rsaKey().Public()), "\n", "\r\n"), nil},
		{"no line at the end", strings.TrimSpace(spki(rsaKey().Public())), nil},
		{"1024 bits", spki(weakKey().Public()), nil},
		{"1024 bits, PKCS #1", pkcs1(weakKey().Public().(*rsa.PublicKey)), nil},
		{"1023 bits", spki(&short), httpsig.ErrKey},
		{"6144 bits", spki(&long), httpsig.ErrKey},
		{"ECDSA", spki(curve.Public()), httpsig.ErrKey},
		{"private key", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey())})), httpsig.ErrKey},
		{"empty", "", httpsig.ErrKey},
		{"text", "hello", httpsig.ErrKey},
		{"broken", strings.Replace(spki(rsaKey().Public()), "MIIB", "MIIC", 1), httpsig.ErrKey},
		{"too long", strings.Repeat("\n", 9000) + spki(rsaKey().Public()), httpsig.ErrKey},
	}
	for _, test := range tests {
		if key, err := httpsig.ParsePublicKey(test.text); !errors.Is(err, test.want) || (key == nil) != (err != nil) {
			t.Errorf("%s: %v and %T, want %v", test.name, err, key, test.want)
		}
	}
	for _, key := range []crypto.PublicKey{nil, weakKey().Public(), curve.Public(), ed25519.PublicKey{1}} {
		if text, err := httpsig.MarshalPublicKey(key); !errors.Is(err, httpsig.ErrKey) {
			t.Errorf("writing %T: %v and %q, want %v", key, err, text, httpsig.ErrKey)
		}
	}
}

func TestMultibase(t *testing.T) {
	t.Parallel()
	// The key of the example in FEP-8b32, "Test vectors", and of FEP-521a, "Example".
	const example = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	key, err := httpsig.ParseMultibase(example)
	if err != nil {
		t.Fatal(err)
	}
	if got := httpsig.Multibase(key); got != example {
		t.Errorf("written as %s, want %s", got, example)
	}
	// The key of RFC 8032, 7.1, TEST 1, as did:key writes it.
	public, err := hex.DecodeString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
	if err != nil {
		t.Fatal(err)
	}
	const did = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"
	if got := httpsig.Multibase(public); got != did {
		t.Errorf("written as %s, want %s", got, did)
	}
	for _, filler := range []byte{0, 0xff} {
		want := ed25519.PublicKey(strings.Repeat(string([]byte{filler}), 32))
		if got, err := httpsig.ParseMultibase(httpsig.Multibase(want)); err != nil || !want.Equal(got) {
			t.Errorf("read %x, %v, want %x", got, err, want)
		}
	}
	for name, text := range map[string]string{
		"empty":             "",
		"no digits":         "z",
		"base64url":         "u7QE" + example[4:],
		"leading octet":     "z1" + example[1:],
		"not base58":        strings.Replace(example, "M", "0", 1),
		"not ASCII":         strings.Replace(example, "M", "é", 1),
		"too short":         example[:40],
		"an octet more":     example + "11",
		"far too long":      "z" + strings.Repeat("9", 100_000),
		"P-256":             "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
		"X25519":            "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
		"largest of digits": "z" + strings.Repeat("z", 47),
	} {
		if key, err := httpsig.ParseMultibase(text); !errors.Is(err, httpsig.ErrKey) || key != nil {
			t.Errorf("%s: %v and %x, want %v", name, err, key, httpsig.ErrKey)
		}
	}
}

func FuzzParsePublicKey(f *testing.F) {
	for _, key := range keys() {
		text, err := httpsig.MarshalPublicKey(key.Private.Public())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	signed := newRequest(f, "GET", inbox, nil)
	if err := httpsig.Sign(signed, nil, keys()["rsa"], httpsig.RFC9421); err != nil {
		f.Fatal(err)
	}
	signed.Header.Set("Signature-Input", strings.Replace(signed.Header.Get("Signature-Input"), `;alg="rsa-v1_5-sha256"`, "", 1))
	f.Fuzz(func(t *testing.T, text string) {
		key, err := httpsig.ParsePublicKey(text)
		if err != nil {
			if !errors.Is(err, httpsig.ErrKey) {
				t.Fatal(err)
			}
			return
		}
		if _, err := httpsig.MarshalPublicKey(key); err != nil {
			t.Fatal(err)
		}
		// Whatever was accepted can be calculated with; none of them signed this.
		if check(signed, nil, hub, key, time.Now()) == nil {
			t.Fatalf("verified by %q", text)
		}
	})
}

func FuzzParseMultibase(f *testing.F) {
	f.Add("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
	f.Add("z1111")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := httpsig.ParseMultibase(text)
		if err != nil {
			if !errors.Is(err, httpsig.ErrKey) {
				t.Fatal(err)
			}
			return
		}
		if got := httpsig.Multibase(key); got != text {
			t.Fatalf("%q is written as %q", text, got)
		}
	})
}
