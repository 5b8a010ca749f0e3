package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Take returns the rows of x that index names: x [R, ...], index [M] holding row numbers, result
// [M, ...]. A row may be taken several times. An index that is no row fails the run.
func Take(x, index *Node) *Node {
	if !ok(x, index) {
		return bad(x)
	}
	if len(x.shape) < 1 || len(index.shape) != 1 {
		return x.g.failf("take: rows %v of shape %v", index.shape, x.shape)
	}
	n := size(x.shape[1:])
	shape := append([]int{index.shape[0]}, x.shape[1:]...)
	return apply(&op{name: "take", shape: shape,
		forward: func(in [][]float32, out []float32) {
			for i, r := range in[1] {
				copy(out[i*n:(i+1)*n], in[0][int(r)*n:(int(r)+1)*n])
			}
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "takegrad", shape: x.shape, forward: func(v [][]float32, dx []float32) {
				clear(dx)
				for i, r := range v[0] {
					row := dx[int(r)*n : (int(r)+1)*n]
					kernel.Add(row, row, v[1][i*n:(i+1)*n])
				}
			}}, in[1], dy), nil}
		},
	}, x, index)
}

// DotRows returns the dot products of each vector with rows chosen for it: x [N, D], rows [R, D], index [N, M] holding row
// numbers, result [N, M]. The rows are constants, so that the gradient is x's alone. An index that is no row fails the run.
func DotRows(x, rows, index *Node) *Node {
	if !ok(x, rows, index) {
		return bad(x)
	}
	if len(x.shape) != 2 || len(rows.shape) != 2 || len(index.shape) != 2 || x.shape[1] != rows.shape[1] || x.shape[0] != index.shape[0] {
		return x.g.failf("dotrows: rows %v of shape %v for vectors %v", index.shape, rows.shape, x.shape)
	}
	d, m := x.shape[1], index.shape[1]
	return apply(&op{name: "dotrows", shape: index.shape,
		forward: func(in [][]float32, out []float32) {
			kernel.Parallel(len(out), max(1, grain/d), func(lo, hi int) {
				for i := lo; i < hi; i++ {
					row := int(in[2][i]) * d
					out[i] = kernel.Dot(in[0][i/m*d:(i/m+1)*d], in[1][row:row+d])
				}
			})
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "dotrowsgrad", shape: x.shape, forward: func(v [][]float32, dx []float32) {
				kernel.Parallel(len(dx)/d, max(1, grain/(d*m)), func(lo, hi int) {
					clear(dx[lo*d : hi*d])
					for i := lo * m; i < hi*m; i++ {
						row := int(v[1][i]) * d
						kernel.Axpy(v[2][i], v[0][row:row+d], dx[i/m*d:(i/m+1)*d])
					}
				})
			}}, in[1], in[2], dy), nil, nil}
		},
	}, x, stopped(rows), index)
}
