package federation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"pergola/federation/nodeinfo"
	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// relay is the name by which Mobilizon asks for an instance actor when it finds
// no NodeInfo link to it.
const relay = "relay"

func (s *Server) getWebfinger(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		query := r.URL.Query()
		asked, err := webfinger.Parse(query.Get("resource"))
		if err != nil {
			return err
		}
		name, err := s.nameOf(r.Context(), h, asked)
		if err != nil {
			return err
		}
		a, err := h.LocalActor(r.Context(), name)
		if err != nil {
			return err
		}
		d := s.describe(a)
		if asked.URL != nil && isRoot(asked.URL.Path) {
			d.Links = append(d.Links, webfinger.Link{
				Rel: webfinger.RelService, Type: "application/activity+json", Href: s.actorID(s.instance),
			})
		}
		body, err := json.Marshal(d.Only(query["rel"]))
		if err != nil {
			return fmt.Errorf("writing a descriptor: %w", err)
		}
		write(w, r, webfinger.ContentType, body)
		return nil
	}
}

// nameOf is the name of the local actor that a resource means: an account, an
// id, the page of the organisation, or the site itself, which is the
// organisation's. (FEP-d556, "Single Actor Servers")
func (s *Server) nameOf(ctx context.Context, h Host, r webfinger.Resource) (string, error) {
	if r.URL == nil {
		switch {
		case !strings.EqualFold(r.Host, s.base.Host):
			return "", fmt.Errorf("%w: %s is not here", ErrNotFound, r)
		case strings.EqualFold(r.User, relay):
			return s.instance, nil
		}
		return r.User, nil
	}
	if !strings.EqualFold(r.URL.Host, s.base.Host) {
		return "", fmt.Errorf("%w: %s is not here", ErrNotFound, r)
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/a/"); ok && !strings.Contains(name, "/") {
		return name, nil
	}
	if isRoot(r.URL.Path) || isHome(r.URL.Path) {
		return s.organisation, nil
	}
	organisation, err := h.LocalActor(ctx, s.organisation)
	if err != nil {
		return "", err
	}
	if r.String() != organisation.URL {
		return "", fmt.Errorf("%w: %s is no account", ErrNotFound, r)
	}
	return s.organisation, nil
}

func isRoot(path string) bool { return path == "" || path == "/" }

// isHome reports whether a path is that of the first page in some language.
func isHome(path string) bool {
	path = strings.Trim(path, "/")
	return len(path) == 2 && strings.Trim(path, "abcdefghijklmnopqrstuvwxyz") == ""
}

// actorID is the id of a local actor.
func (s *Server) actorID(name string) string { return s.root + "/a/" + name }

// describe is what WebFinger says of a local actor. (RFC 7033, 4.4)
func (s *Server) describe(a vocab.Actor) webfinger.Descriptor {
	d := webfinger.Descriptor{Subject: "acct:" + a.PreferredUsername + "@" + s.base.Host}
	if a.URL != "" {
		d.Aliases = append(d.Aliases, a.URL)
		d.Links = append(d.Links, webfinger.Link{Rel: webfinger.RelProfile, Type: "text/html", Href: a.URL})
	}
	d.Aliases = append(d.Aliases, a.ID)
	d.Links = append(d.Links,
		webfinger.Link{Rel: webfinger.RelSelf, Type: "application/activity+json", Href: a.ID},
		webfinger.Link{Rel: webfinger.RelSubscribe, Template: s.root + "/authorize_interaction?uri={uri}"},
		webfinger.Link{Rel: webfinger.RelFollow, Template: s.root + "/authorize_interaction?uri={object}"},
	)
	if a.Icon.URL != "" {
		d.Links = append(d.Links, webfinger.Link{Rel: webfinger.RelAvatar, Type: a.Icon.MediaType, Href: a.Icon.URL})
	}
	return d
}

func (s *Server) getHostMeta(w http.ResponseWriter, r *http.Request) error {
	write(w, r, webfinger.HostMetaContentType, webfinger.HostMeta(s.root))
	return nil
}

func (s *Server) getNodeinfoLinks(w http.ResponseWriter, r *http.Request) error {
	body, err := nodeinfo.Links(s.root, s.actorID(s.instance))
	if err != nil {
		return fmt.Errorf("writing nodeinfo: %w", err)
	}
	write(w, r, "application/json", body)
	return nil
}

func (s *Server) getNodeinfo(h Host) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		version := chi.URLParam(r, "version")
		if version != "2.0" && version != "2.1" {
			return fmt.Errorf("%w: nodeinfo %.20q", ErrNotFound, version)
		}
		usage, err := h.Usage(r.Context())
		if err != nil {
			return fmt.Errorf("counting for nodeinfo: %w", err)
		}
		body, err := nodeinfo.Document(version, s.version, usage)
		if err != nil {
			return fmt.Errorf("writing nodeinfo: %w", err)
		}
		write(w, r, nodeinfo.ContentType(version), body)
		return nil
	}
}
