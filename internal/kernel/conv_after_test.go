package kernel

import (
	"fmt"
	"testing"
)

// What follows a convolution gives the bits of one step after the other, sample by sample and end to end.
func TestForwardThen(t *testing.T) {
	defer SetThreads(0)
	onEachISA(t, func(t *testing.T) {
		for _, steps := range []int{13, 24, 40, 300} {
			c := Conv{N: 5, CIn: 16, TIn: steps, COut: 64, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: steps}
			x, w, bias, more := c.buffers()
			mean, rstd, gamma, beta := random(5, c.COut), random(6, c.COut), random(7, c.COut), random(8, c.COut)
			for i := range 6 {
				for _, precision := range []Precision{Float32, BF16} {
					c.Precision = precision
					a := After{Mean: mean, RStd: rstd, ReLU: i > 1}
					if i%2 == 1 {
						a.Gamma, a.Beta = gamma, beta
					}
					if i > 3 {
						a.More = more
					}
					want := make([]float32, len(more))
					c.Forward(x, w, bias, want)
					BatchNormApply(want, want, a.Gamma, a.Beta, mean, rstd, c.N, c.COut, c.TOut)
					if a.More != nil {
						Add(want, want, more)
					}
					if a.ReLU {
						ReLU(want, want)
					}
					for _, threads := range []int{1, 3} {
						SetThreads(threads)
						got := make([]float32, len(more))
						c.ForwardThen(x, w, bias, got, a)
						sameBits(t, fmt.Sprintf("%+v, what follows %d, %d threads", c, i, threads), got, want)
					}
				}
			}
		}
	})
}
