package kernel

// feedForward16 is [Precision.FeedForward] with operands rounded to bfloat16.
func feedForward16(f Form, y, x, w1, b1, w2, b2 []float32, rows, in, hidden, out int) {
	g := feedForwards16.get()
	s1, s2 := calls.get(), calls.get()
	g.form, g.y, g.x, g.rows = f, y, x, rows
	g.first.set(s1, w1, b1, in, hidden)
	g.second.set(s2, w2, b2, hidden, out)
	run(g, (rows+feedRows-1)/feedRows)
	calls.put(s1)
	calls.put(s2)
	g.form, g.y, g.x, g.first.product, g.second.product = Form{}, nil, nil, product{}, product{}
	feedForwards16.put(g)
}

var feedForwards16 freeList[feeding16]

// feeding16 is a call of feedForward16. A part is some rows.
type feeding16 struct {
	form          Form
	y, x          []float32
	rows          int
	first, second bf16Product
}

// set packs the weights of a layer, all terms at once.
func (g *bf16Product) set(s *scratch, w, bias []float32, in, out int) {
	g.product = product{transB: true, m: 1, n: out, k: in, b: w, bias: bias, ldb: in}
	g.at, g.now = 0, in
	g.panels = sized(&s.b, roundUp(out, blockSide)*g.pairs())
	g.steps = stepsOf(g.steps, g.pairs())
	g.packRight()
}

func (g *feeding16) do(part int) {
	s, between := scratches.get(), scratches.get()
	i0 := part * feedRows
	rows := min(feedRows, g.rows-i0)
	first, second := &g.first, &g.second
	pairs := second.pairs()
	h := rowBlock16{panels: first.panels, pairs: first.pairs(), terms: first.k, cols: first.n, bias: first.bias, alpha: 1, each: blockSide,
		y: sized(&between.a, roundUp(rows, blockSide)*(pairs+16)), step: 2 * (pairs + 16), narrow: true, gelu: true}
	h.a, h.lead = matrix{g.x, first.k, g.form.NarrowX}.lines(&s.a, i0*first.k, rows, first.k, h.pairs)
	if first.n < 2*pairs {
		for i := range rows {
			clear(h.y[i*h.step/2+first.n/2 : i*h.step/2+pairs])
		}
	}
	h.run(s, first.steps, rows)
	y := rowBlock16{a: h.y, lead: h.step / 2, panels: second.panels, pairs: pairs, terms: second.k, cols: second.n, bias: second.bias,
		alpha: 1, each: blockSide, step: second.n, narrow: g.form.NarrowY}
	y.y = matrix{g.y, second.n, y.narrow}.from(i0 * second.n)
	if g.form.Plus != nil {
		y.plus, y.plusStep = g.form.Plus[i0*second.n:], second.n
	}
	y.run(s, second.steps, rows)
	scratches.put(s)
	scratches.put(between)
}
