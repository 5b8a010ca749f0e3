package kernel

const (
	// depth is the most terms of a sum that one call of the tile adds up: a
	// panel that deep (32 KiB for AVX-512) about fills the first-level cache.
	depth = 256
	// rowBlock rows of the left operand, depth deep, stay in the second-level
	// cache while the panels go by.
	rowBlock = 256
	// colBlock is the most columns in one part of a product.
	colBlock = 256
	// partFlops is the work below which cutting a part further costs more in
	// hand-over between threads than it gains.
	partFlops = 1 << 19
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
	run(g, g.plan())
	*g = product{}
	products.put(g)
}

var products freeList[product]

// product is one call of Gemm. A part is a block of C.
type product struct {
	transA, transB    bool
	m, n, k           int
	alpha, beta       float32
	a, b, c           []float32
	lda, ldb, ldc     int
	rows, cols, terms int // size of a block, and terms added at a time
	across            int // blocks side by side
}

// plan cuts C into blocks by shape alone and returns their number.
func (g *product) plan() int {
	nr := panelWidth()
	g.rows = even(g.m, rowBlock, 8)
	g.terms = even(g.k, depth, 8)
	// Sixteen parts keep a handful of threads evenly busy.
	down := (g.m + g.rows - 1) / g.rows
	cols := (g.n*down/16 + nr) / nr * nr
	least := partFlops / max(1, 2*g.rows*g.k)
	g.cols = min(max(cols, (least+nr)/nr*nr), colBlock)
	g.across = (g.n + g.cols - 1) / g.cols
	return down * g.across
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
	nr := panelWidth()
	i0, j0 := part/g.across*g.rows, part%g.across*g.cols
	i1, j1 := min(i0+g.rows, g.m), min(j0+g.cols, g.n)
	if g.beta != 0 && g.beta != 1 {
		for i := i0; i < i1; i++ {
			scaleRow(g.c[i*g.ldc+j0:i*g.ldc+j1], g.beta)
		}
	}
	for p := 0; p < g.k; p += g.terms {
		t := tile{rows: i1 - i0, terms: min(g.terms, g.k-p), alpha: g.alpha, add: p > 0 || g.beta != 0, ldc: g.ldc}
		if g.transA {
			t.a, t.rowStep, t.termStep = g.packLeft(s, i0, i1, p, t.terms)
		} else {
			t.a, t.rowStep, t.termStep = g.a[i0*g.lda+p:], g.lda, 1
		}
		for j := j0; j < j1; j += nr {
			t.cols = min(nr, j1-j)
			t.b, t.panelStep = g.panel(s, j, t.cols, p, t.terms, t.rows)
			t.c = g.c[i0*g.ldc+j:]
			t.run()
		}
	}
	scratches.put(s)
}

// packLeft copies a block of a transposed left operand so that its rows lie
// close together; in place they may be a memory page apart.
func (g *product) packLeft(s *scratch, i0, i1, p, terms int) (a []float32, rowStep, termStep int) {
	w := i1 - i0
	ld := (w+15)/16*16 + 16
	a = sized(&s.a, ld*terms)
	for q := range terms {
		copy(a[q*ld:q*ld+w], g.a[(p+q)*g.lda+i0:])
	}
	return a, 1, ld
}

// panel is the panel of the right operand that starts at column j and term p.
func (g *product) panel(s *scratch, j, cols, p, terms, rows int) (b []float32, step int) {
	nr := panelWidth()
	if !g.transB && rows <= 8 && cols == nr {
		return g.b[p*g.ldb+j:], g.ldb // too few rows to repay a copy
	}
	b = sized(&s.b, nr*terms)
	if g.transB {
		packColumns(b, nr, g.b[j*g.ldb+p:], g.ldb, cols, terms)
	} else {
		packRows(b, g.b, p*g.ldb+j, g.ldb, terms, 0, cols)
	}
	return b, nr
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
