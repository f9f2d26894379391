package federation

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"pergola/federation/httpsig"
)

// maxDrain is how much of an answer is read that nobody wants, so that the
// connection can be used again.
const maxDrain = 64 << 10

// errNoSigner says that a local actor has no key, so is none any more.
var errNoSigner = errors.New("nobody to sign")

// A knock is one way to sign a request.
type knock struct {
	scheme httpsig.Scheme
	key    httpsig.Key
}

func (k knock) ed25519() bool {
	_, ok := k.key.Private.(ed25519.PrivateKey)
	return ok
}

// knocks are the ways to sign for a peer, best first: Ed25519 where it is
// taken, because it costs a fortieth of RSA; then what the peer took last; then
// the other. A peer that nothing is known of gets the draft first, because
// all read it.
func knocks(p Peer, keys []httpsig.Key) []knock {
	var ways []knock
	var rsa httpsig.Key
	for _, k := range keys {
		way := knock{httpsig.RFC9421, k}
		switch {
		case !way.ed25519():
			rsa = k
		case p.Ed25519:
			ways = append(ways, way)
		}
	}
	if rsa.Private == nil {
		return ways
	}
	first, second := httpsig.Cavage, httpsig.RFC9421
	if p.Scheme == httpsig.RFC9421 {
		first, second = second, first
	}
	return append(ways, knock{first, rsa}, knock{second, rsa})
}

// exchange signs as a local actor what build builds, asks, and asks again
// signed otherwise when the answer is 400 or 401. What was taken is remembered
// of the host. The caller closes the body of the answer.
func (s *Server) exchange(ctx context.Context, name string, body []byte, build func() (*http.Request, error)) (*http.Response, error) {
	keys, err := s.signingKeys(ctx, name)
	if err != nil {
		return nil, err
	}
	req, err := build()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	host := hostIn(originOf(req.URL))
	if host == "" {
		return nil, fmt.Errorf("%w: address %.200q", ErrMalformed, req.URL.Redacted())
	}
	peer, err := s.peer(ctx, host)
	if err != nil {
		return nil, err
	}
	ways := knocks(peer, keys)
	for i, way := range ways {
		if i > 0 {
			if req, err = build(); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
			}
		}
		if err := httpsig.Sign(req, body, way.key, way.scheme); err != nil {
			return nil, fmt.Errorf("signing for %s: %w", req.URL.Host, err)
		}
		resp, err := s.client.Do(req)
		if err != nil {
			return nil, err
		}
		s.clocks.note(peer.Host, resp)
		refused := resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusBadRequest
		if refused && i+1 < len(ways) {
			drain(resp)
			continue
		}
		// Most serve everybody who asks: only what was refused first says
		// something about signatures.
		if resp.StatusCode/100 == 2 && (i > 0 || req.Method == http.MethodPost) {
			s.learn(ctx, peer, way)
		}
		return resp, nil
	}
	return nil, fmt.Errorf("%w: %s has no RSA key", errNoSigner, name)
}

// drain reads what is left of an answer, within bounds.
func drain(resp *http.Response) {
	// What goes wrong here costs a connection and nothing else.
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	resp.Body.Close()
}

// signingKeys are the private keys of a local actor, for a minute from memory.
func (s *Server) signingKeys(ctx context.Context, name string) ([]httpsig.Key, error) {
	if keys, ok := s.keys.get(name); ok {
		return keys, nil
	}
	keys, err := s.store.SigningKeys(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("%w: %s", errNoSigner, name)
	case err != nil:
		return nil, fmt.Errorf("reading the keys of %s: %w", name, err)
	}
	for i := range keys {
		if !strings.Contains(keys[i].ID, "#") {
			keys[i].ID = s.root + "/a/" + name + "#" + keys[i].ID
		}
	}
	s.keys.put(name, keys)
	return keys, nil
}

// ForgetKeys has the private keys of local actors read anew: they were changed.
// What another process still signs with the old ones is refused and tried again
// a little later, with the new ones.
func (s *Server) ForgetKeys(names ...string) {
	for _, name := range names {
		s.keys.drop(name)
	}
}

// peer is what is known of a host, for some minutes from memory.
func (s *Server) peer(ctx context.Context, host string) (Peer, error) {
	if p, ok := s.peers.get(host); ok {
		return p, nil
	}
	p, err := s.store.Peer(ctx, host)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Peer{}, fmt.Errorf("reading what %s accepts: %w", host, err)
	}
	p.Host = host
	s.peers.put(host, p)
	return p, nil
}

// learn keeps that a host took a signature, when that is news.
func (s *Server) learn(ctx context.Context, known Peer, taken knock) {
	now := known
	now.Scheme, now.Ed25519 = taken.scheme, taken.ed25519()
	s.savePeer(ctx, known, now)
}

// savePeer keeps now in place of known. What cannot be kept is learnt again.
func (s *Server) savePeer(ctx context.Context, known, now Peer) {
	if now == known {
		return
	}
	now.Seen = time.Now()
	s.peers.put(now.Host, now)
	if err := s.store.SavePeer(ctx, now); err != nil {
		s.log.WarnContext(ctx, "peer not kept", "host", now.Host, "err", err)
	}
}
