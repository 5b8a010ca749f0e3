package augment

import (
	"math"
	"math/cmplx"

	"github.com/wavekin/wavekin/augment/language"
)

// FreqNoise adds an oscillation at some frequencies. Its amplitude in the spectrum is drawn from U(0, Size) times the channel's
// largest, its phase from U(0, 2π); the highest frequency of an even length, which has no phase, is added or taken off with
// probability one half.
type FreqNoise struct {
	// Share is the probability of each frequency; 0 means 0.1.
	Share float64
	// Size bounds the amplitude, as a share of the channel's largest; 0 means 0.1.
	Size float64
}

// Name implements [Augmentation].
func (FreqNoise) Name() string { return "freq-noise" }

// Numbers implements [language.Numbered].
func (a FreqNoise) Numbers() []float64 { return []float64{a.Share, a.Size} }

// Apply implements [Augmentation].
func (a FreqNoise) Apply(x [][]float32, c *Context) {
	n := len(x[0])
	meant := bins(c.RNG, n, language.Share(a.Share, 0.1))
	inFrequency(x, func(spec []complex128) {
		largest := 0.0
		for _, s := range spec[1:] {
			largest = max(largest, cmplx.Abs(s))
		}
		for k, m := range meant {
			if !m {
				continue
			}
			size, turn := language.Or(a.Size, 0.1)*largest*c.RNG.Float64(), c.RNG.Float64()
			switch {
			case hasPhase(k, n):
				spec[k] += cmplx.Rect(size, 2*math.Pi*turn)
			case turn < 0.5:
				spec[k] += complex(size, 0)
			default:
				spec[k] -= complex(size, 0)
			}
		}
	})
}

// FreqPerturb changes amplitude and phase of each frequency independently: the amplitude is multiplied by the larger of 0 and a number
// drawn from N(1, Amplitude), and an angle drawn from N(0, Phase) radians is added to the phase. The mean stays.
type FreqPerturb struct {
	// Amplitude and Phase are standard deviations. If both are 0 they mean 0.2; if one is 0 that property stays the same.
	Amplitude, Phase float64
}

// Name implements [Augmentation].
func (FreqPerturb) Name() string { return "freq-perturb" }

// Numbers implements [language.Numbered].
func (a FreqPerturb) Numbers() []float64 { return []float64{a.Amplitude, a.Phase} }

// Apply implements [Augmentation].
func (a FreqPerturb) Apply(x [][]float32, c *Context) {
	n := len(x[0])
	amplitude, phase := language.Or(a.Amplitude, 0), language.Or(a.Phase, 0)
	if amplitude == 0 && phase == 0 {
		amplitude, phase = 0.2, 0.2
	}
	inFrequency(x, func(spec []complex128) {
		for k := 1; k < len(spec); k++ {
			f, angle := max(0, 1+amplitude*c.RNG.NormFloat64()), phase*c.RNG.NormFloat64()
			if hasPhase(k, n) {
				spec[k] *= cmplx.Rect(f, angle)
			} else {
				spec[k] *= complex(f, 0)
			}
		}
	})
}

// PhaseShift adds one angle, drawn from U(-Max, Max), to the phase of every frequency in all channels: a sine is shifted in time,
// a spike changes its shape. The amplitudes stay.
type PhaseShift struct {
	// Max bounds the angle, in radians, at most π; 0 means 0.5.
	Max float64
}

// Name implements [Augmentation].
func (PhaseShift) Name() string { return "phase-shift" }

// Numbers implements [language.Numbered].
func (a PhaseShift) Numbers() []float64 { return []float64{a.Max} }

// Apply implements [Augmentation].
func (a PhaseShift) Apply(x [][]float32, c *Context) {
	n := len(x[0])
	turn := cmplx.Rect(1, (2*c.RNG.Float64()-1)*min(language.Or(a.Max, 0.5), math.Pi))
	inFrequency(x, func(spec []complex128) {
		for k := range spec {
			if hasPhase(k, n) {
				spec[k] *= turn
			}
		}
	})
}

// hasPhase tells whether k cycles in n values have a phase. The mean, and for even lengths the highest frequency, have none.
func hasPhase(k, n int) bool { return k > 0 && 2*k < n }
