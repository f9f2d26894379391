package nodeinfo_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/nodeinfo"
)

// keys are the members of a JSON object, sorted. The schemas say
// additionalProperties: false, so one too many is as wrong as one missing.
func keys(t *testing.T, v any) []string {
	t.Helper()
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%v is no object", v)
	}
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

func TestDocumentKeepsToTheSchema(t *testing.T) {
	for _, version := range []string{"2.0", "2.1"} {
		b, err := nodeinfo.Document(version, "0.1.0", nodeinfo.Usage{
			Users: 3, ActiveMonth: 2, ActiveHalfyear: 3, LocalPosts: 41,
			Name: "Optika Klaszter", Description: "Fény",
		})
		if err != nil {
			t.Fatal(err)
		}
		var d map[string]any
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		want := []string{"metadata", "openRegistrations", "protocols", "services", "software", "usage", "version"}
		if diff := cmp.Diff(want, keys(t, d)); diff != "" {
			t.Errorf("%s: %s", version, diff)
		}
		if d["version"] != version {
			t.Errorf("version %v, want %s", d["version"], version)
		}
		sw := d["software"].(map[string]any)
		if diff := cmp.Diff([]string{"name", "version"}, keys(t, sw)); diff != "" {
			t.Errorf("%s software: %s", version, diff)
		}
		if name := sw["name"].(string); !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(name) {
			t.Errorf("software.name %q", name)
		}
		u := d["usage"].(map[string]any)
		if diff := cmp.Diff([]string{"localComments", "localPosts", "users"}, keys(t, u)); diff != "" {
			t.Errorf("%s usage: %s", version, diff)
		}
		wantUsers := map[string]any{"total": 3.0, "activeMonth": 2.0, "activeHalfyear": 3.0}
		if diff := cmp.Diff(wantUsers, u["users"]); diff != "" {
			t.Errorf("%s users: %s", version, diff)
		}
		wantServices := map[string]any{"inbound": []any{}, "outbound": []any{}}
		if diff := cmp.Diff(wantServices, d["services"]); diff != "" {
			t.Errorf("%s services: %s", version, diff)
		}
		wantMeta := map[string]any{"nodeName": "Optika Klaszter", "nodeDescription": "Fény"}
		if diff := cmp.Diff(wantMeta, d["metadata"]); diff != "" {
			t.Errorf("%s metadata: %s", version, diff)
		}
	}
}

func TestDocumentOfAnUnknownVersion(t *testing.T) {
	if _, err := nodeinfo.Document("1.0", "0.1.0", nodeinfo.Usage{}); err == nil {
		t.Error("version 1.0 was written")
	}
}

func TestLinks(t *testing.T) {
	b, err := nodeinfo.Links("https://node.example", "https://node.example/a/instance")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"links":[` +
		`{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"https://node.example/nodeinfo/2.1"},` +
		`{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://node.example/nodeinfo/2.0"},` +
		`{"rel":"https://www.w3.org/ns/activitystreams#Application","href":"https://node.example/a/instance"}]}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Error(diff)
	}
}

func FuzzInstallation(f *testing.F) {
	f.Add([]byte(`{"version":"2.1","metadata":{"installation":"01J"}}`))
	f.Add([]byte(`{"version":"2.0","metadata":[]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if id, err := nodeinfo.Installation(doc); err != nil && id != "" {
			t.Errorf("%q is of %q, and %v", doc, id, err)
		}
	})
}
