package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestWilcoxon(t *testing.T) {
	for _, c := range []struct {
		d    []float64
		want float64
	}{
		// Darwin's maize, as in the documentation of scipy.stats.wilcoxon: statistic 24, p 0.041259765625.
		{[]float64{6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75}, 0.041259765625},
		{[]float64{1, 2, 3, 4, 5}, 2. / 32},
		{[]float64{0, 0}, 1},
		{nil, 1},
		{[]float64{3, -3, 0}, 1},
	} {
		if got := Wilcoxon(c.d); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %g, want %g", c.d, got, c.want)
		}
	}
}

// TestWilcoxonBySigns compares with all choices of signs, ties included.
func TestWilcoxonBySigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		d := make([]float64, 1+rng.IntN(10))
		for i := range d {
			d[i] = float64(rng.IntN(9) - 4)
		}
		if got, want := Wilcoxon(d), bySigns(d); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: %g, want %g", d, got, want)
		}
	}
}

func bySigns(all []float64) float64 {
	var d []float64
	for _, v := range all {
		if v != 0 {
			d = append(d, v)
		}
	}
	rank := func(i int) (r float64) { // the mean place among equals
		for k := range d {
			switch a, b := math.Abs(d[k]), math.Abs(d[i]); {
			case a < b:
				r++
			case a == b:
				r += 0.5
			}
		}
		return r + 0.5
	}
	sum := func(positive func(i int) bool) (s float64) {
		for i := range d {
			if positive(i) {
				s += rank(i)
			} else {
				s -= rank(i)
			}
		}
		return s
	}
	seen, extreme := sum(func(i int) bool { return d[i] > 0 }), 0
	for signs := range 1 << len(d) {
		if math.Abs(sum(func(i int) bool { return signs>>i&1 == 1 })) >= math.Abs(seen)-1e-9 {
			extreme++
		}
	}
	return float64(extreme) / float64(int(1)<<len(d))
}

// TestWilcoxonOfMany: beyond the exact range the normal form takes over without a jump, and small p-values stay rare.
func TestWilcoxonOfMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var small int
	for range 200 {
		d := make([]float64, mostExact)
		for i := range d {
			d[i] = rng.NormFloat64()
		}
		exact, normal := Wilcoxon(d), Wilcoxon(append(d, 1e-9)) // a difference that hardly counts
		if math.Abs(exact-normal) > 0.02 {
			t.Fatalf("exact %g, by the normal distribution %g", exact, normal)
		}
		if exact < 0.05 {
			small++
		}
	}
	if small < 1 || small > 25 { // 10 expected, deviation 3.1
		t.Errorf("%d of 200 p-values are below 0.05", small)
	}
}

func ExampleWilcoxon() {
	fmt.Printf("%.4f\n", Wilcoxon([]float64{0.02, 0.01, 0.03, -0.005, 0.04, 0.015}))
	// Output: 0.0625
}
