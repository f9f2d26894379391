package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"pergola/hub"
	"pergola/hub/locale"
)

//go:embed demo/desk.html
var deskPage string

// A desk is the demo's front page: things to try, and what goes between the
// nodes. It speaks English, as code and its readers do.
type desk struct {
	demo  *demo
	texts *locale.Bundle
	page  *template.Template
	mux   *http.ServeMux
}

func newDesk(d *demo, texts *locale.Bundle) *desk {
	k := &desk{demo: d, texts: texts, mux: http.NewServeMux()}
	k.page = template.Must(template.New("desk").Parse(deskPage))
	k.mux.HandleFunc("GET /{$}", k.show("main"))
	k.mux.HandleFunc("GET /exchanges", k.show("exchanges"))
	k.mux.HandleFunc("GET /exchanges/{number}", k.exchange)
	for _, t := range k.trials() {
		k.mux.HandleFunc("POST /try/"+t.Name, k.try(t))
	}
	return k
}

// ServeHTTP implements [http.Handler].
func (k *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if host := fmt.Sprintf("localhost:%d", k.demo.port); r.Host != host {
		http.Error(w, "The desk is at http://"+host+"/", http.StatusMisdirectedRequest)
		return
	}
	http.NewCrossOriginProtection().Handler(k.mux).ServeHTTP(w, r)
}

// A trial is something to try with one click.
type trial struct {
	Name, Title, Text, Button string
	// do returns where to go and see what came of it, in a language.
	do func(ctx context.Context, lang string) (where string, err error)
}

func (k *desk) trials() []trial {
	d := k.demo
	turn := "Switch off"
	if k.off() {
		turn = "Switch on"
	}
	return []trial{
		{"signin", "Sign in as an editor", "You are signed in at the cluster Ízlánc and see the desk where its people write.", "Sign in",
			func(ctx context.Context, lang string) (string, error) {
				return k.enter(ctx, d.room("izlanc"), "/"+lang+"/desk")
			}},
		{"publish", "Publish news", "Ízlánc publishes news. Within a second it stands in the association's feed.", "Publish",
			k.publish},
		{"move", "Move an event", "The next event of Digitálium moves by a day. Its page at the association says so.", "Move",
			func(ctx context.Context, lang string) (string, error) { return k.changeEvent(ctx, lang, k.move) }},
		{"cancel", "Cancel an event", "The next event of Digitálium is cancelled. It stays at the association and says so.", "Cancel",
			func(ctx context.Context, lang string) (string, error) { return k.changeEvent(ctx, lang, k.cancel) }},
		{"switch", "Switch the association off and on", "While it is off, clusters go on publishing; what waits arrives in order when it is back.", turn,
			k.toggle},
		{"office", "Sign in as the office", "You are signed in at the association: follow clusters, pass items on, see how deliveries go.", "Sign in",
			func(ctx context.Context, lang string) (string, error) {
				return k.enter(ctx, d.first(), "/"+lang+"/desk")
			}},
		{"decide", "Decide an application", "You are signed in at the association's office: a cluster would like to be a member again. Ask back, accept or turn it down; its own Members page says the same.", "Decide",
			k.decide},
		{"govern", "See who governs a cluster, and write to it", "The association's page of Ízlánc shows its bodies, its labels and whom to write to, as Ízlánc says it. Pick a role and write; its office reads it under Messages.", "See",
			k.govern},
		{"ask", "Ask others to hold an event with you", "You are signed in at Digitálium: its night in four countries has co-organisers. Ask another cluster; its Invitations page shows it.", "Ask",
			k.ask},
		{"join", "Hold an event together", "You are signed in at Ízlánc, which was asked to hold that night as well. Accept, and the event stands once in the shared feed, under all names.", "Answer",
			k.answer(hub.AnEvent)},
		{"sign", "Sign a position", "You are signed in at Ízlánc's office: the association asks its members to sign a position. It names those who do.", "Answer",
			k.answer(hub.News)},
		{"answer", "Answer a call", "You are signed in at an alliance in Ukraine, at a call of another cluster. Answer it; then sign in there and decide under Answers: both show the same.", "Answer",
			k.answerCall},
		{"reply", "Make an answer of a reply", "You are signed in at Ízlánc: below one of its calls the alliance has replied, as anybody on the fediverse can. Make an answer of it, and decide as on any other.", "See",
			func(ctx context.Context, lang string) (string, error) {
				return k.enter(ctx, d.room("izlanc"), "/"+lang+"/desk/replies")
			}},
		{"digest", "Send the digest now", "It goes out by itself every two minutes when there is anything to tell. You need not wait.", "Send",
			k.digest},
	}
}

// off says whether the association is switched off.
func (k *desk) off() bool { return k.demo.first().shut.Load() }

// errOff answers who wants to look at what is switched off.
var errOff = errors.New("the association is switched off: switch it on first")

// A deskView is what the page shows.
type deskView struct {
	Trials         []trial
	Association    link
	Clusters       []link
	Off            bool
	Exchanges      []exchange
	Digest         string
	User, Password string
	Said           string
}

type link struct{ Name, URL string }

func (k *desk) show(block string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d := k.demo
		v := deskView{Trials: k.trials(), Off: k.off(), Exchanges: d.exchanges.all(), User: demoUser, Password: demoPassword, Said: r.URL.Query().Get("said")}
		for i, n := range d.set {
			l := link{n.Organisation.Title[0].Value, d.address(n.Organisation.Name) + "/"}
			if i == 0 {
				v.Association = l
			} else {
				v.Clusters = append(v.Clusters, l)
			}
		}
		v.Digest = k.nextDigest(r.Context())
		var b bytes.Buffer
		if err := k.page.ExecuteTemplate(&b, block, v); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(b.Bytes())
	}
}

func (k *desk) nextDigest(ctx context.Context) string {
	views, err := k.demo.association().hub.Digests(ctx)
	if err != nil || len(views) == 0 {
		return ""
	}
	v := views[0]
	text := "next due " + v.Next.Local().Format("15:04:05")
	if !v.Last.Sent.IsZero() {
		text += "; the last one " + string(v.Last.State) + " " + v.Last.Sent.Local().Format("15:04:05")
	}
	return text
}

func (k *desk) exchange(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("number"))
	e, ok := k.demo.exchanges.number(n)
	if !ok {
		http.Error(w, "This exchange is not kept any more.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := k.page.ExecuteTemplate(w, "exchange", e); err != nil {
		k.demo.log.ErrorContext(r.Context(), "showing an exchange", "err", err)
	}
}

// try does a trial and goes where its result is to be seen.
func (k *desk) try(t trial) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lang := cmp.Or(k.texts.Match(r.Header.Get("Accept-Language"), k.texts.Languages()), "hu")
		where, err := t.do(r.Context(), lang)
		if err != nil {
			where = said(t.Title + ": " + err.Error() + ".")
		}
		http.Redirect(w, r, where, http.StatusSeeOther)
	}
}

// said is the desk with a sentence on it.
func said(text string) string { return "/?said=" + url.QueryEscape(text) }

// enter opens a session for the demo's account. The token goes to the node in
// an address that it takes once, because a cookie is the node's own affair.
func (k *desk) enter(ctx context.Context, in *room, path string) (string, error) {
	if in.shut.Load() {
		return "", errOff
	}
	at := in.now()
	a, err := at.hub.AccountNamed(ctx, hub.Program("demo"), demoUser)
	if err != nil {
		return "", err
	}
	token, _, err := at.hub.OpenSession(ctx, a.ID, "demo desk")
	if err != nil {
		return "", err
	}
	return at.base.String() + enterPath + "?token=" + url.QueryEscape(token) + "&to=" + url.QueryEscape(path), nil
}

// enterPath is where a demo's node takes a session from its desk.
const enterPath = "/demo/enter"

// doorman lets the desk's guests into a node.
func doorman(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != enterPath {
			next.ServeHTTP(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "pergola", Value: r.URL.Query().Get("token"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		to := r.URL.Query().Get("to")
		if len(to) < 2 || to[0] != '/' || to[1] == '/' || to[1] == '\\' {
			to = "/"
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
}

// publish publishes news and waits until the association shows it.
func (k *desk) publish(ctx context.Context, lang string) (string, error) {
	at := hub.NewWhen(time.Now(), k.demo.set[0].Organisation.Zone).In()
	it := hub.Item{Type: hub.News, Texts: []hub.ItemText{
		{Lang: "hu", Title: "Hír a próbaasztalról, " + at.Format("15:04:05"), Markdown: "Ezt a hírt a **próbaasztal** tette közzé az Ízlánc oldalán. A szövetség közös hírfolyamában is olvasható."},
		{Lang: "en", Title: "News from the desk, " + at.Format("15:04:05"), Markdown: "The **demo's desk** published this at Ízlánc. It stands in the association's shared feed as well."},
	}}
	it, err := k.demo.node("izlanc").hub.Publish(ctx, hub.Program("demo desk"), it)
	if err != nil {
		return "", err
	}
	if k.off() {
		return said("Published at Ízlánc. It waits there until the association is on again."), nil
	}
	k.await(ctx, it)
	return k.demo.association().base.String() + "/" + lang + "/", nil
}

// await waits a little for the association to have this version of an item.
func (k *desk) await(ctx context.Context, it hub.Item) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !k.off() {
		if e, err := k.demo.association().hub.Entry(ctx, it.ID); err == nil && !e.Updated.Before(it.Updated) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// changeEvent changes the next event of Digitálium that is not cancelled.
func (k *desk) changeEvent(ctx context.Context, lang string, change func(context.Context, *hub.Hub, hub.Entry) (hub.Item, error)) (string, error) {
	h := k.demo.node("digitalium").hub
	es, err := h.ComingEvents(ctx, hub.FeedFilter{Own: true}, hub.Page{Limit: 50})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(es, func(e hub.Entry) bool {
		return e.Event.Status != "EventCancelled" && e.Event.Start.Precision == hub.Minute
	})
	if i < 0 {
		return "", errors.New("no event is left")
	}
	it, err := change(ctx, h, es[i])
	if err != nil {
		return "", err
	}
	if k.off() {
		return said("Done at Digitálium. It waits there until the association is on again."), nil
	}
	k.await(ctx, it)
	return k.demo.association().base.String() + "/" + lang + "/item?id=" + url.QueryEscape(it.ID), nil
}

func (k *desk) move(ctx context.Context, h *hub.Hub, e hub.Entry) (hub.Item, error) {
	later := func(w hub.When) hub.When {
		if !w.Set() {
			return w
		}
		return hub.NewWhen(w.In().AddDate(0, 0, 1), w.Zone)
	}
	return h.MoveEvent(ctx, hub.Program("demo desk"), e.ID, later(e.Event.Start), later(e.Event.End))
}

func (k *desk) cancel(ctx context.Context, h *hub.Hub, e hub.Entry) (hub.Item, error) {
	return h.CancelEvent(ctx, hub.Program("demo desk"), e.ID)
}

// toggle shuts the association's door, or opens it and has the clusters try
// again at once instead of when it is their turn.
func (k *desk) toggle(ctx context.Context, _ string) (string, error) {
	a := k.demo.first()
	if a.shut.CompareAndSwap(false, true) {
		return said("Publish something meanwhile, then switch it on again."), nil
	}
	a.shut.Store(false)
	return said("The association is on again. What waited is arriving: its feed shows it."), k.demo.wake(ctx)
}

// digest sends an issue now.
func (k *desk) digest(ctx context.Context, lang string) (string, error) {
	if k.off() {
		return "", errOff
	}
	h := k.demo.association().hub
	views, err := h.Digests(ctx)
	if err != nil {
		return "", err
	}
	if len(views) == 0 {
		return "", errors.New("the association has no digest")
	}
	i, err := h.SendDigestNow(ctx, hub.Program("demo desk"), views[0].ID)
	if err != nil {
		return "", err
	}
	if i.State != hub.IssueSent {
		return said("There is nothing new to tell since the last one. Publish something first."), nil
	}
	return k.demo.association().base.String() + "/" + lang + "/digests/" + i.ID, nil
}

// activityType is the type of a posted activity, "" for anything else.
func activityType(body []byte) string {
	var a struct {
		Type   string
		Object json.RawMessage
	}
	if json.Unmarshal(body, &a) != nil {
		return ""
	}
	var inner struct{ Type string }
	if json.Unmarshal(a.Object, &inner) == nil && inner.Type != "" {
		return a.Type + " " + inner.Type
	}
	return a.Type
}

// readable indents JSON; what is none stays as it is.
func readable(body []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return string(body)
	}
	return b.String()
}
