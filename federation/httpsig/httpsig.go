// Package httpsig signs HTTP requests and verifies the signatures of others.
//
// It knows the two dialects that ActivityPub servers speak,
// draft-cavage-http-signatures-12 and RFC 9421, with RSA (PKCS #1 v1.5,
// SHA-256) and Ed25519, and how keys are written: as PEM and as multibase. It knows what a signature must cover, for how long it holds, and
// that the body must be the one that was signed.
//
// It does not know whose a key is. It fetches nothing, stores nothing and
// never decides what a signer may do: the caller turns [Signature.KeyID] into
// a key and an actor.
//
// A request is verified in two steps, so that no key is fetched for a request
// that would be refused whatever the key:
//
//	sig, err := httpsig.Parse(r)
//	// … find the key that sig.KeyID names …
//	err = sig.Verify(r, body, base, key, time.Now())
//
// Everything here is safe for concurrent use.
package httpsig

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Scheme is a dialect of signature. Its text is stable: it is stored and logged.
type Scheme string

const (
	// Cavage is draft-cavage-http-signatures-12, which every server reads.
	Cavage Scheme = "draft-cavage"
	// RFC9421 is HTTP Message Signatures: Mastodon 4.5 and later, Fedify, WordPress.
	RFC9421 Scheme = "rfc9421"
)

var (
	// ErrUnsigned says that the request carries no signature.
	ErrUnsigned = errors.New("request is not signed")
	// ErrMalformed says that the signature headers, or what they say is
	// signed, cannot be read.
	ErrMalformed = errors.New("malformed signature")
	// ErrRefused says that the signature can be read but leaves out what must
	// be signed, or is of an algorithm that is not accepted.
	ErrRefused = errors.New("signature not acceptable")
	// ErrExpired says that now is outside the time for which it was signed.
	ErrExpired = errors.New("signature outside its time")
	// ErrDigest says that the body is not the one that was signed.
	ErrDigest = errors.New("digest does not match the body")
	// ErrInvalid says that this key did not make the signature for this
	// request. It is the one error that another key may mend.
	ErrInvalid = errors.New("signature does not verify")
	// ErrKey says that a key is of an unknown kind, too short or too long, or
	// written in a way that cannot be read.
	ErrKey = errors.New("unusable key")
)

// What is read of the headers of a stranger.
const (
	maxHeader     = 8 << 10 // octets of all Signature headers, of all Signature-Input headers, of all digests
	maxKeyID      = 2 << 10 // octets
	maxComponents = 32      // in one signature
	maxSignatures = 4       // looked at in one request; the rest is ignored
)

// The window in time of Mastodon 4.5: a clock may be an hour off, a signature
// holds five minutes unless it says otherwise, and half a day at most.
const (
	clockSkew   = time.Hour
	lifetime    = 5 * time.Minute
	maxLifetime = 12 * time.Hour
	maxUnix     = 1 << 40 // seconds; the year 36812
)

// A Signature is what a request claims about its signer: parsed, acceptable in
// what it covers, and not yet verified. Only [Parse] makes one.
type Signature struct {
	// KeyID names the key: the URL of an actor's key as a rule, but any text
	// of 1 to 2048 octets is possible.
	KeyID string
	// Scheme is the dialect in which the request is signed.
	Scheme Scheme

	algorithm algorithm
	covered   []string // names of components, in the order of the signing
	params    string   // RFC 9421: the value of @signature-params
	created   int64    // Unix seconds, 0 for none
	expires   int64    // Unix seconds, 0 for none
	value     []byte
}

// Parse reads the signature of a request, as far as that can be done without
// the key: it is bounded, it covers what it must, and its algorithm is one of
// ours. Of several (RFC 9421, 4.3) it takes the first that is so.
//
// The error is [ErrUnsigned], [ErrMalformed] or [ErrRefused].
func Parse(r *http.Request) (Signature, error) {
	input, signature := r.Header.Values("Signature-Input"), r.Header.Values("Signature")
	switch {
	case len(input) == 0 && len(signature) == 0:
		return Signature{}, ErrUnsigned
	case len(signature) == 0:
		return Signature{}, fmt.Errorf("%w: Signature-Input without Signature", ErrMalformed)
	case size(input) > maxHeader || size(signature) > maxHeader:
		return Signature{}, fmt.Errorf("%w: more than %d octets", ErrMalformed, maxHeader)
	case len(input) > 0:
		return parseMessage(r, input, signature)
	}
	return parseCavage(r, strings.Join(signature, ", "))
}

func size(values []string) int {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	return n
}

// Verify reports whether key signed this request, with this body, for base,
// and not too long before now (within 65 minutes, unless the signature sets an
// end of its own, and an hour's clock error either way).
//
// Only the scheme and host of base are used. It is where the world reaches us
// by configuration: the request must name that host, whatever a proxy says.
// The key is an *rsa.PublicKey or an ed25519.PublicKey; body is nil for none.
//
// The error is [ErrRefused], [ErrMalformed], [ErrExpired], [ErrDigest],
// [ErrInvalid] or [ErrKey].
func (s Signature) Verify(r *http.Request, body []byte, base *url.URL, key crypto.PublicKey, now time.Time) error {
	if got, want := authority(base.Scheme, r.Host), authority(base.Scheme, base.Host); got != want {
		return fmt.Errorf("%w: request for host %q at %q", ErrInvalid, got, want)
	}
	if err := s.checkTime(r, now); err != nil {
		return err
	}
	if err := s.checkBody(r, body); err != nil {
		return err
	}
	switch s.Scheme {
	case Cavage:
		return s.verifyCavage(r, key)
	case RFC9421:
		text, err := s.messageText(r, base)
		if err != nil {
			return err
		}
		return verify(key, s.algorithm, text, s.value)
	}
	return ErrUnsigned
}

// checkTime judges the times that are signed; others can be changed by anybody.
func (s Signature) checkTime(r *http.Request, now time.Time) error {
	created := time.Unix(s.created, 0)
	if s.Scheme == Cavage && !s.covers("(created)") {
		date, err := field(r, "date")
		if err != nil {
			return err
		}
		if created, err = http.ParseTime(date); err != nil {
			return fmt.Errorf("%w: reading Date: %w", ErrMalformed, err)
		}
	}
	end := created.Add(lifetime)
	if s.expires != 0 && (s.Scheme == RFC9421 || s.covers("(expires)")) {
		end = time.Unix(s.expires, 0)
		if limit := created.Add(maxLifetime); end.After(limit) {
			end = limit
		}
	}
	switch {
	case created.After(now.Add(clockSkew)):
		return fmt.Errorf("%w: made at %s, in the future", ErrExpired, created.UTC().Format(time.RFC3339))
	case now.After(end.Add(clockSkew)):
		return fmt.Errorf("%w: ended at %s", ErrExpired, end.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkBody compares the body with the signed digest. A body needs one,
// whatever the method; a digest that is signed must be right, body or not.
func (s Signature) checkBody(r *http.Request, body []byte) error {
	name, check := "digest", checkDigest
	if s.Scheme == RFC9421 {
		name, check = "content-digest", checkContentDigest
	}
	if !s.covers(name) {
		if hasBody(r.Method, body) {
			return fmt.Errorf("%w: %s of the body is not signed", ErrRefused, name)
		}
		return nil
	}
	values := r.Header.Values(name)
	if size(values) > maxHeader {
		return fmt.Errorf("%w: %s of more than %d octets", ErrMalformed, name, maxHeader)
	}
	return check(values, body)
}

// hasBody reports whether a digest is wanted. A POST without a body has the
// digest of nothing.
func hasBody(method string, body []byte) bool {
	return len(body) > 0 || method != http.MethodGet && method != http.MethodHead
}

func (s Signature) covers(name string) bool { return slices.Contains(s.covered, name) }

// Sign signs r, and body as what r sends, with the present time. It sets
// r.Host if that is empty, Date and Digest (Cavage) or Content-Digest
// (RFC 9421), Signature and Signature-Input, and removes what a former
// signature has left: each attempt is signed anew. Set Content-Type before;
// body is nil for none.
//
// What is signed is the URL that is sent, escapes and query included. A
// redirected request must be signed again. The host must be ASCII (an
// internationalised name in its xn-- form).
//
// The error is [ErrKey] for a key that others would refuse.
func Sign(r *http.Request, body []byte, key Key, scheme Scheme) error {
	if err := key.check(); err != nil {
		return err
	}
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	if r.Host == "" || !printable(r.Host) {
		return fmt.Errorf("signing for host %q: want a host in ASCII", r.Host)
	}
	for _, name := range []string{"Signature", "Signature-Input", "Digest", "Content-Digest"} {
		r.Header.Del(name)
	}
	switch scheme {
	case Cavage:
		return signCavage(r, body, key, time.Now())
	case RFC9421:
		return signMessage(r, body, key, time.Now())
	}
	return fmt.Errorf("signing with scheme %q: want %q or %q", scheme, Cavage, RFC9421)
}

// target is the request target as it is sent, or was received: path and query
// with their escapes.
func target(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// authority is a host, with its port unless the scheme implies it, in lower case.
// (RFC 9421, 2.2.3)
func authority(scheme, host string) string {
	host = strings.ToLower(host)
	switch strings.ToLower(scheme) {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// field is the value of a header field as both dialects sign it: trimmed, and
// several of one name joined. (RFC 9421, 2.1)
func field(r *http.Request, name string) (string, error) {
	if name == "host" { // net/http keeps it apart
		return r.Host, nil
	}
	values := r.Header[http.CanonicalHeaderKey(name)]
	switch len(values) {
	case 0:
		return "", fmt.Errorf("%w: signed header %q is absent", ErrMalformed, name)
	case 1:
		return strings.TrimSpace(values[0]), nil
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.TrimSpace(v)
	}
	return strings.Join(trimmed, ", "), nil
}

// printable reports whether s is not empty and can stand in a quoted string as
// it is.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return s != ""
}

func sum256(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:]
}
