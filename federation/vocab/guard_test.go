package vocab_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-fed/activity/streams"

	"pergola/federation/vocab"
)

func TestGuard(t *testing.T) {
	nest := func(open, shut string, n int) string {
		return `{"a":` + strings.Repeat(open, n) + `1` + strings.Repeat(shut, n) + `}`
	}
	list := func(item string, n int) string {
		return `{"a":[` + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + `]}`
	}
	for _, tt := range []struct {
		name, doc string
		want      error
	}{
		{"nothing", ``, vocab.ErrMalformed},
		{"spaces", " \n", vocab.ErrMalformed},
		{"empty object", ` {} `, nil},
		{"array", `[{}]`, vocab.ErrMalformed},
		{"string", `"{}"`, vocab.ErrMalformed},
		{"null", `null`, vocab.ErrMalformed},
		{"two objects", `{}{}`, vocab.ErrMalformed},
		{"cut short", `{"a":{"b":"c`, vocab.ErrMalformed},
		{"cut short in an escape", `{"a":"\`, vocab.ErrMalformed},
		{"brackets that do not match", `{"a":[}]`, vocab.ErrMalformed},
		{"too many brackets", `{}}}}}`, vocab.ErrMalformed},
		{"comma at the end", `{"a":1,}`, vocab.ErrMalformed},
		{"no quotes", `{a:1}`, vocab.ErrMalformed},
		{"byte order mark", "\uFEFF{}", vocab.ErrMalformed},
		{"not UTF-8", "{\"a\":\"\xff\"}", vocab.ErrMalformed},
		{"control character", "{\"a\":\"\n\"}", vocab.ErrMalformed},
		{"brackets in strings", `{"a":"{{{{[[[\"[[\\","b":"]"}`, nil},
		{"24 levels", nest("[", "]", 23), nil},
		{"25 levels", nest("[", "]", 24), vocab.ErrTooLarge},
		{"25 levels of objects", nest(`{"a":`, "}", 24), vocab.ErrTooLarge},
		{"25 levels, never closed", strings.Repeat(`{"a":`, 100), vocab.ErrTooLarge},
		{"3,000 values", list("1", 2998), nil},
		{"3,001 values", list("1", 2999), vocab.ErrTooLarge},
		{"3,001 strings", list(`"a"`, 2999), vocab.ErrTooLarge},
		{"3,001 arrays", list(`[]`, 2999), vocab.ErrTooLarge},
		{"3,001 members", `{` + strings.TrimSuffix(strings.Repeat(`"a":null,`, 3000), ",") + `}`, vocab.ErrTooLarge},
		{"keys are no values", `{` + strings.TrimSuffix(strings.Repeat(`"a":null,`, 2999), ",") + `}`, nil},
		{"400 objects", list("{}", 399), nil},
		{"401 objects", list("{}", 400), vocab.ErrTooLarge},
		{"1 MiB", `{"a":"` + strings.Repeat("a", 1<<20-8) + `"}`, nil},
		{"1 MiB and a byte", `{"a":"` + strings.Repeat("a", 1<<20-7) + `"}`, vocab.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := guard([]byte(tt.doc)); !errors.Is(err, tt.want) {
				t.Errorf("Guard(%.60s…) = %v, want %v", tt.doc, err, tt.want)
			}
		})
	}
}

// bombs are documents that cost the library seconds and gigabytes.
func bombs() map[string]string {
	return map[string]string{
		"objects":       `{"type":"Create","object":[` + strings.TrimSuffix(strings.Repeat("{},", 300_000), ",") + `]}`,
		"empty strings": `{"type":"Create","to":[` + strings.TrimSuffix(strings.Repeat(`"",`, 300_000), ",") + `]}`,
		"depth":         strings.Repeat(`{"object":`, 100_000),
		"arrays":        `{"type":` + strings.Repeat("[", 900_000),
		"backslashes":   `{"a":"` + strings.Repeat(`\\`, 500_000) + `"}`,
		"quotes":        `{"a":"` + strings.Repeat(`\"`, 500_000) + `"}`,
		"escapes":       `{"a":"` + strings.Repeat(`\u0000`, 160_000) + `"}`,
	}
}

// A bomb is answered within 50 ms and 32 MiB.
func TestBombs(t *testing.T) {
	for name, doc := range bombs() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := vocab.DecodeActivity([]byte(doc))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("a bomb is decoded")
			}
			// Twenty times the limit: the machine may be busy.
			if took > time.Second {
				t.Errorf("it takes %v", took)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
				t.Errorf("it takes %d MiB", used>>20)
			}
		})
	}
}

// hostile are documents that make the library panic, or its callers.
func hostile() []string {
	docs := []string{
		`{"type":"Create","id":5,"actor":{"id":6},"object":{"id":7,"type":"Note"}}`,
		`{"type":"Follow","id":"","actor":{"id":""},"object":{"id":""}}`,
		`{"type":"Create","id":"https://a.example/1","actor":"https://a.example/u","object":{"type":"Note","tag":[{"type":"Hashtag"},{}]}}`,
		`{"type":"Undo","id":"https://a.example/1","actor":"https://a.example/u","object":{"type":"Follow"}}`,
		`{"type":"Undo","id":"https://a.example/1","actor":"https://a.example/u","object":{"type":"Follow","actor":[],"object":[]}}`,
		`{"type":"Person","id":"https://a.example/1","inbox":{},"endpoints":5,"publicKey":[[5]],"icon":[[[]]],"generator":[{"implements":5}]}`,
		`{"type":["Create","Create"],"id":["https://a.example/1"],"actor":[["https://a.example/u"]],"object":[[{}]]}`,
		`{"@context":{"@vocab":5,"as":"https://www.w3.org/ns/activitystreams"},"as:type":"as:Note","type":"as:Note","id":"https://a.example/1"}`,
		`{"@context":[[["https://www.w3.org/ns/activitystreams"]]],"type":"OrderedCollection","first":{"first":{}},"orderedItems":{"orderedItems":5}}`,
		`{"type":"Event","id":"https://a.example/1","location":[[]],"organizers":{"first":{"items":[[[]]]}},"attachment":[[[[]]]]}`,
		`{"type":"Tombstone","id":"https://a.example/1","deleted":5,"formerType":{}}`,
		`{"type":"Note","id":"https://a.example/1","content":{"":"","hu":{}},"contentMap":[],"source":[]}`,
		`{"type":"Place","id":"https://a.example/1","latitude":1e999,"longitude":"-","radius":-1e999,"accuracy":{}}`,
	}
	for _, duration := range []string{`""`, `"-"`, `"P"`, `"-P"`, `"PT12.5S"`, `"P2W"`, `"PT99999999999999999999S"`, `"P1M2"`, `5`, `null`, `[]`, `["",""]`, `{}`, `[["-"]]`} {
		docs = append(docs,
			fmt.Sprintf(`{"type":"Video","id":"https://a.example/1","duration":%s}`, duration),
			fmt.Sprintf(`{"type":"Create","id":"https://a.example/1","actor":"https://a.example/u","object":{"type":"Video","duration":%s,"attachment":[{"type":"Audio","duration":%s}]}}`, duration, duration))
	}
	return docs
}

func TestHostileDocumentsDoNotPanic(t *testing.T) {
	for _, doc := range hostile() {
		everyDecoder([]byte(doc))
		libraryTakes(t, []byte(doc))
	}
}

// A duration that the library reads must still arrive.
func TestRepairKeepsSoundDurations(t *testing.T) {
	b, err := repair([]byte(`{"type":"Video","id":"https://a.example/1","duration":"PT1H30M"}`))
	if err != nil || !strings.Contains(string(b), `"PT1H30M"`) {
		t.Errorf("Repair = %s, %v", b, err)
	}
}

func TestRepair(t *testing.T) {
	for _, tt := range []struct{ doc, want string }{
		{`{"type":"Note"}`, `{"type":"Note"}`},
		{`{"@context":["x"],"type":"Note","a":{"@context":"y","b":null,"c":[null,1]}}`, `{"a":{"c":[1]},"type":"Note"}`},
		{`{"type":["X","Note"],"id":5,"duration":"-"}`, `{"type":"Note"}`},
		{`{"type":"Proposal","tag":{"type":["Y","Z"]}}`, `{"tag":{"type":"Y"},"type":"Note"}`},
		{`{"type":"Like","to":"Public","cc":["as:Public","x"],"bto":[]}`, `{"cc":["https://www.w3.org/ns/activitystreams#Public"],"to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Like"}`},
		{`{"type":"Delete","object":"https://a.example/o"}`, `{"id":"https://a.example/o#delete","object":"https://a.example/o","type":"Delete"}`},
		{`{"a":1e999,"b":true}`, `{"b":true}`},
	} {
		b, err := repair([]byte(tt.doc))
		want := `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],` + tt.want[1:]
		if err != nil || string(b) != want {
			t.Errorf("Repair(%s) = %s, %v; want %s", tt.doc, b, err, want)
		}
	}
	for name, doc := range bombs() {
		if _, err := repair([]byte(doc)); err == nil && name != "backslashes" && name != "quotes" && name != "escapes" {
			t.Errorf("Repair lets the bomb of %s through", name)
		}
	}
}

func TestReadActivity(t *testing.T) {
	raw := load(t, "mastodon-4.5/create-note.json")
	typed := libraryTakes(t, raw)
	got, err := readActivity(typed, raw)
	if err != nil {
		t.Fatal(err)
	}
	if got.Object == nil || got.Object.Content[0].Lang != "hu" || got.Object.InReplyTo != node+"/o/01JARTICLE" || len(got.Object.Tags) != 2 {
		t.Errorf("ReadActivity = %+v", got)
	}
	for name, other := range map[string]any{"nothing": nil, "text": "Create", "another type": libraryTakes(t, []byte(`{"type":"Like","id":"https://a.example/1","actor":"https://a.example/u","object":"https://a.example/o"}`)), "an object": libraryTakes(t, []byte(`{"type":"Note"}`))} {
		if a, err := readActivity(other, raw); !errors.Is(err, vocab.ErrMalformed) {
			t.Errorf("ReadActivity of %s = %+v, %v; want %v", name, a, err, vocab.ErrMalformed)
		}
	}
	if _, err := readActivity(typed, []byte(`{`)); !errors.Is(err, vocab.ErrMalformed) {
		t.Errorf("ReadActivity of half a document: %v", err)
	}
}

func guard(b []byte) error {
	_, err := vocab.Parse(b)
	return err
}

func repair(b []byte) ([]byte, error) {
	tree, err := vocab.Parse(b)
	if err != nil {
		return nil, err
	}
	return tree.Repair()
}

func envelope(b []byte) (vocab.Activity, error) {
	tree, err := vocab.Parse(b)
	if err != nil {
		return vocab.Activity{}, err
	}
	return tree.Envelope(), nil
}

func readActivity(typed any, b []byte) (vocab.Activity, error) {
	tree, err := vocab.Parse(b)
	if err != nil {
		return vocab.Activity{}, err
	}
	return tree.ReadActivity(typed)
}

// libraryTakes gives what Repair makes of b to the library, as pub does, and
// returns the library's value, nil when there is none.
func libraryTakes(t testing.TB, b []byte) any {
	t.Helper()
	repaired, err := repair(b)
	if err != nil {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(repaired, &m); err != nil {
		t.Fatalf("Repair(%q) = %q: %v", b, repaired, err)
	}
	typed, err := streams.ToType(context.Background(), m)
	if err != nil || typed == nil {
		return nil
	}
	if id := typed.GetJSONLDId(); id != nil && id.Get() == nil {
		t.Errorf("Repair(%q) = %q leaves an id without a value", b, repaired)
	}
	if _, err := streams.Serialize(typed); err != nil {
		t.Errorf("Repair(%q) = %q cannot be serialized: %v", b, repaired, err)
	}
	return typed
}

func everyDecoder(b []byte) {
	_ = guard(b)
	_, _ = envelope(b)
	_, _ = vocab.Decode(b)
	_, _ = vocab.DecodeActivity(b)
	_, _ = vocab.DecodeObject(b)
	_, _ = vocab.DecodeActor(b)
	_, _ = vocab.DecodeCollection(b)
}
