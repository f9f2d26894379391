package federation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// Lookup finds an account by what people type: "@name@host", "name@host", a
// host, the URL of a site, of a profile or of an actor. The actor's host is
// always asked. Webfinger of the answer is the handle that both sides confirm:
// the actor's document and the handle's host; "" when only a URL is certain.
// The errors are those of [Server.Actor].
func (s *Server) Lookup(ctx context.Context, address string) (vocab.Actor, error) {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		if strings.Contains(address, "@") {
			return s.lookupAccount(ctx, address)
		}
		address = s.site(address) + "/"
	}
	r, err := webfinger.Parse(address)
	if err != nil || r.URL == nil {
		return vocab.Actor{}, fmt.Errorf("%w: address %.200q", ErrMalformed, address)
	}
	id, err := s.actorBehind(ctx, r)
	if err != nil {
		return vocab.Actor{}, err
	}
	a, err := s.RefreshActor(ctx, id)
	if err != nil {
		return vocab.Actor{}, err
	}
	a.Webfinger = s.confirmedHandle(ctx, a.Actor)
	return a.Actor, nil
}

// site is where a host is asked: by https, or as we are served ourselves when
// it is this machine.
func (s *Server) site(host string) string {
	if u := (url.URL{Host: host}); s.base.Scheme == "http" && isLoopback(u.Hostname()) {
		return "http://" + host
	}
	return "https://" + host
}

// lookupAccount finds an account by its handle. The handle's host names the
// actor, and the actor's host must name the handle. (RFC 7033, 4)
func (s *Server) lookupAccount(ctx context.Context, address string) (vocab.Actor, error) {
	asked, err := webfinger.Parse(address)
	if err != nil || asked.URL != nil {
		return vocab.Actor{}, fmt.Errorf("%w: address %.200q", ErrMalformed, address)
	}
	id, subject, err := s.finger(ctx, asked)
	if err != nil {
		return vocab.Actor{}, err
	}
	if !sameAccount(subject, asked) {
		// The handle is another than was typed: that one decides.
		again, last, err := s.finger(ctx, subject)
		if err != nil {
			return vocab.Actor{}, err
		}
		if again != id || !sameAccount(last, subject) {
			return vocab.Actor{}, fmt.Errorf("%w: %s says it is %s, which denies it", ErrForbidden, asked, subject)
		}
	}
	a, err := s.RefreshActor(ctx, id)
	if err != nil {
		return vocab.Actor{}, err
	}
	if !sameAccount(handle(a.Actor), subject) {
		back, named, err := s.finger(ctx, handle(a.Actor))
		if err != nil || back != id || !sameAccount(named, subject) {
			return vocab.Actor{}, fmt.Errorf("%w: %s says it is %s, not %s", ErrForbidden, id, handle(a.Actor), subject)
		}
	}
	a.Webfinger = subject.User + "@" + subject.Host
	return a.Actor, nil
}

// finger asks the host of an account who that is: the id of the actor, and the
// account that it is called by, which is r unless the host says another.
func (s *Server) finger(ctx context.Context, r webfinger.Resource) (id string, subject webfinger.Resource, err error) {
	d, err := webfinger.Lookup(ctx, s.follow, s.site(r.Host), r)
	if err != nil {
		return "", r, lookupError(err)
	}
	if id = d.Self(); id == "" {
		return "", r, fmt.Errorf("%w: %s is no account of ActivityPub", ErrNotFound, r)
	}
	subject, err = webfinger.Parse(d.Subject)
	if err != nil || subject.URL != nil {
		subject = r
	}
	return id, subject, nil
}

// lookupError says in our words what WebFinger says in its own.
func lookupError(err error) error {
	switch {
	case errors.Is(err, webfinger.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case errors.Is(err, webfinger.ErrMalformed):
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	case isProhibited(err):
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	return fmt.Errorf("%w: %w", ErrLater, err)
}

// handle is the account that an actor's document says it has. (FEP-2c59,
// "Specification")
func handle(a vocab.Actor) webfinger.Resource {
	if r, err := webfinger.Parse(a.Webfinger); err == nil && r.URL == nil {
		return r
	}
	return webfinger.Resource{User: a.PreferredUsername, Host: hostOf(a.ID)}
}

// sameAccount compares handles, which have no case.
func sameAccount(a, b webfinger.Resource) bool {
	return strings.EqualFold(a.User, b.User) && strings.EqualFold(a.Host, b.Host)
}

// confirmedHandle is the handle of an actor that was found by its id, "" when
// the handle's host does not confirm it.
func (s *Server) confirmedHandle(ctx context.Context, a vocab.Actor) string {
	claimed := handle(a)
	if claimed.User == "" {
		return ""
	}
	id, subject, err := s.finger(ctx, claimed)
	if err == nil && id == a.ID && !sameAccount(subject, claimed) {
		id, subject, err = s.finger(ctx, subject)
	}
	if err != nil || id != a.ID {
		return ""
	}
	return subject.User + "@" + subject.Host
}

// actorBehind is the id of the actor that a URL is, or that its page names, or,
// for the URL of a whole site, that WebFinger names. (FEP-d556, "Single Actor
// Servers")
func (s *Server) actorBehind(ctx context.Context, r webfinger.Resource) (string, error) {
	p, err := s.fetch(ctx, r.URL.String(), acceptAS+", text/html;q=0.1")
	if err == nil && isDocument(p.contentType) {
		return ownID(p)
	}
	if err == nil {
		if id := alternate(p); id != "" {
			return id, nil
		}
		err = fmt.Errorf("%w: %s names no actor", ErrNotFound, r.URL)
	}
	if r.URL.Path != "" && r.URL.Path != "/" {
		return "", err
	}
	whole := webfinger.Resource{URL: &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: "/"}}
	d, asked := webfinger.Lookup(ctx, s.follow, s.site(r.URL.Host), whole)
	if asked != nil || d.Self() == "" {
		return "", err
	}
	return d.Self(), nil
}

// alternate is the URL of the ActivityStreams document that a page says it is
// also there as, in its headers or its head; "" when it does not.
// (RFC 8288, 3)
func alternate(p page) string {
	for _, header := range p.links {
		for _, link := range strings.Split(header, ",") {
			target, params, ok := strings.Cut(strings.TrimSpace(link), ">")
			if ok && strings.HasPrefix(target, "<") && strings.Contains(params, "alternate") &&
				strings.Contains(params, "application/activity+json") {
				return absolute(p.url, target[1:])
			}
		}
	}
	tokens := html.NewTokenizer(bytes.NewReader(p.body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := tokens.Token()
			if t.DataAtom == atom.Body {
				return ""
			}
			if href := alternateHref(t); href != "" {
				return absolute(p.url, href)
			}
		}
	}
}

// alternateHref is where a link element leads that is an ActivityStreams
// alternate, "" for any other.
func alternateHref(t html.Token) string {
	if t.DataAtom != atom.Link {
		return ""
	}
	attrs := map[string]string{}
	for _, a := range t.Attr {
		attrs[a.Key] = a.Val
	}
	kind, _, _ := strings.Cut(attrs["type"], ";")
	if strings.EqualFold(attrs["rel"], "alternate") && strings.EqualFold(kind, "application/activity+json") {
		return attrs["href"]
	}
	return ""
}

func absolute(base *url.URL, href string) string {
	u, err := base.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	return u.String()
}
