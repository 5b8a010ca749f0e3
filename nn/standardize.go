package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// standardEps is added to the deviation of a unit's weights.
const standardEps = 1e-5

// Standardize brings the weights of each output unit, w [O, ...], to mean 0 and deviation 1 over its fan-in:
// (w - mean)/(std + 1e-5), as weight standardisation does (Qiao et al., 2019, eq. 3; Richemond et al., 2020). A unit with
// a single weight is left as it is, since nothing would remain of it.
func Standardize(w *Node) *Node {
	if !ok(w) {
		return w
	}
	units := w.shape[0]
	fan := size(w.shape) / units
	if fan == 1 {
		return w
	}
	mean, std := make([]float64, units), make([]float64, units)
	return apply(&op{name: "standardize", shape: w.shape,
		forward: func(in [][]float32, out []float32) {
			kernel.Parallel(units, max(1, grain/fan), func(lo, hi int) {
				for u := lo; u < hi; u++ {
					standardizeRow(out[u*fan:(u+1)*fan], in[0][u*fan:(u+1)*fan], &mean[u], &std[u])
				}
			})
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "standardizegrad", shape: w.shape, forward: func(in [][]float32, dx []float32) {
				kernel.Parallel(units, max(1, grain/fan), func(lo, hi int) {
					for u := lo; u < hi; u++ {
						a, b := u*fan, (u+1)*fan
						standardizeRowGrad(dx[a:b], in[0][a:b], in[1][a:b], mean[u], std[u])
					}
				})
			}}, in[0], dy)}
		},
	}, w)
}

func standardizeRow(dst, w []float32, mean, std *float64) {
	n := float64(len(w))
	var sum, sq float64
	for _, v := range w {
		sum += float64(v)
	}
	m := sum / n
	for _, v := range w {
		sq += (float64(v) - m) * (float64(v) - m)
	}
	*mean, *std = m, math.Sqrt(sq/n)
	scale := 1 / (*std + standardEps)
	for i, v := range w {
		dst[i] = float32((float64(v) - m) * scale)
	}
}

// standardizeRowGrad: with c = w - mean and s = std + eps, the gradient is (dy - mean(dy))/s - c·(Σ dy·c)/(n·std·s²).
func standardizeRowGrad(dx, w, dy []float32, mean, std float64) {
	n := float64(len(w))
	var sum, product float64
	for i, v := range dy {
		sum += float64(v)
		product += float64(v) * (float64(w[i]) - mean)
	}
	scale := 1 / (std + standardEps)
	var pull float64
	if std > 0 {
		pull = product * scale * scale / (n * std)
	}
	for i, v := range dy {
		dx[i] = float32((float64(v)-sum/n)*scale - (float64(w[i])-mean)*pull)
	}
}
