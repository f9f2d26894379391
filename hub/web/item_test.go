package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWantsActivity(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false,
		"text/html,application/xhtml+xml,*/*;q=0.8": false,
		"*/*":                       false,
		"application/json":          false,
		"application/activity+json": true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`:          true,
		"application/activity+json, application/ld+json, text/html;q=0.1":               true,
		"text/html, application/activity+json":                                          true,
		"text/html, application/activity+json;q=0.9":                                    false,
		"application/activity+json;q=0":                                                 false,
		"text/html;q=0.2, application/activity+json;q=0.1, application/ld+json; q=0.3,": true,
		"APPLICATION/ACTIVITY+JSON; charset=utf-8":                                      true,
		"application/x-application/activity+json":                                       false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := wantsActivity(r); got != want {
			t.Errorf("%q: %t, want %t", accept, got, want)
		}
	}
}
