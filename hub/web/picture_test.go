package web_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub"
)

// drawing is a PNG with something in each corner.
func drawing(t testing.TB, w, h int, alpha uint8) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = alpha
	}
	img.Set(0, 0, color.NRGBA{R: 255, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// uploads sends a form with a file that is called something and said to be of a
// type.
func (v *visitor) uploads(path, name, kind string, data []byte, fields url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for field, values := range fields {
		for _, value := range values {
			if err := form.WriteField(field, value); err != nil {
				v.t.Fatal(err)
			}
		}
	}
	part, err := form.CreatePart(map[string][]string{
		"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {kind},
	})
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(v.t.Context(), http.MethodPost, base+path, &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.send(r)
}

func TestPictures(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	const path = "/hu/office/picture"
	page := v.get("/hu/office/profile").Body.String()
	wants(t, page, `enctype="multipart/form-data"`, `accept="image/png,image/jpeg,image/gif,image/webp"`)
	wantsNot(t, page, "Kép törlése")
	missingTexts(t, "profile", page)

	logo := url.Values{"place": {"logo"}, "logo_alt": {"Szőlő egy rácson"}}
	banner := url.Values{"place": {"banner"}, "banner_alt": {"Domboldal"}}
	if w := v.uploads(path, "logo.png", "image/png", drawing(t, 800, 800, 120), logo); w.Code != http.StatusSeeOther {
		t.Fatalf("the logo: %d %s", w.Code, problemsIn(w.Body.String()))
	}
	if w := v.uploads(path, "banner.png", "image/png", drawing(t, 1600, 900, 255), banner); w.Code != http.StatusSeeOther {
		t.Fatalf("the banner: %d %s", w.Code, problemsIn(w.Body.String()))
	}
	page = v.get("/hu/office/profile").Body.String()
	wants(t, page, "A kép mentve", `value="Szőlő egy rácson"`, "Kép törlése: Embléma", "Kép törlése: Fejléckép")

	o, err := h.hub.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	about := h.get("/hu/about")
	shows(t, about, `<img class="logo" src="/media/`+o.Logo.File+`" alt="Szőlő egy rácson" width="512" height="512">`,
		`<img class="banner" src="/media/`+o.Banner.File+`" alt="Domboldal" width="1500" height="500">`,
		`<meta property="og:image" content="`+base+`/media/`+o.Banner.File+`">`, `<meta property="og:image:alt" content="Domboldal">`,
		`<img class="mark-logo"`)
	for file, kind := range map[string]string{o.Logo.File: "image/png", o.Banner.File: "image/jpeg"} {
		w := h.get("/media/" + file)
		status(t, w, http.StatusOK)
		for name, want := range map[string]string{
			"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Cache-Control": "public, max-age=31536000, immutable",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s of %s is %q, want %q", name, file, got, want)
			}
		}
		if w := h.ask(http.MethodHead, "/media/"+file); w.Code != http.StatusOK || w.Body.Len() > 0 {
			t.Errorf("HEAD = %d with %d octets", w.Code, w.Body.Len())
		}
		if w := h.get("/media/"+file, header("If-None-Match", w.Header().Get("ETag"))); w.Code != http.StatusNotModified {
			t.Errorf("asked again: %d", w.Code)
		}
		if w := h.get("/cache/" + file); w.Code != http.StatusNotFound {
			t.Errorf("among the copies: %d", w.Code)
		}
	}

	// Only the words.
	logo.Set("logo_alt", "Szőlőfürt")
	if w := v.uploads(path, "", "application/octet-stream", nil, logo); w.Code != http.StatusSeeOther {
		t.Errorf("only the words: %d", w.Code)
	}
	shows(t, h.get("/hu/about"), `src="/media/`+o.Logo.File+`" alt="Szőlőfürt"`)

	if to := v.done("/hu/office/picture/remove", url.Values{"place": {"banner"}}); to != "/hu/office/profile" {
		t.Errorf("removing leads to %s", to)
	}
	lacks(t, h.get("/hu/about"), `class="banner"`)
	shows(t, h.get("/hu/about"), `<meta property="og:image" content="`+base+`/media/`+o.Logo.File+`">`, `content="summary"`)
	status(t, h.get("/media/"+o.Banner.File), http.StatusNotFound)
	if w := v.post("/hu/office/picture/remove", url.Values{"place": {"other"}}); w.Code != http.StatusNotFound {
		t.Errorf("removing what there never is: %d", w.Code)
	}
}

// What is uploaded is never served as anything but a picture, whatever it was
// said to be: a document would speak for this node. (FEP-fe34)
func TestUploadsAreNoDocuments(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	fields := url.Values{"place": {"logo"}, "logo_alt": {"Embléma"}}
	actor := []byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + base + `/media/x","type":"Person"}`)
	for name, kind := range map[string]string{
		"actor.json": "application/activity+json", "logo.png": "image/png", "page.html": "text/html", "logo.svg": "image/svg+xml", "../../x.png": "image/png",
	} {
		w := v.uploads("/hu/office/picture", name, kind, actor, fields)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d, want 422", name, w.Code)
		}
		wants(t, w.Body.String(), "Ez nem kép", `id="f-logo-problem"`)
	}
	// A picture with a document behind it comes out as a picture alone.
	mixed := append(drawing(t, 20, 20, 255), actor...)
	if w := v.uploads("/hu/office/picture", "actor.json", "application/activity+json", mixed, fields); w.Code != http.StatusSeeOther {
		t.Fatalf("a picture by another name: %d", w.Code)
	}
	o, err := h.hub.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := h.get("/media/"+o.Logo.File, header("Accept", "application/activity+json"))
	if w.Header().Get("Content-Type") != "image/jpeg" || strings.Contains(w.Body.String(), "activitystreams") {
		t.Errorf("%s: %q", w.Header().Get("Content-Type"), w.Body)
	}
	for _, path := range []string{
		"/media/", "/media/x.png", "/media/..%2Fpergola.db", "/media/" + o.Logo.File + ".json", "/media/" + strings.TrimSuffix(o.Logo.File, ".jpg"),
		"/media/" + strings.Replace(o.Logo.File, ".jpg", ".png", 1), "/cache/x.jpg", "/media/" + strings.Repeat("0", 40) + ".html",
	} {
		if w := h.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s = %d", path, w.Code)
		}
	}
}

func TestUploadsAreBounded(t *testing.T) {
	h := open(t, hub.Cluster)
	fields := url.Values{"place": {"logo"}, "logo_alt": {"Embléma"}}
	const path = "/hu/office/picture"
	large := make([]byte, hub.MaxUpload+128<<10)
	if w := h.signedIn("olga", hub.Office).uploads(path, "x.png", "image/png", large, fields); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too much: %d, want 413", w.Code)
	}
	// Nothing is read of whom it does not concern.
	if w := h.signedIn("edit", hub.Editor).uploads(path, "x.png", "image/png", large, fields); w.Code != http.StatusForbidden {
		t.Errorf("an editor: %d, want 403", w.Code)
	}
	if w := h.visitor().uploads(path, "x.png", "image/png", large, fields); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "/signin") {
		t.Errorf("a stranger: %d", w.Code)
	}
	v := h.signedIn("ottó", hub.Office)
	fields.Set("place", "elsewhere")
	if w := v.uploads(path, "x.png", "image/png", drawing(t, 9, 9, 255), fields); w.Code != http.StatusNotFound {
		t.Errorf("a place that there is not: %d", w.Code)
	}
	if w := v.post(path, fields); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a form without files: %d, want 422", w.Code)
	}
}

// Those who are followed are shown with their pictures, or with initials; no
// page ever leads a browser to a picture elsewhere.
func TestAvatars(t *testing.T) {
	h := open(t, hub.Association)
	izlanc := h.follows("izlanc", "Ízlánc Élelmiszer Klaszter", "")
	medhid := h.follows("medhid", "MedTech Híd", "")
	h.arrives(izlanc, "hir", news("Egy hír", ""))
	h.arrives(medhid, "masik", news("Másik hír", ""))
	cache := strings.Repeat("ab", 20) + ".png"
	h.update(func(ctx context.Context, tx hub.Tx) error {
		return tx.SaveAvatar(ctx, hub.Avatar{Actor: izlanc, URL: "https://izlanc.example/icon.png", File: cache})
	})
	for _, path := range []string{"/hu/", "/hu/clusters", "/hu/clusters/@izlanc@izlanc.example"} {
		w := h.get(path)
		shows(t, w, `<img class="avatar" src="/cache/`+cache+`" alt=""`)
		lacks(t, w, "izlanc.example/icon.png")
	}
	shows(t, h.get("/hu/"), `aria-hidden="true">MH</span>`)
}

func TestProfileFields(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("olga", hub.Office)
	path := "/hu/office/profile"
	form := formIn(t, v.get(path).Body.String(), "title.hu")
	form.Set("field_name.1", "Mastodon")
	form.Set("field_value.1", "https://social.example/@klaszter")
	form.Set("field_name.3", "Tagok")
	form.Set("established", "20l2")
	v.refused(path, form, "field_value.2", "established")
	form.Set("field_value.3", "31 <vállalkozás>")
	form.Set("established", "2012")
	v.done(path, form)
	wants(t, v.get(path).Body.String(), `value="Mastodon"`, `value="Tagok"`, `&lt;a rel=&#34;me&#34; href=&#34;`+base+`/&#34;&gt;`)

	a, err := h.hub.LocalActor(t.Context(), "iroda")
	if err != nil {
		t.Fatal(err)
	}
	want := vocab.Attachment{Type: "PropertyValue", Name: "Mastodon", Value: `<a href="https://social.example/@klaszter" rel="me nofollow noopener">https://social.example/@klaszter</a>`}
	if got := a.Fields[len(a.Fields)-2]; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	about := h.get("/hu/about")
	shows(t, about, `<a href="https://social.example/@klaszter" rel="me external">social.example/@klaszter</a>`, "31 &lt;vállalkozás&gt;", "<dd>2012</dd>")
	for _, w := range []*httptest.ResponseRecorder{about, h.get("/hu/")} {
		shows(t, w, `<link rel="me" href="https://social.example/@klaszter">`, `<link rel="me" href="https://szovetseg.example/">`,
			`<link rel="alternate" type="application/activity+json" href="`+base+`/a/iroda">`, `<meta name="fediverse:creator" content="iroda@szovetseg.example">`)
		if got := w.Header().Get("Link"); got != `<`+base+`/a/iroda>; rel="alternate"; type="application/activity+json"` {
			t.Errorf("Link: %s", got)
		}
	}
}

// Programs that have only the address of the profile find the actor.
func TestProfileLeadsProgramsToTheActor(t *testing.T) {
	h := open(t, hub.Cluster)
	w := h.get("/", header("Accept", "application/activity+json, application/ld+json"))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != base+"/a/iroda" || !strings.Contains(w.Header().Get("Vary"), "Accept,") {
		t.Errorf("%d to %s, Vary: %s", w.Code, w.Header().Get("Location"), w.Header().Get("Vary"))
	}
}

func TestPins(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("edit", hub.Editor)
	it := h.publishes(news("Fontos hír", ""))
	lacks(t, h.get("/hu/about"), "Kiemelt bejegyzések")
	form := url.Values{"id": {it.ID}}
	if to := v.done("/hu/desk/pin", form); to != "/hu/desk" {
		t.Errorf("pinning leads to %s", to)
	}
	wants(t, v.get("/hu/desk").Body.String(), "Kiemelve.", "Kiemelés megszüntetése: Fontos hír", `<span class="state good">kiemelt</span>`)
	shows(t, h.get("/hu/about"), "Kiemelt bejegyzések", "Fontos hír")
	v.done("/hu/desk/unpin", form)
	wants(t, v.get("/hu/desk").Body.String(), "Kiemelés: Fontos hír")
	lacks(t, h.get("/hu/about"), "Kiemelt bejegyzések")
	for range 5 {
		v.done("/hu/desk/pin", url.Values{"id": {h.publishes(news("Hír", "")).ID}})
	}
	if w := v.post("/hu/desk/pin", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Legfeljebb 5 bejegyzés") {
		t.Errorf("a sixth: %d", w.Code)
	}
}
