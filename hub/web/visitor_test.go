package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pergola/hub"
)

func TestFollowFromElsewhere(t *testing.T) {
	h := open(t, hub.Association)
	h.follows("minta", "Minta Klaszter", "")
	// The form may lead to other sites in the end, and nothing else may happen.
	for _, path := range []string{"/hu/about", "/hu/clusters/@minta@minta.example", "/hu/follow-from", "/hu/follow-from?whom=@minta@minta.example"} {
		w := h.get(path)
		status(t, w, http.StatusOK)
		shows(t, w, `action="/hu/follow-from"`, `name="account"`, `<code class="handle">@`)
		missingTexts(t, path, w.Body.String())
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "form-action 'self' https: http:; default-src 'none'; style-src 'self'") {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := h.get("/hu/").Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "form-action 'self'; ") {
		t.Errorf("elsewhere: %s", got)
	}
	shows(t, h.get("/hu/clusters/@minta@minta.example"), `name="whom" value="@minta@minta.example"`)
	status(t, h.get("/hu/follow-from?whom=@eve@evil.example"), http.StatusNotFound)

	v := h.visitor()
	form := url.Values{"whom": {"@minta@minta.example"}, "account": {""}}
	v.refused("/hu/follow-from", form, "account")
	form.Set("account", "@bo@ nincs")
	page := v.refused("/hu/follow-from", form, "account")
	wants(t, page, "Ott nincs ilyen fiók", `value="@bo@ nincs"`, `<code class="handle">@minta@minta.example</code>`)
	missingTexts(t, "the refusal", page)
	form.Set("whom", "@eve@evil.example")
	if w := v.post("/hu/follow-from", form); w.Code != http.StatusNotFound {
		t.Errorf("somebody who has no page here: %d", w.Code)
	}
	form.Set("whom", "@iroda@szovetseg.example")
	for range 20 {
		v.post("/hu/follow-from", form)
	}
	if w := v.post("/hu/follow-from", form); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("after twenty: %d", w.Code)
	}
}
