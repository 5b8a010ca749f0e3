package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

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
	return apply(&op{name: "attention", shape: q.shape, about: Heads{heads, causal}, flops: 2 * a.products(),
		forward: func(in [][]float32, out []float32) { a.forward(in[0], in[1], in[2], out) },
		backward: func(in []*Node, _, dy *Node) []*Node {
			dk, dv := q.g.scratch(size(q.shape)), q.g.scratch(size(q.shape))
			scores := q.g.scratch(len(a.weights))
			dq := apply(&op{name: "attentiongrad", shape: q.shape, flops: 4 * a.products(), forward: func(v [][]float32, dq []float32) {
				a.backward(v[0], v[1], v[2], v[3], dq, dk, dv, scores)
			}}, in[0], in[1], in[2], dy)
			read := func(src []float32) *Node {
				return apply(&op{name: "attentionread", shape: q.shape,
					forward: func(_ [][]float32, out []float32) { copy(out, src) }}, dq)
			}
			return []*Node{dq, read(dk), read(dv)}
		},
	}, q, k, v)
}

// attention holds the geometry and the weights of the last forward pass, [N, heads, T, T].
type attention struct {
	n, t, d, heads, width int
	scale                 float32
	causal                bool
	weights               []float32
	precision             Precision
}

func newAttention(g *Graph, shape []int, heads int, causal bool) *attention {
	n, t, d := shape[0], shape[1], shape[2]
	return &attention{n: n, t: t, d: d, heads: heads, width: d / heads, causal: causal, precision: g.precision,
		scale: float32(1 / math.Sqrt(float64(d/heads))), weights: g.scratch(n * heads * t * t)}
}

// products is the work of one of the products of all heads, [T, width]·[width, T]; with causal half of it counts.
func (a *attention) products() float64 {
	f := products(a.n*a.t, a.t, a.d)
	if a.causal {
		f /= 2
	}
	return f
}

// each runs f for every sample and head; the heads are independent.
func (a *attention) each(f func(head, at int)) {
	kernel.Parallel(a.n*a.heads, 1, func(lo, hi int) {
		for h := lo; h < hi; h++ {
			f(h, h/a.heads*a.t*a.d+h%a.heads*a.width)
		}
	})
}

func (a *attention) forward(q, k, v, out []float32) {
	t, d, w := a.t, a.d, a.width
	a.each(func(h, at int) {
		p := a.weights[h*t*t : (h+1)*t*t]
		a.precision.Gemm(false, true, t, t, w, a.scale, q[at:], d, k[at:], d, 0, p, t)
		if a.causal {
			maskFuture(p, t)
		}
		kernel.Softmax(p, p, t, t)
		a.precision.Gemm(false, false, t, w, t, 1, p, t, v[at:], d, 0, out[at:], d)
	})
}

func (a *attention) backward(q, k, v, dy, dq, dk, dv, scores []float32) {
	t, d, w := a.t, a.d, a.width
	a.each(func(h, at int) {
		p, ds := a.weights[h*t*t:(h+1)*t*t], scores[h*t*t:(h+1)*t*t]
		a.precision.Gemm(true, false, t, w, t, 1, p, t, dy[at:], d, 0, dv[at:], d)
		a.precision.Gemm(false, true, t, t, w, 1, dy[at:], d, v[at:], d, 0, ds, t)
		kernel.SoftmaxGrad(ds, p, ds, t, t)
		a.precision.Gemm(false, false, t, w, t, a.scale, ds, t, k[at:], d, 0, dq[at:], d)
		a.precision.Gemm(true, false, t, w, t, a.scale, ds, t, q[at:], d, 0, dk[at:], d)
	})
}

func maskFuture(p []float32, t int) {
	hidden := float32(math.Inf(-1))
	for i := range t {
		row := p[i*t : (i+1)*t]
		for j := i + 1; j < t; j++ {
			row[j] = hidden
		}
	}
}
