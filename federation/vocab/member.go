package vocab

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
)

// A Member is an organisation as an item of the collection of an organisation's
// members: an Organization without an inbox, described in terms of schema.org.
type Member struct {
	// ID is a fragment of the collection's.
	ID, Name string
	// Kind is the name of a type of schema.org ("Corporation"), Form the legal
	// form as it is written.
	Kind, Form string
	// Region is a NUTS code, Country an ISO 3166-1 alpha-2 code.
	Region, Country string
	// Sectors are sections of NACE Rev. 2.1.
	Sectors, Keywords []string
	// Offers is plain text.
	Offers, Website string
	// Since is when it became a member: a year, a month or a day. Of is of whom.
	Since, Of string
	// SameAs is the id of its own actor.
	SameAs string
}

const (
	schemaOrg = "https://schema.org/"
	nutsSet   = "http://data.europa.eu/nuts/"
	naceSet   = "http://data.europa.eu/ux2/nace2.1/nace2.1"
)

// Document writes the item, which gets its context from its collection.
func (m Member) Document() (json.RawMessage, error) {
	d := map[string]any{"id": m.ID, "type": "Organization", "name": m.Name}
	if m.Kind != "" {
		d["additionalType"] = schemaOrg + m.Kind
	}
	if m.Form != "" {
		d["attachment"] = []any{factOf("legalForm", "legalForm", m.Form)}
	}
	if m.Country != "" {
		d["address"] = map[string]any{"type": "PostalAddress", "addressCountry": m.Country}
	}
	var tags []any
	if m.Region != "" {
		tags = append(tags, definedTerm(m.Region, nutsSet))
	}
	for _, s := range m.Sectors {
		tags = append(tags, definedTerm(s, naceSet))
	}
	putList(d, "tag", tags)
	putList(d, "keywords", m.Keywords)
	if m.Offers != "" {
		d["summary"] = "<p>" + html.EscapeString(m.Offers) + "</p>"
	}
	put(d, "url", m.Website)
	put(d, "sameAs", m.SameAs)
	if m.Since != "" {
		d["memberOf"] = map[string]any{"type": "OrganizationRole", "memberOf": m.Of, "startDate": m.Since}
	}
	b, err := marshal(d)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", m.ID, err)
	}
	return b, nil
}

// DecodeMember reads an item of such a collection. Offers is HTML as it came.
func DecodeMember(raw []byte) (Member, error) {
	n, err := guarded(raw, forDocument())
	if err != nil {
		return Member{}, err
	}
	if typeOf(n) != "Organization" {
		return Member{}, fmt.Errorf("%w: %q is no organisation", ErrMalformed, typeOf(n))
	}
	kind := n.get("additionalType").first().str()
	for _, prefix := range []string{schemaOrg, "http://schema.org/", "schema:"} {
		kind = strings.TrimPrefix(kind, prefix)
	}
	m := Member{
		ID: n.id(), Name: bounded(n.textOf("name", maxName).value(), maxShort), Kind: bounded(kind, maxShort),
		Country: n.get("address").first().short("addressCountry"), Keywords: n.get("keywords").strings(maxTags),
		Offers: n.textOf("summary", maxSummary).value(), Website: n.get("url").link(), SameAs: n.get("sameAs").id(),
	}
	for _, a := range n.get("attachment").list() {
		if a.kind == isObject && (a.short("propertyID") == "legalForm" || a.short("name") == "legalForm") {
			m.Form = a.short("value")
		}
	}
	for _, t := range readTags(n) {
		switch {
		case t.Set == nutsSet && m.Region == "":
			m.Region = t.Term
		case t.Set == naceSet && !slices.Contains(m.Sectors, t.Term):
			m.Sectors = append(m.Sectors, t.Term)
		}
	}
	role := n.get("memberOf").first()
	if role != nil && role.kind == isObject {
		m.Since, m.Of = role.short("startDate"), role.get("memberOf").id()
	}
	return m, nil
}
