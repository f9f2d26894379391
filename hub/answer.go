package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"html"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/text"
)

// checkAnswer is what was typed for an answer, tidied.
func checkAnswer(field, typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	var e InvalidError
	wanted(typed, true, maxAnswer, field, &e)
	return typed, e.err()
}

// Answer says something in a thread: below an own item, or below a reply, whose
// author is told. To what is private the answer is private too.
func (h *Hub) Answer(ctx context.Context, who Who, parent, markdown string) (r Reply, err error) {
	if markdown, err = checkAnswer("answer", markdown); err != nil {
		return r, err
	}
	err = h.editorDoes(ctx, who, "answered", parent, func(tx Tx, o Organisation) error {
		it, to, err := answerable(ctx, tx, parent)
		if err != nil {
			return err
		}
		r = h.newAnswer(o, it, parent, text.Markdown(markdown))
		r.Lang = first(o.Languages)
		var author Profile
		if to != nil {
			r.Private = to.Private
			if author, err = profileOf(ctx, tx, to.Author); err != nil {
				return err
			}
		}
		return h.sendAnswer(ctx, tx, o, r, author)
	})
	return r, err
}

// answerable is what an editor may answer: what may be replied to, and what was
// said to the editors alone.
func answerable(ctx context.Context, tx Tx, parent string) (Item, *Reply, error) {
	it, to, err := threadOf(ctx, tx, parent)
	if !errors.Is(err, ErrNotFound) {
		return it, to, err
	}
	r, gone := tx.Reply(ctx, parent)
	if gone != nil || !r.Private || r.State != Held && r.State != Approved {
		return it, nil, err
	}
	it, err = tx.Item(ctx, r.Item)
	return it, &r, err
}

// profileOf is what is known of a remote actor.
func profileOf(ctx context.Context, tx Tx, id string) (Profile, error) {
	found, err := tx.Profiles(ctx, []string{id})
	return profileIn(found, id), err
}

// profileIn is that of an actor among some; of one who is not there the id is all
// that is known.
func profileIn(all []Profile, id string) Profile {
	if i := slices.IndexFunc(all, func(p Profile) bool { return p.ID == id }); i >= 0 {
		return all[i]
	}
	return Profile{ID: id, Name: id, URL: id}
}

// newAnswer is something that we say in a thread.
func (h *Hub) newAnswer(o Organisation, it Item, parent, body string) Reply {
	r := Reply{ID: h.objectID(h.newID()), Item: it.ID, Parent: parent, Author: h.Self(o), Own: true, State: Approved, HTML: body, Received: now()}
	r.Published = r.Received.Truncate(time.Second)
	r.Updated, r.URL = r.Published, r.ID
	if it.Own {
		r.URL = it.URL + "#" + Anchor(r.ID)
	}
	return r
}

// Anchor is the place of a reply on the page of its item: short, and another for
// each id.
func Anchor(id string) string {
	sum := fnv.New64a()
	sum.Write([]byte(id)) // never fails
	return fmt.Sprintf("r-%x", sum.Sum64())
}

// sendAnswer keeps an answer and sends it to whom it is for: the author of what
// is answered (none when ID is "") and those followers who got the item; a
// private one to the author alone.
func (h *Hub) sendAnswer(ctx context.Context, tx Tx, o Organisation, r Reply, to Profile) error {
	obj := answerObject(r, to)
	var err error
	if r.Wire, err = obj.JSON(); err != nil {
		return fmt.Errorf("writing %s: %w", r.ID, err)
	}
	if err := tx.InsertReply(ctx, r); err != nil {
		return err
	}
	inboxes, err := h.answerInboxes(ctx, tx, o, r, to)
	if err != nil {
		return err
	}
	return h.sendUnlisted(ctx, tx, o, vocab.Activity{Type: "Create", ObjectID: obj.ID, Object: &obj, To: obj.To, CC: obj.CC, Published: obj.Published}, inboxes)
}

// sendUnlisted sends something that is not for the outbox, which is read for
// what the organisation publishes.
func (h *Hub) sendUnlisted(ctx context.Context, tx Tx, o Organisation, a vocab.Activity, inboxes []string) error {
	a.ID, a.Actor = h.activityID(h.newID()), h.Self(o)
	return h.fed.Send(ctx, tx, federation.Sending{From: o.Name, Activity: a, Inboxes: inboxes, Key: a.ObjectID})
}

func (h *Hub) answerInboxes(ctx context.Context, tx Tx, o Organisation, r Reply, to Profile) ([]string, error) {
	var inboxes []string
	if !r.Private {
		followers, err := tx.FollowerInboxes(ctx, o.Name)
		if err != nil {
			return nil, err
		}
		got, err := tx.ReceivedBy(ctx, r.Item)
		if err != nil {
			return nil, err
		}
		inboxes = slices.DeleteFunc(followers, func(inbox string) bool { return !slices.Contains(got, inbox) })
	}
	if to.ID == "" {
		return inboxes, nil
	}
	reach := tx.ActorReach // once, when the author is a follower as well
	if r.Private {
		reach = tx.ActorInbox
	}
	author, err := reach(ctx, to.ID)
	return append(inboxes, author), err
}

// answerObject is an answer as it leaves the house: a Note that names whom it is
// for, because others tell people of what mentions them. (Mastodon 4.5: a reply
// without a Mention notifies nobody)
func answerObject(r Reply, to Profile) vocab.Object {
	obj := vocab.Object{
		ID: r.ID, Type: "Note", AttributedTo: r.Author, InReplyTo: r.Parent, Published: r.Published, Language: r.Lang, URL: r.URL,
	}
	body := r.HTML
	if to.ID != "" {
		name := cmp.Or(to.Handle, to.Name)
		short, _, _ := strings.Cut(strings.TrimPrefix(name, "@"), "@")
		mention := `<span class="h-card"><a href="` + html.EscapeString(to.URL) + `" class="u-url mention">@<span>` + html.EscapeString(short) + `</span></a></span> `
		if rest, ok := strings.CutPrefix(body, "<p>"); ok {
			body = "<p>" + mention + rest
		} else {
			body = "<p>" + mention + "</p>" + body
		}
		obj.Tags = []vocab.Tag{{Type: "Mention", Name: name, Href: to.ID}}
	}
	obj.Content = vocab.Text{{Lang: r.Lang, Value: body}}
	switch {
	case r.Private:
		obj.To, obj.URL = []string{to.ID}, ""
	case to.ID != "":
		obj.To, obj.CC = []string{vocab.Public}, []string{to.ID, r.Author + "/followers"}
	default:
		obj.To, obj.CC = []string{vocab.Public}, []string{r.Author + "/followers"}
	}
	return obj
}

// DeleteAnswer takes back what we said in a thread: everybody who got it is told.
func (h *Hub) DeleteAnswer(ctx context.Context, who Who, id string) error {
	return h.editorDoes(ctx, who, "deleted_answer", id, func(tx Tx, o Organisation) error {
		r, err := tx.Reply(ctx, id)
		if err != nil {
			return err
		}
		if !r.Own || r.State == Removed {
			return ErrNotFound
		}
		return h.removeAnswer(ctx, tx, o, r)
	})
}

func (h *Hub) removeAnswer(ctx context.Context, tx Tx, o Organisation, r Reply) error {
	r.State, r.Decided = Removed, now()
	if err := tx.UpdateReply(ctx, r); err != nil {
		return err
	}
	inboxes, err := tx.ReceivedBy(ctx, r.ID)
	if err != nil {
		return err
	}
	to := []string{vocab.Public}
	if r.Private {
		// Public would tell the world of what it never saw.
		to = nil
	}
	grave := answerTombstone(r)
	if err := h.sendUnlisted(ctx, tx, o, vocab.Activity{Type: "Delete", ObjectID: r.ID, Object: &grave, To: to, Published: r.Decided}, inboxes); err != nil {
		return err
	}
	return tx.RedactActivities(ctx, r.ID)
}

func answerTombstone(r Reply) vocab.Object {
	return vocab.Object{ID: r.ID, Type: "Tombstone", FormerType: "Note", Deleted: r.Decided}
}
