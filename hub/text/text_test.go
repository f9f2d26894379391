package text_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"pergola/hub/text"
)

func TestClean(t *testing.T) {
	const rel = ` rel="nofollow noopener noreferrer"`
	tests := []struct{ name, in, want string }{
		{"plain", `a < b & c`, `a &lt; b &amp; c`},
		{"kept", `<p>a<br/>b</p><hr><ul><li>c</li></ul><pre><code>d  e</code></pre>`, `<p>a<br>b</p><hr><ul><li>c</li></ul><pre><code>d  e</code></pre>`},
		{"table", `<table class="x"><caption>t</caption><thead><tr><th scope="row">a</th></tr></thead><tbody><tr><td colspan=3>b</td></tr></tbody></table>`,
			`<table><caption>t</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>`},
		{"renamed", `<h1>a</h1><h5>b</h5><section><del>c</del></section>`, `<h2>a</h2><h4>b</h4><div><s>c</s></div>`},
		{"link", `<a href="https://x.example/?a=1&b=2" class="u-url" target="_blank" rel="me">x</a>`, `<a href="https://x.example/?a=1&amp;b=2"` + rel + `>x</a>`},
		{"mail link", `<a href="mailto:a@b.example">x</a>`, `<a href="mailto:a@b.example"` + rel + `>x</a>`},
		{"mastodon link", `<a href="https://x.example/y"><span class="invisible">https://</span><span class="ellipsis">x.example</span></a>`, `<a href="https://x.example/y"` + rel + `>https://x.example</a>`},
		{"class, id, style", `<p class="a" id="b" style="color:red" onclick="x()" data-x="1">c</p>`, `<p>c</p>`},
		{"picture", `a<img src="https://x.example/pixel.gif" onerror="x()">b`, `ab`},
		{"script", `a<script>alert("1")</script><style>p{}</style>b`, `ab`},
		{"script in pieces", `<scr<script>ipt>alert(1)</scr</script>ipt>`, `ipt&gt;alert(1)ipt&gt;`},
		{"script open", `a<script>alert(1)`, `a`},
		{"javascript", `<a href="javascript:alert(1)">x</a>`, `x`},
		{"javascript hidden", "<a href=\" jAva\tscript&#58;alert(1)\">x</a>", `x`},
		{"data", `<a href="data:text/html,<script>alert(1)</script>">x</a>`, `x`},
		{"relative", `<a href="/logout">x</a><a href="//x.example">y</a><a href="https:/x">z</a>`, `xyz`},
		{"svg", `<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`, `x`},
		{"mutation", `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`, `<table></table>`},
		{"noscript", `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `&#34;&gt;`},
		{"comment", `a<!-- <p> --!><b>b</b><!--`, `a<b>b</b>`},
		{"form", `<form action="https://x.example"><input name=a><button>Send</button></form>`, `Send`},
		{"frame", `<iframe src="https://x.example">a</iframe><object data=x>b</object><embed src=x>c`, `c`},
		{"meta", `<meta http-equiv="refresh" content="0;url=https://x.example"><base href="https://x.example/"><link rel=stylesheet href=x>a`, `a`},
		{"NUL", "<scr\x00ipt>alert(1)</scr\x00ipt>", ``},
		{"not UTF-8", "a\xff\xfeb", `ab`},

		{"unclosed", `<b>a<i>b`, `<b>a<i>b</i></b>`},
		{"crossed", `<b>a<i>b</b>c</i>`, `<b>a<i>b</i></b>c`},
		{"stray ends", `a</p></div></ul></li></td></table></body></html>b`, `ab`},
		{"stray parts", `<li>a</li><tr><td>b</td></tr><caption>c</caption><tbody>d`, `abcd`},
		{"items without end", `<ul><li>a<li>b<ul><li>c</ul><li>d</ul>`, `<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>`},
		{"cells without end", `<table><tr><td>a<td>b<tr><td>c</table>d`, `<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d`},
		{"paragraphs without end", `<p>a<p>b<ul><li><p>c<li>d</ul></p>`, `<p>a</p><p>b</p><ul><li><p>c</p></li><li>d</li></ul>`},
		{"out of a cell", `<div><table><tr><td><p>a</div>b</td></tr></table></div>`, `<div><table><tr><td><p>ab</p></td></tr></table></div>`},
		{"table in a cell", `<table><tr><td><table></tr></td>a</table>b`, `<table><tr><td><table>a</table>b</td></tr></table>`},
		{"link in a link", `<a href="https://a.example">a<a href="https://b.example">b</a></a>c`, `<a href="https://a.example"` + rel + `>ab</a>c`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := text.Clean(test.in)
			if got != test.want {
				t.Errorf("Clean(%q)\n got %q\nwant %q", test.in, got, test.want)
			}
			checkClean(t, got)
		})
	}
}

// checkClean fails when a result of Clean is not what its comment says.
func checkClean(t *testing.T, clean string) {
	t.Helper()
	if again := text.Clean(clean); again != clean {
		t.Errorf("Clean of its own result changes it:\nfrom %q\n  to %q", clean, again)
	}
	kept := strings.Fields("p br div strong em b i u s ul ol li blockquote h2 h3 h4 code pre hr table thead tbody tr td th caption a")
	var open []string
	z := html.NewTokenizer(strings.NewReader(clean))
	for {
		kind := z.Next()
		token := z.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%v are left open in %q", open, clean)
			}
			return
		case html.StartTagToken:
			checkTag(t, token, kept)
			if token.Data != "br" && token.Data != "hr" {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v in %q", token.Data, open, clean)
			}
			open = open[:len(open)-1]
		case html.TextToken:
		default:
			t.Errorf("%v in %q", token, clean)
		}
	}
}

func checkTag(t *testing.T, token html.Token, kept []string) {
	t.Helper()
	if !slices.Contains(kept, token.Data) {
		t.Errorf("<%s> is left", token.Data)
	}
	for _, a := range token.Attr {
		if token.Data != "a" || a.Key != "href" && a.Key != "rel" {
			t.Errorf("<%s %s> is left", token.Data, a.Key)
		}
		if a.Key == "href" {
			u, err := url.Parse(a.Val)
			if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) {
				t.Errorf("href=%q is left", a.Val)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"entities", "&lt;b&gt; &amp; &#337; &nbsp;x", "<b> & ő \u00a0x"},
		{"space", " a \n\t b<b> c</b>d <i> e</i> ", "a b cd e"},
		{"blocks", "<p>a</p><p>b<br>c</p><div>d</div><div>e</div><h1>f</h1>g", "a\n\nb\nc\n\nd\ne\n\nf\n\ng"},
		{"list", "a<ul><li>b</li><li><p>c</p></li></ul>d", "a\n\n- b\n\n- c\n\nd"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"pre", "<pre>a\n  b\n\n\n\nc</pre>d", "a\nb\n\nc\n\nd"},
		{"unread", "a<script>b<p></script><style>c</style><title>d</title><noscript><p>e</noscript>f", "af"},
		{"mastodon", `<p>Új <a href="https://x.example/y"><span class="invisible">https://</span><span class="ellipsis">x.example/y</span></a></p>`, "Új https://x.example/y"},
		{"unclosed", "<p>a<script>b", "a"},
		{"ends only", "</pre></li></p>a", "a"},
	}
	for _, test := range tests {
		if got := text.Plain(test.in); got != test.want {
			t.Errorf("%s: Plain(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{"", 10, ""},
		{"kettő szó", 9, "kettő szó"},
		{" kettő \n szó ", 9, "kettő szó"},
		{"kettő szó is", 9, "kettő…"},
		{"kettő szó is", 10, "kettő szó…"},
		{"kettő, szó", 8, "kettő…"},
		{"árvíztűrő", 5, "árví…"},
		{"e\u0301e\u0301e\u0301", 4, "e\u0301…"},
		{"👩\u200d🔬👩\u200d🔬", 5, "👩\u200d🔬…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{"abc", -1, ""},
	}
	for _, test := range tests {
		got := text.Excerpt(test.in, test.n)
		if got != test.want || utf8.RuneCountInString(got) > max(test.n, 0) {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"basics", "# Cím\n\n**a** *b* ~~c~~\n\n1. d\n", "<h2>Cím</h2>\n<p><strong>a</strong> <em>b</em> <s>c</s></p>\n<ol>\n<li>d</li>\n</ol>\n"},
		{"link", "https://x.example/y", "<p><a href=\"https://x.example/y\" rel=\"nofollow noopener noreferrer\">https://x.example/y</a></p>\n"},
		{"table", "|a|b|\n|-|:-:|\n|c|d|\n", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>c</td>\n<td>d</td>\n</tr>\n</tbody>\n</table>\n"},
		{"HTML", "a <b onclick=x>b</b>\n\n<script>alert(1)</script>\n", "<p>a b</p>\n\n"},
		{"javascript", "[a](javascript:alert(1)) ![b](https://x.example/p.gif)", "<p>a </p>\n"},
	}
	for _, test := range tests {
		if got := text.Markdown(test.in); got != test.want {
			t.Errorf("%s: Markdown(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestSlug(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Árvíztűrő tükörfúrógép", "arvizturo-tukorfurogep"},
		{"  Új lézer: 5 < 6 & \"több\"!  ", "uj-lezer-5-6-tobb"},
		{"Łódź, Straße, Ærø", "lodz-strasse-aero"},
		{"Клáстер їжаків", "klaster-izhakiv"},
		{"Об'єднання", "obiednannia"},
		{"日本", ""},
		{"---", ""},
		{"ａｂｃ ①", "abc-1"},
		{strings.Repeat("szó ", 30), strings.TrimSuffix(strings.Repeat("szo-", 15), "-")},
		{strings.Repeat("x", 100), strings.Repeat("x", 60)},
		{"a " + strings.Repeat("x", 100), "a-" + strings.Repeat("x", 58)},
	}
	for _, test := range tests {
		if got := text.Slug(test.in); got != test.want {
			t.Errorf("Slug(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"árvíz", "ÁRVÍZ", "arviz", "a\u0301rvi\u0301z"},
		{"őű", "OU", "ŐŰ"},
		{"Straße", "STRASSE"},
		{"Їжак", "їжак"},
	} {
		for _, s := range same {
			if text.Fold(s) != text.Fold(same[0]) {
				t.Errorf("Fold(%q) = %q, Fold(%q) = %q", s, text.Fold(s), same[0], text.Fold(same[0]))
			}
		}
	}
	if text.Fold("й") == text.Fold("и") {
		t.Error("Fold takes й for и")
	}
}

func TestCollator(t *testing.T) {
	want := []string{"Ábel", "Cukor", "Csaba", "Gombos", "Gyula", "Nagy", "Nyír", "Ólom", "Ózd", "Öböl", "Őrség", "Star*Plus", "SZATEV", "Zsolna"}
	got := slices.Clone(want)
	slices.Sort(got)
	if slices.Equal(got, want) {
		t.Fatal("the list is in the order of bytes already")
	}
	slices.SortFunc(got, text.Collator("hu"))
	if !slices.Equal(got, want) {
		t.Errorf("sorted %v, want %v", got, want)
	}
	if text.Collator("en")("a", "b") >= 0 || text.Collator("not a language")("a", "b") >= 0 {
		t.Error("a does not sort before b")
	}
	if text.Collator("hu")("a\u0301", "á") == 0 {
		t.Error("different strings compare as equal")
	}
}

// hostile are short texts of which careless programs become slow, or make
// something large, when they come often.
var hostile = []string{
	"<b><i><u>", "<b><i><u><s><em><code><p>", "<table><tr><td>", `<a href="https://a.example">`, "</p>", "<ul><li>",
	"&amp;", "[", "> ", "*a_", "`a``", "<", "\"", "- ", "[a](b", "|a|\n|-|\n", "![[]()", "www.a@", "\u0301", "é",
}

func TestHostile(t *testing.T) {
	for _, h := range hostile {
		large := strings.Repeat(h, 200_000/len(h))
		checkClean(t, text.Clean(large))
		text.Plain(large)
		checkClean(t, text.Markdown(large[:4000]))
		text.Excerpt(large, 100)
		text.Slug(large)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	for _, h := range []string{"\"", "é", `<p>a<a href="https://a.example/">a</a>`} {
		long := strings.Repeat(h, text.MaxBytes/len(h)+2)
		if got := text.Clean(long); len(got) > text.MaxBytes {
			t.Errorf("Clean of much %q: %d bytes", h, len(got))
		} else {
			checkClean(t, got)
		}
		if got := text.Plain(long); len(got) > text.MaxBytes || !utf8.ValidString(got) {
			t.Errorf("Plain of much %q: %d bytes", h, len(got))
		}
		if got := text.Markdown(h + long); len(got) > 40*text.MaxMarkdown {
			t.Errorf("Markdown of much %q: %d bytes", h, len(got))
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add(`<p>a<b>b</p><a href="https://a.example/%zz?x=&amp;y">c</a><table><td><li>`)
	f.Add("<pre>\n\n&#13;&#x0;</pre><a href='HTTP://A.example:80/ä'>x")
	f.Add(`<svg><style><!--</style><img src=x onerror=x>--></svg>`)
	f.Fuzz(func(t *testing.T, in string) {
		got := text.Clean(in)
		checkClean(t, got)
		if strings.Contains(got, "<script") {
			t.Errorf("<script in %q", got)
		}
	})
}

func FuzzPlain(f *testing.F) {
	f.Add("<p>a</pre><li><pre>\n\nb</li>&amp;")
	f.Fuzz(func(t *testing.T, in string) {
		got := text.Plain(in)
		if !utf8.ValidString(got) || got != strings.TrimSpace(got) {
			t.Errorf("Plain(%q) = %q", in, got)
		}
		for n := range 12 {
			if e := text.Excerpt(got, n); utf8.RuneCountInString(e) > n {
				t.Errorf("Excerpt(%q, %d) = %q", got, n, e)
			}
		}
		slug := text.Slug(got)
		if len(slug) > 60 || strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("Slug(%q) = %q", got, slug)
		}
		if text.Slug(slug) != slug {
			t.Errorf("Slug(%q) = %q", slug, text.Slug(slug))
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n\n|b|\n|-|\n\n[c](javascript:d) <e>\n\n> - f\n")
	f.Fuzz(func(t *testing.T, in string) { checkClean(t, text.Markdown(in)) })
}
