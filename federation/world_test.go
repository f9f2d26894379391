package federation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/nodeinfo"
	"pergola/federation/vocab"
)

// A world is hosts that reach each other without sockets.
type world struct {
	t     testing.TB
	mu    sync.Mutex
	hosts map[string]http.Handler
	asked []string // "METHOD URL" of every request
}

func newWorld(t testing.TB) *world {
	return &world{t: t, hosts: map[string]http.Handler{}}
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	h := w.hosts[r.URL.Host]
	w.asked = append(w.asked, r.Method+" "+r.URL.String())
	w.mu.Unlock()
	if h == nil {
		return nil, errors.New("connection refused")
	}
	// Not with r's context: chi keeps its route there, and a host knows nothing
	// of what the other one is doing.
	in := httptest.NewRequest(r.Method, r.URL.String(), r.Body)
	in.Header = r.Header.Clone()
	if r.Host != "" {
		in.Host = r.Host
	}
	in.RequestURI = r.URL.RequestURI()
	out := httptest.NewRecorder()
	h.ServeHTTP(out, in)
	resp := out.Result()
	resp.Request = r
	return resp, nil
}

// requests are those so far whose text contains part.
func (w *world) requests(part string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.asked {
		if strings.Contains(a, part) {
			n++
		}
	}
	return n
}

// serve puts a handler at a host.
func (w *world) serve(host string, h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[host] = h
}

// serveJSON puts documents at a host, by path.
func (w *world) serveJSON(host string, docs map[string]string) {
	w.serve(host, func(rw http.ResponseWriter, r *http.Request) {
		doc, ok := docs[r.URL.RequestURI()]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", vocab.ContentType)
		fmt.Fprint(rw, doc)
	})
}

// A node is a server with a host and a store that keep what they are given.
type node struct {
	*federation.Server
	host    *host
	store   *store
	handler http.Handler
	base    string
	keys    []httpsig.Key // of the organisation
	log     *bytes.Buffer
}

// keyring has RSA keys: they take long to make.
var keyring = sync.OnceValue(func() []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, 3)
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = k
	}
	return keys
})

// node makes a node of that host name, with the actors org and instance.
func (w *world) node(host string) *node {
	return w.nodeWith(host, func(*federation.Options) {})
}

func (w *world) nodeWith(name string, change func(*federation.Options)) *node {
	w.t.Helper()
	return w.nodeOn(&url.URL{Scheme: "https", Host: name}, change)
}

func (w *world) nodeOn(base *url.URL, change func(*federation.Options)) *node {
	w.t.Helper()
	n := &node{base: base.String(), log: &bytes.Buffer{}, host: newHost(), store: newStore()}
	for i, actor := range []string{"org", "instance"} {
		a, keys := n.actor(w.t, actor, keyring()[i])
		n.host.actors[actor] = a
		n.store.signing[actor] = keys
	}
	n.keys = n.store.signing["org"]
	o := federation.Options{
		Base:         base,
		Client:       &http.Client{Transport: w},
		Store:        n.store,
		Version:      "0.1.0",
		Organisation: "org",
		Instance:     "instance",
		Log:          slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	change(&o)
	n.Server = federation.New(o)
	n.handler = n.Handler(n.host)
	w.serve(base.Host, n.handler.ServeHTTP)
	return n
}

// actor makes a local actor with an RSA and an Ed25519 key.
func (n *node) actor(t testing.TB, name string, key *rsa.PrivateKey) (vocab.Actor, []httpsig.Key) {
	t.Helper()
	id := n.base + "/a/" + name
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kind := "Organization"
	if name == "instance" {
		kind = "Application"
	}
	a := vocab.Actor{
		ID: id, Type: kind, PreferredUsername: name, Name: vocab.Text{{Value: "The " + name}},
		URL: n.base + "/", Inbox: id + "/inbox", Outbox: id + "/outbox", Followers: id + "/followers",
		SharedInbox: n.base + "/inbox", Icon: vocab.Picture{URL: n.base + "/media/logo.png", MediaType: "image/png"},
		Keys: []vocab.Key{
			{ID: id + "#main-key", Owner: id, PEM: pemOf(t, &key.PublicKey)},
			{ID: id + "#ed25519-key", Owner: id, Multibase: httpsig.Multibase(public)},
		},
		Implements: []string{vocab.ImplementsRFC9421, vocab.ImplementsRFC9421Ed25519},
	}
	return a, []httpsig.Key{{ID: id + "#main-key", Private: key}, {ID: id + "#ed25519-key", Private: private}}
}

func pemOf(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	text, err := httpsig.MarshalPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// post signs body as key and gives it to an inbox of n; the answer's status.
func (n *node) post(t testing.TB, key httpsig.Key, body string) int {
	t.Helper()
	return n.answer(n.signed(t, key, httpsig.Cavage, body)).Code
}

func (n *node) signed(t testing.TB, key httpsig.Key, scheme httpsig.Scheme, body string) *http.Request {
	t.Helper()
	r := n.request(body)
	if err := httpsig.Sign(r, []byte(body), key, scheme); err != nil {
		t.Fatal(err)
	}
	return r
}

func (n *node) request(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, n.base+"/inbox", strings.NewReader(body))
	r.Header.Set("Content-Type", vocab.ContentType)
	return r
}

func (n *node) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	n.handler.ServeHTTP(w, r)
	return w
}

func (n *node) get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, n.base+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return n.answer(r)
}

// text replaces OURS and the like in a JSON text.
func text(format string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(format)
}

// A host keeps what it receives, and answers what it was told to.
type host struct {
	mu          sync.Mutex
	actors      map[string]vocab.Actor
	documents   map[string]federation.Document
	collections map[string]vocab.Collection
	received    []federation.Inbound
	receive     func(federation.Inbound) error
	examines    map[string]bool // by actor
}

func newHost() *host {
	return &host{
		actors:      map[string]vocab.Actor{},
		documents:   map[string]federation.Document{},
		collections: map[string]vocab.Collection{},
		receive:     func(federation.Inbound) error { return nil },
	}
}

func (h *host) Refuses(_ context.Context, actor, typ string) (bool, error) {
	return strings.Contains(actor, "/a/blocked") && typ != "Follow", nil
}

func (h *host) Examines(_ context.Context, actor string) (bool, error) { return h.examines[actor], nil }

func (h *host) LocalActor(_ context.Context, name string) (vocab.Actor, error) {
	if name == "gone" {
		return vocab.Actor{}, federation.ErrGone
	}
	a, ok := h.actors[strings.ToLower(name)]
	if !ok {
		return vocab.Actor{}, federation.ErrNotFound
	}
	return a, nil
}

func (h *host) Receive(_ context.Context, in federation.Inbound) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received = append(h.received, in)
	return h.receive(in)
}

func (h *host) Document(_ context.Context, id string) (federation.Document, error) {
	d, ok := h.documents[id]
	if !ok {
		return federation.Document{}, federation.ErrNotFound
	}
	return d, nil
}

func (h *host) Collection(_ context.Context, actor, collection, page string) (vocab.Collection, error) {
	c, ok := h.collections[actor+"/"+collection+"/"+page]
	if !ok {
		return vocab.Collection{}, federation.ErrNotFound
	}
	return c, nil
}

func (h *host) Usage(context.Context) (nodeinfo.Usage, error) {
	return nodeinfo.Usage{Users: 2, LocalPosts: 7, Name: "Cluster"}, nil
}

// A store keeps everything in maps, and counts how often it is asked.
type store struct {
	mu      sync.Mutex
	signing map[string][]httpsig.Key
	remote  map[string]federation.RemoteActor
	peers   map[string]federation.Peer
	saved   int // peers
	asked   int // anything
}

func newStore() *store {
	return &store{
		signing: map[string][]httpsig.Key{},
		remote:  map[string]federation.RemoteActor{},
		peers:   map[string]federation.Peer{},
	}
}

func (s *store) SigningKeys(_ context.Context, name string) ([]httpsig.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	keys, ok := s.signing[name]
	if !ok {
		return nil, federation.ErrNotFound
	}
	return keys, nil
}

func (s *store) RemoteActor(_ context.Context, id string) (federation.RemoteActor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	a, ok := s.remote[id]
	if !ok {
		return federation.RemoteActor{}, federation.ErrNotFound
	}
	return a, nil
}

func (s *store) KeyOwner(_ context.Context, keyID string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	for id, a := range s.remote {
		for _, k := range a.Keys {
			if k.ID == keyID {
				return id, nil
			}
		}
	}
	return "", federation.ErrNotFound
}

func (s *store) SaveRemoteActor(_ context.Context, a federation.RemoteActor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.remote[a.ID] = a
	return nil
}

func (s *store) Peer(_ context.Context, host string) (federation.Peer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return s.peers[host], nil
}

func (s *store) SavePeer(_ context.Context, p federation.Peer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.saved++
	s.peers[p.Host] = p
	return nil
}

// age makes a kept actor older than it is.
func (s *store) age(id string, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.remote[id]
	a.Fetched = a.Fetched.Add(-by)
	s.remote[id] = a
}

// An outbox keeps what it is given.
type outbox struct {
	activities []federation.SentActivity
	deliveries []string // key and inbox
}

func (o *outbox) InsertActivity(_ context.Context, a federation.SentActivity) error {
	o.activities = append(o.activities, a)
	return nil
}

func (o *outbox) EnqueueDeliveries(_ context.Context, _ federation.SentActivity, key string, inboxes []string) error {
	for _, inbox := range inboxes {
		o.deliveries = append(o.deliveries, key+" "+inbox)
	}
	return nil
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func arrivals(to *[]string) func(context.Context, string) {
	return func(_ context.Context, host string) { *to = append(*to, host) }
}
