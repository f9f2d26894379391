package storage

import (
	"context"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A callDetail is a call beside the texts of its item.
type callDetail struct {
	Purpose   hub.Purpose `json:"purpose,omitempty"`
	Matter    string      `json:"matter,omitempty"`
	Seeks     [][2]string `json:"seeks,omitempty"`
	Countries []string    `json:"countries,omitempty"`

	Partnerships []string `json:"partnerships,omitempty"`
	Partners     []string `json:"partners,omitempty"`

	Role      [][2]string     `json:"role,omitempty"`
	Wanted    int             `json:"wanted,omitempty"`
	Regions   []string        `json:"regions,omitempty"`
	Sectors   []string        `json:"sectors,omitempty"`
	Keywords  []string        `json:"keywords,omitempty"`
	Stage     string          `json:"stage,omitempty"`
	TRL       [2]int          `json:"trl,omitzero"`
	Rights    string          `json:"rights,omitempty"`
	RightsSay [][2]string     `json:"rights_note,omitempty"`
	Programme programmeDetail `json:"programme,omitzero"`
	CoFunding int             `json:"co_funding,omitempty"`
	Languages []string        `json:"languages,omitempty"`
	Behalf    behalfDetail    `json:"behalf,omitzero"`
	CutOffs   []whenDetail    `json:"cut_offs,omitempty"`
	Result    hub.Outcome     `json:"result,omitempty"`
	ResultSay [][2]string     `json:"result_note,omitempty"`

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

type programmeDetail struct {
	Name string `json:"name,omitempty"`
	Call string `json:"call,omitempty"`
	URL  string `json:"url,omitempty"`
}

type behalfDetail struct {
	Name    string `json:"name,omitempty"`
	URL     string `json:"url,omitempty"`
	Country string `json:"country,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Size    string `json:"size,omitempty"`
}

func keepCall(c hub.Call) callDetail {
	return callDetail{
		Role: textPairs(c.Role), Wanted: c.Wanted, Regions: c.Regions, Sectors: c.Sectors, Keywords: c.Keywords,
		Stage: c.Stage, TRL: [2]int{c.TRLFrom, c.TRLTo}, Rights: c.Rights, RightsSay: textPairs(c.RightsNote),
		Programme: programmeDetail(c.Programme), CoFunding: c.CoFunding, Languages: c.Languages, Behalf: behalfDetail(c.Behalf),
		Result: c.Result, ResultSay: textPairs(c.ResultNote),

		Purpose: c.Purpose, Matter: c.Matter, Seeks: textPairs(c.Seeks), Countries: c.Countries,
		Partnerships: c.Partnerships, Partners: c.Partners,
		UpTo: moneyDetail(c.UpTo), Total: moneyDetail(c.Total),
		Opens: keepWhen(c.Opens), Deadline: keepWhen(c.Deadline), Was: keepWhen(c.PreviousDeadline), Apply: c.ApplyURL, Closed: c.Closed,
		CutOffs: converted(c.CutOffs, keepWhen),
	}
}

func (d callDetail) call() *hub.Call {
	return &hub.Call{
		Role: pairsText(d.Role), Wanted: d.Wanted, Regions: d.Regions, Sectors: d.Sectors, Keywords: d.Keywords,
		Stage: d.Stage, TRLFrom: d.TRL[0], TRLTo: d.TRL[1], Rights: d.Rights, RightsNote: pairsText(d.RightsSay),
		Programme: vocab.Programme(d.Programme), CoFunding: d.CoFunding, Languages: d.Languages, Behalf: hub.Behalf(d.Behalf),
		Result: d.Result, ResultNote: pairsText(d.ResultSay),

		Purpose: d.Purpose, Matter: d.Matter, Seeks: pairsText(d.Seeks), Countries: d.Countries,
		Partnerships: d.Partnerships, Partners: d.Partners,
		UpTo: vocab.Money(d.UpTo), Total: vocab.Money(d.Total),
		Opens: d.Opens.when(), Deadline: d.Deadline.when(), PreviousDeadline: d.Was.when(), ApplyURL: d.Apply, Closed: d.Closed,
		CutOffs: converted(d.CutOffs, whenDetail.when),
	}
}

// CallsOver implements [hub.PublicationTx].
func (r records) CallsOver(ctx context.Context, by time.Time, limit int) ([]string, error) {
	return readAll(ctx, r, column[string], "looking for", "calls that are over",
		`SELECT id FROM item WHERE ours AND own AND shown AND NOT backfilled AND closes IS NOT NULL AND closes <= $1 ORDER BY closes, id LIMIT $2`,
		by.UnixMilli(), limit)
}
