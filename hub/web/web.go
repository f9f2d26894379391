// Package web is the site that people see: the feed, items, events, calls,
// profile and digests for everybody, and the desk of those who sign in.
//
// It knows pages, forms and languages. It decides nothing: what may be done,
// and what comes of it, is package hub's. It knows no database and nothing of
// what other servers are told; documents for programs are not its affair.
//
// A page is made of three things of the same name:
//
//   - a line in routes.go: method, path, handler;
//   - a handler, func(w, r) error, that reads what was asked, makes one call
//     into hub, and ends in [Site.render] or a redirect (303 after a POST). It
//     returns errors as they come; [Site.fail] alone makes pages of them. What
//     all forms and buttons have in common is in command.go;
//   - a template, templates/NAME.html, that defines "main" (and "head" when it
//     has more to say there), with its struct, which embeds [frame] and is
//     listed in views. A test checks each template against its struct.
//
// Every text is a key of package locale: {{.T "menu_events"}}, and
// {{$.T "menu_events"}} inside a range. templates/layout.html is around all pages; parts.html and
// form.html have what several of them show.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"pergola/hub"
	"pergola/hub/locale"
)

// Options are the parts that a site is made of; all are needed.
type Options struct {
	Hub *hub.Hub
	// Base is the configured base URL: scheme and host alone.
	Base   *url.URL
	Locale *locale.Bundle
	// Version is shown at the foot of each page.
	Version string
	Log     *slog.Logger
}

// A Site serves the pages of one organisation.
type Site struct {
	hub       *hub.Hub
	base      *url.URL
	locale    *locale.Bundle
	version   string
	log       *slog.Logger
	static    static
	templates templates
}

// New makes a site. It panics when an embedded template does not parse, which
// every test finds out.
func New(o Options) *Site {
	return &Site{
		hub: o.Hub, base: o.Base, locale: o.Locale, version: o.Version, log: o.Log,
		static: loadStatic(), templates: loadTemplates(),
	}
}

// Handler serves everything that people see. What it does not know gets a page
// that says so.
func (s *Site) Handler() http.Handler {
	return s.routes()
}

// secure reports whether the site is reached over https.
func (s *Site) secure() bool { return s.base.Scheme == "https" }

// absolute is the whole URL of a path of this site.
func (s *Site) absolute(path string) string {
	return strings.TrimSuffix(s.base.String(), "/") + path
}
