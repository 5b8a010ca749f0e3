package kernel

import (
	"fmt"
	"testing"
)

// The products of a head are those of Gemm, to the bit: at every number of rows around eight and nine, panels that are full, half full and nearly empty, odd
// and even terms, more of them than are added up at a time, and from either side.
func TestHeadProduct(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		for _, m := range []int{1, 7, 8, 9, 12, 16, 17, 40, 44, 65} {
			for _, n := range []int{1, 15, 16, 17, 32, 33, 64, 65} {
				for _, k := range []int{1, 2, 5, 16, 20, 65, depth, depth + 1} {
					for _, transA := range []bool{false, true} {
						for _, transB := range []bool{false, true} {
							what := fmt.Sprintf("%d x %d, %d terms, %v %v", m, n, k, transA, transB)
							a, b := random(1, m*k), random(2, n*k)
							lda, ldb, ldc := k, n, n+3
							if transA {
								lda = m
							}
							if transB {
								ldb = k
							}
							got, want := make([]float32, m*ldc), make([]float32, m*ldc)
							Gemm(transA, transB, m, n, k, 0.3, a, lda, b, ldb, 0, want, ldc)
							var panels []float32
							next := aheadOf(a, b, m*k)
							headProduct(transA, m, n, k, 0.3, a, lda, panelsOf(&panels, transB, b, ldb, n, k), got, ldc, &next)
							sameBits(t, what, got, want)
						}
					}
				}
			}
		}
	})
}
