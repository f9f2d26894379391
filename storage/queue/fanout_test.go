package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// hosts are the lanes of a fan-out.
var hosts = []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}

// spread queues a job for each of the hosts, given as "key kind".
func (w *world) spread(due time.Time, jobs ...string) {
	w.t.Helper()
	for _, j := range jobs {
		var all []string
		for _, host := range hosts {
			all = append(all, host+" "+j)
		}
		w.addAt(due, all...)
	}
}

// wantAt compares what was done at one host, and asks that all others got as
// much as one of them.
func (w *world) wantAt(host, when string, want, others []string) {
	w.t.Helper()
	got := map[string][]string{}
	for _, did := range w.settle() {
		lane, what, _ := strings.Cut(did, " ")
		got[lane] = append(got[lane], what)
	}
	for _, h := range hosts {
		wanted := others
		if h == host {
			wanted = want
		}
		if diff := cmp.Diff(wanted, got[h]); diff != "" {
			w.t.Errorf("%s, at %s (-want +got):\n%s", when, h, diff)
		}
	}
}

func TestFanOutsOfOneKeyHappenInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["c x create"] = queue.Later(errRefused, time.Hour)
		w.spread(time.Time{}, "x create", "x update", "y create")
		w.wantAt("c", "at first", []string{"y create"}, []string{"x create", "x update", "y create"})
		w.spread(time.Time{}, "x delete")
		w.add("c z create")
		w.wantAt("c", "while one waits", []string{"z create"}, []string{"x delete"})
		l := w.lane("c")
		if l.Waiting != 3 || l.Failures != 0 || l.LastError != "" || l.Delivered != 2 {
			t.Errorf("its lane is %+v, want three waiting", l)
		}
		clear(w.answers)
		time.Sleep(time.Hour)
		w.wantAt("c", "an hour later", []string{"x create", "x update", "x delete"}, nil)
		if l := w.lane("a"); l.State != queue.Idle || l.Delivered != 4 || !l.LastOK.Equal(time.Now().Add(-time.Hour)) {
			t.Errorf("another lane is %+v", l)
		}
	})
}

func TestAHostThatIsDownDuringAFanOut(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["c"] = queue.Hold(errRefused, 0)
		w.spread(time.Time{}, "x create", "y create")
		w.wantAt("c", "at first", nil, []string{"x create", "y create"})
		l := w.lane("c")
		if l.State != queue.Held || l.Failures != 1 || l.Waiting != 2 || l.LastError != "connection refused" || !l.LastTry.Equal(time.Now()) {
			t.Errorf("its lane is %+v, want one failure and two waiting", l)
		}
		if wait := time.Until(l.Due); wait < 16*time.Second || wait > 24*time.Second {
			t.Errorf("it is tried again in %s, want 16 s and up to half as much again", wait)
		}
		w.spread(time.Time{}, "x update")
		w.wantAt("c", "while it is held", nil, []string{"x update"})
		clear(w.answers)
		time.Sleep(24 * time.Second)
		w.wantAt("c", "when it is back", []string{"x create", "y create", "x update"}, nil)
		if l := w.lane("c"); l.State != queue.Idle || l.Failures != 0 || l.Delivered != 3 {
			t.Errorf("its lane is %+v, want it idle", l)
		}
	})
}

func TestWhatIsGivenUpInAFanOutStaysVisible(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["c x create"] = queue.GiveUp(errors.New("status 400"))
		w.spread(time.Time{}, "x create", "x update")
		w.settle()
		if l := w.lane("c"); l.GivenUp != 1 || l.Waiting != 0 || l.Delivered != 1 || l.State != queue.Idle {
			t.Errorf("lane c is %+v, want one given up", l)
		}
		jobs, err := w.q.Jobs(t.Context(), "c", "", 10)
		if err != nil || len(jobs) != 1 || jobs[0].Kind != "create" || jobs[0].Attempt != 1 || jobs[0].Error != "status 400" {
			t.Errorf("Jobs = %+v, %v, want the one given up", jobs, err)
		}
		clear(w.answers)
		if err := w.q.Retry(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		w.want("retried", "c x create")
	})
}

func TestAFanOutThatIsDueLater(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		due := time.Now().Add(time.Minute).Truncate(time.Millisecond)
		w.spread(due, "x announce")
		w.add("c x undo", "c y create")
		w.want("at first", "c y create")
		if l := w.lane("c"); l.Waiting != 2 || l.State != queue.Waiting || !l.Due.Equal(time.Now().Truncate(time.Millisecond)) && !l.Due.Equal(due) {
			t.Errorf("its lane is %+v, want two waiting", l)
		}
		if l := w.lane("a"); l.Waiting != 1 || l.State != queue.Waiting || !l.Due.Equal(due) {
			t.Errorf("another lane is %+v, want one waiting", l)
		}
		jobs, err := w.q.Jobs(t.Context(), "c", "", 1)
		if err != nil || len(jobs) != 1 || jobs[0].Kind != "announce" {
			t.Fatalf("Jobs = %+v, %v, want the first", jobs, err)
		}
		if jobs, err = w.q.Jobs(t.Context(), "c", jobs[0].ID, 9); err != nil || len(jobs) != 1 || jobs[0].Kind != "undo" {
			t.Errorf("then Jobs = %+v, %v, want the second", jobs, err)
		}
		if jobs, err = w.q.WaitingFor(t.Context(), "c", "x"); err != nil || len(jobs) != 2 {
			t.Errorf("WaitingFor = %+v, %v, want two", jobs, err)
		}
		time.Sleep(time.Minute - time.Second)
		w.want("too early")
		time.Sleep(time.Second)
		w.wantAt("c", "in time", []string{"x announce", "x undo"}, []string{"x announce"})
	})
}

func TestSeveralJobsOfAFanOutInOneLane(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var jobs []queue.Job
		for _, target := range []string{"1", "2", "3"} {
			for _, host := range hosts {
				jobs = append(jobs, queue.Job{Lane: host, Target: target, Key: "x", Kind: "post"})
			}
		}
		if err := w.q.Add(t.Context(), jobs...); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		down := true
		step := func() {
			for did, err := true, error(nil); did; {
				did, err = w.q.Step(t.Context(), func(_ context.Context, j queue.Job) error {
					if j.Lane == "c" && j.Target == "2" && down {
						return errRefused
					}
					got[j.Lane] += j.Target
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		step()
		if got["a"] != "123" || got["c"] != "1" {
			t.Errorf("at first a got %s and c got %s, want all and the first", got["a"], got["c"])
		}
		down = false
		time.Sleep(time.Minute)
		if step(); got["a"] != "123" || got["c"] != "123" {
			t.Errorf("later a has got %s and c %s, want all", got["a"], got["c"])
		}
	})
}

func TestALeaseOnAFanOutThatExpires(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.spread(time.Time{}, "x create")
		w.spread(time.Time{}, "x delete")
		first := make(chan []string)
		go func() {
			var did []string
			_, err := w.q.Step(t.Context(), func(_ context.Context, j queue.Job) error {
				if did = append(did, j.Lane); j.Lane == "c" {
					time.Sleep(30 * time.Second) // longer than the lease
					return errRefused
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			first <- did
		}()
		time.Sleep(19 * time.Second)
		w.want("within the lease")
		time.Sleep(2 * time.Second)
		w.wantAt("", "after the lease", nil, []string{"x create", "x delete"})
		if diff := cmp.Diff([]string{"a", "b", "c"}, <-first); diff != "" {
			t.Errorf("done by the one that lost the lease (-want +got):\n%s", diff)
		}
		w.want("in the end")
		if l := w.lane("c"); l.State != queue.Idle || l.Waiting != 0 || l.Delivered != 2 || l.Failures != 0 {
			t.Errorf("lane c is %+v, want it idle", l)
		}
	})
}

// Fan-outs that Insert hands to a Run, jobs beside them, hosts that fail.
func TestRunDoesOneJobAtATimeInEachLane(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		synctest.Test(t, func(t *testing.T) {
			q := storagetest.Open(t, database).Queue()
			var mu sync.Mutex
			busy, got, tried := map[string]bool{}, map[string][]string{}, map[string]int{}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() {
				ended <- q.Run(ctx, func(_ context.Context, j queue.Job) error {
					mu.Lock()
					defer mu.Unlock()
					if busy[j.Lane] {
						t.Errorf("two jobs at once in %s", j.Lane)
					}
					busy[j.Lane] = true
					mu.Unlock()
					time.Sleep(10 * time.Millisecond)
					mu.Lock()
					busy[j.Lane] = false
					tried[j.Lane]++
					if j.Lane == "c" && tried["c"] == 1 {
						return queue.Hold(errRefused, time.Minute)
					}
					if j.Lane == "d" && tried["d"] == 1 {
						return queue.Later(errRefused, time.Minute)
					}
					got[j.Lane] = append(got[j.Lane], j.Key+" "+j.Kind)
					return nil
				})
			}()
			time.Sleep(time.Second)
			var jobs []queue.Job
			for _, job := range []string{"x create", "y create", "x delete"} {
				f := strings.Fields(job)
				for _, host := range hosts {
					jobs = append(jobs, queue.Job{Lane: host, Key: f[0], Kind: f[1]})
				}
			}
			if err := q.Add(ctx, jobs...); err != nil {
				t.Error(err)
			}
			for range 3 {
				if err := q.Add(ctx, queue.Job{Lane: "a", Key: "z", Kind: "single"}); err != nil {
					t.Error(err)
				}
			}
			time.Sleep(5 * time.Second)
			synctest.Wait()
			mu.Lock()
			if tried["c"] != 1 || len(got["d"]) != 1 {
				t.Errorf("c was tried %d times, d got %q, want once and the other key", tried["c"], got["d"])
			}
			mu.Unlock()
			lanes, err := q.Lanes(ctx, "", 20)
			if err != nil || len(lanes) != len(hosts) || lanes[1].Delivered != 3 || lanes[2].State != queue.Held || lanes[2].Waiting != 3 {
				t.Errorf("Lanes = %+v, %v", lanes, err)
			}
			time.Sleep(2 * time.Minute)
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			for _, host := range hosts {
				want := 3
				if host == "a" {
					want = 6
				}
				create, remove := slices.Index(got[host], "x create"), slices.Index(got[host], "x delete")
				if len(got[host]) != want || create < 0 || remove < create {
					t.Errorf("%s got %q", host, got[host])
				}
			}
		})
	})
}

// What is left of a fan-out when Run ends is done by the next.
func TestRunLeavesTheRestOfAFanOut(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		synctest.Test(t, func(t *testing.T) {
			q := storagetest.Open(t, database).Queue()
			q.SetLimit(2)
			var jobs []queue.Job
			for i := range 50 {
				jobs = append(jobs, queue.Job{Lane: fmt.Sprintf("host%02d", i), Key: "x", Kind: "post"})
			}
			if err := q.Add(t.Context(), jobs...); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			times := map[string]int{}
			for range 2 {
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				err := q.Run(ctx, func(_ context.Context, j queue.Job) error {
					time.Sleep(time.Second)
					mu.Lock()
					defer mu.Unlock()
					times[j.ID]++
					return nil
				})
				if stop(); err != nil {
					t.Fatal(err)
				}
				if n := len(times); n < 18 || n > 44 {
					t.Errorf("%d jobs done after ten or twenty seconds, want two a second", n)
				}
			}
			for id, n := range times {
				if n != 1 {
					t.Errorf("job %s was done %d times", id, n)
				}
			}
			lanes, err := q.Lanes(t.Context(), "", 100)
			waits := 0
			for _, l := range lanes {
				waits += l.Waiting
			}
			if err != nil || len(lanes) != 50 || waits != 50-len(times) {
				t.Errorf("%d lanes with %d jobs, %v, want 50 and %d", len(lanes), waits, err, 50-len(times))
			}
		})
	})
}
