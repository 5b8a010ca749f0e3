package augment

import (
	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// Diff replaces values by their differences. The length is kept: the first Order values become 0. After a gap, the difference
// to the last measured value is taken.
type Diff struct {
	// Order is the number of times the difference is taken, at most 3; 0 means 1.
	Order int
}

// Name implements [Augmentation].
func (Diff) Name() string { return "diff" }

// Numbers implements [language.Numbered].
func (a Diff) Numbers() []float64 { return []float64{float64(a.Order)} }

// Apply implements [Augmentation].
func (a Diff) Apply(x [][]float32, _ *Context) {
	for _, v := range x {
		series.Diff(v, 1, language.Whole(a.Order, 1, 3))
	}
}

// SeasonDiff replaces values by their difference to the value one period before, or to the last measured value of the same
// phase. The first period becomes 0. A channel without a period is left unchanged.
type SeasonDiff struct {
	// Period is in time stamps; 0 means the strongest period of each channel.
	Period int
}

// Name implements [Augmentation].
func (SeasonDiff) Name() string { return "season-diff" }

// Numbers implements [language.Numbered].
func (a SeasonDiff) Numbers() []float64 { return []float64{float64(a.Period)} }

// Apply implements [Augmentation].
func (a SeasonDiff) Apply(x [][]float32, _ *Context) {
	for _, v := range x {
		if period := periodOf(v, a.Period); period > 0 {
			series.Diff(v, period, 1)
		}
	}
}

// FracDiff applies the fractional difference (1-B)^D, where B is the shift by one time stamp: it removes most of a trend, and
// values still depend on the distant past.
type FracDiff struct {
	// D is the order, at most 2; 0 means 0.4.
	D float64
}

// Name implements [Augmentation].
func (FracDiff) Name() string { return "frac-diff" }

// Numbers implements [language.Numbered].
func (a FracDiff) Numbers() []float64 { return []float64{a.D} }

// Apply implements [Augmentation].
func (a FracDiff) Apply(x [][]float32, _ *Context) {
	for _, v := range x {
		copy(v, series.FractionalDiff(v, min(language.Or(a.D, 0.4), 2)))
	}
}
