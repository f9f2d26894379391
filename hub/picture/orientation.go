package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// A turn is how a picture must be turned to stand upright, as cameras write it:
// 1 is upright, 2 to 4 are upside down or mirrored, 5 to 8 lie on a side. (Exif
// 2.32, 4.6.4, "Orientation")
type turn int

// onSide reports whether width and height change places.
func (t turn) onSide() bool { return t >= 5 }

// apply turns a picture.
func (t turn) apply(from *image.RGBA) *image.RGBA {
	if t <= 1 {
		return from
	}
	size := from.Rect.Size()
	right, bottom := size.X-1, size.Y-1
	// at is where a pixel of the upright picture comes from.
	at := map[turn]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return right - x, y },
		3: func(x, y int) (int, int) { return right - x, bottom - y },
		4: func(x, y int) (int, int) { return x, bottom - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, bottom - x },
		7: func(x, y int) (int, int) { return right - y, bottom - x },
		8: func(x, y int) (int, int) { return right - y, x },
	}[t]
	if t.onSide() {
		size = image.Pt(size.Y, size.X)
	}
	to := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			fx, fy := at(x, y)
			to.SetRGBA(x, y, from.RGBAAt(fx, fy))
		}
	}
	return to
}

// orientation is how the camera was held, 1 where the file does not say.
func orientation(data []byte) turn {
	var exif []byte
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		exif = jpegExif(data[2:])
	case isWebP(data):
		exif = webpExif(data[12:])
	}
	return tiffOrientation(bytes.TrimPrefix(exif, []byte("Exif\x00\x00")))
}

// jpegExif is the first Exif segment of a JPEG, after its beginning.
func jpegExif(data []byte) []byte {
	for len(data) >= 4 && data[0] == 0xff {
		kind, length := data[1], int(binary.BigEndian.Uint16(data[2:]))
		if kind == 0xda || length < 2 || 2+length > len(data) {
			return nil // the pixels begin, or it is broken off
		}
		if segment := data[4 : 2+length]; kind == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return segment
		}
		data = data[2+length:]
	}
	return nil
}

// webpExif is the Exif chunk of a WebP, after its header.
func webpExif(data []byte) []byte {
	for len(data) >= 8 {
		length := int64(binary.LittleEndian.Uint32(data[4:]))
		if 8+length > int64(len(data)) {
			return nil
		}
		if string(data[:4]) == "EXIF" {
			return data[8 : 8+length]
		}
		data = data[min(8+length+length%2, int64(len(data))):]
	}
	return nil
}

// tiffOrientation is what the first directory of a TIFF says of orientation.
func tiffOrientation(tiff []byte) turn {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		const tag, short = 0x0112, 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if v := turn(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			break
		}
		entries = entries[12:]
	}
	return 1
}
