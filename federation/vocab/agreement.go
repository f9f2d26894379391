package vocab

import "strings"

// An Agreement is what an Offer proposes in answer to a call, and what the Accept
// of it results in: somebody commits to what the call wants. (FEP-0837,
// "Agreements")
type Agreement struct {
	// Satisfies is the id of the call's primary intent.
	Satisfies string
}

// Satisfying is the agreement on a call.
func Satisfying(call string) *Agreement { return &Agreement{call + primary} }

// Call is the id of the call that the agreement is about, "" when it does not name
// a primary intent as it is recommended.
func (a Agreement) Call() string {
	call, ok := strings.CutSuffix(a.Satisfies, primary)
	if !ok {
		return ""
	}
	return call
}

// primary is the fragment of a proposal's primary intent, and of the commitment
// that satisfies it. (FEP-0837, "Proposals")
const primary = "#primary"

// readAgreement reads the object of an Offer, or the result of its Accept; nil
// when it is none.
func readAgreement(n *node) *Agreement {
	if typeOf(n) != "Agreement" {
		return nil
	}
	return &Agreement{n.get("stipulates").first().get("satisfies").id()}
}

// document writes an agreement; id is "" before it is final.
func (a Agreement) document(id, by string) map[string]any {
	commitment := map[string]any{"type": "Commitment", "resourceQuantity": oneOf()}
	put(commitment, "satisfies", a.Satisfies)
	m := map[string]any{"type": "Agreement", "stipulates": commitment}
	if id != "" {
		m["id"], m["attributedTo"], commitment["id"] = id, by, id+primary
	}
	return m
}

// oneOf is the quantity of what is not counted.
func oneOf() map[string]any { return map[string]any{"hasUnit": "one", "hasNumericalValue": "1"} }
