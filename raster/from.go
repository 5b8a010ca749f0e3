package raster

import (
	"image"
	"image/color"
	"slices"
)

// From is [FromOn] with a white ground.
func From(m *Image, src image.Image) { FromOn(m, src, White) }

// FromOn fills m with the pixels of src: grey images with one channel, all others with three. What is transparent shows the
// ground. A drawing of which nothing is to be seen on it, since its one colour is that of the ground, is drawn in black, or in white on
// a dark ground. The values are those that src's own colours have, but that the colour of a JPEG, which is stored for every second
// pixel only, is interpolated as libjpeg does it, and with it Pillow and PyTorch. Images of 16 bits keep them.
func FromOn(m *Image, src image.Image, ground Ground) {
	b := src.Bounds()
	if b.Empty() {
		m.Reset(3, 0, 0)
		return
	}
	switch s := src.(type) {
	case *image.Gray:
		fromBytes(m, b, 1, s.Pix, s.Stride, 1)
	case *image.Gray16:
		fromGray16(m, s)
	case *image.RGBA:
		if s.Opaque() {
			fromBytes(m, b, 3, s.Pix, s.Stride, 4)
			return
		}
		fromAny(m, s, ground, false)
	case *image.NRGBA:
		if s.Opaque() {
			fromBytes(m, b, 3, s.Pix, s.Stride, 4)
			return
		}
		fromAny(m, s, ground, false)
	case *image.YCbCr:
		fromYCbCr(m, s)
	case *image.CMYK:
		fromCMYK(m, s)
	case *image.Paletted:
		fromPalette(m, s, ground)
	case *image.RGBA64, *image.NRGBA64:
		fromAny(m, src.(image.RGBA64Image), ground, true)
	case image.RGBA64Image:
		fromAny(m, s, ground, false)
	default:
		fromAny(m, slow{src}, ground, false)
	}
}

// slow is an image that knows its colours one by one only.
type slow struct{ image.Image }

// RGBA64At implements [image.RGBA64Image].
func (s slow) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := s.At(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

// fromBytes takes the channels from pixels of step bytes, of which the first ones are the channels.
func fromBytes(m *Image, b image.Rectangle, channels int, pix []uint8, stride, step int) {
	m.Reset(channels, b.Dy(), b.Dx())
	for c := range channels {
		plane := m.Plane(c)
		for y := range m.Height {
			row, from := plane[y*m.Width:(y+1)*m.Width], pix[y*stride+c:]
			if step == 1 {
				copy(row, from)
				continue
			}
			for x := range row {
				row[x] = from[x*step]
			}
		}
	}
}

// fromAny takes colours as they come, 16 bits of them if deep.
func fromAny(m *Image, s image.RGBA64Image, ground Ground, deep bool) {
	c := composition{ground: ground}
	fromColours(m, s, deep, c.on)
	if c.hidden() {
		fromColours(m, s, deep, ground.drawing)
	}
}

// fromColours makes each pixel what show says of its colour.
func fromColours(m *Image, s image.RGBA64Image, deep bool, show func(color.RGBA64) [3]uint16) {
	b := s.Bounds()
	m.Reset(3, b.Dy(), b.Dx())
	if deep {
		m.deepen()
	}
	n, i := m.Height*m.Width, 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			for k, v := range show(s.RGBA64At(x, y)) {
				m.Pix[k*n+i] = uint8(v >> 8)
				if deep {
					m.Low[k*n+i] = uint8(v)
				}
			}
			i++
		}
	}
}

// fromGray16 keeps both bytes.
func fromGray16(m *Image, s *image.Gray16) {
	fromBytes(m, s.Rect, 1, s.Pix, s.Stride, 2)
	m.deepen()
	for y := range m.Height {
		row, from := m.Low[y*m.Width:(y+1)*m.Width], s.Pix[y*s.Stride+1:]
		for x := range row {
			row[x] = from[2*x]
		}
	}
}

func fromCMYK(m *Image, s *image.CMYK) {
	m.Reset(3, s.Rect.Dy(), s.Rect.Dx())
	red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
	for y := range m.Height {
		row, at := s.Pix[y*s.Stride:], y*m.Width
		for x := range m.Width {
			p := row[4*x : 4*x+4]
			red[at+x], green[at+x], blue[at+x] = color.CMYKToRGB(p[0], p[1], p[2], p[3])
		}
	}
}

// fromPalette takes colours from a palette; what is beyond it is black.
func fromPalette(m *Image, s *image.Paletted, ground Ground) {
	full := slices.Grow(slices.Clone(s.Palette), 256)
	for len(full) < 256 {
		full = append(full, color.Black)
	}
	var colours [256][3]uint8
	for i, c := range full[:256] {
		r, g, b, a := c.RGBA()
		if a < 0xffff {
			whole := *s
			whole.Palette = full
			fromAny(m, &whole, ground, false)
			return
		}
		colours[i] = [3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
	}
	m.Reset(3, s.Rect.Dy(), s.Rect.Dx())
	red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
	for y := range m.Height {
		row, at := s.Pix[y*s.Stride:], y*m.Width
		for x := range m.Width {
			c := &colours[row[x]]
			red[at+x], green[at+x], blue[at+x] = c[0], c[1], c[2]
		}
	}
}
