package vision

import "math"

// Filter is how pixels between pixels are made.
type Filter int

// The filters of Pillow's resize, and of torchvision's with antialias: made wider where the picture shrinks.
const (
	// Bilinear goes in straight lines.
	Bilinear Filter = iota
	// Bicubic goes in smooth curves (Keys, a = -0.5), which may overshoot; the result is cut to 0..1.
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

// weights say which pixels along a line make each new one: new pixel i is the sum of taps pixels from start[i] on, with the
// weights w[i*taps:].
type weights struct {
	taps     int
	start    []int32
	end      []int32 // behind the last pixel that counts
	w        []float32
	low, top int // the pixels used are in [low, top)
}

// set computes the weights for n new pixels out of the stretch of a line that starts at from and is length long; only pixels in
// [low, top) exist. The geometry is that of Pillow and torchvision: pixel i has its middle at i+0.5.
func (t *weights) set(n int, from, length float64, low, top int, f Filter) {
	if cap(t.start) < n {
		t.start, t.end = make([]int32, n), make([]int32, n)
	}
	t.start, t.end = t.start[:n], t.end[:n]
	scale := length / float64(n)
	wide := max(scale, 1)
	reach := f.reach() * wide
	t.taps = 1
	for i := range n {
		middle := from + (float64(i)+0.5)*scale
		a := max(int(math.Floor(middle-reach+0.5)), low)
		b := min(int(math.Floor(middle+reach+0.5)), top)
		if scale == 1 && from == math.Trunc(from) {
			// Each pixel is one of the old ones.
			a = int(from) + i
			b = a + 1
		}
		t.start[i], t.end[i] = int32(a), int32(b)
		t.taps = max(t.taps, b-a)
	}
	t.w = grow(&t.w, n*t.taps)
	clear(t.w)
	for i := range n {
		a, b := int(t.start[i]), int(t.end[i])
		// Where the line ends, the window is moved inside; the pixels it then sees too many weigh nothing.
		s := min(a, top-t.taps)
		t.start[i] = int32(s)
		row := t.w[i*t.taps : (i+1)*t.taps][a-s : b-s]
		middle := from + (float64(i)+0.5)*scale
		var sum float64
		for j := range row {
			v := f.at((float64(a+j) + 0.5 - middle) / wide)
			row[j] = float32(v)
			sum += v
		}
		for j := range row {
			row[j] = float32(float64(row[j]) / sum)
		}
	}
	t.low, t.top = int(t.start[0]), int(t.start[n-1])+t.taps
}

// resample makes the part of the picture in the box the whole of it, Size x Size.
func (p *Picture) resample() {
	w, n := p.work, p.Size
	box := p.box
	top, bottom, left, right := 0, p.Height, 0, p.Width
	if !p.open {
		top, bottom = inside(box.Top, box.Height, p.Height)
		left, right = inside(box.Left, box.Width, p.Width)
	}
	w.down.set(n, box.Top, box.Height, top, bottom, p.filter)
	w.across.set(n, box.Left, box.Width, left, right, p.filter)
	// Only the rows that count are resampled across.
	low := w.down.low
	rows := w.down.top - low
	mid := grow(&w.mid, rows*n)
	out, at := p.target(n, n)
	lo, hi := w.across.low, w.across.top
	buffer := grow(&w.row, p.Width)
	for c := range p.Channels {
		for y := range rows {
			offset := (c*p.Height + low + y) * p.Width
			row := buffer
			if p.bytes != nil {
				toValues(buffer[lo:], p.bytes[offset+lo:offset+hi])
			} else {
				row = p.values[offset : offset+p.Width]
			}
			w.across.line(mid[y*n:(y+1)*n], row)
		}
		plane := out[c*n*n : (c+1)*n*n]
		for y := range n {
			s := int(w.down.start[y]) - low
			sumRows(plane[y*n:(y+1)*n], mid[s*n:], w.down.w[y*w.down.taps:(y+1)*w.down.taps])
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

// line resamples one row.
func (t *weights) line(dst, src []float32) {
	start := t.start[:len(dst)]
	switch t.taps {
	case 1:
		for i, s := range start {
			dst[i] = src[s]
		}
	case 3:
		w := t.w[:3*len(dst)]
		for i, s := range start {
			v := src[s : s+3 : s+3]
			dst[i] = w[3*i]*v[0] + w[3*i+1]*v[1] + w[3*i+2]*v[2]
		}
	default:
		for i, s := range start {
			w := t.w[i*t.taps : (i+1)*t.taps]
			v := src[s:][:len(w)]
			var sum float32
			for j, u := range v {
				sum += w[j] * u
			}
			dst[i] = sum
		}
	}
}

// sumRows writes the weighted sum of the rows of src, which are as long as dst.
func sumRows(dst, src, w []float32) {
	n := len(dst)
	first := src[:n]
	a := w[0]
	for i, v := range first {
		dst[i] = a * v
	}
	for k := 1; k < len(w); k++ {
		a := w[k]
		if a == 0 {
			continue
		}
		row := src[k*n : k*n+n]
		for i, v := range row {
			dst[i] += a * v
		}
	}
}

// clamp cuts values to 0..1.
func clamp(v []float32) {
	for i, u := range v {
		v[i] = unit(u)
	}
}

// unit cuts one value to 0..1.
func unit(v float32) float32 { return min(max(v, 0), 1) }
