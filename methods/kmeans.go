package methods

import (
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/kernel"
)

// kmeans groups rows of length d.
type kmeans struct {
	d, k, rounds int
	// spherical brings centroids to unit length and assigns by the inner product (Dhillon and Modha, 2001); otherwise a
	// row goes to the nearest centroid.
	spherical bool
	centroids []float32 // [K, D]
	counts    []int
	scores    []float32 // [kmeansChunk, K]
	half      []float32 // by centroid: half its squared length, 0 if spherical
}

// kmeansChunk is how many rows are compared at once.
const kmeansChunk = 1024

func newKmeans(d, k, rounds int, spherical bool) *kmeans {
	return &kmeans{d: d, k: k, rounds: rounds, spherical: spherical, centroids: make([]float32, k*d), counts: make([]int, k),
		half: make([]float32, k)}
}

// run starts from distinct rows of x [N, D], N ≥ K, drawn at random, and writes the cluster of each row into ids.
func (m *kmeans) run(x []float32, ids []int, rng *rand.Rand) {
	n := len(x) / m.d
	if want := min(n, kmeansChunk) * m.k; len(m.scores) < want {
		m.scores = make([]float32, want)
	}
	for c, i := range rng.Perm(n)[:m.k] {
		copy(m.centroid(c), x[i*m.d:(i+1)*m.d])
	}
	for range m.rounds {
		m.assign(x, ids)
		m.average(x, ids)
		m.reseed(rng)
	}
	m.assign(x, ids)
}

func (m *kmeans) centroid(c int) []float32 { return m.centroids[c*m.d : (c+1)*m.d] }

// assign finds the centroid c with the largest x·c - |c|²/2, which is the nearest; of equals the first.
func (m *kmeans) assign(x []float32, ids []int) {
	for c := range m.half {
		if m.half[c] = 0; !m.spherical {
			m.half[c] = float32(kernel.SumSquares(m.centroid(c)) / 2)
		}
	}
	for at := 0; at < len(ids); at += kmeansChunk {
		n := min(kmeansChunk, len(ids)-at)
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
func (m *kmeans) average(x []float32, ids []int) {
	clear(m.counts)
	for _, c := range ids {
		if m.counts[c]++; m.counts[c] == 1 {
			clear(m.centroid(c))
		}
	}
	for i, c := range ids {
		kernel.Axpy(1, x[i*m.d:(i+1)*m.d], m.centroid(c))
	}
	for c, n := range m.counts {
		if n > 0 {
			kernel.Scale(m.centroid(c), 1/float32(n), m.centroid(c))
		}
	}
	if m.spherical {
		unitVectors(m.centroids, m.d)
	}
}

// reseed splits a populated cluster, drawn by its size, for each empty one: both take its centroid, moved a little to
// either side (as in faiss, which DeepCluster uses). Spherical clusters stay empty, as in DeepCluster v2.
func (m *kmeans) reseed(rng *rand.Rand) {
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
		a, b := m.centroid(from), m.centroid(c)
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
func (m *kmeans) populated(rng *rand.Rand) int {
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
