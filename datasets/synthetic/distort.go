package synthetic

import (
	"math"
	"slices"
)

// distort does to a signal what sensors, recorders and time do to it.
func (d *pen) distort(x []float64) {
	if d.chance(0.35) {
		d.bend(x)
	}
	if d.chance(0.5) {
		d.warp(x)
	}
	if d.chance(0.3) {
		d.coarsen(x)
	}
	standardise(x)
	if d.chance(0.7) {
		size := d.spread(0.003, 0.4)
		for i := range x {
			x[i] += size * d.noise.NormFloat64()
		}
	}
	if d.chance(0.1) {
		d.spike(x)
	}
	if d.chance(0.1) {
		d.saturate(x)
	}
	if d.chance(0.12) {
		step := d.spread(0.05, 1)
		for i := range x {
			x[i] = step * math.Round(x[i]/step)
		}
	}
	if d.chance(0.06) {
		d.lose(x)
	}
}

// bend passes the values through a nonlinearity.
func (d *pen) bend(x []float64) {
	scale, shift := d.spread(0.5, 3), d.between(-1, 1)
	kind := d.structure.IntN(6)
	for i, v := range x {
		v = scale*v + shift
		switch kind {
		case 0:
			v = math.Tanh(v)
		case 1:
			v = max(0, v)
		case 2:
			v = math.Sin(v)
		case 3:
			v = math.Abs(v)
		case 4:
			v *= v
		default:
			v = math.Exp(min(v, 3))
		}
		x[i] = v
	}
}

// warp lets time run smoothly faster and slower.
func (d *pen) warp(x []float64) {
	speed := slices.Repeat([]float64{1}, len(x))
	for k := 1; k <= 3; k++ {
		wave(speed, float64(k)/2, d.between(0, 2*math.Pi)+0.2*d.noise.NormFloat64(), d.between(0, 0.3))
	}
	at, total := make([]float64, len(x)), 0.0
	for i, v := range speed {
		at[i] = total
		total += max(v, 0.1)
	}
	from := slices.Clone(x)
	for i := range x {
		x[i] = between(from, at[i]/total*float64(len(x)-1))
	}
}

// between interpolates x at a place that need not be whole.
func between(x []float64, at float64) float64 {
	i := min(max(int(at), 0), len(x)-1)
	if i+1 >= len(x) {
		return x[i]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}

// coarsen passes through a low resolution: means of stretches, held or joined by lines.
func (d *pen) coarsen(x []float64) {
	each := int(d.spread(2, max(3, float64(len(x))/24)))
	held := d.chance(0.4)
	means := make([]float64, 0, len(x)/each+1)
	for at := 0; at < len(x); at += each {
		part, sum := x[at:min(at+each, len(x))], 0.0
		for _, v := range part {
			sum += v
		}
		means = append(means, sum/float64(len(part)))
	}
	for i := range x {
		if held {
			x[i] = means[i/each]
		} else {
			x[i] = between(means, max(0, (float64(i)-float64(each-1)/2)/float64(each)))
		}
	}
}

// spike adds single readings far off.
func (d *pen) spike(x []float64) {
	size, rare := d.spread(2, 8), d.spread(0.005, 0.05)
	for i := range x {
		if d.noise.Float64() < rare {
			x[i] += size * d.noise.NormFloat64()
		}
	}
}

// saturate cuts off at the end of the sensor's range, above or on both sides.
func (d *pen) saturate(x []float64) {
	top, both := d.between(0.3, 1.5), d.chance(0.5)
	for i, v := range x {
		if v = min(v, top); both {
			v = max(v, -top)
		}
		x[i] = v
	}
}

// lose holds the last reading over a stretch, as recorders do when a sensor is silent, or reads zero there.
func (d *pen) lose(x []float64) {
	from := int(d.shifted(d.between(0.05, 0.8)) * float64(len(x)))
	from = min(max(from, 1), len(x)-1)
	to := min(len(x), from+int(d.spread(0.03, 0.3)*float64(len(x))))
	level := x[from-1]
	if d.chance(0.3) {
		level = 0
	}
	for i := from; i < to; i++ {
		x[i] = level
	}
}
