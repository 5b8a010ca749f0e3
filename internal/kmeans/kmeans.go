// Package kmeans groups rows around centroids: k-means of Lloyd (1982), and the spherical one of Dhillon and Modha (2001).
//
//	m := kmeans.New(dim, 16, 20, false)
//	m.Run(rows, ids, rng) // ids[i] is now the cluster of row i
//	c := m.Centroid(ids[0])
//
// The result is the same bits for any number of threads.
package kmeans

import (
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Means are K centroids of rows of D numbers.
type Means struct {
	d, k, rounds int
	// spherical brings centroids to unit length and assigns by the inner product (Dhillon and Modha, 2001); otherwise a
	// row goes to the nearest centroid.
	spherical bool
	centroids []float32 // [K, D]
	counts    []int
	scores    []float32 // [chunk, K]
	half      []float32 // by centroid: half its squared length, 0 if spherical
}

// chunk is how many rows are compared at once.
const chunk = 1024

// New makes k centroids of rows of d numbers, which Run moves so many times; spherical ones have length 1 and take the rows of the
// largest inner product, the others those of the least distance.
func New(d, k, rounds int, spherical bool) *Means {
	return &Means{d: d, k: k, rounds: rounds, spherical: spherical, centroids: make([]float32, k*d), counts: make([]int, k),
		half: make([]float32, k)}
}

// Run starts from distinct rows of x [N, D], N ≥ K, drawn at random, and writes the cluster of each row into ids.
func (m *Means) Run(x []float32, ids []int, rng *rand.Rand) {
	n := len(x) / m.d
	for c, i := range rng.Perm(n)[:m.k] {
		copy(m.Centroid(c), x[i*m.d:(i+1)*m.d])
	}
	for range m.rounds {
		m.Assign(x, ids)
		m.average(x, ids)
		m.reseed(rng)
	}
	m.Assign(x, ids)
}

// Centroids are all of them, [K, D], not a copy.
func (m *Means) Centroids() []float32 { return m.centroids }

// Centroid is that of cluster c, not a copy.
func (m *Means) Centroid(c int) []float32 { return m.centroids[c*m.d : (c+1)*m.d] }

// Assign writes the cluster of each row of x [N, D] into ids: the centroid c with the largest x·c - |c|²/2, which is the nearest; of equals
// the first.
func (m *Means) Assign(x []float32, ids []int) {
	for c := range m.half {
		if m.half[c] = 0; !m.spherical {
			m.half[c] = float32(kernel.SumSquares(m.Centroid(c)) / 2)
		}
	}
	if want := min(len(ids), chunk) * m.k; len(m.scores) < want {
		m.scores = make([]float32, want)
	}
	for at := 0; at < len(ids); at += chunk {
		n := min(chunk, len(ids)-at)
		kernel.Gemm(false, true, n, m.k, m.d, 1, x[at*m.d:(at+n)*m.d], m.d, m.centroids, m.d, 0, m.scores[:n*m.k], m.k)
		kernel.Parallel(n, 16, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				best := 0
				row := m.scores[i*m.k : (i+1)*m.k]
				for c, v := range row {
					if v-m.half[c] > row[best]-m.half[best] {
						best = c
					}
				}
				ids[at+i] = best
			}
		})
	}
}

// average moves each centroid to the mean of its rows; that of an empty cluster stays.
func (m *Means) average(x []float32, ids []int) {
	clear(m.counts)
	for _, c := range ids {
		if m.counts[c]++; m.counts[c] == 1 {
			clear(m.Centroid(c))
		}
	}
	for i, c := range ids {
		kernel.Axpy(1, x[i*m.d:(i+1)*m.d], m.Centroid(c))
	}
	for c, n := range m.counts {
		if n > 0 {
			kernel.Scale(m.Centroid(c), 1/float32(n), m.Centroid(c))
		}
	}
	if m.spherical {
		Unit(m.centroids, m.d)
	}
}

// reseed splits a populated cluster, drawn by its size, for each empty one: both take its centroid, moved a little to
// either side (as in faiss, which DeepCluster uses). Spherical clusters stay empty, as in DeepCluster v2.
func (m *Means) reseed(rng *rand.Rand) {
	if m.spherical {
		return
	}
	const eps = 1.0 / 1024
	for c, n := range m.counts {
		if n > 0 {
			continue
		}
		from := m.populated(rng)
		if from < 0 {
			return
		}
		a, b := m.Centroid(from), m.Centroid(c)
		for j, v := range a {
			e := float32(eps)
			if j%2 == 1 {
				e = -e
			}
			b[j], a[j] = v*(1+e), v*(1-e)
		}
		m.counts[c] = m.counts[from] / 2
		m.counts[from] -= m.counts[c]
	}
}

// populated draws a cluster of at least two rows with a probability that grows with its size, or returns -1.
func (m *Means) populated(rng *rand.Rand) int {
	spare := 0
	for _, n := range m.counts {
		spare += max(0, n-1)
	}
	if spare == 0 {
		return -1
	}
	at := rng.IntN(spare)
	for c, n := range m.counts {
		if at -= max(0, n-1); at < 0 {
			return c
		}
	}
	return -1
}

// Unit brings each row of length d to length 1; a row of zeros stays.
func Unit(x []float32, d int) {
	for at := 0; at < len(x); at += d {
		row := x[at : at+d]
		if length := math.Sqrt(kernel.SumSquares(row)); length > 1e-12 {
			kernel.Scale(row, float32(1/length), row)
		}
	}
}
