package hub

import (
	"cmp"
	"context"
	"slices"
)

// A ReplyView is a reply with who wrote it and what about.
type ReplyView struct {
	Reply
	By Profile
	// On is the item at the top.
	On Item
	// Depth is how many replies stand above it.
	Depth int
	// Answer is the id of the answer to a call that was made of it, for editors.
	Answer string
}

// Thread is what is said to an item, in the order of a conversation: to each the
// answers below it, the oldest first. With editor set, what is held and what is
// private is there too.
func (h *Hub) Thread(ctx context.Context, item string, editor bool) (views []ReplyView, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		replies, err := tx.Thread(ctx, item)
		if err != nil || len(replies) == 0 {
			return err
		}
		if !editor {
			replies = slices.DeleteFunc(replies, func(r Reply) bool { return r.Private || r.State != Approved })
		}
		if views, err = h.signReplies(ctx, tx, conversation(replies)); err != nil || !editor {
			return err
		}
		if it, err := tx.Item(ctx, item); err != nil || it.Call == nil {
			return ignore(err, ErrNotFound)
		}
		return markAnswers(ctx, tx, views)
	})
	return views, err
}

// conversation puts replies in the order in which a thread is read. What answers
// something that is not among them stands at the top.
func conversation(replies []Reply) []ReplyView {
	slices.SortFunc(replies, func(a, b Reply) int { return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID)) })
	there, below := map[string]bool{}, map[string][]Reply{}
	for _, r := range replies {
		there[r.ID] = true
	}
	for _, r := range replies {
		parent := r.Parent
		if !there[parent] || parent == r.ID {
			parent = ""
		}
		below[parent] = append(below[parent], r)
	}
	var views []ReplyView
	var walk func(parent string, depth int)
	walk = func(parent string, depth int) {
		for _, r := range below[parent] {
			views = append(views, ReplyView{Reply: r, Depth: depth})
			walk(r.ID, depth+1)
		}
	}
	walk("", 0)
	return views
}

// signReplies puts profiles beside replies.
func (h *Hub) signReplies(ctx context.Context, tx Tx, views []ReplyView) ([]ReplyView, error) {
	o, err := tx.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, v := range views {
		ids = append(ids, v.Author)
	}
	slices.Sort(ids)
	profiles, err := tx.Profiles(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	for i, v := range views {
		if views[i].By = profileIn(profiles, v.Author); v.Own {
			views[i].By = h.profile(o)
		}
	}
	return views, nil
}

// Replies are those of others in a state, newest first, for the editor.
func (h *Hub) Replies(ctx context.Context, who Who, state ReplyState, p Page) (views []ReplyView, err error) {
	if err := who.may(Editor); err != nil {
		return nil, err
	}
	err = h.store.View(ctx, func(tx Tx) error {
		replies, err := tx.Replies(ctx, state, p)
		if err != nil {
			return err
		}
		views = nil
		var items []string
		for _, r := range replies {
			views, items = append(views, ReplyView{Reply: r}), append(items, r.Item)
		}
		entries, err := tx.Entries(ctx, items)
		if err != nil {
			return err
		}
		for i := range views {
			for _, e := range entries {
				if e.ID == views[i].Item {
					views[i].On = e.Item
				}
			}
		}
		if views, err = h.signReplies(ctx, tx, views); err != nil {
			return err
		}
		return markAnswers(ctx, tx, views)
	})
	return views, err
}

// HeldReplies is how many replies wait for an editor.
func (h *Hub) HeldReplies(ctx context.Context) (int, error) {
	return read(ctx, h, func(tx Tx) (int, error) { return tx.CountHeld(ctx) })
}
