package kernel

import (
	"fmt"
	"testing"
)

// manySamples are convolutions of batches of more and fewer than a group of samples, and of what does not fill one.
func manySamples() []Conv2D {
	return []Conv2D{
		square2D(35, 40, 5, 7, 33, 3, 1, 1, 1),
		square2D(12, 9, 9, 6, 70, 3, 2, 1, 1),
		square2D(17, 33, 8, 8, 16, 1, 2, 0, 1),
		square2D(70, 16, 4, 4, 48, 3, 1, 1, 1),
		square2D(33, 8, 15, 13, 20, 7, 2, 3, 1), // more taps than sixteen
		square2D(14, 64, 20, 20, 64, 3, 1, 0, 1),
	}
}

// What a sample becomes must not depend on those beside it, and so not on the layout that their number chooses.
func TestBF16ConvSamples(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		for _, c := range manySamples() {
			c.Precision = BF16
			x, w, bias, dy := c.buffers()
			y, dx := guarded(4, len(dy)), guarded(5, len(x))
			c.Forward(x, w, bias, y)
			c.GradInput(dy, w, dx)
			one := c
			one.N = 1
			in, out := len(x)/c.N, len(dy)/c.N
			y1, dx1 := make([]float32, out), make([]float32, in)
			for n := range c.N {
				one.Forward(x[n*in:], w, bias, y1)
				one.GradInput(dy[n*out:], w, dx1)
				sameBits(t, fmt.Sprintf("%+v, output %d", c, n), y[n*out:(n+1)*out], y1)
				sameBits(t, fmt.Sprintf("%+v, gradient %d", c, n), dx[n*in:(n+1)*in], dx1)
			}
			checkGuard(t, "Forward", y, len(dy))
			checkGuard(t, "GradInput", dx, len(x))
		}
	})
}

func TestBF16ConvManySamples(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		for _, c := range manySamples() {
			c.Precision = BF16
			x, w, bias, dy := c.buffers()
			taps := c.KH * c.KW
			checkRounded(t, c, c.exact(), x, w, bias, dy, [3]int{2 * c.CIn * taps, 2 * c.COut * taps, 2 * c.N * c.HOut * c.WOut})
		}
	})
}

// Bands of output places and blocks of weights are shared out among threads.
func TestBF16BatchThreads(t *testing.T) {
	defer SetThreads(0)
	onEachBF16(t, func(t *testing.T) {
		for _, c := range manySamples() {
			c.Precision = BF16
			x, w, bias, dy := c.buffers()
			var first [3][]float32
			for _, n := range []int{1, 3, 8} {
				SetThreads(n)
				got := [3][]float32{make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))}
				c.Forward(x, w, bias, got[0])
				c.GradInput(dy, w, got[1])
				c.GradWeight(x, dy, got[2])
				if n == 1 {
					first = got
				}
				for i := range got {
					sameBits(t, fmt.Sprint(n, " threads, result ", i), got[i], first[i])
				}
			}
		}
	})
}
