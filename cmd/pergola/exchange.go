package main

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// An exchange is one request between nodes and its answer, as sent.
type exchange struct {
	Number   int
	At       time.Time
	From, To string
	Method   string
	Path     string
	// Scheme is the dialect of the request's signature and its key, "" when
	// it was not signed.
	Scheme string
	Status int
	// Err is set when there was no answer.
	Err    string
	Millis float64
	// What is the type of the activity that was posted.
	What            string
	Request, Answer string
}

// FromName and ToName are the nodes' names without what all of them share.
func (e exchange) FromName() string { return shortName(e.From) }
func (e exchange) ToName() string   { return shortName(e.To) }

func shortName(host string) string {
	name, _, _ := strings.Cut(host, ".localhost")
	return name
}

// keptExchanges is how many are shown, maxShown how much of a body.
const (
	keptExchanges = 200
	maxShown      = 64 << 10
)

// exchanges are the last ones between the nodes of a demo.
type exchanges struct {
	mu   sync.Mutex
	last []exchange
	n    int
}

func (x *exchanges) add(e exchange) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.n++
	e.Number = x.n
	x.last = append(x.last, e)
	if len(x.last) > keptExchanges {
		x.last = slices.Delete(x.last, 0, len(x.last)-keptExchanges)
	}
}

// all are the exchanges, newest first.
func (x *exchanges) all() []exchange {
	x.mu.Lock()
	defer x.mu.Unlock()
	es := slices.Clone(x.last)
	slices.Reverse(es)
	return es
}

func (x *exchanges) number(n int) (exchange, bool) {
	for _, e := range x.all() {
		if e.Number == n {
			return e, true
		}
	}
	return exchange{}, false
}

// A noting is a transport that notes what a node sends.
type noting struct {
	node string
	next http.RoundTripper
	to   *exchanges
}

// RoundTrip implements [http.RoundTripper].
func (n noting) RoundTrip(r *http.Request) (*http.Response, error) {
	e := exchange{At: time.Now(), From: n.node, To: r.URL.Host, Method: r.Method, Path: r.URL.RequestURI(), Scheme: schemeOf(r.Header)}
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	e.Request = r.Method + " " + r.URL.RequestURI() + " HTTP/1.1\nHost: " + r.URL.Host + "\n" + headers(r.Header) + "\n" + clip(sent)
	e.What = activityType(sent)
	answer, err := n.next.RoundTrip(r)
	e.Millis = float64(time.Since(e.At).Microseconds()) / 1000
	if err != nil {
		e.Err = err.Error()
		n.to.add(e)
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	e.Status = answer.StatusCode
	e.Answer = answer.Proto + " " + answer.Status + "\n" + headers(answer.Header) + "\n" + clip(body)
	n.to.add(e)
	return answer, nil
}

func schemeOf(h http.Header) string {
	switch {
	case h.Get("Signature-Input") != "":
		if strings.Contains(h.Get("Signature-Input"), "ed25519") {
			return "RFC 9421, Ed25519"
		}
		return "RFC 9421, RSA"
	case h.Get("Signature") != "":
		return "draft-cavage, RSA"
	}
	return ""
}

func headers(h http.Header) string {
	var b bytes.Buffer
	h.Write(&b) // to a buffer, which takes everything
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

// clip makes of a body what a person reads.
func clip(body []byte) string {
	if len(body) > maxShown {
		return string(body[:maxShown]) + "\n…"
	}
	return readable(body)
}
