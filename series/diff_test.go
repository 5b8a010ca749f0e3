package series

import (
	"math/rand/v2"
	"testing"
)

func TestDiff(t *testing.T) {
	x := []float64{1, 4, 9, 16, 25}
	for _, c := range []struct{ got, want []float64 }{
		{Diff(x, 0), x},
		{Diff(x, 1), []float64{3, 5, 7, 9}},
		{Diff(x, 2), []float64{2, 2, 2}},
		{Diff(x, 9), []float64{}},
		{SeasonalDiff(x, 2), []float64{8, 12, 16}},
		{SeasonalDiff(x, 5), []float64{}},
		{Diff([]float64{1, Gap, 3, 4}, 1), []float64{Gap, 2, 1}},
		{FractionalDiff(x, 1), []float64{1, 3, 5, 7, 9}},
		{FractionalDiff(x, 0), x},
		// (1-B)^0.5 = 1 - B/2 - B²/8 - B³/16 - …
		{FractionalDiff([]float64{1, 0, 0, 0}, 0.5), []float64{1, -0.5, -0.125, -0.0625}},
	} {
		if !same(c.got, c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}

func TestDifferencesInvert(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, gaps := range []float64{0, 0.3} {
		for _, n := range []int{1, 2, 3, 17, 500} {
			x := noise(rng, n, 100, gaps)
			for order := range 4 {
				head := x[:min(order, n)]
				// Rounding of 2^-24 of values near 100 adds up over n in order 2, n² in order 3.
				tol := []float64{0, 1e-5, 1e-2, 5}[order]
				if got := Integrate(Diff(x, order), head); !near(got, x, tol) {
					t.Errorf("n %d gaps %v order %d does not come back", n, gaps, order)
				}
			}
			for _, period := range []int{1, 2, 7} {
				if got := SeasonalIntegrate(SeasonalDiff(x, period), x[:min(period, n)]); !near(got, x, 1e-5) {
					t.Errorf("n %d gaps %v period %d does not come back", n, gaps, period)
				}
			}
			for _, d := range []float64{-0.5, 0.3, 0.5, 1} {
				if got := FractionalIntegrate(FractionalDiff(x, d), d); !near(got, x, 1e-2) {
					t.Errorf("n %d gaps %v d %v does not come back", n, gaps, d)
				}
			}
		}
	}
}

// The rounding of single differences must not add up over a long series.
func TestDiffDoesNotDrift(t *testing.T) {
	x := noise(rand.New(rand.NewPCG(9, 10)), 200000, 1e4, 0)
	if !near(Integrate(Diff(x, 1), x[:1]), x, 1e-3) {
		t.Error("200000 values drift by more than 1e-3")
	}
}

func TestFractionalByFFT(t *testing.T) {
	x := noise(rand.New(rand.NewPCG(11, 12)), 3000, 10, 0)
	got := FractionalDiff(x, 0.4)
	w := fractionalWeights(len(x), 0.4)
	for at := range x {
		sum := 0.0
		for k := 0; k <= at; k++ {
			sum += w[k] * float64(x[at-k])
		}
		if !near(got[at:at+1], []float64{float64(sum)}, 1e-5) {
			t.Fatalf("value %d is %v, summed %v", at, got[at], sum)
		}
	}
	if !near(FractionalIntegrate(got, 0.4), x, 1e-3) {
		t.Error("does not come back")
	}
}

func TestDiffAwkward(t *testing.T) {
	for name, x := range awkward() {
		if name == "huge" {
			continue // the difference of ±3e38 is beyond float64
		}
		for _, order := range []int{-1, 0, 1} {
			if got := Integrate(Diff(x, order), x[:min(max(order, 0), len(x))]); !near(got, x, 1) {
				t.Errorf("%s order %d: %v", name, order, got)
			}
		}
		if got := SeasonalIntegrate(SeasonalDiff(x, 3), x[:min(3, len(x))]); !near(got, x, 1) {
			t.Errorf("%s: %v", name, got)
		}
		if got := FractionalIntegrate(FractionalDiff(x, 0.4), 0.4); !near(got, x, 1) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
