package federation

import (
	"sync"
	"time"
)

// A memory keeps up to size values for ttl each. What is in it is also
// elsewhere, or can be done without: it saves questions and is never the truth.
type memory[K comparable, V any] struct {
	size int
	ttl  time.Duration

	mu   sync.Mutex
	kept map[K]remembered[V]
}

type remembered[V any] struct {
	value V
	until time.Time
}

func newMemory[K comparable, V any](size int, ttl time.Duration) *memory[K, V] {
	return &memory[K, V]{size: size, ttl: ttl, kept: map[K]remembered[V]{}}
}

func (m *memory[K, V]) get(k K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.kept[k]
	if !ok || time.Now().After(r.until) {
		var none V
		return none, false
	}
	return r.value, true
}

func (m *memory[K, V]) put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(k, v)
}

// claim puts v unless something is there already, and reports whether it did:
// of many callers within ttl one is told true.
func (m *memory[K, V]) claim(k K, v V) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.kept[k]; ok && !time.Now().After(r.until) {
		return false
	}
	m.set(k, v)
	return true
}

func (m *memory[K, V]) drop(k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, k)
}

// set needs the lock. When there is no room, what is past goes, and if nothing
// is, a quarter of the rest, whichever: so the cost of looking is spread.
func (m *memory[K, V]) set(k K, v V) {
	now := time.Now()
	if _, ok := m.kept[k]; !ok && len(m.kept) >= m.size {
		for old, r := range m.kept {
			if now.After(r.until) {
				delete(m.kept, old)
			}
		}
		for old := range m.kept {
			if len(m.kept) <= m.size*3/4 {
				break
			}
			delete(m.kept, old)
		}
	}
	m.kept[k] = remembered[V]{value: v, until: now.Add(m.ttl)}
}
