package kernel

// leftBlock is rowBlock for a transposed left operand: what is read of it is then one piece of memory.
const leftBlock = 768

// packWork is the work of packing a number in multiply-adds.
const packWork = 32

// planTurned is plan for a transposed left operand, which every part packs as it packs the right one: of all ways to cut C into a
// part for each thread it takes that whose largest part has least to do.
func (g *product) planTurned() int {
	nr, want, least := panelWidth(), g.atMost(Threads()), 0
	panels := (g.n + nr - 1) / nr
	for d := 1; d <= want; d++ {
		rows := even(g.m, (g.m+d-1)/d, 8)
		cols := (panels + want/d - 1) / (want / d) * nr
		if work := rows*cols + packWork*(rows+cols); d == 1 || work < least {
			least, g.rows, g.cols = work, rows, cols
		}
	}
	// Blocks of a part that are too large for the second-level cache become parts as well.
	if g.rows > leftBlock {
		g.rows = even(g.rows, leftBlock, 8)
	}
	down := (g.m + g.rows - 1) / g.rows
	g.across = (g.n + g.cols - 1) / g.cols
	return down * g.across
}

// addTerms adds terms from p on of rows i0 to i1 of a transposed left operand to their sums.
func (g *product) addTerms(i0, i1, p, terms int) {
	if p == 0 {
		clear(g.sums[i0:i1])
	}
	sumRows(g.sums[i0:i1], g.a[p*g.lda:], terms, g.lda, i0)
}

// packedTerms of a transposed left operand are added up and then packed, while they are in the first-level cache.
const packedTerms = 32

// turned is strip for a transposed left operand.
func (g *product) turned(s *scratch, i0, i1, j0, j1 int) {
	for p := 0; p < g.k; p += g.terms {
		t := g.piece(i0, i1, p)
		g.packLeft(s, &t, i0, i1, p, j0)
		g.multiply(s, t, i0, j0, j1, p)
	}
	g.finish(i0, i1, j0, j1)
}

// packLeft copies a block of a transposed left operand so that what a tile reads of it lies close together, in place its rows
// may be a memory page apart, and adds to the sums what falls to a block from column j0 on.
func (g *product) packLeft(s *scratch, t *tile, i0, i1, p, j0 int) {
	w, from := i1-i0, g.a[p*g.lda+i0:]
	ld := (w+15)/16*16 + 16
	t.a, t.rowStep, t.termStep = sized(&s.a, ld*t.terms), 1, ld
	for q := 0; q < t.terms; q += packedTerms {
		n := min(packedTerms, t.terms-q)
		if g.sums != nil {
			// Blocks side by side share the rows out.
			some := even(w, (w+g.across-1)/g.across, 32)
			lo := min(i0+j0/g.cols*some, i1)
			g.addTerms(lo, min(lo+some, i1), p+q, n)
		}
		for r := q; r < q+n; r++ {
			copy(t.a[r*ld:r*ld+w], from[r*g.lda:])
		}
	}
}
