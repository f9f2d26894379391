package httpsig_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation/httpsig"
)

const (
	keyID = "https://sender.example/a/cluster#main-key"
	inbox = "https://hub.example/inbox"
)

var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })
	edKey  = sync.OnceValue(func() ed25519.PrivateKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
	schemes = []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421}
	hub     = &url.URL{Scheme: "https", Host: "hub.example"}
)

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// keys are one of each kind.
func keys() map[string]httpsig.Key {
	return map[string]httpsig.Key{
		"rsa":     {ID: keyID, Private: rsaKey()},
		"ed25519": {ID: keyID, Private: edKey()},
	}
}

// newRequest makes a request as a client sends it.
func newRequest(t testing.TB, method, address string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/activity+json")
	}
	return r
}

// check parses and verifies as an inbox does.
func check(r *http.Request, body []byte, base *url.URL, key crypto.PublicKey, now time.Time) error {
	sig, err := httpsig.Parse(r)
	if err != nil {
		return err
	}
	return sig.Verify(r, body, base, key, now)
}

// sign is the signature of somebody else's program over text.
func sign(t testing.TB, key crypto.Signer, text string) string {
	t.Helper()
	input, hash := []byte(text), crypto.Hash(0)
	if _, ok := key.(*rsa.PrivateKey); ok {
		sum := sha256.Sum256(input)
		input, hash = sum[:], crypto.SHA256
	}
	value, err := key.Sign(rand.Reader, input, hash)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(value)
}

// digest is the SHA-256 of body in base64.
func digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestSignedRequestsVerifyOverHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			key := keys()[r.Header.Get("X-Kind")].Private.Public()
			err = check(r, body, &url.URL{Scheme: "http", Host: r.Host}, key, time.Now())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
		}
	}))
	defer server.Close()

	targets := []string{"/inbox", "/", "", "/a/b%2Fc%20d", "/k%C3%A9k", "//x", "/a?page=2&q=%C3%A9", "/a?", "/a%3Fb?c=%26"}
	bodies := map[string]string{"GET": "", "POST": `{"type":"Follow"}`, "PUT": ""}
	for _, scheme := range schemes {
		for kind, key := range keys() {
			for _, target := range targets {
				for method, body := range bodies {
					r := newRequest(t, method, server.URL+target, []byte(body))
					r.Header.Set("X-Kind", kind)
					if err := httpsig.Sign(r, []byte(body), key, scheme); err != nil {
						t.Fatalf("%s %s %s %s: %v", scheme, kind, method, target, err)
					}
					if answer := send(t, server.Client(), r); answer != "" {
						t.Errorf("%s %s %s %q: %s", scheme, kind, method, target, answer)
					}
				}
			}
		}
	}
}

// send returns the body of the answer.
func send(t *testing.T, client *http.Client, r *http.Request) string {
	t.Helper()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestParseTellsKeyAndScheme(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes {
		r := newRequest(t, "GET", inbox, nil)
		if err := httpsig.Sign(r, nil, keys()["rsa"], scheme); err != nil {
			t.Fatal(err)
		}
		sig, err := httpsig.Parse(r)
		if err != nil || sig.KeyID != keyID || sig.Scheme != scheme {
			t.Errorf("parsed %q in %q, %v, want %q in %q", sig.KeyID, sig.Scheme, err, keyID, scheme)
		}
	}
}

func TestTamperedRequestsAreFound(t *testing.T) {
	t.Parallel()
	const body = `{"type":"Follow"}`
	type request struct {
		*http.Request
		body string
		base *url.URL
		key  crypto.PublicKey
	}
	tests := []struct {
		name   string
		tamper func(*request)
		cavage error
		rfc    error // as cavage when nil
		holds  bool  // not signed in RFC 9421, where it changes nothing
	}{
		{"nothing", func(r *request) {}, nil, nil, true},
		{"body", func(r *request) { r.body += " " }, httpsig.ErrDigest, nil, false},
		{"no body", func(r *request) { r.body = "" }, httpsig.ErrDigest, nil, false},
		{"digest and body", func(r *request) {
			r.body = "{}"
			for name, value := range map[string]string{"Digest": "SHA-256=" + digest("{}"), "Content-Digest": "sha-256=:" + digest("{}") + ":"} {
				if r.Header.Get(name) != "" {
					r.Header.Set(name, value)
				}
			}
		}, httpsig.ErrInvalid, nil, false},
		{"digest gone", func(r *request) {
			r.Header.Del("Digest")
			r.Header.Del("Content-Digest")
		}, httpsig.ErrDigest, nil, false},
		{"path", func(r *request) { r.URL.Path = "/outbox" }, httpsig.ErrInvalid, nil, false},
		{"path written otherwise", func(r *request) { r.URL.RawPath = "/in%62ox" }, httpsig.ErrInvalid, nil, false},
		{"query changed", func(r *request) { r.URL.RawQuery = "x=2" }, httpsig.ErrInvalid, nil, false},
		{"query gone", func(r *request) { r.URL.RawQuery = "" }, httpsig.ErrInvalid, nil, false},
		{"method", func(r *request) { r.Method = http.MethodPut }, httpsig.ErrInvalid, nil, false},
		{"host", func(r *request) { r.Host = "other.example" }, httpsig.ErrInvalid, nil, false},
		{"host and base", func(r *request) {
			r.Host = "other.example"
			r.base = &url.URL{Scheme: "https", Host: "other.example"}
		}, httpsig.ErrInvalid, nil, false},
		{"port of base", func(r *request) { r.base = &url.URL{Scheme: "https", Host: "hub.example:8443"} }, httpsig.ErrInvalid, nil, false},
		{"date", func(r *request) {
			r.Header.Set("Date", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
		}, httpsig.ErrInvalid, nil, true},
		{"second date", func(r *request) { r.Header.Add("Date", r.Header.Get("Date")) }, httpsig.ErrMalformed, nil, true},
		{"content type", func(r *request) { r.Header.Set("Content-Type", "text/plain") }, httpsig.ErrInvalid, nil, true},
		{"signed header gone", func(r *request) { r.Header.Del("Content-Type") }, httpsig.ErrMalformed, nil, true},
		{"created", func(r *request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "created=", "created=1", 1))
		}, httpsig.ErrUnsigned, httpsig.ErrExpired, false},
		{"other key", func(r *request) { r.key, _, _ = ed25519.GenerateKey(rand.Reader) }, httpsig.ErrInvalid, nil, false},
		{"other kind of key", func(r *request) {
			if r.key = crypto.PublicKey(&rsaKey().PublicKey); r.Header.Get("X-Kind") == "rsa" {
				r.key = edKey().Public()
			}
		}, httpsig.ErrInvalid, nil, false},
		{"weak key", func(r *request) {
			r.key = &rsa.PublicKey{N: new(big.Int).Rsh(weakKey().N, 1), E: weakKey().E}
		}, httpsig.ErrKey, nil, false},
		{"no key", func(r *request) { r.key = nil }, httpsig.ErrKey, nil, false},
		{"nil RSA key", func(r *request) { r.key = (*rsa.PublicKey)(nil) }, httpsig.ErrKey, nil, false},
		{"empty RSA key", func(r *request) { r.key = &rsa.PublicKey{} }, httpsig.ErrKey, nil, false},
		{"short Ed25519 key", func(r *request) { r.key = ed25519.PublicKey("short") }, httpsig.ErrKey, nil, false},
		{"signature gone", func(r *request) {
			r.Header.Del("Signature")
			r.Header.Del("Signature-Input")
		}, httpsig.ErrUnsigned, nil, false},
	}
	for _, test := range tests {
		for _, scheme := range schemes {
			for kind, k := range keys() {
				r := request{newRequest(t, "POST", inbox+"?x=1", []byte(body)), body, hub, k.Private.Public()}
				if err := httpsig.Sign(r.Request, []byte(body), k, scheme); err != nil {
					t.Fatal(err)
				}
				r.Header.Set("X-Kind", kind)
				if test.name == "created" && scheme == httpsig.Cavage {
					continue
				}
				want := test.cavage
				if scheme == httpsig.RFC9421 {
					want = cmp.Or(test.rfc, test.cavage)
					if test.holds {
						want = nil
					}
				}
				test.tamper(&r)
				if err := check(r.Request, []byte(r.body), r.base, r.key, time.Now()); !errors.Is(err, want) {
					t.Errorf("%s, %s, %s: %v, want %v", test.name, scheme, kind, err, want)
				}
			}
		}
	}
}

func TestSignaturesHoldForAnHour(t *testing.T) {
	t.Parallel()
	tests := []struct {
		later time.Duration
		want  error
	}{
		{-61 * time.Minute, httpsig.ErrExpired},
		{-59 * time.Minute, nil},
		{0, nil},
		{64 * time.Minute, nil},
		{66 * time.Minute, httpsig.ErrExpired},
		{24 * 365 * time.Hour, httpsig.ErrExpired},
	}
	for _, scheme := range schemes {
		r := newRequest(t, "GET", inbox, nil)
		if err := httpsig.Sign(r, nil, keys()["ed25519"], scheme); err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			err := check(r, nil, hub, edKey().Public(), time.Now().Add(test.later))
			if !errors.Is(err, test.want) {
				t.Errorf("%s after %s: %v, want %v", scheme, test.later, err, test.want)
			}
		}
	}
}

func TestSignSaysWhatIsSigned(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "POST", inbox, []byte("{}"))
	if err := httpsig.Sign(r, []byte("{}"), keys()["rsa"], httpsig.Cavage); err != nil {
		t.Fatal(err)
	}
	want := `keyId="` + keyID + `",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="`
	if got := r.Header.Get("Signature"); !strings.HasPrefix(got, want) {
		t.Errorf("signature is %s, want %s…", got, want)
	}
	if got, want := r.Header.Get("Digest"), "SHA-256="+digest("{}"); got != want {
		t.Errorf("digest is %s, want %s", got, want)
	}

	// Signed again, in the other dialect: nothing of the first is left.
	if err := httpsig.Sign(r, []byte("{}"), keys()["ed25519"], httpsig.RFC9421); err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Digest"); got != "" {
		t.Errorf("digest %s is left", got)
	}
	got := r.Header.Get("Signature-Input")
	if want = `sig1=("@method" "@target-uri" "content-digest");created=`; !strings.HasPrefix(got, want) {
		t.Errorf("signature input is %s, want %s…", got, want)
	}
	if want = `;keyid="` + keyID + `";alg="ed25519"`; !strings.HasSuffix(got, want) {
		t.Errorf("signature input is %s, want …%s", got, want)
	}
	if err := check(r, []byte("{}"), hub, edKey().Public(), time.Now()); err != nil {
		t.Error(err)
	}

	r = newRequest(t, "GET", inbox, nil)
	if err := httpsig.Sign(r, nil, keys()["ed25519"], httpsig.Cavage); err != nil {
		t.Fatal(err)
	}
	if got, want := r.Header.Get("Signature"), `algorithm="hs2019",headers="(request-target) host date"`; !strings.Contains(got, want) {
		t.Errorf("signature is %s, want %s", got, want)
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		address string
		key     httpsig.Key
		scheme  httpsig.Scheme
		isKey   bool
	}{
		{"weak key", inbox, httpsig.Key{ID: keyID, Private: weakKey()}, httpsig.Cavage, true},
		{"no key", inbox, httpsig.Key{ID: keyID}, httpsig.Cavage, true},
		{"nil key", inbox, httpsig.Key{ID: keyID, Private: (*rsa.PrivateKey)(nil)}, httpsig.Cavage, true},
		{"short key", inbox, httpsig.Key{ID: keyID, Private: ed25519.PrivateKey("short")}, httpsig.RFC9421, true},
		{"no id", inbox, httpsig.Key{Private: edKey()}, httpsig.Cavage, true},
		{"quote in id", inbox, httpsig.Key{ID: `a",headers="date`, Private: edKey()}, httpsig.RFC9421, true},
		{"line in id", inbox, httpsig.Key{ID: "a\r\nb", Private: edKey()}, httpsig.Cavage, true},
		{"scheme", inbox, httpsig.Key{ID: keyID, Private: edKey()}, "", false},
		{"no host", "/inbox", httpsig.Key{ID: keyID, Private: edKey()}, httpsig.Cavage, false},
		{"host not ASCII", "https://kék.example/inbox", httpsig.Key{ID: keyID, Private: edKey()}, httpsig.Cavage, false},
	}
	for _, test := range tests {
		r := newRequest(t, "GET", test.address, nil)
		err := httpsig.Sign(r, nil, test.key, test.scheme)
		if err == nil || errors.Is(err, httpsig.ErrKey) != test.isKey {
			t.Errorf("%s: %v", test.name, err)
		}
		if r.Header.Get("Signature") != "" {
			t.Errorf("%s: signed all the same", test.name)
		}
	}
}

func TestABodyNeedsADigestWhateverTheMethod(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes {
		r := newRequest(t, "GET", inbox, nil)
		if err := httpsig.Sign(r, nil, keys()["ed25519"], scheme); err != nil {
			t.Fatal(err)
		}
		if err := check(r, []byte("{}"), hub, edKey().Public(), time.Now()); !errors.Is(err, httpsig.ErrRefused) {
			t.Errorf("%s: %v, want %v", scheme, err, httpsig.ErrRefused)
		}
	}
}

func TestHostsAreTheSameInOtherSpelling(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address string
		base    url.URL
		want    error
	}{
		{"https://Hub.Example/inbox", *hub, nil},
		{"https://hub.example:443/inbox", *hub, nil},
		{"http://hub.example:80/inbox", url.URL{Scheme: "http", Host: "hub.example"}, nil},
		{"http://hub.example/inbox", url.URL{Scheme: "http", Host: "HUB.example:80"}, nil},
		{"https://hub.example:80/inbox", *hub, httpsig.ErrInvalid},
		{"http://hub.localhost:8080/inbox", url.URL{Scheme: "http", Host: "hub.localhost:8080"}, nil},
	}
	for _, test := range tests {
		r := newRequest(t, "GET", test.address, nil)
		if err := httpsig.Sign(r, nil, keys()["ed25519"], httpsig.Cavage); err != nil {
			t.Fatal(err)
		}
		if err := check(r, nil, &test.base, edKey().Public(), time.Now()); !errors.Is(err, test.want) {
			t.Errorf("%s at %s: %v, want %v", test.address, test.base.Host, err, test.want)
		}
	}
}

func TestAnUnparsedSignatureNeverVerifies(t *testing.T) {
	t.Parallel()
	r := newRequest(t, "GET", inbox, nil)
	err := httpsig.Signature{KeyID: keyID}.Verify(r, nil, hub, edKey().Public(), time.Unix(0, 0))
	if !errors.Is(err, httpsig.ErrUnsigned) {
		t.Errorf("zero signature: %v, want %v", err, httpsig.ErrUnsigned)
	}
}
