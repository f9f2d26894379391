package federation

import (
	"bytes"
	"context"
	"crypto/tls"
	"net/http"
	"slices"
	"sync"
	"time"

	"pergola/federation/check"
)

// An answer is what came of a question to a node.
type answer struct {
	url                               string
	status                            int
	contentType, location, retryAfter string
	tls                               *tls.ConnectionState
	body                              []byte
	err                               error
}

// document is what an answer says of the document that was asked for.
func (a answer) document(name string) check.Document {
	return check.Document{Name: name, URL: a.url, Status: a.status, Type: a.contentType, Err: a.err}
}

func (a answer) opening() string { return opening(bytes.NewReader(a.body)) }

// clockAge is for how long what somebody's clock showed is of use, maxClocks of
// how many hosts it is kept, and clockRest how long the same clock is not read
// again, nor one for which another has to go.
const (
	clockAge  = 24 * time.Hour
	maxClocks = 50
	clockRest = time.Minute
)

// clocks are by how much those of other hosts are ahead of ours, as the Date of
// their answers says. (RFC 9110, 6.6.1)
type clocks struct {
	mu   sync.Mutex
	seen map[string]reading
	left time.Time // when one has made room for another
}

type reading struct {
	ahead time.Duration
	at    time.Time
}

// note reads a clock. What a cache in between kept says nothing.
func (c *clocks) note(host string, resp *http.Response) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	old, known := c.seen[host]
	full := !known && len(c.seen) >= maxClocks
	if known && now.Sub(old.at) < clockRest || full && now.Sub(c.left) < clockRest {
		return
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || resp.Header.Get("Age") != "" {
		return
	}
	if c.seen == nil {
		c.seen = map[string]reading{}
	}
	if full {
		c.left = now
		for other := range c.seen { // any
			delete(c.seen, other)
			break
		}
	}
	c.seen[host] = reading{date.Sub(now.Truncate(time.Second)), now}
}

// Clocks are by how much those of others are ahead of ours, of those that
// answered us lately.
func (s *Server) Clocks() check.Clocks {
	s.clocks.mu.Lock()
	defer s.clocks.mu.Unlock()
	var f check.Clocks
	for host, r := range s.clocks.seen {
		if host != hostOf(s.root) && time.Since(r.at) < clockAge {
			f.Ahead = append(f.Ahead, r.ahead)
		}
	}
	slices.Sort(f.Ahead)
	return f
}

// ReadClocks asks the hosts of these ids for what time it is there.
func (s *Server) ReadClocks(ctx context.Context, ids []string) {
	var looks []look
	for _, id := range ids {
		looks = append(looks, func(ctx context.Context) []check.Check {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin(id)+"/.well-known/nodeinfo", nil)
			if err == nil {
				s.question(s.client, req)
			}
			return nil
		})
	}
	inTurn(ctx, looks, func(check.Check) {})
}
