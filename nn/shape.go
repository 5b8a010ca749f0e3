package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Reshape views x under another shape with as many elements; it costs nothing.
func Reshape(x *Node, shape ...int) *Node {
	if !ok(x) {
		return x
	}
	if size(shape) != size(x.shape) || len(shape) == 0 {
		return x.g.failf("reshape: shapes %v and %v differ in their number of elements", x.shape, shape)
	}
	if sameShape(shape, x.shape) {
		return x
	}
	return apply(&op{name: "reshape", shape: append([]int(nil), shape...), alias: true,
		backward: func(_ []*Node, _, grad *Node) []*Node { return []*Node{Reshape(grad, x.shape...)} },
	}, x)
}

// SwapLast swaps the last two axes: [N, A, B] to [N, B, A].
func SwapLast(x *Node) *Node {
	if !ok(x) {
		return x
	}
	d := len(x.shape)
	if d < 2 {
		return x.g.failf("swaplast: shape %v has no two axes", x.shape)
	}
	a, b := x.shape[d-2], x.shape[d-1]
	shape := append(append([]int(nil), x.shape[:d-2]...), b, a)
	return apply(&op{name: "swaplast", shape: shape,
		forward:  func(in [][]float32, out []float32) { kernel.Transpose(out, in[0], len(out)/(a*b), a, b) },
		backward: func(_ []*Node, _, grad *Node) []*Node { return []*Node{SwapLast(grad)} },
	}, x)
}

// Concat joins tensors along an axis; their other axes must agree.
func Concat(axis int, xs ...*Node) *Node {
	if len(xs) == 0 || !ok(xs...) {
		return bad(xs[0])
	}
	first := xs[0].shape
	if axis < 0 || axis >= len(first) {
		return xs[0].g.failf("concat: no axis %d in shape %v", axis, first)
	}
	shape := append([]int(nil), first...)
	shape[axis] = 0
	for _, x := range xs {
		if len(x.shape) != len(first) || !sameShape(x.shape[:axis], first[:axis]) || !sameShape(x.shape[axis+1:], first[axis+1:]) {
			return x.g.failf("concat: shapes %v and %v differ outside axis %d", first, x.shape, axis)
		}
		shape[axis] += x.shape[axis]
	}
	outer, inner := size(first[:axis]), size(first[axis+1:])
	row := shape[axis] * inner
	return apply(&op{name: "concat", shape: shape, about: axis,
		forward: func(in [][]float32, out []float32) {
			at := 0
			for i, v := range in {
				n := xs[i].shape[axis] * inner
				for r := range outer {
					copy(out[r*row+at:r*row+at+n], v[r*n:r*n+n])
				}
				at += n
			}
		},
		backward: func(in []*Node, _, grad *Node) []*Node {
			grads := make([]*Node, len(in))
			at := 0
			for i := range in {
				n := xs[i].shape[axis]
				grads[i] = Slice(grad, axis, at, at+n)
				at += n
			}
			return grads
		},
	}, xs...)
}

// Slice takes the elements from (inclusive) to (exclusive) along an axis.
func Slice(x *Node, axis, from, to int) *Node {
	if !ok(x) {
		return x
	}
	if axis < 0 || axis >= len(x.shape) || from < 0 || to > x.shape[axis] || from >= to {
		return x.g.failf("slice: [%d:%d] along axis %d of shape %v", from, to, axis, x.shape)
	}
	shape := append([]int(nil), x.shape...)
	shape[axis] = to - from
	outer, inner := size(shape[:axis]), size(shape[axis+1:])
	n, row, at := shape[axis]*inner, x.shape[axis]*inner, from*inner
	return apply(&op{name: "slice", shape: shape, about: Range{axis, from, to},
		forward: func(in [][]float32, out []float32) {
			for r := range outer {
				copy(out[r*n:r*n+n], in[0][r*row+at:])
			}
		},
		backward: func(_ []*Node, _, grad *Node) []*Node {
			return []*Node{apply(&op{name: "slicegrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				clear(dx)
				for r := range outer {
					copy(dx[r*row+at:r*row+at+n], in[0][r*n:r*n+n])
				}
			}}, grad)}
		},
	}, x)
}
