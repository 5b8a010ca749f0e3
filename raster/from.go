package raster

import (
	"image"
	"image/color"
)

// From fills m with the pixels of src: grey images with one channel, all others with three. What is transparent is shown on
// black. The values are those that src's own colours have, but that the colour of a JPEG, which is stored for every second pixel
// only, is interpolated as libjpeg does it, and with it Pillow and PyTorch.
func From(m *Image, src image.Image) {
	b := src.Bounds()
	if b.Empty() {
		m.Reset(3, 0, 0)
		return
	}
	switch s := src.(type) {
	case *image.Gray:
		fromBytes(m, b, 1, s.Pix, s.Stride, 1)
	case *image.Gray16:
		fromBytes(m, b, 1, s.Pix, s.Stride, 2)
	case *image.RGBA:
		fromBytes(m, b, 3, s.Pix, s.Stride, 4)
	case *image.NRGBA:
		if s.Opaque() {
			fromBytes(m, b, 3, s.Pix, s.Stride, 4)
			return
		}
		fromAny(m, s)
	case *image.YCbCr:
		fromYCbCr(m, s)
	case *image.CMYK:
		fromCMYK(m, s)
	case *image.Paletted:
		fromPalette(m, s)
	case image.RGBA64Image:
		fromAny(m, s)
	default:
		m.Reset(3, b.Dy(), b.Dx())
		red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
		for i := range red {
			r, g, b, _ := src.At(b.Min.X+i%m.Width, b.Min.Y+i/m.Width).RGBA()
			red[i], green[i], blue[i] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
		}
	}
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

// fromAny asks for pixel after pixel, without memory for each.
func fromAny(m *Image, s image.RGBA64Image) {
	b := s.Bounds()
	m.Reset(3, b.Dy(), b.Dx())
	red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
	i := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			p := s.RGBA64At(x, y)
			red[i], green[i], blue[i] = uint8(p.R>>8), uint8(p.G>>8), uint8(p.B>>8)
			i++
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

func fromPalette(m *Image, s *image.Paletted) {
	var colours [256][3]uint8 // what is beyond the palette is black
	for i, c := range s.Palette {
		r, g, b, _ := c.RGBA()
		colours[i&0xff] = [3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
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
