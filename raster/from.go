package raster

import (
	"image"
	"image/color"
)

// From fills m with the pixels of src: grey images with one channel, all others with three. What is transparent is shown on
// black. The values are those that src's own colours have; the kinds that decoders of JPEG and PNG give are read without a call
// per pixel.
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

// fromYCbCr is what a JPEG in colour goes through.
func fromYCbCr(m *Image, s *image.YCbCr) {
	if s.Rect.Min.X < 0 || s.Rect.Min.Y < 0 {
		fromAny(m, s) // a colour's place is found by division, which rounds the other way below zero
		return
	}
	m.Reset(3, s.Rect.Dy(), s.Rect.Dx())
	red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
	shift := 0 // one colour is for 2^shift pixels of a row
	switch s.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		shift = 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		shift = 2
	}
	x0 := s.Rect.Min.X
	for row := range m.Height {
		lo, hi := row*m.Width, (row+1)*m.Width
		r, g, b := red[lo:hi], green[lo:hi], blue[lo:hi]
		c := s.COffset(x0, s.Rect.Min.Y+row) - x0>>shift
		luma := s.Y[row*s.YStride : row*s.YStride+m.Width]
		for x, v := range luma {
			at := c + (x0+x)>>shift
			// The integers of color.YCbCrToRGB, which is too long to be inlined.
			y, cb, cr := int32(v)*0x10101, int32(s.Cb[at])-128, int32(s.Cr[at])-128
			r[x] = clamp(y + 91881*cr)
			g[x] = clamp(y - 22554*cb - 46802*cr)
			b[x] = clamp(y + 116130*cb)
		}
	}
}

// clamp rounds 16 binary places off and cuts to a byte.
func clamp(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }
