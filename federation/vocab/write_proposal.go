package vocab

import (
	"cmp"
	"strings"
)

const (
	// kindSet is the DefinedTermSet of our kinds of calls: finer values of
	// ValueFlows' purpose.
	kindSet = "https://w3id.org/valueflows/ont/vf#purpose"
	// relApply is the relation of the Link to where one applies.
	relApply = "related"
	// statusClosed is the creativeWorkStatus of a call that is over.
	statusClosed = "closed"
)

// set writes what makes a Note a Proposal as well. (FEP-0837, "Proposals")
func (p *Proposal) set(t typedObject, o Object) {
	extra := t.GetUnknownProperties()
	extra["purpose"] = p.purpose()
	intent := map[string]any{
		"id":               o.ID + primary,
		"type":             "Intent",
		"action":           p.action(),
		"resourceQuantity": oneOf(),
	}
	if p.Closed {
		intent["finished"] = true
		extra["creativeWorkStatus"] = statusClosed
	}
	extra["publishes"] = intent
	setStart(t, p.Opens)
	setEnd(t, p.Deadline)
	put(extra, "timezone", p.Zone)
	var amounts []any
	if p.UpTo != nil {
		amounts = append(amounts, p.UpTo.document("maxValue"))
	}
	if p.Total != nil {
		amounts = append(amounts, p.Total.document("value"))
	}
	if len(amounts) > 0 {
		extra["funding"] = map[string]any{"type": "MonetaryGrant", "amount": amounts}
	}
}

// purpose is one of the two that FEP-0837 knows.
func (p *Proposal) purpose() string {
	switch {
	case p.Purpose != "":
		return p.Purpose
	case p.Kind == "request":
		return "request"
	}
	return "offer"
}

// action is "transfer" where money is given, else a service.
func (p *Proposal) action() string {
	if p.Kind == "funding" {
		return "transfer"
	}
	return "deliverService"
}

func (p *Proposal) tags() []any {
	kind := cmp.Or(p.Kind, p.purpose())
	return []any{map[string]any{
		"type": "DefinedTerm", "name": kind, "termCode": kind, "inDefinedTermSet": kindSet,
	}}
}

func (p *Proposal) attachments() []any {
	var list []any
	if p.ApplyURL != "" {
		link := Attachment{Type: "Link", MediaType: "text/html", URL: p.ApplyURL}.document()
		link["rel"] = relApply
		list = append(list, link)
	}
	if len(p.Seeks) > 0 {
		fact := factOf(factSeeks, "Seeks", p.Seeks.value())
		setMap(fact, "valueMap", p.Seeks)
		list = append(list, fact)
	}
	if len(p.Countries) > 0 {
		list = append(list, factOf(factCountries, "Countries", strings.Join(p.Countries, ", ")))
	}
	if len(p.Partnerships) > 0 {
		list = append(list, factOf(factPartnerships, "Types of partnership", strings.Join(p.Partnerships, ", ")))
	}
	if len(p.Partners) > 0 {
		list = append(list, factOf(factPartners, "Types of partners", strings.Join(p.Partners, ", ")))
	}
	return list
}

func factOf(id, name, value string) map[string]any {
	return map[string]any{"type": "PropertyValue", "propertyID": id, "name": name, "value": value}
}

// document writes an amount as schema.org's MonetaryAmount. It is a string:
// a float would not keep it.
func (m *Money) document(key string) map[string]any {
	return map[string]any{"type": "MonetaryAmount", key: m.Amount, "currency": m.Currency}
}
