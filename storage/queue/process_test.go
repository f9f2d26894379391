package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
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
		t.Skip("it is run by other tests")
	}
	q := storagetest.Open(t, database).Queue()
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	runAndTell(ctx, t, q, os.Stdout)
}

func runAndTell(ctx context.Context, t *testing.T, q *queue.Queue, w io.Writer) {
	q.SetLimit(4)
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
	const n = 300
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		db := storagetest.Open(t, database)
		var jobs []queue.Job
		for i := range n {
			jobs = append(jobs, queue.Job{Lane: fmt.Sprint("host", i%40), Key: fmt.Sprint("k", i%3), Kind: "post"})
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

func TestNothingIsLostWhenAProcessIsKilled(t *testing.T) {
	hosts := 1000
	if testing.Short() {
		hosts = 150
	}
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		addFanOut(t, database, hosts)
		at := map[string]string{}     // what each id was done for
		last := map[string][]string{} // the kinds done per lane
		note := func(f []string) {
			what := strings.Join(f[1:], " ")
			if before, ok := at[f[0]]; ok && before != what {
				t.Errorf("job %s was %q, then %q", f[0], before, what)
			}
			at[f[0]] = what
			if k := last[f[1]]; len(k) == 0 || k[len(k)-1] != f[3] {
				last[f[1]] = append(k, f[3])
			}
		}
		done := make(chan []string)
		p := startProcess(t, database)
		go func() { p.tell(done); close(done) }()
		repeated := 0
		for f := range done {
			note(f)
			if len(at) == hosts*2/3 {
				if err := p.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = p.Wait() // killed
		if len(at) == 2*hosts {
			t.Fatal("the process was killed too late")
		}
		before := len(at)
		q := storagetest.Open(t, database).Queue()
		if err := q.FreeAll(t.Context()); err != nil { // as when the leases have run out
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		err := q.Run(ctx, func(_ context.Context, j queue.Job) error {
			mu.Lock()
			defer mu.Unlock()
			if at[j.ID] != "" {
				repeated++
			}
			note([]string{j.ID, j.Lane, j.Key, j.Kind})
			if len(at) == 2*hosts {
				stop()
			}
			return nil
		})
		stop()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("killed after %d of %d jobs, %d repeated", before, 2*hosts, repeated)
		for lane, kinds := range last {
			if s := strings.Join(kinds, " "); s != "create delete" && s != "create delete create delete" {
				t.Errorf("%s got %s", lane, s)
			}
		}
	})
}

// addFanOut queues a Create and a Delete of one object for each host.
func addFanOut(t *testing.T, database string, hosts int) {
	var jobs []queue.Job
	for _, kind := range []string{"create", "delete"} {
		for i := range hosts {
			jobs = append(jobs, queue.Job{Lane: fmt.Sprint("host", i), Key: "o", Kind: kind})
		}
	}
	db := storagetest.Open(t, database)
	if err := db.Queue().Add(t.Context(), jobs...); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
