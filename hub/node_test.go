package hub_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/locale"
	"pergola/storage"
	"pergola/storage/blob"
	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// A node is a hub on a database, with others around it that are only told of.
type node struct {
	*hub.Hub
	t  *testing.T
	db *storage.DB
	// net are the documents of other hosts, by URL.
	net *peers
	o   hub.Organisation
}

const (
	self  = "https://assoc.example/a/assoc"
	relay = "https://assoc.example/a/relay"
)

// each runs a test on a node on each kind of database.
func each(t *testing.T, f func(n *node)) {
	t.Helper()
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB) { f(newNode(t, db)) })
}

// eachInTime is each in a bubble where time passes by itself.
func eachInTime(t *testing.T, f func(n *node)) {
	t.Helper()
	keyring()
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		synctest.Test(t, func(t *testing.T) { f(newNode(t, storagetest.Open(t, database))) })
	})
}

func newNode(t *testing.T, db *storage.DB) *node {
	t.Helper()
	n := &node{t: t, db: db, net: &peers{docs: map[string]string{}}}
	n.o = hub.Organisation{Name: "assoc", Kind: hub.Association, Title: vocab.Text{{Lang: "hu", Value: "Klaszterszövetség"}, {Lang: "en", Value: "Cluster Association"}},
		Languages: []string{"hu", "en"}, Zone: "Europe/Budapest", BoostAll: true, Founded: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Updated: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	n.update(func(tx hub.Tx) error {
		errs := []error{tx.SaveOrganisation(t.Context(), n.o)}
		for _, k := range keyring() {
			errs = append(errs, tx.InsertKeyPair(t.Context(), k))
		}
		return errors.Join(errs...)
	})
	n.Hub = open(t, db, n.net)
	return n
}

// open is another hub on the same database.
func open(t *testing.T, db *storage.DB, net http.RoundTripper) *hub.Hub {
	t.Helper()
	return openWith(t, db, net, folderAt(t, t.TempDir()), folderAt(t, t.TempDir()))
}

// openWith is open with folders for uploads and for copies.
func openWith(t *testing.T, db *storage.DB, net http.RoundTripper, media, cache hub.Files) *hub.Hub {
	t.Helper()
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	base := &url.URL{Scheme: "https", Host: "assoc.example"}
	fed := federation.New(federation.Options{Base: base, Client: &http.Client{Transport: net}, Store: db, Organisation: "assoc", Instance: hub.Instance})
	return hub.New(hub.Options{Store: twice{db}, Federation: fed, Base: base, Locale: texts, Log: slog.New(slog.DiscardHandler),
		Media: media, Cache: cache})
}

// folderAt is one for files.
func folderAt(t *testing.T, dir string) *blob.Store {
	t.Helper()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// keyring has the keys of the two actors: RSA keys take long to make.
var keyring = sync.OnceValue(func() (pairs []hub.KeyPair) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	_, short, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	for _, actor := range []string{"assoc", hub.Instance} {
		for use, key := range map[string]any{hub.MainKey: long, hub.Ed25519Key: short} {
			der, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				panic(err)
			}
			pairs = append(pairs, hub.KeyPair{Actor: actor, Use: use, ID: "https://assoc.example/a/" + actor + "#" + use, Sealed: "plain", Private: der, Created: time.Now()})
		}
	}
	return pairs
})

// twice is a store that does everything once for nothing before, as after a
// conflict with another process: hub must not mind.
type twice struct{ *storage.DB }

var errAgain = errors.New("again")

func (s twice) Update(ctx context.Context, f func(hub.Tx) error) error {
	err := s.DB.Update(ctx, func(tx hub.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return errAgain
	})
	if !errors.Is(err, errAgain) {
		return err
	}
	return s.DB.Update(ctx, f)
}

// peers answer GETs of what other hosts publish.
type peers struct {
	mu    sync.Mutex
	docs  map[string]string
	asked []string
}

func (p *peers) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r.URL.String())
	w := httptest.NewRecorder()
	if doc, ok := p.docs[r.URL.String()]; ok {
		w.Header().Set("Content-Type", vocab.ContentType)
		if strings.HasSuffix(r.URL.Path, ".png") {
			w.Header().Set("Content-Type", "image/png")
		}
		fmt.Fprint(w, doc)
	} else {
		w.WriteHeader(http.StatusNotFound)
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

func (n *node) update(f func(hub.Tx) error) {
	n.t.Helper()
	if err := n.db.Update(n.t.Context(), f); err != nil {
		n.t.Fatal(err)
	}
}

// read is what f finds.
func read[T any](n *node, f func(context.Context, hub.Tx) (T, error)) T {
	n.t.Helper()
	var v T
	err := n.db.View(n.t.Context(), func(tx hub.Tx) (err error) {
		v, err = f(n.t.Context(), tx)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return v
}

// item is an item as it is kept.
func (n *node) item(id string) hub.Item {
	n.t.Helper()
	return read(n, func(ctx context.Context, tx hub.Tx) (hub.Item, error) { return tx.Item(ctx, id) })
}

// ok fails the test at once when something did not work.
func (n *node) ok(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// refuses wants an error.
func (n *node) refuses(what string, err, want error) {
	n.t.Helper()
	if !errors.Is(err, want) {
		n.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// refusesField wants an InvalidError that reads like this.
func (n *node) refusesField(what string, err error, want string) {
	n.t.Helper()
	var invalid *hub.InvalidError
	if !errors.As(err, &invalid) || err.Error() != want {
		n.t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// same compares what can be compared.
func same[T comparable](n *node, what string, got, want T) {
	n.t.Helper()
	if got != want {
		n.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// waiting is what waits for a host, in order: "Create", "fetch object".
func (n *node) waiting(host string) string {
	n.t.Helper()
	n.passOn()
	jobs := read(n, func(ctx context.Context, tx hub.Tx) ([]hub.Job, error) {
		return tx.Jobs(ctx, host, hub.Page{Limit: 200})
	})
	slices.SortFunc(jobs, func(a, b hub.Job) int { return strings.Compare(a.ID, b.ID) })
	var kinds []string
	for _, j := range jobs {
		kind, _, _ := strings.Cut(j.What, " ")
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, " ")
}

// passOn has all boosts leave that wait for nothing but their pause.
func (n *node) passOn() {
	n.t.Helper()
	_, err := n.PassOn(n.t.Context(), time.Now().Add(hub.BoostPause))
	n.ok(err)
}

// deliver does what waits, without anybody getting it.
func (n *node) deliver() {
	n.t.Helper()
	n.passOn()
	for did, err := true, error(nil); did; {
		did, err = n.db.Queue().Step(n.t.Context(), func(context.Context, queue.Job) error { return nil })
		n.ok(err)
	}
}

// An other is somebody on another host.
type other struct{ id string }

func (o other) host() string {
	u, err := url.Parse(o.id)
	if err != nil {
		panic(err)
	}
	return u.Host
}

func (o other) actor() vocab.Actor {
	return vocab.Actor{ID: o.id, Type: "Organization", PreferredUsername: "them", Name: vocab.Text{{Lang: "hu", Value: "Ők"}}, URL: o.id,
		Inbox: o.id + "/inbox", Outbox: o.id + "/outbox"}
}

const (
	photonics = "https://photonics.example/a/photonics"
	optics    = "https://optics.example/a/optics"
)

// other makes somebody known to the node.
func (n *node) other(id string) other {
	n.t.Helper()
	o := other{id}
	n.ok(n.db.SaveRemoteActor(n.t.Context(), federation.RemoteActor{Actor: o.actor(), Fetched: time.Now()}))
	return o
}

// followed makes somebody known whom the node follows.
func (n *node) followed(id string) other {
	n.t.Helper()
	o := n.other(id)
	n.update(func(tx hub.Tx) error {
		return tx.SaveFollowing(n.t.Context(), hub.Following{Local: "assoc", Actor: id, State: hub.Accepted, Activity: "https://assoc.example/x/f", Since: time.Now()})
	})
	return o
}

// follower makes somebody known who follows a local actor.
func (n *node) follower(id, local string) other {
	n.t.Helper()
	o := n.other(id)
	n.update(func(tx hub.Tx) error {
		return tx.SaveFollower(n.t.Context(), hub.Follower{Local: local, Actor: id, Inbox: id + "/inbox", Activity: id + "/follow", Since: time.Now()})
	})
	return o
}

// sends has somebody do something; an activity without an id gets a new one.
func (n *node) sends(o other, a vocab.Activity) error {
	n.t.Helper()
	a.Actor = o.id
	if a.ID == "" {
		a.ID = o.id + "/x/" + rand.Text()
	}
	if a.Object != nil {
		a.ObjectID, a.ObjectType = a.Object.ID, a.Object.Type
	}
	return n.Receive(n.t.Context(), federation.Inbound{Activity: a, Actor: o.actor(), Raw: []byte("{}"), At: time.Now()})
}

// takes has somebody do something that is taken in.
func (n *node) takes(o other, a vocab.Activity) {
	n.t.Helper()
	n.ok(n.sends(o, a))
}

// article is a public article of somebody.
func (o other) article(name, title string) *vocab.Object {
	return &vocab.Object{ID: o.id + "/o/" + name, Type: "Article", AttributedTo: o.id, Name: vocab.Text{{Lang: "hu", Value: title}},
		Content: vocab.Text{{Lang: "hu", Value: "<p>Szöveg</p>"}}, To: []string{vocab.Public}, Published: time.Now().Add(-time.Hour)}
}

// document is what is fetched of it.
func (o other) document(obj *vocab.Object) string {
	b, err := obj.JSON()
	if err != nil {
		panic(err)
	}
	return string(b)
}

// titles are those of the shared feed, or of the own items.
func (n *node) titles(own bool) string {
	n.t.Helper()
	es, err := n.Feed(n.t.Context(), hub.FeedFilter{Own: own}, hub.Page{Limit: 200})
	n.ok(err)
	var titles []string
	for _, e := range es {
		titles = append(titles, e.Texts[0].Title)
	}
	return strings.Join(titles, ", ")
}

// deeds are what was recorded, oldest first.
func (n *node) deeds() string {
	n.t.Helper()
	ds, err := n.Deeds(n.t.Context(), office(), hub.Page{Limit: 200})
	n.ok(err)
	var did []string
	for _, d := range slices.Backward(ds) {
		did = append(did, d.Did)
	}
	return strings.Join(did, " ")
}

// outbox are the activities of the public outbox, newest first.
func (n *node) outbox() []vocab.Activity {
	n.t.Helper()
	n.passOn()
	c, err := n.Collection(n.t.Context(), "assoc", "outbox", "first")
	n.ok(err)
	var as []vocab.Activity
	for _, raw := range c.Items {
		a, err := vocab.DecodeActivity(raw)
		n.ok(err)
		as = append(as, a)
	}
	return as
}

func editor() hub.Who { return hub.Who{Account: "editor", Name: "editor", Role: hub.Editor} }
func office() hub.Who { return hub.Who{Account: "office", Name: "office", Role: hub.Office} }

func news(title string) hub.Item {
	return hub.Item{Type: hub.News, Texts: []hub.ItemText{{Lang: "hu", Title: title, Markdown: "Szöveg."}}}
}

// at is a moment in so many days, at ten in Budapest.
func at(days int) hub.When {
	return hub.When{Local: time.Now().AddDate(0, 0, days).Format("2006-01-02") + "T10:00", Zone: "Europe/Budapest"}
}

func event(title string, start hub.When) hub.Item {
	it := news(title)
	it.Type, it.Event = hub.AnEvent, &hub.Event{Start: start, Place: vocab.Place{Name: "Szeged"}}
	return it
}

func call(title string, deadline hub.When) hub.Item {
	it := news(title)
	it.Type, it.Call = hub.ACall, &hub.Call{Purpose: hub.Offer, Deadline: deadline}
	return it
}

// raw is a value as JSON.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
