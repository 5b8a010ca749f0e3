package kernel

import (
	"fmt"
	"math"
	"testing"
)

// inParts calls f for the parts of n samples that end at the given ones.
func inParts(n int, ends []int, f func(first, count int)) {
	first := 0
	for _, end := range append(ends, n) {
		if end > first {
			f(first, end-first)
		}
		first = end
	}
}

// equalBits reports the first value with other bits.
func equalBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Errorf("%s: value %d is %g in parts and %g at once", what, i, got[i], want[i])
			return
		}
	}
}

// TestSumsInParts: sums over samples that go on from part to part have the bits of the sum at once.
func TestSumsInParts(t *testing.T) {
	for _, c := range []Conv{
		{N: 7, CIn: 5, TIn: 33, COut: 6, K: 3, Stride: 1, Dilation: 2, PadLeft: 2, TOut: 33},
		{N: 40, CIn: 20, TIn: 300, COut: 9, K: 3, Stride: 2, Dilation: 1, PadLeft: 1, TOut: 150},
		{N: 19, CIn: 160, TIn: 20, COut: 140, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 20},
		{N: 3, CIn: 40, TIn: 700, COut: 8, K: 1, Stride: 1, Dilation: 1, TOut: 700},
	} {
		x, dy := random(1, c.N*c.CIn*c.TIn), random(2, c.N*c.COut*c.TOut)
		want, db := make([]float32, c.COut*c.CIn*c.K), make([]float32, c.COut)
		c.GradWeight(x, dy, want)
		c.GradBias(dy, db)
		for _, ends := range [][]int{{1}, {c.N / 2}, {1, 2}, {c.N / 3, c.N/3 + 1, c.N - 1}} {
			got, gotB := make([]float32, len(want)), make([]float32, c.COut)
			var sum WeightSum
			for range 2 { // the second time on what the first left
				inParts(c.N, ends, func(first, count int) {
					p := c
					p.N = count
					xs, ds := x[first*c.CIn*c.TIn:(first+count)*c.CIn*c.TIn], dy[first*c.COut*c.TOut:(first+count)*c.COut*c.TOut]
					p.GradWeightOf(xs, ds, got, first, c.N, &sum)
					if first == 0 {
						p.GradBias(ds, gotB)
					} else {
						p.GradBiasMore(ds, gotB)
					}
				})
				equalBits(t, fmt.Sprint("weights of ", c, " in parts to ", ends), got, want)
				equalBits(t, fmt.Sprint("bias of ", c, " in parts to ", ends), gotB, db)
			}
		}
	}
}

// TestProductsInParts: as TestSumsInParts, where parts begin at pieces of the product.
func TestProductsInParts(t *testing.T) {
	for _, c := range []struct{ m, n, rows, samples, part int }{{20, 30, 32, 16, 8}, {130, 70, 64, 20, 4}, {5, 5, 64, 12, 4}} {
		whole := c.rows * c.samples
		if !Continues(whole, c.rows*c.part) {
			t.Errorf("%v: %d rows of %d do not begin a piece", c, c.rows*c.part, whole)
			continue
		}
		a, b := random(1, whole*c.m), random(2, whole*c.n)
		want, got := make([]float32, c.m*c.n), make([]float32, c.m*c.n)
		Gemm(true, false, c.m, c.n, whole, 1, a, c.m, b, c.n, 0, want, c.n)
		sums, more := make([]float32, c.n), make([]float32, c.n)
		SumRows(sums, b, whole, c.n)
		for first := 0; first < whole; first += c.rows * c.part {
			k := min(c.rows*c.part, whole-first)
			GemmOf(c.m, c.n, k, first, whole, a[first*c.m:(first+k)*c.m], b[first*c.n:(first+k)*c.n], got)
			SumRowsMore(more, b[first*c.n:(first+k)*c.n], k, c.n)
		}
		equalBits(t, fmt.Sprint("product ", c), got, want)
		equalBits(t, fmt.Sprint("rows ", c), more, sums)
	}
	if Continues(384, 128) {
		t.Error("128 rows of 384 begin a piece, though the pieces have 192")
	}
}

// TestNormParametersInParts: as TestSumsInParts, for the gradients by scale and shift.
func TestNormParametersInParts(t *testing.T) {
	const n, c, s, groups = 9, 12, 17, 3
	x, dy, gamma := random(1, n*c*s), random(2, n*c*s), random(3, c)
	for name, run := range map[string]func(gs, bs []float64, dx, dg, db, x, dy []float32, n int){
		"layer": func(gs, bs []float64, dx, dg, db, x, dy []float32, n int) {
			mean, rstd, y := make([]float32, n*s), make([]float32, n*s), make([]float32, len(x))
			LayerNorm(y, x, gamma, nil, mean, rstd, n*s, c, 1e-5)
			LayerNormGradMore(gs, bs, nil, dx, dg, db, x, gamma, mean, rstd, dy, n*s, c)
		},
		"group": func(gs, bs []float64, dx, dg, db, x, dy []float32, n int) {
			mean, rstd, y := make([]float32, n*groups), make([]float32, n*groups), make([]float32, len(x))
			GroupNorm(y, x, gamma, nil, mean, rstd, n, c, s, groups, 1e-5)
			GroupNormGradMore(gs, bs, dx, dg, db, x, gamma, mean, rstd, dy, n, c, s, groups)
		},
	} {
		dx, dg, db := make([]float32, len(x)), make([]float32, c), make([]float32, c)
		run(nil, nil, dx, dg, db, x, dy, n)
		gs, bs := make([]float64, c), make([]float64, c)
		gotX, gotG, gotB := make([]float32, len(x)), make([]float32, c), make([]float32, c)
		inParts(n, []int{2, 3, 7}, func(first, count int) {
			at, to := first*c*s, (first+count)*c*s
			run(gs, bs, gotX[at:to], gotG, gotB, x[at:to], dy[at:to], count)
		})
		equalBits(t, name+" dx", gotX, dx)
		equalBits(t, name+" dgamma", gotG, dg)
		equalBits(t, name+" dbeta", gotB, db)
	}
}
