package kernel

// FeedForward is two linear layers with GELU between them, y = GELU(x * transposed(w1) + b1) * transposed(w2) + b2 in the form f
// without its GELU, with operands of this precision and to the bits of one layer after the other. What is between stays in
// the cache, unless bfloat16 is rounded and multiplied as float32. x is [rows, in], w1 [hidden, in] and w2 [out, hidden]; in
// bfloat16 in and hidden are even.
func (p Precision) FeedForward(f Form, y, x, w1, b1, w2, b2 []float32, rows, in, hidden, out int) {
	if rows <= 0 || in <= 0 || hidden <= 0 || out <= 0 {
		return
	}
	_, _ = y[numbers(rows*out, f.NarrowY)-1], x[numbers(rows*in, f.NarrowX)-1]
	if f.Plus != nil {
		_ = f.Plus[rows*out-1]
	}
	w1, b1, w2, b2 = w1[:in*hidden], b1[:hidden], w2[:hidden*out], b2[:out]
	switch {
	case p == BF16 && hasBF16():
		feedForward16(f, y, x, w1, b1, w2, b2, rows, in, hidden, out)
	case p == BF16 || rows < feedRows*Threads(): // too few rows for a part for each thread
		s := calls.get()
		between := sized(&s.d, rows*hidden)
		p.LinearAs(Form{GELU: true}, between, x, w1, b1, rows, in, hidden)
		p.LinearAs(f, y, between, w2, b2, rows, hidden, out)
		calls.put(s)
	default:
		g := feedForwards.get()
		s1, s2 := calls.get(), calls.get()
		g.rows = even(rows, rowBlock, feedRows)
		if t := Threads(); t > 1 {
			g.rows = min(g.rows, even(rows, (rows+4*t-1)/(4*t), feedRows))
		}
		g.second = product{transB: true, m: rows, n: out, k: hidden, alpha: 1, b: w2, bias: b2, plus: f.Plus, c: y, ldb: hidden, ldc: out}
		g.second.terms = even(hidden, depth, 8)
		g.second.share(s2)
		g.first = product{transB: true, n: min(g.second.terms, hidden), k: in, alpha: 1, a: x, b: w1, bias: b1, gelu: true, lda: in, ldb: in}
		g.first.terms = even(in, depth, 8)
		parts := (hidden + g.first.n - 1) / g.first.n
		g.first.panels = sized(&s1.b, parts*g.panelled())
		run((*feedPanelling)(g), parts)
		run(g, (rows+g.rows-1)/g.rows)
		calls.put(s1)
		calls.put(s2)
		*g = feedForward{}
		feedForwards.put(g)
	}
}

const feedRows = 2 * blockSide // the fewest rows in a part

var feedForwards freeList[feedForward]

// feedForward is a call of [Precision.FeedForward] in float32. A part is some rows. What is between is computed so many columns
// at a time, those which the second layer adds up at a time.
type feedForward struct {
	rows          int     // in a part
	first, second product // first is that of the first columns, with panels for all of them
}

// columns is the first layer for the columns of what is between from h on.
func (g *feedForward) columns(h int) product {
	f := g.first
	f.panels = f.panels[h/f.n*g.panelled():]
	f.b, f.bias, f.n = f.b[h*f.k:], f.bias[h:], min(f.n, g.second.k-h)
	return f
}

// panelled is the length of the panels of the first layer for so many columns.
func (g *feedForward) panelled() int { return roundUp(g.first.n, panelWidth()) * g.first.k }

// feedPanelling packs the weights of the first layer. A part is those of some columns.
type feedPanelling feedForward

func (g *feedPanelling) do(part int) {
	nr := panelWidth()
	one := (*feedForward)(g).columns(part * g.first.n)
	for j := 0; j < one.n; j += nr {
		one.pack(one.panels[j*one.k:(j+nr)*one.k], j, min(nr, one.n-j), 0, one.k)
	}
}

func (g *feedForward) do(part int) {
	s := scratches.get()
	i0 := part * g.rows
	i1 := min(i0+g.rows, g.second.m)
	rows := i1 - i0
	lead := g.first.n + 16 // so that rows do not all fall on the same few places of the cache
	between := sized(&s.d, rows*lead)
	for h := 0; h < g.second.k; h += g.first.n {
		first := g.columns(h)
		first.c, first.ldc = between, lead
		for p := 0; p < first.k; p += first.terms {
			t := first.piece(0, rows, p)
			t.a, t.rowStep, t.termStep = first.a[i0*first.lda+p:], first.lda, 1
			first.multiply(s, t, 0, 0, first.n, p)
		}
		first.finish(0, rows, 0, first.n)
		t := g.second.piece(i0, i1, h)
		t.a, t.rowStep, t.termStep = between, lead, 1
		g.second.multiply(s, t, i0, 0, g.second.n, h)
	}
	g.second.finish(i0, i1, 0, g.second.n)
	scratches.put(s)
}
