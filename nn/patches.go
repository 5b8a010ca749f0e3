package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Patches cuts x [N, C, T] into stretches of a length, hop time stamps apart: [N·S, C, length], the S = (T-length)/hop+1
// of a sample one after the other. Images [N, C, H, W] it cuts into squares of that side, hop pixels apart either way:
// [N·S, C, length, length], the S of an image row by row. What does not fill a last one is left out, as much at the
// beginning as at the end.
func Patches(x *Node, length, hop int) *Node {
	if !ok(x) {
		return x
	}
	if d := len(x.shape); d != 3 && d != 4 {
		return x.g.failf("patches: want [N, C, T] or [N, C, H, W], got %v", x.shape)
	}
	// A sequence is an image of one row, and its patches are one row high.
	n, c, h, w, high := x.shape[0], x.shape[1], 1, x.shape[len(x.shape)-1], 1
	if len(x.shape) == 4 {
		h, high = x.shape[2], length
	}
	if length < 1 || hop < 1 || length > w || high > h {
		return x.g.failf("patches: length %d, hop %d of shape %v", length, hop, x.shape)
	}
	down, across := (h-high)/hop+1, (w-length)/hop+1
	top, left := (h-high)%hop/2, (w-length)%hop/2
	// each calls f with the rows of each sample's patches in order: where a row is in x, and where in the patches.
	each := func(f func(at, patch int)) {
		kernel.Parallel(n, 1+grain/(down*across*c*high*length), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				for p := range down * across {
					from := (top+p/across*hop)*w + left + p%across*hop
					for j := range c {
						for r := range high {
							f((i*c+j)*h*w+from+r*w, (((i*down*across+p)*c+j)*high+r)*length)
						}
					}
				}
			}
		})
	}
	shape := append([]int{n * down * across, c}, x.shape[2:]...)
	for i := 2; i < len(shape); i++ {
		shape[i] = length
	}
	return apply(&op{name: "patches", about: Patching{length, hop}, shape: shape,
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
