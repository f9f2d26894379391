package federation_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// TestNegotiation has the Accept headers that real programs send.
func TestNegotiation(t *testing.T) {
	_, ours, _ := twoNodes(t)
	ours.host.documents[ours.base+"/o/1"] = federation.Document{JSON: []byte(`{"a":1}`), URL: ours.base + "/hu/i/1/x"}
	const json, page = 200, 303
	for accept, want := range map[string]int{
		"": json,
		"application/activity+json, application/ld+json":                                                                   json, // Mastodon
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json, text/html;q=0.1`: json, // Mastodon, search by URL
		`application/activity+json,application/ld+json;profile="https://www.w3.org/ns/activitystreams"`:                    json, // GoToSocial
		"application/activity+json": json, // Lemmy
		`application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`: json, // Misskey
		"application/json": json,
		"*/*":              json, // curl
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8":                                  page, // Firefox
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-ex": page, // Chromium
		"text/html": page,
		"TEXT/HTML;Q=0.5, application/json;q=0.4":    page,
		"text/html;q=0.1, application/activity+json": json,
		"text/html, application/activity+json":       json,
		"text/html;q=x, */*":                         json,
		"text/html;q=NaN, */*;q=0.1":                 json,
		"text/html;q=5, application/activity+json":   json,
		"text/plain": json,
		",,;;q=,":    json,
	} {
		for _, path := range []string{"/o/1", "/a/org"} {
			w := ours.get(path, "Accept", accept)
			if w.Code != want || w.Header().Get("Vary") != "Accept" {
				t.Errorf("%s %q: %d, want %d, Vary %q", path, accept, w.Code, want, w.Header().Get("Vary"))
			}
			if want == json && w.Header().Get("Content-Type") != vocab.ContentType {
				t.Errorf("%q: Content-Type %q", accept, w.Header().Get("Content-Type"))
			}
		}
	}
	if to := ours.get("/o/1", "Accept", "text/html").Header().Get("Location"); to != ours.base+"/hu/i/1/x" {
		t.Errorf("led to %q", to)
	}
}

func TestETag(t *testing.T) {
	_, ours, _ := twoNodes(t)
	id := ours.base + "/o/1"
	ours.host.documents[id] = federation.Document{JSON: []byte(`{"a":1}`)}
	first := ours.get("/o/1")
	tag := first.Header().Get("ETag")
	if first.Code != 200 || first.Body.String() != `{"a":1}` || !strings.HasPrefix(tag, `"`) || first.Header().Get("Cache-Control") == "" {
		t.Fatalf("%d %v", first.Code, first.Header())
	}
	for given, want := range map[string]int{
		tag: 304, `"other", ` + tag: 304, "W/" + tag: 304, "*": 304, `"other"`: 200, "": 200, "nonsense": 200,
	} {
		if w := ours.get("/o/1", "If-None-Match", given); w.Code != want || want == 304 && w.Body.Len() != 0 {
			t.Errorf("%q: %d, want %d", given, w.Code, want)
		}
	}
	ours.host.documents[id] = federation.Document{JSON: []byte(`{"a":2}`)}
	if w := ours.get("/o/1", "If-None-Match", tag); w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Errorf("changed: %d %s", w.Code, w.Header().Get("ETag"))
	}
}

func TestTombstone(t *testing.T) {
	_, ours, _ := twoNodes(t)
	ours.host.documents[ours.base+"/o/1"] = federation.Document{JSON: []byte(`{"type":"Tombstone"}`), Gone: true}
	w := ours.get("/o/1")
	if w.Code != 410 || w.Body.String() != `{"type":"Tombstone"}` || w.Header().Get("Content-Type") != vocab.ContentType {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestServe(t *testing.T) {
	_, ours, _ := twoNodes(t)
	ours.host.documents[ours.base+"/x/1"] = federation.Document{JSON: []byte(`{}`)}
	ours.host.collections["org/outbox/"] = vocab.Collection{ID: ours.base + "/a/org/outbox", Type: "OrderedCollection", TotalItems: 1, First: ours.base + "/a/org/outbox?page=1"}
	ours.host.collections["org/outbox/1"] = vocab.Collection{ID: ours.base + "/a/org/outbox?page=1", Type: "OrderedCollectionPage",
		PartOf: ours.base + "/a/org/outbox", TotalItems: -1, Items: []json.RawMessage{[]byte(`"https://node.example/x/1"`)}}
	for _, test := range []struct {
		method, path string
		want         int
		cors         string
	}{
		{"GET", "/a/org", 200, "*"},
		{"GET", "/a/ORG", 200, "*"},
		{"HEAD", "/a/org", 200, "*"},
		{"OPTIONS", "/a/org", 204, "*"},
		{"GET", "/a/instance", 200, "*"},
		{"GET", "/a/nobody", 404, "*"},
		{"GET", "/a/gone", 410, "*"},
		{"GET", "/a/org/outbox", 200, "*"},
		{"GET", "/a/org/outbox?page=1", 200, "*"},
		{"GET", "/a/org/outbox?page=9", 404, "*"},
		{"GET", "/a/org/secrets", 404, "*"},
		{"GET", "/x/1", 200, "*"},
		{"GET", "/x/2", 404, "*"},
		{"GET", "/o/../x/1", 404, ""},
		{"DELETE", "/a/org", 405, ""},
		{"POST", "/o/1", 405, ""},
		{"GET", "/inbox", 405, ""},
		{"PUT", "/inbox", 405, ""},
		{"OPTIONS", "/inbox", 405, ""},
		{"GET", "/a/org/inbox", 405, "*"},
		{"POST", "/a/org/outbox", 405, ""},
		{"GET", "/.well-known/host-meta", 200, "*"},
		{"GET", "/.well-known/nodeinfo", 200, "*"},
		{"OPTIONS", "/.well-known/webfinger", 204, "*"},
		{"GET", "/nodeinfo/2.1", 200, "*"},
		{"GET", "/nodeinfo/2.0", 200, "*"},
		{"GET", "/nodeinfo/1.0", 404, "*"},
		{"GET", "/elsewhere", 404, ""},
	} {
		w := httptest.NewRecorder()
		ours.handler.ServeHTTP(w, httptest.NewRequest(test.method, ours.base+test.path, nil))
		if w.Code != test.want || w.Header().Get("Access-Control-Allow-Origin") != test.cors {
			t.Errorf("%s %s: %d, CORS %q; want %d, %q", test.method, test.path, w.Code, w.Header().Get("Access-Control-Allow-Origin"), test.want, test.cors)
		}
		if w.Code == 200 && w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s may be sniffed", test.method, test.path)
		}
	}
	var page struct{ OrderedItems []string }
	if err := json.Unmarshal(ours.get("/a/org/outbox?page=1").Body.Bytes(), &page); err != nil || len(page.OrderedItems) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestWebfinger(t *testing.T) {
	_, ours, _ := twoNodes(t)
	const org, instance = "https://node.example/a/org", "https://node.example/a/instance"
	for resource, want := range map[string]string{
		"acct:org@node.example":                org,
		"acct:ORG@Node.Example":                org,
		"org@node.example":                     org,
		"acct:relay@node.example":              instance,
		"acct:instance@node.example":           instance,
		"https://node.example/a/org":           org,
		"https://node.example/a/instance":      instance,
		"https://node.example/":                org,
		"https://node.example":                 org,
		"https://node.example/hu/":             org,
		"https://node.example/hu":              org,
		"acct:nobody@node.example":             "404",
		"acct:org@other.example":               "404",
		"acct:org@node.example:8443":           "404",
		"https://other.example/":               "404",
		"https://node.example/o/1":             "404",
		"https://node.example/hu/i/1":          "404",
		"https://node.example/a/org/followers": "404",
		"acct:gone@node.example":               "410",
		"":                                     "400",
		"org":                                  "400",
		"acct:@node.example":                   "400",
		strings.Repeat("x", 3000):              "400",
	} {
		w := ours.get("/.well-known/webfinger?resource=" + url.QueryEscape(resource))
		if len(want) == 3 {
			if http.StatusText(w.Code) == "" || mustJSON(t, w.Code) != want {
				t.Errorf("%q: %d, want %s", resource, w.Code, want)
			}
			continue
		}
		d, err := webfinger.Decode(w.Body.Bytes())
		if err != nil || d.Self() != want || w.Header().Get("Content-Type") != "application/jrd+json" {
			t.Errorf("%q: %d %s, %v; want %s", resource, w.Code, d.Self(), err, want)
		}
	}
	if w := ours.get("/.well-known/webfinger"); w.Code != 400 {
		t.Errorf("without resource: %d", w.Code)
	}
}

func TestWebfingerDescriptor(t *testing.T) {
	_, ours, _ := twoNodes(t)
	read := func(query string) (d webfinger.Descriptor) {
		if err := json.Unmarshal(ours.get("/.well-known/webfinger?"+query).Body.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := webfinger.Descriptor{
		Subject: "acct:org@node.example",
		Aliases: []string{"https://node.example/", "https://node.example/a/org"},
		Links: []webfinger.Link{
			{Rel: "http://webfinger.net/rel/profile-page", Type: "text/html", Href: "https://node.example/"},
			{Rel: "self", Type: "application/activity+json", Href: "https://node.example/a/org"},
			{Rel: "http://ostatus.org/schema/1.0/subscribe", Template: "https://node.example/authorize_interaction?uri={uri}"},
			{Rel: "https://w3id.org/fep/3b86/Follow", Template: "https://node.example/authorize_interaction?uri={object}"},
			{Rel: "http://webfinger.net/rel/avatar", Type: "image/png", Href: "https://node.example/media/logo.png"},
		},
	}
	if diff := cmp.Diff(want, read("resource=acct:org@node.example")); diff != "" {
		t.Error(diff)
	}
	service := webfinger.Link{Rel: webfinger.RelService, Type: "application/activity+json", Href: "https://node.example/a/instance"}
	got := read("resource=https://node.example/")
	if len(got.Links) != 6 || got.Links[5] != service || got.Self() != "https://node.example/a/org" {
		t.Errorf("%+v", got)
	}
	got = read("resource=acct:org@node.example&rel=self&rel=nothing")
	if len(got.Links) != 1 || got.Links[0].Rel != "self" {
		t.Errorf("%+v", got)
	}
}

func TestNodeinfo(t *testing.T) {
	_, ours, _ := twoNodes(t)
	var list struct{ Links []struct{ Rel, Href string } }
	if err := json.Unmarshal(ours.get("/.well-known/nodeinfo").Body.Bytes(), &list); err != nil || len(list.Links) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, link := range list.Links[:2] {
		path := strings.TrimPrefix(link.Href, ours.base)
		w := ours.get(path)
		var doc struct {
			Version  string
			Software struct{ Name, Version string }
			Usage    struct{ LocalPosts int }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Version != strings.TrimPrefix(path, "/nodeinfo/") || doc.Software.Name != "pergola" || doc.Software.Version != "0.1.0" || doc.Usage.LocalPosts != 7 {
			t.Errorf("%s: %+v", path, doc)
		}
		if want := `application/json; profile="` + link.Rel + `#"`; w.Header().Get("Content-Type") != want {
			t.Errorf("%s: %q", path, w.Header().Get("Content-Type"))
		}
	}
	if list.Links[2].Href != ours.base+"/a/instance" {
		t.Errorf("application %+v", list.Links[2])
	}
}

// HEAD answers as GET does, without a body.
func TestHead(t *testing.T) {
	_, ours, _ := twoNodes(t)
	ours.host.documents[ours.base+"/o/1"] = federation.Document{JSON: []byte(`{"a":1}`), URL: ours.base + "/hu/i/1/x"}
	for _, path := range []string{"/a/org", "/o/1", "/nodeinfo/2.1", "/.well-known/host-meta", "/.well-known/webfinger?resource=acct:org@node.example", "/o/2"} {
		head := httptest.NewRecorder()
		ours.handler.ServeHTTP(head, httptest.NewRequest(http.MethodHead, ours.base+path, nil))
		get := ours.get(path)
		for _, name := range []string{"Content-Type", "Etag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"} {
			if head.Header().Get(name) != get.Header().Get(name) {
				t.Errorf("%s: HEAD says %s %q, GET %q", path, name, head.Header().Get(name), get.Header().Get(name))
			}
		}
		if head.Code != get.Code || head.Code == http.StatusOK && head.Body.Len() > 0 {
			t.Errorf("%s: HEAD %d with %d octets, GET %d", path, head.Code, head.Body.Len(), get.Code)
		}
	}
}

// What a proxy says of host and scheme changes no id.
func TestIDsAreOfTheBaseURL(t *testing.T) {
	_, ours, _ := twoNodes(t)
	ours.host.collections["org/outbox/"] = vocab.Collection{ID: ours.base + "/a/org/outbox", Type: "OrderedCollection", First: ours.base + "/a/org/outbox?page=1"}
	for _, path := range []string{
		"/a/org", "/a/instance", "/a/org/outbox", "/nodeinfo/2.1", "/.well-known/nodeinfo", "/.well-known/host-meta",
		"/.well-known/webfinger?resource=acct:org@node.example",
	} {
		r := httptest.NewRequest(http.MethodGet, "http://10.0.0.7:8080"+path, nil)
		for name, value := range map[string]string{
			"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "8080",
			"X-Original-Url": "/a/evil", "Forwarded": "host=evil.example;proto=http", "X-Forwarded-Prefix": "/evil",
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		ours.handler.ServeHTTP(w, r)
		if diff := cmp.Diff(ours.get(path).Body.String(), w.Body.String()); diff != "" || w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, diff)
		}
	}
}

func TestHostMeta(t *testing.T) {
	_, ours, _ := twoNodes(t)
	w := ours.get("/.well-known/host-meta")
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/xrd+xml") ||
		!strings.Contains(w.Body.String(), `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">`) ||
		!strings.Contains(w.Body.String(), `rel="lrdd"`) ||
		!strings.Contains(w.Body.String(), `template="https://node.example/.well-known/webfinger?resource={uri}"`) {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
}

// An inbox says 202 and nothing more, and nothing to scripts of other sites.
func TestInboxAnswersNothing(t *testing.T) {
	_, ours, peer := twoNodes(t)
	w := ours.answer(ours.signed(t, peer.keys[0], httpsig.Cavage, createText))
	if w.Code != http.StatusAccepted || w.Body.Len() != 0 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}
