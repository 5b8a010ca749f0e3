package augment

import (
	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// Mixup mixes in another sample: x becomes (1-w)·x + w·other, with one w for all channels, drawn from U(0, Max). Where the
// other sample has a gap, x stays the same.
type Mixup struct {
	// Max is the largest weight of the other sample; 0 means 0.2.
	Max float64
}

// Name implements [Augmentation].
func (Mixup) Name() string { return "mixup" }

// Numbers implements [language.Numbered].
func (a Mixup) Numbers() []float64 { return []float64{a.Max} }

// Apply implements [Augmentation].
func (a Mixup) Apply(x [][]float32, c *Context) {
	w := float32(language.Share(a.Max, 0.2) * c.RNG.Float64())
	for i, v := range x {
		for t, o := range c.other(i, len(v)) {
			if o == o {
				v[t] = (1-w)*v[t] + w*o
			}
		}
	}
}

// spread returns the mean and the standard deviation of the measured values.
func spread(v []float32) (mean, std float64) {
	mean, std, _ = series.Stats(v)
	return mean, std
}
