package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pergola/federation"
	"pergola/hub"
	"pergola/storage"
	"pergola/storage/storagetest"
)

// ingest takes in the ith activity of others as hub does: it is new, its item
// is new, and it is passed on to a follower.
func ingest(ctx context.Context, db *storage.DB, i int, body []byte) error {
	it := grown(i * 5) // news
	it.ID, it.Author = fmt.Sprint(it.ID, "/", i), fmt.Sprintf("https://c%d.example/a/c", i%20)
	it.Texts[0].HTML, it.Wire = string(body), body
	it.Texts = append(it.Texts, it.Texts[0])
	return db.Update(ctx, func(tx hub.Tx) error {
		activity := it.ID + "/create"
		if isNew, err := tx.InsertReceived(ctx, hub.Received{ID: activity, Type: "Create", Actor: it.Author, Object: it.ID, At: noon, Body: body}); err != nil || !isNew {
			return fmt.Errorf("%s is not new: %w", activity, err)
		}
		if _, err := tx.Organisation(ctx); err != nil {
			return err
		}
		if _, err := tx.Following(ctx, "here", it.Author); err != nil {
			return err
		}
		if err := tx.InsertItem(ctx, it); err != nil {
			return err
		}
		if err := tx.InsertProvenance(ctx, hub.Provenance{Item: it.ID, Actor: it.Author, How: "sent", Activity: activity, At: noon}); err != nil {
			return err
		}
		if _, err := tx.HeldBoosts(ctx, "c.example", "c.example", noon); err != nil {
			return err
		}
		if err := tx.InsertBoost(ctx, hub.Boost{Local: "here", Object: it.ID, Activity: it.ID + "/announce", At: noon, Held: noon, Host: "c.example"}); err != nil {
			return err
		}
		if _, err := tx.FollowerInboxes(ctx, "here"); err != nil {
			return err
		}
		return send(ctx, tx, federation.SentActivity{ID: it.ID + "/announce", Type: "Announce", Actor: "here", Object: it.ID, JSON: body[:300], Listed: true, Published: noon},
			"https://follower.example/inbox")
	})
}

// processor is the time that this process has used of all processors.
func processor() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkIngest takes activities in, 16 at a time, in an empty database and in
// one with 100,000 items.
func BenchmarkIngest(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		for _, before := range []int{0, 100_000} {
			b.Run(fmt.Sprint(kind, "/", before), func(b *testing.B) {
				if before > 0 && testing.Short() {
					b.Skip("fills a database")
				}
				db := storagetest.Open(b, storagetest.Database(b, kind))
				n := node{b, db}
				n.update(func(tx hub.Tx) error {
					for i := range 20 {
						if err := tx.SaveFollowing(n.ctx(), hub.Following{Local: "here", Actor: fmt.Sprintf("https://c%d.example/a/c", i)}); err != nil {
							return err
						}
					}
					if err := tx.SaveFollower(n.ctx(), hub.Follower{Local: "here", Actor: "f", Inbox: "https://follower.example/inbox"}); err != nil {
						return err
					}
					if err := tx.SaveDigest(n.ctx(), hub.Digest{ID: "d"}); err != nil {
						return err
					}
					return tx.SaveOrganisation(n.ctx(), hub.Organisation{Name: "here"})
				})
				for from := 0; from < before; from += 1000 {
					n.update(func(tx hub.Tx) error {
						for i := from; i < from+1000; i++ {
							if err := tx.InsertItem(n.ctx(), grown(i)); err != nil {
								return err
							}
						}
						return nil
					})
				}
				body := bytes.Repeat([]byte("<p>Szöveg</p>"), 150)
				var next atomic.Int64
				b.SetParallelism(8)
				start, used := time.Now(), processor()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := ingest(b.Context(), db, int(next.Add(1)), body); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "activities/s")
				b.ReportMetric(float64((processor()-used).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// BenchmarkFanOut publishes an item to a thousand inboxes.
func BenchmarkFanOut(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			db := storagetest.Open(b, storagetest.Database(b, kind))
			inboxes := make([]string, 1000)
			for i := range inboxes {
				inboxes[i] = fmt.Sprintf("https://host%d.example/a/somebody/inbox", i)
			}
			body := strings.Repeat("x", 3000)
			for i := 0; b.Loop(); i++ {
				err := db.Update(b.Context(), func(tx hub.Tx) error {
					id := fmt.Sprint(self, "/o/", i)
					return send(b.Context(), tx, federation.SentActivity{ID: id + "/x", Type: "Create", Actor: "here", Object: id, JSON: []byte(body), Listed: true, Published: noon}, inboxes...)
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFeed reads a page of the feed among 20,000 items.
func BenchmarkFeed(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			n := node{b, storagetest.Open(b, storagetest.Database(b, kind))}
			n.fill(0, 20_000)
			for b.Loop() {
				entries := read(n, func(tx hub.Tx) ([]hub.Entry, error) { return tx.Feed(n.ctx(), hub.FeedFilter{}, hub.Page{Limit: 20}) })
				if len(entries) != 20 {
					b.Fatal(len(entries))
				}
			}
		})
	}
}
