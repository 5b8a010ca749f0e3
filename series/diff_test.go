package series

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		x          []float64
		lag, order int
		want       []float64
	}{
		{[]float64{1, 4, 9, 16, 25}, 1, 1, []float64{0, 3, 5, 7, 9}},
		{[]float64{1, 4, 9, 16, 25}, 1, 2, []float64{0, 0, 2, 2, 2}},
		{[]float64{1, 4, 9, 16, 25}, 1, 3, []float64{0, 0, 0, 0, 0}},
		{[]float64{1, 4, 9, 16, 25}, 1, 9, []float64{0, 0, 0, 0, 0}},
		{[]float64{1, 4, 9, 16, 25}, 2, 1, []float64{0, 0, 8, 12, 16}},
		{[]float64{1, 4, 9, 16, 25}, 2, 2, []float64{0, 0, 0, 0, 8}},
		{[]float64{1, 4, 9}, 5, 1, []float64{0, 0, 0}},
		{[]float64{Gap, 1, Gap, 3, 4}, 1, 1, []float64{Gap, 0, Gap, 2, 1}},
		{[]float64{1, 2, Gap, 5, 7, 9}, 2, 1, []float64{0, 0, Gap, 3, 6, 4}},
		{[]float64{1, 4}, 0, 1, []float64{1, 4}},
		{[]float64{1, 4}, 1, -1, []float64{1, 4}},
		{nil, 1, 1, nil},
	} {
		got := slices.Clone(c.x)
		if Diff(got, c.lag, c.order); !same(got, c.want) {
			t.Errorf("%v, lag %d, order %d: %v, want %v", c.x, c.lag, c.order, got, c.want)
		}
	}
}

// Sums of the differences along each phase give the series back, less its first values.
func TestSumsUndoDiff(t *testing.T) {
	for _, lag := range []int{1, 2, 7} {
		x := noise(rand.New(rand.NewPCG(7, 8)), 500, 100, 0.2)
		d, sum, first := slices.Clone(x), make([]float64, lag), make([]float64, lag)
		for i := range first {
			first[i] = Gap
		}
		Diff(d, lag, 1)
		for i, v := range d {
			if IsGap(v) != IsGap(x[i]) {
				t.Fatalf("lag %d, time %d: gaps moved", lag, i)
			}
			if IsGap(v) {
				continue
			}
			if IsGap(first[i%lag]) {
				first[i%lag] = x[i]
			}
			sum[i%lag] += v
			if !near([]float64{first[i%lag] + sum[i%lag]}, x[i:i+1], 1e-9) {
				t.Fatalf("lag %d, time %d: %g, want %g", lag, i, first[i%lag]+sum[i%lag], x[i])
			}
		}
	}
}

func TestFractionalDiff(t *testing.T) {
	x := []float64{1, 4, 9, 16, 25}
	for _, c := range []struct{ got, want []float64 }{
		{FractionalDiff(x, 1), []float64{1, 3, 5, 7, 9}},
		{FractionalDiff(x, 0), x},
		// (1-B)^0.5 = 1 - B/2 - B²/8 - B³/16 - …
		{FractionalDiff([]float64{1, 0, 0, 0}, 0.5), []float64{1, -0.5, -0.125, -0.0625}},
		{FractionalDiff([]float64{1, Gap, 3}, 1), []float64{1, Gap, 2}},
	} {
		if !same(c.got, c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	for name, x := range awkward() {
		if name == "huge" {
			continue // the difference of ±3e38 is beyond float64
		}
		if got := FractionalDiff(x, 0.4); len(got) != len(x) {
			t.Errorf("%s: %v", name, got)
		}
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
}
