package nn

import "github.com/wavekin/wavekin/internal/kernel"

// MatMul returns op(a)·op(b) of two matrices, where op transposes if asked.
func MatMul(a, b *Node, transA, transB bool) *Node { return matMul(a, b, transA, transB, Float32) }

// inner are the sizes of the product of the last two axes of a and b, M by K and K by N once transposed.
func inner(name string, a, b *Node, transA, transB bool) (m, n, k int, good bool) {
	axis := len(a.shape) - 2
	m, k = a.shape[axis], a.shape[axis+1]
	if transA {
		m, k = k, m
	}
	kb, n := b.shape[axis], b.shape[axis+1]
	if transB {
		kb, n = n, kb
	}
	if k != kb {
		a.g.failf("%s: inner sizes %d and %d differ (shapes %v, %v)", name, k, kb, a.shape, b.shape)
		return 0, 0, 0, false
	}
	return m, n, k, true
}

// matMul is MatMul with operands of a precision, in its gradients too.
func matMul(a, b *Node, transA, transB bool, p Precision) *Node {
	if !ok(a, b) {
		return bad(a)
	}
	if len(a.shape) != 2 || len(b.shape) != 2 {
		return a.g.failf("matmul: want two matrices, got shapes %v and %v", a.shape, b.shape)
	}
	m, n, k, good := inner("matmul", a, b, transA, transB)
	if !good {
		return bad(a)
	}
	lda, ldb := a.shape[1], b.shape[1]
	return apply(&op{name: "matmul", shape: []int{m, n}, about: Transposed{transA, transB}, flops: products(m, n, k), pure: true,
		forward: func(in [][]float32, out []float32) {
			p.Gemm(transA, transB, m, n, k, 1, in[0], lda, in[1], ldb, 0, out, n)
		},
		forms: forms{rounds: []bool{false, p == BF16 && ldb%2 == 0}, add: p != BF16 && !transA, slope: p != BF16 && !transA, sums: p != BF16 && transA && !transB, in: func(f form) func(in [][]float32, out []float32) {
			return func(in [][]float32, out []float32) {
				switch {
				case f.sums:
					kernel.GemmAs(kernel.Form{Sums: *f.kept}, transA, transB, m, n, k, in[0], in[1], out)
					return
				case f.add:
					kernel.GemmAs(kernel.Form{Plus: in[2]}, transA, transB, m, n, k, in[0], in[1], out)
					return
				case f.slope && f.kept != nil:
					kernel.GemmAs(kernel.Form{Times: in[2]}, transA, transB, m, n, k, in[0], in[1], out)
					return
				case f.slope:
					kernel.GemmAs(kernel.Form{Slope: in[2]}, transA, transB, m, n, k, in[0], in[1], out)
					return
				}
				p.GemmNarrow(transA, transB, m, n, k, 1, in[0], lda, in[1], ldb, out, n)
			}
		}},
		resume: func(s *span, _ *running) func(in [][]float32, out []float32) {
			if !transA || transB || p == BF16 || k%s.samples != 0 || !kernel.Continues(k/s.samples*s.whole, k/s.samples*s.size) {
				return nil
			}
			rows := k / s.samples
			return func(in [][]float32, out []float32) {
				kernel.GemmOf(m, n, k, rows*s.first, rows*s.whole, in[0], in[1], out)
			}
		},
		backward: func(in []*Node, _, dc *Node) []*Node {
			a, b := in[0], in[1]
			var da, db *Node
			if transA {
				da = matMul(b, dc, transB, true, p)
			} else {
				da = matMul(dc, b, false, !transB, p)
			}
			if transB {
				db = matMul(dc, a, true, transA, p)
			} else {
				db = matMul(a, dc, !transA, false, p)
			}
			return []*Node{da, db}
		},
	}, a, b)
}

// Linear returns x·wᵀ + b over the last axis: x [..., in], w [out, in], b [out] or nil.
func Linear(x, w, b *Node) *Node {
	if !ok(x, w, b) {
		return bad(x)
	}
	d := len(x.shape)
	if d < 1 || len(w.shape) != 2 || x.shape[d-1] != w.shape[1] {
		return x.g.failf("linear: input %v does not fit weights %v", x.shape, w.shape)
	}
	rows, in, out := size(x.shape[:d-1]), w.shape[1], w.shape[0]
	flat := Reshape(x, rows, in)
	var y *Node
	if b == nil {
		y = matMul(flat, w, false, true, x.g.precision)
	} else {
		y = affineMap(flat, w, b, rows, in, out)
	}
	return Reshape(y, append(append([]int(nil), x.shape[:d-1]...), out)...)
}

// affineMap is Linear of a matrix, with a bias.
func affineMap(x, w, b *Node, rows, in, out int) *Node {
	if !ok(x, w, b) {
		return bad(x)
	}
	if len(b.shape) != 1 || b.shape[0] != out {
		return x.g.failf("linear: bias %v for %d outputs", b.shape, out)
	}
	p := x.g.precision
	o := &op{name: "linear", shape: []int{rows, out}, flops: products(rows, in, out), pure: true,
		forward: func(v [][]float32, y []float32) { p.Linear(y, v[0], v[1], v[2], rows, in, out) },
		backward: func(v []*Node, _, dy *Node) []*Node {
			dx, db := matMul(dy, v[1], false, false, p), sumRows(dy) // before the gradient by w, which may compute it
			return []*Node{dx, matMul(dy, v[0], true, false, p), db}
		},
	}
	bf16 := p == BF16
	o.forms = forms{rounds: []bool{bf16 && in%2 == 0}, narrow: bf16 && out%2 == 0 && in <= kernel.NarrowTerms, gelu: true,
		feed: !bf16 || in%2 == 0 && kernel.CanNarrow(), add: true, keep: !bf16,
		in: func(f form) func(in [][]float32, out []float32) {
			as := kernel.Form{NarrowX: f.takes(0), NarrowY: f.out, GELU: f.gelu}
			return func(v [][]float32, y []float32) {
				as := as
				if f.kept != nil {
					as.Slopes = *f.kept
				}
				if f.add {
					as.Plus = v[len(v)-1]
				}
				if f.feed {
					p.FeedForward(as, y, v[0], v[3], v[4], v[1], v[2], rows, len(v[3])/in, in, out)
					return
				}
				p.LinearAs(as, y, v[0], v[1], v[2], rows, in, out)
			}
		}}
	return apply(o, x, w, b)
}

// sumRows sums a matrix [rows, n] over its rows, in a fixed order.
func sumRows(y *Node) *Node {
	rows, n := y.shape[0], y.shape[1]
	return apply(&op{name: "sumrows", shape: []int{n},
		forward: func(in [][]float32, out []float32) { kernel.SumRows(out, in[0], rows, n) },
		resume:  resumeRows(func(y, sum []float32) { kernel.SumRows(sum, y, rows, n) }, func(y, sum []float32) { kernel.SumRowsMore(sum, y, rows, n) }),
	}, y)
}
