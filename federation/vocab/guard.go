package vocab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// What a document has to be before anything is made of it.
var (
	// ErrTooLarge means that a document has more bytes, values or depth than we
	// read. (HTTP 413)
	ErrTooLarge = errors.New("document is too large")
	// ErrMalformed means that a document is no JSON object, or that it lacks
	// what its type cannot be without. (HTTP 400)
	ErrMalformed = errors.New("document is malformed")
	// ErrUnknownType means that a document is sound but of a type that is none
	// of ours; an inbox answers 202 and does nothing. Written it is a type that
	// we do not send.
	ErrUnknownType = errors.New("document is of an unknown type")
)

// limits bound what one document may cost. The ActivityStreams library spends
// about 28 µs and 47 KB for each JSON object, however empty.
type limits struct{ bytes, depth, values, objects int }

const (
	maxBytes = 1 << 20
	maxDepth = 24
)

// forDocument is what the library may be given at once.
func forDocument() limits {
	return limits{bytes: maxBytes, depth: maxDepth, values: 3000, objects: 400}
}

// forCollection is wider: the items of a collection do not reach the library
// with it, each is guarded by itself when it is decoded.
func forCollection() limits {
	return limits{bytes: maxBytes, depth: maxDepth, values: 30000, objects: 4000}
}

// guard refuses a document before anything parses it. It allocates nothing.
func guard(b []byte, max limits) error {
	if len(b) > max.bytes {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	}
	if trimmed := bytes.TrimLeft(b, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	if err := count(b, max); err != nil {
		return err
	}
	if !utf8.Valid(b) || !json.Valid(b) {
		return fmt.Errorf("%w: not JSON in UTF-8", ErrMalformed)
	}
	return nil
}

// count holds b against max. It sees strings, brackets and what stands between
// them, which is exact for JSON and harmless for anything else.
func count(b []byte, max limits) error {
	var depth, values, objects int
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case ' ', '\t', '\r', '\n', ',':
			continue
		case ':': // the string before it was a key
			values--
			continue
		case '}', ']':
			depth--
			continue
		case '{':
			objects++
			depth++
		case '[':
			depth++
		case '"':
			i = endOfString(b, i)
		default:
			i = endOfScalar(b, i)
		}
		values++
		if depth > max.depth || values > max.values+1 || objects > max.objects {
			return fmt.Errorf("%w: more than %d levels, %d values or %d objects",
				ErrTooLarge, max.depth, max.values, max.objects)
		}
	}
	if values > max.values {
		return fmt.Errorf("%w: more than %d values", ErrTooLarge, max.values)
	}
	return nil
}

// endOfString returns the index of the quote that ends the string at i, or the
// last index when nothing ends it.
func endOfString(b []byte, i int) int {
	for {
		n := bytes.IndexByte(b[i+1:], '"')
		if n < 0 {
			return len(b) - 1
		}
		i += 1 + n
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}

// endOfScalar returns the last index of the number, true, false or null at i.
func endOfScalar(b []byte, i int) int {
	for i+1 < len(b) {
		switch b[i+1] {
		case ' ', '\t', '\r', '\n', ',', ':', '}', ']', '{', '[', '"':
			return i
		}
		i++
	}
	return i
}
