package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Softmax exponentiates and normalises each row, along the last axis.
func Softmax(x *Node) *Node {
	if !ok(x) {
		return x
	}
	cols := x.shape[len(x.shape)-1]
	rows := size(x.shape) / cols
	return apply(&op{name: "softmax", shape: x.shape,
		forward: func(in [][]float32, out []float32) { kernel.Softmax(out, in[0], rows, cols) },
		backward: func(_ []*Node, out, dy *Node) []*Node {
			return []*Node{apply(&op{name: "softmaxgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.SoftmaxGrad(dx, in[0], in[1], rows, cols)
			}}, out, dy)}
		},
	}, x)
}

// CrossEntropy returns the mean over rows of -log softmax(logits)[label]: logits
// [N, K], labels [N] holding class numbers. The row maximum is a constant. A row
// whose label is negative counts for nothing; without any other row the loss is 0.
// A label that is no class fails the run.
func CrossEntropy(logits, labels *Node) *Node {
	if !ok(logits, labels) {
		return bad(logits)
	}
	if len(logits.shape) != 2 || !sameShape(labels.shape, logits.shape[:1]) {
		return logits.g.failf("crossentropy: logits %v, labels %v", logits.shape, labels.shape)
	}
	rows, cols := logits.shape[0], logits.shape[1]
	lse := make([]float32, rows)
	return apply(&op{name: "crossentropy", shape: nil,
		forward: func(in [][]float32, out []float32) {
			rowLogSumExp(lse, in[0], cols)
			var sum float64
			for r, y := range in[1] {
				if y >= 0 {
					sum += float64(lse[r]) - float64(in[0][r*cols : (r+1)*cols][int(y)])
				}
			}
			out[0] = float32(sum / float64(counted(in[1])))
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "crossentropygrad", shape: logits.shape, forward: func(v [][]float32, dx []float32) {
				scale := v[2][0] / float32(counted(v[1]))
				probabilities(dx, v[0], lse, cols, scale)
				for r, y := range v[1] {
					if y < 0 {
						clear(dx[r*cols : (r+1)*cols])
						continue
					}
					dx[r*cols+int(y)] -= scale
				}
			}}, in[0], in[1], dy), nil}
		},
	}, logits, labels)
}

// counted is how many labels are not negative, at least 1.
func counted(labels []float32) int {
	n := 0
	for _, y := range labels {
		if y >= 0 {
			n++
		}
	}
	return max(1, n)
}

// SoftCrossEntropy returns the mean over rows of -Σ target·log softmax(logits):
// both [N, K]. The targets are constants and need not sum to 1.
func SoftCrossEntropy(logits, targets *Node) *Node {
	if !ok(logits, targets) {
		return bad(logits)
	}
	if len(logits.shape) != 2 || !sameShape(logits.shape, targets.shape) {
		return logits.g.failf("softcrossentropy: logits %v, targets %v", logits.shape, targets.shape)
	}
	rows, cols := logits.shape[0], logits.shape[1]
	lse := make([]float32, rows)
	return apply(&op{name: "softcrossentropy", shape: nil,
		forward: func(in [][]float32, out []float32) {
			rowLogSumExp(lse, in[0], cols)
			var sum float64
			for i, q := range in[1] {
				sum += float64(q) * (float64(lse[i/cols]) - float64(in[0][i]))
			}
			out[0] = float32(sum / float64(rows))
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "softcrossentropygrad", shape: logits.shape, forward: func(v [][]float32, dx []float32) {
				scale := v[2][0] / float32(rows)
				probabilities(dx, v[0], lse, cols, 1)
				for r := range rows {
					var mass float32
					q := v[1][r*cols : (r+1)*cols]
					for _, t := range q {
						mass += t
					}
					for j, t := range q {
						dx[r*cols+j] = scale * (mass*dx[r*cols+j] - t)
					}
				}
			}}, in[0], in[1], dy), nil}
		},
	}, logits, stopped(targets))
}

// stopped makes sure that no gradient is asked of a constant operand.
func stopped(x *Node) *Node {
	if x.grad {
		return StopGradient(x)
	}
	return x
}

// rowLogSumExp writes log Σ exp of each row of x, shifted by the row's maximum.
func rowLogSumExp(dst, x []float32, cols int) {
	kernel.Parallel(len(dst), max(1, grain/cols), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			row := x[r*cols : (r+1)*cols]
			top := float32(math.Inf(-1))
			for _, v := range row {
				top = max(top, v)
			}
			var sum float64
			for _, v := range row {
				sum += math.Exp(float64(v - top))
			}
			dst[r] = top + float32(math.Log(sum))
		}
	})
}

// probabilities writes scale·softmax of each row, given its log-sum-exp.
func probabilities(dst, x, lse []float32, cols int, scale float32) {
	kernel.Parallel(len(lse), max(1, grain/cols), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for i := r * cols; i < (r+1)*cols; i++ {
				dst[i] = scale * float32(math.Exp(float64(x[i]-lse[r])))
			}
		}
	})
}
