package main

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"pergola/cmd/pergola/front"
	"pergola/config"
)

// openDoors takes all addresses, or none.
func openDoors(s config.Server) (doors front.Doors, err error) {
	take := func(address string) (l net.Listener) {
		if err == nil && address != "" {
			l, err = front.Listen(address)
		}
		return l
	}
	for _, address := range s.Addresses() {
		doors.Main = append(doors.Main, take(address))
	}
	if s.TLS == config.TLSByACME {
		doors.HTTP = take(s.ListenHTTP)
	}
	doors.Metrics = take(s.Metrics)
	if err != nil {
		closeDoors(doors)
	}
	return doors, err
}

// closeDoors closes them, once more where they were served.
func closeDoors(doors front.Doors) {
	for _, l := range append(doors.Main, doors.HTTP, doors.Metrics) {
		if l != nil {
			l.Close()
		}
	}
}

// stand puts the house behind doors, as the settings of its folder say.
func (h *house) stand(ctx context.Context, dir string, s config.Server, doors front.Doors) error {
	if s.TLS == config.TLSByACME {
		ca, err := s.CACertificates(dir)
		if err != nil {
			return err
		}
		o := front.CertificateOptions{
			Dir: front.CertificateDir(dir), Directory: s.ACMEDirectory, Email: s.ACMEEmail, CA: ca,
			HTTPS: doors.Main[0].Addr(), Held: h.held, Log: h.log,
		}
		if doors.HTTP != nil {
			o.HTTP = doors.HTTP.Addr()
		}
		if h.certificates, err = front.NewCertificates(o); err != nil {
			return err
		}
		h.changed = func() { h.hostsChanged(ctx) }
	}
	if doors.Metrics != nil {
		h.meter = front.NewMeter(version, h.figures)
	}
	h.front = h.newFront(s.Proxies())
	return nil
}

func (h *house) newFront(trusted []netip.Prefix) *front.Front {
	return front.New(front.Options{
		Handler: h, Route: h.route, Base: h.base, Certificates: h.certificates, Trusted: trusted,
		Limits: front.DefaultLimits().Within(debug.SetMemoryLimit(-1)), Meter: h.meter, Private: h.private(h.meter), Log: h.log,
	})
}

// hostsChanged sees to the certificates of the nodes that there are now.
func (h *house) hostsChanged(ctx context.Context) {
	var hosts []string
	for _, r := range h.all() {
		if base := r.base(); base.Scheme == "https" {
			hosts = append(hosts, base.Hostname())
		}
	}
	h.certificates.SetHosts(ctx, hosts)
}

// held reports that no node of that host name speaks yet: while another copy may
// answer there, the name is not this one's to be certified.
func (h *house) held(host string) bool {
	for _, r := range h.all() {
		if strings.EqualFold(r.base().Hostname(), host) && r.speaks.Load() {
			return false
		}
	}
	return true
}

// route says what a request is for.
func (h *house) route(r *http.Request) front.Route {
	class := classOf(r)
	route := front.Route{Class: class, Inbox: class == "inbox" && r.Method == http.MethodPost}
	if room := h.room(r.Host); room != nil {
		route.Org, route.Secure = room.host, room.base().Scheme == "https"
	}
	return route
}

// base is the base URL of the node with that host name, whatever its port.
func (h *house) base(host string) string {
	for _, r := range h.all() {
		if base := r.base(); strings.EqualFold(base.Hostname(), host) && base.Scheme == "https" {
			return base.String()
		}
	}
	return ""
}
