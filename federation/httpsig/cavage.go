package httpsig

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The sections cited in this file are those of
// draft-cavage-http-signatures-12; what must be covered follows Mastodon 4.5.

// The fields that are signed. Mobilizon refuses a request without Date, Misskey
// one without Host or Digest.
const (
	coveredByGet       = "(request-target) host date"
	coveredByPost      = "(request-target) host date digest"
	coveredByTypedPost = "(request-target) host date digest content-type"
)

func signCavage(r *http.Request, body []byte, key Key, now time.Time) error {
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	covered := coveredByGet
	if hasBody(r.Method, body) {
		r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum256(body)))
		covered = coveredByPost
		if r.Header.Get("Content-Type") != "" {
			covered = coveredByTypedPost
		}
	}
	text, err := Signature{covered: strings.Fields(covered)}.cavageText(r, target(r))
	if err != nil {
		return err
	}
	value, err := key.sign(text)
	if err != nil {
		return err
	}
	name := "rsa-sha256"
	if key.algorithm() == eddsa {
		name = "hs2019" // The key tells. (2.1.3)
	}
	b := make([]byte, 0, 640)
	b = append(b, `keyId="`...)
	b = append(b, key.ID...)
	b = append(b, `",algorithm="`...)
	b = append(b, name...)
	b = append(b, `",headers="`...)
	b = append(b, covered...)
	b = append(b, `",signature="`...)
	b = base64.StdEncoding.AppendEncode(b, value)
	b = append(b, '"')
	r.Header.Set("Signature", string(b))
	return nil
}

func parseCavage(r *http.Request, header string) (Signature, error) {
	params, err := cavageParams(header)
	if err != nil {
		return Signature{}, err
	}
	s := Signature{
		Scheme:  Cavage,
		KeyID:   params["keyId"],
		covered: strings.Fields(strings.ToLower(params["headers"])),
	}
	if s.KeyID == "" || len(s.KeyID) > maxKeyID {
		return Signature{}, fmt.Errorf("%w: keyId of %d octets", ErrMalformed, len(s.KeyID))
	}
	if len(s.covered) > maxComponents {
		return Signature{}, fmt.Errorf("%w: %d headers signed", ErrMalformed, len(s.covered))
	}
	s.value, err = base64.StdEncoding.DecodeString(params["signature"])
	if err != nil || len(s.value) == 0 {
		return Signature{}, fmt.Errorf("%w: signature is not base64", ErrMalformed)
	}
	if s.created, err = seconds(params["created"]); err != nil {
		return Signature{}, fmt.Errorf("reading created: %w", err)
	}
	if s.expires, err = seconds(params["expires"]); err != nil {
		return Signature{}, fmt.Errorf("reading expires: %w", err)
	}
	if s.algorithm, err = cavageAlgorithm(params["algorithm"]); err != nil {
		return Signature{}, err
	}
	// Times that are not in a header are for hs2019 alone. (2.3)
	created, expires := s.covers("(created)"), s.covers("(expires)")
	if created && s.created == 0 || expires && s.expires == 0 || (created || expires) && s.algorithm == rsaSHA256 {
		return Signature{}, fmt.Errorf("%w: (created) or (expires) without its parameter, or with rsa-sha256", ErrMalformed)
	}
	if err := s.checkCavageCoverage(r.Method); err != nil {
		return Signature{}, err
	}
	return s, nil
}

// cavageParams reads name="value" pairs, and numbers without quotes. None may
// come twice. (2.2)
func cavageParams(header string) (map[string]string, error) {
	params := make(map[string]string, 8)
	for rest := header; ; {
		name, after, found := strings.Cut(rest, "=")
		if !found {
			return nil, fmt.Errorf("%w: parameter without a value", ErrMalformed)
		}
		name = strings.TrimSpace(name)
		var value string
		if quoted, ok := strings.CutPrefix(strings.TrimLeft(after, " \t"), `"`); ok {
			if value, after, found = strings.Cut(quoted, `"`); !found {
				return nil, fmt.Errorf("%w: quote without end", ErrMalformed)
			}
			after = strings.TrimLeft(after, " \t")
		} else {
			end := strings.IndexByte(after, ',')
			if end < 0 {
				end = len(after)
			}
			value, after = strings.TrimSpace(after[:end]), after[end:]
		}
		if _, twice := params[name]; twice {
			return nil, fmt.Errorf("%w: parameter %q again", ErrMalformed, name)
		}
		params[name] = value
		if after == "" {
			return params, nil
		}
		if rest, found = strings.CutPrefix(after, ","); !found {
			return nil, fmt.Errorf("%w: no comma after %q", ErrMalformed, name)
		}
	}
}

// seconds reads a time in Unix seconds; none is 0.
func seconds(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > maxUnix {
		return 0, fmt.Errorf("%w: %q is not a time in Unix seconds", ErrMalformed, text)
	}
	return n, nil
}

// cavageAlgorithm reads the algorithm parameter. rsa-sha1 is refused for its
// hash (E.2); ed25519 is in no registry but cannot be mistaken.
func cavageAlgorithm(name string) (algorithm, error) {
	switch strings.ToLower(name) {
	case "", "hs2019":
		return byKey, nil
	case "rsa-sha256":
		return rsaSHA256, nil
	case "ed25519":
		return eddsa, nil
	}
	return byKey, fmt.Errorf("%w: algorithm %q", ErrRefused, name)
}

// checkCavageCoverage asks for what Mastodon 4.5 asks for.
func (s Signature) checkCavageCoverage(method string) error {
	missing := ""
	switch {
	case !s.covers("date") && !s.covers("(created)"):
		missing = "date or (created)"
	case !s.covers("(request-target)") && !s.covers("digest"):
		missing = "(request-target) or digest"
	case hasBody(method, nil) && !s.covers("digest"):
		missing = "digest"
	case !hasBody(method, nil) && !s.covers("host"):
		missing = "host"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s is not signed", ErrRefused, missing)
}

// verifyCavage tries the target with its query and without: there are peers
// that leave it out of what they sign. (GoToSocial 0.20 and Mastodon 4.5 do the
// same.)
func (s Signature) verifyCavage(r *http.Request, key crypto.PublicKey) error {
	whole := target(r)
	text, err := s.cavageText(r, whole)
	if err != nil {
		return err
	}
	err = verify(key, s.algorithm, text, s.value)
	path, _, hasQuery := strings.Cut(whole, "?")
	if err == nil || !hasQuery || !s.covers("(request-target)") {
		return err
	}
	if text, err = s.cavageText(r, path); err != nil {
		return err
	}
	return verify(key, s.algorithm, text, s.value)
}

// cavageText is the signature string: a line for each name, in the order in
// which they are listed. (2.3)
func (s Signature) cavageText(r *http.Request, target string) ([]byte, error) {
	b := make([]byte, 0, 512)
	for i, name := range s.covered {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, name...)
		b = append(b, ": "...)
		switch {
		case name == "(request-target)":
			b = append(b, strings.ToLower(r.Method)...)
			b = append(b, ' ')
			b = append(b, target...)
		case name == "(created)":
			b = strconv.AppendInt(b, s.created, 10)
		case name == "(expires)":
			b = strconv.AppendInt(b, s.expires, 10)
		default:
			value, err := field(r, name)
			if err != nil {
				return nil, err
			}
			b = append(b, value...)
		}
	}
	return b, nil
}

// checkDigest compares body with the Digest header (RFC 3230, 4.3.2). SHA-256
// must be among its algorithms; others are not looked at.
func checkDigest(values []string, body []byte) error {
	found := false
	for instance := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(instance), "=")
		if !strings.EqualFold(name, "SHA-256") {
			continue
		}
		got, err := base64.StdEncoding.DecodeString(value)
		if err != nil || !bytes.Equal(got, sum256(body)) {
			return ErrDigest
		}
		found = true
	}
	if !found {
		return fmt.Errorf("%w: no SHA-256 in Digest", ErrDigest)
	}
	return nil
}
