package cpc

import (
	"fmt"
	"math"
	"testing"
)

// TestSurpriseEqualsItsSlowTwin writes the term of eq. 4 out, with and without rows that are left out.
func TestSurpriseEqualsItsSlowTwin(t *testing.T) {
	const n, d = 40, 13
	guess, z, negatives := normal(1, d), normal(2, d), normal(3, n, d)
	for _, c := range [][2]int{{0, 0}, {0, 7}, {30, 40}, {39, 60}, {0, 39}} {
		score := func(x []float32) float64 {
			var s float64
			for j := range d {
				s += float64(guess[j]) * float64(x[j])
			}
			return math.Exp(s)
		}
		var others, counted float64
		for i := range n {
			if i < c[0] || i >= c[1] {
				others, counted = others+score(negatives[i*d:(i+1)*d]), counted+1
			}
		}
		want := -math.Log(score(z) / (score(z) + others*n/counted))
		if got := Surprise(guess, z, negatives, c[0], c[1]); math.Abs(got-want) > 1e-5 {
			t.Errorf("without %v: %.6f, want %.6f", c, got, want)
		}
	}
	if got := Surprise(guess, z, negatives, 0, n); !math.IsNaN(got) {
		t.Errorf("without any negative: %g", got)
	}
}

// TestSurpriseClosedForms: what is not told apart has log(K + 1) for K negatives, whatever is left out; what stands out has 0; and products
// beyond the range of exp still have a value.
func TestSurpriseClosedForms(t *testing.T) {
	for _, k := range []int{1, 7, 128, 1000} {
		same := make([]float32, 4*k)
		for i := range same {
			same[i] = 0.5
		}
		for _, lo := range []int{0, k / 2} {
			if got := Surprise([]float32{1, -2, 3, 1}, same[:4], same, lo, k/2); math.Abs(got-math.Log(float64(k)+1)) > 1e-9 {
				t.Errorf("%d negatives from %d on left out: %.6f, want log(%d)", k, lo, got, k+1)
			}
		}
	}
	guess, true1, other := []float32{1, 0}, []float32{50, 0}, []float32{0, 1}
	if got := Surprise(guess, true1, other, 0, 0); got > 1e-9 {
		t.Errorf("what stands out: %g", got)
	}
	if got := Surprise(guess, []float32{-5000, 0}, other, 0, 0); math.Abs(got-5000) > 1e-9 {
		t.Errorf("5000 below the other: %g", got)
	}
}

func ExampleSurprise() {
	guess := []float32{1, 0}
	negatives := []float32{0, 1, 0, -1, 0, 2}
	fmt.Printf("%.4f %.4f\n", Surprise(guess, []float32{0, 3}, negatives, 0, 0), Surprise(guess, []float32{5, 0}, negatives, 0, 0))
	// Output: 1.3863 0.0200
}
