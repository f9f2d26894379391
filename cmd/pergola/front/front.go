// Package front is how requests reach what is served: addresses, TLS and its
// certificates, trusted proxies, limits, and figures of all that.
//
// It knows connections, clients and how much of both there may be. It knows no
// node: what a request is for says a [Route], and what is answered a handler.
// Nor does it read a configuration: package main does, and hands on what it
// says.
//
// [RFC 6797]: https://www.rfc-editor.org/rfc/rfc6797
// [RFC 7239]: https://www.rfc-editor.org/rfc/rfc7239
// [RFC 8555]: https://www.rfc-editor.org/rfc/rfc8555
// [RFC 8737]: https://www.rfc-editor.org/rfc/rfc8737
// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
package front

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// A Route is what a request is for.
type Route struct {
	// Org is the host of the node, "" when there is none of that name.
	Org string
	// Class is one of a few names for what is asked for.
	Class string
	// Inbox is set for a delivery to an inbox.
	Inbox bool
	// Secure is set where the world uses https.
	Secure bool
}

// Options are the parts of a [Front].
type Options struct {
	// Handler answers what is let in.
	Handler http.Handler
	Route   func(r *http.Request) Route
	// Base is the base URL of the node with that host name (without a port), ""
	// when there is none. It is asked for requests over plain http, which are
	// led there.
	Base func(host string) string
	// Certificates end TLS here; nil leaves that to a proxy.
	Certificates *Certificates
	// Trusted are the networks of the proxies that are believed.
	Trusted []netip.Prefix
	Limits  Limits
	// Meter counts; nil counts nothing.
	Meter *Meter
	// Private answers at [Doors.Metrics].
	Private http.Handler
	Log     *slog.Logger
}

// A Front stands before what is served. It is safe for concurrent use.
type Front struct {
	Options
	limits *limiter
}

// New returns a front.
func New(o Options) *Front {
	return &Front{Options: o, limits: newLimiter(o.Limits, o.Trusted)}
}

// Admits reports whether node org takes one more delivery from a remote host
// whose signature was verified.
func (f *Front) Admits(org, host string) bool { return f.limits.host(org + " " + host) }

// Doors are the listeners of a [Front].
type Doors struct {
	// Main take the requests that are for nodes.
	Main []net.Listener
	// HTTP leads to https; nil for none. It is there with certificates only.
	HTTP net.Listener
	// Metrics is for the administrator; nil for none.
	Metrics net.Listener
}

// An InUseError says that another program has an address.
type InUseError struct{ Address string }

func (e InUseError) Error() string {
	return "the address " + e.Address + " is in use by another program: end that, or name another address in server.toml or with --listen"
}

// Listen takes an address. Its error is one sentence.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, InUseError{address}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("the address %s is none of this machine's: name another one in server.toml or with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("the address %s may not be used: ports below 1024 need the capability CAP_NET_BIND_SERVICE", address)
	case err != nil:
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return l, nil
}

// stopTimeout is how long open requests may take to end.
const stopTimeout = 10 * time.Second

// Run serves at the doors until ctx ends, and returns when the requests that
// were let in before have been answered.
func (f *Front) Run(ctx context.Context, doors Doors) error {
	var servers []*http.Server
	var wg sync.WaitGroup
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	open := func(l net.Listener, h http.Handler, t *tls.Config) {
		s := f.server(h)
		servers = append(servers, s)
		l = &bounded{Listener: l, places: f.limits.connections, trusted: f.Trusted, plain: t == nil, refused: f.Meter.refuseConnection}
		wg.Go(func() {
			err := guard(func() error {
				if t == nil {
					return s.Serve(l)
				}
				s.TLSConfig = t
				return s.ServeTLS(l, "", "")
			})
			if !errors.Is(err, http.ErrServerClosed) {
				stop(err)
			}
		})
	}
	var encryption *tls.Config
	if f.Certificates != nil {
		encryption = f.Certificates.TLS()
		wg.Go(func() {
			if err := guard(func() error { return f.Certificates.Run(ctx) }); err != nil {
				stop(err)
			}
		})
	}
	for _, l := range doors.Main {
		open(l, f, encryption)
	}
	if doors.HTTP != nil {
		open(doors.HTTP, f.Certificates.Challenges(http.HandlerFunc(f.lead)), nil)
	}
	if doors.Metrics != nil {
		open(doors.Metrics, f.Private, nil)
	}
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	for _, s := range servers {
		wg.Go(func() {
			_ = guard(func() error {
				if err := s.Shutdown(grace); err != nil {
					return s.Close()
				}
				return nil
			})
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (f *Front) server(h http.Handler) *http.Server {
	l := f.limits
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: l.Header,
		ReadTimeout:       l.Answer,
		WriteTimeout:      l.Answer,
		IdleTimeout:       l.Idle,
		MaxHeaderBytes:    64 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 100},
		ErrorLog:          slog.NewLogLogger(f.Log.Handler(), slog.LevelDebug),
	}
}

// guard makes an error of a panic.
func guard(f func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return f()
}

// hsts has browsers use https alone, for a year. (RFC 6797, 6.1)
const hsts = "max-age=31536000"

// ServeHTTP implements [http.Handler]: it finds out who asks, lets in what there
// is a place for, and counts.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = identify(r, f.Trusted)
	route := f.Route(r)
	w.Header().Set(requestHeader, r.Header.Get(requestHeader))
	if route.Secure {
		w.Header().Set("Strict-Transport-Security", hsts)
	}
	a := &answer{ResponseWriter: w}
	started := time.Now()
	defer func() {
		took := time.Since(started)
		f.Log.DebugContext(r.Context(), "request answered", "org", route.Org, "kind", route.Class, "method", r.Method,
			"path", r.URL.Path, "status", a.code(), "took", took, "address", r.RemoteAddr)
		f.Meter.observe(route, a.code(), took)
	}()
	leave, ok := f.limits.admit(a, r, route)
	if !ok {
		return
	}
	defer leave()
	f.limits.hurry(a, r, route.Inbox)
	f.Handler.ServeHTTP(a, r)
}

// lead leads from plain http to the same address at https.
func (f *Front) lead(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	base := f.Base(host)
	if base == "" {
		Misdirect(w, r)
		return
	}
	status := http.StatusPermanentRedirect
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	w.Header().Set("Connection", "close")
	http.Redirect(w, r, base+r.URL.RequestURI(), status)
}

// Misdirect answers a request for a host that is not here. (RFC 9110, 15.5.20)
func Misdirect(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "No node here has the name "+r.Host+".", http.StatusMisdirectedRequest)
}

// An answer remembers its status.
type answer struct {
	http.ResponseWriter
	status int
}

// Unwrap is what [http.ResponseController] asks for.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// code is the status; 200 where nothing else was said.
func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
