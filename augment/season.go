package augment

import (
	"math"

	"github.com/wavekin/wavekin/series"
)

func diff(x [][]float32, _ *Context, a []float64) {
	for _, v := range x {
		for range int(a[0]) {
			for t := len(v) - 1; t > 0; t-- {
				v[t] -= v[t-1]
			}
			v[0] = 0
		}
	}
}

// movingMean is the mean over a share of the window around each time stamp.
func movingMean(v []float32, span float64) []float32 {
	n := len(v)
	half := max(1, int(span*float64(n)/2))
	src := append([]float32(nil), v...)
	series.FillGaps(src)
	sum := make([]float64, n+1)
	for t, u := range src {
		sum[t+1] = sum[t] + float64(u)
	}
	out := make([]float32, n)
	for t := range out {
		lo, hi := max(0, t-half), min(n, t+half+1)
		out[t] = float32((sum[hi] - sum[lo]) / float64(hi-lo))
	}
	return out
}

func trend(x [][]float32, _ *Context, a []float64) {
	for _, v := range x {
		for t, m := range movingMean(v, a[0]) {
			if v[t] == v[t] {
				v[t] = m
			}
		}
	}
}

func trendSwap(x [][]float32, c *Context, a []float64) {
	for i, v := range x {
		if i >= len(c.Other) || len(c.Other[i]) != len(v) {
			continue
		}
		own, other := movingMean(v, a[0]), movingMean(c.Other[i], a[0])
		for t := range v {
			v[t] += other[t] - own[t]
		}
	}
}

// rhythmOf finds the strongest frequency of a window above its trend, and its
// complex amplitude: v(t) ~ re·cos + im·sin of 2πkt/n. It returns k = 0 where there is none.
func rhythmOf(v []float32) (k int, re, im float64) {
	n := len(v)
	src := append([]float32(nil), v...)
	series.FillGaps(src)
	best := 0.0
	spec := series.RFFT(src)
	for i := 2; i < len(spec) && i <= n/2; i++ {
		if p := real(spec[i])*real(spec[i]) + imag(spec[i])*imag(spec[i]); p > best {
			best, k = p, i
		}
	}
	if k == 0 {
		return 0, 0, 0
	}
	f := 2 / float64(n)
	if 2*k == n {
		f /= 2
	}
	return k, f * real(spec[k]), -f * imag(spec[k])
}

// addRhythm adds re·cos + im·sin of frequency k.
func addRhythm(v []float32, k int, re, im float64) {
	for t := range v {
		sin, cos := math.Sincos(2 * math.Pi * float64(k*t%len(v)) / float64(len(v)))
		v[t] += float32(re*cos + im*sin)
	}
}

func seasonPerturb(x [][]float32, c *Context, a []float64) {
	for _, v := range x {
		k, re, im := rhythmOf(v)
		sin, cos := math.Sincos(a[0] * c.RNG.NormFloat64())
		f := 1 + a[0]*c.RNG.NormFloat64()
		if k > 0 {
			addRhythm(v, k, f*(re*cos-im*sin)-re, f*(re*sin+im*cos)-im)
		}
	}
}

func seasonDrop(x [][]float32, _ *Context, _ []float64) {
	for _, v := range x {
		if k, re, im := rhythmOf(v); k > 0 {
			addRhythm(v, k, -re, -im)
		}
	}
}

func seasonKeep(x [][]float32, _ *Context, _ []float64) {
	for _, v := range x {
		k, re, im := rhythmOf(v)
		if k == 0 {
			continue
		}
		for t := range v {
			if v[t] == v[t] {
				v[t] = 0
			}
		}
		addRhythm(v, k, re, im)
	}
}

func seasonSwap(x [][]float32, c *Context, _ []float64) {
	for i, v := range x {
		if i >= len(c.Other) || len(c.Other[i]) != len(v) {
			continue
		}
		if k, re, im := rhythmOf(v); k > 0 {
			addRhythm(v, k, -re, -im)
		}
		if k, re, im := rhythmOf(c.Other[i]); k > 0 {
			addRhythm(v, k, re, im)
		}
	}
}
