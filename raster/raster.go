// Package raster holds images, as package series holds series: their size, their pixels and where they came from.
//
//	var m raster.Image
//	raster.From(&m, decoded) // any image.Image
//	fmt.Println(m.Channels, m.Height, m.Width)
//
// Pixels are bytes, [channel, height, width]: all of the red ones, row by row from the top, then the green and the blue ones;
// a grey image has one channel. Networks and augmentations use the same order.
package raster

import "image"

// Image is one image. The zero value is empty; filling an image again reuses its memory.
type Image struct {
	// Channels is 1 (grey) or 3 (red, green, blue); Height and Width are in pixels.
	Channels, Height, Width int
	// Pix are the pixels, [Channels, Height, Width], 0 to 255.
	Pix []uint8
	// Low is empty for an image of 8 bits. For one of 16 bits it has the lower byte of each value, and Pix the upper one.
	Low []uint8
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
	m.Pix, m.Low = m.Pix[:n], m.Low[:0]
}

// deepen makes room for 16 bits.
func (m *Image) deepen() {
	if cap(m.Low) < len(m.Pix) {
		m.Low = make([]uint8, len(m.Pix))
	}
	m.Low = m.Low[:len(m.Pix)]
}

// Unit is value i of Pix from 0 to 1, with all of its bits.
func (m *Image) Unit(i int) float64 {
	if len(m.Low) > 0 {
		return float64(uint16(m.Pix[i])<<8|uint16(m.Low[i])) / 0xffff
	}
	return float64(m.Pix[i]) / 255
}

// Plane returns the pixels of one channel, [Height, Width].
func (m *Image) Plane(channel int) []uint8 {
	n := m.Height * m.Width
	return m.Pix[channel*n : (channel+1)*n]
}

// Image returns a copy that can be drawn or written as PNG.
func (m *Image) Image() image.Image {
	out := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
	r := m.Plane(0)
	g, b := r, r
	if m.Channels == 3 {
		g, b = m.Plane(1), m.Plane(2)
	}
	for i := range r {
		p := out.Pix[4*i : 4*i+4]
		p[0], p[1], p[2], p[3] = r[i], g[i], b[i], 255
	}
	return out
}
