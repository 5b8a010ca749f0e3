package augment

import (
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/language"
)

// maxKnots bounds the knots of a random curve.
const maxKnots = 64

// curve fills dst with a smooth random curve: a Catmull-Rom spline through both ends and evenly spaced knots between them, each
// drawn from N(1, sigma).
func curve(dst []float64, rng *rand.Rand, sigma float64, knots int) {
	// One more point on either side gives the ends a slope.
	var point [maxKnots + 4]float64
	last := knots + 2
	for i := 1; i <= last; i++ {
		point[i] = 1 + sigma*rng.NormFloat64()
	}
	point[0] = 2*point[1] - point[2]
	point[last+1] = 2*point[last] - point[last-1]
	step := 0.0
	if len(dst) > 1 {
		step = float64(knots+1) / float64(len(dst)-1)
	}
	for t := range dst {
		p := float64(t) * step
		i := min(int(p), knots)
		w := p - float64(i)
		a, b, c, d := point[i], point[i+1], point[i+2], point[i+3]
		dst[t] = b + w/2*(c-a+w*(2*a-5*b+4*c-d+w*(3*(b-c)+d-a)))
	}
}

// MagnitudeWarp multiplies each channel by a smooth random curve: N(1, Sigma) at the ends and at the knots, and between them a cubic
// through these, whose mean is 1 and whose standard deviation falls to 0.8 Sigma half-way.
type MagnitudeWarp struct {
	// Sigma is the standard deviation at the knots; 0 means 0.2.
	Sigma float64
	// Knots is the number of knots between the ends, at most 64; 0 means 4.
	Knots int
}

// Name implements [Augmentation].
func (MagnitudeWarp) Name() string { return "magnitude-warp" }

// Numbers implements [language.Numbered].
func (a MagnitudeWarp) Numbers() []float64 { return []float64{a.Sigma, float64(a.Knots)} }

// Apply implements [Augmentation].
func (a MagnitudeWarp) Apply(x [][]float32, c *Context) {
	f := scratch64(len(x[0]))
	defer release64(f)
	for _, v := range x {
		curve(*f, c.RNG, language.Or(a.Sigma, 0.2), language.Whole(a.Knots, 4, maxKnots))
		for t := range v {
			v[t] *= float32((*f)[t])
		}
	}
}

// TimeWarp speeds time up and slows it down smoothly: by a speed of N(1, Sigma) at the ends and at the knots, a cubic between them and nowhere
// below 0.1, over its mean. Both ends stay in place, and time never runs backwards.
type TimeWarp struct {
	// Sigma is the standard deviation of the speed at the knots, around 1; 0 means 0.2.
	Sigma float64
	// Knots is the number of knots between the ends, at most 64; 0 means 4.
	Knots int
}

// Name implements [Augmentation].
func (TimeWarp) Name() string { return "time-warp" }

// Numbers implements [language.Numbered].
func (a TimeWarp) Numbers() []float64 { return []float64{a.Sigma, float64(a.Knots)} }

// Apply implements [Augmentation].
func (a TimeWarp) Apply(x [][]float32, c *Context) {
	// Below this speed the window would seem to stand still.
	const slowest = 0.1
	n := len(x[0])
	buf := scratch64(n)
	defer release64(buf)
	pos := *buf
	curve(pos, c.RNG, language.Or(a.Sigma, 0.2), language.Whole(a.Knots, 4, maxKnots))
	at, before := 0.0, max(pos[0], slowest)
	pos[0] = 0
	for t := 1; t < n; t++ {
		speed := max(pos[t], slowest)
		at += (before + speed) / 2
		before, pos[t] = speed, at
	}
	if n > 1 {
		f := float64(n-1) / at
		for t := range pos {
			pos[t] *= f
		}
	}
	resample(x, pos)
}

// WindowWarp plays one part of the window, which begins at a share drawn from U(0, 1-Share), at half or double speed, each with probability one
// half, and resamples the result to the full length.
type WindowWarp struct {
	// Share is the length of the part as a share of the window; 0 means 0.1.
	Share float64
}

// Name implements [Augmentation].
func (WindowWarp) Name() string { return "window-warp" }

// Numbers implements [language.Numbered].
func (a WindowWarp) Numbers() []float64 { return []float64{a.Share} }

// Apply implements [Augmentation].
func (a WindowWarp) Apply(x [][]float32, c *Context) {
	n := len(x[0])
	whole := float64(n - 1)
	width := language.Share(a.Share, 0.1) * whole
	from := c.RNG.Float64() * (whole - width)
	speed := 0.5
	if c.RNG.IntN(2) == 1 {
		speed = 2
	}
	if n < 3 {
		return
	}
	played := width / speed
	step := (whole - width + played) / whole
	buf := scratch64(n)
	defer release64(buf)
	for t := range *buf {
		p := float64(t) * step
		switch {
		case p > from+played:
			p += width - played
		case p > from:
			p = from + (p-from)*speed
		}
		(*buf)[t] = p
	}
	resample(x, *buf)
}
