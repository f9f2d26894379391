package webfinger_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/webfinger"
)

func TestParse(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"acct:alice@node.example", "acct:alice@node.example"},
		{"ACCT:Alice@Node.Example", "acct:Alice@node.example"},
		{"alice@node.example", "acct:alice@node.example"},
		{"@alice@node.example", "acct:alice@node.example"},
		{"acct:alice@alice.localhost:8080", "acct:alice@alice.localhost:8080"},
		{"acct:alice@[::1]:8080", "acct:alice@[::1]:8080"},
		{"@iroda@kőszeg.example", "acct:iroda@xn--kszeg-49a.example"},
		{"https://Node.Example/", "https://node.example/"},
		{"https://node.example/a/x?y=z", "https://node.example/a/x?y=z"},
		{"http://alice.localhost:8080/", "http://alice.localhost:8080/"},
	} {
		r, err := webfinger.Parse(test.in)
		if err != nil || r.String() != test.want {
			t.Errorf("Parse(%q) = %s, %v; want %s", test.in, r, err, test.want)
		}
	}
	for _, in := range []string{
		"", "alice", "@alice", "acct:", "acct:@node.example", "acct:alice@", "alice@node@example",
		"acct:a b@node.example", "acct:alice@node.example/x", "acct:alice@node.example:", "acct:alice@node.example:x",
		"https://", "https:///path", "https://user:pass@node.example/", "https://node example/", "mailto:alice@node.example",
		"javascript:alert(1)", "acct:alice@[::1", "acct:alice@[fe80::1%25eth0]", strings.Repeat("a", 3000) + "@node.example",
	} {
		if r, err := webfinger.Parse(in); !errors.Is(err, webfinger.ErrMalformed) {
			t.Errorf("Parse(%.40q) = %s, %v; want ErrMalformed", in, r, err)
		}
	}
}

func TestDescriptor(t *testing.T) {
	const raw = `{"subject":"acct:alice@node.example","aliases":["https://node.example/@alice"],"properties":{"x":null},
		"links":[{"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"https://node.example/@alice"},
		{"rel":"self","type":"text/html","href":"https://node.example/wrong"},
		{"rel":"self","type":"application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"https://node.example/a/alice","titles":{}}]}`
	d, err := webfinger.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if d.Self() != "https://node.example/a/alice" {
		t.Errorf("self is %q", d.Self())
	}
	if got := d.Only([]string{webfinger.RelProfile}).Links; len(got) != 1 || got[0].Rel != webfinger.RelProfile {
		t.Errorf("only the profile: %v", got)
	}
	if got := d.Only(nil).Links; len(got) != 3 {
		t.Errorf("all: %v", got)
	}
	for _, bad := range []string{"", "[]", "{", `{"links":5}`, strings.Repeat("[", 100000)} {
		if _, err := webfinger.Decode([]byte(bad)); !errors.Is(err, webfinger.ErrMalformed) {
			t.Errorf("Decode(%.20q): %v", bad, err)
		}
	}
}

func TestHostMeta(t *testing.T) {
	var x struct {
		XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
		Link    struct {
			Rel      string `xml:"rel,attr"`
			Template string `xml:"template,attr"`
		}
	}
	if err := xml.Unmarshal(webfinger.HostMeta("https://node.example"), &x); err != nil {
		t.Fatal(err)
	}
	if x.Link.Rel != "lrdd" || x.Link.Template != "https://node.example/.well-known/webfinger?resource={uri}" {
		t.Errorf("%+v", x.Link)
	}
}

// answers is a network of one answer.
type answers func(*http.Request) (int, string)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := a(r)
	if status == 0 {
		return nil, errors.New("no route to host")
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r, Header: http.Header{}}, nil
}

func TestLookup(t *testing.T) {
	want := webfinger.Descriptor{
		Subject: "acct:alice@node.example",
		Links:   []webfinger.Link{{Rel: "self", Type: "application/activity+json", Href: "https://node.example/a/alice"}},
	}
	good, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const asked = "https://node.example/.well-known/webfinger?resource=acct%3Aalice%40node.example"
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   webfinger.Descriptor
		err    error
	}{
		{"good", 200, string(good), want, nil},
		{"unknown", 404, "", webfinger.Descriptor{}, webfinger.ErrNotFound},
		{"suspended", 410, "", webfinger.Descriptor{}, webfinger.ErrNotFound},
		{"a page", 200, "<!doctype html>", webfinger.Descriptor{}, webfinger.ErrMalformed},
		{"too long", 200, `{"subject":"` + strings.Repeat("x", 1<<20), webfinger.Descriptor{}, webfinger.ErrMalformed},
	} {
		client := &http.Client{Transport: answers(func(r *http.Request) (int, string) {
			if r.URL.String() != asked {
				t.Errorf("asked %s", r.URL)
			}
			return test.status, test.body
		})}
		r, err := webfinger.Parse("alice@node.example")
		if err != nil {
			t.Fatal(err)
		}
		d, err := webfinger.Lookup(context.Background(), client, "https://node.example", r)
		if diff := cmp.Diff(test.want, d); diff != "" || !errors.Is(err, test.err) {
			t.Errorf("%s: %v %s", test.name, err, diff)
		}
	}
	for _, status := range []int{0, 500} {
		client := &http.Client{Transport: answers(func(*http.Request) (int, string) { return status, "" })}
		_, err := webfinger.Lookup(context.Background(), client, "https://node.example", webfinger.Resource{User: "a", Host: "node.example"})
		if err == nil || errors.Is(err, webfinger.ErrNotFound) {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"acct:alice@node.example", "@a@b", "https://node.example/", "acct:a@[::1]:80", "a@b:c", "@iroda@kőszeg.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := webfinger.Parse(s)
		if err != nil {
			return
		}
		again, err := webfinger.Parse(r.String())
		if err != nil || again.String() != r.String() {
			t.Errorf("%q reads as %s, and that as %s, %v", s, r, again, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"subject":"acct:a@b","links":[{"rel":"self","type":"application/activity+json","href":"https://b/a"}]}`))
	f.Add([]byte(`{"links":[null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := webfinger.Decode(raw)
		if err == nil {
			d.Only([]string{"self"}).Self()
		}
	})
}
