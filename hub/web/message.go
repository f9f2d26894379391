package web

import (
	"errors"
	"net/http"

	"pergola/hub"
)

// A messagesPage is what visitors have written to the office.
type messagesPage struct {
	frame
	Open, Settled []messageRow
	// More and MoreSettled are the addresses of older ones.
	More, MoreSettled string
	// Keeps is how long they are kept, in words.
	Keeps string
}

// A messageRow is a message.
type messageRow struct {
	hub.Message
	At stamp
	// Settled says by whom and when it was dealt with.
	Settled string
	Settle  *postForm
	Delete  rowAction
}

// messages shows what was written, the open ones first.
func (s *Site) messages(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	open, err := s.hub.Messages(r.Context(), who, false, hub.Page{After: r.URL.Query().Get("after"), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	done, err := s.hub.Messages(r.Context(), who, true, hub.Page{After: r.URL.Query().Get("settled"), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	f.Title, f.NoIndex = f.T("messages_title"), true
	p := messagesPage{frame: f, Keeps: f.N("contact_keeps", int(hub.KeepMessages.Hours()/24))}
	if len(open) > pageSize {
		open = open[:pageSize]
		p.More = query(f.Path("/office/messages"), "after", open[pageSize-1].ID)
	}
	for _, m := range open {
		row := f.messageRow(m)
		row.Settle = &postForm{
			Action: f.Path("/office/messages/done"), Label: f.T("message_settle"), Class: "primary",
			About: f.T("message_settle") + ": " + m.Name, Hidden: []hidden{{"id", m.ID}},
		}
		p.Open = append(p.Open, row)
	}
	if len(done) > pageSize {
		done = done[:pageSize]
		p.MoreSettled = query(f.Path("/office/messages"), "settled", done[pageSize-1].ID)
	}
	for _, m := range done {
		row := f.messageRow(m)
		row.Settled = f.T("report_done", "Who", m.DoneBy, "When", f.DateTime(m.Done.In(f.zone)))
		p.Settled = append(p.Settled, row)
	}
	return s.render(w, r, "office_messages", p)
}

func (f frame) messageRow(m hub.Message) messageRow {
	remove := rowAction{
		Link: query(f.Path("/office/messages/delete"), "id", m.ID), Label: f.T("charter_remove_do"), Class: "danger",
		About: f.T("charter_remove_do") + ": " + m.Name,
	}
	return messageRow{Message: m, At: f.stamp(m.Received), Delete: remove}
}

// settleMessage says that a message is dealt with. What is so already is: the button
// was pressed twice.
func (s *Site) settleMessage(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	if err := s.hub.SettleMessage(r.Context(), who, r.PostFormValue("id")); err != nil && !errors.Is(err, hub.ErrConflict) {
		return err
	}
	s.flash(w, "report_settled")
	return s.redirect(w, r, "/"+s.language(r)+"/office/messages")
}

// confirmDeleteMessage asks whether a message is really to be forgotten.
func (s *Site) confirmDeleteMessage(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	m, err := s.hub.Message(r.Context(), who, r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	p := confirmPage{
		frame: f, Question: f.T("message_delete"), Consequence: f.T("message_delete_help"), Subject: phrase{Text: m.Name + ", " + m.Email},
		Action: f.Path("/office/messages/delete"), Hidden: []hidden{{"id", m.ID}},
		Button: f.T("charter_remove_do"), Class: "danger", Back: f.Path("/office/messages"),
	}
	p.Title, p.NoIndex = p.Question, true
	return s.render(w, r, "confirm", p)
}

// deleteMessage forgets a message. What is gone is gone: the button was pressed
// twice.
func (s *Site) deleteMessage(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	if err := s.hub.DeleteMessage(r.Context(), who, r.PostFormValue("id")); err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	s.flash(w, "charter_removed")
	return s.redirect(w, r, "/"+s.language(r)+"/office/messages")
}
