package augment

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestDistributions: the mean and the standard deviation of what an augmentation draws, over 10,000 views, are those that its page says,
// within five standard errors.
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
	} {
		a, values := first(c.text), make([]float64, 10_000)
		for i := range values {
			values[i] = c.of(apply(a, c.x, uint64(i), nil))
		}
		mean, std := moments(values)
		off := 5*c.std/100 + 1e-5
		if math.Abs(mean-c.mean) > off || math.Abs(std-c.std) > off {
			t.Errorf("%s of %d channels: mean %.4f, standard deviation %.4f; want %.4f and %.4f", c.text, len(c.x), mean, std, c.mean, c.std)
		}
	}
}

// catmullRom is the deviation of a Catmull-Rom spline through independent points of deviation 1, a share w of the way from one to the next.
func catmullRom(w float64) float64 {
	a, b := -w*(1-w)*(1-w)/2, 1-w*w*(5-3*w)/2
	c, d := w*(1+w*(4-3*w))/2, -w*w*(1-w)/2
	return math.Sqrt(a*a + b*b + c*c + d*d)
}
