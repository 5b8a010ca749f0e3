package augment

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
)

// Jitter adds white noise to every value.
type Jitter struct {
	// Sigma is the noise's standard deviation; 0 means 0.03.
	Sigma float64
}

// Name implements [Augmentation].
func (Jitter) Name() string { return "jitter" }

// Numbers implements [language.Numbered].
func (a Jitter) Numbers() []float64 { return []float64{a.Sigma} }

// Apply implements [Augmentation].
func (a Jitter) Apply(x [][]float32, c *Context) {
	sigma, rng := language.Or(a.Sigma, 0.03), c.RNG
	for _, v := range x {
		for t := range v {
			v[t] += float32(sigma * rng.NormFloat64())
		}
	}
}

// Scale multiplies each channel by a number drawn from N(1, Sigma).
type Scale struct {
	// Sigma is the factor's standard deviation; 0 means 0.1.
	Sigma float64
}

// Name implements [Augmentation].
func (Scale) Name() string { return "scale" }

// Numbers implements [language.Numbered].
func (a Scale) Numbers() []float64 { return []float64{a.Sigma} }

// Apply implements [Augmentation].
func (a Scale) Apply(x [][]float32, c *Context) {
	for _, v := range x {
		f := float32(1 + language.Or(a.Sigma, 0.1)*c.RNG.NormFloat64())
		for t := range v {
			v[t] *= f
		}
	}
}

// ScaleSteps multiplies each time stamp by a number drawn from N(Mean, Sigma), the same for all channels: the weak view of
// TS-TCC's code (Eldele et al., 2021).
type ScaleSteps struct {
	// Sigma is the factor's standard deviation, and Mean its mean; 0 means 1.1 and 2, as there.
	Sigma, Mean float64
}

// Name implements [Augmentation].
func (ScaleSteps) Name() string { return "scale-steps" }

// Numbers implements [language.Numbered].
func (a ScaleSteps) Numbers() []float64 { return []float64{a.Sigma, a.Mean} }

// Apply implements [Augmentation].
func (a ScaleSteps) Apply(x [][]float32, c *Context) {
	sigma, mean := language.Or(a.Sigma, 1.1), language.Or(a.Mean, 2)
	for t := range x[0] {
		f := float32(mean + sigma*c.RNG.NormFloat64())
		for _, v := range x {
			v[t] *= f
		}
	}
}

// Shift adds a number drawn from N(0, Sigma) to each channel, which moves its level.
type Shift struct {
	// Sigma is the number's standard deviation; 0 means 0.1.
	Sigma float64
}

// Name implements [Augmentation].
func (Shift) Name() string { return "shift" }

// Numbers implements [language.Numbered].
func (a Shift) Numbers() []float64 { return []float64{a.Sigma} }

// Apply implements [Augmentation].
func (a Shift) Apply(x [][]float32, c *Context) {
	for _, v := range x {
		d := float32(language.Or(a.Sigma, 0.1) * c.RNG.NormFloat64())
		for t := range v {
			v[t] += d
		}
	}
}

// Negate changes the sign of all values, with a probability. It is not for data in which up and down mean different things.
type Negate struct {
	// P is the probability; 0 means 0.5.
	P float64
}

// Name implements [Augmentation].
func (Negate) Name() string { return "negate" }

// Numbers implements [language.Numbered].
func (a Negate) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a Negate) Apply(x [][]float32, c *Context) {
	if !language.Chance(c.RNG, language.Share(a.P, 0.5)) {
		return
	}
	for _, v := range x {
		for t := range v {
			v[t] = -v[t]
		}
	}
}

// Standardize scales each channel to mean 0 and standard deviation 1, after an augmentation such as [Diff] that changes these a
// lot. A constant channel becomes 0.
type Standardize struct{}

// Name implements [Augmentation].
func (Standardize) Name() string { return "standardize" }

// Apply implements [Augmentation].
func (Standardize) Apply(x [][]float32, _ *Context) {
	for _, v := range x {
		mean, std := spread(v)
		// The values of a constant channel differ by rounding only.
		scale := 0.0
		if std > 1e-7*math.Abs(mean) {
			scale = 1 / std
		}
		for t, u := range v {
			if u == u {
				v[t] = float32((float64(u) - mean) * scale)
			}
		}
	}
}
