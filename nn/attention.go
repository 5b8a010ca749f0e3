package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Attention is fused multi-head scaled dot-product attention (Vaswani et al.,
// 2017, eq. 1): q, k and v are [N, T, D], D divides by heads, and the result is
// [N, T, D]. With causal, position t attends to positions up to t.
func Attention(q, k, v *Node, heads int, causal bool) *Node {
	if !ok(q, k, v) {
		return bad(q)
	}
	if len(q.shape) != 3 || !sameShape(q.shape, k.shape) || !sameShape(q.shape, v.shape) {
		return q.g.failf("attention: q %v, k %v and v %v must be one [N, T, D]", q.shape, k.shape, v.shape)
	}
	if heads < 1 || q.shape[2]%heads != 0 {
		return q.g.failf("attention: width %d does not divide into %d heads", q.shape[2], heads)
	}
	a := newAttention(q.g, q.shape, heads, causal)
	rounds := a.Precision == BF16 && a.Width%2 == 0
	return apply(&op{name: "attention", shape: q.shape, about: Heads{heads, causal}, flops: 2 * a.products(),
		forward: a.in(form{}),
		forms:   forms{rounds: []bool{rounds, rounds, rounds}, narrow: rounds, in: a.in},
		backward: func(in []*Node, _, dy *Node) []*Node {
			a.keep(q.g)
			dk, dv := q.g.scratch(size(q.shape)), q.g.scratch(size(q.shape))
			scores := q.g.scratch(len(a.Weights))
			backward := func(f form) func(in [][]float32, dq []float32) {
				return func(in [][]float32, dq []float32) { a.backward(in, dq, dk, dv, scores, f) }
			}
			dq := apply(&op{name: "attentiongrad", shape: q.shape, flops: 4 * a.products(), forward: backward(form{}),
				forms: forms{rounds: []bool{rounds, rounds, rounds}, in: backward}}, in[0], in[1], in[2], dy)
			read := func(src []float32) *Node {
				return apply(&op{name: "attentionread", shape: q.shape,
					forward: func(_ [][]float32, out []float32) { copy(out, src) }}, dq)
			}
			return []*Node{dq, read(dk), read(dv)}
		},
	}, q, k, v)
}

// attention is attention whose gradient may be wanted.
type attention struct{ kernel.Attention }

func newAttention(g *Graph, shape []int, heads int, causal bool) *attention {
	return &attention{kernel.Attention{Samples: shape[0], Tokens: shape[1], Heads: heads, Width: shape[2] / heads, Causal: causal,
		Precision: g.precision}}
}

// in is the forward computation in a form.
func (a *attention) in(f form) func(in [][]float32, out []float32) {
	return func(in [][]float32, out []float32) {
		a.Narrow = [4]bool{f.takes(0), f.takes(1), f.takes(2), f.out}
		a.Run(in[0], in[1], in[2], out)
	}
}

// products is the work of one of the products of all heads, [T, width]·[width, T]; with causal half of it counts.
func (a *attention) products() float64 {
	f := products(a.Samples*a.Tokens, a.Tokens, a.Heads*a.Width)
	if a.Causal {
		f /= 2
	}
	return f
}

// keep makes the forward computation leave the weights for the gradient.
func (a *attention) keep(g *Graph) {
	if a.Weights == nil {
		a.Weights = g.scratch(a.Samples * a.Heads * a.Tokens * a.Tokens)
	}
}

// backward computes the gradients from q, k, v and dy, the first three in a form. The heads are independent.
func (a *attention) backward(in [][]float32, dq, dk, dv, scores []float32, f form) {
	t, w, d := a.Tokens, a.Width, a.Heads*a.Width
	q, k, v, dy := in[0], in[1], in[2], in[3]
	kernel.Parallel(a.Samples*a.Heads, 1, func(lo, hi int) {
		for h := lo; h < hi; h++ {
			at := h/a.Heads*t*d + h%a.Heads*w
			p, ds := a.Weights[h*t*t:(h+1)*t*t], scores[h*t*t:(h+1)*t*t]
			a.Precision.Gemm(true, false, t, w, t, 1, p, t, dy[at:], d, 0, dv[at:], d)
			a.gemm(false, true, t, w, 1, dy[at:], d, v, at, f.takes(2), ds, t)
			kernel.SoftmaxGrad(ds, p, ds, t, t)
			a.gemm(false, false, w, t, a.Scale(), ds, t, k, at, f.takes(1), dq[at:], d)
			a.gemm(true, false, w, t, a.Scale(), ds, t, q, at, f.takes(0), dk[at:], d)
		}
	})
}

// gemm is a product for a head whose right operand lies from place at on among tokens, narrow or not.
func (a *attention) gemm(transA, transB bool, n, k int, alpha float32, x []float32, ldx int, y []float32, at int, narrow bool, c []float32, ldc int) {
	t, d := a.Tokens, a.Heads*a.Width
	if narrow {
		a.Precision.GemmNarrow(transA, transB, t, n, k, alpha, x, ldx, y[at/2:], d, c, ldc)
		return
	}
	a.Precision.Gemm(transA, transB, t, n, k, alpha, x, ldx, y[at:], d, 0, c, ldc)
}
