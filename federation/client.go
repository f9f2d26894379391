package federation

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

const (
	connectTimeout = 5 * time.Second
	totalTimeout   = 30 * time.Second
	maxRedirects   = 3
	idleTimeout    = 90 * time.Second
	idleConns      = 2048 // one or two for each host of a large fan-out
)

// ClientOptions say what a guarded client may do.
type ClientOptions struct {
	// AllowLoopback permits hosts that mean this machine (localhost, names
	// under it, 127.0.0.0/8, ::1), over http and on any port. Go's resolver
	// does not know names under localhost, so they are dialled here. It permits
	// nothing else that is private, and no name that merely resolves to
	// loopback. For a demo and for tests.
	AllowLoopback bool
	// RootCAs are the authorities that are trusted, nil for the system's.
	RootCAs *x509.CertPool
	// IdleConns is how many connections are kept, 0 for one or two to each host
	// of a large fan-out.
	IdleConns int
}

// errAddress says that a URL is none that a stranger may send us to.
var errAddress = errors.New("address not permitted")

// NewClient returns a client for URLs that come from strangers: https on port
// 443 of public addresses alone, checked when a connection is made, so after
// each redirect and whatever a name resolves to. It connects within 5 s and
// gives up after 30 s in all, follows 3 redirects, keeps connections for 90 s
// and resumes TLS sessions.
func NewClient(o ClientOptions) *http.Client {
	public := &net.Dialer{
		Timeout: connectTimeout,
		Control: ssrf.New(ssrf.WithPorts(443)).Safe,
	}
	transport := newTransport(o, public.DialContext)
	if o.AllowLoopback {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, port, err := net.SplitHostPort(address); err == nil && isLoopback(host) {
				return dialLoopback(ctx, host, port)
			}
			return public.DialContext(ctx, network, address)
		}
	}
	return &http.Client{
		Transport: guarded{next: transport, allowLoopback: o.AllowLoopback},
		Timeout:   totalTimeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("%w: more than %d redirects", errAddress, maxRedirects)
			}
			return nil
		},
	}
}

// newTransport is what both kinds of client send by.
func newTransport(o ClientOptions, dial Dial) *http.Transport {
	if o.IdleConns == 0 {
		o.IdleConns = idleConns
	}
	transport := &http.Transport{
		DialContext: dial,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            o.RootCAs,
			ClientSessionCache: tls.NewLRUClientSessionCache(o.IdleConns),
		},
		TLSHandshakeTimeout:    connectTimeout,
		MaxIdleConns:           o.IdleConns,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		// One request at a time goes to a host: HTTP/2 would only cost memory.
		Protocols: new(http.Protocols),
	}
	transport.Protocols.SetHTTP1(true)
	return transport
}

// A Dial makes a connection to host:port.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// DialAnything dials any address, names under localhost too.
func DialAnything(ctx context.Context, network, address string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(address); err == nil && isLoopback(host) {
		return dialLoopback(ctx, host, port)
	}
	return (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, address)
}

// NewProbe returns a client for the node's own address, which whoever runs it
// has configured: it may be one that is not public from here, as behind a
// router. It is for nothing that a stranger names. It follows no redirect and
// keeps no connection.
func NewProbe(o ClientOptions, dial Dial) *http.Client {
	transport := newTransport(o, dial)
	transport.DisableKeepAlives = true
	transport.TLSClientConfig.ClientSessionCache = nil // a resumed session shows no new certificate
	return &http.Client{
		Transport:     transport,
		Timeout:       totalTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guarded is a transport that looks at each URL before it is asked for.
type guarded struct {
	next          http.RoundTripper
	allowLoopback bool
}

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.check(r.URL); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return g.next.RoundTrip(r)
}

// CloseIdleConnections is what http.Client's method of that name calls.
func (g guarded) CloseIdleConnections() { closeIdle(g.next) }

func closeIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (g guarded) check(u *url.URL) error {
	here := g.allowLoopback && isLoopback(u.Hostname())
	switch {
	case u.User != nil:
		return fmt.Errorf("%w: %s: user in it", errAddress, u.Redacted())
	case here && u.Scheme == "http":
		return nil
	case u.Scheme != "https":
		return fmt.Errorf("%w: %s: want https", errAddress, u.Redacted())
	case here:
		return nil
	case u.Port() != "" && u.Port() != "443":
		return fmt.Errorf("%w: %s: want port 443", errAddress, u.Redacted())
	}
	return nil
}

// isLoopback reports whether host means this machine by what it is called.
// (RFC 6761, 6.3)
func isLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// dialLoopback dials a host that isLoopback, names over both protocols.
func dialLoopback(ctx context.Context, host, port string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: connectTimeout}
	if _, err := netip.ParseAddr(host); err == nil {
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err == nil {
		return conn, nil
	}
	conn, err6 := dialer.DialContext(ctx, "tcp", net.JoinHostPort("::1", port))
	if err6 != nil {
		return nil, err
	}
	return conn, nil
}
