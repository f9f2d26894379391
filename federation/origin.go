package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"pergola/federation/vocab"
)

// maxID is how long an id of somebody else may be, in octets: as in vocab.
const maxID = 1000

// origin is scheme, host and port of an id, "" for what is no http(s) URL.
// (FEP-fe34, "Origin")
func origin(id string) string {
	if len(id) > maxID {
		return ""
	}
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return originOf(u)
}

func originOf(u *url.URL) string {
	if u.Host == "" || u.User != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return "https://" + strings.TrimSuffix(host, ":443")
	case "http":
		return "http://" + strings.TrimSuffix(host, ":80")
	}
	return ""
}

// hostOf is host, and port if it has one, of a URL: the lane that leads there.
func hostOf(id string) string { return hostIn(origin(id)) }

// hostIn is the host of an origin.
func hostIn(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

func sameOrigin(a, b string) bool {
	o := origin(a)
	return o != "" && o == origin(b)
}

// authorize says whether its actor may do what a says, and takes from a what is
// not for that actor to say: an object of another origin is worth its id alone.
// That the activity itself is of its actor's origin was asked before the key.
// (FEP-fe34, "Create, update and delete")
func (s *Server) authorize(ctx context.Context, a *vocab.Activity) error {
	switch a.Type {
	case "Create", "Update":
		return authorizeContent(a)
	case "Delete":
		return s.authorizeDelete(ctx, a)
	case "Undo":
		if a.Inner != nil && a.Inner.Actor != a.Actor {
			return fmt.Errorf("%w: undoing what %s did", ErrForbidden, a.Inner.Actor)
		}
		if a.Inner == nil && !sameOrigin(a.ObjectID, a.Actor) {
			return fmt.Errorf("%w: undoing %s", ErrForbidden, a.ObjectID)
		}
	case "Accept", "Reject", "TentativeAccept", "TentativeReject":
		return authorizeAnswer(a)
	case "Add", "Remove":
		if !sameOrigin(a.Target, a.Actor) {
			return fmt.Errorf("%w: changing %s", ErrForbidden, a.Target)
		}
	case "Move":
		if a.ObjectID != a.Actor {
			return fmt.Errorf("%w: moving %s", ErrForbidden, a.ObjectID)
		}
	}
	reduce(a)
	return nil
}

// reduce drops what is embedded but of another origin. What has no id belongs
// to the activity. (FEP-fe34, "Authentication")
func reduce(a *vocab.Activity) {
	if a.Object != nil && a.Object.ID != "" && !sameOrigin(a.Object.ID, a.Actor) {
		a.Object, a.ObjectType = nil, ""
	}
	if a.Person != nil && a.Person.ID != a.Actor {
		a.Person, a.ObjectType = nil, ""
	}
	if a.Type == "Announce" && a.Inner != nil && !sameOrigin(a.Inner.ID, a.Actor) {
		// A forum passes on what members of other hosts did: it says where to
		// look, and nothing that is believed. (FEP-1b12)
		a.Inner = &vocab.Activity{ID: a.Inner.ID, Type: a.Inner.Type, ObjectID: a.Inner.ObjectID}
	}
}

// authorizeContent: whoever makes or changes something must be its owner, and
// an actor changes only itself.
func authorizeContent(a *vocab.Activity) error {
	if a.ObjectID == "" {
		return fmt.Errorf("%w: %s of an object without id", ErrMalformed, a.Type)
	}
	if !sameOrigin(a.ObjectID, a.Actor) {
		return fmt.Errorf("%w: %s of %s by %s", ErrForbidden, a.Type, a.ObjectID, a.Actor)
	}
	if a.Person != nil && (a.Person.ID != a.Actor || a.Type != "Update") {
		return fmt.Errorf("%w: %s of actor %s by %s", ErrForbidden, a.Type, a.Person.ID, a.Actor)
	}
	if a.Object == nil {
		return nil
	}
	if a.Object.AttributedTo == "" {
		a.Object.AttributedTo = a.Actor
	}
	if owner := a.Object.AttributedTo; owner != a.Actor && !speaksFor(a, owner) {
		return fmt.Errorf("%w: %s of what %s owns", ErrForbidden, a.Type, owner)
	}
	return nil
}

// speaksFor reports whether the object itself says that the sender made it for
// owner, who lives at the same host: what a group of Mobilizon publishes is
// attributed to the group, sent by a member, and names the member as "actor".
func speaksFor(a *vocab.Activity, owner string) bool {
	var object map[string]json.RawMessage
	return sameOrigin(owner, a.Actor) &&
		json.Unmarshal(a.Object.Raw, &object) == nil && idOf(object["actor"]) == a.Actor
}

// authorizeDelete: an actor is deleted by itself alone, an object by anybody
// of its origin, because moderators delete too.
func (s *Server) authorizeDelete(ctx context.Context, a *vocab.Activity) error {
	if a.ObjectID == a.Actor {
		return nil
	}
	if a.Person != nil || !sameOrigin(a.ObjectID, a.Actor) {
		return fmt.Errorf("%w: deleting %s by %s", ErrForbidden, a.ObjectID, a.Actor)
	}
	_, err := s.store.RemoteActor(ctx, a.ObjectID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("looking whether %s is an actor: %w", a.ObjectID, err)
	}
	return fmt.Errorf("%w: deleting actor %s by %s", ErrForbidden, a.ObjectID, a.Actor)
}

// authorizeAnswer: a Follow is answered by who was followed, what concerns an
// object by somebody of the object's origin, an Offer by one of the two whom it
// relates, and one of an agreement by somebody of the call's origin.
func authorizeAnswer(a *vocab.Activity) error {
	in := a.Inner
	switch {
	case in == nil:
		return nil
	case in.Type == "Follow" && in.ObjectID != a.Actor,
		in.Type == "Join" && !sameOrigin(in.ObjectID, a.Actor),
		in.Relation != nil && in.Relation.Object != a.Actor && in.Relation.Subject != a.Actor,
		in.Agreement != nil && !sameOrigin(in.Agreement.Satisfies, a.Actor):
		return fmt.Errorf("%w: %s answers for %s", ErrForbidden, a.Actor, in.ObjectID)
	}
	return nil
}

// idOf is the id that a property of a document names: a string, the id of an
// object, or of the only element of an array. "" for anything else.
func idOf(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil {
		if json.Unmarshal(object["id"], &id) != nil {
			return ""
		}
		return id
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 && len(list[0]) > 0 && list[0][0] != '[' {
		return idOf(list[0])
	}
	return ""
}
