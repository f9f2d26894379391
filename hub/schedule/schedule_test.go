package schedule_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"pergola/hub/cron"
	"pergola/hub/schedule"
)

// A ledger keeps runs in memory.
type ledger struct {
	mu   sync.Mutex
	runs []schedule.Run
}

func (l *ledger) RecordRun(ctx context.Context, r schedule.Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.runs = append(l.runs, r)
	return nil
}

func (l *ledger) LastRun(_ context.Context, name string) (last schedule.Run, err error) {
	for _, r := range l.all() {
		if r.Name == name {
			last = r
		}
	}
	return last, nil
}

func (l *ledger) all() []schedule.Run {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.runs)
}

// A toggle is an Elector with a switch.
type toggle struct{ off atomic.Bool }

func (e *toggle) IsLeader(context.Context) error {
	if e.off.Load() {
		return errors.New("another process is")
	}
	return nil
}

// start runs s until the test or stop ends it; stop returns what Run returned.
func start(t *testing.T, s *schedule.Schedule) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	synctest.Wait()
	return func() error {
		cancel()
		return <-done
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ledger ledger
		s := schedule.New(nil, &ledger, quiet())
		calls := 0
		must(t, s.Every("sweep", time.Minute, func(context.Context) error {
			calls++
			time.Sleep(time.Second)
			if calls == 3 {
				return errors.New("no luck")
			}
			return nil
		}))
		if got := s.Jobs(); !cmp.Equal(got, []schedule.Job{{Name: "sweep"}}) {
			t.Errorf("before Run: %+v", got)
		}
		begun := time.Now()
		stop := start(t, s)
		if got := s.Jobs()[0]; !got.Running || !got.Next.Equal(begun.Add(time.Minute)) {
			t.Errorf("in the first run: %+v", got)
		}
		time.Sleep(2*time.Minute + 30*time.Second)
		third := schedule.Run{Name: "sweep", Started: begun.Add(2 * time.Minute), Finished: begun.Add(2*time.Minute + time.Second), Err: "no luck", Next: begun.Add(3 * time.Minute)}
		want := schedule.Job{Name: "sweep", Last: third, Next: third.Next}
		if diff := cmp.Diff(want, s.Jobs()[0]); diff != "" {
			t.Errorf("after the third run (-want +got):\n%s", diff)
		}
		if runs := ledger.all(); len(runs) != 3 || !cmp.Equal(runs[2], third) {
			t.Errorf("recorded %+v", runs)
		}
		must(t, stop())
		if got := s.Jobs()[0]; !got.Next.IsZero() || got.Last != third {
			t.Errorf("after Run: %+v", got)
		}
	})
}

func TestCronGoesByItsZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The clock of a bubble begins at midnight UTC on 1 January 2000; clocks
		// were set at 01:00 UTC on 26 March.
		time.Sleep(time.Until(time.Date(2000, 3, 24, 12, 0, 0, 0, time.UTC)))
		s := schedule.New(nil, nil, quiet())
		var got []string
		must(t, s.Cron("digest", cron.Daily(2, 30, "Europe/Budapest"), 0, func(context.Context) error {
			got = append(got, time.Now().UTC().Format("02 15:04"))
			return nil
		}))
		stop := start(t, s)
		time.Sleep(3 * 24 * time.Hour)
		must(t, stop())
		if want := []string{"25 01:30", "26 01:30", "27 00:30"}; !slices.Equal(got, want) {
			t.Errorf("ran at %v, want %v", got, want)
		}
	})
}

func TestOneRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ledger ledger
		s := schedule.New(nil, &ledger, quiet())
		var running, most atomic.Int32
		must(t, s.Every("slow", time.Minute, func(context.Context) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(150 * time.Second)
			return nil
		}))
		stop := start(t, s)
		time.Sleep(10 * time.Minute)
		if next := s.Jobs()[0].Next; !next.After(time.Now()) {
			t.Errorf("next run at %v, now is %v", next, time.Now())
		}
		time.Sleep(100 * time.Second)
		must(t, stop())
		if runs := ledger.all(); most.Load() != 1 || len(runs) != 4 {
			t.Errorf("%d runs at once, %d in all, want 1, 4", most.Load(), len(runs))
		}
	})
}

func TestOnlyTheLeaderRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ledgers [2]ledger
		var electors [2]toggle
		electors[1].off.Store(true)
		var all [2]*schedule.Schedule
		var stops [2]func() error
		for i := range all {
			all[i] = schedule.New(&electors[i], &ledgers[i], quiet())
			must(t, all[i].Every("sweep", time.Minute, func(context.Context) error { return nil }))
			stops[i] = start(t, all[i])
		}
		time.Sleep(24*time.Hour + time.Second)
		if next := all[1].Jobs()[0].Next; time.Until(next) > time.Minute || !next.After(time.Now()) {
			t.Errorf("next run of the other at %v, now is %v", next, time.Now())
		}
		electors[0].off.Store(true)
		electors[1].off.Store(false)
		time.Sleep(time.Hour)
		for _, stop := range stops {
			must(t, stop())
		}
		if a, b := len(ledgers[0].all()), len(ledgers[1].all()); a != 24*60+1 || b != 60 {
			t.Errorf("the leader ran %d times, then the other %d, want 1441, 60", a, b)
		}
	})
}

type panicky struct{}

func (panicky) IsLeader(context.Context) error                { panic("elector") }
func (panicky) RecordRun(context.Context, schedule.Run) error { panic("recorder") }
func (panicky) LastRun(context.Context, string) (schedule.Run, error) {
	panic("recorder")
}

func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := schedule.New(nil, panicky{}, slog.New(slog.NewTextHandler(&log, nil)))
		must(t, s.Every("job", time.Minute, func(context.Context) error { panic("job " + strings.Repeat("é", 1000)) }))
		stop := start(t, s)
		time.Sleep(90 * time.Second)
		last := s.Jobs()[0].Last
		must(t, stop())
		if !strings.HasPrefix(last.Err, "panic: job é") || len(last.Err) > 1000 || !last.Started.Equal(time.Now().Add(-30*time.Second)) {
			t.Errorf("last run: %+v", last)
		}
		for _, want := range []string{"panic in job", "schedule_test.go", "recording run"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("no %q in the log:\n%s", want, log.String())
			}
		}

		s = schedule.New(panicky{}, nil, quiet())
		must(t, s.Every("job", time.Minute, func(context.Context) error { t.Error("ran without a leader"); return nil }))
		stop = start(t, s)
		time.Sleep(90 * time.Second)
		must(t, stop())
	})
}

func TestStopWaitsForJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ledger ledger
		s := schedule.New(nil, &ledger, quiet())
		must(t, s.Every("job", time.Hour, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // tidying up
			return ctx.Err()
		}))
		stop := start(t, s)
		begun := time.Now()
		must(t, stop())
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("Run waited for %v, want 3s", took)
		}
		if runs := ledger.all(); len(runs) != 1 || runs[0].Err != context.Canceled.Error() {
			t.Errorf("recorded %+v, want the run that was cut short", runs)
		}
	})
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := schedule.New(nil, nil, quiet())
		release := make(chan struct{})
		must(t, s.Every("stuck", time.Hour, func(context.Context) error { <-release; return nil }))
		stop := start(t, s)
		begun := time.Now()
		err := stop()
		if err == nil || !strings.Contains(err.Error(), "stuck") || time.Since(begun) != 10*time.Second {
			t.Errorf("Run returned %v after %v, want an error naming the job after 10s", err, time.Since(begun))
		}
		close(release)
		synctest.Wait()
	})
}

func TestMakeUp(t *testing.T) {
	rule := cron.Daily(3, 0, "Europe/Budapest") // 02:00 UTC in winter
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 1, day, hour, minute, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		last schedule.Run
		now  time.Time
		want time.Time
	}{
		"never ran":                       {schedule.Run{}, at(5, 8, 0), at(5, 8, 10)},
		"ran last night":                  {schedule.Run{Started: at(5, 2, 0)}, at(5, 8, 0), time.Time{}},
		"last night was missed":           {schedule.Run{Started: at(4, 2, 0)}, at(5, 8, 0), at(5, 8, 10)},
		"many nights were":                {schedule.Run{Started: at(4, 2, 0).AddDate(-3, 0, 0)}, at(5, 8, 0), at(5, 8, 10)},
		"made up for, before the night":   {schedule.Run{Started: at(4, 8, 10)}, at(4, 23, 0), time.Time{}},
		"went wrong":                      {schedule.Run{Started: at(5, 2, 0), Err: "no space"}, at(5, 8, 0), at(5, 8, 10)},
		"missed, and the next comes soon": {schedule.Run{Started: at(3, 2, 0)}, at(5, 1, 55), time.Time{}},
		"a clock that was set back":       {schedule.Run{Started: at(9, 2, 0)}, at(5, 8, 0), time.Time{}},
	} {
		if got := schedule.MakeUp(rule, c.last, c.now, 10*time.Minute); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A run that was missed while nothing ran is made up for once, a while after the
// start.
func TestCronMakesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(8 * time.Hour)
		ledger := ledger{runs: []schedule.Run{{Name: "backup", Started: time.Now().AddDate(0, 0, -3)}}}
		s := schedule.New(nil, &ledger, quiet())
		var got []string
		must(t, s.Cron("backup", cron.Daily(3, 0, "UTC"), 10*time.Minute, func(context.Context) error {
			got = append(got, time.Now().UTC().Format("02 15:04"))
			return nil
		}))
		stop := start(t, s)
		if next := s.Jobs()[0].Next; !next.Equal(time.Now().Add(10 * time.Minute)) {
			t.Errorf("next is %v, want in ten minutes", next)
		}
		time.Sleep(time.Hour)
		must(t, stop())
		stop = start(t, s)
		time.Sleep(24 * time.Hour)
		must(t, stop())
		if want := []string{"01 08:10", "02 03:00"}; !cmp.Equal(got, want) {
			t.Errorf("ran at %q, want %q", got, want)
		}
	})
}

func TestRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := schedule.New(nil, nil, quiet())
		calls := 0
		must(t, s.Every("job", time.Hour, func(context.Context) error { calls++; return nil }))
		for range 2 {
			stop := start(t, s)
			if err := s.Run(t.Context()); err == nil {
				t.Error("Run beside Run: no error")
			}
			if err := s.Every("late", time.Hour, func(context.Context) error { return nil }); err == nil {
				t.Error("Every while it runs: no error")
			}
			must(t, stop())
		}
		if calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
	})
}

func TestRefusedJobs(t *testing.T) {
	s := schedule.New(nil, nil, quiet())
	nothing := func(context.Context) error { return nil }
	must(t, s.Every("a", time.Hour, nothing))
	for name, err := range map[string]error{
		"no name":       s.Every("", time.Hour, nothing),
		"same name":     s.Cron("a", cron.Daily(8, 0, "UTC"), 0, nothing),
		"no time":       s.Every("b", 0, nothing),
		"no function":   s.Every("b", time.Hour, nil),
		"no such rule":  s.Cron("b", cron.Daily(25, 0, "UTC"), 0, nothing),
		"no such place": s.Cron("b", cron.Daily(8, 0, "Atlantis"), 0, nothing),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if jobs := s.Jobs(); len(jobs) != 1 {
		t.Errorf("refused jobs stay: %+v", jobs)
	}
}
