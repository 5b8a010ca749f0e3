package knn

import (
	"math/rand/v2"
	"os"
	"testing"
)

// BenchmarkVoteLarge is the test of CIFAR-10: a bank of 50,000 encodings of 512 numbers, 10,000 queries, k 200.
func BenchmarkVoteLarge(b *testing.B) {
	if os.Getenv("WAVEKIN_LARGE") == "" {
		b.Skip("takes seconds and 200 MB; set WAVEKIN_LARGE to run it")
	}
	const n, queries, dim = 50_000, 10_000, 512
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := clusters(rng, n, dim)
	q, _ := clusters(rng, queries, dim)
	for b.Loop() {
		index, err := New(x, dim, Cosine)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := index.Vote(q, y, 200, 0.07); err != nil {
			b.Fatal(err)
		}
	}
}

// clusters makes rows of ten classes that overlap.
func clusters(rng *rand.Rand, n, dim int) (x []float32, y []int) {
	x, y = make([]float32, n*dim), make([]int, n)
	for i := range y {
		y[i] = rng.IntN(10)
		for j := range dim {
			x[i*dim+j] = float32(rng.NormFloat64())
			if j%10 == y[i] {
				x[i*dim+j] += 0.5
			}
		}
	}
	return x, y
}
