package augment

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestDistributions: the mean and the standard deviation of what an augmentation draws, over 10,000 views, are those that its comment says,
// within five standard errors. Every augmentation of the catalogue that draws anything is here.
func TestDistributions(t *testing.T) {
	const n = 16
	ones := func(channels int) [][]float32 { return formula(channels, n, func(int, float64) float64 { return 1 }) }
	hidden := func(x [][]float32) (h float64) {
		for _, u := range x[0] {
			if u == 0 {
				h += 1.0 / n
			}
		}
		return h
	}
	at := func(i int) func(x [][]float32) float64 {
		return func(x [][]float32) float64 { return float64(x[0][i]) }
	}
	// A spike holds each frequency with amplitude 1 and phase 0.
	spike := formula(1, n, func(_ int, t float64) float64 { return map[bool]float64{true: 1}[t == 0] })
	bin := func(k int, part func(complex128) float64) func(x [][]float32) float64 {
		return func(x [][]float32) float64 { return part(series.RFFT(x[0])[k]) }
	}
	re := func(c complex128) float64 { return real(c) }
	im := func(c complex128) float64 { return imag(c) }
	angle := func(c complex128) float64 { return math.Atan2(imag(c), real(c)) }
	share := func(p float64) float64 { return math.Sqrt(p * (1 - p)) } // the deviation of something that is 1 with probability p
	masked := 0.4 - math.Pow(0.4, 2)/2
	flat := 1 / math.Sqrt(12) // the deviation of U(0, 1)
	axis := formula(2, n, func(c int, _ float64) float64 { return float64(1 - c) })
	wave := formula(1, n, func(_ int, t float64) float64 { return math.Cos(math.Pi / 2 * t) })
	zeros := formula(1, n, func(int, float64) float64 { return 0 })
	// These draw nothing.
	drawn := map[string]bool{}
	for _, name := range []string{"diff", "season-diff", "frac-diff", "standardize", "trend", "trend-drop", "trend-swap", "season-keep", "season-drop", "season-swap", "identity"} {
		drawn[name] = true
	}
	for _, c := range []struct {
		text      string
		x         [][]float32
		of        func(x [][]float32) float64
		mean, std float64
	}{
		{"scale(0.3)", ones(1), at(5), 1, 0.3},
		{"scale-steps(0.3,2)", ones(2), at(5), 2, 0.3},
		{"scale-steps(0.3,2)", ones(2), func(x [][]float32) float64 { return float64(x[1][5] - x[0][5]) }, 0, 0},
		{"scale-steps(0.3,2)", ones(1), func(x [][]float32) float64 { return float64(x[0][5] - x[0][6]) }, 0, 0.3 * math.Sqrt2},
		// 1 to 4 segments stay in their order with probability (1 + 1/2 + 1/6 + 1/24)/4.
		{"permutation(5)", ramp(1, n), func(x [][]float32) float64 {
			if same(x, ramp(1, n)) {
				return 1
			}
			return 0
		}, 0.427083, share(0.427083)},
		// In a quarter of the views two segments change places, and the cut comes first: one of 1 to 15, of mean 8 and mean square 248/3.
		{"permutation(3)", ramp(1, n), at(0), 8.0 / 4, math.Sqrt(248.0/12 - 4)},
		{"shift(0.3)", ones(1), at(5), 1, 0.3},
		{"jitter(0.3)", ones(1), at(5), 1, 0.3},
		{"mask(0.3)", ones(1), hidden, 0.3, share(0.3) / math.Sqrt(n)},
		{"mask-span(0.01,1)", ones(1), hidden, 1.0 / n, 0},
		{"mask-span(0.25,1)", ones(1), hidden, 0.25, 0},
		{"mask-channel(0.4)", ones(2), hidden, masked, share(masked)},
		{"mask-channel(0.4)", ones(1), hidden, 0, 0},
		{"flip(0.3)", ramp(1, n), at(0), 0.3 * (n - 1), share(0.3) * (n - 1)},
		{"negate(0.3)", ones(1), at(0), 1 - 2*0.3, 2 * share(0.3)},
		// With two knots in 16 time stamps the knots lie at 5 and 10; half-way would be 7.5, where the weights of a Catmull-Rom
		// spline are -1/16, 9/16, 9/16, -1/16; at 7 and 8 its variance is a little more.
		{"magnitude-warp(0.3,2)", ones(1), at(5), 1, 0.3},
		{"magnitude-warp(0.3,2)", ones(1), func(x [][]float32) float64 { return float64(x[0][7]) }, 1, 0.3 * catmullRom(0.4)},
		{"freq-mask(0.3)", spike, bin(3, re), 0.7, share(0.3)},
		{"freq-noise(1,0.3)", spike, bin(3, re), 1, 0.3 * math.Sqrt(1.0/6)},
		{"freq-noise(1,0.3)", spike, bin(3, im), 0, 0.3 * math.Sqrt(1.0/6)},
		{"freq-noise(1,0.3)", spike, bin(n/2, re), 1, 0.3 * math.Sqrt(1.0/3)},
		{"freq-perturb(0.3,0)", spike, bin(3, re), 1, 0.3},
		{"freq-perturb(0.3,0)", spike, bin(n/2, re), 1, 0.3},
		{"freq-perturb(0,0.3)", spike, bin(3, angle), 0, 0.3},
		{"freq-perturb(0,0.3)", spike, bin(n/2, re), 1, 0},
		// The larger of 0 and N(1, 2) has the mean Φ(1/2) + 2φ(1/2) and the mean square 5Φ(1/2) + 2φ(1/2).
		{"freq-perturb(2,0)", spike, bin(3, re), 1.395593, math.Sqrt(4.161439 - 1.395593*1.395593)},
		{"phase-shift(0.6)", spike, bin(3, angle), 0, 0.6 / math.Sqrt(3)},
		// Frequency 5 of 8 is kept where the share is at least 4.5/8, and frequency 3 stays where the share taken away is less than 2.5/8.
		{"low-pass(0.3)", spike, bin(5, re), 0.625, share(0.625)},
		{"high-pass(0.8)", spike, bin(3, re), 0.390625, share(0.390625)},
		// A part of k = U(0.5, 1) begins at U(0, 15(1-k)) and is 15k long; one of 0.6 begins at U(0, 6).
		{"crop(0.5,1)", ramp(1, n), at(0), 15.0 / 8, math.Sqrt(225.0/36 - 225.0/64)},
		{"crop(0.5,1)", ramp(1, n), func(x [][]float32) float64 { return float64(x[0][n-1] - x[0][0]) }, 0.75 * 15, 7.5 * flat},
		{"slice(0.6)", ramp(1, n), at(0), 3, 6 * flat},
		// Of three time stamps the knot is the second; the time there is 2(a+b)/(a+2b+c) with speeds a, b, c, to first order 1 + (a-c)/4.
		{"time-warp(0.05,1)", ramp(1, 3), at(1), 1, 0.05 * math.Sqrt2 / 4},
		// Three of 15 steps are played from U(0, 12) on, in 6 or in 1.5, so that a time stamp is 1.2 or 0.9 before and 0.6 or 1.8 within.
		{"window-warp(0.2)", ramp(1, n), at(1), 1.051875, math.Sqrt(1.1355 - 1.051875*1.051875)},
		{"mixup(0.4)", ones(1), at(5), 0.8, 0.4 * flat},
		// The sine of U(-a, a) has the mean square 1/2 - sin(2a)/4a, and the cosine the mean sin(a)/a and the mean square 1/2 + sin(2a)/4a.
		{"rotation(0.6)", axis, func(x [][]float32) float64 { return float64(x[1][5]) }, 0, math.Sqrt(0.5 - math.Sin(1.2)/2.4)},
		{"rotation(0.6)", axis, at(5), math.Sin(0.6) / 0.6, math.Sqrt(0.5 + math.Sin(1.2)/2.4 - math.Pow(math.Sin(0.6)/0.6, 2))},
		{"channel-shuffle", ramp(2, n), at(0), 500, 500},
		{"trend-scale(0.3)", ramp(1, n), at(5), 5, 0.3 * 5},
		{"season(0.3,0,4)", wave, at(0), 1, 0.3},
		// A wave of four time stamps, between which it is a line, falls by 2/π of the angle.
		{"season(0,0.3,4)", wave, at(0), 1 - 0.3*2/math.Pi*math.Sqrt(2/math.Pi), 0.3 * 2 / math.Pi * math.Sqrt(1-2/math.Pi)},
		{"maybe(0.3)|negate(1)", ones(1), at(5), 1 - 2*0.3, 2 * share(0.3)},
		{"choice(4)|negate(1)|identity|identity|identity", ones(1), at(5), 1 - 2*0.25, 2 * share(0.25)},
	} {
		a, values := first(c.text), make([]float64, 10_000)
		for i := range values {
			values[i] = c.of(apply(a, c.x, uint64(i), zeros))
		}
		drawn[a.Name()] = true
		mean, std := moments(values)
		off := 5*c.std/100 + 1e-5
		if math.Abs(mean-c.mean) > off || math.Abs(std-c.std) > off {
			t.Errorf("%s of %d channels: mean %.4f, standard deviation %.4f; want %.4f and %.4f", c.text, len(c.x), mean, std, c.mean, c.std)
		}
	}
	for _, e := range Catalog() {
		if !drawn[e.Name] {
			t.Errorf("nothing tells what %s draws", e.Name)
		}
	}
}

// catmullRom is the deviation of a Catmull-Rom spline through independent points of deviation 1, a share w of the way from one to the next.
func catmullRom(w float64) float64 {
	a, b := -w*(1-w)*(1-w)/2, 1-w*w*(5-3*w)/2
	c, d := w*(1+w*(4-3*w))/2, -w*w*(1-w)/2
	return math.Sqrt(a*a + b*b + c*c + d*d)
}
