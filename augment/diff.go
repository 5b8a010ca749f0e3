package augment

import (
	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// Diff replaces values by their differences. The length is kept: the first values,
// as many as the order, become 0. After a gap it is the difference to the last
// value that was measured.
type Diff struct {
	// Order is how often the difference is taken, at most 3; 0 means 1.
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

// SeasonDiff replaces values by the difference to one period before, or to the last
// value of the same phase that was measured. The first period becomes 0. A channel
// without a period stays as it is.
type SeasonDiff struct {
	// Period is in time stamps; 0 means that each channel's strongest is looked for.
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

// FracDiff applies the fractional difference (1-B)^D, B being the shift by one time
// stamp: it takes most of a trend away and keeps memory.
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
