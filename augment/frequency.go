package augment

import (
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// inFrequency changes the spectrum of every channel: 0 (the mean) to ⌊n/2⌋ cycles per window.
func inFrequency(x [][]float32, change func(spec []complex128)) {
	n := len(x[0])
	src := scratch(n)
	defer release(src)
	for _, v := range x {
		if gaps(v) == n {
			continue
		}
		filled(*src, v)
		spec := series.RFFT(*src)
		change(spec)
		for t, u := range series.IRFFT[float32](spec, n) {
			if v[t] == v[t] {
				v[t] = u
			}
		}
	}
}

// bins draws, for every frequency of a window of n values, whether it is selected; the mean never is.
func bins(rng *rand.Rand, n int, share float64) []bool {
	out := make([]bool, n/2+1)
	for k := 1; k < len(out); k++ {
		out[k] = language.Chance(rng, share)
	}
	return out
}

// FreqMask removes some frequencies, the same in all channels. The mean stays.
type FreqMask struct {
	// Share is the probability of each frequency; 0 means 0.1.
	Share float64
}

// Name implements [Augmentation].
func (FreqMask) Name() string { return "freq-mask" }

// Numbers implements [language.Numbered].
func (a FreqMask) Numbers() []float64 { return []float64{a.Share} }

// Apply implements [Augmentation].
func (a FreqMask) Apply(x [][]float32, c *Context) {
	meant := bins(c.RNG, len(x[0]), language.Share(a.Share, 0.1))
	inFrequency(x, func(spec []complex128) {
		for k, m := range meant {
			if m {
				spec[k] = 0
			}
		}
	})
}

// LowPass keeps the mean and the lowest frequencies, a share of them drawn from U(Min, 1).
type LowPass struct {
	// Min is the smallest share of the frequencies that is kept; 0 means 0.3.
	Min float64
}

// Name implements [Augmentation].
func (LowPass) Name() string { return "low-pass" }

// Numbers implements [language.Numbered].
func (a LowPass) Numbers() []float64 { return []float64{a.Min} }

// Apply implements [Augmentation].
func (a LowPass) Apply(x [][]float32, c *Context) {
	least := language.Share(a.Min, 0.3)
	keep := least + (1-least)*c.RNG.Float64()
	inFrequency(x, func(spec []complex128) {
		clear(spec[1+int(keep*float64(len(spec)-1)+0.5):])
	})
}

// HighPass removes the mean and the lowest frequencies, a share of them drawn from U(0, Max).
type HighPass struct {
	// Max is the largest share of the frequencies that is removed; 0 means 0.1.
	Max float64
}

// Name implements [Augmentation].
func (HighPass) Name() string { return "high-pass" }

// Numbers implements [language.Numbered].
func (a HighPass) Numbers() []float64 { return []float64{a.Max} }

// Apply implements [Augmentation].
func (a HighPass) Apply(x [][]float32, c *Context) {
	drop := language.Share(a.Max, 0.1) * c.RNG.Float64()
	inFrequency(x, func(spec []complex128) {
		clear(spec[:1+int(drop*float64(len(spec)-1)+0.5)])
	})
}
