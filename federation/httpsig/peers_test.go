package httpsig_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation/httpsig"
)

// The clock of the requests in this file.
const (
	noon     = 1785240000 // 2026-07-28 12:00:00 UTC
	noonDate = "Tue, 28 Jul 2026 12:00:00 GMT"
)

// TestCavageOfOthers verifies what other programs may send, signed over the
// text that they would sign.
func TestCavageOfOthers(t *testing.T) {
	t.Parallel()
	const (
		get      = "GET /a/hub?page=1"
		post     = "POST /inbox"
		postText = "host: hub.example\ndate: " + noonDate + "\ndigest: DIGEST\ncontent-type: application/activity+json\n(request-target): post /inbox"
		postList = "host date digest content-type (request-target)"
	)
	tests := []struct {
		name    string
		request string // method and target; a POST has the body {}
		params  string // besides keyId and signature
		text    string // what is signed
		headers string // more headers, as Name: value lines
		want    error
	}{
		{"Mastodon", post, `algorithm="rsa-sha256",headers="` + postList + `"`, postText, "", nil},
		{"GoToSocial GET", get, `algorithm="hs2019",headers="(request-target) host date"`,
			"(request-target): get /a/hub?page=1\nhost: hub.example\ndate: " + noonDate, "", nil},
		{"query left out", get, `headers="(request-target) host date"`,
			"(request-target): get /a/hub\nhost: hub.example\ndate: " + noonDate, "", nil},
		{"query changed", get, `headers="(request-target) host date"`,
			"(request-target): get /a/hub?page=2\nhost: hub.example\ndate: " + noonDate, "", httpsig.ErrInvalid},
		{"created", get, fmt.Sprintf(`algorithm="hs2019",created=%d,headers="(request-target) (created) host"`, noon),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\nhost: hub.example", noon), "", nil},
		{"created in quotes", get, fmt.Sprintf(`created="%d", headers="(request-target) (created) host" `, noon),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\nhost: hub.example", noon), "", nil},
		{"created with rsa-sha256", get, fmt.Sprintf(`algorithm="rsa-sha256",created=%d,headers="(request-target) (created) host"`, noon),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\nhost: hub.example", noon), "", httpsig.ErrMalformed},
		{"created stale", get, fmt.Sprintf(`created=%d,headers="(request-target) (created) host"`, noon-4000),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\nhost: hub.example", noon-4000), "", httpsig.ErrExpired},
		{"created stale, end later", get, fmt.Sprintf(`created=%d,expires=%d,headers="(request-target) (created) (expires) host"`, noon-4000, noon),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\n(expires): %d\nhost: hub.example", noon-4000, noon), "", nil},
		{"end later but not signed", get, fmt.Sprintf(`created=%d,expires=%d,headers="(request-target) (created) host"`, noon-4000, noon),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\nhost: hub.example", noon-4000), "", httpsig.ErrExpired},
		{"fresh date signed, stale end", get, fmt.Sprintf(`expires=%d,headers="(request-target) (expires) host date"`, noon-4000),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(expires): %d\nhost: hub.example\ndate: %s", noon-4000, noonDate), "", httpsig.ErrExpired},
		{"end too far", get, fmt.Sprintf(`created=%d,expires=%d,headers="(request-target) (created) (expires) host"`, noon-47000, noon+3600),
			fmt.Sprintf("(request-target): get /a/hub?page=1\n(created): %d\n(expires): %d\nhost: hub.example", noon-47000, noon+3600), "", httpsig.ErrExpired},
		{"created signed but not given", get, `headers="(request-target) (created) host date"`, "", "", httpsig.ErrMalformed},
		{"created not a number", get, `created=soon,headers="(request-target) (created) host"`, "", "", httpsig.ErrMalformed},
		{"created beyond time", get, `created=99999999999999999,headers="(request-target) (created) host"`, "", "", httpsig.ErrMalformed},
		{"unknown pseudo-header", get, `headers="(request-target) host date (response)"`, "", "", httpsig.ErrMalformed},
		{"no headers", get, `algorithm="hs2019"`, "date: " + noonDate, "", httpsig.ErrRefused},
		{"date alone", get, `headers="date"`, "date: " + noonDate, "", httpsig.ErrRefused},
		{"GET without host", get, `headers="(request-target) date"`, "", "", httpsig.ErrRefused},
		{"GET without date", get, `headers="(request-target) host"`, "", "", httpsig.ErrRefused},
		{"POST without digest", post, `headers="(request-target) host date"`, "", "", httpsig.ErrRefused},
		{"POST without target", post, `headers="host date digest"`,
			"host: hub.example\ndate: " + noonDate + "\ndigest: DIGEST", "", nil},
		{"SHA-1", post, `algorithm="rsa-sha1",headers="` + postList + `"`, postText, "", httpsig.ErrRefused},
		{"HMAC", post, `algorithm="hmac-sha256",headers="` + postList + `"`, postText, "", httpsig.ErrRefused},
		{"algorithm of another key", post, `algorithm="ed25519",headers="` + postList + `"`, postText, "", httpsig.ErrInvalid},
		{"header of several values", get, `headers="(request-target) host date x-many"`,
			"(request-target): get /a/hub?page=1\nhost: hub.example\ndate: " + noonDate + "\nx-many: a, b", "X-Many:  a \nX-Many: b", nil},
		{"upper case, wide space", get, `headers="(request-target)  Host  Date"`,
			"(request-target): get /a/hub?page=1\nhost: hub.example\ndate: " + noonDate, "", nil},
		{"second digest of another body", post, `headers="` + postList + `"`, strings.Replace(postText, "DIGEST", "DIGEST, SHA-256=AAAA", 1),
			"Digest: SHA-256=AAAA", httpsig.ErrDigest},
		{"SHA-512 beside", post, `headers="` + postList + `"`, strings.Replace(postText, "DIGEST", "DIGEST, SHA-512=AAAA", 1),
			"Digest: SHA-512=AAAA", nil},
		{"parameter twice", post, `keyId="x",headers="` + postList + `"`, postText, "", httpsig.ErrMalformed},
		{"unknown parameter", post, `opaque="x=y,z",headers="` + postList + `"`, postText, "", nil},
		{"digest too long", post, `headers="` + postList + `"`, postText, "Digest: MD5=" + strings.Repeat("A", 9000), httpsig.ErrMalformed},
		{"comma at the end", post, `headers="` + postList + `",`, postText, "", httpsig.ErrMalformed},
		{"too long", get, `headers="(request-target) host date",x="` + strings.Repeat("x", 9000) + `"`, "", "", httpsig.ErrMalformed},
	}
	for _, test := range tests {
		method, target, _ := strings.Cut(test.request, " ")
		var body []byte
		if method == "POST" {
			body = []byte("{}")
		}
		r := newRequest(t, method, "https://hub.example"+target, body)
		r.Header.Set("Date", noonDate)
		if body != nil {
			r.Header.Set("Digest", "SHA-256="+digest("{}"))
		}
		addHeaders(r, test.headers)
		text := strings.ReplaceAll(test.text, "DIGEST", "SHA-256="+digest("{}"))
		r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",signature="%s",%s`, keyID, sign(t, rsaKey(), text), test.params))
		if err := check(r, body, hub, rsaKey().Public(), time.Unix(noon, 0)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// TestMessagesOfOthers is the same for RFC 9421.
func TestMessagesOfOthers(t *testing.T) {
	t.Parallel()
	const (
		get    = "GET /a/hub?page=1"
		post   = "POST /inbox"
		params = `;created=1785240000;keyid="` + keyID + `"`
		uri    = "\"@method\": GET\n\"@target-uri\": https://hub.example/a/hub?page=1\n"
	)
	whole := `("@method" "@target-uri")`
	withDigest := "\"@method\": POST\n\"@target-uri\": https://hub.example/inbox\n\"content-digest\": DIGEST\n"
	tests := []struct {
		name    string
		request string
		input   string // the covered components and parameters of label x
		text    string // what is signed, before @signature-params
		headers string
		want    error
	}{
		{"plain", get, whole + params, uri, "", nil},
		{"algorithm told", get, whole + params + `;alg="ed25519"`, uri, "", nil},
		{"nonce and tag", get, whole + params + `;nonce="n";tag="t"`, uri, "", nil},
		{"algorithm of another key", get, whole + params + `;alg="rsa-v1_5-sha256"`, uri, "", httpsig.ErrInvalid},
		{"algorithm refused", get, whole + params + `;alg="hmac-sha256"`, uri, "", httpsig.ErrRefused},
		{"every part", get, `("@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query" "host")` + params,
			uri + "\"@authority\": hub.example\n\"@scheme\": https\n\"@request-target\": /a/hub?page=1\n\"@path\": /a/hub\n\"@query\": ?page=1\n\"host\": hub.example\n", "", nil},
		{"parts for the whole", get, `("@method" "@authority" "@path" "@query")` + params,
			"\"@method\": GET\n\"@authority\": hub.example\n\"@path\": /a/hub\n\"@query\": ?page=1\n", "", nil},
		{"parts without query", get, `("@method" "@authority" "@path")` + params, "", "", httpsig.ErrRefused},
		{"parts without host", get, `("@method" "@path" "@query")` + params, "", "", httpsig.ErrRefused},
		{"empty query", "GET /a/hub", `("@method" "@authority" "@path" "@query")` + params,
			"\"@method\": GET\n\"@authority\": hub.example\n\"@path\": /a/hub\n\"@query\": ?\n", "", nil},
		{"no method", get, `("@target-uri")` + params, "", "", httpsig.ErrRefused},
		{"no keyid", get, whole + `;created=1785240000`, uri, "", httpsig.ErrRefused},
		{"no created", get, whole + `;keyid="k"`, uri, "", httpsig.ErrRefused},
		{"created is a decimal", get, whole + `;created=1785240000.5;keyid="k"`, uri, "", httpsig.ErrMalformed},
		{"created before time", get, whole + `;created=-5;keyid="k"`, uri, "", httpsig.ErrMalformed},
		{"stale", get, whole + `;created=1785230000;keyid="k"`, uri, "", httpsig.ErrExpired},
		{"stale, end later", get, whole + `;created=1785230000;expires=1785240000;keyid="k"`, uri, "", nil},
		{"fresh, end passed", get, whole + `;created=1785240000;expires=1785236000;keyid="k"`, uri, "", httpsig.ErrExpired},
		{"component twice", get, `("@method" "@target-uri" "@method")` + params, "", "", httpsig.ErrMalformed},
		{"component is a token", get, `("@method" "@target-uri" date)` + params, "", "", httpsig.ErrMalformed},
		{"component with a parameter", get, `("@method" "@target-uri" "date";bs)` + params, "", "", httpsig.ErrRefused},
		{"unknown derived component", get, `("@method" "@target-uri" "@status")` + params, "", "", httpsig.ErrMalformed},
		{"absent header", get, `("@method" "@target-uri" "x-none")` + params, "", "", httpsig.ErrMalformed},
		{"header of several values", get, `("@method" "@target-uri" "x-many")` + params, uri + "\"x-many\": a, b\n", "X-Many:  a \nX-Many: b", nil},
		{"not a list", get, `"@method"` + params, uri, "", httpsig.ErrMalformed},
		{"POST", post, `("@method" "@target-uri" "content-digest")` + params, withDigest, "Content-Digest: sha-256=:SUM:", nil},
		{"POST, SHA-512 of another body", post, `("@method" "@target-uri" "content-digest")` + params, withDigest,
			"Content-Digest: sha-512=:J8dGcK23UHX60Ffs97zjIWMnXLmHAtTZjsT3wMqwO7UDSCuKD/1JT/nwi7v5wwqw7D0nrDYX8IE+zlm4gl3o6w==:", httpsig.ErrDigest},
		{"POST, unknown digest", post, `("@method" "@target-uri" "content-digest")` + params, withDigest, "Content-Digest: md5=:SUM:", httpsig.ErrDigest},
		{"POST, two digests, one wrong", post, `("@method" "@target-uri" "content-digest")` + params, withDigest,
			"Content-Digest: sha-256=:SUM:, sha-512=:SUM:", httpsig.ErrDigest},
		{"POST, digest not bytes", post, `("@method" "@target-uri" "content-digest")` + params, withDigest, "Content-Digest: sha-256=1", httpsig.ErrDigest},
		{"POST, digest not readable", post, `("@method" "@target-uri" "content-digest")` + params, withDigest, "Content-Digest: =", httpsig.ErrMalformed},
		{"POST, digest not signed", post, whole + params, "", "Content-Digest: sha-256=:SUM:", httpsig.ErrRefused},
	}
	for _, test := range tests {
		method, target, _ := strings.Cut(test.request, " ")
		var body []byte
		if method == "POST" {
			body = []byte("{}")
		}
		r := newRequest(t, method, "https://hub.example"+target, body)
		addHeaders(r, strings.ReplaceAll(test.headers, "SUM", digest("{}")))
		text := strings.ReplaceAll(test.text, "DIGEST", r.Header.Get("Content-Digest")) + `"@signature-params": ` + test.input
		r.Header.Set("Signature-Input", "x="+test.input)
		r.Header.Set("Signature", "x=:"+sign(t, edKey(), text)+":")
		if err := check(r, body, hub, edKey().Public(), time.Unix(noon, 0)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func addHeaders(r *http.Request, lines string) {
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			r.Header.Add(name, value[1:])
		}
	}
}

func TestSHA512ContentDigest(t *testing.T) {
	t.Parallel()
	// RFC 9421, B.2: the digest of its example request.
	const body = `{"hello": "world"}`
	const content = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
	const input = `("@method" "@target-uri" "content-digest");created=1785240000;keyid="k"`
	r := newRequest(t, "POST", inbox, []byte(body))
	r.Header.Set("Content-Digest", content)
	r.Header.Set("Signature-Input", "x="+input)
	r.Header.Set("Signature", "x=:"+sign(t, edKey(), "\"@method\": POST\n\"@target-uri\": "+inbox+"\n\"content-digest\": "+content+"\n\"@signature-params\": "+input)+":")
	if err := check(r, []byte(body), hub, edKey().Public(), time.Unix(noon, 0)); err != nil {
		t.Error(err)
	}
	if err := check(r, []byte(body+" "), hub, edKey().Public(), time.Unix(noon, 0)); !errors.Is(err, httpsig.ErrDigest) {
		t.Errorf("another body: %v, want %v", err, httpsig.ErrDigest)
	}
}

// TestSeveralMessageSignatures has a proxy's signature before the sender's.
func TestSeveralMessageSignatures(t *testing.T) {
	t.Parallel()
	const input = `("@method" "@target-uri");created=1785240000;keyid="` + keyID + `"`
	value := sign(t, edKey(), "\"@method\": GET\n\"@target-uri\": "+inbox+"\n\"@signature-params\": "+input)
	tests := []struct {
		name   string
		before int // signatures that cover too little
		want   error
	}{
		{"alone", 0, nil},
		{"last of four", 3, nil},
		{"behind four others", 4, httpsig.ErrRefused},
	}
	for _, test := range tests {
		r := newRequest(t, "GET", inbox, nil)
		for i := range test.before {
			r.Header.Add("Signature-Input", fmt.Sprintf(`p%d=("@authority");created=1785240000;keyid="proxy"`, i))
			r.Header.Add("Signature", fmt.Sprintf("p%d=:AAAA:", i))
		}
		r.Header.Add("Signature-Input", "mine="+input)
		r.Header.Add("Signature", "mine=:"+value+":")
		sig, err := httpsig.Parse(r)
		if err == nil {
			if err = sig.Verify(r, nil, hub, edKey().Public(), time.Unix(noon, 0)); sig.KeyID != keyID {
				t.Errorf("%s: took the signature of %q", test.name, sig.KeyID)
			}
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestParseRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	var many string
	for i := range 40 {
		many += fmt.Sprintf(` "x-%d"`, i)
	}
	tests := []struct {
		name, input, signature string
		want                   error
	}{
		{"nothing", "", "", httpsig.ErrUnsigned},
		{"input alone", `x=("@method")`, "", httpsig.ErrMalformed},
		{"words", "", "nonsense", httpsig.ErrMalformed},
		{"no end of quote", "", `keyId="x`, httpsig.ErrMalformed},
		{"no comma", "", `keyId="x" signature="AAAA"`, httpsig.ErrMalformed},
		{"no keyId", "", `signature="AAAA"`, httpsig.ErrMalformed},
		{"long keyId", "", `keyId="` + strings.Repeat("x", 3000) + `",signature="AAAA"`, httpsig.ErrMalformed},
		{"not base64", "", `keyId="x",signature="*"`, httpsig.ErrMalformed},
		{"empty signature", "", `keyId="x",signature=""`, httpsig.ErrMalformed},
		{"input unreadable", "=", "x=:AAAA:", httpsig.ErrMalformed},
		{"input empty", " ", "x=:AAAA:", httpsig.ErrMalformed},
		{"signature in the other dialect", `x=("@method")`, `keyId="x",signature="AAAA"`, httpsig.ErrMalformed},
		{"POST without digest", `x=("@method" "@target-uri");created=1;keyid="k"`, "x=:AAAA:", httpsig.ErrRefused},
		{"POST without digest, in the other dialect", "", `keyId="x",headers="(request-target) host date",signature="AAAA"`, httpsig.ErrRefused},
		{"label missing", `x=("@method" "@target-uri" "content-digest");created=1;keyid="k"`, "y=:AAAA:", httpsig.ErrMalformed},
		{"signature not bytes", `x=("@method" "@target-uri" "content-digest");created=1;keyid="k"`, "x=1", httpsig.ErrMalformed},
		{"long input", `x=("` + strings.Repeat("x", 9000) + `")`, "x=:AAAA:", httpsig.ErrMalformed},
		{"many components", `x=("@method" "@target-uri" "content-digest"` + many + `);created=1;keyid="k"`, "x=:AAAA:", httpsig.ErrMalformed},
		{"many headers", "", `keyId="k",headers="host date digest` + strings.ReplaceAll(many, `"`, "") + `",signature="AAAA"`, httpsig.ErrMalformed},
		{"long keyid", `x=("@method" "@target-uri" "content-digest");created=1;keyid="` + strings.Repeat("x", 3000) + `"`, "x=:AAAA:", httpsig.ErrMalformed},
	}
	for _, test := range tests {
		r := newRequest(t, "POST", inbox, nil)
		if test.input != "" {
			r.Header.Set("Signature-Input", test.input)
		}
		if test.signature != "" {
			r.Header.Set("Signature", test.signature)
		}
		if sig, err := httpsig.Parse(r); !errors.Is(err, test.want) || sig.KeyID != "" {
			t.Errorf("%s: %v and key %q, want %v", test.name, err, sig.KeyID, test.want)
		}
	}
}

// FuzzParse takes two headers, or one, from a stranger.
func FuzzParse(f *testing.F) {
	f.Add("", `keyId="k",algorithm="hs2019",created=1785240000,headers="(request-target) (created) host digest",signature="AAAA"`, "SHA-256=AAAA")
	f.Add(`x=("@method" "@target-uri" "content-digest");created=1785240000;keyid="k";alg="ed25519"`, "x=:AAAA:", "sha-256=:AAAA:")
	f.Fuzz(func(t *testing.T, input, signature, digests string) {
		for _, method := range []string{"GET", "POST"} {
			r := &http.Request{Method: method, Host: hub.Host, URL: &url.URL{Path: "/inbox"}, Header: http.Header{
				"Date": {noonDate}, "Signature": {signature}, "Digest": {digests}, "Content-Digest": {digests},
			}}
			if input != "" {
				r.Header.Set("Signature-Input", input)
			}
			sig, err := httpsig.Parse(r)
			if err != nil {
				continue
			}
			if sig.KeyID == "" || len(sig.KeyID) > 2048 {
				t.Fatalf("key id %q", sig.KeyID)
			}
			if sig.Verify(r, []byte("{}"), hub, edKey().Public(), time.Unix(noon, 0)) == nil {
				t.Fatal("verified what nobody has signed")
			}
		}
	})
}
