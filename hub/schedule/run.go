package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
)

const (
	// stopTimeout is how long Run waits for jobs when it is told to stop.
	stopTimeout = 10 * time.Second
	// recordTimeout is how long recording a run may take.
	recordTimeout = 5 * time.Second
	// maxErr is the most bytes of an error that a Run keeps.
	maxErr = 1000
)

// Run runs the jobs until ctx is done, and returns when those that run then
// have come to an end. Their ctx is done with it. It returns an error when one
// of them goes on for ten seconds more, and names it; the program should end
// then. A panic in a job ends that run only.
func (s *Schedule) Run(ctx context.Context) error {
	clock, err := gocron.NewScheduler(
		// gocron compares wall clocks of two zones otherwise, see wall.
		gocron.WithLocation(time.UTC),
		gocron.WithStopTimeout(stopTimeout),
		gocron.WithDistributedLocker(leader{s}),
		gocron.WithGlobalJobOptions(gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithContext(ctx)),
	)
	if err != nil {
		return fmt.Errorf("starting schedule: %w", err)
	}
	jobs, err := s.begin()
	if err != nil {
		return errors.Join(err, clock.Shutdown())
	}
	defer s.end()
	if err := s.remember(ctx, jobs); err != nil {
		return errors.Join(err, clock.Shutdown())
	}
	work := &crew{active: map[string]bool{}, idle: make(chan struct{})}
	for _, j := range jobs {
		task := gocron.NewTask(func(ctx context.Context) { s.run(ctx, work, j) })
		if _, err := clock.NewJob(j.definition, task, append(j.options, gocron.WithName(j.name))...); err != nil {
			return errors.Join(fmt.Errorf("starting job %s: %w", j.name, err), clock.Shutdown())
		}
	}
	clock.Start()
	<-ctx.Done()
	work.stop()
	// gocron waits in a loop without a pause, so it is told to stop only when
	// there is nothing left to wait for.
	select {
	case <-work.idle:
	case <-time.After(stopTimeout):
		go func() {
			defer func() { _ = recover() }()
			<-work.idle
			_ = clock.Shutdown()
		}()
		return fmt.Errorf("stopping schedule: still running after %v: %s", stopTimeout, work)
	}
	if err := clock.Shutdown(); err != nil {
		return fmt.Errorf("stopping schedule: %w", err)
	}
	return nil
}

func (s *Schedule) begin() ([]*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started.IsZero() {
		return nil, errors.New("starting schedule: it runs already")
	}
	s.started = time.Now()
	for _, j := range s.jobs {
		j.begun = time.Time{}
	}
	return s.jobs, nil
}

// remember finds out which jobs missed a run.
func (s *Schedule) remember(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		if j.wall == nil || s.record == nil {
			continue
		}
		last, err := s.record.LastRun(ctx, j.name)
		if err != nil {
			return fmt.Errorf("asking for the last run of %s: %w", j.name, err)
		}
		s.mu.Lock()
		j.wall.extra = makeUp(j.wall.rule, last, s.started, j.wall.late)
		s.mu.Unlock()
	}
	return nil
}

func (s *Schedule) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = time.Time{}
}

// run runs j once and says how it went, unless the schedule is about to stop.
func (s *Schedule) run(ctx context.Context, work *crew, j *job) {
	r := Run{Name: j.name, Started: time.Now()}
	if !work.join(j.name) {
		return
	}
	defer work.leave(j.name)
	if !s.start(j, r.Started) {
		return
	}
	err := s.call(ctx, j.name, j.do)
	switch {
	case err == nil:
		s.log.DebugContext(ctx, "job done", "job", j.name, "took", time.Since(r.Started))
	case ctx.Err() != nil:
		s.log.InfoContext(ctx, "job stopped", "job", j.name, "err", err)
	default:
		s.log.ErrorContext(ctx, "running job", "job", j.name, "err", err)
	}
	r.Finished = time.Now()
	if err != nil {
		text := err.Error()
		r.Err = strings.ToValidUTF8(text[:min(len(text), maxErr)], "")
	}
	s.finish(j, &r)
	s.keep(ctx, r)
}

// start notes that j runs, and reports false for a tick that came twice: when
// gocron 2.21 hears of the start of a job before it has planned the next run,
// it may plan the same instant again. A tick is taken for a second one when
// less than half of the time to the next has passed, because clocks that are
// set back a little make the next come early.
func (s *Schedule) start(j *job, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !j.begun.IsZero() && now.Sub(j.begun) < j.next(s.started, j.begun).Sub(j.begun)/2 {
		return false
	}
	j.begun, j.running = now, true
	return true
}

// finish notes that j does not run any more, and in r when it will.
func (s *Schedule) finish(j *job, r *Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Next = j.next(s.started, r.Finished)
	j.running, j.last = false, *r
}

// keep hands r to the recorder. It outlives ctx, because a run that was cut
// short is worth knowing about.
func (s *Schedule) keep(ctx context.Context, r Run) {
	if s.record == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := s.call(ctx, r.Name, func(ctx context.Context) error { return s.record.RecordRun(ctx, r) })
	if err != nil {
		s.log.WarnContext(ctx, "recording run", "job", r.Name, "err", err)
	}
}

// call calls f and turns a panic into an error: in a goroutine of gocron it
// would end the process.
func (s *Schedule) call(ctx context.Context, name string, f func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic in job", "job", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f(ctx)
}

// A leader is the Elector in the form of a gocron.Locker. gocron 2.21 takes an
// Elector too, but then remembers each tick at which the process was not the
// leader for ever, and says that the next run is the first of them.
type leader struct{ s *Schedule }

// Lock returns an error when this process must not run the job.
func (l leader) Lock(ctx context.Context, name string) (gocron.Lock, error) {
	if l.s.elector == nil {
		return leader{}, nil
	}
	if err := l.s.call(ctx, name, l.s.elector.IsLeader); err != nil {
		return nil, fmt.Errorf("asking who is the leader: %w", err)
	}
	return leader{}, nil
}

// Unlock does nothing: who is the leader stays so.
func (leader) Unlock(context.Context) error { return nil }

// A crew knows which jobs run, and when the last of them has ended.
type crew struct {
	mu       sync.Mutex
	active   map[string]bool
	stopping bool
	idle     chan struct{} // closed when stopping and no job runs
}

// join reports whether a job may start.
func (c *crew) join(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return false
	}
	c.active[name] = true
	return true
}

func (c *crew) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.active, name)
	if c.stopping && len(c.active) == 0 {
		close(c.idle)
	}
}

func (c *crew) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	if len(c.active) == 0 {
		close(c.idle)
	}
}

// String names the jobs that run.
func (c *crew) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(c.active)), ", ")
}
