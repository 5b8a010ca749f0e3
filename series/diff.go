package series

import "math"

// Diff returns the difference of the given order, shorter than x by order values.
// A gap stays a gap, and what follows it is the difference to the last value that
// was measured (0 if there was none), so that [Integrate] needs nothing more to go
// back. An order below 1 gives a copy.
func Diff[F Float](x []F, order int) []F {
	d := append([]F{}, x...)
	for range min(max(order, 0), len(x)) {
		d = SeasonalDiff(d, 1)
	}
	return d
}

// Integrate is the inverse of [Diff]: head holds the first values of the series, as
// many as the order was, and begins the result.
//
// A first difference comes back within one rounding, whatever the length. In higher
// orders the rounding of d adds up over the length.
func Integrate[F Float](d, head []F) []F {
	out := append([]F{}, d...)
	for order := len(head); order > 0; order-- {
		first := Diff(head, order-1)[:1]
		out = SeasonalIntegrate(out, first)
	}
	return out
}

// SeasonalDiff returns x[t] - x[t-period], shorter than x by period values, with
// the same rule for gaps as [Diff], along each phase of the season. A period below
// 1 gives a copy.
func SeasonalDiff[F Float](x []F, period int) []F {
	if period < 1 {
		return append([]F{}, x...)
	}
	if period >= len(x) {
		return []F{}
	}
	state := phases(x[:period])
	d := make([]F, len(x)-period)
	for i, v := range x[period:] {
		// The difference is taken to what the inverse will have arrived at, not to
		// x itself: the rounding of one difference is made good by the next.
		d[i] = F(float64(v) - state[i%period])
		step(state, i%period, d[i])
	}
	return d
}

// SeasonalIntegrate is the inverse of [SeasonalDiff]: head holds the first period
// values of the series and begins the result.
func SeasonalIntegrate[F Float](d, head []F) []F {
	out := append(make([]F, 0, len(head)+len(d)), head...)
	if len(head) == 0 {
		return append(out, d...)
	}
	state := phases(head)
	for i, v := range d {
		out = append(out, F(state[i%len(head)]+float64(v)))
		step(state, i%len(head), v)
	}
	return out
}

// phases begins the running value of each phase; where nothing finite was measured it is 0.
func phases[F Float](head []F) []float64 {
	state := make([]float64, len(head))
	for i, v := range head {
		if finite(v) {
			state[i] = float64(v)
		}
	}
	return state
}

// step adds a difference to a running value; gaps and infinities leave it as it is.
func step[F Float](state []float64, i int, d F) {
	if finite(d) {
		state[i] += float64(d)
	}
}

// finite tells a measured number from a gap and from an infinity.
func finite[F Float](v F) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// directLength is the length up to which a fractional difference is summed term by term.
const directLength = 1024

// FractionalDiff applies (1-B)^d, B being the shift by one time stamp: d = 1 is the
// first difference, d = 0.4 takes most of a trend away and keeps memory. The past
// before x counts as 0, so the length is kept and the first value is x[0]. Gaps
// stay gaps and enter later values as the last value measured.
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

// FractionalIntegrate is the inverse of [FractionalDiff] with the same d. With gaps
// it takes time proportional to the square of the length.
func FractionalIntegrate[F Float](y []F, d float64) []F {
	out := make([]F, len(y))
	wide := make([]float64, len(y))
	whole := true
	for i, v := range y {
		wide[i] = float64(v)
		whole = whole && finite(v)
	}
	if whole {
		for i, v := range fractional(wide, -d) {
			out[i] = F(v)
		}
		return out
	}
	// What the difference would have been at a gap is unknown, so the values are
	// found one after the other, each from those before it.
	w := fractionalWeights(len(y), d)
	last := 0.0
	for t, v := range y {
		out[t] = v
		if finite(v) {
			sum := float64(v)
			for k := 1; k <= t; k++ {
				sum -= w[k] * wide[t-k]
			}
			last, out[t] = sum, F(sum)
		}
		wide[t] = last
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
