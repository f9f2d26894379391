package federation_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

// stranger is an actor of another program, as its documents are written there.
type stranger struct {
	id, keyID string
	key       *rsa.PrivateKey
}

// serve puts the stranger's document at its host. DOCUMENT may name KEY, which
// is its public key in PEM as JSON, ID and KEYID.
func (s stranger) serve(w *world, document, publicPEM string) {
	host := strings.Split(s.id, "/")[2]
	doc := text(document, "KEYID", s.keyID, "KEY", mustJSON(w.t, publicPEM), "ID", s.id)
	w.serveJSON(host, map[string]string{strings.TrimPrefix(s.id, "https://"+host): doc})
}

// sign signs by hand, as a program does that knows nothing of us.
func (s stranger) sign(t *testing.T, r *http.Request, body string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
	r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	signed := fmt.Sprintf("(request-target): post %s\nhost: %s\ndate: %s\ndigest: %s", r.URL.RequestURI(), r.Host, r.Header.Get("Date"), r.Header.Get("Digest"))
	hash := sha256.Sum256([]byte(signed))
	value, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="%s"`,
		s.keyID, base64.StdEncoding.EncodeToString(value)))
}

// TestInboxOddActors: actors and keys in the shapes in which programs have them.
func TestInboxOddActors(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	pkix := func(key *rsa.PrivateKey) string {
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	long := keyring()[2]
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&long.PublicKey)}))
	const (
		context = `"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],`
		rest    = `"id":"ID","type":"Person","preferredUsername":"bo","inbox":"https://other.example/inbox"`
		key     = `"publicKey":{"id":"KEYID","owner":"ID","publicKeyPem":KEY}`
		bo      = "https://other.example/u/bo"
	)
	for _, test := range []struct {
		name, id, keyID, document, pem string
		key                            *rsa.PrivateKey
	}{
		{"Mastodon: key id with a fragment", bo, bo + "#main-key", "{" + context + rest + "," + key + "}", pkix(long), long},
		{"GoToSocial: key id with a path", bo, bo + "/main-key", "{" + context + rest + "," + key + "}", pkix(long), long},
		{"key id with a query", bo, bo + "?key", "{" + context + rest + "," + key + "}", pkix(long), long},
		{"key id is the actor's", bo, bo, "{" + context + rest + "," + key + "}", pkix(long), long},
		{"WordPress: ids with a query", "https://other.example/?author=0", "https://other.example/?author=0#main-key", "{" + context + rest + "," + key + "}", pkix(long), long},
		{"Mobilizon: PKCS #1", bo, bo + "#main-key", "{" + context + rest + "," + key + "}", pkcs1, long},
		{"BookWyrm: 1024 bits", bo, bo + "/#main-key", "{" + context + rest + "," + key + "}", pkix(short), short},
		{"Bridgy Fed: no URL and no owner", bo, "bo.example", "{" + context + rest + `,"publicKey":{"id":"KEYID","publicKeyPem":KEY}}`, pkix(short), short},
		{"several keys", bo, bo + "#second", "{" + context + rest + `,"publicKey":[{"id":"ID#first","owner":"ID","publicKeyPem":"none"},{"id":"KEYID","owner":{"id":"ID"},"publicKeyPem":[KEY]}]}`, pkix(long), long},
		{"no context", bo, bo + "#main-key", "{" + rest + "," + key + "}", pkix(long), long},
		{"context without ActivityStreams", bo, bo + "#main-key", `{"@context":"https://w3id.org/security/v1",` + rest + "," + key + "}", pkix(long), long},
		{"prefixed type among others", bo, bo + "#main-key", "{" + context + strings.Replace(rest, `"Person"`, `["schema:Person","as:Person"]`, 1) + "," + key + "}", pkix(long), long},
		{"arrays of one, and nulls", bo, bo + "#main-key", "{" + context + `"id":"ID","type":["Person"],"inbox":["https://other.example/inbox"],"name":null,"icon":[null],"endpoints":[],` + key + "}", pkix(long), long},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			ours := w.node("node.example")
			s := stranger{test.id, test.keyID, test.key}
			s.serve(w, test.document, test.pem)
			body := fmt.Sprintf(`{"id":"https://other.example/x/1?n=1","type":"Follow","actor":%q,"object":"https://node.example/a/org"}`, s.id)
			r := ours.request(body)
			s.sign(t, r, body)
			if got := ours.answer(r).Code; got != 202 {
				t.Fatalf("%d: %s", got, ours.log)
			}
			if in := ours.host.received[0]; in.Actor.ID != s.id || in.Activity.Actor != s.id {
				t.Errorf("received of %s: %+v", in.Actor.ID, in.Activity)
			}
		})
	}
}

// TestInboxOddActivities: activities in the shapes in which programs send them.
func TestInboxOddActivities(t *testing.T) {
	const (
		peer = "https://peer.example/a/org"
		note = `"object":{"id":"https://peer.example/o/1","type":"Note","attributedTo":"` + peer + `","content":"x"}`
	)
	for _, test := range []struct {
		name, body string
		want       vocab.Activity
	}{
		{"scalars for arrays", `{"id":"https://peer.example/x/1","type":"Create","actor":"` + peer + `","to":"as:Public","cc":"` + peer + `/followers",` + note + `}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Create", ObjectID: "https://peer.example/o/1", To: []string{vocab.Public}, CC: []string{peer + "/followers"}}},
		{"arrays for scalars", `{"id":"https://peer.example/x/1","type":["Create"],"actor":["` + peer + `"],"object":[` + strings.TrimPrefix(note, `"object":`) + `]}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Create", ObjectID: "https://peer.example/o/1"}},
		{"objects for ids", `{"id":"https://peer.example/x/1","type":"Follow","actor":{"id":"` + peer + `","type":"Person"},"object":{"id":"https://node.example/a/org"},"to":{"id":"https://node.example/a/org"}}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Follow", ObjectID: "https://node.example/a/org", To: []string{"https://node.example/a/org"}}},
		{"prefixed types", `{"id":"https://peer.example/x/1","type":"as:Create","actor":"` + peer + `",` + strings.Replace(note, `"Note"`, `"as:Note"`, 1) + `}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Create", ObjectID: "https://peer.example/o/1"}},
		{"full type", `{"id":"https://peer.example/x/1","type":"https://www.w3.org/ns/activitystreams#Like","actor":"` + peer + `","object":"https://node.example/o/1"}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Like", ObjectID: "https://node.example/o/1"}},
		{"GoToSocial: Delete without an id", `{"@context":"https://www.w3.org/ns/activitystreams","type":"Delete","actor":"` + peer + `","object":"https://peer.example/o/1","to":"https://www.w3.org/ns/activitystreams#Public"}`,
			vocab.Activity{ID: "https://peer.example/o/1#delete", Type: "Delete", ObjectID: "https://peer.example/o/1", To: []string{vocab.Public}}},
		{"Delete of a Tombstone without an id", `{"id":null,"type":"Delete","actor":"` + peer + `","object":{"id":"https://peer.example/o/1","type":"Tombstone"}}`,
			vocab.Activity{ID: "https://peer.example/o/1#delete", Type: "Delete", ObjectID: "https://peer.example/o/1"}},
		{"Lemmy: what a member of another host did", `{"id":"https://peer.example/x/1","type":"Announce","actor":"` + peer + `","object":{"id":"https://other.example/x/2","type":"Create","actor":"https://other.example/u","object":{"id":"https://other.example/o/2","type":"Page","name":"forged"}}}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Announce", ObjectID: "https://other.example/x/2", Inner: &vocab.Activity{ID: "https://other.example/x/2", Type: "Create", ObjectID: "https://other.example/o/2"}}},
		{"nulls everywhere", `{"@context":null,"id":"https://peer.example/x/1","type":"Announce","actor":"` + peer + `","object":"https://node.example/o/1","to":null,"cc":[null],"published":null,"signature":null,"tag":null}`,
			vocab.Activity{ID: "https://peer.example/x/1", Type: "Announce", ObjectID: "https://node.example/o/1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, ours, other := twoNodes(t)
			if got := ours.post(t, other.keys[0], test.body); got != 202 {
				t.Fatalf("%d: %s", got, ours.log)
			}
			got := ours.host.received[0].Activity
			if got.ID != test.want.ID || got.Type != test.want.Type || got.Actor != peer || got.ObjectID != test.want.ObjectID ||
				fmt.Sprint(got.To, got.CC) != fmt.Sprint(test.want.To, test.want.CC) {
				t.Errorf("received %+v", got)
			}
			if diff := cmp.Diff(test.want.Inner, got.Inner); diff != "" {
				t.Errorf("inner (-want +got):\n%s", diff)
			}
			if test.want.Type == "Create" && (got.Object == nil || got.Object.Content.In("") != "x") {
				t.Errorf("received object %+v", got.Object)
			}
		})
	}
	// A Delete without an id is still somebody's.
	_, ours, other := twoNodes(t)
	for _, object := range []string{"https://victim.example/o/1", "https://peer.example/o/1#x", "urn:x", ""} {
		body := fmt.Sprintf(`{"type":"Delete","actor":%q,"object":%q}`, peer, object)
		if got := ours.post(t, other.keys[0], body); got != 403 && got != 400 || len(ours.host.received) != 0 {
			t.Errorf("Delete of %q: %d", object, got)
		}
	}
}

// TestActorBehindARedirect: an address of a host that redirects is not an actor
// of that host, whoever is found there.
func TestActorBehindARedirect(t *testing.T) {
	w := newWorld(t)
	ours := w.node("node.example")
	const document = `{"id":"ID","type":"Person","inbox":"https://evil.example/inbox","publicKey":{"id":"KEYID","owner":"ID","publicKeyPem":KEY}}`
	eve := stranger{"https://evil.example/eve", "eve", keyring()[2]}
	eve.serve(w, document, pemOf(t, &keyring()[2].PublicKey))
	w.serve("victim.example", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, r.URL.Query().Get("to"), http.StatusFound) // an open redirect
	})
	const claimed = "https://victim.example/go?to=https://evil.example/eve"
	if a, err := ours.Actor(context.Background(), claimed); err != nil || a.ID != eve.id {
		t.Fatalf("%s is %s, %v", claimed, a.ID, err)
	}
	body := fmt.Sprintf(`{"id":"https://victim.example/x/1","type":"Delete","actor":%q,"object":"https://victim.example/o/1"}`, claimed)
	r := ours.request(body)
	eve.sign(t, r, body)
	if got := ours.answer(r).Code; got != 403 || len(ours.host.received) != 0 {
		t.Errorf("%d, want 403", got)
	}
}
