package front

import (
	"io"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/httprate"
)

// Limits bound what clients can make us do. Addresses are those of clients, not
// of trusted proxies. What comes from this machine itself is not limited by
// address: it is a program of the same administrator, or a proxy that is not
// named among the trusted ones, behind which the whole world would share one
// limit.
type Limits struct {
	// Connections at the same time, in all and of one address.
	Connections, ConnectionsEach int
	// Requests in work at the same time, in all, of one address, and for one node:
	// which leaves places for the others.
	Requests, RequestsEach, RequestsNode int
	// Inboxes is how many of them may be deliveries to inboxes.
	Inboxes, InboxesEach, InboxesNode int
	// Rate is how many requests of one address are answered in 10 seconds, and
	// InboxRate how many deliveries to inboxes; HostRate how many deliveries are
	// taken from one remote host, whose signature was verified.
	Rate, InboxRate, HostRate int
	// Header, Body and Inbox are how long a client may take to send a header, a
	// body, and a body for an inbox; Pause how long it may send nothing of it.
	Header, Body, Inbox, Pause time.Duration
	// Answer is how long a request may take in all, and Idle how long a
	// connection is kept open between two.
	Answer, Idle time.Duration
}

// DefaultLimits are generous: a server that delivers what many followed accounts
// wrote sends some tens in a second, a browser loads a page with all its
// pictures at once.
func DefaultLimits() Limits {
	return Limits{
		Connections: 2048, ConnectionsEach: 128,
		Requests: 512, RequestsEach: 128, RequestsNode: 256,
		Inboxes: 256, InboxesEach: 64, InboxesNode: 128,
		Rate: 500, InboxRate: 1000, HostRate: 1000,
		Header: 10 * time.Second, Body: 2 * time.Minute, Inbox: 20 * time.Second, Pause: 10 * time.Second,
		Answer: 3 * time.Minute, Idle: 2 * time.Minute,
	}
}

// Within is l with as many deliveries to inboxes as a program with so many bytes
// of memory can hold: each has a body of up to 1 MiB, and what is made of it.
func (l Limits) Within(memory int64) Limits {
	const each, least = 4 << 20, 32
	l.Inboxes = int(min(max(memory/each, least), int64(l.Inboxes)))
	l.InboxesEach, l.InboxesNode = min(l.InboxesEach, l.Inboxes/4), min(l.InboxesNode, l.Inboxes/2)
	return l
}

// window is the time in which rates are counted.
const window = 10 * time.Second

// retrySeconds is what Retry-After says: after that the window has passed.
const retrySeconds = "10"

// limiter keeps the count of what [Limits] bound.
type limiter struct {
	Limits
	trusted         []netip.Prefix
	connections     *slots
	requests, inbox *slots
	rate, inboxRate *httprate.RateLimiter
	hostRate        *httprate.RateLimiter
}

func newLimiter(l Limits, trusted []netip.Prefix) *limiter {
	// Only Retry-After is told: the rest is nobody's affair.
	quiet := httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"})
	return &limiter{
		Limits: l, trusted: trusted,
		connections: newSlots(l.Connections, l.ConnectionsEach, 0),
		requests:    newSlots(l.Requests, l.RequestsEach, l.RequestsNode),
		inbox:       newSlots(l.Inboxes, l.InboxesEach, l.InboxesNode),
		rate:        httprate.NewRateLimiter(l.Rate, window, quiet),
		inboxRate:   httprate.NewRateLimiter(l.InboxRate, window, quiet),
		hostRate:    httprate.NewRateLimiter(l.HostRate, window, quiet),
	}
}

// admit lets a request in, or answers it. The caller calls leave when it has
// been answered.
func (l *limiter) admit(w http.ResponseWriter, r *http.Request, route Route) (leave func(), ok bool) {
	a := counted(addressOf(r.RemoteAddr), l.trusted)
	rate, org := l.rate, route.Org
	if route.Inbox {
		rate = l.inboxRate
	}
	if a.IsValid() && rate.RespondOnLimit(w, r, a.String()) {
		return nil, false
	}
	if !l.requests.take(a, org) {
		return nil, busy(w)
	}
	if !route.Inbox {
		return func() { l.requests.give(a, org) }, true
	}
	if !l.inbox.take(a, org) {
		l.requests.give(a, org)
		return nil, busy(w)
	}
	return func() { l.inbox.give(a, org); l.requests.give(a, org) }, true
}

// busy answers what there is no place for.
func busy(w http.ResponseWriter) bool {
	w.Header().Set("Retry-After", retrySeconds)
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	return false
}

// host reports whether one more delivery of a remote host is taken.
func (l *limiter) host(key string) bool {
	return !l.hostRate.OnLimit(nowhere{}, new(http.Request), key)
}

// nowhere takes the headers that httprate writes.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// A timed body is read within a time, and without long pauses.
type timed struct {
	io.ReadCloser
	control *http.ResponseController
	pause   time.Duration
	end     time.Time // of the body
	answer  time.Time // of the request
}

// hurry bounds the time that the body of r may take.
func (l *limiter) hurry(w http.ResponseWriter, r *http.Request, inbox bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	within, now := l.Body, time.Now()
	if inbox {
		within = l.Inbox
	}
	r.Body = &timed{r.Body, http.NewResponseController(w), l.Pause, now.Add(within), now.Add(l.Answer)}
}

// Read implements [io.Reader].
func (t *timed) Read(b []byte) (int, error) {
	next := time.Now().Add(t.pause)
	if next.After(t.end) {
		next = t.end
	}
	_ = t.control.SetReadDeadline(next) // where it cannot, that of the server stands
	n, err := t.ReadCloser.Read(b)
	if err == io.EOF {
		// What is listened for now is whether the client goes away.
		_ = t.control.SetReadDeadline(t.answer)
	}
	return n, err
}
