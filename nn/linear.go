package nn

import "github.com/wavekin/wavekin/internal/kernel"

// MatMul returns op(a)·op(b) of two matrices, where op transposes if asked.
func MatMul(a, b *Node, transA, transB bool) *Node {
	if !ok(a, b) {
		return bad(a)
	}
	if len(a.shape) != 2 || len(b.shape) != 2 {
		return a.g.failf("nn: matmul: want two matrices, got shapes %v and %v", a.shape, b.shape)
	}
	m, k := a.shape[0], a.shape[1]
	if transA {
		m, k = k, m
	}
	kb, n := b.shape[0], b.shape[1]
	if transB {
		kb, n = n, kb
	}
	if k != kb {
		return a.g.failf("nn: matmul: inner sizes %d and %d differ (shapes %v, %v)", k, kb, a.shape, b.shape)
	}
	lda, ldb := a.shape[1], b.shape[1]
	return apply(&op{name: "matmul", shape: []int{m, n},
		forward: func(in [][]float32, out []float32) {
			kernel.Gemm(transA, transB, m, n, k, 1, in[0], lda, in[1], ldb, 0, out, n)
		},
		backward: func(in []*Node, _, dc *Node) []*Node {
			a, b := in[0], in[1]
			var da, db *Node
			if transA {
				da = MatMul(b, dc, transB, true)
			} else {
				da = MatMul(dc, b, false, !transB)
			}
			if transB {
				db = MatMul(dc, a, true, transA)
			} else {
				db = MatMul(a, dc, !transA, false)
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
		return x.g.failf("nn: linear: input %v does not fit weights %v", x.shape, w.shape)
	}
	rows := size(x.shape[:d-1])
	y := MatMul(Reshape(x, rows, w.shape[1]), w, false, true)
	if b != nil {
		y = addBias(y, b)
	}
	return Reshape(y, append(append([]int(nil), x.shape[:d-1]...), w.shape[0])...)
}

// addBias adds b [n] to each row of y [rows, n].
func addBias(y, b *Node) *Node {
	if !ok(y, b) {
		return bad(y)
	}
	n := y.shape[1]
	if len(b.shape) != 1 || b.shape[0] != n {
		return y.g.failf("nn: linear: bias %v for %d outputs", b.shape, n)
	}
	return apply(&op{name: "bias", shape: y.shape,
		forward: func(in [][]float32, out []float32) {
			y, b := in[0], in[1]
			kernel.Parallel(len(y)/n, max(1, grain/n), func(lo, hi int) {
				for i := lo * n; i < hi*n; i += n {
					row, dst := y[i:i+n], out[i:i+n]
					for j, v := range b {
						dst[j] = row[j] + v
					}
				}
			})
		},
		backward: func(_ []*Node, _, grad *Node) []*Node {
			return []*Node{grad, sumRows(grad)}
		},
	}, y, b)
}

// sumRows sums a matrix [rows, n] over its rows, in a fixed order.
func sumRows(y *Node) *Node {
	n := y.shape[1]
	return apply(&op{name: "sumrows", shape: []int{n}, forward: func(in [][]float32, out []float32) {
		y := in[0]
		kernel.Parallel(n, 16, func(lo, hi int) {
			dst := out[lo:hi]
			clear(dst)
			for i := lo; i < len(y); i += n {
				row := y[i : i+len(dst)]
				for j, v := range row {
					dst[j] += v
				}
			}
		})
	}}, y)
}
