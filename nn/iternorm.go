package nn

// WhitenStats is the state of an iterative normalisation: the running mean [D] and whitening matrices [G, D/G, D/G].
type WhitenStats struct {
	Mean, Matrix *Param
	// Momentum is the weight of the newest batch in the running statistics.
	Momentum float32
}

// IterNorm whitens x [N, D] over the batch within groups of D/groups features, by Newton's iterations for the inverse
// square root of their covariance (Huang et al., 2019, algorithm 1):
//
//	Σ = XᵀX/N + eps·I of the centred X,   Σ' = Σ/tr(Σ),   P₀ = I,   Pₖ₊₁ = (3Pₖ - Pₖ³Σ')/2,   Y = X·P/√tr(Σ)
//
// A few iterations whiten the large eigenvalues and leave the small ones small, so that it is stable where the batch is
// smaller than the group. In evaluation it uses stats.
func IterNorm(x *Node, stats *WhitenStats, groups, iterations int, eps float32) *Node {
	if !ok(x) {
		return x
	}
	if len(x.shape) != 2 || groups < 1 || x.shape[1]%groups != 0 || iterations < 1 {
		return x.g.failf("iternorm: %d iterations on %v in %d groups, want [N, D] whose features divide into groups", iterations, x.shape, groups)
	}
	n, d := x.shape[0], x.shape[1]/groups
	mean, whiten := x.g.Param(stats.Mean), x.g.Param(stats.Matrix)
	if x.g.train {
		mean = observe(MeanFirst(x), stats.Mean, stats.Momentum)
	}
	// [N, G·d] to [G, d, N], so that a group is one matrix.
	xt := Reshape(SwapLast(Add(x, Scale(mean, -1))), groups, d, n)
	if x.g.train {
		whiten = observe(inverseRoot(xt, iterations, eps), stats.Matrix, stats.Momentum)
	}
	return SwapLast(Reshape(BatchMatMul(whiten, xt, false, false), groups*d, n))
}

// inverseRoot is about the inverse square root of the covariance of each group of xt [G, d, N], whose rows have mean 0.
func inverseRoot(xt *Node, iterations int, eps float32) *Node {
	g, groups, d := xt.g, xt.shape[0], xt.shape[1]
	one := make([]float32, groups*d*d)
	small := make([]float32, len(one))
	for i := range groups {
		for j := range d {
			one[i*d*d+j*d+j], small[i*d*d+j*d+j] = 1, eps
		}
	}
	eye := g.Const(one, groups, d, d)
	cov := Add(Scale(BatchMatMul(xt, xt, false, true), 1/float32(xt.shape[2])), g.Const(small, groups, d, d))
	// log tr(Σ), from which come 1/tr and 1/√tr.
	logTrace := Log(SumLast(Reshape(Mul(cov, eye), groups, d*d)), 1e-30)
	cov = scaleGroups(cov, Exp(Scale(logTrace, -1)))
	// The first iteration from P₀ = I needs no product.
	p := Sub(Scale(eye, 1.5), Scale(cov, 0.5))
	for range iterations - 1 {
		cube := BatchMatMul(BatchMatMul(p, p, false, false), BatchMatMul(p, cov, false, false), false, false)
		p = Sub(Scale(p, 1.5), Scale(cube, 0.5))
	}
	return scaleGroups(p, Exp(Scale(logTrace, -0.5)))
}

// scaleGroups multiplies each matrix of m [G, d, d] by its own number in s [G].
func scaleGroups(m, s *Node) *Node {
	if !ok(m, s) {
		return bad(m)
	}
	shape := m.shape
	flat := Reshape(m, shape[0], 1, shape[1]*shape[2])
	return Reshape(BatchMatMul(Reshape(s, shape[0], 1, 1), flat, false, false), shape...)
}

// observe returns x, and moves running statistics towards its values.
func observe(x *Node, running *Param, momentum float32) *Node {
	if !ok(x) {
		return x
	}
	return apply(&op{name: "observe", shape: x.shape,
		forward: func(in [][]float32, out []float32) {
			copy(out, in[0])
			for i, v := range in[0] {
				running.Data[i] += momentum * (v - running.Data[i])
			}
		},
		backward: func(_ []*Node, _, grad *Node) []*Node { return []*Node{grad} },
	}, x)
}

// NewIterNorm declares an iterative normalisation of d features in groups, with scale and shift; running statistics begin at
// mean 0 and the identity.
func NewIterNorm(w *Weights, name string, d, groups, iterations int) *NormLayer {
	l, s := newNorm(w, name, d, ScaleShift)
	stats := &WhitenStats{Mean: s.Buffer("running_mean", 0, d), Momentum: 0.1}
	if groups < 1 || d%groups != 0 {
		groups = 1
	}
	size := d / groups
	stats.Matrix = s.Buffer("running_whitening", 0, groups, size, size)
	for i := range groups {
		for j := range size {
			if at := i*size*size + j*size + j; stats.Matrix.Data[at] == 0 {
				stats.Matrix.Data[at] = 1
			}
		}
	}
	l.apply = func(x, gamma, beta *Node) *Node {
		y := IterNorm(x, stats, groups, iterations, normEps)
		if !ok(y) {
			return bad(x)
		}
		zero := x.g.Const(make([]float32, size*groups*x.shape[0]), x.shape...)
		return Add(Mul(y, Add(zero, gamma)), beta)
	}
	return l
}
