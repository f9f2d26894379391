package federation_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// TestInboxPayloads posts what other programs were seen to send, as their
// actors, whose keys we have made.
func TestInboxPayloads(t *testing.T) {
	dir := os.Getenv("PERGOLA_PAYLOADS")
	if dir == "" {
		t.Skip("PERGOLA_PAYLOADS names no folder of recorded payloads")
	}
	// What is refused, and why that is right. All others are taken.
	refused := map[string]int{
		"mbin/announce_create_entry.json":    400, // id scrubbed
		"mbin/reject_follow.json":            400, // id scrubbed
		"lemmy/remove_note.json":             403, // a moderator of another host
		"malformed/move_actor_mismatch.json": 403,
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %d files", err, len(files))
	}
	posted := 0
	for _, file := range files {
		name, _ := filepath.Rel(dir, file)
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		actor := actorOf(body)
		if actor == "" {
			continue
		}
		posted++
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ours := w.node("node.example")
			key := w.actorAt(actor)
			want := refused[filepath.ToSlash(name)]
			if want == 0 {
				want = 202
			}
			if got := ours.post(t, key, string(body)); got != want {
				t.Errorf("%d, want %d: %s", got, want, ours.log)
			}
		})
	}
	if posted < 30 {
		t.Errorf("only %d of %d files are activities", posted, len(files))
	}
}

// actorOf is the actor of an activity, "" for what is none.
func actorOf(body []byte) string {
	var a struct{ Actor json.RawMessage }
	if json.Unmarshal(body, &a) != nil || len(a.Actor) == 0 {
		return ""
	}
	var id string
	var object struct{ ID string }
	var list []json.RawMessage
	switch {
	case json.Unmarshal(a.Actor, &id) == nil:
	case json.Unmarshal(a.Actor, &object) == nil:
		id = object.ID
	case json.Unmarshal(a.Actor, &list) == nil && len(list) == 1:
		return actorOf([]byte(fmt.Sprintf(`{"actor":%s}`, list[0])))
	}
	if strings.Contains(id, "{{") {
		return ""
	}
	return id
}

// actorAt puts an actor where its id says, and returns its key.
func (w *world) actorAt(id string) httpsig.Key {
	u, err := url.Parse(id)
	if err != nil {
		w.t.Fatal(err)
	}
	pem := mustJSON(w.t, pemOf(w.t, &keyring()[2].PublicKey))
	doc := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","preferredUsername":"x",
		"inbox":"%s://%s/inbox","publicKey":{"id":"%s#main-key","owner":%q,"publicKeyPem":%s}}`, id, u.Scheme, u.Host, id, id, pem)
	w.serve(u.Host, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", vocab.ContentType)
		fmt.Fprint(rw, doc)
	})
	return httpsig.Key{ID: id + "#main-key", Private: keyring()[2]}
}
