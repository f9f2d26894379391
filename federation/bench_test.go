package federation_test

import (
	"fmt"
	"testing"

	"pergola/federation/httpsig"
)

// BenchmarkInbox is what one activity of a known actor costs, without the host:
// limits, signature, parsing, origin.
func BenchmarkInbox(b *testing.B) {
	for i, name := range []string{"rsa", "ed25519"} {
		b.Run(name, func(b *testing.B) {
			_, ours, peer := twoNodes(b)
			r := ours.signed(b, peer.keys[i], []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421}[i], createText)
			b.ReportAllocs()
			for b.Loop() {
				again := ours.request(createText)
				again.Header = r.Header
				if w := ours.answer(again); w.Code != 202 {
					b.Fatal(fmt.Sprint(w.Code, ours.log))
				}
				ours.host.received = nil
				ours.log.Reset()
			}
		})
	}
}
