package raster

// Turn brings an image that a camera has stored as it was held upright: orientation is the number of EXIF, 1 to 8. Others change
// nothing. Spare is memory that is used again; it may be nil.
func Turn(m *Image, orientation int, spare *Image) {
	if orientation < 2 || orientation > 8 || len(m.Pix) == 0 {
		return
	}
	if spare == nil {
		spare = &Image{}
	}
	h, w := m.Height, m.Width
	if orientation >= 5 {
		h, w = w, h
	}
	deep := len(m.Low) > 0
	spare.Reset(m.Channels, h, w)
	if deep {
		spare.deepen()
	}
	// from is where row y of the upright image begins in a plane of the stored one, and step leads from pixel to pixel.
	from, step := func(y int) int { return y * m.Width }, 1
	last, bottom := m.Width-1, (m.Height-1)*m.Width
	switch orientation {
	case 2:
		from, step = func(y int) int { return y*m.Width + last }, -1
	case 3:
		from, step = func(y int) int { return bottom - y*m.Width + last }, -1
	case 4:
		from = func(y int) int { return bottom - y*m.Width }
	case 5:
		from, step = func(y int) int { return y }, m.Width
	case 6:
		from, step = func(y int) int { return bottom + y }, -m.Width
	case 7:
		from, step = func(y int) int { return bottom + last - y }, -m.Width
	case 8:
		from, step = func(y int) int { return last - y }, m.Width
	}
	n := h * w
	for c := range m.Channels {
		for y := range h {
			at := c*n + from(y)
			for x := range w {
				spare.Pix[c*n+y*w+x] = m.Pix[at]
				if deep {
					spare.Low[c*n+y*w+x] = m.Low[at]
				}
				at += step
			}
		}
	}
	m.Height, m.Width, m.Pix, spare.Pix = h, w, spare.Pix, m.Pix
	m.Low, spare.Low = spare.Low, m.Low[:0]
}
