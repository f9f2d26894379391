package httpsig

import (
	"bufio"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestRFC9421Example verifies the Ed25519 example of RFC 9421, B.2.6, in its
// parts: it leaves out the digest of its body, which Parse refuses.
func TestRFC9421Example(t *testing.T) {
	t.Parallel()
	const request = "POST /foo?param=Value&Pet=dog HTTP/1.1\r\n" +
		"Host: example.com\r\n" +
		"Date: Tue, 20 Apr 2021 02:07:55 GMT\r\n" +
		"Content-Type: application/json\r\n" +
		"Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:\r\n" +
		"Content-Length: 18\r\n\r\n{\"hello\": \"world\"}"
	const params = `("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	const want = `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ` + params
	key, err := ParsePublicKey("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----")
	if err != nil {
		t.Fatal(err)
	}
	value, err := base64.StdEncoding.DecodeString("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
	if err != nil {
		t.Fatal(err)
	}
	s := Signature{covered: []string{"date", "@method", "@path", "@authority", "content-type", "content-length"}, params: params}
	text, err := s.messageText(r, &url.URL{Scheme: "https", Host: "example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != want {
		t.Errorf("signature base is\n%s\nwant\n%s", text, want)
	}
	if err := verify(key, byKey, text, value); err != nil {
		t.Error(err)
	}
	if err := checkContentDigest(r.Header.Values("Content-Digest"), []byte(`{"hello": "world"}`)); err != nil {
		t.Error(err)
	}
}
