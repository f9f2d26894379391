package text

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// MaxMarkdown is the most that is read of a Markdown text: 64 KiB. The time
// that the worst texts take grows with the square of their length.
const MaxMarkdown = 64 << 10

// markdown reads CommonMark with tables, strike-through and bare links. It is
// safe for use by several goroutines.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify))
})

// Markdown returns the HTML of src: CommonMark with tables, ~~strike-through~~
// and bare links. HTML within src is left out, and the result is that of
// [Clean]. What is beyond MaxMarkdown is cut, so refuse such texts before.
func Markdown(src string) string {
	var b strings.Builder
	if err := markdown().Convert([]byte(bound(src, MaxMarkdown)), &b); err != nil {
		return "" // not reached: a strings.Builder takes everything
	}
	return Clean(b.String())
}
