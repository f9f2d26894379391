package queue

import (
	"errors"
	"math/rand/v2"
	"strings"
	"time"
)

const (
	maxTries = 20                 // of one job, when its host is up
	maxAge   = 7 * 24 * time.Hour // of a job, whatever happens
	maxPause = 6 * time.Hour      // between two tries
	maxAsked = 24 * time.Hour     // of a pause that the host asks for

	// A host is unavailable after failures on this many distinct days
	// (Mastodon 4.5: app/lib/delivery_failure_tracker.rb), and then tried daily.
	maxFailureDays = 7
)

type verdict int

const (
	later verdict = iota
	hold
	giveUp
)

// An answer is what a worker's error asks of the queue.
type answer struct {
	verdict verdict
	after   time.Duration
	err     error
}

func (a *answer) Error() string { return a.err.Error() }
func (a *answer) Unwrap() error { return a.err }

// Later is for an answer that may be better next time. The job is tried again
// after the time given, or after the queue's own back-off if that is 0; jobs
// with the same key wait for it, the others of the lane go on. Any error that
// the queue does not know counts as this one.
func Later(err error, after time.Duration) error { return &answer{later, after, err} }

// Hold is for a host that is down or overloaded: nothing in the lane is tried
// until the time given is over, such as that of a Retry-After, or until the
// queue's own back-off is if that is 0.
func Hold(err error, after time.Duration) error { return &answer{hold, after, err} }

// GiveUp is for a job that will never succeed. It stays visible.
func GiveUp(err error) error { return &answer{giveUp, 0, err} }

// answerOf reads a worker's error, which is not nil.
func answerOf(err error) *answer {
	a, ok := errors.AsType[*answer](err)
	if !ok {
		return &answer{later, 0, err}
	}
	return &answer{a.verdict, a.after, err}
}

// pause returns how long to wait after the nth failure in a row.
func (a *answer) pause(n int) time.Duration {
	if a.after > 0 {
		return min(a.after, maxAsked)
	}
	return backoff(n, rand.Float64())
}

// backoff is that of Mastodon 4.5 (app/workers/activitypub/delivery_worker.rb),
// n⁴ + 15 s and up to half as much again, here with an upper limit. jitter is
// from 0 to 1.
func backoff(n int, jitter float64) time.Duration {
	n = min(max(n, 1), 100)
	d := time.Duration(n*n*n*n)*time.Second + 15*time.Second
	d = min(d, maxPause)
	return d + time.Duration(jitter*float64(d)/2)
}

// text returns at most 200 characters of what err says, which may quote what a
// stranger has sent: a database takes neither broken UTF-8 nor a zero byte.
func text(err error) string {
	s := []rune(strings.ReplaceAll(err.Error(), "\x00", "\uFFFD"))
	return string(s[:min(len(s), 200)])
}
