package web

import "pergola/hub"

// A checklist is how good a call is, and what would make it better.
type checklist struct {
	Lines []pointLine
	// Score is how many of the points are there, Whole that all are.
	Score string
	Whole bool
}

// A pointLine is a point of it; Link leads to where it can be mended.
type pointLine struct {
	Text, Link string
	Done       bool
}

// checklist is that of a call whose form is at a path, "" for the same page.
func (f frame) checklist(it hub.Item, form string) *checklist {
	c, done := checklist{}, 0
	for _, p := range hub.Checklist(it, f.Org.Languages) {
		if p.Done {
			done++
		}
		c.Lines = append(c.Lines, pointLine{Text: f.T("check_call_" + p.Key), Link: form + "#" + inputID(p.Field), Done: p.Done})
	}
	c.Score = f.T("check_call_score", "Done", f.Number(done), "All", f.Number(len(c.Lines)))
	c.Whole = done == len(c.Lines)
	return &c
}
