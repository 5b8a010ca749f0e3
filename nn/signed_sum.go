package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
)

// SignedSum adds up the second axis, x [N, C, D] to [N, D], each addend with a sign that depends on its channel and column
// alone, and divides by √C. Unlike a mean it tells channels apart: products of rows are kept in expectation, since signs of
// different channels have nothing to do with each other. A single channel has the sign +1.
func SignedSum(x *Node) *Node {
	if !ok(x) {
		return x
	}
	if len(x.shape) != 3 {
		return x.g.failf("signed sum: want [N, C, D], got %v", x.shape)
	}
	n, c, d := x.shape[0], x.shape[1], x.shape[2]
	signs := signsOf(c, d)
	return apply(&op{name: "signedsum", shape: []int{n, d}, about: signs,
		forward: func(in [][]float32, out []float32) {
			kernel.Parallel(n, max(1, grain/(c*d)), func(lo, hi int) {
				for i := lo; i < hi; i++ {
					row := out[i*d : (i+1)*d]
					clear(row)
					for k, v := range in[0][i*c*d : (i+1)*c*d] {
						row[k%d] += signs[k] * v
					}
				}
			})
		},
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "signedsumgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.Parallel(n, max(1, grain/(c*d)), func(lo, hi int) {
					for i := lo; i < hi; i++ {
						row := in[0][i*d : (i+1)*d]
						for k := range c * d {
							dx[i*c*d+k] = signs[k] * row[k%d]
						}
					}
				})
			}}, dy)}
		},
	}, x)
}

// signsOf are ±1/√c for c channels of d columns.
func signsOf(c, d int) []float32 {
	out := make([]float32, c*d)
	size := float32(1 / math.Sqrt(float64(c)))
	for i := range out {
		out[i] = size
		if i >= d && random.Mix(uint64(i))&1 == 1 {
			out[i] = -size
		}
	}
	return out
}
