package vocab_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

// note is an object with members beside those that every object has.
func note(members string) string {
	return object("Note", members)
}

func object(typ, members string) string {
	if members != "" {
		members = "," + members
	}
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/o/1","type":%q%s}`, typ, members)
}

func readObject(t *testing.T, doc string) vocab.Object {
	t.Helper()
	o, err := vocab.DecodeObject([]byte(doc))
	if err != nil {
		t.Fatalf("DecodeObject(%s): %v", doc, err)
	}
	return o
}

func TestTextInLanguages(t *testing.T) {
	many := make([]string, 30)
	for i := range many {
		many[i] = fmt.Sprintf(`"x-%d":"text"`, i)
	}
	for _, tt := range []struct {
		name, members string
		want          vocab.Text
	}{
		{"text alone", `"content":"a"`, vocab.Text{{Value: "a"}}},
		{"map alone", `"contentMap":{"uk":"б","en":"b"}`, vocab.Text{{Lang: "uk", Value: "б"}, {Lang: "en", Value: "b"}}},
		{"default is the first of the map", `"content":"h","contentMap":{"hu":"h","en":"e"}`,
			vocab.Text{{Lang: "hu", Value: "h"}, {Lang: "en", Value: "e"}}},
		{"default stands later in the map", `"contentMap":{"de":"d","en":"e","hu":"h"},"content":"h"`,
			vocab.Text{{Lang: "hu", Value: "h"}, {Lang: "de", Value: "d"}, {Lang: "en", Value: "e"}}},
		{"default stands not in the map", `"content":"?","contentMap":{"en":"e","hu":"h"}`,
			vocab.Text{{Value: "?"}, {Lang: "en", Value: "e"}, {Lang: "hu", Value: "h"}}},
		{"default and the only language differ", `"content":"a  b","contentMap":{"en":"a b"}`, vocab.Text{{Lang: "en", Value: "a  b"}}},
		{"nulls", `"content":null,"contentMap":{"en":null,"hu":"h"}`, vocab.Text{{Lang: "hu", Value: "h"}}},
		{"empty text beside a map", `"content":"","contentMap":{"hu":"h"}`, vocab.Text{{Lang: "hu", Value: "h"}}},
		{"blank", `"content":"  ","contentMap":{"hu":" "}`, nil},
		{"undetermined", `"contentMap":{"und":"u"}`, vocab.Text{{Value: "u"}}},
		{"map where the text belongs", `"content":{"hu":"h","en":"e"}`, vocab.Text{{Lang: "hu", Value: "h"}, {Lang: "en", Value: "e"}}},
		{"array", `"content":["a","b"]`, vocab.Text{{Value: "a"}}},
		{"number", `"content":5,"contentMap":7`, nil},
		{"map of other things", `"contentMap":{"hu":["h"],"en":{"a":"b"},"de":1,"<b>":"x","1a":"y"}`, vocab.Text{{Lang: "hu", Value: "h"}}},
		{"same language twice", `"contentMap":{"hu":"1","hu":"2"}`, vocab.Text{{Lang: "hu", Value: "1"}}},
		{"NUL and half a surrogate", `"content":"a\u0000b\ud800"`, vocab.Text{{Value: "ab\uFFFD"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readObject(t, note(tt.members)).Content
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("content of {%s} (-want +got):\n%s", tt.members, diff)
			}
		})
	}
	if n := len(readObject(t, note(`"contentMap":{`+strings.Join(many, ",")+`}`)).Content); n != 20 {
		t.Errorf("%d languages are read of 30, want 20", n)
	}
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct{ sent, want string }{
		{`"2026-11-20T09:00:00Z"`, "2026-11-20T09:00:00Z"},
		{`"2026-11-20T09:00:00+01:00"`, "2026-11-20T09:00:00+01:00"},
		{`"2026-11-20T09:00:00.123456789Z"`, "2026-11-20T09:00:00.123456789Z"},
		{`"2026-11-20T09:00Z"`, "2026-11-20T09:00:00Z"},
		{`["2026-11-20T09:00:00Z"]`, "2026-11-20T09:00:00Z"},
		{`"2026-11-20T09:00:00"`, ""},
		{`"2026-11-20 09:00:00"`, ""},
		{`"2026-13-20T09:00:00Z"`, ""},
		{`"tomorrow"`, ""},
		{`""`, ""},
		{`null`, ""},
		{`1763629200`, ""},
		{`{}`, ""},
	} {
		got := readObject(t, note(`"updated":`+tt.sent)).Updated
		text := ""
		if !got.IsZero() {
			text = got.Format(time.RFC3339Nano)
		}
		if text != tt.want {
			t.Errorf("updated %s is read as %q, want %q", tt.sent, text, tt.want)
		}
	}
}

func TestIDs(t *testing.T) {
	long := "https://a.example/" + strings.Repeat("a", 982)
	for _, tt := range []struct {
		id string
		ok bool
	}{
		{`"https://a.example/o/é?x=1#y"`, true},
		{`"http://a.example:8080/o"`, true},
		{`"` + long + `"`, true},
		{`"` + long + `a"`, false},
		{`"https://user@a.example/o"`, false},
		{`"https://:pw@a.example/o"`, false},
		{`"https://"`, false},
		{`"https://:443/"`, false},
		{`"https:a.example/o"`, false},
		{`"https://a.example/ o"`, false},
		{`"https://a.example/\u0000"`, false},
		{`"https://a.example/%zz"`, false},
		{`"ftp://a.example/o"`, false},
		{`"acct:a@a.example"`, false},
		{`"javascript:alert(1)"`, false},
		{`""`, false},
		{`null`, false},
		{`5`, false},
		{`[]`, false},
		{`{"id":5}`, false},
	} {
		_, err := vocab.DecodeObject([]byte(`{"type":"Note","id":` + tt.id + `}`))
		if ok := err == nil; ok != tt.ok || !ok && !errors.Is(err, vocab.ErrMalformed) {
			t.Errorf("DecodeObject with id %.60s: %v, want ok %v", tt.id, err, tt.ok)
		}
		got := readObject(t, note(`"attributedTo":`+tt.id)).AttributedTo
		if (got != "") != tt.ok {
			t.Errorf("attributedTo %.60s is read as %q, want ok %v", tt.id, got, tt.ok)
		}
	}
}

func TestObjectInAllShapes(t *testing.T) {
	public := []string{vocab.Public}
	for _, tt := range []struct {
		name, members string
		want          vocab.Object
	}{
		{"attributedTo embedded in an array", `"attributedTo":[{"type":"Person","id":"https://a.example/u"},"https://a.example/v"]`,
			vocab.Object{AttributedTo: "https://a.example/u"}},
		{"inReplyTo embedded", `"inReplyTo":{"id":"https://a.example/o/0","type":"Note"}`,
			vocab.Object{InReplyTo: "https://a.example/o/0"}},
		{"Public by its short names", `"to":"as:Public","cc":["Public",{"id":"https://a.example/u"},7,null,"nobody"]`,
			vocab.Object{To: public, CC: []string{vocab.Public, "https://a.example/u"}}},
		{"url as a Link", `"url":{"type":"Link","href":"https://a.example/p"}`, vocab.Object{URL: "https://a.example/p"}},
		{"url of the text/html kind", `"url":["https://a.example/a",{"type":"Link","mediaType":"video/mp4","href":"https://a.example/v"},{"type":"Link","mediaType":"text/html","href":"https://a.example/p"}]`,
			vocab.Object{URL: "https://a.example/p"}},
		{"url that is none", `"url":"javascript:alert(1)"`, vocab.Object{}},
		{"tag alone, without its array", `"tag":{"type":"Hashtag","name":"#x","href":"https://a.example/x"}`,
			vocab.Object{Tags: []vocab.Tag{{Type: "Hashtag", Name: "#x", Href: "https://a.example/x"}}}},
		{"tags of all sorts", `"tag":["#x",null,5,{},{"name":"#y"},{"type":["Emoji"],"name":":z:"}]`,
			vocab.Object{Tags: []vocab.Tag{{Type: "Emoji", Name: ":z:"}}}},
		{"attachments of all sorts", `"attachment":["",null,{},{"type":"Document","mediaType":"image/png","url":["https://a.example/1.png","https://a.example/2.png"]},"https://a.example/3",{"type":"Image","url":{"type":"Link","href":"https://a.example/4.png"}}]`,
			vocab.Object{Attachments: []vocab.Attachment{
				{Type: "Document", MediaType: "image/png", URL: "https://a.example/1.png"},
				{Type: "Link", URL: "https://a.example/3"},
				{Type: "Image", URL: "https://a.example/4.png"}}}},
		{"attachment alone", `"attachment":{"type":"Link","href":"https://a.example/1","name":null}`,
			vocab.Object{Attachments: []vocab.Attachment{{Type: "Link", URL: "https://a.example/1"}}}},
		{"source in Markdown", `"source":{"content":"*a*","mediaType":"text/markdown; charset=utf-8"},"contentMap":{"hu":"<em>a</em>"}`,
			vocab.Object{Content: vocab.Text{{Lang: "hu", Value: "<em>a</em>"}}, Source: vocab.Text{{Lang: "hu", Value: "*a*"}}}},
		{"source in something else", `"source":{"content":"a","mediaType":"text/x.misskeymarkdown"},"inLanguage":"hu"`,
			vocab.Object{Language: "hu"}},
		{"later member of the same name counts", `"attributedTo":"https://a.example/u","attributedTo":"https://a.example/v"`,
			vocab.Object{AttributedTo: "https://a.example/v"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.ID, tt.want.Type = "https://a.example/o/1", "Note"
			got := readObject(t, note(tt.members))
			if diff := cmp.Diff(tt.want, got, sameDocument()...); diff != "" {
				t.Errorf("{%s} (-want +got):\n%s", tt.members, diff)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	for _, tt := range []struct {
		doc, want string
		err       error
	}{
		{`{"type":"Article","id":"https://a.example/1"}`, "Article", nil},
		{`{"type":["vf:Proposal","Article"],"id":"https://a.example/1"}`, "Article", nil},
		{`{"type":["Note","Proposal"],"id":"https://a.example/1"}`, "Note", nil},
		{`{"type":"Proposal","id":"https://a.example/1"}`, "Proposal", nil},
		{`{"type":"as:Note","id":"https://a.example/1"}`, "Note", nil},
		{`{"type":"https://www.w3.org/ns/activitystreams#Note","id":"https://a.example/1"}`, "Note", nil},
		{`{"@context":{"as":"https://www.w3.org/ns/activitystreams#"},"type":"Note","id":"https://a.example/1"}`, "Note", nil},
		{`{"@context":5,"type":[5,null,"Note"],"id":"https://a.example/1"}`, "Note", nil},
		{`{"type":"Album","id":"https://a.example/1"}`, "", vocab.ErrUnknownType},
		{`{"type":[],"id":"https://a.example/1"}`, "", vocab.ErrMalformed},
		{`{"id":"https://a.example/1"}`, "", vocab.ErrMalformed},
		{`{"type":"Person","id":"https://a.example/1","inbox":"https://a.example/i"}`, "", vocab.ErrMalformed},
		{`{"type":"Link","href":"https://a.example/1","id":"https://a.example/1"}`, "", vocab.ErrUnknownType},
	} {
		o, err := vocab.DecodeObject([]byte(tt.doc))
		if !errors.Is(err, tt.err) || o.Type != tt.want {
			t.Errorf("DecodeObject(%s) = %q, %v; want %q, %v", tt.doc, o.Type, err, tt.want, tt.err)
		}
	}
}

// Every type that Decode takes for an activity, an object and so on must be
// one that the library knows as well.
func TestDecodeSortsTypes(t *testing.T) {
	for want, types := range map[string]string{
		"vocab.Activity": "Accept Activity Add Announce Block Create Delete Dislike EmojiReact Flag Follow Ignore Invite Join " +
			"Leave Like Listen Move Offer Read Reject Remove TentativeAccept TentativeReject Undo Update View",
		"vocab.Object": "Article Audio Document Event Image Note Object Page Place Profile Proposal Question " +
			"Relationship Tombstone Video",
		"vocab.Actor":      "Application Group Organization Person Service",
		"vocab.Collection": "Collection CollectionPage OrderedCollection OrderedCollectionPage",
	} {
		for typ := range strings.FieldsSeq(types) {
			doc := object(typ, `"actor":"https://a.example/u","object":"https://a.example/o","inbox":"https://a.example/i"`)
			if got := fmt.Sprintf("%T", decode(t, []byte(doc))); got != want {
				t.Errorf("a document of type %s is a %s, want %s", typ, got, want)
			}
		}
	}
	for _, typ := range []string{"Travel", "Arrive", "IntransitiveActivity", "Mention", "Push"} {
		if _, err := vocab.Decode([]byte(object(typ, ""))); !errors.Is(err, vocab.ErrUnknownType) {
			t.Errorf("Decode of type %q: %v, want %v", typ, err, vocab.ErrUnknownType)
		}
	}
}

func TestActivities(t *testing.T) {
	const head = `"id":"https://a.example/x/1","actor":"https://a.example/u",`
	want := func(typ string, edit func(*vocab.Activity)) vocab.Activity {
		a := vocab.Activity{ID: "https://a.example/x/1", Type: typ, Actor: "https://a.example/u"}
		edit(&a)
		return a
	}
	for _, tt := range []struct {
		name, doc string
		want      vocab.Activity
	}{
		{"actor embedded in an array", `{"id":"https://a.example/x/1","type":"Like","actor":[{"type":"Person","id":"https://a.example/u"}],"object":["https://b.example/o"]}`,
			want("Like", func(a *vocab.Activity) { a.ObjectID = "https://b.example/o" })},
		{"EmojiReact", `{` + head + `"type":["EmojiReact"],"content":"🎉","object":"https://b.example/o"}`,
			want("Like", func(a *vocab.Activity) { a.ObjectID = "https://b.example/o" })},
		{"Undo of an EmojiReact", `{` + head + `"type":"Undo","object":{"id":"https://a.example/r","type":"EmojiReact","actor":"https://a.example/u","object":"https://b.example/o"}}`,
			want("Undo", func(a *vocab.Activity) {
				a.ObjectID, a.ObjectType = "https://a.example/r", "Like"
				a.Inner = &vocab.Activity{ID: a.ObjectID, Type: "Like", Actor: "https://a.example/u", ObjectID: "https://b.example/o"}
			})},
		{"Flag of an account and its posts", `{` + head + `"type":"Flag","content":"<p>Spam</p>","object":["https://b.example/u",{"id":"https://b.example/o","type":"Note"}]}`,
			want("Flag", func(a *vocab.Activity) {
				a.ObjectID, a.Content, a.Flagged = "https://b.example/u", "<p>Spam</p>", []string{"https://b.example/u", "https://b.example/o"}
			})},
		{"Delete of an id", `{` + head + `"type":"Delete","object":"https://a.example/u"}`,
			want("Delete", func(a *vocab.Activity) { a.ObjectID = "https://a.example/u" })},
		{"Delete of a Tombstone", `{` + head + `"type":"Delete","object":{"type":"Tombstone","id":"https://a.example/o","formerType":"Event","deleted":"2026-11-20T09:00:00Z"}}`,
			want("Delete", func(a *vocab.Activity) {
				a.ObjectID, a.ObjectType = "https://a.example/o", "Tombstone"
				a.Object = &vocab.Object{ID: a.ObjectID, Type: "Tombstone", FormerType: "Event", Deleted: published}
			})},
		{"Delete without an id", `{"type":"Delete","actor":"https://a.example/u","object":{"id":"https://a.example/o"}}`,
			want("Delete", func(a *vocab.Activity) { a.ID, a.ObjectID = "https://a.example/o#delete", "https://a.example/o" })},
		{"Accept with the Follow", `{` + head + `"type":"Accept","object":{"type":"Follow","id":"https://b.example/f","actor":{"id":"https://b.example/u"},"object":"https://a.example/u"}}`,
			want("Accept", func(a *vocab.Activity) {
				a.ObjectID, a.ObjectType = "https://b.example/f", "Follow"
				a.Inner = &vocab.Activity{ID: a.ObjectID, Type: "Follow", Actor: "https://b.example/u", ObjectID: "https://a.example/u"}
			})},
		{"Announce with a Create, not looked into", `{` + head + `"type":"Announce","object":{"type":"Create","id":"https://b.example/x","actor":"https://b.example/u","object":{"id":"https://b.example/o","type":"Note"}}}`,
			want("Announce", func(a *vocab.Activity) {
				a.ObjectID, a.ObjectType = "https://b.example/x", "Create"
				a.Inner = &vocab.Activity{ID: a.ObjectID, Type: "Create", Actor: "https://b.example/u", ObjectID: "https://b.example/o", ObjectType: "Note"}
			})},
		{"Undo of an embedded Announce without an id", `{` + head + `"type":"Undo","object":{"type":"Announce","actor":"https://a.example/u","object":"https://b.example/o"}}`,
			want("Undo", func(a *vocab.Activity) {
				a.ObjectType = "Announce"
				a.Inner = &vocab.Activity{Type: "Announce", Actor: "https://a.example/u", ObjectID: "https://b.example/o"}
			})},
		{"Update of the actor", `{` + head + `"type":"Update","updated":"2026-11-20T09:00:00Z","object":{"type":"Person","id":"https://a.example/u","name":"Anna"}}`,
			want("Update", func(a *vocab.Activity) {
				a.ObjectID, a.ObjectType, a.Updated = "https://a.example/u", "Person", published
				a.Person = &vocab.Actor{ID: a.ObjectID, Type: "Person", Name: vocab.Text{{Value: "Anna"}}}
			})},
		{"Add with a target", `{` + head + `"type":"Add","object":"https://a.example/o","target":{"id":"https://a.example/featured"}}`,
			want("Add", func(a *vocab.Activity) { a.ObjectID, a.Target = "https://a.example/o", "https://a.example/featured" })},
		{"Create of something unknown", `{` + head + `"type":"Create","object":{"type":"Album","id":"https://a.example/o"}}`,
			want("Create", func(a *vocab.Activity) { a.ObjectID, a.ObjectType = "https://a.example/o", "Album" })},
		{"Create of something with an unusable id", `{` + head + `"type":"Create","object":{"type":"Note","id":5,"content":"a"}}`,
			want("Create", func(a *vocab.Activity) {
				a.ObjectType, a.Object = "Note", &vocab.Object{Type: "Note", Content: vocab.Text{{Value: "a"}}}
			})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := vocab.DecodeActivity([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, sameDocument()...); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.doc, diff)
			}
			if string(got.Raw) != tt.doc {
				t.Errorf("Raw = %s, want the document", got.Raw)
			}
		})
	}
}

func TestActivitiesThatAreNone(t *testing.T) {
	for _, doc := range []string{
		`{"type":"Like","actor":"https://a.example/u","object":"https://b.example/o"}`,
		`{"type":"Like","id":5,"actor":"https://a.example/u","object":"https://b.example/o"}`,
		`{"type":"Like","id":"https://a.example/1","object":"https://b.example/o"}`,
		`{"type":"Like","id":"https://a.example/1","actor":5,"object":"https://b.example/o"}`,
		`{"type":"Like","id":"https://a.example/1","actor":[],"object":"https://b.example/o"}`,
		`{"type":"Like","id":"https://a.example/1","actor":["https://a.example/u","https://a.example/v"],"object":"https://b.example/o"}`,
		`{"type":"Like","id":"https://a.example/1","actor":{"type":"Person"},"object":"https://b.example/o"}`,
		`{"type":"Like","id":"https://a.example/1","actor":"https://a.example/u"}`,
		`{"type":"Like","id":"https://a.example/1","actor":"https://a.example/u","object":null}`,
		`{"type":"Like","id":"https://a.example/1","actor":"https://a.example/u","object":[]}`,
		`{"type":"Delete","actor":"https://a.example/u","object":{"type":"Note"}}`,
	} {
		if a, err := vocab.DecodeActivity([]byte(doc)); !errors.Is(err, vocab.ErrMalformed) {
			t.Errorf("DecodeActivity(%s) = %+v, %v; want %v", doc, a, err, vocab.ErrMalformed)
		}
	}
}

func TestActor(t *testing.T) {
	got, err := vocab.DecodeActor(load(t, "wordpress-7/group.json"))
	if err != nil {
		t.Fatal(err)
	}
	const id = "https://blog.example/?author=0"
	want := vocab.Actor{
		ID: id, Type: "Group", PreferredUsername: "blog.example", Name: vocab.Text{{Value: "Blog &amp; hírek"}},
		URL:         "https://blog.example/",
		Inbox:       "https://blog.example/wp-json/activitypub/1.0/actors/0/inbox",
		Outbox:      "https://blog.example/wp-json/activitypub/1.0/actors/0/outbox",
		Followers:   "https://blog.example/wp-json/activitypub/1.0/actors/0/followers",
		SharedInbox: "https://blog.example/wp-json/activitypub/1.0/inbox",
		Featured:    "https://blog.example/featured",
		Keys: []vocab.Key{
			{ID: id + "#main-key", Owner: id, PEM: "-----BEGIN RSA PUBLIC KEY-----\nMIIB\n-----END RSA PUBLIC KEY-----\n"},
			{ID: "acct:blog", Owner: id, PEM: "-----BEGIN PUBLIC KEY-----\nMIIC\n-----END PUBLIC KEY-----\n"},
			{ID: id + "#ed", Owner: id, Multibase: "z6Mk"},
		},
		Icon: vocab.Picture{URL: "https://blog.example/icon.webp"}, Image: vocab.Picture{URL: "https://blog.example/header.jpg"},
		Fields: []vocab.Attachment{
			{Type: "Link", URL: "https://blog.example/bare"},
			{Type: "PropertyValue", Name: "Blog", Value: `<a href="https://blog.example/">blog</a>`},
		},
		Discoverable: true, Webfinger: "blog.example@blog.example",
		AttributionDomains: []string{"blog.example"}, AlsoKnownAs: []string{"https://old.example/@blog"},
		Implements: []string{vocab.ImplementsRFC9421},
		Published:  time.Date(2005, 2, 11, 23, 20, 15, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got, sameDocument()...); diff != "" {
		t.Errorf("actor (-want +got):\n%s", diff)
	}
	_, err = vocab.DecodeActor([]byte(object("Person", `"inbox":"nowhere"`)))
	if !errors.Is(err, vocab.ErrMalformed) {
		t.Errorf("DecodeActor without an inbox: %v, want %v", err, vocab.ErrMalformed)
	}
	// A key that says it is somebody else's must not become this actor's.
	a, err := vocab.DecodeActor([]byte(object("Person", `"inbox":"https://a.example/i","publicKey":{"owner":"none","publicKeyPem":"x"}`)))
	if err != nil || len(a.Keys) != 1 || a.Keys[0].Owner != "" {
		t.Errorf("key of an unusable owner: %+v, %v", a.Keys, err)
	}
}

func TestCollections(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		want      vocab.Collection
		items     []string
	}{
		{"one item without its array", `{"type":"OrderedCollection","id":"https://a.example/c","orderedItems":"https://a.example/1"}`,
			vocab.Collection{ID: "https://a.example/c", Type: "OrderedCollection", TotalItems: -1}, []string{`"https://a.example/1"`}},
		{"items of all sorts", `{"type":"Collection","id":"https://a.example/c","totalItems":"3","items":[ {"a":1} ,null,5,"x",["https://a.example/2"],"https://a.example/é"],"first":"https://a.example/c?page=1"}`,
			vocab.Collection{ID: "https://a.example/c", Type: "Collection", TotalItems: 3, First: "https://a.example/c?page=1"}, []string{`{"a":1}`, `"https://a.example/é"`}},
		{"nonsense", `{"type":"CollectionPage","totalItems":-5,"items":{},"next":{},"prev":5,"partOf":null}`,
			vocab.Collection{Type: "CollectionPage", TotalItems: -1}, []string{`{}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := vocab.DecodeCollection([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			var items []string
			for _, item := range got.Items {
				items = append(items, string(item))
			}
			got.Items = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.doc, diff)
			}
			if diff := cmp.Diff(tt.items, items); diff != "" {
				t.Errorf("items of %s (-want +got):\n%s", tt.doc, diff)
			}
		})
	}
}

// A page of our own outbox is more than Guard allows in one document.
func TestPageOfManyItems(t *testing.T) {
	page := samplePage()
	page.Items = nil
	for range 30 {
		page.Items = append(page.Items, encode(t, publishing("Create", sampleEvent())))
	}
	b := encode(t, page)
	if err := guard(b); !errors.Is(err, vocab.ErrTooLarge) {
		t.Errorf("Guard: %v, want %v", err, vocab.ErrTooLarge)
	}
	c, err := vocab.DecodeCollection(b)
	if err != nil || len(c.Items) != 30 {
		t.Fatalf("DecodeCollection: %d items, %v", len(c.Items), err)
	}
	if a, err := vocab.DecodeActivity(c.Items[29]); err != nil || a.Object.Event == nil {
		t.Errorf("an item of the page: %+v, %v", a, err)
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("é", 2000)
	tags := strings.TrimSuffix(strings.Repeat(`{"type":"Hashtag","name":"#a"},`, 150), ",")
	attachments := strings.TrimSuffix(strings.Repeat(`"https://a.example/1",`, 80), ",")
	recipients := strings.TrimSuffix(strings.Repeat(`"https://a.example/1",`, 150), ",")
	o := readObject(t, note(fmt.Sprintf(`"name":%q,"tag":[%s],"attachment":[%s],"to":[%s]`, long, tags, attachments, recipients)))
	if got := strings.Count(o.Name[0].Value, "é"); got != 1000 {
		t.Errorf("a name of 2,000 characters is cut to %d, want 1,000", got)
	}
	if len(o.Tags) != 100 || len(o.Attachments) != 50 || len(o.To) != 100 {
		t.Errorf("%d tags, %d attachments, %d recipients; want 100, 50, 100", len(o.Tags), len(o.Attachments), len(o.To))
	}
	o = readObject(t, note(fmt.Sprintf(`"to":[%s,"as:Public","Public"]`, recipients)))
	if len(o.To) != 101 || o.To[100] != vocab.Public {
		t.Errorf("Public behind many others is lost: %d recipients", len(o.To))
	}
}

func TestEnvelope(t *testing.T) {
	a, err := envelope([]byte(`{"type":["X","Delete"],"actor":"https://a.example/u","object":{"id":"https://a.example/u"}}`))
	if a.ID != "https://a.example/u#delete" || a.Type != "Delete" || err != nil {
		t.Errorf("Envelope = %+v, %v", a, err)
	}
	a, err = envelope([]byte(`{"type":"Delete","id":"https://a.example/x","actor":"https://a.example/u","object":{"id":"https://a.example/u","type":"Person"},"Actor":"https://b.example/u"}`))
	if a.Actor != a.ObjectID || a.Actor != "https://a.example/u" || a.ObjectType != "Person" || err != nil {
		t.Errorf("Envelope = %+v, %v", a, err)
	}
	if _, err := envelope([]byte(`[]`)); !errors.Is(err, vocab.ErrMalformed) {
		t.Errorf("Envelope([]): %v, want %v", err, vocab.ErrMalformed)
	}
}

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
