package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"pergola/hub"
)

// A pictureForm asks for a picture of the organisation.
type pictureForm struct {
	// Name is "logo" or "banner".
	Name, Title string
	Now         hub.Picture
	File, Alt   field
	// SaveAbout is what the button says to those who do not see where it stands.
	SaveAbout string
	// Remove is set when there is one.
	Remove *postForm
}

func (p profilePage) pictureForm(place hub.PicturePlace, now hub.Picture) pictureForm {
	name := string(place)
	form := pictureForm{
		Name: name, Title: p.T("profile_" + name), Now: now,
		File: p.Input("file", name, ""), Alt: p.Input("text", name+"_alt", now.Alt),
		SaveAbout: p.T("profile_picture_save") + ": " + p.T("profile_"+name),
	}
	if now.File != "" {
		form.Remove = new(p.button("/office/picture/remove", "profile_picture_remove", "danger", form.Title, hidden{"place", name}))
	}
	return form
}

// maxUploadForm is the most that a form with a picture may send.
const maxUploadForm = hub.MaxUpload + 64<<10

// upload reads a form with a file in it, of the office alone: nobody else has us
// read megabytes.
func (s *Site) upload(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxUploadForm)
		if err := r.ParseMultipartForm(maxUploadForm); err != nil {
			return formError(err)
		}
		return h(w, r)
	}
}

// savePicture keeps a picture, or what is said of the one that is there.
func (s *Site) savePicture(w http.ResponseWriter, r *http.Request) error {
	p, err := s.profilePage(r)
	if err != nil {
		return err
	}
	place := hub.PicturePlace(line(r.PostForm, "place"))
	alt := line(r.PostForm, string(place)+"_alt")
	if place != hub.Logo && place != hub.Banner {
		return hub.ErrNotFound
	}
	data, err := uploaded(r, "file")
	if err != nil {
		return err
	}
	err = s.hub.SetPicture(r.Context(), by(r), place, data, alt)
	if p.refused(err) {
		for i, form := range p.Pictures {
			if form.Name == string(place) {
				p.Pictures[i] = p.pictureForm(place, form.Now)
				p.Pictures[i].Alt.Value = alt
			}
		}
		return s.again(w, r, "office_profile", &p)
	}
	return s.done(w, r, err, "picture_saved", p.Path("/office/profile"))
}

// uploaded is the file that a form carries, nil when none was chosen.
func uploaded(r *http.Request, name string) ([]byte, error) {
	f, head, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || err == nil && head.Size == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, formError(err)
	}
	defer f.Close()
	return io.ReadAll(f)
}

// removePicture takes a picture away.
func (s *Site) removePicture(w http.ResponseWriter, r *http.Request) error {
	place := hub.PicturePlace(r.PostFormValue("place"))
	if place != hub.Logo && place != hub.Banner {
		return hub.ErrNotFound
	}
	return s.done(w, r, s.hub.RemovePicture(r.Context(), by(r), place), "picture_removed", s.path(r, "/office/profile"))
}

// filePolicy lets a file that is opened by itself do nothing at all.
const filePolicy = "default-src 'none'; sandbox"

// file serves pictures that were made here. They are named by what is in them,
// and are never anything but a picture: a document for other programs among
// them would speak with this node's voice. (FEP-fe34, "Assumptions")
func (s *Site) file(get func(ctx context.Context, name string) ([]byte, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		name := chi.URLParam(r, "file")
		kind, ok := map[string]string{".png": "image/png", ".jpg": "image/jpeg"}[path.Ext(name)]
		if !ok {
			return hub.ErrNotFound
		}
		data, err := get(r.Context(), name)
		if errors.Is(err, fs.ErrNotExist) {
			return hub.ErrNotFound
		}
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", filePolicy)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("ETag", `"`+strings.TrimSuffix(name, path.Ext(name))+`"`)
		// Other sites may show our logo.
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		return nil
	}
}

// An avatar is the picture of somebody, or the beginning of their name.
type avatar struct {
	// Picture is a path of this site, "" when there is none.
	Picture, Initials string
	// Tint is one of a few colours, the same for the same one each time.
	Tint int
}

// tints is how many colours the style has for those without a picture.
const tints = 6

func avatarOf(p hub.Profile) avatar {
	a := avatar{Picture: p.Picture, Initials: initials(p.Name)}
	for _, b := range []byte(p.ID) {
		a.Tint = (a.Tint*31 + int(b)) % tints
	}
	return a
}

// initials are the first letters of the first two words.
func initials(name string) string {
	var letters []rune
	for _, word := range strings.Fields(name) {
		if first, _ := utf8.DecodeRuneInString(word); len(letters) < 2 {
			letters = append(letters, first)
		}
	}
	return strings.ToUpper(string(letters))
}
