package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// demoLogo draws a logo for the nth organisation of the demo: leaves on a lattice,
// in a pattern and a colour of its own.
func demoLogo(name string, n int) ([]byte, error) {
	const side, cells = 240, 5
	const cell = side / (cells + 1)
	seed := sha256.Sum256([]byte(name))
	grounds := []color.RGBA{
		{0x0d, 0x5f, 0x63, 0xff}, {0x7a, 0x2f, 0x62, 0xff}, {0x1d, 0x4e, 0x89, 0xff}, {0x8a, 0x5a, 0x00, 0xff},
		{0x3d, 0x5a, 0x2a, 0xff}, {0x8c, 0x2f, 0x2a, 0xff}, {0x37, 0x3f, 0x8c, 0xff}, {0x2b, 0x6a, 0x4a, 0xff},
		{0x52, 0x52, 0x5a, 0xff},
	}
	ground, leaf := grounds[n%len(grounds)], color.RGBA{0xff, 0xf6, 0xdf, 0xff}
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if isRounded(x, y, side, side/6) {
				img.SetRGBA(x, y, ground)
			}
		}
	}
	for row := range cells {
		for column := range (cells + 1) / 2 {
			if seed[1+row*3+column]%2 == 0 {
				continue
			}
			for _, mirrored := range []int{column, cells - 1 - column} {
				at := image.Pt(cell*(mirrored+1)-cell/2, cell*(row+1)-cell/2)
				for y := range cell {
					for x := range cell {
						if isRounded(x, y, cell, cell/2-2) {
							img.SetRGBA(at.X+x, at.Y+y, leaf)
						}
					}
				}
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("drawing the logo of %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// isRounded reports whether a point lies in a square with rounded corners.
func isRounded(x, y, side, radius int) bool {
	beyond := func(v int) int { return max(radius-v, v-(side-1-radius), 0) }
	dx, dy := beyond(x), beyond(y)
	return dx*dx+dy*dy <= radius*radius
}
