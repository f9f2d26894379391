package main

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/storagetest"
)

// A replay is a document of another program, and what becomes of it here.
type replay struct {
	file   string
	status int
	effect effect
}

// An effect is what a document does at a node that follows its sender.
type effect string

const (
	ignored   effect = "ignored"   // nothing of it is kept
	item      effect = "item"      // stands in the feed
	reply     effect = "reply"     // kept, and stands in no feed
	passedOn  effect = "passed on" // what it points to stands in the feed
	tombstone effect = "tombstone" // what it names is gone for ever
	follower  effect = "follower"  // its sender follows us
	unfollows effect = "unfollows" // its sender, who followed us, does not any more
	accepts   effect = "accepts"   // our Follow of its sender stands
	rejects   effect = "rejects"   // our Follow of its sender is refused
	profile   effect = "profile"   // what is known of its sender
	refused   effect = "refused"   // as ignored, and its sender is told
)

// TestReplayOwn has documents in the shapes in which programs send them.
func TestReplayOwn(t *testing.T) {
	t.Parallel()
	replayAll(t, filepath.Join("testdata", "replay"), ownReplays)
}

// TestReplayRecorded has documents that programs were seen to send.
func TestReplayRecorded(t *testing.T) {
	dir := os.Getenv("PERGOLA_PAYLOADS")
	if dir == "" {
		t.Skip("PERGOLA_PAYLOADS names no folder of recorded payloads")
	}
	replayAll(t, dir, recordedReplays)
}

// replayAll posts every document of a folder, signed by its sender, to a node
// that follows the sender, and looks at what the node made of it.
func replayAll(t *testing.T, dir string, replays []replay) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]replay{}
	for _, r := range replays {
		expected[r.file] = r
	}
	if len(files) != len(replays) {
		t.Errorf("%d documents, and %d are expected", len(files), len(replays))
	}
	// Documents of one id go to different nodes.
	var dispatches [][]dispatch
	seen := map[string]int{}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d := newDispatch(raw)
		name, _ := filepath.Rel(dir, path)
		d.file = filepath.ToSlash(name)
		n := seen[d.subject]
		if n == len(dispatches) {
			dispatches = append(dispatches, nil)
		}
		if d.subject != "" {
			seen[d.subject]++
		}
		dispatches[n] = append(dispatches[n], d)
	}
	for _, kind := range storagetest.Kinds() {
		for n, some := range dispatches {
			t.Run(fmt.Sprint(kind, " ", n), func(t *testing.T) {
				database := storagetest.Database(t, kind)
				synctest.Test(t, func(t *testing.T) {
					a := newAbroad(t, database)
					for _, d := range some {
						status, got := a.replay(d)
						if (replay{d.file, status, got}) != expected[d.file] {
							t.Errorf("{%q, %d, %s}: want %d, %s", d.file, status, got, expected[d.file].status, expected[d.file].effect)
						}
					}
				})
			})
		}
	}
}

// A dispatch is a document on its way: what is posted, by whom, and what it is
// about.
type dispatch struct {
	file           string
	body           map[string]any
	raw            []byte // what is posted; body is what it says
	typ            string
	actor, subject string
	inner          map[string]any // what is embedded
}

// newDispatch reads a document that was recorded. What is no activity is sent as
// its program would send it: an object is created by its author, an actor
// updates itself.
func newDispatch(raw []byte) dispatch {
	// Templates that stand for something of the receiver's.
	raw = bytes.ReplaceAll(raw, []byte("{{LOCAL_POST_URL}}"), []byte("https://cluster.example/o/1"))
	d := dispatch{raw: raw}
	if json.Unmarshal(raw, &d.body) != nil {
		return d
	}
	id, _ := d.body["id"].(string)
	if o, err := vocab.DecodeObject(raw); err == nil && o.Type != "Place" && o.Type != "Tombstone" {
		author := o.AttributedTo
		if author == "" {
			author = originOf(id) + "/author"
			d.body["attributedTo"] = author
		}
		d = d.wrapped("Create", author)
	} else if _, err := vocab.DecodeActor(raw); err == nil {
		d = d.wrapped("Update", id)
	}
	d.typ, _ = alone(d.body["type"]).(string)
	d.actor = idOf(d.body["actor"])
	d.subject = idOf(d.body["object"])
	d.inner, _ = alone(d.body["object"]).(map[string]any)
	if inner, _ := d.inner["type"].(string); d.typ == "Announce" && (inner == "Create" || inner == "Update") {
		d.inner, _ = d.inner["object"].(map[string]any)
		d.subject = idOf(d.inner)
	}
	return d
}

// wrapped is an activity around d.
func (d dispatch) wrapped(typ, actor string) dispatch {
	return d.with(map[string]any{"@context": d.body["@context"], "id": idOf(d.body) + "#" + typ, "type": typ, "actor": actor, "to": vocab.Public, "object": d.body})
}

func (d dispatch) with(body map[string]any) dispatch {
	d.body = body
	d.raw, _ = json.Marshal(body) // of what was JSON before
	return d
}

// alone is the first of several JSON values.
func alone(v any) any {
	if several, ok := v.([]any); ok && len(several) > 0 {
		return several[0]
	}
	return v
}

// idOf is the id of a JSON value that stands for something.
func idOf(v any) string {
	v = alone(v)
	if object, ok := v.(map[string]any); ok {
		v = object["id"]
	}
	id, _ := v.(string)
	return id
}

func originOf(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// An abroad is a node, and all hosts that there are for it. They show actors
// with keys made here, and what was passed on.
type abroad struct {
	*network
	node  *node
	key   *rsa.PrivateKey
	pages map[string]map[string]any // by host and path
}

func newAbroad(t *testing.T, database string) *abroad {
	t.Helper()
	net := newNetwork(t, map[string]string{"cluster": database}, []string{"cluster"})
	return &abroad{net, net.node("cluster"), foreignKey(t, "everybody abroad"), map[string]map[string]any{}}
}

// ServeHTTP implements [http.Handler].
func (a *abroad) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, ok := a.pages[r.Host+r.URL.RequestURI()]
	switch {
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusAccepted)
	case !ok:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", vocab.ContentType)
		json.NewEncoder(w).Encode(page)
	}
}

// show has the host of an id show a document there.
func (a *abroad) show(id string, page map[string]any) {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" {
		return
	}
	if u.Path == "" {
		u.Path = "/"
	}
	a.pages[u.Host+u.RequestURI()] = page
	if a.hosts[u.Host] == nil {
		a.hosts[u.Host] = a
	}
}

func (a *abroad) showActor(id string) {
	a.t.Helper()
	pem, err := httpsig.MarshalPublicKey(&a.key.PublicKey)
	if err != nil {
		a.t.Fatal(err)
	}
	a.show(id, map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person", "preferredUsername": "x",
		"inbox": originOf(id) + "/inbox", "publicKey": map[string]any{"id": id + "#main-key", "owner": id, "publicKeyPem": pem}})
}

// post posts what is signed by actor.
func (a *abroad) post(actor string, body []byte) int {
	a.t.Helper()
	r := httptest.NewRequest(http.MethodPost, a.node.base.String()+"/inbox", bytes.NewReader(body))
	r.Header.Set("Content-Type", vocab.ContentType)
	if err := httpsig.Sign(r, body, httpsig.Key{ID: actor + "#main-key", Private: a.key}, httpsig.Cavage); err != nil {
		a.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.node.handler.ServeHTTP(w, r)
	return w.Code
}

// replay posts d and says what became of it.
func (a *abroad) replay(d dispatch) (int, effect) {
	a.t.Helper()
	if _, err := vocab.Parse(d.raw); err == nil && originOf(d.actor) != "://" {
		a.showActor(d.actor)
		d = a.prepare(d)
	}
	actor := d.actor
	if actor == "" {
		actor = "https://nobody.example/nobody"
	}
	status := a.post(actor, d.raw)
	if status >= 500 {
		a.t.Errorf("%d for %s", status, d.raw)
	}
	a.settle()
	if status >= 400 {
		return status, refused
	}
	got, err := a.effectOf(d)
	if err != nil {
		a.t.Errorf("looking at what became of %s: %v", d.raw, err)
	}
	return status, got
}

// prepare makes what d needs: that its sender is followed or follows, that what
// it names is there. Who stands in it for the receiver becomes the node.
func (a *abroad) prepare(d dispatch) dispatch {
	a.t.Helper()
	self := a.node.base.String() + "/a/cluster"
	inner, _ := d.inner["type"].(string)
	article := map[string]any{"id": d.subject, "type": "Article", "name": "Something", "content": "<p>of somebody</p>", "to": vocab.Public}
	switch {
	case d.typ == "Follow":
		d.body["object"] = self
		return d.with(d.body)
	case d.typ == "Undo" && inner == "Follow":
		d.inner["object"] = self
		follow, err := json.Marshal(d.inner)
		if err != nil {
			a.t.Fatal(err)
		}
		if code := a.post(d.actor, follow); code != http.StatusAccepted {
			a.t.Errorf("%d for %s", code, follow)
		}
		return d.with(d.body)
	}
	followed, err := a.node.hub.Follow(a.t.Context(), hub.Program("test"), d.actor)
	var known *hub.InvalidError
	if errors.As(err, &known) && known.Fields[0].Problem == "followed_already" {
		err = nil
	}
	if err != nil {
		a.t.Errorf("following %s: %v", d.actor, err)
	}
	switch {
	case (d.typ == "Accept" || d.typ == "Reject") && inner == "Follow" && originOf(idOf(d.body)) == originOf(d.actor):
		d.inner["id"], d.inner["actor"], d.inner["object"] = followed.Activity, self, d.actor
		return d.with(d.body)
	case d.typ == "Delete" && originOf(d.subject) == originOf(d.actor):
		article["attributedTo"] = d.actor
		create, err := json.Marshal(map[string]any{"id": d.subject + "#created", "type": "Create", "actor": d.actor, "object": article})
		if err != nil {
			a.t.Fatal(err)
		}
		if code := a.post(d.actor, create); code != http.StatusAccepted {
			a.t.Errorf("%d for %s", code, create)
		}
	case d.typ == "Announce":
		page := d.inner
		if page["attributedTo"] == nil {
			article["attributedTo"], page = originOf(d.subject)+"/author", article
		}
		a.showActor(idOf(page["attributedTo"]))
		a.show(d.subject, page)
	}
	return d
}

// effectOf says what became of d.
func (a *abroad) effectOf(d dispatch) (got effect, err error) {
	ctx, h := a.t.Context(), a.node.hub
	got = ignored
	entry, missing := h.Entry(ctx, d.subject)
	kept := missing == nil
	var feed []hub.Entry
	if kept {
		if feed, err = h.Feed(ctx, hub.FeedFilter{Author: entry.Author}, hub.Page{Limit: 200}); err != nil {
			return "", err
		}
	}
	shown := false
	for _, e := range feed {
		shown = shown || e.ID == d.subject
	}
	err = a.node.db.View(ctx, func(tx hub.Tx) error {
		following, err := tx.Following(ctx, "cluster", d.actor)
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
		_, err = tx.Follower(ctx, "cluster", d.actor)
		isFollower := err == nil
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
		known, err := a.node.db.RemoteActor(ctx, d.actor)
		if err != nil && !errors.Is(err, federation.ErrNotFound) {
			return err
		}
		inner, _ := d.inner["type"].(string)
		switch {
		case d.typ == "Follow" && isFollower:
			got = follower
		case d.typ == "Undo" && inner == "Follow" && !isFollower:
			got = unfollows
		case d.typ == "Accept" && following.State == hub.Accepted:
			got = accepts
		case d.typ == "Reject" && following.State == hub.Refused:
			got = rejects
		case d.typ == "Delete" && errors.Is(missing, federation.ErrGone):
			got = tombstone
		case d.typ == "Announce" && shown && len(entry.Via) == 1 && entry.Via[0].ID == d.actor:
			got = passedOn
		case (d.typ == "Create" || d.typ == "Update") && kept && shown:
			got = item
		case (d.typ == "Create" || d.typ == "Update") && kept:
			got = reply
		case d.typ == "Update" && d.subject == d.actor && known.PreferredUsername != "x":
			got = profile
		}
		return nil
	})
	return got, err
}
