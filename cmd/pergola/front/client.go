package front

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// requestHeader carries the number of a request.
const requestHeader = "X-Request-Id"

// requestKey is where a context has the number of its request.
type requestKey struct{}

// goodNumber is a number of a request that a proxy may give.
var goodNumber = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// identify returns r as it came to the outermost trusted proxy: with the address
// of its client as RemoteAddr, and with its number in its header and context.
func identify(r *http.Request, trusted []netip.Prefix) *http.Request {
	peer := addressOf(r.RemoteAddr)
	client, number := peer, ""
	if within(trusted, peer) {
		client = clientOf(r.Header, peer, trusted)
		number = r.Header.Get(requestHeader)
	}
	if !goodNumber.MatchString(number) {
		number = rand.Text()[:10]
	}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, number))
	r.Header.Set(requestHeader, number)
	if client != peer {
		r.RemoteAddr = net.JoinHostPort(client.String(), "0")
	}
	return r
}

// addressOf is the IP address in one like 192.0.2.1:443, or the zero Addr.
func addressOf(hostPort string) netip.Addr {
	p, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap().WithZone("")
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// clientOf finds the client in what proxies wrote, each at the end, the address
// of whom it was asked by: the last one that is no trusted proxy. What stands
// before that proves nothing. (RFC 7239, 7.4)
func clientOf(h http.Header, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	hops := hopsOf(h)
	client := peer
	for i := len(hops) - 1; i >= 0; i-- {
		a, ok := parseHop(hops[i])
		if !ok {
			break
		}
		client = a
		if !within(trusted, a) {
			break
		}
	}
	return client
}

// maxHops is how many proxies are looked at.
const maxHops = 16

// hopsOf are the addresses in X-Forwarded-For, or in Forwarded where there is
// none, in their order; at most the last maxHops.
func hopsOf(h http.Header) []string {
	var hops []string
	if lines := h.Values("X-Forwarded-For"); len(lines) > 0 {
		hops = strings.Split(strings.Join(lines, ","), ",")
	} else {
		for element := range strings.SplitSeq(strings.Join(h.Values("Forwarded"), ","), ",") {
			hop := ""
			for pair := range strings.SplitSeq(element, ";") {
				if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); strings.EqualFold(name, "for") {
					hop = strings.Trim(value, `"`)
				}
			}
			hops = append(hops, hop)
		}
	}
	return hops[max(0, len(hops)-maxHops):]
}

// parseHop reads an address as headers have it: with a port or without, an IPv6
// one in brackets or not. (RFC 7239, 6)
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if a := addressOf(hop); a.IsValid() {
		return a, true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// numbered puts the number of the request into every line that is logged for
// it.
type numbered struct{ slog.Handler }

// Numbered returns a log that shows the number of the request in each line that
// belongs to one.
func Numbered(log *slog.Logger) *slog.Logger { return slog.New(numbered{log.Handler()}) }

// Handle implements [slog.Handler].
func (n numbered) Handle(ctx context.Context, r slog.Record) error {
	if number, ok := ctx.Value(requestKey{}).(string); ok {
		r.AddAttrs(slog.String("request", number))
	}
	return n.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (n numbered) WithAttrs(attrs []slog.Attr) slog.Handler {
	return numbered{n.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (n numbered) WithGroup(name string) slog.Handler { return numbered{n.Handler.WithGroup(name)} }
