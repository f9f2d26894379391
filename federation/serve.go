package federation

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pergola/federation/vocab"
)

// maxAge is how long a document of ours may be kept without asking again, in
// seconds.
const maxAge = "60"

// Handler serves what other programs ask a node for: below /a/ (actors, their
// inboxes and collections), /o/ and /x/ (objects and activities), /inbox,
// /.well-known/{webfinger,nodeinfo,host-meta}, /nodeinfo/ and /doctor. It answers for
// Base whatever the Host header says.
func (s *Server) Handler(h Host) http.Handler {
	r := chi.NewRouter()
	s.read(r, "/a/{name}", s.getActor(h))
	s.read(r, "/a/{name}/members", s.getDocument(h)) // of a type of its own
	s.read(r, "/a/{name}/{collection}", s.getCollection(h))
	s.read(r, "/o/{ulid}", s.getDocument(h))
	s.read(r, "/o/{ulid}/{collection}", s.getDocument(h))
	s.read(r, "/x/{ulid}", s.getDocument(h))
	s.read(r, "/.well-known/webfinger", s.getWebfinger(h))
	s.read(r, "/.well-known/host-meta", s.getHostMeta)
	s.read(r, "/.well-known/nodeinfo", s.getNodeinfoLinks)
	s.read(r, "/nodeinfo/{version}", s.getNodeinfo(h))
	r.Post("/inbox", s.answering(s.postInbox(h)))
	r.Post("/a/{name}/inbox", s.answering(s.postInbox(h)))
	r.Post(DoctorPath, s.answering(s.postDoctor(h)))
	return r
}

// read routes what everybody may read, scripts of other sites too.
func (s *Server) read(r chi.Router, pattern string, h handler) {
	serve := s.answering(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		return h(w, r)
	})
	r.Get(pattern, serve)
	r.Head(pattern, serve)
	r.Options(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		w.Header().Set("Access-Control-Allow-Headers", "Accept, If-None-Match")
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *Server) getActor(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := h.LocalActor(r.Context(), chi.URLParam(r, "name"))
		if err != nil {
			return err
		}
		body, err := a.JSON()
		if err != nil {
			return err
		}
		writeDocument(w, r, Document{JSON: body, URL: a.URL})
		return nil
	}
}

func (s *Server) getDocument(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := h.Document(r.Context(), s.root+r.URL.Path)
		if err != nil {
			return err
		}
		writeDocument(w, r, d)
		return nil
	}
}

func (s *Server) getCollection(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		name, collection := chi.URLParam(r, "name"), chi.URLParam(r, "collection")
		if collection == "inbox" {
			// What others sent is nobody's business. (ActivityPub, 5.2)
			w.Header().Set("Allow", http.MethodPost)
			return errMethod
		}
		c, err := h.Collection(r.Context(), name, collection, r.URL.Query().Get("page"))
		if err != nil {
			return err
		}
		body, err := c.JSON()
		if err != nil {
			return err
		}
		write(w, r, vocab.ContentType, body)
		return nil
	}
}

// writeDocument answers with a document, or leads a browser to its page.
func writeDocument(w http.ResponseWriter, r *http.Request, d Document) {
	w.Header().Set("Vary", "Accept")
	if d.URL != "" && prefersHTML(r.Header.Values("Accept")) {
		http.Redirect(w, r, d.URL, http.StatusSeeOther)
		return
	}
	if !d.Gone {
		write(w, r, vocab.ContentType, d.JSON)
		return
	}
	w.Header().Set("Content-Type", vocab.ContentType)
	w.WriteHeader(http.StatusGone)
	// Nobody is left to tell when the connection is gone too.
	_, _ = w.Write(d.JSON)
}

// write answers with body, or 304 when that is what the other side has.
// (RFC 9110, 13.1.2)
func write(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	sum := sha256.Sum256(body)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "public, max-age="+maxAge)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// prefersHTML reports whether somebody wants a page rather than a document:
// HTML strictly more than JSON of any sort. (RFC 9110, 12.5.1)
func prefersHTML(accept []string) bool {
	page, _, document := vocab.Accepted(accept)
	return page > document
}
