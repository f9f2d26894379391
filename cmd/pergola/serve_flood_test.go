package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pergola/config"
)

// A flood has so many connections, and so many requests at most.
const (
	floodConnections = 600
	floodRequests    = 30_000
)

// One of two nodes in a process is flooded with more requests than the process takes.
// The other answers each of its own, much sooner, and what it publishes arrives.
func TestFloodAgainstOneNode(t *testing.T) {
	if testing.Short() {
		t.Skip("it wants the machine")
	}
	s := makeServed(t)
	c := newCrowd(t, 0)
	s.make("loud", "loud")
	s.make("calm", "calm")
	s.followed("calm", c)
	cmd := child(t, t.Output(), "serve", s.dir, "--listen", s.address)
	s.must(cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	s.await("calm", http.StatusOK)
	s.await("loud", http.StatusOK)
	s.post("calm", "/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})

	page, item := s.pages("calm"), s.delivery("calm", c)
	ctx, stop := context.WithCancel(t.Context())
	flood := s.flood(ctx, "loud")
	flood.rises(t)
	pageThen, itemThen := s.pages("calm"), s.delivery("calm", c)
	stop()
	flood.Wait()
	loud := median(flood.took)
	t.Logf("a page takes %s, and in a flood of %d requests %s, where the flooded node takes %s; an item arrives after %s, and then %s",
		page, flood.sent.Load(), pageThen, loud, item, itemThen)
	// In one queue with the flood it would take as long as that.
	if pageThen > loud/4 || pageThen > 100*page {
		t.Errorf("a page takes %s, want a quarter of %s at most and %s", pageThen, loud, 100*page)
	}
	if itemThen > 100*item {
		t.Errorf("an item arrives after %s, want %s at most", itemThen, 100*item)
	}
}

// Many deliveries that are long, and do not end, have the program stay within its
// memory on a small machine, and pages come meanwhile.
func TestFloodOfLongDeliveries(t *testing.T) {
	if testing.Short() {
		t.Skip("it wants the machine")
	}
	const limit = 128 // MiB, as on a machine with 256
	s := makeServed(t)
	s.make("loud", "loud")
	cmd := child(t, t.Output(), "serve", s.dir, "--listen", s.address)
	cmd.Env = append(cmd.Env, fmt.Sprintf("GOMEMLIMIT=%dMiB", limit))
	s.must(cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	s.await("loud", http.StatusOK)
	before := memoryOf(t, cmd.Process.Pid, "VmHWM:")
	var wg sync.WaitGroup
	for range 300 {
		conn, err := net.Dial("tcp", s.address)
		s.must(err)
		defer conn.Close()
		wg.Go(func() {
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			fmt.Fprintf(conn, "POST /inbox HTTP/1.1\r\nHost: %s\r\nContent-Type: application/activity+json\r\nContent-Length: %d\r\n\r\n{\"content\": \"",
				strings.TrimPrefix(s.url("loud"), "http://"), 1<<20)
			fmt.Fprint(conn, strings.Repeat("x", 1<<20-20)) // not all that was said; many are refused meanwhile
		})
	}
	wg.Wait()
	if status := s.status("loud"); status != http.StatusOK {
		t.Errorf("a page: status %d", status)
	}
	most := memoryOf(t, cmd.Process.Pid, "VmHWM:")
	t.Logf("%d MiB before, %d at most", before>>10, most>>10)
	if most>>10 > limit {
		t.Errorf("it takes %d MiB, want %d at most", most>>10, limit)
	}
}

// followed makes a crowd of one follow a node that is not served yet.
func (s *served) followed(name string, c *crowd) {
	s.t.Helper()
	dir := filepath.Join(s.dir, name)
	conf, err := config.Load(filepath.Join(dir, config.FileName))
	s.must(err)
	n, err := newNode(s.t.Context(), nodeConfig{Config: conf, Dir: dir, Log: quiet()})
	s.must(err)
	c.follow(s.t, n, name, 1)
	s.must(n.close())
}

// post sends a form, which must be taken.
func (s *served) post(name, path string, form url.Values) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url(name)+path, strings.NewReader(form.Encode()))
	s.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := s.client.Do(r)
	s.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: status %d", path, answer.StatusCode)
	}
}

// pages is how long a page takes, all of which must come.
func (s *served) pages(name string) time.Duration {
	s.t.Helper()
	var took []time.Duration
	for range 41 {
		began := time.Now()
		if status := s.status(name); status != http.StatusOK {
			s.t.Errorf("%s answers %d", name, status)
		}
		took = append(took, time.Since(began))
	}
	return median(took)
}

// delivery is how long it takes from somebody's press of the button until an item
// is at a follower's.
func (s *served) delivery(name string, c *crowd) time.Duration {
	s.t.Helper()
	var took []time.Duration
	for range 5 {
		began := time.Now()
		n := c.count()
		s.post(name, "/hu/desk/new/news", url.Values{"title.hu": {"Új hír"}, "text.hu": {"A hír szövege."}, "do": {"publish"}})
		c.await(s.t, n+1, patience)
		took = append(took, time.Since(began))
	}
	return median(took)
}

// A flood is many clients that ask for the same page again and again.
type flood struct {
	sync.WaitGroup
	sent     atomic.Int64
	answered atomic.Int64
	mu       sync.Mutex
	took     []time.Duration // by the pages that came
}

func (s *served) flood(ctx context.Context, name string) *flood {
	f := &flood{}
	for range floodConnections {
		f.Go(func() {
			client := loopbackClient(s.address)
			defer client.CloseIdleConnections()
			for ctx.Err() == nil && f.sent.Add(1) < floodRequests {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(name)+"/hu/", nil)
				if err != nil {
					return
				}
				began := time.Now()
				answer, err := client.Do(r)
				if err != nil {
					continue // the connection was refused, or the flood is over
				}
				_, err = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				f.answered.Add(1)
				if err != nil || answer.StatusCode != http.StatusOK {
					time.Sleep(200 * time.Millisecond) // the clients are not to take the machine
					continue
				}
				f.mu.Lock()
				f.took = append(f.took, time.Since(began))
				f.mu.Unlock()
			}
		})
	}
	return f
}

// rises waits until all clients have been answered about once.
func (f *flood) rises(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); f.answered.Load() < floodConnections; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d requests were answered", f.answered.Load())
		}
	}
}
