package queue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// BenchmarkQueue measures what the queue costs when the work costs nothing: one
// job in each of 1,000 lanes, inserted, claimed, done and written off; and 1,000
// jobs in one lane.
func BenchmarkQueue(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		for _, lanes := range []int{1000, 1} {
			b.Run(fmt.Sprintf("%s/lanes=%d", kind, lanes), func(b *testing.B) { benchmark(b, kind, lanes) })
		}
	}
}

func benchmark(b *testing.B, kind string, lanes int) {
	const n = 1000
	q := storagetest.Open(b, storagetest.Database(b, kind)).Queue()
	done := make(chan struct{}, n)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() {
		ended <- q.Run(ctx, func(context.Context, queue.Job) error {
			done <- struct{}{}
			return nil
		})
	}()
	jobs := make([]queue.Job, n)
	payload := make([]byte, 200)
	for i := range jobs {
		jobs[i] = queue.Job{Lane: fmt.Sprintf("host%d.example", i%lanes), Key: "https://a.example/o/1", Kind: "post", Payload: payload}
	}
	var inserting time.Duration
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		if err := q.Add(ctx, jobs...); err != nil {
			b.Fatal(err)
		}
		inserting += time.Since(start)
		for range n {
			<-done
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "jobs/s")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*b.N), "µs/job")
	b.ReportMetric(float64(inserting.Microseconds())/float64(n*b.N), "µs/insert")
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
