package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"pergola/federation/vocab"
)

// maxFetch is how much of a document is read, in octets.
const maxFetch = 1 << 20

// acceptAS is what we ask for. (ActivityPub, 3.2)
const acceptAS = `application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`

// A page is what a fetch brought.
type page struct {
	url         *url.URL // where it was in the end
	contentType string
	links       []string // values of Link headers
	body        []byte
}

// fetch gets address, signed by the instance actor anew at each redirect. Its
// error is ErrNotFound, ErrGone, ErrForbidden, ErrMalformed, or ErrLater for
// what may pass.
func (s *Server) fetch(ctx context.Context, address, accept string) (page, error) {
	u, err := url.Parse(address)
	for hop := 0; err == nil && hop <= maxRedirects; hop++ {
		if origin(u.String()) == "" {
			return page{}, fmt.Errorf("%w: fetching %.200q", ErrMalformed, address)
		}
		var p page
		var next *url.URL
		p, next, err = s.get(ctx, u, accept)
		switch {
		case err != nil:
			return page{}, fmt.Errorf("fetching %s: %w", address, err)
		case next == nil:
			return p, nil
		case u.Scheme == "https" && next.Scheme != "https":
			return page{}, fmt.Errorf("%w: fetching %s: redirect to %s", ErrForbidden, address, next.Redacted())
		}
		u = next
	}
	if err != nil {
		return page{}, fmt.Errorf("%w: fetching %.200q: %w", ErrMalformed, address, err)
	}
	return page{}, fmt.Errorf("%w: fetching %s: more than %d redirects", ErrForbidden, address, maxRedirects)
}

// get asks once; next is set for a redirect.
func (s *Server) get(ctx context.Context, u *url.URL, accept string) (p page, next *url.URL, err error) {
	asked := *u
	asked.Fragment = ""
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	resp, err := s.exchange(ctx, s.instance, nil, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, asked.String(), nil)
		if err == nil {
			req.Header.Set("Accept", accept)
		}
		return req, err
	})
	if err != nil {
		return page{}, nil, unreachable(err)
	}
	defer drain(resp)
	if resp.StatusCode/100 == 3 {
		next, err := resp.Location()
		if err != nil {
			return page{}, nil, fmt.Errorf("%w: status %d: %w", ErrLater, resp.StatusCode, err)
		}
		return page{}, next, nil
	}
	if err := fetchError(resp.StatusCode); err != nil {
		return page{}, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxFetch+1))
	switch {
	case err != nil:
		return page{}, nil, fmt.Errorf("%w: %w", ErrLater, err)
	case len(body) > maxFetch:
		return page{}, nil, fmt.Errorf("%w: more than %d octets", ErrMalformed, maxFetch)
	}
	return page{url: &asked, contentType: resp.Header.Get("Content-Type"),
		links: resp.Header.Values("Link"), body: body}, nil, nil
}

// unreachable is what it means that there was no answer: later, unless we must
// not go there at all, or could not even ask.
func unreachable(err error) error {
	var network *url.Error
	switch {
	case isProhibited(err):
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	case errors.As(err, &network):
		return fmt.Errorf("%w: %w", ErrLater, err)
	}
	return err
}

// isTheirs reports whether an error of fetch says something about what was
// asked for. All else is our own trouble, and not to be remembered.
func isTheirs(err error) bool {
	return isOne(err, ErrNotFound, ErrGone, ErrForbidden, ErrMalformed, ErrLater)
}

// fetchError is what a status says of what was asked for, nil when it came.
func fetchError(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusGone:
		return fmt.Errorf("%w: status %d", ErrGone, status)
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("%w: status %d", ErrLater, status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("%w: status %d", ErrForbidden, status)
	}
	return fmt.Errorf("%w: status %d", ErrNotFound, status)
}

// isDocument reports whether what was fetched may be believed to be an
// ActivityStreams document: another type can be an upload of anybody.
// (FEP-fe34, "Assumptions")
func isDocument(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/activity+json" ||
		kind == "application/ld+json" && strings.Contains(params["profile"], "https://www.w3.org/ns/activitystreams"))
}

// document gets the document of that id from its own origin. If it says that
// its id is another, that is asked once. (FEP-fe34, "Authentication")
func (s *Server) document(ctx context.Context, id string) ([]byte, error) {
	for range 2 {
		p, err := s.fetch(ctx, id, acceptAS)
		if err != nil {
			return nil, err
		}
		own, err := ownID(p)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", id, err)
		}
		if sameOrigin(own, p.url.String()) && (own == id || own == p.url.String()) {
			return p.body, nil
		}
		id = own
	}
	return nil, fmt.Errorf("%w: %s is not where it says it is", ErrForbidden, id)
}

// ownID is the id that a document says it has, as every decoder reads it.
func ownID(p page) (string, error) {
	if !isDocument(p.contentType) {
		return "", fmt.Errorf("%w: content type %.80q", ErrMalformed, p.contentType)
	}
	document, err := vocab.Parse(p.body)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return document.Envelope().ID, nil
}

// Object fetches an object by its id, from its own origin. Its error is
// [ErrNotFound], [ErrGone], [ErrForbidden] when it belongs to somebody of
// another origin, [ErrMalformed], or [ErrLater] for what may pass.
func (s *Server) Object(ctx context.Context, id string) (vocab.Object, error) {
	raw, err := s.document(ctx, id)
	if err != nil {
		return vocab.Object{}, err
	}
	o, err := vocab.DecodeObject(raw)
	if err != nil {
		return vocab.Object{}, fmt.Errorf("%w: reading %s: %w", ErrMalformed, id, err)
	}
	switch {
	case o.Type == "Tombstone":
		return o, fmt.Errorf("%w: %s is a Tombstone", ErrGone, o.ID)
	case !sameOrigin(o.AttributedTo, o.ID):
		return vocab.Object{}, fmt.Errorf("%w: %s is attributed to %q", ErrForbidden, o.ID, o.AttributedTo)
	}
	return o, nil
}

// Picture fetches what should be a picture, a megabyte of it at most, wherever it
// is: pictures often come from another host than their actor. What it says it is
// proves nothing, but what says that it is no picture is not looked at. The errors
// are those of [Server.Object].
func (s *Server) Picture(ctx context.Context, address string) ([]byte, error) {
	p, err := s.fetch(ctx, address, "image/webp, image/png, image/jpeg, image/gif")
	if err != nil {
		return nil, err
	}
	if kind, _, err := mime.ParseMediaType(p.contentType); err != nil || !strings.HasPrefix(kind, "image/") {
		return nil, fmt.Errorf("%w: %s: content type %.80q", ErrMalformed, address, p.contentType)
	}
	return p.body, nil
}

// Collection fetches a collection, or a page of one, from its own origin. What
// is in it is the word of that origin: of items of another only the ids are
// worth something. The errors are those of [Server.Object].
func (s *Server) Collection(ctx context.Context, id string) (vocab.Collection, error) {
	p, err := s.fetch(ctx, id, acceptAS)
	if err != nil {
		return vocab.Collection{}, err
	}
	if !isDocument(p.contentType) {
		return vocab.Collection{}, fmt.Errorf("%w: reading %s: content type %.80q", ErrMalformed, id, p.contentType)
	}
	// A page holds many documents: its own limits are wider.
	c, err := vocab.DecodeCollection(p.body)
	if err != nil {
		return vocab.Collection{}, fmt.Errorf("%w: reading %s: %w", ErrMalformed, id, err)
	}
	if !sameOrigin(p.url.String(), id) || c.ID != "" && !sameOrigin(c.ID, id) {
		return vocab.Collection{}, fmt.Errorf("%w: %s came from %s", ErrForbidden, id, p.url)
	}
	return c, nil
}
