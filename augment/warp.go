package augment

import (
	"math"

	"github.com/wavekin/wavekin/series"
)

// resample replaces x by its values at positions at(t), interpolated linearly; gaps
// are filled first, except that a channel of gaps alone stays one.
func resample(x [][]float32, at func(t int) float64) {
	n := len(x[0])
	src := make([]float32, n)
	for _, v := range x {
		if allGaps(v) {
			continue
		}
		copy(src, v)
		series.FillGaps(src)
		for t := range v {
			p := math.Min(math.Max(at(t), 0), float64(n-1))
			i := min(int(p), max(n-2, 0))
			w := float32(p - float64(i))
			v[t] = src[i] + w*(src[min(i+1, n-1)]-src[i])
		}
	}
}

func allGaps(v []float32) bool {
	for _, u := range v {
		if u == u {
			return false
		}
	}
	return true
}

func crop(x [][]float32, c *Context, a []float64) {
	lo, hi := min(a[0], a[1]), max(a[0], a[1])
	stretch(x, c, lo+(hi-lo)*c.RNG.Float64())
}

func slice(x [][]float32, c *Context, a []float64) { stretch(x, c, a[0]) }

// stretch takes a share of the window from a random place to the full length.
func stretch(x [][]float32, c *Context, keep float64) {
	n := float64(len(x[0]) - 1)
	start := (1 - keep) * n * c.RNG.Float64()
	if n == 0 {
		return
	}
	resample(x, func(t int) float64 { return start + float64(t)*keep })
}

func flip(x [][]float32, c *Context, a []float64) {
	if c.RNG.Float64() >= a[0] {
		return
	}
	for _, v := range x {
		for i, j := 0, len(v)-1; i < j; i, j = i+1, j-1 {
			v[i], v[j] = v[j], v[i]
		}
	}
}

// smooth is a random curve through knots of N(1, sigma), by cosine interpolation.
func smooth(n int, c *Context, a []float64) []float64 {
	knots := int(a[1]) + 2
	at := make([]float64, knots)
	for i := range at {
		at[i] = 1 + a[0]*c.RNG.NormFloat64()
	}
	out := make([]float64, n)
	for t := range out {
		p := float64(t) / math.Max(1, float64(n-1)) * float64(knots-1)
		i := min(int(p), knots-2)
		w := (1 - math.Cos(math.Pi*(p-float64(i)))) / 2
		out[t] = at[i]*(1-w) + at[i+1]*w
	}
	return out
}

func magnitudeWarp(x [][]float32, c *Context, a []float64) {
	for _, v := range x {
		curve := smooth(len(v), c, a)
		for t := range v {
			v[t] *= float32(curve[t])
		}
	}
}

func timeWarp(x [][]float32, c *Context, a []float64) {
	n := len(x[0])
	speed := smooth(n, c, a)
	pos := make([]float64, n)
	for t := 1; t < n; t++ {
		pos[t] = pos[t-1] + math.Max(0.05, speed[t]) // time never runs backwards
	}
	resample(x, func(t int) float64 { return pos[t] / math.Max(pos[n-1], 1e-9) * float64(n-1) })
}

func windowWarp(x [][]float32, c *Context, a []float64) {
	n := len(x[0])
	w := int(a[0] * float64(n))
	if w < 1 || n < 3 {
		return
	}
	at := c.RNG.IntN(n - w + 1)
	speed := 0.5
	if c.RNG.IntN(2) == 1 {
		speed = 2
	}
	// The warped stretch lasts w/speed; the whole is brought back to n.
	total := float64(n-w) + float64(w)/speed
	resample(x, func(t int) float64 {
		p := float64(t) / float64(n-1) * (total - 1)
		switch {
		case p < float64(at):
			return p
		case p < float64(at)+float64(w)/speed:
			return float64(at) + (p-float64(at))*speed
		}
		return p - float64(w)/speed + float64(w)
	})
}

func permutation(x [][]float32, c *Context, a []float64) {
	n := len(x[0])
	k := min(1+c.RNG.IntN(int(a[0])), n)
	order := c.RNG.Perm(k)
	src := make([]float32, n)
	for _, v := range x {
		copy(src, v)
		at := 0
		for _, s := range order {
			at += copy(v[at:], src[s*n/k:(s+1)*n/k])
		}
	}
}
