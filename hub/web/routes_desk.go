package web

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// maxForm is the most that a form may send: the texts of an item in some
// languages, with room.
const maxForm = 512 << 10

// deskRoutes are the pages of those who sign in; lang is the pattern of the
// language in front of each.
func (s *Site) deskRoutes(r chi.Router, lang string) {
	get := func(path string, h handler) { r.Get(lang+path, s.page(guarded(path, h))) }
	open := func(path string, h handler) { r.Post(lang+path, s.page(form(h))) }
	post := func(path string, h handler) { open(path, guarded(path, h)) }

	r.Get(lang+"/signin", s.page(s.signIn))
	open("/signin", s.enter)
	open("/signout", s.leave)
	get("/account", show(s, "account", s.accountPage))
	post("/account/password", s.changePassword)
	post("/account/everywhere", s.leaveEverywhere)

	get("/desk", s.desk)
	get("/desk/new/{type}", s.showEditor)
	open("/desk/new/{type}", s.signedOrAsked(s.saveItem))
	get("/desk/edit", s.showEditor)
	open("/desk/edit", s.signedOrAsked(s.saveItem))
	get("/desk/move", show(s, "desk_move", s.movePage))
	post("/desk/move", s.moveEvent)
	get("/desk/matches", s.matches)
	get("/desk/result", show(s, "desk_result", s.resultPage))
	post("/desk/result", s.recordResult)
	get("/desk/online", show(s, "desk_online", s.onlinePage))
	post("/desk/online", s.moveOnline)
	get("/desk/programme", s.programmeForm)
	open("/desk/programme", s.signedOrAsked(s.saveProgramme))
	get("/desk/invite", show(s, "desk_invite", s.invitePage))
	post("/desk/invite", s.invite)
	post("/desk/invite/withdraw", s.uninvite)
	get("/desk/invitations", s.invitations)
	get("/desk/invitations/one", s.invitation)
	post("/desk/invitations/accept", s.answerInvitation(true, "invitation_accepted"))
	post("/desk/invitations/decline", s.answerInvitation(false, "invitation_declined"))
	get("/desk/participants", show(s, "desk_participants", s.participantsPage))
	get("/desk/participants.csv", s.participantsCSV)
	post("/desk/participants", s.addParticipant)
	post("/desk/participants/accept", s.acceptParticipant)
	post("/desk/participants/decline", s.declineParticipant)
	for key, do := range map[string]command{"cancel": without(s.hub.CancelEvent), "close": without(s.hub.CloseCall), "delete": without(s.hub.Delete)} {
		get("/desk/"+key, s.confirm(key))
		post("/desk/"+key, s.act(do, "id", "done_"+key, "/desk"))
	}
	post("/desk/reinstate", s.act(without(s.hub.ReinstateEvent), "id", "done_reinstate", "/desk"))
	post("/desk/undelete", s.act(without(s.hub.Undelete), "id", "done_undelete", "/desk"))
	get("/desk/replies", s.replies)
	post("/desk/replies/approve", s.act(s.hub.Approve, "id", "reply_approved", "/desk/replies"))
	post("/desk/replies/reject", s.act(s.hub.Reject, "id", "reply_rejected", "/desk/replies"))
	post("/desk/replies/reconsider", s.act(s.hub.Reconsider, "id", "reply_reconsidered", "/desk/replies"))
	post("/desk/replies/trust", s.act(s.hub.Trust, "id", "reply_trusted", "/desk/replies"))
	post("/desk/replies/distrust", s.act(s.hub.Distrust, "id", "reply_distrusted", "/desk/replies"))
	post("/desk/replies/delete", s.act(s.hub.DeleteAnswer, "id", "answer_deleted", "/desk/replies"))
	post("/desk/replies/answer", s.answer)
	post("/desk/replies/answer-of", s.answerOfReply)
	get("/desk/answers", s.interests)
	get("/desk/answers/one", s.interest)
	get("/desk/answers/new", show(s, "desk_answer_new", s.expressPage))
	post("/desk/answers/new", s.express)
	post("/desk/answers/move", s.onInterest("interest_moved", s.broker))
	post("/desk/answers/withdraw", s.onInterest("answer_withdrawn", s.withdrawInterest))
	post("/desk/answers/introduce", s.onInterest("introduction_kept", s.introduce))

	post("/desk/pin", s.act(s.hub.Pin, "id", "pinned", "/desk"))
	post("/desk/unpin", s.act(s.hub.Unpin, "id", "unpinned", "/desk"))

	get("/office/members", s.members)
	get("/office/member", s.member)
	post("/office/member/decide", s.onMember("decided", s.decide))
	post("/office/member/comment", s.onMember("commented", s.comment))
	post("/office/member/amend", s.onMember("application_amended", s.amend))
	get("/office/member/part", s.confirmPart)
	post("/office/member/part", s.onMember("parted", s.part))
	get("/office/apply", s.applyForm)
	post("/office/apply", s.apply)
	get("/office/directory", show(s, "office_directory", s.officeDirectoryPage))
	get("/office/directory/edit", s.editDirectory)
	post("/office/directory/edit", s.saveDirectory)
	get("/office/directory/import", s.importForm)
	post("/office/directory/import", s.importTable)
	post("/office/directory/remove", s.act(s.hub.RemoveDirectoryEntries, "id", "directory_removed", "/office/directory"))
	post("/office/directory/restore", s.act(s.hub.RestoreDirectoryEntries, "id", "directory_restored", "/office/directory"))
	get("/office/charter", s.charter)
	for _, part := range []string{"body", "seat", "label", "contact"} {
		get("/office/charter/"+part, s.partForm(part))
		post("/office/charter/"+part, s.savePart(part))
	}
	get("/office/charter/remove", s.confirmRemovePart)
	post("/office/charter/remove", s.act(s.hub.RemoveFromCharter, "id", "charter_removed", "/office/charter"))
	get("/office/messages", s.messages)
	post("/office/messages/done", s.act(twice(s.hub.SettleMessage), "id", "report_settled", "/office/messages"))
	get("/office/messages/delete", s.confirmDeleteMessage)
	post("/office/messages/delete", s.deleteMessage)
	get("/office/follow", s.follows)
	post("/office/follow", s.follow)
	get("/office/unfollow", s.confirmUnfollow)
	post("/office/unfollow", s.act(s.hub.Unfollow, "actor", "unfollowed", "/office/follow"))
	post("/office/passing-on", s.setBoostAll)
	post("/office/boost", s.act(twice(s.hub.Boost), "id", "boosted", "/"))
	post("/office/unboost", s.act(twice(s.hub.Unboost), "id", "unboosted", "/"))
	get("/office/hide", s.hideForm)
	post("/office/hide", s.hide)
	post("/office/unhide", s.act(twice(s.hub.Unhide), "id", "unhidden", "/"))
	get("/office/reports", s.reports)
	post("/office/reports/done", s.act(twice(s.hub.Settle), "id", "report_settled", "/office/reports"))
	get("/office/blocks", s.blocks)
	post("/office/blocks", s.block)
	post("/office/blocks/end", s.act(s.hub.Unblock, "subject", "unblocked", "/office/blocks"))
	post("/office/blocks/closed", s.setClosed)
	get("/office/delivery", s.deliveries)
	get("/office/delivery/host", s.lane)
	post("/office/delivery/retry", s.retry)
	get("/office/status", s.status)
	post("/office/examines", s.setExamines)
	get("/office/keys", s.confirmRenewKeys)
	post("/office/keys", s.renewKeys)
	get("/office/digests", s.officeDigests)
	get("/office/digest", s.digestForm)
	post("/office/digest", s.saveDigest)
	post("/office/digest/switch", s.switchDigest)
	get("/office/digest/preview", s.previewDigest)
	get("/office/digest/send", s.confirmSend)
	post("/office/digest/send", s.sendDigest)
	get("/office/profile", show(s, "office_profile", s.profilePage))
	post("/office/profile", s.saveProfile)
	r.Post(lang+"/office/picture", s.page(guarded("/office/picture", s.upload(s.savePicture))))
	post("/office/picture/remove", s.removePicture)
	get("/office/accounts", show(s, "office_accounts", s.accountsPage))
	post("/office/accounts", s.addAccount)
	get("/office/accounts/password", show(s, "office_password", s.passwordPage))
	post("/office/accounts/password", s.setPassword)
	get("/office/accounts/disable", s.confirmDisable)
	post("/office/accounts/disable", s.setDisabled(true, "account_disabled"))
	post("/office/accounts/enable", s.setDisabled(false, "account_enabled"))
}

// form reads what a browser sends of a form, up to a limit, before h runs.
func form(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return formError(err)
		}
		return h(w, r)
	}
}

// formError tells a form that is too large from one that no browser sends.
func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return &hub.InvalidError{}
}
