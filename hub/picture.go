package hub

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/picture"
)

// A Picture is a file of ours that people look at; without a File there is none.
type Picture struct {
	// File is its name among the uploads.
	File string
	// Type is "image/png" or "image/jpeg".
	Type          string
	Width, Height int
	// Alt says what is to be seen, for those who do not see it.
	Alt string
}

// A PicturePlace says which picture of the organisation it is.
type PicturePlace string

// The places of pictures.
const (
	Logo   PicturePlace = "logo"
	Banner PicturePlace = "banner"
)

// MaxUpload is how many octets a picture may have that is uploaded.
const MaxUpload = 8 << 20

const (
	logoSide     = 512
	bannerWidth  = 1500
	bannerHeight = 500
	// avatarSide is enough for what lists show of others on a dense screen.
	avatarSide = 96
	maxAlt     = 500 // runes
)

// Files keep files under names that they make of what is in them.
type Files interface {
	// Put returns the name, which ends in ext (".png").
	Put(data []byte, ext string) (name string, err error)
	// Get fails with [fs.ErrNotExist] when there is no such file.
	Get(name string) ([]byte, error)
	Delete(name string) error
	// Old are the files that were put longer ago than that.
	Old(age time.Duration) ([]string, error)
}

// An Avatar is the copy of a picture of somebody this node follows.
type Avatar struct {
	Actor string
	// URL is where it came from, File its name in the cache; "" when what is
	// there cannot be shown.
	URL, File string
}

// PictureTx keeps which copies there are of others' pictures.
type PictureTx interface {
	// Avatar is zero when none was kept.
	Avatar(ctx context.Context, actor string) (Avatar, error)
	SaveAvatar(ctx context.Context, a Avatar) error
	// CountAvatars is how many have this file.
	CountAvatars(ctx context.Context, file string) (int, error)
	// Icons are where those whom a local actor follows have their pictures now.
	Icons(ctx context.Context, local string) ([]Avatar, error)
}

// SetPicture gives the organisation a logo or a banner. Without data the one
// that is there gets another description. The followers are told.
func (h *Hub) SetPicture(ctx context.Context, who Who, place PicturePlace, data []byte, alt string) error {
	if err := who.may(Office); err != nil {
		return err
	}
	var made Picture
	e := InvalidError{}
	field := string(place)
	alt = oneLine(alt)
	wanted(alt, true, maxAlt, field+"_alt", &e)
	if len(data) > 0 {
		var err error
		if made, err = h.draw(ctx, place, data); errors.Is(err, picture.ErrTooLarge) {
			e.add(field, "picture_too_large", "")
		} else if errors.Is(err, picture.ErrUnreadable) {
			e.add(field, "no_picture", "")
		} else if err != nil {
			return err
		}
	}
	if err := e.err(); err != nil {
		return err
	}
	return h.changePicture(ctx, who, place, func(old Picture) (Picture, error) {
		p := made
		if p.File == "" {
			p = old
		}
		if p.File == "" {
			return p, &InvalidError{[]FieldError{{field, "required", ""}}}
		}
		p.Alt = alt
		return p, nil
	})
}

// RemovePicture takes the logo or the banner away. The followers are told.
func (h *Hub) RemovePicture(ctx context.Context, who Who, place PicturePlace) error {
	if err := who.may(Office); err != nil {
		return err
	}
	return h.changePicture(ctx, who, place, func(Picture) (Picture, error) { return Picture{}, nil })
}

// draw makes of an upload what will be shown of it, and keeps it. One at a time:
// each takes much memory for a moment.
func (h *Hub) draw(ctx context.Context, place PicturePlace, data []byte) (Picture, error) {
	free, err := h.toDraw(ctx)
	if err != nil {
		return Picture{}, err
	}
	defer free()
	var p picture.Picture
	switch place {
	case Logo:
		p, err = picture.Fit(data, logoSide)
	case Banner:
		p, err = picture.Cover(data, bannerWidth, bannerHeight)
	default:
		return Picture{}, ErrNotFound
	}
	if err != nil {
		return Picture{}, err
	}
	file, err := h.media.Put(p.Data, extension(p))
	return Picture{File: file, Type: p.Type, Width: p.Width, Height: p.Height}, err
}

func extension(p picture.Picture) string {
	if p.Type == "image/png" {
		return ".png"
	}
	return ".jpg"
}

// changePicture puts another picture in a place and deletes the file of the one
// that was there, which is nobody's then.
func (h *Hub) changePicture(ctx context.Context, who Who, place PicturePlace, to func(old Picture) (Picture, error)) error {
	var unused string
	err := h.update(ctx, func(tx Tx, o Organisation) error {
		unused = ""
		at := &o.Logo
		if place == Banner {
			at = &o.Banner
		}
		old := *at
		changed, err := to(old)
		if err != nil || changed == old {
			return err
		}
		*at = changed
		if old.File != o.Logo.File && old.File != o.Banner.File {
			unused = old.File
		}
		return h.saveProfile(ctx, tx, who, o, "changed_"+string(place))
	})
	if err != nil || unused == "" {
		return err
	}
	return h.media.Delete(unused)
}

// MediaPath is where a picture of ours is served, "" for none.
func (p Picture) MediaPath() string {
	if p.File == "" {
		return ""
	}
	return "/media/" + p.File
}

// wirePicture is a picture of ours as others are told of it.
func (h *Hub) wirePicture(p Picture) vocab.Picture {
	if p.File == "" {
		return vocab.Picture{}
	}
	return vocab.Picture{URL: h.base.String() + p.MediaPath(), MediaType: p.Type, Name: p.Alt, Width: p.Width, Height: p.Height}
}

// Media is what is in a file of ours. [fs.ErrNotExist]
func (h *Hub) Media(_ context.Context, name string) ([]byte, error) { return h.media.Get(name) }

// Cached is what is in the copy of somebody else's picture, as long as it is
// anybody's: whoever is deleted is not seen any more. [fs.ErrNotExist]
func (h *Hub) Cached(ctx context.Context, name string) ([]byte, error) {
	n, err := read(ctx, h, func(tx Tx) (int, error) { return tx.CountAvatars(ctx, name) })
	if err != nil || n == 0 {
		return nil, cmpErr(err, fs.ErrNotExist)
	}
	return h.cache.Get(name)
}

// CachePath is where a copy is served, "" for none.
func CachePath(file string) string {
	if file == "" {
		return ""
	}
	return "/cache/" + file
}

// wantAvatar has the picture of somebody fetched, unless it is here or on its
// way. The one before is shown until then.
func (h *Hub) wantAvatar(ctx context.Context, tx Tx, actor, icon string) error {
	kept, err := tx.Avatar(ctx, actor)
	lost := h.isLost(kept.File)
	if err != nil || kept.URL == icon && !lost {
		return err
	}
	if lost {
		kept.File = ""
	}
	if icon != "" && !webURL(icon) {
		return nil
	}
	if icon == "" {
		return tx.SaveAvatar(ctx, Avatar{Actor: actor})
	}
	if err := tx.SaveAvatar(ctx, Avatar{Actor: actor, URL: icon, File: kept.File}); err != nil {
		return err
	}
	return tx.EnqueueFetch(ctx, Fetch{Kind: FetchPicture, ID: icon, Actor: actor})
}

// isLost reports whether a copy is not there although it is known: somebody has
// emptied the cache, or the node was restored from a backup.
func (h *Hub) isLost(file string) bool {
	if file == "" {
		return false
	}
	_, err := h.cache.Get(file)
	return errors.Is(err, fs.ErrNotExist)
}

// receiveProfile looks whether somebody we follow has another picture, or other
// members, now.
func (h *Hub) receiveProfile(ctx context.Context, tx Tx, o Organisation, in federation.Inbound) error {
	if in.Activity.Type != "Update" || in.Activity.Person == nil {
		return nil
	}
	followed, err := follows(ctx, tx, o, in.Actor.ID)
	if err != nil || !followed {
		return err
	}
	if member, err := isMember(ctx, tx, in.Actor.ID); err != nil {
		return err
	} else if member {
		if err := h.wantDirectory(ctx, tx, in.Actor.ID); err != nil {
			return err
		}
	}
	return h.wantAvatar(ctx, tx, in.Actor.ID, in.Activity.Person.Icon.URL)
}

// WantAvatars has the pictures fetched that those whom the organisation follows
// have changed without saying so, and those whose copies are lost.
func (h *Hub) WantAvatars(ctx context.Context) error {
	return h.update(ctx, func(tx Tx, o Organisation) error {
		icons, err := tx.Icons(ctx, o.Name)
		if err != nil {
			return err
		}
		for _, i := range icons {
			if err := h.wantAvatar(ctx, tx, i.Actor, i.URL); err != nil {
				return err
			}
		}
		return nil
	})
}

// SweepPictures deletes the files that nobody shows any more: of actors that are
// gone, and of what was broken off. What was put lately is about to be shown.
func (h *Hub) SweepPictures(ctx context.Context) error {
	o, err := h.Organisation(ctx)
	if err != nil {
		return err
	}
	uploads, err := h.media.Old(time.Hour)
	if err != nil {
		return err
	}
	for _, file := range uploads {
		if file != o.Logo.File && file != o.Banner.File {
			err = errors.Join(err, h.media.Delete(file))
		}
	}
	copies, oldErr := h.cache.Old(time.Hour)
	if err = errors.Join(err, oldErr); err != nil {
		return err
	}
	return h.store.View(ctx, func(tx Tx) error {
		for _, file := range copies {
			n, err := tx.CountAvatars(ctx, file)
			if err == nil && n == 0 {
				err = h.cache.Delete(file)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// fetchPicture copies the picture of somebody we follow. What is there and is no
// picture is noted, so that it is not asked for again until it is elsewhere.
func (h *Hub) fetchPicture(ctx context.Context, f Fetch) error {
	wanted, err := read(ctx, h, func(tx Tx) (Avatar, error) { return tx.Avatar(ctx, f.Actor) })
	if err != nil || wanted.URL != f.ID {
		return err // they have another one meanwhile
	}
	file, err := h.copyPicture(ctx, f.ID)
	if err != nil {
		if !isTheirs(err) {
			return err
		}
		h.log.InfoContext(ctx, "copying a picture", "actor", f.Actor, "url", f.ID, "err", err)
	}
	unused := ""
	err = h.store.Update(ctx, func(tx Tx) error {
		unused = ""
		old, err := tx.Avatar(ctx, f.Actor)
		if err != nil || old.URL != f.ID {
			return err
		}
		if err := tx.SaveAvatar(ctx, Avatar{Actor: f.Actor, URL: f.ID, File: file}); err != nil {
			return err
		}
		n, err := tx.CountAvatars(ctx, old.File)
		if n == 0 {
			unused = old.File
		}
		return err
	})
	if err != nil || unused == "" {
		return err
	}
	return h.cache.Delete(unused)
}

// isTheirs reports whether an error says of what is there that it is no picture
// for us; any other may pass.
func isTheirs(err error) bool {
	for _, theirs := range []error{federation.ErrNotFound, federation.ErrGone, federation.ErrForbidden, federation.ErrMalformed,
		picture.ErrUnreadable, picture.ErrTooLarge} {
		if errors.Is(err, theirs) {
			return true
		}
	}
	return false
}

func (h *Hub) copyPicture(ctx context.Context, url string) (file string, err error) {
	data, err := h.fed.Picture(ctx, url)
	if err != nil {
		return "", err
	}
	free, err := h.toDraw(ctx)
	if err != nil {
		return "", err
	}
	defer free()
	p, err := picture.Cover(data, avatarSide, avatarSide)
	if err != nil {
		return "", err
	}
	return h.cache.Put(p.Data, extension(p))
}
