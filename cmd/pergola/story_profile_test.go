package main

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub"
)

// square is a picture.
func square(t *testing.T, side int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 90
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A cluster's office gives it a logo: the association's pages show it, with its
// own copy; a Mastodon user sees it in the profile; when it is taken away, it is
// gone everywhere.
func TestLogoIsSeenElsewhere(t *testing.T) {
	story(t, []string{"assoc", "photonics"}, func(t *testing.T, net *network) {
		photonics := net.node("photonics").hub
		if err := photonics.SetPicture(t.Context(), hub.Program("test"), hub.Logo, square(t, 700), "Lencse"); err != nil {
			t.Fatal(err)
		}
		net.followAll("assoc")
		net.publish("photonics", news("Hír a lencséről", ""))
		net.settle()
		anna := net.browser()
		feed := anna.get("https://assoc.example/hu/")
		feed.has(t, "Hír a lencséről", `<img class="avatar" src="/cache/`)
		feed.hasNot(t, "photonics.example/media/")
		_, path, _ := strings.Cut(feed.Text, `<img class="avatar" src="`)
		path, _, _ = strings.Cut(path, `"`)
		shown := func(address string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("GET", address, nil)
			net.hosts[r.URL.Host].ServeHTTP(w, r)
			return w
		}
		if w := shown("https://assoc.example" + path); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/jpeg" {
			t.Errorf("the copy: %d %s", w.Code, w.Header().Get("Content-Type"))
		}

		bo := net.mastodon("social.example", "bo")
		self := "https://photonics.example/a/photonics"
		bo.follow(self)
		net.settle()
		_, actor := net.fetch(t, self)
		icon := actor["icon"].(map[string]any)
		if icon["name"] != "Lencse" || icon["width"] != 512.0 || icon["mediaType"] != "image/jpeg" {
			t.Errorf("icon: %v", icon)
		}
		if w := shown(icon["url"].(string)); w.Code != http.StatusOK {
			t.Errorf("the logo: %d", w.Code)
		}
		if err := photonics.RemovePicture(t.Context(), hub.Program("test"), hub.Logo); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if updates := bo.got("Update"); len(updates) != 1 || updates[0].Person == nil || updates[0].Person.Icon.URL != "" {
			t.Errorf("bo got %+v", updates)
		}
		if w := shown(icon["url"].(string)); w.Code != http.StatusNotFound {
			t.Errorf("the logo that was removed: %d", w.Code)
		}
		anna.get("https://assoc.example/hu/").hasNot(t, "/cache/")
	})
}

// An editor pins an item: the followers are told, and who looks at the profile
// for the first time finds it.
func TestPinnedItemIsFeatured(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		it := net.publish("photonics", news("Fontos", ""))
		bo := net.mastodon("social.example", "bo")
		self := "https://photonics.example/a/photonics"
		bo.follow(self)
		net.settle()
		eszter := net.browser().signIn("photonics", "editor", "editor password")
		eszter.post("https://photonics.example/hu/desk/pin", url.Values{"id": {it.ID}}).has(t, "Kiemelve.")
		net.settle()
		if adds := bo.got("Add"); len(adds) != 1 || adds[0].ObjectID != it.ID || adds[0].Target != self+"/featured" || adds[0].To[0] != vocab.Public {
			t.Errorf("bo got %+v", adds)
		}
		_, featured := net.fetch(t, self+"/featured")
		if items := featured["orderedItems"].([]any); featured["totalItems"] != 1.0 || len(items) != 1 || items[0] != it.ID {
			t.Errorf("featured: %v", featured)
		}
		net.browser().get("https://photonics.example/hu/about").has(t, "Kiemelt bejegyzések", "Fontos")
		eszter.post("https://photonics.example/hu/desk/unpin", url.Values{"id": {it.ID}})
		net.settle()
		if removes := bo.got("Remove"); len(removes) != 1 || removes[0].ObjectID != it.ID {
			t.Errorf("bo got %+v", removes)
		}
		if _, featured := net.fetch(t, self+"/featured"); len(featured["orderedItems"].([]any)) != 0 {
			t.Errorf("featured: %v", featured)
		}
	})
}

// A visitor whose office has a node finds a cluster, says where they are from,
// signs in there, and follows.
func TestVisitorFollowsFromTheirOwnServer(t *testing.T) {
	story(t, []string{"assoc", "photonics"}, func(t *testing.T, net *network) {
		olga := net.browser()
		form := url.Values{"whom": {"@photonics@photonics.example"}, "account": {"assoc.example"}}
		p := olga.post("https://photonics.example/hu/follow-from", form)
		p.has(t, "Bejelentkezés")
		p = olga.signIn("assoc", "office", "office password").post("https://photonics.example/hu/follow-from", form)
		p.has(t, `value="https://photonics.example/a/photonics"`)
		olga.post("https://assoc.example/hu/office/follow", url.Values{"address": {"https://photonics.example/a/photonics"}}).has(t, "A kérést elküldtük")
		net.settle()
		olga.get("https://assoc.example/hu/clusters").has(t, "Photonics Klaszter")
		p = olga.post("https://photonics.example/hu/follow-from", url.Values{"whom": form["whom"], "account": {"@senki@assoc.example"}})
		p.has(t, "Ott nincs ilyen fiók", "@photonics@photonics.example")
	})
}
