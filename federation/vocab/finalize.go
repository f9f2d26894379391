package vocab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	as "github.com/go-fed/activity/streams/vocab"
)

// finalize writes what the library built as others want to see it: under our
// @context, with an array where peers want one, coordinates as floats. The
// same value always gives the same bytes.
func finalize(t as.Type, context string) ([]byte, error) {
	m, err := t.Serialize() // streams.Serialize works out an @context as well
	if err != nil {
		return nil, fmt.Errorf("serializing %s: %w", t.GetTypeName(), err)
	}
	shape(m)
	m["@context"] = json.RawMessage(context)
	b, err := marshal(m)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", t.GetTypeName(), err)
	}
	return b, nil
}

// shape mends m and everything in it. The library writes an array of one as
// that one, which Mastodon, Gancio and Mobilizon do not read; Mobilizon
// ignores a coordinate without a point.
func shape(m map[string]any) {
	for key, v := range m {
		switch key {
		case "to", "cc", "tag", "attachment", "items", "orderedItems":
			if _, ok := v.([]any); !ok {
				v = []any{v}
				m[key] = v
			}
		case "latitude", "longitude":
			if f, ok := v.(float64); ok {
				m[key] = coordinate(f)
			}
		}
		switch v := v.(type) {
		case map[string]any:
			shape(v)
		case []any:
			for _, item := range v {
				if m, ok := item.(map[string]any); ok {
					shape(m)
				}
			}
		}
	}
}

// A coordinate is a number that shows a decimal point.
type coordinate float64

// MarshalJSON writes 50 as 50.0.
func (c coordinate) MarshalJSON() ([]byte, error) {
	f := float64(c)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is no coordinate", f)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return []byte(s), nil
}

// marshal is json.Marshal that leaves <, > and & as they are: escaped they say
// the same, but content is HTML and would grow by a third.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// iri returns an id for the library to write exactly as it is. A parsed URL
// would come out escaped anew, and ids are compared as text.
func iri(id string) *url.URL {
	scheme, rest, _ := strings.Cut(id, ":")
	return &url.URL{Scheme: scheme, Opaque: rest}
}
