package federation_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"pergola/federation/httpsig"
)

// FuzzInbox: whatever is posted, signed as it may be, is neither our fault nor
// the end of us.
func FuzzInbox(f *testing.F) {
	f.Add(followText, true)
	f.Add(createText, true)
	f.Add(createText, false)
	f.Add(act("Undo", `"object":{"id":"https://peer.example/x/1","type":"Follow","actor":"https://peer.example/a/org"}`), true)
	f.Add(act("Delete", `"object":{"id":"https://peer.example/o/1","type":"Tombstone","formerType":"Note"}`), true)
	f.Add(act("Update", `"object":{"id":"https://peer.example/a/org","type":"Organization","inbox":"https://peer.example/a/org/inbox","duration":"-","publicKey":{}}`), true)
	f.Add(act("Add", `"object":"https://peer.example/o/1","target":"https://peer.example/a/org/featured"`), true)
	files, _ := filepath.Glob(filepath.Join(os.Getenv("PERGOLA_PAYLOADS"), "*", "*.json"))
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil && os.Getenv("PERGOLA_PAYLOADS") != "" {
			f.Add(string(b), true)
		}
	}
	_, ours, peer := twoNodes(f)
	f.Fuzz(func(t *testing.T, body string, signed bool) {
		r := ours.request(body)
		if signed {
			if err := httpsig.Sign(r, []byte(body), peer.keys[1], httpsig.RFC9421); err != nil {
				t.Fatal(err)
			}
		}
		// 503 is for what names a host that is not there.
		if got := ours.answer(r).Code; got >= 500 && got != http.StatusServiceUnavailable {
			t.Errorf("%d for %q: %s", got, body, ours.log)
		}
		ours.log.Reset()
		ours.host.received = nil
	})
}
