package synthetic

import "math"

// bumps are a few peaks and troughs, each with a width of its own.
func (d *pen) bumps(x []float64) {
	long := d.chance(0.3) // tails that fall slowly
	for range d.count(1, 8) {
		at, width, height := d.shifted(d.between(-0.05, 1.05)), d.near(d.spread(0.006, 0.2)), d.near(d.normal())
		skew := d.spread(0.3, 3)
		for i := range x {
			u := (float64(i)/float64(len(x)) - at) / width
			if u > 0 {
				u *= skew
			}
			if long {
				x[i] += height / (1 + u*u)
			} else {
				x[i] += height * math.Exp(-u*u/2)
			}
		}
	}
}

// transients are answers to sudden events: a jump that dies away, with or without ringing.
func (d *pen) transients(x []float64) {
	rings := d.chance(0.7)
	decay, cycles := d.near(d.spread(0.01, 0.3)), d.near(d.spread(3, 60))
	for range d.count(1, 6) {
		at, height := d.shifted(d.between(-0.1, 0.95)), d.near(d.normal())
		for i := max(0, int(at*float64(len(x)))); i < len(x); i++ {
			u := float64(i)/float64(len(x)) - at
			if u < 0 {
				continue
			}
			v := height * math.Exp(-u/decay)
			if rings {
				v *= math.Cos(2 * math.Pi * cycles * u)
			}
			x[i] += v
		}
	}
}

// beats repeat one shape, as a heart or a machine does: at even or uneven distances, of changing size, on several scales.
func (d *pen) beats(x []float64) {
	n := len(x)
	length := max(4, int(d.spread(0.02, 0.25)*float64(n)))
	shape := make([]float64, length)
	for range d.count(2, 5) {
		at, width, height := d.between(0.15, 0.85), d.spread(0.03, 0.2), d.near(d.normal())
		for i := range shape {
			u := (float64(i)/float64(length) - at) / width
			shape[i] += height * math.Exp(-u*u/2)
		}
	}
	gap := float64(length) * d.spread(0.7, 3)
	uneven, size := d.between(0, 0.25), d.between(0, 0.3)
	for at := -d.between(0, 1) * gap; at < float64(n); at += max(1, gap*(1+uneven*d.noise.NormFloat64())) {
		scale := 1 + size*d.noise.NormFloat64()
		for i, v := range shape {
			if k := int(at) + i; k >= 0 && k < n {
				x[k] += scale * v
			}
		}
	}
}
