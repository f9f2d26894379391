package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/storagetest"
)

// What a fan-out should reach of the bare loop's speed.
const (
	fanOutHosts = 1000
	fanOutFloor = 0.8
	fanOutAim   = 0.9
)

// BenchmarkFanOut publishes an item to 1,000 hosts over TLS 1.3, from the call
// to the last arrival, and compares that with a bare loop of as many goroutines
// as the queue has workers that signs and posts the same bytes to the same
// hosts and does nothing else. The two take turns; "ratio" is the median of
// the bare loop's times divided by the node's.
func BenchmarkFanOut(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		for _, fresh := range []bool{true, false} {
			for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
				name := fmt.Sprintf("%s/%s/%s", kind, connections(fresh), peers(scheme))
				b.Run(name, func(b *testing.B) {
					f := newFanOut(b, storagetest.Database(b, kind), fresh, scheme)
					for b.Loop() {
						f.compare(b)
					}
				})
			}
		}
	}
}

func connections(fresh bool) string {
	if fresh {
		return "fresh"
	}
	return "warm"
}

func peers(scheme httpsig.Scheme) string {
	if scheme == httpsig.Cavage {
		return "RSA-2048"
	}
	return "Ed25519"
}

// A fanOut is a node with followers at 1,000 hosts, and those hosts.
type fanOut struct {
	node    *node
	workers int
	client  *http.Client // the node's
	bare    *http.Client
	inboxes []string
	arrived *arrivals
	fresh   bool
	scheme  httpsig.Scheme
	key     httpsig.Key
	rounds  int
}

func newFanOut(b *testing.B, database string, fresh bool, scheme httpsig.Scheme) *fanOut {
	b.Helper()
	f := &fanOut{fresh: fresh, scheme: scheme, arrived: &arrivals{all: make(chan time.Time, 1)}}
	port, roots := serveInboxes(b, f.arrived, fresh)
	f.client = federation.NewClient(federation.ClientOptions{AllowLoopback: true, RootCAs: roots})
	f.bare = bareClient(port, roots)
	c := foundNode(b, "https://photonics.example", database, hub.Cluster)
	f.workers = c.DeliveryWorkers
	c.Client = f.client
	f.node = openBenched(b, c)
	f.key = signingKey(b, f.node, "photonics", scheme)
	f.follow(b, port)
	startNode(b, f.node)
	return f
}

// follow makes the node's followers, one at each host, with an inbox of its own.
func (f *fanOut) follow(b *testing.B, port string) {
	b.Helper()
	var followers []hub.Follower
	for i := range fanOutHosts {
		host := fmt.Sprintf("h%04d.localhost:%s", i, port)
		id := "https://" + host + "/a/somebody"
		f.inboxes = append(f.inboxes, id+"/inbox")
		followers = append(followers, hub.Follower{Local: "photonics", Actor: id, Inbox: id + "/inbox", Activity: id + "/follow", Since: time.Now()})
		actor := federation.RemoteActor{Actor: vocab.Actor{ID: id, Type: "Person", PreferredUsername: "somebody", Inbox: id + "/inbox"}, Fetched: time.Now()}
		if err := f.node.db.SaveRemoteActor(b.Context(), actor); err != nil {
			b.Fatal(err)
		}
		peer := federation.Peer{Host: host, Scheme: f.scheme, Ed25519: f.scheme == httpsig.RFC9421, Seen: time.Now()}
		if err := f.node.db.SavePeer(b.Context(), peer); err != nil {
			b.Fatal(err)
		}
	}
	err := f.node.db.Update(b.Context(), func(tx hub.Tx) error {
		for _, follower := range followers {
			if err := tx.SaveFollower(b.Context(), follower); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// compare lets the two take turns and reports how the node did.
func (f *fanOut) compare(b *testing.B) {
	b.Helper()
	body := f.publish(b).body // also connects, where connections are kept
	f.post(b, body)
	var ratios []float64
	var best time.Duration
	rounds := 5
	if !f.fresh || f.scheme != httpsig.Cavage {
		rounds = 9
	}
	for i := range rounds {
		var node, bare time.Duration
		if i%2 == 0 {
			bare, node = f.post(b, body), f.publish(b).took
		} else {
			node, bare = f.publish(b).took, f.post(b, body)
		}
		ratios = append(ratios, bare.Seconds()/node.Seconds())
		if best == 0 || bare < best {
			best = bare
		}
	}
	report(b, ratios, fanOutFloor, fanOutAim)
	b.ReportMetric(fanOutHosts/best.Seconds(), "bare/s")
	b.ReportMetric(0, "ns/op")
}

// A published item is what the hosts got of it, and when the last did.
type published struct {
	took time.Duration
	body []byte
}

// publish has the node publish an item.
func (f *fanOut) publish(b *testing.B) published {
	b.Helper()
	f.begin()
	f.rounds++
	it := news("Új lézer "+strconv.Itoa(f.rounds), "A new laser "+strconv.Itoa(f.rounds))
	it.Texts[0].Markdown = strings.Repeat("A hír **szövege**, ahogyan egy szerkesztő írja. ", 20)
	it.Texts[1].Markdown = strings.Repeat("The **text** of the news, as an editor writes it. ", 20)
	start := time.Now()
	if _, err := f.node.hub.Publish(b.Context(), hub.Program("test"), it); err != nil {
		b.Fatal(err)
	}
	took := f.arrived.wait(b).Sub(start)
	waitForQueue(b, f.node)
	return published{took, f.arrived.last()}
}

// post is the bare loop.
func (f *fanOut) post(b *testing.B, body []byte) time.Duration {
	b.Helper()
	f.begin()
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range f.workers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < fanOutHosts; i = next.Add(1) - 1 {
				if err := f.postOne(b.Context(), f.inboxes[i], body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	took := f.arrived.wait(b).Sub(start)
	wg.Wait()
	return took
}

func (f *fanOut) postOne(ctx context.Context, inbox string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", vocab.ContentType)
	if err := httpsig.Sign(r, body, f.key, f.scheme); err != nil {
		return err
	}
	answer, err := f.bare.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	return err
}

// begin makes the two equal at the start.
func (f *fanOut) begin() {
	if f.fresh {
		f.client.CloseIdleConnections()
		f.bare.CloseIdleConnections()
	}
	f.arrived.begin()
	runtime.GC()
}

// arrivals are the hosts at which something has arrived.
type arrivals struct {
	mu   sync.Mutex
	at   [fanOutHosts]bool
	n    int
	body []byte
	all  chan time.Time
}

func (a *arrivals) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at, a.n = [fanOutHosts]bool{}, 0
}

func (a *arrivals) last() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.body
}

func (a *arrivals) wait(b *testing.B) time.Time {
	b.Helper()
	select {
	case at := <-a.all:
		return at
	case <-time.After(time.Minute):
		b.Fatalf("something arrived at %d hosts only", a.n)
		return time.Time{}
	}
}

// ServeHTTP implements [http.Handler]: it is all inboxes.
func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	i, badHost := strconv.Atoi(strings.TrimPrefix(r.Host[:min(5, len(r.Host))], "h"))
	if err != nil || badHost != nil || r.Header.Get("Signature") == "" || r.TLS.Version != tls.VersionTLS13 {
		http.Error(w, "what is this", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.at[i] {
		a.at[i] = true
		a.n++
	}
	if a.n == fanOutHosts {
		a.body = body
		a.all <- time.Now()
	}
}

// serveInboxes serves all names below localhost on one port. Where connections
// are to be fresh, no session is resumed either.
func serveInboxes(b *testing.B, h http.Handler, fresh bool) (port string, roots *x509.CertPool) {
	b.Helper()
	certificate, roots := authority(b)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: h, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13, SessionTicketsDisabled: fresh,
	}}
	var wg sync.WaitGroup
	wg.Go(func() { server.ServeTLS(listener, "", "") })
	b.Cleanup(func() {
		server.Close()
		wg.Wait()
	})
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, roots
}

// authority makes a certificate for localhost and all names below it, and whom
// to trust for it.
func authority(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "inboxes"}, DNSNames: []string{"localhost", "*.localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}

// bareClient reaches the inboxes with nothing in between, and keeps as many
// connections as the node does.
func bareClient(port string, roots *x509.CertPool) *http.Client {
	var dialer net.Dialer
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
		},
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
		MaxIdleConns:        2 * fanOutHosts,
		MaxIdleConnsPerHost: 2,
		Protocols:           new(http.Protocols),
	}
	transport.Protocols.SetHTTP1(true)
	return &http.Client{Transport: transport}
}

// signingKey is the node's key of the kind that goes with a scheme.
func signingKey(b *testing.B, n *node, actor string, scheme httpsig.Scheme) httpsig.Key {
	b.Helper()
	keys, err := n.db.SigningKeys(b.Context(), actor)
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range keys {
		if _, short := k.Private.(ed25519.PrivateKey); short == (scheme == httpsig.RFC9421) {
			return k
		}
	}
	b.Fatalf("%s has no key for %s", actor, scheme)
	return httpsig.Key{}
}
