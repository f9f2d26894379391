package federation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// TestFollowPage asks servers of many kinds where one can follow from there.
func TestFollowPage(t *testing.T) {
	w, ours, _ := twoNodes(t)
	whom := vocab.Actor{ID: "https://klaszter.example/a/klaszter?x=1&y", Webfinger: "klaszter@klaszter.example"}
	const object, handle = "https%3A%2F%2Fklaszter.example%2Fa%2Fklaszter%3Fx%3D1%26y", "klaszter%40klaszter.example"
	// says puts a WebFinger answer with these links at a host.
	says := func(host string, links ...webfinger.Link) string {
		w.serve(host, func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/.well-known/webfinger" {
				http.NotFound(rw, r)
				return
			}
			rw.Header().Set("Content-Type", webfinger.ContentType)
			_ = json.NewEncoder(rw).Encode(webfinger.Descriptor{Subject: "acct:bo@" + host, Links: links})
		})
		return "@bo@" + host
	}
	intent := func(template string) webfinger.Link {
		return webfinger.Link{Rel: webfinger.RelFollow, Template: template}
	}
	subscribe := func(template string) webfinger.Link {
		return webfinger.Link{Rel: webfinger.RelSubscribe, Template: template}
	}
	self := func(href string) webfinger.Link {
		return webfinger.Link{Rel: webfinger.RelSelf, Type: "application/activity+json", Href: href}
	}
	for i, c := range []struct {
		links []webfinger.Link
		want  string
	}{
		{[]webfinger.Link{subscribe("https://HOST/authorize_interaction?uri={uri}")}, "https://HOST/authorize_interaction?uri=" + handle},
		{[]webfinger.Link{subscribe("https://HOST/old?{uri}"), intent("https://HOST/intents/follow?id={object}&then={on-success}&else={on-cancel}")},
			"https://HOST/intents/follow?id=" + object + "&then=&else="},
		{[]webfinger.Link{subscribe("https://other.HOST/follow?acct={uri}")}, "https://other.HOST/follow?acct=" + handle},
		{[]webfinger.Link{self("https://social.elsewhere.example/a/bo"), subscribe("https://social.elsewhere.example/f?{uri}")}, "https://social.elsewhere.example/f?" + handle},
		// An intent that is nonsense does not hide what works.
		{[]webfinger.Link{intent("https://HOST/nothing"), subscribe("https://HOST/f/{uri}")}, "https://HOST/f/" + handle},
		{nil, ""},
		{[]webfinger.Link{subscribe("https://phishing.example/?{uri}")}, ""},
		{[]webfinger.Link{subscribe("https://{uri}/")}, ""},
		{[]webfinger.Link{subscribe("javascript:alert('{uri}')")}, ""},
		{[]webfinger.Link{subscribe("data:text/html,{uri}")}, ""},
		{[]webfinger.Link{subscribe("//HOST/f?{uri}")}, ""},
		{[]webfinger.Link{subscribe("/f?{uri}")}, ""},
		{[]webfinger.Link{subscribe("http://HOST/f?{uri}")}, ""},
		{[]webfinger.Link{subscribe("https://me:secret@HOST/f?{uri}")}, ""},
		{[]webfinger.Link{subscribe("https://HOST@phishing.example/f?{uri}")}, ""},
		{[]webfinger.Link{subscribe("https://HOST/f?{uri}" + strings.Repeat("x", 4000))}, ""},
		{[]webfinger.Link{subscribe("https://HOST/f?{uri")}, ""},
	} {
		host := fmt.Sprintf("s%d.test", i)
		for j, l := range c.links {
			c.links[j].Template = strings.ReplaceAll(l.Template, "HOST", host)
		}
		page, err := ours.FollowPage(context.Background(), says(host, c.links...), whom)
		if want := strings.ReplaceAll(c.want, "HOST", host); err != nil || page != want {
			t.Errorf("%+v: %q, %v; want %q", c.links, page, err, want)
		}
	}

	says("social.test", subscribe("https://social.test/authorize_interaction?uri={uri}"))
	for _, account := range []string{"bo@social.test", " @Bo@SOCIAL.test ", "acct:bo@social.test", "https://social.test/@bo", "social.test", "Social.Test"} {
		page, err := ours.FollowPage(context.Background(), account, whom)
		if err != nil || page != "https://social.test/authorize_interaction?uri="+handle {
			t.Errorf("%q: %q, %v", account, page, err)
		}
	}
	// A server that knows nothing of itself is taken for one like Mastodon.
	w.serve("mute.test", http.NotFound)
	if page, err := ours.FollowPage(context.Background(), "mute.test", whom); err != nil || page != "https://mute.test/authorize_interaction?uri="+handle {
		t.Errorf("a server that says nothing: %q, %v", page, err)
	}
	// One of ours says where.
	if page, err := ours.FollowPage(context.Background(), "@org@peer.example", whom); err != nil || page != "https://peer.example/authorize_interaction?uri="+object {
		t.Errorf("one of ours: %q, %v", page, err)
	}
	for account, want := range map[string]error{
		"":                     federation.ErrMalformed,
		"@":                    federation.ErrMalformed,
		"not a host":           federation.ErrMalformed,
		"javascript://x.y":     federation.ErrMalformed,
		"@bo@mute.test":        federation.ErrNotFound,
		"@bo@down.example":     federation.ErrLater,
		"down.example":         federation.ErrLater,
		"@nobody@peer.example": federation.ErrNotFound,
	} {
		if page, err := ours.FollowPage(context.Background(), account, whom); !errors.Is(err, want) || page != "" {
			t.Errorf("%q: %q, %v; want %v", account, page, err, want)
		}
	}
}

// TestFollowPageStaysOutside: a visitor cannot have us ask our own network.
func TestFollowPageStaysOutside(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "klaszter.example"}
	s := federation.New(federation.Options{Base: base, Store: newStore(), Organisation: "org", Instance: "instance"})
	for _, account := range []string{"127.0.0.1", "localhost", "@bo@10.0.0.1", "[::1]", "https://192.168.0.1/@bo", "@bo@169.254.169.254", "127.0.0.1:8080", "@bo@localhost:5432"} {
		page, err := s.FollowPage(context.Background(), account, vocab.Actor{ID: "https://x.example/a", Webfinger: "a@x.example"})
		if page != "" || !errors.Is(err, federation.ErrForbidden) {
			t.Errorf("%s: %q, %v", account, page, err)
		}
	}
}

// TestPicture: where pictures are is said by strangers.
func TestPicture(t *testing.T) {
	w, ours, _ := twoNodes(t)
	kinds := map[string]string{
		"/a.png": "image/png", "/page": "text/html", "/doc": "application/activity+json", "/none": "", "/large": "image/png", "/inside": "image/png",
	}
	w.serve("pictures.test", func(rw http.ResponseWriter, r *http.Request) {
		kind, ok := kinds[r.URL.Path]
		switch {
		case r.URL.Path == "/gone":
			rw.WriteHeader(http.StatusGone)
		case r.URL.Path == "/moved":
			http.Redirect(rw, r, "/a.png", http.StatusFound)
		case r.URL.Path == "/down":
			http.Redirect(rw, r, "http://pictures.test/a.png", http.StatusFound)
		case r.URL.Path == "/round":
			http.Redirect(rw, r, "/round", http.StatusFound)
		case !ok:
			http.NotFound(rw, r)
		default:
			rw.Header()["Content-Type"] = []string{kind}
			size := 100
			if r.URL.Path == "/large" {
				size = 2 << 20
			}
			_, _ = rw.Write(make([]byte, size))
		}
	})
	for path, want := range map[string]error{
		"/a.png": nil, "/moved": nil,
		"/page": federation.ErrMalformed, "/doc": federation.ErrMalformed, "/none": federation.ErrMalformed, "/large": federation.ErrMalformed,
		"/nothing": federation.ErrNotFound, "/gone": federation.ErrGone, "/down": federation.ErrForbidden, "/round": federation.ErrForbidden,
	} {
		data, err := ours.Picture(context.Background(), "https://pictures.test"+path)
		if !errors.Is(err, want) || (want == nil) != (len(data) == 100) {
			t.Errorf("%s: %d octets, %v; want %v", path, len(data), err, want)
		}
	}
	base := &url.URL{Scheme: "https", Host: "klaszter.example"}
	guarded := federation.New(federation.Options{Base: base, Store: ours.store, Organisation: "org", Instance: "instance"})
	for _, address := range []string{"https://127.0.0.1/a.png", "http://pictures.test/a.png", "https://[::1]/a.png", "https://10.1.2.3/a.png", "file:///etc/passwd", "data:image/png;base64,AA"} {
		if data, err := guarded.Picture(context.Background(), address); err == nil {
			t.Errorf("%s: %d octets", address, len(data))
		}
	}
}
