package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// A process is this test binary again, working on a database and telling each
// job it has done.
type process struct {
	*exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

const childDatabase = "PERGOLA_QUEUE_CHILD"

// TestChild is the other process of the tests below.
func TestChild(t *testing.T) {
	database := os.Getenv(childDatabase)
	if database == "" {
		return // it is run by other tests
	}
	q := storagetest.Open(t, database).Queue()
	q.SetLimit(4)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	runAndTell(ctx, t, q, os.Stdout)
}

func runAndTell(ctx context.Context, t *testing.T, q *queue.Queue, w io.Writer) {
	err := q.Run(ctx, func(_ context.Context, j queue.Job) error {
		_, err := fmt.Fprintf(w, "done %s %s %s %s\n", j.ID, j.Lane, j.Key, j.Kind)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func startProcess(t *testing.T, database string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")}
	p.Env = append(os.Environ(), childDatabase+"="+database)
	p.Stderr = t.Output()
	var err error
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// tell sends what the process has done, until it ends.
func (p *process) tell(to chan<- []string) {
	for p.lines.Scan() {
		if f := strings.Fields(p.lines.Text()); len(f) == 5 && f[0] == "done" {
			to <- f[1:]
		}
	}
}

func TestEachJobIsDoneOnce(t *testing.T) {
	t.Run("jobs", func(t *testing.T) {
		eachOnce(t, func(i int) queue.Job {
			return queue.Job{Lane: fmt.Sprint("host", i%40), Key: fmt.Sprint("k", i%3), Kind: "post"}
		})
	})
	t.Run("fan-outs", func(t *testing.T) {
		eachOnce(t, func(i int) queue.Job {
			return queue.Job{Lane: fmt.Sprint("host", i%40), Key: fmt.Sprint("k", i/50), Kind: "post"}
		})
	})
}

// eachOnce has two processes do 300 jobs.
func eachOnce(t *testing.T, job func(i int) queue.Job) {
	const n = 300
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		db := storagetest.Open(t, database)
		db.Queue().SetLimit(4)
		var jobs []queue.Job
		for i := range n {
			jobs = append(jobs, job(i))
		}
		if err := db.Queue().Add(t.Context(), jobs...); err != nil {
			t.Fatal(err)
		}
		done, ended := make(chan []string), make(chan struct{}, 2)
		var stop []func()
		for range 2 {
			if strings.Contains(database, "://") {
				p := startProcess(t, database)
				stop = append(stop, func() { p.stdin.Close() })
				go func() {
					p.tell(done)
					if err := p.Wait(); err != nil {
						t.Error(err)
					}
					ended <- struct{}{}
				}()
				continue
			}
			// A file belongs to one process, so there the two are in it.
			ctx, cancel := context.WithCancel(t.Context())
			stop = append(stop, cancel)
			r, w := io.Pipe()
			go (&process{lines: bufio.NewScanner(r)}).tell(done)
			go func() {
				runAndTell(ctx, t, db.Queue(), w)
				ended <- struct{}{}
			}()
		}
		times := map[string]int{}
		for running := 2; running > 0; {
			select {
			case f := <-done:
				times[f[0]]++
				if len(times) == n && times[f[0]] == 1 {
					for _, f := range stop {
						f()
					}
				}
			case <-ended:
				running--
			}
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("job %s was done %d times", id, n)
			}
		}
	})
}

// A diary is what the hosts of a fan-out saw.
type diary struct {
	jobs     map[string]string   // what each id was for
	kinds    map[string][]string // per lane, without a kind that comes twice in a row
	repeated int
}

func (d *diary) note(t *testing.T, id, lane, kind string) {
	before, seen := d.jobs[id]
	if seen {
		d.repeated++
	}
	if seen && before != lane+" "+kind {
		t.Errorf("job %s was %q, then %q", id, before, lane+" "+kind)
	}
	d.jobs[id] = lane + " " + kind
	if k := d.kinds[lane]; len(k) == 0 || k[len(k)-1] != kind {
		d.kinds[lane] = append(k, kind)
	}
}

func TestNothingIsLostWhenAProcessIsKilled(t *testing.T) {
	hosts := 1000
	if testing.Short() {
		hosts = 150
	}
	t.Run("jobs", func(t *testing.T) { killed(t, hosts, 5) })
	t.Run("fan-outs", func(t *testing.T) { killed(t, hosts, hosts) })
}

// killed kills a process that works on a Create and a Delete for each host,
// inserted for so many hosts at a time, and has another end it.
func killed(t *testing.T, hosts, together int) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		addFanOut(t, database, hosts, together)
		d := &diary{jobs: map[string]string{}, kinds: map[string][]string{}}
		done := make(chan []string)
		p := startProcess(t, database)
		go func() { p.tell(done); close(done) }()
		for f := range done {
			d.note(t, f[0], f[1], f[3])
			if len(d.jobs) == hosts*2/3 {
				if err := p.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = p.Wait() // killed
		before := len(d.jobs)
		if before == 2*hosts {
			t.Fatal("the process was killed too late")
		}
		finish(t, database, d, 2*hosts)
		t.Logf("killed after %d of %d jobs, %d repeated", before, 2*hosts, d.repeated)
		for lane, kinds := range d.kinds {
			if s := strings.Join(kinds, " "); s != "create delete" && s != "create delete create delete" {
				t.Errorf("%s got %s", lane, s)
			}
		}
	})
}

// finish works until n jobs stand in d.
func finish(t *testing.T, database string, d *diary, n int) {
	t.Helper()
	q := storagetest.Open(t, database).Queue()
	if err := q.FreeAll(t.Context()); err != nil { // as when the leases have run out
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	err := q.Run(ctx, func(_ context.Context, j queue.Job) error {
		mu.Lock()
		defer mu.Unlock()
		d.note(t, j.ID, j.Lane, j.Kind)
		if len(d.jobs) == n {
			stop()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// addFanOut queues a Create and a Delete of one object for each host.
func addFanOut(t *testing.T, database string, hosts, together int) {
	db := storagetest.Open(t, database)
	for _, kind := range []string{"create", "delete"} {
		var jobs []queue.Job
		for i := range hosts {
			jobs = append(jobs, queue.Job{Lane: fmt.Sprint("host", i), Key: "o", Kind: kind})
		}
		for part := range slices.Chunk(jobs, together) {
			if err := db.Queue().Add(t.Context(), part...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
