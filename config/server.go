package config

import (
	"crypto/x509"
	_ "embed"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ServerFileName is the name of the file with the settings of a process, in the
// folder that it serves.
const ServerFileName = "server.toml"

// The values of [Server.TLS].
const (
	// TLSByProxy: a proxy in front ends TLS, and we speak plain http.
	TLSByProxy = "proxy"
	// TLSByACME: the program gets certificates itself and ends TLS.
	TLSByACME = "acme"
)

// A Server holds the settings of one process, whatever number of nodes it
// serves. The file server.toml stands in the folder that is served and may be
// left out; each key has a default. Paths are relative to that folder.
type Server struct {
	// Listen is where requests are taken, a list of addresses and ports. Left
	// out, it is ["127.0.0.1:8080"] behind a proxy and [":443"] with
	// certificates of its own.
	Listen []string `toml:"listen" example:"127.0.0.1:8080"`

	// TLS says who encrypts: "proxy", a program in front of this one, which
	// passes the Host header on; or "acme", this program, which then gets and
	// renews a certificate for the host of each node by itself and keeps them in
	// the folder certificates.
	TLS string `toml:"tls"`

	// ListenHTTP is where plain http is answered with tls = "acme": questions
	// of the authority that issues the certificates, and a redirect to https
	// for everybody else. "" answers none.
	ListenHTTP string `toml:"listen_http"`

	// ACMEEmail is where the authority writes when something is wrong with a
	// certificate. It may be left out.
	ACMEEmail string `toml:"acme_email" example:"office@cluster.example"`

	// ACMEDirectory is the address of the authority that issues certificates,
	// by the protocol ACME.
	ACMEDirectory string `toml:"acme_directory"`

	// ACMECAFile names a file with the certificate, in PEM, by which the
	// authority itself is recognised, where the machine does not know it: that
	// of an organisation for itself, or of a test.
	ACMECAFile string `toml:"acme_ca_file" example:"authority.pem"`

	// TrustedProxies are the networks of the proxies in front: from these alone
	// are the client's address (X-Forwarded-For, or Forwarded where there is
	// none) and X-Request-Id believed. Each must write the address of its
	// client into the header it uses. [] believes nobody.
	TrustedProxies []string `toml:"trusted_proxies"`

	// Metrics is the address where figures for Prometheus are given, with the
	// state of all nodes at /healthz. Keep it from the public. "" gives none.
	Metrics string `toml:"metrics" example:"127.0.0.1:9090"`
}

// serverSource is this file: its comments are what ServerExample prints.
//
//go:embed server.go
var serverSource string

// DefaultServer returns the settings of a process whose file names no key.
func DefaultServer() Server {
	return Server{
		TLS:            TLSByProxy,
		ListenHTTP:     ":80",
		ACMEDirectory:  "https://acme-v02.api.letsencrypt.org/directory",
		TrustedProxies: []string{"127.0.0.1/32", "::1/128"},
	}
}

// Addresses are where requests are taken: Listen, or what it is when left out.
func (s Server) Addresses() []string {
	switch {
	case len(s.Listen) > 0:
		return s.Listen
	case s.TLS == TLSByACME:
		return []string{":443"}
	}
	return []string{"127.0.0.1:8080"}
}

// Proxies are TrustedProxies in the form that net/netip has; without what
// [Server.Validate] refuses.
func (s Server) Proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range s.TrustedProxies {
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// Validate reports everything that is wrong with s; see [Config.Validate].
func (s Server) Validate() error { return joined(s.problems()) }

func (s Server) manual() string { return "pergola config --server" }

func (s Server) problems() []problem {
	var found []problem
	for _, a := range s.Listen {
		if !goodAddress(a) {
			found = append(found, wrong("listen", a, `addresses with a port, such as ["127.0.0.1:8080"]`))
		}
	}
	for key, a := range map[string]string{"listen_http": s.ListenHTTP, "metrics": s.Metrics} {
		if a != "" && !goodAddress(a) {
			found = append(found, wrong(key, a, `an address with a port, such as "127.0.0.1:8081"`))
		}
	}
	if s.TLS != TLSByProxy && s.TLS != TLSByACME {
		found = append(found, wrong("tls", s.TLS, `"proxy" or "acme"`))
	}
	if s.ACMEEmail != "" && (strings.Count(s.ACMEEmail, "@") != 1 || strings.ContainsAny(s.ACMEEmail, " <>,:")) {
		found = append(found, wrong("acme_email", s.ACMEEmail, `one address, such as "office@cluster.example"`))
	}
	if u, err := url.Parse(s.ACMEDirectory); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		found = append(found, wrong("acme_directory", redacted(s.ACMEDirectory),
			"an address such as %q", DefaultServer().ACMEDirectory))
	}
	for _, text := range s.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil || p != p.Masked() {
			found = append(found, wrong("trusted_proxies", text,
				`networks such as ["127.0.0.1/32", "10.1.0.0/16"], with no bit set behind the mask`))
		}
	}
	slices.SortFunc(found, func(a, b problem) int { return strings.Compare(a.key, b.key) })
	return found
}

// goodAddress reports whether a is an IP address, or nothing, and a port.
func goodAddress(a string) bool {
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == port
}

// CACertificates reads ACMECAFile, taken relative to dir, the folder that is
// served; nil when no file is named.
func (s Server) CACertificates(dir string) ([]byte, error) {
	if s.ACMECAFile == "" {
		return nil, nil
	}
	b, err := readBounded(Within(dir, s.ACMECAFile), maxFile)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(b) {
		err = errors.New("there is none in it")
	}
	if err != nil {
		want := "a file with certificates in PEM: %v"
		return nil, join(filepath.Join(dir, ServerFileName), []problem{wrong("acme_ca_file", s.ACMECAFile, want, err)})
	}
	return b, nil
}
