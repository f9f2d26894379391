package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub"
)

// Whatever somebody writes who is followed, no page and no feed of ours runs it
// or leads to it.
func TestInjection(t *testing.T) {
	story(t, []string{"assoc"}, func(t *testing.T, net *network) {
		m := net.mastodon("evil.example", "eve")
		n := net.node("assoc")
		if _, err := n.hub.Follow(t.Context(), hub.Program("test"), "@eve@evil.example"); err != nil {
			t.Fatal(err)
		}
		net.settle()
		const script, data, markup = "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", `"><script>alert(1)</script><img src=x onerror=alert(1)>`
		hostile := func(id, typ string) map[string]any {
			return map[string]any{
				"id": "https://evil.example/posts/" + id, "type": typ, "attributedTo": m.id(), "to": vocab.Public,
				"name": "Piszkos " + id + markup, "summary": markup + " kivonat", "url": script,
				"content": `<p onclick="alert(1)">Szöveg <a href="` + script + `">egy</a> <a href="JaVa&#x09;Script:alert(1)">két</a> <a href="` + data + `">há</a></p>` +
					`<iframe src="https://evil.example/"></iframe><svg onload=alert(1)><style>*{x:y}</style><form action="https://evil.example/"><input></form><base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example">`,
				"tag":        []any{map[string]any{"type": "Hashtag", "name": "#" + markup, "href": script}},
				"icon":       map[string]any{"type": "Image", "url": data},
				"image":      map[string]any{"type": "Image", "url": script},
				"attachment": []any{map[string]any{"type": "Link", "href": script, "name": markup}, map[string]any{"type": "Document", "mediaType": "image/png" + markup, "url": data, "name": markup}, map[string]any{"type": "PropertyValue", "name": markup, "value": `<a href="` + script + `">x</a>`}},
				"startTime":  "2000-06-01T10:00:00Z", "endTime": "2000-06-01T12:00:00Z", "timezone": markup, "externalParticipationUrl": script, "joinMode": "external",
				"location":   map[string]any{"type": "Place", "name": markup, "url": script, "address": map[string]any{"type": "PostalAddress", "addressLocality": markup, "addressCountry": markup}},
				"organizers": []any{map[string]any{"type": "Organization", "name": markup, "url": script}},
				"purpose":    "request", "inLanguage": markup, "contentMap": map[string]any{markup: markup},
			}
		}
		var paths []string
		for id, typ := range map[string]string{"hir": "Article", "esemeny": "Event", "felhivas": "Note"} {
			if code := m.post("https://assoc.example/inbox", map[string]any{"type": "Create", "object": hostile(id, typ)}); code != http.StatusAccepted {
				t.Fatalf("%s: status %d", typ, code)
			}
			paths = append(paths, "/hu/item?id="+url.QueryEscape("https://evil.example/posts/"+id))
		}
		actor := map[string]any{"id": m.id(), "type": "Person", "preferredUsername": "eve" + markup, "name": "Éva" + markup, "summary": markup, "url": script,
			"inbox": m.id() + "/inbox", "icon": map[string]any{"type": "Image", "url": data}, "publicKey": map[string]any{"id": m.id() + "#k", "owner": m.id(), "publicKeyPem": "x"}}
		if code := m.post("https://assoc.example/inbox", map[string]any{"type": "Update", "object": actor}); code != http.StatusAccepted {
			t.Fatalf("Update of the actor: status %d", code)
		}
		seen := 0
		for _, path := range append(paths, "/hu/", "/hu/shared", "/hu/events", "/hu/calls", "/hu/clusters", "/hu/feed.atom", "/hu/feed.json") {
			w := httptest.NewRecorder()
			n.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://assoc.example"+path, nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s: status %d", path, w.Code)
			}
			body := strings.ToLower(w.Body.String())
			if strings.Contains(body, "piszkos") {
				seen++
			}
			for _, bad := range []string{`href="javascript`, `href="data:`, `src="data:`, "<script>alert", "<img src=x", "onerror=alert(1)>", " onclick=", "<iframe", "<svg onload", `action="https://evil`, "<base", "http-equiv=refresh", `"javascript:`, `"data:`} {
				if at := strings.Index(body, bad); at >= 0 {
					t.Errorf("%s has %q: …%.200s", path, bad, body[max(0, at-100):])
				}
			}
		}
		if seen < 6 {
			t.Errorf("%d pages show what was sent, want all that are looked at", seen)
		}
	})
}
