package vocab

import (
	"strconv"
	"strings"
)

// Accepted is how much the Accept headers of a request want a page, an
// ActivityStreams document by its name, and JSON of any sort: 0 for not at all
// to 1. (RFC 9110, 12.5.1)
func Accepted(accept []string) (page, named, document float64) {
	for _, r := range strings.Split(strings.Join(accept, ","), ",") {
		kind, params, _ := strings.Cut(r, ";")
		q := quality(params)
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/html", "application/xhtml+xml":
			page = max(page, q)
		case "application/activity+json", "application/ld+json":
			named, document = max(named, q), max(document, q)
		case "application/json", "application/*", "*/*":
			document = max(document, q)
		}
	}
	return page, named, document
}

// quality is q of the parameters of a media range; 1 when it is not said, 0
// when it cannot be read.
func quality(params string) float64 {
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
