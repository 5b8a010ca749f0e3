package nn

import (
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
)

// Dropout zeroes each element with probability p while training and divides the
// others by 1-p; in evaluation it returns x. The mask is a function of the seed
// ([Program.Seed]), the place in the graph and the element, so that it does not
// depend on the number of threads.
func Dropout(x *Node, p float64) *Node {
	if !ok(x) || !x.g.train || p <= 0 {
		return x
	}
	return dropped(x, p, 1, 1, float32(1/(1-p)))
}

// DropPath sets whole samples of x [N, ...] to 0, each with probability p while training, and divides the others by 1-p: on
// the branch of a residual network it leaves that layer out (Huang et al., 2016). In evaluation it returns x. The choice is
// made as in [Dropout].
func DropPath(x *Node, p float64) *Node {
	if !ok(x) || !x.g.train || p <= 0 {
		return x
	}
	return dropped(x, p, size(x.shape[1:]), 1, float32(1/(1-p)))
}

// HideSteps sets whole time stamps of x [N, C, T] to 0 in all channels, each with probability p while training, and leaves
// the others as they are; in evaluation it returns x. The choice is made as in [Dropout].
func HideSteps(x *Node, p float64) *Node {
	if !ok(x) || !x.g.train || p <= 0 {
		return x
	}
	if !sequences(x, "hidesteps") {
		return bad(x)
	}
	return dropped(x, p, x.shape[1], x.shape[2], 1)
}

// dropped zeroes elements with probability p and multiplies the others by scale. In each block of so many rows, run elements
// long, the rows share their choices.
func dropped(x *Node, p float64, rows, run int, scale float32) *Node {
	if p >= 1 {
		return x.g.failf("dropout probability %g, want 0 <= p < 1", p)
	}
	x.g.drops++
	index, seed, part := uint64(x.g.drops), x.g.seed, x.g.span
	limit := uint64(p * (1 << 53))
	mask := func(in [][]float32, out []float32) {
		v := in[0]
		key := random.Mix(*seed ^ random.Mix(index))
		before := part.before(len(out))
		kernel.Parallel(len(out), grain, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				at := uint64(before + i)
				if rows > 1 {
					at = uint64((before+i)/(rows*run)*run + (before+i)%run)
				}
				if random.Mix(key+at)>>11 < limit {
					out[i] = 0
				} else {
					out[i] = v[i] * scale
				}
			}
		})
	}
	return apply(&op{name: "dropout", shape: x.shape, pure: true, forward: mask,
		backward: func(_ []*Node, _, grad *Node) []*Node {
			return []*Node{apply(&op{name: "dropoutgrad", shape: x.shape, forward: mask}, grad)}
		},
	}, x)
}
