package text

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep elements may stand in one another. The text of what is
// deeper is kept, its elements are not.
const maxDepth = 32

// maxClean is the most that is written before what is open gets closed, which
// takes less than a KiB.
const maxClean = MaxBytes - 1<<10

// renamed are elements that we keep under another name: the title of a page is
// its only h1, and foreign sections are no sections of ours.
var renamed = map[string]string{
	"h1": "h2", "h5": "h4", "h6": "h4",
	"strike": "s", "del": "s", "ins": "u",
	"section": "div", "article": "div", "header": "div", "footer": "div", "main": "div", "aside": "div",
	"figure": "div", "figcaption": "div", "center": "div", "address": "div",
	"dl": "div", "dt": "div", "dd": "div",
}

// within says which elements may hold an element directly. Elsewhere it would
// close elements of the page that shows it.
var within = map[string][]string{
	"tr": {"table", "thead", "tbody"}, "td": {"tr"}, "th": {"tr"},
	"thead": {"table"}, "tbody": {"table"}, "caption": {"table"},
}

// An implied end is one that HTML leaves out: an element closes the innermost
// of names, unless one of limits is open within that.
type implied struct{ names, limits []string }

var (
	block    = implied{[]string{"p"}, []string{"div", "blockquote", "li", "td", "th", "caption"}}
	section  = implied{[]string{"thead", "tbody", "caption"}, []string{"table"}}
	cell     = implied{[]string{"td", "th"}, []string{"table"}}
	implicit = map[string]implied{
		"p": block, "div": block, "blockquote": block, "pre": block, "hr": block, "ul": block, "ol": block,
		"table": block, "h2": block, "h3": block, "h4": block,
		"li":    {[]string{"li"}, []string{"ul", "ol", "table"}},
		"thead": section, "tbody": section, "caption": section,
		"tr": {[]string{"tr", "caption"}, []string{"table"}},
		"td": cell, "th": cell,
	}
)

// policy is what is left of foreign HTML: no pictures, no styles, no classes,
// no ids, no scripts, nothing that loads anything.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "div", "strong", "em", "b", "i", "u", "s", "ul", "ol", "li",
		"blockquote", "h2", "h3", "h4", "code", "pre", "hr",
		"table", "thead", "tbody", "tr", "td", "th", "caption")
	for name := range renamed {
		p.AllowElements(name)
	}
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemeWithCustomPolicy("http", hasHost)
	p.AllowURLSchemeWithCustomPolicy("https", hasHost)
	p.AllowURLSchemes("mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	return p
})

func hasHost(u *url.URL) bool { return u.Host != "" }

// Clean returns what may be shown of foreign HTML: paragraphs, headings (from
// h2 down), lists, quotes, code, simple tables, emphasis, and links to http,
// https and mailto addresses, which do not vouch for where they lead
// (rel="nofollow noopener noreferrer"). Of other elements the text is kept, of
// scripts and styles nothing. Elements are balanced, so that the result cannot
// reach out of the element it is put into; that should be one for blocks, such
// as a div. The result has at most MaxBytes; what would make it longer is cut.
// Clean of its own result changes nothing.
func Clean(foreign string) string {
	return balance(policy().Sanitize(bound(foreign, MaxBytes)))
}

// balance closes what is open, drops what closes nothing and what stands where
// it must not, renames elements and marks links. It reads one token after the
// other; a full HTML parser would repair more, but repeats formatting elements
// in each paragraph, which a stranger can make a hundred times longer.
func balance(clean string) string {
	var b balancer
	z := html.NewTokenizer(strings.NewReader(clean))
	for !b.full {
		switch z.Next() {
		case html.ErrorToken: // the end: a string has no other error
			b.full = true
		case html.TextToken:
			b.text(z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			b.start(z.Token())
		case html.EndTagToken:
			b.end(name(z.Token()))
		}
	}
	b.closeTo(0)
	return b.out.String()
}

// A balancer writes HTML of which it knows what is open.
type balancer struct {
	out  strings.Builder
	open []string
	full bool // nothing more may be written but the ends of what is open
}

// write reports whether there was room for s.
func (b *balancer) write(s string) bool {
	b.full = b.full || b.out.Len()+len(s) > maxClean
	if !b.full {
		b.out.WriteString(s)
	}
	return !b.full
}

func (b *balancer) text(s string) {
	escaped := html.EscapeString(s)
	if b.write(escaped) {
		return
	}
	// Cut between characters, and not within a character reference.
	for _, r := range s {
		c := html.EscapeString(string(r))
		if b.out.Len()+len(c) > maxClean {
			return
		}
		b.out.WriteString(c)
	}
}

func (b *balancer) start(t html.Token) {
	name := name(t)
	if e, ok := implicit[name]; ok {
		if i := lastIndex(b.open, e.names...); i > lastIndex(b.open, e.limits...) {
			b.closeTo(i)
		}
	}
	if name == "br" || name == "hr" {
		b.write("<" + name + ">")
		return
	}
	if len(b.open) >= maxDepth || !b.allowed(name) {
		return
	}
	tag := "<" + name + ">"
	if name == "a" {
		tag = `<a href="` + html.EscapeString(href(t)) + `" rel="nofollow noopener noreferrer">`
	}
	if b.write(tag) {
		b.open = append(b.open, name)
	}
}

func href(t html.Token) string {
	for _, a := range t.Attr {
		if a.Key == "href" {
			return a.Val
		}
	}
	return ""
}

// allowed reports whether an element may start here.
func (b *balancer) allowed(name string) bool {
	switch name {
	case "a":
		return !slices.Contains(b.open, "a")
	case "li":
		return lastIndex(b.open, "ul", "ol") > lastIndex(b.open, "table")
	}
	parents, ok := within[name]
	return !ok || len(b.open) > 0 && slices.Contains(parents, b.open[len(b.open)-1])
}

// end closes the innermost element of that name, and those within it. A table
// is left by the ends of its own parts only.
func (b *balancer) end(name string) {
	limit := lastIndex(b.open, "td", "th", "caption")
	switch name {
	case "table":
		limit = -1
	case "thead", "tbody", "tr", "td", "th", "caption":
		limit = lastIndex(b.open, "table")
	}
	if i := lastIndex(b.open, name); i > limit {
		b.closeTo(i)
	}
}

// closeTo closes the i-th open element and those within it.
func (b *balancer) closeTo(i int) {
	for _, name := range slices.Backward(b.open[i:]) {
		b.out.WriteString("</" + name + ">")
	}
	b.open = b.open[:i]
}

// lastIndex finds the innermost of names in open, or -1.
func lastIndex(open []string, names ...string) int {
	for i, name := range slices.Backward(open) {
		if slices.Contains(names, name) {
			return i
		}
	}
	return -1
}

// name is the name under which we keep the element that t starts or ends.
func name(t html.Token) string {
	if n, ok := renamed[t.Data]; ok {
		return n
	}
	return t.Data
}

// Plain returns the text of HTML, clean or not, as one reads it: blocks on
// lines of their own, paragraphs with an empty line between, items of lists
// after "- ", character references decoded, white space collapsed outside of
// pre. The result is text, not HTML: "&lt;" has become "<".
func Plain(foreign string) string {
	var w liner
	z := html.NewTokenizer(strings.NewReader(bound(foreign, MaxBytes)))
	skip := atom.Atom(0)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return strings.TrimSpace(w.out.String())
		}
		t := z.Token()
		switch {
		case skip != 0:
			if kind == html.EndTagToken && t.DataAtom == skip {
				skip = 0
			}
		case kind == html.TextToken:
			w.text(t.Data)
		case kind == html.StartTagToken && unread(t.DataAtom):
			skip = t.DataAtom
		case kind == html.StartTagToken, kind == html.EndTagToken, kind == html.SelfClosingTagToken:
			w.tag(t, kind == html.EndTagToken)
		}
	}
}

// unread reports whether nobody sees what stands in an element. Each is one
// that the tokenizer reads to its end tag as a whole.
func unread(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript:
		return true
	}
	return false
}

// A liner writes text in lines.
type liner struct {
	out    strings.Builder
	lines  int  // line ends wanted before the next word, at most 2
	bullet bool // a bullet wanted before the next word
	space  bool // a space wanted before the next word
	pre    int  // how many pre elements are open
}

func (w *liner) tag(t html.Token, end bool) {
	switch name(t) {
	case "p", "h2", "h3", "h4", "blockquote", "ul", "ol", "table":
		w.lines = 2
	case "pre":
		w.lines = 2
		if end {
			w.pre = max(w.pre-1, 0)
		} else {
			w.pre++
		}
	case "br", "hr", "div", "tr", "option":
		w.lines = max(w.lines, 1)
	case "li":
		w.lines = max(w.lines, 1)
		w.bullet = !end
	case "td", "th", "img", "input", "button":
		w.space = true
	}
}

func (w *liner) text(s string) {
	for len(s) > 0 {
		word := strings.IndexFunc(s, isSpace)
		if word < 0 {
			word = len(s)
		}
		if word > 0 {
			w.write(s[:word])
		}
		rest := strings.TrimLeftFunc(s[word:], isSpace)
		space := s[word : len(s)-len(rest)]
		w.space = w.space || space != ""
		if w.pre > 0 {
			w.lines = max(w.lines, min(strings.Count(space, "\n"), 2))
		}
		s = rest
	}
}

// write puts down a word, and before it what it was waiting for.
func (w *liner) write(word string) {
	switch {
	case w.out.Len() == 0:
	case w.lines > 0:
		w.out.WriteString("\n\n"[:w.lines])
	case w.space:
		w.out.WriteByte(' ')
	}
	if w.bullet {
		w.out.WriteString("- ")
	}
	w.out.WriteString(word)
	w.lines, w.bullet, w.space = 0, false, false
}

// isSpace reports what HTML takes for white space; a no-break space is none.
func isSpace(r rune) bool { return strings.ContainsRune(" \t\n\r\f", r) }
