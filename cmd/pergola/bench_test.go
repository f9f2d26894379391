package main

import (
	"cmp"
	"context"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/config"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
	"pergola/storage/queue"
)

// foundNode makes a node, whose organisation has the first part of its host
// name, and returns what it is opened with. An association has a digest, as
// those made by init do.
func foundNode(b *testing.B, base, database string, kind hub.Kind) nodeConfig {
	b.Helper()
	c := config.Default()
	c.BaseURL, c.Database, c.AllowLoopback = base, database, true
	dir := b.TempDir()
	if !strings.Contains(database, "://") {
		dir, c.Database = filepath.Split(database)
	}
	name, _, _ := strings.Cut(hostName(base), ".")
	nc := newcomer{Dir: dir, Config: c, User: "office", Password: "office password", Organisation: hub.Organisation{
		Name: name, Kind: kind, Title: vocab.Text{{Lang: "hu", Value: name}}, Languages: []string{"hu", "en"},
		Zone: "Europe/Budapest", BoostAll: kind == hub.Association,
	}}
	if kind == hub.Association {
		nc.Digests = []hub.Digest{{Title: vocab.Text{{Lang: "hu", Value: "Heti összefoglaló"}}, Rule: cron.Weekly(1, 8, 0, "Europe/Budapest"), Enabled: true}}
	}
	if err := nc.settle(b.Context(), quiet()); err != nil {
		b.Fatal(err)
	}
	return nodeConfig{Config: c, Dir: nc.Dir, Log: quiet()}
}

// openBenched opens a node until the benchmark ends.
func openBenched(b *testing.B, c nodeConfig) *node {
	b.Helper()
	before := debug.SetGCPercent(heapGrowth) // as main does
	b.Cleanup(func() { debug.SetGCPercent(before) })
	n, err := newNode(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := n.close(); err != nil {
			b.Error(err)
		}
	})
	return n
}

// startNode has everything of a node work until the benchmark ends.
func startNode(b *testing.B, n *node) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := n.run(ctx); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(func() {
		stop()
		wg.Wait()
	})
}

// waitForQueue waits until a node has delivered everything and written that
// down.
func waitForQueue(b *testing.B, n *node) {
	b.Helper()
	for {
		lanes, err := n.db.Queue().Lanes(b.Context(), "", 5000)
		if err != nil {
			b.Fatal(err)
		}
		if !slices.ContainsFunc(lanes, func(l queue.LaneStatus) bool { return l.State != queue.Idle || l.GivenUp > 0 }) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func median[T cmp.Ordered](xs []T) T {
	xs = slices.Sorted(slices.Values(xs))
	return xs[len(xs)/2]
}

// report prints the median of ratios to a limit that was taken in the same run,
// and what it should be.
func report(b *testing.B, ratios []float64, floor, aim float64) {
	b.Helper()
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(floor, "floor")
	b.ReportMetric(aim, "aim")
}
