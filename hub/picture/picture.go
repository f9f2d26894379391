// Package picture makes small clean pictures of what people upload and of what
// strangers serve.
//
// It knows pixels. It decodes PNG, JPEG, GIF and WebP, turns a picture the way
// its camera was held, scales it, and writes PNG or JPEG anew: nothing of the
// bytes that came is in what it makes, no place where a photograph was taken
// and no script behind a picture. It does not know what a picture is of, where
// it came from or where it is kept.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

var (
	// ErrUnreadable says that it is no picture, or none of a kind that is read.
	ErrUnreadable = errors.New("no picture that can be read")
	// ErrTooLarge says that it has too many pixels to be looked at.
	ErrTooLarge = errors.New("too many pixels")
)

// maxPixels is how many a picture may have: those of most cameras, and 100 MB
// of memory while it is scaled. A pixel of more than eight bits a colour counts
// for two.
const maxPixels = 25_000_000

// A Picture is one that was made here.
type Picture struct {
	Data []byte
	// Type is "image/png" where something shines through, else "image/jpeg".
	Type          string
	Width, Height int
}

// Fit makes a picture whose sides are at most side pixels long. It makes
// nothing larger than it is.
func Fit(data []byte, side int) (Picture, error) {
	return redraw(data, func(size image.Point) (image.Rectangle, image.Point) {
		whole := image.Rectangle{Max: size}
		long := max(size.X, size.Y)
		if long <= side {
			return whole, size
		}
		return whole, image.Pt(max(1, size.X*side/long), max(1, size.Y*side/long))
	})
}

// Cover cuts the middle that has the proportions of width and height out of a
// picture, and makes it as large as that at most.
func Cover(data []byte, width, height int) (Picture, error) {
	return redraw(data, func(size image.Point) (image.Rectangle, image.Point) {
		w, h := size.X, max(1, size.X*height/width)
		if h > size.Y {
			w, h = max(1, size.Y*width/height), size.Y
		}
		corner := image.Pt((size.X-w)/2, (size.Y-h)/2)
		cut := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
		return cut, image.Pt(min(w, width), min(h, height))
	})
}

// redraw decodes, cuts, scales, turns and encodes a picture. plan says for its
// size as it is looked at which part becomes how large.
func redraw(data []byte, plan func(size image.Point) (image.Rectangle, image.Point)) (Picture, error) {
	from, err := decode(data)
	if err != nil {
		return Picture{}, err
	}
	turn := orientation(data)
	size := from.Bounds().Size()
	if turn.onSide() {
		size = image.Pt(size.Y, size.X)
	}
	cut, to := plan(size)
	if turn.onSide() {
		cut, to = flip(cut), image.Pt(to.Y, to.X)
	}
	scaled := image.NewRGBA(image.Rectangle{Max: to})
	// The middle stays the middle however a picture is turned.
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), from, cut.Add(from.Bounds().Min), draw.Src, nil)
	return encode(turn.apply(scaled))
}

func flip(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
}

// A format is a kind of picture that is read.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formatOf tells by the first bytes what data is, whatever somebody says it is.
func formatOf(data []byte) (format, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return format{png.DecodeConfig, png.Decode}, true
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return format{jpeg.DecodeConfig, jpeg.Decode}, true
	case bytes.HasPrefix(data, []byte("GIF8")):
		return format{gif.DecodeConfig, gif.Decode}, true
	case isWebP(data):
		return format{webp.DecodeConfig, webp.Decode}, true
	}
	return format{}, false
}

func isWebP(data []byte) bool {
	return len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// decode reads the first picture there is in data. How large it is is read
// first, because a few bytes can ask for gigabytes.
func decode(data []byte) (img image.Image, err error) {
	defer func() {
		// Decoders of so many formats: no stranger's bytes end the program.
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("%w: %v", ErrUnreadable, thrown)
		}
	}()
	f, ok := formatOf(data)
	if !ok {
		return nil, ErrUnreadable
	}
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	room := maxPixels
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		room /= 2
	}
	switch {
	case c.Width < 1 || c.Height < 1:
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrUnreadable, c.Width, c.Height)
	case c.Width > room || c.Height > room || c.Width*c.Height > room:
		return nil, fmt.Errorf("%w: %d × %d", ErrTooLarge, c.Width, c.Height)
	}
	if img, err = f.decode(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if img.Bounds().Empty() {
		return nil, fmt.Errorf("%w: empty", ErrUnreadable)
	}
	return img, nil
}

func encode(img *image.RGBA) (Picture, error) {
	p := Picture{Type: "image/jpeg", Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	var b bytes.Buffer
	var err error
	if img.Opaque() {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 88})
	} else {
		p.Type = "image/png"
		err = png.Encode(&b, img)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("writing a picture: %w", err)
	}
	p.Data = b.Bytes()
	return p, nil
}
