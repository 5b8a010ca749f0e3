package subspace

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestLength: the length along scaled components is the distance by the inverse of the covariance with its ridge.
func TestLength(t *testing.T) {
	const n, width = 50, 5
	r := rand.New(rand.NewPCG(1, 3))
	rows := make([]float64, n*width)
	for i := range rows {
		if rows[i] = r.NormFloat64() + 4; i%width > 0 {
			rows[i] += 0.99 * rows[i-1]
		}
	}
	mean := make([]float64, width)
	for i, v := range rows {
		mean[i%width] += v / n
	}
	cov := mat.NewDense(width, width, nil)
	for at := 0; at < len(rows); at += width {
		for i := range width {
			for j := range width {
				cov.Set(i, j, cov.At(i, j)+(rows[at+i]-mean[i])*(rows[at+j]-mean[j])/n)
			}
		}
	}
	least := ridge * mat.Trace(cov) / width
	for i := range width {
		cov.Set(i, i, cov.At(i, i)+least)
	}
	var inverse mat.Dense
	if err := inverse.Inverse(cov); err != nil {
		t.Fatal(err)
	}
	s, along := Fit(slices.Clone(rows), width), make([]float64, 2*width)
	for at := 0; at < len(rows); at += width {
		d := mat.NewVecDense(width, nil)
		for i := range width {
			d.SetVec(i, rows[at+i]-mean[i])
		}
		if got, want := s.Length(rows[at:at+width], along), math.Sqrt(mat.Inner(d, &inverse, d)); math.Abs(got-want) > 1e-9*want {
			t.Errorf("row %d: %g, want %g", at/width, got, want)
		}
	}
}

// TestFitNothing: windows that do not vary, or are no finite numbers, have no components.
func TestFitNothing(t *testing.T) {
	for name, rows := range map[string][]float64{"constant": {1, 2, 1, 2, 1, 2}, "too large": {1e200, 0, -1e200, 0}, "infinite": {math.Inf(1), 1, 2, 3}, "gaps": {math.NaN(), 1, 2, 3}} {
		if s := Fit(rows, 2); s != nil {
			t.Errorf("%s: %v", name, s)
		}
	}
}

// TestMeans by hand: windows of 8 start at every time stamp, and the second has no length.
func TestMeans(t *testing.T) {
	lengths := map[int]float64{0: 1, 1: math.NaN(), 2: 3, 3: 5}
	got := Means(11, 8, 1, func(at int) float64 { return lengths[at] })
	if want := []float64{1, 1, 2, 3, 3, 3, 3, 3, 4, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Means(3, 8, 1, func(int) float64 { return 1 }); len(got) != 3 || !math.IsNaN(got[0]) {
		t.Errorf("shorter than a window: %v", got)
	}
	var at []int
	Means(42, 32, 4, func(i int) float64 { at = append(at, i); return 1 })
	if want := []int{0, 4, 8, 10}; !slices.Equal(at, want) {
		t.Errorf("windows start at %v, want %v", at, want)
	}
}
