package synthetic

import "math"

// component draws one kind of series of deviation 1. Gaussian processes and bumps are twice as likely as the others.
func (d *pen) component(n int) []float64 {
	all := []func(x []float64){d.process, d.process, d.bumps, d.bumps, d.harmonics, d.steps, d.lines, d.recursion, d.chirp, d.shapes, d.walk,
		d.transients, d.beats}
	x := make([]float64, n)
	all[d.structure.IntN(len(all))](x)
	standardise(x)
	return x
}

// harmonics are a season with overtones, and an amplitude that changes slowly.
func (d *pen) harmonics(x []float64) {
	base, swing, slow := d.near(d.spread(1, 40)), d.between(0, 0.9), d.spread(0.3, 3)
	moment := d.between(0, 2*math.Pi)
	for k := 1; k <= d.count(1, 6); k++ {
		wave(x, base*float64(k), d.between(0, 2*math.Pi)+0.2*d.noise.NormFloat64(), d.between(0.2, 1)/math.Sqrt(float64(k)))
	}
	envelope := make([]float64, len(x))
	wave(envelope, slow, moment, swing)
	for i, v := range envelope {
		x[i] *= 1 + v
	}
}

// steps are levels with smooth or sharp changes between them.
func (d *pen) steps(x []float64) {
	for range d.count(1, 7) {
		at, height := d.shifted(d.between(0, 1)), d.near(d.normal())
		width := d.spread(0.001, 0.08)
		for i := range x {
			x[i] += height / (1 + math.Exp(-max(-40, min(40, (float64(i)/float64(len(x))-at)/width))))
		}
	}
}

// lines are pieces of straight lines through knots.
func (d *pen) lines(x []float64) {
	knots := d.count(2, 9)
	at, height := make([]float64, knots+1), make([]float64, knots+1)
	for k := 1; k <= knots; k++ {
		at[k] = at[k-1] + d.near(d.spread(0.2, 2))
		height[k] = d.normal() + 0.1*d.noise.NormFloat64()
	}
	k := 1
	for i := range x {
		t := float64(i) / float64(len(x)) * at[knots]
		for k < knots && t > at[k] {
			k++
		}
		x[i] += height[k-1] + (height[k]-height[k-1])*(t-at[k-1])/max(at[k]-at[k-1], 1e-9)
	}
}

// recursion is an autoregressive process with a moving average, driven by dense, sparse or heavy-tailed shocks.
func (d *pen) recursion(x []float64) {
	radius, angle, real := d.between(0.2, 0.995), d.spread(0.02, 3), d.between(-0.5, 0.98)
	a1, a2, average := 2*radius*math.Cos(angle), -radius*radius, d.between(-0.9, 0.9)
	second, kind := d.chance(0.6), d.structure.IntN(3)
	rare := d.spread(0.01, 0.2)
	var y1, y2, before float64
	for i := -100; i < len(x); i++ {
		shock := d.noise.NormFloat64()
		switch {
		case kind == 1 && d.noise.Float64() > rare:
			shock = 0
		case kind == 2:
			shock *= math.Abs(d.noise.NormFloat64()) * math.Abs(d.noise.NormFloat64())
		}
		y := real*y1 + shock + average*before
		if second {
			y = a1*y1 + a2*y2 + shock + average*before
		}
		y2, y1, before = y1, y, shock
		if i >= 0 {
			x[i] += y
		}
	}
}

// chirp is a wave whose frequency runs from one to another.
func (d *pen) chirp(x []float64) {
	from, to := d.near(d.spread(0.5, 40)), d.near(d.spread(0.5, 40))
	phase, bend := d.between(0, 2*math.Pi), d.spread(0.5, 2)
	for i := range x {
		t := float64(i) / float64(len(x))
		x[i] += math.Sin(phase + 2*math.Pi*t*(from+(to-from)*math.Pow(t, bend)/(bend+1)))
	}
}

// shapes are square, triangle, saw and pulse waves.
func (d *pen) shapes(x []float64) {
	cycles, duty, phase := d.near(d.spread(1, 30)), d.between(0.1, 0.9), d.between(0, 1)
	phase = d.shifted(phase)
	kind := d.structure.IntN(4)
	for i := range x {
		_, t := math.Modf(cycles*float64(i)/float64(len(x)) + phase + 1)
		switch kind {
		case 0: // square
			if t < duty {
				x[i]++
			}
		case 1: // triangle
			x[i] += min(t/duty, (1-t)/(1-duty))
		case 2: // saw
			x[i] += t
		default: // a half wave, then rest
			if t < duty {
				x[i] += math.Sin(math.Pi * t / duty)
			}
		}
	}
}

// walk is a random walk, of steps or of slopes, with or without a drift.
func (d *pen) walk(x []float64) {
	drift, smooth := d.between(-0.2, 0.2), d.chance(0.3)
	var level, slope float64
	for i := range x {
		step := d.noise.NormFloat64() + drift
		if smooth {
			slope = 0.97*slope + step
			step = slope
		}
		level += step
		x[i] += level
	}
}
