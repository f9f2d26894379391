package storage

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// recentAge is how long something is taken for what it was: another process may
// have changed it.
const recentAge = time.Minute

// A number below costly is counted each time.
const costly = 5000

// recent is what was read a moment ago and is likely to be read again: the body
// of an activity that goes to a thousand inboxes, a number that takes long to
// count. The zero value is empty.
type recent struct {
	flight singleflight.Group
	bodies shelf[[]byte]
	posts  shelf[post] // by payload
	counts shelf[int]
}

// A shelf has room for a few values.
type shelf[V any] struct {
	mu   sync.Mutex
	kept map[string]recalled[V]
}

type recalled[V any] struct {
	value V
	until time.Time
}

const shelfSize = 64

func (s *shelf[V]) get(key string) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.kept[key]
	return v.value, ok && time.Now().Before(v.until)
}

// put keeps a value. When there is no room, all others go.
func (s *shelf[V]) put(key string, value V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= shelfSize {
		s.kept = make(map[string]recalled[V], shelfSize)
	}
	s.kept[key] = recalled[V]{value, time.Now().Add(recentAge)}
}

func (s *shelf[V]) drop(keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.kept, key)
	}
}

// body reads the body of an activity, once for all who ask at the same time.
func (r *recent) body(ctx context.Context, activity string, read func(context.Context) ([]byte, error)) ([]byte, error) {
	if b, ok := r.bodies.get(activity); ok {
		return b, nil
	}
	b, err, _ := r.flight.Do(activity, func() (any, error) {
		// Not ended by the one who happened to ask first.
		b, err := read(context.WithoutCancel(ctx))
		if err == nil {
			r.bodies.put(activity, b)
		}
		return b, err
	})
	return b.([]byte), err
}

// count counts the rows that belong to something. A number that is costly to
// find may be a minute old.
func (r records) count(ctx context.Context, query, of string, args ...any) (int, error) {
	counts, key := &r.db.recent.counts, query+of
	if n, ok := counts.get(key); ok {
		return n, nil
	}
	var n int
	if err := r.queryRow(ctx, query, args...).Scan(&n); err != nil {
		return 0, told(err, "counting what belongs to", of)
	}
	if n >= costly {
		counts.put(key, n)
	}
	return n, nil
}
