package nn

import "github.com/wavekin/wavekin/internal/kernel"

// batchNorm is a batch normalisation in training: its state from the forward to the backward computation. It may be
// computed by more than one operation, since a ReLU after it computes both at once.
type batchNorm struct {
	g          *Graph
	stats      *BatchStats
	mean, rstd []float32
	n, c, t    int
	eps        float32
	run        uint64 // the run whose batch is in the running statistics
	pool       *groupMoments
	part       int // of the pool
	later      *deferral
	place      int // in it
}

// moments computes the statistics of the batch, and updates the running ones once in a run.
func (b *batchNorm) moments(x []float32) {
	kernel.BatchMoments(x, b.mean, b.rstd, b.n, b.c, b.t, b.eps)
	if b.g.again || b.run == b.g.runs && b.run > 0 {
		return
	}
	b.run = b.g.runs
	if b.pool != nil {
		b.pool.add(b.part, b.stats, b.mean, b.rstd, b.n*b.t, b.eps)
		return
	}
	if b.later != nil {
		at := b.later.at[b.place:]
		copy(at, b.mean)
		for i, r := range b.rstd {
			at[b.c+i] = float32(unbiased(r, b.n*b.t, b.eps))
		}
		return
	}
	for i, m := range b.mean {
		b.stats.move(i, m, float32(unbiased(b.rstd[i], b.n*b.t, b.eps)))
	}
}

// unbiased is the variance that a reciprocal deviation of count values comes from.
func unbiased(rstd float32, count int, eps float32) float64 {
	r := float64(rstd)
	return max(0, (1/(r*r)-float64(eps))*(float64(count)/float64(max(1, count-1))))
}

// move takes the moments of a channel into the running statistics.
func (s *BatchStats) move(channel int, mean, variance float32) {
	s.Mean.Data[channel] += s.Momentum * (mean - s.Mean.Data[channel])
	s.Var.Data[channel] += s.Momentum * (variance - s.Var.Data[channel])
}

// back builds the gradients of the normalisation from that of its output.
func (b *batchNorm) back(in []*Node, dy *Node) []*Node {
	return normBack(in, dy, b.c, func(dx, dgamma, dbeta, x, gamma, _, dy []float32) {
		kernel.BatchNormGrad(dx, dgamma, dbeta, x, gamma, b.mean, b.rstd, dy, b.n, b.c, b.t)
	})
}

// normReLU is ReLU of a batch normalisation, or of its sum with another tensor, in one pass over memory; nil if x is
// neither. What x itself would compute is then left out of the program unless something else needs it.
func normReLU(x *Node) *Node {
	if x.op == nil {
		return nil
	}
	if b := x.op.norm; b != nil {
		return b.relu(x.in)
	}
	if x.op.name != "add" {
		return nil
	}
	for i, n := range x.in {
		if n.op != nil && n.op.norm != nil {
			return n.op.norm.addReLU(n.in, x.in[1-i])
		}
	}
	return nil
}

func (b *batchNorm) relu(in []*Node) *Node {
	return apply(&op{name: "batchnorm.relu", shape: in[0].shape,
		forward: func(in [][]float32, out []float32) {
			b.moments(in[0])
			gamma, beta := affineData(in)
			kernel.BatchNormReLU(out, in[0], nil, gamma, beta, b.mean, b.rstd, b.n, b.c, b.t)
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			return normBack(in, dy, b.c, func(dx, dgamma, dbeta, x, gamma, beta, dy []float32) {
				kernel.BatchNormReLUGrad(dx, dgamma, dbeta, x, gamma, beta, b.mean, b.rstd, dy, b.n, b.c, b.t)
			})
		},
	}, in...)
}

// addReLU is ReLU of the normalisation of in[0], with the scale and shift that may follow, plus more.
func (b *batchNorm) addReLU(in []*Node, more *Node) *Node {
	own := len(in)
	return apply(&op{name: "batchnorm.addrelu", shape: in[0].shape,
		forward: func(in [][]float32, out []float32) {
			b.moments(in[0])
			gamma, beta := affineData(in[:own])
			kernel.BatchNormReLU(out, in[0], in[own], gamma, beta, b.mean, b.rstd, b.n, b.c, b.t)
		},
		backward: func(in []*Node, out, dy *Node) []*Node {
			// Where the output is 0 nothing passes to either side.
			passed := apply(&op{name: "relugrad", shape: out.shape,
				forward: func(v [][]float32, dx []float32) { kernel.ReLUGrad(dx, v[0], v[1]) }}, out, dy)
			return append(b.back(in[:own], passed), passed)
		},
	}, append(append([]*Node(nil), in...), more)...)
}
