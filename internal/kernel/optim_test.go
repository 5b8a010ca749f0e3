package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestAdamW follows five steps of the algorithm as published (Loshchilov and Hutter 2019, algorithm 2) in float64.
func TestAdamW(t *testing.T) {
	const lr, b1, b2, eps, decay = 0.01, 0.9, 0.999, 1e-8, 0.1
	eachISA(t, func(t *testing.T) {
		for _, n := range sizes {
			w, m, v := noise(31, n, 1), make([]float32, n), make([]float32, n)
			w64, m64, v64 := wide(w, n, 0), make([]float64, n), make([]float64, n)
			for step := 1; step <= 5; step++ {
				g := noise(uint64(100+step), n, 0.1)
				AdamW(w, g, m, v, lr, b1, b2, eps, decay, step)
				for i := range w64 {
					d := float64(g[i])
					m64[i] = b1*m64[i] + (1-b1)*d
					v64[i] = b2*v64[i] + (1-b2)*d*d
					mh, vh := m64[i]/(1-math.Pow(b1, float64(step))), v64[i]/(1-math.Pow(b2, float64(step)))
					w64[i] -= lr*decay*w64[i] + lr*mh/(math.Sqrt(vh)+eps)
				}
			}
			for i := range w {
				near(t, fmt.Sprintf("AdamW n=%d w[%d]", n, i), w[i], w64[i], 2e-6)
			}
		}
	})
}

// TestSGD follows momentum and Nesterov steps in float64; the Nesterov form is that of Sutskever et al. 2013 as PyTorch
// writes it.
func TestSGD(t *testing.T) {
	const lr, momentum, decay = 0.1, 0.9, 0.01
	for _, nesterov := range []bool{false, true} {
		for _, n := range sizes {
			w, buf := noise(32, n, 1), make([]float32, n)
			w64, b64 := wide(w, n, 0), make([]float64, n)
			for step := range 4 {
				g := noise(uint64(200+step), n, 1)
				SGD(w, g, buf, lr, momentum, decay, nesterov)
				for i := range w64 {
					d := float64(g[i]) + decay*w64[i]
					b64[i] = momentum*b64[i] + d
					if nesterov {
						d += momentum * b64[i]
					} else {
						d = b64[i]
					}
					w64[i] -= lr * d
				}
			}
			for i := range w {
				near(t, fmt.Sprintf("SGD nesterov=%v n=%d w[%d]", nesterov, n, i), w[i], w64[i], 1e-6)
			}
		}
	}
}
