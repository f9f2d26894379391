package web_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

func TestZZServe(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	h := furnished(t)
	h.signedIn("olga", hub.Office)
	h.signedIn("eszter", hub.Editor)
	h.update(func(ctx context.Context, tx hub.Tx) error {
		for _, host := range []string{"izlanc", "medhid"} {
			id := "http://" + host + ".example/a/" + host
			if err := tx.SaveFollower(ctx, hub.Follower{Local: "iroda", Actor: id, Inbox: id + "/inbox", Activity: id + "/f", Since: time.Now()}); err != nil {
				return err
			}
		}
		if err := tx.SaveRun(ctx, hub.Run{Job: "digests", Started: time.Now(), Finished: time.Now(), Next: time.Now().Add(time.Minute)}); err != nil {
			return err
		}
		return tx.SaveRun(ctx, hub.Run{Job: "sweep", Started: time.Now(), Finished: time.Now(), Error: "database is locked", Next: time.Now().Add(time.Minute)})
	})
	_ = federation.ErrGone
	_ = vocab.Public
	h.publishes(news("Elindult a kézbesítés", ""))
	it := h.publishes(call("Partnert keresünk", hub.Request, in(20, 12)))
	off := h.publishes(event("Elmaradó műhely", in(10, 9), in(10, 12), vocab.Place{Name: "Ház", Locality: "Eger"}))
	if _, err := h.hub.CancelEvent(t.Context(), h.editor, off.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.hub.SaveDraft(t.Context(), h.editor, hub.Item{Type: hub.News, Texts: []hub.ItemText{{Lang: "hu", Title: "Félkész hír"}}}); err != nil {
		t.Fatal(err)
	}
	_, _ = h.hub.Delete(t.Context(), h.editor, it.ID)
	h.follows("elutasit", "Elutasító Klaszter", "")
	h.update(func(ctx context.Context, tx hub.Tx) error {
		return tx.SaveFollowing(ctx, hub.Following{Local: "iroda", Actor: "http://elutasit.example/a/elutasit", State: hub.Requested, Activity: base + "/x/f", Since: time.Now()})
	})
	v := h.visitor()
	v.post("/hu/signin", map[string][]string{"name": {"olga"}, "password": {password}})
	os.WriteFile("/tmp/zzcookie", []byte(v.cookies["pergola"]), 0o600)
	// Everybody is Olga here, but for /as/nobody.
	srv := &http.Server{Addr: "127.0.0.1:8099", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("as") != "nobody" {
			r.AddCookie(&http.Cookie{Name: "pergola", Value: v.cookies["pergola"]})
		}
		h.site.ServeHTTP(w, r)
	})}
	go srv.ListenAndServe()
	for {
		if _, err := os.Stat("/tmp/zzstop"); err == nil {
			return
		}
		time.Sleep(time.Second)
	}
}
