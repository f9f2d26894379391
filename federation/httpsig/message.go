package httpsig

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

func signMessage(r *http.Request, body []byte, key Key, now time.Time) error {
	covered := []string{"@method", "@target-uri", "content-digest"}
	list := `("@method" "@target-uri" "content-digest")`
	if hasBody(r.Method, body) {
		r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum256(body))+":")
	} else {
		covered, list = covered[:2], `("@method" "@target-uri")`
	}
	params := make([]byte, 0, 256)
	params = append(params, list...)
	params = append(params, ";created="...)
	params = strconv.AppendInt(params, now.Unix(), 10)
	params = append(params, `;keyid="`...)
	params = append(params, key.ID...)
	params = append(params, `";alg="`...)
	params = append(params, messageAlgorithms[key.algorithm()]...)
	params = append(params, '"')

	s := Signature{covered: covered, params: string(params)}
	text, err := s.messageText(r, &url.URL{Scheme: r.URL.Scheme, Host: r.Host})
	if err != nil {
		return err
	}
	value, err := key.sign(text)
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", "sig1="+s.params)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(value)+":")
	return nil
}

// parseMessage takes the first acceptable one of the first few signatures: a
// proxy on the way may have added its own.
func parseMessage(r *http.Request, input, signature []string) (Signature, error) {
	inputs, err := httpsfv.UnmarshalDictionary(input)
	if err != nil {
		return Signature{}, fmt.Errorf("%w: reading Signature-Input: %w", ErrMalformed, err)
	}
	values, err := httpsfv.UnmarshalDictionary(signature)
	if err != nil {
		return Signature{}, fmt.Errorf("%w: reading Signature: %w", ErrMalformed, err)
	}
	first := fmt.Errorf("%w: Signature-Input is empty", ErrMalformed)
	for i, label := range inputs.Names() {
		if i == maxSignatures {
			break
		}
		s, err := parseMember(inputs, values, label)
		if err == nil {
			err = s.checkMessageCoverage(r)
		}
		if err == nil {
			return s, nil
		}
		if i == 0 {
			first = err
		}
	}
	return Signature{}, first
}

// parseMember reads one signature and what it covers. (RFC 9421, 4.1 and 4.2)
func parseMember(inputs, values *httpsfv.Dictionary, label string) (Signature, error) {
	member, _ := inputs.Get(label)
	list, ok := member.(httpsfv.InnerList)
	if !ok {
		return Signature{}, fmt.Errorf("%w: Signature-Input is not a list", ErrMalformed)
	}
	s := Signature{Scheme: RFC9421}
	if member, ok = values.Get(label); ok {
		if item, isItem := member.(httpsfv.Item); isItem {
			s.value, _ = item.Value.([]byte)
		}
	}
	if len(s.value) == 0 {
		return Signature{}, fmt.Errorf("%w: no signature of that label", ErrMalformed)
	}
	if err := s.readComponents(list.Items); err != nil {
		return Signature{}, err
	}
	if err := s.readParams(list.Params); err != nil {
		return Signature{}, err
	}
	var err error
	if s.params, err = httpsfv.Marshal(list); err != nil {
		return Signature{}, fmt.Errorf("%w: writing Signature-Input: %w", ErrMalformed, err)
	}
	return s, nil
}

// readComponents reads the names that are covered. None may come twice (RFC
// 9421, 2.5). Those with parameters are for other protocols than ActivityPub.
func (s *Signature) readComponents(items []httpsfv.Item) error {
	if len(items) > maxComponents {
		return fmt.Errorf("%w: %d components signed", ErrMalformed, len(items))
	}
	for _, item := range items {
		name, ok := item.Value.(string)
		switch {
		case !ok || s.covers(name):
			return fmt.Errorf("%w: component %v is no name, or comes twice", ErrMalformed, item.Value)
		case len(item.Params.Names()) > 0:
			return fmt.Errorf("%w: component %q with parameters", ErrRefused, name)
		}
		s.covered = append(s.covered, name)
	}
	return nil
}

// readParams reads the parameters that we need; nonce and tag may stand beside
// them. (RFC 9421, 2.3)
func (s *Signature) readParams(params *httpsfv.Params) error {
	var err error
	if s.KeyID, err = param[string](params, "keyid"); err != nil {
		return err
	}
	if s.created, err = param[int64](params, "created"); err != nil {
		return err
	}
	if s.expires, err = param[int64](params, "expires"); err != nil {
		return err
	}
	name, err := param[string](params, "alg")
	if err != nil {
		return err
	}
	switch {
	case len(s.KeyID) > maxKeyID || s.created < 0 || s.created > maxUnix || s.expires < 0 || s.expires > maxUnix:
		return fmt.Errorf("%w: keyid, created or expires out of range", ErrMalformed)
	case s.KeyID == "" || s.created == 0:
		return fmt.Errorf("%w: keyid or created is not signed", ErrRefused)
	}
	for kind, known := range messageAlgorithms {
		if name == known {
			s.algorithm = algorithm(kind)
			return nil
		}
	}
	return fmt.Errorf("%w: algorithm %q", ErrRefused, name)
}

// param is a parameter of type T, or its zero value when there is none.
func param[T string | int64](params *httpsfv.Params, name string) (T, error) {
	value, ok := params.Get(name)
	if !ok {
		return *new(T), nil
	}
	typed, ok := value.(T)
	if !ok {
		return typed, fmt.Errorf("%w: parameter %s is of another type", ErrMalformed, name)
	}
	return typed, nil
}

// checkMessageCoverage asks for the method, the whole target and the digest of
// a body, as Mastodon 4.5 does. Unlike Mastodon, a target that is signed in its
// parts will do.
func (s Signature) checkMessageCoverage(r *http.Request) error {
	_, query, _ := strings.Cut(target(r), "?")
	parts := (s.covers("@authority") || s.covers("host")) &&
		(s.covers("@request-target") || s.covers("@path") && (s.covers("@query") || query == ""))
	missing := ""
	switch {
	case !s.covers("@method"):
		missing = "@method"
	case !s.covers("@target-uri") && !parts:
		missing = "@target-uri"
	case hasBody(r.Method, nil) && !s.covers("content-digest"):
		missing = "content-digest"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s is not signed", ErrRefused, missing)
}

// messageText is the signature base of a request that was sent to base. (RFC
// 9421, 2.5)
func (s Signature) messageText(r *http.Request, base *url.URL) ([]byte, error) {
	b := make([]byte, 0, 768)
	for _, name := range s.covered {
		value, err := component(r, base, name)
		if err != nil {
			return nil, err
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, `": `...)
		b = append(b, value...)
		b = append(b, '\n')
	}
	b = append(b, `"@signature-params": `...)
	return append(b, s.params...), nil
}

// component is the value of a header field or of a derived component. Host and
// scheme come from base and not from the request, which a proxy may have
// rewritten. (RFC 9421, 2.2)
func component(r *http.Request, base *url.URL, name string) (string, error) {
	path, query, _ := strings.Cut(target(r), "?")
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return base.Scheme + "://" + base.Host + target(r), nil
	case "@authority":
		return authority(base.Scheme, base.Host), nil
	case "@scheme":
		return strings.ToLower(base.Scheme), nil
	case "@request-target":
		return target(r), nil
	case "@path":
		return path, nil
	case "@query":
		return "?" + query, nil
	}
	return field(r, name)
}

// checkContentDigest compares body with the Content-Digest header (RFC 9530, 2).
// Each digest of a known algorithm must be right, and there must be one.
func checkContentDigest(values []string, body []byte) error {
	digests, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return fmt.Errorf("%w: reading Content-Digest: %w", ErrMalformed, err)
	}
	found := false
	for _, name := range digests.Names() {
		var want []byte
		switch name {
		case "sha-256":
			want = sum256(body)
		case "sha-512":
			sum := sha512.Sum512(body)
			want = sum[:]
		default:
			continue
		}
		member, _ := digests.Get(name)
		item, _ := member.(httpsfv.Item)
		if got, _ := item.Value.([]byte); !bytes.Equal(got, want) {
			return ErrDigest
		}
		found = true
	}
	if !found {
		return fmt.Errorf("%w: neither sha-256 nor sha-512 in Content-Digest", ErrDigest)
	}
	return nil
}
