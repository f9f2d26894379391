package vocab

import "slices"

// MemberOf is the relationship of a member to the organisation it belongs to.
// (The Organization Ontology, "memberOf")
const MemberOf = "http://www.w3.org/ns/org#memberOf"

// A Relationship is what an Offer offers: that Subject stands in a relationship
// to Object. (ActivityStreams, Relationship)
type Relationship struct{ Subject, Relationship, Object string }

// IsMembership reports whether the relationship is that of a member, as
// schema.org calls it too.
func (r Relationship) IsMembership() bool {
	return slices.Contains([]string{MemberOf, "org:memberOf", "https://schema.org/memberOf", "http://schema.org/memberOf", "schema:memberOf"}, r.Relationship)
}

// readRelationship reads the object of an Offer, nil when it is none.
func readRelationship(n *node) *Relationship {
	if typeOf(n) != "Relationship" {
		return nil
	}
	r := Relationship{Subject: n.get("subject").id(), Object: n.get("object").id()}
	if r.Relationship = n.get("relationship").id(); r.Relationship == "" {
		r.Relationship = n.short("relationship")
	}
	return &r
}

func (r Relationship) document() map[string]any {
	m := map[string]any{"type": "Relationship"}
	put(m, "subject", r.Subject)
	put(m, "relationship", r.Relationship)
	put(m, "object", r.Object)
	return m
}

// isSaid reports whether activities of a type say something in words: an offer or
// an invitation, the answers to it, and its end.
func isSaid(typ string) bool {
	return slices.Contains([]string{"Offer", "Invite", "Accept", "TentativeAccept", "Reject", "TentativeReject", "Remove", "Undo", "Ignore"}, typ)
}
