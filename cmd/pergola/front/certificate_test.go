package front_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/cmd/pergola/front/fronttest"
)

// A site is what is served behind a front with certificates of its own.
type site struct {
	t            *testing.T
	dir          string
	doors        front.Doors
	certificates *front.Certificates
	held         func(host string) bool
	log          fronttest.Log
	stop         func()
}

// newSite takes two addresses and opens nothing yet.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: front.CertificateDir(t.TempDir())}
	s.listen("127.0.0.1:0", "127.0.0.1:0")
	return s
}

func (s *site) listen(https, http string) {
	s.t.Helper()
	var errs [2]error
	var main net.Listener
	main, errs[0] = front.Listen(https)
	s.doors.HTTP, errs[1] = front.Listen(http)
	if err := errors.Join(errs[:]...); err != nil {
		s.t.Fatal(err)
	}
	s.doors.Main = []net.Listener{main}
}

func (s *site) port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// open serves hosts with certificates of an authority, over http too unless
// plain is false, until the test ends or close is called.
func (s *site) open(authority *fronttest.Authority, plain bool, hosts ...string) {
	s.t.Helper()
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	o := front.CertificateOptions{
		Dir: s.dir, Directory: authority.Directory, CA: authority.CA, HTTPS: s.doors.Main[0].Addr(),
		Retry: 50 * time.Millisecond, Held: s.held, Log: log,
	}
	if plain {
		o.HTTP = s.doors.HTTP.Addr()
	} else {
		s.doors.HTTP.Close()
		s.doors.HTTP = nil
	}
	var err error
	if s.certificates, err = front.NewCertificates(o); err != nil {
		s.t.Fatal(err)
	}
	f := front.New(front.Options{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host+" "+r.Proto) }),
		Route:   func(r *http.Request) front.Route { return front.Route{Org: r.Host, Class: "page", Secure: true} },
		Base: func(host string) string {
			if strings.HasSuffix(host, ".example") && host != "nobody.example" {
				return "https://" + host
			}
			return ""
		},
		Certificates: s.certificates, Limits: front.DefaultLimits(), Log: log,
	})
	s.certificates.SetHosts(s.t.Context(), hosts)
	ctx, stop := context.WithCancel(s.t.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx, s.doors) }()
	s.stop = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
		s.certificates.Close()
	})
	s.t.Cleanup(s.stop)
}

func (s *site) get(roots *x509.CertPool, host string) (*http.Response, string, error) {
	return page(roots, "https://"+s.doors.Main[0].Addr().String(), host)
}

// awaitPage waits until a host has its certificate.
func (s *site) awaitPage(roots *x509.CertPool, host string) *http.Response {
	s.t.Helper()
	var answer *http.Response
	await(s.t, host, func() error {
		var text string
		var err error
		answer, text, err = s.get(roots, host)
		if err == nil && text != host+" HTTP/2.0" {
			err = fmt.Errorf("it answers %q", text)
		}
		if err != nil {
			err = fmt.Errorf("%w; the log has\n%s", err, s.log.String())
		}
		return err
	})
	return answer
}

// Hosts get certificates while they are served, also one that comes later; what
// is asked over http is led to https; the next start needs no authority.
func TestCertificates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	authority := fronttest.New(t, s.port(s.doors.HTTP), s.port(s.doors.Main[0]), 24*time.Hour)
	authority.Start()
	roots := authority.Roots()
	s.open(authority, true, "photonics.example")
	answer := s.awaitPage(roots, "photonics.example")
	if answer.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	if until, err := s.certificates.State("photonics.example"); until.Before(time.Now()) || err != nil {
		t.Errorf("State = %v, %v", until, err)
	}

	plain := "http://" + s.doors.HTTP.Addr().String()
	answer, _, err := page(nil, plain, "photonics.example")
	if err != nil || answer.StatusCode != http.StatusMovedPermanently || answer.Header.Get("Location") != "https://photonics.example/x?y=z" {
		t.Errorf("over http: %v, %v", answer, err)
	}
	if answer, err := noRedirects.Post(plain+"/inbox", "text/plain", nil); err != nil || answer.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a post over http to no host: %v, %v", answer, err)
	}
	r, _ := http.NewRequest("POST", plain+"/inbox", strings.NewReader("x"))
	r.Host = "photonics.example"
	if answer, err := noRedirects.Do(r); err != nil || answer.StatusCode != http.StatusPermanentRedirect {
		t.Errorf("a post over http: %v, %v", answer, err)
	}
	if answer, _, err = page(nil, plain, "nobody.example"); err != nil || answer.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("an unknown host over http: %v, %v", answer, err)
	}

	if _, _, err := s.get(roots, "later.example"); err == nil {
		t.Error("a host that is not served has a certificate")
	}
	s.certificates.SetHosts(t.Context(), []string{"photonics.example", "later.example"})
	s.awaitPage(roots, "later.example")
	s.certificates.SetHosts(t.Context(), []string{"photonics.example"})
	if _, _, err := s.get(roots, "later.example"); err == nil {
		t.Error("a host that has gone has a certificate")
	}

	info, err := os.Stat(s.dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v, want mode 0700", info, err)
	}
	https, plainAddress := s.doors.Main[0].Addr().String(), s.doors.HTTP.Addr().String()
	s.stop()
	authority.End()
	s.listen(https, plainAddress)
	s.open(authority, true, "photonics.example")
	if _, text, err := s.get(roots, "photonics.example"); err != nil || text != "photonics.example HTTP/2.0" {
		t.Errorf("the first request after a start: %q, %v", text, err)
	}
}

// An authority that cannot be reached is named, and asked again until it can.
func TestAuthorityComesLater(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	authority := fronttest.New(t, s.port(s.doors.HTTP), s.port(s.doors.Main[0]), 24*time.Hour)
	s.open(authority, false, "late.example") // so TLS-ALPN alone is left
	await(t, "the log", func() error {
		text := s.log.String()
		for _, want := range []string{
			`msg="waiting for a first certificate: until it is there, https does not answer" host=late.example`,
			`msg="getting a certificate, which is tried again" host=late.example err="the authority ` + authority.Directory + ` cannot be reached: dial tcp`,
		} {
			if !strings.Contains(text, want) {
				return fmt.Errorf("it has\n%s\nand lacks %s", text, want)
			}
		}
		return nil
	})
	if until, err := s.certificates.State("late.example"); !until.IsZero() || err == nil {
		t.Errorf("State = %v, %v", until, err)
	}
	if _, _, err := s.get(nil, "late.example"); err == nil {
		t.Error("there is a certificate from nowhere")
	}
	authority.Start()
	s.awaitPage(authority.Roots(), "late.example")
	if _, err := s.certificates.State("late.example"); err != nil {
		t.Errorf("State: %v", err)
	}
}

// A certificate that has ended while nothing was served is renewed at the next
// start.
func TestEndedCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	https, plain := s.doors.Main[0].Addr().String(), s.doors.HTTP.Addr().String()
	authority := fronttest.New(t, s.port(s.doors.HTTP), s.port(s.doors.Main[0]), time.Second)
	authority.Start()
	s.open(authority, true, "ended.example")
	var until time.Time
	await(t, "a certificate", func() error {
		if until, _ = s.certificates.State("ended.example"); until.IsZero() {
			return errors.New(s.log.String())
		}
		return nil
	})
	s.stop()
	authority.End()
	await(t, "its end", func() error {
		if time.Now().Before(until) {
			return errors.New("it is still good")
		}
		return nil
	})
	authority.IssueFor(24 * time.Hour)
	authority.Start()
	s.listen(https, plain)
	s.open(authority, true, "ended.example")
	s.awaitPage(authority.Roots(), "ended.example")
	if want := `msg="the certificate has ended: browsers refuse it until a new one is there" host=ended.example`; !strings.Contains(s.log.String(), want) {
		t.Errorf("the log has\n%s\nand lacks %s", s.log.String(), want)
	}
	if until, err := s.certificates.State("ended.example"); until.Before(time.Now()) || err != nil {
		t.Errorf("State = %v, %v", until, err)
	}
}

// A host that is held is left alone, whatever the others get, until it is not.
func TestHeldHostGetsNoCertificate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	authority := fronttest.New(t, s.port(s.doors.HTTP), s.port(s.doors.Main[0]), 24*time.Hour)
	authority.Start()
	var speaks atomic.Bool
	s.held = func(host string) bool { return host == "silent.example" && !speaks.Load() }
	s.open(authority, true, "silent.example", "photonics.example")
	s.awaitPage(authority.Roots(), "photonics.example")
	if text := s.log.String(); strings.Contains(text, "silent.example") {
		t.Errorf("something is done for the silent one:\n%s", text)
	}
	speaks.Store(true)
	s.certificates.Recheck()
	s.awaitPage(authority.Roots(), "silent.example")
}

func TestCertificatesWantAPEMFile(t *testing.T) {
	_, err := front.NewCertificates(front.CertificateOptions{Dir: t.TempDir(), CA: []byte("x"), Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "acme_ca_file") {
		t.Errorf("NewCertificates: %v", err)
	}
}

// await waits until f has no error any more.
func await(t *testing.T, what string, f func() error) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// page is what a browser gets that trusts these roots: its connection, and the
// answer.
func page(roots *x509.CertPool, address, host string) (*http.Response, string, error) {
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host},
		},
		CheckRedirect: noRedirects.CheckRedirect,
	}
	r, err := http.NewRequest("GET", address+"/x?y=z", nil)
	if err != nil {
		return nil, "", err
	}
	r.Host = host
	answer, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return answer, strings.TrimSpace(string(b)), err
}
