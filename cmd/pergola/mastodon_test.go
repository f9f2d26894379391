package main

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

// A mastodon is a server of somebody else with one account: it signs as
// Mastodon does, takes what it is sent, and remembers it.
type mastodon struct {
	t     *testing.T
	net   *network
	host  string
	name  string
	key   *rsa.PrivateKey
	inbox []vocab.Activity
	n     int
	// answer is what its inbox says; 0 is 202.
	answer int
}

// mastodon puts an account on a host of its own into the network.
func (net *network) mastodon(host, name string) *mastodon {
	net.t.Helper()
	m := &mastodon{t: net.t, net: net, host: host, name: name, key: foreignKey(net.t, name+"@"+host)}
	net.hosts[host] = m
	return m
}

func (m *mastodon) id() string { return "https://" + m.host + "/users/" + m.name }

// ServeHTTP implements [http.Handler].
func (m *mastodon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body)
		a, err := vocab.DecodeActivity(body)
		if err != nil {
			m.t.Errorf("%s got what it cannot read: %v\n%s", m.host, err, body)
		}
		if m.answer == 0 {
			m.inbox = append(m.inbox, a)
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.WriteHeader(m.answer)
	case strings.HasPrefix(r.URL.Path, "/.well-known/webfinger"):
		w.Header().Set("Content-Type", "application/jrd+json")
		fmt.Fprintf(w, `{"subject":"acct:%s@%s","links":[{"rel":"self","type":"application/activity+json","href":"%s"}]}`, m.name, m.host, m.id())
	case "https://"+m.host+r.URL.Path == m.id():
		pem, err := httpsig.MarshalPublicKey(&m.key.PublicKey)
		if err != nil {
			m.t.Fatal(err)
		}
		w.Header().Set("Content-Type", "application/activity+json; charset=utf-8")
		json.NewEncoder(w).Encode(map[string]any{
			"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
			"id":       m.id(), "type": "Person", "preferredUsername": m.name, "name": "Bo",
			"inbox": m.id() + "/inbox", "outbox": m.id() + "/outbox", "endpoints": map[string]string{"sharedInbox": "https://" + m.host + "/inbox"},
			"publicKey": map[string]string{"id": m.id() + "#main-key", "owner": m.id(), "publicKeyPem": pem},
		})
	default:
		http.NotFound(w, r)
	}
}

// post sends an activity, signed as Mastodon signs, and returns the status.
func (m *mastodon) post(inbox string, activity map[string]any) int {
	m.t.Helper()
	m.n++
	if activity["id"] == nil {
		activity["id"] = fmt.Sprintf("%s/activities/%d", m.id(), m.n)
	}
	activity["@context"] = "https://www.w3.org/ns/activitystreams"
	if activity["type"] != "FeatureRequest" { // (Mastodon 4.6: FeatureRequestSerializer)
		activity["actor"] = m.id()
	}
	body, err := json.Marshal(activity)
	if err != nil {
		m.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, inbox, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/activity+json")
	if err := httpsig.Sign(r, body, httpsig.Key{ID: m.id() + "#main-key", Private: m.key}, httpsig.Cavage); err != nil {
		m.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.net.hosts[r.URL.Host].ServeHTTP(w, r)
	return w.Code
}

// follow follows a local actor by its id; the id of the Follow is returned.
func (m *mastodon) follow(actor string) string {
	m.t.Helper()
	id := m.id() + "/follows/1"
	if code := m.post(actor+"/inbox", map[string]any{"id": fmt.Sprintf("%s-%d", id, m.n), "type": "Follow", "object": actor}); code != http.StatusAccepted {
		m.t.Fatalf("Follow: status %d", code)
	}
	return id
}

// got are the activities of a type that arrived, in order.
func (m *mastodon) got(typ string) []vocab.Activity {
	var as []vocab.Activity
	for _, a := range m.inbox {
		if a.Type == typ {
			as = append(as, a)
		}
	}
	return as
}

// articles are the articles that were created at it.
func (m *mastodon) articles() []vocab.Object {
	var os []vocab.Object
	for _, a := range m.got("Create") {
		if a.Object != nil && a.Object.Type == "Article" {
			os = append(os, *a.Object)
		}
	}
	return os
}
