package hub

import (
	"context"
	"errors"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
)

const (
	// visitorTries is how many servers the visitors from one address may have us
	// ask in tryPeriod, visitorTimeout how long they wait for each.
	visitorTries   = 20
	visitorTimeout = 10 * time.Second
)

// FollowPage is the page of a visitor's own server where they can follow the
// organisation or somebody whom it follows. account is what they say of
// themselves: "@name@server" or a server. *InvalidError for field "account";
// ErrTooMany when that address asked too often; ErrNotFound for somebody whom
// this node does not show.
func (h *Hub) FollowPage(ctx context.Context, whom, account, address string) (string, error) {
	account = oneLine(account)
	if account == "" {
		return "", &InvalidError{[]FieldError{{"account", "required", ""}}}
	}
	actor, err := h.shown(ctx, whom)
	if err != nil {
		return "", err
	}
	if err := h.countVisitor(ctx, address); err != nil {
		return "", err
	}
	asking, cancel := context.WithTimeout(ctx, visitorTimeout)
	defer cancel()
	page, err := h.fed.FollowPage(asking, account, actor)
	problem := ""
	switch {
	case errors.Is(err, federation.ErrLater):
		problem = "service_silent"
	case err != nil:
		problem = "no_account_there"
	case page == "":
		problem = "no_follow_page"
	}
	if problem != "" {
		h.log.InfoContext(ctx, "looking up an address", "address", account, "err", err)
		return "", &InvalidError{[]FieldError{{"account", problem, shorten(account, maxName)}}}
	}
	return page, nil
}

// shown is the actor of a handle that has a page here: id and handle alone.
func (h *Hub) shown(ctx context.Context, handle string) (vocab.Actor, error) {
	o, err := h.Organisation(ctx)
	if err != nil {
		return vocab.Actor{}, err
	}
	if handle == h.Handle(o) {
		return vocab.Actor{ID: h.Self(o), Webfinger: handle[1:]}, nil
	}
	all, err := h.Followed(ctx, first(o.Languages))
	if err != nil {
		return vocab.Actor{}, err
	}
	for _, f := range all {
		if f.Handle == handle && f.State == Accepted {
			return vocab.Actor{ID: f.Actor, Webfinger: handle[1:]}, nil
		}
	}
	return vocab.Actor{}, ErrNotFound
}

// countVisitor counts what an address has us ask of other servers, and ends it
// when it is too much.
func (h *Hub) countVisitor(ctx context.Context, address string) error {
	subject := shorten("visitor:"+address, maxSubject)
	return h.store.Update(ctx, func(tx Tx) error {
		n, err := tx.Failures(ctx, subject, now().Add(-tryPeriod))
		if err != nil {
			return err
		}
		if n >= visitorTries {
			return ErrTooMany
		}
		return tx.InsertFailure(ctx, subject, now())
	})
}
