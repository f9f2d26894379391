package front

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A shown front serves a handler on a port of this machine.
type shown struct {
	t       *testing.T
	front   *Front
	address string
	stop    context.CancelFunc
	ended   chan error
}

// show serves h. Its requests seem to come from a proxy on this machine, so a
// test is whom it likes.
func show(t *testing.T, limits Limits, h http.HandlerFunc) *shown {
	t.Helper()
	listener, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := New(Options{
		Handler: h, Trusted: networks("127.0.0.1/32"), Limits: limits, Log: slog.New(slog.DiscardHandler),
		Route: func(r *http.Request) Route {
			return Route{Org: "photonics.example", Class: "page", Inbox: r.URL.Path == "/inbox", Secure: true}
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	s := &shown{t, f, listener.Addr().String(), stop, make(chan error, 1)}
	go func() { s.ended <- f.Run(ctx, Doors{Main: []net.Listener{listener}}) }()
	t.Cleanup(func() {
		stop()
		<-s.ended
	})
	return s
}

// ask sends a request of a client and returns its answer, read.
func (s *shown) ask(method, path, client, body string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if client != "" {
		r.Header.Set("X-Forwarded-For", client)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	return answer
}

func (s *shown) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func fine(http.ResponseWriter, *http.Request) {}

func TestRateOfOneAddress(t *testing.T) {
	limits := DefaultLimits()
	limits.Rate, limits.InboxRate = 3, 5
	s := show(t, limits, fine)
	statuses := func(path, client string, n int) (all []int) {
		for range n {
			answer := s.ask("GET", path, client, "")
			all = append(all, answer.StatusCode)
			if retry := answer.Header.Get("Retry-After"); (answer.StatusCode == 429) != (retry != "") {
				t.Errorf("status %d with Retry-After %q", answer.StatusCode, retry)
			}
		}
		return all
	}
	for _, test := range []struct {
		path, client string
		want         string
	}{
		{"/", "192.0.2.1", "[200 200 200 429 429]"},
		{"/", "192.0.2.2", "[200 200 200 429 429]"},
		{"/inbox", "192.0.2.1", "[200 200 200 200 200]"},
		{"/inbox", "192.0.2.1", "[429 429 429 429 429]"},
		{"/", "2001:db8::1", "[200 200 200 429 429]"},
		{"/", "2001:db8::2", "[429 429 429 429 429]"}, // the same network
		{"/", "", "[200 200 200 200 200]"},            // this machine
	} {
		if got := fmt.Sprint(statuses(test.path, test.client, 5)); got != test.want {
			t.Errorf("%s at %s: %s, want %s", test.client, test.path, got, test.want)
		}
	}
}

func TestUsualBurstsAreNotLimited(t *testing.T) {
	f := New(Options{Limits: DefaultLimits()})
	for i := range DefaultLimits().HostRate {
		if !f.Admits("photonics.example", "mastodon.example") {
			t.Fatalf("activity %d is refused", i)
		}
	}
	if f.Admits("photonics.example", "mastodon.example") {
		t.Error("a host is never refused")
	}
	if !f.Admits("photonics.example", "other.example") || !f.Admits("other.example", "mastodon.example") {
		t.Error("others are refused for it")
	}
}

func TestRequestsInWork(t *testing.T) {
	limits := DefaultLimits()
	limits.Requests, limits.Inboxes, limits.InboxesEach = 3, 2, 1
	var in atomic.Int32
	entered, leave := make(chan bool), make(chan bool)
	s := show(t, limits, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/quick" {
			return
		}
		in.Add(1)
		entered <- true
		<-leave
	})
	busy := func(what string, answer *http.Response) {
		t.Helper()
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, Retry-After %q, want 503", what, answer.StatusCode, answer.Header.Get("Retry-After"))
		}
	}
	answers := make(chan int)
	hold := func(path, client string) {
		go func() { answers <- s.ask("POST", path, client, "x").StatusCode }()
		<-entered
	}
	hold("/inbox", "192.0.2.1")
	busy("a second of the same", s.ask("POST", "/inbox", "192.0.2.1", "x"))
	hold("/inbox", "192.0.2.2")
	busy("a third", s.ask("POST", "/inbox", "192.0.2.3", "x"))
	if answer := s.ask("GET", "/quick", "192.0.2.3", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("pages wait for inboxes: status %d", answer.StatusCode)
	}
	hold("/page", "192.0.2.3")
	busy("a fourth", s.ask("GET", "/quick", "192.0.2.4", ""))
	close(leave)
	for range 3 {
		if status := <-answers; status != http.StatusOK {
			t.Errorf("one that was let in: status %d", status)
		}
	}
	if answer := s.ask("GET", "/quick", "192.0.2.4", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("when they are gone: status %d", answer.StatusCode)
	}
}

func TestConnectionsBeyond(t *testing.T) {
	limits := DefaultLimits()
	limits.Connections = 2
	s := show(t, limits, fine)
	ask := func(conn net.Conn) (int, error) {
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return 0, err
		}
		return answer.StatusCode, nil
	}
	first, second := s.dial(), s.dial()
	for _, conn := range []net.Conn{first, second} {
		if status, err := ask(conn); status != 200 {
			t.Fatalf("status %d, %v", status, err)
		}
	}
	third := s.dial()
	answer, err := http.ReadResponse(bufio.NewReader(third), nil)
	if err != nil || answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
		t.Errorf("the third: %+v, %v, want 503", answer, err)
	}
	first.Close()
	for end := time.Now().Add(time.Minute); ; {
		status, err := ask(s.dial())
		if status == 200 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no place after one has gone: status %d, %v", status, err)
		}
	}
}

func TestLimitsWithinMemory(t *testing.T) {
	for memory, want := range map[int64][3]int{0: {32, 8, 16}, 128 << 20: {32, 8, 16}, 512 << 20: {128, 32, 64}, 1 << 30: {256, 64, 128}, 1 << 62: {256, 64, 128}} {
		l := DefaultLimits().Within(memory)
		if got := [3]int{l.Inboxes, l.InboxesEach, l.InboxesNode}; got != want {
			t.Errorf("within %d: %v, want %v", memory, got, want)
		}
	}
}

func TestSlots(t *testing.T) {
	s := newSlots(3, 2, 2)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i, step := range []struct {
		of   netip.Addr
		want bool
	}{{a, true}, {a, true}, {a, false}, {b, true}, {b, false}, {netip.Addr{}, false}} {
		if got := s.take(step.of, ""); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
	s.give(a, "")
	s.give(a, "")
	first, second, third := s.take(netip.Addr{}, "x"), s.take(netip.Addr{}, "x"), s.take(b, "y")
	if !first || !second || third {
		t.Errorf("places: %v, %v, %v, want two", first, second, third)
	}
	s.give(b, "")
	if s.take(netip.Addr{}, "x") || !s.take(netip.Addr{}, "y") {
		t.Error("a node takes the places of the others")
	}
	if s.by[a] != 0 || s.of[""] != 0 {
		t.Errorf("places are kept that nobody has: %v, %v", s.by, s.of)
	}
}

// Whoever sends slowly is cut, in the header and in the body.
func TestSlowClients(t *testing.T) {
	limits := DefaultLimits()
	limits.Header, limits.Pause, limits.Inbox, limits.Body = 150*time.Millisecond, 100*time.Millisecond, 300*time.Millisecond, time.Minute
	failed := make(chan error, 10)
	s := show(t, limits, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		failed <- err
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	cut := func(what string, conn net.Conn) {
		t.Helper()
		if _, err := io.ReadAll(conn); err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Errorf("%s: still connected", what)
			}
		}
	}
	header := s.dial()
	fmt.Fprintf(header, "GET / HTTP/1.1\r\nHost: x\r\nX-A")
	cut("half a header", header)

	pause := s.dial()
	fmt.Fprintf(pause, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
	cut("half a body", pause)
	if err := <-failed; err == nil {
		t.Error("half a body is read without an error")
	}

	// One byte now and then makes no pause that is too long, but takes too long.
	drip := s.dial()
	fmt.Fprintf(drip, "POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	started := time.Now()
	for done := false; !done; {
		select {
		case err := <-failed:
			done = true
			if err == nil {
				t.Error("a dripping body is read without an error")
			}
		case <-tick.C:
			drip.Write([]byte("x")) // it is cut at some time
		}
		if time.Since(started) > 15*time.Second {
			t.Fatal("a dripping body is never cut")
		}
	}
	// Whoever is not slow is heard, and more than once.
	for range 2 {
		if answer := s.ask("POST", "/inbox", "", strings.Repeat("x", 100000)); answer.StatusCode != 200 {
			t.Errorf("a quick client: status %d", answer.StatusCode)
		}
		if err := <-failed; err != nil {
			t.Errorf("a quick client: %v", err)
		}
	}
}

// An answer that takes longer than its body may is not cut.
func TestSlowAnswer(t *testing.T) {
	limits := DefaultLimits()
	limits.Pause, limits.Inbox = 50*time.Millisecond, 50*time.Millisecond
	s := show(t, limits, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
			w.WriteHeader(http.StatusGone)
		case <-time.After(200 * time.Millisecond):
		}
	})
	if answer := s.ask("POST", "/inbox", "", "x"); answer.StatusCode != 200 {
		t.Errorf("status %d: the request was broken off", answer.StatusCode)
	}
}

// What was let in is answered although the end was asked for, and nothing new
// is let in.
func TestStopLosesNothing(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	s := show(t, DefaultLimits(), func(w http.ResponseWriter, r *http.Request) {
		entered <- true
		<-leave
		io.WriteString(w, "done")
	})
	conn := s.dial()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	s.stop()
	for { // until nobody listens any more
		late, err := net.Dial("tcp", s.address)
		if err != nil {
			break
		}
		late.Close()
	}
	select {
	case err := <-s.ended:
		t.Fatalf("it ended before the answer: %v", err)
	default:
	}
	close(leave)
	text, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(text), "done") {
		t.Errorf("the answer is %q, %v", text, err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	s.ended <- nil // for the cleanup
}

func TestHeadersOfTheFront(t *testing.T) {
	s := show(t, DefaultLimits(), fine)
	answer := s.ask("GET", "/", "192.0.2.1", "")
	if got := answer.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security: %q", got)
	}
	if answer.Header.Get("X-Request-Id") == "" {
		t.Error("no X-Request-Id")
	}
}

func TestListenSaysWhoIsThere(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Listen(l.Addr().String())
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()+" is in use by another program") {
		t.Errorf("Listen: %v", err)
	}
	if _, err = Listen("203.0.113.1:0"); err == nil || !strings.Contains(err.Error(), "203.0.113.1:0 is none of this machine's") {
		t.Errorf("Listen: %v", err)
	}
}
