package vocab

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// What we keep of one document; the rest is cut off rather than refused.
const (
	maxID          = 1000   // bytes of an id or URL; two of them have to fit into a row of an index
	maxShort       = 200    // runes of a type, a code, a media type
	maxName        = 1000   // runes
	maxSummary     = 20000  // runes
	maxContent     = 300000 // runes
	maxLanguages   = 20
	maxTags        = 100
	maxAttachments = 50
	maxRecipients  = 100
	maxKeys        = 10
	maxParties     = 50
	maxIDs         = 50 // of other lists
)

// isWebURL reports whether s may serve as an id or a link: an http(s) URL of a
// host, without a password in it, of at most maxID bytes.
func isWebURL(s string) bool {
	if len(s) > maxID || !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	u, err := url.Parse(s)
	return err == nil && u.Hostname() != "" && u.User == nil
}

// id returns the id of what n stands for: n itself when it is a string, else
// its member id; "" when that is not usable. Of several the first counts. Ids
// are compared as text, so they are never rewritten.
func (n *node) id() string {
	for _, v := range n.list() {
		s := v.text
		if v.kind == isObject {
			s = v.get("id").str()
		} else if v.kind != isString {
			continue
		}
		if isWebURL(s) {
			return s
		}
	}
	return ""
}

// ids returns the ids of all items, at most max, and Public wherever it stands:
// Plume lists every follower before it.
func (n *node) ids(max int) []string {
	var ids []string
	for _, v := range n.list() {
		id := recipient(&v)
		if id != "" && len(ids) < max || id == Public && !slices.Contains(ids, Public) {
			ids = append(ids, id)
		}
	}
	return ids
}

// link returns the URL that a value of "url" or "href" means: a string, a Link
// object, or the text/html one of several.
func (n *node) link() string {
	best := ""
	for _, v := range n.list() {
		s, page := v.text, false
		if v.kind == isObject {
			if s = v.get("href").str(); s == "" {
				s = v.get("url").link()
			}
			page = strings.HasPrefix(v.short("mediaType"), "text/html")
		}
		if !isWebURL(s) {
			continue
		}
		if page {
			return s
		}
		if best == "" {
			best = s
		}
	}
	return best
}

// time returns a point in time, zero when there is none: a time without an
// offset could be any of 26 hours.
func (n *node) time() time.Time {
	s := n.str()
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		// Parse says Local where the offset happens to be ours.
		if _, offset := t.Zone(); offset != 0 {
			return t.In(time.FixedZone("", offset))
		}
		return t.UTC()
	}
	return time.Time{}
}
