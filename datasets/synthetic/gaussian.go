package synthetic

import "math"

// features is how many waves stand for a Gaussian process.
const features = 48

// spectrum draws frequencies, in cycles per series, from the spectral density of a kernel.
type spectrum func(d *pen) float64

// kernel draws one stationary kernel, given by its spectral density (Bochner's theorem).
func (d *pen) kernel() spectrum {
	length := d.spread(0.01, 0.4)
	wide := 1 / (2 * math.Pi * length)
	switch d.structure.IntN(5) {
	case 0: // radial basis functions
		return func(d *pen) float64 { return wide * d.normal() }
	case 1: // rational quadratic: a mixture of lengths
		return func(d *pen) float64 { return wide * d.normal() * math.Sqrt(d.structure.ExpFloat64()) }
	case 2: // Matern 1/2 (exponential): a Cauchy density
		return func(d *pen) float64 { return wide * math.Tan(math.Pi*(d.between(0.01, 0.99)-0.5)) }
	case 3: // Matern 3/2: Student's t with 3 degrees of freedom
		return func(d *pen) float64 {
			a, b, c := d.normal(), d.normal(), d.normal()
			return wide * d.normal() / math.Sqrt((a*a+b*b+c*c)/3+1e-3)
		}
	}
	// periodic: multiples of one frequency, the higher ones rarer
	base, decay := d.spread(1, 24), d.spread(0.6, 4)
	return func(d *pen) float64 { return base * math.Ceil(decay*d.structure.ExpFloat64()) }
}

// process adds a sample of a Gaussian process, whose kernel is a sum of one to three terms, each a product of one or two
// kernels and, one time in five, a linear one. Products of kernels are sums of frequencies, sums are mixtures.
func (d *pen) process(x []float64) {
	for range d.count(1, 3) {
		first, product, linear := d.kernel(), d.chance(0.4), d.chance(0.2)
		second := d.kernel()
		scale := d.spread(0.3, 1)
		term := make([]float64, len(x))
		for range features {
			f := first(d)
			if product {
				f += second(d)
			}
			phase := d.between(0, 2*math.Pi) + 0.3*d.noise.NormFloat64()
			wave(term, d.near(min(math.Abs(f), float64(len(x))/2)), phase, scale)
		}
		if linear {
			centre := d.shifted(d.between(-0.2, 1.2))
			for i := range term {
				term[i] *= 2 * (float64(i)/float64(len(x)) - centre)
			}
		}
		for i, v := range term {
			x[i] += v
		}
	}
}
