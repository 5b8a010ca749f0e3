package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func random64(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 64))
	x := make([]float64, n)
	for i := range x {
		x[i] = 2*r.Float64() - 1
	}
	return x
}

// TestGemm64 holds products of all shapes and forms to sums of their terms, and what lies between rows of C to what it was.
func TestGemm64(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {8, 16, 1}, {7, 15, 5}, {9, 17, 192}, {24, 32, 193}, {33, 40, 400}, {520, 20, 7}, {12, 270, 9}, {3, 4, 0}} {
			for form := range 4 {
				for _, by := range [][2]float64{{1, 0}, {-0.5, 1}, {2, 0.25}, {0, 1}} {
					checkGemm64(t, form&1 > 0, form&2 > 0, s[0], s[1], s[2], by[0], by[1])
				}
			}
		}
	})
}

func checkGemm64(t *testing.T, transA, transB bool, m, n, k int, alpha, beta float64) {
	t.Helper()
	const gap = 3 // numbers between rows
	ra, ca, rb, cb := m, k, k, n
	if transA {
		ra, ca = ca, ra
	}
	if transB {
		rb, cb = cb, rb
	}
	lda, ldb, ldc := ca+gap, cb+gap, n+gap
	a, b, c := random64(1, ra*lda), random64(2, rb*ldb), random64(3, m*ldc)
	old := slices.Clone(c)
	if beta == 0 {
		for i := range m {
			c[i*ldc] = math.NaN()
		}
	}
	Gemm64(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	at := func(x []float64, step int, trans bool, i, j int) float64 {
		if trans {
			i, j = j, i
		}
		return x[i*step+j]
	}
	for i := range m {
		for j := range ldc {
			want := old[i*ldc+j]
			if j < n {
				sum := 0.0
				for q := range k {
					sum += at(a, lda, transA, i, q) * at(b, ldb, transB, q, j)
				}
				want = alpha*sum + beta*want
			}
			// A sum of k terms of at most 1 has k roundings of at most k/2 units of 2⁻⁵².
			if got := c[i*ldc+j]; !(math.Abs(got-want) <= 1e-15*float64(4+k)) {
				t.Fatalf("%v %v %d %d %d, %g %g: [%d,%d] is %v, want %v", transA, transB, m, n, k, alpha, beta, i, j, got, want)
			}
		}
	}
}

// TestGemm64ThreadsDoNotMatter compares bits.
func TestGemm64ThreadsDoNotMatter(t *testing.T) {
	defer SetThreads(Threads())
	const m, n, k = 600, 300, 210
	a, b := random64(4, m*k), random64(5, k*n)
	var want []float64
	for _, threads := range []int{1, 2, 5} {
		SetThreads(threads)
		c := make([]float64, m*n)
		Gemm64(false, false, m, n, k, 1, a, k, b, n, 0, c, n)
		if want == nil {
			want = c
		}
		if !slices.Equal(c, want) {
			t.Errorf("%d threads give other bits", threads)
		}
	}
}

func BenchmarkGemm64(bench *testing.B) {
	for _, s := range [][3]int{{1000, 1000, 1000}, {2000, 64, 2000}, {2000, 2000, 128}, {256, 64, 128}} {
		m, n, k := s[0], s[1], s[2]
		a, b, c := random64(1, m*k), random64(2, k*n), make([]float64, m*n)
		bench.Run(fmt.Sprint(s), func(bench *testing.B) {
			for bench.Loop() {
				Gemm64(false, false, m, n, k, 1, a, k, b, n, 1, c, n)
			}
			bench.ReportMetric(2*float64(m*n*k)*float64(bench.N)/bench.Elapsed().Seconds()/1e9, "GFLOPS")
		})
	}
}
