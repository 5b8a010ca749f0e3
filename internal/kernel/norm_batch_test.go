package kernel

import (
	"math"
	"testing"
)

// TestBatchNormReLU: against the same in two steps, and its gradient against that of the two steps.
func TestBatchNormReLU(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {3, 2, 5}, {2, 5, 16}, {4, 3, 37}} {
			n, c, length := s[0], s[1], s[2]
			size := n * c * length
			x, r, dy := noise(71, size, 2), noise(72, size, 1), noise(73, size, 1)
			gamma, beta := noise(74, c, 1), noise(75, c, 1)
			mean, rstd := make([]float32, c), make([]float32, c)
			plain, got := make([]float32, size), make([]float32, size)
			BatchNorm(plain, x, gamma, beta, mean, rstd, n, c, length, 1e-5)
			masked, sum := make([]float32, size), make([]float32, size)
			ReLUGrad(masked, plain, dy)
			Add(sum, plain, r)
			ReLU(sum, sum)
			BatchNormReLU(got, x, r, gamma, beta, mean, rstd, n, c, length)
			sameBits(t, "with a sum", got, sum)
			ReLU(sum, plain)
			BatchNormReLU(got, x, nil, gamma, beta, mean, rstd, n, c, length)
			sameBits(t, "without", got, sum)
			dx, dgamma, dbeta := make([]float32, size), make([]float32, c), make([]float32, c)
			wantX, wantGamma, wantBeta := make([]float32, size), make([]float32, c), make([]float32, c)
			BatchNormGrad(wantX, wantGamma, wantBeta, x, gamma, mean, rstd, masked, n, c, length)
			BatchNormReLUGrad(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy, n, c, length)
			sameBits(t, "dx", dx, wantX)
			sameBits(t, "dgamma", dgamma, wantGamma)
			sameBits(t, "dbeta", dbeta, wantBeta)
		}
	})
}

// TestBatchMoments: a mean ten thousand deviations from zero leaves the variance right.
func TestBatchMoments(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		x := noise(76, 3*2*41, 0.01)
		var m, v float64
		for i := range x {
			x[i] += 100
		}
		for i := range 3 * 41 {
			m += float64(x[i/41*82+i%41]) / 123
		}
		for i := range 3 * 41 {
			d := float64(x[i/41*82+i%41]) - m
			v += d * d / 123
		}
		mean, rstd := make([]float32, 2), make([]float32, 2)
		BatchMoments(x, mean, rstd, 3, 2, 41, 0)
		near(t, "mean", mean[0], m, 1e-7)
		near(t, "rstd", rstd[0], 1/math.Sqrt(v), 1e-6)
	})
}
