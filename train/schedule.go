package train

import "github.com/wavekin/wavekin/methods"

// rate is the learning rate of a step (from 0) of total: a linear rise over the
// warm-up share, then half a cosine down to 0 (Loshchilov and Hutter, 2017).
func rate(step, total int, peak, warmup float64) float64 {
	return methods.Schedule{From: peak, Warmup: warmup}.At(step, total)
}

// rates is what the optimiser goes by at a step.
func (c Config) rates(step, total int) Rates {
	r := Rates{LR: float32(rate(step, total, c.LR, max(c.Warmup, 0))), Peak: float32(c.LR), Decay: float32(max(c.Decay, 0)), Step: step}
	if c.LRSchedule != (methods.Schedule{}) {
		r.LR, r.Peak = float32(c.LRSchedule.At(step, total)), float32(c.LRSchedule.From)
	}
	if c.DecaySchedule != (methods.Schedule{}) {
		r.Decay = float32(c.DecaySchedule.At(step, total))
	}
	return r
}
