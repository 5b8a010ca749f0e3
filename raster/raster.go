// Package raster holds the image itself, as package series holds the series: its size, its pixels and where it came from.
//
//	var m raster.Image
//	raster.From(&m, decoded) // any image.Image
//	fmt.Println(m.Channels, m.Height, m.Width)
//
// Pixels are bytes, [channel, height, width]: all of the red ones, row by row from the top, then the green and the blue ones;
// a grey image has one channel. That is the order in which networks and their augmentations want them.
package raster

import (
	"image"
	"image/color"
)

// Image is one image. The zero value is empty, and its memory is reused by whoever fills it again.
type Image struct {
	// Channels is 1 (grey) or 3 (red, green, blue); Height and Width are in pixels.
	Channels, Height, Width int
	// Pix are the pixels, [Channels, Height, Width], 0 to 255.
	Pix []uint8
	// Name says where the image is from: a path, or a file and the number of the image in it.
	Name string
}

// Reset gives the image a size and leaves its pixels undefined.
func (m *Image) Reset(channels, height, width int) {
	m.Channels, m.Height, m.Width = channels, height, width
	n := channels * height * width
	if cap(m.Pix) < n {
		m.Pix = make([]uint8, n)
	}
	m.Pix = m.Pix[:n]
}

// Plane returns the pixels of one channel, [Height, Width].
func (m *Image) Plane(channel int) []uint8 {
	n := m.Height * m.Width
	return m.Pix[channel*n : (channel+1)*n]
}

// From fills m with the pixels of src: grey images with one channel, all others with three. What is transparent is shown on
// black.
func From(m *Image, src image.Image) {
	b := src.Bounds()
	switch s := src.(type) {
	case *image.Gray:
		m.Reset(1, b.Dy(), b.Dx())
		for y := range m.Height {
			copy(m.Pix[y*m.Width:(y+1)*m.Width], s.Pix[y*s.Stride:])
		}
		return
	case *image.Gray16:
		m.Reset(1, b.Dy(), b.Dx())
		for i := range m.Pix {
			m.Pix[i] = s.Pix[i/m.Width*s.Stride+i%m.Width*2]
		}
		return
	case *image.YCbCr:
		m.Reset(3, b.Dy(), b.Dx())
		r, g, bl := m.Plane(0), m.Plane(1), m.Plane(2)
		for i := range r {
			x, y := b.Min.X+i%m.Width, b.Min.Y+i/m.Width
			at, c := s.YOffset(x, y), s.COffset(x, y)
			r[i], g[i], bl[i] = color.YCbCrToRGB(s.Y[at], s.Cb[c], s.Cr[c])
		}
		return
	}
	m.Reset(3, b.Dy(), b.Dx())
	red, green, blue := m.Plane(0), m.Plane(1), m.Plane(2)
	for i := range red {
		r, g, b, _ := src.At(b.Min.X+i%m.Width, b.Min.Y+i/m.Width).RGBA()
		red[i], green[i], blue[i] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
	}
}

// Image returns a copy that can be drawn or written as PNG.
func (m *Image) Image() image.Image {
	out := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
	n := m.Height * m.Width
	for i := range n {
		r := m.Pix[i]
		g, b := r, r
		if m.Channels == 3 {
			g, b = m.Pix[n+i], m.Pix[2*n+i]
		}
		copy(out.Pix[4*i:], []uint8{r, g, b, 255})
	}
	return out
}
