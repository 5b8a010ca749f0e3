package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// FirstStats are the mean and variance of each channel, [C], over the first batch that was seen in training.
type FirstStats struct {
	Mean, Var *Param
	// Seen is 1 once the first batch has passed.
	Seen *Param
}

// ActNorm shifts and scales each channel by what brought the first training batch to mean 0 and variance 1, then by gamma
// and beta: a data-dependent initialisation (Kingma and Dhariwal, 2018, section 3.1). After the first batch no sample
// depends on another. x is [N, C], [N, C, T] or [N, C, H, W]; gamma and beta are [C] or both nil.
func ActNorm(x, gamma, beta *Node, stats *FirstStats, eps float32) *Node {
	in, good := channelwise("actnorm", x, gamma, beta)
	if !good {
		return bad(x)
	}
	n, c, t := x.shape[0], x.shape[1], size(x.shape[2:])
	mean, rstd := make([]float32, c), make([]float32, c)
	train := x.g.train
	if x.g.later != nil {
		return x.g.failf("actnorm is set by the first chunk, which is another in each process; choose another normalisation")
	}
	x.g.cut.Statistics = x.g.cut.Statistics || train && x.g.span != nil
	return apply(&op{name: "actnorm", shape: x.shape, about: Normalisation{Eps: eps, Mean: stats.Mean, Var: stats.Var},
		forward: func(in [][]float32, out []float32) {
			if train && stats.Seen.Data[0] == 0 {
				kernel.BatchNorm(out, in[0], nil, nil, mean, rstd, n, c, t, eps)
				stats.keep(mean, rstd, eps)
			}
			copy(mean, stats.Mean.Data)
			for i, v := range stats.Var.Data {
				rstd[i] = float32(1 / math.Sqrt(float64(v)+float64(eps)))
			}
			gamma, beta := affineData(in)
			kernel.BatchNormApply(out, in[0], gamma, beta, mean, rstd, n, c, t)
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return normBack(in, dy, c, func(dx, dgamma, dbeta, x, gamma, _, dy []float32) {
				fixedNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t)
			})
		},
	}, in...)
}

func (s *FirstStats) keep(mean, rstd []float32, eps float32) {
	copy(s.Mean.Data, mean)
	for i, r := range rstd {
		s.Var.Data[i] = max(0, 1/(r*r)-eps)
	}
	s.Seen.Data[0] = 1
}

// NewActNorm declares a normalisation of c channels by the first batch, with scale and shift.
func NewActNorm(w *Weights, name string, c int) *NormLayer {
	l, s := newNorm(w, name, c, ScaleShift)
	stats := &FirstStats{Mean: s.Buffer("first_mean", 0, c), Var: s.Buffer("first_var", 1, c), Seen: s.Buffer("seen", 0, 1)}
	l.apply = func(x, gamma, beta *Node) *Node { return ActNorm(x, gamma, beta, stats, normEps) }
	return l
}
