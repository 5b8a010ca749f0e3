package imageaug

import (
	"math"
	"slices"
)

// weights say which pixels along a line make each new one: new pixel i is the sum of taps pixels from start[i] on, with the
// weights w[i*taps:].
type weights struct {
	taps     int
	start    []int32
	end      []int32 // after the last pixel that counts
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
	switch {
	case top-low == 1:
		t.copy(n, low, 0)
	case scale == 1 && from == math.Trunc(from):
		t.copy(n, int(from), 1)
	case scale <= 1 && f == Bilinear:
		t.straight(n, from, scale, low, top)
	default:
		t.curved(n, from, scale, low, top, f)
	}
	t.low, t.top = int(t.start[0]), int(t.start[n-1])+t.taps
}

// copy makes each new pixel one of the old ones.
func (t *weights) copy(n, from, step int) {
	t.taps = 1
	t.w = grow(&t.w, n)
	for i := range n {
		t.start[i] = int32(from + i*step)
		t.w[i] = 1
	}
}

// straight is curved for the frequent case of straight lines between two pixels each.
func (t *weights) straight(n int, from, scale float64, low, top int) {
	t.taps = 2
	t.w = grow(&t.w, 2*n)
	last := float64(top - 2)
	for i := range n {
		at := max(from+(float64(i)+0.5)*scale-0.5, float64(low))
		s := min(math.Floor(at), last)
		w := float32(min(at-s, 1))
		t.start[i] = int32(s)
		t.w[2*i], t.w[2*i+1] = 1-w, w
	}
}

// curved computes the weights of any filter, wider where the picture shrinks.
func (t *weights) curved(n int, from, scale float64, low, top int, f Filter) {
	wide := max(scale, 1)
	reach := f.reach() * wide
	t.taps = 1
	for i := range n {
		middle := from + (float64(i)+0.5)*scale
		a := max(int(math.Floor(middle-reach+0.5)), low)
		b := min(int(math.Floor(middle+reach+0.5)), top)
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
}

// reverse makes the new line the mirror image of what it was.
func (t *weights) reverse() {
	slices.Reverse(t.start)
	for i, j := 0, len(t.start)-1; i < j; i, j = i+1, j-1 {
		a, b := t.w[i*t.taps:(i+1)*t.taps], t.w[j*t.taps:(j+1)*t.taps]
		for k := range a {
			a[k], b[k] = b[k], a[k]
		}
	}
}

// line makes one new row out of one.
func (t *weights) line(dst, src []float32) {
	start := t.start[:len(dst)]
	switch w := t.w; t.taps {
	case 1:
		for i, s := range start {
			dst[i] = src[s]
		}
	case 2:
		// Both weights sum up to 1.
		for i, s := range start {
			v := src[s : s+2 : s+2]
			dst[i] = v[0] + w[2*i+1]*(v[1]-v[0])
		}
	case 3:
		for i, s := range start {
			v, w := src[s:s+3:s+3], w[3*i:3*i+3:3*i+3]
			dst[i] = w[0]*v[0] + w[1]*v[1] + w[2]*v[2]
		}
	case 4:
		for i, s := range start {
			v, w := src[s:s+4:s+4], w[4*i:4*i+4:4*i+4]
			dst[i] = (w[0]*v[0] + w[1]*v[1]) + (w[2]*v[2] + w[3]*v[3])
		}
	default:
		for i, s := range start {
			w := w[i*t.taps : (i+1)*t.taps]
			v := src[s:][:len(w)]
			var even, odd float32
			for len(v) >= 2 && len(w) >= 2 {
				even += w[0] * v[0]
				odd += w[1] * v[1]
				v, w = v[2:], w[2:]
			}
			if len(v) == 1 && len(w) == 1 {
				even += w[0] * v[0]
			}
			dst[i] = even + odd
		}
	}
}

// sumRows writes the weighted sum of the rows of src, which are as long as dst and as many as the weights.
func sumRows(dst, src, w []float32) {
	n := len(dst)
	row := func(k int) []float32 { return src[k*n : k*n+n][:len(dst)] }
	k := 0
	switch len(w) {
	case 1:
		copy(dst, src)
		return
	case 2, 4:
		a, b, u, v := row(0), row(1), w[0], w[1]
		for i := range dst {
			dst[i] = u*a[i] + v*b[i]
		}
		k = 2
	default:
		a, b, c, u, v, x := row(0), row(1), row(2), w[0], w[1], w[2]
		for i := range dst {
			dst[i] = u*a[i] + v*b[i] + x*c[i]
		}
		k = 3
	}
	for ; k+2 <= len(w); k += 2 {
		a, b, u, v := row(k), row(k+1), w[k], w[k+1]
		for i := range dst {
			dst[i] += u*a[i] + v*b[i]
		}
	}
	if k < len(w) {
		a, u := row(k), w[k]
		for i := range dst {
			dst[i] += u * a[i]
		}
	}
}
