package kernel

// Grad writes the gradients by q, k and v to dq, dk and dv, from dy and the Weights that Run left. q, k and v are narrow as Narrow
// says, the others are not; none may overlap another.
func (a *Attention) Grad(dq, dk, dv, q, k, v, dy []float32) {
	n := a.Samples * a.Tokens * a.Heads * a.Width
	if n == 0 {
		return
	}
	_ = a.Weights[a.Samples*a.Heads*a.Tokens*a.Tokens-1]
	for _, x := range [...][]float32{dq, dk, dv, dy} {
		_ = x[n-1]
	}
	g := attentionGrads.get()
	*g = attentionGrad{a, q, k, v, dy, dq, dk, dv}
	run(g, a.Samples*a.Heads)
	*g = attentionGrad{}
	attentionGrads.put(g)
}

var attentionGrads freeList[attentionGrad]

// attentionGrad is a call of [Attention.Grad]. A part is one head of one sample; the gradient by its scores stays in the cache.
type attentionGrad struct {
	*Attention
	q, k, v, dy, dq, dk, dv []float32
}

func (g *attentionGrad) do(part int) {
	s := attendings.get()
	t, w, d := g.Tokens, g.Width, g.step()
	at := part/g.Heads*t*d + part%g.Heads*w
	p, ds, dy := g.Weights[part*t*t:(part+1)*t*t], sized(&s.scores, t*t), g.dy[at:]
	g.Precision.Gemm(true, false, t, w, t, 1, p, t, dy, d, 0, g.dv[at:], d)
	g.by(false, true, t, w, 1, dy, d, g.v, at, g.Narrow[2], ds, t)
	softmaxGradRows(ds, p, ds, t, 0, t)
	g.by(false, false, w, t, g.Scale(), ds, t, g.k, at, g.Narrow[1], g.dq[at:], d)
	g.by(true, false, w, t, g.Scale(), ds, t, g.q, at, g.Narrow[0], g.dk[at:], d)
	attendings.put(s)
}

// by is a product for a head whose right operand lies from place at on among tokens, narrow or not.
func (g *attentionGrad) by(transA, transB bool, n, k int, alpha float32, x []float32, ldx int, y []float32, at int, narrow bool, c []float32, ldc int) {
	t, d := g.Tokens, g.step()
	if narrow {
		g.Precision.GemmNarrow(transA, transB, t, n, k, alpha, x, ldx, y[at/2:], d, c, ldc)
		return
	}
	g.Precision.Gemm(transA, transB, t, n, k, alpha, x, ldx, y[at:], d, 0, c, ldc)
}
