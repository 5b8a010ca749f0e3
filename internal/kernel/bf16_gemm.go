package kernel

// Gemm is [Gemm] with operands of this precision.
func (p Precision) Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if p != BF16 || m <= 0 || n <= 0 || k <= 0 || alpha == 0 {
		Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	g := bf16Products.get()
	g.product = product{
		transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta,
		a: a, b: b, c: c, lda: lda, ldb: ldb, ldc: ldc,
	}
	g.run()
}

// Linear is [Linear] with operands of this precision; the bias is float32.
func (p Precision) Linear(y, x, w, bias []float32, rows, in, out int) {
	if p != BF16 || rows <= 0 || in <= 0 || out <= 0 {
		Linear(y, x, w, bias, rows, in, out)
		return
	}
	g := bf16Products.get()
	g.product = product{transB: true, m: rows, n: out, k: in, alpha: 1, a: x, b: w, bias: bias[:out], c: y, lda: in, ldb: in, ldc: out}
	g.run()
}

// Form is how [Precision.LinearAs] takes its input, and what it does with its output while that is in the cache.
type Form struct {
	// NarrowX and NarrowY tell which of input and output are narrow, see [CanNarrow]; narrow rows have an even length. An output
	// is narrow for at most NarrowTerms inputs.
	NarrowX, NarrowY bool
	// GELU is taken of the output.
	GELU bool
	// Plus [rows, out] is added to it then; nil for none.
	Plus []float32
	// Slopes [rows, out] receives the derivative of GELU where GELU is taken, in float32 only; nil for none.
	Slopes []float32
	// Times [rows, out] multiplies the output, in [GemmAs] only; nil for none.
	Times []float32
	// Sums [rows] receives the sums of the rows of the left operand, which is transposed, to the bits of [SumRows], in [GemmAs] only;
	// nil for none.
	Sums []float32
	// Slope [rows, out] is where the derivative of GELU is taken that the output is multiplied by, in [GemmAs] only; nil for none.
	Slope []float32
}

// NarrowTerms is the most terms of a sum whose result can be narrow.
const NarrowTerms = bf16Depth

// LinearAs is [Precision.Linear] in another form, to the bits of one step after the other.
func (p Precision) LinearAs(f Form, y, x, w, bias []float32, rows, in, out int) {
	if p != BF16 {
		linearAs(f, y, x, w, bias, rows, in, out)
		return
	}
	if rows <= 0 || in <= 0 || out <= 0 || !hasBF16() {
		p.Linear(y, x, w, bias, rows, in, out)
		y = y[:max(0, rows*out)]
		if f.GELU {
			GELU(y, y)
		}
		if f.Plus != nil {
			Add(y, y, f.Plus)
		}
		return
	}
	g := bf16Products.get()
	g.product = product{transB: true, m: rows, n: out, k: in, alpha: 1, a: x, b: w, bias: bias[:out], c: y, lda: in, ldb: in, ldc: out}
	g.form = f
	g.run()
}

// GemmNarrow is [Precision.Gemm] with a narrow right operand and beta 0. There must be instructions for bfloat16.
func (p Precision) GemmNarrow(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, c []float32, ldc int) {
	if m <= 0 || n <= 0 {
		return
	}
	g := bf16Products.get()
	g.product = product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, a: a, b: b, c: c, lda: lda, ldb: ldb, ldc: ldc}
	g.narrowB = true
	g.run()
}

const (
	bf16Depth = 1024 // the most terms that are packed at a time
	bf16Rows  = 128  // rows of C in a part
)

var bf16Products freeList[bf16Product]

// bf16Product is a call of Gemm with operands rounded to bfloat16. The right operand is packed for all parts, so many terms
// at a time; each part packs its rows of the left one. Only the number of terms, which the shape sets, is seen in the bits.
type bf16Product struct {
	product
	at, now int // the first term at hand, and the number of them
	steps   []bf16Step
	form    Form // of A and C
	narrowB bool
}

// run does the product and gives g back.
func (g *bf16Product) run() {
	rows, cols := g.m, g.k
	if g.transA {
		rows, cols = cols, rows
	}
	na := numbers((rows-1)*g.lda+cols, g.form.NarrowX)
	if rows, cols = g.k, g.n; g.transB {
		rows, cols = cols, rows
	}
	nb := numbers((rows-1)*g.ldb+cols, g.narrowB)
	g.a, g.b = g.a[:na], g.b[:nb]
	_ = g.c[numbers((g.m-1)*g.ldc+g.n, g.form.NarrowY)-1]
	if g.form.Plus != nil {
		_ = g.form.Plus[g.m*g.n-1]
	}
	s := calls.get()
	if hasBF16() {
		g.multiply(s)
	} else {
		g.round(s)
	}
	calls.put(s)
	g.product, g.form, g.narrowB = product{}, Form{}, false
	bf16Products.put(g)
}

// numbers is the places that n numbers take, narrow or not.
func numbers(n int, narrow bool) int {
	if narrow {
		return (n + 1) / 2
	}
	return n
}

// round multiplies rounded copies as float32.
func (g *bf16Product) round(s *scratch) {
	p := products.get()
	*p = g.product
	p.a, p.b = rounded(&s.a, g.a), rounded(&s.b, g.b)
	p.run()
}

func (g *bf16Product) multiply(s *scratch) {
	g.terms = even(g.k, bf16Depth, stepTerms)
	panels := (g.n + blockSide - 1) / blockSide
	t := Threads()
	g.rows = even(g.m, bf16Rows, blockSide)
	if t > 1 && g.m < 2*t*g.rows {
		g.rows = even(g.m, (g.m+2*t-1)/(2*t), blockSide)
	}
	down := (g.m + g.rows - 1) / g.rows
	g.across = min(panels, max(1, t/down))
	if g.m*g.n*g.k < 2*partFlops {
		g.rows, down, g.across = roundUp(g.m, blockSide), 1, 1
	}
	g.cols = (panels + g.across - 1) / g.across * blockSide
	g.across = (g.n + g.cols - 1) / g.cols
	if g.beta != 0 && g.beta != 1 {
		for i := range g.m {
			scaleRow(g.c[i*g.ldc:i*g.ldc+g.n], g.beta)
		}
	}
	g.panels = sized(&s.b, panels*blockSide*g.terms/2)
	for g.at = 0; g.at < g.k; g.at += g.terms {
		g.now = min(g.terms, g.k-g.at)
		g.steps = g.steps[:0]
		for i := range (g.now + stepTerms - 1) / stepTerms {
			g.steps = append(g.steps, bf16Step{a: i * stepPairs * 4, b: i * stepPairs * blockSide * 4})
		}
		g.packRight()
		run(g, down*g.across)
	}
}

// pairs is the number of pairs in a packed row or column of the terms at hand.
func (g *bf16Product) pairs() int { return roundUp(g.now, stepTerms) / 2 }

// packRight packs the right operand, on several threads where they are worth their waking.
func (g *bf16Product) packRight() {
	panels := (g.n + blockSide - 1) / blockSide
	if panels*blockSide*g.now > elementGrain {
		run((*bf16Panelling)(g), panels)
		return
	}
	for i := range panels {
		(*bf16Panelling)(g).do(i)
	}
}

// bf16Panelling packs the right operand. A part is a panel.
type bf16Panelling bf16Product

func (g *bf16Panelling) do(part int) {
	s := scratches.get()
	pairs := (*bf16Product)(g).pairs()
	j := part * blockSide
	cols := min(blockSide, g.n-j)
	dst := g.panels[part*pairs*blockSide : (part+1)*pairs*blockSide]
	b := matrix{g.b, g.ldb, g.narrowB}
	if g.transB {
		b.pairColumns(dst, blockSide, s, j*g.ldb+g.at, cols, g.now)
	} else {
		b.pairRows(dst, blockSide, g.at*g.ldb+j, g.now, cols)
	}
	scratches.put(s)
}

// packPairRows packs rows of n numbers, step apart, two to a row of pairs; rows of width pairs to the end of dst.
func packPairRows(dst []float32, width int, src []float32, step, rows, n int) {
	_, _ = src[(rows-1)*step+n-1], dst[(rows+1)/2*width-1]
	if rows > 1 {
		pairRows(&dst[0], width*4, &src[0], &src[step], step*8, rows/2, n)
	}
	if rows%2 > 0 {
		pairRows(&dst[rows/2*width], width*4, &src[(rows-1)*step], nil, step*8, 1, n)
	}
	clear(dst[(rows+1)/2*width:])
}

// packPairColumns packs the transpose of cols rows of n numbers, step apart, to rows of width pairs to the end of dst.
func packPairColumns(dst []float32, width int, s *scratch, src []float32, step, cols, n int) {
	_ = src[(cols-1)*step+n-1]
	pairs := (n + 1) / 2
	lead := roundUp(pairs, 16) + 16
	buf := sized(&s.b, cols*lead)
	for i := range cols {
		buf[i*lead+pairs-1] = 0
	}
	roundRows(&buf[0], 0, lead*4, &src[0], step*4, cols, n)
	packColumns(dst, width, buf, lead, cols, pairs)
	clear(dst[pairs*width:])
}

// do multiplies some rows by some panels.
func (g *bf16Product) do(part int) {
	s := scratches.get()
	i0, j0 := part/g.across*g.rows, part%g.across*g.cols
	rows := min(g.rows, g.m-i0)
	b := rowBlock16{panels: g.panels[j0*g.pairs():], pairs: g.pairs(), terms: g.now, cols: min(g.cols, g.n-j0), alpha: g.alpha,
		add: g.at > 0 || g.beta != 0, step: g.ldc, each: rows}
	if g.bias != nil && !b.add {
		b.bias = g.bias[j0:]
	}
	if f := &g.form; g.at+g.now == g.k && (f.NarrowY || f.GELU || f.Plus != nil) {
		b.narrow, b.gelu, b.each = f.NarrowY, f.GELU, blockSide
		if f.Plus != nil {
			b.plus, b.plusStep = f.Plus[i0*g.n+j0:], g.n
		}
	}
	b.y = matrix{g.c, g.ldc, b.narrow}.from(i0*g.ldc + j0)
	b.a, b.lead = g.left(s, i0, rows)
	b.run(s, g.steps, rows)
	scratches.put(s)
}

// left packs the rows of the left operand from i0 on.
func (g *bf16Product) left(s *scratch, i0, rows int) (a []float32, lead int) {
	pairs := g.pairs()
	if !g.transA {
		return matrix{g.a, g.lda, g.form.NarrowX}.lines(&s.a, i0*g.lda+g.at, rows, g.now, pairs)
	}
	lead = pairs + 16
	a = sized(&s.a, roundUp(rows, blockSide)*lead)
	w := roundUp(rows, 16) + 16
	buf := sized(&s.b, pairs*w)
	packPairRows(buf[:(g.now+1)/2*w], w, g.a[g.at*g.lda+i0:], g.lda, g.now, rows)
	packColumns(a, lead, buf, w, (g.now+1)/2, rows)
	return a, lead
}
