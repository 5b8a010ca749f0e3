package nn

import "github.com/wavekin/wavekin/internal/kernel"

// MaxPool2D takes the largest of each k by k pixels, stride apart, with so many pixels of padding on each side, which never
// win: [N, C, H, W] to [N, C, H', W'] with H' = (H + 2·padding - k)/stride + 1, rounded down. The padding is at most k/2.
func MaxPool2D(x *Node, k, stride, padding int) *Node {
	p, good := pooled2D(x, k, stride, padding)
	if !good {
		return bad(x)
	}
	planes := x.shape[0] * x.shape[1]
	arg := make([]int32, planes*p.HOut*p.WOut)
	return apply(&op{name: "maxpool2d", shape: []int{x.shape[0], x.shape[1], p.HOut, p.WOut}, about: Pool{k, stride, padding},
		forward: func(in [][]float32, out []float32) { p.Max(out, arg, in[0], planes) },
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "maxpool2dgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				p.MaxGrad(dx, in[0], arg, planes)
			}}, dy)}
		},
	}, x)
}

func pooled2D(x *Node, k, stride, padding int) (p kernel.Pool2D, good bool) {
	if !ok(x) {
		return p, false
	}
	if len(x.shape) != 4 || k < 1 || stride < 1 || padding < 0 || padding > k/2 ||
		x.shape[2]+2*padding < k || x.shape[3]+2*padding < k {
		x.g.failf("pool: kernel %d, stride %d, padding %d (at most half the kernel) on shape %v", k, stride, padding, x.shape)
		return p, false
	}
	h, w := x.shape[2], x.shape[3]
	return kernel.Pool2D{HIn: h, WIn: w, K: k, Stride: stride, Pad: padding,
		HOut: (h+2*padding-k)/stride + 1, WOut: (w+2*padding-k)/stride + 1}, true
}
