package hub

import (
	"context"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// A Call is what a cooperation call has beside its texts: who seeks whom or
// what, until when.
type Call struct {
	Purpose Purpose
	// Seeks says in a line who or what is sought, in the item's languages.
	Seeks vocab.Text
	// Countries are ISO 3166-1 alpha-2 codes of where partners are sought.
	Countries []string
	// Partnerships are the kinds of partnership sought, Partners the kinds of
	// partners: of PartnershipTerms and PartnerTerms; in a call of others also
	// words of theirs.
	Partnerships, Partners []string
	// UpTo is the most for one applicant, Total what there is altogether;
	// Amount is "" when not said.
	UpTo, Total vocab.Money
	// Opens and Deadline may be zero.
	Opens, Deadline When
	// PreviousDeadline is what the deadline was before it was moved.
	PreviousDeadline When
	// ApplyURL is where to apply or to read more.
	ApplyURL string
	Closed   bool
}

// Over is when the deadline has passed; zero for a call without one.
func (c Call) Over() time.Time { return c.Deadline.Over() }

// A Purpose is what a call is for.
type Purpose string

// The purposes: which way the money is going to flow.
const (
	Offer   Purpose = "offer"
	Request Purpose = "request"
	Funding Purpose = "funding"
	Other   Purpose = "other"
)

// PartnershipTerms are the kinds of partnership that a call may seek, those of
// the Enterprise Europe Network.
func PartnershipTerms() []string {
	return []string{"commercial", "commercial-technical", "supplier", "outsourcing", "investment", "rd-cooperation"}
}

// PartnerTerms are the kinds of partners, by size and by what they are.
func PartnerTerms() []string {
	return []string{"sme-10", "sme-49", "sme-249", "larger", "rd-institution", "university", "public-body", "cluster", "investor", "individual"}
}

// Terms are the names of terms, with commas between them; a term that is not
// known stands as it is. key is how the keys of the names begin.
func Terms(p *locale.Printer, key string, known, terms []string) string {
	names := make([]string, 0, len(terms))
	for _, t := range terms {
		if slices.Contains(known, t) {
			t = p.T(key + strings.ReplaceAll(t, "-", "_"))
		}
		names = append(names, t)
	}
	return strings.Join(names, ", ")
}

// CloseCall says that a call takes no more answers.
func (h *Hub) CloseCall(ctx context.Context, who Who, id string) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		if it.Call == nil {
			return ErrNotFound
		}
		if it.Call.Closed {
			return ErrConflict
		}
		it.Call.Closed = true
		return nil
	})
}
