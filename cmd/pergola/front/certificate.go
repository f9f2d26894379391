package front

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// CertificateOptions say from whom certificates come and where they are kept.
type CertificateOptions struct {
	// Dir is the folder that keeps them, with their keys; it is made with mode
	// 0700.
	Dir string
	// Directory is the address of the authority. (RFC 8555, 7.1.1)
	Directory string
	// Email is where the authority writes; "" for nowhere.
	Email string
	// CA has certificates in PEM by which the authority itself is recognised;
	// nil for those that the machine knows.
	CA []byte
	// HTTPS and HTTP are the addresses where the challenges of the authority
	// are answered; HTTP may be nil. The world must reach them at the ports 443
	// and 80.
	HTTPS, HTTP net.Addr
	// Retry is how long to wait after the first failure; it grows to an hour. 0
	// means 15 seconds.
	Retry time.Duration
	// Held reports that no certificate may be got for a host now, nor its kept one
	// renewed; nil holds no host. When that has changed, [Certificates.Recheck].
	Held func(host string) bool
	Log  *slog.Logger
}

// Certificates are those of all hosts that are served: got when there is none
// yet, and renewed before they end. [Certificates.SetHosts] may be called at any
// time.
type Certificates struct {
	directory string
	config    *certmagic.Config
	cache     *certmagic.Cache
	issuer    *certmagic.ACMEIssuer
	retry     time.Duration
	held      func(host string) bool
	log       *slog.Logger

	mu      sync.Mutex
	hosts   []string
	failed  map[string]error // the last try of that host
	changed chan struct{}    // has something when hosts are others
}

// NewCertificates makes the folder. Close ends what it starts.
func NewCertificates(o CertificateOptions) (*Certificates, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(o.Dir, 0o700); err != nil {
		return nil, err
	}
	c := &Certificates{directory: o.Directory, retry: o.Retry, log: o.Log, failed: map[string]error{}, changed: make(chan struct{}, 1)}
	if c.held = o.Held; c.held == nil {
		c.held = func(string) bool { return false }
	}
	if c.retry == 0 {
		c.retry = 15 * time.Second
	}
	quiet := zap.NewNop() // what matters comes as an event
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.config, nil },
		Logger:           quiet,
	})
	c.config = certmagic.New(c.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: o.Dir},
		OCSP:    certmagic.OCSPConfig{DisableStapling: true},
		OnEvent: c.hear,
		Logger:  quiet,
	})
	template := certmagic.ACMEIssuer{
		CA: o.Directory, Email: o.Email, Agreed: true, Logger: quiet,
		DisableHTTPChallenge: o.HTTP == nil,
	}
	if len(o.CA) > 0 {
		template.TrustedRoots = x509.NewCertPool()
		if !template.TrustedRoots.AppendCertsFromPEM(o.CA) {
			c.Close()
			return nil, errors.New("acme_ca_file: want certificates in PEM")
		}
	}
	if tcp, ok := o.HTTPS.(*net.TCPAddr); ok {
		template.ListenHost, template.AltTLSALPNPort = hostOf(tcp), tcp.Port
	}
	if tcp, ok := o.HTTP.(*net.TCPAddr); ok {
		template.AltHTTPPort = tcp.Port
	}
	c.issuer = certmagic.NewACMEIssuer(c.config, template)
	c.config.Issuers = []certmagic.Issuer{unasked{c.issuer}}
	return c, nil
}

func hostOf(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return ""
	}
	return a.IP.String()
}

// unasked is an issuer that never reads from the terminal.
type unasked struct{ *certmagic.ACMEIssuer }

// PreCheck implements certmagic.PreChecker.
func (u unasked) PreCheck(ctx context.Context, names []string, _ bool) error {
	return u.ACMEIssuer.PreCheck(ctx, names, false)
}

// Close ends the upkeep; [Certificates.Run] has ended before.
func (c *Certificates) Close() { c.cache.Stop() }

// TLS is how connections are encrypted: TLS 1.2 or later, HTTP/2 where the
// client has it, a challenge of the authority answered. (RFC 8737)
func (c *Certificates) TLS() *tls.Config {
	t := c.config.TLSConfig()
	t.NextProtos = append([]string{"h2", "http/1.1"}, t.NextProtos...)
	return t
}

// Challenges answers what the authority asks over plain http, and leaves all
// else to next. (RFC 8555, 8.3)
func (c *Certificates) Challenges(next http.Handler) http.Handler {
	return c.issuer.HTTPChallengeHandler(next)
}

// SetHosts says which hosts there are from now on. Certificates that are kept
// already serve when it returns; [Certificates.Run] gets the others.
func (c *Certificates) SetHosts(ctx context.Context, hosts []string) {
	c.mu.Lock()
	before := c.hosts
	c.hosts = slices.Clone(hosts)
	c.mu.Unlock()
	for _, host := range hosts {
		if slices.Contains(before, host) {
			continue
		}
		if _, err := c.config.CacheManagedCertificate(ctx, host); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.log.WarnContext(ctx, "a kept certificate cannot be used", "host", host, "err", err)
		}
	}
	for _, host := range before {
		if !slices.Contains(hosts, host) {
			c.cache.RemoveManaged([]certmagic.SubjectIssuer{{Subject: host}})
		}
	}
	c.Recheck()
}

// Recheck has [Certificates.Run] look again at what there is to do.
func (c *Certificates) Recheck() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// Run gets and renews certificates until ctx ends.
func (c *Certificates) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	stops := map[string]context.CancelFunc{}
	for {
		c.mu.Lock()
		hosts := c.hosts
		c.mu.Unlock()
		for host, stop := range stops {
			if !slices.Contains(hosts, host) {
				stop()
				delete(stops, host)
			}
		}
		for _, host := range hosts {
			if stops[host] != nil || c.held(host) {
				continue
			}
			own, stop := context.WithCancel(ctx)
			defer stop()
			stops[host] = stop
			wg.Go(func() { c.provide(own, host) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.changed:
		}
	}
}

// maxRetry is the longest time between two tries for a host. An authority
// counts failures by the hour.
const maxRetry = time.Hour

// provide tries until a host has a certificate that need not be renewed; then
// the upkeep of certmagic goes on with it.
func (c *Certificates) provide(ctx context.Context, host string) {
	for wait := c.retry; ; wait = min(4*wait, maxRetry) {
		err := guard(func() error { return c.obtain(ctx, host) })
		if ctx.Err() != nil {
			return
		}
		c.note(host, err)
		if err == nil {
			return
		}
		c.log.WarnContext(ctx, "getting a certificate, which is tried again", "host", host, "err", c.explain(err), "after", wait)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// obtain gets a first certificate for a host, or renews the kept one where it
// is time.
func (c *Certificates) obtain(ctx context.Context, host string) error {
	kept, err := c.config.CacheManagedCertificate(ctx, host)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.log.InfoContext(ctx, "waiting for a first certificate: until it is there, https does not answer", "host", host, "url", c.directory)
		err = c.config.ObtainCertSync(ctx, host)
	case err != nil:
		return err
	case kept.NeedsRenewal(c.config):
		if kept.Expired() {
			c.log.WarnContext(ctx, "the certificate has ended: browsers refuse it until a new one is there", "host", host, "url", c.directory)
		}
		err = c.config.RenewCertSync(ctx, host, false)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = c.config.CacheManagedCertificate(ctx, host)
	return err
}

// explain says in one sentence why there is no certificate.
func (c *Certificates) explain(err error) error {
	var dial *net.OpError
	if errors.As(err, &dial) {
		return fmt.Errorf("the authority %s cannot be reached: %w", c.directory, dial)
	}
	return err
}

func (c *Certificates) note(host string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.failed, host)
	if err != nil {
		c.failed[host] = err
	}
}

// errHeld says that there is to be no certificate now.
var errHeld = errors.New("none may be got for this host now")

// hear is told what certmagic does, and about to do.
func (c *Certificates) hear(ctx context.Context, event string, data map[string]any) error {
	host, _ := data["identifier"].(string)
	switch event {
	case "cert_obtaining":
		if c.held(host) {
			return errHeld // it is upkeep that would renew a kept one
		}
	case "cert_obtained":
		c.note(host, nil)
		c.log.InfoContext(ctx, "certificate obtained", "host", host)
	case "cert_failed":
		if err, _ := data["error"].(error); err != nil {
			c.note(host, err)
			if until, _ := c.State(host); until.After(time.Now()) {
				// It is upkeep that has failed, which tries again by itself.
				c.log.WarnContext(ctx, "renewing a certificate", "host", host, "err", c.explain(err), "until", until)
			}
		}
	}
	return nil
}

// State is until when the certificate of a host is good, zero when there is
// none, and why the last try to get one was in vain, nil if it was not.
func (c *Certificates) State(host string) (until time.Time, err error) {
	for _, kept := range c.cache.AllMatchingCertificates(host) {
		if kept.Leaf != nil && kept.Leaf.NotAfter.After(until) {
			until = kept.Leaf.NotAfter
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return until, c.failed[host]
}

// certificateDir is the folder for certificates in the one that is served.
const certificateDir = "certificates"

// CertificateDir is where the certificates of what is served in dir are kept.
func CertificateDir(dir string) string { return filepath.Join(dir, certificateDir) }
