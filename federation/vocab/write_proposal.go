package vocab

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-fed/activity/streams"
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
		extra["creativeWorkStatus"] = cmp.Or(p.Result, statusClosed)
	}
	if p.Wanted > 0 {
		intent["availableQuantity"] = map[string]any{"hasUnit": "one", "hasNumericalValue": strconv.Itoa(p.Wanted)}
	}
	if p.Behalf != (Party{}) {
		side := "receiver"
		if p.purpose() == "offer" {
			side = "provider"
		}
		intent[side] = parties([]Party{p.Behalf})[0]
	}
	extra["publishes"] = intent
	putList(extra, "keywords", p.Keywords)
	if p.Programme != (Programme{}) {
		whole := map[string]any{"type": "CreativeWork"}
		put(whole, "name", p.Programme.Name)
		put(whole, "identifier", p.Programme.Call)
		put(whole, "url", p.Programme.URL)
		extra["isPartOf"] = whole
	}
	setTime(streams.NewActivityStreamsStartTimeProperty(), t.SetActivityStreamsStartTime, p.Opens)
	setTime(streams.NewActivityStreamsEndTimeProperty(), t.SetActivityStreamsEndTime, p.Deadline)
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
	list := []any{definedTerm(kind, kindSet)}
	for _, r := range p.Regions {
		list = append(list, definedTerm(r, nutsSet))
	}
	for _, s := range p.Sectors {
		list = append(list, definedTerm(s, naceSet))
	}
	return list
}

// definedTerm writes a term of a vocabulary as schema.org does.
func definedTerm(term, set string) map[string]any {
	return map[string]any{"type": "DefinedTerm", "name": term, "termCode": term, "inDefinedTermSet": set}
}

func (p *Proposal) attachments() []any {
	var list []any
	if p.ApplyURL != "" {
		link := Attachment{Type: "Link", MediaType: "text/html", URL: p.ApplyURL}.document()
		link["rel"] = relApply
		list = append(list, link)
	}
	say := func(id, name string, text Text) {
		if len(text) > 0 {
			fact := factOf(id, name, text.value())
			setMap(fact, "valueMap", text)
			list = append(list, fact)
		}
	}
	terms := func(id, name string, terms ...string) {
		if value := strings.Join(terms, ", "); value != "" {
			list = append(list, factOf(id, name, value))
		}
	}
	terms(factMatter, "Subject", p.Matter)
	say(factSeeks, "Seeks", p.Seeks)
	terms(factCountries, "Countries", p.Countries...)
	terms(factPartnerships, "Types of partnership", p.Partnerships...)
	terms(factPartners, "Types of partners", p.Partners...)
	say(factRole, "Expected role of the partner", p.Role)
	terms(factStage, "Stage of development", p.Stage)
	if p.TRLFrom > 0 || p.TRLTo > 0 {
		fact := factOf(factTRL, "Technology readiness level", p.levels())
		for key, n := range map[string]int{"minValue": p.TRLFrom, "maxValue": p.TRLTo} {
			if n > 0 {
				fact[key] = n
			}
		}
		list = append(list, fact)
	}
	terms(factRights, "Intellectual property", p.Rights)
	say(factRightsNote, "About the intellectual property", p.RightsNote)
	if p.CoFunding > 0 {
		terms(factCoFunding, "Co-funding in per cent", strconv.Itoa(p.CoFunding))
	}
	var cutOffs []string
	for _, at := range p.CutOffs {
		cutOffs = append(cutOffs, at.Format(time.RFC3339))
	}
	terms(factCutOffs, "Cut-off dates", cutOffs...)
	terms(factLanguages, "Languages accepted", p.Languages...)
	terms(factBehalf, "On behalf of", p.BehalfTerms...)
	say(factResult, "Result", p.ResultNote)
	return list
}

// levels are the levels of readiness for people: "4–6".
func (p *Proposal) levels() string {
	var ends []string
	for _, n := range []int{p.TRLFrom, p.TRLTo} {
		if n > 0 {
			ends = append(ends, strconv.Itoa(n))
		}
	}
	return strings.Join(slices.Compact(ends), "–")
}

func factOf(id, name, value string) map[string]any {
	return map[string]any{"type": "PropertyValue", "propertyID": id, "name": name, "value": value}
}

// document writes an amount as schema.org's MonetaryAmount. It is a string:
// a float would not keep it.
func (m *Money) document(key string) map[string]any {
	return map[string]any{"type": "MonetaryAmount", key: m.Amount, "currency": m.Currency}
}
