package hub

import (
	"cmp"
	"context"
	"errors"
	"html"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/text"
)

// A Reply is what somebody says to an item: a comment of somebody else, which
// is shown when an editor has let it through, or an answer of ours. It stands
// in no feed.
type Reply struct {
	// ID is its ActivityPub id and never changes.
	ID string
	// Item is the id of the item at the top of the thread, Parent of what is
	// answered: that item, or another reply.
	Item, Parent string
	// Author is the id of an actor, Own says that it is ours.
	Author string
	Own    bool
	State  ReplyState
	// Private says that it is not for everybody: only editors see it.
	Private bool
	// Lang is a BCP 47 tag, "" where the author did not say; HTML is cleaned.
	Lang, HTML string
	// URL is its page at its author's.
	URL string
	// Published is the author's date, Received when it came.
	Published, Updated, Received time.Time
	// Edited is when the author last changed the text; zero when never.
	Edited time.Time
	// Decided is when an editor decided on it, or when it was deleted.
	Decided time.Time
	// Wire is the document of an answer of ours.
	Wire []byte
}

// A ReplyState is where a reply stands in its life.
type ReplyState string

// The states of a reply. Our answers are approved from the beginning.
const (
	Held     ReplyState = "held"
	Approved ReplyState = "approved"
	Rejected ReplyState = "rejected"
	// Removed is a tombstone: nothing but id, author and thread is left.
	Removed ReplyState = "removed"
)

// ReplyTx keeps what is said to items. Lists leave out those whose author is
// blocked.
type ReplyTx interface {
	// Reply is the one with that id, tombstones included. ErrNotFound.
	Reply(ctx context.Context, id string) (Reply, error)
	// InsertReply returns ErrConflict when the id is taken.
	InsertReply(ctx context.Context, r Reply) error
	// UpdateReply replaces everything but the id; of a removed one the text goes.
	UpdateReply(ctx context.Context, r Reply) error
	// Thread are the replies to an item that are held or approved, in no order.
	Thread(ctx context.Context, item string) ([]Reply, error)
	// Replies are those of others in a state, newest first by Received.
	Replies(ctx context.Context, state ReplyState, p Page) ([]Reply, error)
	// CountReplies counts those of others to an item, in any state: of an
	// author, or of everybody when author is "".
	CountReplies(ctx context.Context, item, author string) (int, error)
	// CountHeld counts those that wait for an editor.
	CountHeld(ctx context.Context) (int, error)
	// ForgetReplies forgets those of others to an item.
	ForgetReplies(ctx context.Context, item string) error
	// PruneReplies forgets those of others that were rejected or removed before.
	PruneReplies(ctx context.Context, before time.Time) (int, error)
}

// TrustTx keeps whose replies are shown without being asked for.
type TrustTx interface {
	// Trusted are their ids, the longest trusted first.
	Trusted(ctx context.Context) ([]string, error)
	IsTrusted(ctx context.Context, actor string) (bool, error)
	SetTrusted(ctx context.Context, actor string, since time.Time) error
	DeleteTrusted(ctx context.Context, actor string) error
}

// How much of others' replies is kept, so that a flood does not fill the disk.
// What was removed or rejected counts until it is forgotten.
const (
	maxRepliesOfAuthor = 20 // to one item
	maxRepliesOfItem   = 1000
	maxHeld            = 2000
	maxReplyHTML       = 16 << 10
	maxAnswer          = 5000
)

// threadOf is the item at the top of the thread in which something may be
// replied to, and the reply that is answered when it is not the item itself.
// ErrNotFound where nobody may: what is not ours, not shown, or deleted.
func threadOf(ctx context.Context, tx Tx, parent string) (Item, *Reply, error) {
	it, err := tx.Item(ctx, parent)
	if err == nil {
		if !it.Own || it.State != Published {
			return it, nil, ErrNotFound
		}
		return it, nil, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return it, nil, err
	}
	if n, err := tx.Notice(ctx, parent); err == nil && n.Deleted.IsZero() {
		// What is said to a notice of a change is said to what changed.
		return threadOf(ctx, tx, n.Item)
	}
	r, err := tx.Reply(ctx, parent)
	if err != nil {
		return it, nil, err
	}
	if r.State != Approved || r.Private && !r.Own {
		return it, nil, ErrNotFound
	}
	if it, err = tx.Item(ctx, r.Item); err == nil && it.State != Published {
		err = ErrNotFound
	}
	return it, &r, err
}

// arrivedReply is the reply to something of ours that a Create or an Update
// brings, nil when it brings none. Like an item it is cleaned before the
// transaction in which it is kept.
func (h *Hub) arrivedReply(ctx context.Context, in federation.Inbound) (*Reply, error) {
	obj := in.Activity.Object
	if in.Activity.Type != "Create" && in.Activity.Type != "Update" || obj == nil || obj.InReplyTo == "" || obj.AttributedTo != in.Actor.ID {
		return nil, nil
	}
	var self string
	err := h.store.View(ctx, func(tx Tx) error {
		if _, _, err := threadOf(ctx, tx, obj.InReplyTo); err != nil {
			return err
		}
		o, err := tx.Organisation(ctx)
		self = h.Self(o)
		return err
	})
	if err != nil {
		return nil, ignore(err, ErrNotFound)
	}
	r, ok := foreignReply(*obj, in.Activity, self, in.At)
	if !ok {
		return nil, nil
	}
	return &r, nil
}

// foreignReply is somebody else's object as a reply: cleaned, bounded, dated.
// It is none when it says nothing, when it is the vote of a poll (Mastodon 4.5:
// a Note with a name and no content), or when it is neither for everybody nor
// for us.
func foreignReply(obj vocab.Object, a vocab.Activity, self string, received time.Time) (Reply, bool) {
	if !slices.Contains([]string{"Note", "Article", "Page"}, obj.Type) || len(obj.Content) == 0 {
		return Reply{}, false
	}
	to := slices.Concat(obj.To, obj.CC)
	if len(to) == 0 {
		to = slices.Concat(a.To, a.CC)
	}
	public := slices.Contains(to, vocab.Public)
	if !public && !slices.Contains(to, self) {
		return Reply{}, false
	}
	r := Reply{
		ID: obj.ID, Parent: obj.InReplyTo, Author: obj.AttributedTo, State: Held, Private: !public,
		Lang: cmp.Or(obj.Content[0].Lang, obj.Language), HTML: replyHTML(obj.Content[0].Value), URL: obj.URL,
		Published: foreignTime(obj.Published), Updated: foreignTime(obj.Updated), Received: received,
	}
	if r.Published.IsZero() || r.Published.After(received) {
		r.Published = received
	}
	switch {
	case r.Updated.IsZero() && a.Type == "Update", r.Updated.After(received.Add(time.Hour)):
		r.Updated = received
	case r.Updated.IsZero():
		r.Updated = r.Published
	}
	if !webURL(r.URL) {
		r.URL = obj.ID
	}
	return r, r.HTML != ""
}

// replyHTML is what may be shown of somebody's comment, "" when there is nothing
// to read in it. Of a very long one the beginning is left, without its form.
func replyHTML(foreign string) string {
	plain := strings.TrimSpace(text.Plain(foreign))
	if plain == "" {
		return ""
	}
	clean := text.Clean(foreign)
	if len(clean) > maxReplyHTML {
		clean = "<p>" + html.EscapeString(text.Excerpt(oneLine(plain), maxAnswer)) + "</p>"
	}
	return clean
}

// receiveReply keeps a reply for the editors, or shows it when they have said
// so of its author. What is known already is replaced when it is newer.
func (h *Hub) receiveReply(ctx context.Context, tx Tx, r Reply) error {
	if err := tx.Lock(ctx, "thread:"+r.Author); err != nil {
		return err
	}
	it, parent, err := threadOf(ctx, tx, r.Parent)
	if err != nil {
		return ignore(err, ErrNotFound)
	}
	r.Item = it.ID
	// What is said to something private is nobody else's business either.
	r.Private = r.Private || !it.Own || parent != nil && parent.Private
	trusted, err := tx.IsTrusted(ctx, r.Author)
	if err != nil {
		return err
	}
	old, err := tx.Reply(ctx, r.ID)
	if err == nil {
		if changed, ok := replaced(old, r, trusted); ok {
			return tx.UpdateReply(ctx, changed)
		}
		return nil
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	// Its Delete may have come first. (ActivityPub, 7)
	if deleted, err := tx.IsUndone(ctx, r.ID); err != nil || deleted {
		return err
	}
	if full, err := isFull(ctx, tx, r); err != nil || full {
		return err
	}
	if trusted && !r.Private {
		r.State = Approved
	}
	return tx.InsertReply(ctx, r)
}

// replaced is a reply after its author has changed it; false when nothing is to
// be done. What an editor let through was the text: another one is held again,
// unless all that its author says is let through.
func replaced(old, r Reply, trusted bool) (Reply, bool) {
	if old.Own || old.Author != r.Author || old.State == Removed || !r.Updated.After(old.Updated) {
		return old, false
	}
	changed := old
	changed.Updated, changed.URL, changed.Lang, changed.HTML = r.Updated, r.URL, r.Lang, r.HTML
	changed.Private = old.Private || r.Private
	if r.HTML != old.HTML {
		changed.Edited = r.Received
		if old.State == Approved && !trusted {
			changed.State = Held
		}
	}
	return changed, true
}

// isFull reports whether there is no room for one more reply.
func isFull(ctx context.Context, tx Tx, r Reply) (bool, error) {
	ofAuthor, err := tx.CountReplies(ctx, r.Item, r.Author)
	if err != nil {
		return false, err
	}
	ofItem, err := tx.CountReplies(ctx, r.Item, "")
	if err != nil {
		return false, err
	}
	held, err := tx.CountHeld(ctx)
	return ofAuthor >= maxRepliesOfAuthor || ofItem >= maxRepliesOfItem || held >= maxHeld, err
}

// removeReply makes a tombstone of somebody's reply; false when it is none that
// is kept. Its author did it, or a moderator of its host: that it is of the
// sender's origin was checked. (FEP-fe34, "Create, update and delete")
func removeReply(ctx context.Context, tx Tx, id string, at time.Time) (bool, error) {
	r, err := tx.Reply(ctx, id)
	if err != nil {
		return false, ignore(err, ErrNotFound)
	}
	if r.Own || r.State == Removed {
		return true, nil
	}
	r.State, r.Decided = Removed, at
	return true, tx.UpdateReply(ctx, r)
}

// Trusted are those whose replies are shown without being asked for.
func (h *Hub) Trusted(ctx context.Context, who Who) ([]Profile, error) {
	return readAs(ctx, h, who, Editor, func(tx Tx) ([]Profile, error) {
		ids, err := tx.Trusted(ctx)
		if err != nil {
			return nil, err
		}
		return tx.Profiles(ctx, ids)
	})
}

// Approve shows somebody's reply; of a private one it says that it was read.
func (h *Hub) Approve(ctx context.Context, who Who, id string) error {
	return h.settleReply(ctx, who, "approved_reply", id, Approved)
}

// Reject does not show somebody's reply, or no more. Its author is not told.
func (h *Hub) Reject(ctx context.Context, who Who, id string) error {
	return h.settleReply(ctx, who, "rejected_reply", id, Rejected)
}

// Reconsider takes a rejection back: the reply waits again.
func (h *Hub) Reconsider(ctx context.Context, who Who, id string) error {
	return h.settleReply(ctx, who, "reconsidered_reply", id, Held)
}

// settleReply moves somebody's reply to a state.
func (h *Hub) settleReply(ctx context.Context, who Who, did, id string, state ReplyState) error {
	return h.editorDoes(ctx, who, did, id, func(tx Tx, _ Organisation) error {
		r, err := tx.Reply(ctx, id)
		if err != nil {
			return err
		}
		if r.Own || r.State == Removed || state == Held && r.State != Rejected {
			return ErrForbidden
		}
		r.State, r.Decided = state, now()
		return tx.UpdateReply(ctx, r)
	})
}

// Trust shows what an author says from now on without being asked for, and the
// reply by which the editor came to know them.
func (h *Hub) Trust(ctx context.Context, who Who, id string) error {
	return h.editorDoes(ctx, who, "trusted", id, func(tx Tx, _ Organisation) error {
		r, err := tx.Reply(ctx, id)
		if err != nil {
			return err
		}
		if r.Own || r.State == Removed {
			return ErrForbidden
		}
		r.State, r.Decided = Approved, now()
		if err := tx.UpdateReply(ctx, r); err != nil {
			return err
		}
		return tx.SetTrusted(ctx, r.Author, r.Decided)
	})
}

// Distrust has what an author says wait for an editor again.
func (h *Hub) Distrust(ctx context.Context, who Who, actor string) error {
	return h.editorDoes(ctx, who, "distrusted", actor, func(tx Tx, _ Organisation) error {
		return tx.DeleteTrusted(ctx, actor)
	})
}

// endResponses ends what was said to an own item that is no more, and what else
// others did with it.
func (h *Hub) endResponses(ctx context.Context, tx Tx, o Organisation, item string) error {
	replies, err := tx.Thread(ctx, item)
	if err != nil {
		return err
	}
	for _, r := range replies {
		if !r.Own {
			continue
		}
		if err := h.removeAnswer(ctx, tx, o, r); err != nil {
			return err
		}
	}
	if err := tx.ForgetReplies(ctx, item); err != nil {
		return err
	}
	return tx.ForgetReactions(ctx, item)
}

// shownActivity refuses what an activity says that was for one alone.
func shownActivity(ctx context.Context, tx Tx, a federation.SentActivity) error {
	r, err := tx.Reply(ctx, a.Object)
	if err == nil && r.Private {
		return ErrNotFound
	}
	if said, err := vocab.DecodeActivity(a.JSON); err == nil && betweenTwo(said) {
		return ErrNotFound
	}
	return ignore(err, ErrNotFound)
}

// replyDocument is what stands under the id of an answer of ours, for programs.
// What is private is shown to nobody.
func replyDocument(ctx context.Context, tx Tx, id string) (federation.Document, error) {
	r, err := tx.Reply(ctx, id)
	if err != nil {
		return federation.Document{}, err
	}
	if !r.Own || r.Private {
		return federation.Document{}, ErrNotFound
	}
	d := federation.Document{JSON: r.Wire, URL: r.URL, Gone: r.State == Removed}
	if d.Gone {
		d.JSON, err = answerTombstone(r).JSON()
	}
	return d, err
}
