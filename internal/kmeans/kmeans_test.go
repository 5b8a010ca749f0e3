package kmeans

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// blobs are n points of d numbers around as many centres as asked, the i-th around centre i%centres.
func blobs(n, d, centres int, noise float64) []float32 {
	rng := rand.New(rand.NewPCG(2, 7))
	mean := make([]float32, centres*d)
	for i := range mean {
		mean[i] = float32(rng.NormFloat64())
	}
	Unit(mean, d)
	x := make([]float32, n*d)
	for i := range x {
		x[i] = mean[i/d%centres*d+i%d] + float32(noise*rng.NormFloat64())
	}
	return x
}

func TestKmeansFindsBlobs(t *testing.T) {
	const n, d, k = 90, 12, 3
	for _, spherical := range []bool{false, true} {
		x := blobs(n, d, k, 0.05)
		Unit(x, d)
		// One of a few starts: a single one may begin with two rows of one blob.
		found := false
		for seed := range uint64(5) {
			m := New(d, k, 20, spherical)
			ids := make([]int, n)
			m.Run(x, ids, rand.New(rand.NewPCG(seed, 0)))
			found = found || agree(ids, k)
			checkCentroids(t, m, x, ids)
		}
		if !found {
			t.Errorf("spherical %v: no start finds the blobs", spherical)
		}
	}
}

// agree tells whether the clusters are the blobs: row i is of blob i%k.
func agree(ids []int, k int) bool {
	for i, c := range ids {
		for j := range i {
			if (ids[j] == c) != (j%k == i%k) {
				return false
			}
		}
	}
	return true
}

// checkCentroids compares with the definition: each row is at its nearest centroid, which is the mean of its rows.
func checkCentroids(t *testing.T, m *Means, x []float32, ids []int) {
	t.Helper()
	for i := range ids {
		dist := func(c int) (s float64) {
			for j, v := range m.Centroid(c) {
				s += (float64(x[i*m.d+j]) - float64(v)) * (float64(x[i*m.d+j]) - float64(v))
			}
			return s
		}
		for c := range m.k {
			if dist(c) < dist(ids[i])-1e-5 {
				t.Fatalf("row %d is in cluster %d and nearer to %d", i, ids[i], c)
			}
		}
	}
	for c := range m.k {
		mean := make([]float32, m.d)
		for i, at := range ids {
			if at == c {
				for j := range mean {
					mean[j] += x[i*m.d+j]
				}
			}
		}
		scale := float32(math.Sqrt(kernel.SumSquares(mean) / kernel.SumSquares(m.Centroid(c))))
		for j := range mean {
			if got, want := float64(m.Centroid(c)[j]), float64(mean[j]/scale); math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
				t.Errorf("centroid %d: number %d is %g, want %g", c, j, got, want)
			}
		}
		if l := math.Sqrt(kernel.SumSquares(m.Centroid(c))); m.spherical && math.Abs(l-1) > 1e-5 {
			t.Errorf("a centroid has the length %g", l)
		}
	}
}

func TestEmptyClustersAreSeededAnew(t *testing.T) {
	// Two of three rows to start from are equal, so that one of their clusters is empty at once.
	x := []float32{0, 0, 0, 0, 0, 0, 1, 1, 1.1, 1, 5, 5, 5.2, 5.1}
	for seed := range uint64(10) {
		m := New(2, 3, 20, false)
		ids := make([]int, 7)
		m.Run(x, ids, rand.New(rand.NewPCG(seed, 3)))
		counts := make([]int, 3)
		for _, c := range ids {
			counts[c]++
		}
		if min(counts[0], counts[1], counts[2]) == 0 {
			t.Errorf("seed %d: clusters of %v rows", seed, counts)
		}
	}
}

func ExampleMeans_Run() {
	rows := []float32{0, 0, 0, 1, 9, 9, 9, 8} // four rows of two
	m, ids := New(2, 2, 10, false), make([]int, 4)
	m.Run(rows, ids, rand.New(rand.NewPCG(1, 1)))
	fmt.Println(ids[0] == ids[1], ids[2] == ids[3], ids[0] == ids[2])
	// Output: true true false
}
