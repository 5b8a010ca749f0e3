package kernel

const (
	// depth is the most terms of a sum that one call of the tile adds up: a
	// panel that deep (32 KiB for AVX-512) about fills the first-level cache.
	depth = 256
	// rowBlock rows of the left operand, depth deep, stay in the second-level
	// cache while the panels go by.
	rowBlock = 256
	// stripRows rows of C are computed at a time where all panels are packed already: the pieces of a row that one panel after the
	// other writes then lie close in time.
	stripRows = 64
	// colBlock is the most columns in one part of a product whose right operand
	// every part packs for itself.
	colBlock = 256
	// partFlops is the work below which cutting a part further costs more in
	// hand-over between threads than it gains.
	partFlops = 1 << 20
	// sharedPanels is the most numbers of a right operand that are packed once
	// for all parts: a few megabytes would leave the second-level cache.
	sharedPanels = 1 << 18
)

// Gemm computes C = alpha * op(A) * op(B) + beta * C, where op(A) is m by k
// and op(B) is k by n, and op transposes its operand when transA or transB
// says so. Rows of A, B and C as stored start lda, ldb and ldc numbers apart.
// C must not overlap A or B. With beta 0 whatever C held, NaN too, is not
// read.
func Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m <= 0 || n <= 0 {
		return
	}
	_ = c[(m-1)*ldc+n-1]
	if k <= 0 || alpha == 0 {
		for i := range m {
			scaleRow(c[i*ldc:i*ldc+n], beta)
		}
		return
	}
	if transA {
		_ = a[(k-1)*lda+m-1]
	} else {
		_ = a[(m-1)*lda+k-1]
	}
	if transB {
		_ = b[(n-1)*ldb+k-1]
	} else {
		_ = b[(k-1)*ldb+n-1]
	}
	g := products.get()
	*g = product{
		transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta,
		a: a, b: b, c: c, lda: lda, ldb: ldb, ldc: ldc,
	}
	g.run()
}

// GemmAs is [Gemm] in a form, of operands that are stored closely, with alpha 1 and beta 0: to the bits of one step after the other.
func GemmAs(f Form, transA, transB bool, m, n, k int, a, b, c []float32) {
	if m <= 0 || n <= 0 {
		return
	}
	c = c[:m*n]
	if k <= 0 {
		clear(c)
		clear(f.Sums)
		(&product{m: m, n: n, c: c, ldc: n, gelu: f.GELU, times: f.Times, slope: f.Slope, plus: f.Plus}).finish(0, m, 0, n)
		return
	}
	g := products.get()
	*g = product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: 1, a: a[:m*k], b: b[:n*k], c: c, lda: k, ldb: n, ldc: n,
		gelu: f.GELU, times: f.Times, slope: f.Slope, plus: f.Plus, sums: f.Sums}
	if transA {
		g.lda = m
	}
	if transB {
		g.ldb = k
	}
	g.run()
}

// Continues tells whether a product of so many terms can be taken in parts that begin at multiples of part terms, see GemmOf.
func Continues(whole, part int) bool { return part%even(whole, depth, 8) == 0 }

// GemmOf is a part of the product C = transposed(A) * B of whole terms, from the term first on: it adds to C where that is not 0. A is
// k by m and B k by n, both stored closely. With all parts taken in order C has the bits that Gemm would give it at once.
func GemmOf(m, n, k, first, whole int, a, b, c []float32) {
	_, _, _ = a[:k*m], b[:k*n], c[:m*n]
	g := products.get()
	*g = product{transA: true, m: m, n: n, k: k, alpha: 1, a: a, b: b, c: c, lda: m, ldb: n, ldc: n, whole: whole}
	if first > 0 {
		g.beta = 1
	}
	g.run()
}

// Linear computes y = x * transposed(w) + bias, with x [rows, in], w [out, in], bias [out] and y [rows, out]. y must not
// overlap the others.
func Linear(y, x, w, bias []float32, rows, in, out int) {
	linearAs(Form{}, y, x, w, bias, rows, in, out)
}

// linearAs is Linear with GELU and the sum of a form, whose output is not narrow.
func linearAs(f Form, y, x, w, bias []float32, rows, in, out int) {
	if rows <= 0 || out <= 0 {
		return
	}
	bias = bias[:out]
	var curve []float32
	if f.Slopes != nil {
		y, curve = f.Slopes, y[:rows*out]
	}
	_, _, _ = y[rows*out-1], x[:rows*in], w[:out*in]
	if in <= 0 {
		for i := range rows {
			copy(y[i*out:(i+1)*out], bias)
		}
		(&product{m: rows, n: out, c: y, ldc: out, gelu: f.GELU, curve: curve, plus: f.Plus}).finish(0, rows, 0, out)
		return
	}
	g := products.get()
	*g = product{transB: true, m: rows, n: out, k: in, alpha: 1, a: x, b: w, bias: bias, gelu: f.GELU, curve: curve, plus: f.Plus, c: y, lda: in, ldb: in, ldc: out}
	g.run()
}

var products freeList[product]

// product is one call of Gemm. A part is a block of C.
type product struct {
	transA, transB    bool
	m, n, k           int
	whole             int // terms of which k are a part, or 0
	alpha, beta       float32
	a, b, c           []float32
	bias              []float32 // added to every row of C, with beta 0; nil for none
	gelu              bool      // of C when it is whole
	sums              []float32 // [m], receives the sums of the terms of a transposed A; nil for none
	curve             []float32 // [m, n], receives GELU of C, which then is its derivative; nil for none
	times             []float32 // [m, n], multiplies C; nil for none
	slope             []float32 // [m, n], where the derivative of GELU is taken by which C is multiplied; nil for none
	plus              []float32 // [m, n], added to C after that; nil for none
	lda, ldb, ldc     int
	rows, cols, terms int       // size of a block, and terms added at a time
	across            int       // blocks side by side
	panels            []float32 // the right operand, packed for all parts, or nil
}

// run does the product and gives g back.
func (g *product) run() {
	parts := g.plan()
	var s *scratch
	if !g.transA && parts > g.across && g.rows > 8 && g.n*g.k <= sharedPanels {
		s = calls.get()
		g.share(s)
	}
	run(g, parts)
	if s != nil {
		calls.put(s)
	}
	*g = product{}
	products.put(g)
}

// share packs the right operand for all parts, in what s holds.
func (g *product) share(s *scratch) {
	nr := panelWidth()
	panels := (g.n + nr - 1) / nr
	g.panels = sized(&s.b, panels*nr*g.k)
	run((*panelling)(g), panels)
}

// plan cuts C into blocks and returns their number. Only terms, which sets the
// order of the sums, has to depend on the shape alone; the blocks suit the
// number of threads.
func (g *product) plan() int {
	nr := panelWidth()
	g.terms = even(max(g.k, g.whole), depth, 8)
	if g.transA {
		return g.planTurned()
	}
	g.rows = even(g.m, rowBlock, 8)
	down := (g.m + g.rows - 1) / g.rows
	want := 1
	if t := Threads(); t > 1 {
		// Row by row costs nothing, so a few parts for each thread even out
		// threads of unequal speed.
		want = g.atMost(4 * t)
	}
	panels := (g.n + nr - 1) / nr
	g.across = min(panels, (want+down-1)/down)
	if g.n*g.k <= sharedPanels {
		g.across = 1
	} else {
		g.across = max(g.across, (g.n+colBlock-1)/colBlock)
	}
	g.cols = (panels + g.across - 1) / g.across * nr
	g.across = (g.n + g.cols - 1) / g.cols
	if more := (want + g.across - 1) / g.across; more > down {
		g.rows = max(min(g.rows, 24), even(g.m, (g.m+more-1)/more, 8))
		down = (g.m + g.rows - 1) / g.rows
	}
	return down * g.across
}

// atMost is how many parts, want or fewer, have work enough for each.
func (g *product) atMost(want int) int {
	return max(1, min(want, int(2*float64(g.m)*float64(g.n)*float64(g.k)/partFlops)))
}

// panelling packs the right operand of a product. A part is a panel of all terms.
type panelling product

func (g *panelling) do(part int) {
	nr := panelWidth()
	j := part * nr
	(*product)(g).pack(g.panels[j*g.k:(j+nr)*g.k], j, min(nr, g.n-j), 0, g.k)
}

// even is the size of the equal pieces, a multiple of unit, that n falls into
// when no piece may be longer than most.
func even(n, most, unit int) int {
	pieces := (n + most - 1) / most
	size := (n + pieces - 1) / pieces
	return (size + unit - 1) / unit * unit
}

func (g *product) do(part int) {
	s := scratches.get()
	i0, j0 := part/g.across*g.rows, part%g.across*g.cols
	i1, j1 := min(i0+g.rows, g.m), min(j0+g.cols, g.n)
	if g.beta != 0 && g.beta != 1 {
		for i := i0; i < i1; i++ {
			scaleRow(g.c[i*g.ldc+j0:i*g.ldc+j1], g.beta)
		}
	}
	strip := i1 - i0
	if g.panels != nil {
		strip = stripRows
	}
	for i := i0; i < i1 && !g.transA; i += strip {
		g.strip(s, i, min(i+strip, i1), j0, j1)
	}
	if g.transA && !g.turnedInTiles(s, i0, i1, j0, j1) {
		g.turned(s, i0, i1, j0, j1)
	}
	scratches.put(s)
}

// strip is rows i0 to i1 of a block.
func (g *product) strip(s *scratch, i0, i1, j0, j1 int) {
	eights := (i1 - i0) / 8 * ((j1 - j0 + panelWidth() - 1) / panelWidth())
	next := aheadOf(g.rowsAhead(i1), g.besides(i0, i1), eights*g.k)
	for p := 0; p < g.k; p += g.terms {
		t := g.piece(i0, i1, p)
		t.a, t.rowStep, t.termStep, t.ahead = g.a[i0*g.lda+p:], g.lda, 1, &next
		g.multiply(s, t, i0, j0, j1, p)
	}
	g.finish(i0, i1, j0, j1)
}

// rowsAhead are the rows of the left operand for the strip from row i on, where they lie close together.
func (g *product) rowsAhead(i int) []float32 {
	if g.panels == nil || g.lda != g.k || i >= g.m || Threads() > 1 && i%g.rows == 0 {
		return nil // there is none, or it may be another thread's
	}
	return g.a[i*g.lda : min(i+stripRows, g.m)*g.lda]
}

// besides is what rows i0 to i1 are multiplied by or added to in the end.
func (g *product) besides(i0, i1 int) []float32 {
	switch {
	case g.curve != nil:
		return g.curve[i0*g.n : i1*g.n]
	case g.times != nil:
		return g.times[i0*g.n : i1*g.n]
	case g.slope != nil:
		return g.slope[i0*g.n : i1*g.n]
	case g.plus != nil:
		return g.plus[i0*g.n : i1*g.n]
	}
	return nil
}

// piece is the tile of rows from i0 to i1 and the terms from p on, but for its left operand.
func (g *product) piece(i0, i1, p int) tile {
	return tile{rows: i1 - i0, terms: min(g.terms, g.k-p), alpha: g.alpha, add: p > 0 || g.beta != 0, ldc: g.ldc}
}

// multiply moves a tile of rows from i0 on and the terms from p on over columns j0 to j1.
func (g *product) multiply(s *scratch, t tile, i0, j0, j1, p int) {
	nr := panelWidth()
	if p == 0 {
		t.base = g.bias
	}
	for j := j0; j < j1; j += nr {
		t.cols = min(nr, j1-j)
		t.b, t.panelStep = g.panel(s, j, t.cols, p, t.terms, t.rows)
		t.c = g.c[i0*g.ldc+j:]
		if t.base != nil {
			t.base = g.bias[j:]
		}
		t.run()
	}
}

// finish does to a block of C what follows the sums.
func (g *product) finish(i0, i1, j0, j1 int) {
	for i := i0; i < i1 && (g.gelu || g.times != nil || g.slope != nil || g.plus != nil); i++ {
		row := g.c[i*g.ldc+j0 : i*g.ldc+j1]
		switch {
		case g.curve != nil:
			geluSlopes(g.curve[i*g.n+j0:i*g.n+j1], row, row)
		case g.gelu:
			gelu(row, row)
		}
		if g.times != nil {
			mul(row, row, g.times[i*g.n+j0:i*g.n+j1])
		}
		if g.slope != nil {
			geluGrad(row, g.slope[i*g.n+j0:i*g.n+j1], row)
		}
		if g.plus != nil {
			add(row, row, g.plus[i*g.n+j0:i*g.n+j1])
		}
	}
}

// panel is the panel of the right operand that starts at column j and term p.
func (g *product) panel(s *scratch, j, cols, p, terms, rows int) (b []float32, step int) {
	nr := panelWidth()
	if g.panels != nil {
		return g.panels[j*g.k+p*nr:], nr
	}
	if !g.transB && rows <= 8 && cols == nr {
		return g.b[p*g.ldb+j:], g.ldb // too few rows to repay a copy
	}
	b = sized(&s.b, nr*terms)
	g.pack(b, j, cols, p, terms)
	return b, nr
}

// pack copies cols columns of the right operand from column j and term p on to a panel.
func (g *product) pack(panel []float32, j, cols, p, terms int) {
	if g.transB {
		packColumns(panel, panelWidth(), g.b[j*g.ldb+p:], g.ldb, cols, terms)
	} else {
		packRows(panel, g.b, p*g.ldb+j, g.ldb, terms, 0, cols)
	}
}

// scaleRow multiplies row by beta; for 0 it clears without reading.
func scaleRow(row []float32, beta float32) {
	if beta == 0 {
		clear(row)
		return
	}
	for i := range row {
		row[i] *= beta
	}
}
