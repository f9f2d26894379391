package storage

import (
	"pergola/federation/vocab"
	"pergola/hub"
)

// A callDetail is a call beside the texts of its item.
type callDetail struct {
	Purpose   hub.Purpose `json:"purpose,omitempty"`
	Seeks     [][2]string `json:"seeks,omitempty"`
	Countries []string    `json:"countries,omitempty"`

	Partnerships []string `json:"partnerships,omitempty"`
	Partners     []string `json:"partners,omitempty"`

	UpTo     moneyDetail `json:"up_to,omitzero"`
	Total    moneyDetail `json:"total,omitzero"`
	Opens    whenDetail  `json:"opens,omitzero"`
	Deadline whenDetail  `json:"deadline,omitzero"`
	Was      whenDetail  `json:"deadline_was,omitzero"`
	Apply    string      `json:"apply,omitempty"`
	Closed   bool        `json:"closed,omitempty"`
}

type moneyDetail struct {
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
}

func keepCall(c hub.Call) callDetail {
	return callDetail{
		Purpose: c.Purpose, Seeks: textPairs(c.Seeks), Countries: c.Countries,
		Partnerships: c.Partnerships, Partners: c.Partners,
		UpTo: moneyDetail(c.UpTo), Total: moneyDetail(c.Total),
		Opens: keepWhen(c.Opens), Deadline: keepWhen(c.Deadline), Was: keepWhen(c.PreviousDeadline), Apply: c.ApplyURL, Closed: c.Closed,
	}
}

func (d callDetail) call() *hub.Call {
	return &hub.Call{
		Purpose: d.Purpose, Seeks: pairsText(d.Seeks), Countries: d.Countries,
		Partnerships: d.Partnerships, Partners: d.Partners,
		UpTo: vocab.Money(d.UpTo), Total: vocab.Money(d.Total),
		Opens: d.Opens.when(), Deadline: d.Deadline.when(), PreviousDeadline: d.Was.when(), ApplyURL: d.Apply, Closed: d.Closed,
	}
}
