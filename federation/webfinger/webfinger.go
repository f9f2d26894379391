// Package webfinger turns addresses that people type into the actors that they
// mean, and says it of our own.
//
// It knows what a resource and a JSON Resource Descriptor look like (RFC 7033)
// and how to ask another host. It does not know which actors exist, and it
// believes nothing: that an actor says the same of itself as its host does is
// for the caller to check.
package webfinger

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

var (
	// ErrMalformed says that an address or a descriptor cannot be read.
	ErrMalformed = errors.New("malformed")
	// ErrNotFound says that the host knows nobody of that address.
	ErrNotFound = errors.New("address not found")
)

// The relations that we write and read.
const (
	RelSelf    = "self"
	RelProfile = "http://webfinger.net/rel/profile-page"
	RelAvatar  = "http://webfinger.net/rel/avatar"
	// RelSubscribe has a template: where one's own server lets one follow.
	RelSubscribe = "http://ostatus.org/schema/1.0/subscribe"
	// RelFollow has one, too, in which {object} is the id of an actor.
	// (FEP-3b86, "Follow Intent")
	RelFollow = "https://w3id.org/fep/3b86/Follow"
	// RelService is the actor of the server itself. (FEP-d556, "Discovery")
	RelService = "https://www.w3.org/ns/activitystreams#Service"
)

const (
	// ContentType is that of a descriptor. (RFC 7033, 10.2)
	ContentType = "application/jrd+json"
	// HostMetaContentType is that of [HostMeta]. (RFC 6415, 2)
	HostMetaContentType = "application/xrd+xml"
	activityJSON        = "application/activity+json"
)

// What is read of strangers.
const (
	maxResource   = 2 << 10 // octets
	maxDescriptor = 1 << 20 // octets
	maxLinks      = 100
)

// A Descriptor is what a host says of a resource. (RFC 7033, 4.4)
type Descriptor struct {
	Subject string   `json:"subject,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
	Links   []Link   `json:"links,omitempty"`
}

// A Link leads from a resource to something about it.
type Link struct {
	Rel  string `json:"rel"`
	Type string `json:"type,omitempty"`
	Href string `json:"href,omitempty"`
	// Template is a URL with {uri} in it, in place of Href.
	Template string `json:"template,omitempty"`
}

// Self is the id of the actor that the descriptor is of, "" when it names
// none. The type of the link is one of the two that stand for ActivityStreams.
func (d Descriptor) Self() string {
	for _, l := range d.Links {
		kind, _, _ := strings.Cut(l.Type, ";")
		if l.Rel == RelSelf && (kind == activityJSON || kind == "application/ld+json") {
			return l.Href
		}
	}
	return ""
}

// Only is d with the links of these relations, or d itself when rels is empty.
// (RFC 7033, 4.3)
func (d Descriptor) Only(rels []string) Descriptor {
	if len(rels) == 0 {
		return d
	}
	d.Links = slices.DeleteFunc(slices.Clone(d.Links), func(l Link) bool { return !slices.Contains(rels, l.Rel) })
	return d
}

// Decode reads a descriptor. The error is [ErrMalformed].
func Decode(raw []byte) (Descriptor, error) {
	if len(raw) > maxDescriptor {
		return Descriptor{}, fmt.Errorf("%w: descriptor of %d octets", ErrMalformed, len(raw))
	}
	var d Descriptor
	if err := json.Unmarshal(raw, &d); err != nil {
		return Descriptor{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(d.Links) > maxLinks {
		d.Links = d.Links[:maxLinks]
	}
	return d, nil
}

// A Resource is what a descriptor is asked of: an account, or a URL.
type Resource struct {
	// User and Host are the parts of an account, Host in ASCII and lower case,
	// with the port if it has one.
	User, Host string
	// URL is set, and User and Host are not, for a resource by URL.
	URL *url.URL
}

// String is the resource as it stands in a question.
func (r Resource) String() string {
	if r.URL != nil {
		return r.URL.String()
	}
	return "acct:" + r.User + "@" + r.Host
}

// Parse reads a resource: acct:user@host (RFC 7565), the same without acct: or
// with a further @ as people write it, or an http(s) URL. The error is
// [ErrMalformed].
func Parse(resource string) (Resource, error) {
	if resource == "" || len(resource) > maxResource {
		return Resource{}, fmt.Errorf("%w: resource of %d octets", ErrMalformed, len(resource))
	}
	if u, err := url.Parse(resource); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		if u.Host, err = Host(u.Host); err != nil || u.User != nil {
			return Resource{}, fmt.Errorf("%w: resource %q", ErrMalformed, resource)
		}
		return Resource{URL: u}, nil
	}
	address := resource
	if len(address) > 5 && strings.EqualFold(address[:5], "acct:") {
		address = address[5:]
	}
	user, host, ok := strings.Cut(strings.TrimPrefix(address, "@"), "@")
	if !ok || !isUser(user) {
		return Resource{}, fmt.Errorf("%w: resource %q", ErrMalformed, resource)
	}
	host, err := Host(host)
	if err != nil {
		return Resource{}, err
	}
	return Resource{User: user, Host: host}, nil
}

// isUser reports whether s can be the part before the @. (RFC 7565, 7)
func isUser(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`@/:?#[]"\<>`, r)
	})
}

// Host is a host name or address, with its port if it has one, as it stands in
// an id: in ASCII and lower case. The error is [ErrMalformed].
func Host(s string) (string, error) {
	name, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		name, port = s[:i], s[i:]
		if len(port) < 2 || len(port) > 6 || strings.Trim(port[1:], "0123456789") != "" {
			return "", fmt.Errorf("%w: host %q", ErrMalformed, s)
		}
	}
	if literal, ok := strings.CutPrefix(name, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(literal, "]"))
		if err != nil || !strings.HasSuffix(literal, "]") || !ip.Is6() || ip.Zone() != "" {
			return "", fmt.Errorf("%w: host %q", ErrMalformed, s)
		}
		return "[" + ip.String() + "]" + port, nil
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil || ascii == "" || !utf8.ValidString(name) {
		return "", fmt.Errorf("%w: host %q", ErrMalformed, s)
	}
	return ascii + port, nil
}

// HostMeta is the document at /.well-known/host-meta of the node at base, by
// which Mastodon finds WebFinger where the well-known path answers 404.
// (RFC 6415, 3)
func HostMeta(base string) []byte {
	var b strings.Builder
	b.WriteString(xml.Header + `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="`)
	// A builder takes everything.
	_ = xml.EscapeText(&b, []byte(base+"/.well-known/webfinger?resource={uri}"))
	b.WriteString(`"/></XRD>` + "\n")
	return []byte(b.String())
}
