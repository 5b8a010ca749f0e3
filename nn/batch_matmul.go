package nn

import "github.com/wavekin/wavekin/internal/kernel"

// BatchMatMul multiplies matrices pair by pair: a [B, ., .], b [B, ., .], result [B, M, N] of
// op(a)·op(b), where op transposes if asked.
func BatchMatMul(a, b *Node, transA, transB bool) *Node {
	if !ok(a, b) {
		return bad(a)
	}
	if len(a.shape) != 3 || len(b.shape) != 3 || a.shape[0] != b.shape[0] {
		return a.g.failf("batchmatmul: want two stacks of as many matrices, got shapes %v and %v", a.shape, b.shape)
	}
	m, n, k, good := inner("batchmatmul", a, b, transA, transB)
	if !good {
		return bad(a)
	}
	count, lda, ldb := a.shape[0], a.shape[2], b.shape[2]
	sa, sb, sc := size(a.shape[1:]), size(b.shape[1:]), m*n
	return apply(&op{name: "batchmatmul", shape: []int{count, m, n}, about: Transposed{transA, transB}, flops: products(count*m, n, k),
		forward: func(in [][]float32, out []float32) {
			kernel.Parallel(count, max(1, grain/(m*n*k+1)), func(lo, hi int) {
				for i := lo; i < hi; i++ {
					kernel.Gemm(transA, transB, m, n, k, 1, in[0][i*sa:(i+1)*sa], lda, in[1][i*sb:(i+1)*sb], ldb, 0, out[i*sc:(i+1)*sc], n)
				}
			})
		},
		backward: func(in []*Node, _, dc *Node) []*Node {
			a, b := in[0], in[1]
			var da, db *Node
			if transA {
				da = BatchMatMul(b, dc, transB, true)
			} else {
				da = BatchMatMul(dc, b, false, !transB)
			}
			if transB {
				db = BatchMatMul(dc, a, true, transA)
			} else {
				db = BatchMatMul(a, dc, !transA, false)
			}
			return []*Node{da, db}
		},
	}, a, b)
}
