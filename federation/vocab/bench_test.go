package vocab_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/go-fed/activity/streams"

	"pergola/federation/vocab"
)

// BenchmarkDecode measures what one received activity of 3 KB costs; library
// is what the ActivityStreams library alone takes for the same bytes.
func BenchmarkDecode(b *testing.B) {
	raw := load(b, "mastodon-4.5/create-note.json")
	typed := libraryTakes(b, raw)
	for name, f := range map[string]func() error{
		"Guard":          func() error { return guard(raw) },
		"Envelope":       func() error { _, err := envelope(raw); return err },
		"Repair":         func() error { _, err := repair(raw); return err },
		"ReadActivity":   func() error { _, err := readActivity(typed, raw); return err },
		"DecodeActivity": func() error { _, err := vocab.DecodeActivity(raw); return err },
		"library": func() error {
			var m map[string]any
			if err := json.Unmarshal(raw, &m); err != nil {
				return err
			}
			_, err := streams.ToType(context.Background(), m)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, doc := range map[string]document{
		"article": publishing("Create", sampleArticle()), "event": publishing("Create", sampleEvent()), "follow": doing("Follow", self),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encode(b, doc)
			}
		})
	}
}

func BenchmarkGuard(b *testing.B) {
	for name, doc := range bombs() {
		b.Run(name, func(b *testing.B) {
			raw := []byte(doc)
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				_ = guard(raw)
			}
		})
	}
}
