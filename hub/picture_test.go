package hub_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
)

// drawing is a PNG of one colour.
func drawing(w, h int, c color.Color) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var (
	seeThrough = color.NRGBA{R: 200, A: 100}
	solid      = color.NRGBA{G: 200, A: 255}
)

func TestSetPicture(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		n.follower(optics, "assoc")
		n.refuses("an editor", n.SetPicture(ctx, editor(), hub.Logo, drawing(9, 9, solid), "x"), hub.ErrForbidden)
		n.refuses("an editor", n.RemovePicture(ctx, editor(), hub.Logo), hub.ErrForbidden)
		n.refusesField("no words", n.SetPicture(ctx, office(), hub.Logo, drawing(9, 9, solid), " \n"), "logo_alt: required")
		n.refusesField("too many words", n.SetPicture(ctx, office(), hub.Logo, drawing(9, 9, solid), strings.Repeat("á", 501)), "logo_alt: too_long 500")
		n.refusesField("no picture", n.SetPicture(ctx, office(), hub.Logo, nil, "Szőlő"), "logo: required")
		n.refusesField("a page", n.SetPicture(ctx, office(), hub.Banner, []byte("<script>"), ""), "banner_alt: required; banner: no_picture")
		same(n, "deeds", n.deeds(), "")

		n.ok(n.SetPicture(ctx, office(), hub.Logo, drawing(1024, 512, seeThrough), "Szőlő"))
		n.ok(n.SetPicture(ctx, office(), hub.Banner, drawing(3000, 2000, solid), "Domb"))
		a, err := n.LocalActor(ctx, "assoc")
		n.ok(err)
		base := "https://assoc.example/media/"
		logo, banner := strings.TrimPrefix(a.Icon.URL, base), strings.TrimPrefix(a.Image.URL, base)
		same(n, "logo", a.Icon, vocab.Picture{URL: base + logo, MediaType: "image/png", Name: "Szőlő", Width: 512, Height: 256})
		same(n, "banner", a.Image, vocab.Picture{URL: base + banner, MediaType: "image/jpeg", Name: "Domb", Width: 1500, Height: 500})
		same(n, "told", n.waiting(other{optics}.host()), "Update Update")
		data, err := n.Media(n.t.Context(), logo)
		if img, kind, decodeErr := image.DecodeConfig(bytes.NewReader(data)); err != nil || decodeErr != nil || kind != "png" || img.Width != 512 {
			n.t.Errorf("the logo: %s %d, %v, %v", kind, img.Width, err, decodeErr)
		}

		n.ok(n.SetPicture(ctx, office(), hub.Logo, nil, "Szőlőfürt"))
		n.ok(n.SetPicture(ctx, office(), hub.Logo, nil, "Szőlőfürt")) // the same again is nothing new
		a, err = n.LocalActor(ctx, "assoc")
		n.ok(err)
		same(n, "another description", a.Icon.Name+a.Icon.URL, "Szőlőfürt"+base+logo)

		n.ok(n.SetPicture(ctx, office(), hub.Logo, drawing(64, 64, solid), "Fürt"))
		_, err = n.Media(n.t.Context(), logo)
		n.refuses("the old logo", err, fs.ErrNotExist)
		o, err := n.Organisation(ctx)
		n.ok(err)
		o.Title[0].Value = "Új név"
		n.ok(n.SaveProfile(ctx, office(), o))
		n.ok(n.RemovePicture(ctx, office(), hub.Banner))
		a, err = n.LocalActor(ctx, "assoc")
		n.ok(err)
		if a.Image.URL != "" || a.Icon.Name != "Fürt" || a.Name[0].Value != "Új név" {
			n.t.Errorf("%+v, %+v, %v", a.Icon, a.Image, a.Name)
		}
		_, err = n.Media(n.t.Context(), banner)
		n.refuses("the removed banner", err, fs.ErrNotExist)
		same(n, "deeds", n.deeds(), "changed_logo changed_banner changed_logo changed_logo changed_profile changed_banner")
	})
}

// The same file in both places is kept as long as one of them shows it.
func TestOneFileInTwoPlaces(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		small := drawing(60, 20, seeThrough)
		n.ok(n.SetPicture(ctx, office(), hub.Logo, small, "A"))
		n.ok(n.SetPicture(ctx, office(), hub.Banner, small, "B"))
		o, err := n.Organisation(ctx)
		n.ok(err)
		same(n, "file", o.Banner.File, o.Logo.File)
		n.ok(n.RemovePicture(ctx, office(), hub.Banner))
		_, err = n.Media(n.t.Context(), o.Logo.File)
		n.ok(err)
		n.ok(n.RemovePicture(ctx, office(), hub.Logo))
		_, err = n.Media(n.t.Context(), o.Logo.File)
		n.refuses("when nobody shows it", err, fs.ErrNotExist)
	})
}

func TestAvatars(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		first, second := "https://pictures.example/1.png", "https://pictures.example/2.png"
		n.net.docs[first], n.net.docs[second] = string(drawing(200, 100, solid)), string(drawing(10, 10, seeThrough))
		n.net.docs["https://pictures.example/page"] = "<script>"
		n.net.docs["https://pictures.example/broken.png"] = "<script>"
		p := n.followed(photonics)
		avatar := func(actor string) hub.Avatar {
			return read(n, func(ctx context.Context, tx hub.Tx) (hub.Avatar, error) { return tx.Avatar(ctx, actor) })
		}
		looks := func(o other, icon string) {
			person := o.actor()
			person.Icon = vocab.Picture{URL: icon}
			n.takes(o, vocab.Activity{Type: "Update", ObjectID: o.id, ObjectType: "Organization", Person: &person})
		}
		// fetch does what waits for the host of the pictures.
		fetch := func(actor, url string) {
			n.t.Helper()
			same(n, "waiting", n.waiting("pictures.example"), "picture")
			n.deliver()
			n.ok(n.Fetch(ctx, hub.Fetch{Kind: hub.FetchPicture, ID: url, Actor: actor}))
			same(n, "where it is from", avatar(actor).URL, url)
		}

		looks(n.other(optics), first)
		same(n, "of somebody who is not followed", n.waiting("pictures.example"), "")
		looks(p, first)
		fetch(photonics, first)
		one := avatar(photonics).File
		data, err := n.Cached(n.t.Context(), one)
		n.ok(err)
		c, kind, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || kind != "jpeg" || c.Width != 96 || c.Height != 96 {
			n.t.Errorf("%s, %d × %d, %v", kind, c.Width, c.Height, err)
		}
		looks(p, first)
		same(n, "the same again", n.waiting("pictures.example"), "")
		slow := p.actor()
		slow.Icon.URL = "https://pictures.example/slow.png"
		n.remote(slow)
		looks(p, slow.Icon.URL)
		n.ok(n.WantAvatars(ctx))
		same(n, "one that is on its way", n.waiting("pictures.example"), "picture")
		same(n, "until then", avatar(photonics).File, one)
		looks(p, first)
		same(n, "the first again", n.waiting("pictures.example"), "picture picture")
		n.deliver()
		n.ok(n.Fetch(ctx, hub.Fetch{Kind: hub.FetchPicture, ID: slow.Icon.URL, Actor: photonics}))
		same(n, "what nobody has any more", avatar(photonics), hub.Avatar{Actor: photonics, URL: first, File: one})
		all, err := n.Followed(ctx, "hu")
		n.ok(err)
		same(n, "on pages", all[0].Picture, "/cache/"+one)

		// Somebody else with the same picture keeps it.
		looks(n.followed(optics), first)
		fetch(optics, first)
		looks(p, second)
		fetch(photonics, second)
		if _, err := n.Cached(n.t.Context(), one); err != nil {
			n.t.Errorf("a picture that is still somebody's: %v", err)
		}
		looks(n.followed(optics), second)
		fetch(optics, second)
		_, err = n.Cached(n.t.Context(), one)
		n.refuses("a picture that is nobody's", err, fs.ErrNotExist)

		for _, bad := range []string{"https://pictures.example/page", "https://pictures.example/broken.png", "https://pictures.example/nothing.png"} {
			looks(p, bad)
			fetch(photonics, bad)
			same(n, "the copy of "+bad, avatar(photonics).File, "")
		}
		looks(p, "javascript:alert(1)")
		looks(p, "")
		same(n, "none", avatar(photonics), hub.Avatar{Actor: photonics})
		same(n, "waiting", n.waiting("pictures.example"), "")

		// What changed without a word is found, too.
		person := p.actor()
		person.Icon.URL = second
		n.remote(person)
		n.ok(n.WantAvatars(ctx))
		fetch(photonics, second)
		n.takes(p, vocab.Activity{Type: "Delete", ObjectID: photonics})
		same(n, "of somebody who is gone", avatar(photonics).File, "")
	})
}

// remote keeps an actor as it was fetched just now.
func (n *node) remote(a vocab.Actor) {
	n.t.Helper()
	n.ok(n.db.SaveRemoteActor(n.t.Context(), federation.RemoteActor{Actor: a, Fetched: time.Now()}))
}

// wants notes that a picture is on its way.
func (n *node) wants(actor, url string) {
	n.t.Helper()
	n.update(func(tx hub.Tx) error { return tx.SaveAvatar(n.t.Context(), hub.Avatar{Actor: actor, URL: url}) })
}

// silence is a network in which nobody answers.
type silence struct{}

func (silence) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no route to host")
}

// What nobody shows goes, when it is not about to be shown.
func TestSweepPictures(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		media, cache := n.t.TempDir(), n.t.TempDir()
		h := openWith(n.t, n.db, n.net, folderAt(n.t, media), folderAt(n.t, cache))
		n.ok(h.SetPicture(ctx, office(), hub.Logo, drawing(9, 9, solid), "A"))
		n.net.docs["https://pictures.example/1.png"] = string(drawing(9, 9, seeThrough))
		n.followed(photonics)
		n.wants(photonics, "https://pictures.example/1.png")
		n.ok(h.Fetch(ctx, hub.Fetch{Kind: hub.FetchPicture, ID: "https://pictures.example/1.png", Actor: photonics}))
		files := func() int {
			all := 0
			for _, dir := range []string{media, cache} {
				entries, err := os.ReadDir(dir)
				n.ok(err)
				all += len(entries)
			}
			return all
		}
		for _, dir := range []string{media, cache} {
			for _, name := range []string{"0", "1"} {
				path := filepath.Join(dir, strings.Repeat(name, 40)+".png")
				n.ok(os.WriteFile(path, nil, 0o600))
				if name == "0" {
					long := time.Now().Add(-2 * time.Hour)
					n.ok(os.Chtimes(path, long, long))
				}
			}
			entries, err := os.ReadDir(dir)
			n.ok(err)
			same(n, "files", len(entries), 3)
		}
		n.ok(h.SweepPictures(ctx))
		same(n, "what is shown, and what is new", files(), 4)
		// Nobody shows the copy any more, and it is old.
		shown := read(n, func(ctx context.Context, tx hub.Tx) (hub.Avatar, error) { return tx.Avatar(ctx, photonics) })
		_, err := h.Cached(ctx, shown.File)
		n.ok(err)
		n.takes(other{photonics}, vocab.Activity{Type: "Delete", ObjectID: photonics})
		_, err = h.Cached(ctx, shown.File)
		n.refuses("the picture of who is deleted", err, fs.ErrNotExist)
		entries, err := os.ReadDir(cache)
		n.ok(err)
		for _, e := range entries {
			long := time.Now().Add(-2 * time.Hour)
			n.ok(os.Chtimes(filepath.Join(cache, e.Name()), long, long))
		}
		n.ok(h.SweepPictures(ctx))
		same(n, "what is shown, and what is new", files(), 2)
	})
}

// A copy that somebody has deleted by hand is fetched again, once.
func TestLostCopy(t *testing.T) {
	each(t, func(n *node) {
		ctx := n.t.Context()
		icon, cache := "https://pictures.example/1.png", n.t.TempDir()
		n.net.docs[icon] = string(drawing(9, 9, solid))
		h := openWith(n.t, n.db, n.net, folderAt(n.t, n.t.TempDir()), folderAt(n.t, cache))
		person := n.followed(photonics).actor()
		person.Icon.URL = icon
		n.remote(person)
		n.wants(photonics, icon)
		n.ok(h.Fetch(ctx, hub.Fetch{Kind: hub.FetchPicture, ID: icon, Actor: photonics}))
		kept := read(n, func(ctx context.Context, tx hub.Tx) (hub.Avatar, error) { return tx.Avatar(ctx, photonics) })
		n.ok(h.WantAvatars(ctx))
		same(n, "waiting while it is there", n.waiting("pictures.example"), "")
		n.ok(os.Remove(filepath.Join(cache, kept.File)))
		n.ok(h.WantAvatars(ctx))
		n.ok(h.WantAvatars(ctx))
		same(n, "waiting when it is lost", n.waiting("pictures.example"), "picture")
		all, err := h.Followed(ctx, "hu")
		n.ok(err)
		same(n, "on pages meanwhile", all[0].Picture, "")
		n.ok(h.Fetch(ctx, hub.Fetch{Kind: hub.FetchPicture, ID: icon, Actor: photonics}))
		_, err = h.Cached(n.t.Context(), kept.File)
		n.ok(err)
	})
}

// A host that is down is asked again later.
func TestAvatarLater(t *testing.T) {
	each(t, func(n *node) {
		n.followed(photonics)
		h := open(n.t, n.db, silence{})
		n.wants(photonics, "https://pictures.example/1.png")
		err := h.Fetch(n.t.Context(), hub.Fetch{Kind: hub.FetchPicture, ID: "https://pictures.example/1.png", Actor: photonics})
		n.refuses("a host that is down", err, federation.ErrLater)
	})
}
