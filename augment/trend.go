package augment

import (
	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// Trend keeps the trend only: the moving average over a share of the window, continued at both ends by a line fitted to the
// outermost values.
type Trend struct {
	// Span is the length of the average as a share of the window; 0 means 0.1.
	Span float64
}

// Name implements [Augmentation].
func (Trend) Name() string { return "trend" }

// Numbers implements [language.Numbered].
func (a Trend) Numbers() []float64 { return []float64{a.Span} }

// Apply implements [Augmentation].
func (a Trend) Apply(x [][]float32, _ *Context) {
	eachTrend(x, a.Span, func(v []float32, trend []float64) {
		for t, u := range v {
			if u == u {
				v[t] = float32(trend[t])
			}
		}
	})
}

// TrendDrop removes the trend.
type TrendDrop struct {
	// Span is as in [Trend].
	Span float64
}

// Name implements [Augmentation].
func (TrendDrop) Name() string { return "trend-drop" }

// Numbers implements [language.Numbered].
func (a TrendDrop) Numbers() []float64 { return []float64{a.Span} }

// Apply implements [Augmentation].
func (a TrendDrop) Apply(x [][]float32, _ *Context) {
	eachTrend(x, a.Span, func(v []float32, trend []float64) {
		for t := range v {
			v[t] -= float32(trend[t])
		}
	})
}

// TrendScale multiplies the trend of each channel by a number drawn from N(1, Sigma).
type TrendScale struct {
	// Sigma is the factor's standard deviation; 0 means 0.3.
	Sigma float64
	// Span is as in [Trend].
	Span float64
}

// Name implements [Augmentation].
func (TrendScale) Name() string { return "trend-scale" }

// Numbers implements [language.Numbered].
func (a TrendScale) Numbers() []float64 { return []float64{a.Sigma, a.Span} }

// Apply implements [Augmentation].
func (a TrendScale) Apply(x [][]float32, c *Context) {
	eachTrend(x, a.Span, func(v []float32, trend []float64) {
		f := language.Or(a.Sigma, 0.3) * c.RNG.NormFloat64()
		for t := range v {
			v[t] += float32(f * trend[t])
		}
	})
}

// TrendSwap replaces the trend of each channel by the other sample's.
type TrendSwap struct {
	// Span is as in [Trend].
	Span float64
}

// Name implements [Augmentation].
func (TrendSwap) Name() string { return "trend-swap" }

// Numbers implements [language.Numbered].
func (a TrendSwap) Numbers() []float64 { return []float64{a.Span} }

// Apply implements [Augmentation].
func (a TrendSwap) Apply(x [][]float32, c *Context) {
	theirs := scratch64(len(x[0]))
	defer release64(theirs)
	for i, v := range x {
		o := c.other(i, len(v))
		if o == nil || gaps(o) == len(o) {
			continue
		}
		trendOf(*theirs, o, language.Share(a.Span, 0.1))
		eachTrend(x[i:i+1], a.Span, func(v []float32, own []float64) {
			for t := range v {
				v[t] += float32((*theirs)[t] - own[t])
			}
		})
	}
}

// eachTrend calls f with every channel and its trend.
func eachTrend(x [][]float32, span float64, use func(v []float32, trend []float64)) {
	buf := scratch64(len(x[0]))
	defer release64(buf)
	for _, v := range x {
		trendOf(*buf, v, language.Share(span, 0.1))
		use(v, *buf)
	}
}

// trendOf writes the trend of v to dst, with values at gaps too.
func trendOf(dst []float64, v []float32, span float64) {
	n := len(v)
	half := max(1, int(span*float64(n)/2))
	own := scratch(n)
	defer release(own)
	src := *own
	filled(src, v)
	if n < 2*half+2 {
		series.FitLine(dst, src, 0, n, 0, n)
		return
	}
	width := 2*half + 1
	sum := 0.0
	for _, u := range src[:width] {
		sum += float64(u)
	}
	for t := half; ; t++ {
		dst[t] = sum / float64(width)
		if t+half+1 == n {
			break
		}
		sum += float64(src[t+half+1]) - float64(src[t-half])
	}
	series.FitLine(dst, src, 0, width, 0, half)
	series.FitLine(dst, src, n-width, n, n-half, n)
}
