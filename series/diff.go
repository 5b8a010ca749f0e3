package series

import "math"

// Diff replaces x by its differences, in place: x[t] - x[t-lag], taken order times. A lag of 1 is the usual difference, a
// lag of one period the seasonal one. The length is kept: the first values of each phase (of t modulo lag), as many as the
// order, become 0. Gaps stay gaps, and what follows one is the difference to the last value of its phase that was measured.
// A lag or an order below 1 changes nothing.
func Diff[F Float](x []F, lag, order int) {
	if lag < 1 {
		return
	}
	for round := range order {
		for phase := range min(lag, len(x)) {
			var last F
			seen := 0
			for t := phase; t < len(x); t += lag {
				v := x[t]
				if IsGap(v) {
					continue
				}
				// The zeros with which earlier rounds begin are no differences.
				if x[t] = 0; seen > round {
					x[t] = v - last
				}
				last = v
				seen++
			}
		}
	}
}

// finite tells a measured number from a gap and from an infinity.
func finite[F Float](v F) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// directLength is the length up to which a fractional difference is summed term by term.
const directLength = 1024

// FractionalDiff applies (1-B)^d, where B is the shift by one time stamp: d = 1 is the first difference, d = 0.4 removes most of a
// trend while values still depend on the distant past. Values before x count as 0, so that the length is kept and the first
// value is x[0]. Gaps stay gaps; for later values the last measured one stands in for them.
func FractionalDiff[F Float](x []F, d float64) []F {
	held := make([]float64, len(x))
	last := 0.0
	for i, v := range x {
		if finite(v) {
			last = float64(v)
		}
		held[i] = last
	}
	y := fractional(held, d)
	out := make([]F, len(x))
	for i, v := range y {
		out[i] = F(v)
		if !finite(x[i]) {
			out[i] = x[i]
		}
	}
	return out
}

func fractional(x []float64, d float64) []float64 {
	w := fractionalWeights(len(x), d)
	if len(x) > directLength {
		return convolve(w, x)
	}
	y := make([]float64, len(x))
	for t := range x {
		for k := 0; k <= t; k++ {
			y[t] += w[k] * x[t-k]
		}
	}
	return y
}

// fractionalWeights returns the power series of (1-B)^d.
func fractionalWeights(n int, d float64) []float64 {
	w := make([]float64, n)
	for k := range w {
		if k == 0 {
			w[k] = 1
		} else {
			w[k] = w[k-1] * (float64(k-1) - d) / float64(k)
		}
	}
	return w
}
