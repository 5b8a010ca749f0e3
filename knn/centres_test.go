package knn

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// farthest is the largest distance of a row from the nearest of some rows, in float64.
func farthest(data []float32, dim int, centres []int) (worst float64) {
	for i := range len(data) / dim {
		best := math.Inf(1)
		for _, c := range centres {
			var s float64
			for j := range dim {
				d := float64(data[i*dim+j]) - float64(data[c*dim+j])
				s += d * d
			}
			best = min(best, math.Sqrt(s))
		}
		worst = max(worst, best)
	}
	return worst
}

// TestCentresOnALine: of 0 to 8, the one nearest to the mean is 4, then the ends, then the middles between.
func TestCentresOnALine(t *testing.T) {
	x, err := New([]float32{0, 1, 2, 3, 4, 5, 6, 7, 8}, 1, Euclidean)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range [][]int{1: {4}, 2: {0, 4}, 3: {0, 4, 8}, 5: {0, 2, 4, 6, 8}, 9: {0, 1, 2, 3, 4, 5, 6, 7, 8}} {
		if want == nil {
			continue
		}
		if got, err := x.Centres(context.Background(), n); err != nil || !slices.Equal(got, want) {
			t.Errorf("%d centres: %v, %v, want %v", n, got, err, want)
		}
	}
	if _, err := x.Centres(context.Background(), 0); !errors.Is(err, ErrOption) {
		t.Errorf("no centres: %v", err)
	}
}

// TestCentresOfClusters: greedy centres find every one of well separated clusters, which the same number of first rows does not; the
// rows do not depend on the number of rows taken at once, and cosine looks at directions alone.
func TestCentresOfClusters(t *testing.T) {
	const clusters, each, dim = 12, 30, 8
	r := rand.New(rand.NewPCG(3, 4))
	var middles, data []float32
	for range clusters * dim {
		middles = append(middles, float32(10*r.NormFloat64()))
	}
	for c := range clusters {
		for range each {
			for j := range dim {
				data = append(data, middles[c*dim+j]+float32(0.1*r.NormFloat64()))
			}
		}
	}
	x, err := New(data, dim, Euclidean)
	if err != nil {
		t.Fatal(err)
	}
	centres, err := x.Centres(context.Background(), clusters)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]bool{}
	for _, c := range centres {
		found[c/each] = true
	}
	if len(found) != clusters {
		t.Errorf("%d of %d clusters have a centre", len(found), clusters)
	}
	if near, first := farthest(data, dim, centres), farthest(data, dim, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}); near > 2 || first < 10 {
		t.Errorf("the farthest row is %g from its centre, of the first rows %g", near, first)
	}
	scaled := slices.Clone(data)
	for i := range scaled {
		scaled[i] *= float32(1 + i/dim%5)
	}
	var two [2][]int
	for i, d := range [][]float32{data, scaled} {
		x, err := New(d, dim, Cosine)
		if err != nil {
			t.Fatal(err)
		}
		if two[i], err = x.Centres(context.Background(), clusters); err != nil {
			t.Fatal(err)
		}
		for j := range two[i] {
			two[i][j] /= each
		}
	}
	if !slices.Equal(two[0], two[1]) {
		t.Errorf("by direction %v, with other lengths %v", two[0], two[1])
	}
}
