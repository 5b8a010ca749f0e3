package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Patches cuts x [N, C, T] into stretches of a length, hop time stamps apart: [N·S, C, length], the S = (T-length)/hop+1
// of a sample one after the other. What does not fill a last one is left out, as much at the beginning as at the end.
func Patches(x *Node, length, hop int) *Node {
	if !ok(x) || !sequences(x, "patches") {
		return bad(x)
	}
	n, c, t := x.shape[0], x.shape[1], x.shape[2]
	if length < 1 || hop < 1 || length > t {
		return x.g.failf("nn: patches: length %d, hop %d of shape %v", length, hop, x.shape)
	}
	s := (t-length)/hop + 1
	start := (t - length) % hop / 2
	// each calls f with each sample's patches in order: where a row is in x, and where in the patches.
	each := func(f func(at, patch int)) {
		kernel.Parallel(n, 1+grain/(s*c*length), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				for p := range s {
					for j := range c {
						f((i*c+j)*t+start+p*hop, ((i*s+p)*c+j)*length)
					}
				}
			}
		})
	}
	return apply(&op{name: "patches", shape: []int{n * s, c, length},
		forward: func(in [][]float32, out []float32) {
			each(func(at, patch int) { copy(out[patch:patch+length], in[0][at:at+length]) })
		},
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "patchesgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				clear(dx)
				each(func(at, patch int) {
					for k, v := range in[0][patch : patch+length] {
						dx[at+k] += v
					}
				})
			}}, dy)}
		},
	}, x)
}
