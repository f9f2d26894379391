package web

import (
	"embed"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

//go:embed static/*
var staticFiles embed.FS

// static are the files that pages load. Their addresses carry a hash of what
// is in them, so that browsers keep them for ever.
type static struct {
	// path is the address by name: "style.css" → "/static/style.3fQ2….css".
	path map[string]string
	// file is the content by the part after /static/.
	file map[string][]byte
}

// loadStatic reads them once, for all sites of a process.
var loadStatic = sync.OnceValue(func() static {
	s := static{path: map[string]string{}, file: map[string][]byte{}}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		data, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		ext := path.Ext(e.Name())
		hashed := strings.TrimSuffix(e.Name(), ext) + "." + strings.Trim(etag(data), `"`) + ext
		s.path[e.Name()] = "/static/" + hashed
		s.file[hashed] = data
	}
	return s
})

func (s *Site) staticFile(w http.ResponseWriter, r *http.Request) error {
	name := chi.URLParam(r, "*")
	data, ok := s.static.file[name]
	if !ok {
		return hub.ErrNotFound
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	if notModified(w, r, etag(data)) {
		return nil
	}
	_, _ = w.Write(data)
	return nil
}

// favicon is for browsers that look there whatever the page says.
func (s *Site) favicon(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.static.path["icon.svg"], http.StatusFound)
	return nil
}

// robots lets everybody read what is public and keeps crawlers from the rest.
func (s *Site) robots(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	var b strings.Builder
	b.WriteString("User-agent: *\nDisallow: /language\n")
	for _, lang := range s.locale.Languages() {
		b.WriteString("Disallow: /" + lang + "/signin\nDisallow: /" + lang + "/desk\n")
	}
	return s.write(w, r, http.StatusOK, []byte(b.String()))
}
