package imageaug

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
)

// Blur is a Gaussian blur of random width, with a probability. At the border the picture is mirrored.
type Blur struct {
	// P is the probability; 0 means 0.5.
	P float64
	// Min and Max bound the standard deviation in pixels; 0 means 0.1 and 2.
	Min, Max float64
	// Kernel is the side of the kernel as a share of the picture's, taken up or down to the nearest odd number of pixels, 3 at
	// least; 0 means 0.1.
	Kernel float64
}

// maxBlur bounds the standard deviation, in pixels.
const maxBlur = 100

// Name implements [Augmentation].
func (Blur) Name() string { return "blur" }

// Numbers implements [language.Numbered].
func (a Blur) Numbers() []float64 { return []float64{a.P, a.Min, a.Max, a.Kernel} }

// Check implements [language.Checked].
func (a Blur) Check() error { return language.Ordered(language.Or(a.Min, 0.1), language.Or(a.Max, 2)) }

// Apply implements [Augmentation].
func (a Blur) Apply(p *Picture, c *Context) {
	if !c.chance(language.Share(a.P, 0.5)) {
		return
	}
	v := p.Values()
	side := language.Share(a.Kernel, 0.1) * float64(min(p.Height, p.Width))
	radius := max(int(side/2), 1)
	sigma := c.between(min(language.Or(a.Min, 0.1), maxBlur), min(language.Or(a.Max, 2), maxBlur))
	blur(v, p.Height, p.Width, gauss(p.work, sigma, radius), p.work)
}

// negligible is the weight, beside the middle's, below which the kernel is not followed: a thousandth of what a byte can tell.
const negligible = 4e-6

// gauss returns the weights of the middle pixel and of those on one side of it.
func gauss(w *work, sigma float64, radius int) []float32 {
	far := sigma * math.Sqrt(-2*math.Log(negligible))
	radius = min(radius, int(far))
	k := grow(&w.kernel, radius+1)
	sum := -1.0
	for i := range k {
		x := float64(i) / sigma
		g := math.Exp(-0.5 * x * x)
		k[i] = float32(g)
		sum += 2 * g
	}
	for i := range k {
		k[i] = float32(float64(k[i]) / sum)
	}
	return k
}

// blur applies a symmetric kernel in both directions, in place.
func blur(v []float32, height, width int, k []float32, w *work) {
	r := len(k) - 1
	if r == 0 {
		return
	}
	n := height * width
	line := grow(&w.row, width+2*r)
	mid := grow(&w.mid, n)
	for at := 0; at < len(v); at += n {
		plane := v[at : at+n]
		for y := range height {
			row := plane[y*width : (y+1)*width]
			copy(line[r:], row)
			for i := range r {
				line[r-1-i] = row[reflected(-1-i, width)]
				line[r+width+i] = row[reflected(width+i, width)]
			}
			blurRow(mid[y*width:(y+1)*width], line, k)
		}
		for y := range height {
			row := func(y int) []float32 {
				y = reflected(y, height)
				return mid[y*width : (y+1)*width]
			}
			out := plane[y*width : (y+1)*width]
			middle(out, row(y), row(y-1), row(y+1), k[0], k[1])
			i := 2
			for ; i < r; i += 2 {
				twoPairs(out, row(y-i), row(y+i), row(y-i-1), row(y+i+1), k[i], k[i+1])
			}
			if i == r {
				pair(out, row(y-i), row(y+i), k[i])
			}
		}
	}
}

// blurRow writes the weighted sum around each pixel of a line that is longer than dst by the reach of the kernel at either end.
func blurRow(dst, line, k []float32) {
	r := len(k) - 1
	middle(dst, line[r:], line[r-1:], line[r+1:], k[0], k[1])
	i := 2
	for ; i < r; i += 2 {
		twoPairs(dst, line[r-i:], line[r+i:], line[r-i-1:], line[r+i+1:], k[i], k[i+1])
	}
	if i == r {
		pair(dst, line[r-i:], line[r+i:], k[i])
	}
}

// middle starts a sum with the middle and its two neighbours.
func middle(dst, m, a, b []float32, u, v float32) {
	m, a, b = m[:len(dst)], a[:len(dst)], b[:len(dst)]
	for x := range dst {
		dst[x] = u*m[x] + v*(a[x]+b[x])
	}
}

// pair adds two pixels of equal weight, twoPairs four.
func pair(dst, a, b []float32, u float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for x := range dst {
		dst[x] += u * (a[x] + b[x])
	}
}

func twoPairs(dst, a, b, c, d []float32, u, v float32) {
	a, b, c, d = a[:len(dst)], b[:len(dst)], c[:len(dst)], d[:len(dst)]
	for x := range dst {
		dst[x] += u*(a[x]+b[x]) + v*(c[x]+d[x])
	}
}
