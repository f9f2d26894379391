package vocab_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pergola/federation/vocab"
)

var update = flag.Bool("update", false, "write the golden files anew")

type document interface{ JSON() ([]byte, error) }

// samples is everything that we send, by the name of its golden file.
func samples() map[string]document {
	return map[string]document{
		"actor":                  sampleActor(),
		"instance-actor":         sampleInstance(),
		"article":                sampleArticle(),
		"tombstone":              tombstone(),
		"call-closed":            closedCall(),
		"create-article":         publishing("Create", sampleArticle()),
		"create-event":           publishing("Create", sampleEvent()),
		"create-event-online":    publishing("Create", onlineEvent()),
		"create-event-hybrid":    publishing("Create", hybridEvent()),
		"create-call":            publishing("Create", sampleCall()),
		"update-event-cancel":    publishing("Update", cancelledEvent()),
		"update-event-moved":     publishing("Update", movedEvent()),
		"update-actor":           updatingActor(),
		"delete":                 publishing("Delete", tombstone()),
		"follow":                 doing("Follow", "https://other.example/u/é"),
		"announce":               doing("Announce", "https://other.example/o/1"),
		"create-event-joined":    publishing("Create", joinedEvent()),
		"accept":                 answering("Accept", "Follow"),
		"tentative-accept":       answering("TentativeAccept", "Join"),
		"undo":                   answering("Undo", "Announce"),
		"undo-follow":            unfollowing(),
		"delete-agreement":       to(doing("Delete", node+"/o/01JCONFIRMED"), somebody),
		"reject-follow":          answering("Reject", "Follow"),
		"reject-join":            answering("Reject", "Join"),
		"delete-authorization":   to(doing("Delete", node+"/o/01JCONSENT"), somebody),
		"reject-feature":         to(doing("Reject", "https://other.example/x/1"), somebody),
		"ignore-join":            to(doing("Ignore", "https://other.example/join/1"), somebody),
		"pin":                    pinning("Add"),
		"unpin":                  pinning("Remove"),
		"create-answer":          publishing("Create", sampleAnswer()),
		"create-private-answer":  to(publishing("Create", privateAnswer()), somebody),
		"create-notice":          publishing("Create", sampleNotice()),
		"collection":             sampleCollection(),
		"collection-page":        samplePage(),
		"collection-empty":       emptyCollection(),
		"collection-nested":      nestedCollection(),
		"feature-request":        featureRequest(),
		"accept-feature":         featureAccept(),
		"offer":                  offering(),
		"update-offer":           aboutOffer("Update"),
		"undo-offer":             aboutOffer("Undo"),
		"accept-offer":           aboutOffer("Accept"),
		"condition-offer":        aboutOffer("TentativeAccept"),
		"ask-back-offer":         aboutOffer("TentativeReject"),
		"reject-offer":           aboutOffer("Reject"),
		"remove-member":          removingMember(),
		"answer-call":            answeringCall(),
		"talk-answer":            aboutAnswer("TentativeAccept"),
		"agree-answer":           aboutAnswer("Accept"),
		"decline-answer":         aboutAnswer("Reject"),
		"expire-answer":          aboutAnswer("Ignore"),
		"undo-answer":            undoingAnswer(),
		"want-introduction":      introducing(false),
		"introduce":              introducing(true),
		"undo-introduction":      undoingIntroduction(),
		"confirm-agreement":      confirming(),
		"invite":                 inviting(),
		"accept-invite":          aboutInvite("Accept"),
		"reject-invite":          aboutInvite("Reject"),
		"undo-invite":            aboutInvite("Undo"),
		"update-event-joint":     publishing("Update", jointEvent()),
		"create-event-programme": publishing("Create", programmeEvent()),
		"update-position":        publishing("Update", signedPosition()),
	}
}

// written is what we send and do not read ourselves, and all that we read.
func written() map[string]document {
	all := samples()
	list, update, add := featuredCollection(), doing("Update", self+"/members"), doing("Add", node+"/o/01JITEM")
	update.Collection, add.Item, add.Target = &list, &list.Items[0], list.ID
	all["featured-collection"], all["update-featured"], all["add-featured"] = list, update, add
	all["featured-item"] = list.Items[0]
	all["feature-authorization"] = vocab.FeatureAuthorization{ID: node + "/o/01JCONSENT", Collection: "https://other.example/c/1", Actor: self}
	all["members"], all["bodies"] = membersCollection(), bodiesCollection()
	return all
}

func sampleMember() vocab.Member {
	return vocab.Member{
		ID: self + "/directory#01JALFA", Name: "Alfa Optika Kft.", Kind: "Corporation", Form: "Kft.", Region: "HU31", Country: "HU",
		Sectors: []string{"C", "N"}, Keywords: []string{"optika", "lézer"}, Offers: "Lencsék & tükrök", Website: "https://alfa.example/",
		Since: "2012-05", Of: self, SameAs: "https://alfa.example/a/alfa",
	}
}

func membersCollection() vocab.Collection {
	item, _ := sampleMember().Document()
	id := self + "/directory"
	return vocab.Collection{ID: id + "?page=first", Type: "OrderedCollectionPage", TotalItems: 1, PartOf: id, Items: []json.RawMessage{item}, Members: true}
}

func sampleBody() vocab.Body {
	return vocab.Body{
		ID: self + "/bodies#01JBODY", Of: self, Level: 1,
		Name:    vocab.Text{{Lang: "hu", Value: "Stratégiai Bizottság"}, {Lang: "en", Value: "Strategic Committee"}},
		Mandate: vocab.Text{{Lang: "hu", Value: "Dönt a tagfelvételről & a stratégiáról."}},
		Seats: []vocab.Seat{
			{Name: "Kovács Ilona", Role: "elnök", From: "2024-05-01", Until: "2027"},
			{Name: "Alfa Optika Kft.", IsOrganisation: true},
		},
	}
}

func bodiesCollection() vocab.Collection {
	item, _ := sampleBody().Document()
	id := self + "/bodies"
	return vocab.Collection{ID: id + "?page=first", Type: "OrderedCollectionPage", TotalItems: 1, PartOf: id, Items: []json.RawMessage{item}, Members: true}
}

// What we write of a body we read the same, but for the HTML of its mandate.
func TestBody(t *testing.T) {
	want := sampleBody()
	raw, err := want.Document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := vocab.DecodeBody(raw)
	want.Mandate[0].Value = "<p>Dönt a tagfelvételről &amp; a stratégiáról.</p>"
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{``, `[]`, `"https://a.example/x"`, `{"type":"Person","name":"A"}`, `{"name":"A"}`} {
		if _, err := vocab.DecodeBody([]byte(bad)); err == nil {
			t.Errorf("%s is a body", bad)
		}
	}
	odd := `{"type":"Organization","id":"https://a.example/b","attachment":{"propertyID":"governanceLevel","value":"7"},` +
		`"member":[null,"x",{"member":"https://a.example/c"},{"member":{"name":""}},{"roleName":"elnök","member":{"name":["Kiss Pál"]}}]}`
	got, err = vocab.DecodeBody([]byte(odd))
	if err != nil || got.Level != 0 || len(got.Seats) != 1 || got.Seats[0].Name != "Kiss Pál" || got.Seats[0].IsOrganisation {
		t.Errorf("%s is read as %+v, %v", odd, got, err)
	}
}

// What we write of a member we read the same, but for the HTML of what it offers.
func TestMember(t *testing.T) {
	want := sampleMember()
	raw, err := want.Document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := vocab.DecodeMember(raw)
	want.Offers = "<p>Lencsék &amp; tükrök</p>"
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{``, `[]`, `"https://a.example/x"`, `{"type":"Person","name":"A"}`, `{"name":"A"}`} {
		if _, err := vocab.DecodeMember([]byte(bad)); err == nil {
			t.Errorf("%s is a member", bad)
		}
	}
}

func TestGolden(t *testing.T) {
	for name, doc := range written() {
		t.Run(name, func(t *testing.T) {
			got := encode(t, doc)
			var indented bytes.Buffer
			if err := json.Indent(&indented, got, "", "  "); err != nil {
				t.Fatal(err)
			}
			indented.WriteByte('\n')
			path := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(path, indented.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), indented.String()); diff != "" {
				t.Errorf("%s is written differently (-want +got):\n%s", name, diff)
			}
		})
	}
}

func TestWhatWeWriteWeReadTheSame(t *testing.T) {
	for name, doc := range samples() {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(doc, decode(t, encode(t, doc)), sameDocument()...); diff != "" {
				t.Errorf("%s is read differently (-written +read):\n%s", name, diff)
			}
		})
	}
}

func TestOneValueHasOneForm(t *testing.T) {
	for name, doc := range written() {
		first := encode(t, doc)
		for range 20 {
			if again := encode(t, doc); !bytes.Equal(first, again) {
				t.Fatalf("%s is written in two ways:\n%s\n%s", name, first, again)
			}
		}
	}
}

// What peers fall over must never be written. (Gancio 1.22, Mobilizon 5,
// Mastodon 4.5)
func TestNoFormThatPeersRefuse(t *testing.T) {
	for name, doc := range written() {
		b := encode(t, doc)
		if bytes.Contains(b, []byte("null")) {
			t.Errorf("%s contains null: %s", name, b)
		}
		if bytes.Contains(b, []byte(`\u003c`)) {
			t.Errorf("%s escapes HTML: %s", name, b)
		}
		if !bytes.HasPrefix(b, []byte(`{"@context":"https://www.w3.org/ns/activitystreams",`)) &&
			!bytes.HasPrefix(b, []byte(`{"@context":["https://www.w3.org/ns/activitystreams",`)) {
			t.Errorf("%s begins with %.80s", name, b)
		}
		if n := bytes.Count(b, []byte(`"@context"`)); n != 1 {
			t.Errorf("%s has %d contexts", name, n)
		}
		if err := guard(b); err != nil {
			t.Errorf("%s does not pass our own guard: %v", name, err)
		}
		var m any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		checkForms(t, name, m)
	}
}

func checkForms(t *testing.T, name string, v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			checkForms(t, name, item)
		}
	case map[string]any:
		for key, value := range v {
			if key == "@context" {
				continue
			}
			_, isArray := value.([]any)
			switch key {
			case "to", "cc", "tag", "attachment", "items", "orderedItems":
				if !isArray {
					t.Errorf("%s: %s is no array: %v", name, key, value)
				}
			case "type", "location", "publicKey", "status", "url":
				if isArray {
					t.Errorf("%s: %s is an array: %v", name, key, value)
				}
			}
			checkForms(t, name, value)
		}
		typ, _ := v["type"].(string)
		if typ == "Note" && v["summary"] != nil {
			t.Errorf("%s: a Note with a summary", name)
		}
		if attachments, ok := v["attachment"].([]any); ok {
			for _, a := range attachments {
				a := a.(map[string]any)
				if a["type"] != "PropertyValue" && a["mediaType"] == nil {
					t.Errorf("%s: an attachment without mediaType: %v", name, a)
				}
			}
		}
	}
}

func TestNothingIsWrittenOfTypesThatWeDoNotSend(t *testing.T) {
	for _, doc := range []document{
		vocab.Activity{ID: self, Type: "Travel", Actor: self}, vocab.Object{ID: self, Type: "Video"},
		vocab.Actor{ID: self, Type: "Robot"}, vocab.Collection{ID: self, Type: "List"},
		publishing("Create", vocab.Object{Type: "Proposal"}),
	} {
		if b, err := doc.JSON(); !errors.Is(err, vocab.ErrUnknownType) {
			t.Errorf("JSON() = %s, %v; want %v", b, err, vocab.ErrUnknownType)
		}
	}
	for _, doc := range []document{
		vocab.Activity{ID: self, Type: "Like"},
		vocab.Collection{Type: "Collection", Items: []json.RawMessage{json.RawMessage(`{`)}},
	} {
		if b, err := doc.JSON(); !errors.Is(err, vocab.ErrMalformed) {
			t.Errorf("JSON() = %s, %v; want %v", b, err, vocab.ErrMalformed)
		}
	}
}

func encode(t testing.TB, doc document) []byte {
	t.Helper()
	b, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decode returns what the bytes say, as a value of one of our structs.
func decode(t testing.TB, b []byte) document {
	t.Helper()
	d, err := vocab.Decode(b)
	switch {
	case err != nil:
		t.Fatalf("Decode: %v\n%s", err, b)
	case d.Activity != nil:
		return *d.Activity
	case d.Object != nil:
		return *d.Object
	case d.Actor != nil:
		return *d.Actor
	case d.Collection != nil:
		return *d.Collection
	}
	t.Fatalf("Decode found nothing in %s", b)
	return nil
}

func sameDocument() []cmp.Option {
	return []cmp.Option{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(vocab.Activity{}, "Raw"),
		cmpopts.IgnoreFields(vocab.Object{}, "Raw"),
		cmpopts.IgnoreFields(vocab.Actor{}, "Raw"),
		// When the first page is embedded, First is not written beside it.
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".First" }, cmp.Comparer(func(a, b string) bool {
			return a == b || b == ""
		})),
	}
}
