package federation

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory[int, string](100, time.Minute)
		m.put(1, "one")
		if v, ok := m.get(1); !ok || v != "one" {
			t.Errorf("%q, %v", v, ok)
		}
		if m.claim(1, "two") || !m.claim(2, "two") || m.claim(2, "again") {
			t.Error("claimed what was there, or not what was not")
		}
		m.drop(2)
		if _, ok := m.get(2); ok {
			t.Error("dropped and still there")
		}
		time.Sleep(time.Minute + time.Second)
		if _, ok := m.get(1); ok {
			t.Error("there after its time")
		}
		if !m.claim(1, "three") {
			t.Error("not to be claimed after its time")
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory[int, int](100, time.Hour)
	for i := range 10000 {
		m.put(i, i)
		if v, ok := m.get(i); !ok || v != i {
			t.Fatalf("%d is not there", i)
		}
		if len(m.kept) > 100 {
			t.Fatalf("%d kept", len(m.kept))
		}
	}
}
