package synthetic

// channels draws all channels of a series. Several are mixtures of common sources, each with a delay, and two in ten are on
// their own.
func (d *pen) channels(dst [][]float64) {
	if len(dst) == 1 {
		d.compose(dst[0])
		return
	}
	n := len(dst[0])
	sources := make([][]float64, d.count(1, min(len(dst), 4)))
	for i := range sources {
		sources[i] = make([]float64, n)
		d.compose(sources[i])
	}
	for _, x := range dst {
		if d.chance(0.2) {
			d.compose(x)
			continue
		}
		clear(x)
		for _, from := range sources {
			weight, delay := d.near(d.normal()), d.structure.IntN(n/16+1)
			for i := range x {
				x[i] += weight * from[max(0, i-delay)]
			}
		}
		standardise(x)
		size := d.spread(0.003, 0.3)
		for i := range x {
			x[i] += size * d.noise.NormFloat64()
		}
	}
}
