package federation

import (
	"cmp"
	"context"
	"crypto"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"pergola/federation/httpsig"
)

// Options are what a [Server] is made of.
type Options struct {
	// Base is scheme and host of the node, where every id of ours begins. It is
	// never taken from a request: a proxy may have changed that.
	Base *url.URL
	// Client reaches other hosts; nil means NewClient(ClientOptions{}). The
	// server follows no redirect with it that it has not looked at itself.
	Client *http.Client
	Store  Store
	// Version is that of the program, for User-Agent and NodeInfo.
	Version string
	// Organisation and Instance are the names of the two local actors: the one
	// that publishes, and the one that signs what we fetch and that
	// relay@host leads to.
	Organisation, Instance string
	// ArrivedFrom hears of hosts (with the port, if they have one) that sent
	// something verified: what waits for them may be tried once. It hears of
	// the same host every 15 seconds at most. nil hears nothing.
	ArrivedFrom func(ctx context.Context, host string)
	// Admits reports whether one more activity is taken from a host, whose
	// signature was verified: who sends too many is asked to come later. nil
	// takes all.
	Admits func(host string) bool
	// Log takes what nobody is answered; nil takes nothing.
	Log *slog.Logger
	// Probe reaches our own public address, which may not be public from here;
	// nil means Client.
	Probe *http.Client
	// Resolve finds the addresses of another node's name; nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// A Server speaks ActivityPub for the local actors of one node. It is safe for
// concurrent use.
type Server struct {
	base                   *url.URL
	root                   string // base without a slash at the end
	organisation, instance string
	version                string
	store                  Store
	arrivedFrom            func(ctx context.Context, host string)
	admits                 func(host string) bool
	log                    *slog.Logger

	courtesy courtesy // of deliveries to what arrives

	agent   string
	client  *http.Client  // stops at a redirect, and has no timeout but the context's
	follow  *http.Client  // follows redirects
	timeout time.Duration // of an exchange with client
	probe   *http.Client  // reaches ourselves
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	clocks  clocks // of others
	surgery *surgery

	flights   singleflight.Group
	signers   *memory[string, signer]        // by id of the remote actor
	keys      *memory[string, []httpsig.Key] // by name of the local actor
	peers     *memory[string, Peer]          // by host
	failed    *memory[string, error]         // by id of the remote actor
	refetched *memory[string, struct{}]      // by id of the remote actor
	arrived   *memory[string, struct{}]      // by host
}

// A signer is a remote actor with its keys, parsed, by their ids.
type signer struct {
	actor RemoteActor
	keys  map[string]crypto.PublicKey
}

// New returns a server. It panics when base or store is missing.
func New(o Options) *Server {
	if o.Base == nil || o.Store == nil {
		panic("federation.New without Base or Store")
	}
	if o.Client == nil {
		o.Client = NewClient(ClientOptions{})
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Probe == nil {
		o.Probe = o.Client
	}
	if o.Resolve == nil {
		o.Resolve = Resolve
	}
	root := strings.TrimSuffix(o.Base.String(), "/")
	follow := *o.Client
	agent := "Pergola/" + o.Version + " (+" + root + "/)"
	follow.Transport = named{next: o.Client.Transport, agent: agent}
	client := follow
	client.Timeout = 0 // whose timer and goroutine for each request are dear
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Server{
		base:         o.Base,
		root:         root,
		organisation: o.Organisation,
		instance:     o.Instance,
		version:      o.Version,
		agent:        agent,
		store:        o.Store,
		arrivedFrom:  o.ArrivedFrom,
		admits:       o.Admits,
		log:          o.Log,
		client:       &client,
		timeout:      cmp.Or(o.Client.Timeout, totalTimeout),
		follow:       &follow,
		probe:        o.Probe,
		resolve:      o.Resolve,
		surgery:      newSurgery(),
		signers:      newMemory[string, signer](1000, time.Minute),
		keys:         newMemory[string, []httpsig.Key](100, time.Minute),
		peers:        newMemory[string, Peer](5000, 10*time.Minute),
		failed:       newMemory[string, error](5000, 5*time.Minute),
		refetched:    newMemory[string, struct{}](5000, 5*time.Minute),
		arrived:      newMemory[string, struct{}](5000, 15*time.Second),
	}
}

// named is a transport that says who we are.
type named struct {
	next  http.RoundTripper
	agent string
}

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	next := n.next
	if next == nil {
		next = http.DefaultTransport
	}
	if r.Header.Get("User-Agent") != n.agent {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", n.agent)
	}
	return next.RoundTrip(r)
}

// CloseIdleConnections is what http.Client's method of that name calls.
func (n named) CloseIdleConnections() { closeIdle(n.next) }

// Resolve finds the addresses of a name as the system does.
func Resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}
