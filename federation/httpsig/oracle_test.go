package httpsig_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	gofed "github.com/go-fed/httpsig"
	remitly "github.com/remitly-oss/httpsig-go"
	"github.com/remitly-oss/httpsig-go/keyman"

	"pergola/federation/httpsig"
)

// The requests that two other implementations read and write as we do. Both
// build escaped paths wrongly, so there is none here.
var exchanged = []struct{ method, address, body string }{
	{"GET", "https://hub.example/a/hub", ""},
	{"GET", "https://hub.example/a/hub/outbox?page=1&min=2", ""},
	{"POST", "https://hub.example/inbox", `{"type":"Follow"}`},
}

func TestGoFedReadsOurCavage(t *testing.T) {
	t.Parallel()
	for _, e := range exchanged {
		for kind, key := range keys() {
			r := newRequest(t, e.method, e.address, []byte(e.body))
			if err := httpsig.Sign(r, []byte(e.body), key, httpsig.Cavage); err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Host", r.Host)
			verifier, err := gofed.NewVerifier(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := verifier.Verify(key.Private.Public(), goFedAlgorithm(key)); err != nil {
				t.Errorf("%s %s %s: %v", kind, e.method, e.address, err)
			}
		}
	}
}

func TestWeReadGoFedCavage(t *testing.T) {
	t.Parallel()
	theirs := keys()
	theirs["short rsa"] = httpsig.Key{ID: keyID, Private: weakKey()}
	for _, e := range exchanged {
		for kind, key := range theirs {
			r := newRequest(t, e.method, e.address, []byte(e.body))
			r.Header.Set("Host", r.Host)
			r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
			covered := []string{gofed.RequestTarget, "host", "date"}
			var body []byte
			if e.body != "" {
				covered, body = append(covered, "digest"), []byte(e.body)
			}
			signer, _, err := gofed.NewSigner([]gofed.Algorithm{goFedAlgorithm(key)}, gofed.DigestSha256, covered, gofed.Signature, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := signer.SignRequest(key.Private, key.ID, r, body); err != nil {
				t.Fatal(err)
			}
			if err := check(r, body, hub, key.Private.Public(), time.Now()); err != nil {
				t.Errorf("%s %s %s: %v", kind, e.method, e.address, err)
			}
		}
	}
}

func goFedAlgorithm(key httpsig.Key) gofed.Algorithm {
	if _, ok := key.Private.(ed25519.PrivateKey); ok {
		return gofed.ED25519
	}
	return gofed.RSA_SHA256
}

func TestRemitlyReadsOurMessages(t *testing.T) {
	t.Parallel()
	for _, e := range exchanged {
		for kind, key := range keys() {
			r := newAbsolute(e.method, e.address, e.body)
			if err := httpsig.Sign(r, []byte(e.body), key, httpsig.RFC9421); err != nil {
				t.Fatal(err)
			}
			known := keyman.NewKeyFetchInMemory(map[string]remitly.KeySpec{
				key.ID: {KeyID: key.ID, Algo: remitlyAlgorithm(key), PubKey: key.Private.Public()},
			})
			result, err := remitly.Verify(r, known, remitly.VerifyProfile{
				RequiredFields:       remitly.Fields(messageFields(e.body)...),
				RequiredMetadata:     []remitly.Metadata{remitly.MetaCreated, remitly.MetaKeyID},
				AllowedAlgorithms:    []remitly.Algorithm{remitly.Algo_RSA_v1_5_sha256, remitly.Algo_ED25519},
				CreatedValidDuration: time.Minute,
			})
			if err != nil || len(result.Signatures) != 1 {
				t.Errorf("%s %s %s: %v, %d signatures, %v", kind, e.method, e.address, err, len(result.Signatures), result.InvalidSignatures)
			}
		}
	}
}

func TestWeReadRemitlyMessages(t *testing.T) {
	t.Parallel()
	for _, metadata := range [][]remitly.Metadata{
		{remitly.MetaCreated, remitly.MetaKeyID},
		{remitly.MetaKeyID, remitly.MetaAlgorithm, remitly.MetaCreated, remitly.MetaExpires, remitly.MetaNonce, remitly.MetaTag},
	} {
		for _, e := range exchanged {
			for kind, key := range keys() {
				r := newAbsolute(e.method, e.address, e.body)
				err := remitly.Sign(r, remitly.SigningOptions{
					PrivateKey: crypto.PrivateKey(key.Private),
					Algorithm:  remitlyAlgorithm(key),
					Fields:     remitly.Fields(messageFields(e.body)...),
					Metadata:   metadata,
					MetaKeyID:  key.ID,
					MetaTag:    "fediverse",
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := check(r, []byte(e.body), hub, key.Private.Public(), time.Now()); err != nil {
					t.Errorf("%s %s %s: %v in %s", kind, e.method, e.address, err, r.Header.Get("Signature-Input"))
				}
			}
		}
	}
}

// newAbsolute makes a request with its address as the request target: that is
// what the other program takes for @target-uri.
func newAbsolute(method, address, body string) *http.Request {
	r := httptest.NewRequest(method, address, bytes.NewReader([]byte(body)))
	r.RequestURI = address
	return r
}

func messageFields(body string) []string {
	if body == "" {
		return []string{"@method", "@target-uri"}
	}
	return []string{"@method", "@target-uri", "content-digest"}
}

func remitlyAlgorithm(key httpsig.Key) remitly.Algorithm {
	if _, ok := key.Private.(ed25519.PrivateKey); ok {
		return remitly.Algo_ED25519
	}
	return remitly.Algo_RSA_v1_5_sha256
}
