package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Attention is fused multi-head scaled dot-product attention (Vaswani et al.,
// 2017, eq. 1): k and v are [N, T, D], q and the result [N, Q, D], and D divides
// by heads. With causal, for which Q is T, position t attends to positions up to t.
func Attention(q, k, v *Node, heads int, causal bool) *Node {
	if !ok(q, k, v) {
		return bad(q)
	}
	if len(q.shape) != 3 || len(k.shape) != 3 || !sameShape(k.shape, v.shape) || q.shape[0] != k.shape[0] || q.shape[2] != k.shape[2] {
		return q.g.failf("attention: q %v must be [N, Q, D], and k %v and v %v one [N, T, D]", q.shape, k.shape, v.shape)
	}
	if causal && q.shape[1] != k.shape[1] {
		return q.g.failf("attention: %d queries and %d keys, want as many of either for a causal one", q.shape[1], k.shape[1])
	}
	if heads < 1 || q.shape[2]%heads != 0 {
		return q.g.failf("attention: width %d does not divide into %d heads", q.shape[2], heads)
	}
	a := newAttention(q.g, k.shape, heads, causal)
	a.Queries = q.shape[1]
	rounds := a.Precision == BF16 && a.Width%2 == 0
	return apply(&op{name: "attention", shape: q.shape, about: Heads{heads, causal}, flops: 2 * a.products(),
		forward: a.in(form{}),
		forms:   forms{rounds: []bool{rounds, rounds, rounds}, narrow: rounds, in: a.in},
		backward: func(in []*Node, _, dy *Node) []*Node {
			a.keep(q.g)
			dk, dv := q.g.scratch(size(k.shape)), q.g.scratch(size(k.shape))
			backward := func(f form) func(in [][]float32, dq []float32) {
				return func(in [][]float32, dq []float32) {
					a.Narrow = [4]bool{f.takes(0), f.takes(1), f.takes(2)}
					a.Grad(dq, dk, dv, in[0], in[1], in[2], in[3])
				}
			}
			dq := apply(&op{name: "attentiongrad", shape: q.shape, flops: 4 * a.products(), forward: backward(form{}),
				forms: forms{rounds: []bool{rounds, rounds, rounds}, in: backward}}, in[0], in[1], in[2], dy)
			read := func(src []float32) *Node {
				n := apply(&op{name: "attentionread", shape: k.shape,
					forward: func(_ [][]float32, out []float32) { copy(out, src) }}, dq)
				n.data = src // so that a program reads it where it is
				return n
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

// products is the work of one of the products of all heads, [Q, width]·[width, T]; with causal half of it counts.
func (a *attention) products() float64 {
	f := products(a.Samples*a.Queries, a.Tokens, a.Heads*a.Width)
	if a.Causal {
		f /= 2
	}
	return f
}

// keep makes the forward computation leave the weights for the gradient.
func (a *attention) keep(g *Graph) {
	if a.Weights == nil {
		a.Weights = g.scratch(a.Samples * a.Heads * a.Queries * a.Tokens)
	}
}
