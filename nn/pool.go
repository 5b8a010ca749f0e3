package nn

import "github.com/wavekin/wavekin/internal/kernel"

// MaxPool1D takes the largest of each k samples, every s samples: [N, C, T] to [N, C, (T-k)/s+1].
func MaxPool1D(x *Node, k, s int) *Node {
	tout, good := pooled(x, k, s)
	if !good {
		return bad(x)
	}
	rows, t := x.shape[0]*x.shape[1], x.shape[2]
	arg := make([]int32, rows*tout)
	return apply(&op{name: "maxpool", shape: []int{x.shape[0], x.shape[1], tout}, about: Pool{Size: k, Stride: s},
		forward: func(in [][]float32, out []float32) { kernel.MaxPool(out, arg, in[0], rows, t, k, s, tout) },
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "maxpoolgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.MaxPoolGrad(dx, in[0], arg, rows, t, tout)
			}}, dy)}
		},
	}, x)
}

func pooled(x *Node, k, s int) (int, bool) {
	if !ok(x) {
		return 0, false
	}
	if len(x.shape) != 3 || k < 1 || s < 1 || x.shape[2] < k {
		x.g.failf("pool: kernel %d, stride %d on shape %v", k, s, x.shape)
		return 0, false
	}
	return (x.shape[2]-k)/s + 1, true
}

// GlobalMax takes the largest over time or over the image: [N, C, T] or [N, C, H, W] to [N, C].
func GlobalMax(x *Node) *Node {
	if !ok(x) || !places(x, "globalmax") {
		return bad(x)
	}
	rows, t := x.shape[0]*x.shape[1], size(x.shape[2:])
	arg := make([]int32, rows)
	return apply(&op{name: "globalmax", shape: x.shape[:2],
		forward: func(in [][]float32, out []float32) { kernel.GlobalMax(out, arg, in[0], rows, t) },
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "globalmaxgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.GlobalMaxGrad(dx, in[0], arg, rows, t)
			}}, dy)}
		},
	}, x)
}

// GlobalMean takes the mean over time or over the image: [N, C, T] or [N, C, H, W] to [N, C].
func GlobalMean(x *Node) *Node {
	if !ok(x) || !places(x, "globalmean") {
		return bad(x)
	}
	rows, t := x.shape[0]*x.shape[1], size(x.shape[2:])
	return apply(&op{name: "globalmean", shape: x.shape[:2],
		forward: func(in [][]float32, out []float32) { kernel.GlobalMean(out, in[0], rows, t) },
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "globalmeangrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.GlobalMeanGrad(dx, in[0], rows, t)
			}}, dy)}
		},
	}, x)
}

func sequences(x *Node, name string) bool {
	if len(x.shape) != 3 {
		x.g.failf("%s: want [N, C, T], got %v", name, x.shape)
		return false
	}
	return true
}

// places tells whether x is a sequence or an image.
func places(x *Node, name string) bool {
	if d := len(x.shape); d != 3 && d != 4 {
		x.g.failf("%s: want [N, C, T] or [N, C, H, W], got %v", name, x.shape)
		return false
	}
	return true
}
