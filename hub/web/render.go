package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"pergola/hub"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages by name, each parsed when it is first asked for: each
// has the shared ones for itself, and a site shows few of them a day.
type templates map[string]func() *template.Template

// sharedTemplates are no pages but what pages are made of.
func sharedTemplates() []string { return []string{"layout", "parts", "form"} }

// loadTemplates finds the pages, once for all sites of a process.
var loadTemplates = sync.OnceValue(func() templates {
	shared := template.New("")
	for _, name := range sharedTemplates() {
		template.Must(shared.ParseFS(templateFiles, path.Join("templates", name+".html")))
	}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	all := templates{}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if slices.Contains(sharedTemplates(), name) {
			continue
		}
		all[name] = sync.OnceValue(func() *template.Template {
			page := template.Must(shared.Clone())
			return template.Must(page.ParseFS(templateFiles, path.Join("templates", f.Name())))
		})
	}
	return all
})

// unlisted begins a page that search engines are kept away from; its title is the
// text of a key.
func (s *Site) unlisted(r *http.Request, title string, args ...any) (frame, error) {
	f, err := s.frame(r)
	if err == nil {
		f.Title, f.NoIndex = f.T(title, args...), true
	}
	return f, err
}

// pageSize is how many entries a page of a list has.
const pageSize = 20

// from is the page of a list that a request asks for, and one entry more: it tells
// whether there is another page.
func from(r *http.Request, size int) hub.Page {
	return hub.Page{After: r.URL.Query().Get("after"), Limit: size + 1}
}

// onward leaves what stands on a page of a list that was asked for [from]; the
// address of the next one, which follows the last entry, is "" after the last.
func onward[T any](all []T, size int, next func(last T) string) ([]T, string) {
	if len(all) <= size {
		return all, ""
	}
	return all[:size], next(all[size-1])
}

// each is what f makes of each of a list.
func each[T, U any](list []T, f func(T) U) []U {
	var all []U
	for _, one := range list {
		all = append(all, f(one))
	}
	return all
}

// render answers with a page.
func (s *Site) render(w http.ResponseWriter, r *http.Request, name string, page any) error {
	return s.renderStatus(w, r, http.StatusOK, name, page)
}

// renderStatus answers with a page and a status. The page is made whole before
// the first byte leaves: half a page is never sent.
func (s *Site) renderStatus(w http.ResponseWriter, r *http.Request, status int, name string, page any) error {
	var b bytes.Buffer
	parsed, ok := s.templates[name]
	if !ok {
		return fmt.Errorf("no template %q", name)
	}
	if err := parsed().ExecuteTemplate(&b, "layout", page); err != nil {
		return fmt.Errorf("rendering %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", s.language(r))
	// Mastodon 4.5 looks for the document in the header and in the head.
	if p, ok := page.(interface{ documentLink() string }); ok && p.documentLink() != "" {
		h.Add("Link", p.documentLink())
	}
	s.forgetFlash(w, r)
	return s.write(w, r, status, b.Bytes())
}

// write answers with a whole body. What everybody sees alike may be kept by
// caches in between for a few seconds, so that a crowd costs one page, and by
// browsers as long as we say that it is the same; what somebody signed in sees
// is kept by nobody.
func (s *Site) write(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	h := w.Header()
	h.Add("Vary", "Cookie")
	switch {
	case account(r) != nil || flashOf(r) != "" || h.Get("Cache-Control") == "no-store" || r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Cache-Control", "no-store")
	case status == http.StatusOK:
		h.Set("Cache-Control", "public, no-cache, s-maxage=5")
		if tag := etag(body); notModified(w, r, tag) {
			return nil
		}
	default:
		h.Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// An error here is a reader who went away.
	_, _ = w.Write(body)
	return nil
}

// etag names a body. (RFC 9110, 8.8.3)
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// notModified sets the tag, and answers 304 when the reader has that body.
// (RFC 9110, 13.1.2)
func notModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	for have := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		have = strings.TrimPrefix(strings.TrimSpace(have), "W/")
		if have == tag || have == "*" {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
