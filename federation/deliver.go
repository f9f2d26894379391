package federation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"pergola/federation/check"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
)

const (
	// maxPost is how long an activity of ours may be, in octets: Misskey takes
	// no more than 64 KiB.
	maxPost = 60 << 10
	// maxRetryAfter bounds for how long somebody can make us wait.
	maxRetryAfter = 6 * time.Hour
)

// Send keeps an activity of a local actor, with its ids, as it is to be posted,
// and a delivery to each distinct inbox, all in the caller's transaction. No
// network is touched. An activity of more than 60 KiB is sent with its object
// as an id, to be fetched; but an Invite goes as it is, because who is asked does
// not follow its object's author, and would not fetch it.
func (s *Server) Send(ctx context.Context, out Outbox, o Sending) error {
	a := o.Activity
	body, err := a.JSON()
	if err != nil {
		return fmt.Errorf("writing %s %s: %w", a.Type, a.ID, err)
	}
	if len(body) > maxPost && (a.Object != nil || a.Person != nil) && a.ObjectID != "" && a.Type != "Invite" {
		short := a
		short.Object, short.Person, short.ObjectType = nil, nil, ""
		if body, err = short.JSON(); err != nil {
			return fmt.Errorf("writing %s %s: %w", a.Type, a.ID, err)
		}
	}
	sent := SentActivity{
		ID:        a.ID,
		Type:      a.Type,
		Actor:     o.From,
		Object:    a.ObjectID,
		JSON:      body,
		Listed:    o.Listed,
		Published: a.Published,
	}
	if err := out.InsertActivity(ctx, sent); err != nil {
		return fmt.Errorf("keeping %s %s: %w", a.Type, a.ID, err)
	}
	if o.Key == "" {
		o.Key = a.ObjectID
	}
	inboxes := slices.DeleteFunc(slices.Sorted(slices.Values(o.Inboxes)), func(inbox string) bool { return inbox == "" })
	if inboxes = slices.Compact(inboxes); len(inboxes) == 0 {
		return nil
	}
	if err := out.EnqueueDeliveries(ctx, sent, o.Key, inboxes); err != nil {
		return fmt.Errorf("queueing %s %s: %w", a.Type, a.ID, err)
	}
	return nil
}

// Post makes one attempt to deliver body, signed now. It returns nil when the
// other side took it, else a [*DeliveryError]; [Judge] says what that means.
// While activities are being received it waits for up to a second: their
// senders wait for an answer.
func (s *Server) Post(ctx context.Context, d Delivery, body []byte) error {
	s.courtesy.giveWay(ctx, patience)
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	resp, err := s.exchange(ctx, d.Actor, body, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Inbox, bytes.NewReader(body))
		if err == nil {
			req.Header.Set("Content-Type", vocab.ContentType)
			req.Header.Set("User-Agent", s.agent) // the transport would have to copy the request
			// Taken twice is taken once: so net/http may try a new connection
			// when the old one is closed just now. Without value it is not sent.
			req.Header["Idempotency-Key"] = []string{}
		}
		return req, err
	})
	if err != nil {
		return &DeliveryError{Err: err}
	}
	defer drain(resp)
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return &DeliveryError{
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now()),
		Err:        fmt.Errorf("posting to %s: answer %q", d.Inbox, opening(resp.Body)),
	}
}

// opening is the beginning of an answer, for people who look at deliveries.
func opening(body io.Reader) string {
	b := make([]byte, 300)
	n, _ := io.ReadFull(body, b) // whatever came is what is shown
	return check.Clean(strings.ReplaceAll(string(b[:n]), "\uFFFD", ""))
}

// retryAfter reads Retry-After, which is seconds or a date. (RFC 9110, 10.2.3)
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// Judge says what the outcome of a [Server.Post] means for the delivery and
// for those behind it, and how long the other side asked us to wait at least:
// 0 when it did not, six hours at most.
func Judge(err error) (Verdict, time.Duration) {
	var d *DeliveryError
	switch {
	case err == nil:
		return Done, 0
	case !errors.As(err, &d):
		return RetryObject, 0
	}
	wait := min(max(d.RetryAfter, 0), maxRetryAfter)
	switch {
	case d.Status == 0 && isHopeless(d.Err):
		return GiveUp, 0
	case d.Status == 0:
		return RetryHost, 0
	case d.Status/100 == 2:
		return Done, 0
	case d.Status == http.StatusGone:
		return InboxGone, 0
	case d.Status == http.StatusNotFound:
		return InboxLost, 0
	case d.Status == http.StatusTooManyRequests, d.Status == http.StatusServiceUnavailable:
		return RetryHost, wait
	case d.Status == http.StatusNotImplemented:
		return GiveUp, 0
	case d.Status/100 != 4, d.Status == http.StatusUnauthorized, d.Status == http.StatusRequestTimeout:
		return RetryObject, wait
	}
	return GiveUp, 0
}

// isHopeless reports whether an attempt that was never made cannot be made
// later either: there is no such inbox, or nobody to sign.
func isHopeless(err error) bool {
	return isOne(err, ErrMalformed, errAddress, errNoSigner, httpsig.ErrKey)
}

// isProhibited reports whether an address is one that we must not connect to.
func isProhibited(err error) bool {
	return isOne(err, errAddress, ssrf.ErrProhibitedIP, ssrf.ErrProhibitedPort, ssrf.ErrProhibitedNetwork)
}

// isOne reports whether err is one of those.
func isOne(err error, those ...error) bool {
	return slices.ContainsFunc(those, func(one error) bool { return errors.Is(err, one) })
}
