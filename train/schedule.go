package train

import (
	"math"

	"github.com/wavekin/wavekin/methods"
)

// rate is the learning rate of a step (from 0) of total: a linear rise over the
// warm-up share, then half a cosine down to 0 (Loshchilov and Hutter, 2017).
func rate(step, total int, peak, warmup float64) float64 {
	return methods.Schedule{From: peak, Warmup: warmup}.At(step, total)
}

// rates is what the optimiser goes by at a step.
func (c Config) rates(step, total int) Rates {
	peak := c.LR * c.perBatch()
	r := Rates{LR: float32(rate(step, total, peak, max(c.Warmup, 0))), Peak: float32(peak), Decay: float32(max(c.Decay, 0)), Step: step}
	if s := c.LRSchedule; s != (methods.Schedule{}) {
		s.From *= c.perBatch()
		r.LR, r.Peak = float32(s.At(step, total)), float32(s.From)
	}
	if c.DecaySchedule != (methods.Schedule{}) {
		r.Decay = float32(c.DecaySchedule.At(step, total))
	}
	return r
}

// What Config.LRScaling may be.
const (
	scaleLinear = "linear"
	scaleSqrt   = "sqrt"
)

// perBatch is what the batch multiplies the learning rate by (Chen et al., 2020, appendix B.1).
func (c Config) perBatch() float64 {
	switch c.LRScaling {
	case scaleLinear:
		return float64(c.Batch) / 256
	case scaleSqrt:
		return math.Sqrt(float64(c.Batch))
	}
	return 1
}
