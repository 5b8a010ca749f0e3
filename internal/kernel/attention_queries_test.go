package kernel

import (
	"fmt"
	"testing"
)

// The first tokens alone attend as they do among the others, to the bit; so do their gradients where those of the others are 0.
func TestAttentionQueries(t *testing.T) {
	const samples, tokens, heads, width = 2, 65, 3, 16
	d := heads * width
	n := samples * tokens * d
	q, k, v := random(1, n), random(2, n), random(3, n)
	onEachISA(t, func(t *testing.T) {
		for _, queries := range []int{1, 9} {
			firsts := func(x []float32) []float32 {
				var out []float32
				for s := range samples {
					out = append(out, x[s*tokens*d:][:queries*d]...)
				}
				return out
			}
			for _, p := range []Precision{Float32, BF16} {
				what := fmt.Sprintf("%d queries, %v", queries, p)
				all := Attention{Samples: samples, Tokens: tokens, Heads: heads, Width: width, Precision: p, Weights: make([]float32, samples*heads*tokens*tokens)}
				some := all
				some.Queries, some.Weights = queries, make([]float32, samples*heads*queries*tokens)
				out, got := make([]float32, n), guarded(4, samples*queries*d)
				all.Run(q, k, v, out)
				some.Run(firsts(q), k, v, got)
				sameBits(t, what, got, firsts(out))
				checkGuard(t, what, got, samples*queries*d)
				if p == BF16 {
					continue // its sums are of pairs of terms
				}
				dy := make([]float32, n)
				for s := range samples {
					copy(dy[s*tokens*d:], random(5, queries*d))
				}
				dq, want := make([]float32, n), [2][]float32{make([]float32, n), make([]float32, n)}
				all.Grad(dq, want[0], want[1], q, k, v, dy)
				dk, dv := guarded(6, n), guarded(7, n)
				some.Grad(got, dk, dv, firsts(q), k, v, firsts(dy))
				sameBits(t, what, got, firsts(dq))
				sameBits(t, what+", keys", dk, want[0])
				sameBits(t, what+", values", dv, want[1])
				checkGuard(t, what, dk, n)
				checkGuard(t, what, dv, n)
			}
		}
	})
}
