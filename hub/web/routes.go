package web

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// routes are all pages, in one list.
func (s *Site) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.number, s.recover, s.headers, s.sameOrigin, s.recognise)
	r.NotFound(s.page(s.notFound))
	r.MethodNotAllowed(s.page(s.notAllowed))
	get := func(path string, h handler) {
		r.Get(path, s.page(h))
		r.Head(path, s.page(h))
	}

	get("/", s.root)
	get("/language", s.chooseLanguage)
	get("/contact/{id}", s.contactAnywhere)
	get("/authorize_interaction", s.authorizeInteraction)
	get("/robots.txt", s.robots)
	get("/favicon.ico", s.favicon)
	get("/static/*", s.staticFile)
	get("/media/{file}", s.file(s.hub.Media))
	get("/cache/{file}", s.file(s.hub.Cached))

	lang := "/{lang:(" + strings.Join(s.locale.Languages(), "|") + ")}"
	get(lang, s.slash)
	get(lang+"/", s.home)
	get(lang+"/shared", s.home)
	get(lang+"/feed.atom", s.feedAtom)
	get(lang+"/feed.json", s.feedJSON)
	get(lang+"/events", s.events)
	get(lang+"/events/{id}/register", show(s, "register", s.registerPage))
	r.Post(lang+"/events/{id}/register", s.page(form(s.register)))
	get(lang+"/participation/{token}", s.seat)
	r.Post(lang+"/participation/{token}/take", s.page(form(s.takeSeat)))
	r.Post(lang+"/participation/{token}/withdraw", s.page(form(s.withdraw)))
	get(lang+"/calls", s.calls)
	get(lang+"/calls/{id}/answer", show(s, "answer_form", s.answerFormPage))
	r.Post(lang+"/calls/{id}/answer", s.page(form(s.answerCall)))
	get(lang+"/answer/{token}", s.answerAt)
	r.Post(lang+"/answer/{token}/withdraw", s.page(form(s.withdrawAnswerAt)))
	r.Post(lang+"/answer/{token}/introduce", s.page(form(s.introduceAt)))
	get(lang+"/clusters", s.clusters)
	get(lang+"/clusters/{handle}", s.cluster)
	get(lang+"/members", s.directory)
	get(lang+"/about", s.about)
	get(lang+"/contact/{id}", show(s, "contact", s.contactPage))
	r.Post(lang+"/contact/{id}", s.page(form(s.writeToContact)))
	get(lang+"/join", show(s, "join", s.joinPage))
	r.Post(lang+"/join", s.page(form(s.applyByForm)))
	get(lang+"/application/{token}", s.applicationAt)
	r.Post(lang+"/application/{token}/amend", s.page(form(s.amendAt)))
	r.Post(lang+"/application/{token}/withdraw", s.page(form(s.withdrawAt)))
	get(lang+"/follow-from", s.followFrom)
	r.Post(lang+"/follow-from", s.page(form(s.sendToFollow)))
	get(lang+"/digests", s.digests)
	get(lang+"/digests/{issue}", s.digest)
	get(lang+"/i/{id}", s.ownItem)
	get(lang+"/i/{id}/{slug}", s.ownItem)
	get(lang+"/item", s.foreignItem)
	s.deskRoutes(r, lang)
	return r
}
