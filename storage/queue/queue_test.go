package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

var errRefused = errors.New("connection refused")

// A world is the other hosts: what was done there, and what they answer.
type world struct {
	t       *testing.T
	q       *queue.Queue
	did     []string         // "lane key kind" in order
	answers map[string]error // by lane, by lane and key, or by all three
}

// inBubble runs f on a queue of each kind of database, with a clock that only
// goes on when f sleeps.
func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		synctest.Test(t, func(t *testing.T) {
			f(t, &world{t: t, q: storagetest.Open(t, database).Queue(), answers: map[string]error{}})
		})
	})
}

func (w *world) work(_ context.Context, j queue.Job) error {
	said := []string{j.Lane, j.Key, j.Kind}
	for n := range said {
		if err := w.answers[strings.Join(said[:n+1], " ")]; err != nil {
			return err
		}
	}
	w.did = append(w.did, strings.Join(said, " "))
	return nil
}

// add queues jobs given as "lane key kind".
func (w *world) add(jobs ...string) {
	w.t.Helper()
	w.addAt(time.Time{}, jobs...)
}

func (w *world) addAt(due time.Time, jobs ...string) {
	w.t.Helper()
	var js []queue.Job
	for _, j := range jobs {
		s := strings.Fields(j)
		js = append(js, queue.Job{Lane: s[0], Key: s[1], Kind: s[2], Due: due})
	}
	if err := w.q.Add(w.t.Context(), js...); err != nil {
		w.t.Fatal(err)
	}
}

// settle steps until nothing is due and returns what was done meanwhile.
func (w *world) settle() []string {
	w.t.Helper()
	w.did = nil
	for range 1000 {
		did, err := w.q.Step(w.t.Context(), w.work)
		if err != nil {
			w.t.Fatal(err)
		}
		if !did {
			return w.did
		}
	}
	w.t.Fatal("the queue does not settle")
	return nil
}

func (w *world) want(when string, want ...string) {
	w.t.Helper()
	got := w.settle()
	slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(strings.Fields(a)[0], strings.Fields(b)[0]) })
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func (w *world) lane(name string) queue.LaneStatus {
	w.t.Helper()
	lanes, err := w.q.Lanes(w.t.Context(), "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range lanes {
		if l.Name == name {
			return l
		}
	}
	w.t.Fatalf("there is no lane %s", name)
	return queue.LaneStatus{}
}

func TestJobsOfOneKeyHappenInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add("a x create", "a y create", "b x create")
		w.add("a x update", "a x delete")
		w.want("at once", "a x create", "a y create", "a x update", "a x delete", "b x create")
		w.want("again")
	})
}

// What else in the process makes ids, by another clock, does not disturb the order
// of what is queued within a millisecond.
func TestOrderBesideOtherClocks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var want []string
		for i := range 20 {
			want = append(want, fmt.Sprintf("a x job%d", i))
			w.add(want[i])
			if _, err := ulid.New(ulid.Now()+1000, ulid.DefaultEntropy()); err != nil {
				t.Fatal(err)
			}
		}
		w.want("all in order", want...)
	})
}

func TestAKeyThatWaitsBlocksOnlyItself(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["a x create"] = queue.Later(errRefused, time.Hour)
		w.add("a x create", "a x update", "a y create", "b x create")
		w.want("at first", "a y create", "b x create")
		w.add("a x delete", "a z create")
		w.want("while x waits", "a z create")
		delete(w.answers, "a x create")
		time.Sleep(time.Hour - time.Second)
		w.want("too early")
		time.Sleep(time.Second)
		w.want("an hour later", "a x create", "a x update", "a x delete")
	})
}

func TestAJobThatIsPutOffAgainStaysFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["a x 1"] = queue.Later(errRefused, time.Minute)
		w.add("a x 1", "a x 2")
		w.want("at first")
		time.Sleep(30 * time.Second)
		w.add("a x 3")
		w.want("while it waits")
		time.Sleep(30 * time.Second)
		w.want("at the second try")
		w.add("a x 4")
		delete(w.answers, "a x 1")
		time.Sleep(time.Minute)
		w.want("in the end", "a x 1", "a x 2", "a x 3", "a x 4")
	})
}

func TestNotBefore(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.addAt(time.Now().Add(time.Minute), "a x announce")
		w.add("a x undo", "a y announce")
		w.want("at first", "a y announce")
		time.Sleep(59 * time.Second)
		w.want("too early")
		time.Sleep(time.Second)
		w.want("in time", "a x announce", "a x undo")
	})
}

func TestADeadHostDelaysNobodyElse(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["dead"] = queue.Hold(errRefused, 0)
		for i := range 50 {
			w.add(fmt.Sprintf("dead k%d create", i), fmt.Sprintf("live k%d create", i))
		}
		if got := w.settle(); len(got) != 50 {
			t.Errorf("%d jobs done, want the 50 of the live host", len(got))
		}
		l := w.lane("dead")
		if l.State != queue.Held || l.Failures != 1 || l.Waiting != 50 || l.LastError != "connection refused" {
			t.Errorf("the dead lane is %+v", l)
		}
		if wait := time.Until(l.Due); wait < 16*time.Second || wait > 24*time.Second {
			t.Errorf("it is tried again in %s, want 16 s and up to half as much again", wait)
		}
		delete(w.answers, "dead")
		w.want("while it is held")
		time.Sleep(24 * time.Second)
		if got := w.settle(); len(got) != 50 {
			t.Errorf("%d jobs done, want the 50 of the host that is back", len(got))
		}
		l = w.lane("dead")
		if l.State != queue.Idle || l.Failures != 0 || l.Delivered != 50 || !l.LastOK.Equal(time.Now()) || l.LastError != "" {
			t.Errorf("the lane is %+v", l)
		}
	})
}

func TestAHoldThatWasAskedForIsHonoured(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["a"] = fmt.Errorf("posting: %w", queue.Hold(errors.New("429"), 2*time.Hour))
		w.add("a x create")
		w.want("at first")
		clear(w.answers)
		time.Sleep(time.Hour)
		if err := w.q.Wake(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.add("a y create")
		w.want("within it")
		time.Sleep(time.Hour)
		w.want("after it", "a x create", "a y create")
	})
}

func TestALiveHostIsTriedOnceAndStaysCounted(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["a"] = queue.Hold(errRefused, 0)
		w.add("a x create")
		for range 8 {
			w.want("while it fails")
			time.Sleep(time.Until(w.lane("a").Due))
		}
		w.want("while it fails")
		if err := w.q.Wake(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if l := w.lane("a"); l.State != queue.Held {
			t.Errorf("a lane just tried is %s, want it left alone", l.State)
		}
		time.Sleep(2 * time.Minute)
		if err := w.q.Wake(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.want("woken, and failing still")
		if l := w.lane("a"); l.Failures != 10 || l.State != queue.Held {
			t.Errorf("the lane is %+v, want 10 failures", l)
		}
		clear(w.answers)
		time.Sleep(2 * time.Minute)
		if err := w.q.Wake(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.want("woken", "a x create")
	})
}

func TestWhatIsGivenUpStaysVisibleAndCanBeRetried(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["a x create"] = queue.GiveUp(errors.New("the inbox answered 400\x00 \xff" + strings.Repeat("é", 300)))
		w.add("a x create", "a x update")
		w.want("at first", "a x update")
		if l := w.lane("a"); l.GivenUp != 1 || l.Waiting != 0 || l.State != queue.Idle {
			t.Errorf("the lane is %+v, want one given up", l)
		}
		jobs, err := w.q.Jobs(t.Context(), "a", "", 10)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("Jobs = %v, %v, want one", jobs, err)
		}
		j := jobs[0]
		if !j.GivenUp || j.Attempt != 1 || j.Kind != "create" || len([]rune(j.Error)) != 200 {
			t.Errorf("the job is %+v", j)
		}
		clear(w.answers)
		time.Sleep(8 * 24 * time.Hour)
		w.want("by itself")
		if err := w.q.Retry(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.want("retried", "a x create")
	})
}

func TestAJobIsGivenUpAfterTwentyTries(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		tries := 0
		w.add("a x create")
		for tries < 100 {
			did, err := w.q.Step(t.Context(), func(_ context.Context, j queue.Job) error {
				tries++
				if j.Attempt != tries {
					t.Errorf("attempt %d at try %d", j.Attempt, tries)
				}
				if tries == 3 {
					panic("a worker that panics has failed")
				}
				return errors.New("500")
			})
			if err != nil {
				t.Fatal(err)
			}
			due := w.lane("a").Due
			if did && due.IsZero() {
				break
			}
			time.Sleep(time.Until(due))
		}
		if l := w.lane("a"); tries != 20 || l.GivenUp != 1 || l.Failures != 0 {
			t.Errorf("after %d tries the lane is %+v, want 20", tries, l)
		}
	})
}

func TestAHostDownForDaysIsUnavailableAndItsJobsGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		start := time.Now()
		w.answers["a"] = queue.Hold(errRefused, 0)
		w.add("a x create", "a y create")
		tries := 0
		for w.lane("a").Waiting > 0 {
			tries++
			w.want("down")
			if l := w.lane("a"); !l.Due.IsZero() {
				time.Sleep(time.Until(l.Due))
			}
		}
		if took := time.Since(start); took < 7*24*time.Hour || took > 8*24*time.Hour+12*time.Hour {
			t.Errorf("given up after %s, want about a week", took)
		}
		l := w.lane("a")
		if l.State != queue.Unavailable || l.GivenUp != 2 || !l.FirstFailure.Equal(start) || tries > 60 {
			t.Errorf("after %d tries the lane is %+v", tries, l)
		}
		clear(w.answers)
		time.Sleep(24 * time.Hour)
		w.add("a z create")
		time.Sleep(24 * time.Hour)
		w.want("back again", "a z create")
		if l := w.lane("a"); l.State != queue.Idle || l.Failures != 0 {
			t.Errorf("the lane is %+v, want it idle", l)
		}
	})
}

func TestSweepForgetsWhatIsOld(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answers["a"] = queue.GiveUp(errRefused)
		w.add("a x create", "b x create")
		w.want("at first", "b x create")
		w.addAt(time.Now().Add(90*24*time.Hour), "c x create")
		time.Sleep(29 * 24 * time.Hour)
		for i, want := range []int{3, 1} {
			if err := w.q.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if lanes, err := w.q.Lanes(t.Context(), "", 10); err != nil || len(lanes) != want {
				t.Errorf("sweep %d leaves %v, %v, want %d lanes", i, lanes, err, want)
			}
			time.Sleep(2 * 24 * time.Hour)
		}
	})
}

func TestALeaseThatExpiresFreesItsLane(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add("a x slow", "a y create")
		first := make(chan []string)
		go func() {
			var did []string
			_, err := w.q.Step(t.Context(), func(_ context.Context, j queue.Job) error {
				time.Sleep(30 * time.Second) // longer than the lease
				did = append(did, j.Kind)
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
		w.want("after the lease", "a x slow", "a y create")
		if diff := cmp.Diff([]string{"slow"}, <-first); diff != "" {
			t.Errorf("done by the one that lost the lease (-want +got):\n%s", diff)
		}
		if l := w.lane("a"); l.State != queue.Idle {
			t.Errorf("the lane is %+v, want it idle", l)
		}
	})
}

func TestManyJobsInOneLane(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var want []string
		for i := range 350 {
			want = append(want, fmt.Sprintf("a k%d job%d", i%3, i))
		}
		w.add(want...)
		w.want("all in order", want...)
	})
}

func TestRunDoesWhatComes(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		q := storagetest.Open(t, database).Queue()
		ctx, stop := context.WithCancel(t.Context())
		done, ended := make(chan string), make(chan error)
		go func() {
			ended <- q.Run(ctx, func(_ context.Context, j queue.Job) error {
				done <- j.Lane
				return nil
			})
		}()
		for i := range 5 {
			lane := fmt.Sprint("host", i)
			if err := q.Add(t.Context(), queue.Job{Lane: lane, Kind: "post"}); err != nil {
				t.Fatal(err)
			}
			if got := <-done; got != lane {
				t.Errorf("a job of %s is done, want %s", got, lane)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		lanes, err := q.Lanes(t.Context(), "", 10)
		if err != nil || len(lanes) != 5 {
			t.Fatalf("Lanes = %v, %v", lanes, err)
		}
		for _, l := range lanes {
			if l.State != queue.Idle || l.Delivered != 1 {
				t.Errorf("when Run has ended, a lane is %+v, want it idle", l)
			}
		}
	})
}

func TestRunLeavesBrokenOffJobsAsTheyWere(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		synctest.Test(t, func(t *testing.T) {
			q := storagetest.Open(t, database).Queue()
			if err := q.Add(t.Context(), queue.Job{Lane: "a", Kind: "post"}); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			err := q.Run(ctx, func(ctx context.Context, j queue.Job) error {
				stop()
				<-ctx.Done()
				return ctx.Err()
			})
			if err != nil {
				t.Fatal(err)
			}
			jobs, err := q.Jobs(t.Context(), "a", "", 10)
			if err != nil || len(jobs) != 1 || jobs[0].Attempt != 0 || jobs[0].Error != "" {
				t.Errorf("Jobs = %+v, %v, want one never tried", jobs, err)
			}
			if lanes, err := q.Lanes(t.Context(), "", 1); err != nil || lanes[0].State != queue.Waiting {
				t.Errorf("Lanes = %+v, %v, want one waiting", lanes, err)
			}
		})
	})
}

func TestInsertRefusesJobsWithoutLane(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		if err := w.q.Add(t.Context(), queue.Job{Kind: "post"}); err == nil {
			t.Error("a job without a lane is taken")
		}
		if err := w.q.Add(t.Context()); err != nil {
			t.Errorf("no jobs: %v", err)
		}
	})
}

func TestTally(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		tally := func(when string, oldest time.Time, want map[string]int) {
			t.Helper()
			for _, state := range []string{queue.Idle, queue.Waiting, queue.Working, queue.Held, queue.Unavailable} {
				want[state] += 0
			}
			got, err := w.q.Tally(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Lanes); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
			if !got.Oldest.Equal(oldest) {
				t.Errorf("%s: the oldest is of %v, want %v", when, got.Oldest, oldest)
			}
		}
		tally("at first", time.Time{}, map[string]int{})
		w.answers["a"] = queue.Hold(errRefused, 0)
		start := time.Now().Truncate(time.Millisecond)
		w.add("a x create", "b x create")
		time.Sleep(time.Second)
		w.addAt(time.Now().Add(time.Hour), "c x create")
		tally("before", start, map[string]int{queue.Waiting: 3})
		w.settle()
		tally("when one host has failed", start, map[string]int{queue.Held: 1, queue.Idle: 1, queue.Waiting: 1})
		w.answers = map[string]error{}
		time.Sleep(24 * time.Hour)
		w.settle()
		tally("in the end", time.Time{}, map[string]int{queue.Idle: 3})
	})
}
