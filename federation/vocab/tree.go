package vocab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// A node is a JSON value with its members in the order in which they came:
// the order of a language map says which language is the default. Nulls are
// left out when it is built, for they mean the same as nothing. (JSON-LD 1.1,
// "null")
//
// Its methods may be called on nil, which stands for an absent value, and give
// the zero value where the value is of another shape.
type node struct {
	kind    kind
	text    string // of a string, or the literal of a number
	members []member
	items   []node
	raw     []byte // of an object or array, as it came
}

type member struct {
	key   string
	value node
}

type kind int

const (
	isNull kind = iota
	isString
	isNumber
	isTrue
	isFalse
	isObject
	isArray
)

// parse reads raw, which has passed guard and is therefore valid JSON of
// bounded depth, into a tree.
func parse(raw []byte) (*node, error) {
	p := parser{raw: raw}
	n, err := p.value()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return &n, nil
}

// A parser stands at the next byte of raw. It checks nothing that guard has
// checked: json.Decoder, which would, takes six times as long.
type parser struct {
	raw []byte
	pos int
}

// next returns the next byte that says something, without passing it.
func (p *parser) next() byte {
	for {
		switch c := p.raw[p.pos]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			p.pos++
		default:
			return c
		}
	}
}

func (p *parser) value() (node, error) {
	switch p.next() {
	case '{', '[':
		return p.container()
	case '"':
		s, err := p.str()
		return node{kind: isString, text: s}, err
	}
	start := p.pos
	p.pos = endOfScalar(p.raw, start) + 1
	switch p.raw[start] {
	case 'n':
		return node{}, nil
	case 't':
		return node{kind: isTrue}, nil
	case 'f':
		return node{kind: isFalse}, nil
	}
	return node{kind: isNumber, text: string(p.raw[start:p.pos])}, nil
}

func (p *parser) str() (string, error) {
	start := p.pos
	p.pos = endOfString(p.raw, start) + 1
	quoted := p.raw[start:p.pos]
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return s, err
}

func (p *parser) container() (node, error) {
	start := p.pos
	n := node{kind: isArray}
	if p.raw[start] == '{' {
		n.kind = isObject
	}
	for p.pos++; p.next() != '}' && p.raw[p.pos] != ']'; {
		var key string
		var err error
		if n.kind == isObject {
			if key, err = p.str(); err != nil {
				return node{}, err
			}
		}
		v, err := p.value()
		switch {
		case err != nil:
			return node{}, err
		case v.kind == isNull:
		case n.kind == isObject:
			n.members = append(n.members, member{key, v})
		default:
			n.items = append(n.items, v)
		}
	}
	p.pos++
	n.raw = p.raw[start:p.pos]
	return n, nil
}

// get returns the member of that name, nil when there is none. Of members of
// the same name the last counts, as with encoding/json.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].key == key {
			return &n.members[i].value
		}
	}
	return nil
}

func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// str returns a string, or the first of several.
func (n *node) str() string {
	for _, v := range n.list() {
		if v.kind == isString {
			return v.text
		}
	}
	return ""
}

// list returns the items of an array, or the value itself as the only item.
// (ActivityStreams, 4.1: one value may stand without its array)
func (n *node) list() []node {
	switch {
	case n == nil || n.kind == isNull:
		return nil
	case n.kind == isArray:
		return n.items
	}
	return []node{*n}
}

// first returns the first item, nil when there is none.
func (n *node) first() *node {
	if l := n.list(); len(l) > 0 {
		return &l[0]
	}
	return nil
}

// only returns the only item, nil when there are several.
func (n *node) only() *node {
	if l := n.list(); len(l) == 1 {
		return &l[0]
	}
	return nil
}

// truth returns whether the value is true.
func (n *node) truth() bool { return n.first().is(isTrue) }

// number returns a number, or one that somebody wrote as a string.
func (n *node) number() (float64, bool) {
	v := n.first()
	if !v.is(isNumber) && !v.is(isString) {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text, 64)
	return f, err == nil && f-f == 0 // neither infinite nor NaN
}
