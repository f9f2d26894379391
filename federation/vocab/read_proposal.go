package vocab

import (
	"regexp"
	"slices"
	"strings"
)

// The facts that a call of ours states as PropertyValue, by their propertyID.
const (
	factSeeks        = "seeks"
	factCountries    = "countries"
	factPartnerships = "partnership-types"
	factPartners     = "partner-types"
)

// What is read of the terms of a fact at most: bytes of one, and how many.
const (
	maxTerm  = 100
	maxTerms = 20
)

func isProposal(n *node) bool {
	return typeOf(n) == "Proposal" || n.get("publishes") != nil || n.get("purpose") != nil
}

// readProposal reads what FEP-0837 says, and what our calls say beside it in
// schema.org's words.
func readProposal(n *node) *Proposal {
	p := &Proposal{
		Purpose:  strings.TrimPrefix(n.short("purpose"), "vf:"),
		Opens:    n.get("startTime").time(),
		Deadline: n.get("endTime").time(),
		Zone:     n.short("timezone"),
		Closed:   n.get("creativeWorkStatus").str() == statusClosed || n.get("publishes").first().get("finished").truth(),
	}
	if p.Purpose != "offer" && p.Purpose != "request" {
		p.Purpose = ""
	}
	p.Kind = readKind(n, p.Purpose)
	for _, v := range n.get("attachment").list() {
		switch {
		case isFact(&v, factSeeks):
			p.Seeks = v.textOf("value", maxName)
		case isFact(&v, factCountries):
			p.Countries = readCountries(v.get("value").str())
		case isFact(&v, factPartnerships):
			p.Partnerships = readTerms(v.get("value").str())
		case isFact(&v, factPartners):
			p.Partners = readTerms(v.get("value").str())
		case isApply(&v) && p.ApplyURL == "":
			p.ApplyURL = addressOf(v.get("href"))
		}
	}
	for _, v := range n.get("funding").first().get("amount").list() {
		if m := readMoney(&v, "maxValue"); m != nil && p.UpTo == nil {
			p.UpTo = m
		}
		if m := readMoney(&v, "value"); m != nil && p.Total == nil {
			p.Total = m
		}
	}
	return p
}

// readKind returns our finer kind of a call, which stands in a DefinedTerm;
// without one the purpose has to do.
func readKind(n *node, purpose string) string {
	for _, v := range n.get("tag").list() {
		if t := v.short("termCode"); v.short("inDefinedTermSet") == kindSet && isKind(t) {
			return t
		}
	}
	if purpose == "" {
		return "other"
	}
	return purpose
}

func isKind(s string) bool {
	switch s {
	case "offer", "request", "funding", "other":
		return true
	}
	return false
}

// withoutKind returns the tags that do not say the kind of a call.
func withoutKind(tags []Tag) []Tag {
	var rest []Tag
	for _, t := range tags {
		if t.Set != kindSet {
			rest = append(rest, t)
		}
	}
	return rest
}

func isFact(n *node, id string) bool {
	return typeOf(n) == "PropertyValue" && n.get("propertyID").str() == id
}

// isApply recognises the Link to where one applies or reads more.
func isApply(n *node) bool {
	if typeOf(n) != "Link" || addressOf(n.get("href")) == "" {
		return false
	}
	for _, v := range n.get("rel").list() {
		if v.kind == isString && v.text == relApply {
			return true
		}
	}
	return false
}

// readCountries reads codes that stand between commas.
func readCountries(s string) []string {
	var codes []string
	for code := range strings.SplitSeq(s, ",") {
		code = strings.ToUpper(strings.TrimSpace(code))
		if len(code) == 2 && 'A' <= code[0] && code[0] <= 'Z' && 'A' <= code[1] && code[1] <= 'Z' && len(codes) < maxIDs {
			codes = append(codes, code)
		}
	}
	return codes
}

// readTerms reads terms that stand between commas, each once.
func readTerms(s string) []string {
	var terms []string
	for term := range strings.SplitSeq(s, ",") {
		term = strings.TrimSpace(term)
		if term != "" && len(term) <= maxTerm && len(terms) < maxTerms && !slices.Contains(terms, term) {
			terms = append(terms, term)
		}
	}
	return terms
}

var (
	amount   = regexp.MustCompile(`^\d{1,15}(\.\d{1,4})?$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// readMoney reads a schema.org MonetaryAmount whose amount is the member key,
// as a string or as a number; nil when it is none.
func readMoney(n *node, key string) *Money {
	v := n.get(key).first()
	if !v.is(isString) && !v.is(isNumber) {
		return nil
	}
	m := Money{Amount: v.text, Currency: n.short("currency")}
	if !amount.MatchString(m.Amount) || !currency.MatchString(m.Currency) {
		return nil
	}
	return &m
}
