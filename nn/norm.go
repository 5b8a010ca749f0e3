package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// normBack builds the three gradients of a normalisation. The first op computes
// all of them; the other two are read from its state, and depend on it.
func normBack(in []*Node, dy *Node, params int, run func(dx, dgamma, dbeta, x, gamma, beta, dy []float32)) []*Node {
	return normBackOf(in, dy, params, nil, run)
}

// normSums are the sums of the gradients by scale and shift that go on from chunk to chunk; nil for those that do not.
type normSums struct {
	gamma, beta []float64
	at          *span
}

// begin forgets the sums of the batch before.
func (n *normSums) begin() {
	if n.at != nil && n.at.first == 0 {
		clear(n.gamma)
		clear(n.beta)
	}
}

// normBackOf is normBack where run goes on with sums that are not nil.
func normBackOf(in []*Node, dy *Node, params int, sums *normSums, run func(dx, dgamma, dbeta, x, gamma, beta, dy []float32)) []*Node {
	return normBackPlus(in, dy, params, sums, false, func(_, dx, dgamma, dbeta, x, gamma, beta, dy []float32) {
		run(dx, dgamma, dbeta, x, gamma, beta, dy)
	})
}

// normBackPlus is normBackOf where run adds what is not nil to dx, if it can.
func normBackPlus(in []*Node, dy *Node, params int, sums *normSums, can bool, run func(plus, dx, dgamma, dbeta, x, gamma, beta, dy []float32)) []*Node {
	dgamma, dbeta := make([]float32, params), make([]float32, params)
	x := in[0]
	ops := []*Node{x, dy}
	if len(in) > 1 {
		ops = append(ops, in[1], in[2])
	}
	with := func(f form) func(v [][]float32, out []float32) {
		return func(v [][]float32, out []float32) {
			var plus []float32
			if f.add {
				plus, v = v[len(v)-1], v[:len(v)-1]
			}
			gamma, beta := affineData(v[1:])
			run(plus, out, dgamma, dbeta, v[0], gamma, beta, v[1])
		}
	}
	dx := apply(&op{name: "normgrad", shape: x.shape, forward: with(form{}), forms: forms{join: can, in: with}}, ops...)
	grads := []*Node{dx}
	for i := 1; i < len(in); i++ {
		src := dgamma
		if i == 2 {
			src = dbeta
		}
		read := func(_ [][]float32, out []float32) { copy(out, src) }
		o := &op{name: "normparamgrad", shape: in[i].shape, forward: read, after: true}
		if sums != nil {
			o.resume = func(s *span, r *running) func(in [][]float32, out []float32) {
				if r.exact == nil {
					r.exact = make([]float64, params)
				}
				sums.at = s
				if i == 1 {
					sums.gamma = r.exact
				} else {
					sums.beta = r.exact
				}
				return read
			}
		}
		grads = append(grads, apply(o, dx))
	}
	return grads
}

// affine checks scale and shift of a normalisation and appends them to its operands.
func affine(x, gamma, beta *Node, c int) ([]*Node, bool) {
	in := []*Node{x}
	if gamma == nil && beta == nil {
		return in, true
	}
	if gamma == nil || beta == nil || !sameShape(gamma.shape, []int{c}) || !sameShape(beta.shape, []int{c}) {
		x.g.failf("normalisation: scale and shift must both be [%d]", c)
		return nil, false
	}
	return append(in, gamma, beta), true
}

// channelwise is affine for a normalisation of the channels of x, [N, C], [N, C, T] or [N, C, H, W], by statistics of a batch.
func channelwise(name string, x, gamma, beta *Node) ([]*Node, bool) {
	if !ok(x, gamma, beta) || len(x.shape) != 2 && !places(x, name) {
		return nil, false
	}
	return affine(x, gamma, beta, x.shape[1])
}

func affineData(in [][]float32) (gamma, beta []float32) {
	if len(in) > 1 {
		return in[1], in[2]
	}
	return nil, nil
}

// LayerNorm normalises over the last axis (Ba et al., 2016); gamma and beta are [D], or both nil.
func LayerNorm(x, gamma, beta *Node, eps float32) *Node {
	if !ok(x, gamma, beta) {
		return bad(x)
	}
	cols := x.shape[len(x.shape)-1]
	in, good := affine(x, gamma, beta, cols)
	if !good {
		return bad(x)
	}
	rows := size(x.shape) / cols
	mean, rstd := make([]float32, rows), make([]float32, rows)
	return apply(&op{name: "layernorm", shape: x.shape, about: Normalisation{Eps: eps},
		forward: func(in [][]float32, out []float32) {
			gamma, beta := affineData(in)
			kernel.LayerNorm(out, in[0], gamma, beta, mean, rstd, rows, cols, eps)
		},
		forms: forms{narrow: cols%2 == 0, in: func(form) func(in [][]float32, out []float32) {
			return func(in [][]float32, out []float32) {
				gamma, beta := affineData(in)
				kernel.LayerNormNarrow(out, in[0], gamma, beta, mean, rstd, rows, cols, eps)
			}
		}},
		backward: func(in []*Node, _, dy *Node) []*Node {
			sums := &normSums{}
			return normBackPlus(in, dy, cols, sums, true, func(plus, dx, dgamma, dbeta, x, gamma, _, dy []float32) {
				sums.begin()
				kernel.LayerNormGradMore(sums.gamma, sums.beta, plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, rows, cols)
			})
		},
	}, in...)
}

// GroupNorm normalises each sample over groups of channels and all of time or of
// the image (Wu and He, 2018); x is [N, C], [N, C, T] or [N, C, H, W], gamma and
// beta are [C] or both nil.
func GroupNorm(x, gamma, beta *Node, groups int, eps float32) *Node {
	if !ok(x, gamma, beta) {
		return bad(x)
	}
	if s := x.shape; len(s) == 2 {
		return Reshape(GroupNorm(Reshape(x, s[0], s[1], 1), gamma, beta, groups, eps), s...)
	}
	if !places(x, "groupnorm") {
		return bad(x)
	}
	n, c, t := x.shape[0], x.shape[1], size(x.shape[2:])
	if groups < 1 || c%groups != 0 {
		return x.g.failf("groupnorm: %d channels do not divide into %d groups", c, groups)
	}
	in, good := affine(x, gamma, beta, c)
	if !good {
		return bad(x)
	}
	mean, rstd := make([]float32, n*groups), make([]float32, n*groups)
	return apply(&op{name: "groupnorm", shape: x.shape, about: Normalisation{Eps: eps, Groups: groups},
		forward: func(in [][]float32, out []float32) {
			gamma, beta := affineData(in)
			kernel.GroupNorm(out, in[0], gamma, beta, mean, rstd, n, c, t, groups, eps)
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			sums := &normSums{}
			return normBackOf(in, dy, c, sums, func(dx, dgamma, dbeta, x, gamma, _, dy []float32) {
				sums.begin()
				kernel.GroupNormGradMore(sums.gamma, sums.beta, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t, groups)
			})
		},
	}, in...)
}

// BatchStats is the state of a batch normalisation: running mean and variance, [C] each.
type BatchStats struct {
	Mean, Var *Param
	// Momentum is the weight of the newest batch in the running statistics.
	Momentum float32
}

// BatchNorm normalises each channel over the batch and all of time or of the
// image (Ioffe and Szegedy, 2015). x is [N, C], [N, C, T] or [N, C, H, W]; gamma
// and beta are [C] or both nil. While training it uses the batch's statistics and updates stats, the variance
// unbiased; in evaluation it uses stats.
func BatchNorm(x, gamma, beta *Node, stats *BatchStats, eps float32) *Node {
	in, good := channelwise("batchnorm", x, gamma, beta)
	if !good {
		return bad(x)
	}
	n, c, t := x.shape[0], x.shape[1], size(x.shape[2:])
	mean, rstd := make([]float32, c), make([]float32, c)
	if !x.g.train {
		return batchNormEval(in, &fixedNorm{stats, mean, rstd, eps}, n, c, t)
	}
	x.g.cut.Statistics = x.g.cut.Statistics || x.g.span != nil
	b := &batchNorm{g: x.g, stats: stats, mean: mean, rstd: rstd, n: n, c: c, t: t, eps: eps}
	b.pool, b.part = x.g.grouping.pool(stats, c)
	if x.g.later != nil {
		if b.pool != nil {
			return x.g.failf("batchnorm: statistics of groups within a chunk cannot be shared among processes")
		}
		x.g.later.add(b)
	}
	return apply(&op{name: "batchnorm", shape: x.shape, norm: b,
		forward: func(in [][]float32, out []float32) {
			b.moments(in[0])
			gamma, beta := affineData(in)
			kernel.BatchNormApply(out, in[0], gamma, beta, mean, rstd, n, c, t)
		},
		backward: func(in []*Node, _, dy *Node) []*Node { return b.back(in, dy) },
	}, in...)
}

// fixedNorm is a batch normalisation with fixed statistics.
type fixedNorm struct {
	stats      *BatchStats
	mean, rstd []float32
	eps        float32
}

// moments reads the statistics.
func (f *fixedNorm) moments() {
	copy(f.mean, f.stats.Mean.Data)
	for i, v := range f.stats.Var.Data {
		f.rstd[i] = float32(1 / math.Sqrt(float64(v)+float64(f.eps)))
	}
}

// batchNormEval is BatchNorm with fixed statistics, and with a gradient for fine-tuning.
func batchNormEval(in []*Node, f *fixedNorm, n, c, t int) *Node {
	return apply(&op{name: "batchnorm.eval", shape: in[0].shape, fixed: f,
		about: Normalisation{Eps: f.eps, Mean: f.stats.Mean, Var: f.stats.Var},
		forward: func(in [][]float32, out []float32) {
			f.moments()
			gamma, beta := affineData(in)
			kernel.BatchNormApply(out, in[0], gamma, beta, f.mean, f.rstd, n, c, t)
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return normBack(in, dy, c, func(dx, dgamma, dbeta, x, gamma, _, dy []float32) {
				fixedNormGrad(dx, dgamma, dbeta, x, gamma, f.mean, f.rstd, dy, n, c, t)
			})
		},
	}, in...)
}

func fixedNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t int) {
	for ch := range c {
		scale := rstd[ch]
		if gamma != nil {
			scale *= gamma[ch]
		}
		var dg, db float64
		for s := range n {
			at := (s*c + ch) * t
			for i := at; i < at+t; i++ {
				dx[i] = dy[i] * scale
				db += float64(dy[i])
				dg += float64(dy[i]) * float64((x[i]-mean[ch])*rstd[ch])
			}
		}
		dgamma[ch], dbeta[ch] = float32(dg), float32(db)
	}
}

// Normalize divides each row, along the last axis, by its Euclidean length, which
// is held above 1e-12.
func Normalize(x *Node) *Node {
	if !ok(x) {
		return x
	}
	cols := x.shape[len(x.shape)-1]
	rows := size(x.shape) / cols
	norm := make([]float32, rows)
	return apply(&op{name: "l2norm", shape: x.shape,
		forward: func(in [][]float32, out []float32) { kernel.L2Normalize(out, norm, in[0], rows, cols) },
		backward: func(_ []*Node, out, dy *Node) []*Node {
			return []*Node{apply(&op{name: "l2normgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.L2NormalizeGrad(dx, in[0], norm, in[1], rows, cols)
			}}, out, dy)}
		},
	}, x)
}
