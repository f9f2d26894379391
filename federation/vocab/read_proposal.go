package vocab

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The facts that a call of ours states as PropertyValue, by their propertyID.
const (
	factSeeks        = "seeks"
	factCountries    = "countries"
	factPartnerships = "partnership-types"
	factPartners     = "partner-types"
	factMatter       = "matter"
	factRole         = "expected-role"
	factStage        = "stage"
	factTRL          = "TRL"
	factRights       = "ipr"
	factRightsNote   = "ipr-note"
	factCoFunding    = "co-funding"
	factCutOffs      = "cut-offs"
	factLanguages    = "languages"
	factBehalf       = "on-behalf-of"
	factResult       = "result"
)

// What is read of the terms of a fact at most: bytes of one, and how many.
const (
	maxTerm  = 100
	maxTerms = 30
)

func isProposal(n *node) bool {
	return typeOf(n) == "Proposal" || n.get("publishes") != nil || n.get("purpose") != nil
}

// readProposal reads what FEP-0837 says, and what our calls say beside it in
// schema.org's words.
func readProposal(n *node) *Proposal {
	intent := n.get("publishes").first()
	p := &Proposal{
		Purpose:   strings.TrimPrefix(n.short("purpose"), "vf:"),
		Opens:     n.get("startTime").time(),
		Deadline:  n.get("endTime").time(),
		Zone:      n.short("timezone"),
		Closed:    intent.get("finished").truth(),
		Wanted:    intent.get("availableQuantity").first().count("hasNumericalValue"),
		Keywords:  readTerms(strings.Join(n.get("keywords").strings(maxTerms), ",")),
		Programme: readProgramme(n.get("isPartOf").first()),
	}
	if p.Purpose != "offer" && p.Purpose != "request" {
		p.Purpose = ""
	}
	p.Kind = readKind(n, p.Purpose)
	switch status := n.get("creativeWorkStatus").str(); {
	case status == statusClosed:
		p.Closed = true
	case isResult(status):
		p.Closed, p.Result = true, status
	}
	for _, party := range readParties(cmp.Or(intent.get("provider"), intent.get("receiver"))) {
		if party.Name != "" && p.Behalf == (Party{}) {
			p.Behalf = party
		}
	}
	for _, v := range n.get("attachment").list() {
		if isApply(&v) && p.ApplyURL == "" {
			p.ApplyURL = addressOf(v.get("href"))
		} else if isCallFact(&v) {
			p.readFact(&v)
		}
	}
	for _, v := range n.get("tag").list() {
		term := v.short("termCode")
		for _, set := range []struct {
			of   string
			into *[]string
		}{{nutsSet, &p.Regions}, {naceSet, &p.Sectors}} {
			if v.short("inDefinedTermSet") == set.of && term != "" && len(*set.into) < maxTerms && !slices.Contains(*set.into, term) {
				*set.into = append(*set.into, term)
			}
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

// readFact reads what a fact of a call says.
func (p *Proposal) readFact(v *node) {
	value := v.get("value").str()
	switch v.get("propertyID").str() {
	case factSeeks:
		p.Seeks = v.textOf("value", maxName)
	case factRole:
		p.Role = v.textOf("value", maxSummary)
	case factRightsNote:
		p.RightsNote = v.textOf("value", maxName)
	case factResult:
		p.ResultNote = v.textOf("value", maxName)
	case factCountries:
		p.Countries = readCountries(value)
	case factPartnerships:
		p.Partnerships = readTerms(value)
	case factPartners:
		p.Partners = readTerms(value)
	case factLanguages:
		p.Languages = readTerms(value)
	case factBehalf:
		p.BehalfTerms = readTerms(value)
	case factMatter:
		p.Matter = bounded(strings.TrimSpace(value), maxTerm)
	case factStage:
		p.Stage = bounded(strings.TrimSpace(value), maxTerm)
	case factRights:
		p.Rights = bounded(strings.TrimSpace(value), maxTerm)
	case factCoFunding:
		p.CoFunding = v.count("value")
	case factTRL:
		p.TRLFrom, p.TRLTo = v.count("minValue"), v.count("maxValue")
	case factCutOffs:
		for _, term := range readTerms(value) {
			if at, err := time.Parse(time.RFC3339, term); err == nil {
				p.CutOffs = append(p.CutOffs, at)
			}
		}
	}
}

func readProgramme(n *node) Programme {
	return Programme{Name: bounded(n.textOf("name", maxName).value(), maxShort), Call: n.short("identifier"), URL: n.get("url").link()}
}

// isResult recognises the terms for what came of a call.
func isResult(s string) bool {
	return slices.Contains([]string{"partner-found", "awarded", "withdrawn", "without-result"}, s)
}

// readKind returns our finer kind of a call, which stands in a DefinedTerm;
// without one the purpose has to do.
func readKind(n *node, purpose string) string {
	for _, v := range n.get("tag").list() {
		if t := v.short("termCode"); v.short("inDefinedTermSet") == kindSet && isKind(t) {
			return t
		}
	}
	return cmp.Or(purpose, "other")
}

func isKind(s string) bool {
	return slices.Contains([]string{"offer", "request", "funding", "other"}, s)
}

// isCallTag recognises the terms that a call's own fields say.
func isCallTag(t Tag) bool { return t.Set == kindSet || t.Set == nutsSet || t.Set == naceSet }

// isCallFact recognises the facts that a call's own fields say.
func isCallFact(n *node) bool {
	if typeOf(n) != "PropertyValue" {
		return false
	}
	switch n.get("propertyID").str() {
	case factMatter, factSeeks, factCountries, factPartnerships, factPartners, factRole, factStage, factTRL, factRights, factRightsNote,
		factCoFunding, factCutOffs, factLanguages, factBehalf, factResult:
		return true
	}
	return false
}

// isFact recognises the PropertyValue of that id.
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
