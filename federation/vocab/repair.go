package vocab

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

const activityStreams = "https://www.w3.org/ns/activitystreams"

// Repair returns a document in the form that the ActivityStreams library takes
// without a panic and without losing what it is: with our @context, a single
// type, ids that are URLs, Public by its full name; without nulls, without a
// duration that the library cannot read, and without the texts, which make most
// of its length. Only the library should see the result.
func (t Tree) Repair() ([]byte, error) {
	repaired, err := json.Marshal(repaired(t.root))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return repaired, nil
}

// repaired is Repair on a tree, for streams.ToType.
func repaired(n *node) map[string]any {
	m := repairedObject(n)
	m["@context"] = []any{activityStreams, "https://w3id.org/security/v1"}
	if t := typeOf(n); t != "" {
		m["type"] = libraryType(t)
	}
	return m
}

// libraryType is the type by which the library knows a document: what is no
// type of ActivityStreams is read as one that has the same members.
func libraryType(typ string) string {
	switch typ {
	case "Proposal": // FEP-0837 lets a Note be one.
		return "Note"
	case "FeatureRequest": // (FEP-7aa9)
		return "Offer"
	}
	return typ
}

func repairedObject(n *node) map[string]any {
	m := make(map[string]any, len(n.members)+1)
	for i := range n.members {
		key, v := n.members[i].key, &n.members[i].value
		switch key {
		case "@context", "content", "contentMap", "summary", "summaryMap", "nameMap", "source":
			continue
		case "id":
			if id := v.id(); id != "" {
				m[key] = id
			}
			continue
		case "type":
			if t := typeName(v); t != "" {
				m[key] = t
			}
			continue
		case "duration":
			if v.is(isString) && duration.MatchString(v.text) {
				m[key] = v.text
			}
			continue
		case "to", "cc", "bto", "bcc", "audience":
			if ids := recipients(v); len(ids) > 0 {
				m[key] = ids
			}
			continue
		}
		if r := repairedValue(v); r != nil {
			m[key] = r
		}
	}
	return m
}

func repairedValue(n *node) any {
	switch n.kind {
	case isString:
		return n.text
	case isTrue, isFalse:
		return n.kind == isTrue
	case isNumber:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil {
			return f
		}
	case isObject:
		return repairedObject(n)
	case isArray:
		list := make([]any, 0, len(n.items))
		for i := range n.items {
			if v := repairedValue(&n.items[i]); v != nil {
				list = append(list, v)
			}
		}
		return list
	}
	return nil
}

// recipients returns the ids that a document is addressed to, Public by its
// full name. They are any rather than string because the library wants that.
func recipients(n *node) []any {
	var ids []any
	for _, v := range n.list() {
		if id := recipient(&v); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

func recipient(n *node) string {
	switch n.text {
	case "Public", "as:Public":
		return Public
	}
	return n.id()
}

// duration is the part of xsd:duration that the library reads without loss.
// It panics at "" and "-", and takes PT12.5S and P2W for nothing at all.
var duration = regexp.MustCompile(`^-?P(\d{1,4}Y)?(\d{1,4}M)?(\d{1,5}D)?(T(\d{1,6}H)?(\d{1,6}M)?(\d{1,9}S)?)?$`)

// typeName returns the type that a value of "type" names: the first that
// ActivityStreams knows, else the first. The prefixes by which JSON-LD may
// name the same type are cut off.
func typeName(n *node) string {
	first := ""
	for _, v := range n.list() {
		if v.kind != isString || v.text == "" {
			continue
		}
		name := strings.TrimPrefix(v.text, "as:")
		name = bounded(strings.TrimPrefix(name, activityStreams+"#"), maxShort)
		if classOf(name) != unknown {
			return name
		}
		if first == "" {
			first = name
		}
	}
	return first
}

func typeOf(n *node) string { return typeName(n.get("type")) }

// toLibrary gives a document to the ActivityStreams library. A panic of the
// library is an error like any other.
func toLibrary(n *node) (t as.Type, err error) {
	defer func() {
		if r := recover(); r != nil {
			t, err = nil, fmt.Errorf("%w: the library panics: %v", ErrMalformed, r)
		}
	}()
	t, err = streams.ToType(context.Background(), repaired(n))
	switch {
	case streams.IsUnmatchedErr(err):
		return nil, fmt.Errorf("%w: %q", ErrUnknownType, typeOf(n))
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case t == nil:
		return nil, fmt.Errorf("%w: nothing in it", ErrMalformed)
	}
	return t, nil
}
