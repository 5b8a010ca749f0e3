//go:build !noasm && amd64

package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// Rows of AVX-512 have the bits of those of AVX2, special values among them.
func TestRowsWide(t *testing.T) {
	wantAVX512(t)
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, cols := range []int{1, 3, 7, 15, 16, 17, 20, 21, 31, 65, 128, 200} {
		const rows = 9
		x := noise(1, rows*cols, 8)
		copy(x[cols:2*cols], slices.Repeat([]float32{-inf}, cols)) // a row that sees nothing
		x[2*cols], x[3*cols], x[4*cols+cols/2], x[5*cols-1] = nan, -inf, inf, nan
		copy(x[6*cols:7*cols], slices.Repeat([]float32{nan}, cols))
		got, want := make([]float32, rows*cols), make([]float32, rows*cols)
		softmaxRows(got, x, cols, 0, rows)
		for r := range rows {
			softmaxRow(want[r*cols:(r+1)*cols], x[r*cols:(r+1)*cols])
		}
		sameNumbers(t, fmt.Sprint("softmax of ", cols), got, want)

		gamma, beta := noise(2, cols, 1), noise(3, cols, 1)
		moments, wantMoments := make([]float32, 2*rows), make([]float32, 2*rows)
		layerNormRows(got, x, gamma, beta, moments[:rows], moments[rows:], cols, 0, rows, 1e-5)
		for r := range rows {
			wantMoments[r], wantMoments[rows+r] = layerNormRow(want[r*cols:(r+1)*cols], x[r*cols:(r+1)*cols], gamma, beta, 1e-5)
		}
		sameNumbers(t, fmt.Sprint("layer norm of ", cols), got, want)
		sameNumbers(t, fmt.Sprint("moments of ", cols), moments, wantMoments)
	}
}

// Sums over rows and the gradient of layer normalisation by AVX-512 have the bits of the loops of eight numbers and of one row.
func TestGradRowsWide(t *testing.T) {
	wantAVX512(t)
	defer SetThreads(0)
	for _, rows := range []int{1, 2, 15, 16, 17, 50, 300, 301} {
		SetThreads(1 + rows%2)
		for _, cols := range []int{1, 15, 16, 31, 32, 48, 63, 64, 65, 96, 128, 200, 336} {
			what := fmt.Sprintf("%d rows of %d: ", rows, cols)
			x, dy, plus, gamma := noise(1, rows*cols, 8), noise(2, rows*cols, 1), noise(3, rows*cols, 1), noise(4, cols, 1)
			mean, rstd := noise(5, rows, 1), noise(6, rows, 1)
			got, want := make([]float32, cols), make([]float32, cols)
			SumRows(got, x, rows, cols)
			for r := range rows {
				addGo(want, want, x[r*cols:(r+1)*cols])
			}
			sameBits(t, what+"sum", got, want)

			dx, dgamma, dbeta := make([]float32, rows*cols), make([]float32, cols), make([]float32, cols)
			LayerNormGradMore(nil, nil, plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, rows, cols)
			wantX, gs, bs := make([]float32, rows*cols), make([]float64, cols), make([]float64, cols)
			for r := range rows {
				at, to := r*cols, (r+1)*cols
				layerNormGradRow(wantX[at:to], x[at:to], gamma, dy[at:to], mean[r], rstd[r])
				addGo(wantX[at:to], wantX[at:to], plus[at:to])
				layerSumsGo(gs, bs, dy[at:to], x[at:to], mean[r], rstd[r])
			}
			sameBits(t, what+"gradient", dx, wantX)
			for i := range cols {
				got[i], want[i] = float32(gs[i]), float32(bs[i])
			}
			sameBits(t, what+"scale", dgamma, got)
			sameBits(t, what+"shift", dbeta, want)
		}
	}
}
