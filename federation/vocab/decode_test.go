package vocab

import "fmt"

// A Document is what one file of samples holds: one of its fields is set.
type Document struct {
	Activity   *Activity
	Object     *Object
	Actor      *Actor
	Collection *Collection
}

// Decode reads a document of any sort. Its errors are those of the decoder of
// that sort, and ErrUnknownType.
func Decode(raw []byte) (Document, error) {
	n, err := guarded(raw, forCollection())
	if err != nil {
		return Document{}, err
	}
	switch classOf(typeOf(n)) {
	case anActivity:
		a, err := DecodeActivity(raw)
		return Document{Activity: &a}, err
	case anObject:
		o, err := DecodeObject(raw)
		return Document{Object: &o}, err
	case anActor:
		a, err := DecodeActor(raw)
		return Document{Actor: &a}, err
	case aCollection:
		c, err := DecodeCollection(raw)
		return Document{Collection: &c}, err
	}
	if typeOf(n) == "" {
		return Document{}, fmt.Errorf("%w: no type", ErrMalformed)
	}
	return Document{}, fmt.Errorf("%w: %q", ErrUnknownType, typeOf(n))
}
