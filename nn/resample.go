package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Resample stretches or shrinks time to a length by straight lines between neighbours, first and last time stamp kept:
// [N, C, T] to [N, C, length]. A single time stamp is repeated.
func Resample(x *Node, length int) *Node {
	if !ok(x) {
		return x
	}
	if len(x.shape) != 3 || length < 1 {
		return x.g.failf("resample: want [N, C, T] and a length of at least 1, got %v and %d", x.shape, length)
	}
	t := x.shape[2]
	if t == length {
		return x
	}
	rows := x.shape[0] * x.shape[1]
	at, share := places1D(t, length)
	return apply(&op{name: "resample", shape: []int{x.shape[0], x.shape[1], length},
		forward: func(in [][]float32, out []float32) {
			kernel.Parallel(rows, max(1, grain/length), func(lo, hi int) {
				for r := lo; r < hi; r++ {
					from, to := in[0][r*t:(r+1)*t], out[r*length:(r+1)*length]
					for i, k := range at {
						a := from[k]
						to[i] = a + share[i]*(from[min(k+1, t-1)]-a)
					}
				}
			})
		},
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "resamplegrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.Parallel(rows, max(1, grain/length), func(lo, hi int) {
					for r := lo; r < hi; r++ {
						to, from := dx[r*t:(r+1)*t], in[0][r*length:(r+1)*length]
						clear(to)
						for i, k := range at {
							to[k] += (1 - share[i]) * from[i]
							to[min(k+1, t-1)] += share[i] * from[i]
						}
					}
				})
			}}, dy)}
		},
	}, x)
}

// places1D are the neighbour before each of n places spread over t time stamps, and how far each lies after it.
func places1D(t, n int) (at []int, share []float32) {
	at, share = make([]int, n), make([]float32, n)
	for i := range n {
		v := float64(t-1) * float64(i) / float64(max(1, n-1))
		at[i] = min(int(v), t-1)
		share[i] = float32(v - float64(at[i]))
	}
	return at, share
}
