package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"pergola/hub"
	"pergola/hub/roster"
)

// A demoApplication is what a cluster says when it applies to the association.
type demoApplication struct {
	Motivation string
	Members    int
	// Staff is a number of posts: "0.5".
	Staff   string
	Kinds   []hub.MemberKind
	English string
	// Waiting says that the office has not decided yet. Meanwhile the cluster is
	// followed as others are that are no members.
	Waiting bool
}

func (a demoApplication) application(o hub.Organisation) (hub.Application, error) {
	staff, ok := hub.ParseStaff(a.Staff)
	if !ok {
		return hub.Application{}, fmt.Errorf("posts of %s: %q is no number", o.Name, a.Staff)
	}
	return hub.Application{
		Website: o.Website, Email: o.Email, Motivation: a.Motivation, Members: a.Members, Staff: staff, Kinds: a.Kinds, English: a.English,
	}, nil
}

// admit has the clusters apply, and the association take them in, which follows
// them then; it follows the others without that.
func (d *demo) admit(ctx context.Context) error {
	who, applied := hub.Program("demo"), 0
	for _, n := range d.clusters() {
		if n.Application == nil {
			continue
		}
		a, err := n.Application.application(n.Organisation)
		if err != nil {
			return err
		}
		if _, err := d.node(n.Organisation.Name).hub.Apply(ctx, who, d.association().base.String()+"/", a); err != nil {
			return fmt.Errorf("applying for %s: %w", n.Organisation.Name, err)
		}
		applied++
	}
	var waiting []hub.MembershipView
	if err := d.await(ctx, "applications at the association", func() (got, want int, err error) {
		waiting, err = d.association().hub.Memberships(ctx, who, hub.Below)
		return len(waiting), applied, err
	}); err != nil {
		return err
	}
	for _, n := range d.clusters() {
		actor := d.actor(n.Organisation.Name)
		if n.Application == nil || n.Application.Waiting {
			if _, err := d.association().hub.Follow(ctx, who, actor); err != nil {
				return fmt.Errorf("following %s: %w", actor, err)
			}
			continue
		}
		for _, v := range waiting {
			if v.Other != actor {
				continue
			}
			if err := d.association().hub.Decide(ctx, who, v.ID, hub.Active, ""); err != nil {
				return fmt.Errorf("taking %s in: %w", actor, err)
			}
		}
	}
	return nil
}

// decide goes to the application that waits for the office, or to all members.
func (k *desk) decide(ctx context.Context, lang string) (string, error) {
	all, err := k.demo.association().hub.Memberships(ctx, hub.Program("demo desk"), hub.Below)
	if err != nil {
		return "", err
	}
	path := "/" + lang + "/office/members"
	for _, v := range all {
		if v.State.Pending() {
			path = "/" + lang + "/office/member?id=" + url.QueryEscape(v.ID)
			break
		}
	}
	return k.enter(ctx, k.demo.first(), path)
}

// enlist fills the directory of a node from its table.
func (d *demo) enlist(ctx context.Context, n demoNode) error {
	if n.Members == "" {
		return nil
	}
	rows, err := roster.Read(n.Members, time.Now())
	if err != nil {
		return err
	}
	var all []roster.Organisation
	for _, r := range rows {
		all = append(all, r.Organisation)
	}
	_, _, err = d.node(n.Organisation.Name).hub.ImportDirectory(ctx, hub.Program("demo"), all)
	return err
}
