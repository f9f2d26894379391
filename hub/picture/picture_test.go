package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"pergola/hub/picture"
)

var (
	red   = color.RGBA{R: 220, A: 255}
	green = color.RGBA{G: 200, A: 255}
	blue  = color.RGBA{B: 220, A: 255}
	grey  = color.RGBA{R: 128, G: 128, B: 128, A: 255}
	hole  = color.RGBA{}
)

// quarters is a picture with a colour in each quarter: top left, top right,
// bottom left, bottom right.
func quarters(w, h int, c ...color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			i := 0
			if x >= w/2 {
				i++
			}
			if y >= h/2 {
				i += 2
			}
			img.Set(x, y, c[i%len(c)])
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asJPEG is a photograph with an Exif segment that says how it was held, and
// where it was taken.
func asJPEG(t testing.TB, img image.Image, orientation int, order binary.AppendByteOrder) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	mark := "MM"
	if order.String() == "LittleEndian" {
		mark = "II"
	}
	tiff := order.AppendUint16([]byte(mark), 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x0100), 4), 1), 0, 0, 0, 1)
	tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3), 1)
	tiff = append(order.AppendUint16(tiff, uint16(orientation)), 0, 0)
	tiff = append(tiff, "GPS 48.1N 20.8E"...)
	exif := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	photo := append([]byte{0xff, 0xd8}, segment...)
	photo = append(photo, exif...)
	return append(photo, b.Bytes()[2:]...)
}

func look(t *testing.T, p picture.Picture) image.Image {
	t.Helper()
	img, kind, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil || "image/"+kind != p.Type {
		t.Fatalf("a picture of type %s is %q: %v", p.Type, kind, err)
	}
	if size := img.Bounds().Size(); size.X != p.Width || size.Y != p.Height {
		t.Fatalf("a picture of %d × %d is %v", p.Width, p.Height, size)
	}
	return img
}

// isNear reports whether two colours are as good as the same.
func isNear(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2), int(a1) - int(a2)} {
		if d < -6000 || d > 6000 {
			return false
		}
	}
	return true
}

// TestOrientation turns a photograph in each way that a camera can be held.
func TestOrientation(t *testing.T) {
	// What stands in the corners of the upright picture for each orientation of
	// the same stored one: red, green / blue, grey.
	upright := map[int][4]color.Color{
		0: {red, green, blue, grey}, 1: {red, green, blue, grey}, 2: {green, red, grey, blue},
		3: {grey, blue, green, red}, 4: {blue, grey, red, green}, 5: {red, blue, green, grey},
		6: {blue, red, grey, green}, 7: {grey, green, blue, red}, 8: {green, grey, red, blue},
		9: {red, green, blue, grey},
	}
	for orientation, want := range upright {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			data := asJPEG(t, quarters(400, 200, red, green, blue, grey), orientation, order)
			p, err := picture.Fit(data, 100)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(p.Data, []byte("GPS")) || bytes.Contains(p.Data, []byte("Exif")) {
				t.Errorf("orientation %d: it still says where it was taken", orientation)
			}
			img := look(t, p)
			w, h := 100, 50
			if orientation >= 5 && orientation <= 8 {
				w, h = h, w
			}
			if p.Width != w || p.Height != h {
				t.Errorf("orientation %d: %d × %d, want %d × %d", orientation, p.Width, p.Height, w, h)
				continue
			}
			for i, at := range []image.Point{{w / 4, h / 4}, {w * 3 / 4, h / 4}, {w / 4, h * 3 / 4}, {w * 3 / 4, h * 3 / 4}} {
				if got := img.At(at.X, at.Y); !isNear(got, want[i]) {
					t.Errorf("orientation %d, %s: quarter %d is %v, want %v", orientation, order, i, got, want[i])
				}
			}
		}
	}
}

func TestSizes(t *testing.T) {
	fit := func(data []byte) (picture.Picture, error) { return picture.Fit(data, 512) }
	cover := func(data []byte) (picture.Picture, error) { return picture.Cover(data, 1500, 500) }
	for _, c := range []struct {
		name         string
		do           func([]byte) (picture.Picture, error)
		w, h         int
		wantW, wantH int
	}{
		{"a small logo stays", fit, 40, 30, 40, 30},
		{"a wide logo", fit, 2048, 512, 512, 128},
		{"a high logo", fit, 300, 1200, 128, 512},
		{"a line", fit, 1, 9000, 1, 512},
		{"a banner", cover, 3000, 1000, 1500, 500},
		{"a square becomes a banner", cover, 1600, 1600, 1500, 500},
		{"a strip becomes a banner", cover, 3000, 100, 300, 100},
		{"a small banner stays small", cover, 300, 400, 300, 100},
		{"a line becomes a dot", cover, 1, 9000, 1, 1},
	} {
		p, err := c.do(asPNG(t, quarters(c.w, c.h, red)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		look(t, p)
		if p.Width != c.wantW || p.Height != c.wantH || p.Type != "image/jpeg" {
			t.Errorf("%s: %s of %d × %d, want %d × %d", c.name, p.Type, p.Width, p.Height, c.wantW, c.wantH)
		}
	}
}

// TestCoverKeepsTheMiddle: of a photograph on its side too.
func TestCoverKeepsTheMiddle(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 300, 300))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y := range 100 {
		for x := range 300 {
			img.Set(x, y+100, blue)
		}
	}
	for orientation, want := range map[int]bool{1: true, 3: true, 6: false} {
		p, err := picture.Cover(asJPEG(t, img, orientation, binary.BigEndian), 90, 30)
		if err != nil {
			t.Fatal(err)
		}
		if got := isNear(look(t, p).At(5, 15), blue); got != want {
			t.Errorf("orientation %d: blue at the side: %v, want %v", orientation, got, want)
		}
	}
}

func TestTransparencyStays(t *testing.T) {
	data := asPNG(t, quarters(100, 100, red, hole, hole, blue))
	p, err := picture.Fit(data, 50)
	if err != nil {
		t.Fatal(err)
	}
	img := look(t, p)
	if _, _, _, alpha := img.At(40, 10).RGBA(); p.Type != "image/png" || alpha != 0 || !isNear(img.At(10, 10), red) {
		t.Errorf("%s, alpha %d, %v", p.Type, alpha, img.At(10, 10))
	}
}

func TestGIF(t *testing.T) {
	var b bytes.Buffer
	if err := gif.Encode(&b, quarters(64, 64, red), nil); err != nil {
		t.Fatal(err)
	}
	p, err := picture.Cover(b.Bytes(), 32, 32)
	if err != nil || !isNear(look(t, p).At(16, 16), red) {
		t.Errorf("%+v, %v", p, err)
	}
}

// webp is a lossy WebP of one pixel.
const webp = "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x01\x40&%\xa4\x00\x03p\x00\xfe\xfd6h\x00"

func TestWebP(t *testing.T) {
	p, err := picture.Fit([]byte(webp), 32)
	if err != nil || p.Width != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	look(t, p)
}

// bomb is a PNG that says it is enormous, in a few bytes.
func bomb(w, h uint32, depth byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	head = append(head, depth, 6, 0, 0, 0)
	data := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	data = append(data, head...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(head))
}

func TestRefused(t *testing.T) {
	short := asPNG(t, quarters(100, 100, red, green, blue, grey))
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, picture.ErrUnreadable},
		{"a page", []byte("<!doctype html><script>alert(1)</script>"), picture.ErrUnreadable},
		{"a drawing with a script", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), picture.ErrUnreadable},
		{"a document for programs", []byte(`{"@context":"https://www.w3.org/ns/activitystreams"}`), picture.ErrUnreadable},
		{"broken off", short[:len(short)/2], picture.ErrUnreadable},
		{"a bomb", bomb(50_000, 50_000, 8), picture.ErrTooLarge},
		{"a long bomb", bomb(1<<31-1, 1, 8), picture.ErrTooLarge},
		{"a deep bomb", bomb(4_000, 4_000, 16), picture.ErrTooLarge},
		{"no size", bomb(0, 5, 8), picture.ErrUnreadable},
	} {
		if _, err := picture.Fit(c.data, 512); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// A file that is a picture and something else comes out as a picture alone.
func TestNothingOfTheFileIsLeft(t *testing.T) {
	data := append(asPNG(t, quarters(60, 60, red)), "<script>alert(1)</script>"...)
	p, err := picture.Fit(data, 512)
	if err != nil || bytes.Contains(p.Data, []byte("script")) {
		t.Errorf("%q, %v", p.Data, err)
	}
}

func FuzzFit(f *testing.F) {
	f.Add(asPNG(f, quarters(8, 8, red, hole)))
	f.Add(asJPEG(f, quarters(8, 8, red, green), 6, binary.LittleEndian))
	f.Add([]byte(webp))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("RIFF\x10\x00\x00\x00WEBPEXIF\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := picture.Fit(data, 16)
		if err != nil {
			return
		}
		if p.Width < 1 || p.Width > 16 || p.Height < 1 || p.Height > 16 {
			t.Errorf("%d × %d", p.Width, p.Height)
		}
	})
}
