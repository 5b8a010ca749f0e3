package train

import "math"

// rate is the learning rate of a step (from 0) of total: a linear rise over the
// warm-up share, then half a cosine down to 0 (Loshchilov and Hutter, 2017).
func rate(step, total int, peak, warmup float64) float64 {
	rise := warmup * float64(total)
	if s := float64(step + 1); s < rise {
		return peak * s / rise
	}
	done := (float64(step) - rise) / math.Max(1, float64(total)-rise)
	return peak * 0.5 * (1 + math.Cos(math.Pi*math.Min(1, math.Max(0, done))))
}

// momentum is how much of a target network is kept at a step (from 0) of total: half
// a cosine from base up to 1, as BYOL has it (Grill et al., 2020).
func momentum(step, total int, base float64) float64 {
	done := math.Min(1, float64(step)/float64(max(1, total)))
	return 1 - (1-base)*0.5*(1+math.Cos(math.Pi*done))
}
