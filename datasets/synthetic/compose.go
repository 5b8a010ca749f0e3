package synthetic

// compose makes one source: one to four components added (65 %), multiplied (20 %) or spliced (15 %), then distorted.
func (d *pen) compose(x []float64) {
	first := d.component(len(x))
	copy(x, first)
	for range d.structure.IntN(4) {
		how, weight := d.structure.Float64(), d.spread(0.15, 1)
		next := d.component(len(x))
		switch {
		case how < 0.65:
			for i, v := range next {
				x[i] += weight * v
			}
		case how < 0.85:
			for i, v := range next {
				x[i] *= 1 + weight*v
			}
		default: // a stretch of another regime
			from := d.shifted(d.between(-0.2, 0.8))
			to := from + d.spread(0.1, 0.8)
			for i, v := range next {
				if t := float64(i) / float64(len(x)); t >= from && t < to {
					x[i] = v
				}
			}
		}
	}
	standardise(x)
	d.distort(x)
	standardise(x)
}
