package kernel

import (
	"fmt"
	"math"
	"testing"
)

// attentionStepwise is Attention by products and Softmax over whole matrices, to out and weights.
func attentionStepwise(a *Attention, q, k, v, out, weights []float32) {
	t, w, d := a.Tokens, a.Width, a.Heads*a.Width
	for h := range a.Samples * a.Heads {
		at, p := h/a.Heads*t*d+h%a.Heads*w, weights[h*t*t:(h+1)*t*t]
		a.Precision.Gemm(false, true, t, t, w, a.Scale(), q[at:], d, k[at:], d, 0, p, t)
		if a.Causal {
			for i := range t {
				for j := i + 1; j < t; j++ {
					p[i*t+j] = float32(math.Inf(-1))
				}
			}
		}
		Softmax(p, p, t, t)
		a.Precision.Gemm(false, false, t, w, t, 1, p, t, v[at:], d, 0, out[at:], d)
	}
}

// narrowed is x as it is when it is narrow.
func narrowed(x []float32) []float32 {
	dst := guarded(9, len(x)/2)
	Narrow(dst, x)
	return dst[:len(x)/2]
}

// Attention is, to the bit, the products and the softmax that it is made of, whatever is narrow and however many threads.
func TestAttention(t *testing.T) {
	defer SetThreads(0)
	for _, c := range []Attention{
		{Samples: 2, Tokens: 65, Heads: 3, Width: 64}, {Samples: 1, Tokens: 128, Heads: 2, Width: 32, Causal: true},
		{Samples: 3, Tokens: 1, Heads: 1, Width: 2}, {Samples: 2, Tokens: 17, Heads: 2, Width: 5, Causal: true},
		{Samples: 1, Tokens: 96, Heads: 1, Width: 40}, {Samples: 1, Tokens: 197, Heads: 2, Width: 64}, {Samples: 2, Tokens: 44, Heads: 1, Width: 24}, {Samples: 19, Tokens: 12, Heads: 1, Width: 32}, {Samples: 1, Tokens: 1100, Heads: 1, Width: 8}, // more keys than are added up at a time
	} {
		n, scores := c.Samples*c.Tokens*c.Heads*c.Width, c.Samples*c.Heads*c.Tokens*c.Tokens
		q, k, v := random(1, n), random(2, n), random(3, n)
		for _, c.Precision = range []Precision{Float32, BF16} {
			onEachBF16(t, func(t *testing.T) {
				want, weights := make([]float32, n), make([]float32, scores)
				attentionStepwise(&c, q, k, v, want, weights)
				for narrow := range 16 {
					if narrow > 0 && (c.Precision == Float32 || !CanNarrow() || c.Width%2 > 0) {
						continue
					}
					a := c
					if narrow%3 == 0 {
						a.Weights = make([]float32, scores)
					}
					in, to := [3][]float32{q, k, v}, want
					for i := range a.Narrow {
						if a.Narrow[i] = narrow>>i&1 > 0; !a.Narrow[i] {
							continue
						}
						if i < 3 {
							in[i] = narrowed(in[i])
						} else {
							to = narrowed(want)
						}
					}
					for _, threads := range []int{1, 3} {
						what := fmt.Sprintf("%+v, %d threads", c, threads)
						SetThreads(threads)
						got := guarded(4, len(to))
						a.Run(in[0], in[1], in[2], got)
						sameBits(t, what, got[:len(to)], to)
						checkGuard(t, what, got, len(to))
						if a.Weights != nil {
							sameBits(t, what, a.Weights, weights)
						}
					}
				}
			})
		}
	}
}

// The gradients are, to the bit, the products and the gradient of softmax that they are made of.
func TestAttentionGrad(t *testing.T) {
	defer SetThreads(0)
	for _, c := range []Attention{
		{Samples: 2, Tokens: 65, Heads: 3, Width: 64}, {Samples: 1, Tokens: 128, Heads: 2, Width: 32, Causal: true}, {Samples: 3, Tokens: 1, Heads: 2, Width: 5}, {Samples: 1, Tokens: 300, Heads: 1, Width: 16}, {Samples: 2, Tokens: 44, Heads: 1, Width: 24}, {Samples: 19, Tokens: 12, Heads: 1, Width: 32}, // several heads in a part
	} {
		tokens, w, d := c.Tokens, c.Width, c.Heads*c.Width
		n, scores := c.Samples*tokens*d, c.Samples*c.Heads*tokens*tokens
		q, k, v, dy := random(1, n), random(2, n), random(3, n), random(4, n)
		for _, c.Precision = range []Precision{Float32, BF16} {
			c.Weights = make([]float32, scores)
			c.Run(q, k, v, make([]float32, n))
			want, ds := [3][]float32{make([]float32, n), make([]float32, n), make([]float32, n)}, make([]float32, tokens*tokens)
			for h := range c.Samples * c.Heads {
				at, p := h/c.Heads*tokens*d+h%c.Heads*w, c.Weights[h*tokens*tokens:(h+1)*tokens*tokens]
				c.Precision.Gemm(true, false, tokens, w, tokens, 1, p, tokens, dy[at:], d, 0, want[2][at:], d)
				c.Precision.Gemm(false, true, tokens, tokens, w, 1, dy[at:], d, v[at:], d, 0, ds, tokens)
				SoftmaxGrad(ds, p, ds, tokens, tokens)
				c.Precision.Gemm(false, false, tokens, w, tokens, c.Scale(), ds, tokens, k[at:], d, 0, want[0][at:], d)
				c.Precision.Gemm(true, false, tokens, w, tokens, c.Scale(), ds, tokens, q[at:], d, 0, want[1][at:], d)
			}
			for _, threads := range []int{1, 3} {
				SetThreads(threads)
				got := [3][]float32{guarded(5, n), guarded(6, n), guarded(7, n)}
				c.Grad(got[0], got[1], got[2], q, k, v, dy)
				for i := range got {
					what := fmt.Sprintf("%d tokens, %v, gradient %d, %d threads", tokens, c.Precision, i, threads)
					sameBits(t, what, got[i][:n], want[i])
					checkGuard(t, what, got[i], n)
				}
			}
		}
	}
}
