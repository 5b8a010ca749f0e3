package kernel

// Grad writes the gradients by q, k and v to dq, dk and dv, from dy and the Weights that Run left. q, k and v are narrow as Narrow
// says, the others are not; none may overlap another.
func (a *Attention) Grad(dq, dk, dv, q, k, v, dy []float32) {
	n, asked := a.Samples*a.Tokens*a.step(), a.Samples*a.queries()*a.step()
	if n == 0 || asked == 0 {
		return
	}
	_ = a.Weights[a.Samples*a.Heads*a.queries()*a.Tokens-1]
	_, _, _, _ = dq[asked-1], dy[asked-1], dk[n-1], dv[n-1]
	g := attentionGrads.get()
	*g = attentionGrad{a, q, k, v, dy, dq, dk, dv, headsEach(a.Samples * a.Heads)}
	run(g, (a.Samples*a.Heads+g.each-1)/g.each)
	*g = attentionGrad{}
	attentionGrads.put(g)
}

var attentionGrads freeList[attentionGrad]

// attentionGrad is a call of [Attention.Grad]. A part is some heads; the gradient by the scores of one stays in the cache.
type attentionGrad struct {
	*Attention
	q, k, v, dy, dq, dk, dv []float32
	each                    int // heads in a part
}

func (g *attentionGrad) do(part int) {
	s := attendings.get()
	for h := part * g.each; h < min((part+1)*g.each, g.Samples*g.Heads); h++ {
		if g.Precision == BF16 {
			g.head16(s, h)
		} else {
			g.head(s, h)
		}
	}
	attendings.put(s)
}

// head is one head of one sample in float32. Some rows of the gradient by its scores are in the first-level cache between what makes them, the gradient of softmax
// and that by the queries. The transposed of weights and of that gradient are read where they are.
func (g *attentionGrad) head(s *attending, part int) {
	m, t, w, d := g.queries(), g.Tokens, g.Width, g.step()
	at, from, lead := g.start(part, t), g.start(part, m), scoreStep(t)
	ds, dy := sized(&s.scores, m*lead), g.dy[from:]
	kept := g.Weights[part*m*t : (part+1)*m*t]
	p, apart, copied := kept, t, []float32(nil)
	if t%crowded == 0 {
		p, apart = sized(&s.weights, m*lead), lead
		copied = p
	}
	next := [...]ahead{
		aheadOf(kept, nil, tileTerms(m, t, w)),
		aheadOf(g.upcoming(g.k, part, t), g.upcoming(g.v, part, t), tileTerms(m, w, t)),
		aheadOf(g.upcoming(g.dy, part, m), g.upcoming(g.q, part, m), tileTerms(t, w, m)),
	}
	values, keys := panelsOf(&s.values, true, g.v[at:], d, t, w), panelsOf(&s.keys, false, g.k[at:], d, w, t)
	rows := scoreRows(lead)
	for i, n := 0, 0; i < m; i += n {
		n = someRows(rows, m-i)
		some := ds[i*lead:]
		headProduct(false, n, t, w, 1, dy[i*d:], d, values, some, lead, &next[0])
		soft := stridedGrad{dx: some, y: kept[i*t:], dy: some, rows: n, cols: t, dxStep: lead, yStep: t, dyStep: lead}
		if copied != nil {
			soft.copied = copied[i*lead:]
		}
		soft.run()
		headProduct(false, n, w, t, g.Scale(), some, lead, keys, g.dq[from+i*d:], d, &next[1])
	}
	headProduct(true, t, w, m, 1, p, apart, panelsOf(&s.values, false, dy, d, w, m), g.dv[at:], d, &next[2])
	headProduct(true, t, w, m, g.Scale(), ds, lead, panelsOf(&s.values, false, g.q[from:], d, w, m), g.dk[at:], d, nil)
}

// head16 is one head of one sample with operands in bfloat16.
func (g *attentionGrad) head16(s *attending, part int) {
	m, t, w, d := g.queries(), g.Tokens, g.Width, g.step()
	at, from := g.start(part, t), g.start(part, m)
	p, ds, dy := g.Weights[part*m*t:(part+1)*m*t], sized(&s.scores, m*t), g.dy[from:]
	g.Precision.Gemm(true, false, t, w, m, 1, p, t, dy, d, 0, g.dv[at:], d)
	g.by(false, true, m, t, w, 1, dy, d, g.v, at, g.Narrow[2], ds, t)
	softmaxGradRows(ds, p, ds, t, 0, m)
	g.by(false, false, m, w, t, g.Scale(), ds, t, g.k, at, g.Narrow[1], g.dq[from:], d)
	g.by(true, false, t, w, m, g.Scale(), ds, t, g.q, from, g.Narrow[0], g.dk[at:], d)
}

// by is a product for a head whose right operand lies from place at on among tokens, narrow or not.
func (g *attentionGrad) by(transA, transB bool, m, n, k int, alpha float32, x []float32, ldx int, y []float32, at int, narrow bool, c []float32, ldc int) {
	d := g.step()
	if narrow {
		g.Precision.GemmNarrow(transA, transB, m, n, k, alpha, x, ldx, y[at/2:], d, c, ldc)
		return
	}
	g.Precision.Gemm(transA, transB, m, n, k, alpha, x, ldx, y[at:], d, 0, c, ldc)
}
