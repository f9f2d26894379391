// Package river_test has the queue and River do the same work. It is a module
// of its own, so that River is no requirement of the program.
package river_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

const (
	hosts     = 1000
	deadHosts = 50
	workers   = 16              // as a node has
	timeLimit = 2 * time.Second // of a request
	watched   = 25 * time.Second
	rounds    = 3
)

// BenchmarkRiver sends three items to 1,000 hosts, of which 50 are dead, with
// the queue and with River, on PostgreSQL, over HTTP on this machine: each item as
// soon as the one before has come to all that live. "first" and "next" are how
// long that takes from the call that queues it, next being the mean of the other
// two, and "tries" is how often a dead host has been tried in the end. The two
// take turns; each figure is a median of three.
//
//   - refused: nobody listens at a dead host, which costs a worker nothing
//   - silent: a dead host never answers, which costs a worker 2 s each time; the
//     end is after 25 s
func BenchmarkRiver(b *testing.B) {
	for _, kind := range []string{"refused", "silent"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				figures := map[string][]float64{}
				for range rounds {
					for _, one := range []contender{{"lanes", lanes}, {"river", rivers}} {
						w := newWorld(b, kind == "silent")
						for what, value := range w.measure(b, one.start) {
							what = one.name + "-" + what
							figures[what] = append(figures[what], value)
						}
					}
				}
				for what, values := range figures {
					slices.Sort(values)
					b.ReportMetric(values[len(values)/2], what)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A contender is a queue that starts and works until the end.
type contender struct {
	name  string
	start func(testing.TB, *world) sender
}

// A sender queues an item for hosts.
type sender func(item string, to []string) error

// A world is the hosts, and what came to them.
type world struct {
	silent      bool // are the dead
	living, all []string
	client      *http.Client
	inboxes     string // the address of all that live
	dead        string // of all that do not

	mu    sync.Mutex
	came  map[string]int // to how many, by item
	tries int            // at dead hosts
	more  chan struct{}  // something came to all
}

func newWorld(b testing.TB, silent bool) *world {
	b.Helper()
	w := &world{silent: silent, came: map[string]int{}, more: make(chan struct{}, 1)}
	server := httptest.NewServer(w)
	b.Cleanup(server.Close)
	w.inboxes = server.Listener.Addr().String()
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	w.dead = dead.Addr().String()
	if silent { // the system takes the connection, and nobody reads
		b.Cleanup(func() { dead.Close() })
	} else {
		dead.Close()
	}
	for i := range hosts {
		host := fmt.Sprintf("h%04d.example", i)
		if i%(hosts/deadHosts) == 7 {
			host = "dead-" + host
		} else {
			w.living = append(w.living, host)
		}
		w.all = append(w.all, host)
	}
	transport := &http.Transport{MaxIdleConns: 2 * hosts, MaxIdleConnsPerHost: 2, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if to := w.inboxes; !strings.HasPrefix(address, "dead-") {
			return (&net.Dialer{}).DialContext(ctx, network, to)
		}
		return (&net.Dialer{}).DialContext(ctx, network, w.dead)
	}}
	b.Cleanup(transport.CloseIdleConnections)
	w.client = &http.Client{Transport: transport, Timeout: timeLimit}
	return w
}

// ServeHTTP implements [http.Handler]: it is all inboxes that live.
func (w *world) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	answer.WriteHeader(http.StatusAccepted)
	w.mu.Lock()
	defer w.mu.Unlock()
	item := r.URL.Path
	if w.came[item]++; w.came[item] == len(w.living) {
		w.more <- struct{}{}
	}
}

// body is about as long as that of an item.
var body = bytes.Repeat([]byte("x"), 2000)

// post is the work: it sends an item to a host.
func (w *world) post(ctx context.Context, host, item string) error {
	if strings.HasPrefix(host, "dead-") {
		w.mu.Lock()
		w.tries++
		w.mu.Unlock()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+item, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// measure sends the items and returns the figures.
func (w *world) measure(b testing.TB, start func(testing.TB, *world) sender) map[string]float64 {
	b.Helper()
	send := start(b, w)
	took := func(item string, to []string) float64 {
		begun := time.Now()
		if err := send(item, to); err != nil {
			b.Fatal(err)
		}
		select {
		case <-w.more:
		case <-time.After(2 * time.Minute):
			b.Fatalf("%s has come to %d", item, w.came[item])
		}
		return time.Since(begun).Seconds()
	}
	took("/warm", w.living) // connections, statements
	begun := time.Now()
	first := took("/first", w.all)
	second, third := took("/second", w.all), took("/third", w.all)
	if w.silent {
		time.Sleep(watched - time.Since(begun))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]float64{"first-s": first, "next-s": (second + third) / 2, "tries": float64(w.tries) / deadHosts}
}

// lanes is the queue, with what the program makes of a host that does not answer.
func lanes(b testing.TB, w *world) sender {
	b.Helper()
	q := storagetest.Open(b, storagetest.Database(b, storagetest.Postgres)).Queue()
	q.SetLimit(workers)
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() {
		err := q.Run(ctx, func(ctx context.Context, j queue.Job) error {
			if err := w.post(ctx, j.Lane, j.Key); err != nil {
				return queue.Hold(err, 0)
			}
			return nil
		})
		if err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(func() { stop(); running.Wait() })
	return func(item string, to []string) error {
		jobs := make([]queue.Job, len(to))
		for i, host := range to {
			jobs[i] = queue.Job{Lane: host, Target: "http://" + host + item, Key: item, Kind: "post", Payload: []byte(item)}
		}
		return q.Add(ctx, jobs...)
	}
}

// A delivery is River's job.
type delivery struct {
	Host, Item string
}

// Kind implements [river.JobArgs].
func (delivery) Kind() string { return "post" }

type poster struct {
	river.WorkerDefaults[delivery]
	w *world
}

// Work implements [river.Worker].
func (p poster) Work(ctx context.Context, j *river.Job[delivery]) error {
	return p.w.post(ctx, j.Args.Host, j.Args.Item)
}

// A backoff waits as long as the queue does, which is longer than River would.
type backoff struct{}

// NextRetry implements [river.ClientRetryPolicy].
func (backoff) NextRetry(j *rivertype.JobRow) time.Time {
	n := j.Attempt
	return time.Now().Add(time.Duration(n*n*n*n+15) * time.Second)
}

// rivers is River, set to be quick.
func rivers(b testing.TB, w *world) sender {
	b.Helper()
	c, err := pgxpool.ParseConfig(storagetest.Blank(b, storagetest.Postgres))
	if err != nil {
		b.Fatal(err)
	}
	c.MaxConns = 10 // as a node has
	pool, err := pgxpool.NewWithConfig(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err == nil {
		_, err = migrator.Migrate(b.Context(), rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	all := river.NewWorkers()
	river.AddWorker(all, poster{w: w})
	client, err := river.NewClient(driver, &river.Config{
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		Workers: all, Logger: slog.New(slog.DiscardHandler), RetryPolicy: backoff{},
		FetchCooldown: river.FetchCooldownMin, FetchPollInterval: 20 * time.Millisecond,
	})
	if err == nil {
		err = client.Start(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := client.StopAndCancel(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return func(item string, to []string) error {
		jobs := make([]river.InsertManyParams, len(to))
		for i, host := range to {
			jobs[i].Args = delivery{host, item}
		}
		_, err := client.InsertManyFast(b.Context(), jobs)
		return err
	}
}
