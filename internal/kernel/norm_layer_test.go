package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// The gradient of LayerNorm is, for any number of threads and in place of an operand too, that of one row after the other: parts hand
// their sums on in the order of rows.
func TestLayerNormGradInParts(t *testing.T) {
	defer SetThreads(0)
	const rows = 900
	onEachISA(t, func(t *testing.T) {
		for _, cols := range []int{1, 40, 192} {
			x, dy, plus, gamma := noise(1, rows*cols, 2), noise(2, rows*cols, 1), noise(3, rows*cols, 1), noise(4, cols, 1)
			mean, rstd, y := make([]float32, rows), make([]float32, rows), make([]float32, rows*cols)
			LayerNorm(y, x, gamma, nil, mean, rstd, rows, cols, 1e-5)
			gs, bs := make([]float64, cols), make([]float64, cols)
			for r := range rows {
				at, to := r*cols, (r+1)*cols
				layerSumsGo(gs, bs, dy[at:to], x[at:to], mean[r], rstd[r])
			}
			wantGamma, wantBeta := make([]float32, cols), make([]float32, cols)
			for i := range cols {
				wantGamma[i], wantBeta[i] = float32(gs[i]), float32(bs[i])
			}
			for place := range 3 { // a place of its own, that of x, that of dy
				want := make([]float32, rows*cols)
				for r := range rows {
					one := slices.Clone(x[r*cols : (r+1)*cols])
					to := want[r*cols : (r+1)*cols]
					if place == 1 {
						to = one // whose sums are in another order
					}
					layerNormGradRow(to, one, gamma, dy[r*cols:(r+1)*cols], mean[r], rstd[r])
					add(want[r*cols:(r+1)*cols], to, plus[r*cols:(r+1)*cols])
				}
				for _, threads := range []int{1, 2, 3, 7} {
					what := fmt.Sprintf("%d columns, place %d, %d threads", cols, place, threads)
					SetThreads(threads)
					in, back := slices.Clone(x), slices.Clone(dy)
					out := [...][]float32{make([]float32, rows*cols), in, back}[place]
					dgamma, dbeta := make([]float32, cols), make([]float32, cols)
					LayerNormGradMore(nil, nil, plus, out, dgamma, dbeta, in, gamma, mean, rstd, back, rows, cols)
					sameBits(t, what, out, want)
					sameBits(t, what+", scale", dgamma, wantGamma)
					sameBits(t, what+", shift", dbeta, wantBeta)
				}
			}
		}
	})
}

// A part that panics lets no other part wait for its sums.
func TestLayerNormGradPanics(t *testing.T) {
	defer SetThreads(0)
	SetThreads(3)
	const rows, cols = 3000, 64
	x, dx := noise(1, rows*cols, 1), make([]float32, rows*cols)
	defer func() {
		if recover() == nil {
			t.Error("means of too few rows are no panic")
		}
	}()
	LayerNormGrad(dx, make([]float32, cols), nil, x, nil, make([]float32, rows/2), make([]float32, rows), x, rows, cols)
}
