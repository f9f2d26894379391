package federation

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"pergola/federation/check"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// How long a look at a node may take: one question, and all of them.
const (
	questionTimeout    = 8 * time.Second
	examinationTimeout = 40 * time.Second
)

// An Eye is how a node is looked at.
type Eye struct {
	// Client asks for what is served. It should follow no redirect.
	Client *http.Client
	// Resolve finds the addresses of a name.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial tries ports; nil leaves that out, and what plain http answers.
	Dial Dial
	// Own are the addresses of this machine, nil when the node is elsewhere.
	Own []netip.Addr
}

// Examine looks at this node as the world does, through its public address, and
// calls found with each check as soon as it and those before it are known. It
// takes 40 seconds at most. What cannot work, because something before it does
// not, is left out.
func (s *Server) Examine(ctx context.Context, eye Eye, found func(check.Check)) {
	ctx, cancel := context.WithTimeout(ctx, examinationTimeout)
	defer cancel()
	x := s.examination(eye, s.root, s.organisation)
	x.own = true
	if !x.reach(ctx, found) {
		return
	}
	looks := []look{x.webfinger, x.actor, x.nodeinfo}
	if x.eye.Dial != nil && strings.HasPrefix(s.root, "https:") {
		looks = append([]look{x.redirect}, looks...)
	}
	inTurn(ctx, append(looks, s.signatures(x.eye.Client, s.root)...), found)
}

// Glance asks our own address once, by the client that is for that: whether it
// answers, and with which certificate.
func (s *Server) Glance(ctx context.Context) (checks []check.Check) {
	x := s.examination(Eye{Client: s.probe}, s.root, s.organisation)
	x.own = true
	x.reach(ctx, func(c check.Check) { checks = append(checks, c) })
	return checks
}

// A look is one question, or several that hang together, and what was found.
type look func(ctx context.Context) []check.Check

// inTurn runs looks side by side and tells what they found in their order.
func inTurn(ctx context.Context, looks []look, found func(check.Check)) {
	results := make([]chan []check.Check, len(looks))
	var wg sync.WaitGroup
	for i, look := range looks {
		results[i] = make(chan []check.Check, 1)
		wg.Go(func() {
			var checks []check.Check
			defer func() {
				if recover() != nil {
					checks = nil // what another node sent must not end the program
				}
				results[i] <- checks
			}()
			ctx, cancel := context.WithTimeout(ctx, questionTimeout)
			defer cancel()
			checks = look(ctx)
		})
	}
	for _, result := range results {
		for _, c := range <-result {
			found(c)
		}
	}
	wg.Wait()
}

// An examination is a look at one node.
type examination struct {
	server *Server
	eye    Eye
	root   string // scheme and host of the node
	base   *url.URL
	name   string // of the actor that publishes
	own    bool   // it is ours: the keys are known
}

func (s *Server) examination(eye Eye, root, name string) *examination {
	base, err := url.Parse(root)
	if err != nil {
		base = &url.URL{} // not reached: it is an origin
	}
	if eye.Client != nil {
		client := *eye.Client
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		eye.Client = &client
	}
	return &examination{server: s, eye: eye, root: root, base: base, name: name}
}

// reach looks at all that the rest needs: the name, the ports, the certificate,
// and whether anything answers. It reports whether more can be asked.
func (x *examination) reach(ctx context.Context, found func(check.Check)) bool {
	var first answer
	looks := []look{func(ctx context.Context) []check.Check {
		first = x.ask(ctx, x.root+"/.well-known/nodeinfo", "application/json")
		return x.judgeFirst(first)
	}}
	if x.eye.Dial != nil {
		looks = append(x.ports(), looks...)
	}
	if x.eye.Resolve != nil {
		looks = append([]look{x.dns}, looks...)
	}
	inTurn(ctx, looks, found)
	return first.err == nil && first.status == http.StatusOK
}

func (x *examination) judgeFirst(first answer) []check.Check {
	certificate := check.Certificate{Host: x.base.Hostname(), Plain: x.base.Scheme == "http", Err: first.err, Now: time.Now()}
	if first.tls != nil && len(first.tls.PeerCertificates) > 0 {
		certificate.Leaf = first.tls.PeerCertificates[0]
	}
	if check.IsCertificate(first.err) {
		return []check.Check{certificate.Check()}
	}
	var checks []check.Check
	if certificate.Plain || certificate.Leaf != nil {
		checks = append(checks, certificate.Check())
	}
	return append(checks, first.document("address").Check())
}

func (x *examination) dns(ctx context.Context) []check.Check {
	host := x.base.Hostname()
	f := check.DNS{Host: host, Own: x.eye.Own, Loopback: isLoopback(host)}
	if ip, err := netip.ParseAddr(host); err == nil {
		f.Found = []netip.Addr{ip}
	} else if !f.Loopback {
		f.Found, f.Err = x.eye.Resolve(ctx, host)
		if e, ok := errors.AsType[*net.DNSError](f.Err); ok && e.IsNotFound {
			f.Found, f.Err = nil, nil
		}
	}
	return []check.Check{f.Check()}
}

// ports are the looks at the ports that the world uses.
func (x *examination) ports() []look {
	try := func(name, number string, needed bool) look {
		return func(ctx context.Context) []check.Check {
			conn, err := x.eye.Dial(ctx, "tcp", net.JoinHostPort(x.base.Hostname(), number))
			if err == nil {
				conn.Close()
			}
			return []check.Check{check.Port{Name: name, Number: number, Err: err, Needed: needed}.Check()}
		}
	}
	if x.base.Scheme == "http" {
		return []look{try("http", cmp.Or(x.base.Port(), "80"), true)}
	}
	return []look{try("https", cmp.Or(x.base.Port(), "443"), true), try("http", "80", false)}
}

func (x *examination) redirect(ctx context.Context) []check.Check {
	a := x.ask(ctx, "http://"+x.base.Hostname()+"/", "text/html")
	return []check.Check{check.Redirect{Base: x.base, Status: a.status, Location: a.location, Err: a.err}.Check()}
}

// webfinger asks for the address that people type. (RFC 7033, 4)
func (x *examination) webfinger(ctx context.Context) []check.Check {
	r := webfinger.Resource{User: x.name, Host: x.base.Host}
	a := x.ask(ctx, x.root+"/.well-known/webfinger?resource="+url.QueryEscape(r.String()), webfinger.ContentType)
	f := a.document("webfinger")
	f.Want = x.actorID()
	d, err := webfinger.Decode(a.body)
	f.Said, f.Broken = d.Self(), err
	return []check.Check{f.Check()}
}

func (x *examination) actorID() string { return x.root + "/a/" + x.name }

// actor asks for the document that other programs read, and looks whether it
// shows the keys that we sign with.
func (x *examination) actor(ctx context.Context) []check.Check {
	a := x.ask(ctx, x.actorID(), acceptAS)
	f := a.document("actor")
	f.Want = x.actorID()
	person, err := vocab.DecodeActor(a.body)
	f.Said, f.Broken = person.ID, err
	if err == nil && !isDocument(a.contentType) {
		f.Broken = fmt.Errorf("content type %.80q", a.contentType)
	}
	checks := []check.Check{f.Check()}
	if checks[0].Severity != check.OK || !x.own {
		return checks
	}
	keys := check.Keys{Public: map[string]string{}, Own: map[string]string{}}
	for _, k := range person.Keys {
		keys.Public[k.ID] = k.PEM + k.Multibase
	}
	own, err := x.server.signingKeys(ctx, x.name)
	for _, k := range own {
		if keys.Own[k.ID], err = publicText(k); err != nil {
			break
		}
	}
	if err != nil {
		return append(checks, check.Found("keys", check.Failed, "unreadable", "Error", err.Error()))
	}
	return append(checks, keys.Check())
}

// publicText is the public half of a key as documents show it.
func publicText(k httpsig.Key) (string, error) {
	public := k.Private.Public()
	if ed, ok := public.(ed25519.PublicKey); ok {
		return httpsig.Multibase(ed), nil
	}
	return httpsig.MarshalPublicKey(public)
}

// nodeinfo asks for what a node says of itself. (NodeInfo 2.1, "Discovery")
func (x *examination) nodeinfo(ctx context.Context) []check.Check {
	a := x.ask(ctx, x.root+"/nodeinfo/2.1", "application/json")
	f := a.document("nodeinfo")
	var d struct {
		Software struct{ Name string }
	}
	f.Broken = json.Unmarshal(a.body, &d)
	f.Said, f.Want = d.Software.Name, "pergola"
	return []check.Check{f.Check()}
}

// signatures are the looks whether root takes what our program's actor signs,
// in each dialect and with each key. (draft-cavage-http-signatures-12; RFC 9421)
func (s *Server) signatures(client *http.Client, root string) []look {
	try := func(name string, scheme httpsig.Scheme, ed bool) look {
		return func(ctx context.Context) []check.Check {
			a := s.consult(ctx, client, root, consultation{}, scheme, ed)
			return []check.Check{check.Signature{Name: name, Status: a.status, Answer: a.opening(), Err: a.err}.Check()}
		}
	}
	return []look{
		try("signature_cavage", httpsig.Cavage, false),
		try("signature_rfc9421", httpsig.RFC9421, false),
		try("signature_ed25519", httpsig.RFC9421, true),
	}
}

// ask gets what stands at address.
func (x *examination) ask(ctx context.Context, address, accept string) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{url: address, err: err}
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", x.server.agent)
	return x.server.question(x.eye.Client, req)
}

// question asks and reads the answer, within bounds.
func (s *Server) question(client *http.Client, req *http.Request) answer {
	a := answer{url: req.URL.String()}
	resp, err := client.Do(req)
	if err != nil {
		a.err = err
		return a
	}
	defer drain(resp)
	s.clocks.note(hostOf(a.url), resp)
	a.status, a.contentType, a.tls = resp.StatusCode, resp.Header.Get("Content-Type"), resp.TLS
	a.location, a.retryAfter = resp.Header.Get("Location"), resp.Header.Get("Retry-After")
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxFetch)); err != nil {
		a.err = err
	}
	return a
}
