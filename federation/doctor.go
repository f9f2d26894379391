package federation

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pergola/federation/check"
	"pergola/federation/httpsig"
	"pergola/federation/webfinger"
)

// DoctorPath is where a node looks at the node of whoever asks. It is a thing of
// ours, no ActivityPub: FEDERATION.md tells its shape.
const DoctorPath = "/doctor"

const (
	// maxConsultation is how long a question may be, in octets.
	maxConsultation = 1 << 10
	// examinationPause is how long one host waits between two examinations.
	examinationPause = 30 * time.Second
	// maxConsultations is how many verified questions a host may ask in a minute.
	maxConsultations = 20
	// maxExaminations is how many nodes are looked at at once.
	maxExaminations = 4
	// outsideTimeout is how long an examination of another node may take.
	outsideTimeout = 20 * time.Second
)

// errTooOften: the asker has asked enough for now (429).
var errTooOften = errors.New("asked too often")

// A consultation is what is posted to [DoctorPath]. Nothing in it says which host
// is meant: that is the one whose key signs.
type consultation struct {
	// Account is the user part of the organisation's address there, for a look
	// at the node; "" only has the signature verified.
	Account string `json:"account,omitempty"`
}

// A diagnosis is what is answered.
type diagnosis struct {
	Version string `json:"version"`
	// Host is whom the signature proved to ask.
	Host   string        `json:"host"`
	Checks []check.Check `json:"checks,omitempty"`
}

// surgery keeps how often whom was helped.
type surgery struct {
	busy     chan struct{}
	examined *memory[string, struct{}] // by host
	mu       sync.Mutex
	asked    *memory[string, int] // by host, in this minute
}

func newSurgery() *surgery {
	return &surgery{
		busy:     make(chan struct{}, maxExaminations),
		examined: newMemory[string, struct{}](1000, examinationPause),
		asked:    newMemory[string, int](1000, time.Minute),
	}
}

// admit counts a question of a host. The minute begins anew with each question
// that is let in, so whoever never stops is not let in.
func (y *surgery) admit(host string) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	n, _ := y.asked.get(host)
	if n >= maxConsultations {
		return fmt.Errorf("%w: %s", errTooOften, host)
	}
	y.asked.put(host, n+1)
	return nil
}

// postDoctor verifies a signature, ours or that of a node to which the host
// offers it, and looks at the signer's node if that is asked for. Whom it is not
// offered to costs no fetch, and what is looked at is the signer's own host alone,
// through the client that reaches no private address.
func (s *Server) postDoctor(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxConsultation))
		if err != nil {
			return fmt.Errorf("%w: %w", errTooLarge, err)
		}
		var c consultation
		if err := json.Unmarshal(body, &c); err != nil {
			return fmt.Errorf("%w: reading a question: %w", ErrMalformed, err)
		}
		actor, err := s.authenticateAsker(r, h, body)
		if err != nil {
			return refusal(w, err)
		}
		d := diagnosis{Version: s.version, Host: hostOf(actor)}
		if c.Account != "" {
			if d.Checks, err = s.examineAsker(r.Context(), actor, c.Account); err != nil {
				return refusal(w, err)
			}
		}
		answer, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("writing a diagnosis: %w", err)
		}
		w.Header().Set("Content-Type", "application/json")
		// Nobody is left to tell when the connection is gone too.
		_, _ = w.Write(answer)
		return nil
	}
}

// refusal says when to come again, and to those who may know why a signature
// does not verify: they look for that.
func refusal(w http.ResponseWriter, err error) error {
	if errors.Is(err, errTooOften) {
		w.Header().Set("Retry-After", strconv.Itoa(int(examinationPause/time.Second)))
	}
	if !errors.Is(err, errUnsigned) || errors.Is(err, httpsig.ErrUnsigned) {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, check.Clean(err.Error())+"\n")
	return nil
}

// authenticateAsker is the id of the actor that signed. The errors are those of
// authenticate, ErrForbidden for whom it is not offered to, and errTooOften.
func (s *Server) authenticateAsker(r *http.Request, h Host, body []byte) (string, error) {
	sig, err := httpsig.Parse(r)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUnsigned, err)
	}
	id, _, _ := strings.Cut(sig.KeyID, "#")
	if origin(id) == "" {
		return "", fmt.Errorf("%w: key %.200q", errUnsigned, sig.KeyID)
	}
	if sameOrigin(id, s.root) {
		name, ok := strings.CutPrefix(id, s.root+"/a/")
		if !ok {
			return "", fmt.Errorf("%w: %s is no account", errUnsigned, id)
		}
		a, err := h.LocalActor(r.Context(), name)
		if err != nil {
			return "", fmt.Errorf("%w: %w", errUnsigned, err)
		}
		if err := newSigner(a.ID, RemoteActor{Actor: a}).verify(r, sig, body, s); err != nil {
			return "", fmt.Errorf("%w: %w", errUnsigned, err)
		}
		return id, nil // it costs nothing but the verifying
	}
	offered, err := h.Examines(r.Context(), id)
	if err != nil {
		return "", err
	}
	if !offered {
		return "", fmt.Errorf("%w: nothing is offered to %s", ErrForbidden, id)
	}
	if _, err := s.authenticate(r.Context(), envelope{id: id, actor: id, request: r}, body); err != nil {
		return "", err
	}
	return id, s.surgery.admit(hostOf(id))
}

// examineAsker looks at the node of a verified actor, from here.
func (s *Server) examineAsker(ctx context.Context, actor, account string) ([]check.Check, error) {
	r, err := webfinger.Parse("acct:" + account + "@" + hostOf(actor))
	if err != nil {
		return nil, err
	}
	select {
	case s.surgery.busy <- struct{}{}:
		defer func() { <-s.surgery.busy }()
	default:
		return nil, fmt.Errorf("%w: %d examinations go on", ErrLater, maxExaminations)
	}
	if !s.surgery.examined.claim(hostOf(actor), struct{}{}) {
		return nil, fmt.Errorf("%w: %s", errTooOften, hostOf(actor))
	}
	ctx, cancel := context.WithTimeout(ctx, outsideTimeout)
	defer cancel()
	var checks []check.Check
	found := func(c check.Check) { checks = append(checks, c) }
	x := s.examination(Eye{Client: s.client, Resolve: s.resolve}, origin(actor), r.User)
	if x.reach(ctx, found) {
		inTurn(ctx, []look{x.webfinger, x.actor, x.nodeinfo}, found)
	}
	return checks, nil
}

// consult posts a question to the doctor of a node, signed by the program's actor
// in that dialect, with its RSA or its Ed25519 key.
func (s *Server) consult(ctx context.Context, client *http.Client, root string, c consultation, scheme httpsig.Scheme, ed bool) answer {
	req, err := s.consulting(ctx, root+DoctorPath, c, scheme, ed)
	if err != nil {
		return answer{url: root + DoctorPath, err: err}
	}
	return s.question(client, req)
}

// consulting is the request of a consultation, signed.
func (s *Server) consulting(ctx context.Context, address string, c consultation, scheme httpsig.Scheme, ed bool) (*http.Request, error) {
	keys, err := s.signingKeys(ctx, s.instance)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(keys, func(k httpsig.Key) bool { _, is := k.Private.(ed25519.PrivateKey); return is == ed })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s", errNoSigner, s.instance)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.agent)
	return req, httpsig.Sign(req, body, keys[i], scheme)
}

// ExamineThrough has another node look at this one, and calls found with each
// check as it comes. through is the address of its site: scheme and host.
func (s *Server) ExamineThrough(ctx context.Context, through string, found func(check.Check)) {
	root := origin(through)
	if root == "" {
		found(check.Found("through", check.Failed, "malformed", "URL", through))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, examinationTimeout)
	defer cancel()
	a := s.consult(ctx, s.client, root, consultation{Account: s.organisation}, httpsig.Cavage, false)
	var d diagnosis
	if err := json.Unmarshal(a.body, &d); a.err == nil && a.status == http.StatusOK && (err != nil || d.Host != hostOf(s.root)) {
		a.status = http.StatusNotFound // something else stands there
	}
	c := check.Consultation{URL: root, Status: a.status, RetryAfter: a.retryAfter, Answer: a.opening(), Err: a.err}.Check()
	found(c)
	if c.Severity != check.OK {
		return
	}
	for _, c := range check.Sanitize(d.Checks) {
		found(c)
	}
	inTurn(ctx, s.signatures(s.client, root), found)
}
