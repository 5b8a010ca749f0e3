package nn

import "github.com/wavekin/wavekin/internal/kernel"

// SumLast sums over the last axis: [..., D] to [...]; a vector [D] becomes [1].
func SumLast(x *Node) *Node {
	if !ok(x) {
		return x
	}
	cols, shape := rowShape(x)
	return apply(&op{name: "sumlast", shape: shape,
		forward: func(in [][]float32, out []float32) {
			for r := range out {
				out[r] = kernel.Sum(in[0][r*cols : (r+1)*cols])
			}
		},
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "sumlastgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				for r, v := range in[0] {
					row := dx[r*cols : (r+1)*cols]
					for j := range row {
						row[j] = v
					}
				}
			}}, dy)}
		},
	}, x)
}

// MeanLast is the mean over the last axis: [..., D] to [...].
func MeanLast(x *Node) *Node {
	if !ok(x) {
		return x
	}
	return Scale(SumLast(x), 1/float32(x.shape[len(x.shape)-1]))
}

// MeanFirst is the mean over the first axis: [N, D] to [D].
func MeanFirst(x *Node) *Node {
	if !ok(x) {
		return x
	}
	if len(x.shape) != 2 {
		return x.g.failf("meanfirst: want [N, D], got %v", x.shape)
	}
	return SumLast(SwapLast(Scale(x, 1/float32(x.shape[0]))))
}

// LogSumExp is log Σ exp over the last axis, [..., K] to [...]; the row maximum is a constant.
func LogSumExp(x *Node) *Node {
	if !ok(x) {
		return x
	}
	cols, shape := rowShape(x)
	return apply(&op{name: "logsumexp", shape: shape,
		forward: func(in [][]float32, out []float32) { rowLogSumExp(out, in[0], cols) },
		backward: func(in []*Node, out, dy *Node) []*Node {
			return []*Node{apply(&op{name: "logsumexpgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				probabilities(dx, in[0], in[1], cols, 1)
				for r, v := range in[2] {
					row := dx[r*cols : (r+1)*cols]
					kernel.Scale(row, v, row)
				}
			}}, in[0], out, dy)}
		},
	}, x)
}

// rowShape is the length of the last axis and the shape without it.
func rowShape(x *Node) (cols int, shape []int) {
	d := len(x.shape)
	if d == 1 {
		return x.shape[0], []int{1}
	}
	return x.shape[d-1], x.shape[:d-1]
}
