package webfinger

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Lookup asks the host at base (scheme and host, no slash at the end) for a
// resource, through client, which bounds time, redirects and addresses. The
// error is [ErrNotFound], [ErrMalformed], or says that nothing came.
// (RFC 7033, 4.2)
func Lookup(ctx context.Context, client *http.Client, base string, r Resource) (Descriptor, error) {
	question := base + "/.well-known/webfinger?resource=" + url.QueryEscape(r.String())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, question, nil)
	if err != nil {
		return Descriptor{}, fmt.Errorf("%w: asking %s: %w", ErrMalformed, base, err)
	}
	req.Header.Set("Accept", ContentType+", application/json;q=0.9")
	resp, err := client.Do(req)
	if err != nil {
		return Descriptor{}, fmt.Errorf("asking %s for %s: %w", base, r, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDescriptor+1))
	if err != nil {
		return Descriptor{}, fmt.Errorf("asking %s for %s: %w", base, r, err)
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		return Decode(body)
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone,
		resp.StatusCode == http.StatusBadRequest:
		return Descriptor{}, fmt.Errorf("asking %s for %s: %w", base, r, ErrNotFound)
	}
	return Descriptor{}, fmt.Errorf("asking %s for %s: status %d", base, r, resp.StatusCode)
}
