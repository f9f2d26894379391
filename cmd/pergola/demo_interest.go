package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

// A demoAnswer is an answer to a call of another node: sent from the own one; when
// it has an address, typed at the form of the other; or replied.
type demoAnswer struct {
	To string
	// Title is that of the call in its first language.
	Title string
	hub.Expression
	// Reply has it said in a note below the call, as people on the fediverse do.
	Reply bool
	// Talk is what the caller says to it, "" for nothing yet.
	Talk string
}

func (a demoAnswer) expression() hub.Expression {
	a.Consented = time.Now()
	return a.Expression
}

// answerCalls has the clusters follow those whose calls they answer, and answer
// them; the callers go on with some.
func (d *demo) answerCalls(ctx context.Context) error {
	who := hub.Program("demo")
	for _, n := range d.set {
		h := d.node(n.Organisation.Name).hub
		for _, actor := range n.Follows {
			if _, err := h.Follow(ctx, who, d.address(actor)+"/a/"+actor); err != nil {
				return fmt.Errorf("following %s: %w", actor, err)
			}
		}
		for _, a := range n.Answers {
			at := h
			if a.Email != "" || a.Reply {
				at = d.node(a.To).hub
			}
			var call hub.Entry
			if err := d.await(ctx, "calls where they are answered", func() (int, int, error) {
				es, err := at.OpenCalls(ctx, hub.FeedFilter{}, hub.Page{Limit: 100})
				i := slices.IndexFunc(es, func(e hub.Entry) bool { return e.Texts[0].Title == a.Title })
				if i < 0 {
					return 0, 1, err
				}
				call = es[i]
				return 1, 1, err
			}); err != nil {
				return err
			}
			answer := d.answerCall
			if a.Reply {
				answer = d.replyToCall
			}
			if err := answer(ctx, d.node(n.Organisation.Name), call, a); err != nil {
				return fmt.Errorf("answering %q: %w", a.Title, err)
			}
		}
	}
	return nil
}

func (d *demo) answerCall(ctx context.Context, from *node, call hub.Entry, a demoAnswer) error {
	who, caller := hub.Program("demo"), d.node(a.To).hub
	if a.Email != "" {
		_, err := caller.ExpressByForm(ctx, call.ID, a.expression(), "demo")
		return err
	}
	sent, err := from.hub.Express(ctx, who, call.ID, a.expression())
	if err != nil || a.Talk == "" {
		return err
	}
	var came hub.InterestView
	if err := d.await(ctx, "answers at the caller", func() (int, int, error) {
		all, err := caller.Interests(ctx, who, hub.Caller, hub.Page{Limit: 100})
		i := slices.IndexFunc(all, func(v hub.InterestView) bool { return v.Offer == sent.Offer })
		if i < 0 {
			return 0, 1, err
		}
		came = all[i]
		return 1, 1, err
	}); err != nil {
		return err
	}
	return caller.Broker(ctx, who, came.ID, hub.InterestTalking, a.Talk)
}

// replyToCall replies to a call with a note, as programs of the fediverse do.
func (d *demo) replyToCall(ctx context.Context, from *node, call hub.Entry, a demoAnswer) error {
	o, err := from.hub.Organisation(ctx)
	if err != nil {
		return err
	}
	note := vocab.Object{
		ID: from.base.String() + "/o/reply", Type: "Note", AttributedTo: d.actor(o.Name), InReplyTo: call.ID, URL: from.base.String() + "/",
		Content: vocab.Text{{Lang: o.Languages[0], Value: "<p>" + html.EscapeString(a.Message) + "</p>"}},
		To:      []string{vocab.Public}, CC: []string{call.Author}, Published: time.Now(),
	}
	create := vocab.Activity{
		ID: from.base.String() + "/x/reply", Type: "Create", Actor: note.AttributedTo, ObjectID: note.ID, Object: &note,
		To: note.To, CC: note.CC, Published: note.Published,
	}
	if err := from.db.Update(ctx, func(tx hub.Tx) error {
		return from.fed.Send(ctx, tx, federation.Sending{From: o.Name, Activity: create, Inboxes: []string{call.Author + "/inbox"}})
	}); err != nil {
		return err
	}
	return d.await(ctx, "replies at the caller", func() (int, int, error) {
		n, err := d.node(a.To).hub.HeldReplies(ctx)
		return n, 1, err
	})
}

// answerCall goes to a call at the alliance in Ukraine that it has not answered yet.
func (k *desk) answerCall(ctx context.Context, lang string) (string, error) {
	at := k.demo.room("uca")
	h, who := at.now().hub, hub.Program("demo desk")
	calls, err := h.OpenCalls(ctx, hub.FeedFilter{}, hub.Page{Limit: 100})
	if err != nil {
		return "", err
	}
	answered, err := h.Interests(ctx, who, hub.Answerer, hub.Page{Limit: 100})
	if err != nil {
		return "", err
	}
	for _, c := range slices.Backward(calls) { // the latest deadlines are last
		if c.Own || c.Call.Closed || slices.ContainsFunc(answered, func(v hub.InterestView) bool { return v.Call == c.ID }) {
			continue
		}
		return k.enter(ctx, at, "/"+lang+"/item?id="+url.QueryEscape(c.ID))
	}
	return "", errors.New("every call has an answer: look at the alliance's Answers")
}
