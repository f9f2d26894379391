package main

import (
	"strconv"
	"testing"
	"time"

	"pergola/hub"
	"pergola/storage/storagetest"
)

const (
	processesHosts = 10_000
	// What three processes should do of one's work in the same time.
	processesFloor = 2.7
)

// BenchmarkProcesses delivers an item to 10,000 hosts that take 50 ms to answer,
// with one process on PostgreSQL and with three. Each has 16 workers, so one
// cannot be done before 31 s; "ratio" is how many times as fast three are.
func BenchmarkProcesses(b *testing.B) {
	for b.Loop() {
		one, three := deliverWith(b, 1), deliverWith(b, 3)
		b.ReportMetric(one.Seconds(), "one-s")
		b.ReportMetric(three.Seconds(), "three-s")
		b.ReportMetric(one.Seconds()/three.Seconds(), "ratio")
	}
	b.ReportMetric(processesFloor, "floor")
	b.ReportMetric(0, "ns/op")
}

// deliverWith returns the median time from a publication to its last arrival.
func deliverWith(b *testing.B, processes int) time.Duration {
	b.Helper()
	c := newCrowd(b, 50*time.Millisecond)
	f := newFarm(b, storagetest.Database(b, storagetest.Postgres), c, processesHosts, nil)
	for range processes {
		f.start()
	}
	f.ready()
	var took []float64
	f.with(func(n *node) {
		for i := range 3 { // the first also connects
			begun := time.Now()
			if _, err := n.hub.Publish(b.Context(), hub.Program("test"), news("Új hír "+strconv.Itoa(i), "")); err != nil {
				b.Fatal(err)
			}
			c.await(b, (i+1)*processesHosts, 3*time.Minute)
			if i > 0 {
				took = append(took, time.Since(begun).Seconds())
			}
			waitForQueue(b, n)
		}
	})
	for _, cmd := range f.running {
		kill(b, cmd)
	}
	return time.Duration(median(took) * float64(time.Second))
}
