package httpsig_test

import (
	"bytes"
	"testing"
	"time"

	"pergola/federation/httpsig"
)

func BenchmarkSign(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 3300)
	for _, scheme := range schemes {
		for kind, key := range keys() {
			b.Run(string(scheme)+"/"+kind, func(b *testing.B) {
				r := newRequest(b, "POST", inbox, body)
				b.ReportAllocs()
				for b.Loop() {
					if err := httpsig.Sign(r, body, key, scheme); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 3300)
	for _, scheme := range schemes {
		for kind, key := range keys() {
			b.Run(string(scheme)+"/"+kind, func(b *testing.B) {
				r := newRequest(b, "POST", inbox, body)
				if err := httpsig.Sign(r, body, key, scheme); err != nil {
					b.Fatal(err)
				}
				public, now := key.Private.Public(), time.Now()
				b.ReportAllocs()
				for b.Loop() {
					if err := check(r, body, hub, public, now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
