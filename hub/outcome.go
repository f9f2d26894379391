package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// An Outcome is what came of a call.
type Outcome string

// Outcomes are all of them.
func Outcomes() []Outcome {
	return []Outcome{"partner-found", "awarded", "withdrawn", "without-result"}
}

// ResultName names what came of a call, "" while nobody has said.
func (c Call) ResultName(p *locale.Printer) string {
	if c.Result == "" {
		return ""
	}
	return p.T("result_" + strings.ReplaceAll(string(c.Result), "-", "_"))
}

// ResultLine is the same with the sentence about it.
func (c Call) ResultLine(p *locale.Printer) string {
	return strings.Join(distinct([]string{c.ResultName(p), c.ResultNote.In(p.Lang())}), " – ")
}

// CloseCall says that a call takes no more answers.
func (h *Hub) CloseCall(ctx context.Context, who Who, id string) (Item, error) {
	return h.closeCall(ctx, who, id, func(Call) bool { return true })
}

func (h *Hub) closeCall(ctx context.Context, who Who, id string, still func(Call) bool) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		if it.Call == nil {
			return ErrNotFound
		}
		if it.Call.Closed || !still(*it.Call) {
			return ErrConflict
		}
		it.Call.Closed = true
		return nil
	})
}

// closedAtOnce is how many calls are closed in one go.
const closedAtOnce = 100

// CloseCalls closes the own calls whose deadline has passed by then. It returns
// how many; it can be called often and by several processes at once.
func (h *Hub) CloseCalls(ctx context.Context, by time.Time) (n int, err error) {
	ids, err := read(ctx, h, func(tx Tx) ([]string, error) { return tx.CallsOver(ctx, by, closedAtOnce) })
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, id := range ids {
		_, err := h.closeCall(ctx, Program("deadline"), id, func(c Call) bool { return !c.Over().After(by) })
		switch {
		case errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrGone):
			// Somebody was faster.
		case err != nil:
			errs = append(errs, fmt.Errorf("closing %s: %w", id, err))
		default:
			n++
		}
	}
	return n, errors.Join(errs...)
}

// RecordResult says what came of a call, which is closed with it.
func (h *Hub) RecordResult(ctx context.Context, who Who, id string, result Outcome, note vocab.Text) (Item, error) {
	return h.edit(ctx, who, id, func(it *Item) error {
		if it.Call == nil {
			return ErrNotFound
		}
		if !slices.Contains(Outcomes(), result) {
			return &InvalidError{[]FieldError{{Field: "result", Problem: "required"}}}
		}
		it.Call.Closed, it.Call.Result, it.Call.ResultNote = true, result, note
		return nil
	})
}

// prolong opens a closed call again whose deadline was moved into what is to
// come; one that has come to something stays closed.
func (c *Call) prolong(was Call, now time.Time) {
	if c.Closed && c.Result == "" && !c.Deadline.At.Equal(was.Deadline.At) && c.Over().After(now) {
		c.Closed = false
	}
}
