package synthetic

import (
	"math"
	"math/rand/v2"
)

// pen draws one series: structure is the same for all of a family, noise is the series' own. What a component is made of is
// drawn from structure, and every choice that decides how much is drawn from it, so that a family stays in step.
type pen struct{ structure, noise *rand.Rand }

func newPen(structure, noise *rand.Rand) *pen { return &pen{structure, noise} }

// chance is true with probability p.
func (d *pen) chance(p float64) bool { return d.structure.Float64() < p }

// between draws a number evenly.
func (d *pen) between(lo, hi float64) float64 { return lo + (hi-lo)*d.structure.Float64() }

// spread draws a number whose logarithm is even.
func (d *pen) spread(lo, hi float64) float64 { return math.Exp(d.between(math.Log(lo), math.Log(hi))) }

// count draws a whole number from lo to hi.
func (d *pen) count(lo, hi int) int { return lo + d.structure.IntN(hi-lo+1) }

// normal draws from N(0, 1).
func (d *pen) normal() float64 { return d.structure.NormFloat64() }

// near is a number as one member of the family has it: some per cent off.
func (d *pen) near(v float64) float64 { return v * (1 + 0.03*d.noise.NormFloat64()) }

// shifted is a place from 0 to 1 as one member of the family has it.
func (d *pen) shifted(v float64) float64 { return v + 0.015*d.noise.NormFloat64() }

// wave adds scale·cos(2π·cycles·t + phase) for t from 0 to 1, by turning a pointer step by step.
func wave(x []float64, cycles, phase, scale float64) {
	turn := 2 * math.Pi * cycles / float64(len(x))
	sin, cos := math.Sincos(phase)
	ds, dc := math.Sincos(turn)
	for i := range x {
		x[i] += scale * cos
		cos, sin = cos*dc-sin*ds, sin*dc+cos*ds
	}
}

// standardise gives x mean 0 and deviation 1; a constant becomes 0.
func standardise(x []float64) {
	var sum, square float64
	for _, v := range x {
		sum += v
	}
	mean := sum / float64(len(x))
	for i := range x {
		x[i] -= mean
		square += x[i] * x[i]
	}
	dev := math.Sqrt(square / float64(len(x)))
	if !(dev > 1e-9) || math.IsInf(dev, 0) {
		clear(x)
		return
	}
	for i := range x {
		x[i] /= dev
	}
}
