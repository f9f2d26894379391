// Package schedule lets things happen by themselves: named jobs, each so often
// or by a rule, one run of each at a time, on one process of many.
//
// It knows when jobs run, who may run them and how their last run went. It
// does not know what they do, and it keeps nothing: of the runs by a rule that
// were missed while no process was up, one is made up for, if there is a
// [Recorder] that knows. What must not be lost is a row that is due, and a job
// that looks for such rows. Ticks are gocron's, which nothing else imports.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"pergola/hub/cron"
)

// An Elector says whether this process is the one that runs jobs. Another may
// be so the next time: it is asked before each run.
type Elector interface {
	// IsLeader returns nil when this process is the leader, else why it is not.
	IsLeader(ctx context.Context) error
}

// A Recorder keeps how jobs went where all processes find it.
type Recorder interface {
	// RecordRun is called once after each run, also when ctx of the job was
	// cancelled in the middle; its own ctx lasts for a few seconds.
	RecordRun(ctx context.Context, r Run) error
	// LastRun is the last run of a job, on whichever process; zero when there was
	// none. It is asked once, when a schedule begins.
	LastRun(ctx context.Context, name string) (Run, error)
}

// A Run is one run of a job that is over.
type Run struct {
	Name     string
	Started  time.Time
	Finished time.Time
	Err      string    // "" when it went well
	Next     time.Time // when the job runs again
}

// A Job is what is known of a job in this process.
type Job struct {
	Name    string
	Running bool
	Last    Run       // zero before its first run here
	Next    time.Time // zero while [Schedule.Run] does not run
}

// A Schedule holds jobs and runs them.
type Schedule struct {
	elector Elector
	record  Recorder
	log     *slog.Logger

	mu      sync.Mutex
	jobs    []*job
	started time.Time // when Run began; zero when it does not run
}

// A job is guarded by the mutex of its Schedule where it changes.
type job struct {
	name       string
	do         func(context.Context) error
	definition gocron.JobDefinition
	options    []gocron.JobOption
	next       func(started, now time.Time) time.Time
	wall       *wall // nil unless it runs by a rule

	running bool
	begun   time.Time // the last run's start; zero before the first
	last    Run
}

// New returns a Schedule without jobs. Without an elector (nil) this process
// always runs its jobs, without a recorder (nil) runs are not recorded.
func New(elector Elector, record Recorder, log *slog.Logger) *Schedule {
	return &Schedule{elector: elector, record: record, log: log}
}

// Every adds a job that runs when [Schedule.Run] begins and each d after that.
// A daily job would never run on a machine that is switched off each night if
// it waited for a day first. A run that is due while the last one goes on is
// left out.
func (s *Schedule) Every(name string, d time.Duration, f func(context.Context) error) error {
	if d <= 0 {
		return fmt.Errorf("adding job %s: cannot run every %v", name, d)
	}
	return s.add(&job{
		name:       name,
		do:         f,
		definition: gocron.DurationJob(d),
		options:    []gocron.JobOption{gocron.WithStartAt(gocron.WithStartImmediately())},
		next: func(started, now time.Time) time.Time {
			return started.Add((now.Sub(started)/d + 1) * d)
		},
	})
}

// Cron adds a job that runs when rule is due, as package cron understands it
// in the nights when clocks are set. When [Schedule.Run] begins and its last run
// was missed, or went wrong, that is made up for after the time late.
func (s *Schedule) Cron(name string, rule cron.Rule, late time.Duration, f func(context.Context) error) error {
	if err := rule.Validate(); err != nil {
		return fmt.Errorf("adding job %s: %w", name, err)
	}
	w := &wall{rule: rule, late: late}
	return s.add(&job{
		name:       name,
		do:         f,
		definition: gocron.CronJob(rule.Cron, false),
		options:    []gocron.JobOption{gocron.WithCronImplementation(w)},
		next:       func(_, now time.Time) time.Time { return w.due(now) },
		wall:       w,
	})
}

func (s *Schedule) add(j *job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.name == "" || j.do == nil {
		return errors.New("adding job: it needs a name and something to do")
	}
	if !s.started.IsZero() {
		return fmt.Errorf("adding job %s: the schedule runs already", j.name)
	}
	for _, other := range s.jobs {
		if other.name == j.name {
			return fmt.Errorf("adding job %s: there is one of that name", j.name)
		}
	}
	s.jobs = append(s.jobs, j)
	return nil
}

// Jobs returns all jobs in the order in which they were added, as things stand
// in this process; what others ran is known to the [Recorder] only.
func (s *Schedule) Jobs() []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	out := make([]Job, len(s.jobs))
	for i, j := range s.jobs {
		out[i] = Job{Name: j.name, Running: j.running, Last: j.last}
		if !s.started.IsZero() {
			out[i].Next = j.next(s.started, now)
		}
	}
	return out
}

// A wall makes gocron go by our rules, which know more about summer time.
type wall struct {
	rule cron.Rule
	late time.Duration
	// extra is when a run that was missed is made up for, zero for none; it is set
	// before the clock starts.
	extra time.Time
}

// makeUp is when a run is made up for, given the last one: zero when none was
// missed, or the next by the rule is no later anyway.
func makeUp(rule cron.Rule, last Run, now time.Time, late time.Duration) time.Time {
	missed := last.Started.IsZero() || last.Err != ""
	if !missed {
		due, _ := rule.Latest(last.Started, now)
		missed = !due.IsZero()
	}
	if at := now.Add(late); missed && at.Before(rule.Next(now)) {
		return at
	}
	return time.Time{}
}

// due is when it runs next after an instant.
func (w *wall) due(after time.Time) time.Time {
	if w.extra.After(after) {
		return w.extra // it comes before the next by the rule
	}
	return w.rule.Next(after)
}

// IsValid implements [gocron.Cron].
func (w *wall) IsValid(string, *time.Location, time.Time) error { return w.rule.Validate() }

// Next implements [gocron.Cron]. It leaves out what is past: gocron would do the
// same, but ask for each of the instants since the start of the program now and
// then.
func (w *wall) Next(last time.Time) time.Time {
	if now := time.Now().Add(-time.Second); last.Before(now) {
		last = now
	}
	return w.due(last)
}
