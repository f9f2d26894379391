package front

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// slots are places for what goes on at the same time: some in all, and some of
// them for each address and for each node.
type slots struct {
	all, each, node int

	mu    sync.Mutex
	taken int
	by    map[netip.Addr]int
	of    map[string]int
}

func newSlots(all, each, node int) *slots {
	return &slots{all: all, each: each, node: node, by: map[netip.Addr]int{}, of: map[string]int{}}
}

// take takes a place for an address at a node, where there is one. The zero Addr,
// and no node, may have them all.
func (s *slots) take(a netip.Addr, org string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.all || a.IsValid() && s.by[a] >= s.each || org != "" && s.of[org] >= s.node {
		return false
	}
	s.taken++
	s.by[a]++
	s.of[org]++
	return true
}

// give gives a place back.
func (s *slots) give(a netip.Addr, org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.by[a]--; s.by[a] == 0 {
		delete(s.by, a)
	}
	if s.of[org]--; s.of[org] == 0 {
		delete(s.of, org)
	}
}

// counted is the address for which something is counted: a client of its own,
// or a whole IPv6 network of the size that one is given; the zero Addr for those
// that are not limited one by one, see [Limits].
func counted(a netip.Addr, trusted []netip.Prefix) netip.Addr {
	if !a.IsValid() || a.IsLoopback() || within(trusted, a) {
		return netip.Addr{}
	}
	if a.Is6() {
		network, _ := a.Prefix(64) // not reached: an error, for 64 bits
		return network.Addr()
	}
	return a
}

// A bounded listener accepts so many connections at the same time, and so many
// of each address. What is beyond is closed at once, after a word where words
// are not encrypted.
type bounded struct {
	net.Listener
	places  *slots
	trusted []netip.Prefix
	plain   bool
	refused func()
}

// tooMany is said on a connection beyond what is accepted. (RFC 9110, 15.6.4)
const tooMany = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: " + retrySeconds + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// Accept implements [net.Listener].
func (l *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		a := counted(addressOf(conn.RemoteAddr().String()), l.trusted)
		if l.places.take(a, "") {
			return &placed{Conn: conn, give: sync.OnceFunc(func() { l.places.give(a, "") })}, nil
		}
		l.refused()
		if l.plain {
			// The buffer of a new connection takes it, so nobody is waited for.
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = conn.Write([]byte(tooMany))
		}
		conn.Close()
	}
}

// A placed connection gives its place back when it is closed.
type placed struct {
	net.Conn
	give func()
}

// Close implements [net.Conn].
func (c *placed) Close() error {
	c.give()
	return c.Conn.Close()
}
