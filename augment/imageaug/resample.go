package imageaug

import "math"

// Filter is the way pixels are interpolated.
type Filter int

// The filters of Pillow's resize, and of torchvision's with antialias: they are wider where the picture shrinks.
const (
	// Bilinear interpolates linearly.
	Bilinear Filter = iota
	// Bicubic interpolates by cubic curves (Keys, a = -0.5), which may overshoot; the result is clamped to 0..1.
	Bicubic
)

// at returns the weight at a distance in pixels.
func (f Filter) at(x float64) float64 {
	x = math.Abs(x)
	if f != Bicubic {
		return max(1-x, 0)
	}
	const a = -0.5
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// reach is the distance from which on the weights are 0.
func (f Filter) reach() float64 {
	if f == Bicubic {
		return 2
	}
	return 1
}

// resample makes the part of the picture in the box the whole of it, Size x Size.
func (p *Picture) resample() {
	w, n := p.work, p.Size
	box := p.box
	top, bottom, left, right := 0, p.Height, 0, p.Width
	if !p.open {
		top, bottom = inside(box.top, box.height, p.Height)
		left, right = inside(box.left, box.width, p.Width)
	}
	w.down.set(n, box.top, box.height, top, bottom, p.filter)
	w.across.set(n, box.left, box.width, left, right, p.filter)
	if p.mirrored {
		w.across.reverse()
	}
	// Only the rows that count are resampled across.
	low, rows := w.down.low, w.down.top-w.down.low
	mid := grow(&w.mid, rows*n)
	out, at := p.target(n, n)
	lo, hi := w.across.low, w.across.top
	row := grow(&w.row, p.Width)
	for c := range p.Channels {
		for y := range rows {
			offset := (c*p.Height + low + y) * p.Width
			if p.bytes != nil {
				p.toValues(row[lo:hi], offset+lo)
			} else {
				row = p.values[offset : offset+p.Width]
			}
			w.across.line(mid[y*n:(y+1)*n], row)
		}
		plane := out[c*n*n : (c+1)*n*n]
		taps := w.down.taps
		for y := range n {
			from := (int(w.down.start[y]) - low) * n
			sumRows(plane[y*n:(y+1)*n], mid[from:from+taps*n], w.down.w[y*taps:(y+1)*taps])
		}
	}
	if p.filter == Bicubic {
		clamp(out)
	}
	p.become(out, at, n, n)
}

// inside returns the bounds of the pixels, of n, that lie wholly within a stretch; at least one.
func inside(from, length float64, n int) (low, top int) {
	const slack = 1e-6
	low, top = max(int(math.Ceil(from-slack)), 0), min(int(math.Floor(from+length+slack)), n)
	if low >= top {
		low = min(max(int(from+length/2), 0), n-1)
		top = low + 1
	}
	return low, top
}

// clamp limits values to 0..1.
func clamp(v []float32) {
	for i, u := range v {
		v[i] = unit(u)
	}
}

// unit limits one value to 0..1.
func unit(v float32) float32 { return min(max(v, 0), 1) }
