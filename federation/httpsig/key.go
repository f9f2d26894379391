package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// The lengths of RSA keys, in bits: what we sign with, and what is accepted of
// others. BookWyrm and Bridgy Fed have keys of 1024 bits, and to refuse them
// would cut off all of their people. A longer one than the most would let a
// stranger choose how long we calculate.
const (
	minRSA   = 2048
	minTheir = 1024
	maxRSA   = 4096
)

// maxPEM is the length of a key in PEM that is read, in octets: one of 4096
// bits has 800.
const maxPEM = 8 << 10

// An algorithm is how a signature is made.
type algorithm int

const (
	byKey     algorithm = iota // whichever the key is for
	rsaSHA256                  // RSASSA-PKCS1-v1_5 with SHA-256
	eddsa                      // Ed25519
)

// messageAlgorithms are their names in the registry, by algorithm; none leaves
// it to the key. (RFC 9421, 6.2.2)
var messageAlgorithms = [...]string{byKey: "", rsaSHA256: "rsa-v1_5-sha256", eddsa: "ed25519"}

// A Key is what an actor signs with.
type Key struct {
	// ID is the keyId, where others find the public key: a URL in ASCII.
	ID string
	// Private is an *rsa.PrivateKey of 2048 to 4096 bits, or an
	// ed25519.PrivateKey.
	Private crypto.Signer
}

func (k Key) algorithm() algorithm {
	if _, ok := k.Private.(ed25519.PrivateKey); ok {
		return eddsa
	}
	return rsaSHA256
}

func (k Key) check() error {
	if !printable(k.ID) || len(k.ID) > maxKeyID {
		return fmt.Errorf("%w: id %q", ErrKey, k.ID)
	}
	switch p := k.Private.(type) {
	case *rsa.PrivateKey:
		if p != nil {
			return checkPublic(&p.PublicKey, minRSA)
		}
	case ed25519.PrivateKey:
		if len(p) == ed25519.PrivateKeySize {
			return nil
		}
	}
	return fmt.Errorf("%w: private key of type %T", ErrKey, k.Private)
}

// sign signs text with a checked key.
func (k Key) sign(text []byte) ([]byte, error) {
	var input []byte
	hash := crypto.Hash(0) // Ed25519 signs the text itself.
	if k.algorithm() == eddsa {
		input = text
	} else {
		input, hash = sum256(text), crypto.SHA256
	}
	value, err := k.Private.Sign(nil, input, hash)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", k.ID, err)
	}
	return value, nil
}

// verify reports whether key signed text. A key of another kind than the
// algorithm is an invalid signature: the actor may have changed it.
func verify(key crypto.PublicKey, made algorithm, text, value []byte) error {
	if err := checkPublic(key, minTheir); err != nil {
		return err
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		sum := sha256.Sum256(text)
		if made != eddsa && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value) == nil {
			return nil
		}
	case ed25519.PublicKey:
		if made != rsaSHA256 && ed25519.Verify(key, text, value) {
			return nil
		}
	}
	return ErrInvalid
}

// checkPublic refuses what is no key, and an RSA key that is too long or has
// less than so many bits.
func checkPublic(key crypto.PublicKey, least int) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil {
			return fmt.Errorf("%w: no modulus", ErrKey)
		}
		if bits := key.N.BitLen(); bits < least || bits > maxRSA {
			return fmt.Errorf("%w: RSA of %d bits, want %d to %d", ErrKey, bits, least, maxRSA)
		}
		return nil
	case ed25519.PublicKey:
		if len(key) == ed25519.PublicKeySize {
			return nil
		}
	}
	return fmt.Errorf("%w: public key of type %T", ErrKey, key)
}

// ParsePublicKey reads the publicKeyPem of an actor: an *rsa.PublicKey of 1024
// to 4096 bits or an ed25519.PublicKey, as SubjectPublicKeyInfo or, as
// Mobilizon writes it, PKCS #1. The error is [ErrKey].
func ParsePublicKey(text string) (crypto.PublicKey, error) {
	if len(text) > maxPEM {
		return nil, fmt.Errorf("%w: PEM of %d octets", ErrKey, len(text))
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: not PEM", ErrKey)
	}
	var key crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		err = fmt.Errorf("PEM of a %q", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if err := checkPublic(key, minTheir); err != nil {
		return nil, err
	}
	return key, nil
}

// MarshalPublicKey writes a key for publicKeyPem, as SubjectPublicKeyInfo. The
// error is [ErrKey].
func MarshalPublicKey(key crypto.PublicKey) (string, error) {
	if err := checkPublic(key, minRSA); err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// A multikey is the multicodec prefix of Ed25519 and the key.
// (FEP-521a, "Multikey")
type multikey [2 + ed25519.PublicKeySize]byte

// ParseMultibase reads the publicKeyMultibase of an Ed25519 Multikey: a z, and
// the key in the base58 of Bitcoin. The error is [ErrKey].
func ParseMultibase(text string) (ed25519.PublicKey, error) {
	digits, ok := strings.CutPrefix(text, "z")
	if !ok || len(digits) > 2*len(multikey{}) {
		return nil, fmt.Errorf("%w: multibase is not base58btc, or too long", ErrKey)
	}
	var m multikey
	for i := range len(digits) {
		carry := strings.IndexByte(base58, digits[i])
		if carry < 0 || i == 0 && carry == 0 { // a leading 1 would be a further octet
			return nil, fmt.Errorf("%w: octet %d of base58", ErrKey, i)
		}
		for j := len(m) - 1; j >= 0; j-- {
			carry += 58 * int(m[j])
			m[j], carry = byte(carry), carry>>8
		}
		if carry > 0 {
			return nil, fmt.Errorf("%w: multikey of more than %d octets", ErrKey, len(m))
		}
	}
	if m[0] != 0xed || m[1] != 0x01 {
		return nil, fmt.Errorf("%w: multikey is not Ed25519", ErrKey)
	}
	return m[2:], nil
}

// Multibase writes a key, which must be of 32 octets, as publicKeyMultibase.
func Multibase(key ed25519.PublicKey) string {
	m := multikey{0xed, 0x01}
	copy(m[2:], key)
	var out [1 + 2*len(m)]byte
	at := len(out)
	for m != (multikey{}) {
		rest := 0
		for i, octet := range m {
			rest = rest<<8 | int(octet)
			m[i], rest = byte(rest/58), rest%58
		}
		at--
		out[at] = base58[rest]
	}
	at--
	out[at] = 'z'
	return string(out[at:])
}
