package httpsig_test

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pergola/federation/httpsig"
)

func payloads(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PERGOLA_PAYLOADS")
	if folder == "" {
		t.Skip("PERGOLA_PAYLOADS is not set: no recorded payloads to read")
	}
	return folder
}

// TestMastodonVectors gives Mastodon's verdict on the requests of Mastodon's
// own tests, with one difference: whether the key can be fetched is not known
// here. Its acct: key ids are text like any other.
func TestMastodonVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(payloads(t), "httpsig", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Now        time.Time
		PublicKeys map[string]string `json:"public_keys"`
		Cases      []struct {
			Name, Method, URL, Body, Key, Expect string
			Headers                              map[string]string
		}
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range vectors.Cases {
		key, err := httpsig.ParsePublicKey(vectors.PublicKeys[c.Key])
		if err != nil {
			t.Fatal(err)
		}
		address, err := url.Parse(c.URL)
		if err != nil {
			t.Fatal(err)
		}
		r := newRequest(t, c.Method, c.URL, []byte(c.Body))
		for name, value := range c.Headers {
			r.Header.Set(name, value)
		}
		r.Host = c.Headers["Host"]
		want := c.Expect == "valid"
		if strings.HasSuffix(c.Name, "with an inaccessible key") {
			want = true
		}
		err = check(r, []byte(c.Body), &url.URL{Scheme: "https", Host: address.Host}, key, vectors.Now)
		if (err == nil) != want {
			t.Errorf("%s: %v, want valid %t", c.Name, err, want)
		}
	}
}

// TestRecordedKeys reads the keys of the actors that other programs publish.
func TestRecordedKeys(t *testing.T) {
	t.Parallel()
	keyPEM := regexp.MustCompile(`"publicKeyPem"\s*:\s*("(?:[^"\\]|\\.)*")`)
	found := 0
	err := filepath.WalkDir(payloads(t), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(filepath.Dir(path)) == "malformed" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range keyPEM.FindAllSubmatch(data, -1) {
			var text string
			if err := json.Unmarshal(match[1], &text); err != nil {
				return err
			}
			found++
			if _, err := httpsig.ParsePublicKey(text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no keys found")
	}
}
