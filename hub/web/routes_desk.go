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
	get := func(path string, h handler) { r.Get(lang+path, s.page(h)) }
	post := func(path string, h handler) { r.Post(lang+path, s.page(form(h))) }

	get("/signin", s.signIn)
	post("/signin", s.enter)
	post("/signout", s.leave)
	get("/account", s.account)
	post("/account/password", s.changePassword)
	post("/account/everywhere", s.leaveEverywhere)

	get("/desk", s.desk)
	get("/desk/new/{type}", s.showEditor)
	post("/desk/new/{type}", s.saveItem)
	get("/desk/edit", s.showEditor)
	post("/desk/edit", s.saveItem)
	get("/desk/move", s.moveForm)
	post("/desk/move", s.moveEvent)
	get("/desk/matches", s.matches)
	get("/desk/result", s.resultForm)
	post("/desk/result", s.recordResult)
	get("/desk/online", s.onlineForm)
	post("/desk/online", s.moveOnline)
	get("/desk/programme", s.programmeForm)
	post("/desk/programme", s.saveProgramme)
	get("/desk/invite", s.inviteForm)
	post("/desk/invite", s.invite)
	post("/desk/invite/withdraw", s.uninvite)
	get("/desk/invitations", s.invitations)
	get("/desk/invitations/one", s.invitation)
	post("/desk/invitations/accept", s.answerInvitation(true, "invitation_accepted"))
	post("/desk/invitations/decline", s.answerInvitation(false, "invitation_declined"))
	get("/desk/participants", s.participants)
	get("/desk/participants.csv", s.participantsCSV)
	post("/desk/participants", s.addParticipant)
	post("/desk/participants/accept", s.acceptParticipant)
	post("/desk/participants/decline", s.declineParticipant)
	for _, c := range []itemCommand{s.cancelling(), s.closing(), s.deleting()} {
		get("/desk/"+c.key, s.confirm(c))
		post("/desk/"+c.key, s.perform(c))
	}
	for _, c := range []itemCommand{s.reinstating(), s.undeleting()} {
		post("/desk/"+c.key, s.perform(c))
	}
	get("/desk/replies", s.replies)
	post("/desk/replies/approve", s.onReply(s.hub.Approve, "reply_approved"))
	post("/desk/replies/reject", s.onReply(s.hub.Reject, "reply_rejected"))
	post("/desk/replies/reconsider", s.onReply(s.hub.Reconsider, "reply_reconsidered"))
	post("/desk/replies/trust", s.onReply(s.hub.Trust, "reply_trusted"))
	post("/desk/replies/distrust", s.onReply(s.hub.Distrust, "reply_distrusted"))
	post("/desk/replies/delete", s.onReply(s.hub.DeleteAnswer, "answer_deleted"))
	post("/desk/replies/answer", s.answer)
	post("/desk/replies/answer-of", s.answerOfReply)
	get("/desk/answers", s.interests)
	get("/desk/answers/one", s.interest)
	get("/desk/answers/new", s.expressForm)
	post("/desk/answers/new", s.express)
	post("/desk/answers/move", s.onInterest("interest_moved", s.broker))
	post("/desk/answers/withdraw", s.onInterest("answer_withdrawn", s.withdrawInterest))
	post("/desk/answers/introduce", s.onInterest("introduction_kept", s.introduce))

	post("/desk/pin", s.setPinned(s.hub.Pin, "pinned"))
	post("/desk/unpin", s.setPinned(s.hub.Unpin, "unpinned"))

	get("/office/members", s.members)
	get("/office/member", s.member)
	post("/office/member/decide", s.onMember("decided", s.decide))
	post("/office/member/comment", s.onMember("commented", s.comment))
	post("/office/member/amend", s.onMember("application_amended", s.amend))
	get("/office/member/part", s.confirmPart)
	post("/office/member/part", s.onMember("parted", s.part))
	get("/office/apply", s.applyForm)
	post("/office/apply", s.apply)
	get("/office/directory", s.officeDirectory)
	get("/office/directory/edit", s.editDirectory)
	post("/office/directory/edit", s.saveDirectory)
	get("/office/directory/import", s.importForm)
	post("/office/directory/import", s.importTable)
	post("/office/directory/remove", s.onDirectory("directory_removed", s.removeDirectory))
	post("/office/directory/restore", s.onDirectory("directory_restored", s.restoreDirectory))
	get("/office/charter", s.charter)
	for _, part := range []string{"body", "seat", "label", "contact"} {
		get("/office/charter/"+part, s.partForm(part))
		post("/office/charter/"+part, s.savePart(part))
	}
	get("/office/charter/remove", s.confirmRemovePart)
	post("/office/charter/remove", s.removePart)
	get("/office/messages", s.messages)
	post("/office/messages/done", s.settleMessage)
	get("/office/messages/delete", s.confirmDeleteMessage)
	post("/office/messages/delete", s.deleteMessage)
	get("/office/follow", s.follows)
	post("/office/follow", s.follow)
	get("/office/unfollow", s.confirmUnfollow)
	post("/office/unfollow", s.unfollow)
	post("/office/passing-on", s.setBoostAll)
	post("/office/boost", s.onFeedItem(s.hub.Boost, "boosted"))
	post("/office/unboost", s.onFeedItem(s.hub.Unboost, "unboosted"))
	get("/office/hide", s.hideForm)
	post("/office/hide", s.hide)
	post("/office/unhide", s.onFeedItem(s.hub.Unhide, "unhidden"))
	get("/office/reports", s.reports)
	post("/office/reports/done", s.settle)
	get("/office/blocks", s.blocks)
	post("/office/blocks", s.block)
	post("/office/blocks/end", s.unblock)
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
	get("/office/profile", s.profile)
	post("/office/profile", s.saveProfile)
	r.Post(lang+"/office/picture", s.page(s.upload(s.savePicture)))
	post("/office/picture/remove", s.removePicture)
	get("/office/accounts", s.accounts)
	post("/office/accounts", s.addAccount)
	get("/office/accounts/password", s.passwordForm)
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
