package federation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/publicsuffix"

	"pergola/federation/vocab"
	"pergola/federation/webfinger"
)

// FollowPage is where somebody who has an account elsewhere can follow an actor
// from there: the page that their own server names, for that actor. They say
// their address ("@name@host", a profile's URL) or just their server ("host").
// "" when the server names no such page, or one that is not its own. The errors
// are those of [Server.Lookup].
func (s *Server) FollowPage(ctx context.Context, account string, whom vocab.Actor) (string, error) {
	account = strings.TrimSpace(account)
	if !strings.Contains(account, "@") && !strings.Contains(account, "://") {
		return s.followPageOf(ctx, account, whom)
	}
	r, err := webfinger.Parse(account)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	host := r.Host
	if r.URL != nil {
		host = r.URL.Host
	}
	d, err := webfinger.Lookup(ctx, s.follow, s.site(host), r)
	if err != nil {
		return "", lookupError(err)
	}
	return s.followTemplate(d, host, whom), nil
}

// followPageOf asks a server about itself. One that says nothing of it, but
// answers, is taken for one of the many that are like Mastodon.
func (s *Server) followPageOf(ctx context.Context, name string, whom vocab.Actor) (string, error) {
	host, err := webfinger.Host(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	root := &url.URL{Scheme: "https", Host: host, Path: "/"}
	d, err := webfinger.Lookup(ctx, s.follow, s.site(host), webfinger.Resource{URL: root})
	if err != nil && !errors.Is(err, webfinger.ErrNotFound) {
		return "", lookupError(err)
	}
	if page := s.followTemplate(d, host, whom); page != "" {
		return page, nil
	}
	// Mastodon 4.5: remote_interaction_helper does the same.
	return s.site(host) + "/authorize_interaction?uri=" + url.QueryEscape(whom.Webfinger), nil
}

// followTemplate is the page that a descriptor has a template for.
func (s *Server) followTemplate(d webfinger.Descriptor, host string, whom vocab.Actor) string {
	for _, intent := range []struct{ rel, variable, value string }{
		{webfinger.RelFollow, "{object}", whom.ID},
		{webfinger.RelSubscribe, "{uri}", whom.Webfinger},
	} {
		for _, l := range d.Links {
			if l.Rel != intent.rel || !strings.Contains(l.Template, intent.variable) {
				continue
			}
			page := fill(l.Template, intent.variable, intent.value)
			if s.isPageOf(page, host) || s.isPageOf(page, hostOf(d.Self())) {
				return page
			}
		}
	}
	return ""
}

var variable = regexp.MustCompile(`\{[^{}]*\}`)

// fill puts a value into a template, and nothing where it has other variables.
// (FEP-3b86, "Required Link Properties")
func fill(template, name, value string) string {
	return variable.ReplaceAllStringFunc(template, func(found string) string {
		if found == name {
			return url.QueryEscape(value)
		}
		return ""
	})
}

// isPageOf reports whether an address is a page of a host, or of one of the same
// owner: handles are often of the domain above their server.
func (s *Server) isPageOf(address, host string) bool {
	u, err := url.Parse(address)
	if err != nil || host == "" || u.Host == "" || u.User != nil || len(address) > maxPageAddress {
		return false
	}
	if !strings.HasPrefix(s.site(u.Host), u.Scheme+"://") && u.Scheme != "https" {
		return false
	}
	return strings.EqualFold(u.Host, host) || u.Port() == "" && domainOf(u.Host) != "" && domainOf(u.Host) == domainOf(host)
}

// maxPageAddress is the longest address of a page that a browser is sent to.
const maxPageAddress = 2000

// domainOf is the domain that somebody has registered, "" when there is none.
func domainOf(host string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(host))
	if err != nil {
		return ""
	}
	return domain
}
