package detect

import (
	"math"
	"slices"
)

// Calibration makes scores of different kinds comparable, so that their mean is of use; [Fused] has one for each of its parts. Its zero
// value is not usable, see [Calibrate].
type Calibration struct {
	// Centre is the median of the normal scores, and Scale how far the 99th percentile lies above it, and a little more; Inf where there
	// are none.
	Centre, Scale float64
}

// ceiling is where a calibrated score is cut off, so that no part drowns the others.
const ceiling = 100

// Calibrate learns from the scores of normal readings, each made without what overlaps; NaN is no score.
func Calibrate(normal []float64) Calibration {
	all := slices.DeleteFunc(slices.Clone(normal), math.IsNaN)
	if len(all) == 0 {
		return Calibration{Scale: math.Inf(1)} // no score differs from normal
	}
	slices.Sort(all)
	c := Calibration{Centre: quantile(all, 0.5)}
	// The part of the median keeps a score from exploding whose normal values hardly vary.
	if c.Scale = quantile(all, 0.99) - c.Centre + 0.05*c.Centre; !(c.Scale > 0) {
		c.Scale = math.SmallestNonzeroFloat32
	}
	return c
}

// Apply calibrates scores in place, on a logarithmic scale from 0 to log(101): 0 up to the normal median, 0.7 at what one normal
// time stamp in a hundred exceeds.
func (c Calibration) Apply(scores []float64) {
	for i, v := range scores {
		if !math.IsNaN(v) {
			scores[i] = math.Log1p(min(max((v-c.Centre)/c.Scale, 0), ceiling))
		}
	}
}
